//! Storing an import: all rows, their changes and the report, in one transaction.

use super::batch::Batch;
use crate::domain::{
    Actor, Appointment, Barrier, Building, Compound, Gate, Grid, Housekeeper, Import, ImportChange,
    ImportId, NewEvent, Region,
};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::notices::{Roster, roster_written};
use crate::services::picture::Rows;
use crate::storage::Conn;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// A row that an import can write and take back.
pub(super) trait Stored: Serialize + DeserializeOwned + PartialEq {
    /// Table name.
    const TABLE: &'static str;
    /// Identity.
    fn id(&self) -> Uuid;
    /// County-level code.
    fn district(&self) -> i32;
    /// Digest of the content.
    fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(json)[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

macro_rules! stored {
    ($type:ty, $table:literal, $district:expr) => {
        impl Stored for $type {
            const TABLE: &'static str = $table;
            fn id(&self) -> Uuid {
                self.id.uuid()
            }
            fn district(&self) -> i32 {
                let district: fn(&$type) -> i32 = $district;
                district(self)
            }
        }
    };
}

stored!(Region, "region", |row| row.district_code());
stored!(Grid, "grid", |row| row.community.district_code());
stored!(Compound, "compound", |row| row.community.district_code());
stored!(Building, "building", |row| row.community.district_code());
stored!(Barrier, "barrier", |row| row.district_code);
stored!(Gate, "gate", |row| row.district_code);
stored!(Housekeeper, "housekeeper", |row| row
    .community
    .district_code());
stored!(Appointment, "appointment", |row| row.district_code);

/// What a batch changes, in the order in which it is written; `from` is the number of changes that the import
/// has made before (rows that were placed by hand belong to it too).
pub(super) fn changes(
    import: ImportId,
    batch: &Batch,
    before: &Rows,
    from: usize,
) -> Result<Vec<ImportChange>> {
    let mut changes = Changes {
        import,
        from,
        list: Vec::new(),
    };
    changes.add(&batch.regions, &before.regions)?;
    changes.add(&batch.grids, &before.grids)?;
    changes.add(&batch.compounds, &before.compounds)?;
    changes.add(&batch.buildings, &before.buildings)?;
    changes.add(&batch.barriers, &before.barriers)?;
    changes.add(&batch.gates, &before.gates)?;
    changes.add(&batch.housekeepers, &before.housekeepers)?;
    changes.add(&batch.appointments, &before.appointments)?;
    Ok(changes.list)
}

struct Changes {
    import: ImportId,
    from: usize,
    list: Vec<ImportChange>,
}

impl Changes {
    fn add<T: Stored>(&mut self, after: &[T], before: &[T]) -> Result<()> {
        let known: HashMap<Uuid, &T> = before.iter().map(|row| (row.id(), row)).collect();
        for row in after {
            let before = known
                .get(&row.id())
                .map(serde_json::to_value)
                .transpose()
                .map_err(|error| Error::Internal(error.to_string()))?;
            self.list.push(ImportChange {
                district_code: row.district(),
                import: self.import,
                seq: (self.from + self.list.len()) as i64 + 1,
                table: T::TABLE.to_owned(),
                row: row.id(),
                before,
                after_digest: row.digest(),
            });
        }
        Ok(())
    }
}

/// Writes everything, or nothing.
pub(super) async fn store(
    services: &Services,
    import: &Import,
    batch: Batch,
    before: &Rows,
) -> Result<()> {
    let changes = changes(import.id, &batch, before, 0)?;
    let mut tx = services.store().begin().await?;
    let mut conn = tx.conn();
    upsert(&mut conn, &batch).await?;
    let now = services.now();
    roster_written(
        &mut conn,
        roster(before),
        Roster {
            keepers: &batch.housekeepers,
            appointments: &batch.appointments,
        },
        services.today(now),
        &import.created_by,
        now,
    )
    .await?;
    conn.import_record(import, &changes).await?;
    conn.waiting_insert(&batch.waiting).await?;
    conn.event_append(&event(
        import,
        &import.created_by,
        "import.stored",
        changes.len(),
    ))
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Who is there.
pub(super) fn roster(rows: &Rows) -> Roster<'_> {
    Roster {
        keepers: &rows.housekeepers,
        appointments: &rows.appointments,
    }
}

/// All rows of a batch, parents before children.
pub(super) async fn upsert(conn: &mut Conn<'_>, batch: &Batch) -> Result<()> {
    conn.region_upsert(&batch.regions).await?;
    conn.grid_upsert(&batch.grids).await?;
    conn.compound_upsert(&batch.compounds).await?;
    conn.building_upsert(&batch.buildings).await?;
    conn.barrier_upsert(&batch.barriers).await?;
    conn.gate_upsert(&batch.gates).await?;
    conn.housekeeper_upsert(&batch.housekeepers).await?;
    conn.appointment_upsert(&batch.appointments).await?;
    Ok(())
}

pub(super) fn event(import: &Import, actor: &Actor, kind: &str, rows: usize) -> NewEvent {
    NewEvent {
        district_code: import.district_code,
        at: import.created_at,
        actor: actor.id.to_string(),
        kind: kind.to_owned(),
        subject: import.id.to_string(),
        payload: serde_json::json!({ "kind": import.kind.as_str(), "rows": rows }),
    }
}

/// Writes rows that no file brought: the demo city.
pub(crate) async fn store_rows(services: &Services, actor: &Actor, rows: Rows) -> Result<()> {
    let district_code = rows
        .regions
        .first()
        .map_or(0, |region| region.code.district_code());
    let (synthetic, backdrops) = (rows.synthetic, rows.backdrops);
    let batch = Batch {
        regions: rows.regions,
        grids: rows.grids,
        compounds: rows.compounds,
        buildings: rows.buildings,
        barriers: rows.barriers,
        gates: rows.gates,
        housekeepers: rows.housekeepers,
        appointments: rows.appointments,
        ..Batch::default()
    };
    let now = services.now();
    let mut tx = services.store().begin().await?;
    let mut conn = tx.conn();
    upsert(&mut conn, &batch).await?;
    conn.backdrop_insert(&backdrops).await?;
    conn.synthetic_set(synthetic).await?;
    conn.event_append(&NewEvent {
        district_code,
        at: now,
        actor: actor.id.to_string(),
        kind: "demo.made".into(),
        subject: "demo".into(),
        payload: serde_json::json!({ "buildings": batch.buildings.len() }),
    })
    .await?;
    tx.commit().await?;
    Ok(())
}
