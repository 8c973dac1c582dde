//! An import in the writer's transaction: issues with the regions, categories and records that belong to them.
//!
//! Not the understanding of a file (`importing::issues`). Invariant: all of an import is stored, or nothing; taking
//! it back never undoes what somebody did since.

use super::catalog::Catalog;
use super::writer::{Batch, Written};
use crate::domain::issue::{Capacity, CategoryTree, DueTimes, Entry, Issue, IssueEvent};
use crate::domain::{
    Actor, Import, ImportChange, ImportState, IssueEventId, IssueId, NewEvent, Region,
};
use crate::services::error::{Error, Result};
use crate::storage::{Conn, IssueRow};
use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// Most conflicts that are named.
const MOST_NAMED: usize = 20;

/// Everything that an import brings.
pub struct Brought {
    /// The import with its report.
    pub import: Import,
    /// What it changes, for the undo.
    pub changes: Vec<ImportChange>,
    /// New issues, without a code; changed ones, with theirs.
    pub rows: Vec<(IssueRow, Vec<IssueEvent>)>,
    /// The local day that numbers new issues.
    pub day: NaiveDate,
    /// New and changed regions.
    pub regions: Vec<Region>,
    /// All categories, when some are new.
    pub tree: Option<CategoryTree>,
    /// The audit trail's entry.
    pub entry: NewEvent,
}

/// Everything that goes with an import that is taken back.
pub struct TakenBack {
    /// The import.
    pub import: Import,
    /// What it changed.
    pub changes: Vec<ImportChange>,
    /// Regions that it made and nobody else uses: district and identity.
    pub regions_gone: Vec<(i32, Uuid)>,
    /// Regions as they were.
    pub regions: Vec<Region>,
    /// All categories, when some go.
    pub tree: Option<CategoryTree>,
    /// Who takes it back.
    pub actor: Actor,
    /// The audit trail's entry.
    pub entry: NewEvent,
}

