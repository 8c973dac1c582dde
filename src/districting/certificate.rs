//! Proofs for small pieces: enumeration of connected sets and exact cover.
//!
//! Every connected set whose load lies in the window [t − D, t + D], and whose removal leaves parts that can be
//! shared out in the window, may be an area. If no choice of them covers every node once, D is proved
//! infeasible; otherwise a plan is found. Bisection over D gives the optimum or brackets it.
//! Garfinkel and Nemhauser, *Optimal political districting by implicit enumeration techniques* (1970).
//! Where a node is in no such set at all, often at the tip of a peninsula, D is infeasible too: that is looked for
//! first, and in larger pieces nothing else is.
//! Invariant: what is proved holds for every plan with this number of areas under the rules of the problem;
//! work is counted in steps, never in seconds.

use super::constraints::{NONE, Problem};
use super::word::{Wide, Word};

/// Sets that are grown from one node before it is believed to be in one that may be an area.
const LOCAL: u64 = 2_000;
/// Steps (sets visited, areas tried) that a piece gets where a proof is asked for.
pub(super) const STEPS: u64 = 20_000_000;
/// With fewer steps for a window it is not worth while.
const LEAST_STEPS: u64 = 100;
/// Windows examined, at most.
const WINDOWS: usize = 12;

/// What was proved of a piece. Deviations as |load · areas − households|, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Certificate {
    /// No plan is better than this.
    pub bound: u64,
    /// A better plan than the given one, if one was found: area of every node.
    pub better: Option<Vec<u32>>,
}

/// What one window allows.
enum Verdict {
    Infeasible,
    Feasible(Vec<u32>),
    Unknown,
}

/// Worst |load · areas − households| of a partition.
pub(super) fn worst(problem: &Problem, area: &[u32]) -> u64 {
    let total: i64 = problem.tally.iter().map(|t| t.load).sum();
    let mut load = vec![0i64; problem.areas];
    for (tally, &area) in problem.tally.iter().zip(area) {
        load[area as usize] += tally.load;
    }
    let off = |load: &i64| (load * problem.areas as i64).abs_diff(total);
    load.iter().map(off).max().unwrap_or(0)
}

/// Improves the bound of a partition, or the partition, by proof; `None` where the piece is too large or locked.
///
/// `bound` is what is known already, in the same measure as [`worst`]; no more than `steps` are taken, and none
/// once `cancelled`.
pub(super) fn certify(
    problem: &Problem,
    area: &[u32],
    bound: u64,
    steps: u64,
    cancelled: &dyn Fn() -> bool,
) -> Option<Certificate> {
    let free = problem.fixed.iter().all(|&fixed| fixed == NONE);
    if problem.areas < 2 || !free {
        return None;
    }
    if problem.nodes() <= u64::SIZE {
        Some(certify_in::<u64>(problem, area, bound, steps, cancelled))
    } else if problem.nodes() <= Wide::SIZE {
        Some(certify_in::<Wide>(problem, area, bound, steps, cancelled))
    } else {
        None
    }
}

pub(super) fn certify_in<W: Word>(
    problem: &Problem,
    area: &[u32],
    bound: u64,
    steps: u64,
    cancelled: &dyn Fn() -> bool,
) -> Certificate {
    let mut left = steps;
    let total: i64 = problem.tally.iter().map(|t| t.load).sum();
    let mut low = bound;
    let mut high = worst(problem, area);
    // Above this windows are too wide to be examined; below it nothing is known to fail.
    let mut ceiling = high;
    let mut better = None;
    // A hundredth of a percentage point.
    let fine = (total as u64 / 10_000).max(1);
    for window in 0..WINDOWS {
        if low >= high || ceiling <= low || cancelled() {
            break;
        }
        // First whether the plan at hand is the best one.
        let within = if window == 0 {
            high - 1
        } else {
            low + (ceiling - low - 1) / 2
        };
        match examine::<W>(problem, total, within, &mut left, cancelled) {
            Verdict::Infeasible => low = within + 1,
            Verdict::Feasible(area) => {
                high = worst(problem, &area);
                ceiling = high;
                better = Some(area);
            }
            Verdict::Unknown if left == 0 => break,
            Verdict::Unknown => ceiling = within,
        }
        if ceiling.saturating_sub(low) < fine {
            break;
        }
    }
    Certificate { bound: low, better }
}

/// Is there a plan whose worst deviation is at most `within`?
///
/// One window gets a third of the steps that are left, so that an easier one can follow.
fn examine<W: Word>(
    problem: &Problem,
    total: i64,
    within: u64,
    left: &mut u64,
    cancelled: &dyn Fn() -> bool,
) -> Verdict {
    let share = *left / 3;
    let k = problem.areas as i64;
    let within = within as i64;
    let mut search = Enumeration::<W> {
        near: (0..problem.nodes() as u32)
            .map(|v| {
                problem
                    .links_of(v)
                    .iter()
                    .fold(W::NONE, |near, l| near | W::one(l.node as usize))
            })
            .collect(),
        load: problem.tally.iter().map(|t| t.load).collect(),
        least: (total - within).div_euclid(k) + i64::from((total - within).rem_euclid(k) > 0),
        most: (total + within).div_euclid(k),
        areas: k,
        all: !W::NONE >> (W::SIZE - problem.nodes()),
        left: share,
        cancelled,
        sets: Vec::new(),
        first_only: false,
    };
    if search.strands() {
        *left -= share - search.left;
        return Verdict::Infeasible;
    }
    if W::SIZE > u64::SIZE {
        *left -= share - search.left;
        return Verdict::Unknown; // too many sets
    }
    let complete = search.run();
    *left -= share - search.left;
    if !complete {
        *left = if share < LEAST_STEPS { 0 } else { *left };
        return Verdict::Unknown;
    }
    let mut containing: Vec<Vec<W>> = vec![Vec::new(); problem.nodes()];
    for &set in &search.sets {
        set.bits().for_each(|node| containing[node].push(set));
    }
    if containing.iter().any(Vec::is_empty) {
        return Verdict::Infeasible;
    }
    let share = *left / 3;
    let mut tries = share;
    let mut chosen = Vec::new();
    let covered = cover(&search, &containing, W::NONE, &mut chosen, &mut tries);
    *left -= share - tries;
    match covered {
        Some(true) => {
            let mut area = vec![0; problem.nodes()];
            for (number, set) in (0u32..).zip(&chosen) {
                set.bits().for_each(|node| area[node] = number);
            }
            Verdict::Feasible(area)
        }
        Some(false) => Verdict::Infeasible,
        None => Verdict::Unknown,
    }
}

