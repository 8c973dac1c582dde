//! Household counts and their honesty: basis, date, source, estimated or not, known or not.
//!
//! Invariant: unknown is never 0; sums keep known, unknown and estimated apart.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;

text_enum! {
    /// What a household count counts; the bases differ widely.
    pub enum HouseholdBasis {
        /// Registered households.
        Registered => "registered", "户籍户";
        /// Resident households.
        Resident => "resident", "常住户";
        /// Dwellings built.
        Dwellings => "dwellings", "房屋套数";
        /// Dwellings moved into.
        Occupied => "occupied", "入住户";
        /// Estimated from floor area.
        Estimated => "estimated", "估算";
        /// The source does not say.
        Unstated => "unstated", "未注明";
    }
}

/// A household count with everything needed to judge it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdCount {
    /// Households; `None` when not known.
    pub count: Option<u32>,
    /// What is counted.
    pub basis: HouseholdBasis,
    /// Whether the count is an estimate (by floor area, or a share of a known total).
    pub estimated: bool,
    /// Day to which the count refers.
    pub as_of: Option<NaiveDate>,
    /// Where it comes from.
    pub source: Option<String>,
}

impl HouseholdCount {
    /// A count that nobody knows.
    pub const fn unknown() -> Self {
        Self {
            count: None,
            basis: HouseholdBasis::Unstated,
            estimated: false,
            as_of: None,
            source: None,
        }
    }

    /// A count that the source gives.
    pub const fn known(count: u32, basis: HouseholdBasis) -> Self {
        Self {
            count: Some(count),
            basis,
            estimated: false,
            as_of: None,
            source: None,
        }
    }

    /// An estimate by floor area.
    pub const fn estimate(count: u32) -> Self {
        Self {
            count: Some(count),
            basis: HouseholdBasis::Estimated,
            estimated: true,
            as_of: None,
            source: None,
        }
    }
}

impl Default for HouseholdCount {
    fn default() -> Self {
        Self::unknown()
    }
}

/// A sum of household counts that keeps what is known apart from what is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HouseholdSum {
    /// Households in all, estimates included.
    pub households: u64,
    /// Households of these that are estimates.
    pub estimated_households: u64,
    /// Terms with a count.
    pub known: u64,
    /// Terms with an estimated count (part of `known`).
    pub estimated: u64,
    /// Terms without a count.
    pub unknown: u64,
}

impl HouseholdSum {
    /// Adds one count.
    pub fn add(&mut self, term: &HouseholdCount) {
        match term.count {
            None => self.unknown += 1,
            Some(count) => {
                self.known += 1;
                self.households += u64::from(count);
                if term.estimated {
                    self.estimated += 1;
                    self.estimated_households += u64::from(count);
                }
            }
        }
    }
}

impl<'a> FromIterator<&'a HouseholdCount> for HouseholdSum {
    fn from_iter<I: IntoIterator<Item = &'a HouseholdCount>>(terms: I) -> Self {
        let mut sum = Self::default();
        for term in terms {
            sum.add(term);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_count_known_unknown_and_estimated_apart() {
        let terms = [
            HouseholdCount::known(620, HouseholdBasis::Resident),
            HouseholdCount::known(0, HouseholdBasis::Resident),
            HouseholdCount::estimate(30),
            HouseholdCount::unknown(),
        ];
        let sum: HouseholdSum = terms.iter().collect();
        assert_eq!(
            sum,
            HouseholdSum {
                households: 650,
                estimated_households: 30,
                known: 3,
                estimated: 1,
                unknown: 1
            }
        );
    }
}
