//! Issues of a community that is merged, renumbered or split.
//!
//! Open ones get the stamp of today, because somebody has to deal with them there. Closed ones keep the stamp of
//! their time, and count in the community that took over. Invariant: every issue counts in one community of today,
//! so that the sums agree at every level.

use super::writer::Numbers;
use super::{Catalog, Ledger};
use crate::domain::issue::{Owner, Place, RoutingRule, RulePlace, State};
use crate::domain::{CompoundId, IssueId, Region, RegionCode, heir};
use crate::heat;
use crate::services::Services;
use crate::services::error::Result;
use crate::storage::{Conn, Counted, IssueFact, IssueRow};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::MutexGuard;
use uuid::Uuid;

/// As long as it lives, nobody else writes an issue.
pub struct Held<'a> {
    _writers: MutexGuard<'a, Numbers>,
}

/// Where a community's rows go.
pub struct Ways<'a> {
    /// The code that loses rows.
    pub from: RegionCode,
    /// The community that gets them.
    pub to: &'a Region,
    /// Whether everything goes, and `from` ends.
    pub all: bool,
    /// Whether the community that gets them has nothing of its own yet.
    pub to_is_new: bool,
    /// Compounds that go.
    pub compounds: &'a [CompoundId],
    /// Identities of the compounds and buildings that go.
    pub goes: &'a HashSet<Uuid>,
    /// Whether a point without a building goes.
    pub point_goes: &'a (dyn Fn(f64, f64) -> bool + Sync),
}

/// What becomes of issues and of the rules about them.
pub struct IssuesMoving {
    /// Open issues with the stamps of today.
    open: Vec<IssueRow>,
    /// Closed ones whose community is told by the code that took over.
    closed: u64,
    /// All that are looked up in the ledger anew.
    again: Vec<IssueRow>,
    /// The rules, when any of them changes.
    catalog: Option<Catalog>,
    /// How many of them.
    rules: u64,
    /// The number of the change, once it is written.
    change: i64,
}

/// Which codes ended, and what stands for each today.
pub(super) fn heirs(regions: &[Region]) -> HashMap<RegionCode, RegionCode> {
    let successor: HashMap<RegionCode, RegionCode> = regions
        .iter()
        .filter_map(|region| Some((region.code, region.successor?)))
        .collect();
    successor
        .keys()
        .map(|code| (*code, heir(*code, |code| successor.get(&code).copied())))
        .collect()
}

impl IssuesMoving {
    /// Open issues that get another stamp.
    pub fn open(&self) -> u64 {
        self.open.len() as u64
    }

    /// Closed issues that keep theirs and count elsewhere.
    pub fn closed(&self) -> u64 {
        self.closed
    }

    /// Routing rules that change.
    pub fn rules(&self) -> u64 {
        self.rules
    }

    /// Writes what changes.
    ///
    /// # Errors
    /// The store's own.
    pub async fn store(&mut self, conn: &mut Conn<'_>) -> Result<()> {
        conn.issue_put(&self.open).await?;
        // Another server reads all of it again: no event says which issues count elsewhere now.
        self.change = conn.changes_count(Counted::Catalog).await?;
        if let Some(catalog) = &self.catalog {
            catalog.write(conn).await?;
        }
        Ok(())
    }
}

