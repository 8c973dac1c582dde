//! Few families change keeper: today's plan brought into the band, and all that lies between it and the best balance.
//!
//! Every piece gets a few plans: today's as it is, plans mended into ever narrower bands (`repair`), and what it is in
//! a well-balanced plan. A plan of the whole takes one of them for every piece, so that a cap on changed households
//! buys as much as it can. Mended pieces keep their number of areas, and parts of compounds that lie together today.
//! Invariant: a plan made under a cap never changes more households than the cap, as its own figures count them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::change_bound;
use super::constraints::{Problem, contract};
use super::figures::deviation_bp;
use super::heirs::heirs_of_current;
use super::initial;
use super::outcome::{Outcome, evaluate_in, local_numbers};
use super::pieces::{self, Piece, Pieces};
use super::progress::Progress;
use super::repair::{self, CHANGE_WEIGHT};
use super::rng::{Rng, derive_seed};
use super::settings::{Goal, Settings};
use super::solve::on_threads;
use super::unit_graph::{Unit, UnitGraph};

/// Iterations of the shortest try.
const LEAST: u64 = 2_000;

/// Brings today's areas within the band, changing as few households as possible.
///
/// Needs today's area of (nearly) every unit; a piece where half have none stays as it is. Where the band is not reached
/// with today's number of areas, the piece gets its best plan found. Cancelled, it mends no further piece.
pub fn repair(
    graph: &UnitGraph,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Outcome {
    on_threads(settings, || {
        let mut ladder = Ladder::today(graph, settings, seed);
        ladder.mend(settings.band_bp, progress);
        ladder.reaching(settings.band_bp)
    })
}

/// What is wrong with a plan of a piece: less is better.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// An area is not connected, or reaches beyond the piece.
    broken: bool,
    /// Areas beyond the band.
    beyond: usize,
    /// Worst deviation in basis points.
    worst_bp: u32,
}

/// A plan of one piece.
#[derive(Debug, Clone)]
struct Step {
    /// Area of every unit of the piece: today's label, or a new area from `NEW` on.
    area: Vec<u64>,
    changed: u64,
    rank: Rank,
}

/// New areas of piece p are numbered from (p + 1) · `NEW`.
const NEW: u64 = 1 << 32;

/// For every piece its plans, today's first: what plans with few changes are put together from.
#[derive(Debug)]
pub struct Ladder<'a> {
    graph: &'a UnitGraph,
    settings: &'a Settings,
    seed: u64,
    pieces: Pieces,
    local: Vec<u32>,
    /// The piece where most households of a label live: elsewhere it is no area.
    home: BTreeMap<u32, u32>,
    steps: Vec<Vec<Step>>,
}

impl<'a> Ladder<'a> {
    /// Today's plan, `best` (a well-balanced plan), and some between.
    pub fn new(
        graph: &'a UnitGraph,
        settings: &'a Settings,
        best: &Outcome,
        seed: u64,
        progress: &dyn Progress,
    ) -> Self {
        on_threads(settings, || {
            let mut ladder = Self::today(graph, settings, seed);
            ladder.add_plan(&best.area_of);
            for within_bp in ladder.wider().into_iter().chain(ladder.levels()) {
                ladder.mend(within_bp, progress);
            }
            ladder
        })
    }

    /// Plans from "nobody moves" to the best balance, in no order: some may be equal, or no better than another.
    pub fn frontier(&self) -> Vec<Outcome> {
        let mut plans: Vec<Outcome> = self.levels().iter().map(|&bp| self.reaching(bp)).collect();
        plans.push(self.reaching(0));
        let changed = plans[0].figures.changed_households;
        plans.extend([0, changed / 3, changed / 3 * 2].map(|most| self.at_most(most)));
        plans
    }

    /// The best balanced plan that changes at most so many households.
    pub fn at_most(&self, changed: u64) -> Outcome {
        let mut budget = changed;
        loop {
            let outcome = self.compose(&self.bought(budget));
            // Areas are matched to today's by overlap: in rare cases that counts more than the pieces did.
            let over = outcome.figures.changed_households.saturating_sub(changed);
            if over == 0 || budget == 0 {
                return outcome;
            }
            budget = budget.saturating_sub(over);
        }
    }

