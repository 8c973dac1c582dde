//! The walkable graph: which units are neighbours on foot, and why.
//!
//! * Inside a compound: Gabriel neighbours of the buildings, up to 120 m.
//! * Between compounds whose gates are both known: gate to gate, up to 150 m along the street side.
//! * Else: facing footprints up to 40 m apart in clear view (60 m in villages, and for places of
//!   which only a point is known).
//! * Buildings whose compound is not known: also their Gabriel neighbours, up to 120 m between
//!   walls, since they may well stand in one compound.
//! * Compounds that are units themselves (no buildings known): also their Gabriel neighbours, up to
//!   600 m, because the compounds of a city lie farther apart than houses do.
//!
//! Only places of one community (or grid, when asked) become neighbours. Zones and the edges that
//! attach isolated units are in `zones`.
//! Invariant: the straight line between the [`Walkable::stands`] of an edge's two units touches no
//! barrier, and neither does the walk that the edge stands for.

use std::collections::{BTreeMap, BTreeSet};

use geo::MultiPolygon;
use rayon::prelude::*;
use rstar::AABB;

use super::barrier_index::Barrier;
use super::delaunay::neighbours;
use super::ground::{Ground, Group};
use super::plane::distance;
use super::shape::{Shape, index_of_points};
use super::zones::{self, Isolated, IsolationCause, Zone};

/// A unit on the ground: a building, or a compound where no buildings are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    /// Its footprint (or the compound's outline), (lon, lat) degrees WGS 84.
    pub footprint: Option<MultiPolygon<f64>>,
    /// Where it is, (lon, lat) degrees; used when there is no footprint.
    pub point: [f64; 2],
    /// The compound it belongs to, any number.
    pub compound: Option<u32>,
    /// The community it belongs to, any number; no edge or zone leaves it.
    pub community: u32,
    /// The statutory grid it lies in.
    pub grid: Option<u32>,
    /// It is part of a village.
    pub village: bool,
    /// It is a compound, not a building.
    pub whole_compound: bool,
}

/// A gate of a compound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// The compound, by the number that its places carry.
    pub compound: u32,
    /// (lon, lat) degrees WGS 84.
    pub point: [f64; 2],
}

/// Why two units are neighbours on foot. The first that applies is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EdgeReason {
    /// Neighbouring buildings of one compound.
    InsideCompound,
    /// From a gate of one compound to a gate of the other along the street.
    GateToGate,
    /// Their footprints touch.
    Touching,
    /// Their footprints face each other in clear view.
    Facing,
    /// Near each other, where the footprint or the compound is not known.
    Nearby,
    /// Neighbours in a village.
    Village,
    /// Neighbouring compounds, each a unit itself.
    CompoundNeighbours,
    /// An isolated unit or group attached to the nearest unit that it can see.
    Attachment,
}

impl EdgeReason {
    /// All reasons, in the order of precedence.
    pub const ALL: [Self; 8] = [
        Self::InsideCompound,
        Self::GateToGate,
        Self::Touching,
        Self::Facing,
        Self::Nearby,
        Self::Village,
        Self::CompoundNeighbours,
        Self::Attachment,
    ];

    /// The stored code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InsideCompound => "inside_compound",
            Self::GateToGate => "gate_to_gate",
            Self::Touching => "touching",
            Self::Facing => "facing",
            Self::Nearby => "nearby",
            Self::Village => "village",
            Self::CompoundNeighbours => "compound_neighbours",
            Self::Attachment => "attachment",
        }
    }

    /// The Chinese explanation.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::InsideCompound => "同一小区内相邻",
            Self::GateToGate => "两小区出入口沿街相通",
            Self::Touching => "轮廓相接",
            Self::Facing => "隔街相对，视线无遮挡",
            Self::Nearby => "位置相近（所属小区或轮廓未知）",
            Self::Village => "村内相邻",
            Self::CompoundNeighbours => "相邻小区",
            Self::Attachment => "孤立单元就近挂接",
        }
    }
}

