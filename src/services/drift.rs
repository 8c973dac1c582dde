//! Drift: what today's data make of the plan in force, and a draft that repairs it with the fewest changes.

use super::editing::NewPlan;
use super::error::{Error, Result};
use super::{Services, plans, regions};
use crate::districting::{Alternative, Silent, Wishes};
use crate::domain::{Actor, AreaChange, MoveGroup, PlanId, RegionLevel, Stroke};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// What today's data make of the plan in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Drift {
    /// The plan in force; absent when there is none.
    pub plan_id: Option<Uuid>,
    /// Its name.
    pub plan_name: Option<String>,
    /// Data version that the plan was made from.
    pub made_from: i64,
    /// Tolerance in basis points.
    pub band_bp: u32,
    /// Areas that are outside the tolerance today and were inside, worst first.
    pub left_band: Vec<DriftedArea>,
    /// Areas outside the tolerance today in all.
    pub out_of_band: u64,
    /// Units without an area today, for example new buildings.
    pub unassigned: u64,
    /// Their households.
    pub unassigned_households: u64,
    /// Areas in use.
    pub areas: u64,
    /// When the data were read.
    pub as_of: DateTime<Utc>,
    /// Data version.
    pub data_version: u64,
}

/// An area whose figures moved out of the tolerance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DriftedArea {
    /// Identity.
    pub id: Uuid,
    /// Number as the map shows it.
    pub label: String,
    /// Households when the plan was made.
    pub households_then: u64,
    /// Households today.
    pub households_now: u64,
    /// Deviation when the plan was made, basis points.
    pub deviation_then_bp: i32,
    /// Deviation today, basis points.
    pub deviation_now_bp: i32,
}

impl Services {
    /// What today's data make of the plan in force of a street.
    ///
    /// # Errors
    /// `Invalid` code, `NotFound` street.
    pub async fn drift(&self, street: &str) -> Result<Drift> {
        let street = regions::parse_code(street)?;
        let picture = self.picture();
        if street.level() != RegionLevel::Street || picture.region(street).is_none() {
            return Err(Error::NotFound(format!("street {street}")));
        }
        let mut drift = Drift {
            plan_id: None,
            plan_name: None,
            made_from: 0,
            band_bp: self.config().plan.band_bp,
            left_band: Vec::new(),
            out_of_band: 0,
            unassigned: 0,
            unassigned_households: 0,
            areas: 0,
            as_of: picture.as_of,
            data_version: picture.version,
        };
        let Some(found) = picture.in_force(street, self.now()) else {
            return Ok(drift);
        };
        let opened = self.redraw_open(found.plan.id.uuid()).await?;
        let today = opened.redraw();
        let totals = today.totals();
        for (at, row) in (0u32..).zip(&found.areas) {
            let Some(state) = today.area(at).filter(|state| state.out_of_band) else {
                continue;
            };
            if !row.out_of_band {
                drift.left_band.push(DriftedArea {
                    id: row.id.uuid(),
                    label: row.label(),
                    households_then: u64::from(row.households),
                    households_now: state.households,
                    deviation_then_bp: row.deviation_bp,
                    deviation_now_bp: state.deviation_bp,
                });
            }
        }
        let far = |area: &DriftedArea| std::cmp::Reverse(area.deviation_now_bp.unsigned_abs());
        drift.left_band.sort_by_key(far);
        Ok(Drift {
            plan_id: Some(found.plan.id.uuid()),
            plan_name: Some(found.plan.name.clone()),
            made_from: found.plan.data_version,
            band_bp: found.plan.settings.band_bp,
            out_of_band: u64::from(totals.out_of_band),
            unassigned: u64::from(totals.unassigned_units),
            unassigned_households: totals.unassigned_households,
            areas: u64::from(totals.areas),
            ..drift
        })
    }

