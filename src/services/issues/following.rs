//! What other servers on the same database did with issues: noticed by a count of changes, then read.
//!
//! Not the pages of this server; those follow `issues_changed`. Invariant: a change that is not in memory leaves the
//! count in memory behind the stored one, so it is looked for until it is found.

use super::Held;
use super::writer::Numbers;
use crate::services::Services;
use crate::services::error::Result;
use crate::storage::{Conn, Counted, IssueFact};
use std::sync::atomic::{AtomicI64, Ordering};

/// How many changes are in memory.
#[derive(Default)]
pub struct Seen {
    issues: AtomicI64,
    catalog: AtomicI64,
}

impl Seen {
    fn get(&self) -> (i64, i64) {
        (
            self.issues.load(Ordering::Acquire),
            self.catalog.load(Ordering::Acquire),
        )
    }

    /// Everything up to these is in memory.
    pub fn set(&self, (issues, catalog): (i64, i64)) {
        self.issues.store(issues, Ordering::Release);
        self.catalog.store(catalog, Ordering::Release);
    }

    /// An own change is in memory; when others came before it, they are still to be read.
    pub fn went(&self, change: i64) {
        step(&self.issues, change);
    }

    /// The same of categories, calendar and rules.
    pub fn catalog_went(&self, change: i64) {
        step(&self.catalog, change);
    }
}

fn step(seen: &AtomicI64, change: i64) {
    let before = change - 1;
    let _others_came_first =
        seen.compare_exchange(before, change, Ordering::AcqRel, Ordering::Acquire);
}

/// Where a transaction that writes issues stands.
pub struct Turn {
    /// The number of this change.
    pub change: i64,
    /// The number of the last event before it.
    pub feed: i64,
    /// Whether everything before it is in memory.
    pub alone: bool,
}

impl Services {
    /// Begins to write issues: the numbers that go on are those of the store when somebody else wrote meanwhile.
    ///
    /// # Errors
    /// The store's own.
    pub(super) async fn issues_turn(
        &self,
        conn: &mut Conn<'_>,
        numbers: &mut Numbers,
    ) -> Result<Turn> {
        let change = conn.changes_count(Counted::Issues).await?;
        let alone = self.issues().seen.get().0 + 1 == change;
        let feed = if alone {
            self.issues().ledger().feed
        } else {
            *numbers = Numbers::default();
            conn.issue_feed().await?
        };
        Ok(Turn {
            change,
            feed,
            alone,
        })
    }

    /// Reads what other servers wrote. Whether there was anything.
    ///
    /// # Errors
    /// The store's own; it is looked for again the next time.
    pub(crate) async fn issues_follow(&self) -> Result<bool> {
        let now_at = self.issues_counted().await?;
        if now_at == self.issues().seen.get() {
            return Ok(false);
        }
        let held = self.issues_held().await;
        let seen = self.issues().seen.get();
        let now_at = self.issues_counted().await?;
        if now_at == seen {
            return Ok(false);
        }
        if now_at.1 != seen.1 || !self.issues_catch_up(&held).await? {
            // Rules changed, or issues went: no event says which.
            self.issues_read(&held).await?;
        }
        drop(held);
        self.issues_changed(Vec::new());
        Ok(true)
    }

    async fn issues_counted(&self) -> Result<(i64, i64)> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        Ok((
            conn.changes_of(Counted::Issues).await?,
            conn.changes_of(Counted::Catalog).await?,
        ))
    }

    /// Reads issues with events that are not in memory; `false` when that is not all that happened.
    async fn issues_catch_up(&self, _held: &Held<'_>) -> Result<bool> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let ids = conn.issues_after(self.issues().ledger().feed).await?;
        let rows = conn.issue_list(&ids).await?;
        let (feed, n) = (conn.issue_feed().await?, conn.issue_count().await?);
        let seen = (
            conn.changes_of(Counted::Issues).await?,
            conn.changes_of(Counted::Catalog).await?,
        );
        drop(lease);
        let now = self.now();
        self.issues().swap(|ledger| {
            for row in &rows {
                ledger.put(&IssueFact::of(&row.issue), now);
            }
            ledger.feed = feed;
        });
        if self.issues().ledger().n() as u64 != n {
            return Ok(false);
        }
        self.issues().seen.set(seen);
        Ok(true)
    }
}
