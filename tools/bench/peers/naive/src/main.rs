//! The `get-user` function as an afternoon with the official guides makes it.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use chrono::{SecondsFormat, Utc};
use lambda_http::{
    Body, Error, Request, RequestExt, Response, request::RequestContext, run, service_fn, tracing,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A user as the table has it and as the API shows it.
#[derive(Deserialize, Serialize)]
struct User {
    id: String,
    email: String,
    name: String,
    company: Option<String>,
    role: Option<String>,
    department: Option<String>,
    phone: Option<String>,
    account_id: String,
    status: String,
    created_time: String,
    last_login: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    activity_stats: ActivityStats,
    #[serde(default)]
    metadata: Value,
}

#[derive(Default, Deserialize, Serialize)]
struct ActivityStats {
    total_calls_made: u64,
    total_emails_sent: u64,
    total_callouts_created: u64,
    last_activity: Option<String>,
}

#[derive(Serialize)]
struct Success {
    success: bool,
    data: User,
    meta: Meta,
}

#[derive(Serialize)]
struct Meta {
    timestamp: String,
    request_id: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let table = env::var("USERS_TABLE")?;
    run(service_fn(|request| get_user(&client, &table, request))).await
}

async fn get_user(client: &Client, table: &str, request: Request) -> Result<Response<Body>, Error> {
    let context = request.request_context();
    let meta = Meta {
        timestamp: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        request_id: format!("req_{}", request_id(&context)),
    };
    let (Some(key_id), Some(account_id)) =
        (caller(&context, "key_id"), caller(&context, "account_id"))
    else {
        return failure(401, "UNAUTHORIZED", "Invalid or missing API key", &meta);
    };
    let parameters = request.path_parameters();
    let Some(id) = parameters.first("id").filter(|id| is_user_id(id)) else {
        return failure(400, "INVALID_REQUEST", "Invalid user ID format", &meta);
    };
    tracing::info!(key_id, id, "reading a user");

    let output = client
        .get_item()
        .table_name(table)
        .key("id", AttributeValue::S(id.to_owned()))
        .send()
        .await?;
    let Some(item) = output.item else {
        return failure(404, "NOT_FOUND", "User not found", &meta);
    };
    let user: User = serde_dynamo::from_item(item)?;
    if user.account_id != account_id {
        let message = "You don't have permission to access this user";
        return failure(403, "FORBIDDEN", message, &meta);
    }
    let request_id = meta.request_id.clone();
    respond(200, &request_id, &Success { success: true, data: user, meta })
}

fn request_id(context: &RequestContext) -> &str {
    match context {
        RequestContext::ApiGatewayV1(context) => context.request_id.as_deref().unwrap_or_default(),
        _ => "",
    }
}

fn caller<'a>(context: &'a RequestContext, name: &str) -> Option<&'a str> {
    context.authorizer()?.fields.get(name)?.as_str()
}

fn is_user_id(id: &str) -> bool {
    let suffix = id.strip_prefix("user_").unwrap_or_default();
    (1..=64).contains(&suffix.len()) && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn failure(status: u16, code: &str, message: &str, meta: &Meta) -> Result<Response<Body>, Error> {
    let error = json!({ "code": code, "message": message });
    let body = json!({ "success": false, "error": error, "meta": meta });
    respond(status, &meta.request_id, &body)
}

fn respond(status: u16, request_id: &str, body: &impl Serialize) -> Result<Response<Body>, Error> {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-request-id", request_id)
        .body(serde_json::to_string(body)?.into())?;
    Ok(response)
}
