//! The `authorizer` function: from the `Authorization` header to an IAM policy.
//!
//! `event` reads the key from API Gateway's event, `key_cache` or `api_keys_table` gives its record,
//! and `policy` is the response.

mod api_keys_table;
mod error;
mod event;
pub mod key_cache;
mod policy;

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant, SystemTime},
};

use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;

pub use self::{api_keys_table::ApiKeysTable, error::Error, policy::Response};
use self::{
    error::Denial,
    event::Event,
    key_cache::{Clocks, KeyCache},
};
use crate::{
    api_key_record::ApiKeyRecord,
    gateway_event,
    log::{self, Level, Line, error_chain},
    meta::{Meta, request_id},
    process,
};

/// The authorizer.
pub struct Authorizer {
    keys: ApiKeysTable,
    cache: KeyCache,
    /// The duration of the init phase, until the first request is logged.
    init: Cell<Option<Duration>>,
}

/// The record of an allowed key, or why the request is denied.
type Decision = Result<Rc<ApiKeyRecord>, Denial>;

impl Authorizer {
    /// An authorizer that looks up keys in `keys`. It ends the init phase, for the log.
    pub fn new(keys: ApiKeysTable) -> Self {
        let init = Cell::new(Some(process::uptime()));
        Self { keys, cache: KeyCache::default(), init }
    }

    /// Responds to one event with an Allow or a Deny, and logs one line. An error means that the
    /// key's record could not be read, so that neither would be right.
    pub async fn handle(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Response, Error> {
        let started = Instant::now();
        let request: Event = gateway_event::read(&event)?;
        let request_id = request_id(request.gateway_ids(), &event.context.request_id);
        log::set_request_id(&request_id);

        let decision = self.decide(&request, Clocks::now()).await;
        let table = self.keys.0.last_use.take();
        let mut line = Line::request(&event.context, self.init.take());
        line.method = request.http_method.as_deref();
        match decision {
            Ok(Ok(record)) => {
                line.decision = Some("allow");
                line.key_id = Some(&record.key_id);
                line.account_id = Some(&record.account_id);
                line.memory_hit = Some(table.is_none());
                line.finish(Level::Info, table, started);
                Ok(Response::allow(&record, &request.method_arn))
            }
            Ok(Err(denial)) => {
                let record = match &denial {
                    Denial::Inactive { record, .. } => Some(record),
                    _ => None,
                };
                line.decision = Some("deny");
                line.reason = Some(denial.to_string());
                line.key_id = record.map(|record| record.key_id.as_str());
                line.account_id = record.map(|record| record.account_id.as_str());
                line.finish(Level::Info, table, started);
                Ok(Response::deny(Meta::now(request_id), &request.method_arn))
            }
            Err(error) => {
                line.decision = Some("failed");
                line.cause = Some(error_chain(&error));
                line.finish(Level::Error, table, started);
                Err(error)
            }
        }
    }

    async fn decide(&self, request: &Event, now: Clocks) -> Result<Decision, Error> {
        // A text that cannot be a key is denied without a lookup.
        let key_hash = match request.api_key() {
            Ok(key) => key.hash(),
            Err(denial) => return Ok(Err(denial)),
        };
        let Some(record) = self.record(key_hash, now).await? else {
            return Ok(Err(Denial::Unknown));
        };
        // A key may expire while the table is read.
        Ok(match record.check(SystemTime::now()) {
            Ok(()) => Ok(record),
            Err(cause) => Err(Denial::Inactive { cause, record }),
        })
    }

    /// The key's record, from memory or from the table.
    async fn record(
        &self,
        key_hash: String,
        now: Clocks,
    ) -> Result<Option<Rc<ApiKeyRecord>>, Error> {
        if let Some(record) = self.cache.get(&key_hash, now) {
            return Ok(Some(record));
        }
        let record = self.keys.find(&key_hash).await?.map(Rc::new);
        match &record {
            Some(record) => self.cache.insert(key_hash, record.clone(), now),
            None => self.cache.remove(&key_hash),
        }
        Ok(record)
    }
}
