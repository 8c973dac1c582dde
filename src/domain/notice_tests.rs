//! What may happen to a notice, and what happens to it by itself.

use super::*;
use NoticeState as S;
use uuid::Uuid;

fn day(n: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + Duration::days(n)
}

fn sheet(area_number: u32, keepers: &[u128]) -> NoticeSheet {
    NoticeSheet {
        plan: PlanId::new(Uuid::from_u128(1)),
        plan_version: 3,
        area_number,
        keepers: keepers
            .iter()
            .map(|n| AppointmentId::new(Uuid::from_u128(*n)))
            .collect(),
        secretary: Some("a".into()),
    }
}

/// Printed as the row stands.
fn print(notice: &mut Notice, sheet: &NoticeSheet, on: i64) {
    let as_stored = (notice.stored_state, notice.reason);
    notice.print(sheet, as_stored, day(on));
}

fn fresh() -> Notice {
    Notice::new(
        NoticeId::new(Uuid::from_u128(9)),
        999_001,
        BuildingId::new(Uuid::from_u128(8)),
    )
}

fn hung() -> Notice {
    let mut notice = fresh();
    print(&mut notice, &sheet(7, &[70, 71]), 0);
    notice
        .go(S::Posted, S::ToPrint, Some(&sheet(7, &[70, 71])), day(1))
        .unwrap();
    notice
}

/// The state shown where the secretary reads `secretary`.
fn shown(
    notice: &Notice,
    on: DateTime<Utc>,
    ended: impl Fn(AppointmentId) -> bool,
    secretary: &str,
) -> S {
    notice.shown_at(on, ended, || secretary.to_owned()).0
}

const NOBODY: fn(AppointmentId) -> bool = |_| false;

#[test]
fn a_notice_is_printed_hung_verified_replaced_and_taken_down() {
    let mut notice = hung();
    notice.go(S::Verified, S::Posted, None, day(2)).unwrap();
    assert_eq!(
        (notice.posted_at, notice.checked_at),
        (Some(day(1)), Some(day(2)))
    );
    assert!(notice.follow(Some(&sheet(8, &[70, 71]))));
    assert_eq!(
        (notice.stored_state, notice.reason),
        (S::ToReplace, Some(NoticeReason::PlanChanged))
    );
    print(&mut notice, &sheet(8, &[70, 71]), 3);
    notice
        .go(S::Posted, S::ToReplace, Some(&sheet(8, &[70, 71])), day(4))
        .unwrap();
    assert_eq!(
        (notice.stored_state, notice.checked_at, notice.reason),
        (S::Posted, None, None)
    );
    assert!(notice.follow(None));
    assert_eq!(
        (notice.stored_state, notice.reason),
        (S::ToRemove, Some(NoticeReason::NoArea))
    );
    notice.go(S::Removed, S::ToRemove, None, day(5)).unwrap();
    assert_eq!(notice.removed_at, Some(day(5)));
}

#[test]
fn every_illegal_move_is_refused_with_the_legal_ones_and_changes_nothing() {
    for &from in S::ALL {
        for &to in S::ALL {
            let mut notice = fresh();
            notice.stored_state = from;
            let before = notice.clone();
            let current = sheet(7, &[70]);
            match notice.go(to, from, Some(&current), day(9)) {
                Ok(()) => assert!(from.next().contains(&to) && notice.stored_state == to),
                Err(NoticeRefusal::Illegal { legal, .. }) => {
                    assert!(!legal.contains(&to), "{from} → {to}");
                    assert_eq!(legal, from.next());
                    assert_eq!(notice, before, "{from} → {to}");
                }
                Err(other) => panic!("{from} → {to}: {other}"),
            }
        }
        assert!(
            !from.next().contains(&S::DueCheck),
            "computed, never asked for"
        );
    }
}

