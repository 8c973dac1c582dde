//! All issues in memory: the columns that figures are made of, and which issue each row is.
//!
//! Not the store: texts stay there and are asked by identity. A ledger is a snapshot and cheap to clone; the writer
//! changes its own copy and swaps it in. Invariant: a row is never removed or reused, so that a row number keeps its
//! meaning over all snapshots.

use crate::domain::issue::{Level, Place, Priority, Source, State};
use crate::domain::{ActorId, AppointmentId, AreaId, CompoundId, GridId, IssueId, RegionCode};
use crate::heat::{self, HexColumn, IssueColumns, Traits, from_minute, to_minute};
use crate::services::picture::HEXAGONS;
use crate::storage::IssueFact;
use chrono::{DateTime, Utc};
use imbl::{OrdSet, Vector};
use indexmap::{IndexMap, IndexSet};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// No instant, no keeper.
const NONE: u32 = u32::MAX;
/// The code of "no level" among those of [`Level`].
const NO_LEVEL: u8 = 7;

/// Dense indices of everything that rows refer to; they grow and never change.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Codes of categories.
    pub categories: IndexSet<String>,
    /// Compounds.
    pub compounds: IndexSet<CompoundId>,
    /// Regions of issues that lie in no compound.
    pub regions: IndexSet<RegionCode>,
    /// Responsible bodies: code → name.
    pub owners: IndexMap<String, String>,
    /// Statutory grids.
    pub grids: IndexSet<GridId>,
    /// Patrol areas.
    pub areas: IndexSet<AreaId>,
    /// Keepers.
    pub keepers: IndexSet<AppointmentId>,
    /// Accounts that reported.
    pub reporters: IndexSet<ActorId>,
    /// Codes that others took over from: their issues count in the community of today.
    pub heirs: HashMap<RegionCode, RegionCode>,
}

/// What figures of the workflow need beside the columns of the map.
#[derive(Debug, Clone, Copy)]
struct Rest {
    id: IssueId,
    acknowledged: u32,
    acknowledge_due: u32,
    deferred: (u32, u32),
    /// Its time limit, whether or not it is deferred now.
    due: u32,
    keeper: u32,
    reporter: u32,
    dispatches: u16,
    inspections: u8,
    reworks: u8,
    reopened: u8,
    first_closed: u32,
    first_reopened: u32,
}

/// What figures need of one issue.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The columns; `due` is `None` while it is deferred, and when it ended without being done.
    pub row: heat::Issue,
    /// State.
    pub state: State,
    /// When the secretary acknowledged it.
    pub acknowledged: Option<DateTime<Utc>>,
    /// Until when that should have been.
    pub acknowledge_due: Option<DateTime<Utc>>,
    /// Its time limit, whether or not it is deferred.
    pub due: Option<DateTime<Utc>>,
    /// The last time in which its clock stood still.
    pub deferred: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Times that an owner got it.
    pub dispatches: u32,
    /// Inspections made.
    pub inspections: u32,
    /// Inspections failed.
    pub reworks: u32,
    /// Times that it was opened again.
    pub reopened: u32,
    /// When it was closed for the first time.
    pub first_closed: Option<DateTime<Utc>>,
    /// When it was opened again for the first time.
    pub first_reopened: Option<DateTime<Utc>>,
    /// Whether it was closed in time, where another system says so.
    pub on_time: Option<bool>,
}

/// A snapshot of all issues.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Columns of the map.
    pub columns: IssueColumns,
    rest: Vector<Rest>,
    names: Arc<Names>,
    /// Rows whose clock stands still, with the minute in which it runs again.
    deferred: OrdSet<(u32, u32)>,
    /// Shared by all snapshots: rows beyond the end of one are not in it.
    rows: Arc<RwLock<HashMap<IssueId, u32>>>,
    /// Number of the last event in it.
    pub feed: i64,
    /// Cells of the issues, found when somebody asks; a snapshot follows the one before it.
    hexagons: Arc<OnceLock<HexColumn>>,
    hexagons_before: Option<Arc<OnceLock<HexColumn>>>,
}

/// The code of a state in the columns: its place in [`State::ALL`].
pub const fn state_code(state: State) -> u8 {
    state as u8
}

/// The states that meet a condition, as a mask of the columns.
pub fn states(which: impl Fn(State) -> bool) -> u64 {
    let all = State::ALL.iter().filter(|state| which(**state));
    all.fold(0, |mask, state| mask | 1 << state_code(*state))
}

