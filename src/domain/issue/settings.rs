//! Settings of the state machine, and the terms of a move that follow from them.
//!
//! Not the limits of categories (`limit`). Invariant: every default is that of `domain.md` §5.4 or said here.

use std::num::NonZeroU16;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::{IssueState, Light, State, Terms, TimeLimit, TimeUnit, WorkCalendar, in_sample};

/// What a street can change about how issues move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FlowSettings {
    /// Share of the self-solved issues that are inspected, in basis points; 10 %.
    pub sample_bp: u16,
    /// Days in which a reporter may reopen; 30, the days of the reopen rate.
    pub reopen_days: u16,
    /// In which an owner may return an issue, from dispatch; 8 working hours, one day of work.
    pub return_limit: Option<TimeLimit>,
    /// In which an arbitrator decides; 2 workdays.
    pub arbitration_limit: Option<TimeLimit>,
}

impl Default for FlowSettings {
    fn default() -> Self {
        let limit = |amount, unit| NonZeroU16::new(amount).map(|amount| TimeLimit { amount, unit });
        Self {
            sample_bp: 1_000,
            reopen_days: 30,
            return_limit: limit(8, TimeUnit::WorkingHours),
            arbitration_limit: limit(2, TimeUnit::WorkingDays),
        }
    }
}

impl FlowSettings {
    /// The terms of a move of `issue` at `now`.
    pub fn terms(&self, issue: &IssueState, calendar: &WorkCalendar, now: DateTime<Utc>) -> Terms {
        let return_until = self.return_limit.zip(issue.dispatched_at);
        Terms {
            now,
            return_until: return_until
                .map(|(limit, start)| calendar.due(start, limit, &issue.pauses)),
            reopen_until: issue
                .closed_at
                .map(|closed| closed + Duration::days(i64::from(self.reopen_days))),
            sampled: in_sample(issue.issue, self.sample_bp),
        }
    }

    /// The light of the arbitrator's clock; `None` unless the issue waits for arbitration.
    pub fn arbitration_light(
        &self,
        issue: &IssueState,
        calendar: &WorkCalendar,
        now: DateTime<Utc>,
    ) -> Option<Light> {
        (issue.state == State::Arbitration)
            .then(|| calendar.light(issue.since, self.arbitration_limit, &[], now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::IssueId;
    use crate::domain::issue::open;

    #[test]
    fn terms_follow_from_settings_and_calendar() {
        let at = |text: &str| format!("{text}:00+08:00").parse::<DateTime<Utc>>().unwrap();
        let calendar = WorkCalendar::china();
        let settings = FlowSettings::default();
        let id = IssueId::new(uuid::Uuid::from_u128(1));
        let mut issue = open(
            id,
            State::Disposing,
            None,
            None,
            None,
            at("2026-11-27T10:00"),
        );
        let now = at("2026-11-27T11:00");
        assert_eq!(settings.terms(&issue, &calendar, now).return_until, None);
        issue.dispatched_at = Some(at("2026-11-27T10:00"));
        issue.closed_at = Some(now);
        let terms = settings.terms(&issue, &calendar, now);
        // Friday 10:00 and 8 working hours: Monday 10:00.
        assert_eq!(terms.return_until, Some(at("2026-11-30T10:00")));
        assert_eq!(terms.reopen_until, Some(at("2026-12-27T11:00")));
        assert_eq!(settings.arbitration_light(&issue, &calendar, now), None);
        issue.state = State::Arbitration;
        // Two workdays after Friday end on Tuesday.
        for (at_time, light) in [
            ("2026-11-27T18:00", Light::Green),
            ("2026-12-01T18:00", Light::Amber),
            ("2026-12-01T18:01", Light::Red),
        ] {
            let found = settings.arbitration_light(&issue, &calendar, at(at_time));
            assert_eq!(found, Some(light), "{at_time}");
        }
    }
}
