//! Recombination: two neighbouring areas are merged and split anew along a random spanning tree.
//!
//! After DeFord, Duchin and Solomon, *Recombination* (2021); here every edge of the tree is scored by the full
//! objective (balance, inertia, cut, compound parts, change) and the best one is taken if it is good enough. The
//! random threshold of the annealing is drawn before: an edge whose balance alone costs too much is dropped before
//! its cut edges are counted. This is the general case; `recombine_small` does the same on bit masks.
//! Invariant: both halves are connected (a subtree and its complement), locked nodes stay.

use super::anneal::Search;
use super::constraints::{NONE, Tally};
use super::recombine_small;

/// The most tracked compounds in a pair of areas that are scored edge by edge.
const GROUPS: usize = 32;
/// The most nodes of a pair of areas (a safeguard for huge areas: the pass is linear, but long).
const NODES: usize = 20_000;

/// What is summed up the tree.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    tally: Tally,
    /// Nodes locked to the first and to the second area.
    locked: [u32; 2],
    /// Cost of leaving today's area, of nodes at home in the first and in the second area.
    home: [i64; 2],
    /// Nodes now in the first area, and all.
    first: u32,
    size: u32,
}

/// Room for one recombination after the other.
#[derive(Debug, Default)]
pub(super) struct Pair {
    nodes: Vec<u32>,
    sum: Vec<Sum>,
    marks: Vec<bool>,
    groups: Vec<u32>,
    counts: Vec<u32>,
}

