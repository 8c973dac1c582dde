//! Recombination of two areas with at most 128 nodes together, on bit masks: the usual case by far.
//!
//! The same move as in `recombine`, several times as fast: sets of nodes are words, the tree grows by picking
//! bits, and a split whose balance alone costs too much is dropped before its inertia and cut are counted.
//! Invariant: as there; what is proposed differs only in how the random tree is drawn.

use super::anneal::Search;
use super::constraints::{NONE, Tally};
use super::word::Word;

/// The most nodes of a pair.
pub(super) const NODES: usize = 128;

/// Room for one recombination after the other; a node's number is its place in the first area, then in the second.
#[derive(Debug)]
pub(super) struct SmallPair<W> {
    node: [u32; NODES],
    near: [W; NODES],
    /// Node at every place of the tree, parents before their children.
    order: [u8; NODES],
    /// Place of the parent of a place.
    parent: [u8; NODES],
    place: [u8; NODES],
    /// Nodes and households of the subtree of every place.
    below: [W; NODES],
    load: [i64; NODES],
    /// Cost of leaving today's area, of nodes at home in the first and in the second area.
    home: [[i64; 2]; NODES],
    /// Nodes of every tracked group of the pair.
    groups: Vec<(u32, W)>,
}

impl<W: Word> Default for SmallPair<W> {
    fn default() -> Self {
        Self {
            node: [0; NODES],
            near: [W::NONE; NODES],
            order: [0; NODES],
            parent: [0; NODES],
            place: [0; NODES],
            below: [W::NONE; NODES],
            load: [0; NODES],
            home: [[0; 2]; NODES],
            groups: Vec::new(),
        }
    }
}

