//! What the gateway does with a request.

use std::{
    collections::HashMap,
    error::Error as _,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Instant,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Response},
};
use chrono::Utc;
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

use super::{
    definition::{Definition, Route},
    gateway_response::{self, Kind},
    policy,
    proxy_event::{self, HttpRequest, RequestIds},
    proxy_response::http_response,
    request_record::RequestRecord,
};
use crate::lambda::{
    function::{Function, InvokeError, LogSink},
    function_log::RequestLine,
};

const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The gateway with the functions behind it.
pub struct Gateway {
    /// What it serves.
    pub definition: RwLock<Arc<Definition>>,
    /// The functions by their logical ID.
    pub functions: HashMap<String, Function>,
    /// Gets a record of every request.
    pub on_request: Box<dyn Fn(&RequestRecord) + Send + Sync>,
    /// Gets the errors of the functions, which the gateway's own response does not show.
    pub log: LogSink,
}

/// A response, and what the request log says about it.
struct Reply {
    response: Response<Body>,
    key_id: Option<String>,
    /// The authorizer's log line, if it denied the request.
    denial: Option<RequestLine>,
}

/// Why a request does not reach its function.
struct Refusal {
    kind: Kind,
    /// The authorizer context of a denial.
    context: Option<Context>,
    denial: Option<RequestLine>,
}

type Context = Map<String, Value>;

/// Responds to one request.
pub async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let started = Instant::now();
    let ids = RequestIds::new(request.headers());
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();

    let Reply { mut response, mut key_id, denial } = gateway.reply(request, client, &ids).await;
    for (name, id) in [("x-amzn-requestid", ids.id), ("x-amz-apigw-id", ids.extended)] {
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(name, id);
        }
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let mut reason = None;
    if let Some(line) = denial
        && let Some(line) = line.read().await
    {
        key_id = line.field("key_id").map(str::to_owned);
        reason = line.field("reason").map(str::to_owned);
    }
    (gateway.on_request)(&RequestRecord { method, path, status, key_id, reason, elapsed });
    response
}

impl Gateway {
    async fn reply(&self, request: Request, client: SocketAddr, ids: &RequestIds) -> Reply {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, MAX_BODY_BYTES).await;
        let body_text = body.as_deref().map(|body| String::from_utf8_lossy(body).into_owned());
        let request = HttpRequest {
            ids: ids.clone(),
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
            return self.refuse(kind.into(), &request, "");
        }
        let definition = self.definition();
        let Some(route) = definition.route(request.method.as_str(), request.uri.path()) else {
            return self.refuse(Kind::MissingAuthenticationToken.into(), &request, "");
        };
        let context = match self.authorize(&request, &route).await {
            Ok(context) => context,
            Err(refusal) => return self.refuse(refusal, &request, route.resource),
        };
        let key_id = context.as_ref().and_then(|context| context.get("key_id")?.as_str());
        let key_id = key_id.map(str::to_owned);
        let event = proxy_event::integration(&request, &route, context);
        let response = match self.function(&route.method.function) {
            Ok(function) => function.invoke(&event).await,
            Err(error) => Err(error),
        };
        let response = response.inspect_err(|error| self.log_error(error));
        match http_response(response) {
            Ok(response) => Reply { response, key_id, denial: None },
            Err(kind) => self.refuse(kind.into(), &request, route.resource),
        }
    }

    /// The authorizer context of an allowed request; `None` if the route has no authorizer.
    async fn authorize(
        &self,
        request: &HttpRequest,
        route: &Route<'_>,
    ) -> Result<Option<Context>, Refusal> {
        let Some(function) = &route.method.authorizer else {
            return Ok(None);
        };
        let event = proxy_event::authorization(request, route);
        let response = match self.function(function) {
            Ok(function) => function.invoke_logged(&event).await,
            Err(error) => Err(error),
        };
        let (response, line) =
            response.inspect_err(|error| self.log_error(error)).map_err(|error| match error {
                InvokeError::Reported { report, .. }
                    if report.get("errorMessage").is_some_and(|it| it == "Unauthorized") =>
                {
                    Kind::Unauthorized
                }
                _ => Kind::AuthorizerConfigurationError,
            })?;
        let decision = policy::evaluate(&response)
            .inspect_err(|error| self.log_error(error))
            .map_err(|_| Kind::AuthorizerConfigurationError)?;
        let context = Some(decision.context);
        if !decision.is_allowed {
            return Err(Refusal { kind: Kind::AccessDenied, context, denial: Some(line) });
        }
        Ok(context)
    }

    fn definition(&self) -> Arc<Definition> {
        self.definition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn function(&self, logical_id: &str) -> Result<&Function, InvokeError> {
        self.functions.get(logical_id).ok_or_else(|| InvokeError::Start {
            name: logical_id.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    fn log_error(&self, error: &dyn std::error::Error) {
        (self.log)("gateway", &error.to_string());
    }

    /// The gateway's own response.
    fn refuse(&self, refusal: Refusal, request: &HttpRequest, resource: &str) -> Reply {
        let mut context = proxy_event::request_context(request, resource);
        if let Some(authorizer) = refusal.context {
            context.insert("authorizer".to_owned(), authorizer.into());
        }
        let response = gateway_response::render(&self.definition(), refusal.kind, context.into());
        Reply { response, key_id: None, denial: refusal.denial }
    }
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        Self { kind, context: None, denial: None }
    }
}
