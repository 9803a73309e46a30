//! The response of the authorizer (API Gateway's guide, "Output from an API Gateway Lambda
//! authorizer").

use serde_json::{Map, Value, json};

use super::proxy_event::stage_arn;

/// The authorizer's decision on one request.
pub(crate) struct Decision {
    /// Whether the request is allowed.
    pub(crate) is_allowed: bool,
    /// The authorizer context, for the function or the gateway response.
    pub(crate) context: Map<String, Value>,
}

/// The decision; `None` if the response is not one that this project's authorizer sends, although API
/// Gateway accepts more. A policy for one method, for example, would deny the caller's next request if
/// it was cached.
pub(crate) fn evaluate(response: &Value) -> Option<Decision> {
    let policy = response.get("policyDocument")?;
    let is_allowed = *policy == whole_stage("Allow");
    if !is_allowed && *policy != whole_stage("Deny") {
        return None;
    }
    let mut context = response.get("context")?.as_object()?.clone();
    context.insert("principalId".to_owned(), response.get("principalId")?.clone());
    context.values().all(Value::is_string).then_some(Decision { is_allowed, context })
}

fn whole_stage(effect: &str) -> Value {
    let resource = format!("{}/*", stage_arn());
    let statement =
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}
