//! The moves: what somebody can do with an issue, as it is asked for and as it is stored.
//!
//! Not whether it is allowed (`flow`). Invariant: `Move` and `MoveKind` name the same verbs, and serde tags
//! a move by the word of its kind (`move`).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Level, Owner, State};
use crate::domain::text_enum::text_enum;
use crate::domain::{ActorId, IssueId, RoutingRuleId};

text_enum! {
    /// The verb of a move.
    pub enum MoveKind {
        /// The issue comes into being.
        Open => "open", "登记";
        /// The system that it came from says where it stands now.
        Adopt => "adopt", "外部更新";
        /// Tell the secretary.
        Report => "report", "反馈";
        /// Solve it on the spot.
        SolveSelf => "solve_self", "自行解决";
        /// The secretary has seen it.
        Acknowledge => "acknowledge", "受理";
        /// Look for the owner.
        Coordinate => "coordinate", "协调";
        /// Name the owner.
        Dispatch => "dispatch", "派单";
        /// The owner says it is done.
        Complete => "complete", "办结报验";
        /// The owner gives it back.
        Return => "return", "退回";
        /// The arbitrator names the owner; that binds.
        Arbitrate => "arbitrate", "裁定";
        /// Ask to put it off.
        AskDefer => "ask_defer", "申请缓办";
        /// Agree to put it off.
        ApproveDefer => "approve_defer", "同意缓办";
        /// Do not agree to put it off, or take the request back.
        RefuseDefer => "refuse_defer", "不同意缓办";
        /// Go on after a deferral or for rework.
        Resume => "resume", "恢复办理";
        /// The inspector finds it done.
        InspectPass => "inspect_pass", "督查通过";
        /// The inspector finds it not done.
        InspectFail => "inspect_fail", "督查不通过";
        /// Close it, with red ink.
        Close => "close", "销号";
        /// Open it again.
        Reopen => "reopen", "重开";
        /// Hand it upward.
        Escalate => "escalate", "上报";
        /// Answer it from above.
        Answer => "answer", "答复";
        /// It is the same as another issue.
        Merge => "merge", "合并";
        /// It is not ours to handle.
        Reject => "reject", "不予受理";
        /// Take it back.
        Cancel => "cancel", "撤销";
    }
}

text_enum! {
    /// Why an owner gives an issue back.
    pub enum ReturnReason {
        /// The matter is another body's.
        NotOurMatter => "not_our_matter", "不属本单位职责";
        /// The place is another body's.
        NotOurPlace => "not_our_place", "不在本单位辖区";
        /// The category is wrong.
        WrongCategory => "wrong_category", "类别不符";
        /// Place or matter cannot be made out.
        Unclear => "unclear", "信息不清";
        /// Somebody has it already.
        Duplicate => "duplicate", "重复派单";
        /// Another reason, told in the note.
        Other => "other", "其他";
    }
}

