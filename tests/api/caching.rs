//! `ETag`, `If-None-Match` and `HEAD`.

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER},
    events::event,
    keys::key,
};

async fn conditional(api: &Api, path: &str, key: &str, if_none_match: &str) -> u16 {
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("If-None-Match", if_none_match)];
    api.send("GET", path, &headers).await.status
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
    let strong = etag.strip_prefix("W/").unwrap().to_owned();
    for value in [etag.clone(), strong, format!("\"x\", {etag}"), "*".to_owned()] {
        let authorization = format!("Bearer {key}");
        let headers = [("Authorization", authorization.as_str()), ("If-None-Match", &value)];
        for method in ["GET", "HEAD"] {
            let response = api.send(method, PAGE_USER, &headers).await;
            assert_eq!((response.status, response.body.as_str()), (304, ""));
            assert_eq!(response.header("etag"), Some(etag.as_str()));
        }
    }
    assert_eq!(conditional(&api, PAGE_USER, &key, "\"x\"").await, 200);
}

#[tokio::test]
async fn a_caller_who_may_not_read_gets_no_304() {
    let api = Api::start().await;
    assert_eq!(conditional(&api, PAGE_USER, "YOUR_API_KEY", "*").await, 401);
    assert_eq!(conditional(&api, PAGE_USER, &key("reads another account"), "*").await, 403);
    assert_eq!(
        conditional(&api, "/v1/users/user_000000000", &key("reads its account"), "*").await,
        404
    );
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let api = Api::start().await;
    let authorization = format!("Bearer {}", key("reads its account"));
    let headers = [("Authorization", authorization.as_str())];
    for (path, status) in [
        (PAGE_USER, 200),
        ("/v1/users/john.doe", 400),
        ("/v1/users/user_300000003", 403),
        ("/v1/users/user_000000000", 404),
    ] {
        let get = api.send("GET", path, &headers).await;
        let head = api.send("HEAD", path, &headers).await;
        assert_eq!((head.status, head.body.as_str()), (status, ""));
        assert_eq!(get.status, status);
        assert_eq!(head.header("etag"), get.header("etag"));
    }
    assert_eq!(api.send("HEAD", PAGE_USER, &[]).await.status, 401);
}

/// The status for an event with these maps of headers.
async fn status(api: &Api, multi_value_headers: Value, headers: Value) -> Value {
    let mut event = event("get-user/found");
    event["multiValueHeaders"] = multi_value_headers;
    event["headers"] = headers;
    api.invoke("GetUserFunction", &event).await["statusCode"].clone()
}

#[tokio::test]
async fn if_none_match_is_a_list_of_entity_tags() {
    let api = Api::start().await;
    let etag =
        api.get(PAGE_USER, &key("reads its account")).await.header("etag").unwrap().to_owned();
    let tag = etag.strip_prefix("W/").unwrap();
    for list in [
        tag,
        &etag,
        &format!("\"b, \", {tag}"),
        &format!("\"b\",{etag}, \"c\""),
        "*",
        &format!(" {tag} "),
    ] {
        assert_eq!(
            status(&api, json!({ "If-None-Match": [list] }), json!({})).await,
            304,
            "{list}"
        );
    }
    let (upper, unquoted) = (tag.to_uppercase(), tag.trim_matches('"'));
    for list in [
        "",
        unquoted,
        &upper,
        "\"b\"",
        &etag.replace("W/", "w/"),
        &tag[..65],
        "**",
        // One tag, since a tag may have a comma (RFC 9110, section 8.8.3).
        "\"a,*,b\"",
        "\"*\"",
    ] {
        assert_eq!(
            status(&api, json!({ "If-None-Match": [list] }), json!({})).await,
            200,
            "{list}"
        );
    }
}

#[tokio::test]
async fn a_header_is_read_from_either_map_whatever_the_case_of_its_name() {
    let api = Api::start().await;
    let tags = |name: &str, value: Value| json!({ "Accept": "*/*", name: value });
    for (multi, single) in [
        (tags("If-None-Match", json!(["\"b\"", "*"])), json!({})),
        (json!({ "If-None-Match": ["\"b\""], "if-none-match": ["*"] }), json!({})),
        (tags("IF-NONE-MATCH", json!(["*"])), tags("if-none-match", json!("\"b\""))),
        (Value::Null, tags("iF-nOnE-mAtCh", json!("*"))),
        (json!({}), tags("if-none-match", json!("*"))),
    ] {
        assert_eq!(status(&api, multi.clone(), single).await, 304, "{multi}");
    }
    for (multi, single) in [
        (Value::Null, Value::Null),
        (json!({}), tags("if-none-match-x", json!("*"))),
        (tags("if-none-match", json!([null, 1])), tags("if-none-match", Value::Null)),
    ] {
        assert_eq!(status(&api, multi.clone(), single).await, 200, "{multi}");
    }
}
