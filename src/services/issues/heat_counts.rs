//! What a heatmap counts: issues of two periods, and what stands open or overdue now.
//!
//! Not the places, and not how counts are told. Invariant: all counts of one answer are of one snapshot and one filter.

use super::IssueQuery;
use super::ledger::states;
use super::query::{Ground, Period};
use crate::domain::issue::State;
use crate::heat::{Counts, Filter, IssueColumns, Selection, to_minute};
use crate::services::error::Result;

/// What is counted for every place.
pub(super) struct Filters {
    /// Issues of the period.
    pub now: Filter,
    /// Those of the period before.
    pub before: Filter,
    /// Beyond their limit and open, whenever they were reported.
    pub overdue: Filter,
    /// Open, whenever they were reported.
    pub open: Filter,
    /// Of these, with a limit whose clock runs.
    pub limited: Filter,
    /// Of these, with a clock that stands still.
    pub deferred: Filter,
}

impl Filters {
    pub fn of(ground: &Ground<'_>, query: &IssueQuery, period: Period) -> Result<Self> {
        let now = query.figure(ground, period)?;
        let standing = query.standing(ground)?;
        let (from, to) = period.before().minutes(ground.offset_min);
        let in_states = |mask: u64| Filter {
            states: Some(standing.states.unwrap_or(u64::MAX) & mask),
            ..standing.clone()
        };
        Ok(Self {
            before: Filter {
                from: Some(from),
                to: Some(to),
                ..now.clone()
            },
            overdue: Filter {
                overdue_at: to_minute(ground.now),
                ..standing.clone()
            },
            open: in_states(states(|state| !state.is_terminal())),
            // Overdue at the end of time: whatever has a limit and is not closed.
            limited: Filter {
                overdue_at: Some(u32::MAX - 1),
                ..standing.clone()
            },
            deferred: in_states(states(|state| state == State::Deferred)),
            now,
        })
    }

    /// The rows of each.
    pub fn select(&self, columns: &IssueColumns) -> Selections {
        Selections {
            now: self.now.select(columns),
            before: self.before.select(columns),
            overdue: self.overdue.select(columns),
            open: self.open.select(columns),
            limited: self.limited.select(columns),
            deferred: self.deferred.select(columns),
        }
    }
}

/// The rows of one question.
pub(super) struct Selections {
    /// Of the period.
    pub now: Selection,
    /// Of the period before.
    pub before: Selection,
    /// Overdue.
    pub overdue: Selection,
    open: Selection,
    limited: Selection,
    deferred: Selection,
}

impl Selections {
    /// Each counted in the same way.
    pub fn counted(&self, count: impl Fn(&Selection) -> Counts) -> Counted {
        Counted {
            now: count(&self.now),
            before: count(&self.before),
            overdue: count(&self.overdue),
            open: count(&self.open),
            limited: count(&self.limited),
            deferred: count(&self.deferred),
            n: self.now.len() as u64,
        }
    }
}

/// The counts of one question.
pub(super) struct Counted {
    /// Of the period.
    pub now: Counts,
    /// Of the period before.
    pub before: Counts,
    /// Issues of the period, wherever they lie.
    pub n: u64,
    overdue: Counts,
    open: Counts,
    limited: Counts,
    deferred: Counts,
}

impl Counted {
    /// Beyond their limit and open. Where issues are open and none has a limit nobody knows.
    pub fn late(&self, row: Option<usize>) -> Option<u64> {
        let n = |counts: &Counts| row.and_then(|row| counts.by.get(row)).map_or(0, |at| at.n);
        let known = n(&self.open) == 0 || n(&self.limited) + n(&self.deferred) > 0;
        known.then(|| n(&self.overdue).into())
    }
}
