//! One of two databases, its leases and transactions, and the macro that writes a query once.

use super::error::Result;
use super::dialect;

use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

/// The pools.
#[derive(Clone)]
pub(super) enum Database {
    Gpkg(SqlitePool),
    Postgis(PgPool),
}

/// A connection for reading; a snapshot for as long as it lives.
pub enum Lease {
    /// GeoPackage.
    Gpkg(Transaction<'static, Sqlite>),
    /// PostGIS.
    Postgis(Transaction<'static, Postgres>),
}

/// A transaction for writing; dropped without [`Tx::commit`] it is rolled back.
pub enum Tx {
    /// GeoPackage.
    Gpkg(Transaction<'static, Sqlite>),
    /// PostGIS.
    Postgis(Transaction<'static, Postgres>),
}

/// What both lend: all queries are methods of this.
pub enum Conn<'c> {
    /// GeoPackage.
    Gpkg(&'c mut SqliteConnection),
    /// PostGIS.
    Postgis(&'c mut PgConnection),
}

/// Expands `$body` once per database; sqlx infers everything else from the type of `$db`.
macro_rules! on {
    ($conn:expr, |$db:ident| $body:expr) => {
        match $conn {
            $crate::storage::Conn::Gpkg(c) => {
                let $db = &mut **c;
                $body
            }
            $crate::storage::Conn::Postgis(c) => {
                let $db = &mut **c;
                $body
            }
        }
    };
}
pub(super) use on;

impl Lease {
    /// The connection.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Gpkg(tx) => Conn::Gpkg(tx),
            Self::Postgis(tx) => Conn::Postgis(tx),
        }
    }
}

impl Tx {
    /// The connection.
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Gpkg(tx) => Conn::Gpkg(tx),
            Self::Postgis(tx) => Conn::Postgis(tx),
        }
    }

    /// Makes everything durable; only then may anybody be told that it is saved.
    ///
    /// # Errors
    /// The driver's; nothing was stored.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Gpkg(mut tx) => {
                sqlx::query(dialect::GPKG_OWN_WRITE_ENDS).execute(&mut *tx).await?;
                tx.commit().await?;
            }
            Self::Postgis(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

impl Database {
    pub(super) async fn read(&self) -> Result<Lease> {
        Ok(match self {
            Self::Gpkg(pool) => Lease::Gpkg(pool.begin().await?),
            Self::Postgis(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query(dialect::POSTGIS_SNAPSHOT).execute(&mut *tx).await?;
                Lease::Postgis(tx)
            }
        })
    }

    pub(super) async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Gpkg(pool) => {
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::query(dialect::GPKG_OWN_WRITE_BEGINS).execute(&mut *tx).await?;
                Tx::Gpkg(tx)
            }
            Self::Postgis(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query(dialect::POSTGIS_OWN_WRITE).execute(&mut *tx).await?;
                sqlx::query(dialect::POSTGIS_WRITER_LOCK).execute(&mut *tx).await?;
                Tx::Postgis(tx)
            }
        })
    }
}

