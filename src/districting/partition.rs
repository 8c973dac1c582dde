//! A partition of a problem's nodes, with tallies, cost and cut edges kept up to date by every move.
//!
//! Contiguity: an area of up to 64 nodes keeps, for each of its nodes, the bit mask of its
//! neighbours within the area; whether the area survives a node's leaving is then a bit flood of a
//! few steps. Larger areas fall back to a search. Moves cost O(degree).
//! Invariant: no area is ever empty, and `cost` equals the objective computed afresh.

use super::constraints::{NONE, Problem, Tally};
use super::objective::Key;
use super::word::Word;

/// Areas above this size are searched, not flooded; they return to masks at half of it.
const MASK: usize = 64;

/// The partition.
pub(super) struct Partition<'p> {
    /// What is partitioned.
    pub problem: &'p Problem,
    /// Area of every node.
    pub area: Vec<u32>,
    /// Nodes of every area, in no order.
    pub members: Vec<Vec<u32>>,
    /// Households and moments of every area.
    pub tally: Vec<Tally>,
    /// Edges that join two areas, in no order.
    pub cut: Vec<u32>,
    /// Balance and inertia of all areas + cut + compound parts + change.
    pub cost: i64,
    area_cost: Vec<i64>,
    position: Vec<u32>,
    near: Vec<u64>,
    wide: Vec<bool>,
    cut_position: Vec<u32>,
    /// Nodes of tracked group g in area a at [a · groups + g].
    presence: Vec<u32>,
    stamp: Vec<u32>,
    now: u32,
}

impl<'p> Partition<'p> {
    /// The partition with these area numbers (each below `problem.areas`, each used).
    pub(super) fn new(problem: &'p Problem, area: &[u32]) -> Self {
        let n = problem.nodes();
        let mut partition = Self {
            problem,
            area: vec![NONE; n],
            members: vec![Vec::new(); problem.areas],
            tally: vec![Tally::default(); problem.areas],
            cut: Vec::new(),
            cost: 0,
            area_cost: vec![0; problem.areas],
            position: vec![0; n],
            near: vec![0; n],
            wide: vec![false; problem.areas],
            cut_position: vec![NONE; problem.edges.len()],
            presence: vec![0; problem.areas * problem.groups],
            stamp: vec![0; n],
            now: 0,
        };
        partition.reset(area);
        partition
    }

    /// Replaces the whole partition.
    pub(super) fn reset(&mut self, area: &[u32]) {
        for list in &mut self.members {
            list.clear();
        }
        self.area.fill(NONE);
        self.wide.fill(false);
        self.presence.fill(0);
        self.tally.fill(Tally::default());
        self.cut.clear();
        self.cut_position.fill(NONE);
        self.cost = 0;
        for (node, &a) in area.iter().enumerate() {
            self.insert(node as u32, a);
            self.tally[a as usize] = self.tally[a as usize].plus(self.problem.tally[node]);
            self.cost += self.part_cost(node as u32, a) + self.change_cost(node as u32, a);
            self.count_group(node as u32, a, 1);
        }
        for (edge, &(a, b)) in self.problem.edges.iter().enumerate() {
            self.set_cut(edge as u32, area[a as usize] != area[b as usize]);
        }
        for node in 0..area.len() as u32 {
            for link in self.problem.links_of(node) {
                if link.node > node && area[link.node as usize] != area[node as usize] {
                    self.cost += i64::from(link.weight) * self.problem.objective.cut;
                }
            }
        }
        for a in 0..self.members.len() {
            self.area_cost[a] = self.problem.objective.area(&self.tally[a]);
            self.cost += self.area_cost[a];
        }
    }

    /// Set of a node's neighbours within its area, by their places.
    pub(super) fn near<W: Word>(&self, node: u32) -> W {
        let area = self.area[node as usize];
        if !self.wide[area as usize] {
            return W::from(self.near[node as usize]);
        }
        let links = self.problem.links_of(node).iter();
        links
            .filter(|link| self.area[link.node as usize] == area)
            .fold(W::NONE, |near, link| near | W::one(self.place(link.node)))
    }

    /// Place of a node among the members of its area.
    pub(super) fn place(&self, node: u32) -> usize {
        self.position[node as usize] as usize
    }

    /// Cost of balance and inertia of an area.
    pub(super) fn cost_of(&self, area: u32) -> i64 {
        self.area_cost[area as usize]
    }

    /// Edges of the unit graph that are cut.
    fn cut_weight(&self) -> i64 {
        let weight = |&edge: &u32| i64::from(self.problem.edge_weight[edge as usize]);
        self.cut.iter().map(weight).sum()
    }

