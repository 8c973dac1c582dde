//! Figures of issues: how many, since when, by what, and the performance figures of `domain.md` §5.4.
//!
//! Invariant: everything in one answer is counted over one selection of one snapshot; small counts are hidden from
//! those who are not staff, and with them what would give them away.

use super::IssueQuery;
use super::catalog::Catalog;
use super::ledger::{Facts, Ledger, states};
use super::query::{Ground, Period, day_of};
use super::telling::Telling;
use crate::domain::access::{Role, SMALL, suppress_where};
use crate::domain::issue::{self as flow, IssueFacts, Kpi, Level, State};
use crate::heat::{By, Filter, Moment, Selection, by_day, count, from_minute, to_minute};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Result;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Days of the histogram under the map.
pub const HISTOGRAM_DAYS: i64 = 90;

/// A number of issues of one kind; `None` = too few to be told.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountOf {
    /// Stable code.
    pub code: String,
    /// Code of what it is part of.
    pub parent: Option<String>,
    /// Name, Chinese.
    pub name_zh: String,
    /// Name, English.
    pub name_en: String,
    /// How many.
    pub n: Option<u64>,
}

/// Issues by local day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayCounts {
    /// First day.
    pub first: NaiveDate,
    /// How many on each day; `None` = too few to be told.
    pub n: Vec<Option<u64>>,
}

/// A figure with its formula and what it rests on.
#[derive(Debug, Serialize, ToSchema)]
pub struct KpiView {
    /// Stable code.
    pub code: String,
    /// Name, Chinese.
    pub name_zh: String,
    /// Name, English.
    pub name_en: String,
    /// Above the line.
    pub numerator: u64,
    /// Below the line; `None` for a count.
    pub denominator: Option<u64>,
    /// Issues that were looked at.
    pub n: u64,
    /// Of these, too little is known or it is too early.
    pub unknown: u64,
    /// The fraction; `None` when there is nothing below the line.
    pub value: Option<f64>,
    /// Formula, Chinese.
    pub formula_zh: String,
    /// Formula, English.
    pub formula_en: String,
}

/// The answer line with everything under it.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssueSummary {
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
    /// Issues of the period; `None` = too few to be told.
    pub n: Option<u64>,
    /// Issues of the period before it.
    pub previous_n: Option<u64>,
    /// Of those of the period: open.
    pub open: Option<u64>,
    /// Beyond their time limit and open, whenever they were reported; `None` too when no open issue has a limit.
    pub overdue: Option<u64>,
    /// Returned twice or more and open, whenever they were reported.
    pub twice_returned: Option<u64>,
    /// Issues of the period without a point.
    pub without_point: Option<u64>,
    /// The answer in one sentence, Chinese.
    pub sentence_zh: String,
    /// The same, English.
    pub sentence_en: String,
    /// By category.
    pub categories: Vec<CountOf>,
    /// By state.
    pub states: Vec<CountOf>,
    /// By level of resolution.
    pub levels: Vec<CountOf>,
    /// By day, the last ninety until today.
    pub days: DayCounts,
    /// Performance figures of the period; empty for those who are not staff.
    pub kpis: Vec<KpiView>,
}

/// Whether small counts are hidden from somebody (`domain.md` §5.2: public, property and department roles).
pub fn hides_small(asker: &Asker) -> bool {
    const STAFF: [Role; 9] = [
        Role::Housekeeper,
        Role::GridWorker,
        Role::CompoundSecretary,
        Role::CommunitySecretary,
        Role::GridAdmin,
        Role::StreetLeader,
        Role::Planner,
        Role::Supervisor,
        Role::Auditor,
    ];
    !STAFF.iter().any(|role| asker.grants.has(*role))
}

