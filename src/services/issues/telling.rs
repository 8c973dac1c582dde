//! How counts of issues are told: exactly, without the small ones, or roughly.
//!
//! Staff see exact counts; of sensitive categories nobody sees a small one. Roles that are bound by k = 5 (the public,
//! property companies, departments) see multiples of five, and may ask few questions: where two counts are told exactly,
//! their difference is told too, and it may be small. Invariant: of what is told roughly, no two numbers give the value
//! of a third that is withheld.

use super::IssueQuery;
use super::catalog::Catalog;
use super::figures::hides_small;
use super::query::Period;
use crate::domain::access::{SMALL, suppress};
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use chrono::NaiveDate;

/// Periods that a bound role may ask for, in days until today: few, so that they cannot be cut against each other.
const PERIODS: [i64; 3] = [7, 30, 90];

/// How counts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// As they are.
    Exactly,
    /// Those below `SMALL` are withheld.
    NotFew,
    /// Those below `SMALL` are withheld, others are multiples of it.
    Roughly,
}

impl Telling {
    /// How somebody is told of what a question asks.
    pub fn of(asker: &Asker, query: &IssueQuery, catalog: &Catalog) -> Self {
        if hides_small(asker) {
            Self::Roughly
        } else if query.asks_sensitive(catalog) {
            Self::NotFew
        } else {
            Self::Exactly
        }
    }

    /// Whether some counts are withheld.
    pub fn hides(self) -> bool {
        self != Self::Exactly
    }

    /// The nearest number that may be told.
    pub fn rounded(self, n: u64) -> u64 {
        match self {
            Self::Roughly => (n + SMALL / 2) / SMALL * SMALL,
            Self::Exactly | Self::NotFew => n,
        }
    }

    /// A count as it is told.
    pub fn count(self, n: u64) -> Option<u64> {
        (!self.hides() || n == 0 || n >= SMALL).then(|| self.rounded(n))
    }

    /// Counts as they are told: small ones withheld, and so many more that they cannot be told from the sum.
    pub fn counts(self, counts: &[u64]) -> Vec<Option<u64>> {
        let open: Vec<Option<u64>> = counts.iter().copied().map(Some).collect();
        self.known(&open)
    }

    /// The same where some are not known: they stay unknown.
    pub fn known(self, counts: &[Option<u64>]) -> Vec<Option<u64>> {
        if !self.hides() {
            return counts.to_vec();
        }
        let shown = suppress(counts, SMALL).into_iter();
        shown.map(|n| n.map(|n| self.rounded(n))).collect()
    }

    /// Whether a question may be asked by somebody who is told so.
    ///
    /// # Errors
    /// `Forbidden` with what may be asked.
    pub fn allows(self, query: &IssueQuery, period: Period, today: NaiveDate) -> Result<()> {
        if self != Self::Roughly {
            return Ok(());
        }
        if let Some(word) = query.word_for_staff() {
            return Err(Error::Forbidden {
                code: "filter_for_staff",
                zh: format!("“{word}”筛选只对工作人员开放；您可按地区、小区、类别、未结或已结筛选"),
                en: format!(
                    "the filter {word} is for staff; you may filter by region, compound, category, open or closed"
                ),
            });
        }
        if period.to != today || !PERIODS.contains(&period.days()) {
            return Err(Error::Forbidden {
                code: "period_for_staff",
                zh: "您可看近 7 天、30 天或 90 天；其他时间段只对工作人员开放".to_owned(),
                en: "you may see the last 7, 30 or 90 days; other periods are for staff".to_owned(),
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rough_counts_are_multiples_of_five_and_none_is_small() {
        let told: Vec<_> = (0..=13).map(|n| Telling::Roughly.count(n)).collect();
        let (none, five, ten) = (None, Some(5), Some(10));
        assert_eq!(
            told,
            [
                Some(0),
                none,
                none,
                none,
                none,
                five,
                five,
                five,
                ten,
                ten,
                ten,
                ten,
                ten,
                Some(15)
            ]
        );
        assert_eq!(Telling::NotFew.count(7), Some(7));
        assert_eq!(Telling::Exactly.count(3), Some(3));
    }

    proptest! {
        /// Whoever is told a whole and a part of it, and that the rest is withheld, cannot tell the rest.
        #[test]
        fn a_withheld_rest_does_not_follow_from_two_told_ones(part in 5..500_u64, rest in 1..5_u64) {
            let told = |n| Telling::Roughly.count(n);
            let (whole, known) = (told(part + rest), told(part));
            let fits = (1..5_u64).filter(|rest| {
                (5..=520_u64).any(|part| told(part) == known && told(part + rest) == whole)
            });
            prop_assert!(fits.count() >= 2);
        }
    }
}
