//! Who asks, and which users it may read.

use serde::{Deserialize, Serialize};

use crate::{user::User, user_id::UserId};

const READ_ACCOUNT: &str = "users:read";
const READ_ALL: &str = "users:read:all";
const MAX_LENGTH: usize = 128;

/// The context that an authorizer hands over: the contract between the two functions. API Gateway
/// passes every value as a string.
#[derive(Deserialize, Serialize)]
pub struct AuthorizerContext {
    /// Names the key in logs; never the key itself. Required.
    pub key_id: String,
    /// The account that the key belongs to. Required.
    pub account_id: String,
    /// The user that the key belongs to, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// What the key may do, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
}

/// A caller that the authorizer vouches for.
#[derive(Debug, PartialEq, Eq)]
pub struct Caller {
    key_id: String,
    account_id: String,
    user_id: Option<UserId>,
    reads_account: bool,
    reads_all: bool,
}

/// The authorizer's context names no caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCaller {
    /// A required value is blank, too long, or has white space or control characters in it.
    #[error("`{0}` is not an identifier of 1 to 128 visible ASCII characters")]
    Identifier(&'static str),
    /// `user_id` is there and is no user ID.
    #[error("`user_id` is no user ID")]
    UserId,
}

impl Caller {
    /// Takes the context at its word, and only what is spelled exactly: a scope in other
    /// letters, or separated by anything but spaces, grants nothing.
    pub fn parse(context: AuthorizerContext) -> Result<Self, InvalidCaller> {
        let scopes = context.scopes.unwrap_or_default();
        let has_scope = |name: &str| scopes.split(' ').any(|scope| scope == name);
        Ok(Self {
            key_id: identifier("key_id", context.key_id)?,
            account_id: identifier("account_id", context.account_id)?,
            // An authorizer that always sends all values sends an empty one for "none".
            user_id: match context.user_id.as_deref() {
                None | Some("") => None,
                Some(text) => Some(UserId::parse(text).map_err(|_| InvalidCaller::UserId)?),
            },
            reads_account: has_scope(READ_ACCOUNT),
            reads_all: has_scope(READ_ALL),
        })
    }

    /// The key's name, for the log.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Decides, before any table is asked, whether this caller may ask for the user at all.
    pub fn grant(&self, id: UserId) -> Option<Grant<'_>> {
        let reach = if self.reads_all || self.user_id.as_ref() == Some(&id) {
            Reach::Anyone
        } else if self.reads_account {
            Reach::Account(&self.account_id)
        } else {
            return None;
        };
        Some(Grant { id, reach })
    }
}

/// The right to look up one user. Only a [`Caller`] gives it, and the table takes nothing else.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    id: UserId,
    reach: Reach<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Reach<'a> {
    Anyone,
    Account(&'a str),
}

impl Grant<'_> {
    /// The user that may be looked up.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// Whether the user that was found may be shown: not one of another account.
    pub fn covers(&self, user: &User) -> bool {
        match self.reach {
            Reach::Anyone => true,
            Reach::Account(account_id) => user.account_id == account_id,
        }
    }
}

fn identifier(name: &'static str, value: String) -> Result<String, InvalidCaller> {
    let fits = (1..=MAX_LENGTH).contains(&value.len());
    if fits && value.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(value)
    } else {
        Err(InvalidCaller::Identifier(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(user_id: Option<&str>, scopes: &str) -> Result<Caller, InvalidCaller> {
        Caller::parse(AuthorizerContext {
            key_id: "key_1".into(),
            account_id: "acc_1".into(),
            user_id: user_id.map(Into::into),
            scopes: Some(scopes.into()),
        })
    }

    fn reach(user_id: Option<&str>, scopes: &str, id: &str) -> Option<String> {
        let caller = caller(user_id, scopes).unwrap();
        let grant = caller.grant(UserId::parse(id).unwrap())?;
        Some(format!("{:?}", grant.reach))
    }

    #[test]
    fn each_scope_reaches_as_far_as_it_says() {
        assert_eq!(reach(None, "", "user_1"), None);
        assert_eq!(reach(None, "users:read", "user_1").unwrap(), r#"Account("acc_1")"#);
        assert_eq!(reach(None, "users:read:all", "user_1").unwrap(), "Anyone");
        assert_eq!(reach(None, "users:read users:read:all", "user_1").unwrap(), "Anyone");
        assert_eq!(
            reach(None, "  users:read  users:read ", "user_1").unwrap(),
            r#"Account("acc_1")"#
        );
    }

    #[test]
    fn a_key_of_a_user_reads_that_user_only() {
        assert_eq!(reach(Some("user_1"), "", "user_1").unwrap(), "Anyone");
        assert_eq!(reach(Some("user_1"), "", "user_2"), None);
        assert_eq!(reach(Some("user_1"), "", "user_11"), None);
    }

    #[test]
    fn a_scope_that_is_not_spelled_exactly_grants_nothing() {
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
            assert_eq!(reach(None, scopes, "user_1"), None, "{scopes:?}");
        }
    }

    #[test]
    fn an_empty_user_id_is_none_and_a_malformed_one_is_refused() {
        assert_eq!(caller(Some(""), "").unwrap().user_id, None);
        for bad in [" ", "user_1 ", "john", "user_"] {
            assert_eq!(caller(Some(bad), "users:read:all"), Err(InvalidCaller::UserId), "{bad:?}");
        }
    }

    #[test]
    fn a_required_value_that_is_blank_or_odd_is_refused() {
        for bad in ["", " ", "\t", "acc 1", " acc_1", "acc_\n", "acc_é", &"a".repeat(129)] {
            let context = |key_id: &str, account_id: &str| AuthorizerContext {
                key_id: key_id.into(),
                account_id: account_id.into(),
                user_id: None,
                scopes: None,
            };
            let blank = |name| Err(InvalidCaller::Identifier(name));
            assert_eq!(Caller::parse(context("key_1", bad)), blank("account_id"), "{bad:?}");
            assert_eq!(Caller::parse(context(bad, "acc_1")), blank("key_id"), "{bad:?}");
        }
    }
}