/// What the selection counts by category: sums of children stand with their parents too.
pub(super) fn by_category(
    ledger: &Ledger,
    catalog: &Catalog,
    selection: &Selection,
    how: Telling,
) -> Vec<CountOf> {
    let names = &ledger.names().categories;
    let counts = count(&ledger.columns, selection, By::Category { n: names.len() });
    let own: Vec<u64> = counts.by.iter().map(|tally| tally.n.into()).collect();
    let open: Vec<Option<u64>> = own.iter().copied().map(Some).collect();
    // Small counts of sensitive categories are hidden from everybody.
    let guarded = |at: usize| {
        how.hides()
            || names
                .get_index(at)
                .is_some_and(|code| catalog.tree.is_sensitive(code))
    };
    let shown = suppress_where(&open, SMALL, guarded);
    let mut sums: std::collections::BTreeMap<&str, Option<u64>> = std::collections::BTreeMap::new();
    for ((code, n), _) in names.iter().zip(&shown).zip(&own).filter(|(_, n)| **n > 0) {
        let above = catalog.tree.ancestors(code).map(|row| row.code.as_str());
        for code in std::iter::once(code.as_str()).chain(above) {
            let sum = sums.entry(code).or_insert(Some(0));
            *sum = sum.zip(*n).map(|(sum, n)| sum + n);
        }
    }
    let mut all: Vec<CountOf> = sums
        .into_iter()
        .map(|(code, n)| {
            let (name_zh, name_en) = catalog.names(code);
            CountOf {
                code: code.to_owned(),
                parent: catalog.parent(code),
                name_zh,
                name_en,
                n: n.map(|n| how.rounded(n)),
            }
        })
        .collect();
    all.sort_by(|a, b| b.n.cmp(&a.n).then(a.code.cmp(&b.code)));
    all
}

fn by_state(ledger: &Ledger, selection: &Selection, how: Telling) -> Vec<CountOf> {
    let counts = count(&ledger.columns, selection, By::State);
    let counts: Vec<u64> = (State::ALL.iter())
        .map(|state| u64::from(counts.by[*state as usize].n))
        .collect();
    let shown = how.counts(&counts);
    let rows = State::ALL.iter().zip(shown).zip(counts);
    rows.filter(|(_, n)| *n > 0)
        .map(|((state, n), _)| CountOf {
            code: state.to_string(),
            parent: Some(state.step().to_string()),
            name_zh: state.label_zh().to_owned(),
            name_en: state.to_string(),
            n,
        })
        .collect()
}

fn by_level(ledger: &Ledger, selection: &Selection, how: Telling) -> Vec<CountOf> {
    let counts = count(&ledger.columns, selection, By::Level);
    let counts: Vec<u64> = (Level::ALL.iter())
        .map(|level| u64::from(counts.by[*level as usize].n))
        .collect();
    let shown = how.counts(&counts);
    Level::ALL
        .iter()
        .zip(shown)
        .map(|(level, n)| CountOf {
            code: level.to_string(),
            parent: None,
            name_zh: level.label_zh().to_owned(),
            name_en: level.to_string(),
            n,
        })
        .collect()
}

fn days(ground: &Ground<'_>, filter: &Filter, today: NaiveDate, how: Telling) -> DayCounts {
    let first = today - TimeDelta::days(HISTOGRAM_DAYS - 1);
    let (from, to) = Period {
        from: first,
        to: today,
    }
    .minutes(ground.offset_min);
    let filter = Filter {
        from: Some(from),
        to: Some(to),
        ..filter.clone()
    };
    let columns = &ground.ledger.columns;
    let found = by_day(
        columns,
        &filter.select(columns),
        Moment::Reported,
        ground.offset_min,
    );
    let mut n = vec![0_u64; HISTOGRAM_DAYS as usize];
    for (at, count) in found.n.iter().enumerate() {
        let day = day_of(found.first + at as i64);
        let at = day.and_then(|day| usize::try_from((day - first).num_days()).ok());
        if let Some(slot) = at.and_then(|at| n.get_mut(at)) {
            *slot = u64::from(*count);
        }
    }
    DayCounts {
        first,
        // Days of a bound role could be cut against its periods.
        n: match how {
            Telling::Roughly => vec![None; n.len()],
            _ => how.counts(&n),
        },
    }
}