/// The code of a level in the columns.
pub fn level_code(level: Option<Level>) -> u8 {
    level.map_or(NO_LEVEL, |level| level as u8)
}

/// Whether it ended without being done: it has no time of closing, and no limit runs any more.
const fn ended(state: State) -> bool {
    matches!(state, State::Merged | State::Rejected | State::Cancelled)
}

fn minute(at: Option<DateTime<Utc>>) -> u32 {
    at.and_then(to_minute).unwrap_or(NONE)
}

fn instant(minute: u32) -> Option<DateTime<Utc>> {
    (minute != NONE).then(|| from_minute(minute))
}

fn small<T: TryFrom<u32>>(count: u32, most: T) -> T {
    T::try_from(count).unwrap_or(most)
}

impl Names {
    fn place(&mut self, fact: &IssueFact) -> heat::Place {
        // The region of a compound has an index too: communities count the issues of their compounds.
        let today = |code| self.heirs.get(&code).copied().unwrap_or(code);
        let region = (fact.stamps.region)
            .map(today)
            .map(|region| self.regions.insert_full(region).0 as u32);
        match (fact.stamps.compound, region) {
            (Some(compound), _) => {
                heat::Place::Compound(self.compounds.insert_full(compound).0 as u32)
            }
            (None, Some(region)) => heat::Place::Region(region),
            (None, None) => heat::Place::Unknown,
        }
    }

    /// The columns of an issue. `now` tells whether it is deferred.
    fn row(&mut self, fact: &IssueFact, now: DateTime<Utc>) -> (heat::Issue, Rest) {
        let deferred = fact
            .deferred
            .is_some_and(|(from, until)| from <= now && now < until);
        let owner = fact.owner.as_ref().map(|(code, name)| {
            let (at, _) = self.owners.insert_full(code.clone(), name.clone());
            small(at as u32, u16::MAX)
        });
        let row = heat::Issue {
            position: match fact.place {
                Place::Point { lon, lat, .. } => Some(crate::spatial::mercator_u32([lon, lat])),
                _ => None,
            },
            reported: to_minute(fact.reported_at).unwrap_or(0),
            due: (fact.due.close)
                .filter(|_| !deferred && !ended(fact.state))
                .and_then(to_minute),
            closed: fact.closed_at.and_then(to_minute),
            place: self.place(fact),
            category: small(
                match self.categories.get_index_of(&fact.category) {
                    Some(at) => at,
                    None => self.categories.insert_full(fact.category.clone()).0,
                } as u32,
                u16::MAX,
            ),
            state: state_code(fact.state),
            traits: Traits {
                level: level_code(fact.level),
                priority: fact.priority as u8,
                source: fact.source as u8,
                self_solved: fact.self_solved,
                public: fact.public,
                on_time: fact.on_time,
            },
            grid: (fact.stamps.grid).map(|grid| self.grids.insert_full(grid).0 as u32),
            area: (fact.stamps.area).map(|area| self.areas.insert_full(area).0 as u32),
            owner,
            returns: small(fact.returns, u8::MAX),
        };
        let keeper = fact.stamps.keeper;
        let rest = Rest {
            id: fact.id,
            acknowledged: minute(fact.acknowledged_at),
            acknowledge_due: minute(fact.due.acknowledge),
            deferred: fact.deferred.map_or((NONE, NONE), |(from, until)| {
                (minute(Some(from)), minute(Some(until)))
            }),
            due: minute(fact.due.close),
            keeper: keeper.map_or(NONE, |keeper| self.keepers.insert_full(keeper).0 as u32),
            reporter: (fact.reporter).map_or(NONE, |id| self.reporters.insert_full(id).0 as u32),
            dispatches: small(fact.dispatches, u16::MAX),
            inspections: small(fact.inspections, u8::MAX),
            reworks: small(fact.reworks, u8::MAX),
            reopened: small(fact.reopened, u8::MAX),
            first_closed: minute(fact.first_closed_at),
            first_reopened: minute(fact.first_reopened_at),
        };
        (row, rest)
    }
}

impl Ledger {
    /// A copy to change: it will find its hexagons from those of this one.
    #[must_use]
    pub fn to_change(&self) -> Self {
        let before = match self.hexagons.get() {
            Some(_) => Some(self.hexagons.clone()),
            None => self.hexagons_before.clone(),
        };
        Self {
            hexagons: Arc::default(),
            hexagons_before: before,
            ..self.clone()
        }
    }

