//! Editing a plan by hand: what the screen needs to begin, and answers to "what if".
//!
//! The page holds the edited plan and its undo steps; every request names the changes against the stored plan, so
//! nothing is lost when a server restarts. The prepared graph of the last few plans stays in memory, which is what
//! makes an answer fast. Invariant: nothing here writes, and an answer belongs to one data version.

mod sentences;
mod views;

pub use views::{
    AlternativeView, AlternativesView, ChangeView, ChangesView, Proposal, RedrawAreaState,
    RedrawAsk, RedrawFigures, RedrawMoves, RedrawRules, RedrawSheet, RedrawTotals, RedrawUnits,
    SuggestionView, SuggestionsView,
};

use super::error::{Error, Result};
use super::picture::{NO_AREA, Picture, PlanPicture};
use super::planning_rows::ByStreet;
use super::{Services, planning, plans};
use crate::districting::reasons::{self, DISSOLVED};
use crate::districting::redraw::{Ground, MoveError, Redraw, UNASSIGNED};
use crate::districting::{Compounds, Silent, heirs};
use crate::domain::{PlanId, Unit};
use moka::sync::Cache;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// Prepared plans that are kept.
const KEPT: u64 = 8;
/// Suggestions of one answer, at most.
pub const MOST_SUGGESTIONS: usize = 50;

/// A plan prepared for editing, with the data it belongs to.
pub struct Opened {
    picture: Arc<Picture>,
    plan: PlanId,
    /// The plan in force beside it, if it is another one.
    base: Option<PlanId>,
    /// Unit by its number, with its place (lon, lat).
    units: Vec<(Unit, [f64; 2])>,
    start: Redraw,
    baseline: Vec<u32>,
}

/// The prepared plans of the current data: by plan, plan in force beside it, and data version.
pub struct RedrawDesk(Cache<(PlanId, Option<PlanId>, u64), Arc<Opened>>);

impl RedrawDesk {
    /// Forgets everything: the data changed. A prepared plan holds all the data it belongs to.
    pub fn clear(&self) {
        self.0.invalidate_all();
    }
}

impl Default for RedrawDesk {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

impl Services {
    /// Prepares a plan for editing, or finds it prepared.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` when the street holds nothing.
    pub async fn redraw_open(&self, plan: Uuid) -> Result<Arc<Opened>> {
        let picture = self.picture();
        let now = self.now();
        let street = plans::find(&picture, plan)?.plan.street;
        let in_force = picture.in_force(street, now).map(|found| found.plan.id);
        let plan = PlanId::new(plan);
        let base = in_force.filter(|base| *base != plan);
        let key = (plan, base, picture.version);
        if let Some(opened) = self.redraw_desk().0.get(&key) {
            return Ok(opened);
        }
        let work = move || Opened::prepare(picture, plan, base);
        let opened = tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("opening a plan: {error}")))??;
        let opened = Arc::new(opened);
        self.redraw_desk().0.insert(key, opened.clone());
        Ok(opened)
    }
}

impl Opened {
    fn prepare(picture: Arc<Picture>, plan: PlanId, base: Option<PlanId>) -> Result<Self> {
        let found = plans::find(&picture, plan.uuid())?;
        let rows = ByStreet::new(&*picture).rows_of(found.plan.street);
        let graph = planning::graph_of(&rows, &found.plan, picture.policy).map_err(|error| {
            Error::invalid(
                "region_empty",
                format!("该方案的街道内没有小区或楼栋：{error}"),
                format!("nothing to redraw: {error}"),
            )
        })?;
        let planning::StreetGraph {
            units,
            graph,
            settings,
        } = graph;
        let areas = areas_of(&picture, found, &units);
        let baseline = match base.and_then(|id| picture.plan(id)) {
            None => areas.clone(),
            Some(base) => in_numbers_of(&areas, &areas_of(&picture, base, &units), &graph),
        };
        let ground = Arc::new(Ground::new(graph, settings));
        let start = Redraw::new(ground, &areas, &baseline).with_areas(found.areas.len());
        Ok(Self {
            picture,
            plan,
            base,
            units,
            start,
            baseline,
        })
    }

    fn found(&self) -> Result<&PlanPicture> {
        plans::find(&self.picture, self.plan.uuid())
    }

