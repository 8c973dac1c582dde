//! Issues (问题): what is wrong somewhere, who has it, since when, and how it ended.
//!
//! Pure: clocks, random bytes, settings and calendars are handed in. Invariant: an issue's `flow` is the
//! replay of its events; everything else is what was said when it was reported.

mod calendar;
#[cfg(test)]
mod calendar_tests;
mod category;
mod category_tree;
mod event;
mod flow;
#[cfg(test)]
mod flow_tests;
mod kpi;
#[cfg(test)]
mod kpi_tests;
mod limit;
mod moves;
mod new_issue;
mod place;
mod record;
mod refusal;
mod routing;
mod settings;
mod state;
mod words;

pub use calendar::{
    CalendarData, CalendarYear, DayKind, HolidayRun, InvalidCalendar, Light, WorkCalendar,
};
pub use category::{AnswerType, AnswerValue, Category, Question};
pub use category_tree::{CategoryTree, InvalidTree};
pub use event::{Entry, IssueEvent, ReplayError, replay};
pub use flow::{
    MAX_TEXT_CHARS, SUPERVISED_FROM, Terms, adopt, advance, in_sample, legal, needs_another, open,
};
pub use kpi::{IssueFacts, Kpi, KpiCode, Period, kpis};
pub use limit::{Limits, PriorityLimits, TimeLimit, TimeUnit};
pub use moves::{Capacity, Move, MoveKind, Mover, ReturnReason};
pub use new_issue::{MAX_PHOTOS, NewIssue, issue_code, lookup_code};
pub use place::Place;
pub use record::{Answers, DueTimes, Issue, Stamps};
pub use refusal::Refusal;
pub use routing::{Owner, PlaceChain, Routed, RoutingRule, RulePlace, route};
pub use settings::FlowSettings;
pub use state::{DeferRequest, IssueState, Pause, State, Step};
pub use words::{CityField, Level, Priority, Source};
