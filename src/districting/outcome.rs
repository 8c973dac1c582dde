//! The figures of a plan: of every area, of every piece of a zone, of the whole.
//!
//! The same code states the optimizer's plan and one edited by hand, which may break any rule.
//! Invariant: nothing here is estimated; every figure is computed from graph and assignment.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::bounds::deviation_bound_bp;
use super::change_bound;
use super::constraints::{contract, fits, forced_bp};
use super::figures::{Dispersion, deviation_bp};
use super::pieces::{self, Pieces};
use super::settings::Settings;
use super::unit_graph::UnitGraph;

/// A plan and its figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Area of every unit: an index into `areas`.
    pub area_of: Vec<u32>,
    /// Figures of every area; an unused number (plans edited by hand) has `units` = 0.
    pub areas: Vec<AreaFigures>,
    /// Figures of every piece of a zone (a zone is one piece unless it is not connected or holds a
    /// heavy unit), ordered by zone and piece.
    pub zones: Vec<ZoneFigures>,
    /// Groups that lie in several areas, and why.
    pub splits: Vec<GroupSplit>,
    /// Units heavier than an area may be, ascending.
    pub heavy: Vec<u32>,
    /// Figures of the whole.
    pub figures: Overall,
    /// The caller stopped the search: a legal plan, the best one so far.
    pub cancelled: bool,
}

/// Figures of one area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaFigures {
    /// Its zone (of its first unit).
    pub zone: u32,
    /// Number within the zone, from 1.
    pub number_in_zone: u32,
    /// Holds a unit heavier than an area may be: counted apart, never over tolerance.
    pub heavy: bool,
    /// Keepers it needs: a pair, or more if it is heavy.
    pub seats: u32,
    /// Households.
    pub households: u64,
    /// Mean t of its piece per pair of keepers, in thousandths of a household. A heavy area has the
    /// mean of its zone's ordinary areas, or the target where there are none.
    pub target_milli: u64,
    /// (load per pair − t) ÷ t in basis points.
    pub deviation_bp: i32,
    /// (load per pair − T) ÷ T in basis points.
    pub off_target_bp: i32,
    /// An ordinary area outside the band.
    pub out_of_band: bool,
    /// Units.
    pub units: u32,
    /// Connected components; 1 in a legal plan.
    pub pieces: u32,
    /// Connected components if attachments were no edges.
    pub pieces_without_attachments: u32,
    /// Some of its units lie in another zone (only in plans edited by hand).
    pub crosses_zones: bool,
    /// Edges to other areas.
    pub cut_edges: u32,
    /// Border to other areas in decimetres.
    pub cut_border_dm: u64,
    /// Σ households · (distance from centroid)² in dm².
    pub inertia_dm2: u64,
    /// √(inertia ÷ households) in decimetres.
    pub rms_radius_dm: u32,
    /// The least Σ households · distance² from one of its units (Hess's measure), in dm².
    pub inertia_medoid_dm2: u64,
}

/// Figures of one piece of a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneFigures {
    /// The zone.
    pub zone: u32,
    /// Number of the piece within the zone, from 0.
    pub piece: u32,
    /// A heavy unit with what it takes in: one area of its own.
    pub heavy: bool,
    /// Units.
    pub units: u32,
    /// Households.
    pub households: u64,
    /// Areas.
    pub areas: u32,
    /// Seats of these areas.
    pub seats: u32,
    /// Mean t per pair of keepers, in thousandths.
    pub target_milli: u64,
    /// What the zone itself forces: |t − T| ÷ T in basis points.
    pub forced_bp: u32,
    /// Worst deviation from the mean, in basis points; 0 for a heavy piece.
    pub achieved_bp: u32,
    /// No plan with this number of areas can be better than this, in basis points.
    pub bound_bp: u32,
    /// How the bound is known.
    pub proof: Proof,
    /// Σ of its areas' inertia about their best units, in dm².
    pub inertia_medoid_dm2: u64,
    /// No plan with as many connected areas within the limits (or the band; or the loads of this plan, where they are beyond)
    /// has less, in dm²; where it was asked for.
    pub inertia_bound_dm2: Option<u64>,
    /// Parts of compounds beyond one each, of those that lie in this piece.
    pub extra_group_pieces: u64,
    /// Fewest extra parts that weights allow in this piece: Σ max(0, ⌈W / limit⌉ − 1).
    pub extra_group_pieces_bound: u64,
    /// Households whose area changes against today's (areas matched by largest overlap).
    pub changed_households: u64,
    /// No plan with as many areas, all within the band, changes fewer households.
    pub change_bound: u64,
    /// No such plan in which everybody stays or goes to an area that touches his own one changes fewer.
    pub change_flow: u64,
}

