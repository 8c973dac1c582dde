//! Issues and their events.
//!
//! A row is written whole: the columns that repeat what `flow` holds are for SQL and QGIS. Events are only ever
//! appended. Invariant: an issue and its events have the same district.

use super::aggregates::{BATCH, delete_rows, insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::geometry::Geom;
use super::instant::Instant;
use crate::domain::issue::{
    Answers, DueTimes, Issue, IssueEvent, IssueState, Level, Place, Priority, Source, Stamps, State,
};
use crate::domain::{
    ActorId, AppointmentId, AreaId, BuildingId, CompoundId, GridId, ImportId, IssueId, PlanId,
    Sealed,
};
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use std::collections::HashSet;
use uuid::Uuid;

/// An issue with what only the store keeps beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueRow {
    /// The issue.
    pub issue: Issue,
    /// County-level code; 0 when it lies in no district.
    pub district_code: i32,
    /// Name of a reporter without an account.
    pub reporter_name: Option<Sealed>,
    /// How to reach the reporter.
    pub reporter_phone: Option<Sealed>,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// Given by the client, so that a request sent twice makes one issue.
    pub request_key: Option<String>,
}

/// A photo, resized and without what its camera wrote into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// SHA-256 of the content, hexadecimal.
    pub hash: String,
    /// Media type.
    pub mime: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Content.
    pub bytes: Vec<u8>,
}

/// What figures need of an issue, without its texts.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueFact {
    /// Identity.
    pub id: IssueId,
    /// Code of the category.
    pub category: String,
    /// Priority.
    pub priority: Priority,
    /// By which way it came.
    pub source: Source,
    /// At which level it was resolved.
    pub level: Option<Level>,
    /// State.
    pub state: State,
    /// Where it is.
    pub place: Place,
    /// Stamps; without the version of the plan.
    pub stamps: Stamps,
    /// Who reported it, where that is an account.
    pub reporter: Option<ActorId>,
    /// Code and name of the responsible body.
    pub owner: Option<(String, String)>,
    /// When it was reported.
    pub reported_at: DateTime<Utc>,
    /// When the secretary acknowledged it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// Due times.
    pub due: DueTimes,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was closed for the first time.
    pub first_closed_at: Option<DateTime<Utc>>,
    /// When it was opened again for the first time.
    pub first_reopened_at: Option<DateTime<Utc>>,
    /// Whether it was closed in time, where another system says so.
    pub on_time: Option<bool>,
    /// The last time in which its clock stood still.
    pub deferred: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Times that an owner got it.
    pub dispatches: u32,
    /// Times that an owner gave it back.
    pub returns: u32,
    /// Inspections made.
    pub inspections: u32,
    /// Inspections failed.
    pub reworks: u32,
    /// Times that it was opened again.
    pub reopened: u32,
    /// Whether the keeper solved it alone.
    pub self_solved: bool,
    /// Whether everybody may read it.
    pub public: bool,
}

