//! `gridkeeper plan`: drafts of patrol areas, one per street.

use super::{Invocation, progress};
use crate::domain::PlanSettings;
use crate::services::{DEFAULT_EFFORT, PlanRequest, regions};

/// Make a plan of patrol areas as a draft.
#[derive(clap::Args)]
#[command(
    after_help = "Example: gridkeeper plan --region 999001001000 --band 15\n\
    A community makes a draft of its street in which only it differs; above a street, one draft each."
)]
pub struct Args {
    /// A street, a community, or anything above a street: its 12-digit code, or its name if only one has it.
    #[arg(long)]
    region: String,
    /// Households of one pair. Default: the settings (500).
    #[arg(long)]
    target: Option<u32>,
    /// Tolerance in percent. Default: the settings (15).
    #[arg(long)]
    band: Option<f64>,
    /// Keep compounds whole (`whole`), if possible (`prefer`), or not (`free`).
    #[arg(long, default_value = "whole")]
    compounds: crate::domain::CompoundRule,
    /// Keep areas inside statutory grids.
    #[arg(long)]
    inside_grids: bool,
    /// Balance areas by `households`, or by the `visits` that these ask for in a month (日访、周访、月访).
    #[arg(long, default_value = "households")]
    weigh_by: crate::domain::WeighBy,
    /// The same seed makes the same plan.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Iterations per unit.
    #[arg(long, default_value_t = DEFAULT_EFFORT)]
    effort: u64,
    /// Name of the draft.
    #[arg(long)]
    name: Option<String>,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services_unread(true).await?;
    let rows = services.read_rows().await?;
    let defaults = &invocation.config.plan;
    let request = PlanRequest {
        region: regions::find(&rows.regions, &args.region)?,
        settings: PlanSettings {
            target_households: args.target.unwrap_or(defaults.target_households),
            band_bp: args.band.map_or(defaults.band_bp, |percent| {
                (percent * 100.0).round().max(0.0) as u32
            }),
            keepers_per_area: defaults.keepers_per_area,
            compounds: args.compounds,
            inside_grids: args.inside_grids,
            weigh_by: args.weigh_by,
        },
        seed: args.seed,
        effort: args.effort,
        name: args.name,
    };
    let job = services.plan_start_on(rows.clone(), &invocation.actor(), request)?;
    let view = progress::follow(job).await?;
    for id in view.result.unwrap_or_default().plan_ids {
        let plan = services.plan_stored(id).await?;
        let f = &plan.figures;
        let street = rows.regions.iter().find(|r| r.code == plan.street);
        eprintln!(
            "{} {}: {} areas, {} households ({} estimated) asking for {} visits a month, worst deviation {} by {}, out of band {}, heavy {}, \
             disconnected {} (without attachments {}), isolated {}, splits {}",
            plan.street,
            street.map_or("", |street| street.name.as_str()),
            f.areas,
            f.households,
            f.estimated_households,
            f.visits.map_or_else(|| "—".into(), |n| n.to_string()),
            if f.areas > f.heavy {
                format!("{:+.2} %", f64::from(f.worst_deviation_bp) / 100.0)
            } else {
                "—".into()
            },
            plan.settings.weigh_by,
            f.out_of_band,
            f.heavy,
            f.disconnected,
            f.disconnected_without_attachments,
            f.isolated,
            plan.splits.len(),
        );
        for problem in &plan.problems {
            eprintln!("  - {} / {}", problem.zh, problem.en);
        }
        super::out(&id.to_string());
    }
    Ok(())
}