/// How a bound on the worst deviation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// From the households alone: whole numbers, heavy units, dead ends.
    Arithmetic,
    /// All connected sets were enumerated: no plan is better than the bound.
    Enumeration,
    /// All connected sets were enumerated: no plan is better than this one.
    Optimal,
}

/// A group that lies in several areas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSplit {
    /// The group.
    pub group: u32,
    /// In how many areas it lies.
    pub pieces: u32,
    /// Its households.
    pub households: u64,
    /// Why.
    pub reason: SplitReason,
}

/// Why a group is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitReason {
    /// It lies in several zones.
    CrossesZones,
    /// It holds a unit heavier than an area may be.
    HoldsHeavyUnit,
    /// It is heavier than an area may be.
    HeavierThanArea,
    /// Its units are locked to different areas.
    Locked,
    /// Its units are not connected with each other.
    NotConnected,
    /// Nothing forces it: the settings allow it, or someone chose so.
    Chosen,
}

/// Figures of the whole plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Overall {
    /// Units.
    pub units: usize,
    /// Households.
    pub households: u64,
    /// Areas in use, heavy ones included.
    pub areas: usize,
    /// Heavy areas.
    pub heavy_areas: usize,
    /// Seats of all areas.
    pub seats: u64,
    /// Worst deviation of an ordinary area, in basis points.
    pub worst_deviation_bp: u32,
    /// Mean of the absolute deviations of the ordinary areas, in basis points.
    pub mean_deviation_bp: u32,
    /// Ordinary areas outside the band.
    pub areas_out_of_band: usize,
    /// Areas in several components.
    pub disconnected: usize,
    /// Areas in several components if attachments were no edges.
    pub disconnected_without_attachments: usize,
    /// Areas that cross a zone border.
    pub crossing_zones: usize,
    /// Edges between areas.
    pub cut_edges: usize,
    /// Border between areas in decimetres.
    pub cut_border_dm: u64,
    /// √(Σ inertia ÷ households) in decimetres.
    pub rms_radius_dm: u32,
    /// Groups.
    pub groups: usize,
    /// Parts of groups beyond one each.
    pub extra_group_pieces: u64,
    /// Fewest extra parts that weights allow: Σ max(0, ⌈W / limit⌉ − 1).
    pub extra_group_pieces_bound: u64,
    /// Households whose area changes against today's (areas matched by largest overlap).
    pub changed_households: u64,
    /// Fewest changed households that bring all areas within the band, proved: the sum over the zones.
    pub change_bound: u64,
    /// The same if everybody stays or goes to an area that touches his own one: the flow bounds of the zones.
    pub change_flow: u64,
    /// Dispersion of the loads of the ordinary areas.
    pub dispersion: Dispersion,
}

/// States the figures of an assignment: `area_of[unit]` is the number of the unit's area.
///
/// Numbers should be dense; an unused one below the largest yields an empty area. Units beyond the
/// end of `area_of` count as area 0.
pub fn evaluate(graph: &UnitGraph, settings: &Settings, area_of: &[u32]) -> Outcome {
    let pieces = pieces::find(graph, settings);
    let mut area_of = area_of.to_vec();
    area_of.resize(graph.units().len(), 0);
    let mut outcome = evaluate_in(graph, settings, &pieces, area_of);
    let local = local_numbers(&pieces);
    outcome
        .zones
        .par_iter_mut()
        .zip(&pieces.list)
        .filter(|(zone, piece)| piece.heavy.is_none() && zone.areas > 0)
        .for_each(|(zone, piece)| {
            let count = zone.areas as usize;
            let problem = contract(graph, settings, piece, &local, Some(count));
            zone.bound_bp = deviation_bound_bp(&problem, piece.households, count);
        });
    outcome
}

