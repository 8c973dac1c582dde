//! Backups: online, verified, the last seven automatic ones kept.

use super::database::Database;
use super::error::{Error, Result};
use super::lock;
use super::store::Store;
use super::url::{DatabaseUrl, password_apart};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Automatic backups that are kept.
const KEPT: usize = 7;

pub(super) async fn backup(store: &Store, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(Error::File {
            path: to.to_owned(),
            reason: "exists already; name a new file".into(),
        });
    }
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| Error::File {
            path: folder.to_owned(),
            reason: format!("cannot be made: {error}"),
        })?;
    }
    match &store.database {
        Database::Gpkg(pool) => {
            // Under another name until it is whole: nobody ever finds half a backup.
            let part = beside(to, ".part");
            drop(std::fs::remove_file(&part));
            let made = copy_into(pool, &part).await;
            let named = match made {
                Ok(()) => {
                    std::fs::rename(&part, to).map_err(|error| cannot(to, "be named", &error))
                }
                Err(error) => Err(error),
            };
            if named.is_err() {
                drop(std::fs::remove_file(&part));
            }
            named
        }
        Database::Postgis(_) => {
            let DatabaseUrl::Postgis(url) = &store.url else {
                return Ok(());
            };
            let (url, password) = password_apart(url);
            let file = to.to_string_lossy();
            let dumped = run(
                "pg_dump",
                &["--format=custom", "--file", &file, "--dbname", &url],
                password,
            )
            .await;
            let whole = match dumped {
                Ok(()) => run("pg_restore", &["--list", &file], None).await,
                Err(error) => Err(error),
            };
            if whole.is_err() {
                drop(std::fs::remove_file(to));
            }
            whole
        }
    }
}

/// A consistent copy of one instant while others write, on the disk, verified.
async fn copy_into(pool: &sqlx::SqlitePool, file: &Path) -> Result<()> {
    let quoted = file.to_string_lossy().replace('\'', "''");
    sqlx::query(AssertSqlSafe(format!("VACUUM INTO '{quoted}'")))
        .execute(pool)
        .await?;
    std::fs::File::open(file)
        .and_then(|copy| copy.sync_all())
        .map_err(|error| cannot(file, "be written", &error))?;
    verify(file).await
}

fn cannot(file: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::File {
        path: file.to_owned(),
        reason: format!("cannot {what}: {error}"),
    }
}

/// The path with something appended to its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens a copy and asks SQLite whether it is whole.
async fn verify(file: &Path) -> Result<()> {
    let mut connection = SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .connect()
        .await?;
    let answer: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await?;
    if answer == "ok" {
        return Ok(());
    }
    Err(Error::File {
        path: file.to_owned(),
        reason: format!("the copy is broken: {answer}"),
    })
}

/// Runs a program of PostgreSQL; the password goes by the environment, which other users cannot read.
async fn run(program: &str, arguments: &[&str], password: Option<String>) -> Result<()> {
    let mut command = Command::new(program);
    command.args(arguments);
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command.output().await.map_err(|error| Error::Unavailable {
        reason: format!("{program} cannot be run ({error}); install postgresql-client"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Error::Unavailable {
        reason: format!("{program}: {}", text.lines().next().unwrap_or("failed")),
    })
}

pub(super) async fn restore(url: &DatabaseUrl, from: &Path) -> Result<()> {
    if !from.is_file() {
        return Err(Error::File {
            path: from.to_owned(),
            reason: "does not exist".into(),
        });
    }
    match url {
        DatabaseUrl::Gpkg(path) => {
            let _lock = lock::acquire(path)?;
            verify(from).await?;
            let failed = |error: std::io::Error| Error::File {
                path: path.clone(),
                reason: error.to_string(),
            };
            if path.exists() {
                // The write-ahead log belongs to the file and moves with it.
                let aside = beside(path, &format!(".before-restore-{}", stamp()));
                std::fs::rename(path, &aside).map_err(failed)?;
                for suffix in ["-wal", "-shm"] {
                    drop(std::fs::rename(
                        beside(path, suffix),
                        beside(&aside, suffix),
                    ));
                }
            }
            let part = beside(path, ".part");
            std::fs::copy(from, &part).map_err(failed)?;
            std::fs::File::open(&part)
                .and_then(|copy| copy.sync_all())
                .map_err(failed)?;
            std::fs::rename(&part, path).map_err(failed)?;
            verify(path).await
        }
        DatabaseUrl::Postgis(url) => {
            let file = from.to_string_lossy();
            let (url, password) = password_apart(url);
            let whole = [
                "--clean",
                "--if-exists",
                "--exit-on-error",
                "--single-transaction",
                "--dbname",
                &url,
                &file,
            ];
            run("pg_restore", &whole, password).await
        }
    }
}

fn stamp() -> String {
    chrono::Utc::now().format("%Y%m%dT%H%M%S%3f").to_string()
}

/// Where automatic backups go by default: beside a GeoPackage, or under the data of this computer.
pub(super) fn folder(url: &DatabaseUrl) -> PathBuf {
    match url {
        DatabaseUrl::Gpkg(path) => path.parent().unwrap_or(Path::new("")).join("backups"),
        DatabaseUrl::Postgis(_) => PathBuf::from("data/backups"),
    }
}

pub(super) async fn automatic(store: &Store, reason: &str) -> Result<Option<PathBuf>> {
    if store.applied().await?.is_none() || store.data_version().await? == 0 {
        return Ok(None);
    }
    let (stem, extension) = match &store.url {
        DatabaseUrl::Gpkg(path) => (path.file_stem().map(|stem| stem.to_string_lossy()), "gpkg"),
        DatabaseUrl::Postgis(url) => (Some(super::url::database_name(url).into()), "dump"),
    };
    let stem = stem.unwrap_or_default().into_owned();
    let folder = &store.backups;
    let to = folder.join(format!("{stem}-{}-{reason}.{extension}", stamp()));
    backup(store, &to).await?;
    let prefix = format!("{stem}-");
    let mut old: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect()
        })
        .unwrap_or_default();
    old.retain(|file| {
        file.extension().is_some_and(|ext| ext == extension)
            && file
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(&prefix))
    });
    old.sort();
    let surplus = old.len().saturating_sub(KEPT);
    for file in old.into_iter().take(surplus) {
        drop(std::fs::remove_file(file));
    }
    Ok(Some(to))
}