/// Two units that are neighbours on foot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WalkEdge {
    /// The lower position in `places`.
    pub a: u32,
    /// The higher position in `places`.
    pub b: u32,
    /// How far one walks, metres (through the gates where they are the reason).
    pub length_m: f32,
    /// How wide the two face each other, metres, at least 1: what a cut between them costs.
    pub border_m: f32,
    /// Why they are neighbours.
    pub reason: EdgeReason,
}

/// Limits of the graph; the defaults are the product's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Longest edge inside a compound, metres between centroids.
    pub gabriel_max_m: f64,
    /// Farthest facing footprints of different compounds, metres between walls.
    pub facing_max_m: f64,
    /// Farthest pair of gates, metres.
    pub gate_max_m: f64,
    /// Farthest neighbours in a village, metres between walls.
    pub village_max_m: f64,
    /// Farthest neighbours when one is known as a point only, metres.
    pub point_max_m: f64,
    /// Farthest neighbouring compounds that are units themselves, metres between centroids.
    pub compound_max_m: f64,
    /// Zones are grids instead of communities; a place without a grid stays with its community.
    pub keep_in_grids: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            gabriel_max_m: 120.0,
            facing_max_m: 40.0,
            gate_max_m: 150.0,
            village_max_m: 60.0,
            point_max_m: 60.0,
            compound_max_m: 600.0,
            keep_in_grids: false,
        }
    }
}

/// The walkable graph and its zones.
#[derive(Debug, Clone, PartialEq)]
pub struct Walkable {
    /// Edges sorted by (a, b), at most one per pair; attachments included.
    pub edges: Vec<WalkEdge>,
    /// The zone of every place.
    pub zone_of: Vec<u32>,
    /// Zones: sets of units that an area never leaves, each connected.
    pub zones: Vec<Zone>,
    /// Units and groups that no ordinary edge joins to the rest of their zone, and what was done.
    pub isolated: Vec<Isolated>,
    /// Where each unit stands, (lon, lat): its centroid, or a vertex of it outside of water.
    pub stands: Vec<[f64; 2]>,
    /// Counts for the report.
    pub stats: Stats,
}

/// Counts of a walkable graph.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stats {
    /// Number of places.
    pub units: usize,
    /// Edges per reason.
    pub edges: BTreeMap<EdgeReason, usize>,
    /// Connected groups without attachments.
    pub components: usize,
    /// Number of zones.
    pub zones: usize,
    /// Units without any ordinary edge, in zones of more than one unit.
    pub lone_units: usize,
    /// Units that only an attachment joins to the largest group of their zone.
    pub attached_units: usize,
    /// Units that lie in a barrier (a data error): each is a zone of its own.
    pub in_barrier: usize,
    /// Units without a usable position: each is a zone of its own.
    pub without_position: usize,
}

/// Builds the walkable graph of places, with its zones.
///
/// Deterministic: the same input gives the same output on any number of threads.
pub fn walkable(places: &[Place], gates: &[Gate], barriers: &[Barrier], rules: &Rules) -> Walkable {
    let ground = Ground::new(places, barriers, rules);
    let gated: BTreeSet<u32> = gates.iter().map(|gate| gate.compound).collect();
    let mut gates_of: BTreeMap<u32, Vec<[f64; 2]>> = BTreeMap::new();
    for gate in gates
        .iter()
        .filter(|gate| gate.point.iter().all(|v| v.is_finite()))
    {
        gates_of
            .entry(gate.compound)
            .or_default()
            .push(ground.plane.to_m(gate.point));
    }

    let groups: Vec<&Group> = ground.groups.iter().collect();
    let parts: Vec<(Vec<WalkEdge>, zones::Division)> = groups
        .par_iter()
        .map(|group| {
            let mut edges = inside_compounds(&ground, group);
            edges.extend(gate_to_gate(&ground, group, &gates_of));
            edges.extend(between_compounds(&ground, group, &gated));
            edges.extend(without_compound(&ground, group));
            edges.extend(compound_neighbours(&ground, group, &gated));
            edges.sort_unstable_by_key(|edge| (edge.a, edge.b, edge.reason));
            edges.dedup_by_key(|edge| (edge.a, edge.b));
            let division = zones::divide(&ground, group, &edges);
            (edges, division)
        })
        .collect();

    assemble(&ground, parts)
}

