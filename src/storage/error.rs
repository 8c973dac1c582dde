//! What can go wrong with a database, shaped by what the caller can do about it.

use std::path::PathBuf;

/// Result of a storage call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a storage call failed. Lookups answer `None`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule was broken: a row is already there, or refers to nothing.
    #[error("a rule of the database is broken: {constraint}")]
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
    #[error(
        "the database has schema {found}, this program knows {known}: use the newer program, or restore a backup"
    )]
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
            sqlx::Error::Database(database) => match reason(&**database) {
                Reason::Rule => Self::Conflict {
                    constraint: database
                        .constraint()
                        .unwrap_or(database.message())
                        .to_owned(),
                },
                Reason::Unavailable(reason) => Self::Unavailable { reason },
                Reason::Other => Self::Driver(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable {
                reason: error.to_string(),
            },
            _ => Self::Driver(error),
        }
    }
}

/// What an error of the database asks of the caller.
enum Reason {
    /// A unique, foreign or other rule was broken.
    Rule,
    /// Not now; the text says what to do.
    Unavailable(String),
    /// A mistake of ours.
    Other,
}

fn reason(error: &dyn sqlx::error::DatabaseError) -> Reason {
    use sqlx::error::ErrorKind as Kind;
    if matches!(
        error.kind(),
        Kind::UniqueViolation
            | Kind::ForeignKeyViolation
            | Kind::NotNullViolation
            | Kind::CheckViolation
    ) {
        return Reason::Rule;
    }
    let code = error.code().unwrap_or_default();
    let why = |text: &str| Reason::Unavailable(text.to_owned());
    // SQLite numbers its errors, the low byte is the primary one; PostgreSQL has five characters.
    if let (true, Ok(number)) = (code.len() < 5, code.parse::<u32>()) {
        return match number & 0xff {
            5 | 6 => why("the file is in use by another program; try again"),
            8 => why("the file is read-only; make it and its folder writable"),
            10 => why("the disk does not answer"),
            11 | 26 => why("the file is damaged; restore the newest backup"),
            13 => why("the disk is full; free some space"),
            14 => why("the file cannot be opened; check its folder and permissions"),
            19 => Reason::Rule,
            _ => Reason::Other,
        };
    }
    match &*code {
        "53100" => why("the disk is full; free some space"),
        "25006" => why("the database is read-only"),
        "40001" | "40P01" | "55P03" => why("another change came first; try again"),
        // Connections, shutdown, resources, log-in.
        c if ["08", "57P", "53", "28"]
            .iter()
            .any(|class| c.starts_with(class)) =>
        {
            Reason::Unavailable(error.message().to_owned())
        }
        _ => Reason::Other,
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error)
            | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => Self::from(error),
            other => Self::Unavailable {
                reason: format!("migration: {other}"),
            },
        }
    }
}
