//! Merged, renumbered and split communities: rows move, codes end and name their successor, nothing is forgotten.
//!
//! Not an import of regions. Invariant: all of it in one transaction, and the dry run counts with the same code;
//! a plan that is being made is in the way, because its zones are those of the communities of before.

use super::super::error::{Error, Result};
use super::super::picture::Rows;
use super::super::regions::parse_code;
use super::super::{Services, rows};
use super::text;
use crate::domain::access::{GrantState, Scope};
use crate::domain::{
    Actor, AreaId, Building, Compound, CompoundId, Grid, GridId, Housekeeper, NewEvent, PlanState,
    Region, RegionCode, RegionId, RegionLevel, Unit, WaitingId,
};
use chrono::NaiveDate;
use geo::{BooleanOps, Centroid, Contains};
use geo_types::{Geometry, MultiPolygon};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// Merging a community into another, or giving it another code.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    /// The code that takes everything over; one that is not known yet is made, and needs a name.
    pub into: String,
    /// Name of a new code.
    pub name: Option<String>,
    /// Only say what would move.
    pub dry_run: bool,
}

/// Splitting compounds off.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitBody {
    /// The code of the new community; one that was merged into this community comes back.
    pub code: String,
    /// Its name; a code that comes back keeps its own unless another is given.
    pub name: Option<String>,
    /// The compounds that go, with their buildings.
    pub compounds: Vec<Uuid>,
    /// Only say what would move.
    pub dry_run: bool,
}

/// What moves, or moved.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RegionChange {
    /// The community that loses rows.
    pub from: String,
    /// Its name.
    pub from_name: String,
    /// The community that gets them.
    pub to: String,
    /// Its name.
    pub to_name: String,
    /// Whether `to` is made, or comes back.
    pub to_is_new: bool,
    /// Last day of the code `from`; `None` when it stays valid.
    pub from_ends: Option<NaiveDate>,
    /// Compounds.
    pub compounds: u64,
    /// Buildings.
    pub buildings: u64,
    /// Known households, estimates included.
    pub households: u64,
    /// Statutory grids.
    pub grids: u64,
    /// Buildings that belong to no grid afterwards, because their grid is cut.
    pub buildings_without_grid: u64,
    /// Housekeepers.
    pub housekeepers: u64,
    /// Areas of the plan in force, and of one that waits for its day.
    pub areas: u64,
    /// Areas that lie in both communities afterwards, and stay with `from`.
    pub areas_cut: u64,
    /// Rows that wait for a place.
    pub waiting: u64,
    /// Roles that hold in `from` alone, and see nothing of what moved until somebody decides.
    pub roles: u64,
    /// Quota policies of `from` alone, which do not move.
    pub policies: u64,
    /// Whether the outline of either community has to be drawn anew.
    pub outline_missing: bool,
    /// Whether it was done.
    pub done: bool,
    /// Day of the change.
    pub as_of: NaiveDate,
}

/// What will be written.
struct Move {
    from: Region,
    to: Region,
    regions: Vec<Region>,
    grids: Vec<Grid>,
    compounds: Vec<Compound>,
    buildings: Vec<Building>,
    housekeepers: Vec<Housekeeper>,
    areas: Vec<AreaId>,
    waiting: Vec<WaitingId>,
    view: RegionChange,
}

impl Services {
    /// Merges a community into another one of its street.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` code or name; `Conflict` with the plans in the way.
    pub async fn region_merge(
        &self,
        actor: &Actor,
        code: &str,
        ask: MergeBody,
    ) -> Result<RegionChange> {
        let _one_at_a_time = self.writer().await;
        let now = rows::read(self.store()).await?;
        let from = community(&now, code)?;
        let to = match known(&now, &ask.into)? {
            Some(to) if to.code == from.code => {
                return Err(Error::invalid(
                    "region_into_itself",
                    "不能并入自己，请另选社区",
                    "a community cannot be merged into itself",
                ));
            }
            Some(to) if to.is_replaced() => return Err(ended(&to)),
            Some(to) => in_street(&from, to.code).map(|()| to)?,
            None => made(&from, &ask.into, ask.name.as_deref())?,
        };
        let everything = Chosen {
            compounds: None,
            outline: None,
            today: self.today(self.now()),
        };
        let plan = self.plan_move(&now, from, to, &everything).await?;
        self.finish(actor, "region.merged", plan, ask.dry_run).await
    }

