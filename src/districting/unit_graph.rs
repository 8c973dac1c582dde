//! The graph of units: what the caller hands in, validated once.
//!
//! Not the problem that is solved (that is `constraints`, one per piece of a zone).
//! Invariant: every edge joins two different units of one zone, and no pair is joined twice.

use std::collections::BTreeMap;

/// What moves as a whole: a building, a stairwell, or a compound without known buildings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Households, or whatever else areas are balanced by, with a target in the same measure; 0 is allowed.
    pub households: u32,
    /// Easting in decimetres, in any plane system common to all units.
    pub x_dm: i64,
    /// Northing in decimetres.
    pub y_dm: i64,
    /// The compound it belongs to.
    pub group: Option<u32>,
    /// The zone that its area may not leave.
    pub zone: u32,
    /// Label of today's area, if there is one.
    pub current: Option<u32>,
    /// Must stay in its current area; needs `current`.
    pub locked: bool,
}

impl Unit {
    /// Squared distance from a place, in dm².
    pub fn square_dm2(&self, [x_dm, y_dm]: [i64; 2]) -> u64 {
        (self.x_dm - x_dm).unsigned_abs().pow(2) + (self.y_dm - y_dm).unsigned_abs().pow(2)
    }
}

/// Two units a keeper can walk between without leaving the zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// Index of one unit.
    pub a: u32,
    /// Index of the other unit.
    pub b: u32,
    /// Length of their common border in decimetres (any measure of closeness will do).
    pub border_dm: u32,
    /// Made only to attach an isolated unit; contiguity is stated with and without such edges.
    pub attachment: bool,
}

/// Why a graph is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An edge names a unit that does not exist.
    #[error(
        "边 {edge} 指向不存在的单元 {unit}(共 {units} 个) / edge {edge} names unit {unit}, but there are {units}"
    )]
    NoSuchUnit {
        /// Index of the edge.
        edge: usize,
        /// The unit it names.
        unit: u32,
        /// Number of units.
        units: usize,
    },
    /// An edge joins a unit to itself.
    #[error(
        "边 {edge} 连接单元 {unit} 自身,请删除 / edge {edge} joins unit {unit} to itself: remove it"
    )]
    Loop {
        /// Index of the edge.
        edge: usize,
        /// The unit.
        unit: u32,
    },
    /// An edge crosses a zone border.
    #[error(
        "边 {edge} 跨越区域 {zone_a} 与 {zone_b}:片区不得跨区,请删除 / edge {edge} joins zones {zone_a} and {zone_b}: no area crosses a zone, remove it"
    )]
    BetweenZones {
        /// Index of the edge.
        edge: usize,
        /// Zone of unit `a`.
        zone_a: u32,
        /// Zone of unit `b`.
        zone_b: u32,
    },
    /// A unit is locked but has no current area to stay in.
    #[error(
        "单元 {unit} 已锁定但没有现片区:请解锁或给出现片区 / unit {unit} is locked but has no current area: unlock it or name the area"
    )]
    LockedNowhere {
        /// The unit.
        unit: usize,
    },
    /// A coordinate is beyond any city.
    #[error(
        "单元 {unit} 坐标超出 ±10 万公里 / unit {unit} lies more than 100,000 km from the origin: check its coordinates"
    )]
    TooFar {
        /// The unit.
        unit: usize,
    },
    /// A zone has more households than the arithmetic allows (2²⁶).
    #[error(
        "区域 {zone} 户数 {households} 超过 6710 万 / zone {zone} has {households} households, more than 67 million: check the counts"
    )]
    ZoneTooHeavy {
        /// The zone.
        zone: u32,
        /// Its households.
        households: u64,
    },
}

/// Units and the edges between them, validated.
#[derive(Debug, Clone)]
pub struct UnitGraph {
    units: Vec<Unit>,
    edges: Vec<Edge>,
    first: Vec<u32>,
    incident: Vec<u32>,
}

/// The most households one zone may hold, so that no sum can overflow.
const ZONE_LIMIT: u64 = 1 << 26;
/// The farthest coordinate, in decimetres.
const FARTHEST_DM: u64 = 1_000_000_000;

impl UnitGraph {
    /// Checks units and edges; parallel edges become one (their borders add up).
    pub fn new(units: Vec<Unit>, mut edges: Vec<Edge>) -> Result<Self, GraphError> {
        let mut zones: BTreeMap<u32, u64> = BTreeMap::new();
        for (index, unit) in units.iter().enumerate() {
            if unit.locked && unit.current.is_none() {
                return Err(GraphError::LockedNowhere { unit: index });
            }
            if unit.x_dm.unsigned_abs().max(unit.y_dm.unsigned_abs()) > FARTHEST_DM {
                return Err(GraphError::TooFar { unit: index });
            }
            *zones.entry(unit.zone).or_default() += u64::from(unit.households);
        }
        if let Some((&zone, &households)) = zones.iter().find(|&(_, &h)| h > ZONE_LIMIT) {
            return Err(GraphError::ZoneTooHeavy { zone, households });
        }
        for (index, edge) in edges.iter_mut().enumerate() {
            for unit in [edge.a, edge.b] {
                if unit as usize >= units.len() {
                    return Err(GraphError::NoSuchUnit {
                        edge: index,
                        unit,
                        units: units.len(),
                    });
                }
            }
            if edge.a == edge.b {
                return Err(GraphError::Loop {
                    edge: index,
                    unit: edge.a,
                });
            }
            let (zone_a, zone_b) = (units[edge.a as usize].zone, units[edge.b as usize].zone);
            if zone_a != zone_b {
                return Err(GraphError::BetweenZones {
                    edge: index,
                    zone_a,
                    zone_b,
                });
            }
            if edge.a > edge.b {
                std::mem::swap(&mut edge.a, &mut edge.b);
            }
        }
        edges.sort_unstable_by_key(|e| (e.a, e.b));
        edges.dedup_by(|later, kept| {
            let same = (later.a, later.b) == (kept.a, kept.b);
            if same {
                kept.border_dm = kept.border_dm.saturating_add(later.border_dm);
                kept.attachment &= later.attachment;
            }
            same
        });
        let mut first = vec![0u32; units.len() + 1];
        for edge in &edges {
            first[edge.a as usize + 1] += 1;
            first[edge.b as usize + 1] += 1;
        }
        for i in 0..units.len() {
            first[i + 1] += first[i];
        }
        let mut next = first.clone();
        let mut incident = vec![0u32; edges.len() * 2];
        for (index, edge) in edges.iter().enumerate() {
            for unit in [edge.a, edge.b] {
                incident[next[unit as usize] as usize] = index as u32;
                next[unit as usize] += 1;
            }
        }
        Ok(Self {
            units,
            edges,
            first,
            incident,
        })
    }

    /// The units, in the caller's order.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The edges, `a < b`, sorted, each pair once.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges at a unit, each with the unit at its other end.
    pub fn edges_at(&self, unit: u32) -> impl Iterator<Item = (u32, &Edge)> {
        let range = self.first[unit as usize] as usize..self.first[unit as usize + 1] as usize;
        self.incident[range].iter().map(move |&index| {
            let edge = &self.edges[index as usize];
            (if edge.a == unit { edge.b } else { edge.a }, edge)
        })
    }
}