/// How often cancellation is asked for, in steps.
const ASK: u64 = 4096;

struct Enumeration<'a, W> {
    near: Vec<W>,
    load: Vec<i64>,
    least: i64,
    most: i64,
    areas: i64,
    all: W,
    /// Visits left.
    left: u64,
    cancelled: &'a dyn Fn() -> bool,
    /// Sets that may be an area.
    sets: Vec<W>,
    /// Stop at the first set.
    first_only: bool,
}

impl<W: Word> Enumeration<'_, W> {
    /// Is some node in no set that may be an area?
    fn strands(&mut self) -> bool {
        self.first_only = true;
        let left = self.left;
        let mut used = 0;
        let stranded = (0..self.near.len()).any(|node| {
            let own = W::one(node);
            let given = LOCAL.min(left - used);
            self.left = given;
            self.sets.clear();
            let done = self.load[node] > self.most
                || self.grow(own, self.near[node], own, self.load[node]);
            used += given - self.left;
            // All sets with the node were looked at, and none may be an area.
            done && self.sets.is_empty()
        });
        self.left = left - used;
        self.first_only = false;
        self.sets.clear();
        stranded
    }

    /// Finds all sets; false if there are too many.
    fn run(&mut self) -> bool {
        if self.least > self.most {
            return true;
        }
        for root in 0..self.near.len() {
            // Every set is grown from its lowest node.
            let below = !W::NONE >> (W::SIZE - 1 - root);
            if self.load[root] <= self.most
                && !self.grow(
                    W::one(root),
                    self.near[root] & !below,
                    below,
                    self.load[root],
                )
            {
                return false;
            }
        }
        true
    }

    /// Adds the nodes beside one by one; what was passed over stays out, so that no set comes twice.
    fn grow(&mut self, set: W, beside: W, out: W, load: i64) -> bool {
        if self.left == 0 || (self.left.is_multiple_of(ASK) && (self.cancelled)()) {
            return false;
        }
        self.left -= 1;
        if load >= self.least && self.can_be_shared(self.all & !set, self.areas - 1) {
            self.sets.push(set);
            if self.first_only {
                return false;
            }
        }
        let mut out = out;
        for node in beside.bits() {
            out = out | W::one(node);
            let load = load + self.load[node];
            if load <= self.most {
                let set = set | W::one(node);
                if !self.grow(set, (beside | self.near[node]) & !out & !set, out, load) {
                    return false;
                }
            }
        }
        true
    }

    /// Could the connected parts of these nodes be shared by `areas` areas, as far as their loads tell?
    fn can_be_shared(&self, nodes: W, areas: i64) -> bool {
        let (mut fewest, mut largest) = (0, 0);
        let mut rest = nodes;
        while rest != W::NONE {
            let mut part = W::one(rest.lowest());
            let mut frontier = part;
            while frontier != W::NONE {
                let reached = frontier
                    .bits()
                    .fold(W::NONE, |near, node| near | self.near[node]);
                frontier = reached & rest & !part;
                part = part | frontier;
            }
            let load: i64 = part.bits().map(|node| self.load[node]).sum();
            let least_areas = (load.max(0) as u64).div_ceil(self.most.max(1) as u64) as i64;
            let least_areas = least_areas.max(1);
            let most_areas = if self.least > 0 {
                load / self.least
            } else {
                i64::from(part.count())
            };
            if least_areas > most_areas {
                return false;
            }
            fewest += least_areas;
            largest += most_areas;
            rest = rest & !part;
        }
        (fewest..=largest).contains(&areas)
    }
}

/// Chooses sets that cover every node once: `None` if it takes too long.
fn cover<W: Word>(
    search: &Enumeration<W>,
    containing: &[Vec<W>],
    covered: W,
    chosen: &mut Vec<W>,
    left: &mut u64,
) -> Option<bool> {
    let open = search.all & !covered;
    let areas = search.areas - chosen.len() as i64;
    if open == W::NONE {
        return Some(areas == 0);
    }
    if areas == 0 || !search.can_be_shared(open, areas) {
        return Some(false);
    }
    // The node that fewest sets can still hold.
    let fits = |node: usize| {
        containing[node]
            .iter()
            .filter(|set| **set & covered == W::NONE)
    };
    let node = open
        .bits()
        .min_by_key(|&node| fits(node).take(64).count())?;
    for &set in containing[node]
        .iter()
        .filter(|set| **set & covered == W::NONE)
    {
        if *left == 0 || (left.is_multiple_of(ASK) && (search.cancelled)()) {
            return None;
        }
        *left -= 1;
        chosen.push(set);
        match cover(search, containing, covered | set, chosen, left) {
            Some(false) => {
                chosen.pop();
            }
            found => return found,
        }
    }
    Some(false)
}
