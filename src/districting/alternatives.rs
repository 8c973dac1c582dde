//! Three answers to one question: most balanced, most compact, fewest changes.
//!
//! Invariant: each is made under the caller's own settings and wishes but for what it is best at.

use super::few_changes::{Ladder, repair};
use super::outcome::Outcome;
use super::progress::Progress;
use super::settings::{Goal, Settings, USUAL_COMPACTNESS};
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

/// How much each aim counts where another one comes first, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wishes {
    /// How even is even enough: 0 = anything within the band, 100 = 1 %.
    pub even: u8,
    /// What compactness weighs: 50 = as usual, every 25 more doubles it, every 25 less halves it. Above 50 balance
    /// leaves it some room too.
    pub compact: u8,
    /// How dear a change of area is: 0 = free; up to 100, where compactness pays four times the half-way price for
    /// it, and balance gets a twentieth of the changes that it would make of itself.
    pub few: u8,
}

impl Default for Wishes {
    /// Whatever serves the aim that comes first.
    fn default() -> Self {
        Self {
            even: 0,
            compact: 50,
            few: 0,
        }
    }
}

/// Deviation that is always even enough, in basis points.
const EVEN_BP: u32 = 100;
/// The same where compactness weighs most; as in [`Settings::default`].
const USUAL_ROOM_BP: u32 = 475;
/// [`Settings::change_weight`] in the middle.
const USUAL_CHANGE: u32 = 300;
/// The same where the changes are counted afterwards: just enough to begin with what there is.
const LITTLE_CHANGE: u32 = 50;
/// How much more than usual compactness weighs where it comes first.
const COMPACT: u32 = 8;
/// What balance gets of its changes where they are dearest, in percent.
const LEAST_SHARE: u64 = 5;

impl Wishes {
    /// Deviation that is even enough under a band, both in basis points.
    pub fn within_bp(self, band_bp: u32) -> u32 {
        let room = band_bp.saturating_sub(EVEN_BP);
        band_bp - room * u32::from(self.even.min(100)) / 100
    }

    fn compact_weight(self) -> u32 {
        let doublings = (f64::from(self.compact.min(100)) - 50.0) / 25.0;
        (f64::from(USUAL_COMPACTNESS) * doublings.exp2()).round() as u32
    }

    fn change_weight(self) -> u32 {
        USUAL_CHANGE * u32::from(self.few.min(100)).pow(2) / 2500
    }

    /// Deviation below which balance gives way to compactness, in basis points.
    fn room_bp(self) -> u32 {
        let above = u32::from(self.compact.clamp(50, 100)) - 50;
        EVEN_BP + (USUAL_ROOM_BP - EVEN_BP) * above / 50
    }

    /// Of so many changes those that balance gets.
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
        let (compact_weight, change_weight) = (wishes.compact_weight(), wishes.change_weight());
        match self {
            Self::MostBalanced => Settings {
                goal: Goal::Balance,
                dead_band_bp: wishes.room_bp(),
                compact_weight,
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
                compact_weight: COMPACT * USUAL_COMPACTNESS,
                change_weight,
                ..own
            },
            Self::FewestChanges => Settings {
                goal: Goal::Balance,
                band_bp: within_bp,
                compact_weight,
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
