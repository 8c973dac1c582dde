//! What is wrong with a geometry, as typed flaws.
//!
//! Not the repair (see `mend.rs`). Invariant: a geometry without flaws is valid by the OGC rules,
//! finite, in longitude and latitude, and of bounded size.

use geo::algorithm::validation::{InvalidPolygon, RingRole};
use geo::{
    Area, BoundingRect, CoordsIter, Euclidean, HasDimensions, Intersects, Length, Validation,
};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

use super::even_odd::even_odd;
use super::rings::{self, Simplicity};

/// Most coordinates in one geometry.
pub const MAX_VERTICES: usize = 1_000_000;

/// Above this many coordinates, holes are checked by area instead of ring by ring.
const MAX_VERTICES_BY_RING: usize = 512;

/// Up to this many parts, boxes are compared pair by pair.
const MAX_PARTS_BY_PAIR: usize = 1_000;

/// Relative difference of areas that is rounding.
pub(super) const AREA_TOLERANCE: f64 = 1e-6;
/// Relative difference of perimeters that is rounding.
const PERIMETER_TOLERANCE: f64 = 1e-6;

/// One thing that is wrong. `part` and `ring` count from 0; ring 0 is the outer one.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// No coordinates at all.
    Empty,
    /// More than [`MAX_VERTICES`].
    TooManyVertices {
        /// How many.
        vertices: usize,
    },
    /// NaN or infinite.
    NotFinite {
        /// Which coordinate, from 0.
        index: usize,
        /// The coordinate.
        coord: [f64; 2],
    },
    /// No longitude and latitude.
    OutOfRange {
        /// Which coordinate, from 0.
        index: usize,
        /// The coordinate.
        coord: [f64; 2],
    },
    /// Fewer than three distinct places in a ring, or two in a line: it encloses nothing.
    TooFewPoints {
        /// Part of a multi-geometry.
        part: usize,
        /// Ring of the part.
        ring: usize,
    },
    /// Repeated coordinates or spikes.
    Untidy {
        /// Part of a multi-geometry.
        part: usize,
        /// Ring of the part.
        ring: usize,
    },
    /// A ring touches or crosses itself.
    SelfIntersection {
        /// Part of a multi-geometry.
        part: usize,
        /// Ring of the part.
        ring: usize,
    },
    /// A hole reaches out of its shell.
    HoleOutside {
        /// Part of a multi-geometry.
        part: usize,
        /// Ring of the part.
        ring: usize,
    },
    /// Two rings of one polygon cross, overlap or share a side.
    RingsOverlap {
        /// Part of a multi-geometry.
        part: usize,
    },
    /// Parts overlap or share a side.
    PartsOverlap,
    /// So many segments lie over one another that checking would take too long.
    TooComplex {
        /// Part of a multi-geometry.
        part: usize,
    },
}

impl Flaw {
    /// Stable identifier.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "geometry_empty",
            Self::TooManyVertices { .. } => "geometry_too_many_vertices",
            Self::NotFinite { .. } => "coordinate_not_finite",
            Self::OutOfRange { .. } => "coordinate_out_of_range",
            Self::TooFewPoints { .. } => "ring_too_few_points",
            Self::Untidy { .. } => "ring_untidy",
            Self::SelfIntersection { .. } => "ring_self_intersection",
            Self::HoleOutside { .. } => "hole_outside_shell",
            Self::RingsOverlap { .. } => "rings_overlap",
            Self::PartsOverlap => "parts_overlap",
            Self::TooComplex { .. } => "geometry_too_complex",
        }
    }

    /// What is wrong and how to mend it, in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Empty => "几何为空；请补画图形或改用点坐标".to_owned(),
            Self::TooManyVertices { vertices } => {
                format!("一个图形有 {vertices} 个顶点，超过上限 {MAX_VERTICES}；请先简化或拆分")
            }
            Self::NotFinite {
                index,
                coord: [x, y],
            } => {
                format!("第 {} 个顶点的坐标（{x}, {y}）不是有限数值", index + 1)
            }
            Self::OutOfRange {
                index,
                coord: [x, y],
            } => format!(
                "第 {} 个顶点（{x}, {y}）超出经纬度范围；请检查声明的坐标系和坐标列顺序",
                index + 1
            ),
            Self::TooFewPoints { part, ring } => {
                format!("{}不同的顶点太少，不能围成图形", place_zh(*part, *ring))
            }
            Self::Untidy { part, ring } => {
                format!("{}有重复顶点或毛刺", place_zh(*part, *ring))
            }
            Self::SelfIntersection { part, ring } => format!(
                "{}自相交，且无法无歧义地修复；请在绘图软件中修正",
                place_zh(*part, *ring)
            ),
            Self::HoleOutside { part, ring } => {
                format!(
                    "{}（内环）超出外环；请在绘图软件中修正",
                    place_zh(*part, *ring)
                )
            }
            Self::RingsOverlap { part } => {
                format!("第 {} 个部分的环相互重叠；请在绘图软件中修正", part + 1)
            }
            Self::PartsOverlap => "图形的各部分相互重叠；请在绘图软件中修正".to_owned(),
            Self::TooComplex { part } => {
                format!("第 {} 个部分过于复杂，无法检查；请先简化", part + 1)
            }
        }
    }

    /// What is wrong and how to mend it, in English.
    pub fn en(&self) -> String {
        match self {
            Self::Empty => "the geometry is empty: draw it, or give a point".to_owned(),
            Self::TooManyVertices { vertices } => format!(
                "the geometry has {vertices} vertices, more than {MAX_VERTICES}: simplify or split it"
            ),
            Self::NotFinite {
                index,
                coord: [x, y],
            } => {
                format!("vertex {} ({x}, {y}) is not finite", index + 1)
            }
            Self::OutOfRange {
                index,
                coord: [x, y],
            } => format!(
                "vertex {} ({x}, {y}) is no longitude and latitude: check the declared coordinate \
                 system and the order of the columns",
                index + 1
            ),
            Self::TooFewPoints { part, ring } => {
                format!(
                    "{} has too few distinct vertices to enclose anything",
                    place(*part, *ring)
                )
            }
            Self::Untidy { part, ring } => {
                format!("{} has repeated vertices or spikes", place(*part, *ring))
            }
            Self::SelfIntersection { part, ring } => format!(
                "{} crosses itself and cannot be mended without doubt: correct the drawing",
                place(*part, *ring)
            ),
            Self::HoleOutside { part, ring } => {
                format!(
                    "{} (a hole) reaches out of its shell: correct the drawing",
                    place(*part, *ring)
                )
            }
            Self::RingsOverlap { part } => {
                format!("rings of part {} overlap: correct the drawing", part + 1)
            }
            Self::PartsOverlap => "parts of the geometry overlap: correct the drawing".to_owned(),
            Self::TooComplex { part } => {
                format!(
                    "part {} is too complex to be checked: simplify it",
                    part + 1
                )
            }
        }
    }
}

