//! `gridkeeper backup` and `gridkeeper restore`.

use super::Invocation;
use crate::storage::Store;
use std::path::PathBuf;

/// Copy the database while it is in use, and verify the copy.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper backup /media/usb/gridkeeper-2027-03-01.gpkg")]
pub struct BackupArgs {
    /// The file to write; it must not exist.
    file: PathBuf,
}

/// Put a backup back; what is there now is kept beside it.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper restore /media/usb/gridkeeper-2027-03-01.gpkg")]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
}

pub async fn backup(invocation: Invocation, args: BackupArgs) -> anyhow::Result<()> {
    let store = Store::open(&invocation.db).await?;
    store.backup(&args.file).await?;
    eprintln!(
        "已备份并校验 / copied and verified: {}",
        args.file.display()
    );
    Ok(())
}

pub async fn restore(invocation: Invocation, args: RestoreArgs) -> anyhow::Result<()> {
    Store::restore(&invocation.db, &args.file).await?;
    // The log of the backup is older than its checkpoint: both are kept, and the log goes on from there.
    let services = invocation.services_unread(true).await?;
    services
        .audit_restored(&invocation.actor(), &args.file.display().to_string())
        .await?;
    eprintln!("已恢复 / restored: {}", invocation.db);
    Ok(())
}
