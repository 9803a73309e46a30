//! What the fuzz targets share.
//!
//! [`function`] runs one of the functions in this process, on a [`table`] of [`demo`] data, and captures its
//! log. [`get_user`] says what must hold for its responses, and [`leak`] shows which value leaked.

pub mod demo;
pub mod function;
pub mod get_user;
pub mod leak;
pub mod table;
