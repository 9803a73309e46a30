//! The local gateway's evaluation of an authorizer's response. The input is the ARN of a method, and the
//! response below it.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::{Map, Value};

#[path = "../../../tools/local/src/policy.rs"]
mod policy;

fuzz_target!(|text: &str| -> Corpus {
    let Some((arn, response)) = text.split_once('\n') else { return Corpus::Reject };
    let Ok(response) = serde_json::from_str(response) else { return Corpus::Reject };
    let decision = policy::evaluate(&response, arn).ok();
    if !has_list_as_object(&response) {
        let decision = decision.map(|decision| (decision.is_allowed, decision.context));
        assert_eq!(decision, expected(&response, arn));
    }
    Corpus::Keep
});

/// Whether the request is allowed, and the authorizer context. `None` if the response is invalid.
fn expected(response: &Value, arn: &str) -> Option<(bool, Map<String, Value>)> {
    response["principalId"].as_str()?;
    let statements = one_or_many(&response["policyDocument"]["Statement"]);
    let mut effects = Vec::new();
    for statement in statements {
        let members = statement.as_object()?;
        if members.keys().any(|key| !["Sid", "Effect", "Action", "Resource"].contains(&&**key)) {
            return None;
        }
        let texts = |name| -> Option<Vec<&str>> {
            one_or_many(&statement[name]).into_iter().map(Value::as_str).collect()
        };
        let is_known = statement["Sid"].is_null() || statement["Sid"].is_string();
        let effect =
            statement["Effect"].as_str().filter(|it| is_known && ["Allow", "Deny"].contains(it))?;
        let actions = texts("Action")?;
        let resources = texts("Resource")?;
        if actions.iter().any(|action| matches(&action.to_ascii_lowercase(), "execute-api:invoke"))
            && resources.iter().any(|resource| matches(resource, arn))
        {
            effects.push(effect);
        }
    }
    let mut context = response["context"].as_object().cloned().unwrap_or_default();
    if !response["context"].is_null() && !response["context"].is_object() {
        return None;
    }
    for value in context.values_mut() {
        *value = match value {
            Value::String(text) => Value::from(text.as_str()),
            Value::Number(number) => Value::from(number.to_string()),
            Value::Bool(bool) => Value::from(if *bool { "true" } else { "false" }),
            _ => return None,
        };
    }
    Some((effects.contains(&"Allow") && !effects.contains(&"Deny"), context))
}

fn one_or_many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// IAM's wildcards, by dynamic programming: `matched[n]` is whether the pattern so far matches the first
/// `n` characters.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<_> = text.chars().collect();
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for wanted in pattern.chars() {
        let before = matched.clone();
        for end in 0..=text.len() {
            matched[end] = match wanted {
                '*' => before[..=end].contains(&true),
                _ => end > 0 && before[end - 1] && (wanted == '?' || wanted == text[end - 1]),
            };
        }
    }
    matched[text.len()]
}

/// serde also reads a list as an object, and an object as an effect. No authorizer sends that.
fn has_list_as_object(response: &Value) -> bool {
    let document = &response["policyDocument"];
    response.is_array()
        || document.is_array()
        || one_or_many(&document["Statement"])
            .iter()
            .any(|it| it.is_array() || it["Effect"].is_object())
}
