//! What an atlas is built from: plain rows, as a caller read them from a store.
//!
//! Not the atlas itself and not a store's row types. Invariant: indexes between rows are positions in the
//! vectors of the same [`AtlasInput`]; [`NONE`] says "none".

use geo_types::{Geometry, MultiPolygon, Point};
use uuid::Uuid;

use super::area_column::AreaColumn;
use crate::domain::RegionLevel;

/// "No such row" in index columns.
pub const NONE: u32 = u32::MAX;

/// Everything that one district shows. All coordinates are (lon, lat) degrees WGS 84.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AtlasInput {
    /// Data version (sequence number of the last event).
    pub version: u64,
    /// Whether the data are synthetic.
    pub synthetic: bool,
    /// Administrative regions of any level.
    pub regions: Vec<RegionIn>,
    /// Statutory grids.
    pub grids: Vec<GridIn>,
    /// Compounds.
    pub compounds: Vec<CompoundIn>,
    /// Buildings.
    pub buildings: Vec<BuildingIn>,
    /// Barriers.
    pub barriers: Vec<BarrierIn>,
    /// Gates.
    pub gates: Vec<GateIn>,
    /// Housekeepers, for the search.
    pub keepers: Vec<KeeperIn>,
    /// Plans to be shown: those in force and drafts that someone looks at.
    pub plans: Vec<PlanIn>,
}

/// One administrative region.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionIn {
    /// 12-digit code.
    pub code: String,
    /// Level.
    pub level: RegionLevel,
    /// Name.
    pub name: String,
    /// Outline; provisional regions may have none.
    pub outline: Option<MultiPolygon<f64>>,
}

/// One statutory grid.
#[derive(Debug, Clone, PartialEq)]
pub struct GridIn {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Outline.
    pub outline: MultiPolygon<f64>,
}

/// One compound with its figures of the coverage rule.
#[derive(Debug, Clone, PartialEq)]
pub struct CompoundIn {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its community.
    pub community: String,
    /// Outline; `None` where only a position is known.
    pub outline: Option<MultiPolygon<f64>>,
    /// Position inside the compound.
    pub point: Point<f64>,
    /// Households; `None` where unknown.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Housekeepers required; `None` where households are unknown.
    pub required: Option<u32>,
    /// Housekeepers in post.
    pub in_post: u32,
    /// Housekeepers short; `None` where unknown.
    pub short: Option<u32>,
    /// Coverage in basis points; `None` where the denominator is empty or unknown.
    pub coverage_bp: Option<u32>,
}

/// One building.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildingIn {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: String,
    /// Name, mostly the building number: 3幢.
    pub name: String,
    /// Position of its compound in [`AtlasInput::compounds`].
    pub compound: Option<u32>,
    /// Code of its community.
    pub community: String,
    /// Footprint; `None` where only a position is known.
    pub footprint: Option<MultiPolygon<f64>>,
    /// Position inside the building.
    pub point: Point<f64>,
    /// Households; `None` where unknown.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Storeys above ground.
    pub floors: Option<u16>,
}

/// One barrier, or another line or polygon (also multi) drawn with them.
#[derive(Debug, Clone, PartialEq)]
pub struct BarrierIn {
    /// Identity.
    pub id: Uuid,
    /// Word of its kind: river, rail ...
    pub class: String,
    /// Name; empty where unknown.
    pub name: String,
    /// Lines or polygons; points are ignored.
    pub geometry: Geometry<f64>,
}

/// One gate.
#[derive(Debug, Clone, PartialEq)]
pub struct GateIn {
    /// Identity.
    pub id: Uuid,
    /// Name; empty where unknown.
    pub name: String,
    /// Position of its compound in [`AtlasInput::compounds`].
    pub compound: Option<u32>,
    /// Position.
    pub point: Point<f64>,
}

/// One housekeeper, as far as the search shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct KeeperIn {
    /// Identity.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// What tells people of one name apart, for example compound or area.
    pub hint: String,
    /// Where the map goes when the person is chosen.
    pub point: Option<Point<f64>>,
}

/// One plan with its areas.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanIn {
    /// Identity.
    pub id: Uuid,
    /// Whether it is in force now.
    pub in_force: bool,
    /// Areas.
    pub areas: Vec<AreaIn>,
    /// For each of [`AtlasInput::buildings`]: position in `areas` or [`NONE`].
    pub area_of_building: AreaColumn,
    /// For each of [`AtlasInput::compounds`]: position in `areas` of a compound that is one unit or lies
    /// whole in one area, else [`NONE`]. May be empty: none.
    pub area_of_compound: AreaColumn,
}

/// One patrol area of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaIn {
    /// Identity.
    pub id: Uuid,
    /// Number as it is printed on the map: 07.
    pub label: String,
    /// Name, for the search.
    pub name: String,
    /// Code of its community.
    pub community: String,
    /// Households; `None` where the reader is not told.
    pub households: Option<u32>,
    /// Deviation from the zone's mean in basis points; `None` where the reader is not told.
    pub deviation_bp: Option<i32>,
    /// Colour 0..=5.
    pub colour: u8,
    /// Whether the deviation is out of the band.
    pub out_of_band: bool,
    /// Whether one unit alone is heavier than an area (several pairs).
    pub heavy: bool,
    /// Outline for display.
    pub outline: MultiPolygon<f64>,
    /// Where the number is written; `None`: the pole of inaccessibility of the largest piece.
    pub tag: Option<Point<f64>>,
    /// Names of the keepers in post.
    pub keepers: Vec<String>,
}
