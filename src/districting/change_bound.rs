//! How many households change their area, and how many must at least, so that all areas come within the band.
//!
//! Not the plan that does so (that is `repair`). Two lower bounds for every piece, given its number of areas:
//! - *proved*, for every plan whatever touches whom: a label keeps at most one area and an area at most one label, so
//!   what a label has above the upper limit leaves it, and what it lacks to the lower limit enters its area. Units
//!   move whole, so each of these is at least the least sum of units that reaches it. Leaving and entering
//!   households are the same ones, so the larger of the two sums counts.
//! - *flow*, for plans in which nobody ends in an area that does not touch his own one today: a change is then a hop on
//!   today's graph of areas, and the cheapest flow of households from over- to underloaded areas is a minimum-cost
//!   circulation in which every hop costs a household a change. What must leave or enter a label as above is kept, so it
//!   is never below the proved bound. It is stated where every unit has a label and there are as many labels as
//!   areas; elsewhere the proved bound stands in its place.
//!
//! Invariant: no plan whose areas are all within the band changes fewer households than the proved bound.

use std::collections::BTreeSet;

use ac_library::MinCostFlowGraph;

use super::constraints::{NONE, Problem};
use super::heirs::heirs_of_current;
use super::outcome::ZoneFigures;
use super::pieces::{Piece, Pieces};
use super::settings::Settings;
use super::unit_graph::UnitGraph;

/// Above so many households the least sum of units is not searched: what must leave or enter is counted itself.
const SEARCHED: u64 = 1 << 14;

/// States what changes and what must in every piece: `area_of[unit]` is the plan, the labels are today's.
pub(super) fn state(
    graph: &UnitGraph,
    settings: &Settings,
    pieces: &Pieces,
    area_of: &[u32],
    zones: &mut [ZoneFigures],
) {
    let units = graph.units();
    if units.iter().all(|unit| unit.current.is_none()) {
        return;
    }
    let heirs = heirs_of_current(units, area_of);
    for (zone, piece) in zones.iter_mut().zip(&pieces.list) {
        let changes = |&&u: &&u32| {
            let label = units[u as usize].current;
            label.is_some_and(|label| heirs.get(&label) != Some(&area_of[u as usize]))
        };
        let changed = piece.units.iter().filter(changes);
        zone.changed_households = changed
            .map(|&u| u64::from(units[u as usize].households))
            .sum();
        if piece.heavy.is_none() && zone.areas > 0 {
            let today = Today::of(graph, piece);
            let window = window(piece.households, zone.areas.into(), settings.band_bp);
            let forced = Forced::of(&today, zone.areas as usize, window);
            zone.change_bound = forced.bound;
            zone.change_flow = flow(&today, &forced, zone.areas as usize, window);
        }
    }
}

/// The proved bound of a contracted piece: what its nodes must change at least.
pub(super) fn proved(problem: &Problem, least: u64, most: u64) -> u64 {
    let mut today = Today::new(problem.areas);
    for (&home, tally) in problem.home.iter().zip(&problem.tally) {
        let label = (home != NONE).then_some(home as usize);
        today.add(label, tally.load as u64);
    }
    Forced::of(&today, problem.areas, (least, most)).bound
}

/// Least and most households of an area that is not called out of band: deviations are rounded to basis points.
fn window(households: u64, areas: u64, band_bp: u32) -> (u64, u64) {
    let mean = u128::from(households) * 1000 / u128::from(areas.max(1));
    let off = (mean * (2 * u128::from(band_bp) + 1)).saturating_sub(2) / 2;
    let least = (mean * 10_000).saturating_sub(off).div_ceil(10_000_000);
    let most = (mean * 10_000 + off) / 10_000_000;
    (least as u64, most as u64)
}

/// Today's areas in a piece.
struct Today {
    /// Households by label.
    loads: Vec<u64>,
    /// Label (by index) and households of every unit that has a label.
    units: Vec<(usize, u64)>,
    /// Households without a label.
    unlabelled: u64,
    /// Is there a unit without a label?
    gaps: bool,
    /// Labels that touch each other, both ways.
    beside: BTreeSet<(usize, usize)>,
}

impl Today {
    fn of(graph: &UnitGraph, piece: &Piece) -> Self {
        let units = graph.units();
        let label = |u: u32| units[u as usize].current;
        let mut labels: Vec<u32> = piece.units.iter().filter_map(|&u| label(u)).collect();
        labels.sort_unstable();
        labels.dedup();
        let number = |u: u32| labels.binary_search(&label(u)?).ok();
        let mut today = Self::new(labels.len());
        for &u in &piece.units {
            today.add(number(u), units[u as usize].households.into());
            for (other, _) in graph.edges_at(u) {
                if let (Some(a), Some(b)) = (number(u), number(other))
                    && a != b
                    && piece.units.binary_search(&other).is_ok()
                {
                    today.beside.insert((a, b));
                }
            }
        }
        today
    }

    fn new(labels: usize) -> Self {
        Self {
            loads: vec![0; labels],
            units: Vec::new(),
            unlabelled: 0,
            gaps: false,
            beside: BTreeSet::new(),
        }
    }