impl Search<'_> {
    /// Merges areas `a` and `b` and splits them anew along the best edge of a random tree.
    pub(super) fn recombine_small(&mut self, a: u32, b: u32) {
        let size =
            self.partition.members[a as usize].len() + self.partition.members[b as usize].len();
        if size <= u64::SIZE {
            let mut pair = self.small.take().unwrap_or_default();
            self.recombine_masks(&mut pair, a, b);
            self.small = Some(pair);
        } else {
            let mut pair = self.medium.take().unwrap_or_default();
            self.recombine_masks(&mut pair, a, b);
            self.medium = Some(pair);
        }
    }

    fn recombine_masks<W: Word>(&mut self, pair: &mut SmallPair<W>, a: u32, b: u32) {
        let partition = &mut self.partition;
        let problem = partition.problem;
        let objective = &problem.objective;
        let first = partition.members[a as usize].len();
        let n = first + partition.members[b as usize].len();
        pair.node[..first].copy_from_slice(&partition.members[a as usize]);
        pair.node[first..n].copy_from_slice(&partition.members[b as usize]);
        for local in 0..n {
            let near: W = partition.near(pair.node[local]);
            pair.near[local] = if local < first { near } else { near << first };
        }
        // Edges between the two areas, from the smaller one.
        let (own, other, offset) = if first * 2 <= n {
            (0..first, b, first)
        } else {
            (first..n, a, 0)
        };
        let mut cut_now = 0;
        for local in own {
            for link in problem.links_of(pair.node[local]) {
                if partition.area[link.node as usize] == other {
                    let across = offset + partition.place(link.node);
                    pair.near[local] = pair.near[local] | W::one(across);
                    pair.near[across] = pair.near[across] | W::one(local);
                    cut_now += link.weight;
                }
            }
        }
        let all = !W::NONE >> (W::SIZE - n);
        let first_mask = !W::NONE >> (W::SIZE - first);

        // What the present split costs, and what a new one may cost.
        let mut now =
            partition.cost_of(a) + partition.cost_of(b) + i64::from(cut_now) * objective.cut;
        let parted = |nodes: W, part: W| nodes & part != W::NONE && nodes & !part != W::NONE;
        pair.groups.clear();
        if problem.groups > 0 && objective.part > 0 {
            for local in 0..n {
                let group = problem.group[pair.node[local] as usize];
                if group != NONE {
                    match pair.groups.iter_mut().find(|known| known.0 == group) {
                        Some(known) => known.1 = known.1 | W::one(local),
                        None => pair.groups.push((group, W::one(local))),
                    }
                }
            }
            for &(_, nodes) in &pair.groups {
                now += i64::from(parted(nodes, first_mask)) * objective.part;
            }
        }
        let mut locked = [W::NONE; 2];
        if problem.keeps_current {
            for local in 0..n {
                let v = pair.node[local];
                let side = |area: u32| usize::from(area == b);
                let (fixed, home) = (problem.fixed[v as usize], problem.home[v as usize]);
                if fixed == a || fixed == b {
                    locked[side(fixed)] = locked[side(fixed)] | W::one(local);
                }
                pair.home[local] = [0; 2];
                if home == a || home == b {
                    let cost = objective.change(problem.tally[v as usize].load);
                    pair.home[local][side(home)] = cost;
                    let here = if local < first { a } else { b };
                    now += if home == here { 0 } else { cost };
                }
            }
        }
        let limit = now + ((self.temperature * self.rng.exponential()) >> 16);

        // A random tree.
        let root = self.rng.below(n);
        pair.order[0] = root as u8;
        pair.place[root] = 0;
        let mut seen = W::one(root);
        let mut frontier = pair.near[root];
        let mut size = 1;
        while frontier != W::NONE {
            let random = self.rng.next();
            let next = frontier.pick(n, random as u32);
            let mut parents = pair.near[next] & seen;
            if !pair.groups.is_empty() {
                // Rather within a compound, so that cutting the tree seldom parts one.
                let group = pair.groups.iter().find(|group| group.1.has(next));
                let within = parents & group.map_or(W::NONE, |group| group.1);
                parents = if within == W::NONE { parents } else { within };
            }
            let parent = parents.pick(n, (random >> 32) as u32);
            pair.order[size] = next as u8;
            pair.parent[size] = pair.place[parent];
            pair.place[next] = size as u8;
            size += 1;
            seen = seen | W::one(next);
            frontier = (frontier | pair.near[next]) & !seen;
        }
        if size != n {
            return;
        }
        for i in 0..n {
            let local = usize::from(pair.order[i]);
            pair.below[i] = W::one(local);
            pair.load[i] = problem.tally[pair.node[local] as usize].load;
        }
        for i in (1..n).rev() {
            let parent = usize::from(pair.parent[i]);
            pair.below[parent] = pair.below[parent] | pair.below[i];
            pair.load[parent] += pair.load[i];
        }

        // The best edge of the tree, both ways round.
        let whole = partition.tally[a as usize].plus(partition.tally[b as usize]);
        let mut best: Option<(i64, u32, W)> = None;
        let mut least = limit;
        for i in 1..n {
            let mut cost =
                objective.balance(pair.load[i]) + objective.balance(whole.load - pair.load[i]);
            if cost > least {
                continue;
            }
            let below = pair.below[i];
            let small = if below.count() as usize * 2 <= n {
                below
            } else {
                all & !below
            };
            let mut tally = Tally::default();
            for local in small.bits() {
                tally = tally.plus(problem.tally[pair.node[local] as usize]);
            }
            cost += objective.spread(&tally) + objective.spread(&whole.minus(tally));
            for &(_, nodes) in &pair.groups {
                cost += i64::from(parted(nodes, below)) * objective.part;
            }
            if cost > least {
                continue;
            }
            let outside = all & !small;
            let cut: i32 = if problem.weighted {
                let links = small
                    .bits()
                    .flat_map(|local| problem.links_of(pair.node[local]));
                let crosses = |node: u32| {
                    let (area, place) = (partition.area[node as usize], partition.place(node));
                    area == a && outside.has(place) || area == b && outside.has(first + place)
                };
                links
                    .filter(|link| crosses(link.node))
                    .map(|link| link.weight)
                    .sum()
            } else {
                let across = |local: usize| (pair.near[local] & outside).count() as i32;
                small.bits().map(across).sum()
            };
            cost += i64::from(cut) * objective.cut;
            if cost > least {
                continue;
            }
            for part in [below, all & !below] {
                let legal = part & locked[1] == W::NONE && locked[0] & !part == W::NONE;
                let moved = (part ^ first_mask).count();
                if !legal || moved == 0 {
                    continue;
                }
                let mut cost = cost;
                if problem.keeps_current {
                    let away = |part: W, side: usize| -> i64 {
                        part.bits().map(|local| pair.home[local][side]).sum()
                    };
                    cost += away(part, 1) + away(all & !part, 0);
                }
                if cost <= limit && best.is_none_or(|b| (cost, moved) < (b.0, b.1)) {
                    best = Some((cost, moved, part));
                    least = least.min(cost);
                }
            }
        }
        if let Some((cost, _, part)) = best {
            for local in (part ^ first_mask).bits() {
                partition.transfer(pair.node[local], if local < first { b } else { a });
            }
            partition.settle([a, b], cost - now);
        }
    }
}