impl Services {
    /// Lets no issue be written until the answer is dropped.
    pub(in crate::services) async fn issues_held(&self) -> Held<'_> {
        let mut writers = self.issues().queue.turn.lock().await;
        // Issues of others come in meanwhile: the next number is asked of the store.
        *writers = Numbers::default();
        Held { _writers: writers }
    }

    /// What becomes of issues when rows go from a community to another.
    ///
    /// # Errors
    /// The store's own.
    pub(in crate::services) async fn issues_moving(
        &self,
        _held: &Held<'_>,
        conn: &mut Conn<'_>,
        ways: &Ways<'_>,
    ) -> Result<IssuesMoving> {
        let ids = touched(&self.issues().ledger(), ways);
        let (mut open, mut again, mut closed) = (Vec::new(), Vec::new(), 0);
        for mut row in conn.issue_list(&ids).await? {
            if row.issue.flow.state.is_terminal() {
                closed += u64::from(ways.all);
            } else if ways.takes(&row) {
                row.issue.stamps.region = Some(ways.to.code);
                if let Place::Region { region } = &mut row.issue.place {
                    *region = ways.to.code;
                }
                open.push(row.clone());
            }
            again.push(row);
        }
        let mut catalog = Catalog::clone(&self.issues().catalog());
        let rules = catalog
            .rules
            .iter_mut()
            .filter_map(|rule| ways.rule(rule).then_some(()))
            .count() as u64;
        Ok(IssuesMoving {
            open,
            closed,
            again,
            catalog: (rules > 0).then_some(catalog),
            rules,
            change: 0,
        })
    }

    /// Follows in memory what was committed.
    pub(in crate::services) fn issues_moved(
        &self,
        _held: Held<'_>,
        moving: IssuesMoving,
        regions: &[Region],
    ) {
        let now = self.now();
        if let Some(catalog) = moving.catalog {
            self.issues().catalog.store(Arc::new(catalog));
        }
        self.issues().swap(|ledger| {
            ledger.set_heirs(heirs(regions));
            for row in &moving.again {
                ledger.put(&IssueFact::of(&row.issue), now);
            }
        });
        self.issues().seen.catalog_went(moving.change);
        // No identities: everything may have changed.
        self.issues_changed(Vec::new());
    }
}

/// Issues that lie in no compound of the community, and open ones of compounds that go.
fn touched(ledger: &Ledger, ways: &Ways<'_>) -> Vec<IssueId> {
    let names = ledger.names();
    let region = names.regions.get_index_of(&ways.from);
    let compounds: HashSet<u32> = names
        .compounds
        .iter()
        .enumerate()
        .filter(|(_, id)| ways.goes.contains(&id.uuid()))
        .map(|(at, _)| at as u32)
        .collect();
    let open = |state: u8| {
        let state = State::ALL.get(usize::from(state));
        state.is_some_and(|state| !state.is_terminal())
    };
    let is_touched = |row: &heat::Issue| match row.place {
        heat::Place::Region(at) => row.state != heat::GONE && region == Some(at as usize),
        heat::Place::Compound(at) => open(row.state) && compounds.contains(&at),
        heat::Place::Unknown => false,
    };
    (0..ledger.columns.len())
        .filter(|at| ledger.columns.get(*at).as_ref().is_some_and(is_touched))
        .filter_map(|at| ledger.id(at))
        .collect()
}

impl Ways<'_> {
    /// Whether an open issue goes.
    fn takes(&self, row: &IssueRow) -> bool {
        let stamps = &row.issue.stamps;
        let unit = (stamps.compound.map(CompoundId::uuid))
            .or(stamps.building.map(crate::domain::BuildingId::uuid));
        match (unit, row.issue.place) {
            _ if self.all => true,
            (Some(unit), _) => self.goes.contains(&unit),
            (None, Place::Point { lon, lat, .. }) => (self.point_goes)(lon, lat),
            (None, _) => false,
        }
    }

    /// Has a rule name the same body for the same ground; `false` when it does so as it stands.
    fn rule(&self, rule: &mut RoutingRule) -> bool {
        let before = rule.clone();
        let here = RulePlace::Region { region: self.from };
        if rule.places.contains(&here) {
            // What a rule says of one community it must not say of the other's own ground.
            let there: Vec<RulePlace> = if self.all && !self.to_is_new {
                let one = |compound: &CompoundId| RulePlace::Compound {
                    compound: *compound,
                };
                self.compounds.iter().map(one).collect()
            } else {
                let region = self.to.code;
                vec![RulePlace::Region { region }]
            };
            let known: HashSet<RulePlace> = rule.places.iter().copied().collect();
            let new = there.into_iter().filter(|place| !known.contains(place));
            rule.places.extend(new);
        }
        if self.all {
            rule.places.retain(|place| *place != here);
            if rule.places.is_empty() && !before.places.is_empty() {
                // No place is left, and none would mean everywhere: it held where nothing lies any more.
                rule.places.push(RulePlace::Region {
                    region: self.to.code,
                });
            }
            if rule.owner.code == self.from.to_string() {
                rule.owner = Owner {
                    code: self.to.code.to_string(),
                    name: self.to.name.clone(),
                };
            }
        }
        *rule != before
    }
}
