//! Compares the responses of `get-user` with the rules of the README.

use std::{collections::BTreeMap, sync::LazyLock};

use credira_users::get_user::{GetUser, UsersTable};
use libfuzzer_sys::Corpus;
use regex_lite::Regex;
use serde_json::{Map, Value, json, value::RawValue};

use crate::{
    demo,
    function::Function,
    leak,
    model::{self, Access},
    regex,
};

/// README, "Responses": status, code and message.
const ERRORS: &[(u16, &str, &str)] = &[
    (400, "INVALID_REQUEST", "Invalid user ID format"),
    (401, "UNAUTHORIZED", "Invalid or missing API key"),
    (403, "FORBIDDEN", "You don't have permission to access this user"),
    (404, "NOT_FOUND", "User not found"),
    (404, "NOT_FOUND", "Route not found"),
    (405, "METHOD_NOT_ALLOWED", "Method not allowed"),
    (500, "INTERNAL_ERROR", "Internal server error"),
];

static TIMESTAMP: LazyLock<Regex> =
    LazyLock::new(|| regex("^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z$"));

thread_local! {
    static FUNCTION: Function<GetUser> = start(demo::user);
}

/// A response of `get-user`, and what it logged.
pub struct Response {
    pub status: u16,
    pub body: String,
    headers: BTreeMap<String, String>,
    pub log: String,
}

/// Starts `get-user` with a table that has these items.
pub fn start(item: impl Fn(&str) -> Option<String> + Clone + Send + 'static) -> Function<GetUser> {
    Function::start(item, |client| GetUser::new(UsersTable::new(client, "users".to_owned())))
}

/// Compares the response to an event with the rules, if it has or does not have payload format 2.0.
pub fn check(data: &[u8], is_payload_2: bool) -> Corpus {
    let Ok(json) = serde_json::from_slice::<&RawValue>(data) else { return Corpus::Reject };
    // `Null` for JSON that serde cannot hold in memory.
    let event: Value = serde_json::from_str(json.get()).unwrap_or_default();
    if (event["version"] == "2.0") != is_payload_2 {
        return Corpus::Reject;
    }
    FUNCTION.with(|function| {
        // As it is: it may have a name twice, which `Value` does not.
        invoke(function, json.get(), &event);
        let response = invoke(function, &event.to_string(), &event);
        if has_list_as_object(&event) {
            return;
        }
        let expected = status(&event).map(|status| match &response {
            Some(response) if status == 200 && lists(&event, &response.headers["etag"]) => 304,
            _ => status,
        });
        assert_eq!(response.as_ref().map(|response| response.status), expected);
        if let Some(response) = response {
            let has_body = response.status != 304 && method(&event) != "HEAD";
            assert_eq!(!response.body.is_empty(), has_body);
        }
    });
    Corpus::Keep
}

/// Invokes `get-user`. `None` if it refuses the event. Panics if the response is not as the README
/// says, or if a header of the event is in the response or in the log.
pub fn invoke(function: &Function<GetUser>, json: &str, event: &Value) -> Option<Response> {
    let (result, log) = function.invoke(json, async |handler, event| handler.handle(event).await);
    match result {
        Ok(response) => {
            let response = serde_json::to_value(&response).expect("the response is JSON");
            leak::check_headers(event, &[&response.to_string(), &log]);
            Some(Response::read(&response, log))
        }
        Err(error) => {
            leak::check_headers(event, &[&error.to_string(), &log]);
            None
        }
    }
}

