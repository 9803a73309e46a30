//! Tests of the key tool through its command line, on an embedded DynamoDB.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod connection;
mod endpoint;
mod faults;
mod find;
mod gate;
mod output;
mod rotation;
mod secrets;
mod snapshot;
mod table;
mod usage;
