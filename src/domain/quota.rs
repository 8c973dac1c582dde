//! The quota: how many housekeepers a number of households requires, and how far reality is from it.
//!
//! One policy, one rule: `area_*` rules round a total once, at the level `round_at`, and hand it down to the
//! compounds by largest remainder; `unit_*` rules ask each compound. Every figure above is a sum of the
//! compounds' figures. Invariant: sums agree at every level, and unknown households are never 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{CompoundId, RegionCode, RegionLevel};

text_enum! {
    /// How households become required housekeepers.
    pub enum QuotaRule {
        /// Round half up of the total, handed down by largest remainder.
        AreaRatio => "area_ratio", "按总户数四舍五入";
        /// Rounded down.
        AreaFloor => "area_floor", "按总户数舍去";
        /// Rounded up.
        AreaCeil => "area_ceil", "按总户数进一";
        /// Each compound rounded up.
        UnitCeil => "unit_ceil", "逐小区进一";
        /// A full team for each started block of households, compound by compound; cannot produce an odd total.
        UnitPairs => "unit_pairs", "逐小区成对";
    }
}

/// `keepers` housekeepers for every `per_households` households, by one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaPolicy {
    /// Housekeepers per block.
    pub keepers: u32,
    /// Households per block; must be above 0.
    pub per_households: u32,
    /// The rule.
    pub rule: QuotaRule,
    /// Level at which `area_*` rules round the total.
    pub round_at: RegionLevel,
}

impl Default for QuotaPolicy {
    fn default() -> Self {
        Self {
            keepers: 2,
            per_households: 500,
            rule: QuotaRule::AreaRatio,
            round_at: RegionLevel::Street,
        }
    }
}

/// What the quota needs to know of a compound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompoundLoad {
    /// The compound.
    pub id: CompoundId,
    /// Breaks ties of the largest remainder; the compound code, else its natural key.
    pub tie_key: String,
    /// The community that it lies in.
    pub community: RegionCode,
    /// Households; `None` when not known.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Active full-time appointments.
    pub in_post: u32,
    /// Active part-time appointments; shown, not counted.
    pub part_time: u32,
}

/// The quota of one compound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompoundQuota {
    /// The compound.
    pub id: CompoundId,
    /// The community that it lies in.
    pub community: RegionCode,
    /// Required housekeepers; `None` when households are not known.
    pub required: Option<u32>,
    /// Full-time housekeepers in post.
    pub in_post: u32,
    /// Part-time housekeepers.
    pub part_time: u32,
    /// Missing housekeepers; `None` when households are not known.
    pub short: Option<u32>,
    /// Coverage in basis points; `None` without requirement.
    pub coverage_bp: Option<u32>,
    /// Households; `None` when not known.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
}

/// A sum of compound quotas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Σ required of the compounds with known households.
    pub required: u64,
    /// Σ full-time housekeepers in post, all compounds.
    pub in_post: u64,
    /// Σ part-time housekeepers, all compounds.
    pub part_time: u64,
    /// Σ max(0, required − in post): a surplus in one compound does not help another.
    pub short: u64,
    /// Σ min(in post, required).
    pub filled: u64,
    /// `filled` ÷ `required` in basis points, half up; `None` when nothing is required.
    pub coverage_bp: Option<u32>,
    /// Σ max(0, households − households per keeper × in post), in households.
    pub uncovered_households: u64,
    /// Households of the compounds with known households.
    pub households: u64,
    /// Households of these that are estimates.
    pub estimated_households: u64,
    /// Compounds with known households.
    pub known_compounds: u64,
    /// Compounds without; excluded from ratios.
    pub unknown_compounds: u64,
}

impl Coverage {
    /// Compounds in all.
    pub const fn n(&self) -> u64 {
        self.known_compounds + self.unknown_compounds
    }

    /// Sums the quotas of `compounds` under `policy`.
    pub fn sum<'a>(
        policy: &QuotaPolicy,
        compounds: impl IntoIterator<Item = &'a CompoundQuota>,
    ) -> Self {
        let mut sum = Self::default();
        for c in compounds {
            sum.in_post += u64::from(c.in_post);
            sum.part_time += u64::from(c.part_time);
            let (Some(required), Some(households)) = (c.required, c.households) else {
                sum.unknown_compounds += 1;
                continue;
            };
            sum.known_compounds += 1;
            sum.required += u64::from(required);
            sum.filled += u64::from(required.min(c.in_post));
            sum.short += u64::from(required.saturating_sub(c.in_post));
            sum.households += u64::from(households);
            if c.estimated {
                sum.estimated_households += u64::from(households);
            }
            sum.uncovered_households += policy.uncovered(households, c.in_post);
        }
        sum.coverage_bp = ratio_bp(sum.filled, sum.required);
        sum
    }
}

/// `part` ÷ `whole` in basis points, rounded half up; `None` when `whole` is 0.
pub fn ratio_bp(part: u64, whole: u64) -> Option<u32> {
    (whole > 0).then(|| {
        let bp = (u128::from(part) * 20_000 + u128::from(whole)) / (u128::from(whole) * 2);
        u32::try_from(bp).unwrap_or(u32::MAX)
    })
}

