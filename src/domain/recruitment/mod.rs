//! Recruitment: who may become a keeper, and the steps on the way.
//!
//! Not appointments themselves: the last step makes one. Invariant: the state of a case is the replay of its steps,
//! which are only ever added to.

mod case;
mod eligibility;
mod flow;
#[cfg(test)]
mod flow_tests;
mod template;

pub use case::RecruitmentCase;
pub use eligibility::{Finding, MAX_AGE, Person, Verdict, Weight, age_on, eligibility, verdict};
pub use flow::{CaseState, Decider, Decision, Refusal, Replay, StepRow, check, overdue, replay};
pub use template::{StepKind, Template, TemplateFault, TemplateStep};
