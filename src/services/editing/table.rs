//! A draft under edit, in memory: its stored rows and the strokes made since.
//!
//! Invariant: the same rules as the page's core (`web/core/draft/draft.ts`): a stroke is taken if every key is as the
//! stroke found it (or as it leaves it), no lock is broken, and no area is left with a number that another one has.

use crate::domain::{AreaFields, AreaKeeper, Assignment, PatrolArea, Stroke};
use crate::services::planning::unit_id;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Why a stroke is not taken; the keys in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Somebody changed the same things.
    Conflict(Vec<String>),
    /// An area is locked.
    Locked(Vec<String>),
    /// An area that should end still holds units or keepers.
    NotEmpty(Vec<String>),
    /// Another area has the number.
    NumberTaken(Vec<String>),
}

/// What was there before a change, to take it back.
enum Was {
    Unit(Uuid, Option<Uuid>),
    Area(Uuid, Option<AreaFields>),
    Keeper(Uuid, Option<Uuid>),
}

/// What takes back what a stroke did.
pub(super) struct Undo(Vec<Was>);

/// A draft as it stands after stroke `seq`.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Strokes that it holds.
    pub seq: i64,
    /// Area of every assigned unit.
    pub area_of: HashMap<Uuid, Uuid>,
    /// Areas.
    pub areas: HashMap<Uuid, AreaFields>,
    /// Area of every seated appointment.
    pub seats: HashMap<Uuid, Uuid>,
}

impl Table {
    /// From the stored rows, which hold all strokes up to `seq`.
    pub fn of_rows(
        seq: i64,
        areas: &[PatrolArea],
        assignments: &[Assignment],
        keepers: &[AreaKeeper],
    ) -> Self {
        let fields = |area: &PatrolArea| AreaFields {
            number: area.number,
            name: area.name.clone(),
            locked: area.locked,
        };
        Self {
            seq,
            areas: areas.iter().map(|a| (a.id.uuid(), fields(a))).collect(),
            area_of: assignments
                .iter()
                .map(|row| (unit_id(row.unit), row.area.uuid()))
                .collect(),
            seats: keepers
                .iter()
                .map(|row| (row.appointment.uuid(), row.area.uuid()))
                .collect(),
        }
    }

    /// Why a stroke cannot be done now.
    pub fn refusal(&self, stroke: &Stroke) -> Option<Refusal> {
        let after: HashMap<Uuid, Option<&AreaFields>> = stroke
            .areas
            .iter()
            .map(|change| (change.id, change.after.as_ref()))
            .collect();
        let meant = |id: Uuid| match after.get(&id) {
            Some(fields) => *fields,
            None => self.areas.get(&id),
        };
        // A lock that the stroke itself sets comes after its moves, one that it lifts (or that ends with its area)
        // before them.
        let locked = |id: Option<Uuid>| {
            id.is_some_and(|id| {
                self.areas.get(&id).is_some_and(|fields| fields.locked)
                    && meant(id).is_some_and(|fields| fields.locked)
            })
        };
        let (mut off, mut closed) = (Vec::new(), Vec::new());
        let mut moved = HashSet::new();
        for group in &stroke.moves {
            let gone = group
                .to
                .is_some_and(|id| !self.areas.contains_key(&id) && meant(id).is_none());
            let shut = locked(group.from) || locked(group.to);
            for unit in &group.units {
                let now = self.area_of.get(unit).copied();
                moved.insert(*unit);
                if now == group.to {
                    continue;
                }
                if now != group.from || gone {
                    off.push(format!("unit:{unit}"));
                } else if shut {
                    closed.push(format!("unit:{unit}"));
                }
            }
        }
        let (mut full, mut taken) = (Vec::new(), Vec::new());
        for change in &stroke.areas {
            let now = self.areas.get(&change.id);
            if now == change.after.as_ref() {
                continue;
            }
            let key = || format!("area:{}", change.id);
            if now != change.before.as_ref() {
                off.push(key());
                continue;
            }
            match &change.after {
                None if self.holds(change.id, &moved, stroke) => full.push(key()),
                Some(fields) if self.number_taken(change.id, fields.number, &after) => {
                    taken.push(key());
                }
                _ => {}
            }
        }
        for keeper in &stroke.keepers {
            let now = self.seats.get(&keeper.appointment).copied();
            let gone = keeper.to.is_some_and(|id| meant(id).is_none());
            if now != keeper.to && (now != keeper.from || gone) {
                off.push(format!("keeper:{}", keeper.appointment));
            }
        }
        let refusals = [
            (off, Refusal::Conflict as fn(Vec<String>) -> Refusal),
            (closed, Refusal::Locked),
            (full, Refusal::NotEmpty),
            (taken, Refusal::NumberTaken),
        ];
        refusals
            .into_iter()
            .find(|(keys, _)| !keys.is_empty())
            .map(|(keys, refusal)| refusal(keys))
    }

