//! Environment variables.

use std::{env, error::Error};

use lambda_http::http::Uri;

/// A setting that cannot be used. The text names the variable and says what it must be.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A required variable is not set, or is blank.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable has a value that cannot be used: its name, what it must be, and why it is not.
    #[error("{0} {1}")]
    Invalid(&'static str, &'static str, #[source] Box<dyn Error + Send + Sync>),
    /// The process was not started by Lambda.
    #[error("{0} is not set: AWS Lambda starts this program; to run it here, use `cargo local`")]
    NotInLambda(&'static str),
}

impl ConfigError {
    pub(crate) fn invalid(
        variable: &'static str,
        expected: &'static str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Invalid(variable, expected, source.into())
    }
}

/// The variable's value; `None` if it is not set or blank.
pub(crate) fn optional(variable: &'static str) -> Result<Option<String>, ConfigError> {
    match env::var(variable) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(env::VarError::NotPresent) => Ok(None),
        // The error's own text quotes the value.
        Err(env::VarError::NotUnicode(_)) => {
            Err(ConfigError::invalid(variable, "must be UTF-8", "the value is not Unicode"))
        }
    }
}

/// The value of a required variable.
pub(crate) fn required(variable: &'static str) -> Result<String, ConfigError> {
    optional(variable)?.ok_or(ConfigError::Missing(variable))
}

/// Checks the variables that Lambda sets, because its runtime panics if one of them is missing or
/// cannot be used.
pub(crate) fn require_lambda() -> Result<(), ConfigError> {
    let set = |variable| optional(variable)?.ok_or(ConfigError::NotInLambda(variable));
    set("AWS_LAMBDA_FUNCTION_NAME")?;
    set("AWS_LAMBDA_FUNCTION_VERSION")?;
    let variable = "AWS_LAMBDA_RUNTIME_API";
    // Lambda sets a host and a port, and `cargo lambda` a URL.
    if set(variable)?.parse().ok().as_ref().and_then(Uri::authority).is_none() {
        return Err(ConfigError::invalid(variable, "must have a host", "there is none"));
    }
    let variable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    let invalid = |error| ConfigError::invalid(variable, "must be a whole number of MiB", error);
    set(variable)?.parse::<i32>().map(drop).map_err(invalid)
}
