//! The key tool from outside: its command line, on an embedded DynamoDB.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may panic")]

mod commands;
mod faults;
mod gate;
mod table;
