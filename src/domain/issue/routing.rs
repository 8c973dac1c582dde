//! Routing rules: which body is responsible for a category at a place.
//!
//! Rules are data. Invariant: the same rules, place, category and day give the same owner and the same reasons.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::{CompoundId, IssueId, RegionCode, RoutingRuleId};

/// A responsible body.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// Stable code of the body, for example `street:340104002:urban` or a region code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Where a rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RulePlace {
    /// In a region and everything below it.
    Region {
        /// Its code.
        region: RegionCode,
    },
    /// In one compound.
    Compound {
        /// The compound.
        compound: CompoundId,
    },
}

/// One rule: place + category → responsible body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingRule {
    /// Identity.
    pub id: RoutingRuleId,
    /// Among equally specific rules the smallest number wins.
    pub order: i32,
    /// Codes of categories, with everything below them; empty = all.
    pub categories: Vec<String>,
    /// Places; empty = everywhere.
    pub places: Vec<RulePlace>,
    /// The responsible body.
    pub owner: Owner,
    /// First day that it holds.
    pub valid_from: NaiveDate,
    /// First day that it no longer holds; `None` = open end.
    pub valid_to: Option<NaiveDate>,
    /// Free text: where the division of duties is written down.
    pub note: String,
    /// The arbitration that wrote it.
    pub made_by_arbitration: Option<IssueId>,
}
