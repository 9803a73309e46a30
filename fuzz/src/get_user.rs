//! What must hold for every response of `get-user`.

use std::collections::BTreeMap;

use credira_users::{
    dynamodb::Config,
    get_user::{GetUser, UsersTable},
};
use libfuzzer_sys::Corpus;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    demo, event,
    function::{Function, Outcome},
};

thread_local! {
    static FUNCTION: Function<GetUser> = start(|id| demo::USERS.get(id).cloned());
}

/// Starts `get-user` with a table that has these items.
pub fn start(item: impl Fn(&str) -> Option<String> + Clone + Send + 'static) -> Function<GetUser> {
    Function::start(item, async || {
        let config = Config::from_env("USERS_TABLE").await?;
        let table = config.table.clone();
        Ok(GetUser::new(UsersTable::new(config.connect().await?, table)))
    })
}

/// Checks the response to an event, if it has or does not have payload format 2.0.
pub fn check(data: &[u8], is_payload_2: bool) -> Corpus {
    event::check(data, |json, event| {
        let is_wanted = (event["version"] == "2.0") == is_payload_2;
        is_wanted.then(|| FUNCTION.with(|function| invoke(function, json)))
    })
}

/// Invokes `get-user`. Panics if its response is not valid.
pub fn invoke(function: &Function<GetUser>, event: &str) -> Outcome {
    let outcome = function.invoke(event, async |handler, event| handler.handle(event, None).await);
    if let Ok(response) = &outcome.response {
        let is_head = outcome.log.contains(r#""method":"HEAD""#);
        assert!(is_valid(response, is_head), "{response}");
    }
    outcome
}

/// The body of every response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    success: bool,
    data: Option<Box<RawValue>>,
    error: Option<BTreeMap<String, String>>,
    meta: BTreeMap<String, String>,
}

fn is_valid(response: &Value, is_head: bool) -> bool {
    let status = response["statusCode"].as_u64().expect("the response has a status");
    let body = response["body"].as_str().expect("the response has a body");
    if status == 304 || is_head {
        return body.is_empty();
    }
    let Envelope { success, data, error, meta } =
        serde_json::from_str(body).expect("the body is the envelope");
    let has_outcome = match (status, data, error) {
        (200, Some(data), None) => success && data.get().starts_with('{'),
        (400..=599, None, Some(error)) => !success && error.keys().eq(["code", "message"]),
        _ => false,
    };
    has_outcome
        && meta.keys().eq(["request_id", "timestamp"])
        && response["headers"]["x-request-id"] == meta["request_id"]
}
