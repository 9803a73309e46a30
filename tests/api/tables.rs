//! What the functions send to DynamoDB, and where.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
};
use serde_json::json;

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply, Request, record_with},
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

#[tokio::test]
async fn reads_are_signed_for_the_region_and_only_those_of_keys_are_consistent() {
    let table = FakeTable::start([Reply::empty()]).await;
    let api = Api::with_variables(vec![
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_SESSION_TOKEN", "session-token".to_owned()),
    ])
    .await;
    assert_eq!(api.effect(&event("authorizer/allow")).await, "Deny");
    assert_eq!(api.get_user(&event("get-user/found")).await.status, 404);
    let requests = table.requests();
    let key = json!({ "key_hash": record_with(json!({}))["key_hash"] });
    let id = json!({ "id": { "S": "user_123456789" } });
    assert!(requests.iter().map(|request| &request.body).eq(&[
        json!({ "TableName": "api-keys", "Key": key, "ConsistentRead": true }),
        json!({ "TableName": "users", "Key": id, "ConsistentRead": false }),
    ]));
    for Request { headers, .. } in requests {
        assert_eq!(headers["x-amz-security-token"], "session-token");
        let date = &headers["x-amz-date"][..8];
        let credential = format!("Credential=ASIAEXAMPLE/{date}/eu-west-1/dynamodb/aws4_request");
        let authorization = &headers["authorization"];
        assert!(authorization.contains(&credential), "{authorization}");
        assert!(authorization.contains("x-amz-security-token"), "{authorization}");
    }
}
