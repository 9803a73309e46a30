//! What must hold for every response of `get-user`.

use credira_users::{
    config::Config,
    get_user::{GetUser, UsersTable},
};
use libfuzzer_sys::Corpus;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    demo,
    function::{Function, Outcome},
    mark::with_marked_headers,
};

/// "Responses" has a table of each status, code and message.
const README: &str = include_str!("../../README.md");

thread_local! {
    static FUNCTION: Function<GetUser> = start(|id| demo::USERS.get(id).cloned());
}

/// Starts `get-user` with a table that has these items.
pub fn start(item: impl Fn(&str) -> Option<String> + Clone + Send + 'static) -> Function<GetUser> {
    Function::start(item, async || {
        let config = Config::from_env("USERS_TABLE").await?;
        let client = config.dynamodb.connect().await?;
        Ok(GetUser::new(UsersTable::new(client, config.table)))
    })
}

/// Checks the response to an event, if it has or does not have payload format 2.0.
pub fn check(data: &[u8], is_payload_2: bool) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // `Null` for JSON that serde cannot hold in memory.
    let event: Value = serde_json::from_str(json.get()).unwrap_or_default();
    if (event["version"] == "2.0") != is_payload_2 {
        return Corpus::Reject;
    }
    FUNCTION.with(|function| {
        // As it is: it may have a name twice, which `Value` does not.
        invoke(function, json.get()).assert_no_key(&event);
        if let Some(event) = with_marked_headers(event) {
            invoke(function, &event.to_string()).assert_no_mark();
        }
    });
    Corpus::Keep
}

/// Invokes `get-user`. Panics if it responds with something else than the README has.
pub fn invoke(function: &Function<GetUser>, event: &str) -> Outcome {
    let outcome = function.invoke(event, async |handler, event| handler.handle(event, None).await);
    if let Ok(response) = &outcome.response {
        assert_envelope(response, &outcome.log);
    }
    outcome
}

/// The body of every response.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    success: bool,
    data: Option<Box<RawValue>>,
    error: Option<ErrorBody>,
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorBody {
    code: String,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta {
    timestamp: String,
    request_id: String,
}

fn assert_envelope(response: &Value, log: &str) {
    let status = &response["statusCode"];
    let body = response["body"].as_str().expect("the response has a body");
    assert!(has_row(&format!("| {status} |")), "{response}");
    let has_body = *status != 304 && !log.contains(r#""method":"HEAD""#);
    assert_eq!(!body.is_empty(), has_body, "{response}");
    if !has_body {
        return;
    }
    let Envelope { success, data, error, meta } =
        serde_json::from_str(body).expect("the body is the envelope");
    match (data, error) {
        (Some(data), None) => {
            assert!(success && *status == 200 && data.get().starts_with('{'), "{response}");
        }
        (None, Some(ErrorBody { code, message })) => {
            let is_known = has_row(&format!("| {status} | `{code}` | {message} |"));
            assert!(!success && is_known, "{response}");
        }
        _ => panic!("the body has either data or an error: {body}"),
    }
    assert!(meta.timestamp.ends_with('Z') && meta.request_id.starts_with("req_"), "{response}");
    assert_eq!(response["headers"]["x-request-id"], meta.request_id);
}

fn has_row(start: &str) -> bool {
    README.lines().any(|line| line.starts_with(start))
}
