//! What must hold for every response of the `authorizer`.

use credira_users::{
    authorizer::{ApiKeysTable, Authorizer},
    config::Config,
};
use libfuzzer_sys::Corpus;
use serde_json::{Value, json, value::RawValue};

use crate::{
    demo,
    function::{Function, Outcome},
    mark::with_marked_headers,
};

thread_local! {
    static FUNCTION: Function<Authorizer> =
        Function::start(|hash| demo::API_KEYS.get(hash).cloned(), async || {
            let config = Config::from_env("API_KEYS_TABLE").await?;
            let client = config.dynamodb.connect().await?;
            Ok(Authorizer::new(ApiKeysTable::new(client, config.table)))
        });
}

/// Checks the response to an event.
pub fn check(data: &[u8]) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // `Null` for JSON that serde cannot hold in memory.
    let event: Value = serde_json::from_str(json.get()).unwrap_or_default();
    // As it is: it may have a name twice, which `Value` does not.
    invoke(json.get(), &event).assert_no_key(&event);
    if let Some(event) = with_marked_headers(event) {
        invoke(&event.to_string(), &event).assert_no_mark();
    }
    Corpus::Keep
}

/// Invokes the authorizer. Panics if it responds with something else than an Allow or a Deny.
fn invoke(json: &str, event: &Value) -> Outcome {
    let outcome = FUNCTION.with(|function| {
        function.invoke(json, async |handler, event| handler.handle(event, None).await)
    });
    if let (Ok(response), Some(arn)) = (&outcome.response, event["methodArn"].as_str()) {
        assert_is_decision(response, arn);
    }
    outcome
}

/// Panics unless the response allows or denies the whole stage, and has the context that goes with it.
fn assert_is_decision(response: &Value, arn: &str) {
    let effect = &response["policyDocument"]["Statement"][0]["Effect"];
    let context = match effect.as_str() {
        Some("Allow") => ["key_id", "account_id"],
        Some("Deny") => ["timestamp", "request_id"],
        _ => panic!("{response}"),
    };
    assert!(context.iter().all(|name| response["context"][name].is_string()), "{response}");
    assert!(response["principalId"].is_string(), "{response}");
    let stage = arn.split('/').take(2).collect::<Vec<_>>().join("/");
    let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": format!("{stage}/*") });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
    assert_eq!(response["policyDocument"], policy);
}
