//! The key tool: creates, lists, finds, revokes and rotates API keys.
//!
//! [`arguments`] is the command line, [`connection`] connects to DynamoDB, [`issue`] makes a new
//! key, [`keys`] reads and changes the table, [`output`] shows the result.

pub mod arguments;
pub mod connection;
pub mod issue;
pub mod keys;
pub mod output;
pub mod stdin;
mod text;
