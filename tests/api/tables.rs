//! What the functions send to DynamoDB, and where.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use serde_json::json;

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply, Request, key_record},
};

/// A client of the tables at this URL.
pub(crate) fn client(url: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url)
        .build();
    Client::from_conf(config)
}

/// Lets each function read its table once, without success.
async fn invoke_both(api: &Api) {
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Deny");
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 404);
}

#[tokio::test]
async fn keys_are_read_by_their_hash_and_consistently_and_users_are_not() {
    let table = FakeTable::start([Reply::empty()]).await;
    let api = Api::with_dynamodb(&table.url).await;
    invoke_both(&api).await;
    let key = json!({ "key_hash": key_record()["key_hash"] });
    let id = json!({ "id": { "S": "user_123456789" } });
    let bodies = table.requests().into_iter().map(|request| request.body);
    assert!(bodies.eq([
        json!({ "TableName": "api-keys", "Key": key, "ConsistentRead": true }),
        json!({ "TableName": "users", "Key": id, "ConsistentRead": false }),
    ]));
}

#[tokio::test]
async fn requests_carry_the_session_token_and_are_signed_for_the_region() {
    let table = FakeTable::start([Reply::empty()]).await;
    let api = Api::with_variables(vec![
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_SESSION_TOKEN", "session-token".to_owned()),
    ])
    .await;
    invoke_both(&api).await;
    let requests = table.requests();
    assert_eq!(requests.len(), 2);
    for Request { headers, .. } in requests {
        assert_eq!(headers["x-amz-security-token"], "session-token");
        let date = &headers["x-amz-date"][..8];
        let credential = format!("Credential=ASIAEXAMPLE/{date}/eu-west-1/dynamodb/aws4_request");
        let authorization = &headers["authorization"];
        assert!(authorization.contains(&credential), "{authorization}");
        assert!(authorization.contains("x-amz-security-token"), "{authorization}");
    }
}

#[tokio::test]
async fn the_endpoint_of_every_service_is_used_if_dynamodb_has_none_of_its_own() {
    let own = FakeTable::start([Reply::empty()]).await;
    let every = FakeTable::start([Reply::empty()]).await;
    for (own_url, expected) in [("", [0, 2]), (own.url.as_str(), [2, 2])] {
        let api = Api::with_variables(vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", own_url.to_owned()),
            ("AWS_ENDPOINT_URL", every.url.clone()),
        ])
        .await;
        invoke_both(&api).await;
        assert_eq!([own.requests().len(), every.requests().len()], expected);
    }
}
