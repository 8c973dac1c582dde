//! Tests of the state machine: a table written by hand from `domain.md` §5.3, and the stories of its guards.

use std::collections::{BTreeSet, HashSet};

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::{Actor, IssueEventId, IssueId};

use MoveKind as M;
use State as S;

/// Every way from one state to another, and by which move.
const TABLE: &[(S, M, S)] = &[
    (S::Found, M::Report, S::Reported),
    (S::Found, M::SolveSelf, S::SelfDone),
    (S::Found, M::Merge, S::Merged),
    (S::Found, M::Reject, S::Rejected),
    (S::Found, M::Cancel, S::Cancelled),
    (S::SelfDone, M::Close, S::Closed),
    (S::Reported, M::Acknowledge, S::Reported),
    (S::Reported, M::Coordinate, S::Coordinating),
    (S::Reported, M::Merge, S::Merged),
    (S::Reported, M::Reject, S::Rejected),
    (S::Reported, M::Cancel, S::Cancelled),
    (S::Coordinating, M::Dispatch, S::Disposing),
    (S::Coordinating, M::Escalate, S::Escalated),
    (S::Coordinating, M::AskDefer, S::Coordinating),
    (S::Coordinating, M::RefuseDefer, S::Coordinating),
    (S::Coordinating, M::ApproveDefer, S::Deferred),
    (S::Coordinating, M::Cancel, S::Cancelled),
    (S::Disposing, M::Complete, S::Inspecting),
    (S::Disposing, M::Return, S::Returned),
    (S::Disposing, M::Return, S::Arbitration),
    (S::Disposing, M::AskDefer, S::Disposing),
    (S::Disposing, M::RefuseDefer, S::Disposing),
    (S::Disposing, M::ApproveDefer, S::Deferred),
    (S::Returned, M::Coordinate, S::Coordinating),
    (S::Arbitration, M::Arbitrate, S::Disposing),
    (S::Deferred, M::Resume, S::Coordinating),
    (S::Deferred, M::Resume, S::Disposing),
    (S::Inspecting, M::InspectPass, S::Inspecting),
    (S::Inspecting, M::InspectFail, S::Rework),
    (S::Inspecting, M::Close, S::Closed),
    (S::Rework, M::Resume, S::Disposing),
    (S::Closed, M::Reopen, S::Reopened),
    (S::Closed, M::InspectPass, S::Closed),
    (S::Closed, M::InspectFail, S::Reopened),
    (S::Reopened, M::Coordinate, S::Coordinating),
    (S::Escalated, M::Dispatch, S::Disposing),
    (S::Escalated, M::Answer, S::Answered),
    (S::Answered, M::Close, S::Closed),
];

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap() + Duration::minutes(minute)
}

fn issue_id(n: u128) -> IssueId {
    IssueId::new(Uuid::from_u128(n))
}

fn person(n: u8) -> Actor {
    Actor::account(Uuid::from_u128(u128::from(n)), &format!("示例{n}"))
}

fn entry(seq: u32, who: u8, capacity: Capacity) -> Entry {
    Entry {
        id: IssueEventId::new(Uuid::from_u128(u128::from(seq))),
        by: person(who),
        capacity,
        on_behalf_of: None,
        note: None,
    }
}

fn terms(minute: i64) -> Terms {
    Terms {
        now: at(minute),
        return_until: None,
        reopen_until: None,
        sampled: false,
    }
}

fn owner(code: &str) -> Owner {
    Owner {
        code: code.to_owned(),
        name: format!("{code}单位"),
    }
}

