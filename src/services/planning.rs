//! Planning: rows of a street → unit graph → districting → a draft with areas, outlines and keepers.
//!
//! Pure but for ids, which come from the caller's clock. Storing the draft is `planning_jobs.rs`.

use super::paced::Paced;
use super::picture::Rows;
use crate::districting::{self, Edge, Outcome, Progress, UnitGraph};
use crate::domain::{
    Actor, AppointmentKind, AreaId, AreaKeeper, Assignment, BarrierClass, BuildingId, CompoundId,
    CompoundRule, CompoundSplit, PatrolArea, Plan, PlanFigures, PlanId, PlanSettings, PlanState,
    Problem, QuotaPolicy, RegionCode, RegionLevel, Severity, Unit, ZoneReport,
};
use crate::spatial::{self, EdgeReason, Place, Rules, Walkable};
use chrono::{DateTime, NaiveDate, Utc};
use geo::{Centroid, MultiPolygon};
use std::collections::{BTreeMap, HashMap};

/// A draft, ready to be stored.
#[derive(Debug)]
pub struct Draft {
    /// The plan.
    pub plan: Plan,
    /// Its areas.
    pub areas: Vec<PatrolArea>,
    /// Its assignments.
    pub assignments: Vec<Assignment>,
    /// Who serves which area.
    pub keepers: Vec<AreaKeeper>,
}

/// What a draft is made of.
pub struct Request<'a> {
    /// All rows.
    pub rows: &'a Rows,
    /// The street.
    pub street: RegionCode,
    /// Only this community is redrawn; the others keep the areas of the plan in force.
    pub only: Option<RegionCode>,
    /// Settings.
    pub settings: PlanSettings,
    /// Seed.
    pub seed: u64,
    /// Iterations per unit.
    pub effort: u64,
    /// The quota policy, for the seats of heavy units.
    pub policy: QuotaPolicy,
    /// Name; a default when empty.
    pub name: Option<String>,
    /// Who asks.
    pub actor: &'a Actor,
    /// Now.
    pub now: DateTime<Utc>,
    /// The day of staffing.
    pub today: NaiveDate,
}

impl<'a> Request<'a> {
    /// The request that made a stored plan, on the rows of now.
    fn of_stored(rows: &'a Rows, plan: &Plan, policy: QuotaPolicy, actor: &'a Actor) -> Self {
        Self {
            rows,
            street: plan.street,
            only: None,
            settings: plan.settings.clone(),
            seed: plan.seed,
            effort: 0,
            policy,
            name: None,
            actor,
            now: plan.created_at,
            today: plan.created_at.date_naive(),
        }
    }
}

/// The graph of a street, as the engine sees it.
pub(super) struct StreetGraph {
    /// Unit by its number, with its place (lon, lat).
    pub units: Vec<(Unit, [f64; 2])>,
    /// The graph.
    pub graph: UnitGraph,
    /// The engine's settings.
    pub settings: districting::Settings,
}

/// The graph of a stored plan's street, on the rows of now.
///
/// # Errors
/// See [`PlanningError`].
pub(super) fn graph_of(
    rows: &Rows,
    plan: &Plan,
    policy: QuotaPolicy,
) -> Result<StreetGraph, PlanningError> {
    let actor = Actor::system();
    let request = Request::of_stored(rows, plan, policy, &actor);
    let units = units_of(&request);
    if units.is_empty() {
        return Err(PlanningError::Empty(request.street));
    }
    let graph = unit_graph(&units, &walk(&request, &units))?;
    Ok(StreetGraph {
        units: units
            .iter()
            .map(|row| (row.unit, row.place.point))
            .collect(),
        graph,
        settings: engine_settings(&request),
    })
}

/// A unit of the plan: what moves.
struct UnitRow {
    unit: Unit,
    community: RegionCode,
    compound: Option<CompoundId>,
    households: u32,
    estimated: bool,
    unknown: bool,
    place: Place,
}

/// Why no draft was made.
#[derive(Debug, thiserror::Error)]
pub enum PlanningError {
    /// Somebody stopped it.
    #[error("cancelled")]
    Cancelled,
    /// There is nothing to plan.
    #[error("{0} has neither buildings nor compounds")]
    Empty(RegionCode),
    /// The graph does not fit the engine; a defect.
    #[error("unit graph: {0}")]
    Graph(String),
}