#[test]
fn a_check_is_due_by_age_and_an_ended_post_by_its_day() {
    let mut notice = hung();
    notice.go(S::Verified, S::Posted, None, day(2)).unwrap();
    assert_eq!(
        shown(&notice, day(2 + CHECK_AFTER_DAYS), NOBODY, "a"),
        S::Verified
    );
    let late = day(3 + CHECK_AFTER_DAYS);
    assert_eq!(shown(&notice, late, NOBODY, "a"), S::DueCheck);
    assert_eq!(
        notice.stored_state,
        S::Verified,
        "nothing is stored by a clock"
    );
    notice.go(S::Verified, S::DueCheck, None, late).unwrap();
    assert_eq!(shown(&notice, late, NOBODY, "a"), S::Verified);
    let gone = |id: AppointmentId| id.uuid() == Uuid::from_u128(71);
    assert_eq!(shown(&notice, late, gone, "a"), S::ToRemove);
    assert_eq!(
        shown(&notice, late, |id| id.uuid() == Uuid::from_u128(72), "a"),
        S::Verified
    );
}

#[test]
fn another_secretary_makes_a_hanging_sheet_one_to_replace_and_only_a_new_one_may_hang() {
    let mut notice = hung();
    assert_eq!(shown(&notice, day(2), NOBODY, "a"), S::Posted);
    let by_itself = notice.shown_at(day(2), NOBODY, || "b".into());
    assert_eq!(
        by_itself,
        (S::ToReplace, Some(NoticeReason::SecretaryChanged))
    );
    let current = NoticeSheet {
        secretary: Some("b".into()),
        ..sheet(7, &[70, 71])
    };
    assert_eq!(
        notice.go(S::Posted, S::ToReplace, Some(&current), day(3)),
        Err(NoticeRefusal::SheetOutdated)
    );
    // Printed, and the old one still hangs: it stays to be replaced.
    notice.print(&current, by_itself, day(3));
    assert_eq!(shown(&notice, day(3), NOBODY, "b"), S::ToReplace);
    notice
        .go(S::Posted, S::ToReplace, Some(&current), day(4))
        .unwrap();
    assert_eq!(shown(&notice, day(4), NOBODY, "b"), S::Posted);
    // What nobody noted is not claimed to be wrong.
    notice.sheet.as_mut().unwrap().secretary = None;
    assert_eq!(shown(&notice, day(5), NOBODY, "c"), S::Posted);
}

#[test]
fn a_sheet_that_names_somebody_gone_is_still_to_be_removed_after_the_next_one_is_printed() {
    let mut notice = hung();
    let gone = |id: AppointmentId| id.uuid() == Uuid::from_u128(71);
    let by_itself = notice.shown_at(day(9), gone, || "a".into());
    assert_eq!(by_itself, (S::ToRemove, Some(NoticeReason::KeeperLeft)));
    notice.print(&sheet(7, &[70]), by_itself, day(9));
    assert_eq!(shown(&notice, day(9), gone, "a"), S::ToRemove);
    notice
        .go(S::Posted, S::ToRemove, Some(&sheet(7, &[70])), day(10))
        .unwrap();
    assert_eq!(shown(&notice, day(10), gone, "a"), S::Posted);
}

#[test]
fn a_plan_that_reads_the_same_leaves_a_notice_alone() {
    let mut notice = hung();
    let again = NoticeSheet {
        plan: PlanId::new(Uuid::from_u128(2)),
        plan_version: 9,
        ..sheet(7, &[70, 71])
    };
    assert!(!notice.follow(Some(&again)));
    assert_eq!(notice.stored_state, S::Posted);
}