impl IssueFact {
    /// What figures need of this issue.
    pub fn of(issue: &Issue) -> Self {
        let flow = &issue.flow;
        Self {
            id: issue.id,
            category: issue.category.clone(),
            priority: issue.priority,
            source: issue.source,
            level: flow.level,
            state: flow.state,
            place: issue.place,
            stamps: Stamps {
                plan_version: None,
                ..issue.stamps.clone()
            },
            reporter: issue.reporter,
            owner: flow
                .owner
                .as_ref()
                .map(|owner| (owner.code.clone(), owner.name.clone())),
            reported_at: issue.reported_at,
            acknowledged_at: flow.acknowledged_at,
            due: issue.due,
            closed_at: flow.closed_at,
            first_closed_at: flow.first_closed_at,
            first_reopened_at: flow.first_reopened_at,
            on_time: issue.on_time,
            deferred: flow.pauses.last().map(|pause| (pause.from, pause.until)),
            dispatches: flow.dispatches,
            returns: flow.returns,
            inspections: flow.inspections,
            reworks: flow.reworks,
            reopened: flow.reopened,
            self_solved: flow.self_solved,
            public: issue.public,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    district_code: i32,
    id: Uuid,
    code: String,
    lookup: String,
    category: String,
    priority: String,
    source: String,
    black_text: String,
    red_text: Option<String>,
    answers: Json<Answers>,
    place: Json<Place>,
    region: Option<String>,
    compound_id: Option<Uuid>,
    building_id: Option<Uuid>,
    grid_id: Option<Uuid>,
    area_id: Option<Uuid>,
    keeper_id: Option<Uuid>,
    plan_id: Option<Uuid>,
    plan_version: Option<i64>,
    occurred_at: Option<DateTime<Utc>>,
    reported_at: DateTime<Utc>,
    acknowledge_due_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    flow: Json<IssueState>,
    is_public: bool,
    field: Option<String>,
    reporter_id: Option<Uuid>,
    reporter_name: Option<String>,
    reporter_phone: Option<String>,
    on_behalf_of: Option<String>,
    external_id: Option<String>,
    on_time: Option<bool>,
    import_id: Option<Uuid>,
    request_key: Option<String>,
}

#[derive(sqlx::FromRow)]
struct FactRow {
    id: Uuid,
    category: String,
    priority: String,
    source: String,
    level: Option<String>,
    state: String,
    place: Json<Place>,
    region: Option<String>,
    compound_id: Option<Uuid>,
    building_id: Option<Uuid>,
    grid_id: Option<Uuid>,
    area_id: Option<Uuid>,
    keeper_id: Option<Uuid>,
    plan_id: Option<Uuid>,
    reporter_id: Option<Uuid>,
    owner_code: Option<String>,
    owner_name: Option<String>,
    reported_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    acknowledge_due_at: Option<DateTime<Utc>>,
    due_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    first_closed_at: Option<DateTime<Utc>>,
    first_reopened_at: Option<DateTime<Utc>>,
    on_time: Option<bool>,
    deferred_from: Option<DateTime<Utc>>,
    deferred_until: Option<DateTime<Utc>>,
    dispatches: i64,
    returns: i64,
    inspections: i64,
    reworks: i64,
    reopened: i64,
    self_solved: bool,
    is_public: bool,
}

/// The columns of a whole row.
macro_rules! columns {
    () => {
        "district_code, id, code, lookup, category, priority, source, black_text, red_text, answers, place, region, \
         compound_id, building_id, grid_id, area_id, keeper_id, plan_id, plan_version, occurred_at, reported_at, \
         acknowledge_due_at, due_at, flow, is_public, field, reporter_id, reporter_name, reporter_phone, on_behalf_of, \
         external_id, on_time, import_id, request_key"
    };
}

const BY_IDS: &str = concat!("SELECT ", columns!(), " FROM issue WHERE id IN (");
const BY_CODE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM issue WHERE code = $1 ORDER BY district_code LIMIT 1"
);
const BY_LOOKUP: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM issue WHERE lookup = $1 ORDER BY district_code LIMIT 1"
);
const BY_REQUEST: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM issue WHERE request_key = $1 ORDER BY district_code LIMIT 1"
);
const INSERT: &str = concat!(
    "INSERT INTO issue (",
    columns!(),
    ", level, state, owner_code, owner_name, acknowledged_at, closed_at, first_closed_at, \
     first_reopened_at, deferred_from, deferred_until, \
     dispatches, returns, inspections, reworks, reopened, self_solved, geom) "
);
const FACTS: &str = "SELECT id, category, priority, source, level, state, place, region, compound_id, building_id, \
    grid_id, area_id, keeper_id, plan_id, reporter_id, owner_code, owner_name, reported_at, acknowledged_at, acknowledge_due_at, \
    due_at, closed_at, first_closed_at, first_reopened_at, on_time, deferred_from, deferred_until, dispatches, returns, inspections, reworks, reopened, \
    self_solved, is_public FROM issue ORDER BY reported_at, id";
const EVENT_INSERT: &str = "INSERT INTO issue_event (district_code, issue_id, seq, feed, at, actor, move, from_state, \
    to_state, event) ";
const EVENTS: &str =
    "SELECT event FROM issue_event WHERE district_code = $1 AND issue_id = $2 ORDER BY seq";
const FEED: &str = "SELECT CAST(coalesce(max(feed), 0) AS BIGINT) FROM issue_event";
const CHANGED: &str = "SELECT DISTINCT issue_id FROM issue_event WHERE feed > $1";
const COUNT: &str = "SELECT count(*) FROM issue";
const LAST_CODE: &str =
    "SELECT code FROM issue WHERE code LIKE $1 ORDER BY length(code) DESC, code DESC LIMIT 1";
