//! Which points lie far from the rest: slips of coordinates, to be reported and kept out of the first view.
//!
//! Not a judgement: a lone village is far from the rest and right. Invariant: the answer does not depend on
//! the order of the points.

use rstar::RTree;
use rstar::primitives::GeomWithData;

use super::measure::LocalFrame;

/// Fewer points say nothing about what is usual.
const FEWEST: usize = 20;
/// A point is remote when its nearest neighbour is so many times farther than usual (median), …
const TIMES_NEAREST: f64 = 50.0;
/// … and farther than this, metres.
const LEAST_NEAREST_M: f64 = 2_000.0;
/// Or when it is so many times farther from the middle of all than usual, …
const TIMES_MIDDLE: f64 = 10.0;
/// … and farther than this, metres.
const LEAST_MIDDLE_M: f64 = 20_000.0;

/// For each of `points`, (lon, lat) degrees: how far it is from the rest, metres, when that is remarkable.
pub fn remoteness_m(points: &[[f64; 2]]) -> Vec<Option<f64>> {
    let none = vec![None; points.len()];
    if points.len() < FEWEST {
        return none;
    }
    let middle = [0, 1].map(|axis| median(points.iter().map(|point| point[axis])));
    let frame = LocalFrame::around(middle);
    let flat: Vec<[f64; 2]> = points.iter().map(|&point| frame.to_m(point)).collect();
    let tree = RTree::bulk_load(
        (0..)
            .zip(&flat)
            .map(|(i, &p)| GeomWithData::new(p, i))
            .collect(),
    );
    let nearest: Vec<f64> = (0_usize..)
        .zip(&flat)
        .map(|(i, &point)| {
            tree.nearest_neighbor_iter(&point)
                .find(|other: &&GeomWithData<[f64; 2], usize>| other.data != i)
                .map_or(0.0, |other| distance(*other.geom(), point))
        })
        .collect();
    let from_middle: Vec<f64> = flat
        .iter()
        .map(|&point| distance(point, [0.0; 2]))
        .collect();
    let nearest_limit = (median(nearest.iter().copied()) * TIMES_NEAREST).max(LEAST_NEAREST_M);
    let middle_limit = (median(from_middle.iter().copied()) * TIMES_MIDDLE).max(LEAST_MIDDLE_M);
    nearest
        .into_iter()
        .zip(from_middle)
        .map(|(nearest, middle)| {
            if middle > middle_limit {
                Some(middle)
            } else {
                (nearest > nearest_limit).then_some(nearest)
            }
        })
        .collect()
}

fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Vec<[f64; 2]> {
        (0..100)
            .map(|i| {
                [
                    121.0 + f64::from(i % 10) * 0.002,
                    31.0 + f64::from(i / 10) * 0.002,
                ]
            })
            .collect()
    }

    #[test]
    fn a_town_has_no_remote_point() {
        assert!(remoteness_m(&town()).iter().all(Option::is_none));
    }

    #[test]
    fn a_lone_point_and_a_pair_in_the_wrong_country_are_remote() {
        let mut points = town();
        points.push([121.2, 31.0]);
        points.extend([[116.4, 39.9], [116.4, 39.9]]);
        let remote = remoteness_m(&points);
        assert!(remote[..100].iter().all(Option::is_none));
        assert!(
            (remote[100].unwrap() - 17_400.0).abs() < 500.0,
            "{remote:?}"
        );
        assert!(remote[101].unwrap() > 900_000.0 && remote[101] == remote[102]);
    }

    #[test]
    fn a_few_points_say_nothing() {
        assert_eq!(remoteness_m(&[[121.0, 31.0], [10.0, 50.0]]), [None, None]);
        assert!(remoteness_m(&[]).is_empty());
    }
}
