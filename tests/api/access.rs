//! Which users a caller may read.

use credira_users::{
    caller::{AuthorizerContext, Caller, InvalidCaller},
    user_id::{InvalidUserId, UserId},
};
use serde_json::{Value, json};

use crate::{
    client::Api,
    events::event,
    fake_table::{FakeTable, Reply},
    keys::key,
};

const PAGE_USER: &str = "user_123456789";
const COLLEAGUE: &str = "user_987654321";
const STRANGER: &str = "user_300000003";
const MISSING: &str = "user_000000000";

#[tokio::test]
async fn each_key_reads_the_users_that_it_may() {
    let api = Api::start().await;
    for (name, id, status) in [
        ("reads its account", PAGE_USER, 200),
        ("reads its account", COLLEAGUE, 200),
        ("reads its account", STRANGER, 403),
        ("reads its account", MISSING, 404),
        ("reads itself", PAGE_USER, 200),
        ("reads itself", COLLEAGUE, 403),
        ("reads itself", STRANGER, 403),
        ("reads itself", MISSING, 403),
        ("reads everyone", PAGE_USER, 200),
        ("reads everyone", STRANGER, 200),
        ("reads everyone", MISSING, 404),
        ("reads another account", PAGE_USER, 403),
        ("reads another account", STRANGER, 200),
        ("reads another account", MISSING, 404),
    ] {
        let response = api.get(&format!("/v1/users/{id}"), &key(name)).await;
        assert_eq!(response.status, status, "the key that {name}, {id}: {}", response.body);
    }
}

#[tokio::test]
async fn a_caller_without_any_right_does_not_reach_the_table() {
    let table = FakeTable::start(Reply::Empty).await;
    let api = Api::with_dynamodb(&table.url).await;
    let mut event = event("get-user/found");
    let mut status = async |context| {
        event["requestContext"]["authorizer"] = context;
        api.invoke("GetUserFunction", &event).await["statusCode"].clone()
    };
    assert_eq!(status(json!({ "key_id": "k", "account_id": "a" })).await, 403);
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "scopes": "users:write" })).await,
        403
    );
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "user_id": COLLEAGUE })).await,
        403
    );
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": " ", "scopes": "users:read:all" })).await,
        401
    );
    assert_eq!(table.requests().len(), 0);
    assert_eq!(
        status(json!({ "key_id": "k", "account_id": "a", "scopes": "users:read" })).await,
        404
    );
    assert_eq!(table.requests().len(), 1);
}

/// A caller of the account `acc_1`.
fn caller(user_id: Option<&str>, scopes: &str) -> Result<Caller, InvalidCaller> {
    Caller::parse(AuthorizerContext {
        key_id: "key_1".into(),
        account_id: "acc_1".into(),
        user_id: user_id.map(Into::into),
        scopes: Some(scopes.into()),
    })
}

const ALL: [&str; 6] = ["acc_1", "ACC_1", "acc_11", "acc_2", "acc_", ""];

/// The accounts in which a caller of `acc_1` may read the user.
fn readable(user_id: Option<&str>, scopes: &str, id: &str) -> Vec<&'static str> {
    let caller = caller(user_id, scopes).unwrap();
    let Some(grant) = caller.grant(UserId::parse(id).unwrap()) else { return vec![] };
    ALL.into_iter().filter(|account_id| grant.covers(account_id)).collect()
}

#[test]
fn each_scope_grants_what_it_says() {
    assert_eq!(readable(None, "", "user_1"), [""; 0]);
    assert_eq!(readable(None, "users:read", "user_1"), ["acc_1"]);
    assert_eq!(readable(None, "users:read:all", "user_1"), ALL);
    assert_eq!(readable(None, "users:read users:read:all", "user_1"), ALL);
    assert_eq!(readable(None, "  users:read  users:read ", "user_1"), ["acc_1"]);
}

#[test]
fn a_key_of_a_user_reads_only_that_user() {
    assert_eq!(readable(Some("user_a"), "", "user_a"), ALL);
    for other in ["user_A", "user_b", "user_aa"] {
        assert_eq!(readable(Some("user_a"), "", other), [""; 0], "{other}");
        assert_eq!(readable(Some(other), "", "user_a"), [""; 0], "{other}");
    }
}

