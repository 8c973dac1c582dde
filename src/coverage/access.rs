//! Accessibility by the two-step floating catchment area method.
//!
//! First each keeper is divided by the households within reach of the home, then each place adds up the keepers within
//! whose reach it lies (Luo, W., Wang, F. 2003: Measures of spatial accessibility to health care in a GIS environment.
//! Environment and Planning B 30(6), 865–884). Shares are whole numbers, so that adding and taking away is exact.
//! Invariant: a place that no keeper reaches has 0; a keeper around whom no household is known adds nothing.

use super::catchments::Reach;

/// What one keeper for one household counts.
pub const ACCESS_SCALE: u64 = 1_000_000_000;

/// What each household around a keeper gets, in parts of [`ACCESS_SCALE`]; `None` when no household is known there.
pub fn supply_of(reach: &Reach, households: &[Option<u32>], limit_dm: u32) -> Option<u64> {
    let around: u64 = reach
        .catchment
        .within(limit_dm)
        .iter()
        .filter_map(|node| households.get(*node as usize).copied().flatten())
        .map(u64::from)
        .sum();
    (around > 0).then(|| ACCESS_SCALE / around)
}

/// Keepers per household at each node, in parts of [`ACCESS_SCALE`].
pub fn accessibility<'a>(
    reach: impl IntoIterator<Item = &'a Reach>,
    households: &[Option<u32>],
    limit_dm: u32,
) -> Vec<u64> {
    let mut at = vec![0u64; households.len()];
    for reach in reach {
        let Some(share) = supply_of(reach, households, limit_dm) else {
            continue;
        };
        for node in reach.catchment.within(limit_dm) {
            if let Some(sum) = at.get_mut(*node as usize) {
                *sum += share;
            }
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::{Catchments, Keeper, Limits, WalkGraph};

    /// Three places in a row, 400 m apart: the middle one is within 10 minutes of both keepers.
    #[test]
    fn two_keepers_at_the_ends_of_a_row_meet_in_the_middle() {
        let graph = WalkGraph::new(3, [(0, 1, 400.0), (1, 2, 400.0)].into_iter());
        let keeper = |key, home| Keeper {
            key,
            homes: vec![home],
            serves: vec![],
        };
        let limits = Limits {
            catchment_dm: 6_000,
            served_dm: 6_000,
        };
        let all = Catchments::build(&graph, vec![keeper(1, 0), keeper(2, 2)], limits);
        let households = [Some(300), Some(200), None];
        let at = accessibility(all.reach().iter().map(AsRef::as_ref), &households, 6_000);
        // Keeper 1: 1/500 for places 0 and 1; keeper 2: 1/200 for places 1 and 2.
        assert_eq!(at, [2_000_000, 7_000_000, 5_000_000]);
        // Keepers per 500 households, in thousandths: 1.0, 3.5 and 2.5.
        let milli = |share: u64| share * 500 * 1000 / ACCESS_SCALE;
        let per_500: Vec<u64> = at.iter().map(|share| milli(*share)).collect();
        assert_eq!(per_500, [1000, 3500, 2500]);
        let near = accessibility(all.reach().iter().map(AsRef::as_ref), &households, 3_000);
        assert_eq!(near, [ACCESS_SCALE / 300, 0, 0]);
    }
}
