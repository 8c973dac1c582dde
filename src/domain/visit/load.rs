//! What buildings ask for in a month: the load of an area as visits, beside its households (`domain.md` §0, 4).
//!
//! Whoever draws areas sees what every building weighs, but must not learn that fewer than five of its households are
//! visited daily or weekly (§5.2). Counts that are hidden are therefore pooled with others, at least two of at least
//! five households together, and each building of the pool is given its share by households.
//! Invariant: tier by tier the counts that are told sum to those that are known.

use super::TierCounts;
use crate::domain::access::{SMALL, suppress};
use crate::domain::{CompoundId, RegionCode, largest_remainder};
use std::collections::BTreeMap;

impl TierCounts {
    /// Visits a month of a building: what its tiers ask for, and one for every household in no tier, which is as often
    /// as the lowest tier. Households that nobody counted ask for nothing beyond the tiers.
    pub fn load_a_month(self, households: Option<u32>) -> u64 {
        let tiered = u64::from(self.daily) + u64::from(self.weekly) + u64::from(self.monthly);
        let others = u64::from(households.unwrap_or(0)).saturating_sub(tiered);
        self.visits_a_month() + others
    }
}

/// A building with what is known of its households.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// The compound that it belongs to.
    pub compound: Option<CompoundId>,
    /// The community that it lies in.
    pub community: RegionCode,
    /// Households; `None` when nobody counted them.
    pub households: Option<u32>,
    /// Households by tier; `None` when nobody noted them.
    pub tiers: Option<TierCounts>,
}

/// The tiers of the buildings of a street as they may be told to everybody who draws areas, in the same order.
pub fn told(homes: &[Home]) -> Vec<Option<TierCounts>> {
    let column = |of: fn(&TierCounts) -> u32| {
        let counts: Vec<Option<u64>> = (homes.iter())
            .map(|home| home.tiers.as_ref().map(|tiers| u64::from(of(tiers))))
            .collect();
        pooled(homes, &counts)
    };
    let (daily, weekly, monthly) = (
        column(|tiers| tiers.daily),
        column(|tiers| tiers.weekly),
        column(|tiers| tiers.monthly),
    );
    (0..homes.len())
        .map(|at| {
            homes[at].tiers.map(|_| TierCounts {
                daily: daily[at],
                weekly: weekly[at],
                monthly: monthly[at],
            })
        })
        .collect()
}

/// One column of counts, hidden ones pooled by compound; what is too few there by community, then by street.
fn pooled(homes: &[Home], counts: &[Option<u64>]) -> Vec<u32> {
    let mut told = vec![0u64; homes.len()];
    let known: Vec<usize> = (0..homes.len())
        .filter(|at| counts[*at].is_some())
        .collect();
    let key = |at: usize| (homes[at].community, homes[at].compound);
    let mut open = Vec::new();
    for group in groups(&known, key) {
        let own: Vec<Option<u64>> = group.iter().map(|at| counts[*at]).collect();
        let mut pool = Vec::new();
        for (at, shown) in group.iter().zip(suppress(&own, SMALL)) {
            match shown {
                Some(count) => told[*at] = count,
                None => pool.push(*at),
            }
        }
        open.extend(share(homes, counts, pool, &mut told));
    }
    let mut left = Vec::new();
    for pool in groups(&open, |at| homes[at].community) {
        left.extend(share(homes, counts, pool, &mut told));
    }
    let left = share(homes, counts, left, &mut told);
    if !left.is_empty() {
        // Too few in the whole street: nobody can tell where.
        let total = left.iter().filter_map(|at| counts[*at]).sum();
        hand_out(homes, total, &known, &mut told);
    }
    told.into_iter()
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
        .collect()
}

/// Indices with the same key, by the key.
fn groups<K: Ord>(of: &[usize], key: impl Fn(usize) -> K) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for &at in of {
        groups.entry(key(at)).or_default().push(at);
    }
    groups.into_values().collect()
}

