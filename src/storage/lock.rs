//! One writer program per GeoPackage: a lock file beside it, released by the system when the program ends.

use super::error::{Error, Result};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// Holds the lock as long as it lives.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

/// The lock file of a database.
fn lock_path(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Takes the lock, or says that somebody has it.
pub(super) fn acquire(database: &Path) -> Result<FileLock> {
    let path = lock_path(database);
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| {
        Error::File { path: path.clone(), reason: format!("cannot write beside the database ({error}); make the folder writable") }
    })?;
    match file.try_lock() {
        Ok(()) => Ok(FileLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(database.to_owned())),
        Err(TryLockError::Error(error)) => Err(Error::File {
            path,
            reason: format!("cannot be locked ({error}); a network share does not work, use a local disk"),
        }),
    }
}
