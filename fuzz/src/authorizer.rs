//! What must hold for every response of the `authorizer`.

use credira_users::{authorizer::Authorizer, dynamodb::Config};
use libfuzzer_sys::Corpus;
use serde_json::{Value, json};

use crate::{demo, event, function::Function};

thread_local! {
    static FUNCTION: Function<Authorizer> =
        Function::start(|hash| demo::API_KEYS.get(hash).cloned(), async || {
            let config = Config::from_env("API_KEYS_TABLE").await?;
            let table = config.table.clone();
            Ok(Authorizer::new(config.connect().await?, table))
        });
}

/// Checks the response to an event.
pub fn check(data: &[u8]) -> Corpus {
    event::check(data, |json, event| {
        let outcome = FUNCTION.with(|function| {
            function.invoke(json, async |handler, event| handler.handle(event, None).await)
        });
        if let (Ok(response), Some(arn)) = (&outcome.response, event["methodArn"].as_str()) {
            assert_is_decision(response, arn);
        }
        Some(outcome)
    })
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
