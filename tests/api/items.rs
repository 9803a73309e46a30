//! From the item of a user to the data of a response.

use serde_json::{Value, json};

use crate::{
    client::{Api, Response},
    events::event,
    fake_table::{FakeTable, Reply, user_with},
    faults,
};

/// The response to a request for a user with these attributes.
async fn get_user(attributes: Value) -> Response {
    let table = FakeTable::start([Reply::item(&user_with(attributes))]).await;
    let (response, line) = faults::get_user(&table.url).await;
    assert_eq!(response.status, 200, "{line}");
    response
}

#[tokio::test]
async fn metadata_keeps_every_digit_and_has_a_stable_order() {
    let metadata = json!({ "M": {
        "b": { "N": "12345678901234567890123456789012345678" },
        "a": { "L": [{ "BOOL": true }, { "NULL": true }] },
        "language": { "S": "second \"quoted\" 🦀" },
        "n": { "NS": ["2", "1"] },
        "s": { "SS": ["b", "a"] },
        "m": { "M": { "z": { "S": "" }, "a": { "S": "" } } },
        "timezone": { "S": "first" },
    } });
    let expected = concat!(
        r#""metadata":{"timezone":"first","language":"second \"quoted\" 🦀","a":[true,null],"#,
        r#""b":12345678901234567890123456789012345678,"m":{"a":"","z":""},"n":[1,2],"s":["a","b"]}"#
    );
    let body = get_user(json!({ "metadata": metadata })).await.body;
    assert!(body.contains(expected), "{body}");
}

#[tokio::test]
async fn an_attribute_that_is_missing_or_null_gets_its_default() {
    let defaults = json!({
        "company": null,
        "role": null,
        "department": null,
        "phone": null,
        "last_login": null,
        "permissions": [],
        "activity_stats": {
            "total_calls_made": 0,
            "total_emails_sent": 0,
            "total_callouts_created": 0,
            "last_activity": null,
        },
        "metadata": {},
    });
    let mut nulls = defaults.clone();
    nulls.as_object_mut().unwrap().values_mut().for_each(|it| *it = json!({ "NULL": true }));
    for attributes in [json!({}), nulls] {
        let user = get_user(attributes).await.json();
        for (name, default) in defaults.as_object().unwrap() {
            assert_eq!(&user["data"][name], default, "{name}");
        }
    }
}

#[tokio::test]
async fn an_attribute_that_the_page_does_not_name_is_not_shown() {
    let user = get_user(json!({ "password_hash": { "S": "never shown" } })).await;
    assert!(!user.body.contains("never shown"), "{}", user.body);
}

#[tokio::test]
async fn a_list_keeps_its_order_and_a_set_is_sorted() {
    let list = json!({ "permissions": { "L": [{ "S": "b" }, { "S": "a" }] } });
    assert_eq!(get_user(list).await.json()["data"]["permissions"], json!(["b", "a"]));
    let mut etags = Vec::new();
    for [a, b, c] in [["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["3", "2", "1"]] {
        let response = get_user(json!({
            "metadata": { "M": { "s": { "SS": [a, b, c] }, "n": { "NS": [a, b, c] } } },
            "permissions": { "SS": [a, b, c] },
        }));
        let response = response.await;
        assert_eq!(response.json()["data"]["permissions"], json!(["1", "2", "3"]));
        etags.push(response.header("etag").unwrap().to_owned());
    }
    etags.dedup();
    assert_eq!(etags.len(), 1, "{etags:?}");
}

#[tokio::test]
async fn an_item_that_does_not_fit_the_schema_is_500_and_the_log_names_the_attribute_only() {
    let stats = |name: &str, value: Value| json!({ "activity_stats": { "M": { name: value } } });
    let count = |digits: &str| stats("total_calls_made", json!({ "N": digits }));
    let not_a_count = "`activity_stats.total_calls_made` is not a whole Number from 0 to 2^63 - 1";
    let cases = [
        (json!({ "email": { "N": "4711" } }), "`email` is missing or not a String"),
        (json!({ "status": { "NULL": true } }), "`status` is missing or not a String"),
        (json!({ "phone": { "N": "4711" } }), "`phone` is not a String or NULL"),
        (json!({ "permissions": { "S": "4711" } }), "`permissions` is not a List of Strings"),
        (json!({ "permissions": { "L": [{ "N": "4711" }] } }), "`permissions` is not a List"),
        (json!({ "activity_stats": { "S": "4711" } }), "`activity_stats` is not a Map or NULL"),
        (count("4711.5"), not_a_count),
        (count("-4711"), not_a_count),
        (count("9223372036854775808"), not_a_count),
        (
            stats("last_activity", json!({ "N": "4711" })),
            "`activity_stats.last_activity` is not a String or NULL",
        ),
        (
            stats("last_activity", json!({ "S": "4711" })),
            "`activity_stats.last_activity` is not a time",
        ),
        (json!({ "created_time": { "S": "4711-01-15" } }), "`created_time` is not a time"),
        (json!({ "last_login": { "S": "4711-01-15 10:30:00Z" } }), "`last_login` is not a time"),
        (json!({ "metadata": { "S": "4711" } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "N": "4711" } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "BOOL": true } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "L": [{ "S": "4711" }] } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "SS": ["4711"] } }), "`metadata` is not a Map or NULL"),
        (json!({ "metadata": { "B": "NDcxMQ==" } }), "`metadata` is not a Map or NULL"),
        (
            json!({ "metadata": { "M": { "timezone": { "N": "4711" } } } }),
            "`metadata.timezone` is not a String or NULL",
        ),
        (
            json!({ "metadata": { "M": { "a": { "B": "NDcxMQ==" } } } }),
            "`metadata` is a Map with a value that has no JSON form",
        ),
    ];
    let items = cases.iter().map(|(attributes, _)| user_with(attributes.clone()));
    let table = FakeTable::start(items.map(|item| Reply::item(&item))).await;
    let api = Api::with_dynamodb(&table.url).await;
    for (index, (_, problem)) in cases.iter().enumerate() {
        assert_eq!(api.get_user(&event("get-user/found")).await.status, 500, "{problem}");
        let mut line = api.request_line("get-user", index + 1).await;
        assert!(line["cause"].as_str().unwrap().contains(problem), "{problem}: {line}");
        // It is random, and may have the digits.
        line["lambda_request_id"].take();
        assert!(!line.to_string().contains("4711"), "{line}");
    }
}

#[tokio::test]
async fn a_time_of_rfc_3339_is_shown_as_it_is_stored() {
    for time in ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00.123456+05:30", "2016-12-31T23:59:60Z"]
    {
        let user = get_user(json!({ "last_login": { "S": time } })).await;
        assert_eq!(user.json()["data"]["last_login"], time);
    }
}

#[tokio::test]
async fn an_item_of_400_kb_is_shown_whole() {
    // Each of these bytes is six in JSON.
    let text = "\u{1}".repeat(400_000);
    let user = get_user(json!({ "metadata": { "M": { "a": { "S": text } } } })).await;
    assert_eq!(user.json()["data"]["metadata"]["a"], text);
}
