//! Issues (问题): what is wrong somewhere, who has it, since when, and how it ended.
//!
//! Pure: clocks, random bytes, settings and calendars are handed in. Invariant: an issue's `flow` is the
//! replay of its events; everything else is what was said when it was reported.

mod category;
mod event;
mod limit;
mod moves;
mod place;
mod record;
mod routing;
mod state;
mod words;

pub use category::{AnswerType, AnswerValue, Category, Question};
pub use event::IssueEvent;
pub use limit::{Limits, PriorityLimits, TimeLimit, TimeUnit};
pub use moves::{Capacity, Move, MoveKind, Mover, ReturnReason};
pub use place::Place;
pub use record::{Answers, DueTimes, Issue, Stamps};
pub use routing::{Owner, RoutingRule, RulePlace};
pub use state::{DeferRequest, IssueState, Pause, State, Step};
pub use words::{CityField, Level, Priority, Source};
