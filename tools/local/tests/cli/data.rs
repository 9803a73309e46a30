//! The file of the tables.

use crate::local::{Local, refusal};

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
        let message = refusal(&["--data", &file]);
        assert!(message.contains(&format!("{file} {reason}")), "{message}");
        assert_eq!(std::fs::read(&file).ok(), before);
    }
}

#[test]
fn a_file_keeps_the_tables_for_one_stack_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let file = file.to_str().unwrap();
    let first = Local::start(&["--data", file]);
    let state =
        |local: &Local, state| local.output().contains(&format!("tables in {file}: {state}\n"));
    assert!(state(&first, "new"), "{}", first.output());
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(file, &link).unwrap();
    for path in [file, link.to_str().unwrap()] {
        let message = refusal(&["--data", path]);
        assert!(message.contains("is in use by another `cargo local`"), "{message}");
    }
    first.stop("-INT");
    let second = Local::start(&["--data", file]);
    assert!(state(&second, "as they were"), "{}", second.output());
}
