//! The key tool: creates, lists, finds, revokes and rotates API keys.
//!
//! [`arguments`] is the command line, [`connection`] connects to the [`endpoint`] of DynamoDB,
//! [`issue`] makes a new key, [`keys`] reads and changes the table, [`output`] shows the
//! result.

pub mod arguments;
pub mod connection;
pub mod endpoint;
pub mod error;
pub mod issue;
mod item;
pub mod keys;
mod mask;
pub mod output;
mod random;
pub mod stdin;
mod text;
