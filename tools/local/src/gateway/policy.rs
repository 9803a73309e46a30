//! The response of an authorizer, and how the gateway evaluates it.

use serde::Deserialize;
use serde_json::{Map, Value};
use wildmatch::WildMatch;

const ACTION: &str = "execute-api:invoke";

/// The authorizer's decision on one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request is allowed.
    pub is_allowed: bool,
    /// The authorizer context, for the function or the gateway response: only strings.
    pub context: Map<String, Value>,
}

/// A response of the authorizer that API Gateway does not accept.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidResponse {
    /// A part is missing or has the wrong type.
    #[error("the authorizer's response is invalid: {0}")]
    Shape(String),
    /// A value in the context is not a string, number or boolean.
    #[error("the value of `{0}` in the authorizer context is not a string, number or boolean")]
    Context(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizerResponse {
    #[expect(dead_code, reason = "the gateway refuses a response without it")]
    principal_id: String,
    policy_document: Document,
    #[serde(default)]
    context: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    statement: OneOrMany<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Statement {
    #[serde(default, rename = "Sid")]
    _sid: Option<String>,
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// Evaluates an authorizer's response for the ARN of the requested method. As in IAM, a matching
/// Deny wins, and a request that no statement matches is not allowed.
pub fn evaluate(response: &Value, method_arn: &str) -> Result<Decision, InvalidResponse> {
    let response = AuthorizerResponse::deserialize(response)
        .map_err(|error| InvalidResponse::Shape(error.to_string()))?;
    let statements = response.policy_document.statement.as_slice();
    let has = |effect| {
        statements
            .iter()
            .any(|statement| statement.effect == effect && statement.covers(method_arn))
    };
    let context = response.context.unwrap_or_default();
    let context = context.into_iter().map(|(key, value)| match value {
        Value::String(_) => Ok((key, value)),
        Value::Number(_) | Value::Bool(_) => Ok((key, value.to_string().into())),
        _ => Err(InvalidResponse::Context(key)),
    });
    Ok(Decision {
        is_allowed: has(Effect::Allow) && !has(Effect::Deny),
        context: context.collect::<Result<_, _>>()?,
    })
}

impl Statement {
    fn covers(&self, method_arn: &str) -> bool {
        let matches = |pattern: &str, text| WildMatch::new(pattern).matches(text);
        let actions = self.action.as_slice();
        let resources = self.resource.as_slice();
        actions.iter().any(|action| matches(&action.to_ascii_lowercase(), ACTION))
            && resources.iter().any(|resource| matches(resource, method_arn))
    }
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:api/local/GET/v1/users/user_1";

    fn is_allowed(statement: Value) -> bool {
        let response = json!({ "principalId": "p", "policyDocument": { "Statement": statement } });
        evaluate(&response, ARN).unwrap().is_allowed
    }

    fn allow(action: &str, resource: &str) -> Value {
        json!({ "Effect": "Allow", "Action": action, "Resource": resource })
    }

    #[test]
    fn wildcards_match_as_in_iam() {
        for resource in [
            ARN,
            "*",
            "arn:aws:execute-api:*:*:api/local/*",
            "arn:aws:execute-api:us-east-1:123456789012:api/*/GET/*",
            "arn:aws:execute-api:us-east-1:123456789012:api/local/GET/v1/users/user_?",
        ] {
            assert!(is_allowed(allow("execute-api:Invoke", resource)), "{resource}");
            assert!(is_allowed(allow("execute-api:*", resource)), "{resource}");
        }
        for resource in [
            "",
            "arn:aws:execute-api:us-east-1:123456789012:api/local/POST/*",
            "arn:aws:execute-api:us-east-1:123456789012:api/prod/*",
            "arn:aws:execute-api:us-east-1:123456789012:api/local/GET/v1/users/user_",
            "arn:aws:execute-api:us-east-1:123456789012:api/local/GET/v1/users/user_1?",
        ] {
            assert!(!is_allowed(allow("execute-api:Invoke", resource)), "{resource}");
        }
        assert!(!is_allowed(allow("s3:GetObject", "*")));
    }

    #[test]
    fn a_deny_wins_and_the_default_is_not_to_allow() {
        let deny = json!({ "Effect": "Deny", "Action": "execute-api:Invoke", "Resource": ARN });
        assert!(!is_allowed(json!([allow("execute-api:Invoke", "*"), deny])));
        assert!(!is_allowed(json!([])));
        assert!(is_allowed(
            json!([{ "Effect": "Allow", "Action": ["x:Y", "execute-api:Invoke"], "Resource": ["y", ARN] }])
        ));
    }

    #[test]
    fn context_values_become_strings() {
        let response = |context: Value| {
            let policy = json!({ "Statement": allow("execute-api:Invoke", "*") });
            let response =
                json!({ "principalId": "p", "policyDocument": policy, "context": context });
            evaluate(&response, ARN)
        };
        let decision = response(json!({ "s": "x", "n": 1, "b": true })).unwrap();
        assert_eq!(Value::from(decision.context), json!({ "s": "x", "n": "1", "b": "true" }));
        for value in [json!([]), json!({}), json!(null)] {
            assert_eq!(response(json!({ "k": value })), Err(InvalidResponse::Context("k".into())));
        }
    }

    #[test]
    fn an_invalid_response_is_refused() {
        for response in [
            json!(null),
            json!("Allow"),
            json!({}),
            json!({ "principalId": "p" }),
            json!({ "policyDocument": { "Statement": [] } }),
            json!({ "principalId": "p", "policyDocument": { "Statement": [{ "Effect": "allow", "Action": "*", "Resource": "*" }] } }),
            json!({ "principalId": "p", "policyDocument": { "Statement": [{ "Effect": "Allow", "Action": "*", "NotResource": "*" }] } }),
        ] {
            assert!(
                matches!(evaluate(&response, ARN), Err(InvalidResponse::Shape(_))),
                "{response}"
            );
        }
    }
}
