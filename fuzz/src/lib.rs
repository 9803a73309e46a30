//! What the fuzz targets share.
//!
//! [`model`] has the rules of the README, written a second time. [`function`] runs one of the functions
//! in this process, on a [`table`], and captures its log. [`get_user`] compares the function's
//! responses with the rules, and [`leak`] looks for headers in them. [`attribute`] makes items.

pub mod attribute;
pub mod authorizer;
pub mod demo;
pub mod function;
pub mod get_user;
pub mod leak;
pub mod model;
pub mod table;
pub mod user;

use regex_lite::Regex;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}