/// Makes a draft of one street.
///
/// # Errors
/// See [`PlanningError`]; nothing was stored.
pub fn draft(request: &Request<'_>, progress: &dyn Progress) -> Result<Draft, PlanningError> {
    let units = units_of(request);
    if units.is_empty() {
        return Err(PlanningError::Empty(request.street));
    }
    let walkable = walk(request, &units);
    let graph = unit_graph(&units, &walkable)?;
    let settings = engine_settings(request);
    let outcome = districting::balance(&graph, &settings, request.seed, &Paced::new(progress));
    if outcome.cancelled {
        return Err(PlanningError::Cancelled);
    }
    Ok(assemble(request, &units, &walkable, &outcome))
}

/// Buildings of the street, and compounds of it whose buildings are not known.
fn units_of(request: &Request<'_>) -> Vec<UnitRow> {
    let rows = request.rows;
    let scope = request.only.unwrap_or(request.street);
    let mut units = Vec::new();
    let communities = number_by(rows.regions.iter().map(|region| region.code));
    let mut communities = communities;
    let compound_numbers: HashMap<CompoundId, u32> = rows
        .compounds
        .iter()
        .enumerate()
        .map(|(at, compound)| (compound.id, at as u32))
        .collect();
    let grid_numbers: HashMap<_, u32> = rows
        .grids
        .iter()
        .enumerate()
        .map(|(at, grid)| (grid.id, at as u32))
        .collect();
    let mut has_buildings = vec![false; rows.compounds.len()];
    for building in &rows.buildings {
        let compound = building
            .compound
            .and_then(|id| compound_numbers.get(&id).copied());
        if let Some(at) = compound {
            has_buildings[at as usize] = true;
        }
        if !scope.contains(building.community) {
            continue;
        }
        let next = communities.len() as u32;
        let community = *communities.entry(building.community).or_insert(next);
        let Some(point) = building.footprint.centroid() else {
            continue;
        };
        units.push(UnitRow {
            unit: Unit::Building(building.id),
            community: building.community,
            compound: building.compound,
            households: building.households.count.unwrap_or(0),
            estimated: building.households.estimated,
            unknown: building.households.count.is_none(),
            place: Place {
                footprint: polygons(&building.footprint),
                point: [point.x(), point.y()],
                compound,
                community,
                grid: building
                    .grid
                    .filter(|_| request.settings.inside_grids)
                    .and_then(|id| grid_numbers.get(&id).copied()),
                village: false,
                whole_compound: false,
            },
        });
    }
    for (at, compound) in rows.compounds.iter().enumerate() {
        if has_buildings[at] || !scope.contains(compound.community) {
            continue;
        }
        let next = communities.len() as u32;
        let community = *communities.entry(compound.community).or_insert(next);
        let Some(point) = compound.geometry.centroid() else {
            continue;
        };
        units.push(UnitRow {
            unit: Unit::Compound(compound.id),
            community: compound.community,
            compound: Some(compound.id),
            households: compound.households.count.unwrap_or(0),
            estimated: compound.households.estimated,
            unknown: compound.households.count.is_none(),
            place: Place {
                footprint: polygons(&compound.geometry),
                point: [point.x(), point.y()],
                compound: Some(at as u32),
                community,
                grid: None,
                village: false,
                whole_compound: true,
            },
        });
    }
    // The order of units decides nothing but ties; make it independent of the order of rows.
    units.sort_by_key(|unit| (unit.community, unit.unit));
    units
}

fn number_by<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, u32> {
    keys.enumerate().map(|(at, key)| (key, at as u32)).collect()
}

/// The polygons of a geometry, if it has any.
pub(super) fn polygons(geometry: &geo_types::Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match geometry {
        geo_types::Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon.clone()])),
        geo_types::Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        _ => None,
    }
}

