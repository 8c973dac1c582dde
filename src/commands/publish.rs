//! `gridkeeper publish`: a plan into force, through the same transitions as the page.

use super::Invocation;
use crate::domain::{Actor, PlanId, PlanState};
use crate::services::publishing::Transition;
use chrono::{DateTime, Utc};

/// Put a plan into force.
#[derive(clap::Args)]
#[command(
    after_help = "Example: gridkeeper publish 0193… --reason \"2027 春季调整\" --reviewer 王审核 --acknowledge"
)]
pub struct Args {
    /// The plan, as `gridkeeper plan` printed it.
    plan: PlanId,
    /// Why; written into the record.
    #[arg(long)]
    reason: String,
    /// Who looked at it and approves it: another person than the operator.
    #[arg(long)]
    reviewer: Option<String>,
    /// From when, for example 2027-03-01T00:00:00+08:00; now when absent.
    #[arg(long)]
    effective_at: Option<DateTime<Utc>>,
    /// The warnings of the plan were read.
    #[arg(long)]
    acknowledge: bool,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services(true).await?;
    let actor = Actor::command_line(&invocation.config.operator.name);
    let reviewer = args.reviewer.as_deref().map(Actor::local_operator);
    let ask = Transition {
        to: PlanState::Scheduled,
        reason: args.reason,
        effective_at: args.effective_at,
        acknowledge: args.acknowledge,
        version: None,
    };
    services
        .plans_publish(&actor, reviewer.as_ref(), &[args.plan], &ask)
        .await?;
    let picture = services.picture();
    let plan = crate::services::plans::detail(&picture, args.plan.uuid(), services.now())?;
    eprintln!(
        "{} {}: {}",
        plan.plan.street_name, plan.plan.name, plan.plan.state
    );
    Ok(())
}
