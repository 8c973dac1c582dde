//! Households that a set of posts can serve: a maximal flow from posts to the compounds within their reach.
//!
//! A post serves its own capacity at most, a compound needs what it lacks and no more. Adding a post reroutes what the
//! others serve where that helps. The value as a function of the set of posts is monotone and submodular, because it is
//! a flow. Invariant: the flow is maximal after every step.

use std::collections::VecDeque;
use std::sync::Arc;

/// A maximal flow.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    /// Households that each compound still lacks.
    left: Vec<u32>,
    posts: Vec<Post>,
    total: u64,
}

#[derive(Debug, Clone)]
struct Post {
    reach: Arc<[u32]>,
    /// Households that it serves, by place in `reach`.
    served: Vec<u32>,
}

impl Flow {
    pub(super) const fn new(demand: Vec<u32>) -> Self {
        Self {
            left: demand,
            posts: Vec::new(),
            total: 0,
        }
    }

    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// What one more post would add.
    pub(super) fn gain(&self, reach: &Arc<[u32]>, capacity: u32) -> u32 {
        // Most posts find enough at once.
        let at_once: u64 = reach
            .iter()
            .map(|c| u64::from(self.left[*c as usize]))
            .sum();
        if at_once >= u64::from(capacity) {
            return capacity;
        }
        if self
            .posts
            .iter()
            .all(|post| post.served.iter().all(|n| *n == 0))
        {
            return u32::try_from(at_once).unwrap_or(u32::MAX);
        }
        self.clone().add(reach.clone(), capacity)
    }

    /// Adds a post and gives what it added.
    pub(super) fn add(&mut self, reach: Arc<[u32]>, capacity: u32) -> u32 {
        let new = self.posts.len();
        self.posts.push(Post {
            served: vec![0; reach.len()],
            reach,
        });
        let mut free = capacity;
        while free > 0 {
            let Some(pushed) = self.augment(new, free) else {
                break;
            };
            free -= pushed;
        }
        self.total += u64::from(capacity - free);
        capacity - free
    }

    /// One shortest augmenting path from a post to a compound that lacks something; how much went along it.
    fn augment(&mut self, from: usize, free: u32) -> Option<u32> {
        // By post: the step that led there, as (post before, its place in reach, own place in reach).
        let mut came: Vec<Option<(usize, usize, usize)>> = vec![None; self.posts.len()];
        let mut seen = vec![false; self.posts.len()];
        seen[from] = true;
        let mut queue = VecDeque::from([from]);
        while let Some(post) = queue.pop_front() {
            let reach = self.posts[post].reach.clone();
            for (place, compound) in reach.iter().enumerate() {
                if self.left[*compound as usize] > 0 {
                    return Some(self.push(from, post, place, &came, free));
                }
            }
            for (place, compound) in reach.iter().enumerate() {
                for other in 0..self.posts.len() {
                    if seen[other] {
                        continue;
                    }
                    let holds = self.posts[other]
                        .reach
                        .iter()
                        .position(|c| c == compound)
                        .filter(|at| self.posts[other].served[*at] > 0);
                    if let Some(at) = holds {
                        seen[other] = true;
                        came[other] = Some((post, place, at));
                        queue.push_back(other);
                    }
                }
            }
        }
        None
    }

    fn push(
        &mut self,
        from: usize,
        last: usize,
        place: usize,
        came: &[Option<(usize, usize, usize)>],
        free: u32,
    ) -> u32 {
        let end = self.posts[last].reach[place] as usize;
        let mut amount = free.min(self.left[end]);
        let mut at = last;
        while at != from {
            let Some((before, _, own)) = came[at] else {
                break;
            };
            amount = amount.min(self.posts[at].served[own]);
            at = before;
        }
        self.left[end] -= amount;
        self.posts[last].served[place] += amount;
        let mut at = last;
        while at != from {
            let Some((before, into, own)) = came[at] else {
                break;
            };
            self.posts[at].served[own] -= amount;
            self.posts[before].served[into] += amount;
            at = before;
        }
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(demand: &[u32], posts: &[(Arc<[u32]>, u32)]) -> u64 {
        let mut flow = Flow::new(demand.to_vec());
        for (reach, capacity) in posts {
            flow.add(reach.clone(), *capacity);
        }
        flow.total()
    }

    /// Max flow = min cut over compounds: Σ over posts min(capacity, …) by trying every set of compounds.
    fn reference(demand: &[u32], posts: &[(Arc<[u32]>, u32)]) -> u64 {
        (0..1u32 << demand.len())
            .map(|cut| {
                let inside = |c: &u32| cut >> c & 1 == 1;
                let of_compounds: u64 = (0..demand.len() as u32)
                    .filter(inside)
                    .map(|c| u64::from(demand[c as usize]))
                    .sum();
                let of_posts: u64 = posts
                    .iter()
                    .filter(|(reach, _)| reach.iter().any(|c| !inside(c)))
                    .map(|(_, capacity)| u64::from(*capacity))
                    .sum();
                of_compounds + of_posts
            })
            .min()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn the_flow_is_maximal_and_gains_are_told_beforehand(
            demand in prop::collection::vec(0u32..400, 1..7),
            posts in prop::collection::vec((prop::collection::btree_set(0u32..7, 1..5), 1u32..300), 0..7),
        ) {
            let posts: Vec<(Arc<[u32]>, u32)> = posts.into_iter().map(|(reach, capacity)| {
                let reach: Vec<u32> = reach.into_iter().filter(|c| (*c as usize) < demand.len()).collect();
                (Arc::from(reach), capacity)
            }).collect();
            prop_assert_eq!(value(&demand, &posts), reference(&demand, &posts));
            let mut flow = Flow::new(demand.clone());
            let mut first: Vec<u32> = posts.iter().map(|(reach, capacity)| flow.gain(reach, *capacity)).collect();
            for (reach, capacity) in &posts {
                let told = flow.gain(reach, *capacity);
                prop_assert_eq!(flow.add(reach.clone(), *capacity), told);
                // Submodular: what somebody adds never grows.
                for (at, (reach, capacity)) in posts.iter().enumerate() {
                    let now = flow.gain(reach, *capacity);
                    prop_assert!(now <= first[at]);
                    first[at] = now;
                }
            }
        }
    }
}
