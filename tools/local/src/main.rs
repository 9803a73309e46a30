//! `cargo local`: the whole API on this machine.

use std::{
    fmt,
    io::{BufReader, Write},
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    process::{Command, ExitCode, Stdio},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;
use clap::Parser;
use credira_local::{Options, Stack, demo, gateway::RequestRecord};
use owo_colors::OwoColorize;
use tokio::signal::unix::{SignalKind, signal};

/// Serves the API on this machine: the real functions, an embedded DynamoDB, and a gateway
/// that goes by openapi.yaml.
#[derive(Parser)]
#[command(bin_name = "cargo local", version)]
struct Arguments {
    /// Port of the API; 0 picks a free one
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Port of DynamoDB; 0 picks a free one
    #[arg(long, default_value_t = 8000)]
    dynamodb_port: u16,
    /// Address to serve both on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into())]
    host: IpAddr,
    /// Keep the tables in this file, and use what it holds
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Start with empty tables
    #[arg(long)]
    empty: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell where this fails too.
            let _ = writeln!(anstream::stderr(), "{} {error:#}", "error:".red().bold());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let binaries = build()?;
    // From here on a signal ends the stack, and with it every process, in order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stack = Stack::start(Options {
        host: arguments.host,
        port: arguments.port,
        dynamodb_port: arguments.dynamodb_port,
        data: arguments.data,
        has_demo_data: !arguments.empty,
        binaries,
        // The gateway's own lines tell the rest.
        variables: vec![("AWS_LAMBDA_LOG_LEVEL", "WARN".to_owned())],
        log: Arc::new(|function, line| say(format_args!("{} {line}", function.dimmed()))),
        on_request: Box::new(print_request),
    });
    tokio::select! {
        stack = stack => {
            let stack = stack?;
            if !arguments.empty {
                print_examples(&stack)?;
            }
            say(format_args!("ready http://{} dynamodb http://{}", stack.api, stack.dynamodb));
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            stack.stop().await;
        }
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Builds the functions alone, as they are deployed, and gives the folder they are in. Cargo
/// shows its progress.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut child = Command::new(cargo)
        .args(["build", "--package", "credira-users", "--bins"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo cannot be run")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut folder = None;
    for message in Message::parse_stream(BufReader::new(output)) {
        if let Message::CompilerArtifact(artifact) = message? {
            let binary = artifact.executable.filter(|_| artifact.target.is_bin());
            let parent = binary.as_deref().and_then(|path| path.parent());
            folder = parent.map(|path| path.as_std_path().to_owned()).or(folder);
        }
    }
    if !child.wait()?.success() {
        bail!("the functions could not be built: see cargo's messages above");
    }
    folder.context("cargo built no function")
}

fn print_request(request: &RequestRecord) {
    let RequestRecord { method, path, status, key_id, reason: _, elapsed } = request;
    let ms = elapsed.as_millis();
    let key_id = key_id.as_deref().unwrap_or("-");
    // A path is a stranger's text: it must not steer the terminal.
    let path = path.escape_default();
    let status = match status {
        200..400 => status.green().to_string(),
        400..500 => status.yellow().to_string(),
        _ => status.red().to_string(),
    };
    say(format_args!("{method} {path} {status} {ms} ms {}", key_id.dimmed()));
}

fn print_examples(stack: &Stack) -> Result<()> {
    let url = format!("http://{}/v1/users/user_123456789", stack.api);
    say(format_args!(""));
    for key in demo::keys()? {
        say(format_args!("{}", format!("# a key that {}", key.name).dimmed()));
        say(format_args!("curl -H 'Authorization: Bearer {}' {url}", key.key));
    }
    say(format_args!(""));
    Ok(())
}

/// Writes a line, without colours where nobody sees them. A reader that is gone is no reason to
/// stop serving.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(anstream::stdout(), "{line}");
}
