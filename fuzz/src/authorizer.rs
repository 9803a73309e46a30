//! Compares the responses of the `authorizer` with the rules of the README.

use std::sync::LazyLock;

use credira_users::authorizer::{ApiKeysTable, Authorizer};
use libfuzzer_sys::Corpus;
use regex_lite::Regex;
use serde_json::{Value, json, value::RawValue};

use crate::{demo, function::Function, leak, model, regex};

/// A header's value with a key (RFC 6750, section 2.1; RFC 9110, sections 5.5 and 11.4).
static BEARER: LazyLock<Regex> =
    LazyLock::new(|| regex("^[ \t]*(?i:bearer) [ \t]*([!-~]+)[ \t]*$"));

thread_local! {
    static FUNCTION: Function<Authorizer> = Function::start(demo::api_key, |client| {
        Authorizer::new(ApiKeysTable::new(client, "api-keys".to_owned()))
    });
}

/// What the authorizer must do with an event.
enum Decision {
    /// With this authorizer context.
    Allow(Value),
    Deny,
    Fail,
}

/// Compares the response to an event with the rules.
pub fn check(data: &[u8]) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // `Null` for JSON that serde cannot hold in memory.
    let event: Value = serde_json::from_str(json.get()).unwrap_or_default();
    FUNCTION.with(|function| {
        // As it is: it may have a name twice, which `Value` does not.
        invoke(function, json.get(), &event);
        let response = invoke(function, &event.to_string(), &event);
        // serde also reads a list as an object. No gateway sends such an event.
        if event["requestContext"].is_array() {
            return;
        }
        match (decision(&event), response) {
            (Decision::Fail, None) => {}
            (Decision::Allow(context), Some(response)) => {
                assert_eq!(response["principalId"], context["key_id"]);
                assert_eq!(response["context"], context);
                assert_eq!(response["policyDocument"], policy("Allow", &event));
            }
            (Decision::Deny, Some(response)) => {
                assert_eq!(response["principalId"], "anonymous");
                let context = response["context"].as_object().expect("a Deny has a context");
                assert!(context.keys().eq(["request_id", "timestamp"]));
                assert_eq!(response["policyDocument"], policy("Deny", &event));
            }
            (_, response) => panic!("{response:?}"),
        }
    });
    Corpus::Keep
}

/// Invokes the authorizer. `None` if it fails. Panics if a header of the event is in the response or
/// in the log.
fn invoke(function: &Function<Authorizer>, json: &str, event: &Value) -> Option<Value> {
    let (result, log) = function.invoke(json, async |handler, event| handler.handle(event).await);
    let response = result.map(|it| serde_json::to_value(it).expect("the response is JSON"));
    let text = match &response {
        Ok(response) => response.to_string(),
        Err(error) => error.to_string(),
    };
    leak::check_headers(event, &[&text, &log]);
    response.ok()
}

fn decision(event: &Value) -> Decision {
    let context = &event["requestContext"];
    let are_texts = [&event["httpMethod"], &context["requestId"], &context["extendedRequestId"]]
        .iter()
        .all(|value| value.is_null() || value.is_string());
    let is_map = |name| event[name].is_null() || event[name].is_object();
    let is_event = event["methodArn"].is_string()
        && are_texts
        && is_map("headers")
        && is_map("multiValueHeaders")
        && event.get("requestContext").is_none_or(Value::is_object);
    if !is_event {
        return Decision::Fail;
    }
    let [value] = model::header_values(event, "authorization")[..] else { return Decision::Deny };
    let key =
        BEARER.captures(value).map_or("", |parts| parts.get(1).map_or("", |key| key.as_str()));
    let Some(item) = demo::API_KEYS.get(key).filter(|_| model::is_api_key(key)) else {
        return Decision::Deny;
    };
    if item["account_id"].is_null() {
        return Decision::Fail;
    }
    // The one key that expires did so in 2024.
    if !item["expires_at"].is_null() || !item["revoked_time"].is_null() {
        return Decision::Deny;
    }
    let scopes = item["scopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut context = json!({
        "key_id": item["key_id"],
        "account_id": item["account_id"],
        "scopes": scopes.collect::<Vec<_>>().join(" "),
    });
    if item["user_id"].is_string() {
        context["user_id"] = item["user_id"].clone();
    }
    Decision::Allow(context)
}

/// The policy for the whole stage.
fn policy(effect: &str, event: &Value) -> Value {
    let arn = event["methodArn"].as_str().unwrap_or_default();
    let parts: Vec<_> = arn.split('/').collect();
    let stage =
        if let [api, stage, _, ..] = parts[..] { format!("{api}/{stage}") } else { arn.to_owned() };
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": format!("{stage}/*") });
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}
