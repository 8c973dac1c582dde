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
    let lines = [
        ("审计日志 audit", done.audit),
        ("离任小管家 keepers who left", done.keepers),
        ("离任者照片 photos of keepers who left", done.portraits),
        ("招募案卷 recruitment cases", done.cases),
        (
            "离任组织人员 people of organisations",
            done.organisation_people,
        ),
        ("导入记录 import records", done.import_records),
        ("待落点人员 waiting people", done.waiting),
        ("问题上报人 reporters of issues", done.reporters),
        ("走访 visits", done.visits),
        ("民情日记 entries of diaries", done.diaries),
        ("过期会话 sessions", done.sessions),
        ("通知 notifications", done.notifications),
        ("照片 photos", done.photos),
    ];
    for (what, n) in lines {
        out(&format!("{what}\t{n}"));
    }
    if args.dry_run {
        eprintln!("试运行，未删除 / dry run: nothing was removed");
    }
    Ok(())
}