    /// Splits compounds off into a community of their own in the same street.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` code, name or compounds; `Conflict` with the plans in the way.
    pub async fn region_split(
        &self,
        actor: &Actor,
        code: &str,
        ask: SplitBody,
    ) -> Result<RegionChange> {
        let _one_at_a_time = self.writer().await;
        let now = rows::read(self.store()).await?;
        let from = community(&now, code)?;
        let to = match known(&now, &ask.code)? {
            Some(mut back) if back.successor == Some(from.code) => {
                if let Some(name) = text(ask.name.as_deref(), "名称", "name")? {
                    back.name = name;
                }
                (back.successor, back.valid_to) = (None, None);
                back
            }
            Some(taken) => {
                return Err(Error::invalid(
                    "region_code_taken",
                    format!("代码 {} 已是“{}”，请另给代码", taken.code, taken.name),
                    format!("the code {} is {}; give another", taken.code, taken.name),
                ));
            }
            None => made(&from, &ask.code, ask.name.as_deref())?,
        };
        let chosen: HashSet<CompoundId> = ask
            .compounds
            .iter()
            .map(|id| CompoundId::new(*id))
            .collect();
        let own = now
            .compounds
            .iter()
            .filter(|row| row.community == from.code);
        let (inside, rest): (Vec<_>, Vec<_>) = own.partition(|row| chosen.contains(&row.id));
        if inside.is_empty() || inside.len() != chosen.len() {
            return Err(Error::invalid(
                "split_compounds_unknown",
                format!("请选择“{}”的小区", from.name),
                format!("choose compounds of {}", from.name),
            ));
        }
        if rest.is_empty() {
            return Err(Error::invalid(
                "split_takes_all",
                "选中了全部小区：整体换码请用“合并”，并填写新代码",
                "these are all compounds: to renumber the community, merge it into a new code",
            ));
        }
        let some = Chosen {
            compounds: Some(chosen),
            outline: to.outline.clone(),
            today: self.today(self.now()),
        };
        let plan = self.plan_move(&now, from, to, &some).await?;
        self.finish(actor, "region.split", plan, ask.dry_run).await
    }

    /// What would move; refuses when a plan is in the way.
    async fn plan_move(
        &self,
        now: &Rows,
        from: Region,
        to: Region,
        chosen: &Chosen,
    ) -> Result<Move> {
        self.nothing_in_the_way(now, from.code)?;
        let (waiting, roles, policies) = {
            let mut lease = self.store().read().await?;
            let mut conn = lease.conn();
            (
                conn.waiting_list().await?,
                conn.grant_list(None).await?,
                conn.quota_policy_list().await?,
            )
        };
        let mut plan = chosen.plan(now, from, to);
        if chosen.compounds.is_none() {
            let mine = waiting
                .iter()
                .filter(|row| row.community == Some(plan.from.code));
            plan.waiting = mine.map(|row| row.id).collect();
        }
        let scope = Scope::Region(plan.from.code);
        let held = roles.iter().filter(|row| row.grant.scope == scope);
        plan.view.roles = held.filter(|row| row.state == GrantState::Active).count() as u64;
        let over = |end: Option<NaiveDate>| end.is_some_and(|end| end < chosen.today);
        plan.view.policies = policies
            .iter()
            .filter(|one| one.region == plan.from.code)
            .filter(|one| one.withdrawn_at.is_none() && !over(one.valid_to))
            .count() as u64;
        plan.view.waiting = plan.waiting.len() as u64;
        let in_use = now.plans.iter().filter(|rows| {
            matches!(
                rows.plan.state_at(self.now()),
                PlanState::InForce | PlanState::Scheduled
            )
        });
        let goes = chosen.goes(now, plan.from.code);
        for rows in in_use {
            let mut of_area: HashMap<AreaId, (u64, u64)> = HashMap::new();
            for one in &rows.assignments {
                let (gone, all) = of_area.entry(one.area).or_default();
                *all += 1;
                *gone += u64::from(goes.contains(&unit_id(one.unit)));
            }
            for area in rows.areas.iter().filter(|a| a.community == plan.from.code) {
                match of_area.get(&area.id).copied().unwrap_or_default() {
                    // Nobody's: it goes with the whole community only.
                    (0, 0) if chosen.compounds.is_some() => {}
                    (gone, all) if gone == all => plan.areas.push(area.id),
                    (0, _) => {}
                    _ => plan.view.areas_cut += 1,
                }
            }
        }
        plan.view.areas = plan.areas.len() as u64;
        Ok(plan)
    }

