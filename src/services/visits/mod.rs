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
use crate::storage::TierRow;
use arc_swap::ArcSwap;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// All there is about visits in memory.
#[derive(Default)]
pub struct VisitDesk {
    ledger: ArcSwap<VisitLedger>,
    tiers: ArcSwap<HashMap<BuildingId, TierRow>>,
    /// One writer at a time: the ledger follows the store in the order of commits.
    turn: tokio::sync::Mutex<()>,
}

impl VisitDesk {
    /// The visits of now.
    pub fn ledger(&self) -> Arc<VisitLedger> {
        self.ledger.load_full()
    }

    /// The tiers of now.
    pub fn tiers(&self) -> Arc<HashMap<BuildingId, TierRow>> {
        self.tiers.load_full()
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
        let _turn = self.visits().turn.lock().await;
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
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
        self.visits().tiers.store(Arc::new(tiers));
        Ok(())
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
