//! The key tool: what an operator does with API keys.
//!
//! [`arguments`] says what was asked, [`connection`] reaches DynamoDB, [`issue`] draws a key,
//! [`keys`] does it in the table, [`output`] shows it.

pub mod arguments;
pub mod connection;
pub mod error;
pub mod issue;
mod item;
pub mod keys;
pub mod output;
mod random;
