//! Editing a plan by hand: what the screen needs to begin, and answers to "what if".
//!
//! The page holds the edited plan and its undo steps; every request names the changes against the stored plan, so
//! nothing is lost when a server restarts. The prepared graph of the last few plans stays in memory, which is what
//! makes an answer fast. Invariant: nothing here writes, and an answer belongs to one data version.

mod alternatives;
mod checks;
mod comparison;
mod paper;
mod paper_views;
mod sentences;
mod sheet;
mod views;

pub(super) use comparison::natural;
pub use comparison::{AreaSide, ComparedArea, ComparedPlan, ComparedUnit, Comparison, Handover};
pub use paper_views::{MeetingSheet, PaperSheets};
pub use views::{
    AlternativeView, AlternativesEvent, BaselineArea, ChangeView, ChangesView, OutlineView,
    OutlinesView, Proposal, RedrawArea, RedrawAreaState, RedrawAsk, RedrawFigures, RedrawMoves,
    RedrawPerson, RedrawRules, RedrawSheet, RedrawTotals, RedrawUnits, SuggestionView,
    SuggestionsView,
};

use super::error::{Error, Result};
use super::picture::{NO_AREA, Picture, PlanPicture};
use super::planning_rows::ByStreet;
use super::{Services, lineage, planning, plans};
use crate::districting::reasons::{self, DISSOLVED};
use crate::districting::redraw::{Ground, MoveError, Redraw, UNASSIGNED};
use crate::domain::{AreaId, PlanId, Unit};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Prepared plans that are kept.
const KEPT: u64 = 8;
/// Suggestions of one answer, at most.
pub const MOST_SUGGESTIONS: usize = 50;

/// A plan prepared for editing, with the data it belongs to.
pub struct Opened {
    picture: Arc<Picture>,
    plan: PlanId,
    /// What it is compared with: the plan in force unless it was asked for another one.
    base: Option<Compared>,
    /// Unit by its number, with its place (lon, lat).
    units: Vec<(Unit, [f64; 2])>,
    /// Visits a month of every unit.
    visits: Vec<u32>,
    start: Redraw,
    baseline: Vec<u32>,
    tiling: planning::Tiling,
}

/// What a plan is compared with.
enum Compared {
    /// A plan of the picture.
    Stored(PlanId),
    /// A plan as it was.
    Then(Box<PlanPicture>),
}

impl Compared {
    fn of<'a>(&'a self, picture: &'a Picture) -> Option<&'a PlanPicture> {
        match self {
            Self::Stored(id) => picture.plan(*id),
            Self::Then(plan) => Some(plan),
        }
    }
}

/// Where plans are prepared and searched.
pub struct RedrawDesk {
    /// The prepared plans of the current data.
    opened: Cache<Key, Arc<Opened>>,
    /// Who may search.
    turns: Arc<Semaphore>,
}

/// A plan, what it is compared with, and the data version.
type Key = (PlanId, Option<Base>, u64);

/// What a plan is compared with: a plan as it is, or as it was after a stroke.
type Base = (PlanId, Option<i64>);

impl RedrawDesk {
    /// Forgets everything: the data changed. A prepared plan holds all the data it belongs to.
    pub fn clear(&self) {
        self.opened.invalidate_all();
    }
}

impl Default for RedrawDesk {
    fn default() -> Self {
        Self {
            opened: Cache::new(KEPT),
            turns: Arc::new(Semaphore::new(alternatives::SEARCHES)),
        }
    }
}

impl Services {
    /// The same with every stroke that was made so far in the stored rows.
    ///
    /// # Errors
    /// As [`Self::redraw_open`].
    pub async fn redraw_settled(&self, plan: Uuid) -> Result<Arc<Opened>> {
        self.settle(PlanId::new(plan)).await?;
        self.redraw_open(plan).await
    }

    /// Prepares a plan for editing, or finds it prepared.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` when the street holds nothing.
    pub async fn redraw_open(&self, plan: Uuid) -> Result<Arc<Opened>> {
        self.redraw_against(plan, None).await
    }