/// What nobody crosses on foot.
fn spatial_barriers(rows: &Rows) -> Vec<spatial::Barrier> {
    rows.barriers
        .iter()
        .map(|barrier| spatial::Barrier {
            class: match barrier.class {
                BarrierClass::River => spatial::BarrierClass::River,
                BarrierClass::Canal => spatial::BarrierClass::Canal,
                BarrierClass::Lake => spatial::BarrierClass::Lake,
                BarrierClass::Rail => spatial::BarrierClass::Rail,
                BarrierClass::Motorway | BarrierClass::MajorRoad => {
                    spatial::BarrierClass::MajorRoad
                }
                // The engine asks only that nobody crosses; a wall stops people as a major road does.
                BarrierClass::Wall | BarrierClass::Other => spatial::BarrierClass::MajorRoad,
            },
            geometry: barrier.geometry.clone(),
        })
        .collect()
}

fn walk(request: &Request<'_>, units: &[UnitRow]) -> Walkable {
    let rows = request.rows;
    let compound_numbers: HashMap<CompoundId, u32> = rows
        .compounds
        .iter()
        .enumerate()
        .map(|(at, compound)| (compound.id, at as u32))
        .collect();
    let gates: Vec<spatial::Gate> = rows
        .gates
        .iter()
        .filter_map(|gate| {
            let compound = *compound_numbers.get(&gate.compound?)?;
            Some(spatial::Gate {
                compound,
                point: [gate.point.x(), gate.point.y()],
            })
        })
        .collect();
    let places: Vec<Place> = units.iter().map(|unit| unit.place.clone()).collect();
    let rules = Rules {
        keep_in_grids: request.settings.inside_grids,
        ..Rules::default()
    };
    spatial::walkable(&places, &gates, &spatial_barriers(rows), &rules)
}

fn unit_graph(units: &[UnitRow], walkable: &Walkable) -> Result<UnitGraph, PlanningError> {
    let mut groups: HashMap<CompoundId, u32> = HashMap::new();
    // Metres around the middle of the street; decimetres as integers for the engine.
    let middle = middle_of(units);
    let frame = spatial::LocalFrame::around(middle);
    let nodes = units
        .iter()
        .zip(&walkable.zone_of)
        .map(|(unit, zone)| {
            let [x_dm, y_dm] = frame.to_dm(unit.place.point);
            let next = groups.len() as u32;
            districting::Unit {
                households: unit.households,
                x_dm,
                y_dm,
                group: unit.compound.map(|id| *groups.entry(id).or_insert(next)),
                zone: *zone,
                current: None,
                locked: false,
            }
        })
        .collect();
    let edges = walkable
        .edges
        .iter()
        .map(|edge| Edge {
            a: edge.a,
            b: edge.b,
            border_dm: (edge.border_m * 10.0).round() as u32,
            attachment: edge.reason == EdgeReason::Attachment,
        })
        .collect();
    UnitGraph::new(nodes, edges).map_err(|error| PlanningError::Graph(error.to_string()))
}

fn middle_of(units: &[UnitRow]) -> [f64; 2] {
    let n = units.len().max(1) as f64;
    let sum = units.iter().fold([0.0, 0.0], |sum, unit| {
        [sum[0] + unit.place.point[0], sum[1] + unit.place.point[1]]
    });
    [sum[0] / n, sum[1] / n]
}

fn engine_settings(request: &Request<'_>) -> districting::Settings {
    let settings = &request.settings;
    districting::Settings {
        target_households: settings.target_households,
        band_bp: settings.band_bp,
        compounds: match settings.compounds {
            CompoundRule::Whole => districting::Compounds::Whole,
            CompoundRule::Prefer => districting::Compounds::Prefer,
            CompoundRule::Free => districting::Compounds::Free,
        },
        keepers_per_area: settings.keepers_per_area,
        households_per_keeper: (request.policy.per_households / request.policy.keepers.max(1))
            .max(1),
        effort: request.effort,
        ..districting::Settings::default()
    }
}

