//! The response of the authorizer (API Gateway's guide, "Output from an API Gateway Lambda
//! authorizer").

use serde_json::{Map, Value, json};

use super::proxy_event::stage_arn;

/// The authorizer's decision on one request, with the authorizer context for the function or for the
/// gateway response.
pub(crate) enum Decision {
    Allow(Map<String, Value>),
    Deny(Map<String, Value>),
}

/// The decision; `None` if the response is not one that this project's authorizer sends, although API
/// Gateway accepts more. A policy for one method, for example, would deny the caller's next request if
/// it was cached.
pub(crate) fn evaluate(response: &Value) -> Option<Decision> {
    let mut context = response.get("context")?.as_object()?.clone();
    context.insert("principalId".to_owned(), response.get("principalId")?.clone());
    let policy =
        response.get("policyDocument").filter(|_| context.values().all(Value::is_string))?;
    match policy {
        it if *it == whole_stage("Allow") => Some(Decision::Allow(context)),
        it if *it == whole_stage("Deny") => Some(Decision::Deny(context)),
        _ => None,
    }
}

fn whole_stage(effect: &str) -> Value {
    let resource = format!("{}/*", stage_arn());
    let statement =
        json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}
