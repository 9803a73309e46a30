//! `get-user` with an item of the table of users. The input is the item as DynamoDB's JSON.
#![no_main]

use std::cell::RefCell;

use credira_fuzz::{
    function::{Function, Outcome},
    get_user,
    item::{Attribute, Item},
    mark::MARK,
};
use credira_users::get_user::GetUser;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;

thread_local! {
    static ITEM: RefCell<String> = RefCell::default();
    static FUNCTION: Function<GetUser> =
        get_user::start(|_| Some(ITEM.with_borrow(String::clone)));
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(mut item) = serde_json::from_slice::<Item>(data) else { return Corpus::Reject };
    if json(&item).contains(MARK) {
        return Corpus::Reject;
    }
    get(&item);
    item.iter_mut().filter(|(name, _)| *name != "id").for_each(|(_, value)| value.mark());
    get(&item).assert_no_mark();
    Corpus::Keep
});

/// Requests the user, as a caller that may read every user.
fn get(item: &Item) -> Outcome {
    ITEM.set(json(item));
    let id = match item.get("id") {
        Some(Attribute::S(id)) => id,
        _ => "user_1",
    };
    let caller = json!({ "key_id": "key_1", "account_id": "acc_1", "scopes": "users:read:all" });
    let event = json!({
        "httpMethod": "GET",
        "path": "/v1/users/id",
        "pathParameters": { "id": id },
        "requestContext": { "requestId": "1", "authorizer": caller },
    });
    FUNCTION.with(|function| get_user::invoke(function, &event.to_string()))
}

fn json(item: &Item) -> String {
    serde_json::to_string(item).expect("an item is JSON")
}
