//! Geometry in web-mercator fixed point: u32 over the whole square, 0.93 cm at the equator.
//!
//! Predicates are exact in integers. Invariant: rings are closed and have at least four points.

use crate::spatial::mercator_u32;
use geo_types::{Geometry, LineString, Polygon};

/// A point in fixed point, x to the east, y to the south.
pub type Fixed = [u32; 2];

/// One geometry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A point.
    Point(Fixed),
    /// Lines.
    Lines(Vec<Vec<Fixed>>),
    /// Polygons: rings, the shell first.
    Polygons(Vec<Vec<Vec<Fixed>>>),
}

impl Shape {
    /// From (lon, lat) degrees; `None` for what has no extent on the map.
    pub fn of(geometry: &Geometry<f64>) -> Option<Self> {
        match geometry {
            Geometry::Point(point) => Some(Self::Point(mercator_u32([point.x(), point.y()]))),
            Geometry::MultiPoint(points) => {
                points.iter().next().map(|point| Self::Point(mercator_u32([point.x(), point.y()])))
            }
            Geometry::Line(line) => Some(Self::Lines(vec![vec![
                mercator_u32([line.start.x, line.start.y]),
                mercator_u32([line.end.x, line.end.y]),
            ]])),
            Geometry::LineString(line) => Some(Self::Lines(vec![fixed(line)])),
            Geometry::MultiLineString(lines) => Some(Self::Lines(lines.iter().map(fixed).collect())),
            Geometry::Polygon(polygon) => Some(Self::Polygons(vec![rings(polygon)])),
            Geometry::MultiPolygon(polygons) => Some(Self::Polygons(polygons.iter().map(rings).collect())),
            Geometry::Rect(rect) => Some(Self::Polygons(vec![rings(&rect.to_polygon())])),
            Geometry::Triangle(triangle) => Some(Self::Polygons(vec![rings(&triangle.to_polygon())])),
            Geometry::GeometryCollection(parts) => parts.iter().find_map(Self::of),
        }
    }

    /// [min x, min y, max x, max y].
    pub fn bounds(&self) -> [u32; 4] {
        let mut bounds = [u32::MAX, u32::MAX, 0, 0];
        let mut add = |point: &Fixed| {
            bounds[0] = bounds[0].min(point[0]);
            bounds[1] = bounds[1].min(point[1]);
            bounds[2] = bounds[2].max(point[0]);
            bounds[3] = bounds[3].max(point[1]);
        };
        match self {
            Self::Point(point) => add(point),
            Self::Lines(lines) => lines.iter().flatten().for_each(&mut add),
            Self::Polygons(polygons) => polygons.iter().flatten().flatten().for_each(&mut add),
        }
        bounds
    }

    /// Whether a point lies inside; points on an edge count for one side only.
    pub fn contains(&self, point: Fixed) -> bool {
        match self {
            Self::Polygons(polygons) => polygons.iter().any(|rings| {
                rings.iter().filter(|ring| crosses_odd(ring, point)).count() % 2 == 1
            }),
            _ => false,
        }
    }

    /// Whether anything can be drawn.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Point(_) => false,
            Self::Lines(lines) => lines.iter().all(Vec::is_empty),
            Self::Polygons(polygons) => polygons.iter().all(|rings| rings.iter().all(Vec::is_empty)),
        }
    }
}

fn fixed(line: &LineString<f64>) -> Vec<Fixed> {
    let mut points: Vec<Fixed> = line.coords().map(|c| mercator_u32([c.x, c.y])).collect();
    points.dedup();
    points
}

fn rings(polygon: &Polygon<f64>) -> Vec<Vec<Fixed>> {
    std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .map(fixed)
        .filter(|ring| ring.len() >= 4)
        .collect()
}

/// Ray casting to the east in exact integers: odd crossings are inside.
fn crosses_odd(ring: &[Fixed], [px, py]: Fixed) -> bool {
    let (px, py) = (i64::from(px), i64::from(py));
    let mut inside = false;
    for edge in ring.windows(2) {
        let (ax, ay) = (i64::from(edge[0][0]), i64::from(edge[0][1]));
        let (bx, by) = (i64::from(edge[1][0]), i64::from(edge[1][1]));
        if (ay > py) == (by > py) {
            continue;
        }
        // The crossing lies east of the point: sign of a cross product, exact in i128.
        let cross = i128::from(bx - ax) * i128::from(py - ay) - i128::from(px - ax) * i128::from(by - ay);
        if (cross > 0) == (by > ay) {
            inside = !inside;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Contains;
    use geo_types::{Point, polygon};
    use proptest::prelude::*;

    #[test]
    fn a_hole_is_outside() {
        let shape = Shape::Polygons(vec![vec![
            vec![[0, 0], [100, 0], [100, 100], [0, 100], [0, 0]],
            vec![[40, 40], [60, 40], [60, 60], [40, 60], [40, 40]],
        ]]);
        assert!(shape.contains([10, 10]));
        assert!(!shape.contains([50, 50]));
        assert!(!shape.contains([101, 50]));
    }

    proptest! {
        #[test]
        fn inside_agrees_with_the_reference(dx in 0.0f64..0.004, dy in 0.0f64..0.004) {
            let shape = polygon![
                (x: 117.2, y: 31.8), (x: 117.203, y: 31.8005), (x: 117.2025, y: 31.802),
                (x: 117.2035, y: 31.8035), (x: 117.2005, y: 31.803), (x: 117.2, y: 31.8)
            ];
            let point = Point::new(117.2 + dx, 31.8 + dy);
            let ours = Shape::of(&shape.clone().into()).unwrap();
            prop_assert_eq!(ours.contains(mercator_u32([point.x(), point.y()])), shape.contains(&point));
        }
    }
}
