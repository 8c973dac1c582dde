//! Few changes against balance: plans from "nobody moves" to "best balance", starting from today's areas.

use super::{Answer, Instance, balance, graph_of, report};
use crate::districting::{Ladder, Outcome, Progress, Settings};
use crate::services::error::{Error, Result};

/// What all changed households weigh in the best balanced plan, in thousandths of a full deviation: hardly anything.
const LITTLE: u32 = 50;

/// Plans between few changes and balance.
#[derive(Debug)]
pub struct Frontier {
    /// Fewest changes first, today's plan as it is; every later one is better balanced than all before it.
    pub plans: Vec<Answer>,
    /// The best balanced plan within the cap, if one was asked for.
    pub capped: Option<Answer>,
}

/// The frontier, and the best balanced plan that changes at most `most` households.
///
/// Balance is compared by areas beyond the band, the worst deviation, the mean deviation. One of the plans brings all areas back
/// into the band with as few changes as possible, where that can be done. A cancelled run has fewer plans.
///
/// # Errors
/// `Invalid` when a unit has no current area; otherwise as [`balance`].
pub fn frontier(
    instance: &Instance,
    settings: &Settings,
    most: Option<u64>,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Frontier> {
    let units = instance.units.iter().zip(&instance.ids);
    if let Some((_, id)) = units.clone().find(|(unit, _)| unit.current.is_none()) {
        return Err(Error::invalid(
            "current_missing",
            format!("单元“{id}”没有现片区（current），无法比较变动"),
            format!("unit “{id}” has no current area; changes cannot be counted without"),
        ));
    }
    let graph = graph_of(instance)?;
    let balanced = Settings {
        change_weight: LITTLE,
        ..settings.clone()
    };
    let best = balance(instance, &balanced, seed, progress)?.outcome;
    let ladder = Ladder::new(&graph, settings, &best, seed, progress);
    let answer = |outcome: Outcome| Answer {
        report: report::report(instance, settings, seed, &outcome),
        outcome,
    };
    let mut plans: Vec<Answer> = ladder.frontier().into_iter().map(answer).collect();
    plans.sort_by_key(|plan| (plan.report.changed_households, badness(plan)));
    let mut kept: Vec<Answer> = Vec::new();
    for plan in plans {
        if kept
            .last()
            .is_none_or(|last| badness(&plan) < badness(last))
        {
            kept.push(plan);
        }
    }
    Ok(Frontier {
        plans: kept,
        capped: most.map(|most| answer(ladder.at_most(most))),
    })
}

/// What is wrong with a plan: less is better.
fn badness(plan: &Answer) -> (usize, usize, u32, u32) {
    let figures = &plan.outcome.figures;
    (
        figures.disconnected + figures.crossing_zones,
        figures.areas_out_of_band,
        figures.worst_deviation_bp,
        figures.mean_deviation_bp,
    )
}
