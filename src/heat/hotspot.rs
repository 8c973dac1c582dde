//! Hot and cold spots: Getis-Ord Gi* with analytic z, and Benjamini-Hochberg q-values.
//!
//! Not permutation inference: the same values give the same answer. Invariant: what has no variation, or too few
//! features, has no result; a feature is never called hot without its q-value.
//!
//! Ord and Getis, "Local Spatial Autocorrelation Statistics", Geographical Analysis 27 (1995), with
//! binary weights: z = (Σⱼ wᵢⱼ xⱼ − Wᵢ x̄) ÷ (s √((n Wᵢ − Wᵢ²) ÷ (n − 1))), where i is its own neighbour.
//! PySAL's `G_Local(star=True)` is the same; `scripts/gi-star-reference` made the values that the tests compare.

use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Features nearer than this are neighbours, metres.
pub const NEIGHBOUR_M: f64 = 400.0;
/// And at least so many of the nearest, however far.
pub const MIN_NEIGHBOURS: usize = 8;

/// Who is near whom: reusable for every filter of the same features.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    /// Neighbours of all features, those of feature i from `starts[i]` to `starts[i + 1]`, itself included, sorted.
    list: Vec<u32>,
    starts: Vec<u32>,
}

impl Neighbours {
    /// The neighbours of features at (x, y) metres of one plane ([`crate::spatial::LocalFrame`]): all within
    /// `within_m`, at least the `at_least` nearest (ties by index), and the feature itself.
    ///
    /// `None` when a coordinate is not finite.
    pub fn new(points_m: &[[f64; 2]], within_m: f64, at_least: usize) -> Option<Self> {
        if !points_m.iter().flatten().all(|v| v.is_finite()) {
            return None;
        }
        let tree = RTree::bulk_load(
            points_m
                .iter()
                .zip(0_u32..)
                .map(|(&point, i)| GeomWithData::new(point, i))
                .collect(),
        );
        let (mut list, mut starts) = (Vec::new(), vec![0]);
        let mut found: Vec<(f64, u32)> = Vec::new();
        for (&point, i) in points_m.iter().zip(0_u32..) {
            found.clear();
            // Nearest first; past the radius and past enough only for others as far as the last one.
            for (other, d2) in tree.nearest_neighbor_iter_with_distance_2(&point) {
                let enough =
                    found.len() >= at_least && found.last().is_none_or(|&(last, _)| d2 > last);
                if d2 > within_m * within_m && enough {
                    break;
                }
                if other.data != i {
                    found.push((d2, other.data));
                }
            }
            found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let near = found.partition_point(|&(d2, _)| d2 <= within_m * within_m);
            found.truncate(near.max(at_least));
            let start = list.len();
            list.extend(found.iter().map(|&(_, other)| other));
            list.push(i);
            list[start..].sort_unstable();
            starts.push(list.len() as u32);
        }
        Some(Self { list, starts })
    }

    /// How many features.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbours of a feature, itself included, sorted.
    pub fn of(&self, feature: usize) -> &[u32] {
        &self.list[self.starts[feature] as usize..self.starts[feature + 1] as usize]
    }
}

/// How sure, after the correction for false discoveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// q ≤ 0.10.
    Ninety,
    /// q ≤ 0.05.
    NinetyFive,
    /// q ≤ 0.01.
    NinetyNine,
}

impl Confidence {
    /// The class of a q-value; `None` when it is not significant.
    pub fn of(q: f64) -> Option<Self> {
        match q {
            _ if q <= 0.01 => Some(Self::NinetyNine),
            _ if q <= 0.05 => Some(Self::NinetyFive),
            _ if q <= 0.10 => Some(Self::Ninety),
            _ => None,
        }
    }
}

/// The result for one feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// Standard score: above 0 high values meet, below 0 low ones.
    pub z: f64,
    /// Two-sided p of the normal distribution.
    pub p: f64,
    /// Benjamini-Hochberg q over all features that have a p.
    pub q: f64,
}

impl Spot {
    /// How sure it is a hot spot.
    pub fn hot(&self) -> Option<Confidence> {
        if self.z > 0.0 {
            Confidence::of(self.q)
        } else {
            None
        }
    }

    /// How sure it is a cold spot.
    pub fn cold(&self) -> Option<Confidence> {
        if self.z < 0.0 {
            Confidence::of(self.q)
        } else {
            None
        }
    }
}

