//! Pieces: the sets of units inside which areas are made.
//!
//! A zone that is not connected falls into its components; each is divided for itself, with its own
//! mean. A unit heavier than an area may be (T · (1 + band)) is a piece, and an area, of its own.
//! What it cuts off from the rest is a piece too, unless that is lighter than half an area: then
//! the heavy area takes it in, so that nobody is stranded. Locked units are never taken in.
//! Invariant: every unit lies in exactly one piece, every piece in one zone, and it is connected.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::constraints::best_count;
use super::settings::Settings;
use super::unit_graph::UnitGraph;

/// One piece of a zone.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// The zone, as the caller names it.
    pub zone: u32,
    /// Number of the piece within its zone, from 0.
    pub number: u32,
    /// Its units, ascending.
    pub units: Vec<u32>,
    /// The heavy unit it is made of; `None` for an ordinary piece.
    pub heavy: Option<u32>,
    /// Its households.
    pub households: u64,
    /// In how many areas it is to be divided.
    pub areas: usize,
}

/// All pieces and where each unit lies.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    /// The pieces, ordered by zone, then by lowest unit.
    pub list: Vec<Piece>,
    /// Index of the piece of every unit.
    pub of_unit: Vec<u32>,
    /// Units heavier than an area may be, ascending.
    pub heavy: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// Cuts every zone into its pieces.
pub(super) fn find(graph: &UnitGraph, settings: &Settings) -> Pieces {
    let units = graph.units();
    let limit = settings.upper_limit();
    let heavy: Vec<u32> = (0..units.len() as u32)
        .filter(|&u| is_heavy(graph, u, limit))
        .collect();
    let mut of_unit = vec![NONE; units.len()];
    let mut list: Vec<Piece> = Vec::new();
    for &unit in &heavy {
        of_unit[unit as usize] = list.len() as u32;
        list.push(Piece {
            zone: units[unit as usize].zone,
            number: 0,
            units: vec![unit],
            heavy: Some(unit),
            households: u64::from(units[unit as usize].households),
            areas: 1,
        });
    }
    for start in 0..units.len() as u32 {
        if of_unit[start as usize] == NONE {
            let mut found = vec![start];
            // Lightest heavy unit beside the piece: it would take the piece in.
            let mut beside: Option<(u32, u32)> = None;
            of_unit[start as usize] = list.len() as u32;
            let mut next = 0;
            while next < found.len() {
                for (other, _) in graph.edges_at(found[next]) {
                    if is_heavy(graph, other, limit) {
                        let rank = (units[other as usize].households, other);
                        beside = Some(beside.map_or(rank, |best| best.min(rank)));
                    } else if of_unit[other as usize] == NONE {
                        of_unit[other as usize] = list.len() as u32;
                        found.push(other);
                    }
                }
                next += 1;
            }
            found.sort_unstable();
            let households = found
                .iter()
                .map(|&u| u64::from(units[u as usize].households))
                .sum();
            let locked = found.iter().any(|&u| units[u as usize].locked);
            match beside {
                Some((_, host)) if !locked && households * 2 < u64::from(settings.target()) => {
                    let host = of_unit[host as usize];
                    for &u in &found {
                        of_unit[u as usize] = host;
                    }
                    let piece = &mut list[host as usize];
                    piece.units.append(&mut found);
                    piece.units.sort_unstable();
                    piece.households += households;
                }
                _ => list.push(Piece {
                    zone: units[start as usize].zone,
                    number: 0,
                    units: found,
                    heavy: None,
                    households,
                    areas: best_count(households, settings),
                }),
            }
        }
    }
    list.sort_by_key(|piece| (piece.zone, piece.units[0]));
    for index in 0..list.len() {
        let follows = index > 0 && list[index - 1].zone == list[index].zone;
        list[index].number = if follows {
            list[index - 1].number + 1
        } else {
            0
        };
        for &unit in &list[index].units {
            of_unit[unit as usize] = index as u32;
        }
    }
    if let Some(areas) = settings.areas {
        share_out(&mut list, areas as usize);
    }
    for pieces in list.chunk_by_mut(|a, b| a.zone == b.zone) {
        if let Some(&areas) = settings.areas_of_zone.get(&pieces[0].zone) {
            share_out(pieces, areas as usize);
        }
    }
    Pieces {
        list,
        of_unit,
        heavy,
    }
}

/// Gives every ordinary piece an area, and the rest one by one to the piece with most households per area.
fn share_out(list: &mut [Piece], areas: usize) {
    let mut given = 0;
    // Households per area as (quotient in thousandths, lowest number first).
    let average = |piece: &Piece| u128::from(piece.households) * 1000 / piece.areas as u128;
    let mut heap = BinaryHeap::new();
    for (index, piece) in list.iter_mut().enumerate() {
        piece.areas = 1;
        given += 1;
        if piece.heavy.is_none() {
            heap.push((average(piece), Reverse(index)));
        }
    }
    while given < areas {
        let Some((_, Reverse(index))) = heap.pop() else {
            break;
        };
        let piece = &mut list[index];
        if piece.areas < piece.units.len() {
            piece.areas += 1;
            given += 1;
            heap.push((average(piece), Reverse(index)));
        }
    }
}

fn is_heavy(graph: &UnitGraph, unit: u32, limit: u64) -> bool {
    u64::from(graph.units()[unit as usize].households) > limit
}
