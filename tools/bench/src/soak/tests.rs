//! A soak notices each wrong response.

use axum::{body::Bytes, http::HeaderValue};
use chrono::Utc;
use serde_json::{Value, json};

use super::{
    expectation::{
        Error, Expectation, FORBIDDEN, INTERNAL, INVALID_ID, NO_ROUTE, NO_USER, Outcome,
        UNAUTHORIZED, UNAVAILABLE, Wrong,
    },
    faults::Effect,
    response::Response,
};

impl Response {
    /// A response to a request that was sent now, with the headers of an error.
    pub(crate) fn by_a_function(status: u16, envelope: &Value) -> Self {
        let sent = Utc::now();
        let mut body = envelope.clone();
        let timestamp = sent.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        body["meta"] = json!({ "timestamp": timestamp, "request_id": "req_1" });
        let headers = [
            ("cache-control", "no-store"),
            ("content-length", "1"),
            ("content-type", "application/json"),
            ("x-amz-apigw-id", "1"),
            ("x-content-type-options", "nosniff"),
            ("x-request-id", "req_1"),
        ];
        let headers =
            headers.map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        Self { status, headers: headers.into_iter().collect(), body: body.to_string().into(), sent }
    }

    /// The same without what only a function knows.
    pub(crate) fn by_the_gateway(mut self) -> Self {
        self.headers.remove("x-request-id");
        self.change(|body| body["meta"] = json!({ "request_id": "req_1" }))
    }

    fn change(mut self, change: impl Fn(&mut Value)) -> Self {
        let mut body = serde_json::from_slice(&self.body).unwrap();
        change(&mut body);
        self.body = body.to_string().into();
        self
    }
}

fn forbidden() -> Response {
    let error = json!({ "code": "FORBIDDEN", "message": "m" });
    Response::by_a_function(403, &json!({ "success": false, "error": error }))
}

#[test]
fn a_whole_response_has_an_envelope() {
    assert_eq!(forbidden().content(true).unwrap().error.unwrap().code, "FORBIDDEN");
    let head = Response { body: Bytes::new(), ..forbidden() };
    assert!(head.content(false).is_some());
}

#[test]
fn each_header_is_required_and_no_other_is_allowed() {
    for name in [
        "cache-control",
        "content-type",
        "x-amz-apigw-id",
        "x-content-type-options",
        "x-request-id",
    ] {
        let mut without = forbidden();
        without.headers.remove(name);
        assert!(without.content(true).is_none(), "without {name}");
        let mut twice = forbidden();
        let value = twice.headers[name].clone();
        twice.headers.append(name, value);
        assert!(twice.content(true).is_none(), "{name} twice");
    }
    for name in ["etag", "retry-after", "server", "x-amzn-remapped-www-authenticate"] {
        let mut with = forbidden();
        with.headers.insert(name, HeaderValue::from_static("1"));
        assert!(with.content(true).is_none(), "{name}");
    }
}

#[test]
fn each_member_of_the_envelope_is_required_and_no_other_is_allowed() {
    let changes: [fn(&mut Value); 9] = [
        |body| body["success"] = true.into(),
        |body| body["data"] = json!({}),
        |body| body["more"] = json!(1),
        |body| body["error"] = Value::Null,
        |body| body["error"] = json!({ "code": "FORBIDDEN" }),
        |body| body["meta"] = Value::Null,
        |body| body["meta"]["request_id"] = json!("req_2"),
        |body| body["meta"]["timestamp"] = Value::Null,
        |body| body["meta"]["timestamp"] = json!("2024-01-15T10:30:00Z"),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(forbidden().change(change).content(true).is_none(), "change {number}");
    }
    for body in ["", "{}", "null", "<html>", "Internal Server Error"] {
        let other = Response { body: body.into(), ..forbidden() };
        assert!(other.content(true).is_none(), "{body}");
    }
    assert!(forbidden().content(false).is_none(), "HEAD with a body");
}

