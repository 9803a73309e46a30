//! Revokes a key.

use std::{collections::HashSet, time::SystemTime};

use anyhow::{Result, bail};
use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError, types::ReturnValuesOnConditionCheckFailure::AllOld,
};
use credira_users::{api_key_record::ApiKeyRecord, caller::KeyId};

use super::{
    Item, Keys, MAX_ATTEMPTS, oldest_first, partition_key, pause_before, record, string,
    string_value,
};
use crate::issue::{rfc3339, seconds};

/// A key that is revoked.
#[derive(Debug)]
pub struct Revoked {
    /// The key's ID.
    pub key_id: KeyId,
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
        let item = self.item(key_id).await?;
        let revoked_time = self.set_revoked_time(key_id, &item).await?;
        let still_working = match string(&item, "account_id") {
            Some(account_id) => self.still_working(key_id, account_id).await,
            None => Ok(Vec::new()),
        };
        Ok(Revoked { key_id: key_id.clone(), revoked_time, still_working })
    }

    /// Returns the time when the key was revoked.
    async fn set_revoked_time(&self, key_id: &KeyId, item: &Item) -> Result<String> {
        for attempt in 0..MAX_ATTEMPTS {
            pause_before(attempt).await?;
            let now = rfc3339(seconds(SystemTime::now()));
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .set_key(partition_key(item))
                .update_expression("SET revoked_time = :now")
                .condition_expression(
                    "attribute_exists(key_hash) AND NOT attribute_type(revoked_time, :string)",
                )
                .expression_attribute_values(":now", string_value(&now))
                .expression_attribute_values(":string", string_value("S"))
                .return_values_on_condition_check_failure(AllOld)
                .send()
                .await;
            let Err(error) = update else { return Ok(now) };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    return match failure.item().and_then(|item| string(item, "revoked_time")) {
                        Some(time) => Ok(time.to_owned()),
                        None => bail!("{} was deleted in the meantime", key_id.as_str()),
                    };
                }
                Some(UpdateItemError::TransactionConflictException(_)) => {}
                _ => return Err(self.failed(error)),
            }
        }
        bail!("{} is being changed by another request: retry later", key_id.as_str())
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
