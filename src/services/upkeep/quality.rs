//! What is missing in a region, and how old its counts are; each number has the list behind it.
//!
//! Invariant: `n` of an item is the length of its list, and a count that nobody knows has no age.

use super::super::picture::Picture;
use super::super::units::centroid;
use crate::domain::{Building, Compound, HouseholdBasis, HouseholdCount, RegionCode};
use chrono::NaiveDate;
use geo_types::Geometry;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What may be wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualityCheck {
    /// A compound whose households nobody knows, not even by its buildings.
    CompoundHouseholds,
    /// A compound that is a point.
    CompoundOutline,
    /// A building that is a point.
    BuildingFootprint,
    /// A building whose households nobody knows.
    BuildingHouseholds,
    /// A building of no compound.
    BuildingCompound,
    /// A building without a number.
    BuildingName,
    /// A building whose floors nobody knows.
    BuildingFloors,
    /// A count whose source does not say what is counted.
    CountBasis,
    /// A count that is an estimate.
    CountEstimated,
    /// A count of the last half year.
    CountFresh,
    /// A count of half a year to a year ago.
    CountYear,
    /// A count older than a year.
    CountOld,
    /// A count without a day.
    CountUndated,
}

/// The checks of rows, in the order in which they are shown.
const CHECKS: [QualityCheck; 9] = [
    QualityCheck::CompoundHouseholds,
    QualityCheck::CompoundOutline,
    QualityCheck::BuildingFootprint,
    QualityCheck::BuildingHouseholds,
    QualityCheck::BuildingCompound,
    QualityCheck::BuildingName,
    QualityCheck::BuildingFloors,
    QualityCheck::CountBasis,
    QualityCheck::CountEstimated,
];

/// Ages of counts, youngest first.
const AGES: [QualityCheck; 4] = [
    QualityCheck::CountFresh,
    QualityCheck::CountYear,
    QualityCheck::CountOld,
    QualityCheck::CountUndated,
];

/// Days up to which a count is fresh.
const FRESH_DAYS: i64 = 183;
/// Days up to which it is of this year.
const YEAR_DAYS: i64 = 365;

/// One check.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QualityItem {
    /// Which.
    pub check: QualityCheck,
    /// Rows that it found.
    pub n: u64,
    /// Rows that it looked at.
    pub of: u64,
}

/// Counts of one age.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QualityAge {
    /// Which age.
    pub check: QualityCheck,
    /// Rows with a count of this age. Not their households: a compound's are those of its buildings again.
    pub n: u64,
}

/// What is missing in a region.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QualityView {
    /// Day against which ages are counted.
    pub as_of: NaiveDate,
    /// Code of the region.
    pub scope: String,
    /// Compounds.
    pub compounds: u64,
    /// Buildings.
    pub buildings: u64,
    /// Rows with a count: what ages are counted of.
    pub counts: u64,
    /// What is missing.
    pub items: Vec<QualityItem>,
    /// How old counts are.
    pub ages: Vec<QualityAge>,
    /// Data version.
    pub data_version: u64,
}

/// A row that a check found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct QualityRow {
    /// Identity.
    pub id: Uuid,
    /// `building` or `compound`.
    pub kind: String,
    /// Name for people.
    pub name: String,
    /// Name of the community.
    pub community_name: String,
    /// Households, if known.
    pub households: Option<u32>,
    /// What is counted.
    pub basis: String,
    /// Whether it is an estimate.
    pub estimated: bool,
    /// Day of the count.
    pub as_of: Option<NaiveDate>,
    /// Age of the count; `None` without a day.
    pub days: Option<i64>,
    /// Where it is.
    pub centroid: Option<[f64; 2]>,
}

/// A row of either kind.
#[derive(Clone, Copy)]
enum Row<'a> {
    Compound(usize, &'a Compound),
    Building(&'a Building),
}

impl Row<'_> {
    const fn count(&self) -> &HouseholdCount {
        match self {
            Self::Compound(_, compound) => &compound.households,
            Self::Building(building) => &building.households,
        }
    }
}

const fn is_point(geometry: &Geometry<f64>) -> bool {
    matches!(geometry, Geometry::Point(_) | Geometry::MultiPoint(_))
}

