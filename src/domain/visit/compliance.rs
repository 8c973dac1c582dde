//! Whether as many households were visited as their tiers ask: counts of (building, tier, period) requirements.
//!
//! Done is capped at required in every period, so nobody gets credit for excess (`domain.md` §5.4). Days without
//! work, and weeks of nothing but those, ask for nothing. Invariant: where nothing is required there is no ratio.

use crate::domain::issue::WorkCalendar;
use crate::domain::ratio_bp;
use crate::domain::text_enum::text_enum;
use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

text_enum! {
    /// How often a household is to be visited (日周月).
    pub enum Tier {
        /// On every working day.
        Daily => "daily", "日访";
        /// In every week.
        Weekly => "weekly", "周访";
        /// In every month.
        Monthly => "monthly", "月访";
    }
}

/// Households of a building by tier; counts, never which ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TierCounts {
    /// To be visited on every working day.
    pub daily: u32,
    /// In every week.
    pub weekly: u32,
    /// In every month.
    pub monthly: u32,
}

/// Working days of an ordinary month.
const DAYS_A_MONTH: u64 = 22;
/// Weeks of an ordinary month.
const WEEKS_A_MONTH: u64 = 4;

impl TierCounts {
    /// Household visits that the tiers ask for in a month of 22 working days and 4 weeks: the load of buildings as work,
    /// beside their households (`domain.md` §0, 4).
    pub fn visits_a_month(self) -> u64 {
        u64::from(self.daily) * DAYS_A_MONTH
            + u64::from(self.weekly) * WEEKS_A_MONTH
            + u64::from(self.monthly)
    }
}

/// What figures need of one visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Local day.
    pub day: NaiveDate,
    /// Households reached.
    pub households: u16,
}

/// The periods of a month that are over and ask for visits; each from its first day to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Periods {
    days: Vec<(NaiveDate, NaiveDate)>,
    weeks: Vec<(NaiveDate, NaiveDate)>,
    months: Vec<(NaiveDate, NaiveDate)>,
}

impl Periods {
    /// Those of the month of `day` that were over before `today`. A week belongs to the month of its Thursday.
    pub fn of_month(day: NaiveDate, today: NaiveDate, calendar: &WorkCalendar) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let month = |day: NaiveDate| (day.year(), day.month());
        let all: Vec<NaiveDate> = first
            .iter_days()
            .take_while(|day| month(*day) == month(first))
            .collect();
        let last = all.last().copied().unwrap_or(first);
        let works = |from: NaiveDate, to: NaiveDate| {
            from.iter_days()
                .take_while(|day| *day <= to)
                .any(|day| calendar.is_workday(day))
        };
        let weeks = all
            .iter()
            .filter(|day| day.weekday() == Weekday::Thu)
            .filter_map(|thursday| {
                Some((
                    thursday.checked_sub_days(Days::new(3))?,
                    thursday.checked_add_days(Days::new(3))?,
                ))
            });
        let over = |(from, to): &(NaiveDate, NaiveDate)| *to < today && works(*from, *to);
        Self {
            days: all.iter().map(|day| (*day, *day)).filter(over).collect(),
            weeks: weeks.filter(over).collect(),
            months: [(first, last)].into_iter().filter(over).collect(),
        }
    }

    /// How many of a tier.
    pub fn count(&self, tier: Tier) -> usize {
        self.of(tier).len()
    }

    fn of(&self, tier: Tier) -> &[(NaiveDate, NaiveDate)] {
        match tier {
            Tier::Daily => &self.days,
            Tier::Weekly => &self.weeks,
            Tier::Monthly => &self.months,
        }
    }
}

/// Done out of required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    /// Requirements met.
    pub done: u64,
    /// All of them.
    pub required: u64,
}

impl Ratio {
    /// In basis points, half rounded up; `None` where nothing is required.
    pub fn bp(self) -> Option<u32> {
        ratio_bp(self.done, self.required)
    }
}

