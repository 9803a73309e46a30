//! What the gateway does with a request.

use std::{
    collections::HashMap,
    error::Error as _,
    net::SocketAddr,
    sync::{Arc, OnceLock, PoisonError, RwLock},
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
    RequestRecord,
    definition::{Definition, Route},
    fail::Fail,
    gateway_response::{self, Kind},
    policy,
    proxy_event::{self, HttpRequest, RequestIds},
    proxy_response::http_response,
};
use crate::lambda::{
    function::{Function, Invocation, InvokeError, LogSink},
    function_log::RequestLine,
};

const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The gateway with the functions behind it.
pub(crate) struct Gateway {
    /// What it serves.
    pub(crate) definition: RwLock<Arc<Definition>>,
    /// The functions by their logical ID.
    pub(crate) functions: HashMap<String, Function>,
    /// Which requests fail on purpose.
    pub(crate) fail: OnceLock<Fail>,
    /// Gets a record of every request.
    pub(crate) on_request: Arc<dyn Fn(&RequestRecord) + Send + Sync>,
    /// Gets the errors of the functions, which the gateway's own response does not show.
    pub(crate) log: LogSink,
}

/// A response, and what the request log says about it.
struct Reply {
    response: Response<Body>,
    key_id: Option<String>,
    reason: Reason,
}

/// Why a request was denied or failed.
enum Reason {
    None,
    Text(String),
    /// The line of the function has it.
    Line(RequestLine),
}

/// Why a request has no response of its function.
struct Refusal {
    kind: Kind,
    /// The authorizer context of a denial.
    context: Option<Context>,
    reason: Reason,
}

type Context = Map<String, Value>;

/// Responds to one request.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let started = Instant::now();
    let ids = RequestIds::new(request.headers());
    let method = request.method().to_string();
    let path = request.uri().path().to_owned();

    let Reply { mut response, mut key_id, reason } = gateway.reply(request, client, &ids).await;
    for (name, id) in [("x-amzn-requestid", ids.id), ("x-amz-apigw-id", ids.extended)] {
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(name, id);
        }
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let reason = match reason {
        Reason::None => None,
        Reason::Text(text) => Some(text),
        Reason::Line(line) => {
            let line = line.read().await;
            let text = |text: &str| text.to_owned();
            key_id = key_id.or_else(|| line.as_ref()?.field("key_id").map(text));
            line.and_then(|line| line.reason().map(text))
        }
    };
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
        if let Some(fail) = self.fail.get()
            && let Some(kind) = fail.next()
        {
            let reason = Reason::Text(fail.to_string());
            return self.refuse(Refusal { kind, context: None, reason }, None, &request, "");
        }
        if let Err(error) = body {
            let is_too_long = error.source().is_some_and(|source| source.is::<LengthLimitError>());
            let kind = if is_too_long { Kind::RequestTooLarge } else { Kind::Default4xx };
            return self.refuse(kind.into(), None, &request, "");
        }
        let definition = self.definition();
        let Some(route) = definition.route(request.method.as_str(), request.uri.path()) else {
            return self.refuse(Kind::MissingAuthenticationToken.into(), None, &request, "");
        };
        let context = match self.authorize(&request, &route).await {
            Ok(context) => context,
            Err(refusal) => return self.refuse(refusal, None, &request, route.resource),
        };
        let key_id = context.as_ref().and_then(|context| context.get("key_id")?.as_str());
        let key_id = key_id.map(str::to_owned);
        let event = proxy_event::integration(&request, &route, context);
        match self.integrate(&route.method.function, &event).await {
            Ok((response, reason)) => Reply { response, key_id, reason },
            Err(refusal) => self.refuse(refusal, key_id, &request, route.resource),
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
        let (response, line) = self.invoke(function, &event).await.map_err(|(error, reason)| {
            let kind = match error {
                InvokeError::Reported { report, .. }
                    if report.get("errorMessage").is_some_and(|it| it == "Unauthorized") =>
                {
                    Kind::Unauthorized
                }
                _ => Kind::AuthorizerConfigurationError,
            };
            Refusal { kind, context: None, reason }
        })?;
        let decision = policy::evaluate(&response).map_err(|error| {
            let reason = self.log_error(&error);
            Refusal { kind: Kind::AuthorizerConfigurationError, context: None, reason }
        })?;
        let context = Some(decision.context);
        if !decision.is_allowed {
            return Err(Refusal { kind: Kind::AccessDenied, context, reason: Reason::Line(line) });
        }
        Ok(context)
    }

    /// The response of the function, and why it is a 5xx.
    async fn integrate(
        &self,
        function: &str,
        event: &Value,
    ) -> Result<(Response<Body>, Reason), Refusal> {
        let (response, line) = self.invoke(function, event).await.map_err(|(error, reason)| {
            let is_too_large = matches!(error, InvokeError::TooLarge(_));
            let kind = if is_too_large { Kind::RequestTooLarge } else { Kind::IntegrationFailure };
            Refusal { kind, context: None, reason }
        })?;
        let response = http_response(response).ok_or_else(|| {
            let reason =
                Reason::Text(format!("the response of {function} is not a proxy response"));
            Refusal { kind: Kind::IntegrationFailure, context: None, reason }
        })?;
        let is_failure = response.status().is_server_error();
        Ok((response, if is_failure { Reason::Line(line) } else { Reason::None }))
    }

    /// The function's response, and its line about the request.
    async fn invoke(
        &self,
        logical_id: &str,
        event: &Value,
    ) -> Result<(Value, RequestLine), (InvokeError, Reason)> {
        let Some(function) = self.functions.get(logical_id) else {
            let error = InvokeError::Stopped(logical_id.to_owned());
            let reason = self.log_error(&error);
            return Err((error, reason));
        };
        let Invocation { outcome, line } = function.invoke_logged(event).await;
        match outcome {
            Ok(response) => Ok((response, line)),
            Err(error) => {
                let reason = self.log_error(&error);
                let is_reported = matches!(error, InvokeError::Reported { .. });
                Err((error, if is_reported { Reason::Line(line) } else { reason }))
            }
        }
    }

    fn definition(&self) -> Arc<Definition> {
        self.definition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn log_error(&self, error: &dyn std::error::Error) -> Reason {
        let text = error.to_string();
        (self.log)("gateway", &text);
        Reason::Text(text)
    }

    /// The gateway's own response.
    fn refuse(
        &self,
        refusal: Refusal,
        key_id: Option<String>,
        request: &HttpRequest,
        resource: &str,
    ) -> Reply {
        let Refusal { kind, context, reason } = refusal;
        let context = proxy_event::request_context(request, resource, context);
        let response = gateway_response::render(&self.definition(), kind, &context);
        Reply { response, key_id, reason }
    }
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        Self { kind, context: None, reason: Reason::None }
    }
}