    /// The same against a plan that is named, not the one in force; if a stroke is named too, as the plan was after it.
    ///
    /// # Errors
    /// As [`Self::redraw_open`]; `Conflict` when the plans belong to different streets.
    pub async fn redraw_against(
        &self,
        plan: Uuid,
        with: Option<(Uuid, Option<i64>)>,
    ) -> Result<Arc<Opened>> {
        let picture = self.picture();
        let now = self.now();
        let street = plans::find(&picture, plan)?.plan.street;
        let base = match with {
            None => picture.in_force(street, now),
            Some((base, _)) => Some(plans::find(&picture, base)?),
        };
        let at_seq = with.and_then(|(_, at_seq)| at_seq);
        if base.is_some_and(|base| base.plan.street != street) {
            return Err(Error::conflict(
                "plans_of_two_streets",
                "两个方案属于不同街道，不能对比",
                "the plans belong to different streets and cannot be compared",
            ));
        }
        let plan = PlanId::new(plan);
        let base = base.map(|base| (base.plan.id, at_seq));
        let base = base.filter(|(base, at_seq)| *base != plan || at_seq.is_some());
        let key = (plan, base, picture.version);
        if let Some(opened) = self.redraw_desk().opened.get(&key) {
            return Ok(opened);
        }
        let base = match base {
            None => None,
            Some((base, None)) => Some(Compared::Stored(base)),
            Some((base, Some(seq))) => {
                let then = self.plan_then(base, seq).await?;
                Some(Compared::Then(Box::new(picture.plan_picture(then))))
            }
        };
        let tiers = self.visits().tiers();
        let weighed = tiers.clone();
        let work = move || Opened::prepare(picture, &weighed, plan, base);
        let opened = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("opening a plan: {error}")))??;
        let opened = Arc::new(opened);
        // Counts that changed meanwhile make it one for this answer only.
        if Arc::ptr_eq(&tiers, &self.visits().tiers()) {
            self.redraw_desk().opened.insert(key, opened.clone());
        }
        Ok(opened)
    }
}

impl Opened {
    fn prepare(
        picture: Arc<Picture>,
        tiers: &planning::Tiers,
        plan: PlanId,
        base: Option<Compared>,
    ) -> Result<Self> {
        let found = plans::find(&picture, plan.uuid())?;
        let rows = ByStreet::new(&*picture).rows_of(found.plan.street);
        let policy = picture.policy_at(found.plan.street);
        let graph = planning::graph_of(&rows, tiers, &found.plan, policy).map_err(|error| {
            Error::invalid(
                "region_empty",
                format!("该方案的街道内没有小区或楼栋：{error}"),
                format!("nothing to redraw: {error}"),
            )
        })?;
        let planning::StreetGraph {
            units,
            households,
            visits,
            graph,
            settings,
            tiling,
        } = graph;
        let areas = areas_of(&picture, found, &units);
        let baseline = match base.as_ref().and_then(|base| base.of(&picture)) {
            None => areas.clone(),
            Some(base) => {
                let before = areas_of(&picture, base, &units);
                let households = households.iter().copied();
                let heirs = lineage::heirs_between(
                    &lineage::kin(&base.areas),
                    &lineage::kin(&found.areas),
                    lineage::shared(&before, &areas, households),
                );
                lineage::in_numbers_of(&heirs, &before)
            }
        };
        let ground = Arc::new(Ground::new(graph, settings).counting(households));
        let start = Redraw::new(ground, &areas, &baseline).with_areas(found.areas.len());
        Ok(Self {
            picture,
            plan,
            base,
            units,
            visits,
            start,
            baseline,
            tiling,
        })
    }

    /// The stored plan, ready for questions.
    pub(super) fn redraw(&self) -> &Redraw {
        &self.start
    }

    /// Identity and number of the areas, in their order.
    pub(super) fn area_ids(&self) -> Result<Vec<(Uuid, u32)>> {
        let areas = &self.found()?.areas;
        Ok(areas
            .iter()
            .map(|area| (area.id.uuid(), area.number))
            .collect())
    }

    /// Identities of the units, in their order.
    pub(super) fn unit_ids(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.units.iter().map(|(unit, _)| planning::unit_id(*unit))
    }

    fn found(&self) -> Result<&PlanPicture> {
        plans::find(&self.picture, self.plan.uuid())
    }

