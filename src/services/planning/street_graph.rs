//! The graph of a street: its units, who can walk where, and the engine's settings.

use super::super::picture::Rows;
use super::assemble::Tiling;
use super::loads::{Loads, Tiers};
use super::{PlanningError, Request};
use crate::districting::{self, Edge, UnitGraph};
use crate::domain::{
    Actor, AreaId, Barrier, BarrierClass, BuildingId, CompoundId, CompoundRule, HouseholdCount,
    Plan, QuotaPolicy, RegionCode, Unit,
};
use crate::spatial::{self, EdgeReason, Place, Rules, Walkable};
use geo::{Centroid, MultiPolygon};
use geo_types::Geometry;
use std::collections::HashMap;

/// The graph of a street, as the engine sees it.
pub(in crate::services) struct StreetGraph {
    /// Unit by its number, with its place (lon, lat).
    pub units: Vec<(Unit, [f64; 2])>,
    /// Households of every unit; unknown counts as 0.
    pub households: Vec<u32>,
    /// Visits a month of every unit.
    pub visits: Vec<u32>,
    /// The graph.
    pub graph: UnitGraph,
    /// The engine's settings.
    pub settings: districting::Settings,
    /// What outlines of areas are made of.
    pub tiling: Tiling,
}

/// The graph of a stored plan's street, on the rows of now.
///
/// # Errors
/// See [`PlanningError`].
pub(in crate::services) fn graph_of(
    rows: &Rows,
    tiers: &Tiers,
    plan: &Plan,
    policy: QuotaPolicy,
) -> Result<StreetGraph, PlanningError> {
    let actor = Actor::system();
    let request = Request::of_stored((rows, tiers), plan, policy, &actor);
    let loads = Loads::of(&request);
    let units = units_of(&request, &loads);
    if units.is_empty() {
        return Err(PlanningError::Empty(request.street));
    }
    let graph = unit_graph(&units, &walk(&request, &units))?;
    Ok(StreetGraph {
        tiling: Tiling::of_units(&request, &units),
        units: units
            .iter()
            .map(|row| (row.unit, row.place.point))
            .collect(),
        households: units.iter().map(|row| row.households).collect(),
        visits: units.iter().map(|row| row.visits).collect(),
        graph,
        settings: engine_settings(&request, &loads),
    })
}

/// A unit of the plan: what moves.
pub(super) struct UnitRow {
    pub unit: Unit,
    pub community: RegionCode,
    pub compound: Option<CompoundId>,
    pub households: u32,
    pub estimated: bool,
    pub unknown: bool,
    /// Visits a month.
    pub visits: u32,
    /// Nobody noted the tiers of its households.
    pub untiered: bool,
    /// What it weighs in this plan.
    pub load: u32,
    pub place: Place,
}

impl UnitRow {
    /// A unit with the numbers of its community, compound and grid; `None` for an empty geometry.
    fn new(
        (unit, of): (Unit, Option<CompoundId>),
        (code, community): (RegionCode, u32),
        households: &HouseholdCount,
        geometry: &Geometry<f64>,
        compound: Option<u32>,
        grid: Option<u32>,
    ) -> Option<Self> {
        let point = geometry.centroid()?;
        Some(Self {
            unit,
            community: code,
            compound: of,
            households: households.count.unwrap_or(0),
            estimated: households.estimated,
            unknown: households.count.is_none(),
            visits: 0,
            untiered: false,
            load: 0,
            place: Place {
                footprint: polygons(geometry),
                point: [point.x(), point.y()],
                compound,
                community,
                grid,
                village: false,
                whole_compound: matches!(unit, Unit::Compound(_)),
            },
        })
    }
}

/// Buildings of the street, and compounds of it whose buildings are not known.
pub(super) fn units_of(request: &Request<'_>, loads: &Loads) -> Vec<UnitRow> {
    let rows = request.rows;
    let scope = request.only.unwrap_or(request.street);
    let mut units = Vec::new();
    let mut communities = number_by(rows.regions.iter().map(|region| region.code));
    let mut number_of = |code: RegionCode| {
        let next = communities.len() as u32;
        *communities.entry(code).or_insert(next)
    };
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
        units.extend(UnitRow::new(
            (Unit::Building(building.id), building.compound),
            (building.community, number_of(building.community)),
            &building.households,
            &building.footprint,
            compound,
            building
                .grid
                .filter(|_| request.settings.inside_grids)
                .and_then(|id| grid_numbers.get(&id).copied()),
        ));
    }
    for (at, compound) in rows.compounds.iter().enumerate() {
        if has_buildings[at] || !scope.contains(compound.community) {
            continue;
        }
        units.extend(UnitRow::new(
            (Unit::Compound(compound.id), Some(compound.id)),
            (compound.community, number_of(compound.community)),
            &compound.households,
            &compound.geometry,
            Some(at as u32),
            None,
        ));
    }
    for row in &mut units {
        let asked = loads.asked(row.unit);
        (row.visits, row.untiered) = (asked.visits, asked.untiered);
        row.load = loads.load(row.unit, row.households);
    }
    // The order of units decides nothing but ties; make it independent of the order of rows.
    units.sort_by_key(|unit| (unit.community, unit.unit));
    units
}

