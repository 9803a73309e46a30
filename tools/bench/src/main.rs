//! `cargo measure`: measures programs where Lambda would run them, between a Runtime API and a
//! DynamoDB.

#![expect(clippy::disallowed_methods, reason = "none of its random numbers becomes a key")]

mod bootstrap;
mod growth;
mod instructions;
mod procfs;
mod soak;
mod table;
mod time;

use anyhow::Result;
use clap::Parser;
use comfy_table::{Table, presets::ASCII_MARKDOWN};

/// Measures the functions, as `cargo build --release` leaves them.
#[derive(Parser)]
#[command(bin_name = "cargo measure")]
enum Command {
    /// Milliseconds, processor time, memory and size; of this machine, on this day
    Time(time::Options),
    /// Instructions by callgrind, the same in every run, held against the budgets
    Instructions,
    /// Resident memory after 100,000 invocations, which must not have grown by more than 5 %
    Growth,
    /// Requests of all kinds while functions are killed and tables fail; each response must be right
    Soak {
        /// How many minutes
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        minutes: u64,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Command::parse() {
        Command::Time(options) => time::run(options).await,
        Command::Instructions => instructions::run().await,
        Command::Growth => growth::run().await,
        Command::Soak { minutes } => soak::run(minutes).await,
    }
}

/// A table in Markdown.
fn markdown(header: &str) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header.split(" | "));
    table
}