    fn nothing_in_the_way(&self, now: &Rows, from: RegionCode) -> Result<()> {
        let open: Vec<String> = now
            .plans
            .iter()
            .filter(|rows| rows.plan.street.contains(from))
            .map(|rows| (&rows.plan.name, rows.plan.state_at(self.now())))
            .filter(|(_, state)| {
                state.is_editable() || matches!(state, PlanState::InReview | PlanState::Approved)
            })
            .map(|(name, state)| format!("{name}（{}）", state.label_zh()))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        Err(Error::Conflict {
            code: "plans_in_the_way",
            zh: format!(
                "有 {} 个未完成的方案按原社区划片，请先发布、撤回或删除：{}",
                open.len(),
                open.join("、")
            ),
            en: format!(
                "{} plans are being made for the communities of before; publish, withdraw or delete them first",
                open.len()
            ),
            details: open,
        })
    }

    async fn finish(
        &self,
        actor: &Actor,
        kind: &str,
        mut plan: Move,
        dry_run: bool,
    ) -> Result<RegionChange> {
        if dry_run {
            return Ok(plan.view);
        }
        self.backup_automatically("regions").await?;
        let district = plan.from.district_code();
        let event = NewEvent {
            district_code: district,
            at: self.now(),
            actor: actor.id.to_string(),
            kind: kind.to_owned(),
            subject: plan.from.code.to_string(),
            payload: json!({ "by": actor.name, "to": plan.to.code, "compounds": plan.view.compounds,
                "buildings": plan.view.buildings, "households": plan.view.households }),
        };
        let mut tx = self.store().begin().await?;
        let mut conn = tx.conn();
        conn.region_upsert(&plan.regions).await?;
        conn.grid_upsert(&plan.grids).await?;
        conn.compound_upsert(&plan.compounds).await?;
        conn.building_upsert(&plan.buildings).await?;
        conn.housekeeper_upsert(&plan.housekeepers).await?;
        conn.patrol_area_community_set(district, &plan.areas, plan.to.code)
            .await?;
        conn.waiting_community_set(district, &plan.waiting, plan.to.code)
            .await?;
        conn.event_append(&event).await?;
        tx.commit().await?;
        self.reload().await?;
        plan.view.done = true;
        Ok(plan.view)
    }
}

/// What goes: some compounds, or everything.
struct Chosen {
    compounds: Option<HashSet<CompoundId>>,
    /// Of a code that comes back: what belongs to no compound goes when it lies inside.
    outline: Option<MultiPolygon<f64>>,
    today: NaiveDate,
}

impl Chosen {
    fn compound(&self, id: CompoundId) -> bool {
        self.compounds
            .as_ref()
            .is_none_or(|some| some.contains(&id))
    }

    fn building(&self, row: &Building) -> bool {
        match row.compound {
            Some(id) => self.compound(id),
            None => self.compounds.is_none() || self.outlines(&row.footprint),
        }
    }

    fn outlines(&self, place: &Geometry<f64>) -> bool {
        let middle = place.centroid();
        let outline = self.outline.as_ref();
        outline.is_some_and(|outline| middle.is_some_and(|point| outline.contains(&point)))
    }

