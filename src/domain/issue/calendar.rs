//! The working calendar: which minutes count, until when a limit runs, and how much of it is used.
//!
//! Not the limits themselves (`limit`). Everything is computed from what is handed in, so a changed calendar
//! changes every answer. Invariant: a calendar has working hours and a working weekday, so every limit ends.
//!
//! How limits are counted follows the Civil Code, art. 201 and 203: by hours from the moment itself; by days
//! from the day after, until the end of the last day, and of its working hours where the limit counts
//! workdays.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Pause, TimeLimit, TimeUnit};
use crate::domain::text_enum::text_enum;

const MINUTES_PER_DAY: u16 = 1_440;

/// No limit is followed for longer than this; pauses without a sane end must not run for ever.
const HORIZON_DAYS: i64 = 400 * 366;

/// Share of a limit from which it is amber.
const AMBER_FROM: f64 = 0.8;

text_enum! {
    /// How a day differs from its weekday.
    pub enum DayKind {
        /// No work.
        Holiday => "holiday", "放假";
        /// Work, although the weekday has none.
        Workday => "workday", "调休上班";
    }
}

text_enum! {
    /// How much of a limit is used.
    pub enum Light {
        /// Below 80 %.
        Green => "green", "正常";
        /// From 80 %.
        Amber => "amber", "临期";
        /// Over.
        Red => "red", "超期";
        /// No limit is set: not the same as in time.
        Unknown => "unknown", "无时限";
    }
}

/// A run of holidays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayRun {
    /// Name of the holiday.
    pub name: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day, included.
    pub to: NaiveDate,
}

/// What is announced for one year.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarYear {
    /// The notice that says so.
    pub notice: String,
    /// Holidays.
    pub holidays: Vec<HolidayRun>,
    /// Make-up workdays.
    pub workdays: Vec<NaiveDate>,
}

/// A calendar as data, the form of `assets/work_calendar_cn.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarData {
    /// Local time minus UTC, in minutes; 480 for China.
    pub offset_minutes: i16,
    /// Weekdays with work, 1 = Monday to 7 = Sunday.
    pub weekdays: BTreeSet<u8>,
    /// Hours of work: from and to in minutes of the local day, in order.
    pub hours: Vec<(u16, u16)>,
    /// What is announced, by year.
    pub years: BTreeMap<i32, CalendarYear>,
}

/// Why data are no calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCalendar {
    /// No hours, or hours out of order, empty, or beyond the day.
    #[error(
        "working hours must be one or more spans of minutes 0 to 1440, in order and not overlapping"
    )]
    Hours,
    /// No weekday with work, or a number that is none.
    #[error("weekdays must be numbers from 1 (Monday) to 7 (Sunday), one at least")]
    Weekdays,
    /// The offset is not between −18 and 18 hours.
    #[error("offset {0} min is not between -1080 and 1080")]
    Offset(i16),
    /// A day that is not in its year, a run that ends before it starts, or a day said twice.
    #[error("{year}: {day} is not in that year, or said twice, or ends before it starts")]
    Day {
        /// The year.
        year: i32,
        /// The day.
        day: NaiveDate,
    },
}

/// A valid calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "CalendarData", into = "CalendarData")]
pub struct WorkCalendar {
    data: CalendarData,
    exceptions: BTreeMap<NaiveDate, DayKind>,
}

impl TryFrom<CalendarData> for WorkCalendar {
    type Error = InvalidCalendar;

    fn try_from(data: CalendarData) -> Result<Self, InvalidCalendar> {
        let spans = data.hours.iter().all(|(from, to)| from < to);
        let order = data.hours.is_sorted_by(|a, b| a.1 <= b.0);
        let last = data.hours.last().map_or(u16::MAX, |(_, to)| *to);
        if !spans || !order || last > MINUTES_PER_DAY {
            return Err(InvalidCalendar::Hours);
        }
        if data.weekdays.is_empty() || !data.weekdays.iter().all(|day| (1..=7).contains(day)) {
            return Err(InvalidCalendar::Weekdays);
        }
        if data.offset_minutes.unsigned_abs() > 1_080 {
            return Err(InvalidCalendar::Offset(data.offset_minutes));
        }
        let mut exceptions = BTreeMap::new();
        for (&year, announced) in &data.years {
            let wrong = |day| InvalidCalendar::Day { year, day };
            let mut put = |day: NaiveDate, kind| {
                let doubled = exceptions.insert(day, kind).is_some();
                (day.year() == year && !doubled)
                    .then_some(())
                    .ok_or(wrong(day))
            };
            for run in &announced.holidays {
                if run.to < run.from || run.to.year() != year {
                    return Err(wrong(run.to));
                }
                for day in run.from.iter_days().take_while(|day| *day <= run.to) {
                    put(day, DayKind::Holiday)?;
                }
            }
            for day in &announced.workdays {
                put(*day, DayKind::Workday)?;
            }
        }
        Ok(Self { data, exceptions })
    }
}

impl From<WorkCalendar> for CalendarData {
    fn from(calendar: WorkCalendar) -> Self {
        calendar.data
    }
}

/// A span of time, from (included) until (not included).
type Span = (DateTime<Utc>, DateTime<Utc>);

