//! Lower bounds on the worst deviation of a piece: what no plan can beat.
//!
//! Cheap and honest, near-trivial mostly: contiguity is what binds, and only enumeration sees it.
//! Invariant: under the rules of the problem (compounds kept whole, locked units together), no plan
//! with this number of areas has a smaller worst deviation.

use super::constraints::Problem;

/// Dead ends below t/4 were joined to their neighbour: above 75 % no bound proves anything.
pub(super) const PROVABLE_BP: u64 = 7_500;

/// The best cheap bound for `areas` areas of `households` in all, in basis points of the mean.
pub(super) fn deviation_bound_bp(problem: &Problem, households: u64, areas: usize) -> u32 {
    if areas < 2 || households == 0 {
        return 0;
    }
    let integral = integrality_bp(problem, households, areas as u64);
    // The smallest deviation that survives merging; feasible() grows with it.
    let heaviest = problem
        .tally
        .iter()
        .map(|t| t.load as u64)
        .max()
        .unwrap_or(0);
    let (mut low, mut high) = (
        0,
        10_000u64.max(over_bp(heaviest, households, areas as u64) + 1),
    );
    while low < high {
        let middle = u64::midpoint(low, high);
        if survives(problem, households, areas, middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    u32::try_from(integral.max(low).min(PROVABLE_BP)).unwrap_or(u32::MAX)
}

/// (load − t) / t in basis points, rounded down, 0 if below.
fn over_bp(load: u64, households: u64, areas: u64) -> u64 {
    let off = (u128::from(load) * u128::from(areas)).saturating_sub(u128::from(households));
    (off * 10_000 / u128::from(households)) as u64
}

/// Loads are whole multiples of the greatest common divisor, the mean may not be.
fn integrality_bp(problem: &Problem, households: u64, areas: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let step = problem
        .tally
        .iter()
        .fold(0, |g, t| gcd(g, t.load as u64))
        .max(1);
    let lower = households / areas / step * step;
    if lower * areas == households {
        return 0;
    }
    let under = u128::from(households) - u128::from(lower) * u128::from(areas);
    over_bp(lower + step, households, areas).max((under * 10_000 / u128::from(households)) as u64)
}

/// Could a worst deviation of `bp` exist? A dead end lighter than t − D must join its neighbour;
/// then no block may be heavier than t + D.
fn survives(problem: &Problem, households: u64, areas: usize, bp: u64) -> bool {
    let n = problem.nodes();
    let mean = u128::from(households);
    let scaled = |load: u64| u128::from(load) * areas as u128 * 10_000;
    let least = mean * u128::from(10_000u64.saturating_sub(bp));
    // One basis point of slack for the rounding of `bp` itself.
    let most = mean * u128::from(10_000 + bp + 1);
    let mut load: Vec<u64> = problem.tally.iter().map(|t| t.load as u64).collect();
    let mut open: Vec<usize> = (0..n as u32).map(|v| problem.links_of(v).len()).collect();
    let mut alive = vec![true; n];
    let mut left = n;
    let mut queue: Vec<usize> = (0..n).filter(|&v| open[v] == 1).collect();
    while let Some(leaf) = queue.pop() {
        if !alive[leaf] || open[leaf] != 1 || scaled(load[leaf]) >= least {
            continue;
        }
        let host = problem
            .links_of(leaf as u32)
            .iter()
            .find(|l| alive[l.node as usize]);
        let Some(host) = host.map(|l| l.node as usize) else {
            continue;
        };
        alive[leaf] = false;
        left -= 1;
        load[host] += load[leaf];
        open[host] -= 1;
        if open[host] == 1 {
            queue.push(host);
        }
    }
    left >= areas && (0..n).all(|v| !alive[v] || scaled(load[v]) <= most)
}