    /// Identities of all compounds and buildings that go.
    fn goes(&self, now: &Rows, from: RegionCode) -> HashSet<Uuid> {
        let compounds = now.compounds.iter();
        let compounds = compounds.filter(|row| row.community == from && self.compound(row.id));
        let buildings = now.buildings.iter();
        let buildings = buildings.filter(|row| row.community == from && self.building(row));
        compounds
            .map(|row| row.id.uuid())
            .chain(buildings.map(|row| row.id.uuid()))
            .collect()
    }

    fn plan(&self, now: &Rows, mut from: Region, mut to: Region) -> Move {
        let goes = self.goes(now, from.code);
        let gone = |id: Uuid| goes.contains(&id);
        let here = |code: RegionCode| code == from.code;
        let mut grids: Vec<Grid> = Vec::new();
        let mut cut: HashSet<GridId> = HashSet::new();
        for grid in now.grids.iter().filter(|grid| here(grid.community)) {
            let inside = now.buildings.iter().filter(|row| row.grid == Some(grid.id));
            let (leave, stay): (Vec<_>, Vec<_>) = inside.partition(|row| gone(row.id.uuid()));
            match (leave.is_empty(), stay.is_empty()) {
                (false, false) => {
                    cut.insert(grid.id);
                }
                (false, true) => grids.push(grid.clone()),
                (true, true)
                    if self.compounds.is_none()
                        || self.outlines(&Geometry::MultiPolygon(grid.outline.clone())) =>
                {
                    grids.push(grid.clone());
                }
                (true, _) => {}
            }
        }
        let (mut without_grid, mut households) = (0, 0);
        let compounds: Vec<Compound> = now
            .compounds
            .iter()
            .filter(|row| gone(row.id.uuid()))
            .map(|row| Compound {
                community: to.code,
                ..row.clone()
            })
            .collect();
        let mut counted: HashMap<CompoundId, u64> = HashMap::new();
        let mut buildings = Vec::new();
        for row in now.buildings.iter().filter(|row| gone(row.id.uuid())) {
            let count = u64::from(row.households.count.unwrap_or_default());
            match row.compound {
                Some(id) => *counted.entry(id).or_default() += count,
                None => households += count,
            }
            let grid = row.grid.filter(|id| !cut.contains(id));
            without_grid += u64::from(row.grid.is_some() && grid.is_none());
            buildings.push(Building {
                community: to.code,
                grid,
                ..row.clone()
            });
        }
        // As staffing counts them: the compound's own count, else what its buildings add up to.
        for row in &compounds {
            let own = row.households.count.map(u64::from);
            households += own
                .or_else(|| counted.get(&row.id).copied())
                .unwrap_or_default();
        }
        let mut serves: HashMap<_, Vec<Option<CompoundId>>> = HashMap::new();
        for one in now
            .appointments
            .iter()
            .filter(|one| one.active_on(self.today))
        {
            serves
                .entry(one.housekeeper)
                .or_default()
                .push(one.compound);
        }
        // Who serves nowhere else goes along.
        let leaves = |keeper: &&Housekeeper| {
            here(keeper.community)
                && (self.compounds.is_none()
                    || serves.get(&keeper.id).is_some_and(|posts| {
                        posts.iter().all(|at| at.is_some_and(|id| gone(id.uuid())))
                    }))
        };
        let housekeepers: Vec<Housekeeper> = now
            .housekeepers
            .iter()
            .filter(leaves)
            .map(|row| Housekeeper {
                community: to.code,
                ..row.clone()
            })
            .collect();
        for grid in &mut grids {
            grid.community = to.code;
        }
        let to_is_new = !now
            .regions
            .iter()
            .any(|row| row.code == to.code && !row.is_replaced());
        if to_is_new {
            to.valid_from = Some(self.today);
        }
        let (source, target) = (from.code, to.code);
        let outlined = from.outline.is_some() || to.outline.is_some();
        let missing = if self.compounds.is_none() {
            to.outline = match (to.outline.take(), &from.outline) {
                (Some(a), Some(b)) => Some(a.union(b)),
                (None, Some(b)) if to_is_new => Some(b.clone()),
                (own, _) => own,
            };
            from.valid_to = self.today.pred_opt();
            from.successor = Some(target);
            outlined && (to.outline.is_none() || from.outline.is_none())
        } else {
            from.outline = match (from.outline.take(), &to.outline) {
                (Some(a), Some(b)) => Some(a.difference(b)),
                (own, _) => own,
            };
            outlined && to.outline.is_none()
        };
        let view = RegionChange {
            from: source.to_string(),
            from_name: from.name.clone(),
            to: target.to_string(),
            to_name: to.name.clone(),
            to_is_new,
            from_ends: from.successor.and(from.valid_to),
            compounds: compounds.len() as u64,
            buildings: buildings.len() as u64,
            households,
            grids: grids.len() as u64,
            buildings_without_grid: without_grid,
            housekeepers: housekeepers.len() as u64,
            areas: 0,
            areas_cut: 0,
            waiting: 0,
            roles: 0,
            policies: 0,
            outline_missing: missing,
            done: false,
            as_of: self.today,
        };
        Move {
            regions: vec![from.clone(), to.clone()],
            from,
            to,
            grids,
            compounds,
            buildings,
            housekeepers,
            areas: Vec::new(),
            waiting: Vec::new(),
            view,
        }
    }
}

