//! Why a unit changes its area: the first true statement of a short list, with its figures.
//!
//! Not the sentence (that is the services'). The search does not act for reasons, so none is invented: each is a
//! fact about the plan before and the plan after, checked here, in the order in which people would accept it.
//! Invariant: every unit whose area is not the heir of its old one is listed once; no other is.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::redraw::{Ground, Redraw, UNASSIGNED};

/// Area number of units whose old area has no heir: never the number of a real one.
pub const DISSOLVED: u32 = u32::MAX - 1;

/// A unit that changes its area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The unit.
    pub unit: u32,
    /// Its area in the plan before, by that plan's numbers; [`UNASSIGNED`] for none.
    pub from: u32,
    /// Its area in the plan after; [`UNASSIGNED`] for none.
    pub to: u32,
    /// Why.
    pub reason: Reason,
}

/// Why a unit changes its area. Deviations in basis points, on today's households.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It has no area in the plan after.
    Removed,
    /// It had no area before.
    New,
    /// The plan after has no successor of its area.
    Dissolved,
    /// Its old area lay on both sides of a border that no area may cross.
    CrossedBorder,
    /// It was cut off from the rest of its old area.
    CutOff,
    /// Its compound lay in several areas and lies in one now.
    CompoundJoined {
        /// Areas of the compound before.
        areas: u32,
    },
    /// Its old area had too many households and is nearer to its mean now.
    Relieves {
        /// Deviation of the old area before.
        before_bp: i32,
        /// Deviation of its heir.
        after_bp: i32,
    },
    /// Its new area had too few households and is nearer to its mean now.
    Fills {
        /// Deviation of the new area before.
        before_bp: i32,
        /// Its deviation after.
        after_bp: i32,
    },
    /// A link of a chain: the worst deviation among the areas of the zone falls.
    ZoneBalance {
        /// Worst deviation of the zone before.
        before_bp: u32,
        /// Worst deviation of the zone after.
        after_bp: u32,
    },
    /// It lies nearer to the middle of its new area.
    Nearer {
        /// Distance to the middle of the old area's heir, in decimetres.
        from_dm: u64,
        /// Distance to the middle of the new area, in decimetres.
        to_dm: u64,
    },
    /// None of these: somebody chose it, or it makes room for another change.
    Arranged,
}

/// Every unit that changes its area between two plans, ascending, with the reason; `heirs` tells which area after
/// continues which area before.
pub fn changes(
    ground: &Arc<Ground>,
    before: &[u32],
    after: &[u32],
    heirs: BTreeMap<u32, u32>,
) -> Vec<Change> {
    let units = ground.graph().units();
    let old = Redraw::new(ground.clone(), before, before);
    let new = Redraw::new(ground.clone(), after, after);
    let facts = Facts {
        ground,
        before,
        after,
        worst: [worst_of_zones(&old), worst_of_zones(&new)],
        middles: middles(ground, after, new.area_count()),
        strays: strays(&old),
        heirs,
        old,
        new,
    };
    (0..units.len() as u32)
        .filter_map(|unit| facts.change(unit))
        .collect()
}

struct Facts<'a> {
    ground: &'a Ground,
    before: &'a [u32],
    after: &'a [u32],
    heirs: BTreeMap<u32, u32>,
    old: Redraw,
    new: Redraw,
    /// Worst deviation of every zone, before and after.
    worst: [BTreeMap<u32, u32>; 2],
    /// Middle of every area after, weighted by households, in decimetres.
    middles: Vec<[i64; 2]>,
    /// Was the unit cut off from the main piece of its area before?
    strays: Vec<bool>,
}

