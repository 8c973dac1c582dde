//! Issues: reported, moved through their six steps, counted and mapped.
//!
//! Texts live in the store, figures in the [`Ledger`] in memory; `writer` keeps both in step. What somebody
//! may see is decided by `sight`. Invariant: an answer is made of one snapshot of the ledger.

mod bodies;
mod bulk;
mod catalog;
mod density;
mod figures;
mod files;
mod following;
mod heat_counts;
mod heatmap;
mod hexagons;
mod ledger;
mod limits;
mod listing;
mod moved;
mod moving;
mod nearby;
pub mod open311;
mod past;
mod photos;
mod piled;
mod placing;
mod publicity;
mod query;
mod reporter;
mod reporting;
mod sentences;
mod sheet;
mod sight;
mod telling;
mod views;
mod writer;

pub use bodies::{KnownBodies, KnownBody};
pub(in crate::services) use bulk::{Brought, TakenBack, digest};
pub use catalog::Catalog;
pub use density::{DensityView, PointsView, UnplacedView};
pub use figures::{IssueSummary, hides_small};
pub use files::IssueFile;
pub use heatmap::{HeatBy, HeatView};
pub use ledger::{Facts, Ledger, Names, level_code, state_code, states};
pub use listing::{IssuePage, PageQuery};
pub(in crate::services) use moved::{Held, IssuesMoving, Ways};
pub use moving::{BulkReport, MoveAsk};
pub(super) use past::{PastIssue, PastMove};
pub use photos::{PhotoMade, PhotoPass};
pub(in crate::services) use placing::stamp;
pub use query::{Ground, IssueQuery, Period};
pub use reporter::ReporterView;
pub use reporting::NewReport;
pub use sheet::{HeatSheet, SheetShape};
pub use sight::{Sight, Standing};
pub use telling::Telling;
pub use views::{IssueDetail, IssueView, LookupView, RoutedView};
pub(in crate::services) use writer::{Write, Written};

use super::Services;
use super::error::Result;
use crate::domain::IssueId;
use crate::domain::issue::IssueEvent;
use crate::heat::{Filter, Kernel};
use crate::storage::Counted;
use arc_swap::ArcSwap;
use moka::sync::Cache;
use std::sync::Arc;
use tokio::sync::broadcast;

/// Issues changed: pages that show them ask again.
#[derive(Debug, Clone)]
pub struct IssuesChanged {
    /// Number of the last event.
    pub feed: i64,
    /// Which issues; everything when empty.
    pub ids: Vec<IssueId>,
}

/// All there is about issues in memory.
pub struct IssueDesk {
    ledger: ArcSwap<Ledger>,
    catalog: ArcSwap<Catalog>,
    queue: writer::Queue,
    /// Kernel and top of the scale of the density, by event and filter.
    scales: Cache<(i64, Filter), Option<(Kernel, f32)>>,
    changed: broadcast::Sender<IssuesChanged>,
    events: broadcast::Sender<Arc<Vec<IssueEvent>>>,
    /// Changes of issues and of the catalog that are in memory.
    seen: following::Seen,
}

impl Default for IssueDesk {
    fn default() -> Self {
        Self {
            ledger: ArcSwap::default(),
            catalog: ArcSwap::default(),
            queue: writer::Queue::default(),
            scales: Cache::new(256),
            changed: broadcast::Sender::new(256),
            events: broadcast::Sender::new(256),
            seen: following::Seen::default(),
        }
    }
}

impl IssueDesk {
    /// The issues of now.
    pub fn ledger(&self) -> Arc<Ledger> {
        self.ledger.load_full()
    }

    /// Categories, calendar and rules of now.
    pub fn catalog(&self) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// Follows changes.
    pub fn changes(&self) -> broadcast::Receiver<IssuesChanged> {
        self.changed.subscribe()
    }

    /// Follows events as they are committed.
    pub fn events(&self) -> broadcast::Receiver<Arc<Vec<IssueEvent>>> {
        self.events.subscribe()
    }

    /// Takes categories that the writer has stored.
    pub(in crate::services) fn adopt_tree(&self, tree: crate::domain::issue::CategoryTree) {
        let mut catalog = Catalog::clone(&self.catalog());
        catalog.tree = tree;
        self.catalog.store(Arc::new(catalog));
    }

    /// Only the writer changes the ledger, one commit at a time.
    fn swap(&self, change: impl FnOnce(&mut Ledger)) {
        let mut ledger = self.ledger.load().to_change();
        change(&mut ledger);
        self.ledger.store(Arc::new(ledger));
    }
}

impl Services {
    /// Issues in memory.
    pub fn issues(&self) -> &IssueDesk {
        &self.inner.issues
    }

    /// Reads all issues and the catalog.
    ///
    /// # Errors
    /// The store's own.
    pub async fn issues_load(&self) -> Result<()> {
        let held = self.issues_held().await;
        self.issues_read(&held).await
    }

    /// The same for whoever holds back the writers.
    async fn issues_read(&self, _held: &Held<'_>) -> Result<()> {
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let catalog = Catalog::read(&mut conn).await?;
        let now = self.now();
        let mut ledger = Ledger::default();
        ledger.set_heirs(moved::heirs(&conn.region_list().await?));
        conn.issue_facts(|fact| ledger.put(&fact, now)).await?;
        ledger.feed = conn.issue_feed().await?;
        let seen = (
            conn.changes_of(Counted::Issues).await?,
            conn.changes_of(Counted::Catalog).await?,
        );
        self.issues().catalog.store(Arc::new(catalog));
        self.issues().ledger.store(Arc::new(ledger));
        self.issues().seen.set(seen);
        Ok(())
    }

    /// Tells pages that issues changed.
    fn issues_changed(&self, ids: Vec<IssueId>) {
        let feed = self.issues().ledger().feed;
        // Nobody may be listening.
        let _receivers = self.issues().changed.send(IssuesChanged { feed, ids });
    }

    /// Tells those who subscribed what happened.
    fn issues_tell(&self, events: Vec<IssueEvent>) {
        let _receivers = self.issues().events.send(Arc::new(events));
    }
}