    /// Σ households · distance² from the best member unit of the area (Hess's measure), in the search's own
    /// length unit: about the centroid, and the distance of the nearest unit from it on top.
    fn inertia(&self) -> i64 {
        let middle: Vec<[i64; 2]> = self
            .tally
            .iter()
            .map(|area| [area.x, area.y].map(|sum| sum / area.load.max(1)))
            .collect();
        let mut nearest = vec![i64::MAX; middle.len()];
        for (&node, &[x, y]) in self.problem.node_of.iter().zip(&self.problem.point) {
            let area = self.area[node as usize] as usize;
            let (dx, dy) = (x - middle[area][0], y - middle[area][1]);
            nearest[area] = nearest[area].min(dx * dx + dy * dy);
        }
        let area = |(tally, (&[x, y], &nearest)): (&Tally, (&[i64; 2], &i64))| {
            if tally.load == 0 {
                return 0;
            }
            tally.square - tally.x * x - tally.y * y + tally.load * nearest
        };
        self.tally
            .iter()
            .zip(middle.iter().zip(&nearest))
            .map(area)
            .sum()
    }

    /// The key of the partition.
    pub(super) fn key(&self) -> Key {
        self.problem.objective.key(
            self.tally.iter(),
            || self.cut_weight(),
            || self.inertia(),
            self.cost,
        )
    }

    /// Nodes of a tracked group in an area.
    pub(super) fn presence(&self, area: u32, group: u32) -> u32 {
        self.presence[area as usize * self.problem.groups + group as usize]
    }

    /// Does the node border the area?
    pub(super) fn borders(&self, node: u32, area: u32) -> bool {
        self.problem
            .links_of(node)
            .iter()
            .any(|l| self.area[l.node as usize] == area)
    }

    /// May the node change its area at all? (Not locked, not the last one.)
    pub(super) fn movable(&self, node: u32) -> bool {
        self.problem.fixed[node as usize] == NONE
            && self.members[self.area[node as usize] as usize].len() > 1
    }

    /// Change of the cost if the node moved to area `to`.
    pub(super) fn shift_delta(&self, node: u32, to: u32) -> i64 {
        let from = self.area[node as usize];
        let tally = self.problem.tally[node as usize];
        let objective = &self.problem.objective;
        let before = self.area_cost[from as usize] + self.area_cost[to as usize];
        let after = objective.area(&self.tally[from as usize].minus(tally))
            + objective.area(&self.tally[to as usize].plus(tally));
        after - before + self.border_delta(node, from, to)
    }

    /// Change of cut, compound parts and change if the node moved: all but balance and inertia.
    pub(super) fn border_delta(&self, node: u32, from: u32, to: u32) -> i64 {
        let mut cut = 0;
        for link in self.problem.links_of(node) {
            let area = self.area[link.node as usize];
            cut += link.weight * (i32::from(area == from) - i32::from(area == to));
        }
        let mut delta = i64::from(cut) * self.problem.objective.cut;
        let group = self.problem.group[node as usize];
        if group != NONE {
            let parts = i64::from(self.presence(to, group) == 0)
                - i64::from(self.presence(from, group) == 1);
            delta += parts * self.problem.objective.part;
        }
        if self.problem.keeps_current {
            delta += self.change_cost(node, to) - self.change_cost(node, from);
        }
        delta
    }

    /// Does the node's area stay connected without it?
    pub(super) fn can_leave(&mut self, node: u32) -> bool {
        let area = self.area[node as usize] as usize;
        if self.wide[area] {
            return self.can_leave_wide(node);
        }
        let members = &self.members[area];
        let wanted = self.near[node as usize];
        let own = 1u64 << self.position[node as usize];
        if wanted == 0 {
            return false;
        }
        let mut seen = wanted & wanted.wrapping_neg();
        let mut frontier = seen;
        loop {
            let mut reached = 0;
            while frontier != 0 {
                reached |= self.near[members[frontier.trailing_zeros() as usize] as usize];
                frontier &= frontier - 1;
            }
            frontier = reached & !seen & !own;
            seen |= frontier;
            if seen & wanted == wanted {
                return true;
            }
            if frontier == 0 {
                return false;
            }
        }
    }

    fn can_leave_wide(&mut self, node: u32) -> bool {
        let problem = self.problem;
        let area = self.area[node as usize];
        let inside = |p: &Self, other: u32| p.area[other as usize] == area;
        self.now += 1;
        let now = self.now;
        let mut missing = 0usize;
        let mut stack = Vec::new();
        let mut wanted = Vec::new();
        for link in problem.links_of(node) {
            if inside(self, link.node) {
                wanted.push(link.node);
            }
        }
        let Some(&start) = wanted.first() else {
            return false;
        };
        missing += wanted.len() - 1;
        self.stamp[node as usize] = now;
        self.stamp[start as usize] = now;
        stack.push(start);
        while let Some(v) = stack.pop() {
            for link in problem.links_of(v) {
                let u = link.node as usize;
                if self.area[u] == area && self.stamp[u] != now {
                    self.stamp[u] = now;
                    if wanted.contains(&link.node) {
                        missing -= 1;
                    }
                    stack.push(link.node);
                }
            }
            if missing == 0 {
                return true;
            }
        }
        missing == 0
    }