/// The same, with the pieces at hand; the bounds are left to the caller.
pub(super) fn evaluate_in(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    area_of: Vec<u32>,
) -> Outcome {
    let count = area_of.iter().max().map_or(0, |&a| a as usize + 1);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    for (unit, &area) in area_of.iter().enumerate() {
        members[area as usize].push(unit as u32);
    }

    let mut areas: Vec<AreaFigures> = members
        .par_iter()
        .map(|list| {
            let mut area = shape(graph, settings, pieces, list);
            state_borders(graph, &area_of, list, &mut area);
            area
        })
        .collect();
    let piece_of: Vec<Option<u32>> = members
        .iter()
        .zip(&areas)
        .map(|(list, area)| {
            let ordinary = |&&u: &&u32| {
                area.heavy
                    == pieces.list[pieces.of_unit[u as usize] as usize]
                        .heavy
                        .is_some()
            };
            list.iter()
                .find(ordinary)
                .or(list.first())
                .map(|&u| pieces.of_unit[u as usize])
        })
        .collect();
    let mut zones = state_balance(settings, pieces, &piece_of, &mut areas);
    change_bound::state(graph, settings, pieces, &area_of, &mut zones);
    let groups = groups_of(graph);
    state_groups(graph, settings, pieces, (&groups, &area_of), &mut zones);
    let splits = group_splits(graph, settings, pieces, &zones, (&groups, &area_of));
    let figures = overall(graph, settings, &groups, &areas, &zones, &splits);
    Outcome {
        area_of,
        areas,
        zones,
        splits,
        heavy: pieces.heavy.clone(),
        figures,
        cancelled: false,
    }
}

/// What an area is, regardless of the others.
fn shape(graph: &UnitGraph, settings: &Settings, pieces: &Pieces, members: &[u32]) -> AreaFigures {
    let units = graph.units();
    let Some(&first) = members.first() else {
        return AreaFigures::default();
    };
    let zone = units[first as usize].zone;
    let heavy = members
        .iter()
        .any(|u| pieces.heavy.binary_search(u).is_ok());
    let (mut households, mut x, mut y) = (0i128, 0i128, 0i128);
    for &u in members {
        let unit = &units[u as usize];
        let w = i128::from(unit.households);
        households += w;
        x += w * i128::from(unit.x_dm);
        y += w * i128::from(unit.y_dm);
    }
    let weight = households.max(1);
    let (cx, cy) = (x / weight, y / weight);
    let inertia: i128 = members
        .iter()
        .map(|&u| {
            let unit = &units[u as usize];
            let (dx, dy) = (i128::from(unit.x_dm) - cx, i128::from(unit.y_dm) - cy);
            i128::from(unit.households) * (dx * dx + dy * dy)
        })
        .sum();
    // About any point it is the inertia about the centroid and households · distance² of the point from it: the
    // unit nearest to the centroid is the best one. Taken about that unit, nothing is rounded.
    let square = |(x, y): (i128, i128), u: u32| {
        let unit = &units[u as usize];
        let (dx, dy) = (i128::from(unit.x_dm) - x, i128::from(unit.y_dm) - y);
        dx * dx + dy * dy
    };
    let from_centroid = |&&u: &&u32| {
        let unit = &units[u as usize];
        let (dx, dy) = (i128::from(unit.x_dm) - cx, i128::from(unit.y_dm) - cy);
        // The centroid is x / weight, not cx: what is left over counts too.
        let (dx, dy) = (dx * weight - x % weight, dy * weight - y % weight);
        dx.pow(2).saturating_add(dy.pow(2))
    };
    let nearest = members.iter().min_by_key(from_centroid);
    let middle = nearest.map_or((cx, cy), |&u| {
        (
            i128::from(units[u as usize].x_dm),
            i128::from(units[u as usize].y_dm),
        )
    });
    let about = |&u: &u32| i128::from(units[u as usize].households) * square(middle, u);
    let medoid: i128 = members.iter().map(about).sum();
    let households = households as u64;
    AreaFigures {
        zone,
        heavy,
        seats: if heavy {
            settings.heavy_seats(households)
        } else {
            settings.pair()
        },
        households,
        units: members.len() as u32,
        crosses_zones: members.iter().any(|&u| units[u as usize].zone != zone),
        inertia_dm2: u64::try_from(inertia).unwrap_or(u64::MAX),
        rms_radius_dm: u32::try_from((inertia / weight).isqrt()).unwrap_or(u32::MAX),
        inertia_medoid_dm2: u64::try_from(medoid).unwrap_or(u64::MAX),
        ..AreaFigures::default()
    }
}

