//! The events that a REST API sends to its functions (API Gateway's guide, "Input format of a
//! Lambda function for proxy integration" and "Input to a Lambda authorizer").

use std::{collections::BTreeMap, net::SocketAddr};

use axum::http::{HeaderMap, request::Parts};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::definition::Route;
use crate::lambda::{ACCOUNT_ID, REGION};

/// A placeholder for the names of the API and its stage.
const LOCAL: &str = "local";

/// The ARN of the stage, which those of its methods begin with.
pub(crate) fn stage_arn() -> String {
    format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{LOCAL}/{LOCAL}")
}

/// The IDs of a request.
#[derive(Clone)]
pub(crate) struct RequestIds {
    /// `$context.requestId`: the header `x-amzn-requestid` if the client sent it, as API Gateway's
    /// guide says ("Access logging for REST APIs"). There it must be a UUID; here it may be any text.
    pub(crate) id: String,
    /// `$context.extendedRequestId`, which is never the client's.
    pub(crate) extended: String,
}

impl RequestIds {
    /// The IDs of a request with these headers.
    pub(crate) fn new(headers: &HeaderMap) -> Self {
        let id = last(headers, "x-amzn-requestid").unwrap_or_else(|| Uuid::new_v4().to_string());
        // In API Gateway's form, such as `JKJaXmPLvHcESHA=`.
        let mut extended = Uuid::new_v4().simple().to_string();
        extended.truncate(15);
        extended.push('=');
        Self { id, extended }
    }
}

/// A client's request.
pub(crate) struct HttpRequest {
    /// Its IDs.
    pub(crate) ids: RequestIds,
    /// When it arrived.
    pub(crate) time: DateTime<Utc>,
    /// Its method, target and headers.
    pub(crate) parts: Parts,
    /// Its body; empty if it has none.
    pub(crate) body: String,
    /// The client's address.
    pub(crate) client: SocketAddr,
}

/// The `requestContext` of an event; also the `$context` of gateway responses.
pub(crate) fn request_context(
    request: &HttpRequest,
    resource: &str,
    authorizer: Option<Map<String, Value>>,
) -> Value {
    let HttpRequest { ids, time, parts: Parts { method, uri, headers, .. }, client, .. } = request;
    let host = last(headers, "host");
    let mut context = json!({
        "accountId": ACCOUNT_ID,
        "apiId": LOCAL,
        "domainName": host,
        "domainPrefix": host.as_deref().and_then(|host| host.split('.').next()),
        "extendedRequestId": ids.extended,
        "httpMethod": method.as_str(),
        "identity": {
            "sourceIp": client.ip().to_string(),
            "userAgent": last(headers, "user-agent"),
        },
        "path": format!("/{LOCAL}{}", uri.path()),
        "protocol": "HTTP/1.1",
        "requestId": ids.id,
        "requestTime": time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "requestTimeEpoch": time.timestamp_millis(),
        "resourceId": LOCAL,
        "resourcePath": resource,
        "stage": LOCAL,
    });
    if let (Some(context), Some(authorizer)) = (context.as_object_mut(), authorizer) {
        context.insert("authorizer".to_owned(), authorizer.into());
    }
    context
}

/// The event for the function of a route, with the authorizer context if there is one.
pub(crate) fn integration(
    request: &HttpRequest,
    route: &Route<'_>,
    authorizer: Option<Map<String, Value>>,
) -> Value {
    let body = (!request.body.is_empty()).then_some(&request.body);
    let context = request_context(request, route.resource, authorizer);
    event(request, route, context, [("body", json!(body)), ("isBase64Encoded", false.into())])
}

/// The event for an authorizer.
pub(crate) fn authorization(request: &HttpRequest, route: &Route<'_>) -> Value {
    let Parts { method, uri, .. } = &request.parts;
    let arn = format!("{}/{method}{}", stage_arn(), uri.path());
    let context = request_context(request, route.resource, None);
    event(request, route, context, [("type", "REQUEST".into()), ("methodArn", arn.into())])
}

/// What both events have, and the fields that only one of them has.
fn event(
    request: &HttpRequest,
    route: &Route<'_>,
    context: Value,
    own: [(&str, Value); 2],
) -> Value {
    let Parts { method, uri, headers, .. } = &request.parts;
    let mut headers = grouped(headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    }));
    for (name, value) in [
        ("x-forwarded-for", request.client.ip().to_string()),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ] {
        headers.entry(name.to_owned()).or_default().push(value);
    }
    let query = uri.query().unwrap_or_default();
    let query = grouped(form_urlencoded::parse(query.as_bytes()).into_owned());
    let mut event = json!({
        "resource": route.resource,
        "path": uri.path(),
        "httpMethod": method.as_str(),
        "headers": or_null(lasts(&headers)),
        "multiValueHeaders": or_null(&headers),
        "queryStringParameters": or_null(lasts(&query)),
        "multiValueQueryStringParameters": or_null(&query),
        "pathParameters": or_null(&route.path_parameters),
        "stageVariables": null,
        "requestContext": context,
    });
    if let Some(event) = event.as_object_mut() {
        event.extend(own.map(|(name, value)| (name.to_owned(), value)));
    }
    event
}

fn grouped(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (name, value) in pairs {
        groups.entry(name).or_default().push(value);
    }
    groups
}

/// A REST API's single-value maps have the last of several values.
fn lasts(groups: &BTreeMap<String, Vec<String>>) -> BTreeMap<&String, Option<&String>> {
    groups.iter().map(|(name, values)| (name, values.last())).collect()
}

fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get_all(name).iter().next_back()?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// A REST API sends `null` for an empty map.
fn or_null(map: impl serde::Serialize) -> Value {
    match json!(map) {
        Value::Object(map) if map.is_empty() => Value::Null,
        map => map,
    }
}
