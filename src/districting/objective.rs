//! The cost of a partition, in whole numbers.
//!
//! The search follows a weighted sum; plans are compared by the lexicographic [`Key`]. Not the
//! figures that users see (that is `outcome`).
//! Invariant: no floating point, and no overflow below 2²⁶ households and |coordinate| ≤ 2¹⁴.

use super::constraints::Tally;
use super::nearest::Nearest;
use super::settings::{Compounds, Goal, Settings};

/// 1.0 in fixed point.
pub(super) const ONE: i64 = 1 << 20;

/// Weights of the search, in thousandths: deviation squared, deviation beyond the dead band,
/// inertia relative to disks, one cut edge, one more part of a compound, all households changed.
#[derive(Debug, Clone, Copy)]
struct Weights {
    square: i64,
    beyond: i64,
    inertia: i64,
    cut: i64,
    part: i64,
    change: i64,
}

const WEIGHTS: Weights = Weights {
    square: 200,
    beyond: 4000,
    inertia: 125,
    cut: 32,
    part: 300,
    change: 0,
};

/// How plans of one piece are compared: less is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Households beyond the limits, all areas.
    pub violation: i64,
    /// What is sought: the worst deviation beyond the dead band in steps of 25 basis points; or edges cut;
    /// or inertia.
    pub first: i64,
    /// What comes next: deviation beyond the dead band, all areas; or inertia; or edges cut.
    pub second: i64,
    /// Everything else: compound parts, change, inertia, cut.
    pub cost: i64,
}

/// Cost of areas with given loads and moments.
#[derive(Debug)]
pub(super) struct Objective {
    areas: i64,
    total: i64,
    dead: i64,
    limits: Option<(i64, i64)>,
    goal: Goal,
    weights: Weights,
    /// Absolute deviation by load, for the usual loads.
    off: Vec<i64>,
    /// Balance cost by load, for the usual loads.
    balance: Vec<i64>,
    /// 2⁴⁴ / load, for the usual loads.
    reciprocal: Vec<i64>,
    /// Where inertia is the goal: the units, which are the centres of areas.
    centres: Option<Nearest>,
    /// Cost of inertia = inertia × this ÷ 2⁴⁰.
    inertia_factor: i64,
    /// Cost of one cut edge.
    pub cut: i64,
    /// Cost of one more part of a tracked compound.
    pub part: i64,
    /// Cost of moving `h` households away from today's area = `h` × this ÷ 2¹⁰.
    change_factor: i64,
}

impl Objective {
    /// The objective for `total` households in `areas` areas; `ideal_inertia` per household.
    pub(super) fn new(
        total: i64,
        areas: usize,
        ideal_inertia: i64,
        settings: &Settings,
        keeps_current: bool,
    ) -> Self {
        let mut weights = WEIGHTS;
        weights.change = i64::from(settings.change_weight);
        if settings.compounds != Compounds::Free {
            // Few plans are balanced when compounds move whole: balance must press harder.
            weights.beyond *= 4;
        }
        match settings.goal {
            Goal::Balance => {}
            Goal::Cut => {
                weights.cut = 40;
                weights.inertia = 5;
            }
            Goal::Inertia => {
                weights.cut = 1;
                weights.inertia = 300;
            }
        }
        let limits = match settings.goal {
            Goal::Balance => settings.limits,
            Goal::Cut | Goal::Inertia => settings.limits.or_deviation(settings.band_bp),
        };
        let bounded = |limit: u64| i64::try_from(limit).unwrap_or(i64::MAX);
        let limits = limits
            .households(total.max(0) as u64, areas)
            .map(|(least, most)| (bounded(least), bounded(most)));
        let areas = areas.max(1) as i64;
        let mass = i128::from(total.max(1)) * i128::from(ideal_inertia.max(1)) / i128::from(areas);
        let factor = (i128::from(weights.inertia) << 60) / (mass.max(1) * 1000);
        let mut objective = Self {
            areas,
            total,
            limits,
            goal: settings.goal,
            dead: i64::from(settings.dead_band_bp) * ONE / 10_000,
            weights,
            off: Vec::new(),
            balance: Vec::new(),
            reciprocal: Vec::new(),
            centres: None,
            inertia_factor: i64::try_from(factor).unwrap_or(i64::MAX),
            cut: weights.cut * ONE / 1000,
            part: match settings.compounds {
                Compounds::Free => 0,
                Compounds::Whole | Compounds::Prefer => weights.part * ONE / 1000,
            },
            change_factor: if keeps_current {
                (weights.change * ONE / 1000 * areas * 1024) / total.max(1)
            } else {
                0
            },
        };
        let usual = (total / areas * 5 / 2 + 64).min(total).min(1 << 13);
        objective.off = (0..=usual).map(|h| objective.deviation(h).abs()).collect();
        objective.balance = (0..=usual).map(|h| objective.balance_of(h)).collect();
        objective.reciprocal = (0..=usual).map(|h| (1 << 44) / h.max(1)).collect();
        objective
    }

