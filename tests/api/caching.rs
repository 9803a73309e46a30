//! `ETag` and `If-None-Match`.

use serde_json::{Value, json};

use crate::{
    client::{Api, PAGE_USER, key},
    events::event,
};

#[tokio::test]
async fn a_caller_who_may_not_read_gets_no_304() {
    let api = Api::start().await;
    for (path, key, status) in [
        (PAGE_USER, "YOUR_API_KEY", 401),
        (PAGE_USER, &key("reads another account"), 403),
        ("/v1/users/user_000000000", &key("reads its account"), 404),
    ] {
        let authorization = format!("Bearer {key}");
        let headers = [("Authorization", authorization.as_str()), ("If-None-Match", "*")];
        assert_eq!(api.send("GET", path, &headers).await.status, status);
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
    for (list, expected) in [
        (tag, 304),
        (&etag, 304),
        (&format!("\"b, \", {tag}"), 304),
        (&format!("\"b\",{etag}, \"c\""), 304),
        ("*", 304),
        (&format!(" {tag} "), 304),
        ("", 200),
        (tag.trim_matches('"'), 200),
        (&tag.to_uppercase(), 200),
        ("\"b\"", 200),
        (&etag.replace("W/", "w/"), 200),
        (&tag[..65], 200),
        ("**", 200),
        // One tag, since a tag may have a comma (RFC 9110, section 8.8.3).
        ("\"a,*,b\"", 200),
        ("\"*\"", 200),
    ] {
        let headers = json!({ "If-None-Match": [list] });
        assert_eq!(status(&api, headers, json!({})).await, expected, "{list}");
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