fn number_by<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> HashMap<K, u32> {
    keys.enumerate().map(|(at, key)| (key, at as u32)).collect()
}

/// The polygons of a geometry, if it has any.
pub(in crate::services) fn polygons(geometry: &Geometry<f64>) -> Option<MultiPolygon<f64>> {
    match geometry {
        Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon.clone()])),
        Geometry::MultiPolygon(polygons) => Some(polygons.clone()),
        _ => None,
    }
}

/// What nobody crosses on foot.
pub(in crate::services) fn spatial_barriers(barriers: &[Barrier]) -> Vec<spatial::Barrier> {
    barriers
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

pub(super) fn walk(request: &Request<'_>, units: &[UnitRow]) -> Walkable {
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
    spatial::walkable(&places, &gates, &spatial_barriers(&rows.barriers), &rules)
}

pub(super) fn unit_graph(
    units: &[UnitRow],
    walkable: &Walkable,
) -> Result<UnitGraph, PlanningError> {
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
                households: unit.load,
                x_dm,
                y_dm,
                group: unit.compound.map(|id| *groups.entry(id).or_insert(next)),
                zone: *zone,
                current: None,
                locked: false,
            }
        })
        .collect();
    UnitGraph::new(nodes, edges_of(walkable))
        .map_err(|error| PlanningError::Graph(error.to_string()))
}

/// The walkable edges, as the engine wants them.
pub(in crate::services) fn edges_of(walkable: &Walkable) -> Vec<Edge> {
    let edges = walkable.edges.iter().map(|edge| Edge {
        a: edge.a,
        b: edge.b,
        border_dm: (edge.border_m * 10.0).round() as u32,
        attachment: edge.reason == EdgeReason::Attachment,
    });
    edges.collect()
}

fn middle_of(units: &[UnitRow]) -> [f64; 2] {
    let n = units.len().max(1) as f64;
    let sum = units.iter().fold([0.0, 0.0], |sum, unit| {
        [sum[0] + unit.place.point[0], sum[1] + unit.place.point[1]]
    });
    [sum[0] / n, sum[1] / n]
}

pub(super) fn engine_settings(request: &Request<'_>, loads: &Loads) -> districting::Settings {
    let settings = &request.settings;
    let per_keeper = (request.policy.per_households / request.policy.keepers.max(1)).max(1);
    districting::Settings {
        target_households: loads.of_households(settings.target_households),
        band_bp: settings.band_bp,
        compounds: match settings.compounds {
            CompoundRule::Whole => districting::Compounds::Whole,
            CompoundRule::Prefer => districting::Compounds::Prefer,
            CompoundRule::Free => districting::Compounds::Free,
        },
        keepers_per_area: settings.keepers_per_area,
        households_per_keeper: loads.of_households(per_keeper).max(1),
        effort: request.effort,
        ..districting::Settings::default()
    }
}

/// The unit of a building or compound, for messages.
pub(in crate::services) fn unit_id(unit: Unit) -> uuid::Uuid {
    match unit {
        Unit::Building(id) => BuildingId::uuid(id),
        Unit::Compound(id) => CompoundId::uuid(id),
        Unit::Stairwell(id) => id.uuid(),
    }
}

/// Connected pieces of each area of a stored plan, on the walkable graph of today's rows.
pub(in crate::services) fn pieces(
    rows: &Rows,
    plan: &Plan,
    area_of: &HashMap<Unit, AreaId>,
) -> HashMap<AreaId, u32> {
    let actor = Actor::system();
    let tiers = Tiers::new(); // what units weigh joins nothing
    let request = Request::of_stored((rows, &tiers), plan, QuotaPolicy::default(), &actor);
    let units = units_of(&request, &Loads::of(&request));
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
