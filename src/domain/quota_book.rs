//! Which quota policy holds where and when.
//!
//! A policy belongs to a region and holds from a day on, perhaps until a day. For a compound, the policy of the closest
//! region above it that holds that day decides, else the default. What has a policy of its own is taken out of the total
//! that a policy above it rounds. Invariant: every compound has exactly one policy on a day, every figure above is a sum
//! of compounds, and no two policies of one region hold on the same day.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{CompoundLoad, CompoundQuota, QuotaPolicy, QuotaPolicyId, RegionCode, RegionLevel};

/// A policy with where and when it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopedPolicy {
    /// Identity.
    pub id: QuotaPolicyId,
    /// Where it holds.
    pub region: RegionCode,
    /// The policy.
    pub policy: QuotaPolicy,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; `None` while open.
    pub valid_to: Option<NaiveDate>,
    /// When it was taken back without ever having held; it stays as history.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Who made it, by name.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

impl ScopedPolicy {
    /// Whether it holds on `date` (both ends included).
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        self.withdrawn_at.is_none()
            && self.valid_from <= date
            && self.valid_to.is_none_or(|end| date <= end)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let ends_before = |a: &Self, b: &Self| a.valid_to.is_some_and(|end| end < b.valid_from);
        self.withdrawn_at.is_none()
            && other.withdrawn_at.is_none()
            && !ends_before(self, other)
            && !ends_before(other, self)
    }
}

/// Why a policy cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// Keepers or households per block are 0.
    Empty,
    /// It ends before it begins.
    EndsBeforeItBegins,
    /// It rounds a total at a level above its own region, of which it holds only a part.
    RoundsAboveItsRegion {
        /// Level of its region.
        region: RegionLevel,
        /// Level at which it rounds.
        round_at: RegionLevel,
    },
    /// Another policy of this region begins later and would overlap.
    Overlaps(QuotaPolicyId),
    /// It would change what held on days that are over.
    RewritesThePast(QuotaPolicyId),
}

/// All policies, past and to come, over a default.
#[derive(Debug, Clone, Default)]
pub struct PolicyBook {
    default: QuotaPolicy,
    policies: Vec<ScopedPolicy>,
}

impl PolicyBook {
    /// Of these; the default holds where none of them does.
    pub const fn new(default: QuotaPolicy, policies: Vec<ScopedPolicy>) -> Self {
        Self { default, policies }
    }

    /// What holds where nobody said anything.
    pub const fn default_policy(&self) -> &QuotaPolicy {
        &self.default
    }

    /// All of them.
    pub fn policies(&self) -> &[ScopedPolicy] {
        &self.policies
    }

    /// The policy of this region itself or the closest above it that holds on `date`; `None` for the default.
    pub fn scoped_at(&self, region: RegionCode, date: NaiveDate) -> Option<&ScopedPolicy> {
        self.policies
            .iter()
            .filter(|policy| policy.holds_on(date) && policy.region.contains(region))
            .max_by_key(|policy| policy.region.level())
    }

    /// The policy that holds for a region on `date`.
    pub fn policy_at(&self, region: RegionCode, date: NaiveDate) -> QuotaPolicy {
        self.scoped_at(region, date)
            .map_or(self.default, |scoped| scoped.policy)
    }

    /// Quotas of all `compounds` on `date`, in their order, each by its own policy.
    ///
    /// The list must hold every compound of each region at the `round_at` of the policies, else totals are not theirs.
    pub fn quotas(&self, compounds: &[CompoundLoad], date: NaiveDate) -> Vec<CompoundQuota> {
        let held: Vec<&ScopedPolicy> = self
            .policies
            .iter()
            .filter(|policy| policy.holds_on(date))
            .collect();
        if held.is_empty() {
            return self.default.quotas(compounds);
        }
        let by_region: HashMap<RegionCode, usize> = held
            .iter()
            .enumerate()
            .map(|(at, policy)| (policy.region, at))
            .collect();
        let closest = |community: RegionCode| {
            std::iter::successors(Some(community), |code| code.parent())
                .find_map(|code| by_region.get(&code).copied())
        };
        let mut of_policy: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (at, compound) in compounds.iter().enumerate() {
            of_policy
                .entry(closest(compound.community))
                .or_default()
                .push(at);
        }
        let mut quotas: Vec<Option<CompoundQuota>> = vec![None; compounds.len()];
        for (policy, members) in of_policy {
            let policy = policy.map_or(&self.default, |at| &held[at].policy);
            let loads: Vec<CompoundLoad> =
                members.iter().map(|at| compounds[*at].clone()).collect();
            for (at, quota) in members.iter().zip(policy.quotas(&loads)) {
                quotas[*at] = Some(quota);
            }
        }
        quotas.into_iter().flatten().collect()
    }

    /// Whether `new` may stand beside the others, and the former policy of its region that ends on the day before it
    /// begins.
    ///
    /// # Errors
    /// See [`PolicyRefusal`].
    pub fn admit(
        &self,
        new: &ScopedPolicy,
        today: NaiveDate,
    ) -> Result<Option<ScopedPolicy>, PolicyRefusal> {
        let policy = &new.policy;
        if policy.keepers == 0 || policy.per_households == 0 {
            return Err(PolicyRefusal::Empty);
        }
        if new.valid_to.is_some_and(|end| end < new.valid_from) {
            return Err(PolicyRefusal::EndsBeforeItBegins);
        }
        let level = new.region.level();
        if !policy.asks_each_compound() && level > policy.round_at {
            return Err(PolicyRefusal::RoundsAboveItsRegion {
                region: level,
                round_at: policy.round_at,
            });
        }
        let mut ends = None;
        for other in &self.policies {
            if other.id == new.id || other.region != new.region || !other.overlaps(new) {
                continue;
            }
            if other.valid_from >= new.valid_from {
                return Err(PolicyRefusal::Overlaps(other.id));
            }
            if new.valid_from < today {
                return Err(PolicyRefusal::RewritesThePast(other.id));
            }
            ends = Some(ScopedPolicy {
                valid_to: new.valid_from.checked_sub_days(Days::new(1)),
                ..other.clone()
            });
        }
        Ok(ends)
    }
}

#[cfg(test)]
#[path = "quota_book_tests.rs"]
mod tests;
