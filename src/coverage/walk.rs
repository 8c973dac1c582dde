//! Shortest ways on foot over the walkable graph.
//!
//! Lengths are whole decimetres. Invariant: a walk settles nodes nearest first, ties by number, so that a shorter limit
//! gives a prefix of a longer one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The walkable graph, both directions of every edge side by side.
#[derive(Debug, Clone, Default)]
pub struct WalkGraph {
    first: Vec<u32>,
    to: Vec<u32>,
    length_dm: Vec<u32>,
    part: Vec<u32>,
}

/// What a walk reached: nodes with their distance, nearest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Walked {
    /// Nodes.
    pub nodes: Vec<u32>,
    /// Their distances, decimetres, ascending.
    pub dm: Vec<u32>,
}

impl Walked {
    /// The nodes within a shorter limit.
    pub fn within(&self, limit_dm: u32) -> &[u32] {
        &self.nodes[..self.dm.partition_point(|dm| *dm <= limit_dm)]
    }
}

/// Memory that walks share, one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {
    best: Vec<u32>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(u32, u32)>>,
    wanted: Vec<bool>,
}

/// Whole minutes for a distance at a speed in metres a minute, rounded up.
pub const fn minutes(dm: u32, speed_m_per_min: u32) -> u32 {
    let per_minute = if speed_m_per_min == 0 {
        1
    } else {
        speed_m_per_min * 10
    };
    dm.div_ceil(per_minute)
}

