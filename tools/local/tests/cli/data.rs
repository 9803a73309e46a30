//! The file of the tables.

use std::path::Path;

use crate::local::{Local, refusal};

fn refused(file: &Path) -> String {
    let before = std::fs::read(file).unwrap();
    let message = refusal(&["--data", file.to_str().unwrap()]);
    assert_eq!(std::fs::read(file).unwrap(), before, "the file is unchanged");
    assert!(message.contains(file.to_str().unwrap()), "{message}");
    message
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database, but longer than the header of one: ".repeat(20))
        .unwrap();
    let message = refused(&file);
    assert!(message.contains("is not an SQLite database"), "{message}");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("other.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    database.execute("CREATE TABLE notes (body TEXT)", ()).unwrap();
    drop(database);
    let message = refused(&file);
    assert!(message.contains("is the database of another program"), "{message}");
}

#[test]
fn a_folder_that_does_not_exist_is_refused() {
    let message = refusal(&["--data", "/nowhere/tables.db"]);
    assert!(message.contains("/nowhere/tables.db cannot be opened"), "{message}");
}

#[test]
fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let message = refusal(&["--data", folder.path().to_str().unwrap()]);
    assert!(message.contains("is a folder: pass a file in it as --data"), "{message}");
}

#[test]
fn two_stacks_cannot_have_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tables.db");
    let file = file.to_str().unwrap();
    let first = Local::start(&["--data", file]);
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(file, &link).unwrap();
    for path in [file, link.to_str().unwrap()] {
        let message = refusal(&["--data", path]);
        assert!(message.contains("is in use by another `cargo local`"), "{message}");
    }
    first.stop("-INT");
    Local::start(&["--data", file]);
}