/// Counts the edges to other areas and the connected components, with and without attachments.
fn state_borders(graph: &UnitGraph, area_of: &[u32], members: &[u32], area: &mut AreaFigures) {
    let Some(&first) = members.first() else {
        return;
    };
    let own = area_of[first as usize];
    let edges = || members.iter().flat_map(|&unit| graph.edges_at(unit));
    for (other, edge) in edges() {
        if area_of[other as usize] != own {
            area.cut_edges += 1;
            area.cut_border_dm += u64::from(edge.border_dm);
        }
    }
    area.pieces = components(graph, area_of, members, true);
    area.pieces_without_attachments = if edges().any(|(_, edge)| edge.attachment) {
        components(graph, area_of, members, false)
    } else {
        area.pieces
    };
}

/// Connected components of the units of one area, ascending.
fn components(graph: &UnitGraph, area_of: &[u32], members: &[u32], attachments: bool) -> u32 {
    let mut seen = vec![false; members.len()];
    let mut stack = Vec::new();
    let mut count = 0;
    for start in 0..members.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        count += 1;
        stack.push(members[start]);
        while let Some(unit) = stack.pop() {
            for (other, edge) in graph.edges_at(unit) {
                let same = area_of[other as usize] == area_of[unit as usize];
                if same
                    && (attachments || !edge.attachment)
                    && let Ok(place) = members.binary_search(&other)
                    && !std::mem::replace(&mut seen[place], true)
                {
                    stack.push(other);
                }
            }
        }
    }
    count
}

/// Fills in targets and deviations, and states the pieces.
fn state_balance(
    settings: &Settings,
    pieces: &Pieces,
    piece_of: &[Option<u32>],
    areas: &mut [AreaFigures],
) -> Vec<ZoneFigures> {
    let pair = u64::from(settings.pair());
    let target_milli = u64::from(settings.target()) * 1000;
    let mean_milli = |households: u64, count: u64| {
        u64::try_from(u128::from(households) * 1000 / u128::from(count.max(1))).unwrap_or(u64::MAX)
    };
    // Households and number of ordinary areas by piece and by zone.
    let mut by_piece = vec![(0u64, 0u64); pieces.list.len()];
    let mut by_zone: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for (area, piece) in areas.iter().zip(piece_of) {
        if let (Some(piece), false) = (piece, area.heavy) {
            for sum in [
                &mut by_piece[*piece as usize],
                by_zone.entry(area.zone).or_default(),
            ] {
                sum.0 += area.households;
                sum.1 += 1;
            }
        }
    }
    let mut numbers: BTreeMap<u32, u32> = BTreeMap::new();
    let mut zones: Vec<ZoneFigures> = pieces
        .list
        .iter()
        .map(|piece| ZoneFigures {
            zone: piece.zone,
            piece: piece.number,
            heavy: piece.heavy.is_some(),
            units: piece.units.len() as u32,
            households: piece.households,
            areas: 0,
            seats: 0,
            target_milli: 0,
            forced_bp: 0,
            achieved_bp: 0,
            bound_bp: 0,
            proof: Proof::Arithmetic,
            inertia_medoid_dm2: 0,
            inertia_bound_dm2: None,
            extra_group_pieces: 0,
            extra_group_pieces_bound: 0,
            changed_households: 0,
            change_bound: 0,
            change_flow: 0,
        })
        .collect();
    for (area, piece) in areas.iter_mut().zip(piece_of) {
        let Some(piece) = piece else { continue };
        let number = numbers.entry(area.zone).or_default();
        *number += 1;
        area.number_in_zone = *number;
        area.target_milli = if area.heavy {
            let (households, count) = by_zone.get(&area.zone).copied().unwrap_or_default();
            if count > 0 {
                mean_milli(households, count)
            } else {
                target_milli
            }
        } else {
            let (households, count) = by_piece[*piece as usize];
            mean_milli(households, count)
        };
        let seats = u64::from(area.seats);
        area.deviation_bp = deviation_bp(
            area.households * pair,
            area.target_milli.saturating_mul(seats),
        );
        area.off_target_bp = deviation_bp(area.households * pair, target_milli * seats);
        area.out_of_band = !area.heavy && area.deviation_bp.unsigned_abs() > settings.band_bp;
        let zone = &mut zones[*piece as usize];
        zone.areas += 1;
        zone.seats += area.seats;
        zone.inertia_medoid_dm2 = zone
            .inertia_medoid_dm2
            .saturating_add(area.inertia_medoid_dm2);
        zone.target_milli = area.target_milli;
        if !area.heavy {
            zone.achieved_bp = zone.achieved_bp.max(area.deviation_bp.unsigned_abs());
        }
    }
    for (zone, piece) in zones.iter_mut().zip(&pieces.list) {
        if piece.heavy.is_none() && zone.areas > 0 {
            zone.forced_bp = forced_bp(piece.households, zone.areas as usize, settings);
        }
    }
    zones
}

