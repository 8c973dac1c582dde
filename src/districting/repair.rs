//! Mending one piece: from today's areas into the limits with as few changed households as possible.
//!
//! Not a search for balance (that is `anneal`). A local search at low temperature among the areas within two hops of
//! one that breaks its limits, or all if that does not suffice: a node is shifted over a border, and if that costs too
//! much, a node of the area that took it goes on, up to six areas far. The best plan is kept by the true key:
//! households beyond the limits, changed households, cost.
//! Invariant: the result is never worse (by that key) than the start, and it is the same for the same seed.

use super::constraints::{NONE, Problem};
use super::objective::ONE;
use super::partition::Partition;
use super::rng::{Rng, derive_seed};

/// What a changed household weighs in the search, in thousandths of a full deviation of one area when all change.
pub(super) const CHANGE_WEIGHT: u32 = 5_000;
/// How much more the limits press in every try than in the one before.
const PRESS: [i64; 8] = [2, 2, 1, 4, 1, 2, 1, 2];
/// Temperature at the start of a try: in the order of what changing one node costs.
const WARM: i64 = ONE / 4;
/// The same where the limits were not reached so far.
const HOT: i64 = ONE;
/// Areas that one move leads through, at most.
const HOPS: usize = 5;
/// How often a border between areas that take part, or a node that can go on, is drawn at most.
const DRAWS: usize = 8;
/// How often cancellation is asked for, in iterations.
const ASK: u64 = 4096;

/// What is wanted of every area, in households.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub least: i64,
    pub most: i64,
    /// No plan within the limits changes fewer: then the search may stop.
    pub bound: i64,
}

/// How plans are compared: less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    violation: i64,
    changed: i64,
    cost: i64,
}

/// Mends `start`, each of several tries with so many iterations; if cancelled, the best so far.
pub(super) fn repair(
    problem: &mut Problem,
    start: &[u32],
    window: Window,
    (seed, iterations): (u64, u64),
    cancelled: &dyn Fn() -> bool,
) -> Vec<u32> {
    let mut best: Option<(Key, Vec<u32>)> = None;
    for (attempt, press) in (0u64..).zip(PRESS) {
        problem.objective.press(press);
        let mut search = Search::new(problem, start, window, derive_seed(seed, attempt));
        let own = search.key();
        // The cost of what is best so far, as this try weighs it.
        let (mut key, mut area) = match best.take() {
            Some((key, area)) => (
                Key {
                    cost: i64::MAX,
                    ..key
                },
                area,
            ),
            None => (own, start.to_vec()),
        };
        if key.violation == 0 && key.changed <= window.bound {
            return area;
        }
        let stuck = attempt > 1 && key.violation > 0;
        search.activate(if stuck { problem.areas } else { 2 });
        let hot = if stuck { HOT } else { WARM };
        if attempt % 4 == 3 {
            search.reset(&area);
        }
        for iteration in 0..iterations {
            if iteration % ASK == 0 && cancelled() {
                return area;
            }
            let left = (iterations - iteration) as i64;
            let all = iterations as i64;
            search.temperature = hot * left / all * left / all;
            search.walk();
            search.keep_better(&mut key, &mut area);
        }
        search.reset(&area);
        search.retreat();
        search.keep_better(&mut key, &mut area);
        best = Some((key, area));
    }
    best.map_or_else(|| start.to_vec(), |(_, area)| area)
}

struct Search<'p> {
    partition: Partition<'p>,
    rng: Rng,
    window: Window,
    /// Does the area take part?
    active: Vec<bool>,
    violation: i64,
    changed: i64,
    temperature: i64,
}

impl<'p> Search<'p> {
    fn new(problem: &'p Problem, start: &[u32], window: Window, seed: u64) -> Self {
        let mut search = Self {
            partition: Partition::new(problem, start),
            rng: Rng::new(seed),
            window,
            active: vec![false; problem.areas],
            violation: 0,
            changed: 0,
            temperature: 0,
        };
        search.count();
        search
    }

    fn reset(&mut self, area: &[u32]) {
        self.partition.reset(area);
        self.count();
    }

    /// Counts violation and change afresh.
    fn count(&mut self) {
        let loads = self.partition.tally.iter().map(|area| area.load);
        self.violation = loads.map(|load| self.beyond(load)).sum();
        let problem = self.partition.problem;
        let homes = problem.home.iter().zip(&self.partition.area);
        self.changed = homes
            .zip(&problem.tally)
            .filter(|((home, area), _)| **home != NONE && home != area)
            .map(|(_, tally)| tally.load)
            .sum();
    }

    fn key(&self) -> Key {
        Key {
            violation: self.violation,
            changed: self.changed,
            cost: self.partition.cost,
        }
    }

