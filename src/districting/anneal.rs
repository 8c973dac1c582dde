//! The search of one piece: simulated annealing over shifts, swaps, recombinations and chains.
//!
//! The incumbent is kept by the true lexicographic key, not by the annealed cost. Temperature falls
//! geometrically from start to end over the budget, which is counted in iterations.
//! Invariant: the result is never worse (by key) than the start.

use super::constraints::Problem;
use super::objective::{Key, ONE};
use super::partition::Partition;
use super::recombine::Pair;
use super::recombine_small::SmallPair;
use super::rng::Rng;
use super::tree::Tree;

/// Temperature at the end of a search: below it hardly a move is accepted that costs, and time is lost.
const COLD: i64 = ONE / 140;

/// Temperature at the start of a fresh search: in the order of what one node's move costs.
pub(super) fn hot(problem: &Problem) -> i64 {
    (ONE * problem.areas as i64 * 5 / (problem.nodes() as i64 * 2)).clamp(ONE / 20, ONE)
}

/// Temperature for improving a plan that is good already.
pub(super) fn warm(problem: &Problem) -> i64 {
    hot(problem) / 5
}

/// The state of a search.
pub(super) struct Search<'p> {
    pub(super) partition: Partition<'p>,
    pub(super) rng: Rng,
    pub(super) tree: Tree,
    pub(super) pair: Pair,
    /// Room for recombinations, while none runs.
    pub(super) small: Option<Box<SmallPair<u64>>>,
    pub(super) medium: Option<Box<SmallPair<u128>>>,
    pub(super) temperature: i64,
}

/// The best plan of a search.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Area of every node.
    pub area: Vec<u32>,
    /// Its key.
    pub key: Key,
}

/// How often cancellation is asked for, in nodes of recombined pairs: every few milliseconds.
const ASK: usize = 1 << 16;

/// Anneals from `start` for `iterations`, then descends; at once at an end if cancelled.
pub(super) fn anneal(
    problem: &Problem,
    start: &[u32],
    seed: u64,
    iterations: u64,
    hot: i64,
    cancelled: &dyn Fn() -> bool,
) -> Found {
    let mut search = Search {
        partition: Partition::new(problem, start),
        rng: Rng::new(seed),
        tree: Tree::default(),
        pair: Pair::default(),
        small: None,
        medium: None,
        temperature: hot,
    };
    let mut best = Found {
        area: start.to_vec(),
        key: search.partition.key(),
    };
    if problem.areas < 2 || search.partition.cut.is_empty() {
        return best;
    }
    // Comparing keys costs O(areas): do it that seldom.
    let every = (problem.areas as u64 * 2).clamp(16, 4096);
    let ask = (ASK * problem.areas / (2 * problem.nodes())).clamp(1, 4096) as u64;
    for iteration in 0..iterations {
        if iteration % ask == 0 && cancelled() {
            search.keep_better(&mut best);
            return best;
        }
        if iteration % 64 == 0 {
            search.temperature = cooled(hot, iteration, iterations);
        }
        match search.rng.below(256) {
            0..80 => search.shift_move(),
            80..110 => search.swap_move(),
            110..255 => search.recombine_move(),
            _ => search.chain_move(),
        }
        if iteration % every == 0 && iteration * 3 > iterations {
            search.keep_better(&mut best);
        }
    }
    search.keep_better(&mut best);
    search.descend();
    search.keep_better(&mut best);
    search.partition.reset(&best.area);
    search.descend();
    search.keep_better(&mut best);
    best
}

/// From `hot` down to about `COLD`, geometrically, linear between the halvings.
fn cooled(hot: i64, done: u64, all: u64) -> i64 {
    let halvings = (hot / COLD).max(2).ilog2() + 1;
    let fall = ((u128::from(done) * u128::from(halvings)) << 16) / u128::from(all.max(1));
    let (whole, part) = ((fall >> 16) as u32, (fall & 0xFFFF) as i64);
    let step = hot >> whole;
    step - ((step * part) >> 17)
}

impl Search<'_> {
    /// Metropolis' rule.
    #[inline]
    pub(super) fn accepts(&mut self, delta: i64) -> bool {
        delta <= 0
            || (delta < self.temperature << 5
                && delta <= (self.temperature * self.rng.exponential()) >> 16)
    }

    /// A random cut edge, in random direction: (node, area of the other end).
    #[inline]
    pub(super) fn random_border(&mut self) -> Option<(u32, u32)> {
        if self.partition.cut.is_empty() {
            return None;
        }
        let edge = self.partition.cut[self.rng.below(self.partition.cut.len())];
        let (a, b) = self.partition.problem.edges[edge as usize];
        let (node, other) = if self.rng.next() >> 63 == 0 {
            (a, b)
        } else {
            (b, a)
        };
        Some((node, self.partition.area[other as usize]))
    }

    fn keep_better(&mut self, best: &mut Found) {
        let key = self.partition.key();
        if key < best.key {
            best.key = key;
            best.area.clone_from(&self.partition.area);
        }
    }
}