    /// A draft that repairs the plan in force with the fewest changes: new buildings go to a neighbour first. What was
    /// done is its first step, so that it can be taken back and looked at.
    ///
    /// # Errors
    /// `Invalid` code, `NotFound` street, `Conflict` when no plan is in force.
    pub async fn repair(&self, actor: &Actor, street: &str, name: String) -> Result<PlanId> {
        let drift = self.drift(street).await?;
        let Some(from) = drift.plan_id else {
            return Err(Error::conflict(
                "no_plan_in_force",
                "该街道没有生效方案，无从修复；请先自动划分",
                "no plan is in force in this street: plan first",
            ));
        };
        let ask = NewPlan {
            from: Some(from),
            at_seq: None,
            street: None,
            name,
            weigh_by: None,
        };
        let draft = self.plan_new(actor, ask).await?;
        let opened = self.redraw_open(draft.uuid()).await?;
        let work = move || {
            let start = opened.redraw();
            let mut redraw = start.clone();
            let healed = redraw.heal();
            redraw
                .apply(&healed)
                .map_err(|error| Error::Internal(error.to_string()))?;
            let anew = redraw.anew();
            let possible = anew.ways().any(|way| way == Alternative::FewestChanges);
            let fewest = possible.then(|| {
                let effort = (1, super::DEFAULT_EFFORT);
                anew.draw(
                    Alternative::FewestChanges,
                    Wishes::default(),
                    effort,
                    &Silent,
                )
            });
            if let Some(way) = fewest {
                redraw
                    .apply(&way.moves)
                    .map_err(|error| Error::Internal(error.to_string()))?;
            }
            opened.stroke_to(&redraw, "按今日户数修复，换人最少")
        };
        let stroke: Option<Stroke> = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("repair: {error}")))??;
        if let Some(stroke) = stroke {
            let ask = super::editing::EditAsk {
                base_seq: 0,
                client: "repair".into(),
                strokes: vec![stroke],
            };
            self.edits_save(actor, draft.uuid(), ask).await?;
            self.settle(draft).await?;
        }
        plans::find(&self.picture(), draft.uuid())?;
        Ok(draft)
    }
}

impl super::redrawing::Opened {
    /// The stroke that leads from the stored plan to `to`; `None` when nothing differs.
    ///
    /// # Errors
    /// `NotFound` when the plan is gone.
    pub(super) fn stroke_to(
        &self,
        to: &crate::districting::redraw::Redraw,
        label: &str,
    ) -> Result<Option<Stroke>> {
        use crate::districting::redraw::UNASSIGNED;
        let ids = self.area_ids()?;
        let mut taken: BTreeSet<u32> = ids.iter().map(|(_, number)| *number).collect();
        let mut areas = Vec::new();
        let mut fresh: Vec<Uuid> = Vec::new();
        for _ in ids.len()..to.area_count() {
            let most = taken.len() as u32 + 1;
            let number = (1..=most).find(|number| !taken.contains(number));
            let number = number.unwrap_or(most);
            taken.insert(number);
            let id = Uuid::now_v7();
            fresh.push(id);
            areas.push(AreaChange {
                id,
                before: None,
                after: Some(crate::domain::AreaFields {
                    number,
                    name: format!("片区 {number:02}"),
                    locked: false,
                }),
            });
        }
        let identity = |area: u32| match area {
            UNASSIGNED => None,
            area => ids
                .get(area as usize)
                .map(|(id, _)| *id)
                .or_else(|| fresh.get(area as usize - ids.len()).copied()),
        };
        let mut groups: BTreeMap<(u32, u32), Vec<Uuid>> = BTreeMap::new();
        let both = self.redraw().area_of().iter().zip(to.area_of());
        for ((&from, &to), unit) in both.zip(self.unit_ids()) {
            if from != to {
                groups.entry((from, to)).or_default().push(unit);
            }
        }
        if groups.is_empty() {
            return Ok(None);
        }
        let used: BTreeSet<u32> = groups.keys().map(|(_, to)| *to).collect();
        areas.retain(|change| {
            let at = fresh.iter().position(|id| *id == change.id).unwrap_or(0) + ids.len();
            used.contains(&(at as u32))
        });
        Ok(Some(Stroke {
            id: Uuid::now_v7(),
            label: label.to_owned(),
            moves: groups
                .into_iter()
                .map(|((from, to), units)| MoveGroup {
                    from: identity(from),
                    to: identity(to),
                    units,
                })
                .collect(),
            areas,
            keepers: Vec::new(),
        }))
    }
}
