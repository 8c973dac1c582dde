//! Who is in post: full-time keepers under the quota, part-time ones beside it.
//!
//! Invariant: no compound has more full-time keepers than its quota, so the sum of its shortages
//! is the shortage of the street.

use chrono::NaiveDate;

use super::model::{Building, Compound, Housekeeper, KeeperKind};
use super::names;
use super::random::Random;

/// Two per five hundred.
pub const HOUSEHOLDS_PER_KEEPER: u32 = 250;
/// Stem of part-time keepers' names; full-time ones have their community's.
const PART_TIME_STEM: usize = 9;
const CATEGORIES: [&str; 6] = [
    "在职党员",
    "离退休党员",
    "居民骨干",
    "两代表一委员",
    "物业公司优秀党员",
    "新就业群体",
];

/// Keepers required per compound by the default rule of a policy (`area_ratio`, 2 per 500):
/// the total is rounded half up, then handed down by largest remainder. Compounds come in the
/// order of their codes, which decides ties.
pub fn quota(households: &[u32]) -> Vec<u32> {
    let d = u64::from(HOUSEHOLDS_PER_KEEPER);
    let total: u64 = households.iter().map(|&h| u64::from(h)).sum();
    let mut required: Vec<u32> = households
        .iter()
        .map(|h| h / HOUSEHOLDS_PER_KEEPER)
        .collect();
    let whole: u64 = required.iter().map(|&q| u64::from(q)).sum();
    let left = ((total + d / 2) / d).saturating_sub(whole) as usize;
    let mut by_remainder: Vec<usize> = (0..households.len()).collect();
    by_remainder.sort_by_key(|&i| (std::cmp::Reverse(households[i] % HOUSEHOLDS_PER_KEEPER), i));
    for &i in by_remainder.iter().take(left) {
        required[i] += 1;
    }
    required
}

/// Full-time keepers per compound: `in_post` of them, never more than `required`, near the street
/// office first: full there, half further out, none at the end.
pub(super) fn postings(
    required: &[u32],
    office_distance_m: &[f64],
    in_post: usize,
    random: &mut Random,
) -> Vec<u32> {
    let mut order: Vec<(f64, usize)> = office_distance_m
        .iter()
        .enumerate()
        .map(|(c, d)| (d + random.between(0.0, 620.0), c))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut posted = vec![0; required.len()];
    let mut left = in_post as u32;
    let n = order.len();
    for (rank, &(_, c)) in order.iter().enumerate() {
        let full = rank * 10 < n * 3;
        let part = rank * 100 < n * 62;
        let wish = if full {
            required[c]
        } else {
            u32::from(part) * required[c].div_ceil(2)
        };
        posted[c] = wish.min(left);
        left -= posted[c];
    }
    while left > 0 {
        let before = left;
        for &(_, c) in &order {
            if left > 0 && posted[c] < required[c] {
                posted[c] += 1;
                left -= 1;
            }
        }
        if left == before {
            break; // every post is filled
        }
    }
    posted
}

/// Persons for the posts, and five part-time ones to every seven full-time ones.
/// `stem_of` is the stem of each compound's community.
pub(super) fn keepers(
    posted: &[u32],
    compounds: &[Compound],
    buildings: &[Building],
    stem_of: &[usize],
    random: &mut Random,
) -> Vec<Housekeeper> {
    let mut homes = vec![(usize::MAX, 0); compounds.len()];
    for (i, b) in buildings.iter().enumerate() {
        let h = &mut homes[b.compound];
        h.0 = h.0.min(i);
        h.1 += 1;
    }
    let mut numbers = [0_usize; 10];
    let mut out: Vec<Housekeeper> = Vec::new();
    let mut person = |compound: usize, stem: usize, kind, random: &mut Random| {
        let stem = stem % numbers.len();
        numbers[stem] += 1;
        let i = out.len();
        let start_date = match random.below(10) {
            0..=5 => date(2025, 9, 5),
            6..=7 => date(2026, 3, 1),
            _ => date(2026, 6, 15),
        };
        out.push(Housekeeper {
            name: names::person(stem, numbers[stem]),
            phone: names::private_phone(i),
            duty_phone: names::duty_phone(i),
            birth_date: date(
                1962 + random.below(34) as i32,
                random.whole(1, 12),
                random.whole(1, 28),
            ),
            home_building: homes[compound].0 + random.below(homes[compound].1),
            compound,
            kind,
            category: (kind == KeeperKind::PartTime).then(|| CATEGORIES[random.below(6)]),
            start_date,
        });
    };
    for (c, &n) in posted.iter().enumerate() {
        for _ in 0..n {
            person(c, stem_of[c] % PART_TIME_STEM, KeeperKind::FullTime, random);
        }
    }
    let in_post: u32 = posted.iter().sum();
    for _ in 0..in_post * 5 / 7 {
        let c = random.below(compounds.len());
        person(c, PART_TIME_STEM, KeeperKind::PartTime, random);
    }
    out
}

pub(super) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("days up to 28 exist in every month")
}
