//! Dividing all zones, in parallel.
//!
//! Every piece gets its share of the effort with a seed of its own; `improve` spends what is left.
//! Invariant: results are gathered by piece, so that threads and their order cannot matter.

use rayon::prelude::*;

use super::anneal::{self, Found};
use super::bounds::{PROVABLE_BP, deviation_bound_bp};
use super::certificate;
use super::constraints::{Problem, contract};
use super::improve::improve;
use super::inertia_bound;
use super::initial;
use super::objective::Key;
use super::outcome::{Outcome, Proof, evaluate_in, local_numbers};
use super::partition::Partition;
use super::pieces::{self, Piece, Pieces};
use super::progress::{Improvement, Ledger, Phase, Progress, Standing};
use super::rng::{Rng, derive_seed};
use super::settings::{Compounds, Goal, Limits, Settings};
use super::unit_graph::UnitGraph;

/// Share of the effort for the first pass, in percent: less where compounds stay whole, because then many
/// pieces need another number of areas or a harder search.
pub(super) fn first_share(settings: &Settings) -> u64 {
    if settings.goal != Goal::Balance {
        return 30;
    }
    match settings.compounds {
        Compounds::Whole => 50,
        Compounds::Prefer | Compounds::Free => 70,
    }
}

/// Iterations of any search, at least: small pieces cost nothing.
pub(super) const LEAST: u64 = 300;

/// Divides the units of every zone into areas.
///
/// Never fails: what cannot be met (a zone of one building, a lock that tears an area) shows in the figures. A
/// cancelled run hands over its best plan so far; pieces that were not begun have a rough one.
pub fn balance(
    graph: &UnitGraph,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Outcome {
    on_threads(settings, || divide(graph, settings, seed, progress))
}

/// Does the work on as many threads as the settings ask for.
pub(super) fn on_threads<T: Send>(settings: &Settings, work: impl FnOnce() -> T + Send) -> T {
    let pool = settings.threads.and_then(|n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n.max(1))
            .build()
            .ok()
    });
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The best plan of one piece so far.
pub(super) struct Solution {
    /// Area of every unit of the piece, from 0.
    pub area: Vec<u32>,
    pub areas: usize,
    pub key: Key,
    pub worst_bp: u32,
    pub out_of_band: usize,
    pub bound_bp: u32,
    pub proof: Proof,
    /// Iterations of the first pass.
    pub share: u64,
}

impl Solution {
    /// Basis points that might still be gained.
    pub(super) fn excess(&self, settings: &Settings) -> u32 {
        if self.key.violation > 0 {
            return u32::MAX;
        }
        if settings.goal != Goal::Balance {
            return u32::from(self.areas > 1);
        }
        self.worst_bp
            .saturating_sub(self.bound_bp.max(settings.dead_band_bp * 25 / 24))
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            worst_bp: self.worst_bp,
            out_of_band: self.out_of_band,
        }
    }

    /// The plan as news of its zone.
    pub(super) fn news(&self, zone: u32) -> Improvement {
        Improvement {
            zone,
            worst_deviation_bp: self.worst_bp,
            key: [self.key.violation, self.key.first, self.key.second],
        }
    }
}

/// One attempt at a piece.
pub(super) struct Attempt<'s> {
    pub seed: u64,
    pub iterations: Option<u64>,
    pub areas: Option<usize>,
    pub from: Option<&'s Solution>,
    /// How much more balance weighs than usual.
    pub press: i64,
}

/// What all searches share.
pub(super) struct Work<'a> {
    pub graph: &'a UnitGraph,
    pub settings: &'a Settings,
    pub local: Vec<u32>,
    pub ledger: Ledger<'a>,
}

fn divide(graph: &UnitGraph, settings: &Settings, seed: u64, progress: &dyn Progress) -> Outcome {
    let pieces = pieces::find(graph, settings);
    let work = Work {
        graph,
        settings,
        local: local_numbers(&pieces),
        ledger: Ledger::new(progress, pieces.list.len()),
    };
    let mut solutions = first_pass(&work, &pieces, seed);
    improve(&work, &pieces, seed, &mut solutions);
    prove(&work, &pieces, &mut solutions);
    let standings = solutions.iter().map(Solution::standing);
    work.ledger.begin(Phase::Done, standings);

    // Number the areas by zone, piece and lowest unit.
    let mut area_of = vec![0; graph.units().len()];
    let mut next = 0;
    for (piece, solution) in pieces.list.iter().zip(&solutions) {
        let mut number = vec![u32::MAX; solution.areas];
        for (&unit, &area) in piece.units.iter().zip(&solution.area) {
            let slot = &mut number[area as usize];
            if *slot == u32::MAX {
                *slot = next;
                next += 1;
            }
            area_of[unit as usize] = *slot;
        }
    }
    let mut outcome = evaluate_in(graph, settings, &pieces, area_of);
    for (zone, solution) in outcome.zones.iter_mut().zip(&solutions) {
        zone.bound_bp = solution.bound_bp;
        zone.proof = solution.proof;
    }
    outcome.cancelled = work.ledger.stopped();
    if settings.certify && !outcome.cancelled {
        inertia_bound::state(graph, settings, &pieces, &mut outcome);
    }
    outcome
}

