//! The form of a user ID.
#![no_main]

use credira_fuzz::model;
use credira_users::user_id::UserId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let id = UserId::parse(text);
    assert_eq!(id.is_ok(), model::is_user_id(text));
    if let Ok(id) = id {
        assert_eq!(id.as_str(), text);
        assert_eq!(serde_json::to_string(&id).ok(), serde_json::to_string(text).ok());
    }
});
