//! How many households of a building are visited daily, weekly and monthly, and how many are in need.
//!
//! Counts, never which ones. Invariant: below five they are told to nobody but the secretaries who keep them and the
//! keeper of the building, nor is anything that would give them away.

use super::reach::{KeeperReach, own_keepers};
use crate::domain::access::{Action, Object, SMALL, suppress};
use crate::domain::visit::TierCounts;
use crate::domain::{Actor, BuildingId, Problem, Severity};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::picture::Picture;
use crate::services::regions;
use crate::storage::{Counted, TierRow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Columns of a row: daily, weekly, monthly, priority, hardship.
const COLUMNS: usize = 5;
/// Households of a building that nobody counted, at most.
const MOST_UNCOUNTED: u32 = 2_000;

/// The counts of a building.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TierBody {
    /// Households to be visited on every working day.
    pub daily: u32,
    /// In every week.
    pub weekly: u32,
    /// In every month.
    pub monthly: u32,
    /// Priority households (重点户).
    pub priority: u32,
    /// Hardship households (特困户).
    pub hardship: u32,
}

/// Which buildings.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct TierQuery {
    /// 12-digit code of a region.
    pub region: Option<String>,
    /// Of this compound.
    pub compound: Option<Uuid>,
}

/// Counts of a building, or of all that are asked for; a count that is hidden is absent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TierView {
    /// The building; absent for the sum.
    pub building: Option<Uuid>,
    /// Its name within its compound.
    pub name: String,
    /// Name of the compound.
    pub compound_name: String,
    /// Households to be visited on every working day.
    pub daily: Option<u64>,
    /// In every week.
    pub weekly: Option<u64>,
    /// In every month.
    pub monthly: Option<u64>,
    /// Priority households.
    pub priority: Option<u64>,
    /// Hardship households.
    pub hardship: Option<u64>,
}

/// Counts of buildings.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TierList {
    /// Buildings that somebody noted counts for.
    pub items: Vec<TierView>,
    /// The sum of them.
    pub total: TierView,
    /// Buildings that nobody noted counts for.
    pub unknown_buildings: usize,
    /// Whether small counts are hidden from this reader.
    pub hides_small: bool,
    /// Counts of 1 to this minus 1 are hidden.
    pub small: u64,
    /// When the answer was made.
    pub as_of: DateTime<Utc>,
}

fn counts(row: &TierRow) -> [u64; COLUMNS] {
    [
        row.tiers.daily,
        row.tiers.weekly,
        row.tiers.monthly,
        row.priority,
        row.hardship,
    ]
    .map(u64::from)
}

impl Services {
    /// Counts of buildings, small ones hidden from those who do not keep them; `seen` is the picture as it is shown to
    /// the asker.
    ///
    /// # Errors
    /// `NotFound` region or compound.
    pub fn tiers(&self, asker: &Asker, seen: &Picture, query: &TierQuery) -> Result<TierList> {
        let picture = self.picture();
        let region = (query.region.as_deref())
            .map(|text| regions::require(seen, text))
            .transpose()?;
        let own = self.own_rows(asker, &picture);
        // Whoever keeps the counts, and the keeper of the building, reads them whole.
        let mut whole = true;
        let mut rows = Vec::new();
        for (at, building) in picture.buildings.iter().enumerate() {
            let asked = region.is_none_or(|code| code.contains(building.community))
                && query
                    .compound
                    .is_none_or(|id| building.compound.is_some_and(|c| c.uuid() == id));
            if !asked {
                continue;
            }
            let place = picture.place_of_building(at);
            let (mut reads, mut keeps) = (false, own.contains(&at));
            for rights in asker.grants.at(Object::PriorityCounts, &place) {
                reads |= rights.allows(Action::Read) && (!rights.own_only() || own.contains(&at));
                keeps |= rights.allows(Action::Update);
            }
            if reads {
                whole &= keeps;
                rows.push(at);
            }
        }
        if rows.is_empty() && query.compound.is_some() {
            return Err(Error::NotFound("compound".to_owned()));
        }
        let tiers = self.visits().tiers();
        let noted: Vec<(usize, &TierRow)> = rows
            .iter()
            .filter_map(|at| Some((*at, tiers.get(&picture.buildings[*at].id)?)))
            .collect();
        let mut columns: Vec<Vec<Option<u64>>> = Vec::with_capacity(COLUMNS);
        let mut totals = [None; COLUMNS];
        for (column, sum) in totals.iter_mut().enumerate() {
            let all: Vec<Option<u64>> = noted
                .iter()
                .map(|(_, row)| Some(counts(row)[column]))
                .collect();
            let total: u64 = all.iter().flatten().sum();
            let told = whole || total == 0 || total >= SMALL;
            *sum = (told && !noted.is_empty()).then_some(total);
            columns.push(if whole { all } else { suppress(&all, SMALL) });
        }
        let view = |building: Option<usize>, of: [Option<u64>; COLUMNS]| {
            let row = building.map(|at| &picture.buildings[at]);
            TierView {
                building: row.map(|one| one.id.uuid()),
                name: row.and_then(|one| one.name.clone()).unwrap_or_default(),
                compound_name: row
                    .and_then(|one| one.compound)
                    .map_or_else(String::new, |id| picture.compound_name(id).to_owned()),
                daily: of[0],
                weekly: of[1],
                monthly: of[2],
                priority: of[3],
                hardship: of[4],
            }
        };
        let items = noted
            .iter()
            .enumerate()
            .map(|(at, (row, _))| {
                view(
                    Some(*row),
                    std::array::from_fn(|column| columns[column][at]),
                )
            })
            .collect();
        Ok(TierList {
            items,
            total: view(None, totals),
            unknown_buildings: rows.len() - noted.len(),
            hides_small: !whole,
            small: SMALL,
            as_of: self.now(),
        })
    }

