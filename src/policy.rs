//! What the authorizer answers.

use serde::Serialize;

use crate::{api_key_record::ApiKeyRecord, caller::AuthorizerContext, meta::Meta};

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

#[derive(Serialize)]
#[serde(untagged)]
enum Context {
    Caller(AuthorizerContext),
    /// From which the gateway fills in the envelope of its 401.
    Refused(Meta),
}

impl Answer {
    /// Lets the key's requests pass.
    pub(crate) fn allow(record: &ApiKeyRecord, method_arn: &str) -> Self {
        let context = Context::Caller(record.context());
        Self::new(record.key_id.clone(), "Allow", method_arn, context)
    }

    /// Lets nothing pass.
    pub(crate) fn deny(meta: Meta, method_arn: &str) -> Self {
        Self::new("anonymous".to_owned(), "Deny", method_arn, Context::Refused(meta))
    }

    fn new(principal_id: String, effect: &'static str, method_arn: &str, context: Context) -> Self {
        let resource = whole_stage(method_arn);
        let statement = [Statement { action: "execute-api:Invoke", effect, resource }];
        let policy_document = Policy { version: "2012-10-17", statement };
        Self { principal_id, policy_document, context }
    }
}

/// `arn:…:api/stage/GET/v1/users/…` without its method and path: the gateway may keep the policy
/// and hold the caller's next request, for another path, against it.
fn whole_stage(method_arn: &str) -> String {
    let stage_end = method_arn.match_indices('/').nth(1).map(|(position, _)| position);
    let stage = stage_end.and_then(|end| method_arn.get(..end)).unwrap_or(method_arn);
    [stage, "/*"].concat()
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
