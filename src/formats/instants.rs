//! The times that other systems write, with and without a zone.
//!
//! Not days (`values::date`). Invariant: a time without a zone is read in the zone that the caller names, never in
//! that of the machine; a time that no clock there ever showed is a problem, not a guess.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::values::{Parsed, excel_day, normalise_text, says_unknown};

/// Forms of a local time once separators are made equal; the last ones are of 311 exports in the United States.
const FORMS: [&str; 5] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y%m%d%H%M%S",
    "%m-%d-%Y %I:%M:%S %p",
    "%m-%d-%Y %I:%M %p",
];

/// Words behind a time that say it is universal.
const UNIVERSAL: [&str; 4] = [" utc", " gmt", "z", "+00:00"];

/// Serial numbers of Excel that are plausible: 1954 to 2119.
const SERIALS: std::ops::Range<f64> = 20_000.0..80_000.0;

/// A time: `2018-07-04 17:24:41`, `2018/7/4 17:24`, `2018年7月4日 17时24分`, a day alone (its first minute), RFC 3339,
/// with ` UTC` behind it, `07/04/2018 05:24:41 PM`, or the serial number that Excel stores.
pub fn instant(text: &str, zone: Tz) -> Parsed<DateTime<Utc>> {
    if says_unknown(text) {
        return Parsed::unknown();
    }
    let clean = normalise_text(text);
    if let Ok(at) = DateTime::parse_from_rfc3339(&clean.replacen(' ', "T", 1)) {
        return Parsed::known(at.to_utc());
    }
    let lower = clean.to_lowercase();
    let (local, zone) = UNIVERSAL
        .iter()
        .find_map(|word| lower.strip_suffix(word))
        .map_or((lower.as_str(), zone), |rest| (rest.trim_end(), Tz::UTC));
    let Some(naive) = local_time(local) else {
        return Parsed::wrong(
            "time_unreadable",
            text,
            "不是时间，应如 2018-07-04 17:24:41",
            "not a time; write it as 2018-07-04 17:24:41",
        );
    };
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Parsed::known(at.to_utc()),
        LocalResult::None => Parsed::wrong(
            "time_impossible",
            text,
            "该时区没有这个时刻（夏令时开始时钟表拨快）；请核对时间和时区",
            "no clock of this time zone showed it (the clocks went forward); check time and zone",
        ),
    }
}

fn local_time(text: &str) -> Option<NaiveDateTime> {
    if let Ok(serial) = text.parse::<f64>()
        && SERIALS.contains(&serial)
    {
        let seconds = (serial.fract() * 86_400.0).round() as i64;
        let midnight = excel_day(serial.trunc())?.and_time(chrono::NaiveTime::MIN);
        return midnight.checked_add_signed(TimeDelta::seconds(seconds));
    }
    let mut even = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '/' | '.' | '年' | '月' => even.push('-'),
            '日' | 't' | '秒' => even.push(' '),
            '时' | '分' => even.push(':'),
            c => even.push(c),
        }
    }
    let even: Vec<&str> = even.split_whitespace().collect();
    let even = even.join(" ");
    let even = even.trim_end_matches(':');
    if let Some(at) = (FORMS.iter()).find_map(|form| NaiveDateTime::parse_from_str(even, form).ok())
    {
        return Some(at);
    }
    let day = chrono::NaiveDate::parse_from_str(even, "%Y-%m-%d").ok()?;
    Some(day.and_time(chrono::NaiveTime::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, zone: Tz) -> Result<String, String> {
        let parsed = instant(text, zone);
        let code = parsed.problem.map(|problem| problem.code);
        parsed
            .value
            .map(|at| at.to_rfc3339())
            .ok_or_else(|| code.unwrap_or_default())
    }

    #[test]
    fn a_time_without_zone_is_read_in_the_zone_of_the_import() {
        let shanghai = Tz::Asia__Shanghai;
        for text in [
            "2018-07-04 17:24:41",
            "2018/7/4 17:24:41",
            "2018年7月4日 17:24:41",
            "2018年7月4日17时24分41秒",
            "20180704172441",
            "２０１８-07-04T17:24:41",
            "2018-07-04 09:24:41 UTC",
            "2018-07-04T09:24:41Z",
            "2018-07-04T17:24:41+08:00",
            "07/04/2018 05:24:41 PM",
        ] {
            let found = read(text, shanghai);
            assert_eq!(found.as_deref(), Ok("2018-07-04T09:24:41+00:00"), "{text}");
        }
        let day = read("2018-07-04", shanghai);
        assert_eq!(day.as_deref(), Ok("2018-07-03T16:00:00+00:00"));
        let serial = read("43285.5", shanghai);
        assert_eq!(serial.as_deref(), Ok("2018-07-04T04:00:00+00:00"));
        assert_eq!(
            read("2018-07-04 17:24:41", Tz::America__Los_Angeles).as_deref(),
            Ok("2018-07-05T00:24:41+00:00")
        );
    }

    #[test]
    fn what_is_no_time_is_named_and_what_is_not_said_is_no_problem() {
        for text in [
            "2018-13-04 17:24:41",
            "2018-02-30",
            "25:61",
            "昨天",
            "07/04/2018",
        ] {
            assert_eq!(
                read(text, Tz::UTC),
                Err("time_unreadable".to_owned()),
                "{text}"
            );
        }
        let gap = read("2019-03-10 02:30:00", Tz::America__Los_Angeles);
        assert_eq!(gap, Err("time_impossible".to_owned()));
        for text in ["", "-", "未知"] {
            assert_eq!(read(text, Tz::UTC), Err(String::new()), "{text}");
        }
    }
}
