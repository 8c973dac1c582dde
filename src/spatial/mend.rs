//! Lossless repair: what everybody would read the same way is put right, all else is refused.
//!
//! Invariant: a mended geometry has no flaws, and its area is that of the given one under every
//! usual reading (even-odd, non-zero winding, shell minus holes) within one part in a million.

use geo::algorithm::orient::{Direction, Orient};
use geo::{Area, CoordsIter, RemoveRepeatedPoints, Validation};
use geo_types::{Geometry, GeometryCollection, LineString, MultiLineString, MultiPolygon, Polygon};

use super::even_odd::{even_odd, wound_area};
use super::rings::{self, Simplicity};
use super::validity::{
    AREA_TOLERANCE, Flaw, Parts, coordinate_flaw, differs, lie_of_parts, polygon_flaws,
};

/// Largest polygon that is split at its crossings; larger ones are drawn anew.
const MAX_SPLIT_VERTICES: usize = 4_000;
/// Most pairs of segments that may meet in such a polygon, neighbours included.
const MAX_MEETINGS: usize = 8_000;
/// How often a split is repeated before it is given up.
const MAX_PASSES: usize = 4;

/// Pieces below this share of the whole are rounding of crossing points and are dropped.
const SLIVER_SHARE: f64 = 1e-9;

/// Something that was put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    /// An open ring was closed; readers of files report it, as geometry types hold closed rings.
    RingClosed,
    /// Repeated coordinates were dropped.
    RepeatsDropped {
        /// How many.
        points: usize,
    },
    /// Spikes (out and back on one line) were dropped.
    SpikesDropped {
        /// How many.
        points: usize,
    },
    /// Rings or parts without area were dropped.
    EmptyDropped {
        /// How many.
        rings: usize,
    },
    /// A ring that touched or crossed itself was split into clean ones.
    CrossingSplit {
        /// Polygons that came of it.
        parts: usize,
    },
    /// Parts that share a side were joined.
    PartsJoined {
        /// Polygons that came of it.
        parts: usize,
    },
    /// Shells turn counter-clockwise and holes clockwise now.
    Oriented,
}

impl Change {
    /// Stable identifier.
    pub fn code(self) -> &'static str {
        match self {
            Self::RingClosed => "ring_not_closed",
            Self::RepeatsDropped { .. } => "ring_repeated_points",
            Self::SpikesDropped { .. } => "ring_spikes",
            Self::EmptyDropped { .. } => "ring_without_area",
            Self::CrossingSplit { .. } => "ring_self_crossing",
            Self::PartsJoined { .. } => "parts_touching",
            Self::Oriented => "ring_orientation",
        }
    }

    /// Whether it is of no interest to people: every shapefile turns its rings the other way.
    pub fn is_cosmetic(self) -> bool {
        self == Self::Oriented
    }

    /// What was done, in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::RingClosed => "多边形未闭合，已自动闭合".to_owned(),
            Self::RepeatsDropped { points } => format!("已删除 {points} 个重复顶点"),
            Self::SpikesDropped { points } => format!("已删除 {points} 处毛刺（面积不变）"),
            Self::EmptyDropped { rings } => format!("已删除 {rings} 个没有面积的环"),
            Self::CrossingSplit { parts } => {
                format!("多边形自相交，已拆分为 {parts} 个部分（面积不变）")
            }
            Self::PartsJoined { parts } => format!("相邻部分已合并为 {parts} 个部分（面积不变）"),
            Self::Oriented => "已统一环的方向".to_owned(),
        }
    }

    /// What was done, in English.
    pub fn en(self) -> String {
        match self {
            Self::RingClosed => "the ring was not closed and is now".to_owned(),
            Self::RepeatsDropped { points } => format!("{points} repeated vertices were dropped"),
            Self::SpikesDropped { points } => {
                format!("{points} spikes were dropped, the area is the same")
            }
            Self::EmptyDropped { rings } => format!("{rings} rings without area were dropped"),
            Self::CrossingSplit { parts } => {
                format!("a ring crossed itself and became {parts} parts, the area is the same")
            }
            Self::PartsJoined { parts } => {
                format!("touching parts became {parts} parts, the area is the same")
            }
            Self::Oriented => "rings were turned the usual way".to_owned(),
        }
    }
}

/// A valid geometry and what was done to make it so.
#[derive(Debug, Clone, PartialEq)]
pub struct Mended {
    /// Without flaws.
    pub geometry: Geometry<f64>,
    /// Empty when nothing had to be done.
    pub changes: Vec<Change>,
}

