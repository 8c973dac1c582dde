//! How many: counts by place and kind, by local day, rates, and lists by rank.
//!
//! Not names and not colours. Invariant: every selected issue is counted exactly once, under its index or in
//! [`Counts::elsewhere`]; a rate without households is `None`.

use super::columns::{Chunk, IssueColumns, NO_POINT, NONE_16, NONE_32, Place, Traits};
use super::filter::Selection;
use super::minute::NEVER;

/// Minutes of a day.
const DAY_MIN: i64 = 1440;
/// The period of a rate, minutes: 30 days.
const RATE_PERIOD_MIN: f64 = 30.0 * 1440.0;
/// Households of a rate.
const RATE_HOUSEHOLDS: f64 = 1000.0;

/// What issues are counted by. `n` is how many indices there are; larger ones count as elsewhere.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Compounds; issues that lie in none are elsewhere.
    Compound {
        /// How many compounds.
        n: usize,
    },
    /// Regions of one level: those of their compounds, and those that lie in no compound.
    Region {
        /// How many regions.
        n: usize,
        /// The region of each compound; an index of `n` or more is none.
        of_compound: &'a [u32],
    },
    /// Statutory grids.
    Grid {
        /// How many grids.
        n: usize,
    },
    /// Patrol areas.
    Area {
        /// How many areas.
        n: usize,
    },
    /// Categories.
    Category {
        /// How many categories.
        n: usize,
    },
    /// Responsible bodies.
    Owner {
        /// How many bodies.
        n: usize,
    },
    /// States, by their 64 codes.
    State,
    /// Levels of resolution, by their 8 codes.
    Level,
}

/// A number of issues, and how many of them have no point (they are missing on maps of points).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All.
    pub n: u32,
    /// Those without a point.
    pub without_point: u32,
}

/// Counts by a dense index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// By index.
    pub by: Vec<Tally>,
    /// What has no index, or one out of range.
    pub elsewhere: Tally,
}

impl Counts {
    /// All issues together.
    pub fn total(&self) -> Tally {
        self.by
            .iter()
            .chain([&self.elsewhere])
            .fold(Tally::default(), |sum, tally| Tally {
                n: sum.n + tally.n,
                without_point: sum.without_point + tally.without_point,
            })
    }
}

/// Counts the selected issues.
pub fn count(columns: &IssueColumns, selection: &Selection, by: By) -> Counts {
    match by {
        By::Compound { n } => tally(columns, selection, n, |chunk, i| {
            match Place::unpacked(chunk.place[i]) {
                Place::Compound(compound) => compound,
                _ => NONE_32,
            }
        }),
        By::Region { n, of_compound } => tally(columns, selection, n, |chunk, i| {
            match Place::unpacked(chunk.place[i]) {
                Place::Compound(compound) => of_compound
                    .get(compound as usize)
                    .copied()
                    .unwrap_or(NONE_32),
                Place::Region(region) => region,
                Place::Unknown => NONE_32,
            }
        }),
        By::Grid { n } => tally(columns, selection, n, |chunk, i| chunk.grid[i]),
        By::Area { n } => tally(columns, selection, n, |chunk, i| chunk.area[i]),
        By::Category { n } => tally(columns, selection, n, |chunk, i| {
            u32::from(chunk.category[i])
        }),
        By::Owner { n } => tally(columns, selection, n, |chunk, i| match chunk.owner[i] {
            NONE_16 => NONE_32,
            owner => u32::from(owner),
        }),
        By::State => tally(columns, selection, 64, |chunk, i| u32::from(chunk.state[i])),
        By::Level => tally(columns, selection, 8, |chunk, i| {
            u32::from(Traits::unpacked(chunk.traits[i]).level)
        }),
    }
}

fn tally(
    columns: &IssueColumns,
    selection: &Selection,
    n: usize,
    index: impl Fn(&Chunk, usize) -> u32,
) -> Counts {
    // The last place is for what is elsewhere.
    let mut by = vec![Tally::default(); n + 1];
    selection.each(columns, |chunk, i| {
        let tally = &mut by[(index(chunk, i) as usize).min(n)];
        tally.n += 1;
        // No point has this y (see `columns.rs`).
        tally.without_point += u32::from(chunk.y[i] == NO_POINT);
    });
    let elsewhere = by.pop().unwrap_or_default();
    Counts { by, elsewhere }
}

/// Which instant of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// When it was reported.
    Reported,
    /// Its time limit.
    Due,
    /// When it was closed.
    Closed,
}

