//! The functions' settings, read once at start.

use crate::{
    dynamodb,
    environment::{ConfigError, require_lambda, required},
};

/// Settings of the `get-user` function.
pub struct GetUserConfig {
    /// `USERS_TABLE`: name or ARN of the table of users. Required.
    pub users_table: String,
    /// The connection to DynamoDB.
    pub dynamodb: dynamodb::Config,
}

impl GetUserConfig {
    /// Reads the environment.
    pub async fn from_env() -> Result<Self, ConfigError> {
        require_lambda()?;
        Ok(Self {
            users_table: required("USERS_TABLE")?,
            dynamodb: dynamodb::Config::from_env().await?,
        })
    }
}

/// Settings of the `authorizer` function.
pub struct AuthorizerConfig {
    /// `API_KEYS_TABLE`: name or ARN of the table of API keys. Required.
    pub api_keys_table: String,
    /// The connection to DynamoDB.
    pub dynamodb: dynamodb::Config,
}

impl AuthorizerConfig {
    /// Reads the environment.
    pub async fn from_env() -> Result<Self, ConfigError> {
        require_lambda()?;
        Ok(Self {
            api_keys_table: required("API_KEYS_TABLE")?,
            dynamodb: dynamodb::Config::from_env().await?,
        })
    }
}
