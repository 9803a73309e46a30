//! The Rust client of docs/clients.md.

include!("../../../../target/clients/page.rs");
