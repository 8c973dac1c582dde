//! Exceptions of an emergency (应急状态): what may be asked of keepers for a limited time, beyond the burden budget.
//!
//! Invariant: an exception has a reason and an end date; after that day it holds no longer, whatever the settings say.

use crate::config::{Config, Emergency};
use crate::services::Services;
use crate::services::error::{Error, Result};
use chrono::{Days, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

/// A visit needs a photo.
const VISIT_PHOTO: &str = "visit_photo";
/// Longest time that an exception may be set for, in days.
const LONGEST_DAYS: u64 = 92;

/// An exception that holds now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EmergencyView {
    /// `visit_photo`: a visit needs a photo.
    pub exception: String,
    /// Why.
    pub reason: String,
    /// Last day that it holds.
    pub until: NaiveDate,
}

/// What is asked of keepers beyond the forms of the pages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BurdenView {
    /// Day of the answer.
    pub as_of: NaiveDate,
    /// Exceptions that hold now, each with its last day; usually none.
    pub emergency: Vec<EmergencyView>,
}

/// Whether the exceptions of the settings may stand.
///
/// # Errors
/// `Invalid` for one that is not known, gives no reason, or lasts too long.
pub fn check_emergency(config: &Config, today: NaiveDate) -> Result<()> {
    for one in &config.emergency_mode {
        let latest = today
            .checked_add_days(Days::new(LONGEST_DAYS))
            .unwrap_or(today);
        if one.exception != VISIT_PHOTO {
            return Err(Error::invalid(
                "emergency_unknown",
                format!(
                    "emergency_mode 没有“{}”这一项；可用：{VISIT_PHOTO}",
                    one.exception
                ),
                format!(
                    "emergency_mode knows no exception `{}`; known: {VISIT_PHOTO}",
                    one.exception
                ),
            ));
        }
        if one.reason.trim().is_empty() || one.until > latest {
            return Err(Error::invalid(
                "emergency_unbounded",
                format!(
                    "emergency_mode 的例外要写明理由，截止日最晚 {latest}，给出的是 {}",
                    one.until
                ),
                format!(
                    "an exception of emergency_mode needs a reason and ends by {latest}; given: {}",
                    one.until
                ),
            ));
        }
    }
    Ok(())
}

fn in_force(exceptions: &[Emergency], today: NaiveDate) -> impl Iterator<Item = &Emergency> {
    exceptions.iter().filter(move |one| today <= one.until)
}

impl Services {
    /// What is asked of keepers beyond the forms, today.
    pub fn burden(&self) -> BurdenView {
        let as_of = self.today(self.now());
        let view = |one: &Emergency| EmergencyView {
            exception: one.exception.clone(),
            reason: one.reason.clone(),
            until: one.until,
        };
        BurdenView {
            as_of,
            emergency: in_force(&self.config().emergency_mode, as_of)
                .map(view)
                .collect(),
        }
    }

    /// Whether a visit needs a photo today.
    pub(super) fn visit_needs_photo(&self, today: NaiveDate) -> bool {
        in_force(&self.config().emergency_mode, today).any(|one| one.exception == VISIT_PHOTO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(exception: &str, reason: &str, until: NaiveDate) -> Config {
        Config {
            emergency_mode: vec![Emergency {
                exception: exception.to_owned(),
                reason: reason.to_owned(),
                until,
            }],
            ..Config::default()
        }
    }

    #[test]
    fn an_exception_has_a_reason_and_an_end_and_ends_by_itself() {
        let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
        let code =
            |config: &Config| check_emergency(config, day(7, 1)).map_err(|e| e.code().to_owned());
        let flood = with(VISIT_PHOTO, "防汛应急响应", day(7, 20));
        assert_eq!(code(&flood), Ok(()));
        assert_eq!(
            code(&with(VISIT_PHOTO, " ", day(7, 20))),
            Err("emergency_unbounded".into())
        );
        assert_eq!(
            code(&with(VISIT_PHOTO, "防汛", day(12, 1))),
            Err("emergency_unbounded".into())
        );
        assert_eq!(
            code(&with("tracks", "防汛", day(7, 20))),
            Err("emergency_unknown".into())
        );
        let holds = |today| in_force(&flood.emergency_mode, today).count();
        assert_eq!(
            [holds(day(7, 1)), holds(day(7, 20)), holds(day(7, 21))],
            [1, 1, 0]
        );
        // Without an end date there is no exception: the settings do not even parse.
        let file = tempfile::NamedTempFile::new().unwrap();
        let endless = "[[emergency_mode]]\nexception = \"visit_photo\"\nreason = \"防汛\"\n";
        std::fs::write(file.path(), endless).unwrap();
        let error = Config::load(Some(file.path())).unwrap_err();
        assert!(error.contains("until"), "{error}");
        std::fs::write(file.path(), format!("{endless}until = \"2026-07-20\"\n")).unwrap();
        let read = Config::load(Some(file.path())).unwrap();
        assert_eq!(read.emergency_mode[0].until, day(7, 20));
    }
}
