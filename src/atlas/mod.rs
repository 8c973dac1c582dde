//! One immutable picture of the map in memory, swapped whole.
//!
//! Features in web-mercator fixed point (0.93 cm), a packed R-tree per layer, exact integer predicates.
//! Invariant: a feature's id is its position in its layer; it is tied to one data version.

mod layer;
mod locate;
mod search;
mod shape;

pub use layer::{Feature, FeatureIn, Layer, TagValue};
pub use locate::Located;
pub use search::{Entry, Hit, SearchIndex};
pub use shape::Shape;

/// No area.
pub const NO_AREA: u32 = u32::MAX;

/// What an area shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaFace {
    /// Number as printed: 07.
    pub label: String,
    /// Colour, 0 to 5.
    pub colour: u8,
    /// Deviation from the zone's mean, basis points.
    pub deviation_bp: i32,
}

/// A plan on the map; the first of an atlas is the union of the plans in force.
pub struct PlanLayer {
    /// Outlines of areas.
    pub areas: Layer,
    /// Where their numbers are written.
    pub tags: Layer,
    /// What each area shows.
    pub faces: Vec<AreaFace>,
    /// Area of each building, or [`NO_AREA`].
    pub area_of_building: Vec<u32>,
    /// Area of each compound that is one unit, or [`NO_AREA`].
    pub area_of_compound: Vec<u32>,
}

/// All layers of one data version.
pub struct Atlas {
    /// Administrative regions.
    pub regions: Layer,
    /// Communities among them: position in `regions` by position here.
    pub communities: Layer,
    /// Statutory grids.
    pub grids: Layer,
    /// Compounds.
    pub compounds: Layer,
    /// Buildings.
    pub buildings: Layer,
    /// Barriers and backdrop.
    pub barriers: Layer,
    /// Gates.
    pub gates: Layer,
    /// Plans; the first is what is in force.
    pub plans: Vec<PlanLayer>,
    /// Names.
    pub search: SearchIndex,
}
