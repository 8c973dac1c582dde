//! Where more posts gain most: maximal covering with capacity.
//!
//! A post at a site serves, up to its capacity, what the compounds within reach lack; a compound takes as many posts as
//! its quota is short of. What a set of posts serves is submodular, so adding the best one again and again gives at
//! least 1 − 1/e of the best set (Nemhauser, Wolsey, Fisher 1978). Beside this stands a bound made of the data: no set
//! of n posts serves more than a set at hand and the n largest gains over it. Swaps mend what greed missed; small cases
//! are searched through. Invariant: `total ≤ optimum ≤ upper_bound`, and `proved` only when they meet.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use super::exact;
use super::flow::Flow;

/// A place where posts can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The compound that the post belongs to; breaks ties by what it lacks.
    pub compound: u32,
    /// Posts that it takes at most.
    pub copies: u32,
    /// Households that one post serves.
    pub capacity: u32,
}

/// How an answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// One after the other, the best first.
    Greedy,
    /// The same, mended by swaps.
    Swaps,
    /// Searched through.
    BranchAndBound,
}

impl Method {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Greedy => "greedy",
            Self::Swaps => "greedy_with_swaps",
            Self::BranchAndBound => "branch_and_bound",
        }
    }
}

/// The best posts that were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BestPosts {
    /// Sites in the order of their gain, with what each adds to those before it, households.
    pub posts: Vec<(usize, u32)>,
    /// Households that they serve together.
    pub total: u64,
    /// No set of as many posts serves more.
    pub upper_bound: u64,
    /// Whether no set serves more than this one.
    pub proved: bool,
    /// How it was found.
    pub method: Method,
}

/// Flows that swaps and the search may try.
pub(super) const BUDGET: usize = 100_000;

/// What is asked, with the reach of sites found when it is needed.
pub(super) struct Question<'a, F> {
    pub(super) sites: &'a [Site],
    pub(super) demand: &'a [u32],
    pub(super) n: usize,
    reach_of: F,
    reach: Vec<Option<Arc<[u32]>>>,
}

impl<F: FnMut(usize) -> Vec<u32>> Question<'_, F> {
    pub(super) fn reach(&mut self, site: usize) -> Arc<[u32]> {
        if let Some(known) = &self.reach[site] {
            return known.clone();
        }
        let compounds = self.demand.len();
        let mut found = (self.reach_of)(site);
        found.retain(|compound| (*compound as usize) < compounds);
        found.sort_unstable();
        found.dedup();
        let found: Arc<[u32]> = found.into();
        self.reach[site] = Some(found.clone());
        found
    }

    pub(super) fn gain(&mut self, flow: &Flow, site: usize) -> u32 {
        let reach = self.reach(site);
        flow.gain(&reach, self.sites[site].capacity)
    }

    fn flow_of(&mut self, chosen: &[usize]) -> Flow {
        let mut flow = Flow::new(self.demand.to_vec());
        for &site in chosen {
            let reach = self.reach(site);
            flow.add(reach, self.sites[site].capacity);
        }
        flow
    }

    fn own(&self, site: usize) -> u32 {
        let compound = self.sites[site].compound as usize;
        self.demand.get(compound).copied().unwrap_or(0)
    }
}

/// A site with a gain that it cannot exceed, and what breaks ties.
type Entry = (u32, u32, Reverse<usize>);

/// The best `n` posts; `reach_of` names the compounds within reach of a site.
pub fn best_posts(
    sites: &[Site],
    demand: &[u32],
    n: usize,
    reach_of: impl FnMut(usize) -> Vec<u32>,
) -> BestPosts {
    let mut question = Question {
        sites,
        demand,
        n,
        reach_of,
        reach: vec![None; sites.len()],
    };
    let mut left: Vec<u32> = sites.iter().map(|site| site.copies).collect();
    let mut heap: BinaryHeap<Entry> = (0..sites.len())
        .filter(|site| left[*site] > 0)
        .map(|site| (sites[site].capacity, question.own(site), Reverse(site)))
        .collect();
    let mut flow = Flow::new(demand.to_vec());
    let lacking: u64 = demand.iter().map(|n| u64::from(*n)).sum();
    let mut upper_bound = lacking.min(bound(&mut question, &flow, heap.clone(), &left));
    let mut chosen = Vec::new();
    // Lazy: an old gain is an upper bound of the new one.
    while chosen.len() < n {
        let Some((old, own, Reverse(site))) = heap.pop() else {
            break;
        };
        let gain = question.gain(&flow, site).min(old);
        let entry = (gain, own, Reverse(site));
        if gain == 0 {
            continue;
        }
        if heap.peek().is_some_and(|next| *next > entry) {
            heap.push(entry);
            continue;
        }
        let reach = question.reach(site);
        flow.add(reach, sites[site].capacity);
        chosen.push(site);
        left[site] -= 1;
        if left[site] > 0 {
            heap.push(entry);
        }
    }
    upper_bound = upper_bound.min(flow.total() + bound(&mut question, &flow, heap, &left));
    let mut method = Method::Greedy;
    if flow.total() < upper_bound && swap(&mut question, &mut chosen, &mut left) {
        flow = question.flow_of(&chosen);
        method = Method::Swaps;
    }
    let mut proved = flow.total() == upper_bound;
    if !proved && exact::is_small(sites, n) {
        let found = exact::search(&mut question, flow.total());
        if let Some(better) = found.better {
            chosen = better;
            flow = question.flow_of(&chosen);
        }
        if found.complete {
            upper_bound = flow.total();
            proved = true;
            method = Method::BranchAndBound;
        }
    }
    let posts = in_order(&mut question, chosen);
    BestPosts {
        posts,
        total: flow.total(),
        upper_bound,
        proved,
        method,
    }
}

