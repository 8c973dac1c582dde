//! Golden numbers of the figures, from `domain.md` §5.4 and the pages behind it.

use chrono::{DateTime, Duration, Utc};

use super::*;

fn day(n: i64) -> DateTime<Utc> {
    "2026-11-01T00:00:00+08:00"
        .parse::<DateTime<Utc>>()
        .unwrap()
        + Duration::days(n)
}

fn november() -> Period {
    Period {
        from: day(0),
        until: day(30),
    }
}

fn found(facts: Vec<IssueFacts>, code: KpiCode) -> Kpi {
    let all = kpis(facts, november(), day(30));
    all.into_iter().find(|kpi| kpi.code == code).unwrap()
}

fn fraction(kpi: &Kpi) -> (u64, u64) {
    (kpi.numerator, kpi.denominator.unwrap())
}

fn percent(kpi: &Kpi, digits: usize) -> String {
    format!("{:.digits$}", kpi.value.unwrap() * 100.0)
}

fn plain() -> IssueFacts {
    IssueFacts::new(day(1), Source::Housekeeper)
}

fn closed(at: i64) -> IssueFacts {
    IssueFacts {
        closed: Some(day(at)),
        ..plain()
    }
}

/// 996 filed; 972 due, of which 911 are closed and 737 in time; of the other 24 some are put off, some
/// not due yet, and 5 closed before their time came.
fn tianmen() -> Vec<IssueFacts> {
    let due = |at: i64, closed: Option<i64>| IssueFacts {
        due: Some(day(at)),
        closed: closed.map(day),
        ..plain()
    };
    let mut facts = vec![due(10, Some(10)); 737];
    facts.extend(vec![due(10, Some(11)); 911 - 737]);
    facts.extend(vec![due(10, None); 972 - 911]);
    let put_off = IssueFacts {
        deferred: true,
        ..due(10, None)
    };
    facts.extend(vec![put_off; 9]);
    facts.extend(vec![due(40, None); 10]);
    facts.extend(vec![due(40, Some(20)); 5]);
    assert_eq!(facts.len(), 996);
    facts
}

#[test]
fn rates_of_closing_are_by_what_was_due_and_not_by_what_was_closed() {
    let due = found(tianmen(), KpiCode::Due);
    assert_eq!((due.numerator, due.denominator), (972, None));
    let rate = found(tianmen(), KpiCode::CloseRate);
    assert_eq!(
        (fraction(&rate), percent(&rate, 2)),
        ((911, 972), "93.72".into())
    );
    let on_time = found(tianmen(), KpiCode::OnTimeCloseRate);
    assert_eq!(
        (fraction(&on_time), percent(&on_time, 2)),
        ((737, 972), "75.82".into())
    );
    assert_eq!(found(tianmen(), KpiCode::ClosedOutsideDue).numerator, 5);
}

#[test]
fn what_came_after_the_as_of_time_does_not_count() {
    let early = kpis(tianmen(), november(), day(10));
    let numerators: Vec<_> = [KpiCode::Due, KpiCode::CloseRate, KpiCode::OnTimeCloseRate]
        .iter()
        .map(|code| early[*code as usize].numerator)
        .collect();
    assert_eq!(
        numerators,
        [972, 737, 737],
        "closed on day 11 is open on day 10"
    );
    assert_eq!(
        kpis(tianmen(), november(), day(9))[KpiCode::Due as usize].numerator,
        0
    );
    assert!(
        kpis(tianmen(), november(), day(0))
            .iter()
            .all(|kpi| kpi.n == 0)
    );
}

#[test]
fn another_system_may_say_in_time_without_saying_when() {
    let told = |in_time| IssueFacts {
        due: Some(day(10)),
        closed_within_limit: Some(in_time),
        ..closed(12)
    };
    let kpi = found(vec![told(true), told(false)], KpiCode::OnTimeCloseRate);
    assert_eq!(fraction(&kpi), (1, 2));
}

#[test]
fn self_solved_and_contained_of_xiyuan() {
    let level = |level| IssueFacts { level, ..closed(5) };
    let mut facts = vec![level(Some(Level::Own)); 300];
    facts.extend(vec![level(Some(Level::CompoundMeeting)); 30]);
    let own = found(facts.clone(), KpiCode::SelfSolved);
    assert_eq!(
        (fraction(&own), percent(&own, 1)),
        ((300, 330), "90.9".into())
    );
    let meeting = found(facts.clone(), KpiCode::MeetingSolved);
    assert_eq!(percent(&meeting, 1), "9.1");
    let contained = found(facts.clone(), KpiCode::Containment);
    assert_eq!(
        (fraction(&contained), percent(&contained, 1)),
        ((330, 330), "100.0".into())
    );
    // A level that nobody noted makes the figure neither better nor worse.
    facts.push(level(None));
    let contained = found(facts, KpiCode::Containment);
    assert_eq!(
        (fraction(&contained), contained.n, contained.unknown),
        ((330, 330), 331, 1)
    );
}

