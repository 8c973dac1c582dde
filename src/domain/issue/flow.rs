//! The state machine of issues (`domain.md` §5.3): which moves are legal, and what each leaves behind.
//!
//! Not who has the right to a move (`access`), nor the clocks (`calendar`). Invariant: what was disposed of
//! is closed only after somebody else than the disposer found it done.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::{
    Capacity, DeferRequest, IssueState, Level, Move, MoveKind, Mover, Owner, Pause, Refusal,
    ReturnReason, State,
};
use crate::domain::IssueId;

/// Longest text of an issue or a move, in characters.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// From this rework on, an issue is an item of supervision.
pub const SUPERVISED_FROM: u32 = 3;

/// From this return on, the arbitrator decides instead of another owner being tried.
const ARBITRATED_FROM: u32 = 2;

/// What clock, calendar and settings say about one move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when the owner may return it; `None` = no limit.
    pub return_until: Option<DateTime<Utc>>,
    /// Until when the reporter may reopen it; `None` = no limit.
    pub reopen_until: Option<DateTime<Utc>>,
    /// Whether it is inspected in case it is self-solved, see [`in_sample`].
    pub sampled: bool,
}

/// Whether a self-solved issue falls into the sample of `rate_bp` in 10,000. Follows from the id alone, so
/// nobody can choose, and asking again gives the same answer.
pub fn in_sample(issue: IssueId, rate_bp: u16) -> bool {
    let hash = Sha256::digest(issue.uuid().as_bytes());
    let draw = u64::from_be_bytes(*hash.first_chunk().expect("32 bytes hold 8")) % 10_000;
    draw < u64::from(rate_bp)
}

/// The state of an issue that comes into being at `now`.
pub fn open(
    issue: IssueId,
    state: State,
    level: Option<Level>,
    closed_at: Option<DateTime<Utc>>,
    owner: Option<Owner>,
    now: DateTime<Utc>,
) -> IssueState {
    let told = !matches!(state, State::Found | State::SelfDone);
    IssueState {
        issue,
        state,
        seq: 1,
        since: now,
        reported_at: told.then_some(now),
        acknowledged_at: None,
        owner,
        rule: None,
        dispatched_at: None,
        dispatches: 0,
        returns: 0,
        bound: false,
        disposer: None,
        inspected_by: None,
        inspections: 0,
        reworks: 0,
        supervised: false,
        defer_asked: None,
        before_defer: None,
        pauses: Vec::new(),
        red_ink: false,
        self_solved: level == Some(Level::Own),
        sample_due: false,
        level,
        closed_at: closed_at.filter(|_| state == State::Closed),
        first_closed_at: closed_at.filter(|_| state == State::Closed),
        first_reopened_at: None,
        reopened: 0,
        merged_into: None,
        adopted: 0,
    }
}

/// The state of an issue after the system that it came from told anew where it stands; `None` once somebody moved
/// it here: what is done here counts.
pub fn adopt(
    before: &IssueState,
    state: State,
    level: Option<Level>,
    closed_at: Option<DateTime<Utc>>,
    owner: Option<Owner>,
    now: DateTime<Utc>,
) -> Option<IssueState> {
    let told = before.reported_at;
    before.untouched().then(|| IssueState {
        seq: before.seq + 1,
        adopted: before.adopted + 1,
        reported_at: told,
        since: if state == before.state {
            before.since
        } else {
            now
        },
        ..open(before.issue, state, level, closed_at, owner, now)
    })
}

