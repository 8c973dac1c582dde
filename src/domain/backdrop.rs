//! Backdrop: roads, parks and civic grounds, drawn under the data so that people find their way.
//!
//! Never a barrier and never counted. Invariant: nothing but the map reads it.

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use super::BackdropId;

/// One feature of the backdrop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backdrop {
    /// Identity.
    pub id: BackdropId,
    /// County-level code of the district.
    pub district_code: i32,
    /// How it is drawn: artery, road, lane, path, green, pond, civic, civic_building, track, outside.
    pub class: String,
    /// Name; empty where it has none.
    pub name: String,
    /// Line or polygon, (lon, lat) degrees WGS 84.
    pub geometry: Geometry<f64>,
}