#[test]
fn a_key_of_a_user_with_a_scope_reads_that_user_and_what_the_scope_grants() {
    assert_eq!(readable(Some("user_a"), "users:read", "user_a"), ALL);
    assert_eq!(readable(Some("user_a"), "users:read", "user_b"), ["acc_1"]);
    assert_eq!(readable(Some("user_a"), "users:read:all", "user_b"), ALL);
}

#[test]
fn a_scope_that_does_not_match_exactly_grants_nothing() {
    for scopes in [
        "USERS:READ",
        "users:read,users:read:all",
        "users:read\tusers:read:all",
        "users:rea",
        "users:read:",
        "users:read:all:",
        "users:*",
        "\"users:read\"",
        "users:read\u{a0}",
    ] {
        assert_eq!(readable(None, scopes, "user_1"), [""; 0], "{scopes:?}");
    }
}

#[test]
fn an_empty_user_id_is_none_and_a_malformed_one_is_an_error() {
    assert_eq!(readable(Some(""), "", "user_1"), [""; 0]);
    for bad in [" ", "user_1 ", "john", "user_"] {
        assert_eq!(caller(Some(bad), "users:read:all"), Err(InvalidCaller::UserId), "{bad:?}");
    }
}

#[test]
fn a_required_value_of_another_form_is_an_error() {
    for bad in ["", " ", "\t", "acc 1", " acc_1", "acc_\n", "acc_é", &"a".repeat(129)] {
        let context = |key_id: &str, account_id: &str| AuthorizerContext {
            key_id: key_id.into(),
            account_id: account_id.into(),
            user_id: None,
            scopes: None,
        };
        let error = |name| Err(InvalidCaller::Identifier(name));
        assert_eq!(Caller::parse(context("key_1", bad)), error("account_id"), "{bad:?}");
        assert_eq!(Caller::parse(context(bad, "acc_1")), error("key_id"), "{bad:?}");
    }
}

#[test]
fn an_id_has_the_prefix_and_1_to_64_letters_or_digits() {
    for good in ["user_1", "user_aZ09", &format!("user_{}", "x".repeat(64))] {
        assert_eq!(UserId::parse(good).unwrap().as_str(), good);
    }
}

#[test]
fn anything_else_is_an_error() {
    let too_long = format!("user_{}", "x".repeat(65));
    for bad in [
        "", "user", "user_", "User_1", "usr_1", "user_1 ", " user_1", "user_1\n", "user_a_b",
        "user_a-b", "user_é", "user_１", "user_1/2", "user_%31", "user_\0", "..", &too_long,
    ] {
        assert_eq!(UserId::parse(bad), Err(InvalidUserId), "{bad:?}");
    }
}

#[tokio::test]
async fn an_authorizer_context_of_another_form_is_401() {
    let api = Api::start().await;
    let mut event = event("get-user/found");
    for authorizer in [
        "null",
        "true",
        "7",
        "\"key_1\"",
        "[]",
        r#"["key_1", "acc_1", null, "users:read:all"]"#,
        "{}",
        r#"{"key_id": 7, "account_id": "acc_1"}"#,
        r#"{"key_id": "key_1", "account_id": true}"#,
        r#"{"key_id": "key_1", "account_id": null}"#,
        r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": 1}"#,
        r#"{"key_id": "key_1", "account_id": "acc_1", "scopes": ["users:read:all"]}"#,
        r#"{"lambda": {"key_id": "key_1", "account_id": "acc_1"}}"#,
    ] {
        event["requestContext"]["authorizer"] = serde_json::from_str::<Value>(authorizer).unwrap();
        let response = api.invoke("GetUserFunction", &event).await;
        assert_eq!(response["statusCode"], 401, "{authorizer}");
        assert_eq!(response["headers"]["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_list_in_the_place_of_a_context_in_payload_format_2_0_is_401() {
    let api = Api::start().await;
    let mut event = event("get-user/payload-2.0");
    event["requestContext"]["authorizer"]["lambda"] =
        json!(["key_1", "acc_1", null, "users:read:all"]);
    assert_eq!(api.invoke("GetUserFunction", &event).await["statusCode"], 401);
}