/// Issues by local day. A time zone without summer time is an offset; China has one, +480 minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// The first day, counted from 2000-01-01 in local time.
    pub first: i64,
    /// How many on each day, from the first that has one to the last.
    pub n: Vec<u32>,
    /// Issues without this instant: no time limit, or not closed.
    pub without: u32,
}

/// The local day of a minute, counted from 2000-01-01.
pub fn local_day(minute: u32, offset_min: i32) -> i64 {
    (i64::from(minute) + i64::from(offset_min)).div_euclid(DAY_MIN)
}

/// The first minute of a local day, as a bound of a filter; days before 2000 begin at 0.
pub fn day_start(day: i64, offset_min: i32) -> u32 {
    let minute = day
        .saturating_mul(DAY_MIN)
        .saturating_sub(i64::from(offset_min));
    minute.clamp(0, i64::from(u32::MAX)) as u32
}

/// Most days of a histogram, 200 years; what lies earlier is counted in the first of them, so that one impossible
/// date cannot take all memory.
const MAX_DAYS: i64 = 73_050;

/// The histogram of the selected issues by local day; no days when none has this instant.
pub fn by_day(
    columns: &IssueColumns,
    selection: &Selection,
    moment: Moment,
    offset_min: i32,
) -> Days {
    let of = |chunk: &Chunk, i: usize| match moment {
        Moment::Reported => chunk.reported[i],
        Moment::Due => chunk.due[i],
        Moment::Closed => chunk.closed[i],
    };
    let (mut low, mut high, mut without) = (u32::MAX, 0, 0);
    selection.each(columns, |chunk, i| match of(chunk, i) {
        NEVER => without += 1,
        minute => (low, high) = (low.min(minute), high.max(minute)),
    });
    if low > high {
        return Days {
            first: 0,
            n: Vec::new(),
            without,
        };
    }
    let last = local_day(high, offset_min);
    let first = local_day(low, offset_min).max(last - MAX_DAYS + 1);
    let mut n = vec![0; (last - first + 1) as usize];
    selection.each(columns, |chunk, i| {
        let minute = of(chunk, i);
        if minute != NEVER {
            n[(local_day(minute, offset_min) - first).max(0) as usize] += 1;
        }
    });
    Days { first, n, without }
}

/// A rate with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Issues per 1,000 households per 30 days; `None` when households are unknown or 0, or the period is empty.
    pub rate: Option<f64>,
    /// How many issues.
    pub n: u32,
    /// Fewer than `k` issues: drawn hatched, and withheld from some readers.
    pub small: bool,
}

/// The rate of `n` issues in a period of `minutes`; `small` when fewer than `k`.
pub fn rate(n: u32, households: Option<u32>, minutes: u32, k: u32) -> Rate {
    let base = households.map_or(0.0, f64::from) * f64::from(minutes);
    let rate = (base > 0.0).then(|| f64::from(n) * RATE_HOUSEHOLDS * RATE_PERIOD_MIN / base);
    Rate {
        rate,
        n,
        small: n < k,
    }
}