    /// Measures inertia about the unit nearest to the centroid, as the goal does, not about the centroid.
    pub(super) fn centre_on(&mut self, units: &[[i64; 2]]) {
        self.centres = Some(Nearest::new(units));
    }

    /// Makes balance weigh `times` as much against everything else.
    pub(super) fn press(&mut self, times: i64) {
        self.weights.square *= times;
        self.weights.beyond *= times;
        self.balance = (0..self.balance.len() as i64)
            .map(|h| self.balance_of(h))
            .collect();
    }

    /// (h − t) / t in fixed point.
    fn deviation(&self, load: i64) -> i64 {
        self.in_means(load * self.areas - self.total)
    }

    /// So many households, times the number of areas, in fixed point with the mean as 1.
    fn in_means(&self, off: i64) -> i64 {
        let total = self.total.max(1);
        // What is usual fits into a word, which divides several times as fast.
        match off.checked_mul(ONE) {
            Some(scaled) => scaled / total,
            None => (i128::from(off) * i128::from(ONE) / i128::from(total)) as i64,
        }
    }

    /// Households beyond the limits.
    fn violation(&self, load: i64) -> i64 {
        let (least, most) = self.limits.unwrap_or((0, i64::MAX));
        (least - load).max(load - most).max(0)
    }

    fn balance_of(&self, load: i64) -> i64 {
        let violation = match self.violation(load) {
            0 => 0,
            beyond => {
                self.in_means(beyond.saturating_mul(self.areas))
                    .min(1 << 30)
                    * self.weights.beyond
                    / 1000
            }
        };
        if self.goal != Goal::Balance {
            return violation;
        }
        let d = self.deviation(load).abs().min(1 << 30);
        let beyond = (d - self.dead).max(0);
        (((d * d) >> 20) * self.weights.square + beyond * self.weights.beyond) / 1000
            + violation * 4
    }

    /// Cost of one area.
    #[inline]
    pub(super) fn area(&self, tally: &Tally) -> i64 {
        self.balance(tally.load) + self.spread(tally)
    }

    /// Cost of an area's load.
    #[inline]
    pub(super) fn balance(&self, load: i64) -> i64 {
        match self.balance.get(load as usize) {
            Some(&balance) => balance,
            None => self.balance_of(load),
        }
    }

    /// Cost of an area's inertia.
    #[inline]
    pub(super) fn spread(&self, tally: &Tally) -> i64 {
        let reciprocal = match self.reciprocal.get(tally.load as usize) {
            Some(&reciprocal) => reciprocal,
            None => (1 << 44) / tally.load.max(1),
        };
        // Σ w|x|² − |Σ w x|² / W, the centroid with eight fractional bits.
        let (cx, cy) = ((tally.x * reciprocal) >> 36, (tally.y * reciprocal) >> 36);
        let inertia = tally.square - ((tally.x * cx) >> 8) - ((tally.y * cy) >> 8);
        let off = match &self.centres {
            Some(centres) => tally.load * centres.square([cx >> 8, cy >> 8]),
            None => 0,
        };
        let inertia = i128::from(inertia.max(0) + off) * i128::from(self.inertia_factor);
        (inertia >> 40) as i64
    }

    /// Cost of moving `load` households out of today's area.
    #[inline]
    pub(super) fn change(&self, load: i64) -> i64 {
        (load * self.change_factor) >> 10
    }

    /// The key of a plan: its area tallies, the edges it cuts, its inertia, its cost.
    pub(super) fn key<'t>(
        &self,
        areas: impl Iterator<Item = &'t Tally> + Clone,
        cut: impl Fn() -> i64,
        inertia: impl Fn() -> i64,
        cost: i64,
    ) -> Key {
        let violation = match self.limits {
            Some(_) => areas.clone().map(|area| self.violation(area.load)).sum(),
            None => 0,
        };
        let spread = || areas.clone().map(|area| self.spread(area)).sum();
        let (first, second) = match self.goal {
            Goal::Balance => self.beyond(areas.clone().map(|area| area.load)),
            Goal::Cut => (cut(), spread()),
            Goal::Inertia => (inertia(), cut()),
        };
        Key {
            violation,
            first,
            second,
            cost,
        }
    }

    /// Worst deviation beyond the dead band, in steps, and the sum of all.
    fn beyond(&self, loads: impl Iterator<Item = i64>) -> (i64, i64) {
        let step = ONE * 25 / 10_000;
        let (mut worst, mut outside) = (0, 0);
        for load in loads {
            let known = self.off.get(load as usize).copied();
            let off = known.unwrap_or_else(|| self.deviation(load).abs());
            let beyond = (off - self.dead).max(0);
            worst = worst.max((beyond + step - 1) / step);
            outside += beyond;
        }
        (worst, outside)
    }
}
