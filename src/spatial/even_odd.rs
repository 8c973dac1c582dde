//! Rebuilds an area from rings by the even-odd rule: inside is what an odd number of them surround.
//!
//! Uses a constrained triangulation (`geo::MakeValid`), not the overlay behind `geo::BooleanOps`:
//! that one can panic on rings that touch themselves.
//! Invariant: the result is valid, and coordinates that were not crossings are the given ones.

use std::collections::HashMap;

use geo::algorithm::triangulate_delaunay::DelaunayTriangulationConfig;
use geo::{
    Area, BoundingRect, Centroid, CoordsIter, MakeValid, MapCoords, MapCoordsInPlace,
    TriangulateDelaunay,
};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

use super::measure::LocalFrame;

/// Coordinates nearer than this are one, metres: far below the precision of any source.
const SNAP_M: f64 = 1e-4;

/// The area that an odd number of rings surround; `None` when it cannot be rebuilt.
///
/// Given and returned in degrees.
pub(super) fn even_odd(parts: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    let frame = frame_of(parts)?;
    let to_m = |Coord { x, y }: Coord<f64>| Coord::from(frame.to_m([x, y]));
    let bits = |coord: Coord<f64>| (coord.x.to_bits(), coord.y.to_bits());
    let given: HashMap<_, _> = parts.coords_iter().map(|c| (bits(to_m(c)), c)).collect();
    let mut rebuilt = parts.map_coords(to_m).make_valid().ok()?;
    rebuilt.map_coords_in_place(|c| {
        given
            .get(&bits(c))
            .copied()
            .unwrap_or_else(|| frame.from_m([c.x, c.y]).into())
    });
    Some(rebuilt)
}

/// The area, in degrees squared, that a ring winds around at all (the non-zero rule).
///
/// Looks at every face: for short rings only. `None` when the ring cannot be triangulated.
pub(super) fn wound_area(ring: &LineString<f64>) -> Option<f64> {
    let polygon = Polygon::new(ring.clone(), Vec::new());
    let frame = frame_of(&MultiPolygon(vec![polygon.clone()]))?;
    let polygon = polygon.map_coords(|Coord { x, y }| Coord::from(frame.to_m([x, y])));
    let config = DelaunayTriangulationConfig {
        snap_radius: SNAP_M,
    };
    let faces = polygon.constrained_outer_triangulation(config).ok()?;
    let wound_m2: f64 = faces
        .iter()
        .filter(|face| winding(polygon.exterior(), face.centroid().0) != 0)
        .map(Area::unsigned_area)
        .sum();
    Some(wound_m2 / (frame.m_per_lon_deg() * frame.m_per_lat_deg()))
}

/// How often a closed ring runs around a place, counter-clockwise positive.
fn winding(ring: &LineString<f64>, place: Coord<f64>) -> i32 {
    ring.lines()
        .map(|line| {
            let up = line.start.y <= place.y;
            if up == (line.end.y <= place.y) {
                return 0;
            }
            let side = (line.end - line.start).x * (place - line.start).y
                - (line.end - line.start).y * (place - line.start).x;
            match up {
                true if side > 0.0 => 1,
                false if side < 0.0 => -1,
                _ => 0,
            }
        })
        .sum()
}

fn frame_of(parts: &MultiPolygon<f64>) -> Option<LocalFrame> {
    let Coord { x, y } = parts.bounding_rect()?.center();
    // Near a pole a degree of longitude has no length to divide by.
    Some(LocalFrame::around([x, y.clamp(-89.0, 89.0)]))
}
