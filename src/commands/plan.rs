//! `gridkeeper plan`: drafts of patrol areas, one per street.

use super::{Invocation, progress};
use crate::domain::PlanSettings;
use crate::services::{DEFAULT_EFFORT, PlanRequest, plans, regions};

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
    let services = invocation.services(true).await?;
    let defaults = &invocation.config.plan;
    let request = PlanRequest {
        region: regions::find(&services.picture(), &args.region)?,
        settings: PlanSettings {
            target_households: args.target.unwrap_or(defaults.target_households),
            band_bp: args.band.map_or(defaults.band_bp, |percent| {
                (percent * 100.0).round().max(0.0) as u32
            }),
            keepers_per_area: defaults.keepers_per_area,
            compounds: args.compounds,
            inside_grids: args.inside_grids,
        },
        seed: args.seed,
        effort: args.effort,
        name: args.name,
    };
    let (_, job) = services.plan_start(&invocation.actor(), request)?;
    let view = progress::follow(job).await?;
    let picture = services.picture();
    for id in view.result.unwrap_or_default().plan_ids {
        let plan = plans::detail(&picture, id, services.now())?;
        let f = &plan.plan.figures;
        eprintln!(
            "{} {}: {} areas, {} households ({} estimated), worst deviation {}, out of band {}, heavy {}, \
             disconnected {} (without attachments {}), isolated {}, splits {}",
            plan.plan.street,
            plan.plan.street_name,
            f.areas,
            f.households,
            f.estimated_households,
            f.worst_deviation_bp
                .map_or_else(|| "—".into(), |bp| format!("{:+.2} %", bp as f64 / 100.0)),
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
