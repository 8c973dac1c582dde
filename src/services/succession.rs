//! Which plan of a street is in force until when: one that comes ends the one before, one that is withdrawn gives back.
//!
//! Not who may do so (`publishing`). Invariant: the intervals of a street's plans do not overlap, and doors read as the
//! last of them says.

use super::error::Result;
use super::notices;
use crate::domain::{Actor, Plan, PlanState};
use crate::storage::Conn;
use chrono::{DateTime, NaiveDate, Utc};

/// Ends the interval of every other plan of the street at `start`.
pub(super) async fn end_former(
    conn: &mut Conn<'_>,
    plan: &Plan,
    start: DateTime<Utc>,
) -> Result<()> {
    for mut former in conn.plans_of_street(plan.street).await? {
        if former.id == plan.id || former.stored_state != PlanState::Scheduled {
            continue;
        }
        match (former.effective_at, former.ended_at) {
            (_, Some(end)) if end <= start => {}
            (Some(begin), _) if begin < start => {
                former.ended_at = Some(start);
                former.version += 1;
                conn.plan_update(&former).await?;
            }
            // One that would begin at the same instant or later gives way.
            _ => {
                former.stored_state = PlanState::Withdrawn;
                former.version += 1;
                conn.plan_update(&former).await?;
            }
        }
    }
    Ok(())
}

/// A plan that was to come never comes: the one before it goes on, and doors read as they did.
pub(super) async fn give_back(
    conn: &mut Conn<'_>,
    plan: &Plan,
    actor: &Actor,
    (now, day): (DateTime<Utc>, NaiveDate),
) -> Result<()> {
    let others: Vec<Plan> = (conn.plans_of_street(plan.street).await?.into_iter())
        .filter(|other| other.id != plan.id && other.stored_state == PlanState::Scheduled)
        .collect();
    let former = others
        .iter()
        .find(|other| other.ended_at.is_some() && other.ended_at == plan.effective_at);
    let next = (others.iter())
        .filter_map(|other| other.effective_at)
        .filter(|start| plan.effective_at.is_some_and(|gone| *start > gone))
        .min();
    if let Some(former) = former {
        let mut former = former.clone();
        former.ended_at = next;
        former.version += 1;
        conn.plan_update(&former).await?;
        if next.is_none() {
            notices::follow_plan(conn, &former, day, actor, now).await?;
        }
    } else if others.is_empty() {
        notices::follow_none(conn, plan.street, actor, now).await?;
    }
    Ok(())
}