    /// Which cell each issue lies in.
    pub fn hexagons(&self) -> &HexColumn {
        self.hexagons.get_or_init(|| {
            let former = self
                .hexagons_before
                .as_ref()
                .and_then(|former| former.get());
            match former {
                Some(former) => {
                    let mut column = former.clone();
                    column.refresh(&self.columns);
                    column
                }
                None => HexColumn::new(&self.columns, HEXAGONS),
            }
        })
    }

    /// Takes over which codes ended; what was put before stays where it is until it is put again.
    pub fn set_heirs(&mut self, heirs: HashMap<RegionCode, RegionCode>) {
        Arc::make_mut(&mut self.names).heirs = heirs;
    }

    /// Adds an issue, or replaces it.
    pub fn put(&mut self, fact: &IssueFact, now: DateTime<Utc>) {
        let known = self.row_of(fact.id);
        let (row, rest) = Arc::make_mut(&mut self.names).row(fact, now);
        // While it lasts, the columns have no limit for it; see `Names::row`.
        let stands_still = row.due.is_none() && rest.due != NONE && !ended(fact.state);
        let until = rest.deferred.1;
        if let Some(former) = known.and_then(|at| self.rest.get(at)) {
            let at = known.unwrap_or_default() as u32;
            self.deferred.remove(&(former.deferred.1, at));
        }
        if stands_still && until != NONE {
            let at = known.unwrap_or(self.rest.len()) as u32;
            self.deferred.insert((until, at));
        }
        if let Some(at) = known {
            let replaced = self.columns.set(at, &row);
            debug_assert!(replaced);
            self.rest.set(at, rest);
        } else {
            let at = self.columns.push(&row);
            self.rest.push_back(rest);
            let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
            rows.insert(fact.id, at as u32);
        }
    }

    /// Takes an issue out of all figures: its import was undone.
    pub fn take_back(&mut self, id: IssueId) {
        if let Some(at) = self.row_of(id)
            && let Some(row) = self.columns.get(at)
        {
            if let Some(rest) = self.rest.get(at) {
                self.deferred.remove(&(rest.deferred.1, at as u32));
            }
            let state = heat::GONE;
            let replaced = self.columns.set(at, &heat::Issue { state, ..row });
            debug_assert!(replaced);
        }
    }

    /// How many issues count.
    pub fn n(&self) -> usize {
        let rows = (0..self.columns.len()).filter_map(|at| self.columns.get(at));
        rows.filter(|row| row.state != heat::GONE).count()
    }

    /// The row of an issue.
    pub fn row_of(&self, id: IssueId) -> Option<usize> {
        let rows = self.rows.read().unwrap_or_else(PoisonError::into_inner);
        rows.get(&id)
            .map(|row| *row as usize)
            .filter(|row| *row < self.rest.len())
    }

    /// The issue of a row.
    pub fn id(&self, row: usize) -> Option<IssueId> {
        self.rest.get(row).map(|rest| rest.id)
    }

    /// The keeper that a row was stamped with.
    pub fn keeper(&self, row: usize) -> Option<AppointmentId> {
        let rest = self.rest.get(row)?;
        self.names.keepers.get_index(rest.keeper as usize).copied()
    }

    /// The account that reported a row.
    pub fn reporter(&self, row: usize) -> Option<ActorId> {
        let rest = self.rest.get(row)?;
        self.names
            .reporters
            .get_index(rest.reporter as usize)
            .copied()
    }

    /// Issues whose deferral is over, though nothing happened to them since.
    pub fn deferrals_over(&self, now: DateTime<Utc>) -> impl Iterator<Item = IssueId> + '_ {
        // In the order of their ends: what is not over yet is not looked at.
        let now = minute(Some(now));
        (self.deferred.iter())
            .take_while(move |(until, _)| *until <= now)
            .filter_map(|(_, row)| self.id(*row as usize))
    }

    /// What rows refer to.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What figures of a period need of the selected rows: of those alone to which anything happened, or should have
    /// happened, from minute `from` until before `to`. No other row is in a figure of the period (`flow::kpis`).
    pub fn facts_of(
        &self,
        rows: impl Iterator<Item = usize>,
        from: u32,
        to: u32,
    ) -> impl Iterator<Item = Facts> {
        let within = move |minute: u32| from <= minute && minute < to;
        // Neighbours are asked for one after another: a focus finds the next one without a search.
        let mut rest = self.rest.focus();
        rows.filter_map(move |row| {
            let columns = &self.columns;
            let rest = rest.get(row)?;
            let here = columns.reported(row).is_some_and(within)
                || columns.closed(row).is_some_and(within)
                || within(rest.due)
                || within(rest.first_closed);
            here.then(|| facts(columns.get(row)?, rest)).flatten()
        })
    }

    /// What figures need of a row.
    pub fn facts(&self, at: usize) -> Option<Facts> {
        facts(self.columns.get(at)?, self.rest.get(at)?)
    }
}

