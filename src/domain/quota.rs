//! The quota: how many housekeepers a number of households requires, and how far reality is from it.
//!
//! One policy, one rule: `area_*` rules round a total once, at the level `round_at`, and hand it down to the
//! compounds by largest remainder; `unit_*` rules ask each compound. Every figure above is a sum of the
//! compounds' figures. Invariant: sums agree at every level, and unknown households are never 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;
use super::{CompoundId, HouseholdBasis, RegionCode, RegionLevel};

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
    /// Whether part-time housekeepers count towards the quota.
    #[serde(default)]
    pub part_time_counts: bool,
    /// Which households are meant; `None`: whichever are stored. What is counted on another basis is not known by this
    /// policy.
    #[serde(default)]
    pub basis: Option<HouseholdBasis>,
}

impl Default for QuotaPolicy {
    fn default() -> Self {
        Self {
            keepers: 2,
            per_households: 500,
            rule: QuotaRule::AreaRatio,
            round_at: RegionLevel::Street,
            part_time_counts: false,
            basis: None,
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
    /// What `households` counts.
    pub basis: HouseholdBasis,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Active full-time appointments.
    pub in_post: u32,
    /// Active part-time appointments; shown beside, counted where the policy says so.
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
    /// Housekeepers that count: the full-time ones, and the part-time ones where the policy says so.
    pub counted: u32,
    /// Missing housekeepers; `None` when households are not known.
    pub short: Option<u32>,
    /// Coverage in basis points; `None` without requirement.
    pub coverage_bp: Option<u32>,
    /// Households; `None` when not known on the basis of the policy.
    pub households: Option<u32>,
    /// Households that are known on another basis than the policy asks for, and that therefore do not count.
    pub other_basis: Option<u32>,
    /// What the known households count.
    pub basis: HouseholdBasis,
    /// Whether the known households are an estimate.
    pub estimated: bool,
    /// Households beyond what those that count can serve; `None` when households are not known.
    pub uncovered: Option<u32>,
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
    /// Σ housekeepers that count, all compounds.
    pub counted: u64,
    /// Σ max(0, required − counted): a surplus in one compound does not help another.
    pub short: u64,
    /// Σ min(counted, required).
    pub filled: u64,
    /// `filled` ÷ `required` in basis points, half up; `None` when nothing is required.
    pub coverage_bp: Option<u32>,
    /// Σ max(0, households − households per keeper × counted), in households.
    pub uncovered_households: u64,
    /// Households of the compounds with known households.
    pub households: u64,
    /// Households of these that are estimates.
    pub estimated_households: u64,
    /// Compounds with known households.
    pub known_compounds: u64,
    /// Compounds without; excluded from ratios.
    pub unknown_compounds: u64,
    /// Those of them that are counted on another basis than the policy asks for.
    pub other_basis_compounds: u64,
}

impl Coverage {
    /// Compounds in all.
    pub const fn n(&self) -> u64 {
        self.known_compounds + self.unknown_compounds
    }

    /// Sums the quotas of `compounds`, each made by its own policy.
    pub fn sum<'a>(compounds: impl IntoIterator<Item = &'a CompoundQuota>) -> Self {
        let mut sum = Self::default();
        compounds.into_iter().for_each(|quota| sum.add(quota));
        sum
    }

    /// Adds one compound.
    pub fn add(&mut self, quota: &CompoundQuota) {
        self.in_post += u64::from(quota.in_post);
        self.part_time += u64::from(quota.part_time);
        self.counted += u64::from(quota.counted);
        let (Some(required), Some(households)) = (quota.required, quota.households) else {
            self.unknown_compounds += 1;
            self.other_basis_compounds += u64::from(quota.other_basis.is_some());
            return;
        };
        self.known_compounds += 1;
        self.required += u64::from(required);
        self.filled += u64::from(required.min(quota.counted));
        self.short += u64::from(required.saturating_sub(quota.counted));
        self.households += u64::from(households);
        if quota.estimated {
            self.estimated_households += u64::from(households);
        }
        self.uncovered_households += u64::from(quota.uncovered.unwrap_or(0));
        self.coverage_bp = ratio_bp(self.filled, self.required);
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

    /// Whether each compound is asked by itself, so that no total has to be whole.
    pub const fn asks_each_compound(&self) -> bool {
        matches!(self.rule, QuotaRule::UnitCeil | QuotaRule::UnitPairs)
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
                .map(|c| self.required_alone(self.households_of(c)))
                .collect(),
            _ => self.hand_down(compounds),
        };
        compounds
            .iter()
            .zip(required)
            .map(|(load, required)| self.quota_of(load, required))
            .collect()
    }

    /// Households that this policy counts; `None` when not known, or only on another basis.
    fn households_of(&self, load: &CompoundLoad) -> Option<u32> {
        let meant = self.basis.is_none_or(|basis| basis == load.basis);
        load.households.filter(|_| meant)
    }

    /// The region whose total is rounded for a place. A city without counties has no district; its nearest existing
    /// level takes its place.
    pub fn rounded_in(&self, place: RegionCode) -> RegionCode {
        RegionLevel::ALL
            .iter()
            .rev()
            .filter(|level| **level <= self.round_at)
            .find_map(|level| place.at_level(*level))
            .unwrap_or(place)
    }

    /// Rounds each region's total once and hands it down by largest remainder, ties by `tie_key`.
    fn hand_down(&self, compounds: &[CompoundLoad]) -> Vec<Option<u32>> {
        let mut regions: BTreeMap<RegionCode, Vec<usize>> = BTreeMap::new();
        for (i, c) in compounds.iter().enumerate() {
            regions
                .entry(self.rounded_in(c.community))
                .or_default()
                .push(i);
        }
        let mut required: Vec<Option<u32>> = vec![None; compounds.len()];
        for members in regions.values() {
            let known: Vec<(usize, u64)> = members
                .iter()
                .filter_map(|&i| {
                    let households = self.households_of(&compounds[i])?;
                    Some((i, u64::from(households)))
                })
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

    /// Households that `counted` keepers leave uncovered.
    pub fn uncovered(&self, households: u32, counted: u32) -> u32 {
        let (keepers, per) = (
            u64::from(self.keepers.max(1)),
            u64::from(self.per_households.max(1)),
        );
        let left = (u64::from(households) * keepers).saturating_sub(per * u64::from(counted));
        saturate(left.div_ceil(keepers))
    }

    /// Households that one keeper serves, at least 1.
    pub fn households_per_keeper(&self) -> u32 {
        (self.per_households / self.keepers.max(1)).max(1)
    }

    fn quota_of(&self, load: &CompoundLoad, required: Option<u32>) -> CompoundQuota {
        let counted = if self.part_time_counts {
            load.in_post.saturating_add(load.part_time)
        } else {
            load.in_post
        };
        let households = self.households_of(load);
        CompoundQuota {
            id: load.id,
            community: load.community,
            required,
            in_post: load.in_post,
            part_time: load.part_time,
            counted,
            short: required.map(|q| q.saturating_sub(counted)),
            coverage_bp: required.and_then(|q| ratio_bp(u64::from(q.min(counted)), u64::from(q))),
            households,
            other_basis: load.households.filter(|_| households.is_none()),
            basis: load.basis,
            estimated: load.estimated,
            uncovered: households.map(|h| self.uncovered(h, counted)),
        }
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