#[test]
fn only_the_gateway_s_errors_may_lack_the_time() {
    assert!(forbidden().by_the_gateway().content(true).is_none());
}

const ALL: [Effect; 3] = [Effect::NoResponse, Effect::NoTable, Effect::OtherItem];

fn ada() -> Value {
    json!({ "id": "user_1", "email": "ada@company.com" })
}

fn expects(result: Result<Option<Value>, Error>) -> Expectation {
    let etag = Some("W/\"1\"".to_owned());
    Expectation { is_head: false, result, etag, uses_table: true }
}

fn user(data: Value) -> Response {
    let mut response = Response::by_a_function(200, &json!({ "success": true, "data": data }));
    response.headers.insert("cache-control", HeaderValue::from_static("private, no-cache"));
    response.headers.insert("etag", HeaderValue::from_static("W/\"1\""));
    response
}

fn error(Error(status, code, message): Error) -> Response {
    let error = json!({ "code": code, "message": message });
    let mut response =
        Response::by_a_function(status, &json!({ "success": false, "error": error }));
    if status == 503 {
        response.headers.insert("retry-after", HeaderValue::from_static("1"));
    }
    response
}

#[test]
fn the_expected_response_is_right() {
    assert_eq!(expects(Ok(Some(ada()))).check(&user(ada()), &[]), Ok(Outcome::Expected));
    assert_eq!(expects(Err(NO_USER)).check(&error(NO_USER), &[]), Ok(Outcome::Expected));
}

#[test]
fn no_fault_explains_another_user() {
    let bob = user(json!({ "id": "user_2", "email": "bob@company.com" }));
    assert_eq!(expects(Ok(Some(ada()))).check(&bob, &ALL), Err(Wrong::OtherUser));
    for refused in [UNAUTHORIZED, FORBIDDEN, NO_USER] {
        assert_eq!(expects(Err(refused)).check(&user(ada()), &ALL), Err(Wrong::OtherUser));
        let by_head = Expectation { is_head: true, ..expects(Err(refused)) };
        let head = Response { body: Bytes::new(), ..user(ada()) };
        assert_eq!(by_head.check(&head, &ALL), Err(Wrong::OtherUser));
    }
    // Even if the envelope is broken.
    let mut broken = user(ada());
    broken.headers.remove("content-type");
    assert_eq!(expects(Err(FORBIDDEN)).check(&broken, &ALL), Err(Wrong::OtherUser));
}

#[test]
fn no_fault_explains_another_response() {
    for other in [INVALID_ID, FORBIDDEN, NO_USER, NO_ROUTE] {
        let response = error(other);
        assert_eq!(expects(Ok(Some(ada()))).check(&response, &ALL), Err(Wrong::Response));
    }
    let mut other_etag = user(ada());
    other_etag.headers.insert("etag", HeaderValue::from_static("W/\"2\""));
    assert_eq!(expects(Ok(Some(ada()))).check(&other_etag, &ALL), Err(Wrong::Response));
}

#[test]
fn an_error_needs_a_fault_that_explains_it() {
    let expected = expects(Ok(Some(ada())));
    for (response, explanations) in [
        (error(UNAVAILABLE), vec![Effect::NoTable]),
        (error(INTERNAL), vec![Effect::OtherItem]),
        (error(UNAVAILABLE).by_the_gateway(), ALL.to_vec()),
        (error(INTERNAL).by_the_gateway(), vec![]),
    ] {
        assert_eq!(expected.check(&response, &[]), Err(Wrong::Response));
        for effect in ALL {
            let is_explained = explanations.contains(&effect);
            let result = if is_explained { Ok(Outcome::Failed) } else { Err(Wrong::Response) };
            assert_eq!(expected.check(&response, &[effect]), result, "{effect:?}");
        }
    }
    let without_table = Expectation { uses_table: false, ..expected };
    assert_eq!(without_table.check(&error(UNAVAILABLE), &ALL), Err(Wrong::Response));
}
