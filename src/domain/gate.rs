//! Gates (出入口): where people walk in and out of a compound.

use geo_types::Point;
use serde::{Deserialize, Serialize};

use super::{CompoundId, GateId, ImportId};

/// One gate of a compound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Identity.
    pub id: GateId,
    /// County-level code of the compound.
    pub district_code: i32,
    /// Key that makes an import idempotent.
    pub natural_key: String,
    /// The compound; `None` while it is not known.
    pub compound: Option<CompoundId>,
    /// Name, for example 东门.
    pub name: Option<String>,
    /// Position, (lon, lat) degrees WGS 84.
    pub point: Point<f64>,
    /// Where the data come from.
    pub source: Option<String>,
    /// The import that last wrote the row.
    pub import: Option<ImportId>,
}
