//! The geometry file of a Shapefile (`.shp`).
//!
//! Read here and not by a library because the numbers of parts and points in a record come from
//! strangers and must be checked against the length of the record before memory is asked for.
//! Source: ESRI Shapefile Technical Description, July 1998. Invariant: coordinates are finite.

use std::fs::File;
use std::io::{BufReader, Read};

use geo_types::{
    Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::error::FormatError;
use super::geojson_file::too_many_vertices;
use super::limits::{MAX_PARTS_PER_GEOMETRY, MAX_VERTICES_PER_GEOMETRY};
use crate::domain::{Problem, Severity};

/// Records of a `.shp`, in order.
pub(crate) struct ShpReader {
    source: BufReader<File>,
    left: u64,
    buffer: Vec<u8>,
}

/// One record.
pub(crate) struct ShpRecord {
    /// `None` for a null shape.
    pub(crate) geometry: Option<Geometry<f64>>,
    /// What was mended.
    pub(crate) problems: Vec<Problem>,
}

/// What comes next in the file.
pub(crate) enum NextShape {
    Record(ShpRecord),
    /// This record is unusable, the next one can be read.
    Bad(Problem),
    /// The file is unusable from here on.
    Broken(Problem),
    End,
}

/// A record longer than this cannot hold a permitted geometry: points with Z and M, and parts.
const MAX_RECORD_BYTES: u64 =
    (MAX_VERTICES_PER_GEOMETRY * 32 + MAX_PARTS_PER_GEOMETRY * 4 + 128) as u64;

impl ShpReader {
    /// Checks the header.
    pub(crate) fn new(file: File) -> Result<Self, FormatError> {
        let io = |e| FormatError::io("read .shp", e);
        let size = file.metadata().map_err(io)?.len();
        let mut source = BufReader::with_capacity(1 << 16, file);
        let mut header = [0; 100];
        if size < 100 {
            return Err(cut(size, 100));
        }
        source.read_exact(&mut header).map_err(io)?;
        if header[..4] != [0, 0, 0x27, 0x0a] {
            return Err(FormatError::refused(
                "shp_broken",
                ".shp 文件头不对，不是 Shapefile",
                "the .shp has no valid header",
            ));
        }
        let declared = u64::from(u32::from_be_bytes([
            header[24], header[25], header[26], header[27],
        ])) * 2;
        if declared > size {
            return Err(cut(size, declared));
        }
        Ok(Self {
            source,
            left: size - 100,
            buffer: Vec::new(),
        })
    }

    pub(crate) fn next(&mut self) -> NextShape {
        if self.left == 0 {
            return NextShape::End;
        }
        let mut head = [0; 8];
        if self.left < 8 || self.source.read_exact(&mut head).is_err() {
            return self.broken();
        }
        self.left -= 8;
        let length = u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]])) * 2;
        if length > self.left {
            return self.broken();
        }
        self.left -= length;
        if length > MAX_RECORD_BYTES {
            let skipped = self.source.seek_relative(length as i64);
            return if skipped.is_ok() {
                NextShape::Bad(too_many_vertices())
            } else {
                self.broken()
            };
        }
        self.buffer.clear();
        let read = self
            .source
            .by_ref()
            .take(length)
            .read_to_end(&mut self.buffer);
        if read.ok() != Some(length as usize) {
            return self.broken();
        }
        let shape = match parse(&self.buffer) {
            Ok(record) => NextShape::Record(record),
            Err(problem) => NextShape::Bad(problem),
        };
        if self.buffer.capacity() > 4 << 20 {
            self.buffer = Vec::new();
        }
        shape
    }

    fn broken(&mut self) -> NextShape {
        self.left = 0;
        NextShape::Broken(Problem::new(
            Severity::Refused,
            "shp_broken",
            ".shp 在此处损坏（记录长度与文件不符），请重新导出",
            "the .shp is damaged here (a record is longer than the file); export it again",
        ))
    }
}