fn assemble(ground: &Ground, parts: Vec<(Vec<WalkEdge>, zones::Division)>) -> Walkable {
    let mut result = Walkable {
        edges: Vec::new(),
        zone_of: vec![0; ground.places.len()],
        zones: Vec::new(),
        isolated: Vec::new(),
        stands: ground.stands.clone(),
        stats: Stats {
            units: ground.places.len(),
            ..Stats::default()
        },
    };
    for (edges, division) in parts {
        result.edges.extend(edges);
        result.edges.extend(division.attachments);
        result.isolated.extend(division.isolated);
        result.stats.components += division.components;
        for zone in division.zones {
            for &unit in &zone.units {
                result.zone_of[unit as usize] = result.zones.len() as u32;
            }
            result.zones.push(zone);
        }
    }
    result.edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
    let stats = &mut result.stats;
    stats.zones = result.zones.len();
    let mut has_edge = vec![false; ground.places.len()];
    for edge in &result.edges {
        *stats.edges.entry(edge.reason).or_default() += 1;
        if edge.reason != EdgeReason::Attachment {
            has_edge[edge.a as usize] = true;
            has_edge[edge.b as usize] = true;
        }
    }
    stats.lone_units = (0..ground.places.len())
        .filter(|&unit| {
            !has_edge[unit] && result.zones[result.zone_of[unit] as usize].units.len() > 1
        })
        .count();
    for isolated in &result.isolated {
        match isolated.cause {
            IsolationCause::Far => stats.attached_units += isolated.units as usize,
            IsolationCause::InBarrier => stats.in_barrier += 1,
            IsolationCause::NoPosition => stats.without_position += 1,
            IsolationCause::BehindBarrier => {}
        }
    }
    result
}

fn inside_compounds(ground: &Ground, group: &Group) -> Vec<WalkEdge> {
    let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for unit in ground.usable(group) {
        if let Some(compound) = ground.places[unit as usize].compound {
            members.entry(compound).or_default().push(unit);
        }
    }
    let compounds: Vec<Vec<u32>> = members
        .into_values()
        .filter(|units| units.len() > 1)
        .collect();
    compounds
        .par_iter()
        .map(|units| {
            gabriel(ground, units, ground.rules.gabriel_max_m)
                .map(|(a, b)| ground.edge(a, b, EdgeReason::InsideCompound))
                .collect::<Vec<_>>()
        })
        .flatten()
        .collect()
}

fn gabriel<'g>(
    ground: &'g Ground,
    units: &'g [u32],
    limit_m: f64,
) -> impl Iterator<Item = (u32, u32)> + 'g {
    let points: Vec<[f64; 2]> = units.iter().map(|&unit| ground.at(unit)).collect();
    neighbours(&points)
        .into_iter()
        .filter(|edge| edge.gabriel)
        .map(|edge| (units[edge.a], units[edge.b]))
        .filter(move |&(a, b)| distance(ground.at(a), ground.at(b)) <= limit_m)
        .filter(|&(a, b)| !ground.separated(a, b))
}

