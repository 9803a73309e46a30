//! `cargo local`: the whole API on this machine.

mod terminal;
mod watch;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Result;
use clap::Parser;
use credira_local::{MAX_ENVIRONMENTS, Options, Resources, Stack, build};
use tokio::signal::unix::{SignalKind, signal};

use crate::terminal::{Terminal, arguments::Arguments, summary::Summary};

/// The environment variable that sets the lowest level of the functions' log lines.
const LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let terminal = match arguments {
        Arguments { json: true, .. } => Terminal::Json,
        Arguments { verbose: true, .. } => Terminal::Verbose,
        _ => Terminal::Problems,
    };
    let summary = Arc::new(Summary::default());
    let requests = summary.clone();
    let mut options = Options {
        host: arguments.host,
        port: arguments.port,
        dynamodb_port: arguments.dynamodb_port,
        data: arguments.data.clone(),
        has_demo_data: !arguments.empty,
        // Known after the build.
        binaries: PathBuf::new(),
        max_environments: MAX_ENVIRONMENTS,
        variables: std::env::var(LOG_LEVEL).into_iter().map(|level| (LOG_LEVEL, level)).collect(),
        log: Arc::new(move |function, line| terminal.function_line(function, line)),
        on_request: Box::new(move |record| {
            requests.add(record);
            terminal.request(record);
        }),
    };
    // Whatever is wrong with the options is said before the build, which may take minutes.
    let resources = Resources::acquire(&options).await?;
    if let Some(file) = &arguments.data {
        let state = if resources.are_tables_new { "new" } else { "as they were" };
        terminal.say(format_args!("tables in {}: {state}", file.display()));
    }
    options.binaries = build::functions(&[])?;
    // From here on a signal ends the stack, and with it every process, in order.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        stack = Stack::start_on(resources, options) => {
            let stack = stack?;
            if let Some(fail) = arguments.fail {
                stack.fail(fail);
            }
            terminal.ready(&stack, arguments.host)?;
            tokio::select! {
                () = watch::follow(&stack, !arguments.empty, terminal), if arguments.watch => {}
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            let cold_starts = stack.cold_starts();
            stack.stop().await;
            terminal.say(format_args!("\n{}", summary.text(cold_starts)));
        }
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