    /// The plan that this one was opened against.
    fn base_plan(&self) -> Result<&PlanPicture> {
        self.base
            .as_ref()
            .and_then(|base| base.of(&self.picture))
            .ok_or_else(|| {
                Error::conflict(
                    "no_plan_in_force",
                    "该街道没有其他生效方案，无从比较",
                    "no other plan is in force in this street: there is nothing to compare with",
                )
            })
    }

    /// The plan with the changes of a request.
    fn with(&self, ask: &RedrawAsk) -> Result<(Redraw, Vec<u32>)> {
        self.refuse_stale(ask)?;
        ask.wishes()?;
        if let (Some(order), Some(area_of)) = (&ask.areas_order, &ask.area_of) {
            return self.of_page(order, area_of, ask);
        }
        let mut redraw = self.start.clone();
        let moves = ask.changes.iter().map(|&[unit, area]| {
            let unit = u32::try_from(unit).unwrap_or(UNASSIGNED);
            // A number that is none is refused as an unknown area.
            let area = match area {
                -1 => UNASSIGNED,
                area => u32::try_from(area).unwrap_or(UNASSIGNED - 1),
            };
            (unit, area)
        });
        let moves: Vec<(u32, u32)> = moves.collect();
        let touched = redraw.apply(&moves).map_err(Self::refused)?;
        // Locks are those of now; what was changed before an area was locked stays changed.
        ask.locked_areas
            .iter()
            .for_each(|&area| redraw.lock(area, true));
        Ok((redraw, touched))
    }

    /// The plan as a page has it, in the page's numbers.
    fn of_page(
        &self,
        order: &[Uuid],
        area_of: &[i64],
        ask: &RedrawAsk,
    ) -> Result<(Redraw, Vec<u32>)> {
        let fits = area_of.len() == self.units.len()
            && ask.changes.is_empty()
            && area_of
                .iter()
                .all(|area| (-1..order.len() as i64).contains(area));
        if !fits {
            return Err(Error::invalid(
                "area_of_invalid",
                format!(
                    "area_of 应有 {} 项，每项是 areas_order 里的位置或 -1，且不与 changes 同用；请重新载入方案",
                    self.units.len()
                ),
                format!(
                    "area_of has {} entries, each a place in areas_order or -1, and goes without changes; reload the plan",
                    self.units.len()
                ),
            ));
        }
        let places: HashMap<Uuid, u32> = order.iter().copied().zip(0u32..).collect();
        let stored = &self.found()?.areas;
        let baseline: Vec<u32> = self
            .baseline
            .iter()
            .map(|&area| match stored.get(area as usize) {
                Some(area) => places.get(&area.id.uuid()).copied().unwrap_or(DISSOLVED),
                None => area,
            })
            .collect();
        let own: Vec<u32> = area_of
            .iter()
            .map(|&area| u32::try_from(area).unwrap_or(UNASSIGNED))
            .collect();
        let mut redraw =
            Redraw::new(self.start.ground().clone(), &own, &baseline).with_areas(order.len());
        ask.locked_areas
            .iter()
            .for_each(|&area| redraw.lock(area, true));
        Ok((redraw, Vec::new()))
    }

    /// Display outlines of the areas asked for (of all when none is named), in the numbers of the question.
    ///
    /// # Errors
    /// As [`Self::figures`].
    pub fn outlines(&self, ask: &RedrawAsk) -> Result<OutlinesView> {
        let (redraw, touched) = self.with(ask)?;
        let wanted = match &ask.areas {
            Some(areas) => areas.clone(),
            None if touched.is_empty() => (0..redraw.area_count() as u32).collect(),
            None => touched,
        };
        let outlines = self
            .tiling
            .of(redraw.area_of(), redraw.area_count(), &wanted);
        Ok(OutlinesView {
            items: outlines
                .into_iter()
                .map(|(area, outline)| OutlineView {
                    area,
                    outline: serde_json::to_value(geojson::GeometryValue::from(&outline))
                        .unwrap_or_default(),
                })
                .collect(),
            data_version: self.picture.version,
        })
    }

    /// The areas that the changes touch, and the whole.
    ///
    /// # Errors
    /// `Conflict` when data or plan have moved on; `Invalid` for unknown or locked units and areas.
    pub fn figures(&self, ask: &RedrawAsk) -> Result<RedrawFigures> {
        let (redraw, touched) = self.with(ask)?;
        Ok(RedrawFigures::of(&redraw, &touched, self.picture.version))
    }

