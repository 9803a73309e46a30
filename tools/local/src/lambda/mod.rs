//! Lambda: builds the functions, runs them, and reads their log.

pub mod build;
mod environment;
pub mod function;
pub mod function_log;
mod invoke_error;
pub mod log_line;
pub mod runtime_api;