/// What somebody does with an issue. Texts are checked for presence and length by `flow::advance`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "move", rename_all = "snake_case")]
pub enum Move {
    /// The issue comes into being; always and only its first event. Imports may begin in any state.
    Open {
        /// The state that it begins in.
        state: State,
        /// At which level it was resolved, where an import knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
        /// When it was closed, where an import knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closed_at: Option<DateTime<Utc>>,
        /// The body that has it, where an import knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
    /// The system that it came from says where it stands now; only while nobody moved it here.
    Adopt {
        /// The state there.
        state: State,
        /// At which level it was resolved, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
        /// When it was closed, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closed_at: Option<DateTime<Utc>>,
        /// The body that has it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Owner>,
    },
    /// Tell the secretary.
    Report,
    /// Solve it on the spot; the red ink comes with it, `close` may follow at once.
    SolveSelf {
        /// The result (red ink).
        red_text: String,
    },
    /// The secretary has seen it.
    Acknowledge,
    /// Look for the owner; acknowledges too.
    Coordinate,
    /// Name the owner.
    Dispatch {
        /// The responsible body.
        owner: Owner,
        /// The rule that chose it; `None` when a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RoutingRuleId>,
    },
    /// The owner says it is done.
    Complete {
        /// The result (red ink), where the owner writes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        red_text: Option<String>,
    },
    /// The owner gives it back.
    Return {
        /// Why.
        reason: ReturnReason,
        /// More; needed when the reason is `other`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The arbitrator names the owner; it cannot return the issue, and a rule is written for next time.
    Arbitrate {
        /// The responsible body.
        owner: Owner,
        /// Why.
        reason: String,
    },
    /// Ask to put it off.
    AskDefer {
        /// Until when.
        until: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// Agree to put it off; never the one who asked.
    ApproveDefer,
    /// Do not agree to put it off; the one who asked takes it back in this way.
    RefuseDefer {
        /// Why.
        reason: String,
    },
    /// Go on after a deferral or for rework.
    Resume,
    /// The inspector finds it done; never the disposer.
    InspectPass {
        /// What was seen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The inspector finds it not done; never the disposer.
    InspectFail {
        /// What is missing.
        reason: String,
    },
    /// Close it.
    Close {
        /// The result (red ink); may be left out when it was written before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        red_text: Option<String>,
        /// At which level it was resolved, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Level>,
    },
    /// Open it again: the reporter within the days set, an inspector at any time.
    Reopen {
        /// Why.
        reason: String,
    },
    /// Hand it upward.
    Escalate {
        /// To whom: deputies, a 3+X consultation, a higher body.
        to: String,
        /// Why.
        reason: String,
    },
    /// Answer it from above.
    Answer {
        /// The answer; it is the red ink.
        red_text: String,
    },
    /// It is the same as another issue.
    Merge {
        /// The issue that goes on.
        into: IssueId,
    },
    /// It is not ours to handle.
    Reject {
        /// Why; the reporter is told.
        reason: String,
    },
    /// Take it back.
    Cancel {
        /// Why.
        reason: String,
    },
}

impl Move {
    /// The verb.
    pub const fn kind(&self) -> MoveKind {
        match self {
            Self::Open { .. } => MoveKind::Open,
            Self::Adopt { .. } => MoveKind::Adopt,
            Self::Report => MoveKind::Report,
            Self::SolveSelf { .. } => MoveKind::SolveSelf,
            Self::Acknowledge => MoveKind::Acknowledge,
            Self::Coordinate => MoveKind::Coordinate,
            Self::Dispatch { .. } => MoveKind::Dispatch,
            Self::Complete { .. } => MoveKind::Complete,
            Self::Return { .. } => MoveKind::Return,
            Self::Arbitrate { .. } => MoveKind::Arbitrate,
            Self::AskDefer { .. } => MoveKind::AskDefer,
            Self::ApproveDefer => MoveKind::ApproveDefer,
            Self::RefuseDefer { .. } => MoveKind::RefuseDefer,
            Self::Resume => MoveKind::Resume,
            Self::InspectPass { .. } => MoveKind::InspectPass,
            Self::InspectFail { .. } => MoveKind::InspectFail,
            Self::Close { .. } => MoveKind::Close,
            Self::Reopen { .. } => MoveKind::Reopen,
            Self::Escalate { .. } => MoveKind::Escalate,
            Self::Answer { .. } => MoveKind::Answer,
            Self::Merge { .. } => MoveKind::Merge,
            Self::Reject { .. } => MoveKind::Reject,
            Self::Cancel { .. } => MoveKind::Cancel,
        }
    }

    /// The red ink that comes with the move.
    pub fn red_text(&self) -> Option<&str> {
        match self {
            Self::SolveSelf { red_text } | Self::Answer { red_text } => Some(red_text),
            Self::Complete { red_text } | Self::Close { red_text, .. } => red_text.as_deref(),
            _ => None,
        }
    }
}

text_enum! {
    /// In which capacity somebody moves an issue, as far as the machine cares; rights are checked before.
    pub enum Capacity {
        /// Staff, housekeeper or program.
        Staff => "staff", "工作人员";
        /// An inspector or secretary.
        Inspector => "inspector", "督查人员";
        /// The one who reported it.
        Reporter => "reporter", "反映人";
    }
}

/// Who moves an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mover {
    /// Identity; four eyes compare it.
    pub actor: ActorId,
    /// In which capacity.
    pub capacity: Capacity,
}
