//! Barriers: what nobody crosses on a round. Rivers, railways, major roads.
//!
//! Which source classes become barriers is a setting of the import; minor roads never do.

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{BarrierId, ImportId};

text_enum! {
    /// Kind of barrier.
    pub enum BarrierClass {
        /// River.
        River => "river", "河流";
        /// Canal.
        Canal => "canal", "运河";
        /// Lake or reservoir.
        Lake => "lake", "湖泊";
        /// Railway.
        Rail => "rail", "铁路";
        /// Motorway, expressway or elevated road.
        Motorway => "motorway", "高速公路";
        /// Trunk, primary or otherwise major road.
        MajorRoad => "major_road", "主干道";
        /// Wall or fence that a person declared.
        Wall => "wall", "围墙";
        /// Any other barrier that a person declared.
        Other => "other", "其他";
    }
}

impl BarrierClass {
    /// Whether the barrier is water.
    pub const fn is_water(self) -> bool {
        matches!(self, Self::River | Self::Canal | Self::Lake)
    }
}

/// One barrier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Barrier {
    /// Identity.
    pub id: BarrierId,
    /// County-level code of the district whose data it belongs to.
    pub district_code: i32,
    /// Key that makes an import idempotent.
    pub natural_key: String,
    /// Kind.
    pub class: BarrierClass,
    /// The class as the source spells it, for example `waterway=river`.
    pub source_class: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Line or polygon (also multi), (lon, lat) degrees WGS 84.
    pub geometry: Geometry<f64>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The import that last wrote the row.
    pub import: Option<ImportId>,
}
