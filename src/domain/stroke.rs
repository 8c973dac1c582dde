//! Strokes: what one step of editing a plan changes, as (key, before, after).
//!
//! Keys are identities, never numbers of one data version. The inverse of a stroke is the swap of before and after,
//! so undo is a stroke too, and strokes that share no key commute.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

/// What an area says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaFields {
    /// Number within the plan, from 1.
    pub number: u32,
    /// Name.
    pub name: String,
    /// Nobody may leave or enter it.
    pub locked: bool,
}

/// Units that go from one area to another; `None` is no area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoveGroup {
    /// Their area before.
    pub from: Option<Uuid>,
    /// Their area after.
    pub to: Option<Uuid>,
    /// Buildings or compounds.
    pub units: Vec<Uuid>,
}

/// A change of what an area says; `None` is an area that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaChange {
    /// The area.
    pub id: Uuid,
    /// Before.
    pub before: Option<AreaFields>,
    /// After.
    pub after: Option<AreaFields>,
}

/// A keeper who changes seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeeperMove {
    /// The appointment.
    pub appointment: Uuid,
    /// The area before.
    pub from: Option<Uuid>,
    /// The area after.
    pub to: Option<Uuid>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stroke {
    /// Made by the editor's page; unique within the plan.
    pub id: Uuid,
    /// What it was, in the editor's words.
    pub label: String,
    /// Units that move.
    pub moves: Vec<MoveGroup>,
    /// Areas that begin, end or change.
    pub areas: Vec<AreaChange>,
    /// Keepers who move.
    pub keepers: Vec<KeeperMove>,
}

/// Longest label, in characters.
pub const MAX_LABEL_CHARS: usize = 200;
/// Longest name of an area, in characters.
pub const MAX_AREA_NAME_CHARS: usize = 60;
/// Largest number of an area.
pub const MAX_AREA_NUMBER: u32 = 9_999;

/// Why a stroke says nothing sensible by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StrokeError {
    /// It changes nothing.
    #[error("步骤没有改动 / the stroke changes nothing")]
    Empty,
    /// A unit, area or appointment is named twice.
    #[error("{0} 在同一步骤中出现两次 / {0} is named twice in one stroke")]
    Twice(Uuid),
    /// The label is too long.
    #[error(
        "步骤说明过长，最多 {MAX_LABEL_CHARS} 字 / the label is longer than {MAX_LABEL_CHARS} characters"
    )]
    Label,
    /// An area has no sensible name.
    #[error(
        "片区名称应为 1 至 {MAX_AREA_NAME_CHARS} 字 / an area's name has 1 to {MAX_AREA_NAME_CHARS} characters"
    )]
    Name,
    /// An area has no sensible number.
    #[error(
        "片区号应为 1 至 {MAX_AREA_NUMBER}，而不是 {0} / an area's number is 1 to {MAX_AREA_NUMBER}, not {0}"
    )]
    Number(u32),
}

impl Stroke {
    /// Refuses what is wrong whatever the plan.
    ///
    /// # Errors
    /// See [`StrokeError`].
    pub fn check(&self) -> Result<(), StrokeError> {
        if self.moves.iter().all(|group| group.units.is_empty())
            && self.areas.is_empty()
            && self.keepers.is_empty()
        {
            return Err(StrokeError::Empty);
        }
        if self.label.chars().count() > MAX_LABEL_CHARS {
            return Err(StrokeError::Label);
        }
        let units = self
            .moves
            .iter()
            .flat_map(|group| group.units.iter().copied());
        once(units)?;
        once(self.areas.iter().map(|change| change.id))?;
        once(self.keepers.iter().map(|keeper| keeper.appointment))?;
        for fields in self.areas.iter().filter_map(|change| change.after.as_ref()) {
            if !(1..=MAX_AREA_NUMBER).contains(&fields.number) {
                return Err(StrokeError::Number(fields.number));
            }
            let chars = fields.name.chars().count();
            if fields.name.trim().is_empty() || chars > MAX_AREA_NAME_CHARS {
                return Err(StrokeError::Name);
            }
        }
        Ok(())
    }

    /// The stroke that takes this one back.
    #[must_use]
    pub fn inverse(&self, id: Uuid) -> Self {
        let swap = |group: &MoveGroup| MoveGroup {
            from: group.to,
            to: group.from,
            units: group.units.clone(),
        };
        Self {
            id,
            label: self.label.clone(),
            moves: self.moves.iter().map(swap).collect(),
            areas: self
                .areas
                .iter()
                .map(|change| AreaChange {
                    id: change.id,
                    before: change.after.clone(),
                    after: change.before.clone(),
                })
                .collect(),
            keepers: self
                .keepers
                .iter()
                .map(|keeper| KeeperMove {
                    appointment: keeper.appointment,
                    from: keeper.to,
                    to: keeper.from,
                })
                .collect(),
        }
    }
}

fn once(ids: impl Iterator<Item = Uuid>) -> Result<(), StrokeError> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(StrokeError::Twice(id));
        }
    }
    Ok(())
}

/// A stroke as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Position in the plan's log, from 1.
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Name of who did it.
    pub by: String,
    /// The page it came from.
    pub client: String,
    /// The stroke.
    pub stroke: Stroke,
}

/// A named version of a draft: its state after a stroke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanMark {
    /// Name, unique within the plan.
    pub name: String,
    /// The last stroke it holds.
    pub seq: i64,
    /// When it was named.
    pub at: DateTime<Utc>,
    /// Name of who named it.
    pub by: String,
}