    /// Does what a stroke says, without asking.
    pub fn apply(&mut self, stroke: &Stroke) -> Undo {
        let mut was = Vec::new();
        for group in &stroke.moves {
            for &unit in &group.units {
                was.push(Was::Unit(unit, set(&mut self.area_of, unit, group.to)));
            }
        }
        for change in &stroke.areas {
            let before = set(&mut self.areas, change.id, change.after.clone());
            was.push(Was::Area(change.id, before));
        }
        for keeper in &stroke.keepers {
            let before = set(&mut self.seats, keeper.appointment, keeper.to);
            was.push(Was::Keeper(keeper.appointment, before));
        }
        Undo(was)
    }

    /// Takes strokes back, the last one first.
    pub fn take_back(&mut self, undo: Vec<Undo>) {
        for was in undo
            .into_iter()
            .rev()
            .flat_map(|Undo(was)| was.into_iter().rev())
        {
            match was {
                Was::Unit(unit, area) => drop(set(&mut self.area_of, unit, area)),
                Was::Area(area, fields) => drop(set(&mut self.areas, area, fields)),
                Was::Keeper(appointment, area) => drop(set(&mut self.seats, appointment, area)),
            }
        }
    }

    /// Whether an area keeps units or keepers when a stroke is done.
    fn holds(&self, area: Uuid, moved: &HashSet<Uuid>, stroke: &Stroke) -> bool {
        let leaves = |appointment: &Uuid| {
            let found = stroke
                .keepers
                .iter()
                .find(|k| k.appointment == *appointment);
            found.is_some_and(|keeper| keeper.to != Some(area))
        };
        self.area_of
            .iter()
            .any(|(unit, own)| *own == area && !moved.contains(unit))
            || self
                .seats
                .iter()
                .any(|(appointment, own)| *own == area && !leaves(appointment))
    }

    fn number_taken(
        &self,
        id: Uuid,
        number: u32,
        after: &HashMap<Uuid, Option<&AreaFields>>,
    ) -> bool {
        let kept = self.areas.iter().any(|(other, fields)| {
            *other != id && !after.contains_key(other) && fields.number == number
        });
        let made = after
            .iter()
            .any(|(other, fields)| *other != id && fields.is_some_and(|f| f.number == number));
        kept || made
    }
}

