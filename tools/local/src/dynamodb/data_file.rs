//! The file of the tables: only files of this program, and one stack at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Checks a file that may be missing, and locks it until the returned file is closed.
pub(crate) fn claim(path: &Path) -> Result<File> {
    let name = path.display();
    if path.is_dir() {
        bail!("{name} is a folder: pass a file in it as --data");
    }
    if path.exists() {
        // The embedded DynamoDB keeps its list of tables in `_tables`.
        let query = "SELECT count(*) = 0 OR sum(name = '_tables') > 0 FROM sqlite_master";
        let is_ours = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|database| database.query_row(query, (), |row| row.get(0)));
        match is_ours {
            Ok(true) => {}
            Ok(false) => {
                bail!("{name} is the database of another program: choose another file with --data")
            }
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                bail!("{name} is not an SQLite database: choose another file with --data")
            }
            Err(error) => return Err(error).context(format!("{name} cannot be read")),
        }
    }
    // The lock is on a file of its own: SQLite's locks on the database are lost if this process opens
    // and closes the database another time. A symbolic link has the lock of its file.
    let mut lock = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    lock.push("-lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(lock);
    let file = file.with_context(|| format!("{name} cannot be opened"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "{name} is in use by another `cargo local`: stop it, or choose another file with --data"
        ),
        Err(TryLockError::Error(error)) => Err(error).context(format!("{name} cannot be locked")),
    }
}
