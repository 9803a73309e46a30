//! From the item of a user to the data of a response.

use serde_json::{Value, json};

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply},
};

/// The response to a request for a user with these attributes, and the line of the request.
async fn get_user(attributes: Value) -> (Value, Value) {
    let mut item = json!({
        "id": { "S": "user_123456789" },
        "email": { "S": "e" },
        "name": { "S": "n" },
        "account_id": { "S": "acc_789123456" },
        "status": { "S": "active" },
        "created_time": { "S": "2024-01-15T10:30:00Z" },
    });
    for (name, value) in attributes.as_object().unwrap() {
        item[name] = value.clone();
    }
    let table = FakeTable::start(Reply::Item(item)).await;
    let api = Api::with_dynamodb(&table.url).await;
    let response = api.invoke("GetUserFunction", &event("get-user/found")).await;
    (response, api.request_line("get-user", 1).await)
}

async fn body(attributes: Value) -> String {
    let (response, _) = get_user(attributes).await;
    assert_eq!(response["statusCode"], 200, "{response}");
    response["body"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn metadata_keeps_every_digit_and_has_a_stable_order() {
    let metadata = json!({ "M": {
        "b": { "N": "12345678901234567890123456789012345678" },
        "a": { "L": [{ "BOOL": true }, { "NULL": true }] },
        "language": { "S": "first \"quoted\" \u{1F980}" },
        "n": { "NS": ["2", "1"] },
        "s": { "SS": ["b", "a"] },
        "timezone": { "M": { "z": { "S": "" }, "a": { "S": "" } } },
    } });
    let expected = "\"metadata\":{\"timezone\":{\"a\":\"\",\"z\":\"\"},\
                    \"language\":\"first \\\"quoted\\\" \u{1F980}\",\"a\":[true,null],\
                    \"b\":12345678901234567890123456789012345678,\"n\":[1,2],\"s\":[\"a\",\"b\"]}";
    let body = body(json!({ "metadata": metadata })).await;
    assert!(body.contains(expected), "{body}");
}

#[tokio::test]
async fn missing_and_null_are_the_same() {
    let null = json!({ "NULL": true });
    let mut nulls = json!({});
    for name in [
        "company",
        "role",
        "department",
        "phone",
        "last_login",
        "permissions",
        "activity_stats",
        "metadata",
    ] {
        nulls[name] = null.clone();
    }
    let data = |body: String| body.split_once("\"meta\":").unwrap().0.to_owned();
    assert_eq!(data(body(nulls).await), data(body(json!({})).await));
}

#[tokio::test]
async fn a_list_keeps_its_order_and_a_set_is_sorted() {
    let list = json!({ "permissions": { "L": [{ "S": "b" }, { "S": "a" }] } });
    assert!(body(list).await.contains("\"permissions\":[\"b\",\"a\"]"));
    let set = json!({ "permissions": { "SS": ["b", "a"] } });
    assert!(body(set).await.contains("\"permissions\":[\"a\",\"b\"]"));
}

#[tokio::test]
async fn a_set_has_one_etag_in_any_order() {
    let mut etags = Vec::new();
    for [a, b, c] in [["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["3", "2", "1"]] {
        let metadata = json!({ "M": { "s": { "SS": [a, b, c] }, "n": { "NS": [a, b, c] } } });
        let permissions = json!({ "SS": [a, b, c] });
        let (response, _) =
            get_user(json!({ "metadata": metadata, "permissions": permissions })).await;
        assert_eq!(response["statusCode"], 200, "{response}");
        etags.push(response["headers"]["etag"].as_str().unwrap().to_owned());
    }
    etags.dedup();
    assert_eq!(etags.len(), 1, "{etags:?}");
}

#[tokio::test]
async fn an_item_that_does_not_fit_the_schema_is_500_and_the_log_names_the_attribute_only() {
    for (attributes, problem) in [
        (json!({ "email": { "N": "4711" } }), "`email` is missing or not a String"),
        (json!({ "status": { "NULL": true } }), "`status` is missing or not a String"),
        (json!({ "phone": { "N": "4711" } }), "`phone` is not a String or NULL"),
        (json!({ "permissions": { "S": "4711" } }), "`permissions` is not a List of Strings"),
        (json!({ "permissions": { "L": [{ "N": "4711" }] } }), "`permissions` is not a List"),
        (json!({ "activity_stats": { "S": "4711" } }), "`activity_stats` is not a Map or NULL"),
        (
            json!({ "activity_stats": { "M": { "total_calls_made": { "N": "4711.5" } } } }),
            "`activity_stats.total_calls_made` is not a whole Number from 0 to 2^63 - 1",
        ),
        (
            json!({ "activity_stats": { "M": { "total_calls_made": { "N": "-4711" } } } }),
            "`activity_stats.total_calls_made` is not a whole Number from 0 to 2^63 - 1",
        ),
        (
            json!({ "activity_stats": { "M": { "last_activity": { "N": "4711" } } } }),
            "`activity_stats.last_activity` is not a String or NULL",
        ),
        (
            json!({ "activity_stats": { "M": { "total_calls_made": { "N": "9223372036854775808" } } } }),
            "`activity_stats.total_calls_made` is not a whole Number from 0 to 2^63 - 1",
        ),
        (json!({ "created_time": { "S": "4711-01-15" } }), "`created_time` is not a time"),
        (json!({ "last_login": { "S": "4711-01-15 10:30:00Z" } }), "`last_login` is not a time"),
        (
            json!({ "activity_stats": { "M": { "last_activity": { "S": "4711" } } } }),
            "`activity_stats.last_activity` is not a time",
        ),
        (json!({ "metadata": { "S": "4711" } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "N": "4711" } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "BOOL": true } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "L": [{ "S": "4711" }] } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "SS": ["4711"] } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "B": "NDcxMQ==" } }), "`metadata` is not a Map or NULL"),
        (
            json!({ "metadata": { "M": { "a": { "B": "NDcxMQ==" } } } }),
            "`metadata` is a Map with a value that has no JSON form",
        ),
    ] {
        let (response, mut line) = get_user(attributes).await;
        // It is random, and may have the digits.
        line["lambda_request_id"].take();
        assert_eq!(response["statusCode"], 500, "{line}");
        assert!(line["cause"].as_str().unwrap().contains(problem), "{problem}: {line}");
        assert!(!line.to_string().contains("4711"), "{line}");
    }
}

#[tokio::test]
async fn a_time_of_rfc_3339_is_shown_as_it_is_stored() {
    for time in ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.123456+05:30", "2016-12-31T23:59:60Z"]
    {
        assert!(body(json!({ "last_login": { "S": time } })).await.contains(time), "{time}");
    }
}

#[tokio::test]
async fn an_item_of_400_kb_is_shown_whole() {
    // Each of these bytes is six in JSON.
    let text = "\u{1}".repeat(400_000);
    let body = body(json!({ "metadata": { "M": { "a": { "S": text } } } })).await;
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["data"]["metadata"]["a"], text);
}