/// Number of every unit within its piece.
pub(super) fn local_numbers(pieces: &Pieces) -> Vec<u32> {
    let mut local = vec![0; pieces.of_unit.len()];
    for piece in &pieces.list {
        for (number, &unit) in piece.units.iter().enumerate() {
            local[unit as usize] = number as u32;
        }
    }
    local
}

/// Units by group: (group, unit), ascending.
fn groups_of(graph: &UnitGraph) -> Vec<(u32, u32)> {
    let units = (0u32..).zip(graph.units());
    let mut groups: Vec<(u32, u32)> = units
        .filter_map(|(number, unit)| Some((unit.group?, number)))
        .collect();
    groups.par_sort_unstable();
    groups
}

/// Fills in the extra parts of groups, piece by piece, with their bound.
fn state_groups(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    (groups, area_of): (&[(u32, u32)], &[u32]),
    zones: &mut [ZoneFigures],
) {
    let mut here: Vec<(u32, u32, u64)> = Vec::new(); // piece, area, households of one group
    for run in groups.chunk_by(|a, b| a.0 == b.0) {
        here.clear();
        here.extend(run.iter().map(|&(_, unit)| {
            let households = u64::from(graph.units()[unit as usize].households);
            (
                pieces.of_unit[unit as usize],
                area_of[unit as usize],
                households,
            )
        }));
        here.sort_unstable();
        for part in here.chunk_by(|a, b| a.0 == b.0) {
            let zone = &mut zones[part[0].0 as usize];
            zone.extra_group_pieces += part.chunk_by(|a, b| a.1 == b.1).count() as u64 - 1;
            let weight: u64 = part.iter().map(|&(.., households)| households).sum();
            let most = u128::from(zone.households) * (10_000 + u128::from(settings.band_bp))
                / (10_000 * u128::from(zone.areas.max(1)));
            let least_parts = u128::from(weight).div_ceil(most.max(1)) as u64;
            zone.extra_group_pieces_bound += least_parts.saturating_sub(1);
        }
    }
}