/// Shares out a pool that is large enough; gives it back when it is not.
fn share(homes: &[Home], counts: &[Option<u64>], pool: Vec<usize>, told: &mut [u64]) -> Vec<usize> {
    let total: u64 = pool.iter().filter_map(|at| counts[*at]).sum();
    if pool.len() < 2 || total < SMALL {
        return pool;
    }
    hand_out(homes, total, &pool, told);
    Vec::new()
}

/// Adds to every building its share of a total by households.
fn hand_out(homes: &[Home], total: u64, pool: &[usize], told: &mut [u64]) {
    let weights: Vec<(u64, &str)> = (pool.iter())
        .map(|at| (u64::from(homes[*at].households.unwrap_or(1).max(1)), ""))
        .collect();
    for (at, part) in pool.iter().zip(largest_remainder(total, &weights)) {
        told[*at] += part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::visit::TierCounts;
    use proptest::prelude::*;

    fn home(compound: u128, households: u32, daily: u32) -> Home {
        Home {
            compound: Some(CompoundId::new(uuid::Uuid::from_u128(compound))),
            community: "340104002001".parse().unwrap(),
            households: Some(households),
            tiers: Some(TierCounts {
                daily,
                ..TierCounts::default()
            }),
        }
    }

    fn daily(homes: &[Home]) -> Vec<u32> {
        told(homes)
            .iter()
            .map(|tiers| tiers.unwrap().daily)
            .collect()
    }

    #[test]
    fn a_household_in_no_tier_asks_for_one_visit_a_month() {
        let tiers = TierCounts {
            daily: 1,
            weekly: 2,
            monthly: 3,
        };
        assert_eq!(tiers.load_a_month(Some(60)), 22 + 8 + 3 + 54);
        assert_eq!(tiers.load_a_month(None), 33);
        assert_eq!(tiers.load_a_month(Some(4)), 33);
        assert_eq!(TierCounts::default().load_a_month(Some(60)), 60);
    }

    #[test]
    fn five_and_more_are_told_and_fewer_are_a_share_of_the_compound() {
        let homes = [
            home(1, 60, 9),
            home(1, 20, 4),
            home(1, 40, 2),
            home(1, 60, 0),
        ];
        assert_eq!(daily(&homes), [9, 2, 4, 0]);
    }

    #[test]
    fn what_is_too_few_in_a_compound_is_pooled_with_its_neighbours() {
        let homes = [
            home(1, 30, 2),
            home(1, 30, 0),
            home(2, 60, 4),
            home(2, 60, 0),
        ];
        assert_eq!(daily(&homes), [2, 0, 4, 0], "two and four, by households");
        let few = [home(1, 60, 3), home(1, 60, 0), home(2, 60, 0)];
        assert_eq!(
            daily(&few),
            [1, 1, 1],
            "three in the street: nobody can tell where"
        );
    }

    #[test]
    fn a_building_without_tiers_stays_without() {
        let mut homes = [home(1, 60, 9), home(1, 60, 0)];
        homes[1].tiers = None;
        assert_eq!(told(&homes)[1], None);
    }

    proptest! {
        /// Nothing is lost, and no count of one to four is told as it is unless it could be any of a pool's.
        #[test]
        fn what_is_told_sums_to_what_is_known(
            rows in proptest::collection::vec((1u128..5, 1u32..90, 0u32..9), 1..30),
        ) {
            let homes: Vec<Home> = rows.iter().map(|(c, h, d)| home(*c, *h, *d)).collect();
            let told = daily(&homes);
            let known: u32 = rows.iter().map(|(.., d)| *d).sum();
            prop_assert_eq!(told.iter().sum::<u32>(), known);
            // Two streets that differ in which of two equal buildings holds the few are told alike.
            let mut other = rows.clone();
            other.extend([(9, 40, 3), (9, 40, 4), (9, 40, 0)]);
            let mut swapped = rows;
            swapped.extend([(9, 40, 4), (9, 40, 3), (9, 40, 0)]);
            let homes = |rows: &[(u128, u32, u32)]| -> Vec<Home> {
                rows.iter().map(|(c, h, d)| home(*c, *h, *d)).collect()
            };
            prop_assert_eq!(daily(&homes(&other)), daily(&homes(&swapped)));
        }
    }
}
