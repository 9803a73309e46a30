//! What an authorizer answers, and what the gateway makes of it.

use serde::Deserialize;
use serde_json::{Map, Value};
use wildmatch::WildMatch;

const ACTION: &str = "execute-api:invoke";

/// The authorizer's word on one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may pass.
    pub is_allowed: bool,
    /// What the function, or a gateway response, gets to know: strings only.
    pub context: Map<String, Value>,
}

/// The authorizer's answer is not what API Gateway takes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAnswer {
    /// The answer lacks a part, or has one of another type.
    #[error("the authorizer's answer has another shape: {0}")]
    Shape(String),
    /// The gateway takes strings, numbers and booleans.
    #[error("the value of `{0}` in the authorizer's context is no string, number or boolean")]
    Context(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[expect(dead_code, reason = "the gateway refuses an answer without it")]
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

/// Holds an authorizer's answer against the ARN of the method that was called. As in IAM, a Deny
/// that matches wins, and where nothing matches the answer is no.
pub fn evaluate(answer: &Value, method_arn: &str) -> Result<Decision, InvalidAnswer> {
    let answer =
        Answer::deserialize(answer).map_err(|error| InvalidAnswer::Shape(error.to_string()))?;
    let statements = answer.policy_document.statement.as_slice();
    let has = |effect| {
        statements
            .iter()
            .any(|statement| statement.effect == effect && statement.covers(method_arn))
    };
    let context = answer.context.unwrap_or_default();
    let context = context.into_iter().map(|(key, value)| match value {
        Value::String(_) => Ok((key, value)),
        Value::Number(_) | Value::Bool(_) => Ok((key, value.to_string().into())),
        _ => Err(InvalidAnswer::Context(key)),
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
        let answer = json!({ "principalId": "p", "policyDocument": { "Statement": statement } });
        evaluate(&answer, ARN).unwrap().is_allowed
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
    fn a_deny_wins_and_silence_is_a_no() {
        let deny = json!({ "Effect": "Deny", "Action": "execute-api:Invoke", "Resource": ARN });
        assert!(!is_allowed(json!([allow("execute-api:Invoke", "*"), deny])));
        assert!(!is_allowed(json!([])));
        assert!(is_allowed(
            json!([{ "Effect": "Allow", "Action": ["x:Y", "execute-api:Invoke"], "Resource": ["y", ARN] }])
        ));
    }

    #[test]
    fn context_values_become_strings() {
        let answer = |context: Value| {
            let policy = json!({ "Statement": allow("execute-api:Invoke", "*") });
            let answer =
                json!({ "principalId": "p", "policyDocument": policy, "context": context });
            evaluate(&answer, ARN)
        };
        let decision = answer(json!({ "s": "x", "n": 1, "b": true })).unwrap();
        assert_eq!(Value::from(decision.context), json!({ "s": "x", "n": "1", "b": "true" }));
        for value in [json!([]), json!({}), json!(null)] {
            assert_eq!(answer(json!({ "k": value })), Err(InvalidAnswer::Context("k".into())));
        }
    }

    #[test]
    fn an_answer_of_another_shape_is_refused() {
        for answer in [
            json!(null),
            json!("Allow"),
            json!({}),
            json!({ "principalId": "p" }),
            json!({ "policyDocument": { "Statement": [] } }),
            json!({ "principalId": "p", "policyDocument": { "Statement": [{ "Effect": "allow", "Action": "*", "Resource": "*" }] } }),
            json!({ "principalId": "p", "policyDocument": { "Statement": [{ "Effect": "Allow", "Action": "*", "NotResource": "*" }] } }),
        ] {
            assert!(matches!(evaluate(&answer, ARN), Err(InvalidAnswer::Shape(_))), "{answer}");
        }
    }
}