    /// Households beyond the limits.
    fn beyond(&self, load: i64) -> i64 {
        (self.window.least - load)
            .max(load - self.window.most)
            .max(0)
    }

    /// Lets the areas take part that are at most `hops` borders away from one beyond its limits.
    fn activate(&mut self, hops: usize) {
        let problem = self.partition.problem;
        for (area, tally) in self.partition.tally.iter().enumerate() {
            self.active[area] = self.beyond(tally.load) > 0;
        }
        for _ in 0..hops {
            let before = self.active.clone();
            for &edge in &self.partition.cut {
                let (a, b) = problem.edges[edge as usize];
                let [a, b] = [a, b].map(|node| self.partition.area[node as usize] as usize);
                self.active[a] |= before[b];
                self.active[b] |= before[a];
            }
            if self.active == before {
                break;
            }
        }
    }

    /// Moves a node that may move.
    fn shift(&mut self, node: u32, to: u32) {
        let from = self.partition.area[node as usize];
        let problem = self.partition.problem;
        let load = problem.tally[node as usize].load;
        let [before, after] = [from, to].map(|area| self.partition.tally[area as usize].load);
        self.violation += self.beyond(before - load) - self.beyond(before)
            + self.beyond(after + load)
            - self.beyond(after);
        let home = problem.home[node as usize];
        if home == from {
            self.changed += load;
        } else if home == to {
            self.changed -= load;
        }
        self.partition.shift(node, to);
    }

    /// One move: a shift over a border and, while it is not accepted, another out of the area that took it.
    fn walk(&mut self) {
        let Some((mut node, mut to)) = self.border() else {
            return;
        };
        let before = self.partition.cost;
        let most = (self.temperature * self.rng.exponential()) >> 16;
        let mut done = [(0, 0); HOPS];
        for hop in 0..HOPS {
            if !self.partition.movable(node) || !self.partition.can_leave(node) {
                self.take_back(&done[..hop]);
                return;
            }
            done[hop] = (node, self.partition.area[node as usize]);
            self.shift(node, to);
            if self.partition.cost - before <= most {
                return;
            }
            match self.onwards(node, to) {
                Some(next) if hop + 1 < HOPS => (node, to) = next,
                _ => {
                    self.take_back(&done[..=hop]);
                    return;
                }
            }
        }
    }

    fn take_back(&mut self, done: &[(u32, u32)]) {
        for &(node, from) in done.iter().rev() {
            self.shift(node, from);
        }
    }

    /// A random node at a border between areas that take part, and the area beyond.
    fn border(&mut self) -> Option<(u32, u32)> {
        let problem = self.partition.problem;
        for _ in 0..DRAWS {
            if self.partition.cut.is_empty() {
                return None;
            }
            let edge = self.partition.cut[self.rng.below(self.partition.cut.len())];
            let (mut a, mut b) = problem.edges[edge as usize];
            if self.rng.next() >> 63 == 0 {
                (a, b) = (b, a);
            }
            let [from, to] = [a, b].map(|node| self.partition.area[node as usize]);
            if self.active[from as usize] && self.active[to as usize] {
                return Some((a, to));
            }
        }
        None
    }

    /// A random other node of the area at a border, and an area beyond that takes part.
    fn onwards(&mut self, last: u32, area: u32) -> Option<(u32, u32)> {
        let problem = self.partition.problem;
        for _ in 0..DRAWS {
            let members = &self.partition.members[area as usize];
            let node = members[self.rng.below(members.len())];
            let links = problem.links_of(node);
            if node == last || links.is_empty() {
                continue;
            }
            let link = links[self.rng.below(links.len())];
            let to = self.partition.area[link.node as usize];
            if to != area && self.active[to as usize] {
                return Some((node, to));
            }
        }
        None
    }

    /// Sends nodes home as long as the key gets better.
    fn retreat(&mut self) {
        let problem = self.partition.problem;
        loop {
            let before = self.key();
            for (node, &home) in (0u32..).zip(&problem.home) {
                let from = self.partition.area[node as usize];
                if home == NONE
                    || home == from
                    || !self.partition.movable(node)
                    || !self.partition.borders(node, home)
                    || !self.partition.can_leave(node)
                {
                    continue;
                }
                let key = self.key();
                self.shift(node, home);
                if self.key() >= key {
                    self.shift(node, from);
                }
            }
            if self.key() >= before {
                return;
            }
        }
    }

    fn keep_better(&self, key: &mut Key, area: &mut Vec<u32>) {
        if self.key() < *key {
            *key = self.key();
            area.clone_from(&self.partition.area);
        }
    }
}
