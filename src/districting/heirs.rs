//! Which area of a new plan continues which area of the old one: what is locked stays, then largest overlap first.
//!
//! Invariant: an area has at most one heir, and is the heir of at most one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::unit_graph::Unit;

/// A unit that has an area in both plans.
#[derive(Debug, Clone, Copy)]
pub struct Common {
    pub old: u32,
    pub new: u32,
    pub households: u64,
    /// May the unit not change keeper? The area it lies in then is the heir, however many of the old area left.
    pub locked: bool,
}

/// Heir of every old area that has one. `units` yields (old area, new area, households) of every unit that has both.
///
/// Greedy by households in common, ties to the lower numbers: what most families would call "our area".
pub fn heirs(units: impl Iterator<Item = (u32, u32, u64)>) -> BTreeMap<u32, u32> {
    heirs_with_locks(units.map(|(old, new, households)| Common {
        old,
        new,
        households,
        locked: false,
    }))
}

/// The same where units are locked: an area with more locked units of the old one comes first.
pub fn heirs_with_locks(units: impl Iterator<Item = Common>) -> BTreeMap<u32, u32> {
    let mut overlap: BTreeMap<(u32, u32), (u32, u64)> = BTreeMap::new();
    for unit in units {
        let (locked, households) = overlap.entry((unit.old, unit.new)).or_default();
        *locked += u32::from(unit.locked);
        *households += unit.households;
    }
    let mut ranked: Vec<_> = overlap.into_iter().collect();
    ranked.sort_unstable_by_key(|&((old, new), common)| (Reverse(common), new, old));
    let (mut heirs, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for ((old, new), _) in ranked {
        if !heirs.contains_key(&old) && taken.insert(new) {
            heirs.insert(old, new);
        }
    }
    heirs
}

/// Heir of every current label in a plan, `area_of[unit]`.
pub fn heirs_of_current(units: &[Unit], area_of: &[u32]) -> BTreeMap<u32, u32> {
    heirs_with_locks(units.iter().zip(area_of).filter_map(|(unit, &new)| {
        Some(Common {
            old: unit.current?,
            new,
            households: unit.households.into(),
            locked: unit.locked,
        })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_overlap_inherits_and_nobody_inherits_twice() {
        let units = [(7, 0, 50), (7, 1, 40), (8, 0, 45), (8, 2, 10), (9, 1, 5)];
        let heirs = heirs(units.into_iter());
        assert_eq!(heirs, BTreeMap::from([(7, 0), (8, 2), (9, 1)]));
    }

    #[test]
    fn what_is_locked_stays_though_most_of_its_area_left() {
        let unit = |old, new, households, locked| Common {
            old,
            new,
            households,
            locked,
        };
        // Nobody lives in the locked unit of 8; most of 7 and all that is not locked of 8 lie in 0.
        let units = [
            unit(7, 0, 50, false),
            unit(7, 1, 5, true),
            unit(8, 0, 9, false),
            unit(8, 2, 0, true),
        ];
        let heirs = heirs_with_locks(units.into_iter());
        assert_eq!(heirs, BTreeMap::from([(7, 1), (8, 2)]));
    }
}