fn without_compound(ground: &Ground, group: &Group) -> Vec<WalkEdge> {
    let units: Vec<u32> = ground
        .usable(group)
        .filter(|&unit| {
            let place = &ground.places[unit as usize];
            place.compound.is_none() && !place.whole_compound
        })
        .collect();
    let limit_m = ground.rules.gabriel_max_m;
    // Large buildings lie far apart by their centroids: here the walls count.
    gabriel(ground, &units, f64::INFINITY)
        .filter(|&(a, b)| {
            let [shape, other] = [a, b].map(|unit| &ground.shapes[unit as usize]);
            let village = [a, b]
                .iter()
                .all(|&unit| ground.places[unit as usize].village);
            !village && shape.gap(other, limit_m).is_some()
        })
        .map(|(a, b)| ground.edge(a, b, EdgeReason::Nearby))
        .collect()
}

/// How far a walk from gate to gate may run inside the two compounds' own outlines, metres: gates
/// are drawn a little off the fence.
const GATE_SLACK_M: f64 = 10.0;
/// Units tried for the way from a gate into its compound.
const GATE_UNITS: usize = 8;

struct GateAt {
    compound: u32,
    at: [f64; 2],
    unit: u32,
    leg_m: f64,
}

fn gate_to_gate(
    ground: &Ground,
    group: &Group,
    gates_of: &BTreeMap<u32, Vec<[f64; 2]>>,
) -> Vec<WalkEdge> {
    let mut units_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for unit in ground.usable(group) {
        let compound = ground.places[unit as usize].compound;
        if let Some(compound) = compound.filter(|compound| gates_of.contains_key(compound)) {
            units_of.entry(compound).or_default().push(unit);
        }
    }
    let mut gates = Vec::new();
    for (&compound, units) in &units_of {
        for &at in &gates_of[&compound] {
            let mut near: Vec<(f64, u32)> = units
                .iter()
                .map(|&unit| (distance(ground.at(unit), at), unit))
                .collect();
            near.sort_by(|p, q| p.0.total_cmp(&q.0).then(p.1.cmp(&q.1)));
            let way = near
                .into_iter()
                .take(GATE_UNITS)
                .find(|&(_, unit)| !ground.crosses(ground.at(unit), at));
            if let Some((leg_m, unit)) = way {
                gates.push(GateAt {
                    compound,
                    at,
                    unit,
                    leg_m,
                });
            }
        }
    }
    let tree = index_of_points(
        gates
            .iter()
            .enumerate()
            .map(|(i, gate)| (i as u32, gate.at)),
    );
    let limit = ground.rules.gate_max_m;
    let mut edges: BTreeMap<(u32, u32), WalkEdge> = BTreeMap::new();
    for (number, gate) in gates.iter().enumerate() {
        let reach = AABB::from_corners(gate.at.map(|v| v - limit), gate.at.map(|v| v + limit));
        for found in tree.locate_in_envelope_intersecting(&reach) {
            let other = &gates[found.number as usize];
            let apart = distance(gate.at, other.at);
            if found.number as usize <= number
                || other.compound == gate.compound
                || apart > limit
                || ground.crosses(gate.at, other.at)
                || ground.separated(gate.unit, other.unit)
                || !is_street_side(ground, gate, other)
            {
                continue;
            }
            let mut edge = ground.edge(gate.unit, other.unit, EdgeReason::GateToGate);
            edge.length_m = (gate.leg_m + apart + other.leg_m) as f32;
            let shortest = edges.entry((edge.a, edge.b)).or_insert(edge);
            if edge.length_m < shortest.length_m {
                *shortest = edge;
            }
        }
    }
    edges.into_values().collect()
}

/// A walk from gate to gate is on the street side when it runs through no footprint of a third
/// compound, and hardly through those of the two.
fn is_street_side(ground: &Ground, gate: &GateAt, other: &GateAt) -> bool {
    let (from, to) = (gate.at, other.at);
    let own = [Some(gate.compound), Some(other.compound)];
    let mut passed: Vec<&Shape> = Vec::new();
    for found in ground
        .footprints
        .locate_in_envelope_intersecting(&AABB::from_corners(from, to))
    {
        let shape = &ground.shapes[found.number as usize];
        if !shape.blocks(from, to) {
            continue;
        }
        if !own.contains(&ground.places[found.number as usize].compound) {
            return false;
        }
        passed.push(shape);
    }
    let steps = distance(from, to).ceil().max(1.0);
    let inside = (0..=steps as usize)
        .map(|step| step as f64 / steps)
        .map(|share| [0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share))
        .filter(|&point| passed.iter().any(|shape| shape.holds(point)))
        .count();
    (inside as f64) <= GATE_SLACK_M
}

