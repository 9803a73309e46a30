//! What the fuzz targets share.
//!
//! [`function`] runs one of the functions in this process, on a [`table`] of [`demo`] data, and captures
//! its log. [`event`] is what happens with an event, and [`get_user`] and [`authorizer`] say what must hold
//! for a response. [`mark`] shows which value leaked.

pub mod authorizer;
pub mod demo;
pub mod event;
pub mod function;
pub mod get_user;
pub mod mark;
pub mod table;
