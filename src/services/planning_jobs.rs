//! Plans as background jobs: one draft per street, stored with settings, seed and data version.

use super::error::{Error, Result};
use super::jobs::{Job, JobKind, JobProgress, JobResult, ZoneImproved};
use super::picture::{PlanRows, Rows};
use super::planning::{self, Draft, PlanningError, Tiers};
use super::planning_rows::ByStreet;
use super::{Services, lineage, publishing};
use crate::districting::{self, Phase, Progress, ProgressReport};
use crate::domain::{
    Actor, AreaId, NewEvent, PatrolArea, Plan, PlanId, PlanSettings, RegionCode, RegionLevel, Unit,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

/// Iterations per unit when nothing else is asked.
pub const DEFAULT_EFFORT: u64 = 40;
/// Bounds of a sensible target.
pub const TARGET_HOUSEHOLDS: std::ops::RangeInclusive<u32> = 20..=20_000;
/// Bounds of a sensible band.
pub const BAND_BP: std::ops::RangeInclusive<u32> = 100..=9_000;

/// What to plan.
#[derive(Debug, Clone)]
pub struct PlanRequest {
    /// A street, a community, or anything above a street.
    pub region: RegionCode,
    /// Settings.
    pub settings: PlanSettings,
    /// Seed.
    pub seed: u64,
    /// Iterations per unit.
    pub effort: u64,
    /// Name.
    pub name: Option<String>,
}

impl Services {
    /// Starts a plan; the job's result names the drafts.
    ///
    /// # Errors
    /// `Invalid` settings, `NotFound` region, `Busy`.
    pub fn plan_start(&self, actor: &Actor, request: PlanRequest) -> Result<(Uuid, Arc<Job>)> {
        self.plan_begin(actor, request, None)
    }

    /// The same on rows that were read already; the picture stays as it is.
    ///
    /// # Errors
    /// As [`Self::plan_start`].
    pub fn plan_start_on(
        &self,
        rows: Arc<Rows>,
        actor: &Actor,
        request: PlanRequest,
    ) -> Result<Arc<Job>> {
        Ok(self.plan_begin(actor, request, Some(rows))?.1)
    }

    fn plan_begin(
        &self,
        actor: &Actor,
        request: PlanRequest,
        rows: Option<Arc<Rows>>,
    ) -> Result<(Uuid, Arc<Job>)> {
        check(&request)?;
        let known = match &rows {
            Some(rows) => rows.regions.iter().any(|r| r.code == request.region),
            None => self.picture().region(request.region).is_some(),
        };
        if !known {
            return Err(Error::NotFound(format!("region {}", request.region)));
        }
        let (id, job) = self.jobs().start(JobKind::Plan, self.now())?;
        let job = job.owned_by(actor.id);
        let (services, actor, worker) = (self.clone(), actor.clone(), job.clone());
        tokio::spawn(async move {
            let outcome = services.plan_run(&actor, request, rows, &worker).await;
            if let Err(error) = &outcome
                && !worker.cancelled()
            {
                tracing::warn!(job.id = %id, %error, "plan.failed");
            }
            worker.finish(outcome);
        });
        Ok((id, job))
    }

    /// A plan as it is stored.
    ///
    /// # Errors
    /// `NotFound`, and the store's own.
    pub async fn plan_stored(&self, id: Uuid) -> Result<Plan> {
        let mut lease = self.store().read().await?;
        let plan = lease.conn().plan_find(PlanId::new(id)).await?;
        plan.ok_or_else(|| Error::NotFound(format!("plan {id}")))
    }

    async fn plan_run(
        &self,
        actor: &Actor,
        request: PlanRequest,
        rows: Option<Arc<Rows>>,
        job: &Arc<Job>,
    ) -> Result<JobResult> {
        let shown = rows.is_none();
        job.phase("load", 0, 0);
        let rows = match rows {
            Some(rows) => rows,
            None => self.read_rows().await?,
        };
        let result = self
            .plan_drafts(actor, &rows, &request, &[request.region], job)
            .await?;
        if shown {
            self.reload().await?;
        }
        Ok(result)
    }

    /// One stored draft for every street inside `regions` that holds anything; the picture is not read again.
    pub(super) async fn plan_drafts(
        &self,
        actor: &Actor,
        rows: &Arc<Rows>,
        request: &PlanRequest,
        regions: &[RegionCode],
        job: &Arc<Job>,
    ) -> Result<JobResult> {
        let tiers = Arc::new(self.tiers_read().await?);
        let mut streets = Vec::new();
        let by_street = ByStreet::new(&**rows);
        for region in regions {
            streets.extend(by_street.streets(*region));
        }
        if streets.is_empty() {
            return Err(Error::invalid(
                "region_empty",
                format!("区划 {} 内没有小区或楼栋，请先导入", request.region),
                format!(
                    "region {} holds neither compounds nor buildings; import some first",
                    request.region
                ),
            ));
        }
        let mut result = JobResult::default();
        for street in streets {
            let base = rows
                .plans
                .iter()
                .position(|p| p.plan.street == street && p.plan.in_force_at(self.now()));
            let ask = (
                request.clone(),
                street,
                (by_street.rows_of(street), tiers.clone()),
            );
            let base = base.map(|at| (rows.clone(), at));
            let draft = self.plan_street(actor, ask, base, job.clone()).await?;
            job.phase("store", 0, 0);
            result.plan_ids.push(draft.plan.id.uuid());
            self.store_draft(actor, &draft).await?;
        }
        result.plan_id = result.plan_ids.first().copied();
        Ok(result)
    }

    /// Plans one street; `base` is its plan in force, as a position among all rows.
    async fn plan_street(
        &self,
        actor: &Actor,
        (request, street, (rows, tiers)): (PlanRequest, RegionCode, (Rows, Arc<Tiers>)),
        base: Option<(Arc<Rows>, usize)>,
        job: Arc<Job>,
    ) -> Result<Draft> {
        let only = (request.region.level() == RegionLevel::Community).then_some(request.region);
        let now = self.now();
        let (actor, policy, today) = (
            actor.clone(),
            self.picture().policy_at(street),
            self.today(now),
        );
        let work = move || -> Result<Draft> {
            let ask = planning::Request {
                rows: &rows,
                tiers: &tiers,
                street,
                only,
                settings: request.settings,
                seed: request.seed,
                effort: request.effort,
                policy,
                name: request.name,
                actor: &actor,
                now,
                today,
            };
            let base = base.as_ref().map(|(all, at)| &all.plans[*at]);
            let weighs = base.map(|base| base.plan.settings.weigh_by);
            if only.is_some() && weighs.is_some_and(|by| by != ask.settings.weigh_by) {
                // The other communities keep their areas with deviations of the other measure.
                return Err(Error::conflict(
                    "weigh_by_differs",
                    "只重划一个社区时，须与现行方案按同样的口径（户数或走访量）均衡；要换口径，请重划整个街道",
                    "a community is planned anew by what the plan in force weighs (households or visits); plan the whole street to change that",
                ));
            }
            let mut draft = planning::draft(&ask, &Reporter(&job)).map_err(planning_error)?;
            if let (Some(only), Some(base)) = (only, base) {
                publishing::keep_other_communities(&mut draft, base, only);
            }
            draft.plan.figures.unassigned = count_unassigned(&rows, &draft, street);
            draft.plan.figures.changed_households =
                base.map(|base| continue_from(&rows, base, &mut draft));
            Ok(draft)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("planning: {error}")))?
    }

    pub(super) async fn store_draft(&self, actor: &Actor, draft: &Draft) -> Result<()> {
        let _one_at_a_time = self.writer().await;
        let district = draft.plan.street.district_code();
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.plan_insert(&draft.plan).await?;
        conn.patrol_area_insert(district, &draft.areas).await?;
        conn.assignment_insert(district, draft.plan.id, &draft.assignments)
            .await?;
        conn.area_keeper_insert(district, &draft.keepers).await?;
        conn.event_append(&NewEvent {
            district_code: district,
            at: draft.plan.created_at,
            actor: actor.id.to_string(),
            kind: "plan.drafted".into(),
            subject: draft.plan.id.to_string(),
            payload: serde_json::json!({ "street": draft.plan.street.to_string(), "areas": draft.areas.len(), "by": actor.name }),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

struct Reporter<'a>(&'a Job);

impl Progress for Reporter<'_> {
    fn report(&self, report: &ProgressReport) {
        self.0.progress(JobProgress {
            phase: match report.phase {
                Phase::Divide => "divide",
                Phase::Improve => "improve",
                Phase::Done => "done",
            }
            .to_owned(),
            done: report.done_zones as u64,
            total: report.zones as u64,
            worst_deviation_bp: Some(i64::from(report.worst_deviation_bp)),
            out_of_band: Some(report.areas_out_of_band as u64),
            improved: report.improved.map(|plan| ZoneImproved {
                zone: plan.zone,
                worst_deviation_bp: i64::from(plan.worst_deviation_bp),
                key: plan.key,
            }),
        });
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

fn planning_error(error: PlanningError) -> Error {
    match error {
        PlanningError::Cancelled => Error::conflict("cancelled", "已取消", "cancelled"),
        PlanningError::Empty(region) => Error::invalid(
            "region_empty",
            format!("区划 {region} 内没有小区或楼栋，请先导入"),
            format!("region {region} holds neither compounds nor buildings; import some first"),
        ),
        PlanningError::Graph(why) => Error::Internal(why),
    }
}

fn check(request: &PlanRequest) -> Result<()> {
    let settings = &request.settings;
    if !TARGET_HOUSEHOLDS.contains(&settings.target_households) {
        return Err(Error::invalid(
            "target_out_of_range",
            format!(
                "每片区户数应在 20 到 20000 之间，而不是 {}",
                settings.target_households
            ),
            format!(
                "households per area must be 20 to 20000, not {}",
                settings.target_households
            ),
        ));
    }
    if !BAND_BP.contains(&settings.band_bp) {
        return Err(Error::invalid(
            "band_out_of_range",
            format!(
                "容差应在 1 % 到 90 % 之间，而不是 {} %",
                f64::from(settings.band_bp) / 100.0
            ),
            format!(
                "the tolerance must be 1 % to 90 %, not {} %",
                f64::from(settings.band_bp) / 100.0
            ),
        ));
    }
    if !(1..=20).contains(&settings.keepers_per_area) {
        return Err(Error::invalid(
            "keepers_out_of_range",
            format!(
                "每片区小管家应为 1 到 20 名，而不是 {}",
                settings.keepers_per_area
            ),
            format!(
                "keepers per area must be 1 to 20, not {}",
                settings.keepers_per_area
            ),
        ));
    }
    Ok(())
}

fn weights(rows: &Rows) -> HashMap<Unit, (RegionCode, u32)> {
    let with_buildings: std::collections::HashSet<_> = rows
        .buildings
        .iter()
        .filter_map(|building| building.compound)
        .collect();
    let buildings = rows.buildings.iter().map(|building| {
        (
            Unit::Building(building.id),
            (building.community, building.households.count.unwrap_or(0)),
        )
    });
    let compounds = rows
        .compounds
        .iter()
        .filter(|compound| !with_buildings.contains(&compound.id))
        .map(|compound| {
            (
                Unit::Compound(compound.id),
                (compound.community, compound.households.count.unwrap_or(0)),
            )
        });
    buildings.chain(compounds).collect()
}

fn count_unassigned(rows: &Rows, draft: &Draft, street: RegionCode) -> u32 {
    let mut weights = weights(rows);
    for assignment in &draft.assignments {
        weights.remove(&assignment.unit);
    }
    weights
        .values()
        .filter(|(community, count)| *count > 0 && street.contains(*community))
        .count() as u32
}

/// Notes which area of the plan in force each area of a draft continues; gives the households whose keepers change.
fn continue_from(rows: &Rows, base: &PlanRows, draft: &mut Draft) -> u64 {
    let weights = weights(rows);
    let number = |areas: &[PatrolArea]| -> HashMap<AreaId, u32> {
        areas.iter().map(|area| area.id).zip(0u32..).collect()
    };
    let (before, after) = (number(&base.areas), number(&draft.areas));
    let old: HashMap<Unit, AreaId> = base.assignments.iter().map(|a| (a.unit, a.area)).collect();
    let units: Vec<(u32, u32, u64)> = draft
        .assignments
        .iter()
        .filter_map(|assignment| {
            let weight = u64::from(weights.get(&assignment.unit)?.1);
            let was = before.get(old.get(&assignment.unit)?)?;
            Some((*was, *after.get(&assignment.area)?, weight))
        })
        .collect();
    // Areas of other communities were copied and know it; the others are matched by the households in common.
    let copied = draft.areas.iter().any(|area| area.origin.is_some());
    let (was, is) = (lineage::kin(&base.areas), lineage::kin(&draft.areas));
    let mut heirs = if copied {
        lineage::heirs_between(&was, &is, std::iter::empty())
    } else {
        BTreeMap::new()
    };
    let known: HashSet<u32> = heirs.values().copied().collect();
    let left =
        |&(old, new, _): &(u32, u32, u64)| !heirs.contains_key(&old) && !known.contains(&new);
    let by_overlap = districting::heirs(units.iter().copied().filter(left));
    heirs.extend(by_overlap);
    for (old, new) in &heirs {
        draft.areas[*new as usize].origin = Some(base.areas[*old as usize].id);
    }
    let moved = units
        .iter()
        .filter(|(old, new, _)| heirs.get(old) != Some(new));
    moved.map(|(_, _, weight)| weight).sum()
}
