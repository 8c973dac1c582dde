//! Metres from degrees: a flat local frame, geodesic lengths and areas, compactness.
//!
//! The frame is for algorithms inside a street or a district; figures that are shown to people
//! are geodesic. Invariant: every result names its unit.

use std::f64::consts::PI;

use geo::{Distance, Geodesic, GeodesicArea, Length, MapCoords};
use geo_types::{Coord, Geometry, LineString, Point, Polygon};

/// Semi-major axis of the WGS 84 ellipsoid, metres.
const A_M: f64 = 6_378_137.0;
/// Its squared eccentricity.
const E2: f64 = 0.006_694_379_990_141_317;

/// A flat frame around a place: x metres east, y metres north of it.
///
/// Lengths are right to 0.1 % within 10 km of the origin and to 1 % within 100 km.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalFrame {
    origin: [f64; 2],
    m_per_deg: [f64; 2],
}

impl LocalFrame {
    /// The frame around (lon, lat) degrees, by the radii of curvature there.
    pub fn around([lon, lat]: [f64; 2]) -> Self {
        let (sin, cos) = lat.to_radians().sin_cos();
        let w2 = 1.0 - E2 * sin * sin;
        let meridian_m = A_M * (1.0 - E2) / (w2 * w2.sqrt());
        let normal_m = A_M / w2.sqrt();
        let m_per_deg = [normal_m * cos * PI / 180.0, meridian_m * PI / 180.0];
        Self {
            origin: [lon, lat],
            m_per_deg,
        }
    }

    /// The origin, (lon, lat) degrees.
    pub fn origin(self) -> [f64; 2] {
        self.origin
    }

    /// Metres in a degree of longitude at the origin.
    pub fn m_per_lon_deg(self) -> f64 {
        self.m_per_deg[0]
    }

    /// Metres in a degree of latitude at the origin.
    pub fn m_per_lat_deg(self) -> f64 {
        self.m_per_deg[1]
    }

    /// (lon, lat) degrees → (east, north) metres.
    pub fn to_m(self, [lon, lat]: [f64; 2]) -> [f64; 2] {
        [
            (lon - self.origin[0]) * self.m_per_deg[0],
            (lat - self.origin[1]) * self.m_per_deg[1],
        ]
    }

    /// (east, north) metres → (lon, lat) degrees.
    pub fn from_m(self, [east_m, north_m]: [f64; 2]) -> [f64; 2] {
        [
            self.origin[0] + east_m / self.m_per_deg[0],
            self.origin[1] + north_m / self.m_per_deg[1],
        ]
    }

    /// (lon, lat) degrees → (east, north) whole decimetres, for arithmetic that is equal everywhere.
    pub fn to_dm(self, lonlat: [f64; 2]) -> [i64; 2] {
        self.to_m(lonlat).map(|m| (m * 10.0).round() as i64)
    }

    /// (east, north) decimetres → (lon, lat) degrees.
    pub fn from_dm(self, dm: [i64; 2]) -> [f64; 2] {
        self.from_m(dm.map(|dm| dm as f64 / 10.0))
    }

    /// A geometry in degrees → the same in metres.
    pub fn geometry_to_m(self, geometry: &Geometry<f64>) -> Geometry<f64> {
        geometry.map_coords(|Coord { x, y }| self.to_m([x, y]).into())
    }

    /// A geometry in metres → the same in degrees.
    pub fn geometry_from_m(self, geometry: &Geometry<f64>) -> Geometry<f64> {
        geometry.map_coords(|Coord { x, y }| self.from_m([x, y]).into())
    }
}

/// Geodesic distance between two places (lon, lat), metres.
pub fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    Geodesic.distance(Point::from(a), Point::from(b))
}

/// Geodesic length of a line in (lon, lat), metres.
pub fn length_m(line: &LineString<f64>) -> f64 {
    Geodesic.length(line)
}