impl QuotaPolicy {
    /// Required housekeepers for a total of households, by this rule applied to the total itself.
    pub fn required(&self, households: u64) -> u64 {
        let (keepers, per) = (
            u128::from(self.keepers),
            u128::from(self.per_households.max(1)),
        );
        let need = u128::from(households) * keepers;
        let required = match self.rule {
            QuotaRule::AreaRatio => (need * 2 + per) / (per * 2),
            QuotaRule::AreaFloor => need / per,
            QuotaRule::AreaCeil | QuotaRule::UnitCeil => need.div_ceil(per),
            QuotaRule::UnitPairs => u128::from(households).div_ceil(per) * keepers,
        };
        u64::try_from(required).unwrap_or(u64::MAX)
    }

    /// Required housekeepers of a compound asked by itself: `unit_ceil` unless the policy is a `unit_*` rule.
    pub fn required_alone(&self, households: Option<u32>) -> Option<u32> {
        let rule = match self.rule {
            QuotaRule::UnitPairs => QuotaRule::UnitPairs,
            _ => QuotaRule::UnitCeil,
        };
        let policy = Self { rule, ..*self };
        households.map(|h| saturate(policy.required(u64::from(h))))
    }

    /// Whether the rule can produce an odd total (1,053 is one; `unit_pairs` with an even team cannot).
    pub fn can_be_odd(&self) -> bool {
        self.rule != QuotaRule::UnitPairs || self.keepers % 2 == 1
    }

    /// Quotas of all `compounds`, in their order.
    ///
    /// The list must hold every compound of each region at `round_at`, else its total is not the region's.
    pub fn quotas(&self, compounds: &[CompoundLoad]) -> Vec<CompoundQuota> {
        let required = match self.rule {
            QuotaRule::UnitCeil | QuotaRule::UnitPairs => compounds
                .iter()
                .map(|c| self.required_alone(c.households))
                .collect(),
            _ => self.hand_down(compounds),
        };
        compounds
            .iter()
            .zip(required)
            .map(|(load, required)| quota_of(load, required))
            .collect()
    }

    /// Rounds each region's total once and hands it down by largest remainder, ties by `tie_key`.
    fn hand_down(&self, compounds: &[CompoundLoad]) -> Vec<Option<u32>> {
        let mut regions: BTreeMap<RegionCode, Vec<usize>> = BTreeMap::new();
        for (i, c) in compounds.iter().enumerate() {
            // A city without counties has no district; its nearest existing level takes its place.
            let region = RegionLevel::ALL
                .iter()
                .rev()
                .filter(|level| **level <= self.round_at)
                .find_map(|level| c.community.at_level(*level))
                .unwrap_or(c.community);
            regions.entry(region).or_default().push(i);
        }
        let mut required: Vec<Option<u32>> = vec![None; compounds.len()];
        for members in regions.values() {
            let known: Vec<(usize, u64)> = members
                .iter()
                .filter_map(|&i| compounds[i].households.map(|h| (i, u64::from(h))))
                .collect();
            let total = self.required(known.iter().map(|(_, h)| h).sum());
            let weights: Vec<(u64, &str)> = known
                .iter()
                .map(|&(i, h)| (h, compounds[i].tie_key.as_str()))
                .collect();
            for (&(i, _), share) in known.iter().zip(largest_remainder(total, &weights)) {
                required[i] = Some(saturate(share));
            }
        }
        required
    }

    /// Households that `in_post` keepers leave uncovered.
    fn uncovered(&self, households: u32, in_post: u32) -> u64 {
        let (keepers, per) = (
            u128::from(self.keepers.max(1)),
            u128::from(self.per_households.max(1)),
        );
        let left = (u128::from(households) * keepers).saturating_sub(per * u128::from(in_post));
        u64::try_from(left.div_ceil(keepers)).unwrap_or(u64::MAX)
    }
}

fn quota_of(load: &CompoundLoad, required: Option<u32>) -> CompoundQuota {
    CompoundQuota {
        id: load.id,
        community: load.community,
        required,
        in_post: load.in_post,
        part_time: load.part_time,
        short: required.map(|q| q.saturating_sub(load.in_post)),
        coverage_bp: required.and_then(|q| ratio_bp(u64::from(q.min(load.in_post)), u64::from(q))),
        households: load.households,
        estimated: load.estimated,
    }
}

/// Splits `total` in proportion to the weights so that the parts are whole and their sum is `total`
/// (Hamilton's method); remainders tie by the key, smaller first. All parts are 0 when all weights are.
pub fn largest_remainder(total: u64, weights: &[(u64, &str)]) -> Vec<u64> {
    let sum: u128 = weights.iter().map(|(w, _)| u128::from(*w)).sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let product = |w: u64| u128::from(w) * u128::from(total);
    let mut parts: Vec<u64> = weights
        .iter()
        .map(|(w, _)| (product(*w) / sum) as u64)
        .collect();
    let left = total - parts.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| {
        let (ra, rb) = (product(weights[a].0) % sum, product(weights[b].0) % sum);
        rb.cmp(&ra)
            .then_with(|| weights[a].1.cmp(weights[b].1))
            .then(a.cmp(&b))
    });
    for &i in order.iter().take(left as usize) {
        parts[i] += 1;
    }
    parts
}

fn saturate(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "quota_tests.rs"]
mod tests;
