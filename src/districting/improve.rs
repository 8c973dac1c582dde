//! Left-over effort goes to the pieces that are farthest above their bound.
//!
//! Rounds of several short searches each, that press for balance harder and harder.
//! Invariant: a piece is replaced by a better plan only, and in an order that threads do not decide.

use rayon::prelude::*;

use super::constraints::forced_bp;
use super::objective::Key;
use super::pieces::{Piece, Pieces};
use super::progress::Phase;
use super::rng::derive_seed;
use super::settings::Settings;
use super::solve::{Attempt, LEAST, Solution, Work, first_share};

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
    Round::new(16, true, 0),
    Round::new(4, false, 0),
    Round::new(16, false, 0),
    Round::new(64, false, 0),
    Round::new(16, false, 1),
    Round::new(16, false, -1),
];
/// A piece gets at most this many times its first share in one round of improvement.
const AT_MOST: u64 = 40;
/// Searches of a piece in one round of improvement, at most.
const TRIES: u64 = 8;

/// Spends the left-over effort on the pieces with the largest excess over their bound.
pub(super) fn improve(work: &Work, pieces: &Pieces, seed: u64, solutions: &mut [Solution]) {
    let settings = work.settings;
    let ledger = &work.ledger;
    let units = work.graph.units().len() as u64;
    let all = units.saturating_mul(settings.effort);
    let spent: u64 = solutions.iter().map(|s| s.share).sum();
    let kept_back = all / 100 * (100 - first_share(settings));
    let mut left = all.saturating_sub(spent).max(kept_back);
    for (number, round) in ROUNDS.iter().enumerate() {
        ledger.begin(Phase::Improve, solutions.iter().map(Solution::standing));
        let mut poor: Vec<usize> = (0..solutions.len())
            .filter(|&i| solutions[i].excess(settings) > 0 && solutions[i].share > 0)
            .collect();
        poor.sort_by_key(|&i| (std::cmp::Reverse(solutions[i].excess(settings)), i));
        let wanted: u64 = poor.iter().map(|&i| solutions[i].share).sum();
        let round_left = left / (ROUNDS.len() - number).min(3) as u64;
        if wanted == 0 || round_left == 0 || ledger.cancelled() {
            break;
        }
        // Everybody the same multiple of the first share, but no less than half of it: then the worst only.
        let halves = (round_left * 2 / wanted).clamp(1, AT_MOST * 2);
        let mut tasks = Vec::new();
        let mut budget = round_left;
        for index in poor {
            if budget == 0 {
                break;
            }
            let iterations = (solutions[index].share * halves / 2).min(budget);
            budget -= iterations;
            left -= iterations;
            // Several short searches find a rare plan sooner than a long one.
            let tries = (iterations / solutions[index].share).clamp(1, TRIES);
            let iterations = (iterations / tries).max(LEAST);
            tasks.extend((0..tries).map(|attempt| (index, attempt, iterations)));
        }
        let salt = (number as u64 + 1) << 40;
        let results: Vec<(usize, Solution)> = tasks
            .par_iter()
            .filter(|_| !ledger.cancelled())
            .filter_map(|&(index, attempt, iterations)| {
                let best = &solutions[index];
                let piece = &pieces.list[index];
                let attempt = Attempt {
                    seed: derive_seed(seed, salt + (attempt << 34) + index as u64),
                    iterations: Some(iterations),
                    areas: Some(other_count(piece, best, settings, round)),
                    from: round.warm.then_some(best),
                    press: round.press,
                };
                let found = work.solve(piece, &attempt);
                let better = improves(&found, best);
                if better {
                    ledger.improved(index, found.standing(), found.news(piece.zone));
                }
                better.then_some((index, found))
            })
            .collect();
        for (index, found) in results {
            let best = &mut solutions[index];
            if improves(&found, best) {
                let share = best.share;
                *best = Solution { share, ..found };
            }
        }
    }
}

/// Is the plan better? Costs are not comparable: balance weighed more.
fn improves(found: &Solution, best: &Solution) -> bool {
    if found.areas == best.areas {
        let rank = |key: &Key| (key.violation, key.first, key.second);
        rank(&found.key) < rank(&best.key)
    } else {
        (found.out_of_band, found.worst_bp) < (best.out_of_band, best.worst_bp)
    }
}

/// In some rounds, for pieces that miss the band: another allowed number of areas.
fn other_count(piece: &Piece, best: &Solution, settings: &Settings, round: &Round) -> usize {
    if round.more == 0 || settings.fixes_areas(piece.zone) {
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