const PHOTO_PUT: &str = "INSERT INTO photo (district_code, hash, mime, width, height, bytes, at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (district_code, hash) DO UPDATE SET at = excluded.at";
const PHOTOS_KNOWN: &str = "SELECT hash FROM photo WHERE hash IN (";
const PHOTO_ISSUES: &str = "SELECT DISTINCT issue_id FROM issue_photo WHERE hash = $1";
const FIRST_PHOTOS: &str =
    "SELECT issue_id, hash FROM issue_photo WHERE position = 1 AND issue_id IN (";
const ORPHANS: &str = "SELECT count(*) FROM photo WHERE at < $1 \
    AND NOT EXISTS (SELECT 1 FROM issue_photo WHERE issue_photo.hash = photo.hash) \
    AND NOT EXISTS (SELECT 1 FROM visit WHERE visit.photo = photo.hash)";
const ORPHANS_DELETE: &str = "DELETE FROM photo WHERE at < $1 \
    AND NOT EXISTS (SELECT 1 FROM issue_photo WHERE issue_photo.hash = photo.hash) \
    AND NOT EXISTS (SELECT 1 FROM visit WHERE visit.photo = photo.hash)";
const PHOTO: &str = "SELECT mime, bytes FROM photo WHERE hash = $1 ORDER BY district_code LIMIT 1";
const ISSUE_PHOTO_PUT: &str =
    "INSERT INTO issue_photo (district_code, issue_id, position, hash) VALUES ($1, $2, $3, $4)";
const ISSUE_PHOTOS: &str =
    "SELECT hash FROM issue_photo WHERE district_code = $1 AND issue_id = $2 ORDER BY position";
const SEARCH: &str = "SELECT id FROM issue WHERE code LIKE $1 OR black_text LIKE $2 ORDER BY reported_at DESC LIMIT $3";
const EXTERNAL: &str = "SELECT id, external_id FROM issue WHERE external_id IS NOT NULL";
const REPORTERS: &str = "SELECT district_code, id, reporter_name, reporter_phone FROM issue \
    WHERE reporter_name IS NOT NULL OR reporter_phone IS NOT NULL";
const REPORTER_SET: &str =
    "UPDATE issue SET reporter_name = $3, reporter_phone = $4 WHERE district_code = $1 AND id = $2";
const REPORTERS_OVER: &str = "SELECT CAST(count(*) AS BIGINT) FROM issue WHERE closed_at < $1 AND \
    (reporter_name IS NOT NULL OR reporter_phone IS NOT NULL)";
const REPORTERS_FORGET: &str = "UPDATE issue SET reporter_name = NULL, reporter_phone = NULL WHERE closed_at < $1 AND \
    (reporter_name IS NOT NULL OR reporter_phone IS NOT NULL)";
const OF_IMPORT: &str = "SELECT id FROM issue WHERE import_id = $1";
const EVENTS_DELETE: &str =
    "DELETE FROM issue_event WHERE issue_id IN (SELECT id FROM issue WHERE import_id = $1)";
const NOTICES_DELETE: &str =
    "DELETE FROM notification WHERE issue_id IN (SELECT id FROM issue WHERE import_id = $1)";
const PHOTOS_DELETE: &str =
    "DELETE FROM issue_photo WHERE issue_id IN (SELECT id FROM issue WHERE import_id = $1)";
const IMPORT_DELETE: &str = "DELETE FROM issue WHERE import_id = $1";

fn opt<T: std::str::FromStr>(
    text: Option<&str>,
    column: &'static str,
    id: &Uuid,
) -> Result<Option<T>>
where
    T::Err: std::fmt::Display,
{
    text.map(|text| parse(text, "issue", column, id))
        .transpose()
}

