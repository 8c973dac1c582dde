//! Which area of a new plan continues which area of the old one: largest overlap first.
//!
//! Invariant: an area has at most one heir, and is the heir of at most one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::unit_graph::Unit;

/// Heir of every old area that has one. `units` yields (old area, new area, households) of every unit that has both.
///
/// Greedy by households in common, ties to the lower numbers: what most families would call "our area".
pub fn heirs(units: impl Iterator<Item = (u32, u32, u64)>) -> BTreeMap<u32, u32> {
    let mut overlap: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    for (old, new, households) in units {
        *overlap.entry((old, new)).or_default() += households;
    }
    let mut ranked: Vec<((u32, u32), u64)> = overlap.into_iter().collect();
    ranked.sort_unstable_by_key(|&((old, new), households)| (Reverse(households), new, old));
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
    let labelled = units.iter().zip(area_of);
    heirs(labelled.filter_map(|(unit, &area)| Some((unit.current?, area, unit.households.into()))))
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
}
