//! Imports, their changes, and rows that wait for a place.

use super::aggregates::{insert_rows, parse};
use super::database::{Conn, on};
use super::error::Result;
use super::instant::Instant;
use crate::domain::{
    Actor, Import, ImportChange, ImportCounts, ImportId, ImportReport, ImportState, WaitingId,
    WaitingRow, WaitingState,
};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::types::Json;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct ImportRow {
    district_code: i32,
    id: Uuid,
    kind: String,
    state: String,
    file_name: String,
    crs: Option<String>,
    source: Option<String>,
    created_at: DateTime<Utc>,
    created_by: Json<Actor>,
    counts: Json<ImportCounts>,
    report: Json<ImportReport>,
}

impl ImportRow {
    fn read(self) -> Result<Import> {
        Ok(Import {
            kind: parse(&self.kind, "import", "kind", &self.id)?,
            state: parse(&self.state, "import", "state", &self.id)?,
            id: ImportId::new(self.id),
            district_code: self.district_code,
            file_name: self.file_name,
            crs: self.crs,
            source: self.source,
            created_at: self.created_at,
            created_by: self.created_by.0,
            report: ImportReport {
                counts: self.counts.0,
                ..self.report.0
            },
        })
    }
}

const IMPORTS: &str = "SELECT district_code, id, kind, state, file_name, crs, source, created_at, created_by, counts, \
    report FROM import ORDER BY created_at DESC, id";
const IMPORT: &str = "SELECT district_code, id, kind, state, file_name, crs, source, created_at, created_by, counts, \
    report FROM import WHERE id = $1";
const IMPORT_INSERT: &str = "INSERT INTO import (district_code, id, kind, state, file_name, crs, source, created_at, \
    created_by, counts, report) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const IMPORT_STATE: &str = "UPDATE import SET state = $3 WHERE district_code = $1 AND id = $2";
const CHANGES: &str = "SELECT district_code, import_id, seq, table_name, row_id, before, after_digest FROM import_change \
    WHERE import_id = $1 ORDER BY seq";
const CHANGE_INSERT: &str = "INSERT INTO import_change (district_code, import_id, seq, table_name, row_id, before, \
    after_digest) ";
const WAITING: &str = "SELECT district_code, id, import_id, kind, name, community, row_number, properties, state \
    FROM waiting_row WHERE state = 'waiting' ORDER BY import_id, row_number";
const WAITING_INSERT: &str = "INSERT INTO waiting_row (district_code, id, import_id, kind, name, community, \
    row_number, properties, state) ";
const WAITING_STATE: &str =
    "UPDATE waiting_row SET state = $3 WHERE district_code = $1 AND id = $2";
const WAITING_PROPERTIES: &str =
    "UPDATE waiting_row SET properties = $3 WHERE district_code = $1 AND id = $2";
const CHANGES_OF: &str = "SELECT district_code, import_id, seq, before FROM import_change \
    WHERE table_name = $1 AND before IS NOT NULL";
const CHANGE_BEFORE: &str = "UPDATE import_change SET before = $4 \
    WHERE district_code = $1 AND import_id = $2 AND seq = $3";
/// Key of a record of an import: county-level code, import, number.
pub type ChangeKey = (i32, Uuid, i64);
const WAITING_REMOVE: &str = "DELETE FROM waiting_row WHERE district_code = $1 AND id = $2";
const WAITING_DELETE: &str = "DELETE FROM waiting_row WHERE import_id = $1";

#[derive(sqlx::FromRow)]
struct ChangeRow {
    district_code: i32,
    import_id: Uuid,
    seq: i64,
    table_name: String,
    row_id: Uuid,
    before: Option<Json<Value>>,
    after_digest: String,
}

#[derive(sqlx::FromRow)]
struct WaitingSqlRow {
    district_code: i32,
    id: Uuid,
    import_id: Uuid,
    kind: String,
    name: String,
    community: Option<String>,
    row_number: i64,
    properties: Json<BTreeMap<String, String>>,
    state: String,
}

