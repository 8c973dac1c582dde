//! From application to appointment: which step is open, who may decide it, what comes of it.
//!
//! Invariant: nobody decides on their own case, no two of the recommending and reviewing steps are one person's, and
//! nothing is decided before its stage is open.

use super::{StepKind, Template, TemplateStep};
use crate::domain::ActorId;
use crate::domain::access::Role;
use crate::domain::text_enum::text_enum;
use chrono::{DateTime, Utc};

text_enum! {
    /// What somebody decided.
    pub enum Decision {
        /// On it goes.
        Approved => "approved", "通过";
        /// Not this person.
        Refused => "refused", "不通过";
        /// The person no longer wants it.
        Withdrawn => "withdrawn", "本人撤回";
        /// Set aside.
        Suspended => "suspended", "暂缓";
        /// Taken up again.
        Resumed => "resumed", "恢复";
    }
}

/// One row of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// Place in the record, from 1.
    pub seq: i32,
    /// The step that it is about; the open one for withdrawals and suspensions.
    pub step: String,
    /// What.
    pub decision: Decision,
    /// Who.
    pub actor: ActorId,
    /// Name at the time.
    pub actor_name: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why; may be empty.
    pub note: String,
}

text_enum! {
    /// Where a case stands.
    pub enum CaseState {
        /// Waits for a step.
        Open => "open", "进行中";
        /// Set aside.
        Suspended => "suspended", "暂缓";
        /// Ended without an appointment.
        Refused => "refused", "未通过";
        /// The person no longer wanted it.
        Withdrawn => "withdrawn", "已撤回";
        /// Every step was taken.
        Appointed => "appointed", "已任命";
    }
}

impl CaseState {
    /// Whether nothing follows.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Appointed)
    }
}

/// What the record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay<'a> {
    /// Where the case stands.
    pub state: CaseState,
    /// Steps that may be decided now; the steps that were open when a case ended.
    pub open: Vec<&'a TemplateStep>,
    /// Words of the steps that were taken.
    pub done: Vec<&'a str>,
    /// The step that was refused.
    pub refused: Option<&'a str>,
    /// The last row.
    pub last_at: Option<DateTime<Utc>>,
}

/// Replays a record.
pub fn replay<'a>(template: &'a Template, rows: &'a [StepRow]) -> Replay<'a> {
    let (mut done, mut state, mut refused) = (Vec::new(), CaseState::Open, None);
    for row in rows {
        match row.decision {
            Decision::Approved if template.step(&row.step).is_some() => {
                done.push(row.step.as_str());
            }
            Decision::Approved => {}
            Decision::Refused => {
                state = CaseState::Refused;
                refused = Some(row.step.as_str());
            }
            Decision::Withdrawn => state = CaseState::Withdrawn,
            Decision::Suspended => state = CaseState::Suspended,
            Decision::Resumed => state = CaseState::Open,
        }
    }
    let left = || {
        template
            .steps
            .iter()
            .filter(|step| !done.contains(&step.code.as_str()))
    };
    let stage = left().map(|step| step.stage).min();
    let open: Vec<&TemplateStep> = left().filter(|step| Some(step.stage) == stage).collect();
    if open.is_empty() && state == CaseState::Open {
        state = CaseState::Appointed;
    }
    Replay {
        state,
        open,
        done,
        refused,
        last_at: rows.last().map(|row| row.at),
    }
}

/// Whether an open case has waited longer than its template says; a reminder, never an end.
pub fn overdue(
    template: &Template,
    rows: &[StepRow],
    began: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    let replay = replay(template, rows);
    let since = replay.last_at.unwrap_or(began);
    replay.state == CaseState::Open
        && (now - since).num_days() > i64::from(template.remind_after_days)
}

/// Who wants to decide.
#[derive(Debug, Clone, Copy)]
pub struct Decider<'a> {
    /// Identity.
    pub actor: ActorId,
    /// Whether the case is about themselves.
    pub own: bool,
    /// Their roles at the place of the case.
    pub roles: &'a [Role],
}

/// Why a decision is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The template has no such step.
    UnknownStep,
    /// One's own case.
    OwnCase,
    /// It is somebody else's step.
    WrongRole(Role),
    /// The case is over.
    Over(CaseState),
    /// The case is set aside: resume it first.
    Suspended,
    /// Only what is suspended is resumed.
    NotSuspended,
    /// Another step is open.
    OutOfOrder(Vec<String>),
    /// The same person took another of the steps.
    SamePerson(String),
}

/// Whether a decision may be taken now.
///
/// # Errors
/// The first reason against it: who asks comes before when.
pub fn check(
    template: &Template,
    rows: &[StepRow],
    step: &str,
    decision: Decision,
    by: Decider<'_>,
) -> Result<(), Refusal> {
    let asked = template.step(step).ok_or(Refusal::UnknownStep)?;
    // Withdrawing is one's own; whoever keeps the case may note it for somebody.
    let withdraws = decision == Decision::Withdrawn;
    if by.own && !withdraws {
        return Err(Refusal::OwnCase);
    }
    if !(by.roles.contains(&asked.by) || (by.own && withdraws)) {
        return Err(Refusal::WrongRole(asked.by));
    }
    let replay = replay(template, rows);
    if replay.state.is_over() {
        return Err(Refusal::Over(replay.state));
    }
    if !replay.open.contains(&asked) {
        let open = replay.open.iter().map(|step| step.code.clone());
        return Err(Refusal::OutOfOrder(open.collect()));
    }
    match (decision, replay.state) {
        (Decision::Resumed, CaseState::Suspended) | (Decision::Withdrawn, _) => return Ok(()),
        (Decision::Resumed, _) => return Err(Refusal::NotSuspended),
        (_, CaseState::Suspended) => return Err(Refusal::Suspended),
        (Decision::Suspended, _) => return Ok(()),
        _ => {}
    }
    // Consent is the person's own, whoever writes it down.
    let weighs = |code: &str| {
        template
            .step(code)
            .is_some_and(|step| step.kind != StepKind::Consent)
    };
    let other = rows.iter().find(|row| {
        row.actor == by.actor
            && row.decision == Decision::Approved
            && weighs(&row.step)
            && template
                .step(&row.step)
                .is_some_and(|taken| taken.stage != asked.stage)
    });
    match other {
        Some(row) if weighs(step) => Err(Refusal::SamePerson(row.step.clone())),
        _ => Ok(()),
    }
}
