//! Lambda: builds the functions, runs them, and reads their log.

pub mod build;
mod environment;
pub mod function;
pub(crate) mod function_log;
pub mod log_line;
pub mod runtime_api;

/// A placeholder for the account that the functions are deployed in.
pub(crate) const ACCOUNT_ID: &str = "123456789012";
/// A placeholder for the region.
pub(crate) const REGION: &str = "us-east-1";
