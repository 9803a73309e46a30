//! The API from outside: the real binaries, on the local stack, over HTTP.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may panic")]

mod access;
mod authorizer;
mod bad_input;
mod caching;
mod client;
mod connection;
mod contract;
mod events;
mod fake_table;
mod faults;
mod gateway;
mod items;
mod key_cache;
mod log;
mod privacy;
mod reference;
mod responses;
mod start;
mod tables;
mod tls;
