//! The best set of posts by branch and bound, where that is small.
//!
//! At each step the site with the largest gain is taken once more, or never again. Invariant: a search that says it is
//! complete has left out no set that serves more than the best one.

use super::flow::Flow;
use super::posts::{BUDGET, Question, Site};

/// Sites, and posts, of a case that is searched through.
const MOST_SITES: usize = 60;
const MOST_POSTS: usize = 12;

/// What a search found.
pub(super) struct Found {
    /// A set that serves more than what was known.
    pub(super) better: Option<Vec<usize>>,
    /// Nothing was left out.
    pub(super) complete: bool,
}

/// Whether a case is worth a search.
pub(super) fn is_small(sites: &[Site], n: usize) -> bool {
    sites.iter().filter(|site| site.copies > 0).count() <= MOST_SITES && n <= MOST_POSTS
}

/// Searches for a set that serves more than `known` households.
pub(super) fn search<F: FnMut(usize) -> Vec<u32>>(
    question: &mut Question<'_, F>,
    known: u64,
) -> Found {
    let copies: Vec<u32> = question.sites.iter().map(|site| site.copies).collect();
    let flow = Flow::new(question.demand.to_vec());
    let mut search = Search {
        question,
        best: known,
        better: None,
        tried: 0,
    };
    search.branch(&flow, copies, &mut Vec::new());
    Found {
        complete: search.tried < BUDGET,
        better: search.better,
    }
}

struct Search<'s, 'q, F> {
    question: &'s mut Question<'q, F>,
    best: u64,
    better: Option<Vec<usize>>,
    tried: usize,
}

impl<F: FnMut(usize) -> Vec<u32>> Search<'_, '_, F> {
    fn branch(&mut self, flow: &Flow, mut copies: Vec<u32>, chosen: &mut Vec<usize>) {
        if flow.total() > self.best {
            self.best = flow.total();
            self.better = Some(chosen.clone());
        }
        let rest = self.question.n - chosen.len();
        if rest == 0 {
            return;
        }
        let mut gains: Vec<(u32, usize)> = Vec::new();
        for site in (0..copies.len()).filter(|site| copies[*site] > 0) {
            self.tried += 1;
            let gain = self.question.gain(flow, site);
            if gain > 0 {
                gains.push((gain, site));
            }
        }
        gains.sort_unstable_by_key(|(gain, site)| (std::cmp::Reverse(*gain), *site));
        // Without the largest, and then without the next: every turn excludes one site.
        for first in 0..gains.len() {
            let (mut bound, mut free) = (flow.total(), rest as u64);
            for (gain, site) in &gains[first..] {
                let taken = free.min(u64::from(copies[*site]));
                bound += taken * u64::from(*gain);
                free -= taken;
                if free == 0 {
                    break;
                }
            }
            if bound <= self.best || self.tried >= BUDGET {
                return;
            }
            let site = gains[first].1;
            let mut with = flow.clone();
            let reach = self.question.reach(site);
            with.add(reach, self.question.sites[site].capacity);
            let mut fewer = copies.clone();
            fewer[site] -= 1;
            chosen.push(site);
            self.branch(&with, fewer, chosen);
            chosen.pop();
            copies[site] = 0;
        }
    }
}
