//! Events of an issue: every move as it was made, append-only.
//!
//! Invariant: the events of one issue are numbered 1, 2, 3, …, the first one opens it, and replaying them
//! gives its state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Capacity, Move, State};
use crate::domain::{Actor, IssueEventId, IssueId};

/// One move that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueEvent {
    /// Identity.
    pub id: IssueEventId,
    /// The issue.
    pub issue: IssueId,
    /// Number within the issue, from 1.
    pub seq: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, with the name of then.
    pub by: Actor,
    /// In which capacity.
    pub capacity: Capacity,
    /// For whom, where somebody acted for another (a secretary for a resident).
    pub on_behalf_of: Option<String>,
    /// What.
    #[serde(rename = "what")]
    pub made: Move,
    /// State before; `None` for the first event.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// Whether a self-solved issue fell into the sample; stored, because the rate may change.
    pub sampled: bool,
    /// Free text.
    pub note: Option<String>,
}
