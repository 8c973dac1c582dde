//! Taking an import back: every row as it was, or nothing, with the list of what is in the way.

use super::batch::Batch;
use super::store::{self, Stored};
use crate::domain::{Actor, Import, ImportChange, ImportId, ImportKind, ImportState, WaitingRow};
use crate::services::error::{Error, Result};
use crate::services::notices::{Roster, roster_written};
use crate::services::picture::Rows;
use crate::services::{Services, rows};
use std::collections::HashMap;
use uuid::Uuid;

/// Most conflicts that are named.
const MAX_NAMED: usize = 20;

impl Services {
    /// Imports, newest first; dry runs are not among them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        let mut lease = self.store().read().await?;
        Ok(lease.conn().import_list().await?)
    }

    /// An import or a dry run.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn import_find(&self, id: ImportId) -> Result<Import> {
        if let Some(import) = self.import_desk().dry_run(id) {
            return Ok(import);
        }
        let mut lease = self.store().read().await?;
        lease
            .conn()
            .import_find(id)
            .await?
            .ok_or_else(|| Error::NotFound(format!("import {id}")))
    }

    /// Rows that wait for a place.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting(&self) -> Result<Vec<WaitingRow>> {
        let mut lease = self.store().read().await?;
        Ok(lease.conn().waiting_list().await?)
    }

    /// Takes an import back. Returns the number of rows.
    ///
    /// # Errors
    /// `Conflict` with the later changes to the same rows.
    pub async fn import_undo(&self, actor: &Actor, id: ImportId) -> Result<u64> {
        let _one_at_a_time = self.writer().await;
        let import = self.import_find(id).await?;
        if import.state != ImportState::Stored {
            return Err(Error::conflict(
                "import_not_stored",
                format!("该导入处于“{}”，不能撤销", import.state.label_zh()),
                format!(
                    "the import is {}; only a stored one can be undone",
                    import.state
                ),
            ));
        }
        if import.kind == ImportKind::Issues {
            return self.import_issues_undo(actor, import).await;
        }
        let now = rows::read(self.store()).await?;
        let changes = {
            let mut lease = self.store().read().await?;
            lease.conn().import_change_list(id).await?
        };
        let mut undo = Undo::default();
        undo.take(&changes, &now.regions, |batch| &mut batch.regions)?;
        undo.take(&changes, &now.grids, |batch| &mut batch.grids)?;
        undo.take(&changes, &now.compounds, |batch| &mut batch.compounds)?;
        undo.take(&changes, &now.buildings, |batch| &mut batch.buildings)?;
        undo.take(&changes, &now.barriers, |batch| &mut batch.barriers)?;
        undo.take(&changes, &now.gates, |batch| &mut batch.gates)?;
        undo.take(&changes, &now.housekeepers, |batch| &mut batch.housekeepers)?;
        undo.take(&changes, &now.appointments, |batch| &mut batch.appointments)?;
        undo.conflicts.extend(dependents(&undo, &now));
        if !undo.conflicts.is_empty() {
            let n = undo.conflicts.len();
            undo.conflicts.truncate(MAX_NAMED);
            return Err(Error::Conflict {
                code: "import_changed_since",
                zh: format!("有 {n} 处后来的修改，不能撤销；请先撤销这些修改"),
                en: format!("{n} later changes are in the way; take them back first"),
                details: undo.conflicts,
            });
        }
        self.backup_automatically("undo").await?;
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        for (table, district, row) in undo.removed.iter().rev() {
            conn.row_delete(table, *district, *row).await?;
        }
        store::upsert(&mut conn, &undo.restored).await?;
        let at = self.now();
        let restored = Roster {
            keepers: &undo.restored.housekeepers,
            appointments: &undo.restored.appointments,
        };
        roster_written(
            &mut conn,
            store::roster(&now),
            restored,
            self.today(at),
            actor,
            at,
        )
        .await?;
        conn.waiting_delete_of_import(id).await?;
        conn.import_state_set(import.district_code, id, ImportState::Undone)
            .await?;
        let mut event = store::event(&import, actor, "import.undone", changes.len());
        event.at = at;
        conn.event_append(&event).await?;
        tx.commit().await?;
        self.reload().await?;
        Ok(changes.len() as u64)
    }
}