/// Numbers areas by community, then from north to south and west to east.
fn reading_order(outcome: &Outcome, units: &[UnitRow]) -> Vec<usize> {
    let mut places: Vec<(f64, f64, f64, RegionCode)> = vec![
        (
            0.0,
            0.0,
            0.0,
            RegionCode::provisional(1, 0, 0).expect("999001 is provisional")
        );
        outcome.areas.len()
    ];
    for (unit, area) in units.iter().zip(&outcome.area_of) {
        let place = &mut places[*area as usize];
        place.0 += unit.place.point[0];
        place.1 += unit.place.point[1];
        place.2 += 1.0;
        place.3 = unit.community;
    }
    // Rows of about 200 m keep neighbours near each other in the list.
    let band = |lat: f64| (lat / 0.0018).round() as i64;
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by(|a, b| {
        let key = |at: &usize| {
            let (x, y, n, community) = places[*at];
            (community, -band(y / n.max(1.0)), x / n.max(1.0))
        };
        let (ka, kb) = (key(a), key(b));
        ka.0.cmp(&kb.0)
            .then(ka.1.cmp(&kb.1))
            .then(ka.2.total_cmp(&kb.2))
            .then(a.cmp(b))
    });
    order
}

fn assemble(
    request: &Request<'_>,
    units: &[UnitRow],
    walkable: &Walkable,
    outcome: &Outcome,
) -> Draft {
    let plan_id = PlanId::new(uuid::Uuid::now_v7());
    let order = reading_order(outcome, units);
    let mut rank = vec![0usize; order.len()];
    for (at, area) in order.iter().enumerate() {
        rank[*area] = at;
    }
    let area_of: Vec<u32> = outcome
        .area_of
        .iter()
        .map(|area| rank[*area as usize] as u32)
        .collect();
    let outlines = outlines(request, units, &area_of, order.len());
    let neighbours = spatial::area_neighbours(&outlines, spatial::NEAR_M);
    let colours = districting::colour_areas(&neighbours, 6);
    let mut areas = Vec::with_capacity(order.len());
    let mut per_community: BTreeMap<RegionCode, u32> = BTreeMap::new();
    let mut community_of_zone: BTreeMap<u32, RegionCode> = BTreeMap::new();
    for (unit, zone) in units.iter().zip(&walkable.zone_of) {
        community_of_zone.insert(*zone, unit.community);
    }
    let mut estimated = vec![0u64; order.len()];
    let mut members = vec![0u32; order.len()];
    let mut assignments = Vec::with_capacity(units.len());
    let ids: Vec<AreaId> = order
        .iter()
        .map(|_| AreaId::new(uuid::Uuid::now_v7()))
        .collect();
    for (unit, area) in units.iter().zip(&area_of) {
        members[*area as usize] += 1;
        if unit.estimated {
            estimated[*area as usize] += u64::from(unit.households);
        }
        assignments.push(Assignment {
            unit: unit.unit,
            area: ids[*area as usize],
        });
    }
    for (at, source) in order.iter().enumerate() {
        let figures = &outcome.areas[*source];
        let community = community_of_zone
            .get(&figures.zone)
            .copied()
            .unwrap_or(request.street);
        let sequence = per_community.entry(community).or_default();
        *sequence += 1;
        let outline = outlines
            .get(at)
            .filter(|outline| !outline.0.is_empty())
            .cloned();
        let heavy = outcome.heavy.contains(&(*source as u32));
        areas.push(PatrolArea {
            id: ids[at],
            plan: plan_id,
            number: at as u32 + 1,
            code: format!("{community}P{sequence:03}"),
            name: format!("片区 {:02}", at + 1),
            community,
            zone: figures.zone,
            seats: figures.seats,
            households: figures.households as u32,
            estimated_households: estimated[at] as u32,
            units: members[at],
            pieces: figures.pieces,
            deviation_bp: figures.deviation_bp,
            off_target_bp: figures.off_target_bp,
            target: (figures.target_milli / 1000) as u32,
            out_of_band: !heavy && figures.deviation_bp.unsigned_abs() > request.settings.band_bp,
            heavy,
            colour: colours.get(at).copied().unwrap_or(0),
            compactness: outline
                .as_ref()
                .map(|outline| spatial::compactness(&outline.clone().into())),
            outline,
        });
    }
    let keepers = seat_keepers(request, plan_id, units, &area_of, &areas);
    let plan = plan_row(
        request,
        plan_id,
        units,
        walkable,
        outcome,
        &areas,
        &community_of_zone,
    );
    Draft {
        plan,
        areas,
        assignments,
        keepers,
    }
}