fn between_compounds(ground: &Ground, group: &Group, gated: &BTreeSet<u32>) -> Vec<WalkEdge> {
    let rules = ground.rules;
    let reach_m = rules
        .facing_max_m
        .max(rules.village_max_m)
        .max(rules.point_max_m);
    let units: Vec<u32> = ground.usable(group).collect();
    units
        .par_iter()
        .map(|&unit| {
            let mut found: Vec<u32> = ground
                .everything
                .locate_in_envelope_intersecting(&ground.shapes[unit as usize].reach(reach_m))
                .map(|boxed| boxed.number)
                .filter(|&other| {
                    other > unit
                        && ground.group_of[other as usize] == ground.group_of[unit as usize]
                        && ground.apart(other).is_none()
                })
                .collect();
            found.sort_unstable();
            found
                .into_iter()
                .filter_map(|other| facing(ground, unit, other, gated))
                .collect::<Vec<_>>()
        })
        .flatten()
        .collect()
}

/// Both compounds have known gates: only these join them.
fn gates_decide(a: &Place, b: &Place, gated: &BTreeSet<u32>) -> bool {
    let has_gates = |place: &Place| {
        place
            .compound
            .is_some_and(|compound| gated.contains(&compound))
    };
    has_gates(a) && has_gates(b)
}

fn facing(ground: &Ground, a: u32, b: u32, gated: &BTreeSet<u32>) -> Option<WalkEdge> {
    let (place, other) = (&ground.places[a as usize], &ground.places[b as usize]);
    let (shape, other_shape) = (&ground.shapes[a as usize], &ground.shapes[b as usize]);
    let village = place.village && other.village;
    if place.compound.is_some() && place.compound == other.compound && !village {
        return None; // the rule inside a compound decides
    }
    if gates_decide(place, other, gated) {
        return None;
    }
    let points_only = shape.is_point() || other_shape.is_point();
    let (limit_m, reason) = if village {
        (ground.rules.village_max_m, EdgeReason::Village)
    } else if points_only {
        (ground.rules.point_max_m, EdgeReason::Nearby)
    } else {
        (ground.rules.facing_max_m, EdgeReason::Facing)
    };
    let gap = shape.gap(other_shape, limit_m)?;
    if ground.separated(a, b) {
        return None;
    }
    if gap.length_m == 0.0 {
        let reason = if points_only || village {
            reason
        } else {
            EdgeReason::Touching
        };
        return Some(ground.edge(a, b, reason));
    }
    (ground.is_clear(gap.from, gap.to, a, b) && !ground.crosses(gap.from, gap.to))
        .then(|| ground.edge(a, b, reason))
}

fn compound_neighbours(ground: &Ground, group: &Group, gated: &BTreeSet<u32>) -> Vec<WalkEdge> {
    let units: Vec<u32> = ground
        .usable(group)
        .filter(|&unit| ground.places[unit as usize].whole_compound)
        .collect();
    gabriel(ground, &units, ground.rules.compound_max_m)
        .filter(|&(a, b)| {
            !gates_decide(
                &ground.places[a as usize],
                &ground.places[b as usize],
                gated,
            ) && ground.is_clear(ground.at(a), ground.at(b), a, b)
        })
        .map(|(a, b)| ground.edge(a, b, EdgeReason::CompoundNeighbours))
        .collect()
}

#[cfg(test)]
#[path = "adjacency_tests.rs"]
mod tests;