impl Facts<'_> {
    fn change(&self, unit: u32) -> Option<Change> {
        let (from, to) = (self.before[unit as usize], self.after[unit as usize]);
        let heir = self.heirs.get(&from).copied();
        let stays = if from == UNASSIGNED {
            to == UNASSIGNED
        } else {
            heir == Some(to)
        };
        (!stays).then(|| Change {
            unit,
            from,
            to,
            reason: self.reason(unit, from, to, heir),
        })
    }

    fn reason(&self, unit: u32, from: u32, to: u32, heir: Option<u32>) -> Reason {
        if to == UNASSIGNED {
            return Reason::Removed;
        }
        if from == UNASSIGNED {
            return Reason::New;
        }
        let Some(heir) = heir else {
            return Reason::Dissolved;
        };
        let (Some(old_from), Some(new_from), Some(new_to)) =
            (self.old.area(from), self.new.area(heir), self.new.area(to))
        else {
            return Reason::Arranged;
        };
        if old_from.crosses_zones {
            return Reason::CrossedBorder;
        }
        if self.strays[unit as usize] {
            return Reason::CutOff;
        }
        let [areas, now] = [self.before, self.after].map(|plan| self.areas_of_compound(unit, plan));
        if now == 1 && areas > 1 {
            return Reason::CompoundJoined { areas };
        }
        let nearer = |before: i32, after: i32| after.unsigned_abs() < before.unsigned_abs();
        if old_from.deviation_bp > 0 && nearer(old_from.deviation_bp, new_from.deviation_bp) {
            return Reason::Relieves {
                before_bp: old_from.deviation_bp,
                after_bp: new_from.deviation_bp,
            };
        }
        let ancestor = self.heirs.iter().find(|&(_, &new)| new == to);
        if let Some(old_to) = ancestor.and_then(|(&old, _)| self.old.area(old))
            && old_to.deviation_bp < 0
            && nearer(old_to.deviation_bp, new_to.deviation_bp)
        {
            return Reason::Fills {
                before_bp: old_to.deviation_bp,
                after_bp: new_to.deviation_bp,
            };
        }
        let zone = self.ground.graph().units()[unit as usize].zone;
        let worst = |at: usize| self.worst[at].get(&zone).copied().unwrap_or(0);
        let [before_bp, after_bp] = [0, 1].map(worst);
        if after_bp < before_bp {
            return Reason::ZoneBalance {
                before_bp,
                after_bp,
            };
        }
        let [from_dm, to_dm] = [heir, to].map(|area| self.distance_dm(unit, area));
        if to_dm < from_dm {
            return Reason::Nearer { from_dm, to_dm };
        }
        Reason::Arranged
    }

    /// In how many areas the unit's compound lies.
    fn areas_of_compound(&self, unit: u32, plan: &[u32]) -> u32 {
        let mut areas: Vec<u32> = self
            .ground
            .compound_of(unit)
            .iter()
            .map(|&other| plan[other as usize])
            .filter(|&area| area != UNASSIGNED)
            .collect();
        areas.sort_unstable();
        areas.dedup();
        areas.len() as u32
    }

    fn distance_dm(&self, unit: u32, area: u32) -> u64 {
        let unit = &self.ground.graph().units()[unit as usize];
        let [x, y] = self.middles[area as usize];
        let (dx, dy) = (i128::from(unit.x_dm - x), i128::from(unit.y_dm - y));
        u64::try_from((dx * dx + dy * dy).isqrt()).unwrap_or(u64::MAX)
    }
}

/// Worst deviation of the ordinary areas of every zone.
fn worst_of_zones(plan: &Redraw) -> BTreeMap<u32, u32> {
    let mut worst: BTreeMap<u32, u32> = BTreeMap::new();
    for area in (0..plan.area_count() as u32).filter_map(|area| plan.area(area)) {
        if let (Some(zone), false) = (area.zone, area.heavy) {
            let own = worst.entry(zone).or_default();
            *own = (*own).max(area.deviation_bp.unsigned_abs());
        }
    }
    worst
}

fn middles(ground: &Ground, plan: &[u32], areas: usize) -> Vec<[i64; 2]> {
    let mut sums = vec![[0i128; 3]; areas];
    for (unit, &area) in ground.graph().units().iter().zip(plan) {
        if area != UNASSIGNED {
            // An area without households has a middle, too.
            let w = i128::from(unit.households) * 1000 + 1;
            let sum = &mut sums[area as usize];
            sum[0] += w;
            sum[1] += w * i128::from(unit.x_dm);
            sum[2] += w * i128::from(unit.y_dm);
        }
    }
    sums.iter()
        .map(|[w, x, y]| [x, y].map(|sum| (sum / w.max(&1)) as i64))
        .collect()
}

/// Units outside the main piece of their area.
fn strays(plan: &Redraw) -> Vec<bool> {
    let mut strays = vec![false; plan.area_of().len()];
    for area in 0..plan.area_count() as u32 {
        for piece in plan.stray_pieces(area) {
            for &unit in &piece {
                strays[unit as usize] = true;
            }
        }
    }
    strays
}

#[cfg(test)]
mod tests {
    use super::super::heirs::heirs;
    use super::super::tests::settings;
    use super::super::{Compounds, Edge, Unit, UnitGraph};
    use super::*;

