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

/// A client's request.
pub(crate) struct HttpRequest {
    /// `$context.requestId`: the header `x-amzn-requestid` if the client sent it, as API Gateway's
    /// guide says ("Access logging for REST APIs"). There it must be a UUID; here it may be any text.
    pub(crate) id: String,
    /// `$context.extendedRequestId`, which is never the client's.
    pub(crate) extended_id: String,
    /// When it arrived.
    time: DateTime<Utc>,
    /// Its method, target and headers.
    pub(crate) parts: Parts,
    /// Its body; empty if it has none.
    body: String,
    /// The client's address.
    client: SocketAddr,
}

impl HttpRequest {
    /// A request that arrived now.
    pub(crate) fn new(parts: Parts, body: String, client: SocketAddr) -> Self {
        let id = last(&parts.headers, "x-amzn-requestid");
        let id = id.unwrap_or_else(|| Uuid::new_v4().to_string());
        // In API Gateway's form, such as `JKJaXmPLvHcESHA=`.
        let mut extended_id = Uuid::new_v4().simple().to_string();
        extended_id.truncate(15);
        extended_id.push('=');
        Self { id, extended_id, time: Utc::now(), parts, body, client }
    }

    /// The `requestContext` of an event; also the `$context` of gateway responses.
    pub(crate) fn context(&self, resource: &str, authorizer: Option<Map<String, Value>>) -> Value {
        let Parts { method, uri, headers, .. } = &self.parts;
        let host = last(headers, "host");
        let mut context = json!({
            "accountId": ACCOUNT_ID,
            "apiId": LOCAL,
            "domainName": host,
            "domainPrefix": host.as_deref().and_then(|host| host.split('.').next()),
            "extendedRequestId": self.extended_id,
            "httpMethod": method.as_str(),
            "identity": {
                "sourceIp": self.client.ip().to_string(),
                "userAgent": last(headers, "user-agent"),
            },
            "path": format!("/{LOCAL}{}", uri.path()),
            "protocol": "HTTP/1.1",
            "requestId": self.id,
            "requestTime": self.time.format("%d/%b/%Y:%H:%M:%S +0000").to_string(),
            "requestTimeEpoch": self.time.timestamp_millis(),
            "resourceId": LOCAL,
            "resourcePath": resource,
            "stage": LOCAL,
        });
        if let Some(context) = context.as_object_mut() {
            context.extend(authorizer.map(|it| ("authorizer".to_owned(), it.into())));
        }
        context
    }

    /// The event for the function of a route, with the authorizer context if there is one.
    pub(crate) fn integration(
        &self,
        route: &Route<'_>,
        authorizer: Option<Map<String, Value>>,
    ) -> Value {
        let body = (!self.body.is_empty()).then_some(&self.body);
        self.event(route, authorizer, [("body", json!(body)), ("isBase64Encoded", false.into())])
    }

    /// The event for an authorizer.
    pub(crate) fn authorization(&self, route: &Route<'_>) -> Value {
        let arn = format!("{}/{}{}", stage_arn(), self.parts.method, self.parts.uri.path());
        self.event(route, None, [("type", "REQUEST".into()), ("methodArn", arn.into())])
    }

    /// What both events have, and the fields that only one of them has.
    fn event(
        &self,
        route: &Route<'_>,
        authorizer: Option<Map<String, Value>>,
        own: [(&str, Value); 2],
    ) -> Value {
        let Parts { method, uri, headers, .. } = &self.parts;
        let resource = &route.method.resource;
        let added = [
            ("x-forwarded-for", self.client.ip().to_string()),
            ("x-forwarded-port", "443".to_owned()),
            ("x-forwarded-proto", "https".to_owned()),
        ];
        let headers = headers.iter().map(|(name, value)| (name.as_str(), text(value.as_bytes())));
        let (headers, multi_value_headers) = grouped(headers.chain(added));
        let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        let (query, multi_value_query) =
            grouped(query.map(|(name, value)| (name, value.into_owned())));
        let mut event = json!({
            "resource": resource,
            "path": uri.path(),
            "httpMethod": method.as_str(),
            "headers": headers,
            "multiValueHeaders": multi_value_headers,
            "queryStringParameters": query,
            "multiValueQueryStringParameters": multi_value_query,
            "pathParameters": or_null(&route.path_parameters),
            "stageVariables": null,
            "requestContext": self.context(resource, authorizer),
        });
        if let Some(event) = event.as_object_mut() {
            event.extend(own.map(|(name, value)| (name.to_owned(), value)));
        }
        event
    }
}

/// The last value of each name, as in a REST API's single-value maps, and all of its values.
fn grouped<N: Into<String>>(pairs: impl Iterator<Item = (N, String)>) -> (Value, Value) {
    let (mut last, mut all) = (BTreeMap::new(), BTreeMap::<String, Vec<String>>::new());
    for (name, value) in pairs {
        let name = name.into();
        last.insert(name.clone(), value.clone());
        all.entry(name).or_default().push(value);
    }
    (or_null(last), or_null(all))
}

fn last(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(name).iter().next_back().map(|value| text(value.as_bytes()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A REST API sends `null` for an empty map.
fn or_null(map: impl serde::Serialize) -> Value {
    match json!(map) {
        Value::Object(map) if map.is_empty() => Value::Null,
        map => map,
    }
}