/// Digest of what an import says about an issue and of what became of it; not of time limits, which follow rules,
/// nor of the code, which the writer gives.
pub fn digest(issue: &Issue) -> String {
    let plain = Issue {
        due: DueTimes::default(),
        code: String::new(),
        ..issue.clone()
    };
    let json = serde_json::to_vec(&plain).unwrap_or_default();
    Sha256::digest(json)[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The newest rows, writes before in the same transaction included.
async fn newest(
    conn: &mut Conn<'_>,
    batch: &Batch,
    ids: &[IssueId],
) -> Result<HashMap<IssueId, IssueRow>> {
    let stored = conn.issue_list(ids).await?;
    let mut rows: HashMap<IssueId, IssueRow> =
        stored.into_iter().map(|row| (row.issue.id, row)).collect();
    for id in ids {
        if let Some(row) = batch.row(*id) {
            rows.insert(*id, row.clone());
        }
    }
    Ok(rows)
}

pub(super) async fn bring(
    conn: &mut Conn<'_>,
    batch: &mut Batch,
    brought: Brought,
    mut code: impl FnMut() -> String,
) -> Result<Result<Written>> {
    let changed: Vec<IssueId> = (brought.rows.iter())
        .filter(|(row, _)| !row.issue.code.is_empty())
        .map(|(row, _)| row.issue.id)
        .collect();
    let now = newest(conn, batch, &changed).await?;
    let moved = brought.rows.iter().any(|(row, events)| {
        let seen = row.issue.flow.seq.saturating_sub(events.len() as u32);
        now.get(&row.issue.id)
            .is_some_and(|now| now.issue.flow.seq != seen)
    });
    if moved || now.len() < changed.len() {
        return Ok(Err(Error::conflict(
            "import_overtaken",
            "导入期间有问题被办理，什么也没有入库；请再导入一次",
            "an issue was moved meanwhile; nothing is stored, import again",
        )));
    }
    conn.region_upsert(&brought.regions).await?;
    if let Some(tree) = &brought.tree {
        Catalog::write_tree(conn, tree).await?;
        batch.catalog = true;
    }
    conn.import_record(&brought.import, &brought.changes)
        .await?;
    conn.event_append(&brought.entry).await?;
    batch.more = true;
    let n = brought.rows.len();
    for (mut row, events) in brought.rows {
        if row.issue.code.is_empty() {
            row.issue.code = code();
            batch.is_new(row.issue.id);
        }
        batch.put_quietly(row, events);
    }
    Ok(Ok(Written::Rows(n)))
}

pub(super) async fn take_back(
    conn: &mut Conn<'_>,
    batch: &mut Batch,
    taken: TakenBack,
    now: DateTime<Utc>,
) -> Result<Result<Written>> {
    let mine: Vec<&ImportChange> = (taken.changes.iter())
        .filter(|change| change.table == "issue")
        .collect();
    let ids: Vec<IssueId> = mine.iter().map(|change| IssueId::new(change.row)).collect();
    let rows = newest(conn, batch, &ids).await?;
    let mut conflicts = Vec::new();
    let mut restored = Vec::new();
    for change in mine {
        let Some(row) = rows.get(&IssueId::new(change.row)) else {
            conflicts.push(format!("issue {} was removed later", change.row));
            continue;
        };
        if digest(&row.issue) != change.after_digest {
            conflicts.push(format!("issue {} was changed later", row.issue.code));
            continue;
        }
        let Some(before) = &change.before else {
            continue;
        };
        let before: Issue = serde_json::from_value(before.clone())
            .map_err(|error| Error::Internal(format!("import change {}: {error}", change.seq)))?;
        match restore(row, before, &taken, now) {
            Some(one) => restored.push(one),
            None => conflicts.push(format!("issue {} was moved later", row.issue.code)),
        }
    }
    if !conflicts.is_empty() {
        let n = conflicts.len();
        conflicts.truncate(MOST_NAMED);
        return Ok(Err(Error::Conflict {
            code: "import_changed_since",
            zh: format!("有 {n} 件问题后来又有变化，不能撤销这次导入"),
            en: format!("{n} issues were changed since; the import cannot be taken back"),
            details: conflicts,
        }));
    }
    let gone = conn.issue_import_delete(taken.import.id).await?;
    for (district, region) in &taken.regions_gone {
        conn.row_delete("region", *district, *region).await?;
    }
    conn.region_upsert(&taken.regions).await?;
    if let Some(tree) = &taken.tree {
        Catalog::write_tree(conn, tree).await?;
        batch.catalog = true;
    }
    conn.import_state_set(
        taken.import.district_code,
        taken.import.id,
        ImportState::Undone,
    )
    .await?;
    conn.event_append(&taken.entry).await?;
    batch.more = true;
    let n = gone.len() + restored.len();
    batch.gone.extend(gone);
    for (row, event) in restored {
        batch.put_quietly(row, vec![event]);
    }
    Ok(Ok(Written::Rows(n)))
}

/// An issue as it was before the import: what was said comes back, what happened is told by one more event.
fn restore(
    row: &IssueRow,
    before: Issue,
    taken: &TakenBack,
    now: DateTime<Utc>,
) -> Option<(IssueRow, IssueEvent)> {
    let entry = Entry {
        id: IssueEventId::new(Uuid::now_v7()),
        by: taken.actor.clone(),
        capacity: Capacity::Staff,
        on_behalf_of: None,
        note: Some(format!("撤销导入 {}", taken.import.file_name)),
    };
    let (flow, event) = IssueEvent::adopting(
        &row.issue.flow,
        before.flow.state,
        before.flow.closed_at,
        before.flow.owner.clone(),
        entry,
        now,
    )?;
    let issue = Issue { flow, ..before };
    Some((
        IssueRow {
            issue,
            ..row.clone()
        },
        event,
    ))
}