#[test]
fn without_issues_there_are_counts_of_zero_and_no_rates() {
    for kpi in kpis([], november(), day(30)) {
        let expected = kpi.denominator.is_none().then_some(0.0);
        assert_eq!(kpi.value, expected, "{}", kpi.code);
        assert!(!kpi.formula_zh.is_empty() && !kpi.formula_en.is_empty());
    }
}

#[test]
fn items_of_the_village_meetings_of_wangjiang() {
    let item = |closed| IssueFacts {
        closed,
        ..IssueFacts::new(day(1), Source::Meeting)
    };
    let mut facts = vec![item(Some(day(9))); 40];
    facts.extend(vec![item(None); 149]);
    let kpi = found(facts, KpiCode::MeetingResolution);
    assert_eq!(
        (fraction(&kpi), percent(&kpi, 1)),
        ((40, 189), "21.2".into())
    );
}

#[test]
fn the_ticket_of_wuxi_was_signed_24_times_and_returned_21_times() {
    let ticket = IssueFacts {
        dispatches: 24,
        returns: 21,
        ..plain()
    };
    let once = IssueFacts {
        dispatches: 1,
        returns: 1,
        ..plain()
    };
    let kpi = found(vec![ticket.clone()], KpiCode::ReturnRate);
    assert_eq!(
        (fraction(&kpi), percent(&kpi, 1)),
        ((21, 24), "87.5".into())
    );
    assert_eq!(found(vec![ticket, once], KpiCode::PingPong).numerator, 1);
}

#[test]
fn acknowledged_in_time_leaves_out_what_cannot_be_said_yet() {
    let ack = |due: Option<i64>, at: Option<i64>| IssueFacts {
        ack_due: due.map(day),
        acknowledged: at.map(day),
        ..plain()
    };
    let facts = vec![
        ack(Some(3), Some(3)),
        ack(Some(3), Some(4)),
        ack(Some(3), None),
        ack(Some(31), None),
        ack(None, Some(2)),
    ];
    let kpi = found(facts, KpiCode::AcknowledgedOnTime);
    assert_eq!((fraction(&kpi), kpi.n, kpi.unknown), ((1, 3), 5, 2));
}

#[test]
fn reopened_counts_for_30_days_and_an_issue_open_again_was_closed_once() {
    let again = |closed: i64, reopened: Option<i64>| IssueFacts {
        first_closed: Some(day(closed)),
        reopened: reopened.map(day),
        ..plain()
    };
    let as_of = day(90);
    let facts = [
        again(2, Some(32)),
        again(2, Some(33)),
        again(2, None),
        again(40, None),
    ];
    let kpi = &kpis(facts, november(), as_of)[KpiCode::ReopenRate as usize];
    assert_eq!(fraction(kpi), (1, 3));
}

#[test]
fn rework_counts_inspections_and_satisfaction_those_who_rated() {
    let inspected = IssueFacts {
        inspections: 3,
        reworks: 2,
        ..plain()
    };
    assert_eq!(
        fraction(&found(vec![inspected; 2], KpiCode::ReworkRate)),
        (4, 6)
    );
    let rated = |satisfied| IssueFacts {
        satisfied,
        ..closed(4)
    };
    let facts = vec![
        rated(Some(true)),
        rated(Some(false)),
        rated(None),
        rated(None),
    ];
    assert_eq!(
        fraction(&found(facts.clone(), KpiCode::Satisfaction)),
        (1, 2)
    );
    assert_eq!(fraction(&found(facts, KpiCode::Rated)), (2, 4));
}

#[test]
fn the_three_rates_of_the_hotline_have_each_its_own_base() {
    let call = |responded, resolved, satisfied| IssueFacts {
        responded,
        resolved,
        satisfied,
        ..IssueFacts::new(day(1), Source::Hotline)
    };
    let facts = vec![
        call(Some(true), Some(true), Some(true)),
        call(Some(true), Some(false), None),
        call(Some(false), None, None),
        plain(),
    ];
    for (code, expected) in [
        (KpiCode::HotlineResponse, (2, 3)),
        (KpiCode::HotlineResolution, (1, 2)),
        (KpiCode::HotlineSatisfaction, (1, 1)),
    ] {
        let kpi = found(facts.clone(), code);
        assert_eq!((fraction(&kpi), kpi.n), (expected, 3), "{code}");
    }
}