    /// The best next moves.
    ///
    /// # Errors
    /// As [`Self::figures`].
    pub fn best_moves(&self, ask: &RedrawAsk) -> Result<SuggestionsView> {
        let (redraw, _) = self.with(ask)?;
        let limit = (ask.limit.unwrap_or(5) as usize).min(MOST_SUGGESTIONS);
        let price = i64::from(ask.price.unwrap_or(0));
        Ok(SuggestionsView {
            items: redraw
                .best_moves(price, limit)
                .into_iter()
                .map(SuggestionView::from)
                .collect(),
            data_version: self.picture.version,
        })
    }

    /// Moves that balance the areas asked for, with their neighbours up to eight; not applied.
    ///
    /// # Errors
    /// As [`Self::figures`]; `Invalid` when no area is named.
    pub fn rebalance(&self, ask: &RedrawAsk) -> Result<Proposal> {
        let (redraw, touched) = self.with(ask)?;
        let asked = ask.areas.as_ref().unwrap_or(&touched);
        if asked.is_empty() {
            return Err(Error::invalid(
                "areas_missing",
                "请指出要重新均衡的片区（areas），或先做改动",
                "name the areas to balance anew (areas), or change something first",
            ));
        }
        let chosen = if ask.neighbours.unwrap_or(true) {
            redraw.neighbourhood(asked)
        } else {
            asked.clone()
        };
        let moves = redraw.rebalance(&chosen, ask.seed.unwrap_or(1));
        self.proposal(redraw, chosen, &moves)
    }

    /// Moves that give every stray piece and every unassigned unit to a neighbouring area; not applied.
    ///
    /// # Errors
    /// As [`Self::figures`].
    pub fn heal(&self, ask: &RedrawAsk) -> Result<Proposal> {
        let (redraw, _) = self.with(ask)?;
        let moves = redraw.heal();
        let mut areas: Vec<u32> = moves.iter().map(|&(_, area)| area).collect();
        let left = moves
            .iter()
            .map(|&(unit, _)| redraw.area_of()[unit as usize]);
        areas.extend(left.filter(|&area| area != UNASSIGNED));
        areas.sort_unstable();
        areas.dedup();
        self.proposal(redraw, areas, &moves)
    }

    fn proposal(
        &self,
        mut redraw: Redraw,
        areas: Vec<u32>,
        moves: &[(u32, u32)],
    ) -> Result<Proposal> {
        let before = RedrawFigures::of(&redraw, &areas, self.picture.version);
        redraw.apply(moves).map_err(Self::refused)?;
        Ok(Proposal {
            moves: RedrawMoves::of(moves),
            after: RedrawFigures::of(&redraw, &areas, self.picture.version),
            before,
            areas,
        })
    }

    /// Every unit whose area is not the heir of its area in the plan in force, with a sentence that says why.
    ///
    /// # Errors
    /// `NotFound` when the plan is gone; `Conflict` when no other plan is in force.
    pub fn changes(&self) -> Result<ChangesView> {
        let (found, base) = (self.found()?, self.base_plan()?);
        let before = areas_of(&self.picture, base, &self.units);
        let ground = self.start.ground();
        let households = (0..self.units.len() as u32).map(|unit| ground.households(unit));
        let heirs = lineage::heirs_between(
            &lineage::kin(&base.areas),
            &lineage::kin(&found.areas),
            lineage::shared(&before, self.start.area_of(), households),
        );
        let changes = reasons::changes(ground, &before, self.start.area_of(), heirs);
        let name = |plan: &PlanPicture, area: u32| {
            plan.areas.get(area as usize).map(|area| area.name.clone())
        };
        let households = |unit: u32| ground.households(unit);
        let by = found.plan.settings.weigh_by;
        let items: Vec<ChangeView> = changes
            .iter()
            .map(|change| {
                let unit = self.units[change.unit as usize].0;
                let from = name(base, change.from);
                let to = name(found, change.to);
                let [reason_zh, reason_en] =
                    sentences::reason(change.reason, by, from.as_deref(), to.as_deref());
                ChangeView {
                    id: planning::unit_id(unit),
                    kind: kind(unit).to_owned(),
                    name: self.unit_name(unit),
                    households: households(change.unit),
                    from,
                    to,
                    reason_code: sentences::code(change.reason).to_owned(),
                    reason_zh,
                    reason_en,
                }
            })
            .collect();
        Ok(ChangesView {
            plan_id: self.plan.uuid(),
            baseline_plan_id: base.plan.id.uuid(),
            changed_households: self.start.totals().changed_households,
            units: self.units.len() as u64,
            total: items.len() as u64,
            items,
            as_of: self.picture.as_of,
            data_version: self.picture.version,
        })
    }

