//! The store: opens the right database, migrates it after a backup, hands out leases and transactions.

use super::database::{Database, Lease, Tx};
use super::error::{Error, Result};
use super::lock::{self, FileLock};
use super::url::DatabaseUrl;
use super::{backup, gpkg, postgis};
use sqlx::migrate::Migrator;
use std::path::{Path, PathBuf};
use std::sync::Arc;

static GPKG: Migrator = sqlx::migrate!("migrations/gpkg");
static POSTGIS: Migrator = sqlx::migrate!("migrations/postgis");

/// One database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) database: Database,
    pub(super) url: DatabaseUrl,
    pub(super) backups: PathBuf,
    _lock: Option<Arc<FileLock>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens for reading and short writes, beside a server.
    ///
    /// # Errors
    /// The file or server cannot be used; the text says how to mend it.
    pub async fn open(url: &DatabaseUrl) -> Result<Self> {
        Self::open_with(url, None).await
    }

    /// Opens as the only server of a GeoPackage.
    ///
    /// # Errors
    /// As [`Store::open`], and `Locked`.
    pub async fn open_exclusive(url: &DatabaseUrl) -> Result<Self> {
        let lock = match url {
            DatabaseUrl::Gpkg(path) => {
                if let Some(folder) = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty())
                {
                    std::fs::create_dir_all(folder).map_err(|error| Error::File {
                        path: path.clone(),
                        reason: format!("its folder cannot be made: {error}"),
                    })?;
                }
                Some(Arc::new(lock::acquire(path)?))
            }
            DatabaseUrl::Postgis(_) => None,
        };
        Self::open_with(url, lock).await
    }

    async fn open_with(url: &DatabaseUrl, lock: Option<Arc<FileLock>>) -> Result<Self> {
        let database = match url {
            DatabaseUrl::Gpkg(path) => Database::Gpkg(gpkg::open(path).await?),
            DatabaseUrl::Postgis(url) => Database::Postgis(postgis::open(url).await?),
        };
        let store = Self {
            database,
            url: url.clone(),
            backups: backup::folder(url),
            _lock: lock,
        };
        store.migrate().await?;
        Ok(store)
    }

    /// The GeoPackage file, when it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.url {
            DatabaseUrl::Gpkg(path) => Some(path),
            DatabaseUrl::Postgis(_) => None,
        }
    }

    /// Automatic backups of a PostgreSQL database go into `folder`; those of a GeoPackage lie beside it.
    #[must_use]
    pub fn with_backups_in(mut self, folder: &Path) -> Self {
        if matches!(self.url, DatabaseUrl::Postgis(_)) {
            folder.clone_into(&mut self.backups);
        }
        self
    }

    /// A snapshot for reading.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn read(&self) -> Result<Lease> {
        self.database.read().await
    }

    /// A transaction for writing.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn begin(&self) -> Result<Tx> {
        self.database.begin().await
    }

    /// The data version: it grows with every event, also those of other programs.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn data_version(&self) -> Result<u64> {
        self.read().await?.conn().data_version().await
    }

    /// Brings the schema up to date, after a backup when there is something to lose.
    async fn migrate(&self) -> Result<()> {
        let applied = self.applied().await?;
        let migrator = match &self.database {
            Database::Gpkg(_) => &GPKG,
            Database::Postgis(_) => &POSTGIS,
        };
        let known = migrator
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0);
        match applied {
            Some(found) if found > known => return Err(Error::Newer { found, known }),
            Some(found) if found == known => return Ok(()),
            Some(_) => drop(self.backup_automatically("migrate").await?),
            None => {}
        }
        match &self.database {
            Database::Gpkg(pool) => {
                migrator.run(pool).await?;
                // Other tools read the file's header before they look at the log beside it.
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                    .execute(pool)
                    .await?;
            }
            Database::Postgis(pool) => migrator.run(pool).await?,
        }
        Ok(())
    }

    /// Has the database give up the bytes of what was overwritten or deleted.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn forget_deleted(&self) -> Result<()> {
        match &self.database {
            Database::Gpkg(pool) => {
                for text in ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] {
                    sqlx::query(text).execute(pool).await?;
                }
            }
            Database::Postgis(pool) => {
                for text in [
                    "VACUUM FULL housekeeper",
                    "VACUUM FULL import_change",
                    "VACUUM FULL keeper_photo",
                    "VACUUM FULL waiting_row",
                    "VACUUM FULL visit",
                    "VACUUM FULL diary_entry",
                ] {
                    sqlx::query(text).execute(pool).await?;
                }
            }
        }
        Ok(())
    }

    /// Newest applied migration; `None` for a new database.
    pub(super) async fn applied(&self) -> Result<Option<i64>> {
        const TABLE_GPKG: &str =
            "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
        const TABLE_POSTGIS: &str = "SELECT count(*) FROM pg_tables WHERE tablename = '_sqlx_migrations' \
             AND schemaname = current_schema()";
        const NEWEST: &str = "SELECT max(version) FROM _sqlx_migrations";
        Ok(match &self.database {
            Database::Gpkg(pool) => {
                let tables: i64 = sqlx::query_scalar(TABLE_GPKG)
                    .fetch_one(pool)
                    .await
                    .map_err(|error| match error {
                        sqlx::Error::Database(database) => Error::File {
                            path: self.file().map(PathBuf::from).unwrap_or_default(),
                            reason: format!("is no usable GeoPackage: {}", database.message()),
                        },
                        other => Error::from(other),
                    })?;
                if tables == 0 {
                    None
                } else {
                    sqlx::query_scalar(NEWEST).fetch_one(pool).await?
                }
            }
            Database::Postgis(pool) => {
                let tables: i64 = sqlx::query_scalar(TABLE_POSTGIS).fetch_one(pool).await?;
                if tables == 0 {
                    None
                } else {
                    sqlx::query_scalar(NEWEST).fetch_one(pool).await?
                }
            }
        })
    }

    /// Copies the database while it is in use, and verifies the copy.
    ///
    /// # Errors
    /// The file exists, the disk is full, `pg_dump` is not installed.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        backup::backup(self, to).await
    }

    /// Puts a backup back; what was there is kept beside it.
    ///
    /// # Errors
    /// The backup is broken, or the database is in use.
    pub async fn restore(url: &DatabaseUrl, from: &Path) -> Result<()> {
        backup::restore(url, from).await
    }

    /// A backup with a dated name; the last seven are kept. `None` when there is nothing to back up.
    ///
    /// # Errors
    /// As [`Store::backup`].
    pub async fn backup_automatically(&self, reason: &str) -> Result<Option<PathBuf>> {
        backup::automatic(self, reason).await
    }
}