/// A well-formed move of each kind.
fn example(kind: M, minute: i64) -> Move {
    let reason = "理由".to_owned();
    let red_text = "已更换配件".to_owned();
    match kind {
        M::Open => Move::Open {
            state: S::Found,
            level: None,
            closed_at: None,
            owner: None,
        },
        M::Adopt => Move::Adopt {
            state: S::Closed,
            level: None,
            closed_at: Some(at(minute)),
            owner: Some(owner("城管")),
        },
        M::Report => Move::Report,
        M::SolveSelf => Move::SolveSelf { red_text },
        M::Acknowledge => Move::Acknowledge,
        M::Coordinate => Move::Coordinate,
        M::Dispatch => Move::Dispatch {
            owner: owner("城管"),
            rule: None,
        },
        M::Complete => Move::Complete { red_text: None },
        M::Return => Move::Return {
            reason: ReturnReason::NotOurPlace,
            note: None,
        },
        M::Arbitrate => Move::Arbitrate {
            owner: owner("住建"),
            reason,
        },
        M::AskDefer => Move::AskDefer {
            until: at(minute + 5),
            reason,
        },
        M::ApproveDefer => Move::ApproveDefer,
        M::RefuseDefer => Move::RefuseDefer { reason },
        M::Resume => Move::Resume,
        M::InspectPass => Move::InspectPass { note: None },
        M::InspectFail => Move::InspectFail { reason },
        M::Close => Move::Close {
            red_text: Some(red_text),
            level: None,
        },
        M::Reopen => Move::Reopen { reason },
        M::Escalate => Move::Escalate {
            to: "人大代表".to_owned(),
            reason,
        },
        M::Answer => Move::Answer { red_text },
        M::Merge => Move::Merge { into: issue_id(99) },
        M::Reject => Move::Reject { reason },
        M::Cancel => Move::Cancel { reason },
    }
}

fn found() -> IssueState {
    open(issue_id(1), S::Found, None, None, None, at(0))
}

fn mover(who: u8, capacity: Capacity) -> Mover {
    Mover {
        actor: person(who).id,
        capacity,
    }
}

/// Walks from `found`, each move by the person beside it as an inspector, one a minute.
fn walk(moves: &[(M, u8)]) -> Result<IssueState, Refusal> {
    let mut issue = found();
    for (minute, (kind, who)) in moves.iter().enumerate() {
        let minute = minute as i64 + 1;
        issue = advance(
            &issue,
            &example(*kind, minute),
            &mover(*who, Capacity::Inspector),
            &terms(minute),
        )?;
    }
    Ok(issue)
}

const TO_DISPOSING: [(M, u8); 3] = [(M::Report, 1), (M::Coordinate, 2), (M::Dispatch, 2)];

fn then(more: &[(M, u8)]) -> Vec<(M, u8)> {
    [&TO_DISPOSING, more].concat()
}

#[test]
fn the_table_is_reached_whole_and_terminal_states_have_no_way_out() {
    // States that differ only in times and in counts beyond the thresholds have the same ways out.
    let essence = |issue: &IssueState| {
        (
            (
                issue.state,
                issue.before_defer,
                issue.returns.min(2),
                issue.bound,
            ),
            (
                issue.disposer,
                issue.inspected_by,
                issue.sample_due,
                issue.red_ink,
            ),
            issue.defer_asked.as_ref().map(|request| request.by),
            issue.acknowledged_at.is_some(),
        )
    };
    let mut seen = BTreeSet::new();
    let mut known = HashSet::from([essence(&found())]);
    let mut queue = vec![found()];
    while let Some(issue) = queue.pop() {
        for (kind, who) in legal(&issue)
            .into_iter()
            .flat_map(|kind| [(kind, 1), (kind, 2)])
        {
            let terms = Terms {
                sampled: who == 1,
                ..terms(1)
            };
            let who = mover(who, Capacity::Inspector);
            let Ok(after) = advance(&issue, &example(kind, 1), &who, &terms) else {
                continue;
            };
            seen.insert((issue.state, kind, after.state));
            if known.insert(essence(&after)) {
                queue.push(after);
            }
        }
    }
    let table: BTreeSet<_> = TABLE.iter().copied().collect();
    assert_eq!(seen, table);
    for state in S::ALL {
        let leaves = TABLE.iter().any(|(from, _, _)| from == state);
        let gone = matches!(state, S::Merged | S::Rejected | S::Cancelled);
        assert_eq!(leaves, !gone, "{state}");
    }
}