impl Conn<'_> {
    /// All imports, newest first.
    pub async fn import_list(&mut self) -> Result<Vec<Import>> {
        let rows: Vec<ImportRow> = on!(self, |db| sqlx::query_as(IMPORTS).fetch_all(db).await)?;
        rows.into_iter().map(ImportRow::read).collect()
    }

    /// The import with this id, or `None`.
    pub async fn import_find(&mut self, id: ImportId) -> Result<Option<Import>> {
        let row: Option<ImportRow> = on!(self, |db| sqlx::query_as(IMPORT)
            .bind(id.uuid())
            .fetch_optional(db)
            .await)?;
        row.map(ImportRow::read).transpose()
    }

    /// Adds an import with its report.
    pub async fn import_insert(&mut self, import: &Import) -> Result<()> {
        on!(self, |db| sqlx::query(IMPORT_INSERT)
            .bind(import.district_code)
            .bind(import.id.uuid())
            .bind(import.kind.as_str())
            .bind(import.state.as_str())
            .bind(&import.file_name)
            .bind(&import.crs)
            .bind(&import.source)
            .bind(Instant(import.created_at))
            .bind(Json(&import.created_by))
            .bind(Json(import.report.counts))
            .bind(Json(&import.report))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Notes an import with everything that it changed.
    pub async fn import_record(&mut self, import: &Import, changes: &[ImportChange]) -> Result<()> {
        self.import_insert(import).await?;
        self.import_change_insert(import.district_code, changes)
            .await
    }

    /// Sets the state of an import.
    pub async fn import_state_set(
        &mut self,
        district_code: i32,
        id: ImportId,
        state: ImportState,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(IMPORT_STATE)
            .bind(district_code)
            .bind(id.uuid())
            .bind(state.as_str())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Changes of an import, in order.
    pub async fn import_change_list(&mut self, id: ImportId) -> Result<Vec<ImportChange>> {
        let rows: Vec<ChangeRow> = on!(self, |db| sqlx::query_as(CHANGES)
            .bind(id.uuid())
            .fetch_all(db)
            .await)?;
        let read = |row: ChangeRow| ImportChange {
            district_code: row.district_code,
            import: ImportId::new(row.import_id),
            seq: row.seq,
            table: row.table_name,
            row: row.row_id,
            before: row.before.map(|json| json.0),
            after_digest: row.after_digest,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Adds changes of an import, all under the district of the import.
    pub async fn import_change_insert(
        &mut self,
        import_district: i32,
        changes: &[ImportChange],
    ) -> Result<()> {
        insert_rows!(self, CHANGE_INSERT, changes, |values, c| values
            .push_bind(import_district)
            .push_bind(c.import.uuid())
            .push_bind(c.seq)
            .push_bind(c.table.clone())
            .push_bind(c.row)
            .push_bind(c.before.clone().map(Json))
            .push_bind(c.after_digest.clone()));
        Ok(())
    }

    /// Rows that wait for a place.
    pub async fn waiting_list(&mut self) -> Result<Vec<WaitingRow>> {
        let rows: Vec<WaitingSqlRow> = on!(self, |db| sqlx::query_as(WAITING).fetch_all(db).await)?;
        let read = |row: WaitingSqlRow| -> Result<WaitingRow> {
            Ok(WaitingRow {
                kind: parse(&row.kind, "waiting_row", "kind", &row.id)?,
                state: parse(&row.state, "waiting_row", "state", &row.id)?,
                community: match row.community.as_deref() {
                    Some(code) => Some(parse(code, "waiting_row", "community", &row.id)?),
                    None => None,
                },
                id: WaitingId::new(row.id),
                district_code: row.district_code,
                import: ImportId::new(row.import_id),
                name: row.name,
                row: row.row_number as u64,
                properties: row.properties.0,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// Writes the columns of a waiting row.
    pub async fn waiting_properties_set(
        &mut self,
        district_code: i32,
        id: WaitingId,
        properties: &BTreeMap<String, String>,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(WAITING_PROPERTIES)
            .bind(district_code)
            .bind(id.uuid())
            .bind(Json(properties))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// What rows of a table were before imports changed them, with the key of each record.
    pub async fn import_changes_of(&mut self, table: &str) -> Result<Vec<(ChangeKey, Value)>> {
        let rows: Vec<(i32, Uuid, i64, Json<Value>)> = on!(self, |db| sqlx::query_as(CHANGES_OF)
            .bind(table)
            .fetch_all(db)
            .await)?;
        let read = |(district, import, seq, before): (i32, Uuid, i64, Json<Value>)| {
            ((district, import, seq), before.0)
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Writes what a row was before an import changed it.
    pub async fn import_change_before_set(
        &mut self,
        (district, import, seq): ChangeKey,
        before: &Value,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(CHANGE_BEFORE)
            .bind(district)
            .bind(import)
            .bind(seq)
            .bind(Json(before))
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes a waiting row.
    pub async fn waiting_remove(&mut self, district_code: i32, id: WaitingId) -> Result<()> {
        on!(self, |db| sqlx::query(WAITING_REMOVE)
            .bind(district_code)
            .bind(id.uuid())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Adds waiting rows.
    pub async fn waiting_insert(&mut self, rows: &[WaitingRow]) -> Result<()> {
        insert_rows!(self, WAITING_INSERT, rows, |values, w| values
            .push_bind(w.district_code)
            .push_bind(w.id.uuid())
            .push_bind(w.import.uuid())
            .push_bind(w.kind.as_str())
            .push_bind(w.name.clone())
            .push_bind(w.community.map(|code| code.to_string()))
            .push_bind(w.row as i64)
            .push_bind(Json(w.properties.clone()))
            .push_bind(w.state.as_str()));
        Ok(())
    }

    /// Sets the state of a waiting row.
    pub async fn waiting_state_set(
        &mut self,
        district_code: i32,
        id: WaitingId,
        state: WaitingState,
    ) -> Result<()> {
        on!(self, |db| sqlx::query(WAITING_STATE)
            .bind(district_code)
            .bind(id.uuid())
            .bind(state.as_str())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Removes the waiting rows of an import.
    pub async fn waiting_delete_of_import(&mut self, import: ImportId) -> Result<()> {
        on!(self, |db| sqlx::query(WAITING_DELETE)
            .bind(import.uuid())
            .execute(db)
            .await
            .map(drop))?;
        Ok(())
    }
}