fn place_zh(part: usize, ring: usize) -> String {
    format!("第 {} 个部分第 {} 环", part + 1, ring + 1)
}

fn place(part: usize, ring: usize) -> String {
    format!("ring {} of part {}", ring + 1, part + 1)
}

/// Every flaw that was found; none when the geometry is valid.
///
/// Flaws of the coordinates hide those of the rings, and those hide overlaps of parts.
pub fn inspect(geometry: &Geometry<f64>) -> Vec<Flaw> {
    if let Some(flaw) = coordinate_flaw(geometry) {
        return vec![flaw];
    }
    match geometry {
        Geometry::Polygon(polygon) => polygon_flaws(0, polygon),
        Geometry::MultiPolygon(parts) => {
            let flaws: Vec<Flaw> = parts
                .iter()
                .enumerate()
                .flat_map(|(i, part)| polygon_flaws(i, part))
                .collect();
            if !flaws.is_empty() {
                return flaws;
            }
            match lie_of_parts(parts) {
                Parts::Apart => Vec::new(),
                Parts::Joinable(_) | Parts::Overlapping => vec![Flaw::PartsOverlap],
                Parts::TooComplex => vec![Flaw::TooComplex { part: 0 }],
            }
        }
        Geometry::LineString(line) => line_flaw(0, line).into_iter().collect(),
        Geometry::MultiLineString(lines) => lines
            .iter()
            .enumerate()
            .filter_map(|(i, line)| line_flaw(i, line))
            .collect(),
        Geometry::GeometryCollection(parts) => parts.iter().flat_map(inspect).collect(),
        Geometry::Rect(rect) => polygon_flaws(0, &rect.to_polygon()),
        Geometry::Triangle(triangle) => polygon_flaws(0, &triangle.to_polygon()),
        Geometry::Line(line) if line.start == line.end => {
            vec![Flaw::TooFewPoints { part: 0, ring: 0 }]
        }
        Geometry::Line(_) | Geometry::Point(_) | Geometry::MultiPoint(_) => Vec::new(),
    }
}

/// The first flaw that can be told from the coordinates alone; nothing else is looked at before.
pub(super) fn coordinate_flaw(geometry: &Geometry<f64>) -> Option<Flaw> {
    if geometry.is_empty() {
        return Some(Flaw::Empty);
    }
    let vertices = geometry.coords_count();
    if vertices > MAX_VERTICES {
        return Some(Flaw::TooManyVertices { vertices });
    }
    geometry
        .coords_iter()
        .enumerate()
        .find_map(|(index, Coord { x, y })| {
            let coord = [x, y];
            if !(x.is_finite() && y.is_finite()) {
                Some(Flaw::NotFinite { index, coord })
            } else if x.abs() > 180.0 || y.abs() > 90.0 {
                Some(Flaw::OutOfRange { index, coord })
            } else {
                None
            }
        })
}

fn line_flaw(part: usize, line: &LineString<f64>) -> Option<Flaw> {
    let distinct = line.0.iter().any(|coord| Some(coord) != line.0.first());
    (!distinct).then_some(Flaw::TooFewPoints { part, ring: 0 })
}