proptest! {
    #[test]
    fn only_what_the_table_says_is_accepted_and_replay_equals_the_steps(
        begin in prop::sample::select(S::ALL),
        tries in prop::collection::vec(
            (
                prop::sample::select(M::ALL),
                1..4_u8,
                prop::sample::select(Capacity::ALL),
                any::<bool>(),
                // Three of four tries pick one of the legal moves, so that the walk gets far.
                prop::option::weighted(0.75, any::<prop::sample::Index>()),
            ),
            0..60,
        ),
    ) {
        let (mut state, first) =
            IssueEvent::opening(issue_id(1), begin, None, None, None, entry(1, 1, Capacity::Staff), at(0));
        let mut events = vec![first];
        for (minute, (kind, who, capacity, sampled, pick)) in tries.into_iter().enumerate() {
            let minute = minute as i64 + 1;
            let allowed = legal(&state);
            let kind = match pick {
                Some(index) if !allowed.is_empty() => allowed[index.index(allowed.len())],
                _ => kind,
            };
            let made = example(kind, minute);
            let terms = Terms { sampled, ..terms(minute) };
            let seq = state.seq + 1;
            match IssueEvent::next(&state, made, entry(seq, who, capacity), &terms) {
                Ok((after, event)) => {
                    prop_assert!(
                        TABLE.contains(&(state.state, kind, after.state)),
                        "{} by {kind} to {}", state.state, after.state
                    );
                    prop_assert!(allowed.contains(&kind));
                    prop_assert_eq!(event.seq, after.seq);
                    if after.state == S::Closed && state.state == S::Inspecting {
                        prop_assert!(state.inspected_by.is_some());
                        prop_assert_ne!(state.inspected_by, state.disposer);
                    }
                    if begin == S::Found {
                        prop_assert!(after.returns <= after.dispatches);
                    }
                    prop_assert!(after.reworks <= after.inspections);
                    events.push(event);
                    state = after;
                }
                Err(Refusal::Illegal { legal: named, .. }) => {
                    prop_assert!(!allowed.contains(&kind));
                    prop_assert_eq!(named, allowed);
                }
                Err(other) => prop_assert!(allowed.contains(&kind), "{other}"),
            }
        }
        prop_assert_eq!(replay(&events), Ok(state));
        let json = serde_json::to_string(&events).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<IssueEvent>>(&json).unwrap(), events);
    }
}

#[test]
fn what_was_disposed_of_cannot_be_closed_uninspected_nor_inspected_by_its_disposer() {
    let done = walk(&then(&[(M::Complete, 3)])).unwrap();
    assert_eq!(legal(&done), [M::InspectPass, M::InspectFail]);
    for kind in legal(&done) {
        let own = advance(
            &done,
            &example(kind, 9),
            &mover(3, Capacity::Inspector),
            &terms(9),
        );
        assert!(matches!(own, Err(Refusal::SamePerson { .. })));
    }
    let passed = walk(&then(&[(M::Complete, 3), (M::InspectPass, 4)])).unwrap();
    assert_eq!(legal(&passed), [M::Close]);
}

#[test]
fn a_second_return_is_arbitration_and_its_decision_binds() {
    let twice = [
        (M::Return, 3),
        (M::Coordinate, 2),
        (M::Dispatch, 2),
        (M::Return, 4),
    ];
    let issue = walk(&then(&twice)).unwrap();
    assert_eq!((issue.state, issue.returns), (S::Arbitration, 2));
    assert_eq!(issue.since, at(7), "the clock is on the arbitrator now");
    let bound = walk(&then(&[&twice[..], &[(M::Arbitrate, 5)]].concat())).unwrap();
    assert_eq!(bound.owner, Some(owner("住建")));
    assert_eq!(bound.dispatches, 3);
    assert!(!legal(&bound).contains(&M::Return));
}

#[test]
fn nobody_approves_his_own_deferral_and_the_clock_stands_still_until_work_goes_on() {
    let own = walk(&then(&[(M::AskDefer, 3), (M::ApproveDefer, 3)]));
    assert!(matches!(own, Err(Refusal::SamePerson { .. })));
    let issue = walk(&then(&[(M::AskDefer, 3), (M::ApproveDefer, 2)])).unwrap();
    assert_eq!(issue.state, S::Deferred);
    // Asked in minute 4 until minute 9, approved in minute 5.
    assert_eq!(
        issue.pauses,
        [Pause {
            from: at(5),
            until: at(9)
        }]
    );
    assert!(!issue.deferred_at(at(4)) && issue.deferred_at(at(5)) && !issue.deferred_at(at(9)));
    for (resumed, ends) in [(7, 7), (20, 9)] {
        let after = advance(
            &issue,
            &Move::Resume,
            &mover(3, Capacity::Staff),
            &terms(resumed),
        );
        let after = after.unwrap();
        assert_eq!(
            (after.state, after.pauses[0].until),
            (S::Disposing, at(ends))
        );
    }
}