    /// Adds a unit with the number of its label.
    fn add(&mut self, label: Option<usize>, households: u64) {
        match label {
            Some(label) => {
                self.loads[label] += households;
                self.units.push((label, households));
            }
            None => {
                self.unlabelled += households;
                self.gaps = true;
            }
        }
    }
}

/// What must leave and enter every label that keeps an area, and what follows for all plans.
struct Forced {
    leave: Vec<u64>,
    enter: Vec<u64>,
    bound: u64,
}

impl Forced {
    fn of(today: &Today, areas: usize, (least, most): (u64, u64)) -> Self {
        let own = |label: usize| {
            let own = today.units.iter().filter(move |unit| unit.0 == label);
            own.map(|unit| unit.1)
        };
        let others = |label: usize| {
            let others = today.units.iter().filter(move |unit| unit.0 != label);
            others.map(|unit| unit.1)
        };
        let loads = || today.loads.iter().enumerate();
        let leave: Vec<u64> = loads()
            .map(|(label, &load)| least_sum(own(label), load.saturating_sub(most)))
            .collect();
        let enter: Vec<u64> = loads()
            .map(|(label, &load)| {
                let lacks = least.saturating_sub(load);
                if today.gaps {
                    lacks
                } else {
                    least_sum(others(label), lacks)
                }
            })
            .collect();
        // With more labels than areas some vanish: all of their households leave. With fewer, some areas are new.
        let kept = today.loads.len().min(areas);
        let mut vanish: Vec<u64> = loads().map(|(label, load)| load - leave[label]).collect();
        vanish.sort_unstable();
        vanish.truncate(today.loads.len() - kept);
        let mut kept_enter = enter.clone();
        kept_enter.sort_unstable();
        kept_enter.truncate(kept);
        let left: u64 = leave.iter().chain(&vanish).sum();
        let new = least * (areas - kept) as u64;
        let entered = (kept_enter.iter().sum::<u64>() + new).saturating_sub(today.unlabelled);
        Self {
            leave,
            enter,
            bound: left.max(entered),
        }
    }
}

/// The least sum of some of these weights that is at least `wanted` (≥ `wanted` in any case).
fn least_sum(weights: impl Iterator<Item = u64>, wanted: u64) -> u64 {
    if wanted == 0 || wanted > SEARCHED {
        return wanted;
    }
    let mut reached = vec![false; wanted as usize];
    reached[0] = true;
    let mut best: Option<u64> = None;
    for weight in weights.filter(|&weight| weight > 0) {
        for sum in (0..wanted).rev() {
            if !reached[sum as usize] {
                continue;
            }
            match reached.get_mut((sum + weight) as usize) {
                Some(slot) => *slot = true,
                None => best = Some(best.unwrap_or(u64::MAX).min(sum + weight)),
            }
        }
        if best == Some(wanted) {
            break;
        }
    }
    best.unwrap_or(wanted) // cannot be reached: no plan is within the band
}

/// The flow bound; the proved one where there is none.
fn flow(today: &Today, forced: &Forced, areas: usize, (least, most): (u64, u64)) -> u64 {
    let labels = today.loads.len();
    if today.gaps || labels != areas || forced.bound == 0 {
        return forced.bound;
    }
    // Households enter a label at 3i, stay at 3i + 1, leave from 3i + 2; what a load gains or loses goes through `outer`.
    let outer = 3 * labels;
    let mut arcs = Vec::new();
    for (i, &load) in today.loads.iter().enumerate() {
        let (enter, stay, leave) = (3 * i, 3 * i + 1, 3 * i + 2);
        let all = load + most;
        arcs.push((enter, stay, forced.enter[i], all, 0));
        arcs.push((stay, leave, forced.leave[i], load, 0));
        if load >= least {
            arcs.push((outer, stay, load.saturating_sub(most), load - least, 0));
        }
        if load <= most {
            arcs.push((stay, outer, least.saturating_sub(load), most - load, 0));
        }
    }
    for &(a, b) in &today.beside {
        arcs.push((3 * a + 2, 3 * b, 0, today.loads[a], 1));
    }
    circulation(outer + 1, &arcs).map_or(forced.bound, |cost| cost.max(forced.bound))
}

/// The least cost of a circulation through arcs (from, to, least, most, cost); `None` if there is none.
fn circulation(nodes: usize, arcs: &[(usize, usize, u64, u64, u64)]) -> Option<u64> {
    let (source, sink) = (nodes, nodes + 1);
    let mut network = MinCostFlowGraph::new(nodes + 2);
    let (mut cost, mut wanted) = (0, 0);
    for &(from, to, least, most, price) in arcs {
        network.add_edge(from, to, most.checked_sub(least)? as i64, price as i64);
        if least > 0 {
            network.add_edge(source, to, least as i64, 0);
            network.add_edge(from, sink, least as i64, 0);
            wanted += least as i64;
            cost += least * price;
        }
    }
    let (flow, more) = network.flow(source, sink, wanted);
    (flow == wanted).then_some(cost + more as u64)
}