/// Proves small pieces optimal, or finds the better plan: those that miss the dead band, or all if asked.
///
/// Where it is not asked for they share one step for every iteration of the search: a tenth of its time.
fn prove(work: &Work, pieces: &Pieces, solutions: &mut [Solution]) {
    let settings = work.settings;
    if settings.goal != Goal::Balance || settings.limits != Limits::None {
        return;
    }
    let wanted = |solution: &Solution, piece: &Piece| {
        let asked = settings.certify || solution.excess(settings) > 0;
        asked && piece.heavy.is_none() && solution.areas > 1
    };
    let pairs = solutions.iter().zip(&pieces.list);
    let count = pairs.filter(|(s, piece)| wanted(s, piece)).count() as u64;
    let all = work.graph.units().len() as u64 * settings.effort;
    let steps = if settings.certify {
        certificate::STEPS
    } else {
        (all / count.max(1)).min(certificate::STEPS)
    };
    solutions
        .par_iter_mut()
        .zip(&pieces.list)
        .filter(|(solution, piece)| wanted(solution, piece) && !work.ledger.cancelled())
        .for_each(|(solution, piece)| {
            let graph = work.graph;
            let problem = contract(graph, settings, piece, &work.local, Some(solution.areas));
            if problem.areas != solution.areas || problem.keeps_current {
                return;
            }
            let mut area = vec![0; problem.nodes()];
            for (&node, &a) in problem.node_of.iter().zip(&solution.area) {
                area[node as usize] = a;
            }
            let known = u64::from(solution.bound_bp) * piece.households / 10_000;
            let cancelled = || work.ledger.cancelled();
            let found = certificate::certify(&problem, &area, known, steps, &cancelled);
            let Some(found) = found else {
                return;
            };
            if let Some(better) = found.better {
                let key = Partition::new(&problem, &better).key();
                *solution = work.solution(piece, &problem, &better, key, solution.share);
                area = better;
            }
            let whole = piece.households.max(1);
            let provable = PROVABLE_BP * whole / 10_000;
            let optimal = found.bound >= certificate::worst(&problem, &area);
            if found.bound <= provable && (optimal || found.bound > known) {
                solution.bound_bp = (found.bound * 10_000 / whole) as u32;
                solution.proof = if optimal {
                    Proof::Optimal
                } else {
                    Proof::Enumeration
                };
            }
        });
}

fn first_pass(work: &Work, pieces: &Pieces, seed: u64) -> Vec<Solution> {
    pieces
        .list
        .par_iter()
        .enumerate()
        .map(|(index, piece)| {
            let attempt = Attempt {
                seed: derive_seed(seed, index as u64),
                iterations: None,
                areas: None,
                from: None,
                press: 1,
            };
            let solution = work.solve(piece, &attempt);
            let (standing, news) = (solution.standing(), solution.news(piece.zone));
            work.ledger.improved(index, standing, news);
            solution
        })
        .collect()
}

impl Work<'_> {
    /// Searches a piece once; if cancelled, as far as it got.
    pub(super) fn solve(&self, piece: &Piece, attempt: &Attempt) -> Solution {
        let settings = self.settings;
        let cancelled = || self.ledger.cancelled();
        if piece.heavy.is_some() {
            return Solution {
                area: vec![0; piece.units.len()],
                areas: 1,
                key: Key::default(),
                worst_bp: 0,
                out_of_band: 0,
                bound_bp: 0,
                proof: Proof::Arithmetic,
                share: 0,
            };
        }
        let mut problem = contract(self.graph, settings, piece, &self.local, attempt.areas);
        problem.objective.press(attempt.press);
        // A piece of few nodes is searched through sooner.
        let size = piece.units.len().min(problem.nodes() * 4) as u64;
        let share = if problem.areas > 1 && problem.areas < problem.nodes() {
            (size * settings.effort * first_share(settings) / 100).max(LEAST)
        } else {
            0
        };
        let mut rng = Rng::new(attempt.seed);
        let (start, hot) = match attempt.from {
            Some(best) if best.areas == problem.areas => {
                let mut area = vec![0; problem.nodes()];
                for (&node, &a) in problem.node_of.iter().zip(&best.area) {
                    area[node as usize] = a;
                }
                (area, anneal::warm(&problem))
            }
            _ if problem.keeps_current => (
                initial::start(&problem, &mut rng, &cancelled),
                anneal::warm(&problem),
            ),
            _ => (
                initial::start(&problem, &mut rng, &cancelled),
                anneal::hot(&problem),
            ),
        };
        let iterations = attempt.iterations.unwrap_or(share);
        let Found { area, key } =
            anneal::anneal(&problem, &start, rng.next(), iterations, hot, &cancelled);
        self.solution(piece, &problem, &area, key, share)
    }

    /// A partition of the piece's nodes with its figures.
    fn solution(
        &self,
        piece: &Piece,
        problem: &Problem,
        area: &[u32],
        key: Key,
        share: u64,
    ) -> Solution {
        let mut loads = vec![0u64; problem.areas];
        for (node, &a) in area.iter().enumerate() {
            loads[a as usize] += problem.tally[node].load as u64;
        }
        let mean_milli = piece.households * 1000 / problem.areas as u64;
        let deviation = |&load: &u64| super::figures::deviation_bp(load, mean_milli).unsigned_abs();
        Solution {
            area: problem
                .node_of
                .iter()
                .map(|&node| area[node as usize])
                .collect(),
            areas: problem.areas,
            key,
            worst_bp: loads.iter().map(deviation).max().unwrap_or(0),
            out_of_band: loads
                .iter()
                .filter(|l| deviation(l) > self.settings.band_bp)
                .count(),
            bound_bp: deviation_bound_bp(problem, piece.households, problem.areas),
            proof: Proof::Arithmetic,
            share,
        }
    }
}