    /// Every piece within the band with the fewest changes, or as good as it gets.
    fn reaching(&self, within_bp: u32) -> Outcome {
        let band = self.settings.band_bp;
        let pick = |steps: &'_ Vec<Step>| {
            let best = |&i: &usize| {
                let Step { rank, changed, .. } = steps[i];
                let reached = !rank.broken && rank.worst_bp <= within_bp;
                // Out of reach of the band: few changes count more than the worst deviation.
                let worst = if reached || within_bp >= band {
                    0
                } else {
                    rank.worst_bp
                };
                (!reached, rank.broken, rank.beyond, worst, changed, rank)
            };
            (0..steps.len()).min_by_key(best).unwrap_or(0)
        };
        let choice = self.steps.iter().map(|steps| &steps[pick(steps)]);
        self.compose(&choice.collect::<Vec<_>>())
    }

    /// Today's areas alone.
    fn today(graph: &'a UnitGraph, settings: &'a Settings, seed: u64) -> Self {
        let pieces = pieces::find(graph, settings);
        let mut lives: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (unit, &piece) in graph.units().iter().zip(&pieces.of_unit) {
            if let Some(label) = unit.current {
                *lives.entry((label, piece)).or_default() += u64::from(unit.households);
            }
        }
        let mut ranked: Vec<_> = lives.into_iter().collect();
        ranked.sort_unstable_by_key(|&(key, households)| (households, Reverse(key)));
        let home = ranked.into_iter().map(|(key, _)| key).collect();
        let mut ladder = Self {
            local: local_numbers(&pieces),
            steps: vec![Vec::new(); pieces.list.len()],
            graph,
            settings,
            seed,
            pieces,
            home,
        };
        for index in 0..ladder.steps.len() {
            let units = &ladder.pieces.list[index].units;
            let current = |&u: &u32| graph.units()[u as usize].current;
            let area = units.iter().map(|u| match current(u) {
                Some(label) => u64::from(label),
                None => new(index),
            });
            let step = ladder.step(index, area.collect());
            ladder.steps[index].push(step);
        }
        ladder
    }

    /// Adds what the pieces are in a plan; its areas keep the labels they inherit.
    fn add_plan(&mut self, area_of: &[u32]) {
        let heirs = heirs_of_current(self.graph.units(), area_of);
        let label_of: BTreeMap<u32, u32> =
            heirs.iter().map(|(&label, &area)| (area, label)).collect();
        for index in 0..self.steps.len() {
            let named = |&u: &u32| {
                let area = area_of[u as usize];
                let label = label_of.get(&area);
                match label.filter(|&label| self.home.get(label) == Some(&(index as u32))) {
                    Some(&label) => u64::from(label),
                    None => new(index) + u64::from(area),
                }
            };
            let area = self.pieces.list[index].units.iter().map(named).collect();
            let step = self.step(index, area);
            self.steps[index].push(step);
        }
    }

    /// The wanted band and parts of it, wide to narrow, in basis points.
    fn levels(&self) -> Vec<u32> {
        let band = self.settings.band_bp;
        let mut levels: Vec<u32> = (1..=4).rev().map(|quarter| band * quarter / 4).collect();
        levels.dedup();
        levels
    }

    /// Wider bands: what a small cap may buy in a zone that is far off.
    fn wider(&self) -> [u32; 3] {
        [8, 4, 2].map(|times| self.settings.band_bp.saturating_mul(times))
    }

    /// Adds plans mended into a band.
    fn mend(&mut self, within_bp: u32, progress: &dyn Progress) {
        let kept = self.kept();
        let found: Vec<Option<Step>> = (0..self.steps.len())
            .into_par_iter()
            .map(|index| self.mended(&kept, index, within_bp, progress))
            .collect();
        for (steps, step) in self.steps.iter_mut().zip(found) {
            steps.extend(step);
        }
    }

    /// The graph with labels only where they live, and of every compound only parts that lie together today.
    fn kept(&self) -> UnitGraph {
        let mut parts: BTreeMap<(u32, Option<u32>), u32> = BTreeMap::new();
        let units: Vec<Unit> = self
            .graph
            .units()
            .iter()
            .zip(&self.pieces.of_unit)
            .map(|(unit, piece)| {
                let next = parts.len() as u32;
                let lives = |label: &u32| unit.locked || self.home.get(label) == Some(piece);
                let part = |group| *parts.entry((group, unit.current)).or_insert(next);
                Unit {
                    group: unit.group.map(part),
                    current: unit.current.filter(lives),
                    ..unit.clone()
                }
            })
            .collect();
        // Nothing that is checked has changed.
        UnitGraph::new(units, self.graph.edges().to_vec()).unwrap_or_else(|_| self.graph.clone())
    }

    /// A piece mended into a band; nothing if it is there, or if too few of its units have a label.
    fn mended(
        &self,
        kept: &UnitGraph,
        index: usize,
        within_bp: u32,
        progress: &dyn Progress,
    ) -> Option<Step> {
        if progress.cancelled() {
            return None;
        }
        let piece = &self.pieces.list[index];
        let fine = |step: &Step| !step.rank.broken && step.rank.worst_bp <= within_bp;
        if fine(&self.steps[index][0]) {
            return None;
        }
        let label = |&u: &u32| kept.units()[u as usize].current;
        if piece.heavy.is_some() {
            let name = piece.units.iter().find_map(label);
            let name = name.map_or(new(index), u64::from);
            return Some(self.step(index, vec![name; piece.units.len()]));
        }
        let labels: BTreeSet<u32> = piece.units.iter().filter_map(label).collect();
        let limits = self.settings.limits.or_deviation(within_bp);
        // Whatever the target is, as many areas as today.
        let mean = (piece.households / labels.len().max(1) as u64).max(1);
        let settings = Settings {
            target_households: u32::try_from(mean).unwrap_or(u32::MAX),
            areas: None,
            limits,
            goal: Goal::Balance,
            dead_band_bp: within_bp,
            change_weight: CHANGE_WEIGHT,
            ..self.settings.clone()
        };
        let mut problem = contract(kept, &settings, piece, &self.local, Some(labels.len()));
        let window = limits.households(piece.households, problem.areas);
        let (Some((least, most)), true) = (window, problem.keeps_current) else {
            return None;
        };
        let mut rng = Rng::new(derive_seed(self.seed, index as u64));
        let cancelled = || progress.cancelled();
        let start = initial::start(&problem, &mut rng, &cancelled);
        let window = repair::Window {
            least: least as i64,
            most: i64::try_from(most).unwrap_or(i64::MAX),
            bound: change_bound::proved(&problem, least, most) as i64,
        };
        // Back into the band is what is asked for; other bands are for comparison.
        let share = if within_bp == self.settings.band_bp {
            1
        } else {
            3
        };
        let iterations = (problem.nodes() as u64 * settings.effort / share).max(LEAST);
        let search = (rng.next(), iterations);
        let found = repair::repair(&mut problem, &start, window, search, &cancelled);
        let area = named(&problem, &labels, index, &found);
        Some(self.step(index, area))
    }

    /// A plan of a piece with its figures.
    fn step(&self, index: usize, area: Vec<u64>) -> Step {
        let piece = &self.pieces.list[index];
        let units = self.graph.units();
        let mut loads: BTreeMap<u64, u64> = BTreeMap::new();
        let mut changed = 0;
        for (&u, &own) in piece.units.iter().zip(&area) {
            let unit = &units[u as usize];
            *loads.entry(own).or_default() += u64::from(unit.households);
            if unit.current.is_some_and(|label| u64::from(label) != own) {
                changed += u64::from(unit.households);
            }
        }
        let elsewhere = |&name: &u64| {
            let label = u32::try_from(name).ok();
            label.is_some_and(|label| self.home.get(&label) != Some(&(index as u32)))
        };
        let broken = loads.keys().any(elsewhere) || self.parts(piece, &area) > loads.len();
        let mean_milli = u128::from(piece.households) * 1000 / loads.len().max(1) as u128;
        let off = loads.values().map(|&load| {
            let off = deviation_bp(load, u64::try_from(mean_milli).unwrap_or(u64::MAX));
            off.unsigned_abs()
        });
        let rank = if piece.heavy.is_some() {
            Rank {
                broken: broken || loads.len() > 1,
                ..Rank::default()
            }
        } else {
            Rank {
                broken,
                beyond: off
                    .clone()
                    .filter(|&off| off > self.settings.band_bp)
                    .count(),
                worst_bp: off.max().unwrap_or(0),
            }
        };
        Step {
            area,
            changed,
            rank,
        }
    }

    /// Connected parts of the areas of a piece.
    fn parts(&self, piece: &Piece, area: &[u64]) -> usize {
        let mut seen = vec![false; area.len()];
        let mut stack = Vec::new();
        let mut parts = 0;
        for start in 0..area.len() {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            parts += 1;
            stack.push(start);
            while let Some(i) = stack.pop() {
                for (other, _) in self.graph.edges_at(piece.units[i]) {
                    let j = self.local[other as usize] as usize;
                    let inside = piece.units.get(j) == Some(&other);
                    if inside && area[j] == area[i] && !seen[j] {
                        seen[j] = true;
                        stack.push(j);
                    }
                }
            }
        }
        parts
    }

    /// For every piece the plan that so many changed households buy: first areas back into the band, where that is
    /// cheap per area, then the worst piece better as long as possible.
    fn bought(&self, mut budget: u64) -> Vec<&Step> {
        let mut choice: Vec<&Step> = self.steps.iter().map(|steps| &steps[0]).collect();
        let flaws = |rank: Rank| rank.beyond + usize::from(rank.broken);
        let mut offers: Vec<(u64, u64, usize, &Step)> = Vec::new();
        for (index, steps) in self.steps.iter().enumerate() {
            let least = steps.iter().map(|step| flaws(step.rank)).min().unwrap_or(0);
            let gain = flaws(steps[0].rank) - least;
            let best = steps.iter().filter(|step| flaws(step.rank) == least);
            if let (Some(step), true) =
                (best.min_by_key(|step| (step.changed, step.rank)), gain > 0)
            {
                // Households per area in thousandths.
                offers.push((step.changed * 1000 / gain as u64, step.changed, index, step));
            }
        }
        offers.sort_unstable_by_key(|&(price, changed, index, _)| (price, changed, index));
        for (_, changed, index, step) in offers {
            if changed <= budget {
                budget -= changed;
                choice[index] = step;
            }
        }
        let mut order: BTreeSet<(Rank, Reverse<usize>)> = choice
            .iter()
            .enumerate()
            .map(|(index, step)| (step.rank, Reverse(index)))
            .collect();
        while let Some((rank, Reverse(index))) = order.pop_last() {
            let better = self.steps[index].iter().filter(|step| step.rank < rank);
            let Some(step) = better.min_by_key(|step| (step.changed, step.rank)) else {
                continue; // as good as it gets
            };
            if step.changed > budget + choice[index].changed {
                break;
            }
            budget = budget + choice[index].changed - step.changed;
            choice[index] = step;
            order.insert((step.rank, Reverse(index)));
        }
        choice
    }

    /// The whole plan with its figures.
    fn compose(&self, choice: &[&Step]) -> Outcome {
        let mut number: BTreeMap<u64, u32> = BTreeMap::new();
        let mut area_of = vec![0; self.graph.units().len()];
        for (piece, step) in self.pieces.list.iter().zip(choice) {
            for (&unit, &name) in piece.units.iter().zip(&step.area) {
                let next = number.len() as u32;
                area_of[unit as usize] = *number.entry(name).or_insert(next);
            }
        }
        evaluate_in(self.graph, self.settings, &self.pieces, area_of)
    }
}

/// Areas of a problem as today's labels, or new ones.
fn named(problem: &Problem, labels: &BTreeSet<u32>, index: usize, area: &[u32]) -> Vec<u64> {
    let name = |&node: &u32| {
        let area = area[node as usize];
        match problem.labels.get(area as usize) {
            Some(label) if labels.contains(label) => u64::from(*label),
            _ => new(index) + u64::from(area),
        }
    };
    problem.node_of.iter().map(name).collect()
}

/// First number of the new areas of a piece.
fn new(piece: usize) -> u64 {
    (piece as u64 + 1) * NEW
}
