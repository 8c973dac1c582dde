//! Messages on their way: up to which event everything that leaves the house has left it.
//!
//! In memory; the cursor in the store follows it. Invariant: no event is told as settled while a message about it, or
//! about an earlier one, waits to be sent, so that a crash sends it again and loses nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Counts messages by the number of their event.
#[derive(Debug, Default)]
pub struct Outstanding {
    waiting: Mutex<BTreeMap<i64, u32>>,
    settled: Notify,
}

impl Outstanding {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<i64, u32>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message about an event is to be sent.
    pub fn begin(&self, feed: i64) {
        *self.waiting().entry(feed).or_default() += 1;
    }

    /// It arrived, or was given up.
    pub fn end(&self, feed: i64) {
        let mut waiting = self.waiting();
        if let Some(n) = waiting.get_mut(&feed) {
            *n -= 1;
            if *n == 0 {
                waiting.remove(&feed);
            }
        }
        if waiting.is_empty() {
            self.settled.notify_one();
        }
    }

    /// The last event up to which nothing waits, when events up to `told_to` were looked at.
    pub fn settled_to(&self, told_to: i64) -> i64 {
        let first = self.waiting().keys().next().copied();
        first.map_or(told_to, |first| told_to.min(first - 1))
    }

    /// Returns when nothing waits any more; at once when that happened since the last call.
    pub async fn settled(&self) {
        self.settled.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cursor_waits_for_the_slowest_message() {
        let out = Outstanding::default();
        assert_eq!(out.settled_to(7), 7);
        out.begin(3);
        out.begin(5);
        out.begin(3);
        assert_eq!(out.settled_to(7), 2);
        out.end(5);
        out.end(3);
        assert_eq!(out.settled_to(7), 2, "one of two about event 3 still waits");
        out.end(3);
        assert_eq!(out.settled_to(7), 7);
    }

    proptest! {
        #[test]
        fn whatever_waits_is_beyond_the_cursor(events in prop::collection::vec((1..30_i64, any::<bool>()), 0..60)) {
            let (out, mut waiting) = (Outstanding::default(), Vec::new());
            for (feed, sent) in events {
                out.begin(feed);
                if sent { out.end(feed) } else { waiting.push(feed) }
            }
            let at = out.settled_to(30);
            prop_assert!(waiting.iter().all(|feed| *feed > at));
            prop_assert_eq!(at, waiting.iter().min().map_or(30, |first| first - 1));
        }
    }
}
