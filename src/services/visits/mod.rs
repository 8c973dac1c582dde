//! Visits, how often they are due, the card of three numbers and the diary.
//!
//! A keeper reads their own records; secretaries read those in their scope; everybody else reads figures of buildings
//! and compounds. Visits do not rebuild the picture. Invariant: no figure is made of who went.

mod card;
mod diary;
mod emergency;
mod entering;
mod figures;
mod ledger;
mod reach;
mod tiers;

pub use card::{AreaOfCard, BuildingOfCard, CardView, ComplianceView, KeeperChoice, PlanOfCard};
pub use diary::{DiaryList, DiaryView, NewDiary, RedText};
pub use emergency::{BurdenView, EmergencyView, check_emergency};
pub use entering::{NewVisit, VisitChange, VisitPage, VisitQuery, VisitView};
pub use figures::{BuildingVisits, CompoundVisits, PatrolQuery, PatrolView, Span};
pub use ledger::VisitLedger;
pub use tiers::{TierBody, TierList, TierQuery, TierView};

use super::Services;
use super::error::Result;
use crate::domain::BuildingId;
use crate::domain::visit::Entry;
use crate::storage::{Counted, TierRow};
use arc_swap::ArcSwap;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::watch;

/// All there is about visits in memory.
#[derive(Default)]
pub struct VisitDesk {
    ledger: ArcSwap<VisitLedger>,
    tiers: ArcSwap<HashMap<BuildingId, TierRow>>,
    /// Moves with the tiers, which plans may weigh.
    weights: watch::Sender<u64>,
    /// One writer at a time: the ledger follows the store in the order of commits.
    turn: tokio::sync::Mutex<Followed>,
}

/// How far the memory follows the store.
#[derive(Default)]
struct Followed {
    /// Changes that are in memory.
    change: i64,
    /// When the store was last read.
    at: DateTime<Utc>,
}

impl Followed {
    /// An own change is in memory; when others came before it, they are still to be read.
    fn went(&mut self, change: i64) {
        if self.change + 1 == change {
            self.change = change;
        }
    }
}

/// Clocks of servers may differ, and a transaction lasts a while: so much is read again, in minutes.
const OVERLAP_MIN: i64 = 15;

impl VisitDesk {
    /// The visits of now.
    pub fn ledger(&self) -> Arc<VisitLedger> {
        self.ledger.load_full()
    }

    /// The tiers of now.
    pub fn tiers(&self) -> Arc<HashMap<BuildingId, TierRow>> {
        self.tiers.load_full()
    }

    /// Hears of other tiers.
    pub fn weights(&self) -> watch::Receiver<u64> {
        self.weights.subscribe()
    }
}

impl Services {
    /// Visits in memory.
    pub fn visits(&self) -> &VisitDesk {
        &self.inner.visits
    }

    /// Reads all visits and tiers.
    ///
    /// # Errors
    /// The store's own.
    pub async fn visits_load(&self) -> Result<()> {
        let mut turn = self.visits().turn.lock().await;
        let at = self.now();
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let change = conn.changes_of(Counted::Visits).await?;
        let mut all = Vec::new();
        conn.visit_facts(|building, at, households| {
            all.push((building, self.visit_entry(at, households)));
        })
        .await?;
        drop(lease);
        let tiers = self.tiers_read().await?;
        self.visits()
            .ledger
            .store(Arc::new(VisitLedger::of(all.into_iter())));
        self.tiers_set(tiers);
        *turn = Followed { change, at };
        Ok(())
    }

    /// Reads what other servers on the same database wrote. Whether there was anything.
    ///
    /// # Errors
    /// The store's own; it is looked for again the next time.
    pub(in crate::services) async fn visits_follow(&self) -> Result<bool> {
        let mut turn = self.visits().turn.lock().await;
        let at = self.now();
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let change = conn.changes_of(Counted::Visits).await?;
        if change == turn.change {
            turn.at = at;
            return Ok(false);
        }
        if self.visits().ledger().is_empty() {
            drop((lease, turn));
            self.visits_load().await?;
            return Ok(true);
        }
        let since = turn.at - TimeDelta::minutes(OVERLAP_MIN);
        let buildings = conn.visits_entered_since(since).await?;
        let mut read: HashMap<BuildingId, Vec<Entry>> =
            buildings.iter().map(|id| (*id, Vec::new())).collect();
        conn.visit_facts_of(&buildings, |building, at, households| {
            let entry = self.visit_entry(at, households);
            read.entry(building).or_default().push(entry);
        })
        .await?;
        drop(lease);
        let tiers = self.tiers_read().await?;
        let desk = self.visits();
        desk.ledger
            .store(Arc::new(desk.ledger.load().read_again(read)));
        self.tiers_set(tiers);
        *turn = Followed { change, at };
        Ok(true)
    }

    /// The day of the last visit of every building that was ever visited.
    pub fn last_visits(&self) -> Arc<HashMap<BuildingId, NaiveDate>> {
        self.visits().ledger().last_visits()
    }

    /// What figures need of a visit.
    fn visit_entry(&self, at: DateTime<Utc>, households: u32) -> Entry {
        Entry {
            day: self.today(at),
            households: u16::try_from(households).unwrap_or(u16::MAX),
        }
    }
}
