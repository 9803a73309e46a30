//! Tests of the key tool through its command line, on an embedded DynamoDB.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod commands;
mod connection;
mod endpoint;
mod faults;
mod output;
mod rotation;
mod secrets;
mod servers;
mod table;
mod usage;
