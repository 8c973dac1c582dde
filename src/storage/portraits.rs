//! Photos of keepers.
//!
//! Invariant: a keeper has one photo at most, and it is deleted, never kept aside.

use super::aggregates::BATCH;
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{HousekeeperId, Portrait};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::QueryBuilder;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct PortraitRow {
    district_code: i32,
    housekeeper_id: Uuid,
    consent_date: NaiveDate,
    hash: String,
}

const LIST: &str = "SELECT district_code, housekeeper_id, consent_date, hash FROM keeper_photo ORDER BY housekeeper_id";
const PUT: &str = "INSERT INTO keeper_photo (district_code, housekeeper_id, consent_date, hash, bytes, at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const DELETE: &str = "DELETE FROM keeper_photo WHERE housekeeper_id = $1";
const BYTES: &str = "SELECT hash, bytes FROM keeper_photo WHERE hash IN (";

impl Conn<'_> {
    /// What is known of all photos, without their pixels.
    pub async fn portrait_list(&mut self) -> Result<Vec<Portrait>> {
        let rows: Vec<PortraitRow> = on!(self, |db| sqlx::query_as(LIST).fetch_all(db).await)?;
        let read = |row: PortraitRow| Portrait {
            keeper: HousekeeperId::new(row.housekeeper_id),
            district_code: row.district_code,
            hash: row.hash,
            consent: row.consent_date,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Keeps a photo instead of the one before.
    pub async fn portrait_put(
        &mut self,
        portrait: &Portrait,
        jpeg: &[u8],
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.portrait_delete(portrait.keeper).await?;
        on!(self, |db| sqlx::query(PUT)
            .bind(portrait.district_code)
            .bind(portrait.keeper.uuid())
            .bind(portrait.consent)
            .bind(&portrait.hash)
            .bind(jpeg)
            .bind(Instant(now))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes the photo of somebody. Whether there was one.
    pub async fn portrait_delete(&mut self, keeper: HousekeeperId) -> Result<bool> {
        let n = on!(self, |db| sqlx::query(DELETE)
            .bind(keeper.uuid())
            .execute(db)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(n > 0)
    }

    /// Pixels by hash; what is not there is left out.
    pub async fn portrait_bytes(&mut self, hashes: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
        let mut all = Vec::new();
        for batch in hashes.chunks(BATCH) {
            let found: Vec<(String, Vec<u8>)> = on!(self, |db| {
                let mut query = QueryBuilder::new(BYTES);
                let mut values = query.separated(", ");
                for hash in batch {
                    values.push_bind(hash.clone());
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await
            })?;
            all.extend(found);
        }
        Ok(all)
    }
}
