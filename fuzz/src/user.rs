//! `get-user` with one item in its table, and the user that it must show for it.

use std::sync::{LazyLock, Mutex, PoisonError};

use credira_users::get_user::GetUser;
use regex_lite::Regex;
use serde_json::json;

use crate::{
    attribute::{self, Attribute, Item, Text},
    function::Function,
    get_user::{self, Response},
    leak, regex,
};

/// The user that is requested.
pub const ID: &str = "user_1";
/// The attributes that its item must have.
pub const REQUIRED: &[&str] = &["id", "email", "name", "account_id", "status", "created_time"];
const METADATA_KEYS: &[&str] = &["subscription_plan", "timezone", "language"];

static ITEM: Mutex<String> = Mutex::new(String::new());

thread_local! {
    static FUNCTION: Function<GetUser> =
        get_user::start(|_| Some(ITEM.lock().unwrap_or_else(PoisonError::into_inner).clone()));
}

/// RFC 3339, without a leap second and without the last days of a month.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    let date = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
    let time = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?";
    regex(&format!("^{date}T{time}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"))
});

/// What may be another time of RFC 3339, about which implementations differ.
static MAYBE_TIME: LazyLock<Regex> =
    LazyLock::new(|| regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}[^0-9][0-9]{2}:[0-9]{2}:[0-9]{2}"));

/// Compares the response to a request for the user with the item in the table.
pub fn check(item: &Item) {
    if has_unclear_time(item) {
        return;
    }
    let Response { status, body, log, .. } = get(item);
    let strings = item.values().filter(|value| matches!(value, Attribute::S(_)));
    let strings: Vec<_> = strings.filter_map(|value| value.json(&[])).collect();
    leak::check(&strings, &[&log], |_| false);
    let Some(expected) = user(item) else {
        assert_eq!(status, 500, "{body}");
        return;
    };
    assert_eq!(status, 200, "{body}");
    assert_eq!(data(&body), expected);
    // What was written is read and written as the same.
    let written = serde_json::from_str(&expected).expect("the user is JSON");
    let Some(Attribute::M(again)) = attribute::from_json(written) else { panic!("{expected}") };
    assert_eq!(data(&get(&again).body), expected);
}

fn has_unclear_time(item: &Item) -> bool {
    item.values().any(|value| match value {
        Attribute::S(text) => MAYBE_TIME.is_match(&text.0) && !TIME.is_match(&text.0),
        Attribute::M(item) => has_unclear_time(item),
        _ => false,
    })
}

/// Requests the user while the table has this item.
fn get(item: &Item) -> Response {
    let json = serde_json::to_string(item).expect("the item is JSON");
    *ITEM.lock().unwrap_or_else(PoisonError::into_inner) = json;
    let caller = json!({ "key_id": "k", "account_id": "a", "scopes": "users:read:all" });
    let event = json!({
        "httpMethod": "GET",
        "path": format!("/v1/users/{ID}"),
        "pathParameters": { "id": ID },
        "requestContext": { "requestId": "1", "authorizer": caller },
    });
    let response = FUNCTION.with(|function| get_user::invoke(function, &event.to_string(), &event));
    response.expect("the event is a proxy event")
}

/// The `data` in the body of a 200.
fn data(body: &str) -> &str {
    let data = body.strip_prefix(r#"{"success":true,"data":"#);
    data.and_then(|data| data.rsplit_once(r#","meta":{"timestamp""#)).expect("the body has data").0
}

/// What an attribute must be.
#[derive(Clone, Copy)]
enum Kind {
    Required,
    RequiredTime,
    Optional,
    OptionalTime,
    Strings,
    Count,
    Stats,
    Metadata,
}

/// The API page, and README, "Tables".
const USER: &[(&str, Kind)] = &[
    ("id", Kind::Required),
    ("email", Kind::Required),
    ("name", Kind::Required),
    ("company", Kind::Optional),
    ("role", Kind::Optional),
    ("department", Kind::Optional),
    ("phone", Kind::Optional),
    ("account_id", Kind::Required),
    ("status", Kind::Required),
    ("created_time", Kind::RequiredTime),
    ("last_login", Kind::OptionalTime),
    ("permissions", Kind::Strings),
    ("activity_stats", Kind::Stats),
    ("metadata", Kind::Metadata),
];

const STATS: &[(&str, Kind)] = &[
    ("total_calls_made", Kind::Count),
    ("total_emails_sent", Kind::Count),
    ("total_callouts_created", Kind::Count),
    ("last_activity", Kind::OptionalTime),
];

/// The user as JSON, `None` if the item does not fit the schema.
fn user(item: &Item) -> Option<String> {
    let is_requested = item.get(&Text::from("id")) == Some(&Attribute::S(Text::from(ID)));
    object(USER, item).filter(|_| is_requested)
}

fn object(fields: &[(&str, Kind)], item: &Item) -> Option<String> {
    let members = fields.iter().map(|(name, kind)| {
        let value =
            item.get(&Text::from(*name)).filter(|value| !matches!(value, Attribute::Null(_)));
        Some(format!("\"{name}\":{}", member(*kind, value)?))
    });
    Some(format!("{{{}}}", members.collect::<Option<Vec<_>>>()?.join(",")))
}

fn member(kind: Kind, value: Option<&Attribute>) -> Option<String> {
    let is_string = |value: &Attribute| matches!(value, Attribute::S(_));
    match (kind, value) {
        (Kind::Required | Kind::RequiredTime, None) => None,
        (Kind::Optional | Kind::OptionalTime, None) => Some("null".to_owned()),
        (Kind::Strings, None) => Some("[]".to_owned()),
        (Kind::Count, None) => Some("0".to_owned()),
        (Kind::Stats, None) => object(STATS, &Item::new()),
        (Kind::Metadata, None) => Some("{}".to_owned()),
        (Kind::Required | Kind::Optional, Some(value)) => {
            value.json(&[]).filter(|_| is_string(value))
        }
        (Kind::RequiredTime | Kind::OptionalTime, Some(value @ Attribute::S(time))) => {
            value.json(&[]).filter(|_| TIME.is_match(&time.0))
        }
        (Kind::Strings, Some(Attribute::L(list))) if !list.iter().all(is_string) => None,
        (Kind::Strings, Some(value @ (Attribute::L(_) | Attribute::Ss(_)))) => value.json(&[]),
        (Kind::Count, Some(Attribute::N(number))) => number.count().map(|count| count.to_string()),
        (Kind::Stats, Some(Attribute::M(stats))) => object(STATS, stats),
        (Kind::Metadata, Some(value)) => value.json(METADATA_KEYS),
        (_, Some(_)) => None,
    }
}
