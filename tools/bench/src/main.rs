//! `cargo measure`: measures the release binaries of the functions, where Lambda would run them:
//! between a Runtime API and a DynamoDB over TLS.

mod budget;
mod function;
mod instructions;
mod report;
mod stub;
mod timing;

use std::{path::PathBuf, time::Duration};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::function::Function;

/// Measures the functions.
#[derive(Parser)]
#[command(bin_name = "cargo measure")]
struct Arguments {
    /// Folder with the binaries, as `cargo build --release` leaves them
    #[arg(long, global = true, default_value = "target/release")]
    binaries: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Milliseconds, processor time, memory and size; of this machine, on this day
    Time(Time),
    /// Instructions by callgrind, the same on every machine, held against the budgets
    Instructions,
}

#[derive(Args)]
struct Time {
    /// Processes of each function
    #[arg(long, default_value_t = 30)]
    rounds: usize,
    /// Warm invocations of each process
    #[arg(long, default_value_t = 300)]
    invocations: usize,
    /// Milliseconds that the table takes for an answer
    #[arg(long, default_value_t = 3, value_name = "MS")]
    delay: u64,
    /// Milliseconds that a connection takes
    #[arg(long, default_value_t = 1, value_name = "MS")]
    connect_delay: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let functions = Function::ALL.map(|name| Function::new(name, &arguments.binaries));
    match arguments.command {
        Command::Time(time) => {
            let stub = stub::Table::serve(
                Duration::from_millis(time.delay),
                Duration::from_millis(time.connect_delay),
            )
            .await?;
            let results = timing::measure(&functions, &stub, time.rounds, time.invocations).await?;
            println!("{}", report::times(&results));
            Ok(())
        }
        Command::Instructions => {
            let stub = stub::Table::serve(Duration::ZERO, Duration::ZERO).await?;
            let mut counts = Vec::new();
            for function in &functions {
                counts.push(instructions::count(function, &stub).await?);
            }
            println!("{}", report::instructions(&counts));
            budget::check(&counts)
        }
    }
}
