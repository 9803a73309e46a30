//! Matches the paths that clients send with those of the definition.

use std::collections::HashMap;

/// The values of the parameters of `pattern`, if `path` matches it.
pub(crate) fn path_parameters(pattern: &str, path: &str) -> Option<HashMap<String, String>> {
    let mut parameters = HashMap::new();
    let path = path.strip_prefix('/')?;
    // The gateway ignores a slash at the end of a path.
    let mut rest = Some(path.strip_suffix('/').unwrap_or(path));
    for expected in pattern.strip_prefix('/')?.split('/') {
        let remaining = rest?;
        if let Some(name) = expected.strip_prefix('{').and_then(|name| name.strip_suffix("+}")) {
            parameters.insert(name.to_owned(), remaining.to_owned());
            return (!remaining.is_empty()).then_some(parameters);
        }
        let (segment, after) = match remaining.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (remaining, None),
        };
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if segment.is_empty() => return None,
            Some(name) => {
                parameters.insert(name.to_owned(), segment.to_owned());
            }
            None if segment == expected => {}
            None => return None,
        }
        rest = after;
    }
    rest.is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pattern: &str, path: &str) -> Option<Vec<String>> {
        Some(path_parameters(pattern, path)?.into_values().collect())
    }

    #[test]
    fn a_parameter_matches_one_whole_segment() {
        let pattern = "/v1/users/{id}";
        assert_eq!(values(pattern, "/v1/users/a").unwrap(), ["a"]);
        assert_eq!(values(pattern, "/v1/users/a%2Fb%00").unwrap(), ["a%2Fb%00"]);
        assert_eq!(values(pattern, "/v1/users/..").unwrap(), [".."]);
        assert_eq!(values(pattern, "/v1/users/a/").unwrap(), ["a"]);
        for path in ["/v1/users", "/v1/users/", "/v1/users/a/b", "/v2/users/a", "//v1/users/a", "*"]
        {
            assert_eq!(values(pattern, path), None, "{path}");
        }
    }

    #[test]
    fn a_proxy_parameter_matches_every_path_except_the_root() {
        assert_eq!(values("/{proxy+}", "/a/b").unwrap(), ["a/b"]);
        assert_eq!(values("/{proxy+}", "/v1/users/").unwrap(), ["v1/users"]);
        assert_eq!(values("/{proxy+}", "/"), None);
        assert_eq!(values("/", "/").unwrap(), [""; 0]);
    }
}
