//! Revokes a key.

use std::time::SystemTime;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use credira_users::api_key_record::ApiKeyRecord;

use super::{Keys, MAX_ATTEMPTS, pause_before};
use crate::{error::Error, issue::rfc3339};

/// A key that is revoked.
#[derive(Debug)]
pub struct Revoked {
    /// The key's ID.
    pub key_id: String,
    /// When it was revoked, RFC 3339.
    pub revoked_time: String,
    /// The other keys of its rotations that still work, oldest first, if they could be read.
    pub still_working: Result<Vec<ApiKeyRecord>, Error>,
}

impl Keys {
    /// Revokes a key, even one whose record is malformed. A key that is already revoked keeps its
    /// time.
    ///
    /// # Errors
    /// The key does not exist, or could not be changed.
    pub async fn revoke(&self, key_id: &str) -> Result<Revoked, Error> {
        let (key_hash, account_id) = self.locate(key_id).await?;
        let revoked_time = self.set_revoked_time(key_id, key_hash).await?;
        let still_working = match account_id {
            Some(account_id) => self.still_working(key_id, &account_id).await,
            None => Ok(Vec::new()),
        };
        Ok(Revoked { key_id: key_id.to_owned(), revoked_time, still_working })
    }

    /// Returns the time when the key was revoked.
    async fn set_revoked_time(&self, key_id: &str, key_hash: String) -> Result<String, Error> {
        for attempt in 0..MAX_ATTEMPTS {
            pause_before(attempt).await?;
            let now = rfc3339(SystemTime::now());
            let update = self
                .client
                .update_item()
                .table_name(&self.table)
                .key("key_hash", AttributeValue::S(key_hash.clone()))
                .update_expression("SET revoked_time = :now")
                .condition_expression(
                    "attribute_exists(key_hash) AND NOT attribute_type(revoked_time, :string)",
                )
                .expression_attribute_values(":now", AttributeValue::S(now.clone()))
                .expression_attribute_values(":string", AttributeValue::S("S".to_owned()))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
                .await;
            let error = match update {
                Ok(_) => return Ok(now),
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                    let since = failure.item().and_then(|item| item.get("revoked_time"));
                    return match since.and_then(|time| time.as_s().ok()) {
                        Some(time) => Ok(time.clone()),
                        // Deleted in the meantime, for example by TTL.
                        None => Err(Error::NoSuchKey(key_id.to_owned())),
                    };
                }
                Some(UpdateItemError::TransactionConflictException(_)) => {}
                _ => return Err(self.failed(error)),
            }
        }
        Err(Error::Busy(key_id.to_owned()))
    }
}
