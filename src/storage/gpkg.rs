//! Opening a GeoPackage: pragmas, functions, checks of the file before anything is written.

use super::error::{Error, Result};
use super::gpkg_functions;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// `GPKG` as the application id of the file format.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// Opens or creates the file.
pub(super) async fn open(path: &Path) -> Result<SqlitePool> {
    examine(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-32000");
    let pool = SqlitePoolOptions::new()
        .max_connections(4)
        .acquire_timeout(Duration::from_secs(10))
        .after_connect(|connection, _| Box::pin(gpkg_functions::register(connection)))
        .connect_with(options)
        .await;
    pool.map_err(|error| match &error {
        sqlx::Error::Database(database) => Error::File {
            path: path.to_owned(),
            reason: format!("cannot be opened as a GeoPackage: {}", database.message()),
        },
        _ => Error::from(error),
    })
}

/// What is wrong with the file before SQLite touches it.
fn examine(path: &Path) -> Result<()> {
    let refuse = |reason: String| Error::File { path: path.to_owned(), reason };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| refuse(format!("its folder cannot be made: {error}")))?;
    }
    if path.is_dir() {
        return Err(refuse("is a folder; name a file".into()));
    }
    let Ok(mut file) = std::fs::File::open(path) else {
        if path.exists() {
            return Err(refuse("cannot be read; check its permissions".into()));
        }
        return Ok(());
    };
    let readonly = file.metadata().map(|meta| meta.permissions().readonly()).unwrap_or(false);
    if readonly {
        return Err(refuse("is read-only; make it writable or copy it".into()));
    }
    let mut head = Vec::new();
    file.by_ref()
        .take(SQLITE_MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(|error| refuse(format!("cannot be read: {error}")))?;
    if !head.is_empty() && head != SQLITE_MAGIC {
        return Err(refuse("is no GeoPackage (not an SQLite file)".into()));
    }
    Ok(())
}
