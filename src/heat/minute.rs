//! Instants as minutes since 2000-01-01 00:00 UTC, in 32 bits.
//!
//! Not a calendar: time zones are an offset that the caller gives. Invariant: [`from_minute`] of [`to_minute`] is
//! the same instant with its seconds cut off.

use chrono::{DateTime, TimeDelta, Utc};

/// No instant: an issue without a time limit, or one that is not closed.
pub(super) const NEVER: u32 = u32::MAX;

/// 2000-01-01 00:00 UTC, seconds of the Unix epoch.
const EPOCH_S: i64 = 946_684_800;

/// The minute of an instant; `None` before 2000 and after the year 10165.
pub fn to_minute(instant: DateTime<Utc>) -> Option<u32> {
    let minutes = (instant.timestamp() - EPOCH_S).div_euclid(60);
    u32::try_from(minutes).ok().filter(|&m| m != NEVER)
}

/// The instant at which a minute begins.
pub fn from_minute(minute: u32) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(EPOCH_S + i64::from(minute) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_count_from_2000_and_cut_seconds_off() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        assert_eq!(to_minute(at("2000-01-01T00:00:59Z")), Some(0));
        assert_eq!(to_minute(at("2000-03-01T00:00:00Z")), Some(60 * 1440)); // 2000 is a leap year
        assert_eq!(to_minute(at("1999-12-31T23:59:59Z")), None);
        assert_eq!(from_minute(60 * 1440), at("2000-03-01T00:00:00Z"));
        assert_eq!(to_minute(from_minute(NEVER - 1)), Some(NEVER - 1));
        assert_eq!(to_minute(from_minute(NEVER)), None);
    }
}