    /// Everything that the page needs to edit by itself.
    ///
    /// # Errors
    /// `NotFound` when the plan is gone.
    pub fn sheet(&self) -> Result<RedrawSheet> {
        let found = self.found()?;
        let ground = self.start.ground();
        let settings = ground.settings();
        let mut compounds: Vec<Uuid> = Vec::new();
        let mut numbers: HashMap<Uuid, i64> = HashMap::new();
        let mut columns = RedrawUnits::default();
        for (number, (unit, place)) in (0u32..).zip(&self.units) {
            let row = &ground.graph().units()[number as usize];
            let compound = match unit {
                Unit::Building(id) => self.building(*id).and_then(|building| building.compound),
                Unit::Compound(id) => Some(*id),
                Unit::Stairwell(_) => None,
            };
            columns.compound.push(compound.map_or(-1, |id| {
                *numbers.entry(id.uuid()).or_insert_with(|| {
                    compounds.push(id.uuid());
                    compounds.len() as i64 - 1
                })
            }));
            columns.id.push(planning::unit_id(*unit));
            columns.name.push(self.unit_name(*unit));
            columns.households.push(row.households);
            columns.lon.push(place[0]);
            columns.lat.push(place[1]);
            columns.zone.push(row.zone);
            columns.part.push(ground.parts()[number as usize]);
            columns.heavy.push(ground.is_heavy(number));
            columns.locked.push(row.locked);
        }
        let parts = ground.zone_of_part();
        Ok(RedrawSheet {
            plan_id: self.plan.uuid(),
            plan_version: found.plan.version,
            baseline_plan_id: self.base.map(PlanId::uuid),
            data_version: self.picture.version,
            as_of: self.picture.as_of,
            rules: RedrawRules {
                target_households: settings.target_households,
                band_bp: settings.band_bp,
                keepers_per_area: settings.keepers_per_area,
                households_per_keeper: settings.households_per_keeper,
                compounds_count: settings.compounds != Compounds::Free,
            },
            units: columns,
            compounds,
            zone_of_part: parts.to_vec(),
            heavy_part: (0..parts.len() as u32)
                .map(|part| ground.is_heavy_part(part))
                .collect(),
            edges: ground.graph().edges().iter().map(|e| [e.a, e.b]).collect(),
            areas: found.areas.iter().map(|area| area.id.uuid()).collect(),
            area_names: found.areas.iter().map(|area| area.name.clone()).collect(),
            area_of: self.start.area_of().iter().map(|&a| signed(a)).collect(),
            baseline: self.baseline.iter().map(|&a| signed(a)).collect(),
        })
    }

    /// The plan with the changes of a request.
    fn with(&self, ask: &RedrawAsk) -> Result<(Redraw, Vec<u32>)> {
        self.refuse_stale(ask)?;
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

    /// The whole plan drawn anew: most balanced, most compact, fewest changes; not applied.
    ///
    /// # Errors
    /// As [`Self::figures`].
    pub fn alternatives(&self, ask: &RedrawAsk) -> Result<AlternativesView> {
        let (redraw, _) = self.with(ask)?;
        let seed = ask.seed.unwrap_or(1);
        let ways = redraw.draw_anew(seed, super::DEFAULT_EFFORT, &Silent);
        let items = ways.into_iter().map(|way| {
            let mut drawn = redraw.clone();
            drawn.apply(&way.moves).map_err(Self::refused)?;
            Ok(AlternativeView::of(&way, &drawn))
        });
        Ok(AlternativesView {
            items: items.collect::<Result<_>>()?,
            data_version: self.picture.version,
        })
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
        let found = self.found()?;
        let Some(base) = self.base.and_then(|id| self.picture.plan(id)) else {
            return Err(Error::conflict(
                "no_plan_in_force",
                "该街道没有其他生效方案，无从比较",
                "no other plan is in force in this street: there is nothing to compare with",
            ));
        };
        let before = areas_of(&self.picture, base, &self.units);
        let ground = self.start.ground();
        let changes = reasons::changes(ground, &before, self.start.area_of());
        let name = |plan: &PlanPicture, area: u32| {
            plan.areas.get(area as usize).map(|area| area.name.clone())
        };
        let households = |unit: u32| ground.graph().units()[unit as usize].households;
        let items: Vec<ChangeView> = changes
            .iter()
            .map(|change| {
                let unit = self.units[change.unit as usize].0;
                let from = name(base, change.from);
                let to = name(found, change.to);
                let [reason_zh, reason_en] =
                    sentences::reason(change.reason, from.as_deref(), to.as_deref());
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
fn areas_of(picture: &Picture, plan: &PlanPicture, units: &[(Unit, [f64; 2])]) -> Vec<u32> {
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

/// The areas of another plan in the numbers of this one: those of their heirs.
fn in_numbers_of(own: &[u32], other: &[u32], graph: &crate::districting::UnitGraph) -> Vec<u32> {
    let pairs = own.iter().zip(other).zip(graph.units());
    let both = pairs
        .filter(|&((&own, &other), _)| own != UNASSIGNED && other != UNASSIGNED)
        .map(|((&own, &other), unit)| (other, own, u64::from(unit.households)));
    let heirs = heirs(both);
    let heir = |area: &u32| match *area {
        UNASSIGNED => UNASSIGNED,
        area => heirs.get(&area).copied().unwrap_or(DISSOLVED),
    };
    other.iter().map(heir).collect()
}
