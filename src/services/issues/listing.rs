//! Lists of issues: filtered and sorted in memory, read from the store a page at a time.
//!
//! Invariant: two pages of one list are cut from the same order; equal values keep the order of their arrival.

use super::ledger::Ledger;
use super::query::Ground;
use super::views::{self, IssueView};
use super::{IssueQuery, Sight};
use crate::domain::IssueId;
use crate::heat::IssueColumns;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// Rows of a page, at most.
pub const MOST_ROWS: usize = 200;
/// Rows of a page when nobody says.
const ROWS: usize = 50;
/// Issues whose text is searched for, at most.
const MOST_FOUND: i64 = 10_000;

/// Order and page of a list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct PageQuery {
    /// `reported` (default), `due`, `closed`, `returns` or `priority`.
    pub sort: Option<String>,
    /// `desc` (default) or `asc`.
    pub order: Option<String>,
    /// Rows to skip.
    pub offset: Option<usize>,
    /// Rows, at most 200.
    pub limit: Option<usize>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuePage {
    /// Rows of the whole list.
    pub total: usize,
    /// Rows of the whole list that have no point.
    pub without_point: usize,
    /// When it was made.
    pub as_of: DateTime<Utc>,
    /// Number of the last event in it.
    pub feed: i64,
    /// The page.
    pub items: Vec<IssueView>,
}

fn key(columns: &IssueColumns, sort: &str, row: usize) -> u32 {
    match sort {
        "due" => columns.due(row).unwrap_or(u32::MAX),
        "closed" => columns.closed(row).unwrap_or(u32::MAX),
        "returns" => columns.returns(row).unwrap_or_default().into(),
        // Urgent is 0: what is most urgent comes first in descending order.
        "priority" => columns
            .traits(row)
            .map_or(0, |traits| u32::MAX - u32::from(traits.priority)),
        _ => columns.reported(row).unwrap_or_default(),
    }
}

/// The first `most` rows of a list in its order. A page of a million rows is not worth sorting all of them.
///
/// # Errors
/// `Invalid` when the order is none.
pub(super) fn sorted(
    ledger: &Ledger,
    rows: &[usize],
    page: &PageQuery,
    most: usize,
) -> Result<Vec<usize>> {
    const SORTS: [&str; 5] = ["reported", "due", "closed", "returns", "priority"];
    let sort = page.sort.as_deref().unwrap_or("reported");
    let order = page.order.as_deref().unwrap_or("desc");
    if !SORTS.contains(&sort) || !["asc", "desc"].contains(&order) {
        return Err(Error::invalid(
            "sort_unknown",
            format!("sort 可为 {}，order 可为 asc、desc", SORTS.join("、")),
            format!("sort is one of {}, order is asc or desc", SORTS.join(", ")),
        ));
    }
    let turn = if order == "desc" { u64::MAX } else { 0 };
    // Key above, row below: one number, unlike any other, that turns the order around when all its bits are turned.
    let mut keys: Vec<u64> = rows
        .iter()
        .map(|&row| (u64::from(key(&ledger.columns, sort, row)) << 32 | row as u64) ^ turn)
        .collect();
    if most < keys.len() {
        keys.select_nth_unstable(most);
        keys.truncate(most);
    }
    keys.sort_unstable();
    Ok(keys
        .into_iter()
        .map(|key| ((key ^ turn) & u64::from(u32::MAX)) as usize)
        .collect())
}

impl Services {
    /// What a question about issues is answered from.
    pub(in crate::services) fn issue_ground<T>(
        &self,
        asker: &Asker,
        figures: bool,
        answer: impl FnOnce(&Ground<'_>) -> Result<T>,
    ) -> Result<T> {
        let now = self.now();
        let (picture, catalog, ledger) = (
            self.picture(),
            self.issues().catalog(),
            self.issues().ledger(),
        );
        let sight = if figures {
            Sight::of_figures(asker, &picture, &ledger, now)
        } else {
            Sight::of_issues(asker, &picture, &ledger, now)
        };
        answer(&Ground {
            ledger: &ledger,
            catalog: &catalog,
            picture: &picture,
            sight: &sight,
            offset_min: self.config().time.utc_offset_minutes,
            now,
        })
    }

    /// A page of the issues that somebody sees.
    ///
    /// # Errors
    /// `Invalid` words.
    pub async fn issue_page(
        &self,
        asker: &Asker,
        query: &IssueQuery,
        page: &PageQuery,
    ) -> Result<IssuePage> {
        let found = self.issue_found(query.q.as_deref()).await?;
        let limit = page.limit.unwrap_or(ROWS).min(MOST_ROWS);
        let today = self.today(self.now());
        let (total, without_point, ids, feed) = self.issue_ground(asker, false, |ground| {
            let mut rows = query.rows(ground, today)?;
            if let Some(found) = &found {
                rows.retain(|row| found.contains(row));
            }
            let columns = &ground.ledger.columns;
            let pointless = rows.iter().filter(|row| !columns.has_point(**row)).count();
            let offset = page.offset.unwrap_or(0);
            let shown = sorted(ground.ledger, &rows, page, offset.saturating_add(limit))?;
            let ids: Vec<IssueId> = shown
                .iter()
                .skip(offset)
                .filter_map(|row| ground.ledger.id(*row))
                .collect();
            Ok((rows.len(), pointless, ids, ground.ledger.feed))
        })?;
        let rows = self.issues_in_order(&ids).await?;
        let items = self.issue_ground(asker, false, |ground| {
            Ok(rows
                .iter()
                .map(|row| views::view(ground, &row.issue))
                .collect())
        })?;
        Ok(IssuePage {
            total,
            without_point,
            as_of: self.now(),
            feed,
            items,
        })
    }

    /// Rows of the ledger whose text or code fits; `None` when nothing is searched for.
    async fn issue_found(
        &self,
        text: Option<&str>,
    ) -> Result<Option<std::collections::HashSet<usize>>> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let ids = {
            let mut lease = self.store().read().await?;
            lease.conn().issue_search(text, MOST_FOUND).await?
        };
        let ledger = self.issues().ledger();
        Ok(Some(
            ids.into_iter().filter_map(|id| ledger.row_of(id)).collect(),
        ))
    }

    /// Stored issues in the order of `ids`; those that are gone are left out.
    pub(in crate::services) async fn issues_in_order(
        &self,
        ids: &[IssueId],
    ) -> Result<Vec<IssueRow>> {
        let stored = {
            let mut lease = self.store().read().await?;
            lease.conn().issue_list(ids).await?
        };
        let mut by_id: HashMap<IssueId, IssueRow> =
            stored.into_iter().map(|row| (row.issue.id, row)).collect();
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }
}
