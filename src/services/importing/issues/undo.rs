//! Taking an import of issues back: its issues go, those that it changed are as before, what it made and nobody else
//! uses goes too.

use super::categories::TOP;
use super::run::category_id;
use crate::domain::issue::{Category, CategoryTree};
use crate::domain::{Actor, Import, ImportChange, Region, RegionCode};
use crate::heat;
use crate::services::error::{Error, Result};
use crate::services::importing::undo::Undo;
use crate::services::issues::{TakenBack, Write, Written};
use crate::services::{Services, rows};
use std::collections::HashSet;
use uuid::Uuid;

impl Services {
    /// Takes an import of issues back; the caller holds the turn to write.
    ///
    /// # Errors
    /// `Conflict` with the issues that were moved since.
    pub(in crate::services::importing) async fn import_issues_undo(
        &self,
        actor: &Actor,
        import: Import,
    ) -> Result<u64> {
        let changes = {
            let mut lease = self.store().read().await?;
            lease.conn().import_change_list(import.id).await?
        };
        let known = rows::read(self.store()).await?;
        let mut undo = Undo::default();
        undo.take(&changes, &known.regions, |batch| &mut batch.regions)?;
        // A region that was changed since stays as it is.
        undo.conflicts.clear();
        let gone: HashSet<Uuid> = ids_of(&changes, "issue");
        let mut used = self.used_besides(&gone);
        used.extend(known.compounds.iter().map(|compound| compound.community));
        used.extend(known.buildings.iter().map(|building| building.community));
        let regions_gone = unused(&undo.removed, &known.regions, used.iter().copied());
        let tree = self.tree_without(&changes, &gone)?;
        self.backup_automatically("undo").await?;
        let mut entry = crate::services::importing::store::event(
            &import,
            actor,
            "import.undone",
            changes.len(),
        );
        entry.at = self.now();
        let taken = TakenBack {
            import,
            changes,
            regions_gone,
            regions: undo.restored.regions,
            tree: tree.clone(),
            actor: actor.clone(),
            entry,
        };
        let written = self.issue_write(Write::TakeBack(Box::new(taken))).await?;
        if let Some(tree) = tree {
            self.issues().adopt_tree(tree);
        }
        self.reload().await?;
        match written {
            Written::Rows(n) => Ok(n as u64),
            Written::Issue(..) => Err(Error::Internal("an undo wrote an issue".to_owned())),
        }
    }

    /// Regions of all issues but these.
    fn used_besides(&self, gone: &HashSet<Uuid>) -> HashSet<RegionCode> {
        let ledger = self.issues().ledger();
        let names = ledger.names();
        let mut used = HashSet::new();
        for row in 0..ledger.columns.len() {
            let (Some(issue), Some(id)) = (ledger.columns.get(row), ledger.id(row)) else {
                continue;
            };
            if issue.state == heat::GONE || gone.contains(&id.uuid()) {
                continue;
            }
            if let heat::Place::Region(region) = issue.place {
                used.extend(names.regions.get_index(region as usize).copied());
            }
        }
        used
    }

    /// The categories without those that the import made and no other issue has; `None` when all stay.
    fn tree_without(
        &self,
        changes: &[ImportChange],
        gone: &HashSet<Uuid>,
    ) -> Result<Option<CategoryTree>> {
        let made = ids_of(changes, "category");
        let (ledger, catalog) = (self.issues().ledger(), self.issues().catalog());
        let tree = &catalog.tree;
        let mut used: HashSet<&str> = HashSet::new();
        for row in 0..ledger.columns.len() {
            let (Some(issue), Some(id)) = (ledger.columns.get(row), ledger.id(row)) else {
                continue;
            };
            if issue.state == heat::GONE || gone.contains(&id.uuid()) {
                continue;
            }
            let code = ledger.names().categories.get_index(issue.category.into());
            if let Some(code) = code {
                used.insert(code);
                used.extend(tree.ancestors(code).map(|row| row.code.as_str()));
            }
        }
        let goes = |row: &Category| {
            row.code.starts_with(TOP)
                && made.contains(&category_id(&row.code))
                && !used.contains(row.code.as_str())
        };
        // What somebody hung below it stays, and so must it.
        let mut kept: HashSet<&str> = HashSet::new();
        for row in tree.all().iter().filter(|row| !goes(row)) {
            kept.insert(&row.code);
            kept.extend(tree.ancestors(&row.code).map(|row| row.code.as_str()));
        }
        if kept.len() == tree.all().len() {
            return Ok(None);
        }
        let rows: Vec<Category> = (tree.all().iter())
            .filter(|row| kept.contains(row.code.as_str()))
            .cloned()
            .collect();
        CategoryTree::try_from(rows)
            .map(Some)
            .map_err(|error| Error::Internal(format!("categories after an undo: {error}")))
    }
}

fn ids_of(changes: &[ImportChange], table: &str) -> HashSet<Uuid> {
    let mine = changes.iter().filter(|change| change.table == table);
    mine.map(|change| change.row).collect()
}

/// Of the regions that the import made, those in which nothing else lies.
fn unused(
    made: &[(&'static str, i32, Uuid)],
    known: &[Region],
    used: impl Iterator<Item = RegionCode> + Clone,
) -> Vec<(i32, Uuid)> {
    let ids: HashSet<Uuid> = made.iter().map(|(_, _, id)| *id).collect();
    let others = known
        .iter()
        .filter(|region| !ids.contains(&region.id.uuid()))
        .map(|region| region.code);
    let used: Vec<RegionCode> = others.chain(used).collect();
    let free = |region: &&Region| {
        ids.contains(&region.id.uuid()) && !used.iter().any(|code| region.code.contains(*code))
    };
    let mut free: Vec<&Region> = known.iter().filter(free).collect();
    free.sort_by_key(|region| std::cmp::Reverse(region.code));
    free.iter()
        .map(|region| (region.district_code(), region.id.uuid()))
        .collect()
}