impl WalkGraph {
    /// Of `nodes` nodes and edges (a, b, metres); an edge to a node that is not there is left out.
    pub fn new(nodes: usize, edges: impl Iterator<Item = (u32, u32, f32)> + Clone) -> Self {
        let known =
            edges.filter(|(a, b, _)| (*a as usize) < nodes && (*b as usize) < nodes && a != b);
        let mut first = vec![0u32; nodes + 1];
        for (a, b, _) in known.clone() {
            first[a as usize + 1] += 1;
            first[b as usize + 1] += 1;
        }
        for at in 0..nodes {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut to = vec![0u32; first[nodes] as usize];
        let mut length_dm = vec![0u32; to.len()];
        let mut part: Vec<u32> = (0..nodes as u32).collect();
        for (a, b, metres) in known {
            // A way of no length is a step all the same.
            let dm = (f64::from(metres) * 10.0).round().clamp(1.0, 1e9) as u32;
            for (from, into) in [(a, b), (b, a)] {
                let place = next[from as usize] as usize;
                next[from as usize] += 1;
                to[place] = into;
                length_dm[place] = dm;
            }
            let (a, b) = (root(&mut part, a), root(&mut part, b));
            part[a.max(b) as usize] = a.min(b);
        }
        for at in 0..nodes as u32 {
            part[at as usize] = root(&mut part, at);
        }
        Self {
            first,
            to,
            length_dm,
            part,
        }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.part.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.part.is_empty()
    }

    /// Whether some way leads from one node to the other, however long.
    pub fn joined(&self, a: u32, b: u32) -> bool {
        self.part.get(a as usize).is_some()
            && self.part.get(a as usize) == self.part.get(b as usize)
    }

    /// All nodes within `limit_dm` of the nearest of `sources`.
    pub fn within(&self, sources: &[u32], limit_dm: u32, scratch: &mut Scratch) -> Walked {
        self.walk(sources, limit_dm, scratch, None)
    }

    /// The distances to `targets` from the nearest of `sources`, as far as they lie within `limit_dm`; stops at the last.
    pub fn distances(
        &self,
        sources: &[u32],
        targets: &[u32],
        limit_dm: u32,
        scratch: &mut Scratch,
    ) -> Walked {
        scratch.wanted.resize(self.len(), false);
        let reachable = |target: &&u32| {
            (**target as usize) < self.len() && sources.iter().any(|s| self.joined(*s, **target))
        };
        let mut left = 0;
        for target in targets.iter().filter(reachable) {
            left += usize::from(!std::mem::replace(
                &mut scratch.wanted[*target as usize],
                true,
            ));
        }
        let walked = if left == 0 {
            Walked::default()
        } else {
            self.walk(sources, limit_dm, scratch, Some(left))
        };
        for target in targets {
            if let Some(wanted) = scratch.wanted.get_mut(*target as usize) {
                *wanted = false;
            }
        }
        walked
    }

    fn walk(
        &self,
        sources: &[u32],
        limit_dm: u32,
        scratch: &mut Scratch,
        mut only: Option<usize>,
    ) -> Walked {
        scratch.best.resize(self.len(), u32::MAX);
        let mut walked = Walked::default();
        for &source in sources {
            if (source as usize) < self.len() && scratch.best[source as usize] != 0 {
                scratch.best[source as usize] = 0;
                scratch.touched.push(source);
                scratch.heap.push(Reverse((0, source)));
            }
        }
        while let Some(Reverse((dm, node))) = scratch.heap.pop() {
            if scratch.best[node as usize] != dm {
                continue;
            }
            match &mut only {
                None => {
                    walked.nodes.push(node);
                    walked.dm.push(dm);
                }
                Some(left) if scratch.wanted[node as usize] => {
                    walked.nodes.push(node);
                    walked.dm.push(dm);
                    *left -= 1;
                    if *left == 0 {
                        break;
                    }
                }
                Some(_) => {}
            }
            let edges = self.first[node as usize] as usize..self.first[node as usize + 1] as usize;
            for (to, length) in self.to[edges.clone()].iter().zip(&self.length_dm[edges]) {
                let there = dm.saturating_add(*length);
                let best = &mut scratch.best[*to as usize];
                if there <= limit_dm && there < *best {
                    if *best == u32::MAX {
                        scratch.touched.push(*to);
                    }
                    *best = there;
                    scratch.heap.push(Reverse((there, *to)));
                }
            }
        }
        scratch.heap.clear();
        for node in scratch.touched.drain(..) {
            scratch.best[node as usize] = u32::MAX;
        }
        walked
    }
}

fn root(part: &mut [u32], mut at: u32) -> u32 {
    while part[at as usize] != at {
        part[at as usize] = part[part[at as usize] as usize];
        at = part[at as usize];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bellman-Ford: slow, and nothing to get wrong.
    fn reference(nodes: usize, edges: &[(u32, u32, f32)], sources: &[u32]) -> Vec<u32> {
        let mut best = vec![u32::MAX; nodes];
        for source in sources {
            best[*source as usize] = 0;
        }
        for _ in 0..nodes {
            for &(a, b, metres) in edges {
                let dm = ((metres * 10.0).round() as u32).max(1);
                for (from, to) in [(a, b), (b, a)] {
                    let there = best[from as usize].saturating_add(dm);
                    best[to as usize] = best[to as usize].min(there);
                }
            }
        }
        best
    }

    proptest! {
        #[test]
        fn a_walk_finds_the_shortest_ways_nearest_first(
            edges in prop::collection::vec((0u32..24, 0u32..24, 0u16..900), 0..60),
            sources in prop::collection::vec(0u32..24, 1..4),
            limit in 0u32..12_000,
            targets in prop::collection::vec(0u32..24, 0..6),
        ) {
            let edges: Vec<(u32, u32, f32)> = edges.into_iter()
                .filter(|(a, b, _)| a != b).map(|(a, b, m)| (a, b, f32::from(m))).collect();
            let graph = WalkGraph::new(24, edges.iter().copied());
            let expected = reference(24, &edges, &sources);
            let mut scratch = Scratch::default();
            let walked = graph.within(&sources, limit, &mut scratch);
            prop_assert!(walked.dm.windows(2).all(|pair| pair[0] <= pair[1]));
            let reached: std::collections::BTreeMap<u32, u32> =
                walked.nodes.iter().copied().zip(walked.dm.iter().copied()).collect();
            for node in 0..24u32 {
                let dm = expected[node as usize];
                prop_assert_eq!(reached.get(&node).copied(), (dm <= limit).then_some(dm));
                let joined = sources.iter().any(|s| graph.joined(*s, node));
                prop_assert_eq!(joined, dm != u32::MAX);
            }
            let some = graph.distances(&sources, &targets, limit, &mut scratch);
            for target in &targets {
                let dm = expected[*target as usize];
                let found = some.nodes.iter().position(|n| n == target).map(|at| some.dm[at]);
                prop_assert_eq!(found, (dm <= limit).then_some(dm));
            }
            // Nothing of one walk is left for the next.
            prop_assert_eq!(graph.within(&sources, limit, &mut scratch), walked);
        }
    }

    #[test]
    fn a_minute_that_has_begun_counts_and_old_people_walk_slower() {
        assert_eq!(
            [minutes(0, 60), minutes(600, 60), minutes(601, 60)],
            [0, 1, 2]
        );
        assert_eq!(minutes(6000, 60), 10);
        assert_eq!(minutes(6000, 45), 14);
    }
}
