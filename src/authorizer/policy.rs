//! The authorizer's response: an IAM policy and the authorizer context.

use serde::Serialize;

use crate::{api_key_record::ApiKeyRecord, caller::AuthorizerContext, meta::Meta};

/// The response to API Gateway (API Gateway's guide, "Output from a Lambda authorizer").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
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

#[derive(Serialize)]
#[serde(untagged)]
enum Context {
    Allowed(AuthorizerContext),
    /// The gateway response ACCESS_DENIED puts these into the envelope of its 401.
    Denied(Meta),
}

impl Response {
    /// Allows the requests of the key.
    pub(crate) fn allow(
        record: &ApiKeyRecord,
        request_id: Option<String>,
        method_arn: &str,
    ) -> Self {
        let context = Context::Allowed(record.context(request_id));
        Self::new(record.key_id.as_str().to_owned(), "Allow", method_arn, context)
    }

    /// Denies every request.
    pub(crate) fn deny(meta: Meta, method_arn: &str) -> Self {
        Self::new("anonymous".to_owned(), "Deny", method_arn, Context::Denied(meta))
    }

    fn new(principal_id: String, effect: &'static str, method_arn: &str, context: Context) -> Self {
        let resource = whole_stage(method_arn);
        let statement = [Statement { action: "execute-api:Invoke", effect, resource }];
        let policy_document = Policy { version: "2012-10-17", statement };
        Self { principal_id, policy_document, context }
    }
}

/// `arn:…:api/stage/*` for the ARN `arn:…:api/stage/GET/v1/users/…`. API Gateway may cache the
/// policy and apply it to the caller's next request, which may have another path.
fn whole_stage(method_arn: &str) -> String {
    let stage_end = method_arn.match_indices('/').nth(1).map(|(position, _)| position);
    let stage = stage_end.and_then(|end| method_arn.get(..end)).unwrap_or(method_arn);
    [stage, "/*"].concat()
}
