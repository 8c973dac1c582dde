//! Few changes against balance: plans from "nobody moves" to "best balance", starting from today's areas.

use super::{Answer, Instance, balance, report};
use crate::districting::{self, Progress, Settings, UnitGraph};
use crate::services::error::{Error, Result};

/// What a changed household weighs against balance, most first: the points of the frontier.
const CHANGE_WEIGHTS: [u32; 7] = [30_000, 8_000, 3_000, 1_200, 500, 200, 50];

/// Plans, fewest changes first; every later one is better balanced than all before it.
///
/// The first is today's plan as it is; a cancelled run leaves out the later ones. Balance is compared by areas beyond the band, then by the worst deviation.
///
/// # Errors
/// `Invalid` when a unit has no current area; otherwise as [`balance`].
pub fn frontier(
    instance: &Instance,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Vec<Answer>> {
    let labels: Option<Vec<u32>> = instance.units.iter().map(|unit| unit.current).collect();
    let Some(labels) = labels else {
        let lacking = instance.units.iter().zip(&instance.ids);
        let id = lacking
            .filter(|(unit, _)| unit.current.is_none())
            .map(|(_, id)| id.as_str())
            .next()
            .unwrap_or_default();
        return Err(Error::invalid(
            "current_missing",
            format!("单元“{id}”没有现片区（current），无法比较变动"),
            format!("unit “{id}” has no current area; changes cannot be counted without"),
        ));
    };
    let graph = UnitGraph::new(instance.units.clone(), instance.edges.clone())
        .map_err(|error| Error::invalid("graph_invalid", error.to_string(), error.to_string()))?;
    let outcome = districting::evaluate(&graph, settings, &labels);
    let today = Answer {
        report: report::report(instance, &graph, settings, seed, &outcome),
        outcome,
    };
    let mut plans = vec![today];
    for change_weight in CHANGE_WEIGHTS {
        let settings = Settings {
            change_weight,
            ..settings.clone()
        };
        plans.push(balance(instance, &settings, seed, progress)?);
        if progress.cancelled() {
            break;
        }
    }
    let badness = |plan: &Answer| {
        let figures = &plan.outcome.figures;
        (
            figures.disconnected + figures.crossing_zones,
            figures.areas_out_of_band,
            figures.worst_deviation_bp,
        )
    };
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
    Ok(kept)
}

/// The best balanced plan that changes at most so many households.
pub fn within(plans: Vec<Answer>, most: u64) -> Option<Answer> {
    plans
        .into_iter()
        .take_while(|plan| plan.report.changed_households <= most)
        .last()
}
