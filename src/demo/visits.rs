//! Sixty days of synthetic visits, the tiers behind them, and diaries: most compounds are kept warm, a few went cold.
//!
//! Not rows: the services find the keeper of a building. Invariant: the same city and instant give the same visits.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::model::DemoCity;
use super::random::Random;
use crate::domain::issue::WorkCalendar;
use crate::domain::visit::{TierCounts, VisitKind};

/// Days of history.
const DAYS: i64 = 60;
/// Of so many compounds, one went cold.
const COLD_OF: usize = 9;
/// Streams of chance.
const VISITS: u64 = 71;
const TIERS: u64 = 72;
const DIARIES: u64 = 73;
/// Minutes between local time and UTC.
const OFFSET_MIN: i64 = 480;

/// A visit of the demo.
#[derive(Debug, Clone, PartialEq)]
pub struct PastVisit {
    /// Building, by its index in the city.
    pub building: usize,
    /// When.
    pub at: DateTime<Utc>,
    /// Households reached.
    pub households: u32,
    /// What it was.
    pub kind: VisitKind,
    /// Note.
    pub note: Option<&'static str>,
    /// Whether a secretary wrote it down.
    pub delegated: bool,
}

/// Counts of a building.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoTier {
    /// Building, by its index in the city.
    pub building: usize,
    /// Households by tier.
    pub tiers: TierCounts,
    /// Priority households.
    pub priority: u32,
    /// Hardship households.
    pub hardship: u32,
}

