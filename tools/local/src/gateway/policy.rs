//! The response of the authorizer (API Gateway's guide, "Output from an API Gateway Lambda
//! authorizer").

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::proxy_event::{API_ID, STAGE};
use crate::lambda::{ACCOUNT_ID, REGION};

/// The authorizer's decision on one request.
#[derive(Debug)]
pub(crate) struct Decision {
    /// Whether the request is allowed.
    pub(crate) is_allowed: bool,
    /// The authorizer context, for the function or the gateway response.
    pub(crate) context: Map<String, Value>,
}

/// A response that is not one of this project's authorizer. API Gateway accepts more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidResponse {
    /// A part is missing, has the wrong type, or is one that the authorizer never sends.
    #[error("the authorizer's response is invalid: {0}")]
    Shape(#[from] serde_json::Error),
    /// A policy for one method would deny the caller's next request if it was cached.
    #[error("the authorizer's policy is not about `{ACTION}` on the whole stage")]
    Scope,
}

const ACTION: &str = "execute-api:Invoke";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizerResponse {
    principal_id: String,
    policy_document: Policy,
    context: HashMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    statement: [Statement; 1],
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    action: String,
    effect: Effect,
    resource: String,
}

#[derive(Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// Evaluates the authorizer's response.
pub(crate) fn evaluate(response: &Value) -> Result<Decision, InvalidResponse> {
    let response = AuthorizerResponse::deserialize(response)?;
    let [Statement { action, effect, resource }] = response.policy_document.statement;
    let stage = format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{API_ID}/{STAGE}/*");
    if action != ACTION || resource != stage {
        return Err(InvalidResponse::Scope);
    }
    let principal = ("principalId".to_owned(), response.principal_id);
    let context = response.context.into_iter().chain([principal]);
    let context = context.map(|(name, value)| (name, value.into())).collect();
    Ok(Decision { is_allowed: effect == Effect::Allow, context })
}
