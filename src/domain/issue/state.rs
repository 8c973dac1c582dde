//! Where an issue stands: the six steps with their side states, and what the moves so far have left behind.
//!
//! Not the moves (`moves`) or what they do (`flow`). Invariant: an `IssueState` is what its events make it;
//! nothing in it is set from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Level, Owner};
use crate::domain::text_enum::text_enum;
use crate::domain::{ActorId, IssueId, RoutingRuleId};

text_enum! {
    /// The six steps 巡查—反馈—协调—处置—督查—销号 (`domain.md` M07).
    pub enum Step {
        /// Patrol: somebody finds it.
        Patrol => "patrol", "巡查";
        /// Report to the secretary.
        Report => "report", "反馈";
        /// Coordination: who is responsible?
        Coordinate => "coordinate", "协调";
        /// Disposal by the owner.
        Dispose => "dispose", "处置";
        /// Inspection by another.
        Inspect => "inspect", "督查";
        /// Closing.
        Close => "close", "销号";
    }
}

text_enum! {
    /// State of an issue (`domain.md` §5.3).
    pub enum State {
        /// Found, told nobody yet.
        Found => "found", "发现";
        /// Solved on the spot, not yet closed.
        SelfDone => "self_done", "自行解决";
        /// Told to the secretary.
        Reported => "reported", "反馈";
        /// An owner is being looked for.
        Coordinating => "coordinating", "协调";
        /// The owner works on it.
        Disposing => "disposing", "处置";
        /// The owner gave it back.
        Returned => "returned", "退回";
        /// Given back twice: the arbitrator decides.
        Arbitration => "arbitration", "裁定";
        /// Put off with approval; no clock runs.
        Deferred => "deferred", "缓办";
        /// Done, says the owner; another looks.
        Inspecting => "inspecting", "督查";
        /// Not done, says the inspector.
        Rework => "rework", "返工";
        /// Closed.
        Closed => "closed", "销号";
        /// Closed and opened again.
        Reopened => "reopened", "重开";
        /// Handed upward: deputies, 3+X, a higher body.
        Escalated => "escalated", "上报";
        /// Answered from above.
        Answered => "answered", "已答复";
        /// The same as another issue.
        Merged => "merged", "合并";
        /// Not ours to handle.
        Rejected => "rejected", "不予受理";
        /// Taken back.
        Cancelled => "cancelled", "撤销";
    }
}

impl State {
    /// The step that the state belongs to.
    pub const fn step(self) -> Step {
        match self {
            Self::Found => Step::Patrol,
            Self::Reported => Step::Report,
            Self::Coordinating
            | Self::Returned
            | Self::Arbitration
            | Self::Reopened
            | Self::Escalated
            | Self::Answered => Step::Coordinate,
            Self::Disposing | Self::Deferred | Self::Rework | Self::SelfDone => Step::Dispose,
            Self::Inspecting => Step::Inspect,
            Self::Closed | Self::Merged | Self::Rejected | Self::Cancelled => Step::Close,
        }
    }

    /// Whether nothing is left to do: what Open311 calls `closed`.
    pub const fn is_terminal(self) -> bool {
        matches!(self.step(), Step::Close)
    }
}

/// A time in which the clock stood still: from (included) until (not included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// When it was put off.
    pub from: DateTime<Utc>,
    /// Until when; the day agreed, or earlier when work went on earlier.
    pub until: DateTime<Utc>,
}

impl Pause {
    /// Whether the clock stands still at `at`.
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// A deferral that was asked for and not yet decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeferRequest {
    /// Who asked; somebody else must approve.
    pub by: ActorId,
    /// When.
    pub at: DateTime<Utc>,
    /// Until when it shall be put off.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Where one issue stands: the fold of its events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssueState {
    /// The issue.
    pub issue: IssueId,
    /// State.
    pub state: State,
    /// Events so far; the next event has the number `seq + 1`.
    pub seq: u32,
    /// When it came into this state.
    pub since: DateTime<Utc>,
    /// When it was told to the secretary: the clock of the acknowledgement starts.
    pub reported_at: Option<DateTime<Utc>>,
    /// When the secretary acknowledged it.
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// The body that has it or had it last.
    pub owner: Option<Owner>,
    /// The rule that chose the owner; `None` when a person chose.
    pub rule: Option<RoutingRuleId>,
    /// When the owner got it: the clocks of return and disposal start.
    pub dispatched_at: Option<DateTime<Utc>>,
    /// Times that an owner got it, arbitration included.
    pub dispatches: u32,
    /// Times that an owner gave it back.
    pub returns: u32,
    /// Whether the owner was named by arbitration and cannot return it.
    pub bound: bool,
    /// Who says it is done, or answered it: never the one who inspects or closes.
    pub disposer: Option<ActorId>,
    /// Who found it done; `None` until an inspection was passed.
    pub inspected_by: Option<ActorId>,
    /// Inspections made, passed or not.
    pub inspections: u32,
    /// Inspections failed; what the rework rate counts.
    pub reworks: u32,
    /// Whether the third rework made it an item of supervision.
    pub supervised: bool,
    /// A deferral that waits for a decision.
    pub defer_asked: Option<DeferRequest>,
    /// The state to go back to after a deferral.
    pub before_defer: Option<State>,
    /// Times in which the clock stood still.
    pub pauses: Vec<Pause>,
    /// Whether the result was written (red ink).
    pub red_ink: bool,
    /// Whether the keeper solved it alone.
    pub self_solved: bool,
    /// Whether it is in the sample of self-solved issues that is inspected after closing and was not yet.
    pub sample_due: bool,
    /// At which level it was resolved; `None` while that is unknown.
    pub level: Option<Level>,
    /// When it was closed last; `None` while it is open, or when an import did not know.
    pub closed_at: Option<DateTime<Utc>>,
    /// When it was closed for the first time, even if it is open again.
    pub first_closed_at: Option<DateTime<Utc>>,
    /// When it was opened again for the first time.
    pub first_reopened_at: Option<DateTime<Utc>>,
    /// Times that it was opened again.
    pub reopened: u32,
    /// The issue that this one was merged into.
    pub merged_into: Option<IssueId>,
    /// Times that the system it came from said where it stands.
    #[serde(default)]
    pub adopted: u32,
}

impl IssueState {
    /// Whether nothing happened to it here: all that is known comes from the system that it came from.
    pub const fn untouched(&self) -> bool {
        self.seq == 1 + self.adopted
    }

    /// Whether it is put off at `at`: its deferral is approved and not yet over.
    pub fn deferred_at(&self, at: DateTime<Utc>) -> bool {
        self.pauses.iter().any(|pause| pause.covers(at))
    }
}
