//! What a page says and hears while a plan is edited.

use crate::domain::{Edit, PlanMark, Stroke};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Strokes to store.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditAsk {
    /// The last stroke of the log that the page knows; 0 = none.
    pub base_seq: i64,
    /// Identity of the page, made by itself.
    #[serde(default)]
    pub client: String,
    /// In their order; repeated ones are taken once.
    #[schema(value_type = Vec<Object>)]
    pub strokes: Vec<Stroke>,
}

/// Strokes were stored.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditAck {
    /// The last stroke of the log, these included.
    pub seq: i64,
    /// Version of the plan.
    pub plan_version: i64,
    /// Data version.
    pub data_version: u64,
    /// Strokes after `base_seq` that were there before these, own ones of former requests included.
    pub theirs: Vec<EditView>,
}

/// A stored stroke.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditView {
    /// Position in the log.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// The page it came from.
    pub client: String,
    /// The stroke.
    #[schema(value_type = Object)]
    pub stroke: Stroke,
}

impl From<Edit> for EditView {
    fn from(edit: Edit) -> Self {
        Self {
            seq: edit.seq,
            at: edit.at,
            by: edit.by,
            client: edit.client,
            stroke: edit.stroke,
        }
    }
}

/// Strokes of a plan after a position.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EditsView {
    /// The plan.
    pub plan_id: Uuid,
    /// The last stroke of the log.
    pub seq: i64,
    /// Version of the plan.
    pub plan_version: i64,
    /// State of the plan.
    pub plan_state: String,
    /// Whether strokes are taken.
    pub editable: bool,
    /// Data version.
    pub data_version: u64,
    /// As the sheet has it: another one means other units, households or ways, and that the sheet is to be read again.
    pub units_digest: String,
    /// At most 500, in their order.
    pub items: Vec<EditView>,
}

/// A named version of a draft.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MarkView {
    /// Name.
    pub name: String,
    /// The last stroke that it holds.
    pub seq: i64,
    /// When it was named.
    pub at: DateTime<Utc>,
    /// Who named it.
    pub by: String,
}

impl From<PlanMark> for MarkView {
    fn from(mark: PlanMark) -> Self {
        Self {
            name: mark.name,
            seq: mark.seq,
            at: mark.at,
            by: mark.by,
        }
    }
}
