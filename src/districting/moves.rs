//! The small moves: shift a border unit, swap two, pass units along a chain of areas, descend.
//!
//! Invariant: a move either keeps all areas connected and is accepted, or leaves no trace.

use std::collections::VecDeque;

use super::anneal::Search;
use super::constraints::NONE;

/// Areas on a chain at most.
const CHAIN: usize = 6;
/// Partners tried for a swap.
const PARTNERS: usize = 3;

impl Search<'_> {
    /// Moves a random border node to the area beyond the border.
    pub(super) fn shift_move(&mut self) {
        let Some((node, to)) = self.random_border() else {
            return;
        };
        if !self.partition.movable(node) {
            return;
        }
        let delta = self.partition.shift_delta(node, to);
        if self.accepts(delta) && self.partition.can_leave(node) {
            self.partition.shift(node, to);
        }
    }

    /// Exchanges a random border node with one from beyond the border.
    pub(super) fn swap_move(&mut self) {
        let Some((node, to)) = self.random_border() else {
            return;
        };
        if !self.partition.movable(node) || !self.partition.can_leave(node) {
            return;
        }
        let from = self.partition.area[node as usize];
        let before = self.partition.cost;
        self.partition.shift(node, to);
        let shifted = self.partition.cost - before;
        for _ in 0..PARTNERS {
            let list = &self.partition.members[to as usize];
            let partner = list[self.rng.below(list.len())];
            if partner == node
                || !self.partition.movable(partner)
                || !self.partition.borders(partner, from)
            {
                continue;
            }
            let delta = shifted + self.partition.shift_delta(partner, from);
            if self.accepts(delta) && self.partition.can_leave(partner) {
                self.partition.shift(partner, from);
                return;
            }
        }
        self.partition.shift(node, from);
    }

    /// Passes nodes along a path of neighbouring areas, from the most loaded to a light one.
    pub(super) fn chain_move(&mut self) {
        let loads: Vec<i64> = self.partition.tally.iter().map(|t| t.load).collect();
        let areas = loads.len();
        if !(3..=256).contains(&areas) {
            return;
        }
        let heaviest = (0..areas).max_by_key(|&a| (loads[a], a)).unwrap_or(0);
        let lightest = (0..areas).min_by_key(|&a| (loads[a], a)).unwrap_or(0);
        // Half of the chains run from the heaviest to anywhere, half from anywhere to the lightest.
        let random = self.rng.below(areas);
        let (source, sink) = if self.rng.next() >> 63 == 0 {
            (heaviest, random)
        } else {
            (random, lightest)
        };
        if source == sink {
            return;
        }
        let path = self.path(source as u32, sink as u32);
        if !(2..=CHAIN).contains(&path.len()) {
            return;
        }
        let before = self.partition.cost;
        let mut done: Vec<(u32, u32)> = Vec::with_capacity(path.len());
        let wanted = ((loads[source] - loads[sink]) / 2).max(1);
        for hop in path.windows(2) {
            let (from, to) = (hop[0], hop[1]);
            let start = self.rng.below(self.partition.members[from as usize].len());
            let mut best: Option<(i64, u32)> = None;
            let size = self.partition.members[from as usize].len();
            for i in 0..size {
                let node = self.partition.members[from as usize][(start + i) % size];
                if self.partition.movable(node)
                    && done.last().is_none_or(|&(last, _)| last != node)
                    && self.partition.borders(node, to)
                {
                    let load = self.partition.problem.tally[node as usize].load;
                    let miss = (load - wanted).abs();
                    if best.is_none_or(|b| miss < b.0) && self.partition.can_leave(node) {
                        best = Some((miss, node));
                    }
                }
            }
            let Some((_, node)) = best else { break };
            done.push((node, from));
            self.partition.shift(node, to);
        }
        let delta = self.partition.cost - before;
        if done.len() + 1 < path.len() || !self.accepts(delta) {
            for (node, from) in done.into_iter().rev() {
                self.partition.shift(node, from);
            }
        }
    }

    /// Shortest path of areas, by the cut edges.
    fn path(&self, source: u32, sink: u32) -> Vec<u32> {
        let areas = self.partition.members.len();
        let mut beside: Vec<Vec<u32>> = vec![Vec::new(); areas];
        for &edge in &self.partition.cut {
            let (a, b) = self.partition.problem.edges[edge as usize];
            let (a, b) = (
                self.partition.area[a as usize],
                self.partition.area[b as usize],
            );
            beside[a as usize].push(b);
            beside[b as usize].push(a);
        }
        let mut from = vec![NONE; areas];
        let mut queue = VecDeque::from([source]);
        from[source as usize] = source;
        while let Some(a) = queue.pop_front() {
            if a == sink {
                break;
            }
            for &b in &beside[a as usize] {
                if from[b as usize] == NONE {
                    from[b as usize] = a;
                    queue.push_back(b);
                }
            }
        }
        if from[sink as usize] == NONE {
            return Vec::new();
        }
        let mut path = vec![sink];
        let mut a = sink;
        while a != source {
            a = from[a as usize];
            path.push(a);
        }
        path.reverse();
        path
    }

    /// Shifts and swaps border nodes as long as the cost falls.
    pub(super) fn descend(&mut self) {
        loop {
            let before = self.partition.cost;
            for edge in self.partition.cut.clone() {
                let (a, b) = self.partition.problem.edges[edge as usize];
                for (node, other) in [(a, b), (b, a)] {
                    let to = self.partition.area[other as usize];
                    if self.partition.area[node as usize] != to
                        && self.partition.movable(node)
                        && self.partition.shift_delta(node, to) < 0
                        && self.partition.can_leave(node)
                    {
                        self.partition.shift(node, to);
                    }
                }
            }
            if self.partition.cost >= before && !self.swap_descend() {
                return;
            }
        }
    }

    /// One pass over all swaps across cut edges; did any help?
    fn swap_descend(&mut self) -> bool {
        let mut helped = false;
        for edge in self.partition.cut.clone() {
            let (a, b) = self.partition.problem.edges[edge as usize];
            for (node, other) in [(a, b), (b, a)] {
                let from = self.partition.area[node as usize];
                let to = self.partition.area[other as usize];
                if from == to || !self.partition.movable(node) || !self.partition.can_leave(node) {
                    continue;
                }
                let before = self.partition.cost;
                self.partition.shift(node, to);
                let mut kept = false;
                for partner in self.partition.members[to as usize].clone() {
                    if partner != node
                        && self.partition.movable(partner)
                        && self.partition.borders(partner, from)
                        && self.partition.cost + self.partition.shift_delta(partner, from) < before
                        && self.partition.can_leave(partner)
                    {
                        self.partition.shift(partner, from);
                        kept = true;
                        break;
                    }
                }
                if kept {
                    helped = true;
                } else {
                    self.partition.shift(node, from);
                }
            }
        }
        helped
    }
}