/// An entry of a diary.
#[derive(Debug, Clone, PartialEq)]
pub struct PastDiary {
    /// Building, by its index in the city.
    pub building: usize,
    /// The problem.
    pub black: &'static str,
    /// When.
    pub black_at: DateTime<Utc>,
    /// The result and when.
    pub red: Option<(&'static str, DateTime<Utc>)>,
}

/// Problems with their results; the first pair stands in the newspaper page.
const STORIES: [(&str, &str); 10] = [
    ("供水改造后高层水压跟不上", "更换了高层原配件"),
    ("楼道堆了纸箱，通道堵住", "当场搬走，通道通了"),
    ("3 单元门禁坏了，等配件", "物业换了配件，门禁好了"),
    ("长椅少了一条木板", "社区请人补上了木板"),
    ("地下室积水，抽完又有", "疏通排水口，三天没再积水"),
    ("老人买药不方便", "约好每周三代买一次"),
    ("楼前路灯晚上不亮", "供电所换了灯"),
    ("两户为楼道鞋柜红了脸", "两边都挪了一点，握手了"),
    ("电动车在楼道里充电", "劝到车棚，充电桩已通电"),
    ("垃圾桶早上总是满的", "保洁改为一天清两次"),
];
const NOTES: [&str; 4] = [
    "楼道干净",
    "约好下周再来",
    "问了医保怎么办",
    "雨棚有点松，已告诉物业",
];

/// Whether a compound went cold, and how many days ago it was visited last.
fn cold(compound: usize) -> Option<i64> {
    (compound % COLD_OF == 4).then_some(15 + (compound as i64 * 7) % 20)
}

/// The visits of the last sixty days up to `now`, oldest first.
pub fn visits(city: &DemoCity, now: DateTime<Utc>) -> Vec<PastVisit> {
    let mut random = Random::new(city.seed, VISITS);
    let calendar = WorkCalendar::china();
    let today = (now + Duration::minutes(OFFSET_MIN)).date_naive();
    let mut all = Vec::new();
    for (at, building) in city.buildings.iter().enumerate() {
        // Who goes often goes often everywhere: a rhythm of its own for each building.
        let every = random.between(3.0, 8.5);
        let mut next = random.between(0.0, every);
        while next < DAYS as f64 {
            let ago = next as i64;
            next += (every * random.between(0.6, 1.5)).max(1.0);
            let day = today - Duration::days(ago);
            let rests = !calendar.is_workday(day) && random.chance(0.7);
            if rests || cold(building.compound).is_some_and(|last| ago < last) {
                continue;
            }
            all.extend(
                visit(&mut random, at, building.households, day).filter(|one| one.at <= now),
            );
        }
    }
    all.sort_by_key(|one| (one.at, one.building));
    all
}

fn visit(
    random: &mut Random,
    building: usize,
    households: u32,
    day: NaiveDate,
) -> Option<PastVisit> {
    let talk = random.chance(0.06);
    let minute = if talk {
        random.whole(19 * 60, 21 * 60)
    } else {
        random.whole(510, 1_050)
    };
    let share = random.between(0.1, 0.55);
    let reached = if random.chance(0.05) {
        0
    } else {
        ((f64::from(households) * share) as u32)
            .clamp(1, households.max(1))
            .min(households)
    };
    let note = random
        .chance(0.12)
        .then(|| NOTES[random.below(NOTES.len())]);
    let local = day.and_hms_opt(0, 0, 0)? + Duration::minutes(i64::from(minute));
    Some(PastVisit {
        building,
        at: local.and_utc() - Duration::minutes(OFFSET_MIN),
        households: reached,
        kind: if talk {
            VisitKind::NightTalk
        } else {
            VisitKind::Household
        },
        note,
        delegated: random.chance(0.08),
    })
}

/// Counts of every building.
pub fn tiers(city: &DemoCity) -> Vec<DemoTier> {
    let mut random = Random::new(city.seed, TIERS);
    let of = |(building, row): (usize, &super::model::Building)| {
        let mut part = |low: f64, high: f64| {
            (f64::from(row.households) * random.between(low, high)).round() as u32
        };
        let (weekly, monthly) = (part(0.0, 0.04), part(0.03, 0.10));
        let (priority, hardship) = (part(0.0, 0.06), part(0.0, 0.02));
        let daily = u32::from(random.chance(0.15));
        DemoTier {
            building,
            tiers: TierCounts {
                daily,
                weekly,
                monthly,
            },
            priority,
            hardship,
        }
    };
    city.buildings.iter().enumerate().map(of).collect()
}

/// Entries of diaries: one for every third building or so, most of them with a result.
pub fn diaries(city: &DemoCity, now: DateTime<Utc>) -> Vec<PastDiary> {
    let mut random = Random::new(city.seed, DIARIES);
    let mut all = Vec::new();
    for building in 0..city.buildings.len() {
        while random.chance(0.45) {
            let ago = random.whole(0, DAYS as u32 - 1);
            let hours = random.whole(1, 9);
            let black_at = now - Duration::days(i64::from(ago)) - Duration::hours(i64::from(hours));
            let (black, red) = STORIES[random.below(STORIES.len())];
            let red_at = black_at + Duration::days(i64::from(random.whole(0, 12)));
            let done = random.chance(0.8) && red_at <= now;
            all.push(PastDiary {
                building,
                black,
                black_at,
                red: done.then_some((red, red_at)),
            });
        }
    }
    all.sort_by_key(|one| (one.black_at, one.building));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;

    #[test]
    fn most_compounds_are_warm_a_few_are_cold_and_nobody_is_visited_tomorrow() {
        let city = crate::demo::small(42);
        let now: DateTime<Utc> = "2026-11-29T04:00:00Z".parse().unwrap();
        let all = visits(&city, now);
        assert_eq!(
            all,
            visits(&city, now),
            "the same city gives the same visits"
        );
        assert!(all.len() > 3_000, "{}", all.len());
        let mut last = vec![None; city.compounds.len()];
        for one in &all {
            let building = &city.buildings[one.building];
            assert!(one.at <= now && one.households <= building.households);
            last[building.compound] = last[building.compound].max(Some(one.at));
        }
        let gone = last
            .iter()
            .filter(|at| at.is_some_and(|at| (now - at).num_days() >= 14))
            .count();
        assert!(
            (2..=8).contains(&gone),
            "{gone} of {} compounds are cold",
            last.len()
        );
        assert!(all.iter().any(|one| one.kind == VisitKind::NightTalk));
        assert!(all.iter().map(|one| one.at.year()).all(|year| year == 2026));
    }

    #[test]
    fn counts_fit_into_their_buildings_and_no_red_is_older_than_its_black() {
        let city = crate::demo::small(42);
        for tier in tiers(&city) {
            let sum = tier.tiers.daily + tier.tiers.weekly + tier.tiers.monthly;
            let households = city.buildings[tier.building].households;
            assert!(
                sum <= households && tier.priority <= households && tier.hardship <= households
            );
        }
        let now: DateTime<Utc> = "2026-11-29T04:00:00Z".parse().unwrap();
        let all = diaries(&city, now);
        assert!(
            all.iter().any(|one| one.red.is_none()) && all.len() > 100,
            "{}",
            all.len()
        );
        assert!(all.iter().all(|one| {
            one.red
                .is_none_or(|(_, at)| one.black_at <= at && at <= now)
        }));
    }
}
