//! Where an issue is: a point, or the building, compound or region that is all we know.
//!
//! Not a geometry. Invariant: a place without a point never gets one; a centroid would be a lie on the map.

use serde::{Deserialize, Serialize};

use crate::domain::{BuildingId, CompoundId, RegionCode};

/// Where an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Place {
    /// A point on the ground, WGS 84 degrees, longitude first.
    Point {
        /// Longitude, degrees east, −180 to 180.
        lon: f64,
        /// Latitude, degrees north, −90 to 90.
        lat: f64,
        /// The building that the reporter named, where one was named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        building: Option<BuildingId>,
    },
    /// Somewhere in or at a building.
    Building {
        /// The building.
        building: BuildingId,
    },
    /// Somewhere in a compound.
    Compound {
        /// The compound.
        compound: CompoundId,
    },
    /// Somewhere in a region: a community or a village, as a rule.
    Region {
        /// Its code.
        region: RegionCode,
    },
}

impl Place {
    /// A point without a building.
    pub const fn point(lon: f64, lat: f64) -> Self {
        let building = None;
        Self::Point { lon, lat, building }
    }

    /// The point, WGS 84 `(lon, lat)` in degrees, where there is one.
    pub const fn lon_lat(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Point { lon, lat, .. } => Some((lon, lat)),
            _ => None,
        }
    }

    /// The building that was named.
    pub const fn building(&self) -> Option<BuildingId> {
        match *self {
            Self::Point { building, .. } => building,
            Self::Building { building } => Some(building),
            _ => None,
        }
    }

    /// The stable word of its kind: `point`, `building`, `compound` or `region`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Point { .. } => "point",
            Self::Building { .. } => "building",
            Self::Compound { .. } => "compound",
            Self::Region { .. } => "region",
        }
    }
}
