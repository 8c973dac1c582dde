//! Tests of the calendar: the announced days, known limits, and a simulation minute by minute.

use std::num::NonZeroU16;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Timelike, Utc};
use proptest::prelude::*;

use super::*;

fn shanghai(text: &str) -> DateTime<Utc> {
    format!("{text}:00+08:00").parse().unwrap()
}

fn limit(amount: u16, unit: TimeUnit) -> TimeLimit {
    let amount = NonZeroU16::new(amount).unwrap();
    TimeLimit { amount, unit }
}

fn pause(from: &str, until: &str) -> Pause {
    Pause {
        from: shanghai(from),
        until: shanghai(until),
    }
}

#[test]
fn the_announced_years_have_their_holidays_and_no_make_up_day_is_an_ordinary_workday() {
    let calendar = WorkCalendar::china();
    // Days off in all and make-up workdays, as the notices count them.
    for (year, off, made_up) in [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)] {
        let announced = &calendar.data().years[&year];
        let days: i64 = announced
            .holidays
            .iter()
            .map(|run| (run.to - run.from).num_days() + 1)
            .sum();
        assert_eq!((days, announced.workdays.len()), (off, made_up), "{year}");
        for day in &announced.workdays {
            assert!(day.weekday().number_from_monday() >= 6, "{day}");
            assert!(calendar.is_workday(*day));
        }
    }
    assert!(calendar.covers(2026) && !calendar.covers(2027) && !calendar.covers(2023));
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
    // New Year's Eve of 2024 was work by the notice; National Day of an unknown year counts as its weekday.
    assert!(calendar.is_workday(day(2024, 2, 9)));
    assert!(!calendar.is_workday(day(2026, 2, 23)));
    assert!(calendar.is_workday(day(2027, 10, 1)));
}

#[test]
fn limits_end_where_the_civil_code_ends_them() {
    let calendar = WorkCalendar::china();
    let due = |start: &str, amount, unit, pauses: &[Pause]| {
        calendar.due(shanghai(start), limit(amount, unit), pauses)
    };
    use TimeUnit as U;
    for (start, amount, unit, expected) in [
        // Wednesday before National Day 2026; Saturday 10 October is a workday.
        (
            "2026-09-30T16:00",
            4,
            U::WorkingHours,
            shanghai("2026-10-08T11:00"),
        ),
        (
            "2026-09-30T16:00",
            3,
            U::WorkingDays,
            shanghai("2026-10-10T18:00"),
        ),
        (
            "2026-09-30T16:00",
            48,
            U::Hours,
            shanghai("2026-10-02T16:00"),
        ),
        ("2026-09-30T16:00", 1, U::Days, shanghai("2026-10-02T00:00")),
        // At night and at noon the clock of working hours has not begun.
        (
            "2026-11-02T23:10",
            1,
            U::WorkingHours,
            shanghai("2026-11-03T10:00"),
        ),
        (
            "2026-11-02T12:30",
            8,
            U::WorkingHours,
            shanghai("2026-11-03T12:00"),
        ),
    ] {
        assert_eq!(due(start, amount, unit, &[]), expected, "{start} {unit}");
    }
    let put_off = [pause("2026-11-02T10:00", "2026-11-04T10:00")];
    assert_eq!(
        due("2026-11-02T09:00", 2, U::WorkingHours, &put_off),
        shanghai("2026-11-04T11:00")
    );
    // A pause that never ends moves the limit far away and does not hang.
    let for_ever = [Pause {
        from: shanghai("2026-11-02T10:00"),
        until: DateTime::<Utc>::MAX_UTC,
    }];
    let far = due("2026-11-02T09:00", 2, U::WorkingHours, &for_ever);
    assert!(far > shanghai("2400-01-01T00:00"), "{far}");
}

#[test]
fn amber_from_80_percent_red_when_it_is_over_unknown_without_a_limit() {
    let calendar = WorkCalendar::china();
    let start = shanghai("2026-11-02T09:00");
    let ten = Some(limit(10, TimeUnit::WorkingHours));
    for (at, light) in [
        ("2026-11-02T17:59", Light::Green),
        ("2026-11-02T18:00", Light::Amber),
        ("2026-11-03T03:00", Light::Amber),
        ("2026-11-03T11:00", Light::Amber),
        ("2026-11-03T11:01", Light::Red),
    ] {
        assert_eq!(calendar.light(start, ten, &[], shanghai(at)), light, "{at}");
    }
    assert_eq!(
        calendar.light(start, None, &[], shanghai("2030-01-01T00:00")),
        Light::Unknown
    );
}