fn cut(size: u64, declared: u64) -> FormatError {
    FormatError::refused(
        "shp_truncated",
        format!(".shp 不完整：应有 {declared} 字节，实有 {size} 字节，请重新导出或上传"),
        format!(
            "the .shp is cut off: {declared} bytes declared, {size} found; export or upload it again"
        ),
    )
}

fn refuse(code: &str, zh: &str, en: &str) -> Problem {
    Problem::new(Severity::Refused, code, zh, en)
}

fn malformed() -> Problem {
    refuse(
        "geometry_malformed",
        "记录内的点数与长度不符，几何已损坏",
        "the counts in the record do not fit its length; the geometry is damaged",
    )
}

fn parse(record: &[u8]) -> Result<ShpRecord, Problem> {
    let kind = i32_at(record, 0).ok_or_else(malformed)?;
    let mut problems = Vec::new();
    let geometry: Option<Geometry<f64>> = match kind {
        0 => None,
        1 | 11 | 21 => Some(Point::from(points(record, 4, 1)?[0]).into()),
        8 | 18 | 28 => {
            let n = count(record, 36, MAX_VERTICES_PER_GEOMETRY)?;
            let points = points(record, 40, n)?;
            Some(MultiPoint(points.into_iter().map(Point::from).collect()).into())
        }
        3 | 13 | 23 => {
            let mut lines = parts(record)?;
            Some(if lines.len() == 1 {
                lines.remove(0).into()
            } else {
                MultiLineString(lines).into()
            })
        }
        5 | 15 | 25 => {
            let mut rings = parts(record)?;
            for ring in &mut rings {
                if ring.0.first() != ring.0.last() {
                    let first = ring.0[0];
                    ring.0.push(first);
                    problems.push(Problem::new(
                        Severity::Mended,
                        "ring_not_closed",
                        "环未闭合，已补上首点",
                        "a ring was not closed; its first vertex was repeated",
                    ));
                }
            }
            let mut polygons = polygons(rings, &mut problems)?;
            Some(if polygons.len() == 1 {
                polygons.remove(0).into()
            } else {
                MultiPolygon(polygons).into()
            })
        }
        _ => {
            return Err(refuse(
                "geometry_type_unknown",
                "不支持的形状类型（如 MultiPatch）",
                "an unsupported type of shape (such as MultiPatch)",
            )
            .at_field("shape type", &kind.to_string()));
        }
    };
    Ok(ShpRecord { geometry, problems })
}

fn i32_at(record: &[u8], at: usize) -> Option<i32> {
    record
        .get(at..at + 4)
        .map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

fn count(record: &[u8], at: usize, most: usize) -> Result<usize, Problem> {
    let n = i32_at(record, at)
        .and_then(|n| usize::try_from(n).ok())
        .ok_or_else(malformed)?;
    if n > most {
        return Err(too_many_vertices());
    }
    if n == 0 {
        return Err(refuse(
            "geometry_empty",
            "几何没有坐标",
            "the geometry has no coordinates",
        ));
    }
    Ok(n)
}

fn points(record: &[u8], at: usize, n: usize) -> Result<Vec<Coord<f64>>, Problem> {
    let bytes = record.get(at..at + n * 16).ok_or_else(malformed)?;
    let number = |b: &[u8]| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]);
    let points: Vec<_> = bytes
        .chunks_exact(16)
        .map(|b| Coord {
            x: number(&b[..8]),
            y: number(&b[8..]),
        })
        .collect();
    if points.iter().all(|c| c.x.is_finite() && c.y.is_finite()) {
        Ok(points)
    } else {
        Err(refuse(
            "coordinate_not_finite",
            "坐标不是有限数（NaN 或无穷）",
            "a coordinate is not finite (NaN or infinite)",
        ))
    }
}

