//! The `curl` lines.

use credira_local::tables::{API_KEYS, Tables};
use serde_json::json;

use crate::local::Local;

/// The status that is promised above each `curl` line, and its key and path.
fn examples(output: &str) -> Vec<(u16, String, String)> {
    let lines: Vec<_> = output.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[1].starts_with("curl "));
    pairs
        .map(|pair| {
            let status = pair[0].strip_prefix("# ").unwrap().split(':').next().unwrap();
            let rest = pair[1].strip_prefix("curl -H 'Authorization: Bearer ").unwrap();
            let (key, url) = rest.split_once("' http://").unwrap();
            let (_, path) = url.split_once('/').unwrap();
            (status.parse().unwrap(), key.to_owned(), format!("/{path}"))
        })
        .collect()
}

#[test]
fn each_example_gets_the_response_that_it_promises() {
    let local = Local::start(&[]);
    let examples = examples(&local.output());
    for (status, key, path) in &examples {
        assert_eq!(local.get(path, Some(key)), *status, "{key} {path}");
    }
    let mut statuses: Vec<_> = examples.iter().map(|(status, ..)| *status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 401, 403, 404]);
}

#[test]
fn an_example_needs_its_key_and_its_user_in_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let file = file.to_str().unwrap();
    let empty = Local::start(&["--empty", "--data", file]);
    assert_eq!(examples(&empty.output()), []);
    empty.stop("-INT");
    // The file decides, not the option.
    assert_eq!(examples(&Local::start(&["--data", file]).output()), []);
}

#[test]
fn a_file_that_has_the_demo_data_has_the_examples() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let file = file.to_str().unwrap();
    let first = Local::start(&["--data", file]);
    let expected = examples(&first.output());
    first.stop("-INT");
    assert_eq!(examples(&Local::start(&["--empty", "--data", file]).output()), expected);
    assert!(!expected.is_empty());
}

#[test]
fn a_key_that_was_revoked_has_no_example_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let path = file.to_str().unwrap();
    let first = Local::start(&["--data", path]);
    let before = examples(&first.output());
    first.stop("-INT");
    let (tables, _) = Tables::open(Some(&file)).unwrap();
    let items = tables.items(API_KEYS).unwrap();
    let item = items.iter().find(|item| item["name"]["S"] == "reads itself").unwrap();
    let revoked =
        json!({ "key_hash": item["key_hash"]["S"], "revoked_time": "2026-01-01T00:00:00Z" });
    tables.put(API_KEYS, &revoked).unwrap();
    drop(tables);
    let after = examples(&Local::start(&["--data", path]).output());
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|(_, key, _)| !key.starts_with("crd_test_ReadsItself")));
}
