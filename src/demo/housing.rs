//! Rows of houses on a compound's ground, and the households in them.
//!
//! Chinese rows: long sides to the south, numbered from the south-west. Households are stairwells
//! × floors × doors on a landing, less ground-floor shops. Invariant: [`settle`] ends with the
//! exact total wanted, at least one household a house, and no compound a multiple of 250.

use super::plane::{Piece, Point};
use super::random::Random;

/// Distance from the fence to the nearest house wall, metres.
const FENCE_GAP_M: f64 = 9.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Six-storey walk-up.
    WalkUp,
    /// Slab with lifts.
    Slab,
    Tower,
    /// Two-storey lane house of the old town.
    Lane,
}

struct Form {
    row_pitch_m: f64,
    depth_m: f64,
    length_m: f64,
    gap_m: f64,
    stairwell_m: f64,
    doors_per_landing: u32,
    floors: (u32, u32),
    /// How far [`settle`] may go.
    floor_limits: (u32, u32),
}

impl Style {
    const fn form(self) -> Form {
        match self {
            Self::WalkUp => Form {
                row_pitch_m: 30.0,
                depth_m: 12.0,
                length_m: 54.0,
                gap_m: 8.0,
                stairwell_m: 15.0,
                doors_per_landing: 2,
                floors: (6, 6),
                floor_limits: (5, 7),
            },
            Self::Slab => Form {
                row_pitch_m: 44.0,
                depth_m: 14.0,
                length_m: 46.0,
                gap_m: 13.0,
                stairwell_m: 18.0,
                doors_per_landing: 2,
                floors: (10, 14),
                floor_limits: (8, 18),
            },
            Self::Tower => Form {
                row_pitch_m: 60.0,
                depth_m: 22.0,
                length_m: 32.0,
                gap_m: 24.0,
                stairwell_m: 40.0,
                doors_per_landing: 4,
                floors: (24, 28),
                floor_limits: (18, 33),
            },
            Self::Lane => Form {
                row_pitch_m: 22.0,
                depth_m: 10.0,
                length_m: 18.0,
                gap_m: 6.0,
                stairwell_m: 40.0,
                doors_per_landing: 5,
                floors: (2, 3),
                floor_limits: (2, 3),
            },
        }
    }

    /// By land, so that buildings come out at 42 % walk-ups, 18 % slabs, 10 % towers, 30 % lanes.
    pub fn draw(random: &mut Random) -> Self {
        match random.below(1000) {
            0..=439 => Self::WalkUp,
            440..=712 => Self::Slab,
            713..=907 => Self::Tower,
            _ => Self::Lane,
        }
    }

    /// The small street's order: every third or fourth compound is of another time.
    pub fn nth(i: usize) -> Self {
        [
            Self::WalkUp,
            Self::Slab,
            Self::WalkUp,
            Self::Tower,
            Self::Slab,
            Self::WalkUp,
            Self::Slab,
            Self::Tower,
        ][i * 5 % 8]
    }
}

/// A house in plan metres, long side along x.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub compound: usize,
    pub style: Style,
    pub centre: Point,
    pub length_m: f64,
    pub depth_m: f64,
    pub floors: u32,
    pub stairwells: u32,
    /// Flats short of (negative) or beyond stairwells × floors × doors.
    pub extra: i64,
}

impl House {
    fn per_floor(&self) -> u32 {
        self.stairwells * self.style.form().doors_per_landing
    }

    pub fn households(&self) -> u32 {
        (i64::from(self.per_floor() * self.floors) + self.extra) as u32
    }

    /// `[x0, y0, x1, y1]` in plan metres.
    pub fn bounds(&self) -> [f64; 4] {
        let ([x, y], l, d) = (self.centre, self.length_m / 2.0, self.depth_m / 2.0);
        [x - l, y - d, x + l, y + d]
    }
}

