//! The `curl` lines.

use credira_local::tables::{API_KEYS, Tables};
use serde_json::json;

use crate::local::Local;

/// The status that is promised above each `curl` line, and its key and path.
fn examples(local: &Local) -> Vec<(u16, String, String)> {
    let output = local.output();
    let lines: Vec<_> = output.lines().collect();
    let examples = lines.windows(3).filter(|lines| lines[1].starts_with("curl "));
    examples
        .map(|lines| {
            let status = lines[0].strip_prefix("# ").unwrap().split(':').next().unwrap();
            let url = lines[1].strip_prefix(&format!("curl http://{}", local.api)).unwrap();
            let path = url.strip_suffix(" --oauth2-bearer \\").unwrap();
            (status.parse().unwrap(), lines[2].trim().to_owned(), path.to_owned())
        })
        .collect()
}

#[test]
fn the_start_is_short_and_each_example_gets_the_response_that_it_promises() {
    let local = Local::start(&[]);
    let examples = examples(&local);
    for (status, key, path) in &examples {
        assert_eq!(local.get(path, Some(key)), *status, "{key} {path}");
    }
    let statuses: Vec<_> = examples.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [200, 401]);
    let output = local.stop("-INT");
    // A terminal would break a longer line, perhaps in a key.
    assert!(output.lines().all(|line| line.len() <= 80), "{output}");
    let start = output.lines().skip_while(|line| !line.starts_with('#'));
    let start: Vec<_> = start.take_while(|line| !line.starts_with("GET ")).collect();
    assert_eq!(start.len(), 8, "{output}");
    assert!(start[6].starts_with("more: http://127.0.0.1:") && start[6].ends_with("/docs"));
}

#[test]
fn an_example_needs_its_key_as_it_was_and_its_user_in_the_tables() {
    let folder = tempfile::tempdir().unwrap();
    let [file, empty] = ["tables.db", "empty.db"].map(|name| folder.path().join(name));
    let [path, empty] = [&file, &empty].map(|file| file.to_str().unwrap());
    let local = Local::start(&["--empty", "--data", empty]);
    assert_eq!(examples(&local), []);
    local.stop("-INT");
    // The file decides, not the option.
    assert_eq!(examples(&Local::start(&["--data", empty])), []);
    Local::start(&["--data", path]).stop("-INT");
    let (tables, _) = Tables::open(Some(&file)).unwrap();
    let items = tables.items(API_KEYS).unwrap();
    let item = items.iter().find(|item| item["name"]["S"] == "reads its account").unwrap();
    let revoked =
        json!({ "key_hash": item["key_hash"]["S"], "revoked_time": "2026-01-01T00:00:00Z" });
    tables.put(API_KEYS, &revoked).unwrap();
    drop(tables);
    let statuses = examples(&Local::start(&["--empty", "--data", path]));
    assert_eq!(statuses.into_iter().map(|(status, ..)| status).collect::<Vec<_>>(), [401]);
}
