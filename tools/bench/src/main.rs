//! `cargo measure`: measures bootstraps of Lambda where Lambda would run them, between a Runtime
//! API and a DynamoDB.

mod bootstrap;
mod budget;
mod cost;
mod growth;
mod instructions;
mod peers;
mod pictures;
mod procfs;
mod quota;
mod report;
mod soak;
mod stub;
mod timing;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};

use crate::{
    bootstrap::Bootstrap,
    soak::Soak,
    stub::{Delays, Table},
};

const FUNCTIONS: [&str; 2] = ["get-user", "authorizer"];
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers");

/// Measures the functions, as `cargo build --release` leaves them.
#[derive(Parser)]
#[command(bin_name = "cargo measure")]
struct Arguments {
    /// Folder with the functions' binaries
    #[arg(long, global = true, default_value = "target/release")]
    binaries: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Milliseconds, processor time, memory and size; of this machine, on this day
    Time(Time),
    /// Instructions by callgrind, the same in every run, held against the budgets
    Instructions,
    /// Resident memory after many invocations, which must not have grown by more than 5 %
    Growth {
        /// Invocations of each function
        #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_001..))]
        invocations: u64,
    },
    /// Requests of all kinds while functions are killed and tables fail; each response must be right
    Soak(Soak),
}

#[derive(Args)]
struct Time {
    /// Build the peers and measure them too
    #[arg(long)]
    peers: bool,
    /// Another program that responds like get-user
    #[arg(long = "bootstrap", value_name = "NAME=PROGRAM", value_parser = named)]
    bootstraps: Vec<(String, PathBuf)>,
    /// Processor time as of a function with so much memory; can be given several times (needs root)
    #[arg(long = "memory", value_name = "MB", value_parser = clap::value_parser!(u64).range(128..=10_240))]
    memory_sizes: Vec<u64>,
    /// Processes of each bootstrap, at each memory size
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Warm invocations of each process
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    invocations: u32,
    /// Milliseconds that the table takes for a response
    #[arg(long, default_value_t = 3, value_name = "MS")]
    delay: u64,
    /// Milliseconds that a connection over TLS takes
    #[arg(long, default_value_t = 1, value_name = "MS")]
    connect_delay: u64,
    /// Talk to the table over plain HTTP
    #[arg(long)]
    plain: bool,
    /// Write every sample to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures into this folder
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let functions: Vec<_> =
        FUNCTIONS.iter().map(|name| Bootstrap::function(name, &arguments.binaries)).collect();
    match arguments.command {
        Command::Time(options) => time(functions, options).await,
        Command::Instructions => {
            let tls = Table::serve(false, Delays::default()).await?;
            let plain = Table::serve(true, Delays::default()).await?;
            let mut counts = Vec::new();
            for function in &functions {
                counts.push(instructions::count(function, &tls, &plain).await?);
            }
            println!("{}", report::instructions(&counts));
            budget::check(&counts)
        }
        Command::Growth { invocations } => {
            let table = Table::serve(false, Delays::default()).await?;
            let mut all = Vec::new();
            for function in &functions {
                all.push(growth::measure(function, &table, invocations).await?);
            }
            println!("{}", report::growth(&all));
            all.iter().try_for_each(growth::check)
        }
        Command::Soak(soak) => {
            let findings = soak.run(arguments.binaries).await?;
            println!("{}", report::soak(&findings));
            findings.check()
        }
    }
}

async fn time(mut bootstraps: Vec<Bootstrap>, options: Time) -> Result<()> {
    for (name, program) in options.bootstraps {
        bootstraps.push(Bootstrap::program(&name, program));
    }
    if options.peers {
        bootstraps.extend(peers::build(Path::new(PEERS))?);
    }
    let delays = Delays {
        response: Duration::from_millis(options.delay),
        connect: Duration::from_millis(options.connect_delay),
    };
    let table = Table::serve(options.plain, delays).await?;
    let sizes: Vec<_> = BTreeSet::from_iter(options.memory_sizes).into_iter().collect();
    let results =
        timing::measure(&bootstraps, &table, &sizes, options.rounds, options.invocations).await?;
    println!("On {}.\n\n{}", report::machine(), report::times(&results));
    if !sizes.is_empty() {
        println!("\nOf a million invocations:\n\n{}", report::costs(&results));
    }
    if let Some(file) = options.json {
        fs::write(&file, report::json(&results)).with_context(|| file.display().to_string())?;
    }
    if let Some(folder) = options.pictures {
        pictures::draw(&results, &folder)?;
    }
    Ok(())
}

fn named(text: &str) -> Result<(String, PathBuf), String> {
    let (name, program) = text.split_once('=').ok_or("must be NAME=PROGRAM")?;
    Ok((name.to_owned(), program.into()))
}
