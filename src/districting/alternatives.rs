//! Three answers to one question: most balanced, most compact, fewest changes.
//!
//! Invariant: each is made under the caller's own settings but for what it is best at.

use super::few_changes::repair;
use super::outcome::Outcome;
use super::progress::Progress;
use super::settings::{Goal, Settings};
use super::solve::balance;
use super::unit_graph::UnitGraph;

/// What a plan is best at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// Even loads.
    MostBalanced,
    /// Short ways, within the band.
    MostCompact,
    /// Few households change their area, just as many as bring the areas into the band; needs today's areas.
    FewestChanges,
}

impl Alternative {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::MostBalanced, Self::MostCompact, Self::FewestChanges];

    /// Stable identifier.
    pub fn name(self) -> &'static str {
        match self {
            Self::MostBalanced => "most_balanced",
            Self::MostCompact => "most_compact",
            Self::FewestChanges => "fewest_changes",
        }
    }

    /// The settings that make it.
    pub fn settings(self, settings: &Settings) -> Settings {
        let own = settings.clone();
        match self {
            Self::MostBalanced => Settings {
                goal: Goal::Balance,
                dead_band_bp: 100,
                change_weight: 0,
                ..own
            },
            Self::MostCompact => Settings {
                goal: Goal::Inertia,
                limits: settings.limits.or_deviation(settings.band_bp),
                change_weight: 0,
                ..own
            },
            Self::FewestChanges => Settings {
                goal: Goal::Balance,
                ..own
            },
        }
    }
}

/// The alternatives of a graph; fewest changes only where every unit has an area today.
pub fn alternatives(
    graph: &UnitGraph,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Vec<(Alternative, Outcome)> {
    let drawn = graph.units().iter().all(|unit| unit.current.is_some());
    Alternative::ALL
        .into_iter()
        .filter(|&alternative| drawn || alternative != Alternative::FewestChanges)
        .map(|alternative| {
            let own = alternative.settings(settings);
            let outcome = match alternative {
                Alternative::FewestChanges => repair(graph, &own, seed, progress),
                _ => balance(graph, &own, seed, progress),
            };
            (alternative, outcome)
        })
        .collect()
}
