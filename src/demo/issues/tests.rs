//! The issues of the demo: legal, in place, the same again, and with the structure that they are there for.

use geo::Contains;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::duties::Body;
use super::*;
use crate::demo::{DEFAULT_SEED, scaled, small};
use crate::domain::Actor;
use crate::domain::issue::{Entry, FlowSettings, IssueEvent, IssueState, NewIssue, State, replay};
use crate::domain::{ActorId, IssueEventId};
use uuid::Uuid;

static CITY: LazyLock<DemoCity> = LazyLock::new(|| small(DEFAULT_SEED));
static ALL: LazyLock<Vec<Past>> = LazyLock::new(|| issues(&CITY, now()));

/// A Saturday evening.
fn now() -> DateTime<Utc> {
    "2026-11-28T13:00:00Z".parse().unwrap()
}

fn entry(who: Who) -> Entry {
    let id = Uuid::from_u128(who as u128 + 1);
    Entry {
        id: IssueEventId::new(id),
        by: Actor {
            id: ActorId::new(id),
            ..Actor::system()
        },
        capacity: who.capacity(),
        on_behalf_of: None,
        note: None,
    }
}

/// Where an issue stands, by the state machine under the terms of the day.
fn stands(past: &Past, calendar: &WorkCalendar) -> IssueState {
    let at = past.reported_at;
    let (mut flow, opened) = IssueEvent::opening(
        past.id,
        State::Found,
        None,
        None,
        None,
        entry(past.reporter),
        at,
    );
    let mut events = vec![opened];
    for (at, who, made) in &past.moves {
        let terms = FlowSettings::default().terms(&flow, calendar, *at);
        let (after, event) = IssueEvent::next(&flow, made.clone(), entry(*who), &terms)
            .unwrap_or_else(|refusal| panic!("{past:#?}\n{made:?} at {at}: {refusal}"));
        flow = after;
        events.push(event);
    }
    assert_eq!(replay(&events).as_ref(), Ok(&flow));
    flow
}

fn stand() -> Vec<(&'static Past, IssueState)> {
    let calendar = WorkCalendar::china();
    ALL.iter()
        .map(|past| (past, stands(past, &calendar)))
        .collect()
}

#[test]
fn the_same_city_and_instant_give_the_same_issues() {
    assert_eq!(*ALL, issues(&CITY, now()));
    let other = issues(&small(DEFAULT_SEED + 1), now());
    assert_ne!(ALL.len(), other.len());
}

#[test]
fn what_has_happened_stays_when_time_goes_on() {
    // A Friday noon and the same afternoon.
    let noon = now() - Duration::hours(33);
    let later = issues(&CITY, noon + Duration::hours(5));
    let later: HashMap<IssueId, &Past> = later.iter().map(|past| (past.id, past)).collect();
    let mut more = 0;
    for past in issues(&CITY, noon) {
        let then = later[&past.id];
        assert!(then.moves.starts_with(&past.moves), "{past:#?}");
        more += then.moves.len() - past.moves.len();
    }
    assert!(more > 0);
}

#[test]
fn every_move_is_legal_in_order_and_past() {
    let mut states = HashSet::new();
    for (past, flow) in stand() {
        let times = past.moves.iter().map(|(at, _, _)| *at);
        let times: Vec<_> = [past.reported_at].into_iter().chain(times).collect();
        assert!(times.is_sorted(), "{past:#?}");
        assert!(times.iter().all(|at| *at <= now()), "{past:#?}");
        states.insert(flow.state);
    }
    // Others are short stops; on a Saturday evening nothing need be there.
    for state in [
        State::Cancelled,
        State::Closed,
        State::Deferred,
        State::Disposing,
        State::Escalated,
        State::Inspecting,
        State::Merged,
        State::Rejected,
        State::Reported,
    ] {
        assert!(states.contains(&state), "no issue is {state}");
    }
}

#[test]
fn other_cities_and_days_are_legal_too() {
    let calendar = WorkCalendar::china();
    // In the middle of National Day and Spring Festival, and in a year whose holidays nobody knows yet.
    for (seed, at) in [
        (1, "2026-10-05T02:00:00Z"),
        (2, "2026-02-20T15:59:00Z"),
        (3, "2027-07-01T16:00:00Z"),
    ] {
        let all = issues(&small(seed), at.parse().unwrap());
        let lamps = all.iter().filter(|past| {
            let flow = stands(past, &calendar);
            past.black_text.contains("交界") && flow.returns == 2 && flow.bound
        });
        assert_eq!(lamps.count(), 1, "{at}");
    }
}