fn facts(row: heat::Issue, rest: &Rest) -> Option<Facts> {
    Some(Facts {
        row,
        state: *State::ALL.get(usize::from(row.state))?,
        acknowledged: instant(rest.acknowledged),
        acknowledge_due: instant(rest.acknowledge_due),
        due: instant(rest.due),
        deferred: instant(rest.deferred.0).zip(instant(rest.deferred.1)),
        dispatches: rest.dispatches.into(),
        inspections: rest.inspections.into(),
        reworks: rest.reworks.into(),
        reopened: rest.reopened.into(),
        first_closed: instant(rest.first_closed),
        first_reopened: instant(rest.first_reopened),
        on_time: row.traits.on_time,
    })
}

impl Facts {
    /// The priority.
    pub fn priority(&self) -> Priority {
        let code = usize::from(self.row.traits.priority);
        Priority::ALL.get(code).copied().unwrap_or(Priority::Normal)
    }

    /// By which way it came.
    pub fn source(&self) -> Source {
        let code = usize::from(self.row.traits.source);
        Source::ALL.get(code).copied().unwrap_or(Source::Import)
    }

    /// At which level it was resolved.
    pub fn level(&self) -> Option<Level> {
        Level::ALL.get(usize::from(self.row.traits.level)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::issue::{DueTimes, Stamps};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn fact(id: u128, state: State, due: bool, deferred: Option<(u32, u32)>) -> IssueFact {
        IssueFact {
            id: IssueId::new(Uuid::from_u128(id)),
            category: "road".into(),
            priority: Priority::Normal,
            source: Source::Meeting,
            level: None,
            state,
            place: Place::Region {
                region: "340104001001".parse().unwrap(),
            },
            stamps: Stamps::default(),
            reporter: None,
            owner: None,
            reported_at: from_minute(0),
            acknowledged_at: None,
            due: DueTimes {
                acknowledge: None,
                close: due.then(|| from_minute(500)),
            },
            closed_at: None,
            first_closed_at: None,
            first_reopened_at: None,
            on_time: None,
            deferred: deferred.map(|(from, until)| (from_minute(from), from_minute(until))),
            dispatches: 0,
            returns: 0,
            inspections: 0,
            reworks: 0,
            reopened: 0,
            self_solved: false,
            public: false,
        }
    }

    proptest! {
        /// Whose clock stood still when it was last written, and should run by now: found without looking at the rest.
        #[test]
        fn deferrals_that_are_over_are_those_that_a_look_at_all_rows_finds(
            writes in prop::collection::vec(
                (0..8_u128, prop::sample::select(State::ALL.to_vec()), any::<bool>(),
                    prop::option::of((0..100_u32, 1..100_u32)), 0..200_u32), 0..40),
            now in 0..300_u32,
        ) {
            let mut ledger = Ledger::default();
            let mut last = HashMap::new();
            for (id, state, due, deferred, at) in writes {
                let deferred = deferred.map(|(from, long)| (from, from + long));
                ledger.put(&fact(id, state, due, deferred), from_minute(at));
                last.insert(id, (state, due, deferred, at));
            }
            let mut over: Vec<_> = ledger.deferrals_over(from_minute(now)).collect();
            over.sort_unstable();
            let mut wanted: Vec<_> = last
                .into_iter()
                .filter(|(_, (state, due, deferred, at))| {
                    let stood_still = deferred.is_some_and(|(from, until)| from <= *at && *at < until);
                    let runs = deferred.is_some_and(|(_, until)| until <= now);
                    *due && stood_still && runs && !ended(*state)
                })
                .map(|(id, _)| IssueId::new(Uuid::from_u128(id)))
                .collect();
            wanted.sort_unstable();
            prop_assert_eq!(over, wanted);
        }
    }
}
