//! `cargo local` from outside: its command line, its output, and its end.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may panic")]

mod data;
mod fail;
mod local;
mod log;
mod network;
mod watch;
mod web_pages;
