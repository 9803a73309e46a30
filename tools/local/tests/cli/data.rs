//! The demo data, and the file of the tables.

use credira_local::tables::{API_KEYS, Tables};
use serde_json::json;

use crate::local::{Local, PAGE_USER, refusal};

/// The status that is promised above each `curl` line, and its key.
fn examples(local: &Local) -> Vec<(u16, String)> {
    let output = local.output();
    let lines: Vec<_> = output.lines().collect();
    let examples = lines.windows(3).filter(|lines| lines[1].starts_with("curl "));
    let status = |line: &str| line[2..].split(':').next().unwrap().parse().unwrap();
    examples.map(|lines| (status(lines[0]), lines[2].trim().to_owned())).collect()
}

#[test]
fn each_example_gets_the_response_that_it_promises() {
    let local = Local::start(&[]);
    assert_eq!(examples(&local).len(), 2);
    for (status, key) in examples(&local) {
        assert_eq!(local.get(PAGE_USER, Some(&key)), status, "{key}");
    }
}

#[test]
fn a_file_that_cannot_hold_the_tables_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (text, database) = (path("notes.txt"), path("other.db"));
    std::fs::write(&text, "not a database, but longer than the header of one: ".repeat(20))
        .unwrap();
    let other_program = rusqlite::Connection::open(&database).unwrap();
    other_program.execute("CREATE TABLE notes (body TEXT)", ()).unwrap();
    drop(other_program);
    for (file, reason) in [
        (text, "is not an SQLite database"),
        (database, "is the database of another program"),
        (path(""), "is a folder: pass a file in it as --data"),
        (path("nowhere/tables.db"), "cannot be opened"),
    ] {
        let before = std::fs::read(&file).ok();
        let message = refusal(1, &["--data", &file]);
        assert!(message.contains(&format!("{file} {reason}")), "{message}");
        assert_eq!(std::fs::read(&file).ok(), before);
    }
}

#[test]
fn a_file_keeps_the_tables_for_one_stack_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tables.db");
    let file = path.to_str().unwrap();
    let state = |local: &Local, state| {
        let output = local.output();
        assert!(output.contains(&format!("tables in {file}: {state}\n")), "{output}");
    };
    let first = Local::start(&["--data", file]);
    state(&first, "new");
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(file, &link).unwrap();
    for path in [file, link.to_str().unwrap()] {
        let message = refusal(1, &["--data", path]);
        assert!(message.contains("is in use by another `cargo local`"), "{message}");
    }
    first.stop("-INT");
    // A revoked key makes no example.
    let (tables, _) = Tables::open(Some(&path)).unwrap();
    let items = tables.items(API_KEYS).unwrap();
    let item = items.iter().find(|item| item["name"]["S"] == "reads its account").unwrap();
    let time = "2026-01-01T00:00:00Z";
    let revoked = json!({ "key_hash": item["key_hash"]["S"], "revoked_time": time });
    tables.put(API_KEYS, &revoked).unwrap();
    drop(tables);
    let second = Local::start(&["--data", file, "--empty"]);
    state(&second, "as they were");
    let [(401, _)] = examples(&second)[..] else { panic!("{}", second.output()) };
}

#[test]
fn tables_that_were_empty_stay_empty() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let data = ["--data", file.to_str().unwrap()];
    let first = Local::start(&[&["--empty"], &data[..]].concat());
    assert_eq!(examples(&first), []);
    first.stop("-INT");
    assert_eq!(examples(&Local::start(&data)), []);
}
