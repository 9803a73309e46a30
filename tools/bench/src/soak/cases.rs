//! The requests, and the response to each: the README's rules, written a second time.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use fastrand::Rng;
use serde_json::Value;

use super::{
    demo::{self, Credential, User},
    expectation::{self, Error, Expectation},
};

const MISSING_USER: &str = "user_000000000";
const MALFORMED_IDS: [&str; 5] = ["john.doe", "user_", "user_%31", "user_1-2", "USER_123456789"];
const OTHER_PATHS: [&str; 4] = ["/", "/v1/users", "/v1/users/user_123456789/x", "/v2/users/user_1"];
const OTHER_METHODS: [&str; 6] = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"];

/// A request, and what its response must be.
pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The name of its credential.
    pub(crate) credential: String,
    pub(crate) expectation: Expectation,
}

/// What the cases are drawn from.
pub(crate) struct Cases {
    accepted: Vec<Credential>,
    denied: Vec<Credential>,
    users: BTreeMap<String, User>,
    /// The users' entity tags, once they are known.
    etags: BTreeMap<String, String>,
}

impl Cases {
    pub(crate) fn new() -> Result<Self> {
        let (accepted, denied) = demo::credentials()?;
        Ok(Self { accepted, denied, users: demo::users()?, etags: BTreeMap::new() })
    }

    /// One request for each user, with a key that may read all of them.
    pub(crate) fn every_user(&self) -> Result<Vec<Case>> {
        let mut credentials = self.accepted.iter();
        let reads_everyone = credentials.find(|credential| credential.name == "reads everyone");
        let credential = reads_everyone.context("no such demo key")?;
        let case = |id| self.case("GET", format!("/v1/users/{id}"), credential, None);
        Ok(self.users.keys().map(case).collect())
    }

    /// Sets the entity tag that the user of this path must have from now on.
    pub(crate) fn set_etag(&mut self, path: &str, etag: &str) {
        if let Some(id) = path.rsplit('/').next() {
            self.etags.insert(id.to_owned(), etag.to_owned());
        }
    }

    /// A random request. Most have a good key and a good ID, so that they reach both tables.
    pub(crate) fn draw(&self, rng: &mut Rng) -> Option<Case> {
        let method = match rng.u8(..10) {
            0 => rng.choice(OTHER_METHODS)?,
            1 | 2 => "HEAD",
            _ => "GET",
        };
        let path = match rng.u8(..20) {
            0 => rng.choice(OTHER_PATHS)?.to_owned(),
            1 => format!("/v1/users/{}/", rng.choice(self.users.keys())?),
            2 | 3 => format!("/v1/users/{}", rng.choice(MALFORMED_IDS)?),
            4 | 5 => format!("/v1/users/{MISSING_USER}"),
            _ => format!("/v1/users/{}", rng.choice(self.users.keys())?),
        };
        let if_none_match = match rng.u8(..8) {
            0 => Some("*".to_owned()),
            1 => Some(format!("\"0\", {}", rng.choice(self.etags.values())?)),
            _ => None,
        };
        let credentials = if rng.u8(..5) == 0 { &self.denied } else { &self.accepted };
        Some(self.case(method, path, rng.choice(credentials)?, if_none_match))
    }

    fn case(
        &self,
        method: &'static str,
        path: String,
        credential: &Credential,
        if_none_match: Option<String>,
    ) -> Case {
        let id = path.strip_prefix("/v1/users/");
        let id = id.filter(|id| !id.trim_end_matches('/').contains('/'));
        let is_read = matches!(method, "GET" | "HEAD");
        let user = match id {
            None => Err(expectation::NO_ROUTE),
            Some(id) if is_read => self.read(id, credential),
            Some(id) if id.ends_with('/') => Err(expectation::NO_ROUTE),
            Some(_) => Err(expectation::NO_METHOD),
        };
        let etag = id.and_then(|id| self.etags.get(id).cloned());
        let is_unchanged = if_none_match.as_ref().is_some_and(|list| {
            list == "*" || etag.as_ref().is_some_and(|etag| list.ends_with(etag))
        });
        let uses_authorizer = id.is_some() && is_read;
        let expectation = Expectation {
            is_head: method == "HEAD",
            result: user.map(|user| (!is_unchanged).then_some(user)),
            etag,
            uses_table: uses_authorizer && credential.is_looked_up,
        };
        let authorization = credential.headers.iter().map(|it| ("authorization", it.clone()));
        let condition = if_none_match.map(|it| ("if-none-match", it));
        let headers = authorization.chain(condition).collect();
        Case { method, path, headers, credential: credential.name.clone(), expectation }
    }

    /// What a `GET` with this credential shows. The first rule that fails decides.
    fn read(&self, id: &str, credential: &Credential) -> Result<Value, Error> {
        let caller = credential.caller.as_ref().ok_or(expectation::UNAUTHORIZED)?;
        if id.ends_with('/') {
            return Err(expectation::NO_ROUTE);
        }
        if MALFORMED_IDS.contains(&id) {
            return Err(expectation::INVALID_ID);
        }
        let has_scope = |name| caller.scopes.iter().any(|scope| scope == name);
        let may_read_it = caller.user_id.as_deref() == Some(id) || has_scope("users:read:all");
        if !may_read_it && !has_scope("users:read") {
            return Err(expectation::FORBIDDEN);
        }
        let user = self.users.get(id).ok_or(expectation::NO_USER)?;
        if !may_read_it && user.account_id != caller.account_id {
            return Err(expectation::FORBIDDEN);
        }
        user.data().ok_or(expectation::INTERNAL)
    }
}