/// Indices and their values, largest first, ties by index; indices without a value, or with NaN, are left out.
pub fn rank(values: impl IntoIterator<Item = Option<f64>>) -> Vec<(usize, f64)> {
    let mut ranked: Vec<(usize, f64)> = values
        .into_iter()
        .enumerate()
        .filter_map(|(index, value)| {
            value
                .filter(|value| !value.is_nan())
                .map(|value| (index, value))
        })
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::columns::tests::any_issue;
    use super::super::{Filter, Issue};
    use super::*;

    fn index_of(issue: &Issue, by: By) -> Option<usize> {
        let index = match by {
            By::Compound { .. } => match issue.place {
                Place::Compound(compound) => Some(compound),
                _ => None,
            },
            By::Region { of_compound, .. } => match issue.place {
                Place::Compound(compound) => of_compound.get(compound as usize).copied(),
                Place::Region(region) => Some(region),
                Place::Unknown => None,
            },
            By::Grid { .. } => issue.grid,
            By::Area { .. } => issue.area,
            By::Category { .. } => Some(issue.category.into()),
            By::Owner { .. } => issue.owner.map(u32::from),
            By::State => Some(issue.state.into()),
            By::Level => Some(issue.traits.level.into()),
        };
        index.map(|index| index as usize)
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_loop(issues in prop::collection::vec(any_issue(), 0..200), from in 0..50_000u32) {
            let columns: IssueColumns = issues.iter().copied().collect();
            let selection = Filter { from: Some(from), ..Filter::default() }.select(&columns);
            let of_compound = [0, 1, 2, 0, 9];
            for by in [
                By::Compound { n: 4 }, By::Region { n: 3, of_compound: &of_compound }, By::Grid { n: 3 },
                By::Area { n: 5 }, By::Category { n: 20 }, By::Owner { n: 2 }, By::State, By::Level,
            ] {
                let counts = count(&columns, &selection, by);
                let tally = |wanted: &dyn Fn(Option<usize>) -> bool| {
                    let chosen = selection.rows().map(|row| &issues[row]).filter(|issue| wanted(index_of(issue, by)));
                    let (mut n, mut without_point) = (0, 0);
                    for issue in chosen {
                        n += 1;
                        without_point += u32::from(issue.position.is_none());
                    }
                    Tally { n, without_point }
                };
                let n = counts.by.len();
                for index in 0..n {
                    prop_assert_eq!(counts.by[index], tally(&|is| is == Some(index)), "{:?} {}", by, index);
                }
                prop_assert_eq!(counts.elsewhere, tally(&|is| is.is_none_or(|is| is >= n)));
                prop_assert_eq!(counts.total().n as usize, selection.len());
            }
        }

        #[test]
        fn days_are_those_of_the_offset(
            issues in prop::collection::vec(any_issue(), 0..100), offset in -720..=840i32,
        ) {
            let columns: IssueColumns = issues.iter().copied().collect();
            let selection = Filter::default().select(&columns);
            for (moment, of) in [
                (Moment::Reported, (|issue| Some(issue.reported)) as fn(&Issue) -> Option<u32>),
                (Moment::Due, |issue| issue.due),
                (Moment::Closed, |issue| issue.closed),
            ] {
                let days = by_day(&columns, &selection, moment, offset);
                let minutes: Vec<_> = selection.rows().filter_map(|row| of(&issues[row])).collect();
                prop_assert_eq!(days.without as usize, selection.len() - minutes.len());
                prop_assert_eq!(days.n.iter().sum::<u32>() as usize, minutes.len());
                for (at, &n) in days.n.iter().enumerate() {
                    let day = days.first + at as i64;
                    let start = day * 1440 - i64::from(offset);
                    let inside = |minute: u32| (start..start + 1440).contains(&i64::from(minute));
                    prop_assert_eq!(n as usize, minutes.iter().filter(|&&minute| inside(minute)).count());
                }
                prop_assert!(days.n.first() != Some(&0) && days.n.last() != Some(&0));
            }
        }
    }

    #[test]
    fn shanghai_days_begin_at_sixteen_hours_utc() {
        let (before, after) = (16 * 60 - 1, 16 * 60);
        assert_eq!((local_day(before, 480), local_day(after, 480)), (0, 1));
        assert_eq!(day_start(1, 480), after);
        assert_eq!((day_start(0, 480), day_start(i64::MAX, 0)), (0, u32::MAX));
        assert_eq!(local_day(0, -60), -1);
    }

    #[test]
    fn one_impossible_date_does_not_take_all_memory() {
        let columns: IssueColumns = [0, 5, u32::MAX - 1]
            .map(|reported| Issue {
                reported,
                ..Issue::default()
            })
            .into_iter()
            .collect();
        let days = by_day(
            &columns,
            &Filter::default().select(&columns),
            Moment::Reported,
            480,
        );
        assert_eq!((days.n.len(), days.n[0]), (MAX_DAYS as usize, 2));
    }

    #[test]
    fn a_rate_is_per_thousand_households_and_thirty_days() {
        let week = 7 * 1440;
        // 14 issues of 2,000 households in a week are 7 of 1,000, and 30 in 30 days.
        assert_eq!(
            rate(14, Some(2000), week, 5),
            Rate {
                rate: Some(30.0),
                n: 14,
                small: false
            }
        );
        assert_eq!(
            rate(4, Some(1000), 30 * 1440, 5),
            Rate {
                rate: Some(4.0),
                n: 4,
                small: true
            }
        );
        assert_eq!(rate(0, Some(1000), week, 5).rate, Some(0.0));
        for (households, minutes) in [(None, week), (Some(0), week), (Some(10), 0)] {
            assert_eq!(rate(14, households, minutes, 5).rate, None);
        }
    }

    #[test]
    fn ranks_leave_out_what_is_unknown() {
        let values = [Some(1.0), None, Some(3.0), Some(f64::NAN), Some(3.0)];
        assert_eq!(rank(values), [(2, 3.0), (4, 3.0), (0, 1.0)]);
    }
}