const fn unit_id(unit: Unit) -> Uuid {
    match unit {
        Unit::Building(id) => id.uuid(),
        Unit::Compound(id) => id.uuid(),
        Unit::Stairwell(id) => id.uuid(),
    }
}

fn known(now: &Rows, text: &str) -> Result<Option<Region>> {
    let code = parse_code(text)?;
    Ok(now.regions.iter().find(|row| row.code == code).cloned())
}

/// The community that loses rows.
fn community(now: &Rows, code: &str) -> Result<Region> {
    let region = known(now, code)?.ok_or_else(|| Error::NotFound(format!("region {code}")))?;
    if region.level() != RegionLevel::Community {
        return Err(Error::invalid(
            "not_a_community",
            format!(
                "“{}”是{}，只能合并或拆分社区",
                region.name,
                region.level().label_zh()
            ),
            format!(
                "{} is a {}; only communities are merged or split",
                region.name,
                region.level()
            ),
        ));
    }
    if region.is_replaced() {
        return Err(ended(&region));
    }
    Ok(region)
}

fn ended(region: &Region) -> Error {
    let successor = region
        .successor
        .map(|code| code.to_string())
        .unwrap_or_default();
    Error::invalid(
        "region_ended",
        format!(
            "“{}”（{}）已停用，由 {successor} 接续",
            region.name, region.code
        ),
        format!(
            "{} ({}) has ended; {successor} took over",
            region.name, region.code
        ),
    )
}

/// Plans are made street by street: no community leaves its own this way.
fn in_street(from: &Region, code: RegionCode) -> Result<()> {
    if code.level() == RegionLevel::Community && code.parent() == from.parent() {
        return Ok(());
    }
    let street = from.parent().map(RegionCode::prefix).unwrap_or_default();
    Err(Error::invalid(
        "region_outside_street",
        format!("应是同一街道的社区：代码以 {street} 开头，共 12 位"),
        format!("it must be a community of the same street: 12 digits that begin with {street}"),
    ))
}

/// A community with a code that is not known yet.
fn made(from: &Region, code: &str, name: Option<&str>) -> Result<Region> {
    let code = parse_code(code)?;
    in_street(from, code)?;
    let name = text(name, "名称", "name")?.ok_or_else(|| {
        Error::invalid(
            "region_name_required",
            format!("代码 {code} 是新的，请填写社区名称"),
            format!("the code {code} is new; give the name of the community"),
        )
    })?;
    Ok(Region::new(RegionId::new(Uuid::now_v7()), code, name))
}