#[test]
fn reports_could_be_handed_in_and_lie_in_their_compound() {
    let tree = CategoryTree::standard();
    let mut without_point = 0;
    for past in &*ALL {
        let place = match past.place {
            IssuePlace::Point(point) => {
                assert!(
                    CITY.compounds[past.compound].outline.contains(&point),
                    "{past:#?}"
                );
                crate::domain::issue::Place::point(point.x(), point.y())
            }
            IssuePlace::Building(at) => {
                assert_eq!(CITY.buildings[at].compound, past.compound);
                without_point += 1;
                crate::domain::issue::Place::point(102.0, 40.0)
            }
            IssuePlace::Compound | IssuePlace::Community => {
                without_point += 1;
                crate::domain::issue::Place::point(102.0, 40.0)
            }
        };
        if tree.is_sensitive(past.category) {
            assert!(!matches!(past.place, IssuePlace::Point(_)), "{past:#?}");
        }
        assert!(past.black_text.starts_with("示例：") && !past.black_text.contains('{'));
        assert!(tree.is_leaf(past.category), "{}", past.category);
        let new = NewIssue {
            category: past.category.to_owned(),
            priority: past.priority,
            source: past.source,
            place,
            black_text: past.black_text.clone(),
            red_text: None,
            answers: past.answers.clone(),
            reported_at: Some(past.reported_at),
            occurred_at: None,
            photos: 0,
            on_behalf_of: None,
            external_id: None,
            field: past.field,
        };
        assert_eq!(new.check(&tree, now()), Vec::new());
    }
    let share = f64::from(without_point) / ALL.len() as f64;
    assert!((0.2..0.35).contains(&share), "{share}");
    let sensitive = ALL.iter().filter(|past| tree.is_sensitive(past.category));
    assert!(sensitive.count() > 100);
}

#[test]
fn there_are_about_300_a_week_and_nine_of_ten_are_solved_on_the_spot() {
    assert!((15_000..=20_000).contains(&ALL.len()), "{}", ALL.len());
    let last = ALL
        .iter()
        .filter(|past| now() - past.reported_at < Duration::days(28));
    let a_week = last.count() as f64 / 4.0;
    assert!((250.0..=350.0).contains(&a_week), "{a_week} a week");
    let (mut keepers, mut solved) = (0, 0);
    for (past, flow) in stand() {
        if past.source == Source::Housekeeper {
            keepers += 1;
            solved += u32::from(flow.self_solved);
        }
    }
    let share = f64::from(solved) / f64::from(keepers);
    assert!((0.85..=0.95).contains(&share), "{share}");
    let by_keepers = f64::from(keepers) / ALL.len() as f64;
    assert!((0.7..0.85).contains(&by_keepers), "{by_keepers}");
}

#[test]
fn a_big_city_has_no_more_issues_than_its_map_needs() {
    let city = scaled(100_000, 4);
    let all = issues(&city, now());
    assert!((25_000..=45_000).contains(&all.len()), "{}", all.len());
}

#[test]
fn seasons_weekends_and_spring_festival_show() {
    let calendar = WorkCalendar::china();
    let local = |past: &Past| calendar.day_of(past.reported_at);
    let of = |code: &str, months: &[u32]| {
        let kind = ALL.iter().filter(|past| past.category == code);
        kind.filter(|past| months.contains(&local(past).month()))
            .count()
    };
    assert_eq!(of("utilities.heating", &[5, 6, 7, 8, 9]), 0);
    assert!(of("utilities.heating", &[12, 1]) > 50);
    // Two summers against one winter, per month.
    let (summer, winter) = (
        of("environment.rubbish", &[7, 8]),
        of("environment.rubbish", &[1, 2]),
    );
    assert!(
        summer as f64 / 4.0 > 1.6 * winter as f64 / 2.0,
        "{summer} {winter}"
    );
    let day = |text: &str| {
        let day: NaiveDate = text.parse().unwrap();
        ALL.iter().filter(|past| local(past) == day).count()
    };
    let festival: usize = ["2026-02-16", "2026-02-17", "2026-02-18"]
        .map(day)
        .iter()
        .sum();
    let before: usize = ["2026-02-09", "2026-02-10", "2026-02-11"]
        .map(day)
        .iter()
        .sum();
    assert!(before > 3 * festival, "{before} {festival}");
    let weekend = ALL
        .iter()
        .filter(|past| local(past).weekday().num_days_from_monday() > 4);
    assert!(
        weekend.count() * 5 < ALL.len(),
        "fewer than one in five at weekends"
    );
}