/// The three ratios of some buildings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compliance {
    /// Of daily requirements.
    pub daily: Ratio,
    /// Of weekly ones.
    pub weekly: Ratio,
    /// Of monthly ones.
    pub monthly: Ratio,
}

impl Compliance {
    /// Adds a building with its visits, in the order of their days. A visit that found nobody at home counts as one
    /// household: the door was knocked on.
    pub fn add(&mut self, counts: TierCounts, visits: &[Entry], periods: &Periods) {
        let tiers = [
            (Tier::Daily, counts.daily, &mut self.daily),
            (Tier::Weekly, counts.weekly, &mut self.weekly),
            (Tier::Monthly, counts.monthly, &mut self.monthly),
        ];
        for (tier, wanted, ratio) in tiers.into_iter().filter(|(_, wanted, _)| *wanted > 0) {
            for &(from, to) in periods.of(tier) {
                let start = visits.partition_point(|visit| visit.day < from);
                let inside = visits[start..].iter().take_while(|visit| visit.day <= to);
                let done: u64 = inside.map(|visit| u64::from(visit.households.max(1))).sum();
                ratio.done += done.min(u64::from(wanted));
                ratio.required += u64::from(wanted);
            }
        }
    }

    /// The mean of the tiers that ask for something, in basis points.
    pub fn mean_bp(&self) -> Option<u32> {
        let known: Vec<u32> = [self.daily, self.weekly, self.monthly]
            .into_iter()
            .filter_map(Ratio::bp)
            .collect();
        let n = known.len() as u32;
        (n > 0).then(|| (known.iter().sum::<u32>() + n / 2) / n)
    }
}

/// Households that were reached for certain: the most of one visit, because two visits may have met the same.
pub fn largest_reached(visits: &[Entry], from: NaiveDate, to: NaiveDate) -> u32 {
    let start = visits.partition_point(|visit| visit.day < from);
    let inside = visits[start..].iter().take_while(|visit| visit.day <= to);
    inside
        .map(|visit| u32::from(visit.households))
        .max()
        .unwrap_or(0)
}

