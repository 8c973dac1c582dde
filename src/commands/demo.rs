//! `gridkeeper demo`: the synthetic city.

use super::{Invocation, progress};
use crate::services::jobs::JobKind;

/// Make the synthetic demo city in an empty database.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper --db gpkg:demo.gpkg demo --households 200000")]
pub struct Args {
    /// Households; without it the street of 31,000 households with 56 of 124 housekeepers.
    #[arg(long)]
    households: Option<u32>,
    /// The same seed makes the same city.
    #[arg(long, default_value_t = crate::demo::DEFAULT_SEED)]
    seed: u64,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services(true).await?;
    let (_, job) = services.jobs().start(JobKind::Plan, services.now())?;
    let worker = job.clone();
    let (city, actor) = (services.clone(), invocation.actor());
    tokio::spawn(async move {
        let made = city
            .make_demo(&actor, args.households, args.seed, worker.clone())
            .await;
        worker.finish(made);
    });
    progress::follow(job).await?;
    let picture = services.picture();
    eprintln!(
        "合成示例城市已建成 / the synthetic city is made: {} compounds, {} buildings, {} housekeepers in post, {} issues",
        picture.compounds.len(),
        picture.buildings.len(),
        picture
            .quotas
            .iter()
            .map(|quota| quota.in_post)
            .sum::<u32>(),
        services.issues().ledger().columns.len()
    );
    Ok(())
}