fn outlines(
    request: &Request<'_>,
    units: &[UnitRow],
    area_of: &[u32],
    areas: usize,
) -> Vec<MultiPolygon<f64>> {
    let places: Vec<Place> = units.iter().map(|unit| unit.place.clone()).collect();
    let mut communities: BTreeMap<u32, MultiPolygon<f64>> = BTreeMap::new();
    for unit in units {
        if communities.contains_key(&unit.place.community) {
            continue;
        }
        let region = request
            .rows
            .regions
            .iter()
            .find(|region| region.code == unit.community);
        if let Some(outline) = region.and_then(|region| region.outline.clone()) {
            communities.insert(unit.place.community, outline);
        }
    }
    let barriers = spatial_barriers(request.rows);
    let clip = spatial::ZoneClip {
        communities: &communities,
        barriers: &barriers,
    };
    spatial::area_outlines(&places, area_of, areas, &clip)
}

/// Seats the full-time keepers of each compound in the areas that serve it, most households first.
fn seat_keepers(
    request: &Request<'_>,
    plan: PlanId,
    units: &[UnitRow],
    area_of: &[u32],
    areas: &[PatrolArea],
) -> Vec<AreaKeeper> {
    let mut served: BTreeMap<CompoundId, BTreeMap<u32, u64>> = BTreeMap::new();
    for (unit, area) in units.iter().zip(area_of) {
        if let Some(compound) = unit.compound {
            *served
                .entry(compound)
                .or_default()
                .entry(*area)
                .or_default() += u64::from(unit.households);
        }
    }
    let mut filled = vec![0u32; areas.len()];
    let mut seated = Vec::new();
    let mut appointments: Vec<_> = request
        .rows
        .appointments
        .iter()
        .filter(|a| a.kind == AppointmentKind::FullTime && a.active_on(request.today))
        .collect();
    appointments.sort_by_key(|appointment| (appointment.start, appointment.id));
    for appointment in appointments {
        let Some(shares) = appointment.compound.and_then(|id| served.get(&id)) else {
            continue;
        };
        // Emptiest share of seats first, then the area with most households of the compound.
        let best = shares
            .iter()
            .filter(|(area, _)| filled[**area as usize] < areas[**area as usize].seats)
            .min_by_key(|(area, households)| {
                let area = &areas[**area as usize];
                let at = area.number as usize - 1;
                (
                    filled[at] * 1000 / area.seats.max(1),
                    std::cmp::Reverse(**households),
                    area.number,
                )
            });
        if let Some((area, _)) = best {
            filled[*area as usize] += 1;
            seated.push(AreaKeeper {
                plan,
                area: areas[*area as usize].id,
                appointment: appointment.id,
            });
        }
    }
    seated
}

fn plan_row(
    request: &Request<'_>,
    id: PlanId,
    units: &[UnitRow],
    walkable: &Walkable,
    outcome: &Outcome,
    areas: &[PatrolArea],
    community_of_zone: &BTreeMap<u32, RegionCode>,
) -> Plan {
    let worst = areas
        .iter()
        .filter(|area| !area.heavy)
        .map(|area| area.deviation_bp)
        .max_by_key(|bp| bp.unsigned_abs())
        .unwrap_or(0);
    let zones: Vec<ZoneReport> = outcome
        .zones
        .iter()
        .filter(|zone| !zone.heavy)
        .map(|zone| ZoneReport {
            zone: zone.zone,
            community: community_of_zone
                .get(&zone.zone)
                .copied()
                .unwrap_or(request.street),
            households: zone.households,
            areas: zone.areas,
            forced_bp: zone.forced_bp as i32,
            achieved_bp: zone.achieved_bp as i32,
            bound_bp: zone.bound_bp as i32,
        })
        .collect();
    let excess = zones
        .iter()
        .map(|zone| zone.achieved_bp - zone.bound_bp)
        .max()
        .unwrap_or(0)
        .max(0);
    let figures = PlanFigures {
        areas: areas.len() as u32,
        seats: areas.iter().map(|area| area.seats).sum(),
        households: units.iter().map(|unit| u64::from(unit.households)).sum(),
        estimated_households: areas
            .iter()
            .map(|area| u64::from(area.estimated_households))
            .sum(),
        worst_deviation_bp: worst,
        out_of_band: areas.iter().filter(|area| area.out_of_band).count() as u32,
        heavy: areas.iter().filter(|area| area.heavy).count() as u32,
        unassigned: 0,
        disconnected: outcome.areas.iter().filter(|area| area.pieces > 1).count() as u32,
        disconnected_without_attachments: outcome
            .areas
            .iter()
            .filter(|area| area.pieces_without_attachments > 1)
            .count() as u32,
        isolated: walkable.isolated.len() as u32,
        changed_households: None,
        excess_bp: excess,
    };
    Plan {
        id,
        street: request.street,
        name: request
            .name
            .clone()
            .unwrap_or_else(|| format!("{} 草案", request.today)),
        stored_state: PlanState::Draft,
        version: 1,
        created_at: request.now,
        created_by: request.actor.clone(),
        effective_at: None,
        ended_at: None,
        seed: request.seed,
        settings: request.settings.clone(),
        data_version: request.rows.version as i64,
        problems: problems(units, walkable, &figures, request),
        figures,
        zones,
        splits: splits(request, units, outcome),
        note: None,
    }
}

