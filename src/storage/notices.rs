//! The boards of buildings and every move of them; what is told to the public about places.
//!
//! Invariant: events are only ever added.

use super::aggregates::{BATCH, delete_rows, insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{
    BuildingId, Notice, NoticeEvent, NoticeId, NoticeReason, NoticeSheet, NoticeState,
};
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use sqlx::types::Json;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct NoticeRow {
    district_code: i32,
    id: Uuid,
    building_id: Uuid,
    state: String,
    sheet: Option<Json<NoticeSheet>>,
    hanging: Option<Json<NoticeSheet>>,
    reason: Option<String>,
    printed_at: Option<DateTime<Utc>>,
    posted_at: Option<DateTime<Utc>>,
    checked_at: Option<DateTime<Utc>>,
    removed_at: Option<DateTime<Utc>>,
    version: i64,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    district_code: i32,
    notice_id: Uuid,
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    from_state: Option<String>,
    to_state: String,
    reason: Option<String>,
}

const ALL: &str = "SELECT district_code, id, building_id, state, sheet, hanging, reason, printed_at, posted_at, checked_at, \
    removed_at, version FROM notice ORDER BY building_id";
const OF_DISTRICT: &str = "SELECT district_code, id, building_id, state, sheet, hanging, reason, printed_at, posted_at, \
    checked_at, removed_at, version FROM notice WHERE district_code = $1 ORDER BY building_id";
const INSERT: &str = "INSERT INTO notice (district_code, id, building_id, state, sheet, hanging, reason, printed_at, \
    posted_at, checked_at, removed_at, version) ";
const EVENT_INSERT: &str = "INSERT INTO notice_event (district_code, notice_id, seq, at, actor, from_state, \
    to_state, reason) ";
const EVENTS: &str = "SELECT district_code, notice_id, seq, at, actor, from_state, to_state, reason \
    FROM notice_event WHERE district_code = $1 AND notice_id = $2 ORDER BY seq";

impl NoticeRow {
    fn read(self) -> Result<Notice> {
        Ok(Notice {
            stored_state: parse::<NoticeState>(&self.state, "notice", "state", &self.id)?,
            reason: self
                .reason
                .map(|word| parse::<NoticeReason>(&word, "notice", "reason", &self.id))
                .transpose()?,
            id: NoticeId::new(self.id),
            district_code: self.district_code,
            building: BuildingId::new(self.building_id),
            sheet: self.sheet.map(|sheet| sheet.0),
            hanging: self.hanging.map(|sheet| sheet.0),
            printed_at: self.printed_at,
            posted_at: self.posted_at,
            checked_at: self.checked_at,
            removed_at: self.removed_at,
            version: self.version,
        })
    }
}

impl Conn<'_> {
    /// The boards of a district, or all of them.
    pub async fn notice_list(&mut self, district_code: Option<i32>) -> Result<Vec<Notice>> {
        let rows: Vec<NoticeRow> = match district_code {
            Some(district) => on!(self, |db| sqlx::query_as(OF_DISTRICT)
                .bind(district)
                .fetch_all(db)
                .await)?,
            None => on!(self, |db| sqlx::query_as(ALL).fetch_all(db).await)?,
        };
        rows.into_iter().map(NoticeRow::read).collect()
    }

    /// Writes boards, replacing those with the same identity.
    pub async fn notice_put(&mut self, notices: &[Notice]) -> Result<()> {
        let keys: Vec<(i32, Uuid)> = notices
            .iter()
            .map(|notice| (notice.district_code, notice.id.uuid()))
            .collect();
        delete_rows!(self, "notice", keys);
        insert_rows!(self, INSERT, notices, |values, n| values
            .push_bind(n.district_code)
            .push_bind(n.id.uuid())
            .push_bind(n.building.uuid())
            .push_bind(n.stored_state.as_str())
            .push_bind(n.sheet.as_ref().map(Json))
            .push_bind(n.hanging.as_ref().map(Json))
            .push_bind(n.reason.map(NoticeReason::as_str))
            .push_bind(n.printed_at.map(Instant))
            .push_bind(n.posted_at.map(Instant))
            .push_bind(n.checked_at.map(Instant))
            .push_bind(n.removed_at.map(Instant))
            .push_bind(n.version));
        Ok(())
    }

    /// Adds moves.
    pub async fn notice_event_append(&mut self, events: &[NoticeEvent]) -> Result<()> {
        insert_rows!(self, EVENT_INSERT, events, |values, e| values
            .push_bind(e.district_code)
            .push_bind(e.notice.uuid())
            .push_bind(e.seq)
            .push_bind(Instant(e.at))
            .push_bind(e.actor.clone())
            .push_bind(e.from.map(NoticeState::as_str))
            .push_bind(e.to.as_str())
            .push_bind(e.reason.map(NoticeReason::as_str)));
        Ok(())
    }

    /// Every move of a board, oldest first.
    pub async fn notice_event_list(
        &mut self,
        district_code: i32,
        notice: NoticeId,
    ) -> Result<Vec<NoticeEvent>> {
        let rows: Vec<EventRow> = on!(self, |db| sqlx::query_as(EVENTS)
            .bind(district_code)
            .bind(notice.uuid())
            .fetch_all(db)
            .await)?;
        let read = |row: EventRow| -> Result<NoticeEvent> {
            let state = |word: &str| parse::<NoticeState>(word, "notice_event", "state", &notice);
            Ok(NoticeEvent {
                from: row.from_state.as_deref().map(state).transpose()?,
                to: state(&row.to_state)?,
                reason: row
                    .reason
                    .map(|word| parse::<NoticeReason>(&word, "notice_event", "reason", &notice))
                    .transpose()?,
                district_code: row.district_code,
                notice: NoticeId::new(row.notice_id),
                seq: row.seq,
                at: row.at,
                actor: row.actor,
            })
        };
        rows.into_iter().map(read).collect()
    }
}
