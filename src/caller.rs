//! The caller of the API, and which users it may read.

use serde::{Deserialize, Serialize};

use crate::{
    id::{AccountId, KeyId},
    user_id::UserId,
};

const READ_ACCOUNT: &str = "users:read";
const READ_ALL: &str = "users:read:all";

/// The authorizer context: the contract between the two functions. API Gateway passes every value
/// as a string.
#[derive(Deserialize, Serialize)]
pub struct AuthorizerContext {
    /// The key's ID, for logs; never the key itself. Required.
    pub key_id: String,
    /// The account that the key belongs to. Required.
    pub account_id: String,
    /// The user that the key belongs to, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The key's scopes, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<String>,
    /// The authorizer's ID of the request, if its event had none of the gateway's. API Gateway always
    /// sends one; emulators may not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A caller that the authorizer has authenticated.
#[derive(Debug, PartialEq, Eq)]
pub struct Caller {
    key_id: KeyId,
    account_id: AccountId,
    user_id: Option<UserId>,
    reads_account: bool,
    reads_all: bool,
}

/// The authorizer context does not identify a caller: this value is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not 1 to 128 visible ASCII characters, or not a user ID")]
pub struct InvalidCaller(&'static str);

impl Caller {
    /// Reads the authorizer context. A value of another form is an error. Scopes must match exactly:
    /// one in another case, or separated by anything but a space, grants nothing.
    pub fn parse(context: AuthorizerContext) -> Result<Self, InvalidCaller> {
        let scopes = context.scopes.unwrap_or_default();
        let has_scope = |name: &str| scopes.split(' ').any(|scope| scope == name);
        Ok(Self {
            key_id: KeyId::parse(context.key_id).map_err(|_| InvalidCaller("key_id"))?,
            account_id: AccountId::parse(context.account_id)
                .map_err(|_| InvalidCaller("account_id"))?,
            // Some authorizers send an empty value instead of none.
            user_id: match context.user_id.as_deref() {
                None | Some("") => None,
                Some(text) => Some(UserId::parse(text).map_err(|_| InvalidCaller("user_id"))?),
            },
            reads_account: has_scope(READ_ACCOUNT),
            reads_all: has_scope(READ_ALL),
        })
    }

    /// The key's ID, for the log.
    pub fn key_id(&self) -> &str {
        self.key_id.as_str()
    }

    /// The account that the key belongs to.
    pub fn account_id(&self) -> &str {
        self.account_id.as_str()
    }

    /// Decides, before the table is read, whether this caller may look up the user at all.
    pub fn grant(&self, id: UserId) -> Option<Grant<'_>> {
        let is_itself = self.user_id.as_ref() == Some(&id);
        let only_account = if self.reads_all || is_itself {
            None
        } else if self.reads_account {
            Some(self.account_id.as_str())
        } else {
            return None;
        };
        Some(Grant { id, only_account })
    }
}

/// The right to look up one user. Only [`Caller::grant`] creates it, and a lookup requires it.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    id: UserId,
    /// The account that the user must belong to; `None` for any.
    only_account: Option<&'a str>,
}

impl Grant<'_> {
    /// The user that may be looked up.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// Whether the user may be shown, by the account that it belongs to.
    pub fn covers(&self, account_id: &str) -> bool {
        self.only_account.is_none_or(|only| only == account_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A caller of the account `acc_1`.
    fn caller(user_id: Option<&str>, scopes: &str) -> Result<Caller, InvalidCaller> {
        Caller::parse(AuthorizerContext {
            key_id: "key_1".into(),
            account_id: "acc_1".into(),
            user_id: user_id.map(Into::into),
            scopes: Some(scopes.into()),
            request_id: None,
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
        assert_eq!(readable(Some("user_1"), "users:read", "user_1"), ALL);
        assert_eq!(readable(Some("user_1"), "users:read", "user_2"), ["acc_1"]);
        assert_eq!(readable(Some("user_1"), "users:read:all", "user_2"), ALL);
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
            assert_eq!(
                caller(Some(bad), "users:read:all"),
                Err(InvalidCaller("user_id")),
                "{bad:?}"
            );
        }
    }
}
