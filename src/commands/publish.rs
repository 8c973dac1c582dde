//! `gridkeeper publish`: a plan into force, through the same transitions as the page.

use super::Invocation;
use crate::domain::PlanId;
use chrono::{DateTime, Utc};

/// Put a plan into force.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper publish 0193… --reason \"2027 春季调整\" --acknowledge")]
pub struct Args {
    /// The plan, as `gridkeeper plan` printed it.
    plan: PlanId,
    /// Why; written into the record.
    #[arg(long)]
    reason: String,
    /// From when, for example 2027-03-01T00:00:00+08:00; now when absent.
    #[arg(long)]
    effective_at: Option<DateTime<Utc>>,
    /// The warnings of the plan were read.
    #[arg(long)]
    acknowledge: bool,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services(true).await?;
    let actor = crate::domain::Actor::command_line(&invocation.config.operator.name);
    services
        .plan_publish(&actor, args.plan, &args.reason, args.effective_at, args.acknowledge)
        .await?;
    let picture = services.picture();
    let plan = crate::services::plans::detail(&picture, args.plan.uuid(), services.now())?;
    eprintln!("{} {}: {}", plan.plan.street_name, plan.plan.name, plan.plan.state);
    Ok(())
}
