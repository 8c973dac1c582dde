//! Time limits when their rules change, and the question who would get an issue.
//!
//! Invariant: a limit that changes is written to the row, so that the figures of now and of a restart agree.

use super::placing::stamp;
use super::views::{LookupView, RoutedView};
use super::writer::{Change, Write};
use super::{Catalog, states};
use crate::domain::issue::{IssueEvent, Place};
use crate::heat::Filter;
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::storage::IssueRow;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Length of a code that a reporter holds, without its hyphens.
const LOOKUP_CHARS: usize = 12;

/// Computes the limits of one issue anew.
struct DueAgain(Arc<Catalog>);

impl Change for DueAgain {
    fn apply(&self, row: &mut IssueRow, _now: DateTime<Utc>) -> Result<Vec<IssueEvent>> {
        row.issue.due = self.0.due(&row.issue);
        Ok(Vec::new())
    }
}

impl Services {
    /// Computes the limits of all open issues anew, after categories or calendar changed.
    ///
    /// # Errors
    /// The store's own.
    pub(super) async fn issues_due_again(&self) -> Result<()> {
        let (ledger, catalog) = (self.issues().ledger(), self.issues().catalog());
        let open = Filter {
            states: Some(states(|state| !state.is_terminal())),
            ..Filter::default()
        };
        let ids: Vec<_> = open
            .select(&ledger.columns)
            .rows()
            .filter_map(|row| ledger.id(row))
            .collect();
        let all = ids.into_iter().map(|id| {
            let again = Box::new(DueAgain(catalog.clone()));
            self.issue_write(Write::Change(id, again))
        });
        for outcome in futures_util::future::join_all(all).await {
            outcome?;
        }
        Ok(())
    }

    /// Looks at deferrals that are over: their clocks run again without anybody's doing.
    pub(crate) async fn issues_wake(&self) {
        let now = self.now();
        let ledger = self.issues().ledger();
        let over: Vec<_> = ledger.deferrals_over(now).collect();
        for id in over {
            let again = Box::new(DueAgain(self.issues().catalog()));
            if let Err(error) = self.issue_write(Write::Change(id, again)).await {
                tracing::warn!(%error, "issue.wake_failed");
            }
        }
    }

    /// Who would get an issue of a category at a place?
    ///
    /// # Errors
    /// `Invalid` category or place.
    pub fn issue_route(&self, category: &str, place: &Place) -> Result<RoutedView> {
        let (picture, catalog, now) = (self.picture(), self.issues().catalog(), self.now());
        if catalog.tree.get(category).is_none() {
            return Err(Error::invalid(
                "category_unknown",
                format!("没有类别“{category}”"),
                format!("there is no category {category}"),
            ));
        }
        let stamps =
            stamp(&picture, place, now).map_err(|problem| Error::Invalid(vec![problem]))?;
        catalog
            .route(&picture, &stamps, category, self.today(now))
            .ok_or_else(super::catalog::nobody_responsible)
    }

    /// What became of a report, by the code that its reporter holds.
    ///
    /// # Errors
    /// `NotFound`, also for a code that is none.
    pub async fn issue_lookup(&self, code: &str) -> Result<LookupView> {
        // What looks alike is read alike (Crockford's base 32).
        let letters: Vec<char> = code
            .chars()
            .filter(|c| !matches!(c, '-' | ' ' | '－'))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .take(LOOKUP_CHARS + 1)
            .collect();
        let missing = || Error::NotFound("issue".to_owned());
        if letters.len() != LOOKUP_CHARS {
            return Err(missing());
        }
        let parts: Vec<String> = letters
            .chunks(4)
            .map(|part| part.iter().collect())
            .collect();
        let code = parts.join("-");
        let row = {
            let mut lease = self.store().read().await?;
            lease
                .conn()
                .issue_by_lookup(&code)
                .await?
                .ok_or_else(missing)?
        };
        let issue = row.issue;
        let (category_zh, category_en) = self.issues().catalog().names(&issue.category);
        Ok(LookupView {
            code: issue.code,
            category_zh,
            category_en,
            state: issue.flow.state.to_string(),
            state_zh: issue.flow.state.label_zh().to_owned(),
            step: issue.flow.state.step().to_string(),
            reported_at: issue.reported_at,
            updated_at: issue.flow.since,
            due_at: issue.due.close,
            red_text: issue.red_text,
        })
    }
}