/// The moves that the machine allows, whoever makes them.
pub fn legal(issue: &IssueState) -> Vec<MoveKind> {
    use MoveKind as M;
    let deferral: &[M] = match issue.defer_asked {
        Some(_) => &[M::ApproveDefer, M::RefuseDefer],
        None => &[M::AskDefer],
    };
    let when = |yes: bool, kind: M| yes.then_some(kind);
    match issue.state {
        State::Found => vec![M::Report, M::SolveSelf, M::Merge, M::Reject, M::Cancel],
        State::Reported => when(issue.acknowledged_at.is_none(), M::Acknowledge)
            .into_iter()
            .chain([M::Coordinate, M::Merge, M::Reject, M::Cancel])
            .collect(),
        State::Coordinating => [&[M::Dispatch, M::Escalate], deferral, &[M::Cancel]].concat(),
        State::Disposing => [M::Complete]
            .into_iter()
            .chain(when(!issue.bound, M::Return))
            .chain(deferral.iter().copied())
            .collect(),
        State::Returned | State::Reopened => vec![M::Coordinate],
        State::Arbitration => vec![M::Arbitrate],
        State::Deferred | State::Rework => vec![M::Resume],
        State::Inspecting if issue.inspected_by.is_some() => vec![M::Close],
        State::Inspecting => vec![M::InspectPass, M::InspectFail],
        State::Closed if issue.sample_due => vec![M::InspectPass, M::InspectFail, M::Reopen],
        State::Closed => vec![M::Reopen],
        State::Escalated => vec![M::Dispatch, M::Answer],
        State::SelfDone | State::Answered => vec![M::Close],
        State::Merged | State::Rejected | State::Cancelled => Vec::new(),
    }
}

/// Makes a move, or says why not. The move must be legal, its texts there, its person the right one and its
/// time not over; they are checked in this order.
pub fn advance(
    before: &IssueState,
    made: &Move,
    mover: &Mover,
    terms: &Terms,
) -> Result<IssueState, Refusal> {
    let legal = legal(before);
    if !legal.contains(&made.kind()) {
        return Err(Refusal::Illegal {
            state: before.state,
            asked: made.kind(),
            legal,
        });
    }
    check_input(before, made, terms.now)?;
    check_person(before, made, mover)?;
    check_time(made, mover, terms)?;
    let mut after = before.clone();
    after.seq += 1;
    apply(&mut after, made, mover, terms);
    if after.state != before.state {
        after.since = terms.now;
        after.defer_asked = None;
    }
    Ok(after)
}