/// Why a compound is divided, in both languages.
fn split_reason(split: &districting::GroupSplit) -> (String, String) {
    use districting::SplitReason as R;
    let (h, n) = (split.households, split.pieces);
    match split.reason {
        R::CrossesZones => (
            format!("被河流、铁路或主干道隔开，不能划入同一片区（{n} 片）"),
            format!("a river, railway or major road divides it ({n} areas)"),
        ),
        R::HoldsHeavyUnit => (
            format!("含有超过片区上限、不可再分的单元（{n} 片）"),
            format!("it holds a unit heavier than an area may be ({n} areas)"),
        ),
        R::HeavierThanArea => (
            format!("共 {h} 户，超过一个片区的上限，按楼栋分为 {n} 片"),
            format!(
                "its {h} households exceed what one area may hold; divided by building into {n}"
            ),
        ),
        R::Locked => (
            format!("部分楼栋锁定在不同片区（{n} 片）"),
            format!("its units are locked to different areas ({n})"),
        ),
        R::NotConnected => (
            format!("楼栋之间步行不连通（{n} 片）"),
            format!("its buildings are not connected on foot ({n} areas)"),
        ),
        R::Chosen => (
            format!("为均衡而拆分（{n} 片）"),
            format!("divided for balance ({n} areas)"),
        ),
    }
}

fn splits(request: &Request<'_>, units: &[UnitRow], outcome: &Outcome) -> Vec<CompoundSplit> {
    let mut order: Vec<CompoundId> = Vec::new();
    let mut seen: HashMap<CompoundId, u32> = HashMap::new();
    for unit in units {
        if let Some(compound) = unit.compound {
            let next = order.len() as u32;
            seen.entry(compound).or_insert_with(|| {
                order.push(compound);
                next
            });
        }
    }
    let name = |id: CompoundId| {
        let found = request
            .rows
            .compounds
            .iter()
            .find(|compound| compound.id == id);
        found.map_or_else(String::new, |compound| compound.name.clone())
    };
    outcome
        .splits
        .iter()
        .filter_map(|split| {
            let compound = *order.get(split.group as usize)?;
            Some(CompoundSplit {
                compound,
                name: name(compound),
                pieces: split.pieces,
                reason_zh: split_reason(split).0,
                reason_en: split_reason(split).1,
            })
        })
        .collect()
}

