//! `get-user` with an item of the table of users. The input is the item as DynamoDB's JSON.
#![no_main]

use std::cell::RefCell;

use credira_fuzz::{
    function::{Function, Outcome},
    get_user,
    leak::{MARK, mark_strings},
};
use credira_users::get_user::GetUser;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Value, json};

thread_local! {
    static ITEM: RefCell<String> = RefCell::default();
    static FUNCTION: Function<GetUser> =
        get_user::start(|_| Some(ITEM.with_borrow(String::clone)));
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(Value::Object(mut item)) = serde_json::from_slice(data) else { return Corpus::Reject };
    let id = item.remove("id").unwrap_or_else(|| json!({ "S": "user_1" }));
    let mut item = Value::from(item);
    if item.to_string().contains(MARK) || is_not_an_item(&get(&id, item.clone())) {
        return Corpus::Reject;
    }
    mark_strings(&mut item);
    get(&id, item).assert_lacks(MARK);
    Corpus::Keep
});

/// The SDK cannot parse it.
fn is_not_an_item(outcome: &Outcome) -> bool {
    outcome.response.as_ref().is_ok_and(|response| response["statusCode"] == 503)
}

/// Requests the user, as a caller that may read every user.
fn get(id: &Value, mut item: Value) -> Outcome {
    item["id"] = id.clone();
    ITEM.set(item.to_string());
    let caller = json!({ "key_id": "key_1", "account_id": "acc_1", "scopes": "users:read:all" });
    let event = json!({
        "httpMethod": "GET",
        "path": "/v1/users/id",
        "pathParameters": { "id": id["S"].as_str().unwrap_or("user_1") },
        "requestContext": { "requestId": "1", "authorizer": caller },
    });
    FUNCTION.with(|function| get_user::invoke(function, &event.to_string()))
}
