//! `cargo keys`: creates, lists, finds, revokes and rotates API keys.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    credira_keys::run().await
}
