//! The README's Rust block.

include!("../../../../target/clients/readme.rs");