/// Flaws of one polygon with finite coordinates.
pub(super) fn polygon_flaws(part: usize, polygon: &Polygon<f64>) -> Vec<Flaw> {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let flaws: Vec<Flaw> = rings
        .enumerate()
        .filter_map(|(ring, line)| {
            let cleaned = rings::clean(line);
            if cleaned.ring.0.is_empty() {
                return Some(Flaw::TooFewPoints { part, ring });
            }
            if cleaned.repeated + cleaned.spikes > 0 {
                return Some(Flaw::Untidy { part, ring });
            }
            match rings::simplicity(line) {
                Simplicity::Simple => None,
                Simplicity::Crossing => Some(Flaw::SelfIntersection { part, ring }),
                Simplicity::TooComplex => Some(Flaw::TooComplex { part }),
            }
        })
        .collect();
    if flaws.is_empty() && !polygon.interiors().is_empty() {
        return hole_flaws(part, polygon);
    }
    flaws
}

/// Flaws between simple rings of one polygon.
fn hole_flaws(part: usize, polygon: &Polygon<f64>) -> Vec<Flaw> {
    // `Validation` compares every pair of segments: only for small polygons.
    if polygon.coords_count() <= MAX_VERTICES_BY_RING {
        let mut flaws: Vec<Flaw> = polygon
            .validation_errors()
            .into_iter()
            .map(|error| match error {
                InvalidPolygon::InteriorRingNotContainedInExteriorRing(RingRole::Interior(i)) => {
                    Flaw::HoleOutside { part, ring: i + 1 }
                }
                _ => Flaw::RingsOverlap { part },
            })
            .collect();
        flaws.dedup();
        return flaws;
    }
    let ring_area = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new()).unsigned_area();
    let holes: f64 = polygon.interiors().iter().map(ring_area).sum();
    let expected = ring_area(polygon.exterior()) - holes;
    match rings::crossing(std::iter::once(polygon.exterior()).chain(polygon.interiors())) {
        Simplicity::Simple => {}
        Simplicity::Crossing => return vec![Flaw::RingsOverlap { part }],
        Simplicity::TooComplex => return vec![Flaw::TooComplex { part }],
    }
    let whole = MultiPolygon(vec![polygon.clone()]);
    match even_odd(&whole) {
        Some(rebuilt)
            if !differs(rebuilt.unsigned_area(), expected, AREA_TOLERANCE)
                && !shares_sides(&whole, &rebuilt) =>
        {
            Vec::new()
        }
        _ => vec![Flaw::RingsOverlap { part }],
    }
}

/// How valid parts lie to one another.
#[derive(Debug, PartialEq)]
pub(super) enum Parts {
    /// Apart, or touching in points.
    Apart,
    /// Without common area, but with common sides; this is what they are as one.
    Joinable(MultiPolygon<f64>),
    /// With common area.
    Overlapping,
    /// Cannot be told in reasonable time.
    TooComplex,
}

/// Tells how valid parts lie to one another.
pub(super) fn lie_of_parts(parts: &MultiPolygon<f64>) -> Parts {
    let boxes: Vec<_> = parts
        .iter()
        .filter_map(BoundingRect::bounding_rect)
        .collect();
    let apart = boxes.len() <= MAX_PARTS_BY_PAIR
        && (1..boxes.len()).all(|i| (0..i).all(|j| !boxes[i].intersects(&boxes[j])));
    if apart {
        return Parts::Apart;
    }
    // Before anything is rebuilt: crossings may be many more than coordinates.
    let rings = parts
        .iter()
        .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()));
    match rings::crossing(rings) {
        Simplicity::Simple => {}
        Simplicity::Crossing => return Parts::Overlapping,
        Simplicity::TooComplex => return Parts::TooComplex,
    }
    // Parts that lie beside one another are what the even-odd rule makes of them.
    match even_odd(parts) {
        None => Parts::TooComplex,
        Some(joined)
            if differs(
                joined.unsigned_area(),
                parts.unsigned_area(),
                AREA_TOLERANCE,
            ) =>
        {
            Parts::Overlapping
        }
        Some(joined) if shares_sides(parts, &joined) => Parts::Joinable(joined),
        Some(_) => Parts::Apart,
    }
}

/// Whether a rebuilt shape is bounded by less than the rings it came from.
fn shares_sides(from: &MultiPolygon<f64>, rebuilt: &MultiPolygon<f64>) -> bool {
    let boundary = |parts: &MultiPolygon<f64>| -> f64 {
        parts
            .iter()
            .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
            .map(|ring| Euclidean.length(ring))
            .sum()
    };
    differs(boundary(rebuilt), boundary(from), PERIMETER_TOLERANCE)
}

/// Whether two numbers differ by more than a share of the larger.
pub(super) fn differs(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() > tolerance * a.abs().max(b.abs())
}

#[cfg(test)]
#[path = "validity_tests.rs"]
mod tests;
