//! `GET /v1/users/{id}`, from event to answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lambda_http::{aws_lambda_events::apigw::ApiGatewayProxyResponse, lambda_runtime::LambdaEvent};
use ring::digest::{SHA256, digest};
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    caller::Caller,
    error::Error,
    log::Causes,
    meta::{Meta, request_id},
    request::{InvalidContext, InvalidEvent, Request},
    response::{Representation, Response},
    user::User,
    user_id::UserId,
    users_table::UsersTable,
};

/// The endpoint.
pub struct GetUser {
    users: UsersTable,
}

impl GetUser {
    /// An endpoint that reads its users from `users`.
    pub fn new(users: UsersTable) -> Self {
        Self { users }
    }

    /// Answers one proxy event of API Gateway in the envelope, and logs one line.
    ///
    /// # Errors
    /// The event is none of API Gateway's.
    pub async fn handle(
        self: Arc<Self>,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<ApiGatewayProxyResponse, InvalidEvent> {
        let started = Instant::now();
        let request = Request::parse(event.payload.get())
            .inspect_err(|error| tracing::error!(cause = %Causes(error), "refused"))?;
        let meta = Meta::now(request_id(request.id(), &event.context.request_id));
        let caller = request.caller();

        let outcome = self.find(&request, caller.as_ref()).await;
        let response = match &outcome {
            Ok(user) if request.has_match(&user.etag) => Response::not_modified(&user.etag, &meta),
            Ok(user) => Response::ok(user, &meta),
            Err(error) => Response::error(error, &meta),
        };

        let key_id = caller.as_ref().ok().map(Caller::key_id);
        log(&meta, key_id, &response, outcome.as_ref().err(), started.elapsed());
        let is_head = request.method() == "HEAD";
        Ok(if is_head { response.without_body() } else { response }.into())
    }

    /// The rules, in the order in which the first that fails decides the answer.
    async fn find(
        &self,
        request: &Request,
        caller: Result<&Caller, &InvalidContext>,
    ) -> Result<Representation, Error> {
        let id = request.user_id().ok_or(Error::RouteNotFound)?;
        if !matches!(request.method(), "GET" | "HEAD") {
            return Err(Error::MethodNotAllowed);
        }
        let caller = caller.map_err(|error| *error)?;
        let id = UserId::parse(id)?;
        let grant = caller.grant(id).ok_or(Error::Forbidden)?;
        let user = self.users.find(&grant).await?.ok_or(Error::UserNotFound)?;
        if grant.covers(&user) { Representation::of(&user) } else { Err(Error::Forbidden) }
    }
}

impl Representation {
    /// Writes the user once: what is hashed is what is sent.
    fn of(user: &User) -> Result<Self, Error> {
        let data = to_raw_value(user)?;
        let digest = const_hex::encode(digest(&SHA256, data.get().as_bytes()));
        Ok(Self { etag: format!("\"{digest}\""), data })
    }
}

fn log(
    meta: &Meta,
    key_id: Option<&str>,
    response: &Response,
    error: Option<&Error>,
    elapsed: Duration,
) {
    let request_id = meta.request_id.as_str();
    let status = response.status.as_u16();
    let code = response.code;
    let ms = elapsed.as_secs_f64() * 1e3;
    match error {
        // Somebody has something to mend: in a table, or in the authorizer.
        Some(error) if status == 401 || status >= 500 => {
            tracing::error!(request_id, status, code, key_id, ms, cause = %Causes(error), "answered");
        }
        _ => tracing::info!(request_id, status, code, key_id, ms, "answered"),
    }
}
