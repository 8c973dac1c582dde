//! Random spanning trees of sets of nodes.
//!
//! Not uniform over all trees (Wilson's algorithm is): a random frontier is faster, and its trees
//! are as varied as a search needs. Invariant: `order` lists parents before their children.

use super::constraints::{NONE, Problem};
use super::rng::Rng;

/// A spanning tree and the room to grow the next one.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The nodes reached, root first.
    pub order: Vec<u32>,
    /// Place in `order` of the parent of `order[i]`; the root is its own parent.
    pub parent: Vec<u32>,
    /// Place in `order` of every node of the problem; valid where `order` agrees.
    place: Vec<u32>,
    frontier: Vec<(u32, u32)>,
    /// Of every node of the problem: `now` if it is still to be reached.
    open: Vec<u32>,
    now: u32,
}

impl Tree {
    /// Grows a random tree from a random one of `nodes` over all of them that it reaches.
    ///
    /// Edges within a tracked compound are preferred, so that cutting the tree seldom parts one.
    pub(super) fn grow(&mut self, problem: &Problem, nodes: &[u32], rng: &mut Rng) {
        self.place.resize(problem.nodes(), NONE);
        self.open.resize(problem.nodes(), 0);
        self.now = self.now.wrapping_add(1);
        for &node in nodes {
            self.open[node as usize] = self.now;
        }
        self.order.clear();
        self.parent.clear();
        self.frontier.clear();
        self.reach(problem, nodes[rng.below(nodes.len())], 0);
        while !self.frontier.is_empty() {
            let mut pick = rng.below(self.frontier.len());
            if problem.groups > 0 && !self.within_group(problem, pick) {
                pick = rng.below(self.frontier.len());
            }
            let (parent, node) = self.frontier.swap_remove(pick);
            if self.open[node as usize] == self.now {
                self.reach(problem, node, parent);
            }
        }
    }

    fn reach(&mut self, problem: &Problem, node: u32, parent: u32) {
        let place = self.order.len() as u32;
        self.place[node as usize] = place;
        self.open[node as usize] = self.now.wrapping_sub(1);
        self.order.push(node);
        self.parent.push(parent);
        for link in problem.links_of(node) {
            if self.open[link.node as usize] == self.now {
                self.frontier.push((place, link.node));
            }
        }
    }

    fn within_group(&self, problem: &Problem, pick: usize) -> bool {
        let (parent, node) = self.frontier[pick];
        let group = problem.group[node as usize];
        group != NONE && group == problem.group[self.order[parent as usize] as usize]
    }

    /// Place in `order` of a node of the tree.
    pub(super) fn place(&self, node: u32) -> usize {
        self.place[node as usize] as usize
    }

    /// Marks the subtree below `order[root]` (by place).
    pub(super) fn subtree(&self, root: usize, marks: &mut Vec<bool>) {
        marks.clear();
        marks.resize(self.order.len(), false);
        marks[root] = true;
        for i in root + 1..self.order.len() {
            marks[i] = marks[self.parent[i] as usize];
        }
        if root == 0 {
            marks.fill(true);
        }
    }
}
