//! The log: JSON lines for CloudWatch, text for a terminal.

use std::{
    error::Error,
    fmt,
    io::{self, IsTerminal},
};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::environment::{ConfigError, optional};

/// Starts the log on standard output, from where Lambda takes it.
///
/// `AWS_LAMBDA_LOG_LEVEL`, set by Lambda from the function's logging configuration, is the least
/// level that is written; `INFO` where it is unset. Only this crate's lines are: a library's may
/// show a header or a body.
///
/// # Errors
/// The level is none of Lambda's. The log works all the same, so that this can be logged.
pub fn init() -> Result<(), ConfigError> {
    let level = level("AWS_LAMBDA_LOG_LEVEL");
    let least = *level.as_ref().unwrap_or(&LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().with_target(false);
    let registry = tracing_subscriber::registry()
        .with(Targets::new().with_target(env!("CARGO_CRATE_NAME"), least));
    if io::stdout().is_terminal() {
        registry.with(lines.without_time()).init();
    } else {
        let lines = lines.json().flatten_event(true).with_current_span(false).with_span_list(false);
        registry.with(lines).init();
    }
    level.map(drop)
}

/// Logs what ended the process.
pub fn stopped(error: &dyn Error) {
    tracing::error!(cause = %Causes(error), "stopped");
}

fn level(variable: &'static str) -> Result<LevelFilter, ConfigError> {
    match optional(variable)?.as_deref() {
        None | Some("INFO") => Ok(LevelFilter::INFO),
        Some("TRACE") => Ok(LevelFilter::TRACE),
        Some("DEBUG") => Ok(LevelFilter::DEBUG),
        Some("WARN") => Ok(LevelFilter::WARN),
        // Nothing is worse than an error here.
        Some("ERROR" | "FATAL") => Ok(LevelFilter::ERROR),
        Some(_) => Err(ConfigError::Invalid {
            variable,
            expected: "must be TRACE, DEBUG, INFO, WARN, ERROR or FATAL",
            source: None,
        }),
    }
}

/// Writes an error and every cause below it, each once: `outer: inner: innermost`.
pub struct Causes<'a>(pub &'a dyn Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.0.to_string();
        f.write_str(&last)?;
        let mut next = self.0.source();
        while let Some(error) = next {
            let text = error.to_string();
            // Some errors repeat their cause in their own text.
            if !last.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            last = text;
            next = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    #[test]
    fn every_cause_is_written_once() {
        let root = Link { text: "refused", source: None };
        let middle = Link { text: "no connection: refused", source: Some(root.into()) };
        let top = Link { text: "no answer", source: Some(middle.into()) };
        assert_eq!(Causes(&top).to_string(), "no answer: no connection: refused");
    }
}
