//! Visits, tiers and diaries.
//!
//! Invariant: a row of `visit` is never changed; one that another replaces is in no figure.

use super::aggregates::{BATCH, insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::visit::{DiaryEntry, TierCounts, Visit, VisitKind};
use crate::domain::{ActorId, BuildingId, DiaryId, HousekeeperId, VisitId};
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use std::collections::HashSet;
use uuid::Uuid;

/// How often households of a building are visited, and how many are in need; counts alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TierRow {
    /// The building.
    pub building: BuildingId,
    /// Households by tier.
    pub tiers: TierCounts,
    /// Priority households (重点户).
    pub priority: u32,
    /// Hardship households (特困户).
    pub hardship: u32,
}

#[derive(sqlx::FromRow)]
struct VisitRow {
    district_code: i32,
    id: Uuid,
    kind: String,
    building_id: Uuid,
    keeper_id: Uuid,
    at: DateTime<Utc>,
    households: i64,
    note: Option<String>,
    photo: Option<String>,
    entered_by: Uuid,
    entered_at: DateTime<Utc>,
    delegated: bool,
    replaces: Option<Uuid>,
    withdrawn: Option<String>,
    request_key: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DiaryRow {
    district_code: i32,
    id: Uuid,
    keeper_id: Uuid,
    building_id: Option<Uuid>,
    black_text: String,
    black_at: DateTime<Utc>,
    red_text: Option<String>,
    red_at: Option<DateTime<Utc>>,
    entered_by: Uuid,
    delegated: bool,
    request_key: Option<String>,
}

const VISIT_INSERT: &str = "INSERT INTO visit (district_code, id, kind, building_id, keeper_id, at, households, note, photo, \
    entered_by, entered_at, delegated, replaces, withdrawn, request_key) ";
/// A visit that nothing replaced, and that is no withdrawal itself.
const FACTS: &str = "SELECT building_id, at, households FROM visit WHERE withdrawn IS NULL AND NOT EXISTS \
    (SELECT 1 FROM visit AS later WHERE later.district_code = visit.district_code AND later.replaces = visit.id)";
/// The same for some buildings.
const FACTS_OF: &str = "SELECT building_id, at, households FROM visit WHERE withdrawn IS NULL AND NOT EXISTS \
    (SELECT 1 FROM visit AS later WHERE later.district_code = visit.district_code AND later.replaces = visit.id) \
    AND building_id IN (";
/// Where something was written down: a correction may name another building than what it replaces.
const ENTERED_SINCE: &str = "SELECT building_id FROM visit WHERE entered_at >= $1 UNION \
    SELECT former.building_id FROM visit JOIN visit AS former \
    ON former.district_code = visit.district_code AND former.id = visit.replaces WHERE visit.entered_at >= $1";
const VISIT_COLUMNS: &str = "SELECT district_code, id, kind, building_id, keeper_id, at, households, note, photo, entered_by, \
    entered_at, delegated, replaces, withdrawn, request_key FROM visit ";
const BY_REQUEST: &str = "SELECT district_code, id, kind, building_id, keeper_id, at, households, note, photo, entered_by, \
    entered_at, delegated, replaces, withdrawn, request_key FROM visit WHERE request_key = $1";
const BY_ID: &str = "SELECT district_code, id, kind, building_id, keeper_id, at, households, note, photo, entered_by, \
    entered_at, delegated, replaces, withdrawn, request_key FROM visit WHERE id = $1";
const REPLACED: &str = "SELECT replaces FROM visit WHERE replaces IN (";
const OF_PHOTO: &str = "SELECT building_id, keeper_id FROM visit WHERE photo = $1";
const TIERS: &str =
    "SELECT building_id, tier_d, tier_w, tier_m, priority_count, hardship_count FROM visit_tier";
const TIER_PUT: &str = "INSERT INTO visit_tier (district_code, building_id, tier_d, tier_w, tier_m, priority_count, \
    hardship_count, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
    ON CONFLICT (district_code, building_id) DO UPDATE SET tier_d = excluded.tier_d, tier_w = excluded.tier_w, \
    tier_m = excluded.tier_m, priority_count = excluded.priority_count, hardship_count = excluded.hardship_count, \
    changed_at = excluded.changed_at, changed_by = excluded.changed_by";
const DIARY_INSERT: &str = "INSERT INTO diary_entry (district_code, id, keeper_id, building_id, black_text, black_at, red_text, \
    red_at, entered_by, delegated, request_key) ";
const DIARY: &str = "SELECT district_code, id, keeper_id, building_id, black_text, black_at, red_text, red_at, entered_by, \
    delegated, request_key FROM diary_entry WHERE keeper_id = $1 ORDER BY black_at DESC, id LIMIT $2";
const DIARY_BY_ID: &str = "SELECT district_code, id, keeper_id, building_id, black_text, black_at, red_text, red_at, entered_by, \
    delegated, request_key FROM diary_entry WHERE id = $1";
const DIARY_BY_REQUEST: &str = "SELECT district_code, id, keeper_id, building_id, black_text, black_at, red_text, red_at, \
    entered_by, delegated, request_key FROM diary_entry WHERE request_key = $1";
const DIARY_RED: &str =
    "UPDATE diary_entry SET red_text = $3, red_at = $4 WHERE district_code = $1 AND id = $2";

/// Visits and entries that are old enough and still name somebody.
const VISITS_OVER: &str = "SELECT count(*) FROM visit WHERE at < $1 AND keeper_id <> $2";
/// Building, time and households stay: figures are made of them alone.
const VISITS_FORGET: &str = "UPDATE visit SET keeper_id = $2, entered_by = $2, note = NULL, photo = NULL, \
    request_key = NULL, withdrawn = CASE WHEN withdrawn IS NULL THEN NULL ELSE $3 END WHERE at < $1 AND keeper_id <> $2";
const DIARIES_OVER: &str =
    "SELECT count(*) FROM diary_entry WHERE black_at < $1 AND keeper_id <> $2";
const DIARIES_FORGET: &str = "UPDATE diary_entry SET keeper_id = $2, entered_by = $2, black_text = $3, \
    request_key = NULL, red_text = CASE WHEN red_text IS NULL THEN NULL ELSE $3 END \
    WHERE black_at < $1 AND keeper_id <> $2";

fn small(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

impl VisitRow {
    fn read(self) -> Result<Visit> {
        Ok(Visit {
            kind: parse::<VisitKind>(&self.kind, "visit", "kind", &self.id)?,
            id: VisitId::new(self.id),
            district_code: self.district_code,
            building: BuildingId::new(self.building_id),
            keeper: HousekeeperId::new(self.keeper_id),
            at: self.at,
            households: small(self.households),
            note: self.note,
            photo: self.photo,
            entered_by: ActorId::new(self.entered_by),
            entered_at: self.entered_at,
            delegated: self.delegated,
            replaces: self.replaces.map(VisitId::new),
            withdrawn: self.withdrawn,
            request_key: self.request_key,
        })
    }
}

impl DiaryRow {
    fn read(self) -> DiaryEntry {
        DiaryEntry {
            id: DiaryId::new(self.id),
            district_code: self.district_code,
            keeper: HousekeeperId::new(self.keeper_id),
            building: self.building_id.map(BuildingId::new),
            black_text: self.black_text,
            black_at: self.black_at,
            red_text: self.red_text,
            red_at: self.red_at,
            entered_by: ActorId::new(self.entered_by),
            delegated: self.delegated,
            request_key: self.request_key,
        }
    }
}

impl Conn<'_> {
    /// Appends visits.
    pub async fn visits_append(&mut self, visits: &[Visit]) -> Result<()> {
        insert_rows!(self, VISIT_INSERT, visits, |values, visit| values
            .push_bind(visit.district_code)
            .push_bind(visit.id.uuid())
            .push_bind(visit.kind.as_str())
            .push_bind(visit.building.uuid())
            .push_bind(visit.keeper.uuid())
            .push_bind(Instant(visit.at))
            .push_bind(i64::from(visit.households))
            .push_bind(visit.note.clone())
            .push_bind(visit.photo.clone())
            .push_bind(visit.entered_by.uuid())
            .push_bind(Instant(visit.entered_at))
            .push_bind(visit.delegated)
            .push_bind(visit.replaces.map(VisitId::uuid))
            .push_bind(visit.withdrawn.clone())
            .push_bind(visit.request_key.clone()));
        Ok(())
    }

    /// Building, time and households reached of every visit that counts.
    pub async fn visit_facts(
        &mut self,
        mut each: impl FnMut(BuildingId, DateTime<Utc>, u32),
    ) -> Result<()> {
        let rows: Vec<(Uuid, DateTime<Utc>, i64)> =
            on!(self, |db| sqlx::query_as(FACTS).fetch_all(db).await)?;
        for (building, at, households) in rows {
            each(BuildingId::new(building), at, small(households));
        }
        Ok(())
    }

    /// The same of visits to some buildings.
    pub async fn visit_facts_of(
        &mut self,
        buildings: &[BuildingId],
        mut each: impl FnMut(BuildingId, DateTime<Utc>, u32),
    ) -> Result<()> {
        for batch in buildings.chunks(BATCH) {
            let rows: Vec<(Uuid, DateTime<Utc>, i64)> = on!(self, |db| {
                let mut query = QueryBuilder::new(FACTS_OF);
                let mut values = query.separated(", ");
                for building in batch {
                    values.push_bind(building.uuid());
                }
                query.push(")");
                query.build_query_as().fetch_all(db).await
            })?;
            for (building, at, households) in rows {
                each(BuildingId::new(building), at, small(households));
            }
        }
        Ok(())
    }

    /// Buildings of visits that were written down, corrected or withdrawn since an instant.
    pub async fn visits_entered_since(&mut self, since: DateTime<Utc>) -> Result<Vec<BuildingId>> {
        let ids: Vec<Uuid> = on!(self, |db| sqlx::query_scalar(ENTERED_SINCE)
            .bind(Instant(since))
            .fetch_all(db)
            .await)?;
        Ok(ids.into_iter().map(BuildingId::new).collect())
    }

    /// The visit of a request that was made before.
    pub async fn visit_by_request(&mut self, key: &str) -> Result<Option<Visit>> {
        let row: Option<VisitRow> = on!(self, |db| sqlx::query_as(BY_REQUEST)
            .bind(key)
            .fetch_optional(db)
            .await)?;
        row.map(VisitRow::read).transpose()
    }

    /// One visit.
    pub async fn visit_find(&mut self, id: VisitId) -> Result<Option<Visit>> {
        let row: Option<VisitRow> = on!(self, |db| sqlx::query_as(BY_ID)
            .bind(id.uuid())
            .fetch_optional(db)
            .await)?;
        row.map(VisitRow::read).transpose()
    }

    /// Visits from `from` until `until`, newest first: those of a keeper, or of some buildings.
    pub async fn visit_list(
        &mut self,
        keeper: Option<HousekeeperId>,
        buildings: &[BuildingId],
        (from, until): (DateTime<Utc>, DateTime<Utc>),
        limit: i64,
    ) -> Result<Vec<Visit>> {
        let mut found: Vec<VisitRow> = Vec::new();
        if let Some(keeper) = keeper {
            found = on!(self, |db| {
                let mut query = QueryBuilder::new(VISIT_COLUMNS);
                query.push("WHERE keeper_id = ").push_bind(keeper.uuid());
                query.push(" AND at >= ").push_bind(Instant(from));
                query.push(" AND at < ").push_bind(Instant(until));
                query.push(" ORDER BY at DESC LIMIT ").push_bind(limit);
                query.build_query_as().fetch_all(db).await
            })?;
        }
        for batch in buildings.chunks(BATCH) {
            let rows: Vec<VisitRow> = on!(self, |db| {
                let mut query = QueryBuilder::new(VISIT_COLUMNS);
                query.push("WHERE at >= ").push_bind(Instant(from));
                query.push(" AND at < ").push_bind(Instant(until));
                query.push(" AND building_id IN (");
                let mut values = query.separated(", ");
                for building in batch {
                    values.push_bind(building.uuid());
                }
                query.push(") ORDER BY at DESC LIMIT ").push_bind(limit);
                query.build_query_as().fetch_all(db).await
            })?;
            found.extend(rows);
        }
        let mut visits: Vec<Visit> = found
            .into_iter()
            .map(VisitRow::read)
            .collect::<Result<_>>()?;
        visits.sort_by_key(|visit| (std::cmp::Reverse(visit.at), visit.id));
        visits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(visits)
    }

    /// Which of these visits were corrected or withdrawn.
    pub async fn visits_replaced(&mut self, ids: &[VisitId]) -> Result<HashSet<VisitId>> {
        let mut replaced = HashSet::new();
        for batch in ids.chunks(BATCH) {
            let found: Vec<Uuid> = on!(self, |db| {
                let mut query = QueryBuilder::new(REPLACED);
                let mut values = query.separated(", ");
                for id in batch {
                    values.push_bind(id.uuid());
                }
                query.push(")");
                query.build_query_scalar().fetch_all(db).await
            })?;
            replaced.extend(found.into_iter().map(VisitId::new));
        }
        Ok(replaced)
    }

    /// Where and by whom visits were made that have a photo.
    pub async fn visits_of_photo(
        &mut self,
        hash: &str,
    ) -> Result<Vec<(BuildingId, HousekeeperId)>> {
        let rows: Vec<(Uuid, Uuid)> = on!(self, |db| sqlx::query_as(OF_PHOTO)
            .bind(hash)
            .fetch_all(db)
            .await)?;
        let read = |(building, keeper)| (BuildingId::new(building), HousekeeperId::new(keeper));
        Ok(rows.into_iter().map(read).collect())
    }

    /// All tiers.
    pub async fn tier_list(&mut self) -> Result<Vec<TierRow>> {
        let rows: Vec<(Uuid, i64, i64, i64, i64, i64)> =
            on!(self, |db| sqlx::query_as(TIERS).fetch_all(db).await)?;
        let read = |(building, daily, weekly, monthly, priority, hardship)| TierRow {
            building: BuildingId::new(building),
            tiers: TierCounts {
                daily: small(daily),
                weekly: small(weekly),
                monthly: small(monthly),
            },
            priority: small(priority),
            hardship: small(hardship),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Writes the tiers of a building.
    pub async fn tier_put(
        &mut self,
        district_code: i32,
        row: &TierRow,
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(TIER_PUT)
            .bind(district_code)
            .bind(row.building.uuid())
            .bind(i64::from(row.tiers.daily))
            .bind(i64::from(row.tiers.weekly))
            .bind(i64::from(row.tiers.monthly))
            .bind(i64::from(row.priority))
            .bind(i64::from(row.hardship))
            .bind(Instant(now))
            .bind(by)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Appends entries to diaries.
    pub async fn diary_append(&mut self, entries: &[DiaryEntry]) -> Result<()> {
        insert_rows!(self, DIARY_INSERT, entries, |values, entry| values
            .push_bind(entry.district_code)
            .push_bind(entry.id.uuid())
            .push_bind(entry.keeper.uuid())
            .push_bind(entry.building.map(BuildingId::uuid))
            .push_bind(entry.black_text.clone())
            .push_bind(Instant(entry.black_at))
            .push_bind(entry.red_text.clone())
            .push_bind(entry.red_at.map(Instant))
            .push_bind(entry.entered_by.uuid())
            .push_bind(entry.delegated)
            .push_bind(entry.request_key.clone()));
        Ok(())
    }

    /// Entries of a keeper's diary, newest first.
    pub async fn diary_list(
        &mut self,
        keeper: HousekeeperId,
        limit: i64,
    ) -> Result<Vec<DiaryEntry>> {
        let rows: Vec<DiaryRow> = on!(self, |db| sqlx::query_as(DIARY)
            .bind(keeper.uuid())
            .bind(limit)
            .fetch_all(db)
            .await)?;
        Ok(rows.into_iter().map(DiaryRow::read).collect())
    }

    /// One entry.
    pub async fn diary_find(&mut self, id: DiaryId) -> Result<Option<DiaryEntry>> {
        let row: Option<DiaryRow> = on!(self, |db| sqlx::query_as(DIARY_BY_ID)
            .bind(id.uuid())
            .fetch_optional(db)
            .await)?;
        Ok(row.map(DiaryRow::read))
    }

    /// The entry of a request that was made before.
    pub async fn diary_by_request(&mut self, key: &str) -> Result<Option<DiaryEntry>> {
        let row: Option<DiaryRow> = on!(self, |db| sqlx::query_as(DIARY_BY_REQUEST)
            .bind(key)
            .fetch_optional(db)
            .await)?;
        Ok(row.map(DiaryRow::read))
    }

    /// Writes the result of an entry.
    pub async fn diary_red(&mut self, entry: &DiaryEntry) -> Result<()> {
        on!(self, |db| sqlx::query(DIARY_RED)
            .bind(entry.district_code)
            .bind(entry.id.uuid())
            .bind(&entry.red_text)
            .bind(entry.red_at.map(Instant))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// How many visits before an instant still tell who went.
    pub async fn visits_over(&mut self, before: DateTime<Utc>) -> Result<u64> {
        self.over(VISITS_OVER, before).await
    }

    /// How many entries of diaries from before an instant still tell whose they are.
    pub async fn diaries_over(&mut self, before: DateTime<Utc>) -> Result<u64> {
        self.over(DIARIES_OVER, before).await
    }

    async fn over(&mut self, sql: &'static str, before: DateTime<Utc>) -> Result<u64> {
        let n: i64 = on!(self, |db| sqlx::query_scalar(sql)
            .bind(Instant(before))
            .bind(Uuid::nil())
            .fetch_one(db)
            .await)?;
        Ok(n.unsigned_abs())
    }

    /// Forgets of visits before an instant who went and what they noted; `gone` stands where there was a reason.
    pub async fn visits_forget(&mut self, before: DateTime<Utc>, gone: &str) -> Result<()> {
        self.forget(VISITS_FORGET, before, gone).await
    }

    /// Forgets of entries from before an instant whose they are and what they said; `gone` stands where there was a text.
    pub async fn diaries_forget(&mut self, before: DateTime<Utc>, gone: &str) -> Result<()> {
        self.forget(DIARIES_FORGET, before, gone).await
    }

    async fn forget(&mut self, sql: &'static str, before: DateTime<Utc>, gone: &str) -> Result<()> {
        on!(self, |db| sqlx::query(sql)
            .bind(Instant(before))
            .bind(Uuid::nil())
            .bind(gone)
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
