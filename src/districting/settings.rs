//! What the caller chooses.
//!
//! Not the tuning of the search (that is `objective` and `anneal`).
//! Invariant: effort is counted in iterations, never in seconds.

use std::collections::BTreeMap;

/// How compounds (groups) are treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compounds {
    /// A compound that fits into one area is never divided.
    Whole,
    /// Dividing a compound costs, but is allowed.
    Prefer,
    /// Compounds play no part.
    Free,
}

/// What is sought first; the others break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Even loads.
    Balance,
    /// Few edges between areas, within the limits.
    Cut,
    /// Small Σ households · distance² from the middle of the area, within the limits.
    Inertia,
}

/// Hard limits: kept wherever a plan that keeps them is found, before anything else is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// None; where balance is not the goal, the band.
    None,
    /// Least and most households of an area.
    Households(u64, u64),
    /// So much off the mean of the area's zone, in basis points.
    Deviation(u32),
}

impl Limits {
    /// These, or where there are none so much off the mean, in basis points.
    #[must_use]
    pub fn or_deviation(self, bp: u32) -> Self {
        match self {
            Self::None => Self::Deviation(bp),
            limits => limits,
        }
    }

    /// Least and most households of an area where `areas` areas share `households`.
    pub fn households(self, households: u64, areas: usize) -> Option<(u64, u64)> {
        match self {
            Self::None => None,
            Self::Households(least, most) => Some((least, most)),
            Self::Deviation(bp) => {
                let whole = 10_000 * areas.max(1) as u128;
                let share = |bp: u32| u128::from(households) * u128::from(bp);
                let least = share(10_000u32.saturating_sub(bp)).div_ceil(whole);
                Some((least as u64, (share(10_000 + bp) / whole) as u64))
            }
        }
    }
}

/// The rules of a division.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Households that an area should have, T.
    pub target_households: u32,
    /// Number of all areas; `None` = in every zone as many as force the smallest deviation from T.
    pub areas: Option<u32>,
    /// Number of areas of single zones, where the caller chooses it.
    pub areas_of_zone: BTreeMap<u32, u32>,
    /// What no area should be below or above.
    pub limits: Limits,
    /// What is sought first.
    pub goal: Goal,
    /// Tolerated deviation in basis points: 1500 = ±15 %.
    pub band_bp: u32,
    /// Deviation below which balance is not improved further, in basis points; the freedom goes
    /// into compactness.
    pub dead_band_bp: u32,
    /// What it costs that all households change their area, in thousandths of a full deviation of one area; only
    /// where today's areas are the start; 0 = they play no part, locks apart.
    pub change_weight: u32,
    /// How compounds are treated.
    pub compounds: Compounds,
    /// Seats of an ordinary area (a pair: 2).
    pub keepers_per_area: u32,
    /// Households per keeper, for the seats of heavy areas: ⌈h / this⌉.
    pub households_per_keeper: u32,
    /// Iterations per unit.
    pub effort: u64,
    /// Prove the optimum of every small piece, not only of those that miss the dead band, and state the bound on inertia.
    pub certify: bool,
    /// Worker threads; `None` = the shared pool. Never changes the answer.
    pub threads: Option<usize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            target_households: 500,
            areas: None,
            areas_of_zone: BTreeMap::new(),
            limits: Limits::None,
            goal: Goal::Balance,
            band_bp: 1500,
            dead_band_bp: 475,
            change_weight: 300,
            compounds: Compounds::Whole,
            keepers_per_area: 2,
            households_per_keeper: 250,
            effort: 40,
            certify: false,
            threads: None,
        }
    }
}

impl Settings {
    /// The heaviest unit that still shares an area, in households: T · (1 + band).
    pub fn upper_limit(&self) -> u64 {
        u64::from(self.target()) * (10_000 + u64::from(self.band_bp)) / 10_000
    }

    /// Seats of an area that holds a heavy unit.
    pub fn heavy_seats(&self, households: u64) -> u32 {
        let needed = households.div_ceil(u64::from(self.households_per_keeper.max(1)));
        u32::try_from(needed).unwrap_or(u32::MAX).max(self.pair())
    }

    /// Is the number of areas of this zone chosen by the caller?
    pub(super) fn fixes_areas(&self, zone: u32) -> bool {
        self.areas.is_some() || self.areas_of_zone.contains_key(&zone)
    }

    /// The target, never 0.
    pub(super) fn target(&self) -> u32 {
        self.target_households.max(1)
    }

    /// Seats of an ordinary area, never 0.
    pub(super) fn pair(&self) -> u32 {
        self.keepers_per_area.max(1)
    }
}