/// Puts a geometry in (lon, lat) right where that is lossless.
///
/// A polygon stays a polygon unless it falls apart.
///
/// # Errors
/// The flaws that cannot be mended; the geometry is not to be stored then.
pub fn mend(geometry: &Geometry<f64>) -> Result<Mended, Vec<Flaw>> {
    if let Some(flaw) = coordinate_flaw(geometry) {
        return Err(vec![flaw]);
    }
    let mut changes = Vec::new();
    let geometry = match geometry {
        Geometry::Polygon(polygon) => areas(std::slice::from_ref(polygon), &mut changes)?,
        Geometry::Rect(rect) => areas(&[rect.to_polygon()], &mut changes)?,
        Geometry::Triangle(triangle) => areas(&[triangle.to_polygon()], &mut changes)?,
        Geometry::MultiPolygon(parts) => match areas(&parts.0, &mut changes)? {
            Geometry::Polygon(only) => MultiPolygon(vec![only]).into(),
            other => other,
        },
        Geometry::LineString(line) => {
            let lines = lines(std::slice::from_ref(line), &mut changes)?;
            lines
                .into_iter()
                .next()
                .ok_or_else(|| vec![Flaw::Empty])?
                .into()
        }
        Geometry::MultiLineString(parts) => MultiLineString(lines(&parts.0, &mut changes)?).into(),
        Geometry::GeometryCollection(parts) => {
            let mut mended = Vec::with_capacity(parts.len());
            for part in parts {
                let Mended {
                    geometry,
                    changes: more,
                } = mend(part)?;
                mended.push(geometry);
                changes.extend(more);
            }
            Geometry::GeometryCollection(GeometryCollection(mended))
        }
        Geometry::Line(line) if line.start == line.end => {
            return Err(vec![Flaw::TooFewPoints { part: 0, ring: 0 }]);
        }
        Geometry::Line(_) | Geometry::Point(_) | Geometry::MultiPoint(_) => geometry.clone(),
    };
    Ok(Mended { geometry, changes })
}

fn lines(
    given: &[LineString<f64>],
    changes: &mut Vec<Change>,
) -> Result<Vec<LineString<f64>>, Vec<Flaw>> {
    let before: usize = given.iter().map(|line| line.0.len()).sum();
    let kept: Vec<LineString<f64>> = given
        .iter()
        .map(RemoveRepeatedPoints::remove_repeated_points)
        .filter(|line| line.0.len() >= 2)
        .collect();
    if kept.is_empty() {
        return Err(vec![Flaw::TooFewPoints { part: 0, ring: 0 }]);
    }
    let points = before - kept.iter().map(|line| line.0.len()).sum::<usize>();
    if points > 0 {
        changes.push(Change::RepeatsDropped { points });
    }
    Ok(kept)
}

/// Mends polygons as one area: tidy rings, split crossings, check holes, join touching parts.
fn areas(given: &[Polygon<f64>], changes: &mut Vec<Change>) -> Result<Geometry<f64>, Vec<Flaw>> {
    let mut tidied = Tidied::default();
    for (part, polygon) in given.iter().enumerate() {
        tidied.add(part, polygon);
    }
    let Tidied {
        parts,
        repeated,
        spikes,
        dropped,
    } = tidied;
    if parts.is_empty() {
        return Err(vec![Flaw::TooFewPoints { part: 0, ring: 0 }]);
    }
    let counted = [
        (repeated, Change::RepeatsDropped { points: repeated }),
        (spikes, Change::SpikesDropped { points: spikes }),
        (dropped, Change::EmptyDropped { rings: dropped }),
    ];
    changes.extend(
        counted
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(_, change)| change),
    );

    let (mut whole, mut flaws, mut split) = (Vec::with_capacity(parts.len()), Vec::new(), 0);
    for (part, polygon) in parts {
        let found = polygon_flaws(part, &polygon);
        if found.is_empty() {
            whole.push(polygon);
        } else if found
            .iter()
            .any(|flaw| matches!(flaw, Flaw::TooComplex { .. }))
        {
            flaws.extend(found);
        } else if let Some(pieces) = split_crossing(&polygon) {
            split += pieces.0.len();
            whole.extend(pieces.0);
        } else {
            flaws.extend(found);
        }
    }
    if !flaws.is_empty() {
        return Err(flaws);
    }
    if split > 0 {
        changes.push(Change::CrossingSplit { parts: split });
    }
    let turned: Vec<Polygon<f64>> = whole.iter().map(oriented).collect();
    if split == 0 && turned != whole {
        changes.push(Change::Oriented);
    }
    let mut parts = MultiPolygon(turned);
    match lie_of_parts(&parts) {
        Parts::Apart => {}
        Parts::Overlapping => return Err(vec![Flaw::PartsOverlap]),
        Parts::TooComplex => return Err(vec![Flaw::TooComplex { part: 0 }]),
        Parts::Joinable(joined) => {
            let sound = joined.iter().all(|part| polygon_flaws(0, part).is_empty());
            if !sound || lie_of_parts(&joined) != Parts::Apart {
                return Err(vec![Flaw::PartsOverlap]);
            }
            changes.push(Change::PartsJoined {
                parts: joined.0.len(),
            });
            parts = MultiPolygon(joined.iter().map(oriented).collect());
        }
    }
    Ok(if parts.0.len() == 1 {
        parts.0.swap_remove(0).into()
    } else {
        parts.into()
    })
}

