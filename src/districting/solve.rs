//! Dividing all zones: in parallel, then again where it is worth it.
//!
//! Every piece gets its share of the effort with a seed of its own; what is left goes to the pieces
//! whose worst deviation is farthest above their bound. Invariant: results are gathered by piece,
//! so that threads and their order cannot matter.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use rayon::prelude::*;

use super::anneal::{self, Found};
use super::bounds::{PROVABLE_BP, deviation_bound_bp};
use super::certificate;
use super::constraints::{Problem, contract, forced_bp};
use super::initial;
use super::objective::Key;
use super::outcome::{Outcome, Proof, evaluate_in, local_numbers};
use super::partition::Partition;
use super::pieces::{self, Piece, Pieces};
use super::rng::{Rng, derive_seed};
use super::settings::{
    Cancelled, Compounds, Goal, Limits, Phase, Progress, ProgressReport, Settings,
};
use super::unit_graph::UnitGraph;

/// One round of improvement.
struct Round {
    /// How much more balance weighs than usual.
    press: i64,
    /// From the best plan so far, not afresh.
    warm: bool,
    /// With so many areas more, if that is allowed.
    more: isize,
}

impl Round {
    const fn new(press: i64, warm: bool, more: isize) -> Self {
        Self { press, warm, more }
    }
}

/// The rounds of improvement. Where units are heavy, few plans are balanced: the harder balance presses, the
/// likelier one of them is found, and the worse it looks.
const ROUNDS: [Round; 6] = [
    Round::new(4, false, 0),
    Round::new(16, false, 0),
    Round::new(16, true, 0),
    Round::new(64, false, 0),
    Round::new(16, false, 1),
    Round::new(16, false, -1),
];
/// Share of the effort for the first pass, in percent: less where compounds stay whole, because then many
/// pieces need another number of areas or a harder search.
fn first_share(settings: &Settings) -> u64 {
    if settings.goal != Goal::Balance {
        return 30;
    }
    match settings.compounds {
        Compounds::Whole => 50,
        Compounds::Prefer | Compounds::Free => 85,
    }
}

/// Iterations of any search, at least: small pieces cost nothing.
const LEAST: u64 = 300;
/// A piece gets at most this many times its first share in one round of improvement.
const AT_MOST: u64 = 40;
/// Searches of a piece in one round of improvement, at most.
const TRIES: u64 = 8;

/// Divides the units of every zone into areas.
///
/// Never fails but by cancellation: what cannot be met (a zone of one building, a lock that tears an
/// area) shows in the figures.
pub fn balance(
    graph: &UnitGraph,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Outcome, Cancelled> {
    let pool = settings.threads.and_then(|n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n.max(1))
            .build()
            .ok()
    });
    let work = || divide(graph, settings, seed, progress);
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}

/// The best plan of one piece so far.
struct Solution {
    /// Area of every unit of the piece, from 0.
    area: Vec<u32>,
    areas: usize,
    key: Key,
    worst_bp: u32,
    out_of_band: usize,
    bound_bp: u32,
    proof: Proof,
    /// Iterations of the first pass.
    share: u64,
}

impl Solution {
    /// Basis points that might still be gained.
    fn excess(&self, settings: &Settings) -> u32 {
        if self.key.violation > 0 {
            return u32::MAX;
        }
        if settings.goal != Goal::Balance {
            return u32::from(self.areas > 1);
        }
        self.worst_bp
            .saturating_sub(self.bound_bp.max(settings.dead_band_bp * 6 / 5))
    }
}

/// One attempt at a piece.
struct Attempt<'s> {
    seed: u64,
    iterations: Option<u64>,
    areas: Option<usize>,
    from: Option<&'s Solution>,
    /// How much more balance weighs than usual.
    press: i64,
}

struct Work<'a> {
    graph: &'a UnitGraph,
    settings: &'a Settings,
    local: Vec<u32>,
    progress: &'a dyn Progress,
}

fn divide(
    graph: &UnitGraph,
    settings: &Settings,
    seed: u64,
    progress: &dyn Progress,
) -> Result<Outcome, Cancelled> {
    let pieces = pieces::find(graph, settings);
    let work = Work {
        graph,
        settings,
        local: local_numbers(&pieces),
        progress,
    };
    let mut solutions = first_pass(&work, &pieces, seed)?;
    improve(&work, &pieces, seed, &mut solutions)?;
    prove(&work, &pieces, &mut solutions);
    report(&work, &solutions, solutions.len(), Phase::Done);

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
    let mut outcome = evaluate_in(graph, settings, &pieces, &area_of);
    for (zone, solution) in outcome.zones.iter_mut().zip(&solutions) {
        if solution.proof != Proof::Arithmetic {
            zone.bound_bp = solution.bound_bp;
            zone.proof = solution.proof;
        }
    }
    Ok(outcome)
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
        .filter(|(solution, piece)| wanted(solution, piece) && !work.progress.cancelled())
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
            let Some(found) = certificate::certify(&problem, &area, known, steps) else {
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

fn first_pass(work: &Work, pieces: &Pieces, seed: u64) -> Result<Vec<Solution>, Cancelled> {
    let done = AtomicUsize::new(0);
    let outside = AtomicUsize::new(0);
    let worst = AtomicU32::new(0);
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
            let solution = work.solve(piece, &attempt).ok_or(Cancelled)?;
            let report = ProgressReport {
                done_zones: done.fetch_add(1, Ordering::Relaxed) + 1,
                zones: pieces.list.len(),
                worst_deviation_bp: worst
                    .fetch_max(solution.worst_bp, Ordering::Relaxed)
                    .max(solution.worst_bp),
                areas_out_of_band: outside.fetch_add(solution.out_of_band, Ordering::Relaxed)
                    + solution.out_of_band,
                phase: Phase::Divide,
            };
            work.progress.report(&report);
            Ok(solution)
        })
        .collect()
}

