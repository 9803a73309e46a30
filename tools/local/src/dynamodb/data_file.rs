//! The file of the tables: only files of this program, and one stack at a time.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFileError {
    /// It is not an SQLite database.
    #[error("{0} is not an SQLite database: choose another file with --data")]
    NotSqlite(PathBuf),
    /// It is a folder.
    #[error("{0} is a folder: pass a file in it as --data")]
    Folder(PathBuf),
    /// It has no tables of this program.
    #[error("{0} is the database of another program: choose another file with --data")]
    OtherProgram(PathBuf),
    /// Another stack uses it.
    #[error("{0} is in use by another `cargo local`: stop it, or choose another file with --data")]
    InUse(PathBuf),
    /// The file, or its lock, cannot be opened.
    #[error("{0} cannot be opened: {1}")]
    Io(PathBuf, io::Error),
    /// SQLite cannot read the file.
    #[error("{0} cannot be read: {1}")]
    Sqlite(PathBuf, rusqlite::Error),
}

/// Checks a file that may be missing, and locks it until the returned file is closed.
pub(crate) fn claim(path: &Path) -> Result<File, DataFileError> {
    if path.is_dir() {
        return Err(DataFileError::Folder(path.to_owned()));
    }
    if path.exists() {
        check(path)?;
    }
    lock(path)
}

/// The lock is on a file of its own: SQLite's locks on the database are lost if this process opens
/// and closes the database another time. A symbolic link has the lock of its file.
fn lock(path: &Path) -> Result<File, DataFileError> {
    let mut name = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    name.push("-lock");
    let failed = |error| DataFileError::Io(path.to_owned(), error);
    let options = OpenOptions::new().create(true).truncate(false).write(true).open(name);
    let file = options.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataFileError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn check(path: &Path) -> Result<(), DataFileError> {
    // The embedded DynamoDB keeps its list of tables in `_tables`.
    let query = "SELECT count(*) = 0 OR sum(name = '_tables') > 0 FROM sqlite_master";
    let is_ours = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|database| database.query_row(query, (), |row| row.get(0)));
    match is_ours {
        Ok(true) => Ok(()),
        Ok(false) => Err(DataFileError::OtherProgram(path.to_owned())),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Err(DataFileError::NotSqlite(path.to_owned()))
        }
        Err(error) => Err(DataFileError::Sqlite(path.to_owned(), error)),
    }
}
