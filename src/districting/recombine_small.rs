//! Recombination of two areas with at most 64 nodes together, on bit masks: the usual case by far.
//!
//! The same move as in `recombine`, four times as fast: sets of nodes are words, the tree grows by picking
//! bits, and a split is dropped as soon as its balance alone costs too much.
//! Invariant: as there; what is proposed differs only in how the random tree is drawn.

use super::anneal::Search;
use super::constraints::{NONE, Tally};

/// The most nodes of a pair.
pub(super) const NODES: usize = 64;

/// Room for one recombination after the other; a node's number is its place in the first area, then in the second.
#[derive(Debug)]
pub(super) struct SmallPair {
    near: [u64; NODES],
    /// Node at every place of the tree, parents before their children.
    order: [u8; NODES],
    /// Place of the parent of a place.
    parent: [u8; NODES],
    place: [u8; NODES],
    /// The subtree of every place: its nodes, sums and the weight of the edges that leave it.
    below: [u64; NODES],
    tally: [Tally; NODES],
    cut: [i32; NODES],
    /// Cost of leaving today's area, of nodes at home in the first and in the second area.
    home: [[i64; 2]; NODES],
    /// Nodes of every tracked group of the pair.
    groups: Vec<(u32, u64)>,
}

impl Default for SmallPair {
    fn default() -> Self {
        Self {
            near: [0; NODES],
            order: [0; NODES],
            parent: [0; NODES],
            place: [0; NODES],
            below: [0; NODES],
            tally: [Tally::default(); NODES],
            cut: [0; NODES],
            home: [[0; 2]; NODES],
            groups: Vec::new(),
        }
    }
}

/// A bit of `mask`, at random but not evenly: the first one from a random place on.
#[inline]
fn pick(mask: u64, nodes: usize, random: u32) -> usize {
    let from = (u64::from(random) * nodes as u64) >> 32;
    let rest = mask >> from << from;
    (if rest == 0 { mask } else { rest }).trailing_zeros() as usize
}

/// The bits of a word, lowest first.
fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = mask.trailing_zeros();
        (bit < 64).then(|| {
            mask &= mask - 1;
            bit as usize
        })
    })
}