impl Row {
    fn read(self) -> Result<IssueRow> {
        let id = self.id;
        let flow = self.flow.0;
        Ok(IssueRow {
            issue: Issue {
                priority: parse(&self.priority, "issue", "priority", &id)?,
                source: parse(&self.source, "issue", "source", &id)?,
                field: opt(self.field.as_deref(), "field", &id)?,
                id: IssueId::new(id),
                code: self.code,
                lookup: self.lookup,
                category: self.category,
                place: self.place.0,
                black_text: self.black_text,
                red_text: self.red_text,
                answers: self.answers.0,
                reported_at: self.reported_at,
                occurred_at: self.occurred_at,
                reporter: self.reporter_id.map(ActorId::new),
                on_behalf_of: self.on_behalf_of,
                external_id: self.external_id,
                on_time: self.on_time,
                stamps: Stamps {
                    region: opt(self.region.as_deref(), "region", &id)?,
                    compound: self.compound_id.map(CompoundId::new),
                    building: self.building_id.map(BuildingId::new),
                    grid: self.grid_id.map(GridId::new),
                    area: self.area_id.map(AreaId::new),
                    keeper: self.keeper_id.map(AppointmentId::new),
                    plan: self.plan_id.map(PlanId::new),
                    plan_version: self.plan_version,
                },
                due: DueTimes {
                    acknowledge: self.acknowledge_due_at,
                    close: self.due_at,
                },
                public: self.is_public,
                flow,
            },
            district_code: self.district_code,
            reporter_name: self.reporter_name.map(Sealed::stored),
            reporter_phone: self.reporter_phone.map(Sealed::stored),
            import: self.import_id.map(ImportId::new),
            request_key: self.request_key,
        })
    }
}

impl FactRow {
    fn read(self) -> Result<IssueFact> {
        let id = self.id;
        // Counters are small; what another tool wrote is cut to what they can hold.
        let count = |value: i64| u32::try_from(value.max(0)).unwrap_or(u32::MAX);
        Ok(IssueFact {
            priority: parse(&self.priority, "issue", "priority", &id)?,
            source: parse(&self.source, "issue", "source", &id)?,
            level: opt(self.level.as_deref(), "level", &id)?,
            state: parse(&self.state, "issue", "state", &id)?,
            id: IssueId::new(id),
            category: self.category,
            place: self.place.0,
            stamps: Stamps {
                region: opt(self.region.as_deref(), "region", &id)?,
                compound: self.compound_id.map(CompoundId::new),
                building: self.building_id.map(BuildingId::new),
                grid: self.grid_id.map(GridId::new),
                area: self.area_id.map(AreaId::new),
                keeper: self.keeper_id.map(AppointmentId::new),
                plan: self.plan_id.map(PlanId::new),
                plan_version: None,
            },
            reporter: self.reporter_id.map(ActorId::new),
            owner: self.owner_code.zip(self.owner_name),
            reported_at: self.reported_at,
            acknowledged_at: self.acknowledged_at,
            due: DueTimes {
                acknowledge: self.acknowledge_due_at,
                close: self.due_at,
            },
            closed_at: self.closed_at,
            first_closed_at: self.first_closed_at,
            first_reopened_at: self.first_reopened_at,
            on_time: self.on_time,
            deferred: self.deferred_from.zip(self.deferred_until),
            dispatches: count(self.dispatches),
            returns: count(self.returns),
            inspections: count(self.inspections),
            reworks: count(self.reworks),
            reopened: count(self.reopened),
            self_solved: self.self_solved,
            public: self.is_public,
        })
    }
}