/// What an undo does, and what is in its way.
#[derive(Default)]
pub(super) struct Undo {
    pub restored: Batch,
    pub removed: Vec<(&'static str, i32, Uuid)>,
    pub conflicts: Vec<String>,
}

impl Undo {
    pub(super) fn take<T: Stored>(
        &mut self,
        changes: &[ImportChange],
        now: &[T],
        into: impl Fn(&mut Batch) -> &mut Vec<T>,
    ) -> Result<()> {
        let current: HashMap<Uuid, &T> = now.iter().map(|row| (row.id(), row)).collect();
        // A row may have been changed twice, by the file and by hand: its first state comes back, and its last
        // one must still be there.
        let mut last: HashMap<Uuid, &str> = HashMap::new();
        let mut first: Vec<&ImportChange> = Vec::new();
        for change in changes.iter().filter(|change| change.table == T::TABLE) {
            if last.insert(change.row, &change.after_digest).is_none() {
                first.push(change);
            }
        }
        for change in first {
            let Some(row) = current.get(&change.row) else {
                self.conflicts
                    .push(format!("{} {} was removed later", change.table, change.row));
                continue;
            };
            if row.digest() != last[&change.row] {
                self.conflicts
                    .push(format!("{} {} was changed later", change.table, change.row));
                continue;
            }
            match &change.before {
                // The district of the row itself: an import may write into several.
                None => self.removed.push((T::TABLE, row.district(), change.row)),
                Some(before) => {
                    let row = serde_json::from_value(before.clone()).map_err(|error| {
                        Error::Internal(format!("import change {}: {error}", change.seq))
                    })?;
                    into(&mut self.restored).push(row);
                }
            }
        }
        Ok(())
    }
}

/// Later rows that need the rows to be removed.
fn dependents(undo: &Undo, now: &Rows) -> Vec<String> {
    let removed: std::collections::HashSet<Uuid> =
        undo.removed.iter().map(|(_, _, id)| *id).collect();
    let gone = |id: Uuid| removed.contains(&id);
    let mut conflicts = Vec::new();
    for building in &now.buildings {
        if !gone(building.id.uuid()) && building.compound.is_some_and(|id| gone(id.uuid())) {
            let restored = undo
                .restored
                .buildings
                .iter()
                .any(|row| row.id == building.id);
            if !restored {
                conflicts.push(format!(
                    "building {} belongs to a compound of this import",
                    building.id
                ));
            }
        }
    }
    for gate in &now.gates {
        if !gone(gate.id.uuid()) && gate.compound.is_some_and(|id| gone(id.uuid())) {
            conflicts.push(format!(
                "gate {} belongs to a compound of this import",
                gate.id
            ));
        }
    }
    for appointment in &now.appointments {
        if !gone(appointment.id.uuid())
            && (gone(appointment.housekeeper.uuid())
                || appointment.compound.is_some_and(|id| gone(id.uuid())))
        {
            conflicts.push(format!(
                "appointment {} needs a row of this import",
                appointment.id
            ));
        }
    }
    for plan in &now.plans {
        if plan
            .assignments
            .iter()
            .any(|a| gone(crate::services::planning::unit_id(a.unit)))
        {
            conflicts.push(format!(
                "plan “{}” ({}) assigns units of this import",
                plan.plan.name, plan.plan.id
            ));
        } else if plan
            .keepers
            .iter()
            .any(|keeper| gone(keeper.appointment.uuid()))
        {
            conflicts.push(format!(
                "plan “{}” ({}) seats keepers of this import",
                plan.plan.name, plan.plan.id
            ));
        }
    }
    let regions_in_use = now
        .compounds
        .iter()
        .filter(|compound| !gone(compound.id.uuid()))
        .map(|compound| compound.community)
        .chain(
            now.buildings
                .iter()
                .filter(|b| !gone(b.id.uuid()))
                .map(|b| b.community),
        );
    let codes: HashMap<_, Uuid> = now
        .regions
        .iter()
        .map(|region| (region.code, region.id.uuid()))
        .collect();
    for code in regions_in_use {
        if codes.get(&code).is_some_and(|id| gone(*id)) {
            conflicts.push(format!("region {code} is in use"));
            break;
        }
    }
    conflicts
}
