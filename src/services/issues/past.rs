//! Issues that happened before they are stored, with every move that was made: replayed, stamped and written at once.
//!
//! Not the writer of the day (`writer`): nobody waits for these, and nobody is told of each. Invariant: all are stored
//! or none; a row is what its events make it, and numbers count within each local day.

use super::catalog::Catalog;
use super::moving::refused;
use super::placing::stamp;
use super::writer::Numbers;
use crate::domain::issue::{
    Answers, Capacity, CityField, DueTimes, Entry, Issue, IssueEvent, Move, Owner, Place, Priority,
    Source, State, issue_code, lookup_code,
};
use crate::domain::{Actor, IssueEventId, IssueId, RegionCode};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::keys::random;
use crate::services::picture::Picture;
use crate::storage::{IssueFact, IssueRow};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// A move that was made.
pub struct PastMove {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: Actor,
    /// In which capacity.
    pub capacity: Capacity,
    /// What. A dispatch without a rule gets the one that names the same body.
    pub made: Move,
}

/// An issue with its history.
pub struct PastIssue {
    /// Identity.
    pub id: IssueId,
    /// Where it is.
    pub place: Place,
    /// Code of the category.
    pub category: String,
    /// Priority.
    pub priority: Priority,
    /// By which way it came.
    pub source: Source,
    /// The problem.
    pub black_text: String,
    /// Answers to the questions of the category.
    pub answers: Answers,
    /// Field of the city's roll-up.
    pub field: Option<CityField>,
    /// When it came.
    pub reported_at: DateTime<Utc>,
    /// Who brought it.
    pub reporter: Actor,
    /// What happened afterwards, in order.
    pub moves: Vec<PastMove>,
}

type Row = (IssueRow, Vec<IssueEvent>);

/// What replaying needs beside the issues.
struct Replay<'a> {
    picture: &'a Picture,
    catalog: &'a Catalog,
    now: DateTime<Utc>,
    /// The rule and the body of a category at a place: asked once, not for every issue.
    routed: HashMap<Routable, Option<(Option<Uuid>, String)>>,
}

type Routable = (
    Option<RegionCode>,
    Option<crate::domain::CompoundId>,
    String,
);

impl Replay<'_> {
    fn row(&mut self, past: PastIssue) -> Result<Row> {
        let stamps = stamp(self.picture, &past.place, self.now)
            .map_err(|problem| Error::Invalid(vec![problem]))?;
        let (mut flow, opened) = IssueEvent::opening(
            past.id,
            State::Found,
            None,
            None,
            None,
            entry(past.reporter, Capacity::Staff),
            past.reported_at,
        );
        let (mut events, mut red_text) = (vec![opened], None);
        let at = (stamps.region, stamps.compound, past.category.clone());
        for step in past.moves {
            let made = match step.made {
                Move::Dispatch { owner, rule: None } => {
                    let rule = self.rule(&at, &stamps, &owner);
                    Move::Dispatch { owner, rule }
                }
                made => made,
            };
            if let Some(text) = made.red_text() {
                red_text = Some(text.to_owned());
            }
            let terms = (self.catalog.flow).terms(&flow, &self.catalog.calendar, step.at);
            let entry = entry(step.by, step.capacity);
            let (after, event) = IssueEvent::next(&flow, made, entry, &terms).map_err(refused)?;
            flow = after;
            events.push(event);
        }
        let district = stamps.region.map_or(0, RegionCode::district_code);
        let mut issue = Issue {
            id: past.id,
            code: String::new(),
            lookup: lookup_code(random()),
            category: past.category,
            priority: past.priority,
            source: past.source,
            place: past.place,
            black_text: past.black_text,
            red_text,
            answers: past.answers,
            reported_at: past.reported_at,
            occurred_at: None,
            reporter: None,
            on_behalf_of: None,
            external_id: None,
            on_time: None,
            stamps,
            due: DueTimes::default(),
            public: false,
            field: past.field,
            flow,
        };
        issue.due = self.catalog.due(&issue);
        let row = IssueRow {
            issue,
            district_code: district,
            reporter_name: None,
            reporter_phone: None,
            import: None,
            request_key: None,
        };
        Ok((row, events))
    }

    /// The rule that names this body; `None` when a person must have chosen it.
    fn rule(
        &mut self,
        at: &Routable,
        stamps: &crate::domain::issue::Stamps,
        owner: &Owner,
    ) -> Option<crate::domain::RoutingRuleId> {
        let found = self.routed.entry(at.clone()).or_insert_with(|| {
            let day = self.catalog.calendar.day_of(self.now);
            let routed = self.catalog.route(self.picture, stamps, &at.2, day)?;
            Some((routed.rule, routed.code))
        });
        let (rule, code) = found.as_ref()?;
        (*code == owner.code)
            .then_some(*rule)
            .flatten()
            .map(crate::domain::RoutingRuleId::new)
    }
}