/// Fills the ground with rows. A slab compound may end in a row of towers on its north side.
pub(super) fn fill(
    piece: &Piece,
    style: Style,
    compound: usize,
    random: &mut Random,
) -> Vec<House> {
    let Some(ground) = piece.inset(FENCE_GAP_M) else {
        return Vec::new();
    };
    let [x0, y0, x1, y1] = ground.bounds();
    let towers_north = style == Style::Slab && random.chance(0.4);
    let (low, high) = style.form().floors;
    let floors = random.whole(low, high);
    let mut houses = Vec::new();
    let mut south = y1 - 2.0;
    let mut row = 0;
    loop {
        let row_style = if towers_north && row >= 3 {
            Style::Tower
        } else {
            style
        };
        let form = row_style.form();
        let y = south - form.depth_m / 2.0;
        if y - form.depth_m / 2.0 < y0 {
            break;
        }
        let shifted = row_style == Style::Tower && row % 2 == 1;
        let mut west = x0 + if shifted { 20.0 } else { 0.0 };
        while west < x1 {
            let length_m = (form.length_m * random.between(0.8, 1.2) * 10.0).round() / 10.0;
            let house = House {
                compound,
                style: row_style,
                centre: [west + length_m / 2.0, y],
                length_m,
                depth_m: form.depth_m,
                floors: if row_style == style {
                    floors
                } else {
                    floors * 2
                },
                stairwells: ((length_m / form.stairwell_m).round() as u32).max(1),
                extra: 0,
            };
            let b = house.bounds();
            let fits = [[b[0], b[1]], [b[2], b[1]], [b[2], b[3]], [b[0], b[3]]]
                .into_iter()
                .all(|p| ground.contains(p));
            if fits && random.chance(0.97) {
                houses.push(house);
            }
            // A house that does not fit a slanting end may fit a little further on.
            west += if fits { length_m + form.gap_m } else { 6.0 };
        }
        south -= form.row_pitch_m;
        row += 1;
    }
    houses
}

/// Brings the total to `target`: whole compounds grow or shrink by floors, then single houses,
/// then shops take ground-floor flats. `target` must be at least the number of houses.
pub(super) fn settle(houses: &mut [House], target: u32) {
    let total = |houses: &[House]| {
        houses
            .iter()
            .map(|h| i64::from(h.households()))
            .sum::<i64>()
    };
    if houses.is_empty() {
        return;
    }
    let target = i64::from(target);
    let ratio = target as f64 / total(houses).max(1) as f64;
    for h in houses.iter_mut() {
        let (low, high) = h.style.form().floor_limits;
        h.floors = ((f64::from(h.floors) * ratio).round() as u32).clamp(low, high);
    }
    let mut missing = target - total(houses);
    // A stride that visits far houses one after the other, and every house.
    let n = houses.len();
    let stride = (n * 5 / 13..n).find(|s| gcd(*s, n) == 1).unwrap_or(1);
    let mut at = 0;
    let mut unchanged = 0;
    while missing > 0 && unchanged < n {
        let h = &mut houses[at];
        if h.floors < h.style.form().floor_limits.1 {
            h.floors += 1;
            missing -= i64::from(h.per_floor());
            unchanged = 0;
        } else {
            unchanged += 1;
        }
        at = (at + stride) % n;
    }
    unchanged = 0;
    while missing < 0 && unchanged < n {
        let h = &mut houses[at];
        let per_floor = i64::from(h.per_floor());
        if h.floors > h.style.form().floor_limits.0 && missing + per_floor <= 0 {
            h.floors -= 1;
            missing += per_floor;
            unchanged = 0;
        } else {
            unchanged += 1;
        }
        at = (at + stride) % n;
    }
    while missing != 0 {
        let h = &mut houses[at];
        if missing > 0 || h.households() > 1 {
            h.extra += missing.signum();
            missing -= missing.signum();
        }
        at = (at + stride) % n;
    }
    no_round_compounds(houses);
}

/// Real compounds do not come in multiples of 250: one household moves to the next compound.
fn no_round_compounds(houses: &mut [House]) {
    let compounds = houses.last().map_or(0, |h| h.compound + 1);
    let mut sums = vec![0_u32; compounds];
    let mut first = vec![usize::MAX; compounds];
    for (i, h) in houses.iter().enumerate() {
        sums[h.compound] += h.households();
        first[h.compound] = first[h.compound].min(i);
    }
    for _ in 0..3 {
        for c in 0..compounds {
            if sums[c].is_multiple_of(250) && compounds > 1 {
                let next = (c + 1) % compounds;
                sums[c] -= 1;
                sums[next] += 1;
                houses[first[c]].extra -= 1;
                houses[first[next]].extra += 1;
            }
        }
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}