    /// Moves the node; contiguity is the caller's care.
    pub(super) fn shift(&mut self, node: u32, to: u32) {
        let from = self.area[node as usize];
        let delta = self.shift_delta(node, to);
        self.transfer(node, to);
        self.settle([from, to], delta);
    }

    /// States the cost after transfers between two areas: it has changed by `delta`.
    pub(super) fn settle(&mut self, areas: [u32; 2], delta: i64) {
        for area in areas {
            self.area_cost[area as usize] = self.problem.objective.area(&self.tally[area as usize]);
        }
        self.cost += delta;
    }

    /// Moves the node; the cost is left to [`Self::settle`].
    pub(super) fn transfer(&mut self, node: u32, to: u32) {
        let from = self.area[node as usize];
        let tally = self.problem.tally[node as usize];
        self.tally[from as usize] = self.tally[from as usize].minus(tally);
        self.tally[to as usize] = self.tally[to as usize].plus(tally);
        self.count_group(node, from, -1);
        self.count_group(node, to, 1);
        self.remove(node);
        self.insert(node, to);
        let problem = self.problem;
        for link in problem.links_of(node) {
            self.set_cut(link.edge, self.area[link.node as usize] != to);
        }
    }

    fn part_cost(&self, node: u32, area: u32) -> i64 {
        let group = self.problem.group[node as usize];
        let new = group != NONE && self.presence(area, group) == 0;
        if new { self.problem.objective.part } else { 0 }
    }

    fn change_cost(&self, node: u32, area: u32) -> i64 {
        let home = self.problem.home[node as usize];
        if home == NONE || home == area {
            0
        } else {
            self.problem
                .objective
                .change(self.problem.tally[node as usize].load)
        }
    }

    fn count_group(&mut self, node: u32, area: u32, by: i32) {
        let group = self.problem.group[node as usize];
        if group != NONE {
            let slot = area as usize * self.problem.groups + group as usize;
            self.presence[slot] = self.presence[slot].wrapping_add_signed(by);
        }
    }

    fn set_cut(&mut self, edge: u32, cut: bool) {
        let place = self.cut_position[edge as usize];
        if cut && place == NONE {
            self.cut_position[edge as usize] = self.cut.len() as u32;
            self.cut.push(edge);
        } else if !cut && place != NONE {
            self.cut.swap_remove(place as usize);
            if let Some(&moved) = self.cut.get(place as usize) {
                self.cut_position[moved as usize] = place;
            }
            self.cut_position[edge as usize] = NONE;
        }
    }

    fn insert(&mut self, node: u32, area: u32) {
        let problem = self.problem;
        let place = self.members[area as usize].len();
        self.area[node as usize] = area;
        self.position[node as usize] = place as u32;
        self.members[area as usize].push(node);
        if place >= MASK {
            self.wide[area as usize] = true;
        }
        if self.wide[area as usize] {
            return;
        }
        let mut near = 0;
        for link in problem.links_of(node) {
            let other = link.node as usize;
            if self.area[other] == area {
                near |= 1 << self.position[other];
                self.near[other] |= 1 << place;
            }
        }
        self.near[node as usize] = near;
    }

    fn remove(&mut self, node: u32) {
        let problem = self.problem;
        let area = self.area[node as usize] as usize;
        let place = self.position[node as usize];
        self.members[area].swap_remove(place as usize);
        let moved = self.members[area].get(place as usize).copied();
        self.area[node as usize] = NONE;
        if let Some(moved) = moved {
            self.position[moved as usize] = place;
        }
        if self.wide[area] {
            if self.members[area].len() <= MASK / 2 {
                self.narrow(area);
            }
            return;
        }
        let last = self.members[area].len() as u32;
        for link in problem.links_of(node) {
            self.near[link.node as usize] &= if self.area[link.node as usize] == area as u32 {
                !(1 << place)
            } else {
                !0
            };
        }
        if let Some(moved) = moved {
            for link in problem.links_of(moved) {
                if self.area[link.node as usize] == area as u32 {
                    let near = &mut self.near[link.node as usize];
                    *near = *near & !(1 << last) | 1 << place;
                }
            }
        }
    }

    /// Builds the masks of an area that has become small again.
    fn narrow(&mut self, area: usize) {
        self.wide[area] = false;
        for &node in &self.members[area] {
            self.near[node as usize] = self
                .problem
                .links_of(node)
                .iter()
                .filter(|l| self.area[l.node as usize] == area as u32)
                .fold(0, |mask, l| mask | 1 << self.position[l.node as usize]);
        }
    }
}
