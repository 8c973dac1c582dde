//! The log of strokes of plans being edited, and their named versions.

use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{Edit, PlanId, PlanMark, Stroke};
use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct EditRow {
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    client: String,
    stroke: Json<Stroke>,
}

const EDITS: &str = "SELECT seq, at, actor, client, stroke FROM plan_edit \
    WHERE district_code = $1 AND plan_id = $2 AND seq > $3 ORDER BY seq LIMIT $4";
const EDIT_SEQ: &str =
    "SELECT seq FROM plan_edit WHERE district_code = $1 AND plan_id = $2 AND stroke_id = $3";
const EDIT_INSERT: &str = "INSERT INTO plan_edit (district_code, plan_id, seq, stroke_id, client, at, actor, stroke) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const EDITED: &str = "UPDATE plan SET edit_seq = $3 WHERE district_code = $1 AND id = $2";
const MARKS: &str = "SELECT name, seq, at, actor FROM plan_mark WHERE district_code = $1 AND plan_id = $2 \
    ORDER BY seq DESC, name";
const MARK_INSERT: &str = "INSERT INTO plan_mark (district_code, plan_id, name, seq, at, actor) \
    VALUES ($1, $2, $3, $4, $5, $6)";

impl Conn<'_> {
    /// Strokes of a plan after a position, oldest first, at most `limit`.
    pub async fn edit_list(
        &mut self,
        district_code: i32,
        plan: PlanId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Edit>> {
        let rows: Vec<EditRow> = on!(self, |db| sqlx::query_as(EDITS)
            .bind(district_code)
            .bind(plan.uuid())
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await)?;
        let read = |row: EditRow| Edit {
            seq: row.seq,
            at: row.at,
            by: row.actor,
            client: row.client,
            stroke: row.stroke.0,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Position of a stroke in the log, if it is there.
    pub async fn edit_seq(
        &mut self,
        district_code: i32,
        plan: PlanId,
        stroke: Uuid,
    ) -> Result<Option<i64>> {
        Ok(on!(self, |db| sqlx::query_scalar(EDIT_SEQ)
            .bind(district_code)
            .bind(plan.uuid())
            .bind(stroke)
            .fetch_optional(db)
            .await)?)
    }

    /// Appends strokes to the log of a plan.
    pub async fn edit_append(
        &mut self,
        district_code: i32,
        plan: PlanId,
        edits: &[Edit],
    ) -> Result<()> {
        for edit in edits {
            on!(self, |db| sqlx::query(EDIT_INSERT)
                .bind(district_code)
                .bind(plan.uuid())
                .bind(edit.seq)
                .bind(edit.stroke.id)
                .bind(&edit.client)
                .bind(Instant(edit.at))
                .bind(&edit.by)
                .bind(Json(&edit.stroke))
                .execute(db)
                .await
                .map(drop))?;
        }
        let Some(last) = edits.last() else {
            return Ok(());
        };
        on!(self, |db| sqlx::query(EDITED)
            .bind(district_code)
            .bind(plan.uuid())
            .bind(last.seq)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Named versions of a plan, newest first.
    pub async fn plan_mark_list(
        &mut self,
        district_code: i32,
        plan: PlanId,
    ) -> Result<Vec<PlanMark>> {
        let rows: Vec<(String, i64, DateTime<Utc>, String)> =
            on!(self, |db| sqlx::query_as(MARKS)
                .bind(district_code)
                .bind(plan.uuid())
                .fetch_all(db)
                .await)?;
        let read = |(name, seq, at, by)| PlanMark { name, seq, at, by };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Names a version.
    pub async fn plan_mark_insert(
        &mut self,
        district_code: i32,
        plan: PlanId,
        mark: &PlanMark,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(MARK_INSERT)
            .bind(district_code)
            .bind(plan.uuid())
            .bind(&mark.name)
            .bind(mark.seq)
            .bind(Instant(mark.at))
            .bind(&mark.by)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
