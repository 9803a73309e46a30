//! The `get-user` function as an afternoon with the official guides makes it.

use std::env;

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::{Client, types::AttributeValue};
use chrono::{SecondsFormat, Utc};
use lambda_http::{
    Body, Error, Request, RequestExt, Response, request::RequestContext, run, service_fn, tracing,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let table = env::var("USERS_TABLE")?;
    run(service_fn(|request| get_user(&client, &table, request))).await
}

async fn get_user(client: &Client, table: &str, request: Request) -> Result<Response<Body>, Error> {
    let RequestContext::ApiGatewayV1(context) = request.request_context() else {
        return Err("not an event of a REST API".into());
    };
    let parameters = request.path_parameters();
    let id = parameters.first("id").ok_or("no user ID")?;
    tracing::info!(id, "reading a user");

    let key = AttributeValue::S(id.to_owned());
    let output = client.get_item().table_name(table).key("id", key).send().await?;
    let user: Value = serde_dynamo::from_item(output.item.ok_or("no such user")?)?;
    if Some(&user["account_id"]) != context.authorizer.fields.get("account_id") {
        return Err("a user of another account".into());
    }
    let request_id = format!("req_{}", context.request_id.ok_or("no request ID")?);
    let timestamp = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let meta = json!({ "timestamp": timestamp, "request_id": request_id });
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("x-request-id", request_id)
        .body(json!({ "success": true, "data": user, "meta": meta }).to_string().into())?;
    Ok(response)
}
