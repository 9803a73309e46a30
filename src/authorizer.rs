//! The REQUEST authorizer: from the `Authorization` header to a policy.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_http::lambda_runtime::{self, LambdaEvent};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    api_key::{ApiKey, InvalidApiKey},
    api_keys_table::{ApiKeyRecord, ApiKeysTable, FindError},
    headers::{self, Headers},
    log::Causes,
    meta::Meta,
};

/// The authorizer.
pub struct Authorizer {
    keys: ApiKeysTable,
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
    #[error("revoked key")]
    Revoked,
    #[error("expired key")]
    Expired,
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

/// An answer to API Gateway (API Gateway's guide, "Output from a Lambda authorizer").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    principal_id: String,
    policy_document: Policy,
    context: Context,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Policy {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

/// The values are strings, since the gateway makes strings of all others.
#[derive(Serialize)]
#[serde(untagged)]
enum Context {
    Caller {
        key_id: String,
        account_id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_id: Option<String>,
        scopes: String,
    },
    /// From which the gateway fills in the envelope of its 401.
    Refused(Meta),
}

impl Authorizer {
    /// An authorizer that looks its keys up in `keys`.
    pub fn new(keys: ApiKeysTable) -> Self {
        Self { keys }
    }

    /// Answers one event with an Allow or a Deny, and logs one line.
    ///
    /// # Errors
    /// The key could not be checked: neither an Allow nor a Deny would be true.
    pub async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Answer, lambda_runtime::Error> {
        let started = Instant::now();
        // Of serde's error nothing: its text would quote the event, which holds the key.
        let Ok(request) = serde_json::from_str::<Event>(event.payload.get()) else {
            tracing::error!(cause = %Causes(&Error::Event), "not decided");
            return Err(Error::Event.into());
        };
        let gateway_id = request.request_context.request_id.as_deref();
        let meta = Meta::now(gateway_id, &event.context.request_id);

        let outcome = self.check(&request).await;
        log(&meta, &outcome, started.elapsed());
        let resource = whole_stage(&request.method_arn);
        Ok(match outcome.map_err(Error::Find)? {
            Ok(record) => Answer::allow(record, resource),
            Err(_) => Answer::deny(meta, resource),
        })
    }

    async fn check(&self, request: &Event) -> Result<Result<ApiKeyRecord, Refusal>, FindError> {
        let key = match api_key(request) {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let record = self.keys.find(&key).await?;
        Ok(record.ok_or(Refusal::Unknown).and_then(|record| living(record, SystemTime::now())))
    }
}

impl Answer {
    fn allow(record: ApiKeyRecord, resource: String) -> Self {
        let context = Context::Caller {
            key_id: record.key_id.clone(),
            account_id: record.account_id,
            user_id: record.user_id,
            scopes: record.scopes.join(" "),
        };
        Self::new(record.key_id, "Allow", resource, context)
    }

    fn deny(meta: Meta, resource: String) -> Self {
        Self::new("anonymous".to_owned(), "Deny", resource, Context::Refused(meta))
    }

    fn new(principal_id: String, effect: &'static str, resource: String, context: Context) -> Self {
        let statement = [Statement { action: "execute-api:Invoke", effect, resource }];
        let policy_document = Policy { version: "2012-10-17", statement };
        Self { principal_id, policy_document, context }
    }
}

/// `Bearer`, in any case, then the key (RFC 6750, section 2.1; RFC 9110, section 11.4).
fn api_key(request: &Event) -> Result<ApiKey, Refusal> {
    let values = headers::values(&request.multi_value_headers, &request.headers, "authorization");
    let [value] = values.as_slice() else {
        return Err(if values.is_empty() { Refusal::Missing } else { Refusal::Several });
    };
    let (scheme, key) = value.trim().split_once(' ').ok_or(Refusal::Scheme)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::Scheme);
    }
    Ok(ApiKey::parse(key.trim_start())?)
}

fn living(record: ApiKeyRecord, now: SystemTime) -> Result<ApiKeyRecord, Refusal> {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    if record.is_revoked {
        Err(Refusal::Revoked)
    } else if record.expires_at.is_some_and(|expires_at| expires_at <= now) {
        Err(Refusal::Expired)
    } else {
        Ok(record)
    }
}

/// `arn:…:api/stage/GET/v1/users/…` without its method and path: the gateway may keep the policy
/// and hold the caller's next request, for another path, against it.
fn whole_stage(method_arn: &str) -> String {
    let stage_end = method_arn.match_indices('/').nth(1).map(|(position, _)| position);
    let stage = stage_end.and_then(|end| method_arn.get(..end)).unwrap_or(method_arn);
    format!("{stage}/*")
}

fn log(meta: &Meta, outcome: &Result<Result<ApiKeyRecord, Refusal>, FindError>, elapsed: Duration) {
    let request_id = meta.request_id.as_str();
    let ms = elapsed.as_secs_f64() * 1e3;
    match outcome {
        Ok(Ok(ApiKeyRecord { key_id, .. })) => tracing::info!(request_id, key_id, ms, "allowed"),
        Ok(Err(refusal)) => tracing::info!(request_id, reason = %refusal, ms, "denied"),
        Err(error) => tracing::error!(request_id, ms, cause = %Causes(error), "not decided"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_covers_the_stage() {
        assert_eq!(
            whole_stage("arn:aws:execute-api:eu-west-1:123456789012:api/prod/GET/v1/users/user_1"),
            "arn:aws:execute-api:eu-west-1:123456789012:api/prod/*"
        );
    }
}
