//! Settings of the `authorizer` function, read once at start.

use crate::{
    dynamodb,
    environment::{ConfigError, require_lambda, required},
};

/// Settings of the `authorizer` function.
pub struct Config {
    /// `API_KEYS_TABLE`: name or ARN of the table of API keys. Required.
    pub api_keys_table: String,
    /// How to reach DynamoDB.
    pub dynamodb: dynamodb::Config,
}

impl Config {
    /// Reads the environment. The error names the variable that cannot be used.
    pub async fn from_env() -> Result<Self, ConfigError> {
        require_lambda()?;
        Ok(Self {
            api_keys_table: required("API_KEYS_TABLE")?,
            dynamodb: dynamodb::Config::from_env().await?,
        })
    }
}
