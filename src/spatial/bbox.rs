//! `BBox`: a box in longitude and latitude.
//!
//! Not a polygon, and never across the antimeridian: the service works in China.
//! Invariant: four finite numbers, west ≤ east and south ≤ north.

use geo::BoundingRect;
use geo_types::{Coord, Geometry, Rect};
use serde::{Deserialize, Serialize};

use super::measure::LocalFrame;

/// A box in degrees WGS 84; in JSON `[west, south, east, north]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "[f64; 4]", into = "[f64; 4]")]
pub struct BBox {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl BBox {
    /// A box from its edges, degrees; `None` when they are not finite or not in order.
    pub fn new(west: f64, south: f64, east: f64, north: f64) -> Option<Self> {
        let finite = [west, south, east, north]
            .iter()
            .all(|edge| edge.is_finite());
        (finite && west <= east && south <= north).then_some(Self {
            west,
            south,
            east,
            north,
        })
    }

    /// The box of one place (lon, lat).
    pub fn of_point([lon, lat]: [f64; 2]) -> Option<Self> {
        Self::new(lon, lat, lon, lat)
    }

    /// The smallest box around places (lon, lat); `None` without any.
    pub fn of_points(places: impl IntoIterator<Item = [f64; 2]>) -> Option<Self> {
        let boxes = places.into_iter().filter_map(Self::of_point);
        boxes.reduce(Self::union)
    }

    /// The smallest box around a geometry; `None` when it is empty or not finite.
    pub fn of_geometry(geometry: &Geometry<f64>) -> Option<Self> {
        geometry.bounding_rect().and_then(Self::of_rect)
    }

    /// The same box as `geo` writes it.
    pub fn of_rect(rect: Rect<f64>) -> Option<Self> {
        Self::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y)
    }

    /// The same box for `geo`.
    pub fn rect(self) -> Rect<f64> {
        let (min, max) = ((self.west, self.south), (self.east, self.north));
        Rect::new(Coord::from(min), Coord::from(max))
    }

    /// Western edge, degrees.
    pub fn west(self) -> f64 {
        self.west
    }

    /// Southern edge, degrees.
    pub fn south(self) -> f64 {
        self.south
    }

    /// Eastern edge, degrees.
    pub fn east(self) -> f64 {
        self.east
    }

    /// Northern edge, degrees.
    pub fn north(self) -> f64 {
        self.north
    }

    /// `[west, south, east, north]`, degrees.
    pub fn to_array(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// The place in the middle, (lon, lat).
    pub fn centre(self) -> [f64; 2] {
        [
            f64::midpoint(self.west, self.east),
            f64::midpoint(self.south, self.north),
        ]
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// The box that reaches at least this many metres farther on every side.
    /// A negative reach shrinks it, at most to its centre.
    #[must_use]
    pub fn expand_m(self, reach_m: f64) -> Self {
        // A degree of longitude is shortest at the edge nearest a pole.
        let widest = if self.north.abs() > self.south.abs() {
            self.north
        } else {
            self.south
        };
        let frame = LocalFrame::around([self.centre()[0], widest.clamp(-89.0, 89.0)]);
        // Meridian degrees are shortest at the equator, by 1 %: the margin covers it.
        let [lon_deg, lat_deg] = [reach_m / frame.m_per_lon_deg(), reach_m / 110_500.0];
        let [lon, lat] = self.centre();
        Self {
            west: (self.west - lon_deg).min(lon),
            south: (self.south - lat_deg).min(lat),
            east: (self.east + lon_deg).max(lon),
            north: (self.north + lat_deg).max(lat),
        }
    }

    /// Whether the boxes share a place; touching counts.
    pub fn intersects(self, other: Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    /// Whether a place (lon, lat) lies in the box or on its edge.
    pub fn contains(self, [lon, lat]: [f64; 2]) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }

    /// Whether the other box lies wholly in this one.
    pub fn contains_box(self, other: Self) -> bool {
        self.contains([other.west, other.south]) && self.contains([other.east, other.north])
    }
}

impl TryFrom<[f64; 4]> for BBox {
    type Error = String;

    fn try_from(edges: [f64; 4]) -> Result<Self, Self::Error> {
        let [west, south, east, north] = edges;
        Self::new(west, south, east, north)
            .ok_or_else(|| format!("{edges:?} is not [west, south, east, north] in degrees"))
    }
}

impl From<BBox> for [f64; 4] {
    fn from(bbox: BBox) -> Self {
        bbox.to_array()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::measure::distance_m;
    use super::*;

    prop_compose! {
        fn any_box()(w in 73.0..135.0f64, s in 4.0..53.0f64, x in 0.0..1.0f64, y in 0.0..1.0f64)
            -> BBox { BBox::new(w, s, w + x, s + y).unwrap() }
    }

    proptest! {
        #[test]
        fn a_union_holds_both_and_meets_both(a in any_box(), b in any_box()) {
            let both = a.union(b);
            prop_assert!(both.contains_box(a) && both.contains_box(b));
            prop_assert!(both.intersects(a) && both.intersects(b));
            prop_assert_eq!(a.intersects(b), b.intersects(a));
        }

        #[test]
        fn an_expanded_box_reaches_at_least_as_far_as_asked(a in any_box(), reach_m in 0.0..5000.0f64) {
            let far = a.expand_m(reach_m);
            prop_assert!(far.contains_box(a));
            for lat in [a.south(), a.north()] {
                prop_assert!(distance_m([a.west(), lat], [far.west(), lat]) >= reach_m * 0.999);
            }
            let south_m = distance_m([a.west(), a.south()], [a.west(), far.south()]);
            prop_assert!((reach_m..=reach_m * 1.012 + 1e-6).contains(&(south_m + 1e-6)));
        }
    }

    #[test]
    fn disordered_or_infinite_edges_make_no_box() {
        assert_eq!(BBox::new(1.0, 0.0, 0.0, 1.0), None);
        assert_eq!(BBox::new(f64::NAN, 0.0, 0.0, 1.0), None);
        assert_eq!(BBox::of_points([]), None);
        assert!(serde_json::from_str::<BBox>("[3,0,1,1]").is_err());
        let bbox: BBox = serde_json::from_str("[117,31,118,32]").unwrap();
        assert_eq!(
            serde_json::to_string(&bbox).unwrap(),
            "[117.0,31.0,118.0,32.0]"
        );
        assert_eq!(bbox.expand_m(-1e9).centre(), bbox.centre());
    }
}
