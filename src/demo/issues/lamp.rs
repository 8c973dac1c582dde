//! The street lamp on the strip between two communities that nobody wants: returned twice, then decided.
//!
//! Invariant: it is open, and bound to the body that arbitration named.

use chrono::{DateTime, Duration, Utc};

use super::super::random::Random;
use super::course::Course;
use super::duties::Body;
use super::places::Places;
use super::{Past, Who, local};
use crate::domain::IssueId;
use crate::domain::issue::{Answers, Move, Owner, Priority, ReturnReason, Source, WorkCalendar};

/// Days before today that it was reported: enough for its story even around Spring Festival.
const DAYS_AGO: i64 = 24;

/// The issue that goes to and fro; `None` in a city of one community.
pub(super) fn to_and_fro(
    places: &Places<'_>,
    calendar: &WorkCalendar,
    now: DateTime<Utc>,
) -> Option<Past> {
    let (here, there) = places.across_the_border()?;
    let day = calendar.day_of(now) - Duration::days(DAYS_AGO);
    let at = local(calendar, day, 19 * 60 + 40);
    let mut random = Random::new(places.city.seed, 901);
    let (place, _) = places.point(here, &mut random);
    let name = |compound: usize| places.city.compounds[compound].name.as_str();
    let mut course = Course::new(calendar, now, at, false);
    course.go(Who::Resident, Move::Report);
    course.work(2, 2, &mut random);
    course.go(Who::Secretary, Move::Acknowledge);
    let hand_to = |course: &mut Course<'_>, owner: Owner, random: &mut Random| {
        course.work(2, 4, random);
        course.go(Who::Secretary, Move::Coordinate);
        course.minutes(30, 90, random);
        course.go(Who::Secretary, Move::Dispatch { owner, rule: None });
        course.work(5, 6, random);
    };
    let give_back = |course: &mut Course<'_>, reason: ReturnReason, note: &str| {
        let note = Some(format!("示例：{note}"));
        course.go(Who::Handler, Move::Return { reason, note });
    };
    let works = places.owner(Body::Works, here);
    hand_to(&mut course, works.clone(), &mut random);
    let note = "灯杆在两社区交界绿化带内，不在本办养护清单。";
    give_back(&mut course, ReturnReason::NotOurPlace, note);
    hand_to(&mut course, places.owner(Body::Urban, here), &mut random);
    let note = "路灯维修不属城管职责，请另行派单。";
    give_back(&mut course, ReturnReason::NotOurMatter, note);
    course.work(12, 14, &mut random);
    let reason =
        "示例：已两次退回，经街道裁定由城建办负责维修；今后此处同类问题照此办理，不得再退。";
    let arbitrate = Move::Arbitrate {
        owner: works,
        reason: reason.to_owned(),
    };
    course.go(Who::Arbitrator, arbitrate);
    Some(Past {
        id: IssueId::make(at, random.bytes()),
        place,
        compound: here,
        category: "utilities.lighting",
        priority: Priority::Normal,
        source: Source::Resident,
        black_text: format!(
            "示例：{}与{}交界绿化带旁的路灯不亮，两边都说不归自己管，晚间出行不便。",
            name(here),
            name(there)
        ),
        answers: Answers::new(),
        field: None,
        reported_at: at,
        reporter: Who::Resident,
        moves: course.into_moves(),
    })
}