fn age(count: &HouseholdCount, today: NaiveDate) -> Option<QualityCheck> {
    count.count?;
    Some(match count.as_of {
        None => QualityCheck::CountUndated,
        Some(day) => {
            let days = (today - day).num_days();
            if days <= FRESH_DAYS {
                QualityCheck::CountFresh
            } else if days <= YEAR_DAYS {
                QualityCheck::CountYear
            } else {
                QualityCheck::CountOld
            }
        }
    })
}

/// Whether a check is about this kind of row, and if so whether it finds it.
fn found(picture: &Picture, check: QualityCheck, row: Row<'_>) -> Option<bool> {
    use QualityCheck as Q;
    Some(match (check, row) {
        (Q::CompoundHouseholds, Row::Compound(at, _)) => picture.quotas[at].households.is_none(),
        (Q::CompoundOutline, Row::Compound(_, compound)) => is_point(&compound.geometry),
        (Q::BuildingFootprint, Row::Building(building)) => is_point(&building.footprint),
        (Q::BuildingHouseholds, Row::Building(building)) => building.households.count.is_none(),
        (Q::BuildingCompound, Row::Building(building)) => building.compound.is_none(),
        (Q::BuildingName, Row::Building(building)) => building
            .name
            .as_deref()
            .is_none_or(|name| name.trim().is_empty()),
        (Q::BuildingFloors, Row::Building(building)) => building.floors.is_none(),
        (Q::CountBasis, row) => {
            row.count().count?;
            row.count().basis == HouseholdBasis::Unstated
        }
        (Q::CountEstimated, row) => {
            row.count().count?;
            row.count().estimated
        }
        (Q::CountFresh | Q::CountYear | Q::CountOld | Q::CountUndated, row) => {
            age(row.count(), picture.today)? == check
        }
        _ => return None,
    })
}

fn all(picture: &Picture, code: RegionCode) -> impl Iterator<Item = Row<'_>> {
    let compounds = picture.compounds.iter().enumerate();
    let compounds = compounds
        .filter(move |(_, row)| code.contains(row.community))
        .map(|(at, row)| Row::Compound(at, row));
    let buildings = picture.buildings.iter();
    let buildings = buildings
        .filter(move |row| code.contains(row.community))
        .map(Row::Building);
    compounds.chain(buildings)
}

/// What is missing in a region.
pub fn report(picture: &Picture, code: RegionCode) -> QualityView {
    let mut view = QualityView {
        as_of: picture.today,
        scope: code.to_string(),
        compounds: 0,
        buildings: 0,
        counts: 0,
        items: CHECKS
            .map(|check| QualityItem { check, n: 0, of: 0 })
            .to_vec(),
        ages: AGES.map(|check| QualityAge { check, n: 0 }).to_vec(),
        data_version: picture.version,
    };
    for row in all(picture, code) {
        match row {
            Row::Compound(..) => view.compounds += 1,
            Row::Building(_) => view.buildings += 1,
        }
        for item in &mut view.items {
            if let Some(found) = found(picture, item.check, row) {
                item.of += 1;
                item.n += u64::from(found);
            }
        }
        if let Some(age) = age(row.count(), picture.today) {
            view.counts += 1;
            for band in view.ages.iter_mut().filter(|band| band.check == age) {
                band.n += 1;
            }
        }
    }
    view
}

/// The rows that a check finds, compounds first; of counts the oldest first.
pub fn rows(picture: &Picture, code: RegionCode, check: QualityCheck) -> Vec<QualityRow> {
    let hits = all(picture, code).filter(|row| found(picture, check, *row) == Some(true));
    let mut rows: Vec<QualityRow> = hits.map(|row| view(picture, row)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.days));
    rows
}

fn view(picture: &Picture, row: Row<'_>) -> QualityRow {
    let (id, kind, name, community, households, place) = match row {
        Row::Compound(at, compound) => (
            compound.id.uuid(),
            "compound",
            compound.name.clone(),
            compound.community,
            picture.quotas[at].households,
            &compound.geometry,
        ),
        Row::Building(building) => (
            building.id.uuid(),
            "building",
            picture.building_name(building),
            building.community,
            building.households.count,
            &building.footprint,
        ),
    };
    let count = row.count();
    QualityRow {
        id,
        kind: kind.to_owned(),
        name,
        community_name: picture.region_name(community),
        households,
        basis: count.basis.to_string(),
        estimated: count.estimated,
        as_of: count.as_of,
        days: count.as_of.map(|day| (picture.today - day).num_days()),
        centroid: centroid(place),
    }
}
