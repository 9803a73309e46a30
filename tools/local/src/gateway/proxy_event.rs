//! The events that a REST API sends to its functions (API Gateway's guide, "Input format of a
//! Lambda function for proxy integration" and "Input to a Lambda authorizer").

use std::{collections::BTreeMap, net::SocketAddr};

use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::definition::Route;
use crate::lambda::{ACCOUNT_ID, REGION};

/// A placeholder for the API's ID.
pub const API_ID: &str = "local";
/// A placeholder for the stage's name.
pub const STAGE: &str = "local";

/// The IDs of a request.
#[derive(Clone)]
pub struct RequestIds {
    /// `$context.requestId`: the header `x-amzn-requestid` if the client sent it, as API Gateway's
    /// guide says ("Access logging for REST APIs"). There it must be a UUID; here it may be any text.
    pub id: String,
    /// `$context.extendedRequestId`, which is never the client's.
    pub extended: String,
}

impl RequestIds {
    /// The IDs of a request with these headers.
    pub fn new(headers: &HeaderMap) -> Self {
        let id = last(headers, "x-amzn-requestid").unwrap_or_else(|| Uuid::new_v4().to_string());
        // In API Gateway's form, such as `JKJaXmPLvHcESHA=`.
        let mut extended = Uuid::new_v4().simple().to_string();
        extended.truncate(15);
        extended.push('=');
        Self { id, extended }
    }
}

/// A client's request.
pub struct HttpRequest {
    /// Its IDs.
    pub ids: RequestIds,
    /// When it arrived.
    pub time: DateTime<Utc>,
    /// Its method.
    pub method: Method,
    /// Its target.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; empty if it has none.
    pub body: String,
    /// The client's address.
    pub client: SocketAddr,
}

/// The ARN of the requested method, which policies refer to.
pub fn method_arn(request: &HttpRequest) -> String {
    let HttpRequest { method, uri, .. } = request;
    format!("arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{API_ID}/{STAGE}/{method}{}", uri.path())
}

/// The `requestContext` of an event; also the `$context` of gateway responses.
pub fn request_context(request: &HttpRequest, resource: &str) -> Map<String, Value> {
    let HttpRequest { ids, time, method, uri, headers, client, .. } = request;
    let host = last(headers, "host");
    let context = json!({
        "accountId": ACCOUNT_ID,
        "apiId": API_ID,
        "domainName": host,
        "domainPrefix": host.as_deref().and_then(|host| host.split('.').next()),
        "extendedRequestId": ids.extended,
        "httpMethod": method.as_str(),
        "identity": {
            "accessKey": null,
            "accountId": null,
            "caller": null,
            "cognitoAuthenticationProvider": null,
            "cognitoAuthenticationType": null,
            "cognitoIdentityId": null,
            "cognitoIdentityPoolId": null,
            "principalOrgId": null,
            "sourceIp": client.ip().to_string(),
            "user": null,
            "userAgent": last(headers, "user-agent"),
            "userArn": null,
        },
        "path": format!("/{STAGE}{}", uri.path()),
        "protocol": "HTTP/1.1",
        "requestId": ids.id,
        "requestTime": time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
        "requestTimeEpoch": time.timestamp_millis(),
        "resourceId": "local",
        "resourcePath": resource,
        "stage": STAGE,
    });
    match context {
        Value::Object(context) => context,
        _ => Map::new(),
    }
}

/// The event for the function of a route, with the authorizer context if there is one.
pub fn integration(
    request: &HttpRequest,
    route: &Route<'_>,
    authorizer: Option<Map<String, Value>>,
) -> Value {
    let mut context = request_context(request, route.resource);
    if let Some(authorizer) = authorizer {
        context.insert("authorizer".to_owned(), authorizer.into());
    }
    let body = (!request.body.is_empty()).then_some(&request.body);
    let mut event = common(request, route, context);
    event.insert("body".to_owned(), json!(body));
    event.insert("isBase64Encoded".to_owned(), false.into());
    event.into()
}

/// The event for an authorizer.
pub fn authorization(request: &HttpRequest, route: &Route<'_>) -> Value {
    let mut event = common(request, route, request_context(request, route.resource));
    event.insert("type".to_owned(), "REQUEST".into());
    event.insert("methodArn".to_owned(), method_arn(request).into());
    event.into()
}

fn common(
    request: &HttpRequest,
    route: &Route<'_>,
    context: Map<String, Value>,
) -> Map<String, Value> {
    let mut headers = grouped(request.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    }));
    for (name, value) in [
        ("x-forwarded-for", request.client.ip().to_string()),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ] {
        headers.entry(name.to_owned()).or_default().push(value);
    }
    let query = request.uri.query().unwrap_or_default();
    let query = grouped(form_urlencoded::parse(query.as_bytes()).into_owned());
    let event = json!({
        "resource": route.resource,
        "path": request.uri.path(),
        "httpMethod": request.method.as_str(),
        "headers": or_null(lasts(&headers)),
        "multiValueHeaders": or_null(&headers),
        "queryStringParameters": or_null(lasts(&query)),
        "multiValueQueryStringParameters": or_null(&query),
        "pathParameters": or_null(&route.path_parameters),
        "stageVariables": null,
        "requestContext": context,
    });
    match event {
        Value::Object(event) => event,
        _ => Map::new(),
    }
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
