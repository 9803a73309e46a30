//! Headers as API Gateway's events have them.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

/// A map from header name, in any case, to a value or a list of values.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Headers(Option<HashMap<String, Value>>);

impl Headers {
    /// Every value of the header `name`, under whichever spellings the client sent it.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .flatten()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| match value {
                Value::Array(values) => values.as_slice(),
                value => std::slice::from_ref(value),
            })
            .filter_map(Value::as_str)
    }
}

/// Every value of the header `name`. Only `multiValueHeaders` has all of them; `headers` is
/// asked where the event has no such map (HTTP APIs, events written by hand).
pub(crate) fn values<'a>(
    multi_value_headers: &'a Headers,
    headers: &'a Headers,
    name: &'a str,
) -> Vec<&'a str> {
    let all: Vec<_> = multi_value_headers.values(name).collect();
    if all.is_empty() { headers.values(name).collect() } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(multi: &str, single: &str) -> Vec<String> {
        let multi: Headers = serde_json::from_str(multi).unwrap();
        let single: Headers = serde_json::from_str(single).unwrap();
        let mut values: Vec<_> =
            values(&multi, &single, "x-a").into_iter().map(str::to_owned).collect();
        values.sort();
        values
    }

    #[test]
    fn all_values_are_read_whatever_the_case_of_the_name() {
        assert_eq!(
            read(r#"{"X-A": ["1", "2"], "x-a": ["3"]}"#, r#"{"x-a": "3"}"#),
            ["1", "2", "3"]
        );
        assert_eq!(read("null", r#"{"X-a": "1", "b": "2"}"#), ["1"]);
        assert_eq!(read("{}", "{}"), [""; 0]);
        assert_eq!(read(r#"{"x-a": [null, 1]}"#, r#"{"x-a": null}"#), [""; 0]);
    }
}
