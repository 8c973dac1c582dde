//! `gridkeeper audit`: is the log whole, and what may go.

use super::Invocation;
use clap::Subcommand;

/// Verify the audit log, or let go of old entries.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper audit verify")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Follow the whole chain and compare it with the signed checkpoint; exit code 1 when anything does not fit.
    Verify,
    /// Let go of entries older than the settings say (security.audit_days).
    Retain {
        /// Only say how many.
        #[arg(long)]
        dry_run: bool,
    },
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services_unread(false).await?;
    match args.command {
        Command::Verify => {
            let report = services.audit_verify().await?;
            if !report.whole {
                anyhow::bail!("审计日志：{} / audit log: {}", report.zh, report.en);
            }
            eprintln!(
                "审计日志完整：{} 条，止于第 {} 条 / the audit log is whole: {0} entries, up to number {1}",
                report.entries, report.last
            );
        }
        Command::Retain { dry_run } => {
            let n = services.audit_retain(&invocation.actor(), dry_run).await?;
            if dry_run {
                eprintln!("可清理 {n} 条（未清理）/ {n} entries could go (dry run)");
            } else {
                eprintln!("已清理 {n} 条 / {n} entries are gone");
            }
        }
    }
    Ok(())
}