    fn by_overlap(ground: &Ground, before: &[u32], after: &[u32]) -> BTreeMap<u32, u32> {
        let units = ground.graph().units().iter();
        let all = before.iter().zip(after).zip(units);
        let both = all.filter(|((a, b), _)| **a != UNASSIGNED && **b != UNASSIGNED);
        heirs(both.map(|((&a, &b), unit)| (a, b, u64::from(unit.households))))
    }

    /// A row of units 100 m apart with these households and compounds, neighbours joined.
    fn row(households: &[u32], group: &[u32], zone: &[u32]) -> Arc<Ground> {
        let units: Vec<Unit> = (0..households.len())
            .map(|at| Unit {
                households: households[at],
                x_dm: at as i64 * 1000,
                y_dm: 0,
                group: Some(group[at]),
                zone: zone[at],
                current: None,
                locked: false,
            })
            .collect();
        let edges = (1..households.len() as u32)
            .filter(|&b| zone[b as usize] == zone[b as usize - 1])
            .map(|b| Edge {
                a: b - 1,
                b,
                border_dm: 10,
                attachment: false,
            })
            .collect();
        let graph = UnitGraph::new(units, edges).unwrap();
        Arc::new(Ground::new(graph, settings(Compounds::Prefer, 30)))
    }

    fn reason(ground: &Arc<Ground>, before: &[u32], after: &[u32], unit: u32) -> Option<Reason> {
        let all = changes(ground, before, after, by_overlap(ground, before, after));
        let found = all.iter().find(|change| change.unit == unit);
        found.map(|change| change.reason)
    }

    #[test]
    fn every_reason_is_given_where_it_is_true() {
        let plain = row(&[10; 6], &[0, 1, 2, 3, 4, 5], &[0; 6]);
        let of = |before: [u32; 6], after: [u32; 6], unit| reason(&plain, &before, &after, unit);
        let none = UNASSIGNED;
        assert_eq!(of([0, 0, 0, 1, 1, 1], [5, 5, 5, 2, 2, 2], 0), None);
        assert_eq!(
            of([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, none], 5),
            Some(Reason::Removed)
        );
        assert_eq!(
            of([0, 0, 0, 1, 1, none], [0, 0, 0, 1, 1, 1], 5),
            Some(Reason::New)
        );
        assert_eq!(
            of([0, 0, 2, 2, 1, 1], [0, 0, 0, 1, 1, 1], 3),
            Some(Reason::Dissolved)
        );
        assert_eq!(
            of([0, 0, 1, 0, 1, 1], [0, 0, 1, 1, 1, 1], 3),
            Some(Reason::CutOff)
        );
        assert_eq!(
            of([0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 1], 3),
            Some(Reason::Relieves {
                before_bp: 3333,
                after_bp: 0
            })
        );
        // Half of the zone moves on by one: the middle area takes and gives.
        assert_eq!(
            of([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 2], 4),
            Some(Reason::Fills {
                before_bp: -5000,
                after_bp: 0
            })
        );
        assert_eq!(
            of([0, 0, 0, 1, 1, 1], [0, 0, 1, 0, 1, 1], 3),
            Some(Reason::Arranged),
            "a move for the worse has no reason to give"
        );
    }

    #[test]
    fn compounds_borders_and_distance_are_reasons_too() {
        let grouped = row(&[10; 6], &[0, 0, 0, 0, 1, 1], &[0; 6]);
        let (before, after) = ([0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]);
        let joined = Reason::CompoundJoined { areas: 2 };
        assert_eq!(reason(&grouped, &before, &after, 3), Some(joined));
        let zones = row(&[10; 6], &[0, 1, 2, 3, 4, 5], &[0, 0, 0, 0, 1, 1]);
        let (before, after) = ([0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 2, 2]);
        assert_eq!(
            reason(&zones, &before, &after, 4),
            Some(Reason::CrossedBorder)
        );
        // Nobody lives in the two units between: only the distance changes.
        let light = row(&[10, 10, 0, 0, 10, 10], &[0, 1, 2, 3, 4, 5], &[0; 6]);
        let (before, after) = ([0, 0, 1, 1, 1, 1], [0, 0, 0, 1, 1, 1]);
        let Some(Reason::Nearer { from_dm, to_dm }) = reason(&light, &before, &after, 2) else {
            panic!(
                "{:?}",
                changes(&light, &before, &after, by_overlap(&light, &before, &after))
            );
        };
        assert!((1490..1510).contains(&to_dm) && (2490..2510).contains(&from_dm));
    }
}
