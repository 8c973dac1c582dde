//! Events of an issue: every move as it was made, append-only.
//!
//! Invariant: the events of one issue are numbered 1, 2, 3, …, the first one opens it, and replaying them
//! gives its state.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Capacity, IssueState, Level, Move, MoveKind, Mover, Owner, Refusal, State, Terms, adopt,
    advance, open,
};
use crate::domain::{Actor, IssueEventId, IssueId};

/// One move that was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueEvent {
    /// Identity.
    pub id: IssueEventId,
    /// The issue.
    pub issue: IssueId,
    /// Number within the issue, from 1.
    pub seq: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, with the name of then.
    pub by: Actor,
    /// In which capacity.
    pub capacity: Capacity,
    /// For whom, where somebody acted for another (a secretary for a resident).
    pub on_behalf_of: Option<String>,
    /// What.
    #[serde(rename = "what")]
    pub made: Move,
    /// State before; `None` for the first event.
    pub from: Option<State>,
    /// State after.
    pub to: State,
    /// Whether a self-solved issue fell into the sample; stored, because the rate may change.
    pub sampled: bool,
    /// Free text.
    pub note: Option<String>,
}

/// Who makes a move and what is noted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Identity of the event.
    pub id: IssueEventId,
    /// Who.
    pub by: Actor,
    /// In which capacity.
    pub capacity: Capacity,
    /// For whom, where somebody acts for another.
    pub on_behalf_of: Option<String>,
    /// Free text.
    pub note: Option<String>,
}

impl IssueEvent {
    /// The first event of an issue, and the state that it leaves.
    pub fn opening(
        issue: IssueId,
        state: State,
        level: Option<Level>,
        closed_at: Option<DateTime<Utc>>,
        owner: Option<Owner>,
        entry: Entry,
        now: DateTime<Utc>,
    ) -> (IssueState, Self) {
        let after = open(issue, state, level, closed_at, owner.clone(), now);
        let made = Move::Open {
            state,
            level,
            closed_at,
            owner,
        };
        let event = Self::record(None, &after, made, entry, now, false);
        (after, event)
    }

    /// The event by which the system that an issue came from tells anew where it stands; `None` once somebody
    /// moved it here.
    pub fn adopting(
        before: &IssueState,
        state: State,
        closed_at: Option<DateTime<Utc>>,
        owner: Option<Owner>,
        entry: Entry,
        now: DateTime<Utc>,
    ) -> Option<(IssueState, Self)> {
        let after = adopt(before, state, before.level, closed_at, owner.clone(), now)?;
        let made = Move::Adopt {
            state,
            level: before.level,
            closed_at,
            owner,
        };
        let event = Self::record(Some(before.state), &after, made, entry, now, false);
        Some((after, event))
    }

    /// The next event of an issue, and the state that it leaves.
    pub fn next(
        before: &IssueState,
        made: Move,
        entry: Entry,
        terms: &Terms,
    ) -> Result<(IssueState, Self), Refusal> {
        let mover = Mover {
            actor: entry.by.id,
            capacity: entry.capacity,
        };
        let after = advance(before, &made, &mover, terms)?;
        let sampled = made.kind() == MoveKind::SolveSelf && terms.sampled;
        let event = Self::record(Some(before.state), &after, made, entry, terms.now, sampled);
        Ok((after, event))
    }

    fn record(
        from: Option<State>,
        after: &IssueState,
        made: Move,
        entry: Entry,
        at: DateTime<Utc>,
        sampled: bool,
    ) -> Self {
        Self {
            id: entry.id,
            issue: after.issue,
            seq: after.seq,
            at,
            by: entry.by,
            capacity: entry.capacity,
            on_behalf_of: entry.on_behalf_of,
            made,
            from,
            to: after.state,
            sampled,
            note: entry.note,
        }
    }
}

/// Why events are not the history of one issue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// There are none.
    #[error("an issue without events")]
    Empty,
    /// The first one does not open the issue, or a later one does.
    #[error("event {seq} does not open the issue, or opens it again")]
    Opening {
        /// Its number.
        seq: u32,
    },
    /// An event is missing, doubled, or of another issue.
    #[error("event {expected} of issue {issue} is missing; found event {found}")]
    Gap {
        /// The issue.
        issue: IssueId,
        /// Number that should come.
        expected: u32,
        /// Number that came.
        found: u32,
    },
    /// A move that the machine does not allow.
    #[error("event {seq}: {refusal}")]
    Refused {
        /// Its number.
        seq: u32,
        /// Why not.
        refusal: Refusal,
    },
    /// Another system tells where it stands, though it was moved here.
    #[error("event {seq} takes the word of another system after the issue was moved here")]
    Adopted {
        /// Its number.
        seq: u32,
    },
    /// The states that the event names are not those that its move leads from and to.
    #[error("event {seq} says it leads to `{stored}`; its move leads to `{made}`")]
    Diverges {
        /// Its number.
        seq: u32,
        /// State that the event names.
        stored: State,
        /// State that its move makes.
        made: State,
    },
}

/// The state that events make, in their order. Deadlines are not asked again: they were when it was done.
pub fn replay<'a>(
    events: impl IntoIterator<Item = &'a IssueEvent>,
) -> Result<IssueState, ReplayError> {
    let mut events = events.into_iter();
    let first = events.next().ok_or(ReplayError::Empty)?;
    let Move::Open {
        state,
        level,
        closed_at,
        ref owner,
    } = first.made
    else {
        return Err(ReplayError::Opening { seq: first.seq });
    };
    if first.seq != 1 {
        return Err(gap(first.issue, 1, first.seq));
    }
    let mut now = open(
        first.issue,
        state,
        level,
        closed_at,
        owner.clone(),
        first.at,
    );
    agree(first, None, &now)?;
    for event in events {
        if event.seq != now.seq + 1 || event.issue != now.issue {
            return Err(gap(now.issue, now.seq + 1, event.seq));
        }
        if event.made.kind() == MoveKind::Open {
            return Err(ReplayError::Opening { seq: event.seq });
        }
        if let Move::Adopt {
            state,
            level,
            closed_at,
            owner,
        } = &event.made
        {
            let after = adopt(&now, *state, *level, *closed_at, owner.clone(), event.at)
                .ok_or(ReplayError::Adopted { seq: event.seq })?;
            agree(event, Some(now.state), &after)?;
            now = after;
            continue;
        }
        let mover = Mover {
            actor: event.by.id,
            capacity: event.capacity,
        };
        let terms = Terms {
            now: event.at,
            return_until: None,
            reopen_until: None,
            sampled: event.sampled,
        };
        let seq = event.seq;
        let after = advance(&now, &event.made, &mover, &terms)
            .map_err(|refusal| ReplayError::Refused { seq, refusal })?;
        agree(event, Some(now.state), &after)?;
        now = after;
    }
    Ok(now)
}

const fn gap(issue: IssueId, expected: u32, found: u32) -> ReplayError {
    ReplayError::Gap {
        issue,
        expected,
        found,
    }
}

fn agree(event: &IssueEvent, from: Option<State>, after: &IssueState) -> Result<(), ReplayError> {
    if event.from == from && event.to == after.state {
        return Ok(());
    }
    Err(ReplayError::Diverges {
        seq: event.seq,
        stored: event.to,
        made: after.state,
    })
}