    fn refuse_stale(&self, ask: &RedrawAsk) -> Result<()> {
        let (data, plan) = (self.picture.version, self.found()?.plan.version);
        let stale = ask.data_version.is_some_and(|seen| seen != data)
            || ask.plan_version.is_some_and(|seen| seen != plan);
        if stale {
            return Err(Error::conflict(
                "version_moved",
                format!("数据或方案已更新（数据版本 {data}，方案版本 {plan}），请重新载入后再改"),
                format!(
                    "data or plan have moved on (data version {data}, plan version {plan}): reload, then edit"
                ),
            ));
        }
        Ok(())
    }

    fn refused(error: MoveError) -> Error {
        let code = match error {
            MoveError::NoSuchUnit { .. } => "unit_unknown",
            MoveError::NoSuchArea { .. } => "area_unknown",
            MoveError::LockedUnit { .. } => "unit_locked",
            MoveError::LockedArea { .. } => "area_locked",
        };
        Error::bilingual(code, &error)
    }

    fn building(&self, id: crate::domain::BuildingId) -> Option<&crate::domain::Building> {
        let at = self.picture.building_index(id)?;
        self.picture.buildings.get(at)
    }

    /// Name of a unit's compound, and its own.
    fn names(&self, unit: Unit) -> (String, String) {
        match unit {
            Unit::Building(id) => self.building(id).map_or_else(Default::default, |building| {
                let compound = building
                    .compound
                    .map_or("", |id| self.picture.compound_name(id));
                (
                    compound.to_owned(),
                    building.name.clone().unwrap_or_default(),
                )
            }),
            Unit::Compound(id) => {
                let name = self.picture.compound_name(id).to_owned();
                (name.clone(), name)
            }
            Unit::Stairwell(_) => Default::default(),
        }
    }

    fn unit_name(&self, unit: Unit) -> String {
        match unit {
            Unit::Building(id) => self
                .building(id)
                .map_or_else(String::new, |building| self.picture.building_name(building)),
            Unit::Compound(id) => self.picture.compound_name(id).to_owned(),
            Unit::Stairwell(_) => String::new(),
        }
    }
}

fn kind(unit: Unit) -> &'static str {
    match unit {
        Unit::Building(_) => "building",
        Unit::Compound(_) => "compound",
        Unit::Stairwell(_) => "stairwell",
    }
}

fn signed(area: u32) -> i64 {
    match area {
        UNASSIGNED => -1,
        area => i64::from(area),
    }
}

/// Area of every unit in a plan, as an index into its areas.
pub(super) fn areas_of(
    picture: &Picture,
    plan: &PlanPicture,
    units: &[(Unit, [f64; 2])],
) -> Vec<u32> {
    let area = |unit: Unit| match unit {
        Unit::Building(id) => Some(plan.area_of_building.get(picture.building_index(id)?)),
        Unit::Compound(id) => Some(plan.area_of_compound.get(picture.compound_index(id)?)),
        Unit::Stairwell(_) => None,
    };
    units
        .iter()
        .map(|&(unit, _)| match area(unit) {
            None | Some(NO_AREA) => UNASSIGNED,
            Some(area) => area,
        })
        .collect()
}

/// Area of every unit of a plan, all by identity.
pub(super) fn identities(picture: &Picture, plan: &PlanPicture) -> HashMap<Uuid, AreaId> {
    let area = |area: u32| plan.areas.get(area as usize).map(|area| area.id);
    let buildings = plan
        .area_of_building
        .iter()
        .filter_map(|(row, own)| Some((picture.buildings[row].id.uuid(), area(own)?)));
    let compounds = plan
        .area_of_compound
        .iter()
        .filter_map(|(row, own)| Some((picture.compounds[row].id.uuid(), area(own)?)));
    buildings.chain(compounds).collect()
}
