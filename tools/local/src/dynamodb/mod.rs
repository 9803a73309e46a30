//! DynamoDB: the tables, their file, and the demo data.

mod data_file;
pub mod demo;
mod server;
pub mod tables;
