//! Recombination: two neighbouring areas are merged and split anew along a random spanning tree.
//!
//! After DeFord, Duchin and Solomon, *Recombination* (2021); here every edge of the tree is scored
//! by the full objective (balance, inertia, cut, compound parts, change) in one pass from the leaves
//! to the root, and the best one is proposed.
//! Invariant: both halves are connected (a subtree and its complement), locked nodes stay.

use super::anneal::Search;
use super::constraints::{NONE, Tally};

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
    /// Weight of the edges of the pair that leave the subtree.
    cut: i32,
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
        if self.partition.fits_masks(a, b) {
            return self.recombine_small(a, b);
        }
        let problem = self.partition.problem;
        let objective = &problem.objective;
        let area = &self.partition.area;
        let pair = &mut self.pair;
        pair.nodes.clear();
        pair.nodes
            .extend_from_slice(&self.partition.members[a as usize]);
        pair.nodes
            .extend_from_slice(&self.partition.members[b as usize]);
        let n = pair.nodes.len();
        if n > NODES {
            return;
        }
        let inside = |v: u32| area[v as usize] == a || area[v as usize] == b;
        self.tree.grow(problem, &pair.nodes, &mut self.rng, inside);
        let tree = &self.tree;
        if tree.order.len() != n {
            return;
        }

        // Own values, leaf to root.
        pair.sum.clear();
        pair.sum.resize(n, Sum::default());
        let mut cut_now = 0;
        let side = |x: u32| {
            if x == a {
                Some(0)
            } else if x == b {
                Some(1)
            } else {
                None
            }
        };
        for (i, &v) in tree.order.iter().enumerate() {
            let own = area[v as usize];
            let sum = &mut pair.sum[i];
            sum.tally = problem.tally[v as usize];
            sum.size = 1;
            sum.first = u32::from(own == a);
            if let Some(side) = side(problem.fixed[v as usize]) {
                sum.locked[side] = 1;
            }
            if problem.keeps_current
                && let Some(side) = side(problem.home[v as usize])
            {
                sum.home[side] = objective.change(sum.tally.load);
            }
            // An edge is cut by the tree edges between its ends: it counts up to where their paths meet.
            for link in problem.links_of(v) {
                if inside(link.node) {
                    let j = tree.place(link.node);
                    pair.sum[i].cut += link.weight;
                    if j < i {
                        pair.sum[tree.meeting(i, j)].cut -= 2 * link.weight;
                        cut_now += link.weight * i32::from(area[link.node as usize] != own);
                    }
                }
            }
        }
        let groups = count_groups(problem, &tree.order, pair);
        for i in (1..n).rev() {
            let parent = tree.parent[i] as usize;
            let below = pair.sum[i];
            let sum = &mut pair.sum[parent];
            sum.tally = sum.tally.plus(below.tally);
            sum.size += below.size;
            sum.first += below.first;
            sum.cut += below.cut;
            for side in 0..2 {
                sum.locked[side] += below.locked[side];
                sum.home[side] += below.home[side];
            }
            for g in 0..groups {
                pair.counts[parent * groups + g] += pair.counts[i * groups + g];
            }
        }

        // Score every edge of the tree, both ways round.
        let all = pair.sum[0];
        let mut best: Option<(i64, u32, usize, bool)> = None;
        for i in 1..n {
            let below = pair.sum[i];
            let mut cost = objective.area(&below.tally)
                + objective.area(&all.tally.minus(below.tally))
                + i64::from(below.cut) * objective.cut;
            for g in 0..groups {
                let (inner, whole) = (pair.counts[i * groups + g], pair.counts[g]);
                cost += if inner > 0 && inner < whole {
                    objective.part
                } else {
                    0
                };
            }
            if best.is_some_and(|b| cost > b.0) {
                continue;
            }
            for below_is_first in [true, false] {
                let (own, other) = if below_is_first { (0, 1) } else { (1, 0) };
                let legal = below.locked[other] == 0 && below.locked[own] == all.locked[own];
                let changed = all.home[own] - below.home[own] + below.home[other];
                let moved = if below_is_first {
                    all.first - below.first + below.size - below.first
                } else {
                    all.size - all.first - (below.size - below.first) + below.first
                };
                let rank = (cost + changed, moved);
                if legal && moved > 0 && best.is_none_or(|b| rank < (b.0, b.1)) {
                    best = Some((rank.0, rank.1, i, below_is_first));
                }
            }
        }
        let Some((cost, _, root, below_is_first)) = best else {
            return;
        };

        // The same terms of the present split.
        let mut now = self.partition.cost_of(a)
            + self.partition.cost_of(b)
            + i64::from(cut_now) * objective.cut;
        for &group in &pair.groups {
            let both =
                self.partition.presence(a, group) > 0 && self.partition.presence(b, group) > 0;
            now += if both { objective.part } else { 0 };
        }
        for &v in &tree.order {
            let (home, here) = (problem.home[v as usize], area[v as usize]);
            if problem.keeps_current && home != here && (home == a || home == b) {
                now += objective.change(problem.tally[v as usize].load);
            }
        }
        if !self.accepts(cost - now) {
            return;
        }
        let mut marks = std::mem::take(&mut self.pair.marks);
        self.tree.subtree(root, &mut marks);
        let expected = self.partition.cost + cost - now;
        for (i, &mark) in marks.iter().enumerate() {
            let to = if mark == below_is_first { a } else { b };
            let v = self.tree.order[i];
            if self.partition.area[v as usize] != to {
                self.partition.shift(v, to);
            }
        }
        debug_assert!(self.partition.cost == expected || problem.groups > GROUPS);
        self.pair.marks = marks;
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
