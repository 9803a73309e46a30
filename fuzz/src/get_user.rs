//! What must hold for every response of `get-user`.

use std::collections::BTreeMap;

use credira_users::get_user::{GetUser, UsersTable};
use libfuzzer_sys::Corpus;
use serde_json::{Value, value::RawValue};

use crate::{
    demo,
    function::{Function, Outcome},
    leak,
};

thread_local! {
    static FUNCTION: Function<GetUser> = start(|id| demo::USERS.get(id).cloned());
}

/// Starts `get-user` with a table that has these items.
pub fn start(item: fn(&str) -> Option<String>) -> Function<GetUser> {
    Function::start(item, async |config| {
        let table = config.table.clone();
        Ok(GetUser::new(UsersTable::new(config.connect().await?, table)))
    })
}

/// Checks the response to an event.
pub fn check(data: &[u8]) -> Corpus {
    leak::check_event(data, |event| FUNCTION.with(|function| invoke(function, event)))
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

fn is_valid(response: &Value, is_head: bool) -> bool {
    let status = response["statusCode"].as_u64().expect("the response has a status");
    let body = response["body"].as_str().expect("the response has a body");
    if status == 304 || is_head {
        return body.is_empty();
    }
    // Not a `Value`, which cannot hold every number of a user.
    let body: BTreeMap<&str, &RawValue> = serde_json::from_str(body).expect("the body is JSON");
    let strings = |name| serde_json::from_str::<BTreeMap<String, String>>(body[name].get());
    let meta = strings("meta").expect("the metadata are strings");
    let (success, outcome) = if status == 200 { ("true", "data") } else { ("false", "error") };
    body.keys().eq(&[outcome, "meta", "success"])
        && body["success"].get() == success
        && match status {
            200 => body["data"].get().starts_with('{'),
            400..=599 => strings("error").is_ok_and(|error| error.keys().eq(["code", "message"])),
            _ => false,
        }
        && meta.keys().eq(["request_id", "timestamp"])
        && response["headers"]["x-request-id"] == meta["request_id"]
}
