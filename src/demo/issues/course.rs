//! What becomes of an issue: its moves from the report to the end, cut off at now.
//!
//! Chance does not ask what time it is: of an issue that goes on, tomorrow only shows more. Invariant: moves come in
//! the order of their times, and the state machine allows each of them.

use chrono::{DateTime, Duration, Utc};
use std::num::NonZeroU16;

use super::super::random::Random;
use super::{Past, Who};
use crate::domain::IssueId;
use crate::domain::issue::{
    FlowSettings, Level, Move, Owner, Priority, ReturnReason, Source, TimeLimit, TimeUnit,
    WorkCalendar, in_sample,
};

/// What a body needs of a time limit, in the median.
const NEEDED: f64 = 0.36;
/// Spread of that.
const SIGMA: f64 = 0.5;
/// How many times as long the slow body needs.
const SLOWER: f64 = 3.0;
/// Working hours of a day.
const DAY_HOURS: f64 = 8.0;

/// The moves of one issue while they are made up.
pub(super) struct Course<'a> {
    calendar: &'a WorkCalendar,
    now: DateTime<Utc>,
    at: DateTime<Utc>,
    urgent: bool,
    moves: Vec<(DateTime<Utc>, Who, Move)>,
}

impl<'a> Course<'a> {
    pub fn new(
        calendar: &'a WorkCalendar,
        now: DateTime<Utc>,
        at: DateTime<Utc>,
        urgent: bool,
    ) -> Self {
        Self {
            calendar,
            now,
            at,
            urgent,
            moves: Vec::new(),
        }
    }

    pub fn into_moves(self) -> Vec<(DateTime<Utc>, Who, Move)> {
        self.moves
    }

    /// Notes a move, unless it is still to come.
    pub fn go(&mut self, who: Who, made: Move) {
        if self.at <= self.now {
            self.moves.push((self.at, who, made));
        }
    }

    pub fn minutes(&mut self, least: u32, most: u32, random: &mut Random) {
        self.at += Duration::minutes(random.whole(least, most).into());
    }

    /// Waits some hours of work, not quite to the end of the last one. Urgent things go on at night, and faster.
    pub fn work(&mut self, least: u32, most: u32, random: &mut Random) {
        let hours = random.whole(least, most.max(least)).clamp(1, 2_000);
        let early = Duration::minutes(random.whole(1, 59).into());
        if self.urgent {
            self.at += Duration::minutes(i64::from(hours) * 15);
            return;
        }
        let amount = NonZeroU16::new(hours as u16).unwrap_or(NonZeroU16::MIN);
        let limit = TimeLimit {
            amount,
            unit: TimeUnit::WorkingHours,
        };
        self.at = self.calendar.due(self.at, limit, &[]) - early;
    }
}

/// A new issue, and what decides about its course.
pub(super) struct Case {
    pub past: Past,
    pub red_text: String,
    /// The share that a keeper solves alone.
    pub on_the_spot: f64,
    /// The responsible body.
    pub owner: Owner,
    /// Who is asked when it says no.
    pub other: Owner,
    /// Whether the responsible body is the slow one.
    pub slow: bool,
    pub limit: Option<TimeLimit>,
    /// At which level the responsible body resolves it.
    pub level: Level,
}

impl Case {
    /// The issue with its moves until `now`; whether another report may be merged `into` it. It may itself be merged.
    pub fn told(
        mut self,
        calendar: &WorkCalendar,
        now: DateTime<Utc>,
        into: Option<IssueId>,
        random: &mut Random,
    ) -> (Past, bool) {
        let urgent = self.past.priority == Priority::Urgent;
        let mut course = Course::new(calendar, now, self.past.reported_at, urgent);
        let keeper = self.past.source == Source::Housekeeper;
        let goes_on = if keeper && random.chance(self.on_the_spot) {
            self.solved_on_the_spot(&mut course, random);
            false
        } else {
            self.passed_on(&mut course, into, random)
        };
        self.past.moves = course.into_moves();
        (self.past, goes_on)
    }

    fn solved_on_the_spot(&self, course: &mut Course<'_>, random: &mut Random) {
        course.minutes(2, 50, random);
        let red_text = self.red_text.clone();
        course.go(Who::Keeper, Move::SolveSelf { red_text });
        course.go(Who::Keeper, closed(Level::Own));
        if !in_sample(self.past.id, FlowSettings::default().sample_bp) {
            return;
        }
        course.work(4, 40, random);
        if random.chance(0.96) {
            let note = Some("示例：抽查属实。".to_owned());
            course.go(Who::Inspector, Move::InspectPass { note });
        } else {
            let reason = "示例：抽查发现问题仍在。".to_owned();
            course.go(Who::Inspector, Move::InspectFail { reason });
            Self::handed_over(course, &self.owner, random);
            self.disposed_of(course, self.slow, random);
        }
    }

