//! `gridkeeper retain`: lets go of what was kept long enough.

use super::{Invocation, out};

/// Let go of what was kept long enough: the rules stand in the settings under `security`.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper retain --dry-run")]
pub struct Args {
    /// Only say how much.
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services_unread(false).await?;
    let done = services.retain(&invocation.actor(), args.dry_run).await?;
    out(&format!(
        "审计日志 audit\t{}\n离任小管家 keepers who left\t{}\n离任者照片 photos of keepers who left\t{}\n导入记录 import records\t{}\n待落点人员 waiting people\t{}\n过期会话 sessions\t{}",
        done.audit, done.keepers, done.portraits, done.import_records, done.waiting, done.sessions
    ));
    if args.dry_run {
        eprintln!("试运行，未删除 / dry run: nothing was removed");
    }
    Ok(())
}