impl Response {
    /// Reads the function's response. Panics if the README does not have such a response.
    fn read(json: &Value, log: String) -> Self {
        let status = json["statusCode"].as_u64().and_then(|status| status.try_into().ok());
        let status = status.expect("the response has a status");
        let body = json["body"].as_str().expect("the response has a body").to_owned();
        let headers: BTreeMap<String, String> =
            serde_json::from_value(json["headers"].clone()).expect("the headers have values");
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let caching = if matches!(status, 200 | 304) { "private, no-cache" } else { "no-store" };
        assert_eq!(headers["cache-control"], caching);
        assert_eq!(headers.contains_key("etag"), matches!(status, 200 | 304));
        assert!(headers["x-request-id"].starts_with("req_"));
        if !body.is_empty() {
            // Without a `Value` of `data`, whose numbers can be larger than an `f64`.
            let mut envelope: BTreeMap<&str, &RawValue> =
                serde_json::from_str(&body).expect("the body is JSON");
            let mut take = |name| envelope.remove(name).map_or("null", RawValue::get);
            let meta: Value = serde_json::from_str(take("meta")).expect("meta is JSON");
            assert_eq!(meta["request_id"], headers["x-request-id"]);
            assert!(meta["timestamp"].as_str().is_some_and(|time| TIMESTAMP.is_match(time)));
            assert_eq!(meta.as_object().map(Map::len), Some(2));
            assert_eq!(take("success"), if status == 200 { "true" } else { "false" });
            // Either `data` or `error`, and nothing else.
            if status == 200 {
                assert!(envelope.keys().eq(&["data"]), "{body}");
            } else {
                assert!(envelope.keys().eq(&["error"]), "{body}");
                let error: Value = serde_json::from_str(envelope["error"].get()).expect("an error");
                let is_known = ERRORS.iter().any(|(of, code, message)| {
                    *of == status && error == json!({ "code": code, "message": message })
                });
                assert!(is_known, "{status} {error} {log}");
            }
        }
        Self { status, body, headers, log }
    }
}

/// The status of the response to an event, `None` if the function must refuse the event.
fn status(event: &Value) -> Option<u16> {
    let context = &event["requestContext"];
    let are_texts = [
        &event["version"],
        &event["httpMethod"],
        &event["path"],
        &event["rawPath"],
        &event["pathParameters"]["id"],
        &context["requestId"],
        &context["extendedRequestId"],
        &context["http"]["method"],
    ]
    .iter()
    .all(|value| value.is_null() || value.is_string());
    let is_map = |name| event[name].is_null() || event[name].is_object();
    let is_object = |value: Option<&Value>| value.is_none_or(Value::is_object);
    let is_event = event.is_object()
        && are_texts
        && ["headers", "multiValueHeaders", "pathParameters"].into_iter().all(is_map)
        && is_object(event.get("requestContext"))
        && is_object(context.get("http"));
    if !is_event {
        return None;
    }
    let path = event["path"].as_str().or(event["rawPath"].as_str());
    let id = event["pathParameters"]["id"]
        .as_str()
        .filter(|_| path.is_some_and(|path| !path.ends_with('/')));
    Some(match id {
        None => 404,
        Some(_) if !["GET", "HEAD"].contains(&method(event)) => 405,
        Some(id) => status_of_user(event, id),
    })
}

fn status_of_user(event: &Value, id: &str) -> u16 {
    let context = &event["requestContext"]["authorizer"];
    let context = if event["version"] == "2.0" { &context["lambda"] } else { context };
    let Some(access) = model::access(context, id) else { return 401 };
    let user = demo::USERS.iter().find(|user| user["id"] == id);
    match (access, user) {
        _ if !model::is_user_id(id) => 400,
        (Access::Nobody, _) => 403,
        (_, None) => 404,
        (Access::Account, Some(user)) if user["account_id"] != context["account_id"] => 403,
        // The one broken item.
        (_, Some(user)) if !user["email"].is_string() => 500,
        (_, Some(_)) => 200,
    }
}

fn method(event: &Value) -> &str {
    let method = event["httpMethod"].as_str();
    method.or(event["requestContext"]["http"]["method"].as_str()).unwrap_or_default()
}

/// Whether `If-None-Match` lists the entity tag (RFC 9110, section 13.1.2).
fn lists(event: &Value, etag: &str) -> bool {
    let tags = model::header_values(event, "if-none-match").join(",");
    let mut tags = tags.split(',').map(|tag| tag.trim());
    let strong = etag.replacen("W/", "", 1);
    tags.any(|tag| [etag, &strong, "*"].contains(&tag))
}

/// serde also reads a list as an object. No gateway sends such an event, and no rule is about it.
fn has_list_as_object(event: &Value) -> bool {
    let context = &event["requestContext"];
    event["pathParameters"].is_array() || context.is_array() || context["http"].is_array()
}
