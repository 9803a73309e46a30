//! Replaces a key by its successor.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use anyhow::{Result, anyhow};
use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem, Update},
};
use credira_users::{api_key_record::ApiKeyRecord, dynamodb::END_OF_9999, id::KeyId};

use super::{Item, Keys, partition_key, record, string, string_value};
use crate::{
    issue::{Issued, Purpose},
    values::now,
};

const CREATE: &str = "create a new key with `cargo keys create`";

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
        key_id: &KeyId,
        overlap: Duration,
    ) -> Result<(Issued, ApiKeyRecord)> {
        let change = self.change(key_id, async |item| {
            let old = record(item.clone())?;
            if let Some(successor_id) = &old.successor_id {
                return Err(self.already_rotated(&old, successor_id).await?);
            }
            old.check(SystemTime::now()).map_err(|cause| {
                anyhow!("{} no longer works ({cause}): {CREATE}", key_id.as_str())
            })?;
            let now = now();
            let issued = Purpose::of_successor(&old, now).issue()?;
            let end = now.saturating_add(overlap.as_secs()).min(END_OF_9999);
            let end = old.expires_at.map_or(end, |expires_at| expires_at.min(end));
            let successor_id = issued.record.key_id.as_str().to_owned();
            match self.replace(&item, issued.item()?, &successor_id, end).await {
                Ok(()) => {
                    let successor_id = Some(successor_id);
                    let old = ApiKeyRecord { expires_at: Some(end), successor_id, ..old };
                    Ok(Some((issued, old)))
                }
                Err(error) if error.as_service_error().is_some_and(is_conflict) => Ok(None),
                Err(error) => Err(self.not_created(error, &issued.record.key_id)),
            }
        });
        change.await
    }

    /// Makes both changes of a rotation in one transaction. The old key must be neither rotated
    /// nor revoked.
    async fn replace(
        &self,
        old: &Item,
        successor: Item,
        successor_id: &str,
        end: u64,
    ) -> Result<(), SdkError<TransactWriteItemsError>> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(successor))
            .condition_expression("attribute_not_exists(key_hash)")
            .build()?;
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(partition_key(old))
            .update_expression("SET successor_id = :successor_id, expires_at = :end")
            .condition_expression(
                "attribute_exists(key_hash) AND NOT attribute_type(successor_id, :string) \
                 AND NOT attribute_type(revoked_time, :string)",
            )
            .expression_attribute_values(":successor_id", string_value(successor_id))
            .expression_attribute_values(":end", AttributeValue::N(end.to_string()))
            .expression_attribute_values(":string", string_value("S"))
            .build()?;
        self.client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().put(put).build())
            .transact_items(TransactWriteItem::builder().update(update).build())
            .send()
            .await?;
        Ok(())
    }

    /// The error for a key that was already rotated. What to do depends on the last key of the
    /// chain, in which each key names its successor.
    async fn already_rotated(
        &self,
        old: &ApiKeyRecord,
        successor_id: &str,
    ) -> Result<anyhow::Error> {
        let items = self.items("account_id", old.account_id.as_str()).await?;
        let by_id: HashMap<_, _> =
            items.iter().filter_map(|item| Some((string(item, "key_id")?, item))).collect();
        let mut last = successor_id;
        // Not forever, should somebody have made a circle.
        for _ in &items {
            let successor_id = by_id.get(last).and_then(|item| string(item, "successor_id"));
            last = successor_id.unwrap_or(last);
        }
        let state = match by_id.get(last).map(|item| record((*item).clone())) {
            None => "deleted".to_owned(),
            Some(Err(_)) => "malformed".to_owned(),
            Some(Ok(record)) => {
                let check = record.check(SystemTime::now());
                check.map_or_else(|cause| cause.to_string(), |()| "active".to_owned())
            }
        };
        let advice = if state == "active" {
            format!("if that key is lost, rotate {last}")
        } else {
            CREATE.to_owned()
        };
        let old = old.key_id.as_str();
        Ok(anyhow!("{old} was already rotated: its latest successor is {last} ({state}): {advice}"))
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
