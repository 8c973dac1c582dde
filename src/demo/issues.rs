//! Eighteen months of synthetic issues with a structure worth finding: hot spots, seasons, a slow department, one
//! issue that goes to and fro.
//!
//! Not rows: no stamps, no due times, no codes; the services replay the moves. Invariant: the same city and instant
//! give the same issues, and every move is legal where and when it is made.

mod course;
mod duties;
mod kinds;
mod lamp;
mod places;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Duration, NaiveDate, Utc};
use geo::Point;
use std::collections::{BTreeMap, HashMap};

use super::model::DemoCity;
use super::random::Random;
use crate::domain::IssueId;
use crate::domain::issue::{
    Answers, Capacity, CategoryTree, CityField, DayKind, Move, Priority, Source, WorkCalendar,
};
use course::Case;
use kinds::{KINDS, Kind};
use places::Places;

pub use duties::{Duty, duties};

/// Days of history: 18 months.
const DAYS: i64 = 548;
/// Issues of an ordinary week at the end, per household of the street that the first screen shows.
const A_WEEK_PER_HOUSEHOLD: f64 = 300.0 / 31_000.0;
/// At most so many a week, whatever the households: a big city is made for its buildings.
const MOST_A_WEEK: f64 = 600.0;
/// What was reported at the beginning, as a share of today: people have to learn it first.
const AT_FIRST: f64 = 0.55;
/// A cluster is hot in the last so many days.
const HOT_DAYS: i64 = 30;
/// A report in the same place and kind within so many days may be the same issue.
const SAME_DAYS: i64 = 7;

/// Where an issue is; indices are those of the city.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum IssuePlace {
    /// A point, degrees.
    Point(Point<f64>),
    /// A building, without a point.
    Building(usize),
    /// A compound, without a point.
    Compound,
    /// The community of the compound.
    Community,
}

/// Who makes a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// The keeper of the place.
    Keeper,
    /// A resident.
    Resident,
    /// The secretary of the community.
    Secretary,
    /// The 12345 hotline.
    Hotline,
    /// Who handles it for the responsible body.
    Handler,
    /// An inspector.
    Inspector,
    /// A body above the street.
    Superior,
    /// Who decides when nobody wants it.
    Arbitrator,
}

impl Who {
    /// In which capacity they move an issue.
    pub const fn capacity(self) -> Capacity {
        match self {
            Self::Inspector | Self::Arbitrator => Capacity::Inspector,
            Self::Resident => Capacity::Reporter,
            _ => Capacity::Staff,
        }
    }
}

/// A synthetic issue with everything that happened to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Identity.
    pub id: IssueId,
    /// Where.
    pub place: IssuePlace,
    /// Index of the compound that it lies in.
    pub compound: usize,
    /// Code of the category.
    pub category: &'static str,
    /// Priority.
    pub priority: Priority,
    /// By which way it came.
    pub source: Source,
    /// The problem.
    pub black_text: String,
    /// Answers to what its category must know.
    pub answers: Answers,
    /// Field of the city's roll-up.
    pub field: Option<CityField>,
    /// When it came, and who brought it: the opening, found.
    pub reported_at: DateTime<Utc>,
    /// Who found it.
    pub reporter: Who,
    /// What happened afterwards, in order.
    pub moves: Vec<(DateTime<Utc>, Who, Move)>,
}

/// All issues of the 18 months before `now`, in the order of their reports.
pub fn issues(city: &DemoCity, now: DateTime<Utc>) -> Vec<Past> {
    let calendar = WorkCalendar::china();
    let tree = CategoryTree::standard();
    let places = Places::new(city);
    let today = calendar.day_of(now);
    let households: u32 = city.compounds.iter().map(|c| c.households).sum();
    let a_day = (f64::from(households) * A_WEEK_PER_HOUSEHOLD).min(MOST_A_WEEK) / 7.0;
    let mut earlier: HashMap<(usize, &str), (IssueId, DateTime<Utc>)> = HashMap::new();
    let mut all = Vec::new();
    for back in (0..DAYS).rev() {
        let day = today - Duration::days(back);
        // A stream for each day: what is drawn for one does not shift the next.
        let mut random = Random::new(city.seed, 1_000 + day.num_days_from_ce() as u64);
        let grown = AT_FIRST + (1.0 - AT_FIRST) * (DAYS - back) as f64 / DAYS as f64;
        let usual = a_day * grown * of_day(&calendar, day);
        let hot = back < HOT_DAYS;
        let mut found: Vec<(DateTime<Utc>, &Kind, usize)> = Vec::new();
        for kind in &KINDS {
            let expected = usual * kind.share() * kind.season.factor(day.month0());
            let expected = expected * places.swell(kind, hot);
            for _ in 0..(expected + random.unit()).floor() as usize {
                let at = time_of_day(&calendar, day, &mut random);
                found.push((at, kind, places.compound(kind, hot, &mut random)));
            }
        }
        found.sort_by_key(|(at, kind, compound)| (*at, kind.code, *compound));
        for (at, kind, compound) in found {
            let same = earlier.get(&(compound, kind.code)).copied();
            let case = report(&places, &tree, kind, compound, at, &mut random);
            let into = same
                .filter(|(_, then)| at - *then < Duration::days(SAME_DAYS))
                .map(|(id, _)| id);
            let (past, goes_on) = case.told(&calendar, now, into, &mut random);
            if goes_on {
                earlier.insert((compound, kind.code), (past.id, at));
            }
            if at <= now {
                all.push(past);
            }
        }
    }
    all.extend(lamp::to_and_fro(&places, &calendar, now));
    all.sort_by_key(|past| (past.reported_at, past.id));
    all
}