/// What posts add one after the other, households; each with its reach and capacity.
pub fn gains_in_turn(demand: &[u32], posts: &[(Vec<u32>, u32)]) -> Vec<u32> {
    let mut flow = Flow::new(demand.to_vec());
    posts
        .iter()
        .map(|(reach, capacity)| {
            let mut reach = reach.clone();
            reach.retain(|compound| (*compound as usize) < demand.len());
            flow.add(reach.into(), *capacity)
        })
        .collect()
}

/// The n largest gains over a flow, summed; entries hold upper bounds of them.
fn bound<F: FnMut(usize) -> Vec<u32>>(
    question: &mut Question<'_, F>,
    flow: &Flow,
    mut heap: BinaryHeap<Entry>,
    left: &[u32],
) -> u64 {
    let (mut sum, mut rest) = (0u64, question.n as u64);
    while rest > 0 {
        let Some((old, own, Reverse(site))) = heap.pop() else {
            break;
        };
        let gain = question.gain(flow, site).min(old);
        let entry = (gain, own, Reverse(site));
        if heap.peek().is_some_and(|next| *next > entry) {
            heap.push(entry);
            continue;
        }
        let taken = u64::from(left[site]).min(rest);
        sum += taken * u64::from(gain);
        rest -= taken;
    }
    sum
}

/// Exchanges one post for a better one while that helps; whether it did.
fn swap<F: FnMut(usize) -> Vec<u32>>(
    question: &mut Question<'_, F>,
    chosen: &mut [usize],
    left: &mut [u32],
) -> bool {
    let mut tried = 0;
    let mut helped = false;
    let mut again = true;
    // What a site would gain alone: it never gains more beside others.
    let nobody = Flow::new(question.demand.to_vec());
    let alone: Vec<u32> = (0..question.sites.len())
        .map(|site| question.gain(&nobody, site))
        .collect();
    while again && tried < BUDGET {
        again = false;
        for at in 0..chosen.len() {
            let others: Vec<usize> = (0..chosen.len())
                .filter(|other| *other != at)
                .map(|other| chosen[other])
                .collect();
            let flow = question.flow_of(&others);
            let own = question.gain(&flow, chosen[at]);
            let mut best = (own, chosen[at]);
            for site in 0..question.sites.len() {
                if left[site] == 0 || alone[site] <= best.0 || tried >= BUDGET {
                    continue;
                }
                tried += 1;
                let gain = question.gain(&flow, site);
                if gain > best.0 {
                    best = (gain, site);
                }
            }
            if best.0 > own {
                left[chosen[at]] += 1;
                left[best.1] -= 1;
                chosen[at] = best.1;
                (helped, again) = (true, true);
            }
        }
    }
    helped
}

/// The chosen sites, each the best of the rest, with what it adds.
fn in_order<F: FnMut(usize) -> Vec<u32>>(
    question: &mut Question<'_, F>,
    mut chosen: Vec<usize>,
) -> Vec<(usize, u32)> {
    let mut flow = Flow::new(question.demand.to_vec());
    let mut posts = Vec::with_capacity(chosen.len());
    while !chosen.is_empty() {
        let mut best = (0, (0, 0, Reverse(usize::MAX)));
        for (at, site) in chosen.iter().enumerate() {
            let entry = (
                question.gain(&flow, *site),
                question.own(*site),
                Reverse(*site),
            );
            if at == 0 || entry > best.1 {
                best = (at, entry);
            }
        }
        let site = chosen.swap_remove(best.0);
        let reach = question.reach(site);
        let gain = flow.add(reach, question.sites[site].capacity);
        if gain > 0 {
            posts.push((site, gain));
        }
    }
    posts
}

#[cfg(test)]
#[path = "posts_tests.rs"]
mod tests;