impl Search<'_> {
    /// Merges areas `a` and `b` and splits them anew along the best edge of a random tree.
    pub(super) fn recombine_small(&mut self, a: u32, b: u32) {
        let partition = &mut self.partition;
        let problem = partition.problem;
        let objective = &problem.objective;
        let pair = &mut self.small;
        let first = partition.members[a as usize].len();
        let n = first + partition.members[b as usize].len();
        let first_mask = u64::MAX >> (64 - first);
        let node = |local: usize| {
            if local < first {
                partition.members[a as usize][local]
            } else {
                partition.members[b as usize][local - first]
            }
        };

        for local in 0..first {
            pair.near[local] = partition.near(node(local));
        }
        for local in first..n {
            pair.near[local] = partition.near(node(local)) << first;
        }
        // Edges between the two areas, from the smaller one.
        let (own, other, offset) = if first * 2 <= n {
            (0..first, b, first)
        } else {
            (first..n, a, 0)
        };
        let mut cut_now = 0;
        for local in own {
            for link in problem.links_of(node(local)) {
                if partition.area[link.node as usize] == other {
                    let across = offset + partition.place(link.node);
                    pair.near[local] |= 1 << across;
                    pair.near[across] |= 1 << local;
                    cut_now += link.weight;
                }
            }
        }

        // What the present split costs, and what a new one may cost.
        let mut now = partition.cost_of(a)
            + partition.cost_of(b)
            + i64::from(cut_now) * objective.cut;
        pair.groups.clear();
        if problem.groups > 0 && objective.part > 0 {
            for local in 0..n {
                let group = problem.group[node(local) as usize];
                if group != NONE {
                    match pair.groups.iter_mut().find(|known| known.0 == group) {
                        Some(known) => known.1 |= 1 << local,
                        None => pair.groups.push((group, 1 << local)),
                    }
                }
            }
            for &(_, nodes) in &pair.groups {
                let parted = nodes & first_mask != 0 && nodes & !first_mask != 0;
                now += if parted { objective.part } else { 0 };
            }
        }
        let mut locked = [0u64; 2];
        let mut all_home = [0i64; 2];
        if problem.keeps_current {
            for local in 0..n {
                let v = node(local);
                let side = |area: u32| usize::from(area == b);
                let (fixed, home) = (problem.fixed[v as usize], problem.home[v as usize]);
                if fixed == a || fixed == b {
                    locked[side(fixed)] |= 1 << local;
                }
                pair.home[local] = [0; 2];
                if home == a || home == b {
                    let cost = objective.change(problem.tally[v as usize].load);
                    pair.home[local][side(home)] = cost;
                    all_home[side(home)] += cost;
                    let here = if local < first { a } else { b };
                    now += if home == here { 0 } else { cost };
                }
            }
        }
        let limit = now + ((self.temperature * self.rng.exponential()) >> 16);

        // A random tree.
        let random = self.rng.next();
        let root = (((random >> 32) * n as u64) >> 32) as usize;
        pair.order[0] = root as u8;
        pair.place[root] = 0;
        let mut seen = 1u64 << root;
        let mut frontier = pair.near[root];
        let mut size = 1;
        while frontier != 0 {
            let random = self.rng.next();
            let next = pick(frontier, n, random as u32);
            let mut parents = pair.near[next] & seen;
            if !pair.groups.is_empty() {
                // Rather within a compound, so that cutting the tree seldom parts one.
                let group = pair.groups.iter().find(|group| group.1 >> next & 1 == 1);
                let within = parents & group.map_or(0, |group| group.1);
                parents = if within == 0 { parents } else { within };
            }
            let parent = pick(parents, n, (random >> 32) as u32);
            pair.order[size] = next as u8;
            pair.parent[size] = pair.place[parent];
            pair.place[next] = size as u8;
            size += 1;
            seen |= 1 << next;
            frontier = (frontier | pair.near[next]) & !seen;
        }
        if size != n {
            return;
        }

        // Sums, leaf to root. Two sets together lose the edges between them twice.
        for i in 0..n {
            let local = usize::from(pair.order[i]);
            let v = node(local);
            pair.below[i] = 1 << local;
            pair.tally[i] = problem.tally[v as usize];
            pair.cut[i] = if problem.weighted {
                let inside = problem.links_of(v).iter().filter(|link| {
                    let area = partition.area[link.node as usize];
                    area == a || area == b
                });
                inside.map(|link| link.weight).sum()
            } else {
                pair.near[local].count_ones() as i32
            };
        }
        for i in (1..n).rev() {
            let parent = usize::from(pair.parent[i]);
            let (mut small, mut large) = (pair.below[i], pair.below[parent]);
            if large.count_ones() < small.count_ones() {
                (small, large) = (large, small);
            }
            let between: i32 = if problem.weighted {
                let links = bits(small).flat_map(|local| problem.links_of(node(local)));
                links
                    .filter(|link| {
                        let area = partition.area[link.node as usize];
                        let place = partition.place(link.node);
                        area == a && large >> place & 1 == 1
                            || area == b && large >> (first + place) & 1 == 1
                    })
                    .map(|link| link.weight)
                    .sum()
            } else {
                bits(small)
                    .map(|local| (pair.near[local] & large).count_ones() as i32)
                    .sum()
            };
            pair.cut[parent] += pair.cut[i] - 2 * between;
            pair.below[parent] = small | large;
            pair.tally[parent] = pair.tally[parent].plus(pair.tally[i]);
        }

        // The best edge of the tree, both ways round.
        let whole = pair.tally[0];
        let all = pair.below[0];
        let mut best: Option<(i64, u32, u64)> = None;
        let mut least = limit;
        for i in 1..n {
            let (below, tally) = (pair.below[i], pair.tally[i]);
            let rest = whole.minus(tally);
            let mut cost = objective.balance(tally.load)
                + objective.balance(rest.load)
                + i64::from(pair.cut[i]) * objective.cut;
            if cost > least {
                continue;
            }
            cost += objective.spread(&tally) + objective.spread(&rest);
            for &(_, nodes) in &pair.groups {
                let parted = nodes & below != 0 && nodes & !below != 0;
                cost += if parted { objective.part } else { 0 };
            }
            if cost > least {
                continue;
            }
            for part in [below, all & !below] {
                let legal = part & locked[1] == 0 && locked[0] & !part == 0;
                let moved = (part ^ first_mask).count_ones();
                if !legal || moved == 0 {
                    continue;
                }
                let mut cost = cost;
                if problem.keeps_current {
                    cost += bits(part).map(|local| pair.home[local][1]).sum::<i64>();
                    cost += bits(all & !part)
                        .map(|local| pair.home[local][0])
                        .sum::<i64>();
                }
                if cost <= limit && best.is_none_or(|b| (cost, moved) < (b.0, b.1)) {
                    best = Some((cost, moved, part));
                    least = least.min(cost);
                }
            }
        }
        let Some((cost, _, part)) = best else {
            return;
        };
        let expected = partition.cost + cost - now;
        let moves = part ^ first_mask;
        let nodes = &mut self.moving;
        nodes.clear();
        nodes.extend(bits(moves).map(|local| (node(local), if local < first { b } else { a })));
        for &(v, to) in nodes.iter() {
            partition.shift(v, to);
        }
        debug_assert!(partition.cost == expected, "{} {expected}", partition.cost);
    }
}