fn entry(by: Actor, capacity: Capacity) -> Entry {
    Entry {
        id: IssueEventId::new(Uuid::now_v7()),
        by,
        capacity,
        on_behalf_of: None,
        note: None,
    }
}

impl Services {
    /// Stores issues with their histories, in the order of their reports; rules that arbitrations leave behind, too.
    ///
    /// # Errors
    /// What the state machine or the places refuse, or the store's own; then nothing is stored.
    pub(in crate::services) async fn issues_store_past(&self, past: Vec<PastIssue>) -> Result<()> {
        let (picture, catalog, now) = (self.picture(), self.issues().catalog(), self.now());
        let rows = tokio::task::spawn_blocking(move || {
            let mut replay = Replay {
                picture: &picture,
                catalog: &catalog,
                now,
                routed: HashMap::new(),
            };
            past.into_iter().map(|past| replay.row(past)).collect()
        });
        let rows: Result<Vec<Row>> = rows
            .await
            .map_err(|error| Error::Internal(format!("past issues: {error}")))?;
        let (mut rows, mut events) = (rows?, Vec::new());
        rows.sort_by_key(|(row, _)| (row.issue.reported_at, row.issue.id));
        let arbitrated = arbitrated(&rows);
        let rows: Vec<IssueRow> = rows
            .into_iter()
            .map(|(row, own)| {
                events.extend(own.into_iter().map(|event| (row.district_code, event)));
                row
            })
            .collect();
        // In the feed as they happened; the sort is stable, so that those of an issue keep their order.
        events.sort_by_key(|(_, event)| event.at);
        self.commit_past(rows, events, now).await?;
        if arbitrated.is_empty() {
            return Ok(());
        }
        self.catalog_change(|catalog| {
            for (issue, owner, at) in arbitrated {
                let day = catalog.calendar.day_of(at);
                catalog.add_arbitrated(&issue, owner, day);
            }
        })
        .await
    }

    async fn commit_past(
        &self,
        mut rows: Vec<IssueRow>,
        events: Vec<(i32, IssueEvent)>,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut numbers = self.issues().queue.turn.lock().await;
        // The writer of the day reads its number again.
        *numbers = Numbers::default();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        let turn = self.issues_turn(&mut conn, &mut numbers).await?;
        let mut last: HashMap<NaiveDate, u32> = HashMap::new();
        let empty = self.issues().ledger().columns.is_empty();
        for row in &mut rows {
            let day = self.today(row.issue.reported_at);
            if !empty && !last.contains_key(&day) {
                let before = conn
                    .issue_last_number(&day.format("%Y%m%d").to_string())
                    .await?;
                last.insert(day, before);
            }
            let number = last.entry(day).or_default();
            *number += 1;
            row.issue.code = issue_code(day, *number);
        }
        conn.issue_insert(&rows).await?;
        let feed = turn.feed;
        conn.issue_event_append(feed + 1, &events).await?;
        tx.commit().await?;
        self.issues().seen.went(turn.change);
        self.issues().swap(|ledger| {
            for row in &rows {
                ledger.put(&IssueFact::of(&row.issue), now);
            }
            if turn.alone {
                ledger.feed = feed + events.len() as i64;
            }
        });
        // No identities: everything changed.
        self.issues_changed(Vec::new());
        Ok(())
    }
}

/// What was decided by arbitration: it binds the next issue of the kind in the same place.
fn arbitrated(rows: &[Row]) -> Vec<(Arc<Issue>, Owner, DateTime<Utc>)> {
    let mut all = Vec::new();
    for (row, events) in rows {
        for event in events {
            if let Move::Arbitrate { owner, .. } = &event.made {
                all.push((Arc::new(row.issue.clone()), owner.clone(), event.at));
            }
        }
    }
    all
}