/// Gi* of one value for each feature, rates or counts.
///
/// `None` when there are fewer than three features, when all values are equal or one is not finite, or when the
/// neighbours are those of another number of features. A single feature has `None` when every feature is its
/// neighbour: then there is nothing to compare it with.
pub fn hot_spots(neighbours: &Neighbours, values: &[f64]) -> Option<Vec<Option<Spot>>> {
    if values.len() != neighbours.len() || values.len() < 3 || !values.iter().all(|v| v.is_finite())
    {
        return None;
    }
    if values.iter().all(|&value| value == values[0]) {
        return None;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let s = (values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / n)
        .sqrt();
    // Values that differ, but by less than a double can square or sum.
    if !(s.is_finite() && s > 0.0) {
        return None;
    }
    let z = |feature: usize| {
        let near = neighbours.of(feature);
        let w = near.len() as f64;
        let above: f64 = near.iter().map(|&j| values[j as usize] - mean).sum();
        (near.len() < values.len()).then(|| above / (s * ((n * w - w * w) / (n - 1.0)).sqrt()))
    };
    let z: Vec<Option<f64>> = (0..values.len()).map(z).collect();
    let p: Vec<f64> = z.iter().flatten().map(|&z| two_sided_p(z)).collect();
    let mut with_q = p.iter().zip(false_discovery_q(&p));
    let spot = |z: Option<f64>| {
        let z = z?;
        let (&p, q) = with_q.next()?;
        Some(Spot { z, p, q })
    };
    Some(z.into_iter().map(spot).collect())
}

/// P(|Z| ≥ |z|) of the standard normal distribution; exact far into the tail, where 1 − Φ would be 0.
pub fn two_sided_p(z: f64) -> f64 {
    libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2)
}

