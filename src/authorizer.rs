//! The REQUEST authorizer: from the `Authorization` header to a policy.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lambda_http::lambda_runtime::{Diagnostic, LambdaEvent};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::{
    api_key::{ApiKey, InvalidApiKey},
    api_key_record::{ApiKeyRecord, Dead},
    api_keys_table::{ApiKeysTable, FindError},
    headers::Headers,
    key_cache::KeyCache,
    log::Causes,
    meta::{Meta, request_id},
    moment::Moment,
    policy::Answer,
};

/// What may stand around a header's value (RFC 9110, section 5.5).
const WHITE_SPACE: [char; 2] = [' ', '\t'];

/// The authorizer.
pub struct Authorizer {
    keys: ApiKeysTable,
    cache: KeyCache,
}

/// What the authorizer reads of API Gateway's event (API Gateway's guide, "Input to a Lambda
/// authorizer", `REQUEST`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    method_arn: String,
    #[serde(default)]
    headers: Headers,
    #[serde(default)]
    multi_value_headers: Headers,
    #[serde(default)]
    request_context: RequestContext,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    request_id: Option<String>,
}

/// Why a request is denied. The client hears of none of these apart; the log does.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("no API key")]
    Missing,
    #[error("more than one Authorization header")]
    Several,
    #[error("another scheme")]
    Scheme,
    #[error(transparent)]
    Malformed(#[from] InvalidApiKey),
    #[error("unknown key")]
    Unknown,
    #[error(transparent)]
    Dead(Dead),
}

/// The authorizer could not decide. The gateway answers 503.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The event is none of API Gateway's.
    #[error("the event is no authorizer event")]
    Event,
    /// The table gave no answer.
    #[error("the key could not be checked")]
    Find(#[from] FindError),
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let error_type = match error {
            Error::Event => "InvalidEvent",
            Error::Find(_) => "NotDecided",
        };
        Self { error_type: error_type.to_owned(), error_message: error.to_string() }
    }
}

impl Authorizer {
    /// An authorizer that looks its keys up in `keys`.
    pub fn new(keys: ApiKeysTable) -> Self {
        Self { keys, cache: KeyCache::default() }
    }

    /// Answers one event with an Allow or a Deny, and logs one line.
    ///
    /// # Errors
    /// The key could not be checked: neither an Allow nor a Deny would be true.
    pub async fn handle(
        self: Arc<Self>,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Answer, Error> {
        let started = Instant::now();
        // Of serde's error nothing: its text would quote the event, which holds the key.
        let Ok(request) = serde_json::from_str::<Event>(event.payload.get()) else {
            tracing::error!(cause = %Causes(&Error::Event), "not decided");
            return Err(Error::Event);
        };
        let gateway_id = request.request_context.request_id.as_deref();
        let request_id = request_id(gateway_id, &event.context.request_id);

        let outcome = self.check(&request, Moment::now()).await;
        log(&request_id, &outcome, started.elapsed());
        Ok(match outcome.map_err(Error::Find)? {
            Ok(record) => Answer::allow(&record, &request.method_arn),
            Err(_) => Answer::deny(Meta::now(request_id), &request.method_arn),
        })
    }

    /// `Err` where nobody can say; `Ok(Err)` where the answer is no.
    async fn check(
        &self,
        request: &Event,
        now: Moment,
    ) -> Result<Result<Arc<ApiKeyRecord>, Refusal>, FindError> {
        // Format and checksum come first: the table is not asked for what cannot be a key.
        let key_hash = match api_key(request) {
            Ok(key) => key.hash(),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let record = match self.cache.get(&key_hash, now) {
            Some(record) => record,
            None => match self.keys.find(&key_hash).await? {
                Some(record) => self.cache.insert(Arc::new(record), now),
                None => return Ok(Err(Refusal::Unknown)),
            },
        };
        Ok(record.check(now.wall).map(|()| record).map_err(Refusal::Dead))
    }
}

/// `Bearer`, in any case, then the key (RFC 6750, section 2.1; RFC 9110, section 11.4).
fn api_key(request: &Event) -> Result<ApiKey, Refusal> {
    let values = Headers::authorization(&request.multi_value_headers, &request.headers);
    let [value] = values else {
        return Err(if values.is_empty() { Refusal::Missing } else { Refusal::Several });
    };
    let (scheme, key) = value.trim_matches(WHITE_SPACE).split_once(' ').ok_or(Refusal::Scheme)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Scheme);
    }
    Ok(ApiKey::parse(key.trim_start_matches(WHITE_SPACE))?)
}

fn log(
    request_id: &str,
    outcome: &Result<Result<Arc<ApiKeyRecord>, Refusal>, FindError>,
    elapsed: Duration,
) {
    let ms = elapsed.as_secs_f64() * 1e3;
    match outcome {
        Ok(Ok(record)) => tracing::info!(request_id, key_id = record.key_id, ms, "allowed"),
        Ok(Err(refusal)) => tracing::info!(request_id, reason = %refusal, ms, "denied"),
        Err(error) => tracing::error!(request_id, ms, cause = %Causes(error), "not decided"),
    }
}
