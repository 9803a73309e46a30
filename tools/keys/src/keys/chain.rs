//! The chain of keys that rotations make: each key names its successor.

use std::{
    collections::{HashMap, HashSet},
    time::SystemTime,
};

use credira_users::api_key_record::ApiKeyRecord;

use super::{Item, Keys, oldest_first, record, string};
use crate::error::Error;

impl Keys {
    /// The keys that still work, of those that rotations connect with this key. Oldest first.
    pub(super) async fn still_working(
        &self,
        key_id: &str,
        account_id: &str,
    ) -> Result<Vec<ApiKeyRecord>, Error> {
        let items = self.items_of(account_id).await?;
        let mut chain = HashSet::from([key_id]);
        let mut length = 0;
        while length < chain.len() {
            length = chain.len();
            for (key_id, successor_id) in rotations(&items) {
                if chain.contains(key_id) || chain.contains(successor_id) {
                    chain.extend([key_id, successor_id]);
                }
            }
        }
        let now = SystemTime::now();
        // Without this key, because it is revoked.
        let is_connected =
            |item: &&Item| string(item, "key_id").is_some_and(|id| chain.contains(id));
        // A key with a malformed record does not work.
        let others = items.iter().filter(is_connected).filter_map(|item| record(item.clone()).ok());
        let mut others: Vec<_> = others.filter(|record| record.check(now).is_ok()).collect();
        oldest_first(&mut others);
        Ok(others)
    }

    /// The error for a key that was already rotated. What to do depends on the last key of the
    /// chain.
    pub(super) async fn already_rotated(&self, old: &ApiKeyRecord, successor_id: &str) -> Error {
        let items = match self.items_of(&old.account_id).await {
            Ok(items) => items,
            Err(error) => return error,
        };
        let successors: HashMap<_, _> = rotations(&items).collect();
        let mut last = successor_id;
        // Not forever, should somebody have made a circle.
        for _ in &successors {
            last = successors.get(last).unwrap_or(&last);
        }
        let (key_id, successor_id) = (old.key_id.clone(), last.to_owned());
        let item = items.iter().find(|item| string(item, "key_id") == Some(last));
        let cause = match item.map(|item| record(item.clone())) {
            None => "deleted".to_owned(),
            Some(Err(_)) => "malformed".to_owned(),
            Some(Ok(record)) => match record.check(SystemTime::now()) {
                Ok(()) => return Error::Rotated { key_id, successor_id },
                Err(cause) => cause.to_string(),
            },
        };
        Error::SuccessorInactive { key_id, successor_id, cause }
    }

    /// The items of an account's keys, with every earlier change, which the index may not have yet.
    async fn items_of(&self, account_id: &str) -> Result<Vec<Item>, Error> {
        let mut pages = self.scan("account_id", account_id).into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            items.push(item.map_err(|error| self.failed(error))?);
        }
        Ok(items)
    }
}

/// The IDs of each key that was rotated, and of its successor.
fn rotations(items: &[Item]) -> impl Iterator<Item = (&str, &str)> {
    items.iter().filter_map(|item| Some((string(item, "key_id")?, string(item, "successor_id")?)))
}