impl Conn<'_> {
    /// Writes issues whole, replacing those with the same identity.
    pub async fn issue_put(&mut self, rows: &[IssueRow]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = rows
            .iter()
            .map(|row| (row.district_code, row.issue.id.uuid()))
            .collect();
        delete_rows!(self, "issue", keys);
        self.issue_insert(rows).await
    }

    /// Writes issues that are new.
    pub async fn issue_insert(&mut self, rows: &[IssueRow]) -> Result<()> {
        insert_rows!(self, INSERT, rows, |values, row| {
            let (issue, flow) = (&row.issue, &row.issue.flow);
            let (stamps, pause) = (&issue.stamps, flow.pauses.last());
            let sealed = |value: &Option<Sealed>| value.as_ref().map(|v| v.as_stored().to_owned());
            values
                .push_bind(row.district_code)
                .push_bind(issue.id.uuid())
                .push_bind(issue.code.clone())
                .push_bind(issue.lookup.clone())
                .push_bind(issue.category.clone())
                .push_bind(issue.priority.as_str())
                .push_bind(issue.source.as_str())
                .push_bind(issue.black_text.clone())
                .push_bind(issue.red_text.clone())
                .push_bind(Json(issue.answers.clone()))
                .push_bind(Json(issue.place))
                .push_bind(stamps.region.map(|code| code.to_string()))
                .push_bind(stamps.compound.map(CompoundId::uuid))
                .push_bind(stamps.building.map(BuildingId::uuid))
                .push_bind(stamps.grid.map(GridId::uuid))
                .push_bind(stamps.area.map(AreaId::uuid))
                .push_bind(stamps.keeper.map(AppointmentId::uuid))
                .push_bind(stamps.plan.map(PlanId::uuid))
                .push_bind(stamps.plan_version)
                .push_bind(issue.occurred_at.map(Instant))
                .push_bind(Instant(issue.reported_at))
                .push_bind(issue.due.acknowledge.map(Instant))
                .push_bind(issue.due.close.map(Instant))
                .push_bind(Json(flow.clone()))
                .push_bind(issue.public)
                .push_bind(issue.field.map(|field| field.as_str()))
                .push_bind(issue.reporter.map(ActorId::uuid))
                .push_bind(sealed(&row.reporter_name))
                .push_bind(sealed(&row.reporter_phone))
                .push_bind(issue.on_behalf_of.clone())
                .push_bind(issue.external_id.clone())
                .push_bind(issue.on_time)
                .push_bind(row.import.map(ImportId::uuid))
                .push_bind(row.request_key.clone())
                .push_bind(flow.level.map(|level| level.as_str()))
                .push_bind(flow.state.as_str())
                .push_bind(flow.owner.as_ref().map(|owner| owner.code.clone()))
                .push_bind(flow.owner.as_ref().map(|owner| owner.name.clone()))
                .push_bind(flow.acknowledged_at.map(Instant))
                .push_bind(flow.closed_at.map(Instant))
                .push_bind(flow.first_closed_at.map(Instant))
                .push_bind(flow.first_reopened_at.map(Instant))
                .push_bind(pause.map(|pause| Instant(pause.from)))
                .push_bind(pause.map(|pause| Instant(pause.until)))
                .push_bind(i64::from(flow.dispatches))
                .push_bind(i64::from(flow.returns))
                .push_bind(i64::from(flow.inspections))
                .push_bind(i64::from(flow.reworks))
                .push_bind(i64::from(flow.reopened))
                .push_bind(flow.self_solved)
                .push_bind(
                    issue
                        .place
                        .lon_lat()
                        .map(|(lon, lat)| Geom::from(geo_types::Point::new(lon, lat))),
                )
        });
        Ok(())
    }

    /// Appends events; the first takes the number `feed`.
    pub async fn issue_event_append(
        &mut self,
        feed: i64,
        events: &[(i32, IssueEvent)],
    ) -> Result<()> {
        let numbered: Vec<(i64, &(i32, IssueEvent))> = (feed..).zip(events).collect();
        insert_rows!(self, EVENT_INSERT, numbered, |values, row| {
            let (feed, (district, event)) = row;
            values
                .push_bind(*district)
                .push_bind(event.issue.uuid())
                .push_bind(i64::from(event.seq))
                .push_bind(*feed)
                .push_bind(Instant(event.at))
                .push_bind(event.by.name.clone())
                .push_bind(event.made.kind().as_str())
                .push_bind(event.from.map(|state| state.as_str()))
                .push_bind(event.to.as_str())
                .push_bind(Json(event.clone()))
        });
        Ok(())
    }

    /// The number of the last event; 0 when there is none.
    pub async fn issue_feed(&mut self) -> Result<i64> {
        Ok(on!(self, |db| sqlx::query_scalar(FEED)
            .fetch_one(db)
            .await)?)
    }

    /// Issues to which something happened after an event.
    pub async fn issues_after(&mut self, feed: i64) -> Result<Vec<IssueId>> {
        let ids: Vec<Uuid> = on!(self, |db| sqlx::query_scalar(CHANGED)
            .bind(feed)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(IssueId::new).collect())
    }

    /// How many issues there are.
    pub async fn issue_count(&mut self) -> Result<u64> {
        let n: i64 = on!(self, |db| sqlx::query_scalar(COUNT).fetch_one(db).await)?;
        Ok(n.unsigned_abs())
    }

    /// Hands over what figures need of every issue, in the order of their report.
    pub async fn issue_facts(&mut self, mut each: impl FnMut(IssueFact)) -> Result<()> {
        on!(self, |db| {
            let mut stream = sqlx::query_as::<_, FactRow>(FACTS).fetch(db);
            while let Some(row) = stream.try_next().await? {
                each(row.read()?);
            }
        });
        Ok(())
    }

    /// Issues by identity, in no order; those that do not exist are left out.
    pub async fn issue_list(&mut self, ids: &[IssueId]) -> Result<Vec<IssueRow>> {
        let mut all = Vec::with_capacity(ids.len());
        for batch in ids.chunks(BATCH) {
            let rows: Vec<Row> = on!(self, |db| {
                let mut query = QueryBuilder::new(BY_IDS);
                let mut values = query.separated(", ");
                for id in batch {
                    values.push_bind(id.uuid());
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await
            })?;
            for row in rows {
                all.push(row.read()?);
            }
        }
        Ok(all)
    }

    /// The issue that people call by this code.
    pub async fn issue_by_code(&mut self, code: &str) -> Result<Option<IssueRow>> {
        self.issue_by(BY_CODE, code).await
    }

    /// The issue whose reporter holds this code.
    pub async fn issue_by_lookup(&mut self, lookup: &str) -> Result<Option<IssueRow>> {
        self.issue_by(BY_LOOKUP, lookup).await
    }

    /// The issue that a request made.
    pub async fn issue_by_request(&mut self, key: &str) -> Result<Option<IssueRow>> {
        self.issue_by(BY_REQUEST, key).await
    }

    async fn issue_by(&mut self, sql: &'static str, value: &str) -> Result<Option<IssueRow>> {
        let row: Option<Row> = on!(self, |db| sqlx::query_as(sql)
            .bind(value)
            .fetch_optional(db)
            .await)?;
        row.map(Row::read).transpose()
    }

    /// The events of an issue, in order.
    pub async fn issue_events(
        &mut self,
        district_code: i32,
        issue: IssueId,
    ) -> Result<Vec<IssueEvent>> {
        let rows: Vec<Json<IssueEvent>> = on!(self, |db| sqlx::query_scalar(EVENTS)
            .bind(district_code)
            .bind(issue.uuid())
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The last number that was given on a day, for example 7 of `20261128-0007`.
    pub async fn issue_last_number(&mut self, day: &str) -> Result<u32> {
        let last: Option<String> = on!(self, |db| sqlx::query_scalar(LAST_CODE)
            .bind(format!("{day}-%"))
            .fetch_optional(db)
            .await)?;
        let number = last.as_deref().and_then(|code| code.rsplit('-').next());
        Ok(number.and_then(|number| number.parse().ok()).unwrap_or(0))
    }

    /// Issues whose code begins with a text, or whose problem holds it; newest first.
    pub async fn issue_search(&mut self, text: &str, limit: i64) -> Result<Vec<IssueId>> {
        // What LIKE takes for a pattern is meant as it stands; without an escape no text can be one.
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, '%' | '_' | '\\'))
            .collect();
        let ids: Vec<Uuid> = on!(self, |db| sqlx::query_scalar(SEARCH)
            .bind(format!("{plain}%"))
            .bind(format!("%{plain}%"))
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(IssueId::new).collect())
    }

    /// Issues that name their reporter: district, identity, name and phone as they are stored.
    pub async fn issue_reporters(
        &mut self,
    ) -> Result<Vec<(i32, Uuid, Option<String>, Option<String>)>> {
        Ok(on!(self, |db| sqlx::query_as(REPORTERS)
            .fetch_all(db)
            .await)?)
    }

    /// Writes how a reporter is stored.
    pub async fn issue_reporter_set(
        &mut self,
        district_code: i32,
        issue: Uuid,
        name: Option<String>,
        phone: Option<String>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(REPORTER_SET)
            .bind(district_code)
            .bind(issue)
            .bind(name)
            .bind(phone)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// How many issues that were closed before an instant name their reporter.
    pub async fn issue_reporters_over(&mut self, closed: DateTime<Utc>) -> Result<u64> {
        let n: i64 = on!(self, |db| sqlx::query_scalar(REPORTERS_OVER)
            .bind(Instant(closed))
            .fetch_one(db)
            .await)?;
        Ok(n.unsigned_abs())
    }

    /// Forgets them.
    pub async fn issue_reporters_forget(&mut self, closed: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(REPORTERS_FORGET)
            .bind(Instant(closed))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Which issues came from other systems: their numbers there, and their identities here.
    pub async fn issue_external(&mut self) -> Result<Vec<(IssueId, String)>> {
        let rows: Vec<(Uuid, String)> =
            on!(self, |db| sqlx::query_as(EXTERNAL).fetch_all(db).await)?;
        Ok(rows
            .into_iter()
            .map(|(id, external)| (IssueId::new(id), external))
            .collect())
    }

    /// Takes back what an import brought, with the events; tells which issues went.
    pub async fn issue_import_delete(&mut self, import: ImportId) -> Result<Vec<IssueId>> {
        let ids: Vec<Uuid> = on!(self, |db| sqlx::query_scalar(OF_IMPORT)
            .bind(import.uuid())
            .fetch_all(db)
            .await)?;
        for sql in [NOTICES_DELETE, PHOTOS_DELETE, EVENTS_DELETE, IMPORT_DELETE] {
            on!(self, |db| sqlx::query(sql)
                .bind(import.uuid())
                .execute(db)
                .await
                .map(drop))?;
        }
        Ok(ids.into_iter().map(IssueId::new).collect())
    }

    /// Keeps a photo under the hash of its content; one that is there already stays, and is as young as this one.
    pub async fn photo_put(&mut self, photo: &Photo, now: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(PHOTO_PUT)
            .bind(0_i32)
            .bind(&photo.hash)
            .bind(photo.mime)
            .bind(i64::from(photo.width))
            .bind(i64::from(photo.height))
            .bind(&photo.bytes)
            .bind(Instant(now))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Which of these photos there are.
    pub async fn photos_known(&mut self, hashes: &[String]) -> Result<HashSet<String>> {
        let mut known = HashSet::new();
        for batch in hashes.chunks(BATCH) {
            let found: Vec<String> = on!(self, |db| {
                let mut query = QueryBuilder::new(PHOTOS_KNOWN);
                let mut values = query.separated(", ");
                for hash in batch {
                    values.push_bind(hash.clone());
                }
                query.push(")");
                query.build_query_scalar().fetch_all(db).await
            })?;
            known.extend(found);
        }
        Ok(known)
    }

    /// The issues that have a photo.
    pub async fn photo_issues(&mut self, hash: &str) -> Result<Vec<IssueId>> {
        let ids: Vec<Uuid> = on!(self, |db| sqlx::query_scalar(PHOTO_ISSUES)
            .bind(hash)
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(IssueId::new).collect())
    }

    /// The first photo of each of these issues that has one.
    pub async fn issue_first_photos(&mut self, ids: &[IssueId]) -> Result<Vec<(IssueId, String)>> {
        let mut all = Vec::new();
        for batch in ids.chunks(BATCH) {
            let found: Vec<(Uuid, String)> = on!(self, |db| {
                let mut query = QueryBuilder::new(FIRST_PHOTOS);
                let mut values = query.separated(", ");
                for id in batch {
                    values.push_bind(id.uuid());
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await
            })?;
            all.extend(found.into_iter().map(|(id, hash)| (IssueId::new(id), hash)));
        }
        Ok(all)
    }

    /// Photos that came before `before` and that neither an issue nor a visit has.
    pub async fn photo_orphans(&mut self, before: DateTime<Utc>) -> Result<u64> {
        let count: i64 = on!(self, |db| sqlx::query_scalar(ORPHANS)
            .bind(Instant(before))
            .fetch_one(db)
            .await)?;
        Ok(count.unsigned_abs())
    }

    /// Removes them.
    pub async fn photo_orphans_delete(&mut self, before: DateTime<Utc>) -> Result<()> {
        on!(self, |db| sqlx::query(ORPHANS_DELETE)
            .bind(Instant(before))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Type and content of a photo.
    pub async fn photo(&mut self, hash: &str) -> Result<Option<(String, Vec<u8>)>> {
        Ok(on!(self, |db| sqlx::query_as(PHOTO)
            .bind(hash)
            .fetch_optional(db)
            .await)?)
    }

    /// Which photos belong to an issue, in order.
    pub async fn issue_photos_put(
        &mut self,
        district_code: i32,
        issue: IssueId,
        hashes: &[String],
    ) -> Result<()> {
        for (position, hash) in (1_i64..).zip(hashes) {
            on!(self, |db| sqlx::query(ISSUE_PHOTO_PUT)
                .bind(district_code)
                .bind(issue.uuid())
                .bind(position)
                .bind(hash)
                .execute(db)
                .await
                .map(drop))?;
        }
        Ok(())
    }

    /// The photos of an issue, by hash.
    pub async fn issue_photos(
        &mut self,
        district_code: i32,
        issue: IssueId,
    ) -> Result<Vec<String>> {
        Ok(on!(self, |db| sqlx::query_scalar(ISSUE_PHOTOS)
            .bind(district_code)
            .bind(issue.uuid())
            .fetch_all(db)
            .await)?)
    }
}