#[test]
fn somebody_who_leaves_comes_off_the_door_and_a_new_number_is_printed_anew() {
    let is = |n: u128| move |id: AppointmentId| id.uuid() == Uuid::from_u128(n);
    let mut notice = hung();
    assert!(!notice.keeper_changed(is(72), true), "not named");
    assert!(notice.keeper_changed(is(71), false));
    assert_eq!(
        (notice.stored_state, notice.reason),
        (S::ToReplace, Some(NoticeReason::KeeperChanged))
    );
    let mut notice = hung();
    assert!(notice.keeper_changed(is(71), true));
    assert_eq!(
        (notice.stored_state, notice.reason),
        (S::ToRemove, Some(NoticeReason::KeeperLeft))
    );
}

#[test]
fn what_was_printed_before_a_change_cannot_be_hung_after_it() {
    let mut notice = fresh();
    print(&mut notice, &sheet(7, &[70, 71]), 0);
    notice.follow(Some(&sheet(8, &[70, 71])));
    assert_eq!(notice.stored_state, S::ToPrint);
    let now = sheet(8, &[70, 71]);
    assert_eq!(
        notice.go(S::Posted, S::ToPrint, Some(&now), day(1)),
        Err(NoticeRefusal::SheetOutdated)
    );
    print(&mut notice, &now, 2);
    notice
        .go(S::Posted, S::ToPrint, Some(&now), day(3))
        .unwrap();

    let mut notice = fresh();
    print(&mut notice, &sheet(7, &[70]), 0);
    notice.keeper_changed(|_| true, false);
    let now = sheet(7, &[70]);
    assert_eq!(
        notice.go(S::Posted, S::ToPrint, Some(&now), day(1)),
        Err(NoticeRefusal::SheetOutdated)
    );
    assert_eq!(
        fresh().go(S::Posted, S::ToPrint, None, day(1)),
        Err(NoticeRefusal::NoArea)
    );
}

#[test]
fn what_hangs_is_right_again_when_the_plan_that_was_to_come_is_withdrawn() {
    let (now, next) = (sheet(7, &[70, 71]), sheet(8, &[70, 71]));
    let mut verified = hung();
    verified.go(S::Verified, S::Posted, None, day(2)).unwrap();
    for mut notice in [hung(), verified] {
        let before = notice.clone();
        assert!(notice.follow(Some(&next)));
        assert_eq!(notice.stored_state, S::ToReplace);
        // Somebody printed the new one already; it goes into the bin.
        print(&mut notice, &next, 3);
        assert!(notice.follow(Some(&now)));
        let printed_at = notice.printed_at;
        assert_eq!(
            notice,
            Notice {
                printed_at,
                ..before.clone()
            }
        );
        // A building that was to lose its area keeps its board as well.
        assert!(notice.follow(None));
        assert_eq!(notice.stored_state, S::ToRemove);
        assert!(notice.follow(Some(&now)));
        assert_eq!(notice.stored_state, before.stored_state);
    }
}

#[test]
fn what_hangs_is_not_right_again_when_it_was_wrong_for_another_reason() {
    let (now, next) = (sheet(7, &[70, 71]), sheet(8, &[70, 71]));
    // Somebody whom it names left, or has another number, while the plan waited.
    for (left, state) in [(true, S::ToRemove), (false, S::ToReplace)] {
        let mut notice = hung();
        notice.follow(Some(&next));
        assert!(notice.keeper_changed(|id| id == now.keepers[0], left));
        assert_eq!(notice.stored_state, state);
        notice.follow(Some(&now));
        assert_eq!(notice.stored_state, state);
    }
    // Somebody took it down, or hung the new one.
    let mut notice = hung();
    notice.follow(Some(&next));
    notice.go(S::Removed, S::ToReplace, None, day(3)).unwrap();
    notice.follow(Some(&now));
    assert_eq!(notice.stored_state, S::ToPrint);
    let mut notice = hung();
    notice.follow(Some(&next));
    print(&mut notice, &next, 2);
    notice
        .go(S::Posted, S::ToReplace, Some(&next), day(3))
        .unwrap();
    notice.follow(Some(&now));
    assert_eq!(notice.stored_state, S::ToReplace);
}
