//! Time limits: so many working hours, working days, hours or days.
//!
//! Not the calendar they are counted in (`calendar`). Invariant: an amount is at least 1.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::Priority;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// What a limit counts.
    pub enum TimeUnit {
        /// Hours of work.
        WorkingHours => "working_hours", "工作小时";
        /// Workdays: until the end of work on the n-th workday after the day it starts.
        WorkingDays => "working_days", "工作日";
        /// Hours by the clock.
        Hours => "hours", "小时";
        /// Days: until the end of the n-th day after the day it starts.
        Days => "days", "天";
    }
}

/// A time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeLimit {
    /// How many.
    pub amount: NonZeroU16,
    /// Of what.
    pub unit: TimeUnit,
}

/// One limit per priority; `None` = no limit is set, which is not the same as never late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorityLimits {
    /// For urgent issues.
    pub urgent: Option<TimeLimit>,
    /// For high priority.
    pub high: Option<TimeLimit>,
    /// For normal priority.
    pub normal: Option<TimeLimit>,
    /// For low priority.
    pub low: Option<TimeLimit>,
}

impl PriorityLimits {
    /// The limit of a priority.
    pub const fn of(&self, priority: Priority) -> Option<TimeLimit> {
        match priority {
            Priority::Urgent => self.urgent,
            Priority::High => self.high,
            Priority::Normal => self.normal,
            Priority::Low => self.low,
        }
    }
}

/// The two limits of a category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// From `reported` to the acknowledgement.
    pub acknowledge: PriorityLimits,
    /// From the first report to closing.
    pub dispose: PriorityLimits,
}
