//! The event feed: gapless within a district; its sum is the data version.

use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{Event, NewEvent};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;

const VERSION: &str = "SELECT CAST(coalesce(sum(last_seq), 0) AS BIGINT) FROM feed";
const NEXT: &str = "INSERT INTO feed (district_code, last_seq) VALUES ($1, 1) \
    ON CONFLICT (district_code) DO UPDATE SET last_seq = feed.last_seq + 1 RETURNING last_seq";
const INSERT: &str = "INSERT INTO event (district_code, seq, at, actor, kind, subject, payload) \
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const SINCE: &str = "SELECT district_code, seq, at, actor, kind, subject, payload FROM event \
    WHERE district_code = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const OF_SUBJECT: &str = "SELECT district_code, seq, at, actor, kind, subject, payload FROM event \
    WHERE district_code = $1 AND subject = $2 ORDER BY seq";

#[derive(sqlx::FromRow)]
struct EventRow {
    district_code: i32,
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    kind: String,
    subject: String,
    payload: Json<Value>,
}

impl EventRow {
    fn read(self) -> Event {
        Event {
            district_code: self.district_code,
            seq: self.seq,
            at: self.at,
            actor: self.actor,
            kind: self.kind,
            subject: self.subject,
            payload: self.payload.0,
        }
    }
}

impl Conn<'_> {
    /// The data version: the number of events of all districts.
    pub async fn data_version(&mut self) -> Result<u64> {
        let version: i64 = on!(self, |db| sqlx::query_scalar(VERSION).fetch_one(db).await)?;
        Ok(version.max(0) as u64)
    }

    /// Appends an event and gives its position in the feed of its district.
    pub async fn event_append(&mut self, event: &NewEvent) -> Result<i64> {
        let seq: i64 = on!(self, |db| sqlx::query_scalar(NEXT)
            .bind(event.district_code)
            .fetch_one(db)
            .await)?;
        on!(self, |db| sqlx::query(INSERT)
            .bind(event.district_code)
            .bind(seq)
            .bind(Instant(event.at))
            .bind(&event.actor)
            .bind(&event.kind)
            .bind(&event.subject)
            .bind(Json(&event.payload))
            .execute(db)
            .await
            .map(drop))?;
        Ok(seq)
    }

    /// Events of a district after a position.
    pub async fn event_list(
        &mut self,
        district_code: i32,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Event>> {
        let rows: Vec<EventRow> = on!(self, |db| sqlx::query_as(SINCE)
            .bind(district_code)
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(EventRow::read).collect())
    }

    /// Everything that happened to one thing, oldest first.
    pub async fn event_list_of(&mut self, district_code: i32, subject: &str) -> Result<Vec<Event>> {
        let rows: Vec<EventRow> = on!(self, |db| sqlx::query_as(OF_SUBJECT)
            .bind(district_code)
            .bind(subject)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(EventRow::read).collect())
    }
}
