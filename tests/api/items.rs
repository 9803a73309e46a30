//! From the item of a user to the data of a response.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::{
    client::{Api, Response},
    events::event,
    fake_table::{FakeTable, Reply, record_with, user_with},
};

/// The response to a request for a user with these attributes.
async fn get_user(attributes: Value) -> Response {
    let table = FakeTable::start([Reply::item(&user_with(attributes))]).await;
    Api::with_dynamodb(&table.url).await.get_user(&event("get-user/found")).await
}

/// The members of the response's `data`, each in a line of its own.
fn data(response: &Response) -> String {
    let data = response.body.split_once("\"data\":").unwrap().1;
    data.split_once(",\"meta\":").unwrap().0.replace(",\"", ",\n\"")
}

#[tokio::test]
async fn a_user_is_shown_with_the_named_attributes_and_defaults_for_the_others() {
    // No attribute that the page does not name is shown.
    let few = get_user(json!({ "password_hash": { "S": "never shown" } })).await;
    let mut nulls = json!({});
    for name in
        "company role department phone last_login permissions activity_stats metadata".split(' ')
    {
        nulls[name] = json!({ "NULL": true });
    }
    assert_eq!(data(&get_user(nulls).await), data(&few));
    let all = get_user(json!({
        "company": { "S": "Company" },
        "role": { "S": "Role" },
        "department": { "S": "Department" },
        "phone": { "S": "Phone" },
        "last_login": { "S": "2016-12-31T23:59:60Z" },
        "permissions": { "L": [{ "S": "b" }, { "S": "a" }] },
        "activity_stats": { "M": {
            "total_calls_made": { "N": "9223372036854775807" },
            "last_activity": { "S": "2024-01-15T10:30:00.123456+05:30" },
        } },
        "metadata": { "M": {
            "b": { "N": "12345678901234567890123456789012345678" },
            "a": { "L": [{ "BOOL": true }, { "NULL": true }] },
            "language": { "S": "second \"quoted\" 🦀" },
            "n": { "NS": ["2", "-1"] },
            "s": { "SS": ["b", "a"] },
            "m": { "M": { "z": { "S": "" }, "a": { "S": "" } } },
            "timezone": { "S": "first" },
        } },
    }));
    assert_snapshot!("users", format!("{}\n\n{}", data(&few), data(&all.await)));
}

#[tokio::test]
async fn a_set_is_sorted_so_that_it_does_not_change_the_etag() {
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
    let other = get_user(json!({ "name": { "S": "other" } })).await;
    assert_ne!(other.header("etag"), Some(&*etags[0]));
}

/// What a function logs about each of these items.
async fn outcomes(function: &str, items: impl IntoIterator<Item = (Value, Value)>) -> String {
    let (changes, items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
    let table = FakeTable::start(items.iter().map(Reply::item)).await;
    let api = Api::with_dynamodb(&table.url).await;
    let mut shown = String::new();
    for (index, change) in changes.iter().enumerate() {
        let outcome = match function {
            "get-user" => api.get_user(&event("get-user/found")).await.status.to_string(),
            _ => api.authorize(&event("authorizer/allow")).await.unwrap_err()["errorType"]
                .to_string(),
        };
        let line = api.request_line(function, index + 1).await;
        shown += &format!("{change}\n  {outcome}: {}\n", line["cause"]);
    }
    shown
}

#[tokio::test]
async fn an_item_that_does_not_fit_the_schema_is_500_and_the_log_names_the_attribute() {
    let stats = |name: &str, value: Value| json!({ "activity_stats": { "M": { name: value } } });
    let broken_of = |account_id| json!({ "email": { "N": "1" }, "account_id": account_id });
    let changes = [
        json!({ "email": { "N": "1" } }),
        json!({ "status": { "NULL": true } }),
        json!({ "phone": { "N": "1" } }),
        json!({ "permissions": { "S": "a" } }),
        json!({ "permissions": { "L": [{ "N": "1" }] } }),
        json!({ "activity_stats": { "S": "a" } }),
        stats("total_calls_made", json!({ "N": "1.5" })),
        stats("total_emails_sent", json!({ "N": "-1" })),
        stats("total_callouts_created", json!({ "N": "9223372036854775808" })),
        stats("last_activity", json!({ "N": "1" })),
        stats("last_activity", json!({ "S": "a" })),
        json!({ "created_time": { "S": "2024-01-15" } }),
        json!({ "last_login": { "S": "2024-01-15 10:30:00Z" } }),
        json!({ "metadata": { "S": "a" } }),
        json!({ "metadata": { "L": [{ "S": "a" }] } }),
        json!({ "metadata": { "M": { "timezone": { "N": "1" } } } }),
        json!({ "metadata": { "M": { "a": { "B": "YQ==" } } } }),
        json!({ "metadata": { "M": { "a": { "N": "true" } } } }),
        // The account decides whether the caller may see the user, whatever else is wrong.
        broken_of(json!({ "S": "acc_other" })),
        broken_of(json!({ "N": "1" })),
    ];
    let items = changes.map(|change| (change.clone(), user_with(change)));
    assert_snapshot!("broken_users", outcomes("get-user", items).await);
}

#[tokio::test]
async fn a_record_that_does_not_identify_a_caller_is_neither_an_allow_nor_a_deny() {
    let changes = [
        json!({ "account_id": { "N": "1" } }),
        json!({ "account_id": { "S": "acc 1" } }),
        json!({ "account_id": { "S": " " } }),
        json!({ "key_id": { "NULL": true } }),
        json!({ "key_id": { "S": "key 1" } }),
        json!({ "user_id": { "S": "john" } }),
        json!({ "scopes": { "SS": ["calls:read users:read:all"] } }),
        json!({ "scopes": { "S": "users:read" } }),
        json!({ "expires_at": { "S": "2999-01-01" } }),
        json!({ "expires_at": { "N": "-1" } }),
        // Milliseconds.
        json!({ "expires_at": { "N": "1798761600000" } }),
        json!({ "expires_at": { "N": "253402300800" } }),
        json!({ "revoked_time": { "BOOL": false } }),
    ];
    let items = changes.map(|change| (change.clone(), record_with(change)));
    assert_snapshot!("broken_records", outcomes("authorizer", items).await);
}

#[tokio::test]
async fn an_item_of_400_kb_is_shown_whole() {
    // Each of these bytes is six in JSON.
    let text = "\u{1}".repeat(400_000);
    let user = get_user(json!({ "metadata": { "M": { "a": { "S": text } } } })).await;
    assert_eq!(user.json()["data"]["metadata"]["a"], text);
}