/// Performance figures of the issues that a filter without period selects.
pub(super) fn kpis(ground: &Ground<'_>, filter: &Filter, period: Period) -> Vec<Kpi> {
    let ledger = ground.ledger;
    let selection = filter.select(&ledger.columns);
    let (from, to) = period.minutes(ground.offset_min);
    let period = flow::Period {
        from: from_minute(from),
        until: from_minute(to),
    };
    let facts = ledger.facts_of(selection.rows(), from, to);
    let facts = facts.map(|facts| kpi_facts(&facts, ground.now));
    flow::kpis(facts, period, ground.now)
}

/// Whether anything can be overdue: one of these has a time limit, or there is none of them.
fn limited(ledger: &Ledger, open: &Selection) -> bool {
    let mut rows = open.rows().peekable();
    rows.peek().is_none()
        || rows.any(|row| {
            let facts = ledger.facts(row);
            facts.is_some_and(|facts| facts.due.is_some() || facts.deferred.is_some())
        })
}

fn kpi_facts(facts: &Facts, now: DateTime<Utc>) -> IssueFacts {
    IssueFacts {
        ack_due: facts.acknowledge_due,
        acknowledged: facts.acknowledged,
        due: facts.due,
        deferred: facts
            .deferred
            .is_some_and(|(from, until)| from <= now && now < until),
        closed: facts.row.closed.map(from_minute),
        closed_within_limit: facts.on_time,
        first_closed: facts.first_closed,
        reopened: facts.first_reopened,
        level: facts.level(),
        dispatches: facts.dispatches,
        returns: facts.row.returns.into(),
        inspections: facts.inspections,
        reworks: facts.reworks,
        ..IssueFacts::new(from_minute(facts.row.reported), facts.source())
    }
}

impl Services {
    /// How many issues, since when, by what.
    ///
    /// # Errors
    /// `Invalid` words.
    pub fn issue_summary(&self, asker: &Asker, query: &IssueQuery) -> Result<IssueSummary> {
        let today = self.today(self.now());
        let period = query.period(today)?;
        let how = Telling::of(asker, query, &self.issues().catalog());
        how.allows(query, period, today)?;
        self.issue_ground(asker, true, |ground| {
            let ledger = ground.ledger;
            let columns = &ledger.columns;
            let filter = query.figure(ground, period)?;
            let standing = query.standing(ground)?;
            let selection = filter.select(columns);
            let n = selection.len() as u64;
            let size = |filter: Filter| filter.select(columns).len() as u64;
            let (from, to) = period.before().minutes(ground.offset_min);
            let previous = size(Filter {
                from: Some(from),
                to: Some(to),
                ..filter.clone()
            });
            let open = states(|state| !state.is_terminal());
            let still_open = size(Filter {
                states: Some(filter.states.unwrap_or(u64::MAX) & open),
                ..filter.clone()
            });
            let overdue = size(Filter {
                overdue_at: to_minute(ground.now),
                ..standing.clone()
            });
            let all_open = Filter {
                states: Some(standing.states.unwrap_or(u64::MAX) & open),
                ..standing.clone()
            };
            let overdue = limited(ledger, &all_open.select(columns)).then_some(overdue);
            let twice = size(Filter {
                min_returns: Some(2),
                states: Some(standing.states.unwrap_or(u64::MAX) & open),
                ..standing.clone()
            });
            let without = count(columns, &selection, By::State).total().without_point;
            let categories = by_category(ledger, ground.catalog, &selection, how);
            let kpis = if how.hides() {
                Vec::new()
            } else {
                kpis(ground, &standing, period)
            };
            let piled = super::piled::piled(ground, query, &selection, period, how);
            let (sentence_zh, sentence_en) =
                super::sentences::answer(period, (n, previous, overdue), &piled, how);
            Ok(IssueSummary {
                as_of: ground.now,
                from: period.from,
                to: period.to,
                n: how.count(n),
                previous_n: how.count(previous),
                open: how.count(still_open),
                overdue: overdue.and_then(|n| how.count(n)),
                twice_returned: how.count(twice),
                without_point: how.count(without.into()),
                sentence_zh,
                sentence_en,
                categories,
                states: by_state(ledger, &selection, how),
                levels: by_level(ledger, &selection, how),
                days: days(ground, &filter, today, how),
                kpis: kpis.into_iter().map(KpiView::from).collect(),
            })
        })
    }
}

