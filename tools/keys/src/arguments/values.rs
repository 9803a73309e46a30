//! The values of arguments.

use std::time::{Duration, SystemTime};

use credira_users::caller::{AuthorizerContext, Caller};

/// 1000 years of 365.25 days, so that every time is before the year 9999, where RFC 3339 ends.
const MAX_DURATION: Duration = Duration::from_secs(1000 * 31_557_600);

/// An account ID, by the rules of the API.
pub(super) fn account(text: &str) -> Result<String, &'static str> {
    let context = AuthorizerContext {
        key_id: "key_1".to_owned(),
        account_id: text.to_owned(),
        user_id: None,
        scopes: None,
    };
    match Caller::parse(context) {
        Ok(caller) => Ok(caller.account_id().to_owned()),
        Err(_) => Err("an account ID has 1 to 128 visible ASCII characters"),
    }
}

/// A region, which becomes a part of a host name.
pub(crate) fn region(text: &str) -> Result<String, &'static str> {
    let is_label = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if (1..=63).contains(&text.len()) && is_label {
        Ok(text.to_owned())
    } else {
        Err("a region has letters, digits and hyphens, such as eu-west-1")
    }
}

/// A scope. One that this API does not know is allowed.
pub(super) fn scope(text: &str) -> Result<String, &'static str> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
    if !text.is_empty() && is_plain {
        Ok(text.to_owned())
    } else {
        Err("a scope has visible ASCII characters and no comma; repeat --scope for more scopes")
    }
}

/// The lifetime of a key: at least one second.
pub(super) fn lifetime(text: &str) -> Result<Duration, &'static str> {
    match duration(text)? {
        duration if duration < Duration::from_secs(1) => Err("must be at least 1s"),
        duration => Ok(duration),
    }
}

/// A duration with its units.
pub(super) fn duration(text: &str) -> Result<Duration, &'static str> {
    match humantime::parse_duration(text) {
        Err(_) => Err("must be numbers with units, such as 30s, 12h or 90d"),
        Ok(duration) if duration > MAX_DURATION => Err("must be at most 1000 years"),
        Ok(duration) => Ok(duration),
    }
}

/// A time after now.
pub(super) fn future_time(text: &str) -> Result<SystemTime, &'static str> {
    match humantime::parse_rfc3339(text) {
        Err(_) => Err("must be a time in UTC, such as 2030-01-31T00:00:00Z"),
        Ok(time) if time <= SystemTime::now() => Err("must be in the future"),
        Ok(time) => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use credira_users::user_id::UserId;

    use crate::arguments::KNOWN_SCOPES;

    use super::*;

    #[test]
    fn the_known_scopes_are_those_of_the_api() {
        let grants = |scope: &str| {
            let context = AuthorizerContext {
                key_id: "key_1".into(),
                account_id: "acc_1".into(),
                user_id: None,
                scopes: Some(scope.into()),
            };
            let caller = Caller::parse(context).unwrap();
            caller.grant(UserId::parse("user_1").unwrap()).is_some()
        };
        assert!(KNOWN_SCOPES.into_iter().all(grants));
        assert!(!grants("users:write"));
    }
}