#[test]
fn the_third_rework_is_an_item_of_supervision() {
    let round = [(M::Complete, 3), (M::InspectFail, 4), (M::Resume, 3)];
    for (rounds, supervised) in [(2, false), (3, true)] {
        let issue = walk(&then(&round.repeat(rounds))).unwrap();
        assert_eq!(
            (issue.reworks as usize, issue.supervised),
            (rounds, supervised)
        );
    }
}

#[test]
fn the_reporter_reopens_within_the_days_set_an_inspector_always_staff_never() {
    let closed = walk(&[(M::SolveSelf, 1), (M::Close, 1)]).unwrap();
    let reopen = |capacity, minute| {
        let terms = Terms {
            reopen_until: Some(at(10)),
            ..terms(minute)
        };
        advance(
            &closed,
            &example(M::Reopen, minute),
            &mover(7, capacity),
            &terms,
        )
    };
    let again = reopen(Capacity::Reporter, 10).unwrap();
    assert_eq!((again.state, again.reopened), (S::Reopened, 1));
    assert!(!again.red_ink && again.closed_at.is_none());
    assert!(matches!(
        reopen(Capacity::Reporter, 11),
        Err(Refusal::TooLate { .. })
    ));
    assert!(reopen(Capacity::Inspector, 11).is_ok());
    assert!(matches!(
        reopen(Capacity::Staff, 9),
        Err(Refusal::WrongCapacity { .. })
    ));
}

#[test]
fn an_owner_returns_only_in_time() {
    let issue = walk(&TO_DISPOSING).unwrap();
    let give_back = |minute| {
        let terms = Terms {
            return_until: Some(at(10)),
            ..terms(minute)
        };
        advance(
            &issue,
            &example(M::Return, minute),
            &mover(3, Capacity::Staff),
            &terms,
        )
    };
    assert!(give_back(10).is_ok());
    let late = give_back(11).unwrap_err();
    assert_eq!(late.code(), "too_late");
    assert!(late.zh().contains("退回"));
}

#[test]
fn self_solved_issues_close_at_once_and_those_in_the_sample_are_inspected_after() {
    let solve = |sampled| {
        let terms = Terms {
            sampled,
            ..terms(1)
        };
        let who = mover(1, Capacity::Staff);
        let solved = advance(&found(), &example(M::SolveSelf, 1), &who, &terms).unwrap();
        let close = Move::Close {
            red_text: None,
            level: None,
        };
        advance(&solved, &close, &who, &terms).unwrap()
    };
    assert_eq!(legal(&solve(false)), [M::Reopen]);
    let sampled = solve(true);
    assert_eq!(
        (sampled.state, sampled.level),
        (S::Closed, Some(Level::Own))
    );
    let inspect = |who| {
        let who = mover(who, Capacity::Inspector);
        advance(&sampled, &example(M::InspectFail, 2), &who, &terms(2))
    };
    assert!(matches!(inspect(1), Err(Refusal::SamePerson { .. })));
    let failed = inspect(2).unwrap();
    assert_eq!(
        (failed.state, failed.reworks, failed.reopened),
        (S::Reopened, 1, 1)
    );
}

#[test]
fn the_sample_takes_about_its_share_and_always_the_same() {
    let chosen = (0..10_000_u128)
        .filter(|n| in_sample(issue_id(*n), 1_000))
        .count();
    assert!((900..=1_100).contains(&chosen), "{chosen}");
    assert!(!in_sample(issue_id(5), 0) && in_sample(issue_id(5), 10_000));
}

#[test]
fn an_illegal_move_names_the_legal_ones_and_a_bad_one_its_field() {
    let who = mover(1, Capacity::Staff);
    let refusal = advance(&found(), &example(M::Close, 1), &who, &terms(1)).unwrap_err();
    assert_eq!(
        refusal.en(),
        "an issue that is `found` does not allow `close`; \
         it allows: report, solve_self, merge, reject, cancel"
    );
    assert!(refusal.zh().contains("反馈、自行解决"));
    let bad = [
        Move::SolveSelf {
            red_text: "  ".to_owned(),
        },
        Move::SolveSelf {
            red_text: "字".repeat(MAX_TEXT_CHARS + 1),
        },
        Move::Reject {
            reason: String::new(),
        },
        Move::Merge { into: issue_id(1) },
    ];
    for (made, named) in bad.iter().zip(["red_text", "red_text", "reason", "into"]) {
        match advance(&found(), made, &who, &terms(1)) {
            Err(Refusal::BadInput { field, .. }) => assert_eq!(field, named),
            other => panic!("{other:?}"),
        }
    }
    let longest = Move::SolveSelf {
        red_text: "字".repeat(MAX_TEXT_CHARS),
    };
    assert!(advance(&found(), &longest, &who, &terms(1)).is_ok());
}