fn apply(issue: &mut IssueState, made: &Move, mover: &Mover, terms: &Terms) {
    let now = terms.now;
    if made.red_text().is_some_and(|text| !text.trim().is_empty()) {
        issue.red_ink = true;
    }
    match made {
        // Legal nowhere: an issue comes into being once, by `open`, and files speak by `adopt`.
        Move::Open { .. } | Move::Adopt { .. } => {}
        Move::Report => {
            issue.state = State::Reported;
            issue.reported_at = Some(now);
        }
        Move::SolveSelf { .. } => {
            issue.state = State::SelfDone;
            issue.self_solved = true;
            issue.level = Some(Level::Own);
            issue.disposer = Some(mover.actor);
            issue.sample_due = terms.sampled;
        }
        Move::Acknowledge => issue.acknowledged_at = Some(now),
        Move::Coordinate => {
            issue.state = State::Coordinating;
            issue.acknowledged_at.get_or_insert(now);
        }
        Move::Dispatch { owner, rule } => {
            hand_to(issue, owner, now);
            issue.rule = *rule;
            issue.bound = false;
        }
        Move::Arbitrate { owner, .. } => {
            hand_to(issue, owner, now);
            issue.rule = None;
            issue.bound = true;
        }
        Move::Complete { .. } => {
            issue.state = State::Inspecting;
            issue.disposer = Some(mover.actor);
            issue.inspected_by = None;
        }
        Move::Return { .. } => {
            issue.returns += 1;
            issue.state = if issue.returns >= ARBITRATED_FROM {
                State::Arbitration
            } else {
                State::Returned
            };
        }
        Move::AskDefer { until, reason } => {
            issue.defer_asked = Some(DeferRequest {
                by: mover.actor,
                at: now,
                until: *until,
                reason: reason.clone(),
            });
        }
        Move::ApproveDefer => {
            if let Some(request) = issue.defer_asked.take() {
                let until = request.until;
                issue.pauses.push(Pause { from: now, until });
            }
            issue.before_defer = Some(issue.state);
            issue.state = State::Deferred;
        }
        Move::RefuseDefer { .. } => issue.defer_asked = None,
        Move::Resume => {
            let from_deferral = issue.state == State::Deferred;
            if let Some(pause) = issue.pauses.last_mut().filter(|_| from_deferral) {
                pause.until = pause.until.min(now);
            }
            issue.state = issue.before_defer.take().unwrap_or(State::Disposing);
        }
        Move::InspectPass { .. } => {
            issue.inspections += 1;
            issue.inspected_by = Some(mover.actor);
            issue.sample_due = false;
        }
        Move::InspectFail { .. } => {
            issue.inspections += 1;
            issue.reworks += 1;
            issue.supervised |= issue.reworks >= SUPERVISED_FROM;
            if issue.state == State::Closed {
                reopen(issue, now);
            } else {
                issue.state = State::Rework;
                issue.red_ink = false;
            }
        }
        Move::Close { level, .. } => {
            issue.state = State::Closed;
            issue.closed_at = Some(now);
            issue.first_closed_at.get_or_insert(now);
            issue.level = level.or(issue.level);
        }
        Move::Reopen { .. } => reopen(issue, now),
        Move::Escalate { .. } => issue.state = State::Escalated,
        Move::Answer { .. } => {
            issue.state = State::Answered;
            issue.disposer = Some(mover.actor);
        }
        Move::Merge { into } => {
            issue.state = State::Merged;
            issue.merged_into = Some(*into);
        }
        Move::Reject { .. } => issue.state = State::Rejected,
        Move::Cancel { .. } => issue.state = State::Cancelled,
    }
}

fn hand_to(issue: &mut IssueState, owner: &super::Owner, now: DateTime<Utc>) {
    issue.state = State::Disposing;
    issue.owner = Some(owner.clone());
    issue.dispatched_at = Some(now);
    issue.dispatches += 1;
}

/// What was found and written before does not count for the next closing.
fn reopen(issue: &mut IssueState, now: DateTime<Utc>) {
    issue.state = State::Reopened;
    issue.reopened += 1;
    issue.first_reopened_at.get_or_insert(now);
    issue.closed_at = None;
    issue.red_ink = false;
    issue.inspected_by = None;
    issue.self_solved = false;
    issue.sample_due = false;
    issue.level = None;
    issue.reported_at.get_or_insert(issue.since);
}

fn check_input(before: &IssueState, made: &Move, now: DateTime<Utc>) -> Result<(), Refusal> {
    match made {
        Move::SolveSelf { red_text } | Move::Answer { red_text } => required("red_text", red_text),
        Move::Complete {
            red_text: Some(text),
        }
        | Move::Close {
            red_text: Some(text),
            ..
        } => required("red_text", text),
        Move::Close { red_text: None, .. } if !before.red_ink => required("red_text", ""),
        Move::Dispatch { owner, .. } => required("owner", &owner.code),
        Move::Arbitrate { owner, reason } => {
            required("owner", &owner.code)?;
            required("reason", reason)
        }
        Move::Return { reason, note } => match note {
            Some(note) => required("note", note),
            None if *reason == ReturnReason::Other => required("note", ""),
            None => Ok(()),
        },
        Move::AskDefer { until, reason } => {
            in_future(*until, now)?;
            required("reason", reason)
        }
        Move::ApproveDefer => before
            .defer_asked
            .as_ref()
            .map_or(Ok(()), |request| in_future(request.until, now)),
        Move::InspectPass { note: Some(note) } => required("note", note),
        Move::Escalate { to, reason } => {
            required("to", to)?;
            required("reason", reason)
        }
        Move::RefuseDefer { reason }
        | Move::InspectFail { reason }
        | Move::Reopen { reason }
        | Move::Reject { reason }
        | Move::Cancel { reason } => required("reason", reason),
        Move::Merge { into } if *into == before.issue => Err(Refusal::BadInput {
            field: "into",
            zh: "不能并入自身；请选另一件问题。".to_owned(),
            en: "an issue cannot be merged into itself; choose another one".to_owned(),
        }),
        _ => Ok(()),
    }
}

