//! Replaces a key by its successor.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};
use credira_users::{api_key_record::ApiKeyRecord, dynamodb::END_OF_9999};

use super::{Keys, MAX_ATTEMPTS, failure::is, pause_before};
use crate::{
    error::Error,
    issue::{Issued, issue, seconds, successor_of},
    item::attributes,
};

impl Keys {
    /// Creates a key's successor, with the same rights and lifetime, and lets the old key expire
    /// after `overlap` at the latest. Returns the successor and the old key's record. Of many
    /// simultaneous rotations only one succeeds.
    ///
    /// # Errors
    /// The key does not exist, is inactive or was already rotated; or there was no response, so
    /// the successor may or may not have been created.
    pub async fn rotate(
        &self,
        key_id: &str,
        overlap: Duration,
    ) -> Result<(Issued, ApiKeyRecord), Error> {
        let (key_hash, _) = self.locate(key_id).await?;
        for attempt in 0..MAX_ATTEMPTS {
            pause_before(attempt).await?;
            let old = self.get(&key_hash).await?;
            let old = old.ok_or_else(|| Error::NoSuchKey(key_id.to_owned()))?;
            let now = SystemTime::now();
            if let Some(successor_id) = &old.successor_id {
                return Err(self.already_rotated(&old, successor_id).await);
            }
            old.check(now).map_err(|cause| Error::Inactive { key_id: key_id.to_owned(), cause })?;
            let issued = issue(successor_of(&old, now))?;
            let end = now.checked_add(overlap).map_or(END_OF_9999, seconds);
            let end = old.expires_at.map_or(end, |expires_at| expires_at.min(end));
            match self.replace(&old, &issued.record, end).await {
                Ok(()) => {
                    let successor_id = Some(issued.record.key_id.clone());
                    let old = ApiKeyRecord { expires_at: Some(end), successor_id, ..old };
                    return Ok((issued, old));
                }
                // The next attempt reads the old key again, and finds the reason or succeeds.
                Err(error) if is(&error, is_conflict) => {}
                Err(error) => return Err(self.not_created(error, issued.record.key_id)),
            }
        }
        Err(Error::Busy(key_id.to_owned()))
    }

    /// Makes both changes of a rotation in one transaction. The old key must be neither rotated
    /// nor revoked.
    async fn replace(
        &self,
        old: &ApiKeyRecord,
        successor: &ApiKeyRecord,
        end: u64,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(attributes(successor)))
            .condition_expression("attribute_not_exists(key_hash)")
            .build()?;
        let successor_id = AttributeValue::S(successor.key_id.clone());
        let update = Update::builder()
            .table_name(&self.table)
            .key("key_hash", AttributeValue::S(old.key_hash.clone()))
            .update_expression("SET successor_id = :successor_id, expires_at = :end")
            .condition_expression(
                "attribute_exists(key_hash) AND NOT attribute_type(successor_id, :string) \
                 AND NOT attribute_type(revoked_time, :string)",
            )
            .expression_attribute_values(":successor_id", successor_id)
            .expression_attribute_values(":end", AttributeValue::N(end.to_string()))
            .expression_attribute_values(":string", AttributeValue::S("S".to_owned()))
            .build()?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build())
            .send()
            .await?;
        Ok(())
    }
}

/// Whether a transaction was cancelled because another request changed the key.
fn is_conflict(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else {
        return false;
    };
    canceled.cancellation_reasons().iter().any(|reason| {
        matches!(reason.code(), Some("ConditionalCheckFailed" | "TransactionConflict"))
    })
}
