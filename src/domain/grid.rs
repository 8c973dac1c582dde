//! Statutory grids (网格), 12-digit community + 3-digit number.
//!
//! Not patrol areas: both layers lie over the same buildings. Invariant: a grid lies inside one community.

use geo_types::MultiPolygon;
use serde::{Deserialize, Serialize};

use super::{GridId, RegionCode};

/// One statutory grid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Identity.
    pub id: GridId,
    /// Key that makes an import idempotent; the code when there is one.
    pub natural_key: String,
    /// Usually 15 digits; local styles are kept as given.
    pub code: Option<String>,
    /// Name, for example 第三网格.
    pub name: String,
    /// The community that the grid lies in.
    pub community: RegionCode,
    /// Outline, (lon, lat) degrees WGS 84.
    pub outline: MultiPolygon<f64>,
    /// Where the data come from.
    pub source: Option<String>,
}