fn required(field: &'static str, text: &str) -> Result<(), Refusal> {
    let chars = text.chars().count();
    let (zh, en) = if text.trim().is_empty() {
        (
            format!("缺少{}；请填写。", label(field)),
            format!("`{field}` is missing; write it"),
        )
    } else if chars > MAX_TEXT_CHARS {
        (
            format!(
                "{}有 {chars} 个字，最多 {MAX_TEXT_CHARS} 个；请缩短。",
                label(field)
            ),
            format!("`{field}` has {chars} characters, {MAX_TEXT_CHARS} at most; shorten it"),
        )
    } else {
        return Ok(());
    };
    Err(Refusal::BadInput { field, zh, en })
}

fn label(field: &str) -> &'static str {
    match field {
        "red_text" => "处理结果（红字）",
        "owner" => "责任单位",
        "note" => "说明",
        "to" => "上报对象",
        _ => "理由",
    }
}

fn in_future(until: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Refusal> {
    if until > now {
        return Ok(());
    }
    Err(Refusal::BadInput {
        field: "until",
        zh: "缓办到期时间已过；请重新申请，填将来的时间。".to_owned(),
        en: "the deferral would end in the past; ask again with a time to come".to_owned(),
    })
}

/// Whether a move needs somebody else than this person: the disposer does not inspect, nobody approves his own ask.
pub fn needs_another(before: &IssueState, kind: MoveKind, actor: crate::domain::ActorId) -> bool {
    another(before, kind, actor).is_some()
}

fn another(
    before: &IssueState,
    kind: MoveKind,
    actor: crate::domain::ActorId,
) -> Option<(&'static str, &'static str)> {
    let is = |who: Option<crate::domain::ActorId>| who == Some(actor);
    match kind {
        MoveKind::InspectPass | MoveKind::InspectFail if is(before.disposer) => Some((
            "督查人不能是处置人；请由他人督查。",
            "the disposer cannot inspect; somebody else must",
        )),
        MoveKind::Close if before.state == State::Answered && is(before.disposer) => Some((
            "答复人不能自行销号；请由他人销号。",
            "who answered cannot close; somebody else must",
        )),
        MoveKind::ApproveDefer if is(before.defer_asked.as_ref().map(|request| request.by)) => {
            Some((
                "不能批准自己的缓办申请；请由他人批准。",
                "nobody approves his own deferral; somebody else must",
            ))
        }
        _ => None,
    }
}

fn check_person(before: &IssueState, made: &Move, mover: &Mover) -> Result<(), Refusal> {
    match another(before, made.kind(), mover.actor) {
        Some((zh, en)) => Err(Refusal::SamePerson { zh, en }),
        None => Ok(()),
    }
}

fn check_time(made: &Move, mover: &Mover, terms: &Terms) -> Result<(), Refusal> {
    let until = match (made, mover.capacity) {
        (Move::Return { .. }, _) => terms.return_until,
        (Move::Reopen { .. }, Capacity::Reporter) => terms.reopen_until,
        (Move::Reopen { .. }, Capacity::Staff) => {
            return Err(Refusal::WrongCapacity {
                zh: "只有反映人或督查人员可以重开；请转告他们。",
                en: "only the reporter or an inspector reopens an issue; tell them",
            });
        }
        _ => None,
    };
    match until {
        Some(until) if terms.now > until => Err(Refusal::TooLate {
            asked: made.kind(),
            until,
        }),
        _ => Ok(()),
    }
}