impl WorkCalendar {
    /// Mainland China, with the holidays announced by the State Council; 9–12 and 13–18 o'clock.
    pub fn china() -> Self {
        serde_json::from_str(include_str!("../../../assets/work_calendar_cn.json"))
            .expect("a test reads this file")
    }

    /// The data that it was made from.
    pub const fn data(&self) -> &CalendarData {
        &self.data
    }

    /// Whether the holidays of a year are known; without them only weekdays count, which a page must say.
    pub fn covers(&self, year: i32) -> bool {
        self.data.years.contains_key(&year)
    }

    /// How a day differs from its weekday.
    pub fn exception(&self, day: NaiveDate) -> Option<DayKind> {
        self.exceptions.get(&day).copied()
    }

    /// Whether people work on that day.
    pub fn is_workday(&self, day: NaiveDate) -> bool {
        match self.exception(day) {
            Some(kind) => kind == DayKind::Workday,
            None => {
                let weekday = day.weekday().number_from_monday() as u8;
                self.data.weekdays.contains(&weekday)
            }
        }
    }

    /// The local day of an instant.
    pub fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        self.local(at).date()
    }

    /// When a limit that starts at `start` is over. Pauses may overlap and come in any order.
    pub fn due(&self, start: DateTime<Utc>, limit: TimeLimit, pauses: &[Pause]) -> DateTime<Utc> {
        let mut left = self.length(limit);
        for (from, until) in self.counted(start, limit.unit, pauses) {
            if left <= until - from {
                return from + left;
            }
            left -= until - from;
        }
        // Only pauses without a sane end lead here.
        start + Duration::days(HORIZON_DAYS)
    }

    /// The share of a limit that is used at `at`: 0 at its start, 1 when it is due, more afterwards.
    pub fn used(
        &self,
        start: DateTime<Utc>,
        limit: TimeLimit,
        pauses: &[Pause],
        at: DateTime<Utc>,
    ) -> f64 {
        let used: Duration = self
            .counted(start, limit.unit, pauses)
            .take_while(|(from, _)| *from < at)
            .map(|(from, until)| until.min(at) - from)
            .sum();
        used.num_seconds() as f64 / self.length(limit).num_seconds() as f64
    }

    /// The light of a limit at `at`: now, or when it was met.
    pub fn light(
        &self,
        start: DateTime<Utc>,
        limit: Option<TimeLimit>,
        pauses: &[Pause],
        at: DateTime<Utc>,
    ) -> Light {
        let Some(limit) = limit else {
            return Light::Unknown;
        };
        // By the instant, not by the share: the share stands still overnight, and at 100 % it is not yet over.
        if at > self.due(start, limit, pauses) {
            Light::Red
        } else if self.used(start, limit, pauses, at) >= AMBER_FROM {
            Light::Amber
        } else {
            Light::Green
        }
    }

    /// What a limit asks for, in time that counts.
    fn length(&self, limit: TimeLimit) -> Duration {
        let day: u16 = self.data.hours.iter().map(|(from, to)| to - from).sum();
        let unit = match limit.unit {
            TimeUnit::WorkingHours | TimeUnit::Hours => 60,
            TimeUnit::WorkingDays => day,
            TimeUnit::Days => MINUTES_PER_DAY,
        };
        Duration::minutes(i64::from(limit.amount.get()) * i64::from(unit))
    }

    /// The time that counts from `start` on, in order and without overlaps.
    fn counted(
        &self,
        start: DateTime<Utc>,
        unit: TimeUnit,
        pauses: &[Pause],
    ) -> impl Iterator<Item = Span> {
        let working = matches!(unit, TimeUnit::WorkingHours | TimeUnit::WorkingDays);
        let by_day = matches!(unit, TimeUnit::WorkingDays | TimeUnit::Days);
        let first = self.day_of(start);
        let begin = if by_day {
            self.instant(first + Duration::days(1), 0)
        } else {
            start
        };
        let mut pauses: Vec<Span> = pauses.iter().map(|p| (p.from, p.until)).collect();
        pauses.sort_unstable();
        let whole_day = [(0, MINUTES_PER_DAY)];
        (0..HORIZON_DAYS)
            .map(move |n| first + Duration::days(n))
            .filter(move |day| !working || self.is_workday(*day))
            .flat_map(move |day| {
                let hours = if working {
                    &self.data.hours[..]
                } else {
                    &whole_day
                };
                let spans = hours.iter().map(|(from, to)| {
                    let from = self.instant(day, *from).max(begin);
                    (from, self.instant(day, *to))
                });
                spans.collect::<Vec<_>>()
            })
            .flat_map(move |span| without(span, &pauses))
    }

    fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.naive_utc() + Duration::minutes(i64::from(self.data.offset_minutes))
    }

    fn instant(&self, day: NaiveDate, minute: u16) -> DateTime<Utc> {
        let minutes = i64::from(minute) - i64::from(self.data.offset_minutes);
        day.and_time(NaiveTime::MIN).and_utc() + Duration::minutes(minutes)
    }
}

/// A span without the pauses, which are sorted by their beginning.
fn without((mut from, until): Span, pauses: &[Span]) -> Vec<Span> {
    let mut free = Vec::with_capacity(1);
    for &(pause, resume) in pauses {
        if pause >= until {
            break;
        }
        if from < pause {
            free.push((from, pause));
        }
        from = from.max(resume.max(pause));
    }
    if from < until {
        free.push((from, until));
    }
    free
}