#[test]
fn data_that_are_no_calendar_are_refused() {
    let good = WorkCalendar::china().data().clone();
    let broken = |change: fn(&mut CalendarData)| {
        let mut data = good.clone();
        change(&mut data);
        WorkCalendar::try_from(data).unwrap_err()
    };
    assert_eq!(broken(|d| d.hours.clear()), InvalidCalendar::Hours);
    assert_eq!(
        broken(|d| d.hours = vec![(0, 600), (500, 700)]),
        InvalidCalendar::Hours
    );
    assert_eq!(
        broken(|d| d.hours = vec![(600, 1_441)]),
        InvalidCalendar::Hours
    );
    assert_eq!(broken(|d| d.weekdays.clear()), InvalidCalendar::Weekdays);
    assert_eq!(
        broken(|d| d.offset_minutes = 2_000),
        InvalidCalendar::Offset(2_000)
    );
    let doubled = broken(|d| {
        let year = d.years.get_mut(&2026).unwrap();
        year.workdays.push(year.holidays[0].from);
    });
    assert!(matches!(doubled, InvalidCalendar::Day { year: 2026, .. }));
    let json = serde_json::to_string(&WorkCalendar::china()).unwrap();
    assert_eq!(
        serde_json::from_str::<WorkCalendar>(&json).unwrap(),
        WorkCalendar::china()
    );
}

/// Whether the minute that begins at `at` counts, asked of the data in the plainest way.
fn counts(data: &CalendarData, at: DateTime<Utc>, unit: TimeUnit, pauses: &[Pause]) -> bool {
    let local = at + Duration::minutes(i64::from(data.offset_minutes));
    let (day, minute) = (local.date_naive(), local.hour() * 60 + local.minute());
    if pauses.iter().any(|p| p.from <= at && at < p.until) {
        return false;
    }
    if matches!(unit, TimeUnit::Hours | TimeUnit::Days) {
        return true;
    }
    let year = data.years.get(&day.year());
    let holiday = year.is_some_and(|y| y.holidays.iter().any(|r| r.from <= day && day <= r.to));
    let made_up = year.is_some_and(|y| y.workdays.contains(&day));
    let weekend = day.weekday().number_from_monday() > 5;
    let inside = data
        .hours
        .iter()
        .any(|(from, to)| u32::from(*from) <= minute && minute < u32::from(*to));
    inside && !holiday && (made_up || !weekend)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn due_and_share_are_those_of_a_simulation_minute_by_minute(
        start in 0..1_400_000_i64,
        amount in 1..12_u16,
        unit in prop::sample::select(TimeUnit::ALL),
        pauses in prop::collection::vec((0..20_000_i64, 0..6_000_i64), 0..4),
        look in 0..30_000_i64,
    ) {
        let calendar = WorkCalendar::china();
        let data = calendar.data();
        let start = shanghai("2024-01-01T00:00") + Duration::minutes(start);
        let pauses: Vec<Pause> = pauses
            .into_iter()
            .map(|(from, length)| {
                let from = start + Duration::minutes(from);
                Pause { from, until: from + Duration::minutes(length) }
            })
            .collect();
        let asked = limit(amount, unit);
        let needed = i64::from(amount) * match unit {
            TimeUnit::WorkingHours | TimeUnit::Hours => 60,
            TimeUnit::WorkingDays => 480,
            TimeUnit::Days => 1_440,
        };
        let mut now = start;
        if matches!(unit, TimeUnit::WorkingDays | TimeUnit::Days) {
            let today = (start + Duration::hours(8)).date_naive();
            while (now + Duration::hours(8)).date_naive() == today {
                now += Duration::minutes(1);
            }
        }
        let (mut counted, mut due) = (0, None);
        let looked_at = start + Duration::minutes(look);
        let mut used = 0;
        while due.is_none() || now < looked_at {
            if now == looked_at {
                used = counted;
            }
            if counts(data, now, unit, &pauses) {
                counted += 1;
                if counted == needed {
                    due = Some(now + Duration::minutes(1));
                }
            }
            now += Duration::minutes(1);
        }
        if now == looked_at {
            used = counted;
        }
        let due = due.unwrap();
        prop_assert_eq!(calendar.due(start, asked, &pauses), due);
        let share = calendar.used(start, asked, &pauses, looked_at);
        prop_assert!((share - used as f64 / needed as f64).abs() < 1e-9, "{share} {used}/{needed}");
        let light = calendar.light(start, Some(asked), &pauses, looked_at);
        prop_assert_eq!(light == Light::Red, looked_at > due);
    }
}