#[test]
fn closing_needs_red_ink_written_now_or_before() {
    let mut moves = then(&[(M::Complete, 3), (M::InspectPass, 4)]);
    let bare = Move::Close {
        red_text: None,
        level: Some(Level::Street),
    };
    let who = mover(2, Capacity::Staff);
    let without = advance(&walk(&moves).unwrap(), &bare, &who, &terms(9));
    assert!(matches!(
        without,
        Err(Refusal::BadInput {
            field: "red_text",
            ..
        })
    ));
    moves.push((M::Close, 2));
    assert!(walk(&moves).unwrap().red_ink);
}

#[test]
fn who_answered_does_not_close() {
    let moves = [
        (M::Report, 1),
        (M::Coordinate, 2),
        (M::Escalate, 2),
        (M::Answer, 5),
    ];
    let closed = |who| walk(&[&moves[..], &[(M::Close, who)]].concat());
    assert!(matches!(closed(5), Err(Refusal::SamePerson { .. })));
    assert_eq!(closed(2).unwrap().state, S::Closed);
}

#[test]
fn events_that_are_no_history_are_told_from_one_that_is() {
    let (state, first) = IssueEvent::opening(
        issue_id(1),
        S::Found,
        None,
        None,
        None,
        entry(1, 1, Capacity::Staff),
        at(0),
    );
    let (_, second) = IssueEvent::next(
        &state,
        Move::Report,
        entry(2, 1, Capacity::Staff),
        &terms(1),
    )
    .unwrap();
    assert_eq!(replay(&[]), Err(ReplayError::Empty));
    assert_eq!(replay([&second]), Err(ReplayError::Opening { seq: 2 }));
    assert!(matches!(
        replay([&first, &first]),
        Err(ReplayError::Gap {
            expected: 2,
            found: 1,
            ..
        })
    ));
    let wrong = IssueEvent {
        to: S::Closed,
        ..second.clone()
    };
    assert!(matches!(
        replay([&first, &wrong]),
        Err(ReplayError::Diverges { seq: 2, .. })
    ));
    let closes = IssueEvent {
        made: example(M::Close, 1),
        ..second
    };
    assert!(matches!(
        replay([&first, &closes]),
        Err(ReplayError::Refused { seq: 2, .. })
    ));
}

#[test]
fn a_move_is_tagged_by_the_word_of_its_kind() {
    for kind in M::ALL {
        let made = example(*kind, 1);
        let json = serde_json::to_value(&made).unwrap();
        assert_eq!(json["move"], kind.as_str());
        assert_eq!(serde_json::from_value::<Move>(json).unwrap(), made);
        assert_eq!(made.kind(), *kind);
    }
}

#[test]
fn the_system_that_an_issue_came_from_is_heard_until_somebody_moves_it_here() {
    let body = Some(owner("城管"));
    let (opened, first) = IssueEvent::opening(
        issue_id(1),
        S::Disposing,
        None,
        None,
        body.clone(),
        entry(1, 1, Capacity::Staff),
        at(0),
    );
    assert_eq!(opened.owner, body);
    let (closed, second) = IssueEvent::adopting(
        &opened,
        S::Closed,
        Some(at(5)),
        body.clone(),
        entry(2, 1, Capacity::Staff),
        at(9),
    )
    .unwrap();
    assert_eq!((closed.state, closed.closed_at), (S::Closed, Some(at(5))));
    assert_eq!(closed.reported_at, Some(at(0)));
    assert!(closed.untouched());
    assert_eq!(replay([&first, &second]).unwrap(), closed);

    let (moved, third) = IssueEvent::next(
        &opened,
        Move::Complete { red_text: None },
        entry(3, 1, Capacity::Staff),
        &terms(3),
    )
    .unwrap();
    let late = IssueEvent::adopting(
        &moved,
        S::Closed,
        None,
        body,
        entry(4, 1, Capacity::Staff),
        at(9),
    );
    assert_eq!(late, None);
    let forged = IssueEvent {
        seq: 3,
        from: Some(moved.state),
        ..second
    };
    assert_eq!(
        replay([&first, &third, &forged]),
        Err(ReplayError::Adopted { seq: 3 })
    );
}
