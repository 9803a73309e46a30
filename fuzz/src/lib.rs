//! What the fuzz targets share.
//!
//! [`function`] runs one of the functions in this process, on a [`table`] of [`demo`] data, and captures
//! its log. [`get_user`] and [`authorizer`] say what must hold for a response. [`item`] is an item as
//! DynamoDB writes it, and [`mark`] shows which value leaked.

pub mod authorizer;
pub mod demo;
pub mod function;
pub mod get_user;
pub mod item;
pub mod mark;
pub mod table;
