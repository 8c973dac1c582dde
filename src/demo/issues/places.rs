//! Where issues arise: compounds by households and habit, clusters lately, points at their houses.
//!
//! Invariant: a point lies inside the outline of its compound.

use geo::{Centroid, Contains, Coord, Point};
use std::ops::Range;

use super::super::model::DemoCity;
use super::super::random::Random;
use super::IssuePlace;
use super::duties::Body;
use super::kinds::Kind;
use crate::domain::issue::Owner;

/// Spread of the rate between compounds.
const SIGMA: f64 = 0.15;
/// Compounds of a cluster, the middle included.
const CLUSTER: [usize; 2] = [7, 6];
/// How many times the rate a cluster has.
const HOT: f64 = 3.0;
/// How far beyond its walls an issue is still at a house, as a share of its sides.
const BESIDE: f64 = 0.4;

/// The city as issues see it.
pub(super) struct Places<'a> {
    pub city: &'a DemoCity,
    buildings: Vec<Range<usize>>,
    middles: Vec<Point<f64>>,
    /// Running sums of the weights of compounds: always, and while each cluster is hot.
    usual: Vec<f64>,
    hot: [Vec<f64>; 2],
    /// The compounds of each cluster.
    #[cfg(test)]
    pub clusters: [Vec<usize>; 2],
}

impl<'a> Places<'a> {
    pub fn new(city: &'a DemoCity) -> Self {
        let mut random = Random::new(city.seed, 900);
        let weights: Vec<f64> = (city.compounds.iter())
            .map(|compound| f64::from(compound.households) * random.log_normal(SIGMA))
            .collect();
        let middles: Vec<Point<f64>> = (city.compounds.iter())
            .map(|compound| compound.outline.centroid().unwrap_or_default())
            .collect();
        let mut buildings = vec![0..0; city.compounds.len()];
        for (at, building) in city.buildings.iter().enumerate() {
            let own: &mut Range<usize> = &mut buildings[building.compound];
            *own = if own.start == own.end {
                at..at + 1
            } else {
                own.start..at + 1
            };
        }
        let first = random.below(middles.len());
        // The other end of the city, so that the two do not run into each other.
        let second = nearest(&middles, first).pop().unwrap_or(first);
        let mut clusters = [first, second].map(|middle| nearest(&middles, middle));
        for (cluster, size) in clusters.iter_mut().zip(CLUSTER) {
            cluster.truncate(size);
        }
        let hot = [0, 1].map(|at| {
            let all = weights.iter().enumerate();
            running(all.map(|(compound, weight)| {
                let swollen = clusters[at].contains(&compound);
                weight * if swollen { HOT } else { 1.0 }
            }))
        });
        Self {
            city,
            buildings,
            usual: running(weights.iter().copied()),
            middles,
            hot,
            #[cfg(test)]
            clusters,
        }
    }

    fn sums(&self, kind: &Kind, hot: bool) -> &[f64] {
        match kind.cluster().filter(|_| hot) {
            Some(cluster) => &self.hot[cluster],
            None => &self.usual,
        }
    }

    /// How many times as many there are of a kind, clusters included.
    pub fn swell(&self, kind: &Kind, hot: bool) -> f64 {
        let last = |sums: &[f64]| sums.last().copied().unwrap_or(1.0);
        last(self.sums(kind, hot)) / last(&self.usual)
    }

    /// A compound for an issue.
    pub fn compound(&self, kind: &Kind, hot: bool, random: &mut Random) -> usize {
        let sums = self.sums(kind, hot);
        let drawn = random.unit() * sums.last().copied().unwrap_or(0.0);
        sums.partition_point(|sum| *sum <= drawn)
            .min(sums.len() - 1)
    }

    /// A point in or beside a building, and what people call it.
    pub fn point(&self, compound: usize, random: &mut Random) -> (IssuePlace, String) {
        let building = &self.city.buildings[self.building_of(compound, random)];
        let (u, v) = (
            random.between(-BESIDE, 1.0 + BESIDE),
            random.between(-BESIDE, 1.0 + BESIDE),
        );
        let beside = Self::within(&building.footprint, u, v);
        let outline = &self.city.compounds[compound].outline;
        let at = if outline.contains(&beside) {
            beside
        } else {
            Self::within(&building.footprint, u.clamp(0.1, 0.9), v.clamp(0.1, 0.9))
        };
        (IssuePlace::Point(at), building.name.clone())
    }

    /// A building without a point.
    pub fn building(&self, compound: usize, random: &mut Random) -> (IssuePlace, String) {
        let at = self.building_of(compound, random);
        (
            IssuePlace::Building(at),
            self.city.buildings[at].name.clone(),
        )
    }

    /// A compound without a point.
    pub fn whole(&self, compound: usize) -> (IssuePlace, String) {
        (
            IssuePlace::Compound,
            self.city.compounds[compound].name.clone(),
        )
    }

    /// Its community.
    pub fn community(&self, compound: usize) -> (IssuePlace, String) {
        (
            IssuePlace::Community,
            self.owner(Body::Locality, compound).name,
        )
    }

    fn building_of(&self, compound: usize, random: &mut Random) -> usize {
        let own = &self.buildings[compound];
        own.start + random.below(own.len())
    }

    /// A point of a rectangle by shares of its sides, to a tenth of a metre.
    fn within(rectangle: &geo::Polygon<f64>, u: f64, v: f64) -> Point<f64> {
        let corner = |at: usize| rectangle.exterior()[at];
        let (origin, along, across) = (corner(0), corner(1) - corner(0), corner(3) - corner(0));
        let Coord { x, y } = origin + along * u + across * v;
        let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Point::new(round(x), round(y))
    }

    /// The responsible body.
    pub fn owner(&self, duty: Body, compound: usize) -> Owner {
        duty.owner(self.city, compound)
    }

    /// The body that is asked when the responsible one says no.
    pub fn other_owner(&self, duty: Body, compound: usize) -> Owner {
        let other = match duty {
            Body::Company | Body::Water => Body::Works,
            Body::Locality => Body::Company,
            Body::Urban | Body::Works => Body::Locality,
        };
        self.owner(other, compound)
    }

    /// Two neighbouring compounds of different communities, the nearest to each other.
    pub fn across_the_border(&self) -> Option<(usize, usize)> {
        let community = |at: usize| &self.city.compounds[at].community;
        let all = 0..self.middles.len().min(200);
        let pairs = all.clone().flat_map(|a| all.clone().map(move |b| (a, b)));
        pairs
            .filter(|(a, b)| a < b && community(*a) != community(*b))
            .min_by(|x, y| {
                let apart = |(a, b): &(usize, usize)| apart(self.middles[*a], self.middles[*b]);
                apart(x).total_cmp(&apart(y))
            })
    }
}

/// Running sums.
fn running(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    weights
        .scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        })
        .collect()
}

/// Squared distance in degrees of latitude, near enough to tell who is nearer.
fn apart(a: Point<f64>, b: Point<f64>) -> f64 {
    let east = (a.x() - b.x()) * a.y().to_radians().cos();
    east * east + (a.y() - b.y()).powi(2)
}

/// All compounds, the nearest to `middle` first, which is itself.
fn nearest(middles: &[Point<f64>], middle: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..middles.len()).collect();
    let from = middles[middle];
    all.sort_by(|a, b| apart(middles[*a], from).total_cmp(&apart(middles[*b], from)));
    all
}
