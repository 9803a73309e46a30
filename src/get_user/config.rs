//! Settings of the `get-user` function, read once at start.

use crate::{
    dynamodb,
    environment::{ConfigError, require_lambda, required},
};

/// Settings of the `get-user` function.
pub struct Config {
    /// `USERS_TABLE`: name or ARN of the table of users. Required.
    pub users_table: String,
    /// How to reach DynamoDB.
    pub dynamodb: dynamodb::Config,
}

impl Config {
    /// Reads the environment. The error names the variable that cannot be used.
    pub async fn from_env() -> Result<Self, ConfigError> {
        require_lambda()?;
        Ok(Self {
            users_table: required("USERS_TABLE")?,
            dynamodb: dynamodb::Config::from_env().await?,
        })
    }
}
