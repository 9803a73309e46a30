//! Revokes a key.

use std::{collections::HashSet, time::SystemTime};

use anyhow::Result;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError::{
    ConditionalCheckFailedException, TransactionConflictException,
};
use credira_users::{api_key_record::ApiKeyRecord, id::KeyId};

use super::{Keys, oldest_first, partition_key, record, string, string_value};
use crate::values::{now, rfc3339};

/// What is known of a key that is revoked.
#[derive(Debug)]
pub struct Revoked {
    /// When it was revoked, RFC 3339.
    pub revoked_time: String,
    /// The other keys of its rotations that still work, oldest first, if they could be read.
    pub still_working: Result<Vec<ApiKeyRecord>>,
}

impl Keys {
    /// Revokes a key, even one whose record is malformed. A key that is already revoked keeps its
    /// time.
    ///
    /// # Errors
    /// The key does not exist, or could not be changed.
    pub async fn revoke(&self, key_id: &KeyId) -> Result<Revoked> {
        let change = self.change(key_id, async |item| {
            let account_id = string(&item, "account_id").map(str::to_owned);
            if let Some(revoked_time) = string(&item, "revoked_time") {
                return Ok(Some((revoked_time.to_owned(), account_id)));
            }
            let now = rfc3339(now());
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(partition_key(&item))
                .update_expression("SET revoked_time = :now")
                .condition_expression(
                    "attribute_exists(key_hash) AND NOT attribute_type(revoked_time, :string)",
                )
                .expression_attribute_values(":now", string_value(&now))
                .expression_attribute_values(":string", string_value("S"))
                .send()
                .await;
            match update {
                Ok(_) => Ok(Some((now, account_id))),
                Err(error) => match error.as_service_error() {
                    Some(ConditionalCheckFailedException(_) | TransactionConflictException(_)) => {
                        Ok(None)
                    }
                    _ => Err(self.failed(error)),
                },
            }
        });
        let (revoked_time, account_id) = change.await?;
        let still_working = match account_id {
            Some(account_id) => self.still_working(key_id, &account_id).await,
            None => Ok(Vec::new()),
        };
        Ok(Revoked { revoked_time, still_working })
    }

    /// The keys that still work, of those that rotations connect with this key. Oldest first.
    async fn still_working(&self, key_id: &KeyId, account_id: &str) -> Result<Vec<ApiKeyRecord>> {
        let items = self.items("account_id", account_id).await?;
        let mut chain = HashSet::from([key_id.as_str()]);
        let mut length = 0;
        while length < chain.len() {
            length = chain.len();
            for item in &items {
                let pair = [string(item, "key_id"), string(item, "successor_id")];
                if let [Some(key_id), Some(successor_id)] = pair
                    && (chain.contains(key_id) || chain.contains(successor_id))
                {
                    chain.extend([key_id, successor_id]);
                }
            }
        }
        let now = SystemTime::now();
        // A key with a malformed record does not work.
        let mut others: Vec<_> =
            items.iter().filter_map(|item| record(item.clone()).ok()).collect();
        others.retain(|other| chain.contains(other.key_id.as_str()) && other.check(now).is_ok());
        oldest_first(&mut others);
        Ok(others)
    }
}
