//! The `authorizer` with the events of a REST API.
#![no_main]

use credira_fuzz::{demo, function::Function, leak};
use credira_users::authorizer::Authorizer;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Value, json};

thread_local! {
    static FUNCTION: Function<Authorizer> =
        Function::start(|hash| demo::API_KEYS.get(hash).cloned(), async |config| {
            let table = config.table.clone();
            Ok(Authorizer::new(config.connect().await?, table))
        });
}

fuzz_target!(|data: &[u8]| -> Corpus {
    leak::check_event(data, |event| {
        let outcome = FUNCTION.with(|function| {
            function.invoke(event, async |handler, event| handler.handle(event, None).await)
        });
        if let Ok(response) = &outcome.response {
            assert_is_decision(response, event);
        }
        outcome
    })
});

/// Panics unless the response allows or denies the whole stage, and has the context that goes with it.
fn assert_is_decision(response: &Value, event: &str) {
    let effect = &response["policyDocument"]["Statement"][0]["Effect"];
    let context = match effect.as_str() {
        Some("Allow") => ["key_id", "account_id"],
        Some("Deny") => ["timestamp", "request_id"],
        _ => panic!("{response}"),
    };
    assert!(context.iter().all(|name| response["context"][name].is_string()), "{response}");
    assert!(response["principalId"].is_string(), "{response}");
    let event: Value = serde_json::from_str(event).unwrap_or_default();
    if let Some(arn) = event["methodArn"].as_str() {
        let stage = arn.split('/').take(2).collect::<Vec<_>>().join("/");
        let statement = json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": format!("{stage}/*") });
        let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
        assert_eq!(response["policyDocument"], policy);
    }
}