    /// Writes the counts of a building; the guard has asked whether the actor may.
    ///
    /// # Errors
    /// `NotFound` building; `Invalid` for more households than there are.
    pub async fn tier_set(&self, by: &Actor, building: Uuid, body: TierBody) -> Result<()> {
        let picture = self.picture();
        let row = Self::building_row(&picture, BuildingId::new(building))?;
        let building = &picture.buildings[row];
        let most = building.households.count.unwrap_or(MOST_UNCOUNTED);
        let visited = u64::from(body.daily) + u64::from(body.weekly) + u64::from(body.monthly);
        let fields = [
            ("tiers", "日访、周访、月访户数合计", visited),
            ("priority", "重点户", body.priority.into()),
            ("hardship", "特困户", body.hardship.into()),
        ];
        let problems: Vec<Problem> = fields
            .into_iter()
            .filter(|(_, _, count)| *count > u64::from(most))
            .map(|(field, zh, count)| {
                Problem::new(
                    Severity::Refused,
                    "tier_too_many",
                    format!("{zh} {count} 超过这一幢的 {most} 户；请核对"),
                    format!("{field}: {count} is more than the {most} households of the building"),
                )
                .at_field(field, &count.to_string())
            })
            .collect();
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let row = TierRow {
            building: building.id,
            tiers: TierCounts {
                daily: body.daily,
                weekly: body.weekly,
                monthly: body.monthly,
            },
            priority: body.priority,
            hardship: body.hardship,
        };
        self.tiers_store(&[(building.community.district_code(), row)], &by.name)
            .await
    }

    /// The counts of all buildings as they are stored.
    pub(in crate::services) async fn tiers_read(&self) -> Result<HashMap<BuildingId, TierRow>> {
        let mut lease = self.store().read().await?;
        let tiers = lease.conn().tier_list().await?;
        Ok(tiers.into_iter().map(|row| (row.building, row)).collect())
    }

    /// Writes counts of many buildings.
    pub(in crate::services) async fn tiers_store(
        &self,
        rows: &[(i32, TierRow)],
        by: &str,
    ) -> Result<()> {
        let mut turn = self.visits().turn.lock().await;
        let now = self.now();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        for (district, row) in rows {
            conn.tier_put(*district, row, by, now).await?;
        }
        let change = conn.changes_count(Counted::Visits).await?;
        tx.commit().await?;
        turn.went(change);
        let mut tiers = HashMap::clone(&self.visits().tiers());
        tiers.extend(rows.iter().map(|(_, row)| (row.building, *row)));
        self.tiers_set(tiers);
        Ok(())
    }

    /// The counts of all buildings are these from now on; a prepared plan, and a page that draws one, may weigh those of before.
    pub(super) fn tiers_set(&self, tiers: HashMap<BuildingId, TierRow>) {
        if *self.visits().tiers() != tiers {
            self.visits().tiers.store(Arc::new(tiers));
            self.redraw_desk().clear();
            self.visits().weights.send_modify(|moves| *moves += 1);
        }
    }

    fn own_rows(&self, asker: &Asker, picture: &Picture) -> HashSet<usize> {
        let keepers = own_keepers(asker);
        let mine = picture
            .housekeepers
            .iter()
            .filter(|one| keepers.contains(&one.id));
        mine.flat_map(|keeper| KeeperReach::of(picture, keeper, self.now()).own)
            .collect()
    }
}
