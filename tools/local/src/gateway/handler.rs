//! What the gateway does with a request.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Instant,
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, State, rejection::BytesRejection},
    http::{HeaderValue, Response, StatusCode, request::Parts},
};
use serde_json::{Map, Value};

use super::{
    OnRequest, RequestRecord,
    definition::{Definition, Method},
    fail::Fail,
    gateway_response::{self, Kind},
    policy::{self, Decision},
    proxy_event::HttpRequest,
    proxy_response::http_response,
};
use crate::lambda::{
    function::{Function, InvokeError, LogSink},
    function_log::RequestLine,
};

/// API Gateway's limit. The server must apply it ([`DefaultBodyLimit`](axum::extract::DefaultBodyLimit)).
pub(crate) const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The gateway.
pub(crate) struct Gateway {
    /// What it serves.
    pub(crate) definition: RwLock<Arc<Definition>>,
    /// Which requests fail on purpose.
    pub(crate) fail: OnceLock<Fail>,
    pub(crate) on_request: OnRequest,
    /// Gets the errors of the functions, which the gateway's own response does not show.
    pub(crate) log: LogSink,
}

/// Why there is a gateway response instead of the function's, and the authorizer context of a denial.
struct Refusal(Kind, Option<Map<String, Value>>);

/// Responds to one request.
pub(crate) async fn handle(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Response<Body> {
    let started = Instant::now();
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let mut record = RequestRecord { method, path, ..RequestRecord::default() };
    let text = String::from_utf8_lossy(body.as_deref().unwrap_or_default()).into_owned();
    let request = HttpRequest::new(parts, text, client);
    let response = match body {
        Ok(_) => gateway.respond(&request, &mut record).await,
        Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Kind::REQUEST_TOO_LARGE.into())
        }
        Err(_) => Err(Kind::DEFAULT_4XX.into()),
    };
    let mut response = response.unwrap_or_else(|Refusal(kind, context)| {
        // The templates do not use the path of the route.
        let context = request.context("", context);
        gateway_response::render(&gateway.definition(), kind, &context)
    });
    for (name, id) in [("x-amzn-requestid", request.id), ("x-amz-apigw-id", request.extended_id)] {
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(name, id);
        }
    }
    record.status = response.status().as_u16();
    record.elapsed = started.elapsed();
    record.explain().await;
    (gateway.on_request)(&record);
    response
}

impl Gateway {
    async fn respond(
        &self,
        request: &HttpRequest,
        record: &mut RequestRecord,
    ) -> Result<Response<Body>, Refusal> {
        if let Some(fail) = self.fail.get()
            && let Some(kind) = fail.next()
        {
            record.reason = Some(fail.reason.clone());
            return Err(kind.into());
        }
        let definition = self.definition();
        let route = definition.route(request.parts.method.as_str(), request.parts.uri.path());
        let route = route.ok_or(Kind::MISSING_AUTHENTICATION_TOKEN)?;
        let Method { function, authorizer, .. } = route.method;
        let mut context = None;
        if let Some(authorizer) = authorizer {
            let kind = Kind::AUTHORIZER_CONFIGURATION_ERROR;
            let event = request.authorization(&route);
            let (response, line) = self.invoke(authorizer, &event, kind, record).await?;
            match policy::evaluate(&response) {
                Some(Decision::Allow(allowed)) => context = Some(allowed),
                Some(Decision::Deny(denied)) => {
                    record.line = Some(line);
                    return Err(Refusal(Kind::ACCESS_DENIED, Some(denied)));
                }
                None => {
                    let what = "is not a policy of the whole stage";
                    let text = format!("the response of {} {what}", authorizer.name());
                    return Err(self.failure(kind, text, record));
                }
            }
        }
        let key_id = context.as_ref().and_then(|it| it.get("key_id")?.as_str());
        record.key_id = key_id.map(str::to_owned);
        let kind = Kind::INTEGRATION_FAILURE;
        let event = request.integration(&route, context);
        let (response, line) = self.invoke(function, &event, kind, record).await?;
        let Some(response) = http_response(response) else {
            let text = format!("the response of {} is not a proxy response", function.name());
            return Err(self.failure(kind, text, record));
        };
        record.line = Some(line).filter(|_| response.status().is_server_error());
        Ok(response)
    }

    /// The function's response and its line about the request, or a gateway response of this kind.
    async fn invoke(
        &self,
        function: &Function,
        event: &Value,
        mut kind: Kind,
        record: &mut RequestRecord,
    ) -> Result<(Value, RequestLine), Refusal> {
        let (outcome, line) = function.invoke_logged(event).await;
        let error = match outcome {
            Ok(response) => return Ok((response, line)),
            Err(error) => error,
        };
        if matches!(error, InvokeError::TooLarge) {
            kind = Kind::REQUEST_TOO_LARGE;
        }
        record.line = Some(line).filter(|_| matches!(error, InvokeError::Reported { .. }));
        Err(self.failure(kind, format!("{} {error}", function.name()), record))
    }

    pub(crate) fn definition(&self) -> Arc<Definition> {
        self.definition.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn failure(&self, kind: Kind, text: String, record: &mut RequestRecord) -> Refusal {
        (self.log)("gateway", &text);
        record.reason = Some(text);
        kind.into()
    }
}

impl RequestRecord {
    /// Adds what the function's line says, if the function writes it.
    async fn explain(&mut self) {
        if let Some(line) = self.line.take()
            && let Some(line) = line.read().await
        {
            let key_id = || line.field("key_id").map(str::to_owned);
            self.key_id = self.key_id.take().or_else(key_id);
            self.reason = line.reason().map(str::to_owned);
        }
    }
}

impl From<Kind> for Refusal {
    fn from(kind: Kind) -> Self {
        Self(kind, None)
    }
}