/// Sets or removes; gives what was there.
fn set<T>(map: &mut HashMap<Uuid, T>, key: Uuid, value: Option<T>) -> Option<T> {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AreaChange, KeeperMove, MoveGroup};
    use proptest::prelude::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn fields(number: u32, locked: bool) -> AreaFields {
        AreaFields {
            number,
            name: format!("片区 {number:02}"),
            locked,
        }
    }

    fn table() -> Table {
        Table {
            seq: 0,
            areas: (1..=3).map(|n| (id(n), fields(n as u32, false))).collect(),
            area_of: (10..22).map(|n| (id(n), id(1 + n % 3))).collect(),
            seats: [(id(100), id(1)), (id(101), id(2))].into(),
        }
    }

    fn stroke() -> Stroke {
        Stroke {
            id: id(999),
            label: String::new(),
            moves: vec![],
            areas: vec![],
            keepers: vec![],
        }
    }

    fn moving(unit: u128, from: Option<u128>, to: Option<u128>) -> Stroke {
        let group = MoveGroup {
            from: from.map(id),
            to: to.map(id),
            units: vec![id(unit)],
        };
        Stroke {
            moves: vec![group],
            ..stroke()
        }
    }

    fn change(area: u128, before: Option<AreaFields>, after: Option<AreaFields>) -> AreaChange {
        AreaChange {
            id: id(area),
            before,
            after,
        }
    }

    #[test]
    fn a_stroke_is_taken_only_from_where_it_began() {
        let table = table();
        assert_eq!(table.refusal(&moving(10, Some(2), Some(3))), None);
        let off = Some(Refusal::Conflict(vec![format!("unit:{}", id(10))]));
        assert_eq!(table.refusal(&moving(10, Some(1), Some(3))), off);
        assert_eq!(
            table.refusal(&moving(10, Some(1), Some(2))),
            None,
            "it is there already"
        );
        assert_eq!(
            table.refusal(&moving(10, Some(2), Some(77))),
            off,
            "no such area"
        );
    }

    #[test]
    fn a_lock_keeps_units_in_and_out_unless_the_stroke_lifts_it() {
        let mut table = table();
        table.areas.insert(id(3), fields(3, true));
        let locked = Some(Refusal::Locked(vec![format!("unit:{}", id(10))]));
        assert_eq!(table.refusal(&moving(10, Some(2), Some(3))), locked);
        let opening = Stroke {
            areas: vec![change(3, Some(fields(3, true)), Some(fields(3, false)))],
            ..moving(10, Some(2), Some(3))
        };
        assert_eq!(table.refusal(&opening), None);
    }

    #[test]
    fn an_area_ends_only_when_it_is_empty_and_numbers_stay_single() {
        let table = table();
        let end = Stroke {
            areas: vec![change(1, Some(fields(1, false)), None)],
            ..stroke()
        };
        let key = vec![format!("area:{}", id(1))];
        assert_eq!(table.refusal(&end), Some(Refusal::NotEmpty(key.clone())));
        let everybody = Stroke {
            moves: vec![MoveGroup {
                from: Some(id(1)),
                to: Some(id(2)),
                units: (10..22).filter(|n| n % 3 == 0).map(id).collect(),
            }],
            keepers: vec![KeeperMove {
                appointment: id(100),
                from: Some(id(1)),
                to: None,
            }],
            ..end
        };
        assert_eq!(table.refusal(&everybody), None);
        let twin = Stroke {
            areas: vec![change(1, Some(fields(1, false)), Some(fields(2, false)))],
            ..stroke()
        };
        assert_eq!(table.refusal(&twin), Some(Refusal::NumberTaken(key)));
    }

    proptest! {
        #[test]
        fn what_was_done_is_taken_back_exactly(steps in prop::collection::vec((10u128..24, 0u128..6, 0u8..3), 0..60)) {
            let start = table();
            let mut table = start.clone();
            let mut undo = Vec::new();
            for (unit, area, kind) in steps {
                let to = (area > 0).then_some(id(area));
                let mut step = stroke();
                match kind {
                    0 => step.moves.push(MoveGroup { from: None, to, units: vec![id(unit)] }),
                    1 => step.areas.push(change(area, None, (unit % 2 == 0).then(|| fields(unit as u32, true)))),
                    _ => step.keepers.push(KeeperMove { appointment: id(100 + unit % 3), from: None, to }),
                }
                undo.push(table.apply(&step));
            }
            table.take_back(undo);
            prop_assert_eq!(table.area_of, start.area_of);
            prop_assert_eq!(table.areas, start.areas);
            prop_assert_eq!(table.seats, start.seats);
        }
    }
}