/// The median of `values`, the lower of two; `None` for fewer than `least`: one's own and the median of few would
/// give the others away.
pub fn median(mut values: Vec<u32>, least: usize) -> Option<u32> {
    if values.len() < least.max(1) {
        return None;
    }
    values.sort_unstable();
    values.get((values.len() - 1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, day).unwrap()
    }

    fn visits(days: impl IntoIterator<Item = NaiveDate>) -> Vec<Entry> {
        days.into_iter()
            .map(|day| Entry { day, households: 1 })
            .collect()
    }

    const ONE_EACH: TierCounts = TierCounts {
        daily: 1,
        weekly: 1,
        monthly: 1,
    };

    /// M08: 20 of 22 working-day records, 4 of 4 weeks, 1 of 1 month → 90.9 %, 100 %, 100 %.
    #[test]
    fn twenty_of_twenty_two_days_are_ninety_point_nine_per_cent() {
        // November 2022: 22 working days without a holiday, four Thursdays.
        let november = |day| NaiveDate::from_ymd_opt(2022, 11, day).unwrap();
        let calendar = WorkCalendar::china();
        let later = NaiveDate::from_ymd_opt(2022, 12, 20).unwrap();
        let periods = Periods::of_month(november(9), later, &calendar);
        let counts = [Tier::Daily, Tier::Weekly, Tier::Monthly].map(|tier| periods.count(tier));
        assert_eq!(counts, [22, 4, 1]);
        let worked: Vec<NaiveDate> = (1..=30)
            .map(november)
            .filter(|day| calendar.is_workday(*day))
            .collect();
        let mut of = Compliance::default();
        of.add(ONE_EACH, &visits(worked.into_iter().skip(2)), &periods);
        assert_eq!([of.daily.done, of.daily.required], [20, 22]);
        assert_eq!(
            [of.daily.bp(), of.weekly.bp(), of.monthly.bp()],
            [Some(9091), Some(10_000), Some(10_000)]
        );
        assert_eq!(of.mean_bp(), Some(9697));
    }

    #[test]
    fn excess_gives_no_credit_and_nothing_required_gives_no_ratio() {
        let periods = Periods::of_month(day(3, 1), day(5, 1), &WorkCalendar::china());
        let many: Vec<Entry> = (1..=31)
            .map(|d| Entry {
                day: day(3, d),
                households: 40,
            })
            .collect();
        let mut of = Compliance::default();
        of.add(
            TierCounts {
                weekly: 3,
                ..TierCounts::default()
            },
            &many,
            &periods,
        );
        assert_eq!(of.weekly.bp(), Some(10_000));
        assert_eq!((of.daily.bp(), of.monthly.bp()), (None, None));
        assert_eq!(of.mean_bp(), Some(10_000));
        assert_eq!(Compliance::default().mean_bp(), None);
    }

    #[test]
    fn holidays_ask_for_nothing() {
        let calendar = WorkCalendar::china();
        // The week of the National Day of 2025: 1 to 8 October are holidays.
        let october = |day| NaiveDate::from_ymd_opt(2025, 10, day).unwrap();
        let later = NaiveDate::from_ymd_opt(2025, 12, 1).unwrap();
        let periods = Periods::of_month(october(1), later, &calendar);
        let worked = (1..=31)
            .filter(|d| calendar.is_workday(october(*d)))
            .count();
        assert_eq!(periods.count(Tier::Daily), worked);
        assert!(periods.days.iter().all(|(day, _)| *day > october(8)));
    }

    #[test]
    fn what_is_not_over_is_not_asked_for() {
        let calendar = WorkCalendar::china();
        let periods = Periods::of_month(day(11, 3), day(11, 10), &calendar);
        assert_eq!(periods.count(Tier::Monthly), 0);
        assert_eq!(
            periods.count(Tier::Weekly),
            1,
            "2 to 8 November; its Thursday is the 5th"
        );
        assert!(periods.days.iter().all(|(one, _)| *one < day(11, 10)));
    }

    #[test]
    fn the_load_of_an_area_is_its_visits_as_well_as_its_households() {
        assert_eq!(ONE_EACH.visits_a_month(), 27);
        assert_eq!(TierCounts::default().visits_a_month(), 0);
    }

    #[test]
    fn the_median_of_few_is_not_told() {
        assert_eq!(median(vec![9, 1, 5, 3], 5), None);
        assert_eq!(median(vec![9, 1, 5, 3, 7], 5), Some(5));
        assert_eq!(median(Vec::new(), 0), None);
    }

    proptest! {
        /// More visits never make it worse, and it is never more than everything.
        #[test]
        fn a_visit_more_never_harms(
            days in proptest::collection::vec((1u32..=31, 0u16..9), 0..60), more in (1u32..=31, 0u16..9),
            daily in 0u32..4, weekly in 0u32..9, monthly in 0u32..30,
        ) {
            let periods = Periods::of_month(day(3, 1), day(5, 1), &WorkCalendar::china());
            let counts = TierCounts { daily, weekly, monthly };
            let entry = |(d, households): (u32, u16)| Entry { day: day(3, d), households };
            let of = |days: Vec<(u32, u16)>| {
                let mut visits: Vec<Entry> = days.into_iter().map(entry).collect();
                visits.sort();
                let mut of = Compliance::default();
                of.add(counts, &visits, &periods);
                of
            };
            let (before, mut longer) = (of(days.clone()), days);
            longer.push(more);
            let after = of(longer);
            for (a, b) in [(before.daily, after.daily), (before.weekly, after.weekly), (before.monthly, after.monthly)] {
                prop_assert!(a.done <= b.done && b.done <= b.required && a.required == b.required);
            }
            prop_assert!(after.mean_bp().is_none_or(|bp| bp <= 10_000));
        }
    }
}