#[test]
fn clusters_have_three_times_as_many_of_their_kinds_lately() {
    let places = Places::new(&CITY);
    for (cluster, families) in [
        (0, &["environment.", "order.", "safety."][..]),
        (1, &["utilities."]),
    ] {
        let inside = |past: &Past| places.clusters[cluster].contains(&past.compound);
        let share = |recent: bool| {
            let kind = ALL.iter().filter(|past| {
                let days = (now() - past.reported_at).num_days();
                let then = if recent {
                    days < HOT_DAYS - 1
                } else {
                    days > HOT_DAYS
                };
                then && families
                    .iter()
                    .any(|family| past.category.starts_with(family))
            });
            let (all, hot) = kind.fold((0, 0), |(all, hot), past| {
                (all + 1, hot + u32::from(inside(past)))
            });
            f64::from(hot) / f64::from(all)
        };
        // Odds, because the shares of all compounds add up to one.
        let odds = |share: f64| share / (1.0 - share);
        let ratio = odds(share(true)) / odds(share(false));
        assert!((2.2..4.0).contains(&ratio), "cluster {cluster}: {ratio}");
    }
}

#[test]
fn the_slow_department_has_most_of_what_is_overdue() {
    let (calendar, tree) = (WorkCalendar::china(), CategoryTree::standard());
    let slow = Body::Urban.owner(&CITY, 0).code;
    let (mut dispatched, mut slow_dispatched, mut overdue, mut slow_overdue) = (0, 0, 0, 0);
    for (past, flow) in stand() {
        let Some(owner) = &flow.owner else { continue };
        let is_slow = owner.code == slow;
        dispatched += 1;
        slow_dispatched += u32::from(is_slow);
        let limit = tree
            .get(past.category)
            .unwrap()
            .limits
            .dispose
            .of(past.priority)
            .unwrap();
        let due = calendar.due(past.reported_at, limit, &flow.pauses);
        if !flow.state.is_terminal() && !flow.deferred_at(now()) && due < now() {
            overdue += 1;
            slow_overdue += u32::from(is_slow);
        }
    }
    eprintln!("{slow_dispatched} of {dispatched} dispatched, {slow_overdue} of {overdue} overdue");
    assert!(slow_dispatched * 3 < dispatched, "it is one of several");
    assert!(slow_overdue >= 15, "{slow_overdue}");
    assert!(
        slow_overdue * 10 >= overdue * 6,
        "{slow_overdue} of {overdue}"
    );
}

#[test]
fn the_rules_name_the_body_that_gets_an_issue_first() {
    let rules = duties(&CITY);
    let codes: Vec<_> = rules.iter().flat_map(|duty| &duty.categories).collect();
    assert!(
        codes
            .iter()
            .all(|code| KINDS.iter().any(|kind| kind.code == **code))
    );
    let mut checked = HashSet::new();
    for past in ALL.iter().filter(|past| !past.black_text.contains("交界")) {
        let first = past.moves.iter().find_map(|(_, _, made)| match made {
            Move::Dispatch { owner, .. } => Some(owner),
            _ => None,
        });
        let Some(first) = first else { continue };
        let named: Vec<_> = rules
            .iter()
            .filter(|duty| duty.categories.contains(&past.category))
            .filter(|duty| duty.compounds.is_empty() || duty.compounds.contains(&past.compound))
            .collect();
        match named.as_slice() {
            [] => assert_eq!(first.code, CITY.compounds[past.compound].community),
            [one] => assert_eq!(one.owner, *first),
            several => panic!("{several:?}"),
        }
        checked.insert(first.code.clone());
    }
    assert!(checked.len() > 12, "{checked:?}");
}

#[test]
fn some_wait_for_acknowledgement_and_some_come_back() {
    let all = stand();
    let count =
        |which: &dyn Fn(&IssueState) -> bool| all.iter().filter(|(_, flow)| which(flow)).count();
    let waiting = count(&|flow| flow.state == State::Reported && flow.acknowledged_at.is_none());
    assert!((1..60).contains(&waiting), "{waiting}");
    assert!(count(&|flow| flow.reopened > 0) > 30);
    assert!(count(&|flow| flow.reworks > 0) > 100);
    assert!(count(&|flow| flow.returns > 1) > 5);
    assert!(count(&|flow| !flow.pauses.is_empty()) > 50);
}