fn problems(
    units: &[UnitRow],
    walkable: &Walkable,
    figures: &PlanFigures,
    request: &Request<'_>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let unknown = units.iter().filter(|unit| unit.unknown).count();
    if unknown > 0 {
        problems.push(Problem::new(
            Severity::Warning,
            "households_unknown",
            format!("{unknown} 个单元户数未知，划分时按 0 户计，不计入均衡"),
            format!("households of {unknown} units are unknown; they weigh 0 here and are outside the balance"),
        ));
    }
    if !walkable.isolated.is_empty() {
        let n = walkable.isolated.len();
        problems.push(Problem::new(
            Severity::Warning,
            "isolated_units",
            format!("{n} 个单元步行图上没有邻居，已用附加边连到最近处（不跨越阻隔）"),
            format!("{n} units have no walkable neighbour; each was attached to the nearest one, never across a barrier"),
        ));
    }
    if figures.heavy > 0 {
        problems.push(Problem::new(
            Severity::Note,
            "heavy_units",
            format!("{} 个单元超过片区上限且不可再分（没有楼栋数据），按多对管家计", figures.heavy),
            format!("{} units are heavier than an area and cannot be divided (no buildings known); they get several pairs", figures.heavy),
        ));
    }
    if figures.out_of_band > 0 {
        problems.push(Problem::new(
            Severity::Warning,
            "out_of_band",
            format!(
                "{} 个片区超出 ±{} % 容差",
                figures.out_of_band,
                request.settings.band_bp / 100
            ),
            format!(
                "{} areas are outside the tolerance of ±{} %",
                figures.out_of_band,
                request.settings.band_bp / 100
            ),
        ));
    }
    if request.street.level() == RegionLevel::Street
        && request.street.is_provisional()
        && !request.rows.synthetic
    {
        problems.push(Problem::new(
            Severity::Note,
            "provisional_region",
            "区划为临时区划，未使用正式代码",
            "the region is provisional and has no official code",
        ));
    }
    problems
}

/// The unit of a building or compound, for messages.
pub(super) fn unit_id(unit: Unit) -> uuid::Uuid {
    match unit {
        Unit::Building(id) => BuildingId::uuid(id),
        Unit::Compound(id) => CompoundId::uuid(id),
        Unit::Stairwell(id) => id.uuid(),
    }
}

/// Figures of a plan whose areas come from two sources; what only the graph knows is kept.
pub(super) fn sum_figures(
    own: &PlanFigures,
    areas: &[PatrolArea],
    zones: &[ZoneReport],
) -> PlanFigures {
    let worst = areas
        .iter()
        .filter(|area| !area.heavy)
        .map(|area| area.deviation_bp)
        .max_by_key(|bp| bp.unsigned_abs());
    PlanFigures {
        areas: areas.len() as u32,
        seats: areas.iter().map(|area| area.seats).sum(),
        households: areas.iter().map(|area| u64::from(area.households)).sum(),
        estimated_households: areas
            .iter()
            .map(|area| u64::from(area.estimated_households))
            .sum(),
        worst_deviation_bp: worst.unwrap_or(0),
        out_of_band: areas.iter().filter(|area| area.out_of_band).count() as u32,
        heavy: areas.iter().filter(|area| area.heavy).count() as u32,
        excess_bp: zones
            .iter()
            .map(|zone| zone.achieved_bp - zone.bound_bp)
            .max()
            .unwrap_or(0)
            .max(0),
        ..own.clone()
    }
}

/// Connected pieces of each area of a stored plan, on the walkable graph of today's rows.
pub(super) fn pieces(
    rows: &Rows,
    plan: &Plan,
    area_of: &HashMap<Unit, AreaId>,
) -> HashMap<AreaId, u32> {
    let actor = Actor::system();
    let request = Request::of_stored(rows, plan, QuotaPolicy::default(), &actor);
    let units = units_of(&request);
    let walkable = walk(&request, &units);
    let area = |at: u32| area_of.get(&units[at as usize].unit).copied();
    let mut root: Vec<u32> = (0..units.len() as u32).collect();
    fn find(root: &mut [u32], mut at: u32) -> u32 {
        while root[at as usize] != at {
            root[at as usize] = root[root[at as usize] as usize];
            at = root[at as usize];
        }
        at
    }
    for edge in &walkable.edges {
        if area(edge.a).is_some() && area(edge.a) == area(edge.b) {
            let (a, b) = (find(&mut root, edge.a), find(&mut root, edge.b));
            root[a as usize] = b;
        }
    }
    let mut pieces = HashMap::new();
    for at in 0..units.len() as u32 {
        if find(&mut root, at) == at
            && let Some(area) = area(at)
        {
            *pieces.entry(area).or_insert(0) += 1;
        }
    }
    pieces
}
