//! Rows that wait for a place on the map: they came without coordinates and match nothing uniquely.
//!
//! Nothing gets a faked point. Invariant: a waiting row is complete but for its position.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{ImportId, ImportKind, RegionCode, WaitingId};

text_enum! {
    /// What became of a waiting row.
    pub enum WaitingState {
        /// Still waiting.
        Waiting => "waiting", "待落点";
        /// Placed by a person.
        Placed => "placed", "已落点";
        /// Put aside by a person.
        Dismissed => "dismissed", "已忽略";
    }
}

/// One waiting row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingRow {
    /// Identity.
    pub id: WaitingId,
    /// County-level code; 0 when not known.
    pub district_code: i32,
    /// The import that brought it.
    pub import: ImportId,
    /// What it is.
    pub kind: ImportKind,
    /// Name.
    pub name: String,
    /// The community, when it is known.
    pub community: Option<RegionCode>,
    /// Row number in its file (first data row = 1).
    pub row: u64,
    /// The row as the file gave it, by field.
    pub properties: BTreeMap<String, String>,
    /// State.
    pub state: WaitingState,
}
