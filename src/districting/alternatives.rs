//! Three answers to one question: most balanced, most compact, fewest changes.
//!
//! Invariant: each is made under the caller's own settings and wishes but for what it is best at.

use super::few_changes::{Ladder, repair};
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
    /// Short ways, within what the wishes allow.
    MostCompact,
    /// Few households change their area, just as many as reach what the wishes allow; needs today's areas.
    FewestChanges,
}

/// How much each aim counts where another one comes first, 0 to 100. At 0 it does not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wishes {
    /// How even is even enough: 0 = anything within the band, 100 = 1 %.
    pub even: u8,
    /// How much balance gives way to compactness: 0 = from 1 % down, 100 = from 4.75 %.
    pub compact: u8,
    /// How dear a change of area is: at 100 it costs compactness four times the usual, and balance makes a twentieth
    /// of its changes.
    pub few: u8,
}

/// Deviation that is always even enough, in basis points.
const EVEN_BP: u32 = 100;
/// The same where compactness counts most, as in [`Settings::default`]: above it little more is gained.
const ROOM_BP: u32 = 475;
/// [`Settings::change_weight`] in the middle.
const USUAL_CHANGE: u32 = 300;
/// The same where the changes are counted afterwards: just enough to begin with what there is.
const LITTLE_CHANGE: u32 = 50;
/// What balance makes of its changes where they are dearest, in percent.
const LEAST_SHARE: u64 = 5;

impl Wishes {
    /// Deviation that is even enough under a band, both in basis points.
    pub fn within_bp(self, band_bp: u32) -> u32 {
        let room = band_bp.saturating_sub(EVEN_BP);
        band_bp - room * u32::from(self.even.min(100)) / 100
    }

    /// Deviation below which balance gives way to compactness, in basis points.
    fn room_bp(self) -> u32 {
        EVEN_BP + (ROOM_BP - EVEN_BP) * u32::from(self.compact.min(100)) / 100
    }

    fn change_weight(self) -> u32 {
        USUAL_CHANGE * u32::from(self.few.min(100)).pow(2) / 2500
    }

    /// Of so many changes those that balance makes.
    fn affordable(self, changed: u64) -> u64 {
        let share = 100 - (100 - LEAST_SHARE) * u64::from(self.few.min(100)) / 100;
        changed * share / 100
    }
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

    /// Those that a graph allows: fewest changes only where every unit has an area today.
    pub fn of(graph: &UnitGraph) -> impl Iterator<Item = Self> {
        let drawn = drawn(graph);
        let possible = move |one: &Self| drawn || *one != Self::FewestChanges;
        Self::ALL.into_iter().filter(possible)
    }

    /// The settings that make it.
    pub fn settings(self, settings: &Settings, wishes: Wishes) -> Settings {
        let own = settings.clone();
        let within_bp = wishes.within_bp(settings.band_bp);
        let change_weight = wishes.change_weight();
        match self {
            Self::MostBalanced => Settings {
                goal: Goal::Balance,
                dead_band_bp: wishes.room_bp(),
                change_weight: change_weight.min(LITTLE_CHANGE),
                ..own
            },
            Self::MostCompact if wishes.few == 0 => Settings {
                goal: Goal::Inertia,
                limits: settings.limits.or_deviation(within_bp),
                change_weight: 0,
                ..own
            },
            // Ways and changes have one price only where neither is the goal.
            Self::MostCompact => Settings {
                goal: Goal::Balance,
                dead_band_bp: within_bp,
                change_weight,
                ..own
            },
            Self::FewestChanges => Settings {
                goal: Goal::Balance,
                band_bp: within_bp,
                ..own
            },
        }
    }

    /// Makes it.
    pub fn draw(
        self,
        graph: &UnitGraph,
        (settings, wishes): (&Settings, Wishes),
        seed: u64,
        progress: &dyn Progress,
    ) -> Outcome {
        let own = self.settings(settings, wishes);
        match self {
            Self::FewestChanges => repair(graph, &own, seed, progress),
            Self::MostCompact => balance(graph, &own, seed, progress),
            Self::MostBalanced => {
                let best = balance(graph, &own, seed, progress);
                if wishes.few == 0 || !drawn(graph) {
                    return best;
                }
                let most = wishes.affordable(best.figures.changed_households);
                Ladder::new(graph, &own, &best, seed, progress).at_most(most)
            }
        }
    }
}

/// Has every unit an area today?
fn drawn(graph: &UnitGraph) -> bool {
    graph.units().iter().all(|unit| unit.current.is_some())
}
