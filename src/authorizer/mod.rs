//! The `authorizer` function: from the `Authorization` header to an IAM policy.
//!
//! `event` reads the key from API Gateway's event, `key_cache` or the table of API keys gives its
//! record, and `policy` is the response.

mod error;
mod event;
pub mod key_cache;
mod policy;

use std::{
    rc::Rc,
    time::{Duration, SystemTime},
};

use aws_sdk_dynamodb::Client;
use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;

use self::{
    error::Denial,
    event::Event,
    key_cache::{Clocks, KeyCache},
};
pub use self::{error::Error, policy::Response};
use crate::{
    api_key_record::ApiKeyRecord,
    dynamodb::{Consistency, Table, TableUse},
    invocation::Invocation,
    log::{Level, error_chain},
    meta::Meta,
};

/// The authorizer.
pub struct Authorizer {
    keys: Table,
    cache: KeyCache,
}

/// What the authorizer decides about a request.
enum Decision {
    /// The record of the key.
    Allow(Rc<ApiKeyRecord>),
    Deny(Denial),
    /// The key's record could not be read.
    Failed(Error),
}

impl Authorizer {
    /// An authorizer that looks up keys in a table. `table` is its name or ARN.
    pub fn new(client: Client, table: String) -> Self {
        // Read consistently: a key works as soon as it is created.
        let keys = Table::new(client, table, "key_hash", Consistency::Strong);
        Self { keys, cache: KeyCache::default() }
    }

    /// Responds to one event with an Allow or a Deny, and logs one line. An error means that the
    /// key's record could not be read, so that neither would be right. `init` is the duration of the
    /// init phase, if this is the first event.
    pub async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
        init: Option<Duration>,
    ) -> Result<Response, Error> {
        let invocation = Invocation::<Event>::read(event, init)?;
        let (decision, table_use) = self.decide(&invocation).await;
        let method_arn = &invocation.event.method_arn;
        let mut line = invocation.line();
        match decision {
            Decision::Allow(record) => {
                line.decision = Some("allow");
                line.key_id = Some(record.key_id.as_str());
                line.account_id = Some(record.account_id.as_str());
                line.memory_hit = Some(table_use.is_none());
                invocation.log(line, table_use);
                let request_id = invocation.request_id_without_gateway();
                Ok(Response::allow(&record, request_id, method_arn))
            }
            Decision::Deny(denial) => {
                let record = match &denial {
                    Denial::Inactive { record, .. } => Some(record),
                    _ => None,
                };
                line.decision = Some("deny");
                line.reason = Some(denial.to_string());
                line.key_id = record.map(|record| record.key_id.as_str());
                line.account_id = record.map(|record| record.account_id.as_str());
                invocation.log(line, table_use);
                Ok(Response::deny(Meta::now(invocation.request_id.clone()), method_arn))
            }
            Decision::Failed(error) => {
                line.level = Level::Error;
                line.decision = Some("failed");
                line.cause = Some(error_chain(&error));
                invocation.log(line, table_use);
                Err(error)
            }
        }
    }

    async fn decide(&self, invocation: &Invocation<Event>) -> (Decision, Option<TableUse>) {
        let now = Clocks::now();
        // A text that cannot be a key is denied without a lookup.
        let key_hash = match invocation.event.api_key() {
            Ok(key) => key.hash(),
            Err(denial) => return (Decision::Deny(denial), None),
        };
        if let Some(record) = self.cache.get(&key_hash, now) {
            return (decision(record), None);
        }
        let (item, table_use) = self.keys.get(key_hash.as_str(), &invocation.request_id).await;
        let record = item.map_err(Error::from);
        let record = record.and_then(|item| Ok(item.map(ApiKeyRecord::parse).transpose()?));
        let decision = match record {
            Ok(Some(record)) => {
                let record = Rc::new(record);
                self.cache.insert(key_hash, record.clone(), now);
                decision(record)
            }
            Ok(None) => {
                self.cache.remove(&key_hash);
                Decision::Deny(Denial::Unknown)
            }
            Err(error) => Decision::Failed(error),
        };
        (decision, Some(table_use))
    }
}

/// The time is that after a read of the table, since a key may expire in the meantime.
fn decision(record: Rc<ApiKeyRecord>) -> Decision {
    match record.check(SystemTime::now()) {
        Ok(()) => Decision::Allow(record),
        Err(cause) => Decision::Deny(Denial::Inactive { cause, record }),
    }
}
