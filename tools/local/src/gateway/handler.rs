//! What the gateway does with a request.

use std::{
    collections::HashMap,
    error::Error as _,
    net::SocketAddr,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Instant,
};

use axum::{
    body::{Body, to_bytes},
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

/// Why there is a gateway response instead of the function's.
struct Refusal {
    kind: Kind,
    /// The authorizer context of a denial.
    context: Option<Map<String, Value>>,
    reason: Reason,
}

/// Why a request was denied or failed.
enum Reason {
    None,
    Text(String),
    /// The function's line about the request has it.
    Line(RequestLine),
}

/// Responds to one request.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let ids = RequestIds::new(&parts.headers);
    let body = to_bytes(body, MAX_BODY_BYTES).await;
    let text = String::from_utf8_lossy(body.as_deref().unwrap_or_default()).into_owned();
    let request = HttpRequest { ids, time: Utc::now(), parts, body: text, client };

    let reply = match body {
        Ok(_) => gateway.reply(&request).await,
        Err(error) if error.source().is_some_and(|it| it.is::<LengthLimitError>()) => {
            Err(Refusal::new(Kind::REQUEST_TOO_LARGE, Reason::None))
        }
        Err(_) => Err(Refusal::new(Kind::DEFAULT_4XX, Reason::None)),
    };
    let Reply { mut response, mut key_id, reason } =
        reply.unwrap_or_else(|refusal| gateway.refuse(refusal, &request));
    let RequestIds { id, extended } = request.ids;
    for (name, id) in [("x-amzn-requestid", id), ("x-amz-apigw-id", extended)] {
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
    async fn reply(&self, request: &HttpRequest) -> Result<Reply, Refusal> {
        if let Some(fail) = self.fail.get()
            && let Some(kind) = fail.next()
        {
            return Err(Refusal::new(kind, Reason::Text(fail.to_string())));
        }
        let definition = self.definition();
        let route = definition.route(request.parts.method.as_str(), request.parts.uri.path());
        let no_route = || Refusal::new(Kind::MISSING_AUTHENTICATION_TOKEN, Reason::None);
        let route = route.ok_or_else(no_route)?;
        let context = match &route.method.authorizer {
            Some(function) => Some(self.authorize(function, request, &route).await?),
            None => None,
        };
        let key_id = context.as_ref().and_then(|it| it.get("key_id")?.as_str());
        let key_id = key_id.map(str::to_owned);
        let event = proxy_event::integration(request, &route, context);
        let function = &route.method.function;
        let (response, line) = self.invoke(function, &event, Kind::INTEGRATION_FAILURE).await?;
        let response = http_response(response).ok_or_else(|| {
            let text = format!("the response of {function} is not a proxy response");
            self.failure(Kind::INTEGRATION_FAILURE, text)
        })?;
        let is_failure = response.status().is_server_error();
        Ok(Reply {
            response,
            key_id,
            reason: if is_failure { Reason::Line(line) } else { Reason::None },
        })
    }

    /// The authorizer context of an allowed request.
    async fn authorize(
        &self,
        function: &str,
        request: &HttpRequest,
        route: &Route<'_>,
    ) -> Result<Map<String, Value>, Refusal> {
        let event = proxy_event::authorization(request, route);
        let kind = Kind::AUTHORIZER_CONFIGURATION_ERROR;
        let (response, line) = self.invoke(function, &event, kind).await?;
        let decision = policy::evaluate(&response).ok_or_else(|| {
            self.failure(
                kind,
                format!("the response of {function} is not a policy of the whole stage"),
            )
        })?;
        if decision.is_allowed {
            return Ok(decision.context);
        }
        let (context, reason) = (Some(decision.context), Reason::Line(line));
        Err(Refusal { kind: Kind::ACCESS_DENIED, context, reason })
    }

    /// The function's response and its line about the request, or a gateway response of this kind.
    async fn invoke(
        &self,
        logical_id: &str,
        event: &Value,
        kind: Kind,
    ) -> Result<(Value, RequestLine), Refusal> {
        let Some(function) = self.functions.get(logical_id) else {
            return Err(self.failure(kind, format!("there is no function {logical_id}")));
        };
        let Invocation { outcome, line } = function.invoke_logged(event).await;
        let error = match outcome {
            Ok(response) => return Ok((response, line)),
            Err(error) => error,
        };
        let is_too_large = matches!(error, InvokeError::TooLarge);
        let kind = if is_too_large { Kind::REQUEST_TOO_LARGE } else { kind };
        let mut failure = self.failure(kind, format!("{} {error}", function.name()));
        if let InvokeError::Reported { .. } = error {
            failure.reason = Reason::Line(line);
        }
        Err(failure)
    }

    fn definition(&self) -> Arc<Definition> {
        self.definition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn failure(&self, kind: Kind, text: String) -> Refusal {
        (self.log)("gateway", &text);
        Refusal::new(kind, Reason::Text(text))
    }

    fn refuse(&self, refusal: Refusal, request: &HttpRequest) -> Reply {
        let Refusal { kind, context, reason } = refusal;
        // The templates do not use the path of the route.
        let context = proxy_event::request_context(request, "", context);
        let response = gateway_response::render(&self.definition(), kind, &context);
        Reply { response, key_id: None, reason }
    }
}

impl Refusal {
    fn new(kind: Kind, reason: Reason) -> Self {
        Self { kind, context: None, reason }
    }
}
