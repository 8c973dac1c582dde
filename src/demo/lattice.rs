//! The layout of a city of any size: communities as cells of a jittered lattice.
//!
//! Streets are blocks of about 3 × 3 communities between arterial roads; one river runs along a
//! border. Invariant: about 4,440 households, 120 buildings and 4 to 6 compounds a community.

use super::ground::Bend;
use super::layout::{
    CommunityPlot, Land, Layout, Rectangle, River, Road, RoadClass, StreetPlot, Use, divide,
};
use super::names;
use super::plane::Piece;
use super::random::Random;

const HOUSEHOLDS_PER_COMMUNITY: f64 = 4_440.0;
/// Mean side of a community, between road centre lines; gives about 120 buildings.
const SIDE_M: f64 = 632.0;
const RIVER_WIDTH_M: f64 = 210.0;
/// Roads and river go on this far beyond the limit.
const BEYOND_M: f64 = 600.0;

pub(super) fn layout(households: u32, seed: u64) -> Layout {
    let mut random = Random::new(seed, 2);
    let wanted = (f64::from(households) / HOUSEHOLDS_PER_COMMUNITY).max(0.4);
    let (columns, rows) = shape(wanted);
    let side_m = SIDE_M * (wanted / (columns * rows) as f64).sqrt();
    let xs = lines(columns, side_m, &mut random);
    let mut ys = lines(rows, side_m, &mut random);
    let (street_xs, street_ys) = (street_lines(columns), street_lines(rows));

    // The river takes a strip beside the street border nearest to the middle.
    let river_row = street_ys
        .iter()
        .copied()
        .filter(|&j| j > 0 && j < rows)
        .min_by_key(|&j| (2 * j).abs_diff(rows))
        .or((rows > 1).then_some(rows / 2));
    if let Some(j) = river_row {
        for y in &mut ys[j + 1..] {
            *y += RIVER_WIDTH_M;
        }
    }
    // Land of row j lies between `north(j)` and `ys[j + 1]`.
    let north = |j: usize| {
        if river_row == Some(j) {
            ys[j] + RIVER_WIDTH_M
        } else {
            ys[j]
        }
    };
    let border = |j: usize| {
        if river_row == Some(j) {
            ys[j] + RIVER_WIDTH_M / 2.0
        } else {
            ys[j]
        }
    };
    let extent = Rectangle::new(xs[0], ys[0], xs[columns], ys[rows]);

    let mut roads = Vec::new();
    let class = |is_street_border: bool| {
        if is_street_border {
            RoadClass::Artery
        } else {
            RoadClass::Main
        }
    };
    let name = |i: usize, c: RoadClass| {
        format!(
            "{}{}",
            names::place(i),
            if c == RoadClass::Artery {
                "大道"
            } else {
                "路"
            }
        )
    };
    for (i, &x) in xs.iter().enumerate() {
        let class = class(street_xs.contains(&i));
        roads.push(Road {
            name: name(i, class),
            class,
            from: [x, extent.y0 - BEYOND_M],
            to: [x, extent.y1 + BEYOND_M],
        });
    }
    for (j, &y) in ys.iter().enumerate() {
        let class = class(street_ys.contains(&j) && river_row != Some(j));
        let mut add = |y: f64, name: String| {
            roads.push(Road {
                name,
                class,
                from: [extent.x0 - BEYOND_M, y],
                to: [extent.x1 + BEYOND_M, y],
            });
        };
        if river_row == Some(j) {
            add(y, "滨河北路".into());
            add(north(j), "滨河南路".into());
        } else {
            add(y, name(j + columns + 1, class));
        }
    }

    let (mut streets, mut communities, mut land, mut offices) = (vec![], vec![], vec![], vec![]);
    for (tj, rows_of) in street_ys.windows(2).enumerate() {
        for (ti, columns_of) in street_xs.windows(2).enumerate() {
            let street = streets.len();
            let area = Rectangle::new(
                xs[columns_of[0]],
                border(rows_of[0]),
                xs[columns_of[1]],
                border(rows_of[1]),
            );
            offices.push(area.centre());
            streets.push(StreetPlot {
                name: format!(
                    "{}街道（合成）",
                    names::place(tj * (street_xs.len() - 1) + ti)
                ),
                area,
            });
            for j in rows_of[0]..rows_of[1] {
                for i in columns_of[0]..columns_of[1] {
                    let community = communities.len();
                    communities.push(CommunityPlot {
                        name: format!("{}社区", names::place(community)),
                        street,
                        area: Rectangle::new(xs[i], border(j), xs[i + 1], border(j + 1)),
                        compound_names: Vec::new(),
                    });
                    let half = |artery: bool| if artery { 23.0 } else { 17.0 };
                    let mut piece = Piece::rectangle(xs[i], north(j), xs[i + 1], ys[j + 1], 17.0);
                    piece.margins_m = vec![
                        half(street_ys.contains(&j)),
                        half(street_xs.contains(&(i + 1))),
                        half(street_ys.contains(&(j + 1))),
                        half(street_xs.contains(&i)),
                    ];
                    let parts = divide(piece, (55_000.0, 105_000.0), &mut random, &mut roads);
                    for (k, piece) in parts.into_iter().enumerate() {
                        let used_as = match random.below(24) {
                            0 if k > 0 => Use::Park(String::new()),
                            1 if k > 0 => Use::School("学校（示例）".into()),
                            _ => Use::Homes,
                        };
                        land.push(Land {
                            piece,
                            community: Some(community),
                            used_as,
                        });
                    }
                }
            }
        }
    }
    Layout {
        bend: Bend::City(extent.x1 - extent.x0),
        extent,
        streets,
        communities,
        roads,
        river: river_row.map(|j| River {
            name: "清溪河".into(),
            y0: ys[j],
            y1: north(j),
            x0: extent.x0 - BEYOND_M,
            x1: extent.x1 + BEYOND_M,
        }),
        land,
        offices,
        old_town: true,
    }
}

/// Columns and rows, nearly square, whose product is nearest to `wanted`.
fn shape(wanted: f64) -> (usize, usize) {
    let root = wanted.sqrt();
    let low = (root * 0.75).round().max(1.0) as usize;
    (low..=root.ceil().max(1.0) as usize)
        .map(|c| (c, ((wanted / c as f64).round() as usize).max(1)))
        .min_by(|a, b| {
            let off = |s: &(usize, usize)| ((s.0 * s.1) as f64 - wanted).abs();
            off(a).total_cmp(&off(b))
        })
        .unwrap_or((1, 1))
}

/// `n` cells between `n + 1` lines with a jitter of a quarter, mean cell `side_m`.
fn lines(n: usize, side_m: f64, random: &mut Random) -> Vec<f64> {
    let sides: Vec<f64> = (0..n).map(|_| random.between(0.75, 1.25)).collect();
    let scale = side_m * n as f64 / sides.iter().sum::<f64>();
    let mut at = 0.0;
    let mut out = vec![0.0];
    for s in sides {
        at += (s * scale).round().max(1.0);
        out.push(at);
    }
    out
}

/// Which of the lines `0..=n` are borders of streets of about three cells.
fn street_lines(n: usize) -> Vec<usize> {
    let streets = ((n as f64 / 3.0).round() as usize).max(1);
    (0..=streets).map(|s| s * n / streets).collect()
}
