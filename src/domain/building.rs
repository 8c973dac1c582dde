//! Buildings (楼栋) and their stairwells (单元).
//!
//! Invariant: a building lies in one community; its compound, when it has one, lies in the same district.

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use super::{BuildingId, CompoundId, GridId, HouseholdCount, ImportId, RegionCode, StairwellId};

/// One building.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Building {
    /// Identity.
    pub id: BuildingId,
    /// Key that makes an import idempotent: the given code, else compound, name and position.
    pub natural_key: String,
    /// Code: compound code + 3 digits, or as given.
    pub code: Option<String>,
    /// Number or name within the compound, for example 3幢.
    pub name: Option<String>,
    /// The community that it lies in (provisional ones count).
    pub community: RegionCode,
    /// The compound that it belongs to.
    pub compound: Option<CompoundId>,
    /// The statutory grid that it lies in.
    pub grid: Option<GridId>,
    /// Footprint: point, polygon or multipolygon, (lon, lat) degrees WGS 84.
    pub footprint: Geometry<f64>,
    /// Households.
    pub households: HouseholdCount,
    /// Storeys above ground.
    pub floors: Option<u16>,
    /// Height in metres.
    pub height_m: Option<f64>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The import that last wrote the row.
    pub import: Option<ImportId>,
}

/// One stairwell of a building; the last resort when a building is heavier than an area.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stairwell {
    /// Identity.
    pub id: StairwellId,
    /// The building.
    pub building: BuildingId,
    /// County-level code of the building.
    pub district_code: i32,
    /// Number or name within the building, for example 2单元.
    pub name: String,
    /// Households.
    pub households: HouseholdCount,
}
