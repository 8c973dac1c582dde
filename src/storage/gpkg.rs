//! Opening a GeoPackage: pragmas, functions, checks of the file before anything is written.

use super::error::{Error, Result};
use super::{gpkg_functions, network};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

/// First bytes of an SQLite file.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

/// Opens or creates the file.
pub(super) async fn open(path: &Path) -> Result<SqlitePool> {
    examine(path)?;
    refuse_others(path).await?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        // Rows come from a thread of their own: handed over 50 at a time, waking costs more than reading.
        .row_buffer_size(4096)
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
    let refuse = |reason: String| Error::File {
        path: path.to_owned(),
        reason,
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .map_err(|error| refuse(format!("its folder cannot be made: {error}")))?;
    }
    if let Some(kind) = network::share_of(path) {
        return Err(refuse(format!(
            "lies on a network share ({kind}), where a GeoPackage can be damaged; use a local disk, or --db postgres://…"
        )));
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
    let readonly = file
        .metadata()
        .is_ok_and(|meta| meta.permissions().readonly());
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

/// Refuses the SQLite database of another program, before anything in it is changed.
async fn refuse_others(path: &Path) -> Result<()> {
    const TABLES: &str =
        "SELECT count(*), coalesce(sum(name = '_sqlx_migrations'), 0) FROM sqlite_master";
    if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
        return Ok(());
    }
    let refuse = |reason: &str| Error::File {
        path: path.to_owned(),
        reason: reason.to_owned(),
    };
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .connect()
        .await?;
    let (tables, ours): (i64, i64) = sqlx::query_as(TABLES)
        .fetch_one(&mut connection)
        .await
        .map_err(|error| match error.as_database_error() {
            Some(database) => refuse(&format!("is no usable GeoPackage: {}", database.message())),
            None => Error::from(error),
        })?;
    if tables > 0 && ours == 0 {
        return Err(refuse(
            "is the database of another program; name another file (its layers can be imported)",
        ));
    }
    Ok(())
}