/// Polygons without repeated coordinates, spikes and rings without area.
#[derive(Default)]
struct Tidied {
    parts: Vec<(usize, Polygon<f64>)>,
    repeated: usize,
    spikes: usize,
    dropped: usize,
}

impl Tidied {
    fn add(&mut self, part: usize, polygon: &Polygon<f64>) {
        let shell = self.ring(polygon.exterior());
        let holes: Vec<LineString<f64>> = polygon
            .interiors()
            .iter()
            .filter_map(|hole| self.ring(hole))
            .collect();
        if let Some(shell) = shell {
            self.parts.push((part, Polygon::new(shell, holes)));
        }
    }

    fn ring(&mut self, ring: &LineString<f64>) -> Option<LineString<f64>> {
        let cleaned = rings::clean(ring);
        if cleaned.ring.0.is_empty() {
            self.dropped += 1;
            return None;
        }
        self.repeated += cleaned.repeated;
        self.spikes += cleaned.spikes;
        Some(cleaned.ring)
    }
}

/// Splits a polygon at its crossings when every reading gives the same area; else `None`.
fn split_crossing(polygon: &Polygon<f64>) -> Option<MultiPolygon<f64>> {
    let rings = || std::iter::once(polygon.exterior()).chain(polygon.interiors());
    if polygon.coords_count() > MAX_SPLIT_VERTICES || rings::meetings(rings()) > MAX_MEETINGS {
        return None;
    }
    let shell = unambiguous_area(polygon.exterior())?;
    let each_hole: Option<Vec<f64>> = polygon.interiors().iter().map(unambiguous_area).collect();
    let each_hole: f64 = each_hole?.into_iter().sum();
    let alone = |ring: &LineString<f64>| Polygon::new(ring.clone(), Vec::new());
    if each_hole > 0.0 {
        let holes = even_odd(&polygon.interiors().iter().map(alone).collect())?.unsigned_area();
        if differs(holes, each_hole, AREA_TOLERANCE) {
            return None; // holes overlap
        }
    }
    let mut pieces = MultiPolygon(vec![polygon.clone()]);
    for _ in 0..MAX_PASSES {
        pieces = without_slivers(even_odd(&pieces)?);
        if differs(pieces.unsigned_area(), shell - each_hole, AREA_TOLERANCE) {
            return None;
        }
        // A crossing rounded to the nearest coordinate may just cross again: once more, then.
        if !pieces.0.is_empty() && pieces.is_valid() {
            return Some(pieces);
        }
    }
    None
}

/// The area of one ring in degrees squared when even-odd and non-zero winding agree on it.
fn unambiguous_area(ring: &LineString<f64>) -> Option<f64> {
    let alone = MultiPolygon(vec![Polygon::new(ring.clone(), Vec::new())]);
    if rings::simplicity(ring) == Simplicity::Simple {
        return Some(alone.unsigned_area());
    }
    let odd = even_odd(&alone)?.unsigned_area();
    let wound = wound_area(ring)?;
    (!differs(odd, wound, AREA_TOLERANCE)).then_some(odd)
}

/// Shells counter-clockwise, holes clockwise.
pub(super) fn oriented(polygon: &Polygon<f64>) -> Polygon<f64> {
    polygon.orient(Direction::Default)
}

fn without_slivers(parts: MultiPolygon<f64>) -> MultiPolygon<f64> {
    let least = parts.unsigned_area() * SLIVER_SHARE;
    MultiPolygon(
        parts
            .0
            .into_iter()
            .filter(|part| part.unsigned_area() > least)
            .collect(),
    )
}
