//! The text of `openapi.yaml`, with the extensions of API Gateway that the gateway uses.

use std::collections::HashMap;

use anyhow::{Result, anyhow};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(crate) struct Document {
    pub(crate) paths: HashMap<String, HashMap<String, Value>>,
    #[serde(default, rename = "x-amazon-apigateway-gateway-responses")]
    pub(crate) gateway_responses: HashMap<String, GatewayResponse>,
    pub(crate) components: Components,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Components {
    #[serde(default)]
    pub(crate) security_schemes: HashMap<String, SecurityScheme>,
}

#[derive(Deserialize)]
pub(crate) struct SecurityScheme {
    #[serde(rename = "x-amazon-apigateway-authorizer")]
    pub(crate) authorizer: Authorizer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Authorizer {
    pub(crate) authorizer_uri: FunctionUri,
}

#[derive(Deserialize)]
pub(crate) struct Operation {
    #[serde(default)]
    pub(crate) security: Vec<HashMap<String, Vec<String>>>,
    #[serde(rename = "x-amazon-apigateway-integration")]
    pub(crate) integration: Integration,
}

#[derive(Deserialize)]
pub(crate) struct Integration {
    pub(crate) uri: FunctionUri,
}

/// The URI of a function, with CloudFormation's `Fn::Sub`.
#[derive(Deserialize)]
pub(crate) struct FunctionUri {
    #[serde(rename = "Fn::Sub")]
    template: String,
}

/// A response that the gateway makes (API Gateway's guide, "Gateway responses").
#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct GatewayResponse {
    /// Replaces the type's own status.
    pub status_code: Option<String>,
    /// Header values by `gatewayresponse.header.NAME`.
    pub response_parameters: HashMap<String, String>,
    /// Bodies by content type.
    pub response_templates: HashMap<String, String>,
}

impl FunctionUri {
    /// The logical ID in `…/functions/${LogicalId.Alias}/invocations`.
    pub(crate) fn function(&self) -> Result<String> {
        let template = &self.template;
        let (_, rest) = template
            .split_once("functions/${")
            .ok_or_else(|| anyhow!("{template} names no function"))?;
        Ok(rest.split(['.', '}']).next().unwrap_or(rest).to_owned())
    }
}