/// Geodesic area of a geometry in (lon, lat), square metres; 0 for points and lines.
pub fn area_m2(geometry: &Geometry<f64>) -> f64 {
    match geometry {
        Geometry::Polygon(polygon) => polygon_area_m2(polygon),
        Geometry::MultiPolygon(parts) => parts.iter().map(polygon_area_m2).sum(),
        Geometry::GeometryCollection(parts) => parts.iter().map(area_m2).sum(),
        Geometry::Rect(rect) => polygon_area_m2(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_area_m2(&triangle.to_polygon()),
        _ => 0.0,
    }
}

/// Geodesic area of a polygon in (lon, lat) whichever way its rings turn, square metres.
pub fn polygon_area_m2(polygon: &Polygon<f64>) -> f64 {
    // `geodesic_area_signed` takes each ring as it turns, so each ring is measured alone.
    let ring_m2 = |ring: &LineString<f64>| {
        Polygon::new(ring.clone(), Vec::new())
            .geodesic_area_signed()
            .abs()
    };
    let holes_m2: f64 = polygon.interiors().iter().map(ring_m2).sum();
    (ring_m2(polygon.exterior()) - holes_m2).max(0.0)
}

/// Geodesic length of all rings of a geometry in (lon, lat), metres; 0 for points and lines.
pub fn perimeter_m(geometry: &Geometry<f64>) -> f64 {
    let polygon_m = |polygon: &Polygon<f64>| {
        length_m(polygon.exterior()) + polygon.interiors().iter().map(length_m).sum::<f64>()
    };
    match geometry {
        Geometry::Polygon(polygon) => polygon_m(polygon),
        Geometry::MultiPolygon(parts) => parts.iter().map(polygon_m).sum(),
        Geometry::GeometryCollection(parts) => parts.iter().map(perimeter_m).sum(),
        Geometry::Rect(rect) => polygon_m(&rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_m(&triangle.to_polygon()),
        _ => 0.0,
    }
}

/// Polsby–Popper compactness 4πA/P²: 1 for a disc, towards 0 for ragged shapes.
///
/// Polsby and Popper, "The Third Criterion", Yale Law & Policy Review 9 (1991). 0 without a perimeter.
pub fn polsby_popper(area_m2: f64, perimeter_m: f64) -> f64 {
    if perimeter_m > 0.0 {
        4.0 * PI * area_m2 / (perimeter_m * perimeter_m)
    } else {
        0.0
    }
}

/// Polsby–Popper compactness of a geometry in (lon, lat).
pub fn compactness(geometry: &Geometry<f64>) -> f64 {
    polsby_popper(area_m2(geometry), perimeter_m(geometry))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_frame_agrees_with_the_geodesic_and_comes_back(
            lon in 75.0..134.0f64, lat in 4.0..53.0f64, de in -5000.0..5000.0f64, dn in -5000.0..5000.0f64,
        ) {
            let frame = LocalFrame::around([lon, lat]);
            let there = frame.from_m([de, dn]);
            let flat_m = f64::hypot(de, dn);
            let true_m = distance_m([lon, lat], there);
            prop_assert!((flat_m - true_m).abs() <= flat_m * 1.1e-3 + 1e-6, "{} {}", flat_m, true_m);
            let back = frame.to_m(there);
            prop_assert!((back[0] - de).abs() < 1e-5 && (back[1] - dn).abs() < 1e-5);
            let dm = frame.to_dm(there);
            prop_assert_eq!(frame.to_dm(frame.from_dm(dm)), dm);
        }
    }

    #[test]
    fn areas_do_not_depend_on_the_turn_of_the_rings() {
        let frame = LocalFrame::around([117.2, 31.8]);
        let ring = |side_m: f64, reverse: bool| {
            let h = side_m / 2.0;
            let mut ring: Vec<Coord> = [[-h, -h], [h, -h], [h, h], [-h, h], [-h, -h]]
                .map(|m| frame.from_m(m).into())
                .to_vec();
            if reverse {
                ring.reverse();
            }
            LineString(ring)
        };
        for shell in [false, true] {
            for hole in [false, true] {
                let polygon = Polygon::new(ring(1000.0, shell), vec![ring(500.0, hole)]);
                let m2 = area_m2(&polygon.into());
                assert!((m2 - 750_000.0).abs() < 750.0, "{m2}");
            }
        }
        let square = Geometry::from(Polygon::new(ring(1000.0, false), vec![]));
        assert!((perimeter_m(&square) - 4000.0).abs() < 4.0);
        assert!((compactness(&square) - PI / 4.0).abs() < 1e-3);
        assert_eq!(polsby_popper(0.0, 0.0), 0.0);
    }
}
