//! `gridkeeper check`: a numbered list of what was verified, exit code 1 when something is wrong.

use super::Invocation;

/// Verify the database and the plan in force.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper --db gpkg:data/gridkeeper.gpkg check")]
pub struct Args {}

pub async fn run(invocation: Invocation, _args: Args) -> anyhow::Result<()> {
    let services = invocation.services(false).await?;
    let findings = services.check().await?;
    let mut wrong = 0;
    for (at, finding) in findings.iter().enumerate() {
        let mark = if finding.problems.is_empty() { "ok" } else { "FAIL" };
        super::out(&format!("{:>2}. {mark:4} {} / {} ({})", at + 1, finding.zh, finding.en, finding.detail));
        for problem in finding.problems.iter().take(20) {
            super::out(&format!("      - {problem}"));
        }
        if finding.problems.len() > 20 {
            super::out(&format!("      … and {} more", finding.problems.len() - 20));
        }
        wrong += usize::from(!finding.problems.is_empty());
    }
    anyhow::ensure!(wrong == 0, "{wrong} of {} checks failed", findings.len());
    Ok(())
}