    /// Told to the secretary and on from there; whether it goes on as an issue of its own.
    fn passed_on(
        &self,
        course: &mut Course<'_>,
        into: Option<IssueId>,
        random: &mut Random,
    ) -> bool {
        course.go(self.past.reporter, Move::Report);
        if random.chance(0.05) {
            course.work(16, 40, random);
        } else {
            course.work(1, 4, random);
        }
        let fate = random.unit();
        if let Some(into) = into.filter(|_| random.chance(0.3)) {
            course.go(Who::Secretary, Move::Merge { into });
            return false;
        }
        if fate < 0.012 {
            let reason = "示例：经核实不属本街道受理范围，已告知反映人。".to_owned();
            course.go(Who::Secretary, Move::Reject { reason });
            return false;
        }
        course.go(Who::Secretary, Move::Acknowledge);
        if fate < 0.018 {
            let reason = "示例：反映人撤回。".to_owned();
            course.go(self.past.reporter, Move::Cancel { reason });
            return false;
        }
        if fate < 0.045 {
            self.escalated(course, random);
            return true;
        }
        Self::handed_over(course, &self.owner, random);
        let mut slow = self.slow;
        if fate < 0.105 {
            slow = self.returned(course, fate < 0.055, random);
        } else if random.chance(0.05) {
            put_off(course, random);
        }
        self.disposed_of(course, slow, random);
        let resident = self.past.reporter == Who::Resident;
        if random.chance(if resident { 0.06 } else { 0.015 }) {
            course.at += Duration::hours(random.whole(20, 20 * 24).into());
            let who = if resident {
                Who::Resident
            } else {
                Who::Inspector
            };
            let reason = "示例：同一问题再次出现。".to_owned();
            course.go(who, Move::Reopen { reason });
            course.work(1, 6, random);
            Self::handed_over(course, &self.owner, random);
            self.disposed_of(course, self.slow, random);
        }
        true
    }

    fn handed_over(course: &mut Course<'_>, owner: &Owner, random: &mut Random) {
        course.minutes(5, 60, random);
        course.go(Who::Secretary, Move::Coordinate);
        course.minutes(5, 60, random);
        let (owner, rule) = (owner.clone(), None);
        course.go(Who::Secretary, Move::Dispatch { owner, rule });
    }

    fn escalated(&self, course: &mut Course<'_>, random: &mut Random) {
        course.minutes(5, 60, random);
        course.go(Who::Secretary, Move::Coordinate);
        course.work(2, 10, random);
        let escalate = Move::Escalate {
            to: "示例区主管部门".to_owned(),
            reason: "示例：需区级协调资金和施工。".to_owned(),
        };
        course.go(Who::Secretary, escalate);
        course.work(40, 200, random);
        let red_text = self.red_text.clone();
        course.go(Who::Superior, Move::Answer { red_text });
        course.work(1, 6, random);
        course.go(Who::Secretary, closed(Level::District));
    }

    /// The responsible body gives it back; another takes it, or does not `twice`, and then it is decided. Whether the
    /// slow body has it in the end.
    fn returned(&self, course: &mut Course<'_>, twice: bool, random: &mut Random) -> bool {
        course.work(1, 6, random);
        let reason = match random.below(3) {
            0 => ReturnReason::NotOurPlace,
            1 => ReturnReason::Unclear,
            _ => ReturnReason::NotOurMatter,
        };
        let note = |text: &str| Some(format!("示例：{text}"));
        let first = note("请核实责任后重新派单。");
        course.go(
            Who::Handler,
            Move::Return {
                reason,
                note: first,
            },
        );
        course.work(1, 5, random);
        Self::handed_over(course, &self.other, random);
        if !twice {
            return false;
        }
        course.work(1, 6, random);
        let (reason, second) = (ReturnReason::NotOurMatter, note("不属本单位职责。"));
        course.go(
            Who::Handler,
            Move::Return {
                reason,
                note: second,
            },
        );
        course.work(4, 14, random);
        let (owner, reason) = (self.owner.clone(), "示例：按职责清单裁定。".to_owned());
        course.go(Who::Arbitrator, Move::Arbitrate { owner, reason });
        self.slow
    }

    /// From the work to the closing, with rework where an inspector says so.
    fn disposed_of(&self, course: &mut Course<'_>, slow: bool, random: &mut Random) {
        let mut hours = hours_of(self.limit) * NEEDED * random.log_normal(SIGMA);
        if slow {
            hours *= SLOWER;
        }
        if slow && random.chance(0.08) {
            // What lies at the bottom of the pile.
            hours += random.between(20.0, 60.0) * DAY_HOURS;
        }
        for rework in 0..3 {
            let needed = hours.ceil() as u32;
            course.work(needed, needed, random);
            let red_text = Some(self.red_text.clone());
            course.go(Who::Handler, Move::Complete { red_text });
            course.work(1, 5, random);
            if rework == 2 || random.chance(0.93) {
                break;
            }
            let reason = "示例：现场仍未处理到位。".to_owned();
            course.go(Who::Inspector, Move::InspectFail { reason });
            course.minutes(20, 120, random);
            course.go(Who::Handler, Move::Resume);
            hours /= 2.0;
        }
        course.go(Who::Inspector, Move::InspectPass { note: None });
        course.minutes(5, 90, random);
        course.go(Who::Secretary, closed(self.level));
    }
}

/// The red ink was written before.
fn closed(level: Level) -> Move {
    Move::Close {
        red_text: None,
        level: Some(level),
    }
}

fn put_off(course: &mut Course<'_>, random: &mut Random) {
    course.work(1, 6, random);
    let until = course.at + Duration::days(random.whole(15, 40).into());
    let reason = "示例：材料待到货，申请缓办。".to_owned();
    course.go(Who::Handler, Move::AskDefer { until, reason });
    course.work(1, 8, random);
    if random.chance(0.2) {
        let reason = "示例：可先采取临时措施，不同意缓办。".to_owned();
        course.go(Who::Secretary, Move::RefuseDefer { reason });
        return;
    }
    course.go(Who::Secretary, Move::ApproveDefer);
    course.at = until;
    course.work(1, 3, random);
    course.go(Who::Handler, Move::Resume);
}

/// Hours of work that a limit leaves.
fn hours_of(limit: Option<TimeLimit>) -> f64 {
    limit.map_or(5.0 * DAY_HOURS, |limit| {
        let amount = f64::from(limit.amount.get());
        match limit.unit {
            TimeUnit::WorkingDays | TimeUnit::Days => amount * DAY_HOURS,
            TimeUnit::WorkingHours | TimeUnit::Hours => amount,
        }
    })
}