/// Fewer reports when people do not work, hardly any at Spring Festival. The mean of a plain week is about 1.
fn of_day(calendar: &WorkCalendar, day: NaiveDate) -> f64 {
    let year = calendar.data().years.get(&day.year());
    let festival = year.is_some_and(|year| {
        year.holidays
            .iter()
            .any(|run| run.name.contains("春节") && (run.from..=run.to).contains(&day))
    });
    match calendar.exception(day) {
        _ if festival => 0.25,
        Some(DayKind::Holiday) => 0.55,
        _ if calendar.is_workday(day) => 1.16,
        _ => 0.6,
    }
}

/// Most is found between breakfast and supper.
fn time_of_day(calendar: &WorkCalendar, day: NaiveDate, random: &mut Random) -> DateTime<Utc> {
    let minute = 7 * 60 + (f64::midpoint(random.unit(), random.unit()) * 840.0) as i64;
    local(calendar, day, minute)
}

fn local(calendar: &WorkCalendar, day: NaiveDate, minute: i64) -> DateTime<Utc> {
    let offset = i64::from(calendar.data().offset_minutes);
    day.and_time(chrono::NaiveTime::MIN).and_utc() + Duration::minutes(minute - offset)
}

/// What is told about a new issue.
fn report(
    places: &Places<'_>,
    tree: &CategoryTree,
    kind: &'static Kind,
    compound: usize,
    at: DateTime<Utc>,
    random: &mut Random,
) -> Case {
    let sensitive = tree.is_sensitive(kind.code);
    let (source, reporter) = match random.unit() {
        u if u < 0.78 => (Source::Housekeeper, Who::Keeper),
        u if u < 0.89 => (Source::Resident, Who::Resident),
        u if u < 0.94 => (Source::Hotline, Who::Hotline),
        u if u < 0.97 => (Source::Secretary, Who::Secretary),
        _ => (Source::Meeting, Who::Secretary),
    };
    let priority = match random.unit() {
        u if u < 0.015 => Priority::Urgent,
        u if u < 0.10 => Priority::High,
        u if u < 0.87 => Priority::Normal,
        _ => Priority::Low,
    };
    let (place, label) = match random.unit() {
        // Where somebody lives who quarrels or needs help is no point on a map.
        u if sensitive && u < 0.6 => places.building(compound, random),
        _ if sensitive => places.whole(compound),
        u if kind.is_opinion() && u < 0.4 => places.community(compound),
        u if u < 0.74 => places.point(compound, random),
        u if u < 0.92 => places.building(compound, random),
        _ => places.whole(compound),
    };
    let (black, red) = kind.texts[random.below(kind.texts.len())];
    let answers: Answers = tree.get(kind.code).map_or_else(BTreeMap::new, |category| {
        let needed = category.questions.iter().filter(|asked| asked.required);
        needed
            .filter_map(|asked| {
                // The first value is the least: one home, nobody trapped.
                let answer = asked.values.first()?.key.clone();
                Some((asked.code.clone(), vec![answer]))
            })
            .collect()
    });
    Case {
        past: Past {
            id: IssueId::make(at, random.bytes()),
            place,
            compound,
            category: kind.code,
            priority,
            source,
            black_text: format!("示例：{}", black.replace("{}", &label)),
            answers,
            field: kind.field(),
            reported_at: at,
            reporter,
            moves: Vec::new(),
        },
        red_text: format!("示例：{}", red.replace("{}", &label)),
        on_the_spot: kind.on_the_spot,
        owner: places.owner(kind.duty, compound),
        other: places.other_owner(kind.duty, compound),
        slow: kind.duty == duties::SLOW,
        limit: tree
            .get(kind.code)
            .and_then(|category| category.limits.dispose.of(priority)),
        level: kind.duty.level(),
    }
}