impl Search<'_> {
    /// Merges the areas on both sides of a random cut edge and splits them anew.
    pub(super) fn recombine_move(&mut self) {
        let Some((node, b)) = self.random_border() else {
            return;
        };
        let a = self.partition.area[node as usize];
        let members = &self.partition.members;
        if members[a as usize].len() + members[b as usize].len() <= recombine_small::NODES {
            return self.recombine_small(a, b);
        }
        let partition = &self.partition;
        let problem = partition.problem;
        let objective = &problem.objective;
        let area = &partition.area;
        let pair = &mut self.pair;
        pair.nodes.clear();
        pair.nodes.extend_from_slice(&partition.members[a as usize]);
        pair.nodes.extend_from_slice(&partition.members[b as usize]);
        let n = pair.nodes.len();
        if n > NODES {
            return;
        }
        let inside = |v: u32| area[v as usize] == a || area[v as usize] == b;
        self.tree.grow(problem, &pair.nodes, &mut self.rng);
        let tree = &self.tree;
        if tree.order.len() != n {
            return;
        }

        // What the present split costs, and what a new one may cost.
        let smaller = |side: u32| partition.members[side as usize].len() * 2 <= n;
        let (own, other) = if smaller(a) { (a, b) } else { (b, a) };
        let cut_now: i32 = partition.members[own as usize]
            .iter()
            .flat_map(|&v| problem.links_of(v))
            .filter(|link| area[link.node as usize] == other)
            .map(|link| link.weight)
            .sum();
        let groups = count_groups(problem, &tree.order, pair);
        let mut now =
            partition.cost_of(a) + partition.cost_of(b) + i64::from(cut_now) * objective.cut;
        for &group in &pair.groups {
            let both = partition.presence(a, group) > 0 && partition.presence(b, group) > 0;
            now += if both { objective.part } else { 0 };
        }

        // Own values, then sums from the leaves to the root.
        pair.sum.clear();
        for &v in &tree.order {
            let own = area[v as usize];
            let mut sum = Sum {
                tally: problem.tally[v as usize],
                first: u32::from(own == a),
                size: 1,
                ..Sum::default()
            };
            if problem.keeps_current {
                let (fixed, home) = (problem.fixed[v as usize], problem.home[v as usize]);
                if fixed == a || fixed == b {
                    sum.locked[usize::from(fixed == b)] = 1;
                }
                if home == a || home == b {
                    let cost = objective.change(sum.tally.load);
                    sum.home[usize::from(home == b)] = cost;
                    now += if home == own { 0 } else { cost };
                }
            }
            pair.sum.push(sum);
        }
        for i in (1..n).rev() {
            let parent = tree.parent[i] as usize;
            let below = pair.sum[i];
            let sum = &mut pair.sum[parent];
            sum.tally = sum.tally.plus(below.tally);
            sum.size += below.size;
            sum.first += below.first;
            for side in 0..2 {
                sum.locked[side] += below.locked[side];
                sum.home[side] += below.home[side];
            }
            for g in 0..groups {
                pair.counts[parent * groups + g] += pair.counts[i * groups + g];
            }
        }
        let limit = now + ((self.temperature * self.rng.exponential()) >> 16);

        // The best edge of the tree, both ways round.
        let all = pair.sum[0];
        let mut best: Option<(i64, u32, usize, bool)> = None;
        let mut least = limit;
        for i in 1..n {
            let below = pair.sum[i];
            let rest = all.tally.minus(below.tally);
            let mut cost = objective.balance(below.tally.load) + objective.balance(rest.load);
            if cost > least {
                continue;
            }
            cost += objective.spread(&below.tally) + objective.spread(&rest);
            for g in 0..groups {
                let (inner, whole) = (pair.counts[i * groups + g], pair.counts[g]);
                cost += i64::from(inner > 0 && inner < whole) * objective.part;
            }
            if cost > least {
                continue;
            }
            tree.subtree(i, &mut pair.marks);
            let small = below.size * 2 <= all.size;
            for (&v, &mark) in tree.order.iter().zip(&pair.marks) {
                if mark == small {
                    for link in problem.links_of(v) {
                        if inside(link.node) && pair.marks[tree.place(link.node)] != small {
                            cost += i64::from(link.weight) * objective.cut;
                        }
                    }
                }
            }
            if cost > least {
                continue;
            }
            for below_is_first in [true, false] {
                let (own, other) = if below_is_first { (0, 1) } else { (1, 0) };
                let legal = below.locked[other] == 0 && below.locked[own] == all.locked[own];
                let cost = cost + all.home[own] - below.home[own] + below.home[other];
                let stay = if below_is_first {
                    // Nodes of the first area below the edge, of the second above it.
                    below.first + (all.size - all.first) - (below.size - below.first)
                } else {
                    all.first - below.first + (below.size - below.first)
                };
                let moved = all.size - stay;
                let better = best.is_none_or(|b| (cost, moved) < (b.0, b.1));
                if legal && moved > 0 && cost <= limit && better {
                    best = Some((cost, moved, i, below_is_first));
                    least = least.min(cost);
                }
            }
        }
        let Some((cost, _, root, below_is_first)) = best else {
            return;
        };
        tree.subtree(root, &mut pair.marks);
        for (&v, &mark) in tree.order.iter().zip(&pair.marks) {
            let to = if mark == below_is_first { a } else { b };
            if self.partition.area[v as usize] != to {
                self.partition.transfer(v, to);
            }
        }
        self.partition.settle([a, b], cost - now);
    }
}

/// Numbers the tracked groups of the pair and counts each node's own; 0 if none (or too many).
fn count_groups(problem: &super::constraints::Problem, order: &[u32], pair: &mut Pair) -> usize {
    pair.groups.clear();
    if problem.groups == 0 || problem.objective.part == 0 {
        return 0;
    }
    pair.groups.extend(
        order
            .iter()
            .map(|&v| problem.group[v as usize])
            .filter(|&g| g != NONE),
    );
    pair.groups.sort_unstable();
    pair.groups.dedup();
    if pair.groups.len() > GROUPS {
        pair.groups.clear();
        return 0;
    }
    let groups = pair.groups.len();
    pair.counts.clear();
    pair.counts.resize(order.len() * groups, 0);
    for (i, &v) in order.iter().enumerate() {
        if let Ok(g) = pair.groups.binary_search(&problem.group[v as usize]) {
            pair.counts[i * groups + g] = 1;
        }
    }
    groups
}
