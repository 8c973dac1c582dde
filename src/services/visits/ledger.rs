//! All visits in memory, as figures need them: per building the days with the households reached, in order.
//!
//! Who went is not in here, so no figure can tell. A ledger is a snapshot; the writer swaps in a changed copy that
//! shares the rest. Invariant: what a correction or withdrawal replaced is not in it.

use crate::domain::BuildingId;
use crate::domain::visit::Entry;
use chrono::NaiveDate;
use imbl::HashMap;
use std::sync::{Arc, OnceLock};

/// A snapshot of all visits.
#[derive(Debug, Clone, Default)]
pub struct VisitLedger {
    of: HashMap<BuildingId, Arc<Vec<Entry>>>,
    last: Arc<OnceLock<Arc<std::collections::HashMap<BuildingId, NaiveDate>>>>,
}

impl VisitLedger {
    /// Of visits in any order.
    pub fn of(visits: impl Iterator<Item = (BuildingId, Entry)>) -> Self {
        let mut by_building: std::collections::HashMap<BuildingId, Vec<Entry>> =
            std::collections::HashMap::new();
        for (building, entry) in visits {
            by_building.entry(building).or_default().push(entry);
        }
        let sorted = by_building.into_iter().map(|(building, mut entries)| {
            entries.sort_unstable();
            (building, Arc::new(entries))
        });
        Self {
            of: sorted.collect(),
            last: Arc::default(),
        }
    }

    /// The same without one visit and with another: what a correction does. Either may be absent.
    #[must_use]
    pub fn changed(
        &self,
        gone: Option<(BuildingId, Entry)>,
        new: Option<(BuildingId, Entry)>,
    ) -> Self {
        let mut of = self.of.clone();
        if let Some((building, entry)) = gone
            && let Some(entries) = of.get_mut(&building)
            && let Ok(at) = entries.binary_search(&entry)
        {
            Arc::make_mut(entries).remove(at);
        }
        if let Some((building, entry)) = new {
            let entries = Arc::make_mut(of.entry(building).or_default());
            let at = entries.partition_point(|other| *other <= entry);
            entries.insert(at, entry);
        }
        Self {
            of,
            last: Arc::default(),
        }
    }

    /// Whether no visit is known at all.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The same with all visits to some buildings read again.
    #[must_use]
    pub fn read_again(&self, buildings: std::collections::HashMap<BuildingId, Vec<Entry>>) -> Self {
        let mut of = self.of.clone();
        for (building, mut entries) in buildings {
            entries.sort_unstable();
            if entries.is_empty() {
                of.remove(&building);
            } else {
                of.insert(building, Arc::new(entries));
            }
        }
        Self {
            of,
            last: Arc::default(),
        }
    }

    /// Visits to a building, in the order of their days.
    pub fn visits(&self, building: BuildingId) -> &[Entry] {
        self.of
            .get(&building)
            .map_or(&[], |entries| entries.as_slice())
    }

    /// The day of the last visit to a building; `None` = no visit is known.
    pub fn last(&self, building: BuildingId) -> Option<NaiveDate> {
        self.visits(building).last().map(|entry| entry.day)
    }

    /// The day of the last visit to a building up to the end of a day.
    pub fn last_until(&self, building: BuildingId, day: NaiveDate) -> Option<NaiveDate> {
        let visits = self.visits(building);
        let until = visits.partition_point(|entry| entry.day <= day);
        Some(visits.get(until.checked_sub(1)?)?.day)
    }

    /// The same for all buildings that were ever visited; made once per snapshot.
    pub fn last_visits(&self) -> Arc<std::collections::HashMap<BuildingId, NaiveDate>> {
        let made = self.last.get_or_init(|| {
            let last = |(building, entries): (&BuildingId, &Arc<Vec<Entry>>)| {
                Some((*building, entries.last()?.day))
            };
            Arc::new(self.of.iter().filter_map(last).collect())
        });
        made.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn entry(day: u32, households: u16) -> Entry {
        Entry {
            day: NaiveDate::from_ymd_opt(2026, 3, day).unwrap(),
            households,
        }
    }

    #[test]
    fn a_correction_replaces_a_withdrawal_takes_out_and_old_snapshots_stay() {
        let of = |n: u128| BuildingId::new(Uuid::from_u128(n));
        let first = VisitLedger::of([(of(1), entry(9, 3)), (of(1), entry(2, 5))].into_iter());
        assert_eq!(first.visits(of(1)), [entry(2, 5), entry(9, 3)]);
        let corrected = first.changed(Some((of(1), entry(9, 3))), Some((of(2), entry(9, 4))));
        assert_eq!(corrected.last(of(1)), Some(entry(2, 5).day));
        assert_eq!(corrected.last(of(2)), Some(entry(9, 4).day));
        let withdrawn = corrected.changed(Some((of(2), entry(9, 4))), None);
        assert_eq!(withdrawn.last(of(2)), None);
        assert_eq!(withdrawn.last_visits().len(), 1);
        assert_eq!(first.last_visits().get(&of(1)), Some(&entry(9, 3).day));
    }
}
