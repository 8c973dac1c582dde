//! Rebalancing the neighbourhood of an edit: a few areas searched anew from where they stand.
//!
//! Invariant: the proposal keeps the number of areas, moves nothing locked, and is never worse than what is there
//! in pieces, areas outside the band and worst deviation; the same plan and seed give the same proposal.

use std::collections::{BTreeMap, BTreeSet};

use super::super::anneal;
use super::super::constraints::contract;
use super::super::initial;
use super::super::outcome::local_numbers;
use super::super::pieces;
use super::super::rng::{Rng, derive_seed};
use super::super::settings::Settings;
use super::super::unit_graph::{Edge, Unit, UnitGraph};
use super::{AreaState, Redraw};

/// Areas that are searched together, at most.
const AREAS: usize = 8;
/// Iterations per unit: for 8 areas of 14 units about 20 ms.
const EFFORT: u64 = 200;
/// Iterations of one proposal, at most.
const MOST: u64 = 30_000;

impl Redraw {
    /// `areas` and their neighbours, those with most edges between them first, up to eight.
    ///
    /// Locked, heavy and empty areas are left out.
    pub fn neighbourhood(&self, areas: &[u32]) -> Vec<u32> {
        let mut chosen: Vec<u32> = areas.iter().copied().filter(|&a| self.is_open(a)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.truncate(AREAS);
        while chosen.len() < AREAS {
            let mut shared: BTreeMap<u32, u32> = BTreeMap::new();
            for &area in &chosen {
                for &unit in &self.areas[area as usize].units {
                    for (other, _) in self.ground.graph.edges_at(unit) {
                        let beside = self.area_of[other as usize];
                        if self.is_open(beside) && !chosen.contains(&beside) {
                            *shared.entry(beside).or_default() += 1;
                        }
                    }
                }
            }
            let most = shared
                .iter()
                .max_by_key(|&(&area, &edges)| (edges, std::cmp::Reverse(area)));
            let Some((&area, _)) = most else { break };
            chosen.push(area);
        }
        chosen.sort_unstable();
        chosen
    }

    /// Moves that balance these areas (at most eight are taken) among themselves; not yet applied, none if nothing
    /// better was found.
    pub fn rebalance(&self, areas: &[u32], seed: u64) -> Vec<(u32, u32)> {
        let mut chosen: Vec<u32> = areas.iter().copied().filter(|&a| self.is_open(a)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen.truncate(AREAS);
        let moves = self.search(&chosen, seed);
        let mut after = self.clone();
        let better = after.apply(&moves).is_ok() && after.badness(&chosen) < self.badness(&chosen);
        if better { moves } else { Vec::new() }
    }

    /// May the area take part?
    fn is_open(&self, area: u32) -> bool {
        let own = self.areas.get(area as usize);
        own.is_some_and(|own| !own.locked && own.heavy == 0 && !own.units.is_empty())
    }

    /// What balancing is to lessen: pieces, areas outside the band, the worst deviation, all deviations.
    fn badness(&self, areas: &[u32]) -> (u32, usize, u32, u64) {
        let states: Vec<AreaState> = areas.iter().filter_map(|&area| self.area(area)).collect();
        let off = || states.iter().map(|area| area.deviation_bp.unsigned_abs());
        (
            states.iter().map(|area| area.pieces).sum(),
            states.iter().filter(|area| area.out_of_band).count(),
            off().max().unwrap_or(0),
            off().map(u64::from).sum(),
        )
    }

    /// What the search makes of these areas.
    fn search(&self, chosen: &[u32], seed: u64) -> Vec<(u32, u32)> {
        let ground = &self.ground;
        let mut members: Vec<u32> = chosen
            .iter()
            .flat_map(|&area| &self.areas[area as usize].units)
            .copied()
            .collect();
        members.sort_unstable();
        let units: Vec<Unit> = members
            .iter()
            .map(|&unit| Unit {
                current: Some(self.area_of[unit as usize]),
                ..ground.graph.units()[unit as usize].clone()
            })
            .collect();
        let mut edges: Vec<Edge> = Vec::new();
        for (a, &unit) in (0u32..).zip(&members) {
            for (other, edge) in ground.graph.edges_at(unit) {
                if let Ok(b) = members.binary_search(&other)
                    && (b as u32) > a
                {
                    let b = b as u32;
                    edges.push(Edge { a, b, ..*edge });
                }
            }
        }
        let Ok(graph) = UnitGraph::new(units, edges) else {
            return Vec::new(); // cannot be: it is a part of a graph that was checked
        };
        let pieces = pieces::find(&graph, &ground.settings);
        let local = local_numbers(&pieces);
        let mut moves = Vec::new();
        for (number, piece) in pieces.list.iter().enumerate() {
            let labels: BTreeSet<u32> = piece
                .units
                .iter()
                .filter_map(|&unit| graph.units()[unit as usize].current)
                .collect();
            if piece.heavy.is_some() || labels.len() < 2 {
                continue;
            }
            // The mean of these areas is the aim, however far it is from that of the zone.
            let mean = piece.households / labels.len() as u64;
            let settings = Settings {
                target_households: u32::try_from(mean).unwrap_or(u32::MAX).max(1),
                areas: None,
                ..ground.settings.clone()
            };
            let problem = contract(&graph, &settings, piece, &local, None);
            if !problem.keeps_current {
                continue;
            }
            let never = || false;
            let mut rng = Rng::new(derive_seed(seed, number as u64));
            let start = initial::start(&problem, &mut rng, &never);
            let iterations = (piece.units.len() as u64 * EFFORT).min(MOST);
            let warm = anneal::warm(&problem);
            let found = anneal::anneal(&problem, &start, rng.next(), iterations, warm, &never);
            for (&unit, &node) in piece.units.iter().zip(&problem.node_of) {
                let label = problem.labels[found.area[node as usize] as usize];
                let unit = members[unit as usize];
                if label != self.area_of[unit as usize] {
                    moves.push((unit, label));
                }
            }
        }
        moves.sort_unstable();
        moves
    }
}