/// Parts of a line or rings of a polygon; none is empty.
fn parts(record: &[u8]) -> Result<Vec<LineString<f64>>, Problem> {
    let n_parts = count(record, 36, MAX_PARTS_PER_GEOMETRY)?;
    let n_points = count(record, 40, MAX_VERTICES_PER_GEOMETRY)?;
    let points = points(record, 44 + n_parts * 4, n_points)?;
    let mut starts = Vec::with_capacity(n_parts + 1);
    for part in 0..n_parts {
        let start = i32_at(record, 44 + part * 4).and_then(|s| usize::try_from(s).ok());
        starts.push(start.ok_or_else(malformed)?);
    }
    starts.push(n_points);
    if starts[0] != 0 {
        return Err(malformed());
    }
    starts
        .windows(2)
        .filter(|ends| ends[0] != ends[1])
        .map(|ends| {
            points
                .get(ends[0]..ends[1])
                .map(|p| LineString(p.to_vec()))
                .ok_or_else(malformed)
        })
        .collect()
}

/// Most pairs of outer rings and holes compared in one geometry.
const MAX_RING_PAIRS: usize = 20_000_000;

/// Outer rings run clockwise, holes the other way; a hole belongs to the smallest outer ring
/// around its first vertex. A "hole" in no outer ring is an outer ring drawn the wrong way.
fn polygons(
    rings: Vec<LineString<f64>>,
    problems: &mut Vec<Problem>,
) -> Result<Vec<Polygon<f64>>, Problem> {
    let (mut outers, mut holes) = (Vec::new(), Vec::new());
    for ring in rings {
        let area = signed_area(&ring);
        if area <= 0.0 {
            outers.push((area.abs(), ring, Vec::new()));
        } else {
            holes.push((area, ring));
        }
    }
    if outers.len().saturating_mul(holes.len()) > MAX_RING_PAIRS {
        return Err(too_many_vertices());
    }
    let boxes: Vec<_> = outers.iter().map(|(_, ring, _)| bounds(ring)).collect();
    let mut turned = Vec::new();
    for (area, hole) in holes {
        let vertex = hole.0[0];
        let home = (0..outers.len())
            .filter(|i| {
                outers[*i].0 >= area && within(vertex, boxes[*i]) && contains(&outers[*i].1, vertex)
            })
            .min_by(|a, b| outers[*a].0.total_cmp(&outers[*b].0));
        match home {
            Some(i) => outers[i].2.push(hole),
            None => turned.push(hole),
        }
    }
    if !turned.is_empty() {
        problems.push(Problem::new(
            Severity::Mended,
            "ring_direction",
            "外环方向与规范相反，已按外环处理",
            "an outer ring runs the wrong way; taken as an outer ring",
        ));
    }
    let whole = outers
        .into_iter()
        .map(|(_, outer, holes)| Polygon::new(outer, holes));
    Ok(whole
        .chain(
            turned
                .into_iter()
                .map(|ring| Polygon::new(ring, Vec::new())),
        )
        .collect())
}

/// Twice the area, positive when counter-clockwise (relative to the first vertex for precision).
fn signed_area(ring: &LineString<f64>) -> f64 {
    let o = ring.0[0];
    ring.0
        .windows(2)
        .map(|w| (w[0].x - o.x) * (w[1].y - o.y) - (w[1].x - o.x) * (w[0].y - o.y))
        .sum()
}

fn bounds(ring: &LineString<f64>) -> [f64; 4] {
    ring.0.iter().fold(
        [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ],
        |b, c| [b[0].min(c.x), b[1].min(c.y), b[2].max(c.x), b[3].max(c.y)],
    )
}

fn within(c: Coord<f64>, b: [f64; 4]) -> bool {
    c.x >= b[0] && c.x <= b[2] && c.y >= b[1] && c.y <= b[3]
}

/// Even-odd rule; a vertex on the border may count either way.
fn contains(ring: &LineString<f64>, p: Coord<f64>) -> bool {
    ring.0.windows(2).fold(false, |inside, w| {
        let crosses = (w[0].y > p.y) != (w[1].y > p.y)
            && p.x < (w[1].x - w[0].x) * (p.y - w[0].y) / (w[1].y - w[0].y) + w[0].x;
        inside != crosses
    })
}
