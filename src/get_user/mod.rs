//! The `get-user` function: `GET /v1/users/{id}`.
//!
//! `request` reads API Gateway's event, `users_table` looks up the `user`, and `response` puts it, or
//! the `error`, into the envelope.

mod error;
mod request;
mod response;
mod user;
mod users_table;

use std::time::Duration;

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
    caller::{AuthorizerContext, Caller, Grant},
    gateway_event::{GatewayEvent, InvalidEvent},
    invocation::Invocation,
    log::{Level, error_chain},
    meta::Meta,
    user_id::{InvalidUserId, UserId},
};

/// The endpoint.
pub struct GetUser {
    users: UsersTable,
}

impl GetUser {
    /// An endpoint that looks up users in `users`.
    pub fn new(users: UsersTable) -> Self {
        Self { users }
    }

    /// Responds to one proxy event of API Gateway, and logs one line. Every error becomes a response,
    /// unless the event is not API Gateway's. `init` is the duration of the init phase, if this is the
    /// first event.
    pub async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
        init: Option<Duration>,
    ) -> Result<ApiGatewayProxyResponse, InvalidEvent> {
        let mut invocation = Invocation::<Request>::read(event, init)?;
        let context = invocation.event.context();
        if let Ok(AuthorizerContext { request_id: Some(id), .. }) = &context {
            invocation.take_request_id(id);
        }
        let request = &invocation.event;
        let method = request.method().unwrap_or_default();
        let id = request.id().filter(|_| request.is_route()).map(UserId::parse);
        let caller = context.and_then(|context| Ok(Caller::parse(context)?));

        let (user, table_use) = match grant(method, id.as_ref(), caller.as_ref()) {
            Ok(grant) => {
                let (user, table_use) = self.users.find(&grant, &invocation.request_id).await;
                (user.and_then(|user| Ok(Representation::new(&user)?)), Some(table_use))
            }
            Err(error) => (Err(error), None),
        };
        let meta = Meta::now(invocation.request_id.clone());
        let response = match &user {
            Ok(user) if request.if_none_match(&user.etag) => {
                Response::not_modified(&user.etag, &meta)
            }
            Ok(user) => Response::ok(user, &meta),
            Err(error) => Response::error(error, &meta),
        };

        let mut line = invocation.line();
        line.status = Some(response.status);
        line.code = response.code;
        line.key_id = caller.as_ref().ok().map(Caller::key_id);
        line.account_id = caller.as_ref().ok().map(Caller::account_id);
        line.user_id = id.as_ref().and_then(|id| id.as_ref().ok()).map(UserId::as_str);
        // An operator must repair a table or the authorizer.
        if let (Err(error), 401 | 500..) = (&user, response.status) {
            line.level = Level::Error;
            line.cause = Some(error_chain(error));
        }
        invocation.log(line, table_use);
        Ok(if method == "HEAD" { response.without_body() } else { response }.into())
    }
}

/// Applies the rules in their order, up to the table: the first that fails decides the response.
fn grant<'a>(
    method: &str,
    id: Option<&Result<UserId, InvalidUserId>>,
    caller: Result<&'a Caller, &InvalidContext>,
) -> Result<Grant<'a>, Error> {
    let id = id.ok_or(Error::RouteNotFound)?;
    if !matches!(method, "GET" | "HEAD") {
        return Err(Error::MethodNotAllowed);
    }
    let caller = caller.map_err(|error| *error)?;
    let id = id.as_ref().map_err(|error| *error)?;
    caller.grant(id.clone()).ok_or(Error::Forbidden)
}
