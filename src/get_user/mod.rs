//! The `get-user` function: `GET /v1/users/{id}`.
//!
//! `request` reads API Gateway's event, `users_table` looks up the `user`, and `response` puts it, or
//! the `error`, into the envelope.

mod error;
mod request;
mod response;
mod user;
mod users_table;

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;

pub use self::users_table::UsersTable;
use self::{
    error::Error,
    request::{InvalidContext, Request},
    response::{Representation, Response},
};
use crate::{
    caller::Caller,
    gateway_event::{self, InvalidEvent},
    log::{self, Level, Line, error_chain},
    meta::{Meta, request_id},
    process,
    user_id::{InvalidUserId, UserId},
};

/// The endpoint.
pub struct GetUser {
    users: UsersTable,
    /// The duration of the init phase, until the first request is logged.
    init: Cell<Option<Duration>>,
}

impl GetUser {
    /// An endpoint that looks up users in `users`. It ends the init phase, for the log.
    pub fn new(users: UsersTable) -> Self {
        Self { users, init: Cell::new(Some(process::uptime())) }
    }

    /// Responds to one proxy event of API Gateway, and logs one line. Every error becomes a response,
    /// unless the event is not API Gateway's.
    pub async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<ApiGatewayProxyResponse, InvalidEvent> {
        let started = Instant::now();
        let request: Request = gateway_event::read(&event)?;
        let meta = Meta::now(request_id(request.gateway_ids(), &event.context.request_id));
        log::set_request_id(&meta.request_id);
        let id = request.user_id().map(UserId::parse);
        let caller = request.caller();

        let user = self.find(request.method(), id.as_ref(), caller.as_ref()).await;
        let response = match &user {
            Ok(user) if request.if_none_match(&user.etag) => {
                Response::not_modified(&user.etag, &meta)
            }
            Ok(user) => Response::ok(user, &meta),
            Err(error) => Response::error(error, &meta),
        };

        let mut line = Line::request(&event.context, self.init.take());
        line.method = Some(request.method());
        line.status = Some(response.status);
        line.code = response.code;
        line.key_id = caller.as_ref().ok().map(Caller::key_id);
        line.account_id = caller.as_ref().ok().map(Caller::account_id);
        line.user_id = id.as_ref().and_then(|id| id.as_ref().ok()).map(UserId::as_str);
        let level = match &user {
            // An operator must repair a table or the authorizer.
            Err(error) if matches!(response.status, 401 | 500..) => {
                line.cause = Some(error_chain(error));
                Level::Error
            }
            _ => Level::Info,
        };
        line.finish(level, self.users.0.last_use.take(), started);
        let is_head = request.method() == "HEAD";
        Ok(if is_head { response.without_body() } else { response }.into())
    }

    /// Applies the rules in their order: the first that fails decides the response.
    async fn find(
        &self,
        method: &str,
        id: Option<&Result<UserId, InvalidUserId>>,
        caller: Result<&Caller, &InvalidContext>,
    ) -> Result<Representation, Error> {
        let id = id.ok_or(Error::RouteNotFound)?;
        if !matches!(method, "GET" | "HEAD") {
            return Err(Error::MethodNotAllowed);
        }
        let caller = caller.map_err(|error| *error)?;
        let id = id.as_ref().map_err(|error| *error)?;
        let grant = caller.grant(id.clone()).ok_or(Error::Forbidden)?;
        let user = self.users.find(&grant).await?;
        Ok(Representation::new(&user)?)
    }
}
