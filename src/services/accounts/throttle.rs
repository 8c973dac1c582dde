//! How often somebody may try a password: by account, by address, and by a browser that was known before.
//!
//! Ten failures in 15 minutes close an account to strangers. The owner is not locked out: a browser that signed in
//! before counts apart (OWASP, "device cookies"). Invariant: at most ten tries of a key in any 15 minutes.

use chrono::{DateTime, Duration, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

/// Tries of one key …
pub const TRIES: usize = 10;
/// … in so many minutes.
pub const WINDOW_MINUTES: i64 = 15;
/// Keys that are remembered; the oldest are forgotten.
const MOST_KEYS: usize = 100_000;

/// Sliding windows of failures.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>,
}

impl Throttle {
    /// Takes a try of `key` before it is made; the seconds to wait when there is none left.
    ///
    /// # Errors
    /// Seconds until the next try.
    pub fn take(&self, key: &str, most: usize, now: DateTime<Utc>) -> Result<(), u32> {
        let window = Duration::minutes(WINDOW_MINUTES);
        let mut all = self
            .failures
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if all.len() >= MOST_KEYS && !all.contains_key(key) {
            all.retain(|_, tries| tries.back().is_some_and(|last| *last > now - window));
        }
        let tries = all.entry(key.to_owned()).or_default();
        while tries.front().is_some_and(|first| *first <= now - window) {
            tries.pop_front();
        }
        if tries.len() >= most {
            let again = tries.front().map_or(window, |first| *first + window - now);
            return Err(again.num_seconds().clamp(1, WINDOW_MINUTES * 60) as u32);
        }
        tries.push_back(now);
        Ok(())
    }

    /// Takes the last try of a key back: it was the right password, but others of the same key may fail.
    pub fn give_back(&self, key: &str) {
        let mut all = self
            .failures
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(tries) = all.get_mut(key) {
            tries.pop_back();
        }
    }

    /// Forgets the tries of a key: it was the right password.
    pub fn forget(&self, key: &str) {
        self.failures
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_guesses_get_ten_tries_in_any_fifteen_minutes() {
        let throttle = Throttle::default();
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let taken: Vec<i64> = (0..1000)
            .map(|i| i * 5)
            .filter(|s| {
                throttle
                    .take("a", TRIES, start + Duration::seconds(*s))
                    .is_ok()
            })
            .collect();
        for at in &taken {
            let in_window = taken
                .iter()
                .filter(|t| (*at..at + WINDOW_MINUTES * 60).contains(t));
            assert!(in_window.count() <= TRIES);
        }
        assert!(throttle.take("b", TRIES, start).is_ok(), "others are free");
    }

    #[test]
    fn the_wait_is_said_and_success_clears() {
        let throttle = Throttle::default();
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        for _ in 0..TRIES {
            throttle.take("a", TRIES, now).unwrap();
        }
        assert_eq!(
            throttle.take("a", TRIES, now + Duration::minutes(5)),
            Err(600)
        );
        throttle.forget("a");
        assert!(throttle.take("a", TRIES, now).is_ok());
    }
}
