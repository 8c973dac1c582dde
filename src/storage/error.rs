//! What can go wrong with a database, shaped by what the caller can do about it.

use std::path::PathBuf;

/// Result of a storage call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a storage call failed. Lookups answer `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique rule was broken.
    #[error("already there: {constraint}")]
    Conflict {
        /// The rule.
        constraint: String,
    },
    /// A stored value that the domain refuses.
    #[error("inconsistent value in {table}.{column}, row {id}: {reason}")]
    Inconsistent {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Row.
        id: String,
        /// Why.
        reason: String,
    },
    /// The database does not answer now.
    #[error("database unavailable: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// The file cannot be used; the text says how to mend it.
    #[error("{path}: {reason}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
    /// The database was written by a newer version of the program.
    #[error("the database has schema {found}, this program knows {known}: use the newer program, or restore a backup")]
    Newer {
        /// Schema of the database.
        found: i64,
        /// Newest schema of this program.
        known: i64,
    },
    /// Another program serves this file.
    #[error("{path} is in use by another gridkeeper; stop it first", path = .0.display())]
    Locked(PathBuf),
    /// Anything else of the driver.
    #[error("database: {0}")]
    Driver(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::Conflict { constraint: database.message().to_owned() }
            }
            sqlx::Error::Database(database) if is_full(database.code().as_deref()) => {
                Self::Unavailable { reason: "the disk is full".into() }
            }
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Self::Unavailable { reason: error.to_string() }
            }
            _ => Self::Driver(error),
        }
    }
}

/// SQLITE_FULL, and `disk_full` of PostgreSQL.
fn is_full(code: Option<&str>) -> bool {
    matches!(code, Some("13" | "53100"))
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => Self::from(error),
            other => Self::Unavailable { reason: format!("migration: {other}") },
        }
    }
}