impl From<Kpi> for KpiView {
    fn from(kpi: Kpi) -> Self {
        Self {
            code: kpi.code.to_string(),
            name_zh: kpi.code.label_zh().to_owned(),
            name_en: kpi.code.as_str().replace('_', " "),
            numerator: kpi.numerator,
            denominator: kpi.denominator,
            n: kpi.n,
            unknown: kpi.unknown,
            value: kpi.value,
            formula_zh: kpi.formula_zh.to_owned(),
            formula_en: kpi.formula_en.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::IssueId;
    use crate::domain::issue::{DueTimes, Place, Priority, Source, Stamps};
    use crate::storage::IssueFact;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn instant(minute: u32) -> DateTime<Utc> {
        from_minute(minute)
    }

    /// Instants of a fortnight, missing now and then.
    fn maybe() -> impl Strategy<Value = Option<DateTime<Utc>>> {
        prop::option::weighted(0.6, (0..20_000_u32).prop_map(instant))
    }

    fn any_fact() -> impl Strategy<Value = IssueFact> {
        let times = (
            0..20_000_u32,
            maybe(),
            maybe(),
            maybe(),
            maybe(),
            maybe(),
            maybe(),
        );
        let state = prop::sample::select(State::ALL.to_vec());
        let deferred = prop::option::weighted(0.3, (0..10_000_u32, 1..10_000_u32));
        (times, state, deferred, any::<u128>()).prop_map(|(times, state, deferred, id)| IssueFact {
            id: IssueId::new(Uuid::from_u128(id)),
            category: "road".into(),
            priority: Priority::Normal,
            source: Source::Meeting,
            level: Some(Level::Own),
            state,
            place: Place::Region {
                region: "340104001001".parse().unwrap(),
            },
            stamps: Stamps::default(),
            reporter: None,
            owner: None,
            reported_at: instant(times.0),
            acknowledged_at: times.1,
            due: DueTimes {
                acknowledge: times.2,
                close: times.3,
            },
            closed_at: times.4,
            first_closed_at: times.5,
            first_reopened_at: times.6,
            on_time: None,
            deferred: deferred.map(|(from, long)| (instant(from), instant(from + long))),
            dispatches: 2,
            returns: 1,
            inspections: 1,
            reworks: 0,
            reopened: 0,
            self_solved: false,
            public: false,
        })
    }

    proptest! {
        #[test]
        fn rows_that_nothing_happened_to_are_in_no_figure_of_the_period(
            facts in prop::collection::vec(any_fact(), 0..60), from in 0..20_000_u32, long in 1..8_000_u32, now in 0..25_000_u32,
        ) {
            let now = instant(now);
            let mut ledger = Ledger::default();
            for fact in &facts {
                ledger.put(fact, now);
            }
            let all = Filter::default().select(&ledger.columns);
            let period = flow::Period { from: instant(from), until: instant(from + long) };
            let of = |facts: Vec<Facts>| flow::kpis(facts.iter().map(|facts| kpi_facts(facts, now)), period, now);
            let every = all.rows().filter_map(|row| ledger.facts(row)).collect();
            prop_assert_eq!(of(ledger.facts_of(all.rows(), from, from + long).collect()), of(every));
        }
    }
}