/// The groups that lie in several areas, with the reason.
fn group_splits(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    zones: &[ZoneFigures],
    (groups, area_of): (&[(u32, u32)], &[u32]),
) -> Vec<GroupSplit> {
    let units = graph.units();
    let mut splits = Vec::new();
    for run in groups.chunk_by(|a, b| a.0 == b.0) {
        let (group, first) = run[0];
        if run
            .iter()
            .all(|&(_, u)| area_of[u as usize] == area_of[first as usize])
        {
            continue;
        }
        let members: Vec<u32> = run.iter().map(|&(_, u)| u).collect();
        let distinct = |value: &dyn Fn(u32) -> Option<u32>| {
            members
                .iter()
                .filter_map(|&u| value(u))
                .collect::<BTreeSet<u32>>()
                .len()
        };
        let lies_in = distinct(&|u| Some(area_of[u as usize]));
        let households = members
            .iter()
            .map(|&u| u64::from(units[u as usize].households))
            .sum();
        let piece = pieces.of_unit[members[0] as usize] as usize;
        let lock = |u: u32| {
            units[u as usize]
                .current
                .filter(|_| units[u as usize].locked)
        };
        let reason = if distinct(&|u| Some(units[u as usize].zone)) > 1 {
            SplitReason::CrossesZones
        } else if members
            .iter()
            .any(|u| pieces.heavy.binary_search(u).is_ok())
        {
            SplitReason::HoldsHeavyUnit
        } else if distinct(&|u| Some(pieces.of_unit[u as usize])) > 1 {
            SplitReason::NotConnected
        } else if !fits(
            households,
            zones[piece].households,
            zones[piece].areas as usize,
            settings,
        ) {
            SplitReason::HeavierThanArea
        } else if distinct(&lock) > 1 {
            SplitReason::Locked
        } else if !connected(graph, &members) {
            SplitReason::NotConnected
        } else {
            SplitReason::Chosen
        };
        splits.push(GroupSplit {
            group,
            pieces: lies_in as u32,
            households,
            reason,
        });
    }
    splits
}

/// Are the units (ascending) connected through each other?
fn connected(graph: &UnitGraph, members: &[u32]) -> bool {
    let mut seen = BTreeSet::from([members[0]]);
    let mut stack = vec![members[0]];
    while let Some(unit) = stack.pop() {
        for (other, _) in graph.edges_at(unit) {
            if members.binary_search(&other).is_ok() && seen.insert(other) {
                stack.push(other);
            }
        }
    }
    seen.len() == members.len()
}

fn overall(
    graph: &UnitGraph,
    settings: &Settings,
    groups: &[(u32, u32)],
    areas: &[AreaFigures],
    zones: &[ZoneFigures],
    splits: &[GroupSplit],
) -> Overall {
    let used = || areas.iter().filter(|a| a.units > 0);
    let ordinary = || used().filter(|a| !a.heavy);
    let loads: Vec<u64> = ordinary().map(|a| a.households).collect();
    let sum: u64 = ordinary()
        .map(|a| u64::from(a.deviation_bp.unsigned_abs()))
        .sum();
    let households: u64 = used().map(|a| a.households).sum();
    let inertia: u128 = used().map(|a| u128::from(a.inertia_dm2)).sum();
    let limit = settings.upper_limit().max(1);
    let groups = || groups.chunk_by(|a, b| a.0 == b.0);
    let weight = |members: &[(u32, u32)]| -> u64 {
        members
            .iter()
            .map(|&(_, u)| u64::from(graph.units()[u as usize].households))
            .sum()
    };
    Overall {
        units: graph.units().len(),
        households,
        areas: used().count(),
        heavy_areas: used().filter(|a| a.heavy).count(),
        seats: used().map(|a| u64::from(a.seats)).sum(),
        worst_deviation_bp: ordinary()
            .map(|a| a.deviation_bp.unsigned_abs())
            .max()
            .unwrap_or(0),
        mean_deviation_bp: (sum / loads.len().max(1) as u64) as u32,
        areas_out_of_band: used().filter(|a| a.out_of_band).count(),
        disconnected: used().filter(|a| a.pieces > 1).count(),
        disconnected_without_attachments: used()
            .filter(|a| a.pieces_without_attachments > 1)
            .count(),
        crossing_zones: used().filter(|a| a.crosses_zones).count(),
        cut_edges: areas.iter().map(|a| a.cut_edges as usize).sum::<usize>() / 2,
        cut_border_dm: areas.iter().map(|a| a.cut_border_dm).sum::<u64>() / 2,
        rms_radius_dm: (inertia / u128::from(households.max(1))).isqrt() as u32,
        groups: groups().count(),
        extra_group_pieces: splits.iter().map(|s| u64::from(s.pieces) - 1).sum(),
        extra_group_pieces_bound: groups()
            .map(|members| weight(members).div_ceil(limit).saturating_sub(1))
            .sum(),
        changed_households: zones.iter().map(|z| z.changed_households).sum(),
        change_bound: zones.iter().map(|z| z.change_bound).sum(),
        change_flow: zones.iter().map(|z| z.change_flow).sum(),
        dispersion: Dispersion::of(&loads),
    }
}
