//! Settings of a function, read once at start.

use crate::{
    dynamodb,
    environment::{ConfigError, require_lambda, required},
};

/// Settings of a function.
pub struct Config {
    /// Name or ARN of the function's table. Required.
    pub table: String,
    /// How to reach DynamoDB.
    pub dynamodb: dynamodb::Config,
}

impl Config {
    /// Reads the environment. `table` is the variable with the table's name: `USERS_TABLE` or
    /// `API_KEYS_TABLE`. The error names the variable that cannot be used.
    pub async fn from_env(table: &'static str) -> Result<Self, ConfigError> {
        require_lambda()?;
        Ok(Self { table: required(table)?, dynamodb: dynamodb::Config::from_env().await? })
    }
}