/// Spends the left-over effort on the pieces with the largest excess over their bound.
fn improve(
    work: &Work,
    pieces: &Pieces,
    seed: u64,
    solutions: &mut [Solution],
) -> Result<(), Cancelled> {
    let settings = work.settings;
    let units = work.graph.units().len() as u64;
    let all = units.saturating_mul(settings.effort);
    let spent: u64 = solutions.iter().map(|s| s.share).sum();
    let kept_back = all / 100 * (100 - first_share(settings));
    let mut left = all.saturating_sub(spent).max(kept_back);
    for (number, round) in ROUNDS.iter().enumerate() {
        let mut poor: Vec<usize> = (0..solutions.len())
            .filter(|&i| solutions[i].excess(settings) > 0 && solutions[i].share > 0)
            .collect();
        poor.sort_by_key(|&i| (std::cmp::Reverse(solutions[i].excess(settings)), i));
        let wanted: u64 = poor.iter().map(|&i| solutions[i].share).sum();
        let round_left = left / (ROUNDS.len() - number).min(3) as u64;
        if wanted == 0 || round_left == 0 {
            break;
        }
        // Everybody the same multiple of the first share, at least half of it: so the worst only.
        let multiple = (round_left * 2 / wanted).clamp(2, AT_MOST * 2);
        let mut tasks = Vec::new();
        let mut budget = round_left;
        for index in poor {
            if budget == 0 {
                break;
            }
            let iterations = (solutions[index].share * multiple / 2).min(budget);
            budget -= iterations;
            left -= iterations;
            // Several short searches find a rare plan sooner than a long one.
            let tries = (iterations / solutions[index].share).clamp(1, TRIES);
            let iterations = (iterations / tries).max(LEAST);
            tasks.extend((0..tries).map(|attempt| (index, attempt, iterations)));
        }
        let salt = (number as u64 + 1) << 40;
        let results: Vec<(usize, Option<Solution>)> = tasks
            .par_iter()
            .map(|&(index, attempt, iterations)| {
                let best = &solutions[index];
                let attempt = Attempt {
                    seed: derive_seed(seed, salt + (attempt << 34) + index as u64),
                    iterations: Some(iterations),
                    areas: Some(other_count(&pieces.list[index], best, settings, round)),
                    from: round.warm.then_some(best),
                    press: round.press,
                };
                (index, work.solve(&pieces.list[index], &attempt))
            })
            .collect();
        for (index, result) in results {
            let found = result.ok_or(Cancelled)?;
            let best = &mut solutions[index];
            // Costs are not comparable: balance weighed more.
            let better = if found.areas == best.areas {
                let rank = |key: &Key| (key.violation, key.first, key.second);
                rank(&found.key) < rank(&best.key)
            } else {
                (found.out_of_band, found.worst_bp) < (best.out_of_band, best.worst_bp)
            };
            if better {
                let share = best.share;
                *best = Solution { share, ..found };
            }
        }
        report(work, solutions, solutions.len(), Phase::Improve);
    }
    Ok(())
}

/// In some rounds, for pieces that miss the band: another allowed number of areas.
fn other_count(piece: &Piece, best: &Solution, settings: &Settings, round: &Round) -> usize {
    if round.more == 0 || settings.areas.is_some() {
        return best.areas;
    }
    let candidate = piece.areas.saturating_add_signed(round.more).max(1);
    let allowed = forced_bp(piece.households, candidate, settings) <= settings.band_bp;
    if best.out_of_band > 0 && allowed {
        candidate
    } else {
        best.areas
    }
}

impl Work<'_> {
    /// `None` if cancelled.
    fn solve(&self, piece: &Piece, attempt: &Attempt) -> Option<Solution> {
        let settings = self.settings;
        if self.progress.cancelled() {
            return None;
        }
        if piece.heavy.is_some() {
            return Some(Solution {
                area: vec![0; piece.units.len()],
                areas: 1,
                key: Key::default(),
                worst_bp: 0,
                out_of_band: 0,
                bound_bp: 0,
                proof: Proof::Arithmetic,
                share: 0,
            });
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
            _ if problem.keeps_current => {
                (initial::start(&problem, &mut rng), anneal::warm(&problem))
            }
            _ => (initial::start(&problem, &mut rng), anneal::hot(&problem)),
        };
        let iterations = attempt.iterations.unwrap_or(share);
        let cancelled = || self.progress.cancelled();
        let Found { area, key } =
            anneal::anneal(&problem, &start, rng.next(), iterations, hot, &cancelled)?;
        Some(self.solution(piece, &problem, &area, key, share))
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

fn report(work: &Work, solutions: &[Solution], done: usize, phase: Phase) {
    work.progress.report(&ProgressReport {
        done_zones: done,
        zones: solutions.len(),
        worst_deviation_bp: solutions.iter().map(|s| s.worst_bp).max().unwrap_or(0),
        areas_out_of_band: solutions.iter().map(|s| s.out_of_band).sum(),
        phase,
    });
}
