//! Tests of the key tool through its command line, on an embedded DynamoDB.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod commands;
mod connection;
mod credentials;
mod endpoint;
mod faults;
mod find;
mod gate;
mod mistakes;
mod output;
mod races;
mod rotation;
mod secrets;
mod server;
mod table;
