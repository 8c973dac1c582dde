//! Opening PostgreSQL with PostGIS.

use super::error::{Error, Result};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::time::Duration;

/// Oldest PostgreSQL that is supported, as `server_version_num`.
const OLDEST: i32 = 120_000;

/// Connects, and checks the versions.
pub(super) async fn open(url: &str) -> Result<PgPool> {
    let options: PgConnectOptions =
        url.parse().map_err(|error: sqlx::Error| Error::Unavailable { reason: format!("the address is wrong: {error}") })?;
    let pool = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options)
        .await
        .map_err(|error| Error::Unavailable {
            reason: format!("{error}; is the server running, does the database exist, may this user connect?"),
        })?;
    let version: String = sqlx::query_scalar("SHOW server_version_num").fetch_one(&pool).await?;
    if version.parse::<i32>().unwrap_or(0) < OLDEST {
        return Err(Error::Unavailable { reason: format!("PostgreSQL {version} is too old; 12 or newer is needed") });
    }
    let available: Option<String> =
        sqlx::query_scalar("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")
            .fetch_optional(&pool)
            .await?
            .flatten();
    if available.is_none() {
        return Err(Error::Unavailable { reason: "PostGIS is not installed on the server (Debian: postgresql-15-postgis-3)".into() });
    }
    Ok(pool)
}
