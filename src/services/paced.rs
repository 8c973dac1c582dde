//! News of the optimizer at most ten times a second.
//!
//! The engine has no clock, so the pace is kept here, for jobs and for the terminal alike.
//! Invariant: a new phase, and so the end, is always reported.

use crate::districting::{Phase, Progress, ProgressReport};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two reports of one phase.
const PACE: Duration = Duration::from_millis(100);

/// Passes on what a [`Progress`] should hear.
pub(super) struct Paced<'a> {
    inner: &'a dyn Progress,
    last: Mutex<Option<(Instant, Phase)>>,
}

impl<'a> Paced<'a> {
    pub(super) fn new(inner: &'a dyn Progress) -> Self {
        let last = Mutex::new(None);
        Self { inner, last }
    }
}

impl Progress for Paced<'_> {
    fn report(&self, report: &ProgressReport) {
        let now = Instant::now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|(at, phase)| phase != report.phase || now >= at + PACE);
        if due {
            *last = Some((now, report.phase));
            self.inner.report(report);
        }
    }

    fn cancelled(&self) -> bool {
        self.inner.cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<(Phase, usize)>>);

    impl Progress for Heard {
        fn report(&self, report: &ProgressReport) {
            self.0
                .lock()
                .unwrap()
                .push((report.phase, report.done_zones));
        }
        fn cancelled(&self) -> bool {
            true
        }
    }

    #[test]
    fn a_flood_of_reports_becomes_few_and_no_phase_is_lost() {
        let heard = Heard::default();
        let paced = Paced::new(&heard);
        let began = Instant::now();
        for phase in [Phase::Divide, Phase::Improve, Phase::Done] {
            for done_zones in 0..1000 {
                paced.report(&ProgressReport {
                    done_zones,
                    zones: 1000,
                    worst_deviation_bp: 0,
                    areas_out_of_band: 0,
                    phase,
                    improved: None,
                });
            }
        }
        let most = 3 + began.elapsed().as_millis() as usize / 100;
        assert!(paced.cancelled());
        let heard = heard.0.into_inner().unwrap();
        assert!(heard.len() <= most, "{heard:?}");
        for phase in [Phase::Divide, Phase::Improve, Phase::Done] {
            assert!(heard.contains(&(phase, 0)), "{heard:?}");
        }
    }
}
