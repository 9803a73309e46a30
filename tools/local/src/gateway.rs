//! The gateway: a REST API of API Gateway, as far as `openapi.yaml` uses one.

use std::{
    collections::HashMap,
    error::Error as _,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use chrono::Utc;
use http_body_util::LengthLimitError;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    definition::{Definition, Route},
    function::{Function, InvokeError, LogSink},
    gateway_response::{self, Kind},
    policy,
    proxy_event::{self, HttpRequest},
};

const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The gateway with the functions behind it.
pub struct Gateway {
    /// What it serves.
    pub definition: Definition,
    /// The functions by their logical ID.
    pub functions: HashMap<String, Function>,
    /// Is told of every request that was answered.
    pub on_request: Box<dyn Fn(&RequestRecord) + Send + Sync>,
    /// Takes why the gateway answered by itself, where a function is to blame.
    pub log: LogSink,
}

/// One line of the gateway's log.
pub struct RequestRecord {
    /// The request's method.
    pub method: String,
    /// The request's path, as the client sent it.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// The name of the key that asked, if one did.
    pub key_id: Option<String>,
    /// How long the answer took.
    pub elapsed: Duration,
}

/// An answer, and the key that it was given to.
struct Answer {
    response: Response<Body>,
    key_id: Option<String>,
}

/// What a function answers (API Gateway's guide, "Output format of a Lambda function for proxy
/// integration").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProxyResponse {
    status_code: u16,
    #[serde(default)]
    headers: Option<HashMap<String, Value>>,
    #[serde(default)]
    multi_value_headers: Option<HashMap<String, Vec<Value>>>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, rename = "isBase64Encoded")]
    _is_base64_encoded: bool,
}

/// Answers one request.
pub async fn answer(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let started = Instant::now();
    let id = Uuid::new_v4().to_string();
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();

    let Answer { mut response, key_id } = gateway.answer(request, client, &id).await;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    (gateway.on_request)(&RequestRecord { method, path, status, key_id, elapsed });
    response
}

impl Gateway {
    async fn answer(&self, request: Request, client: SocketAddr, id: &str) -> Answer {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await;
        let body_text = body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned());
        let request = HttpRequest {
            id: id.to_owned(),
            time: Utc::now(),
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: body_text.unwrap_or_default(),
            client,
        };
        if let Err(error) = body {
            let is_too_long = error.source().is_some_and(|source| source.is::<LengthLimitError>());
            let kind = if is_too_long { Kind::RequestTooLarge } else { Kind::Default4xx };
            return self.own(kind, &request, "", None);
        }
        let route = self.definition.route(request.method.as_str(), request.uri.path());
        let Some(route) = route else {
            return self.own(Kind::MissingAuthenticationToken, &request, "", None);
        };
        let authorizer = match self.authorize(&request, &route).await {
            Ok(context) => context,
            Err((kind, context)) => return self.own(kind, &request, route.resource, context),
        };
        let key_id = authorizer.as_ref().and_then(|context| text(context, "key_id"));
        let event = proxy_event::integration(&request, &route, authorizer);
        let answer = self.invoke(&route.method.function, &event).await;
        let answer = answer.ok().and_then(|answer| ProxyResponse::deserialize(answer).ok());
        match answer.and_then(http_response) {
            Some(response) => Answer { response, key_id },
            None => self.own(Kind::Default5xx, &request, route.resource, None),
        }
    }

    /// Asks the route's authorizer. `Ok` has its context where the request may pass.
    async fn authorize(
        &self,
        request: &HttpRequest,
        route: &Route<'_>,
    ) -> Result<Option<Map<String, Value>>, (Kind, Option<Map<String, Value>>)> {
        let Some(function) = &route.method.authorizer else {
            return Ok(None);
        };
        let event = proxy_event::authorization(request, route);
        let answer = self.invoke(function, &event).await.map_err(|error| match error {
            InvokeError::Reported { report, .. }
                if report.get("errorMessage").is_some_and(|message| message == "Unauthorized") =>
            {
                (Kind::Unauthorized, None)
            }
            _ => (Kind::AuthorizerFailure, None),
        })?;
        let decision = policy::evaluate(&answer, &proxy_event::method_arn(request))
            .inspect_err(|error| self.blame(error))
            .map_err(|_| (Kind::AuthorizerConfigurationError, None))?;
        let mut context = decision.context;
        if decision.is_allowed {
            let principal = answer.get("principalId").cloned().unwrap_or_default();
            context.insert("principalId".to_owned(), principal);
            Ok(Some(context))
        } else {
            Err((Kind::AccessDenied, Some(context)))
        }
    }

    async fn invoke(&self, function: &str, event: &Value) -> Result<Value, InvokeError> {
        match self.functions.get(function) {
            Some(function) => function.invoke(event).await.inspect_err(|error| self.blame(error)),
            None => Err(InvokeError::Start {
                name: function.to_owned(),
                source: std::io::ErrorKind::NotFound.into(),
            }),
        }
    }

    fn blame(&self, error: &dyn std::error::Error) {
        (self.log)("gateway", &error.to_string());
    }

    /// The gateway's own answer.
    fn own(
        &self,
        kind: Kind,
        request: &HttpRequest,
        resource: &str,
        authorizer: Option<Map<String, Value>>,
    ) -> Answer {
        let mut context = proxy_event::request_context(request, resource);
        if let Some(authorizer) = authorizer {
            context.insert("authorizer".to_owned(), authorizer.into());
        }
        let response = gateway_response::render(&self.definition, kind, context.into());
        Answer { response, key_id: None }
    }
}

/// `None` where the function's status is none of HTTP's.
fn http_response(answer: ProxyResponse) -> Option<Response<Body>> {
    let mut response = Response::new(Body::from(answer.body.unwrap_or_default()));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    let multi = answer.multi_value_headers.unwrap_or_default();
    let multi = multi
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    let single = answer.headers.unwrap_or_default().into_iter();
    for (name, value) in single.chain(multi) {
        // API Gateway renames this one (its guide, "Important notes for REST APIs").
        let name = if name.eq_ignore_ascii_case(header::WWW_AUTHENTICATE.as_str()) {
            "x-amzn-remapped-www-authenticate".to_owned()
        } else {
            name
        };
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    Some(response)
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(Value::as_str).map(str::to_owned)
}
