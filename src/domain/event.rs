//! The event feed: one append-only row per change, gapless within a district.
//!
//! `seq` is the data version of a district, the key of caches and the resume point of live updates.
//! Invariant: within a district, `seq` runs 1, 2, 3, … without a gap.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// County-level code; 0 when not bound to one district.
    pub district_code: i32,
    /// Position in the feed of the district, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: an actor id, or `external` for other programs.
    pub actor: String,
    /// What happened, for example `import.stored` or `external.update`.
    pub kind: String,
    /// To what, for example an id or a table.
    pub subject: String,
    /// Details.
    pub payload: Value,
}

/// An event that has no place in the feed yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// County-level code; 0 when not bound to one district.
    pub district_code: i32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What happened.
    pub kind: String,
    /// To what.
    pub subject: String,
    /// Details.
    pub payload: Value,
}

/// The actor of changes that other programs made.
pub const EXTERNAL_ACTOR: &str = "external";