/// Benjamini-Hochberg q-values of p-values, in their order.
///
/// Benjamini and Hochberg, "Controlling the False Discovery Rate", JRSS B 57 (1995): the k-th smallest of m gets
/// min over j ≥ k of p₍ⱼ₎ m ÷ j.
pub fn false_discovery_q(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut q = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (rank, &i) in order.iter().enumerate().rev() {
        least = least.min(p[i] * p.len() as f64 / (rank + 1) as f64);
        q[i] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn square(n: std::ops::Range<usize>) -> impl Strategy<Value = Vec<[f64; 2]>> {
        // Whole decametres, so that equal distances and equal places occur.
        prop::collection::vec(
            [0..200u32, 0..200u32].prop_map(|p| p.map(|v| f64::from(v) * 10.0)),
            n,
        )
    }

    fn near_by_force(points: &[[f64; 2]], i: usize, within_m: f64, at_least: usize) -> Vec<u32> {
        let d2 = |j: usize| {
            (points[i][0] - points[j][0]).powi(2) + (points[i][1] - points[j][1]).powi(2)
        };
        let mut others: Vec<usize> = (0..points.len()).filter(|&j| j != i).collect();
        others.sort_by(|&a, &b| d2(a).total_cmp(&d2(b)).then(a.cmp(&b)));
        let near = others
            .iter()
            .filter(|&&j| d2(j) <= within_m * within_m)
            .count();
        others.truncate(near.max(at_least));
        others.push(i);
        others.sort_unstable();
        others.into_iter().map(|j| j as u32).collect()
    }

    proptest! {
        #[test]
        fn neighbours_are_those_of_a_double_loop(
            points in square(0..60), within_m in 0.0..600.0f64, at_least in 0..10usize,
        ) {
            let neighbours = Neighbours::new(&points, within_m, at_least).unwrap();
            prop_assert_eq!(neighbours.len(), points.len());
            for i in 0..points.len() {
                prop_assert_eq!(neighbours.of(i), near_by_force(&points, i, within_m, at_least));
            }
        }

        #[test]
        fn scores_are_those_of_the_textbook(
            points in square(3..40), seed in prop::collection::vec(0.0..50.0f64, 40),
        ) {
            let values = &seed[..points.len()];
            let neighbours = Neighbours::new(&points, 400.0, 3).unwrap();
            let spots = hot_spots(&neighbours, values).unwrap();
            let n = points.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let s = (values.iter().map(|v| v * v).sum::<f64>() / n - mean * mean).sqrt();
            for (i, spot) in spots.iter().enumerate() {
                let w: Vec<f64> = (0..points.len())
                    .map(|j| f64::from(near_by_force(&points, i, 400.0, 3).contains(&(j as u32))))
                    .collect();
                let (sum, squares): (f64, f64) = (w.iter().sum(), w.iter().map(|w| w * w).sum());
                let lag: f64 = w.iter().zip(values).map(|(w, v)| w * v).sum();
                let z = (lag - mean * sum) / (s * ((n * squares - sum * sum) / (n - 1.0)).sqrt());
                match spot {
                    None => prop_assert_eq!(sum, n),
                    Some(spot) => prop_assert!((spot.z - z).abs() < 1e-6, "{} {}", spot.z, z),
                }
            }
        }

        #[test]
        fn q_values_are_those_of_the_definition(p in prop::collection::vec(0.0..=1.0f64, 0..30)) {
            let q = false_discovery_q(&p);
            let m = p.len() as f64;
            for i in 0..p.len() {
                // The smallest bound on false discoveries among all thresholds that reject p[i].
                let bound = |&t: &f64| t * m / p.iter().filter(|&&other| other <= t).count() as f64;
                let expected = p.iter().filter(|&&t| t >= p[i]).map(bound).fold(1.0, f64::min);
                prop_assert!((q[i] - expected).abs() < 1e-12, "{} {}", q[i], expected);
            }
        }
    }

    #[test]
    fn scores_and_q_values_are_those_of_pysal_and_scipy() {
        let table = include_str!("../../tests/cases/gi_star.csv");
        let rows: Vec<Vec<f64>> = table
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(|word| word.parse().unwrap()).collect())
            .collect();
        let points: Vec<[f64; 2]> = rows.iter().map(|row| [row[0], row[1]]).collect();
        let values: Vec<f64> = rows.iter().map(|row| row[2]).collect();
        let neighbours = Neighbours::new(&points, NEIGHBOUR_M, MIN_NEIGHBOURS).unwrap();
        let spots = hot_spots(&neighbours, &values).unwrap();
        assert_eq!(spots.len(), 200);
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b.abs().max(1e-9);
        let (mut hot, mut cold) = (0, 0);
        for (spot, row) in spots.iter().map(|spot| spot.unwrap()).zip(&rows) {
            assert!((spot.z - row[3]).abs() < 1e-9, "z {} {}", spot.z, row[3]);
            assert!(
                close(spot.p, row[4]) && close(spot.q, row[5]),
                "{spot:?} {row:?}"
            );
            hot += usize::from(spot.hot().is_some());
            cold += usize::from(spot.cold().is_some());
        }
        assert_eq!((hot, cold), (53, 6));
    }

    #[test]
    fn nothing_is_said_where_nothing_can_be_said() {
        let line = |n: usize| (0..n).map(|i| [i as f64 * 1000.0, 0.0]).collect::<Vec<_>>();
        let near = |n: usize| Neighbours::new(&line(n), 400.0, 1).unwrap();
        assert_eq!(hot_spots(&near(2), &[1.0, 2.0]), None);
        assert_eq!(hot_spots(&near(5), &[7.0; 5]), None);
        assert_eq!(hot_spots(&near(3), &[1.0, f64::NAN, 2.0]), None);
        assert_eq!(hot_spots(&near(3), &[1.0, 2.0]), None);
        assert_eq!(hot_spots(&near(3), &[f64::MAX, -f64::MAX, 0.0]), None);
        assert_eq!(Neighbours::new(&[[0.0, f64::INFINITY]], 400.0, 8), None);
        let all = Neighbours::new(&line(4), 400.0, 8).unwrap();
        assert_eq!(hot_spots(&all, &[1.0, 2.0, 3.0, 4.0]), Some(vec![None; 4]));
    }

    #[test]
    fn the_tail_of_the_normal_distribution_is_exact() {
        for (z, p) in [
            (0.0, 1.0),
            (1.959_963_984_540_054, 0.05),
            (-2.575_829_303_548_900_4, 0.01),
        ] {
            assert!((two_sided_p(z) - p).abs() < 1e-15);
        }
        // 2 Φ(−10) of SciPy.
        assert!((two_sided_p(10.0) / 1.523_970_604_832_094e-23 - 1.0).abs() < 1e-12);
        assert_eq!(Confidence::of(0.05), Some(Confidence::NinetyFive));
        assert_eq!(Confidence::of(0.11), None);
    }
}
