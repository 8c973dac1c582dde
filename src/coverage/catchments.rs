//! What each keeper reaches on foot, kept apart so that an edit computes only what it changes.
//!
//! Two things are kept for a keeper: the catchment of the home (all nodes within a limit), and the way from there to
//! the nodes that the keeper serves. Invariant: after any change the catchments equal those built from scratch.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::walk::{Scratch, WalkGraph, Walked};

/// A keeper: where the home is, and whom they serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// Tells keepers apart; any number.
    pub key: u128,
    /// Nodes that count as the home; empty when it is not known.
    pub homes: Vec<u32>,
    /// Nodes that the keeper serves.
    pub serves: Vec<u32>,
}

/// How far is looked, decimetres.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Catchments.
    pub catchment_dm: u32,
    /// Ways to the nodes that are served.
    pub served_dm: u32,
}

/// The shortest way to a unit from a keeper who serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nobody serves it, or the home of somebody who does is not known.
    Unknown,
    /// All who serve it live beyond what is looked at.
    Beyond,
    /// So many decimetres.
    Dm(u32),
}

impl Way {
    /// Its length, decimetres, where it is known.
    pub const fn dm(self) -> Option<u32> {
        match self {
            Self::Dm(dm) => Some(dm),
            Self::Unknown | Self::Beyond => None,
        }
    }

    /// Whether it is known to be longer than a limit.
    pub const fn is_beyond(self, limit_dm: u32) -> bool {
        match self {
            Self::Unknown => false,
            Self::Beyond => true,
            Self::Dm(dm) => dm > limit_dm,
        }
    }
}

/// What one keeper reaches.
#[derive(Debug, PartialEq, Eq)]
pub struct Reach {
    /// The keeper.
    pub keeper: Keeper,
    /// All nodes around the home.
    pub catchment: Walked,
    /// Nodes that are served, with the way to them; those beyond the limit are missing.
    pub served: Walked,
}

/// What all keepers reach, in their order.
#[derive(Debug, Clone, Default)]
pub struct Catchments {
    reach: Vec<Arc<Reach>>,
    recomputed: usize,
}

impl Catchments {
    /// From scratch.
    pub fn build(graph: &WalkGraph, keepers: Vec<Keeper>, limits: Limits) -> Self {
        Self::default().changed(graph, keepers, limits)
    }

    /// The same for other keepers on the same graph and with the same limits: what is unchanged is taken over.
    #[must_use]
    pub fn changed(&self, graph: &WalkGraph, keepers: Vec<Keeper>, limits: Limits) -> Self {
        let known: HashMap<u128, &Arc<Reach>> = self
            .reach
            .iter()
            .map(|reach| (reach.keeper.key, reach))
            .collect();
        let mut reach: Vec<Option<Arc<Reach>>> = Vec::with_capacity(keepers.len());
        let mut new: Vec<(usize, Keeper)> = Vec::new();
        for (at, keeper) in keepers.into_iter().enumerate() {
            let same = known
                .get(&keeper.key)
                .filter(|reach| reach.keeper == keeper);
            reach.push(same.map(|reach| Arc::clone(reach)));
            if same.is_none() {
                new.push((at, keeper));
            }
        }
        let recomputed = new.len();
        let made: Vec<(usize, Arc<Reach>)> = new
            .into_par_iter()
            .map_init(Scratch::default, |scratch, (at, keeper)| {
                let old = known.get(&keeper.key);
                // Whoever is given another area still lives where they lived.
                let catchment = match old.filter(|old| old.keeper.homes == keeper.homes) {
                    Some(old) => old.catchment.clone(),
                    None => graph.within(&keeper.homes, limits.catchment_dm, scratch),
                };
                let served =
                    graph.distances(&keeper.homes, &keeper.serves, limits.served_dm, scratch);
                let reach = Reach {
                    keeper,
                    catchment,
                    served,
                };
                (at, Arc::new(reach))
            })
            .collect();
        for (at, made) in made {
            reach[at] = Some(made);
        }
        Self {
            reach: reach.into_iter().flatten().collect(),
            recomputed,
        }
    }

    /// The same with more keepers.
    #[must_use]
    pub fn with(&self, graph: &WalkGraph, more: Vec<Keeper>, limits: Limits) -> Self {
        let added = Self::build(graph, more, limits);
        Self {
            recomputed: added.recomputed,
            reach: self.reach.iter().cloned().chain(added.reach).collect(),
        }
    }

