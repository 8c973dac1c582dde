//! Which area of one plan continues which area of another: what decides whose keeper changes.
//!
//! An area drawn by hand keeps its people whatever its shape becomes, so what a copy remembers of its origin comes
//! first; only plans that share no origin are matched by the households they have in common.

use crate::districting::heirs;
use crate::districting::reasons::DISSOLVED;
use crate::districting::redraw::UNASSIGNED;
use crate::domain::{AreaId, PatrolArea};
use std::collections::{BTreeMap, HashMap};

/// An area and the one that it was copied or continued from.
pub(super) type Kin = (AreaId, Option<AreaId>);

/// The kin of the areas of a plan, in their order.
pub(super) fn kin(areas: &[PatrolArea]) -> Vec<Kin> {
    areas.iter().map(|area| (area.id, area.origin)).collect()
}

/// Heir of every area of `before` among `after`, by position. `units` yields (before, after, households) of every unit
/// that has both.
pub(super) fn heirs_between(
    before: &[Kin],
    after: &[Kin],
    units: impl Iterator<Item = (u32, u32, u64)>,
) -> BTreeMap<u32, u32> {
    let mut by_id: HashMap<AreaId, u32> = HashMap::new();
    let mut by_origin: HashMap<AreaId, u32> = HashMap::new();
    for (at, (id, origin)) in (0u32..).zip(before) {
        by_id.insert(*id, at);
        if let Some(origin) = origin {
            by_origin.insert(*origin, at);
        }
    }
    let mut found = BTreeMap::new();
    for (at, (id, origin)) in (0u32..).zip(after) {
        let of_origin = origin.and_then(|origin| by_id.get(&origin).or(by_origin.get(&origin)));
        if let Some(old) = by_id.get(id).or(of_origin).or(by_origin.get(id)) {
            found.entry(*old).or_insert(at);
        }
    }
    if found.is_empty() {
        return heirs(units);
    }
    found
}

/// The areas of `before`, unit by unit, in the numbers of their heirs.
pub(super) fn in_numbers_of(heirs: &BTreeMap<u32, u32>, before: &[u32]) -> Vec<u32> {
    let heir = |area: &u32| match *area {
        UNASSIGNED => UNASSIGNED,
        area => heirs.get(&area).copied().unwrap_or(DISSOLVED),
    };
    before.iter().map(heir).collect()
}

/// (before, after, households) of every unit that has both.
pub(super) fn shared<'a>(
    before: &'a [u32],
    after: &'a [u32],
    households: impl Iterator<Item = u32> + 'a,
) -> impl Iterator<Item = (u32, u32, u64)> + 'a {
    let both = before.iter().zip(after).zip(households);
    both.filter(|((before, after), _)| **before != UNASSIGNED && **after != UNASSIGNED)
        .map(|((&before, &after), households)| (before, after, u64::from(households)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> AreaId {
        AreaId::new(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_copy_continues_its_origin_whatever_it_holds_and_strangers_go_by_overlap() {
        let before = [(id(1), None), (id(2), None)];
        let copies = [(id(12), Some(id(2))), (id(11), Some(id(1))), (id(13), None)];
        let units = [(0, 0, 900), (1, 1, 900)];
        let by_origin = heirs_between(&before, &copies, units.into_iter());
        assert_eq!(by_origin, BTreeMap::from([(0, 1), (1, 0)]));
        let back = heirs_between(&copies, &before, units.into_iter());
        assert_eq!(back, BTreeMap::from([(0, 1), (1, 0)]));
        let twins = [(id(21), Some(id(1))), (id(22), Some(id(2)))];
        let sisters = heirs_between(&copies, &twins, units.into_iter());
        assert_eq!(sisters, BTreeMap::from([(0, 1), (1, 0)]));
        let strangers = [(id(31), None), (id(32), None)];
        let by_overlap = heirs_between(&before, &strangers, units.into_iter());
        assert_eq!(by_overlap, BTreeMap::from([(0, 0), (1, 1)]));
        assert_eq!(
            in_numbers_of(&by_origin, &[1, UNASSIGNED, 0, 7]),
            [0, UNASSIGNED, 1, DISSOLVED]
        );
    }
}
