//! `gridkeeper key`: the key that seals sensitive fields.

use super::Invocation;
use clap::Subcommand;

/// Say which key belongs to the database, or seal everything anew with another one.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper key rotate")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say whether sensitive fields can be opened, and with which key.
    Status,
    /// Make a new key, seal everything with it, and keep the old key file beside it; stop the server first.
    Rotate,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Status => {
            let services = invocation.services_unread(false).await?;
            if let Some(reason) = services.keys().locked() {
                anyhow::bail!(
                    "敏感字段已锁定：{} / sensitive fields are locked: {}",
                    reason.zh,
                    reason.en
                );
            }
            let name = services.keys().fingerprint().unwrap_or_default();
            eprintln!("密钥 {name} 可用 / the key {name} opens the sensitive fields");
        }
        Command::Rotate => {
            let services = invocation.services_unread(true).await?;
            let n = services.key_rotate(&invocation.actor()).await?;
            eprintln!(
                "已用新密钥重新加密 {n} 条；旧密钥文件保留在旁边，旧备份仍需要它 / {n} records are sealed with the new key; the old key file is kept beside it, old backups still need it"
            );
        }
    }
    Ok(())
}