    /// What each keeper reaches.
    pub fn reach(&self) -> &[Arc<Reach>] {
        &self.reach
    }

    /// Keepers that were looked at anew.
    pub const fn recomputed(&self) -> usize {
        self.recomputed
    }

    /// The shortest way to each of `nodes` nodes from a keeper who serves it.
    pub fn ways(&self, nodes: usize) -> Vec<Way> {
        let mut ways = vec![Way::Unknown; nodes];
        for reach in &self.reach {
            for node in &reach.keeper.serves {
                if let Some(way) = ways.get_mut(*node as usize)
                    && *way == Way::Unknown
                {
                    *way = Way::Beyond;
                }
            }
            for (node, dm) in reach.served.nodes.iter().zip(&reach.served.dm) {
                if let Some(way) = ways.get_mut(*node as usize) {
                    *way = Way::Dm(way.dm().map_or(*dm, |best| best.min(*dm)));
                }
            }
        }
        let unknown = |reach: &&Arc<Reach>| reach.keeper.homes.is_empty();
        for reach in self.reach.iter().filter(unknown) {
            for node in &reach.keeper.serves {
                if let Some(way) = ways.get_mut(*node as usize) {
                    *way = Way::Unknown;
                }
            }
        }
        ways
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        catchment_dm: 6_000,
        served_dm: 18_000,
    };

    fn keepers() -> impl Strategy<Value = Vec<Keeper>> {
        let nodes = || prop::collection::vec(0u32..40, 0..4);
        prop::collection::btree_map(0u128..12, (nodes(), nodes()), 0..8).prop_map(|all| {
            all.into_iter()
                .map(|(key, (homes, serves))| Keeper { key, homes, serves })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn step_by_step_equals_from_scratch(
            edges in prop::collection::vec((0u32..40, 0u32..40, 10u16..4000), 20..120),
            steps in prop::collection::vec(keepers(), 1..6),
        ) {
            let edges: Vec<(u32, u32, f32)> = edges.into_iter().map(|(a, b, m)| (a, b, f32::from(m))).collect();
            let graph = WalkGraph::new(40, edges.iter().copied());
            let mut stepped = Catchments::default();
            for keepers in steps {
                stepped = stepped.changed(&graph, keepers.clone(), LIMITS);
                let scratch = Catchments::build(&graph, keepers, LIMITS);
                prop_assert_eq!(stepped.reach(), scratch.reach());
                prop_assert_eq!(stepped.ways(40), scratch.ways(40));
                prop_assert!(stepped.recomputed() <= scratch.recomputed());
            }
        }
    }

    #[test]
    fn one_keeper_more_computes_one_catchment() {
        let graph = WalkGraph::new(4, [(0, 1, 100.0), (1, 2, 100.0), (2, 3, 900.0)].into_iter());
        let keeper = |key, home, serves: &[u32]| Keeper {
            key,
            homes: vec![home],
            serves: serves.to_vec(),
        };
        let before = Catchments::build(&graph, vec![keeper(1, 0, &[1, 3])], LIMITS);
        assert_eq!(
            before.ways(4),
            [Way::Unknown, Way::Dm(1_000), Way::Unknown, Way::Dm(11_000)]
        );
        let after = before.changed(
            &graph,
            vec![keeper(1, 0, &[1, 3]), keeper(2, 2, &[3])],
            LIMITS,
        );
        assert_eq!(after.recomputed(), 1);
        assert_eq!(after.ways(4)[3], Way::Dm(9_000));
        let added = before.with(&graph, vec![keeper(2, 2, &[3])], LIMITS);
        assert_eq!(added.reach(), after.reach());
        let gone = after.changed(&graph, vec![keeper(2, 2, &[3])], LIMITS);
        assert_eq!((gone.recomputed(), gone.ways(4)[1]), (0, Way::Unknown));
    }

    #[test]
    fn an_unknown_home_says_nothing_of_what_is_served_from_it() {
        let graph = WalkGraph::new(2, [(0, 1, 100.0)].into_iter());
        let known = Keeper {
            key: 1,
            homes: vec![0],
            serves: vec![0, 1],
        };
        let unknown = Keeper {
            key: 2,
            homes: vec![],
            serves: vec![1],
        };
        let both = Catchments::build(&graph, vec![known, unknown], LIMITS);
        assert_eq!(both.ways(2), [Way::Dm(0), Way::Unknown]);
    }
}
