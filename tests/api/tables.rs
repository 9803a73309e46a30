//! The tables, through AWS's own SDK.

use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};

use serde_json::json;

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply, Request},
    faults::key_record,
    keys::key,
};

pub(crate) fn client(api: &Api) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{}", api.stack.dynamodb))
        .build();
    Client::from_conf(config)
}

#[tokio::test]
async fn a_user_is_readable_as_soon_as_it_is_put() {
    let api = Api::start().await;
    let path = "/v1/users/user_new1";
    assert_eq!(api.get(path, &key("reads its account")).await.status, 404);

    let s = |text: &str| AttributeValue::S(text.into());
    client(&api)
        .put_item()
        .table_name("users")
        .item("id", s("user_new1"))
        .item("email", s("new@company.com"))
        .item("name", s("New"))
        .item("account_id", s("acc_789123456"))
        .item("status", s("active"))
        .item("created_time", s("2024-01-15T10:30:00Z"))
        .item("permissions", AttributeValue::Ss(vec!["b".into(), "a".into()]))
        .item("company", AttributeValue::Null(true))
        .item("password_hash", s("never shown"))
        .send()
        .await
        .unwrap();

    let response = api.get(path, &key("reads its account")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.json()["data"]["permissions"], serde_json::json!(["a", "b"]));
    assert!(!response.body.contains("never shown"));
}

#[tokio::test]
async fn keys_are_read_by_their_hash_and_consistently_and_users_are_not() {
    let table = FakeTable::start(Reply::Empty).await;
    let api = Api::with_dynamodb(&table.url).await;
    api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    api.invoke("GetUserFunction", &event("get-user/found")).await;
    let requests = table.requests();
    let fields = |index: usize| {
        let body = &requests[index].body;
        (body["TableName"].clone(), body["ConsistentRead"].clone())
    };
    assert_eq!(fields(0), (json!("api-keys"), json!(true)));
    assert_eq!(requests[0].body["Key"], json!({ "key_hash": key_record()["key_hash"] }));
    assert_eq!(fields(1), (json!("users"), json!(false)));
}

#[tokio::test]
async fn requests_carry_the_session_token_and_are_signed_for_the_region() {
    let table = FakeTable::start(Reply::Empty).await;
    let api = Api::with_variables(vec![
        ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", table.url.clone()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_SESSION_TOKEN", "session-token".to_owned()),
    ])
    .await;
    api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
    api.invoke("GetUserFunction", &event("get-user/found")).await;
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
    let (own, every) = (FakeTable::start(Reply::Empty).await, FakeTable::start(Reply::Empty).await);
    for (own_url, expected) in [("", [0, 2]), (own.url.as_str(), [2, 2])] {
        let api = Api::with_variables(vec![
            ("AWS_ENDPOINT_URL_DYNAMODB", own_url.to_owned()),
            ("AWS_ENDPOINT_URL", every.url.clone()),
        ])
        .await;
        api.invoke("AuthorizerFunction", &event("authorizer/allow")).await;
        api.invoke("GetUserFunction", &event("get-user/found")).await;
        assert_eq!([own.requests().len(), every.requests().len()], expected);
    }
}
