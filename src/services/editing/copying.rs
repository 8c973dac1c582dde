//! New drafts by hand: a copy of a plan, as it is or as it was at a stroke, or an empty one.

use super::table::Table;
use super::{all_edits, caught_up, checked_name, require};
use crate::domain::{
    Actor, AreaId, PatrolArea, Plan, PlanFigures, PlanId, PlanSettings, PlanState, RegionCode,
    RegionLevel, WeighBy,
};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::picture::PlanRows;
use crate::services::regions::parse_code;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// What the new draft begins with.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The plan to copy; its areas get new identities, and keep numbers, names, keepers and locks.
    pub from: Option<Uuid>,
    /// Copy the state after this stroke, not the present one.
    pub at_seq: Option<i64>,
    /// The street of a draft without areas; not together with `from`.
    pub street: Option<String>,
    /// Name.
    pub name: String,
    /// What the draft weighs: `households` or `visits`; absent = as the plan that is copied, else households.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub weigh_by: Option<WeighBy>,
}

impl Services {
    /// Makes a draft by hand; gives its identity.
    ///
    /// # Errors
    /// `NotFound` plan or street, `Invalid` question.
    pub async fn plan_new(&self, actor: &Actor, ask: NewPlan) -> Result<PlanId> {
        let name = checked_name(&ask.name)?;
        let draft = match (ask.from, &ask.street) {
            (Some(from), None) => {
                self.copied(PlanId::new(from), ask.at_seq, ask.weigh_by)
                    .await?
            }
            (None, Some(street)) => self.blank(street, ask.weigh_by).await?,
            _ => {
                return Err(Error::invalid(
                    "new_plan_source",
                    "请给出要复制的方案（from），或空白草案的街道（street），二者取一",
                    "name the plan to copy (from) or the street of an empty draft (street), one of them",
                ));
            }
        };
        let plan = Plan {
            name,
            stored_state: PlanState::Draft,
            version: 1,
            created_at: self.now(),
            created_by: actor.clone(),
            effective_at: None,
            ended_at: None,
            note: None,
            edit_seq: 0,
            settled_seq: 0,
            ..draft.plan
        };
        let id = plan.id;
        self.store_draft(actor, &crate::services::planning::Draft { plan, ..draft })
            .await?;
        self.reload().await?;
        Ok(id)
    }

    /// Gives a plan another name.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` name; `Conflict` when `seen` is not its version.
    pub async fn plan_rename(&self, plan: Uuid, name: &str, seen: Option<i64>) -> Result<()> {
        let name = checked_name(name)?;
        let mut tx = self.store().begin().await?;
        let mut stored = require(&mut tx.conn(), PlanId::new(plan)).await?;
        crate::services::publishing::check_version(&stored, seen)?;
        stored.name = name;
        stored.version += 1;
        tx.conn().plan_update(&stored).await?;
        tx.commit().await?;
        self.reload().await
    }

    /// A plan as it was after a stroke; as it is when that is yet to come.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub(in crate::services) async fn plan_then(&self, plan: PlanId, seq: i64) -> Result<PlanRows> {
        let (source, table, areas) = self.table_at(plan, Some(seq)).await?;
        let draft = self.drawn(source, &table, areas).await?;
        Ok(PlanRows {
            plan: draft.plan,
            areas: draft.areas,
            assignments: draft.assignments,
            keepers: draft.keepers,
            hidden: HashSet::new(),
        })
    }

    /// A plan with its areas as they are stored, and the table of it after a stroke.
    async fn table_at(
        &self,
        plan: PlanId,
        at_seq: Option<i64>,
    ) -> Result<(Plan, Table, Vec<PatrolArea>)> {
        let seat = self.edit_desk().seat(plan);
        let mut guard = seat.lock().await;
        let mut lease = self.store().read().await?;
        let mut conn = lease.conn();
        let source = require(&mut conn, plan).await?;
        let mut table = caught_up(&mut conn, &source, &mut guard).await?.clone();
        if let Some(at) = at_seq.filter(|at| *at < table.seq) {
            let later = all_edits(&mut conn, &source, at.max(0)).await?;
            for edit in later.iter().rev() {
                table.apply(&edit.stroke.inverse(edit.stroke.id));
            }
        }
        let district = source.street.district_code();
        let areas = conn.patrol_area_list(district, plan).await?;
        Ok((source, table, areas))
    }

    async fn copied(
        &self,
        from: PlanId,
        at_seq: Option<i64>,
        weigh_by: Option<WeighBy>,
    ) -> Result<crate::services::planning::Draft> {
        let (source, mut table, areas) = self.table_at(from, at_seq).await?;
        let fresh: HashMap<Uuid, Uuid> = table
            .areas
            .keys()
            .map(|old| (*old, Uuid::now_v7()))
            .collect();
        let new = |old: &Uuid| fresh.get(old).copied();
        table.areas = table
            .areas
            .iter()
            .filter_map(|(old, fields)| Some((new(old)?, fields.clone())))
            .collect();
        for map in [&mut table.area_of, &mut table.seats] {
            *map = map
                .iter()
                .filter_map(|(key, old)| Some((*key, new(old)?)))
                .collect();
        }
        let drafted = source.stored_state != PlanState::Scheduled;
        let areas: Vec<PatrolArea> = areas
            .into_iter()
            .filter_map(|area| {
                let id = AreaId::new(new(&area.id.uuid())?);
                // A copy of a draft continues what the draft continued; one of a plan that was in force, that plan.
                let origin = if drafted { area.origin } else { Some(area.id) };
                Some(PatrolArea { id, origin, ..area })
            })
            .collect();
        let plan = Plan {
            id: PlanId::new(Uuid::now_v7()),
            stored_state: PlanState::Draft,
            settings: PlanSettings {
                weigh_by: weigh_by.unwrap_or(source.settings.weigh_by),
                ..source.settings
            },
            ..source
        };
        self.drawn(plan, &table, areas).await
    }

    async fn blank(
        &self,
        street: &str,
        weigh_by: Option<WeighBy>,
    ) -> Result<crate::services::planning::Draft> {
        let street: RegionCode = parse_code(street)?;
        if street.level() != RegionLevel::Street || self.picture().region(street).is_none() {
            return Err(Error::NotFound(format!("street {street}")));
        }
        let defaults = &self.config().plan;
        let plan = Plan {
            id: PlanId::new(Uuid::now_v7()),
            street,
            name: String::new(),
            stored_state: PlanState::Draft,
            version: 1,
            created_at: self.now(),
            created_by: self.operator(),
            effective_at: None,
            ended_at: None,
            seed: 1,
            settings: PlanSettings {
                target_households: defaults.target_households,
                band_bp: defaults.band_bp,
                keepers_per_area: defaults.keepers_per_area,
                weigh_by: weigh_by.unwrap_or_default(),
                ..PlanSettings::default()
            },
            data_version: 0,
            figures: PlanFigures::default(),
            zones: Vec::new(),
            splits: Vec::new(),
            problems: Vec::new(),
            note: None,
            edit_seq: 0,
            settled_seq: 0,
        };
        self.drawn(plan, &Table::default(), Vec::new()).await
    }
}
