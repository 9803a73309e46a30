//! `ETag`, `If-None-Match` and `HEAD`.

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, Response},
    events::event,
    keys::key,
};

async fn conditional(
    api: &Api,
    method: &str,
    path: &str,
    key: &str,
    if_none_match: &str,
) -> Response {
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("If-None-Match", if_none_match)];
    api.send(method, path, &headers).await
}

#[tokio::test]
async fn an_etag_is_weak_and_depends_on_the_data_alone() {
    let api = Api::start().await;
    let first = api.get(PAGE_USER, &key("reads its account")).await;
    let again = api.get(PAGE_USER, &key("reads everyone")).await;
    let other = api.get("/v1/users/user_987654321", &key("reads its account")).await;
    let etag = first.header("etag").unwrap();
    let opaque = etag.strip_prefix("W/\"").and_then(|tag| tag.strip_suffix('"'));
    assert!(opaque.is_some_and(|tag| tag.len() == 64), "{etag}");
    assert_eq!(again.header("etag"), Some(etag));
    assert_ne!(other.header("etag"), Some(etag));
}

#[tokio::test]
async fn a_user_that_the_client_already_has_is_304_without_a_body() {
    let api = Api::start().await;
    let key = key("reads its account");
    let etag = api.get(PAGE_USER, &key).await.header("etag").unwrap().to_owned();
    for method in ["GET", "HEAD"] {
        let response = conditional(&api, method, PAGE_USER, &key, &etag).await;
        assert_eq!((response.status, response.body.as_str()), (304, ""));
        assert_eq!(response.header("etag"), Some(etag.as_str()));
        assert_eq!(conditional(&api, method, PAGE_USER, &key, "\"x\"").await.status, 200);
    }
}

#[tokio::test]
async fn a_caller_who_may_not_read_gets_no_304() {
    let api = Api::start().await;
    let reader = key("reads its account");
    for (path, key, status) in [
        (PAGE_USER, "YOUR_API_KEY", 401),
        (PAGE_USER, &key("reads another account"), 403),
        ("/v1/users/user_000000000", &reader, 404),
    ] {
        assert_eq!(conditional(&api, "GET", path, key, "*").await.status, status);
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    let authorization = [("Authorization", authorization.as_str())];
    for (path, headers, status) in [
        (PAGE_USER, &authorization[..], 200),
        (PAGE_USER, &[], 401),
        ("/v1/users/john.doe", &authorization, 400),
        ("/v1/users/user_300000003", &authorization, 403),
        ("/v1/users/user_000000000", &authorization, 404),
    ] {
        let get = api.send("GET", path, headers).await;
        let head = api.send("HEAD", path, headers).await;
        assert_eq!((get.status, head.status), (status, status));
        assert_eq!(head.header("etag"), get.header("etag"));
    }
}

/// The status for an event with these maps of headers.
async fn status(api: &Api, multi_value_headers: Value, headers: Value) -> u16 {
    let mut event = event("get-user/found");
    event["multiValueHeaders"] = multi_value_headers;
    event["headers"] = headers;
    api.get_user(&event).await.status
}

#[tokio::test]
async fn if_none_match_is_a_list_of_entity_tags() {
    let api = Api::start().await;
    let etag = api.get_user(&event("get-user/found")).await.header("etag").unwrap().to_owned();
    let tag = etag.strip_prefix("W/").unwrap();
    let matching = [
        tag,
        &etag,
        &format!("\"b, \", {tag}"),
        &format!("\"b\",{etag}, \"c\""),
        "*",
        &format!(" {tag} "),
    ];
    let other = [
        "",
        tag.trim_matches('"'),
        &tag.to_uppercase(),
        "\"b\"",
        &etag.replace("W/", "w/"),
        &tag[..65],
        "**",
        // One tag, since a tag may have a comma (RFC 9110, section 8.8.3).
        "\"a,*,b\"",
        "\"*\"",
    ];
    for (lists, expected) in [(&matching[..], 304), (&other, 200)] {
        for list in lists {
            let headers = json!({ "If-None-Match": [list] });
            assert_eq!(status(&api, headers, json!({})).await, expected, "{list}");
        }
    }
}

#[tokio::test]
async fn a_header_is_read_from_either_map_whatever_the_case_of_its_name() {
    let api = Api::start().await;
    let tags = |name: &str, value: Value| json!({ "Accept": "*/*", name: value });
    for (multi, single, expected) in [
        (tags("If-None-Match", json!(["\"b\"", "*"])), json!({}), 304),
        (json!({ "If-None-Match": ["\"b\""], "if-none-match": ["*"] }), json!({}), 304),
        (tags("IF-NONE-MATCH", json!(["*"])), tags("if-none-match", json!("\"b\"")), 304),
        (Value::Null, tags("iF-nOnE-mAtCh", json!("*")), 304),
        (json!({}), tags("if-none-match", json!("*")), 304),
        (Value::Null, Value::Null, 200),
        (json!({}), tags("if-none-match-x", json!("*")), 200),
        (tags("if-none-match", json!([null, 1])), tags("if-none-match", Value::Null), 200),
    ] {
        assert_eq!(status(&api, multi.clone(), single).await, expected, "{multi}");
    }
}
