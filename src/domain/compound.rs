//! Compounds (小区): the management unit that a patrol area should keep whole.
//!
//! Not a planning parcel. Invariant: a compound lies in one community and always has a position;
//! rows without one wait in `waiting` instead.

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use super::{CompoundId, HouseholdCount, ImportId, RegionCode};

/// One residential compound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compound {
    /// Identity.
    pub id: CompoundId,
    /// Key that makes an import idempotent: the given code, else name and position.
    pub natural_key: String,
    /// Code: community12 + `C` + 4 digits, or as given.
    pub code: Option<String>,
    /// Name, for example 幸福小区.
    pub name: String,
    /// The community that it lies in (provisional ones count).
    pub community: RegionCode,
    /// Point, polygon or multipolygon, (lon, lat) degrees WGS 84.
    pub geometry: Geometry<f64>,
    /// Households of the whole compound as the source gives them.
    pub households: HouseholdCount,
    /// Number of buildings as the source gives it.
    pub building_count: Option<u32>,
    /// Gross floor area in m² as the source gives it.
    pub floor_area_m2: Option<f64>,
    /// Address.
    pub address: Option<String>,
    /// Property management company (物业公司).
    pub property_company: Option<String>,
    /// Year of completion.
    pub built_year: Option<i32>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The import that last wrote the row.
    pub import: Option<ImportId>,
}
