//! The geometry of one GeoJSON feature, from its text to `geo_types`.
//!
//! Coordinates stay as they are in the file: rings are neither closed nor turned here (mending is
//! not reading). Invariant: at most `MAX_VERTICES_PER_GEOMETRY` vertices are ever held.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::json::{Cursor, Malformed, string};
use super::limits::{MAX_PARTS_PER_GEOMETRY, MAX_VERTICES_PER_GEOMETRY};

/// Why a geometry cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GeometryFault {
    /// Not GeoJSON: what was found instead.
    Malformed(String),
    /// `type` is none of the seven.
    UnknownType(String),
    /// No coordinates at all, or an empty part.
    Empty,
    /// NaN, infinity or null as a coordinate; the vertex, from 1.
    NotFinite(usize),
    /// More vertices or parts than allowed.
    TooMany,
}

impl From<Malformed> for GeometryFault {
    fn from(_: Malformed) -> Self {
        Self::Malformed("坐标数组结构不对 / coordinates of the wrong shape".to_owned())
    }
}

/// A geometry and what was dropped from it.
pub(crate) struct ReadGeometry {
    /// In the file's CRS; closed only where the file closes it.
    pub(crate) geometry: Geometry<f64>,
    /// Whether third coordinates were dropped.
    pub(crate) had_z: bool,
    /// Empty parts that were left out of a multi-part geometry.
    pub(crate) empty_parts: usize,
    /// Polygon rings whose last vertex was not the first one, now closed.
    pub(crate) closed_rings: usize,
}

/// Reads a GeoJSON geometry object; `null` gives `None`.
pub(crate) fn read_geometry(raw: &[u8]) -> Result<Option<ReadGeometry>, GeometryFault> {
    if raw == b"null" {
        return Ok(None);
    }
    let mut reader = Reader::default();
    let geometry = reader.geometry(raw, 0)?;
    Ok(Some(ReadGeometry {
        geometry,
        had_z: reader.had_z,
        empty_parts: reader.empty_parts,
        closed_rings: reader.closed_rings,
    }))
}

#[derive(Default)]
struct Reader {
    vertices: usize,
    parts: usize,
    had_z: bool,
    empty_parts: usize,
    closed_rings: usize,
}

/// Deepest nesting of geometry collections.
const MAX_COLLECTION_DEPTH: usize = 4;

impl Reader {
    fn geometry(&mut self, raw: &[u8], depth: usize) -> Result<Geometry<f64>, GeometryFault> {
        let (mut kind, mut coordinates, mut geometries) = (None, None, None);
        if Cursor::new(raw).peek() != Some(b'{') {
            return Err(GeometryFault::Malformed(
                "geometry 不是对象 / geometry is not an object".to_owned(),
            ));
        }
        Cursor::new(raw).object(|key, value| {
            match key {
                "type" => kind = string(value),
                "coordinates" => coordinates = Some(value),
                "geometries" => geometries = Some(value),
                _ => {}
            }
            Ok(())
        })?;
        let kind = kind.ok_or_else(|| {
            GeometryFault::Malformed("geometry 没有 type / geometry has no type".to_owned())
        })?;
        if kind == "GeometryCollection" {
            return self.collection(geometries.ok_or(GeometryFault::Empty)?, depth);
        }
        let raw = coordinates.unwrap_or(b"[]");
        let mut at = Cursor::new(raw);
        if raw == b"null" {
            return Err(GeometryFault::Empty);
        }
        let geometry: Geometry<f64> = match kind.as_str() {
            "Point" => Point::from(self.position(&mut at)?).into(),
            "LineString" => self.line(&mut at)?.into(),
            "Polygon" => self.polygon(&mut at)?.into(),
            "MultiPoint" => {
                MultiPoint(self.list(&mut at, |r, at| r.position(at).map(Point::from))?).into()
            }
            "MultiLineString" => MultiLineString(self.list(&mut at, Self::line)?).into(),
            "MultiPolygon" => MultiPolygon(self.list(&mut at, Self::polygon)?).into(),
            _ => return Err(GeometryFault::UnknownType(kind)),
        };
        if at.finished() {
            Ok(geometry)
        } else {
            Err(Malformed.into())
        }
    }

    fn collection(&mut self, raw: &[u8], depth: usize) -> Result<Geometry<f64>, GeometryFault> {
        if depth >= MAX_COLLECTION_DEPTH {
            return Err(GeometryFault::TooMany);
        }
        let mut at = Cursor::new(raw);
        let members = self.list(&mut at, |reader, at| {
            let raw = at.value()?;
            reader.geometry(raw, depth + 1)
        })?;
        Ok(Geometry::GeometryCollection(GeometryCollection(members)))
    }

    /// An array of parts; empty parts are left out and counted, an array of nothing else is empty.
    fn list<'a, T>(
        &mut self,
        at: &mut Cursor<'a>,
        mut part: impl FnMut(&mut Self, &mut Cursor<'a>) -> Result<T, GeometryFault>,
    ) -> Result<Vec<T>, GeometryFault> {
        at.expect(b'[')?;
        let mut parts = Vec::new();
        let mut left_out = 0;
        if !at.accept(b']') {
            loop {
                self.parts += 1;
                if self.parts > MAX_PARTS_PER_GEOMETRY + MAX_VERTICES_PER_GEOMETRY {
                    return Err(GeometryFault::TooMany);
                }
                let start = *at;
                match part(self, at) {
                    Ok(part) => parts.push(part),
                    Err(GeometryFault::Empty) => {
                        *at = start;
                        at.value()?;
                        left_out += 1;
                    }
                    Err(fault) => return Err(fault),
                }
                if at.accept(b']') {
                    break;
                }
                at.expect(b',')?;
            }
        }
        if parts.is_empty() {
            return Err(GeometryFault::Empty);
        }
        self.empty_parts += left_out;
        Ok(parts)
    }

    fn polygon(&mut self, at: &mut Cursor) -> Result<Polygon<f64>, GeometryFault> {
        at.expect(b'[')?;
        if at.accept(b']') {
            return Err(GeometryFault::Empty);
        }
        // An empty outer ring means an empty polygon, even when holes follow.
        let exterior = self.ring(at)?;
        let mut interiors = Vec::new();
        while at.accept(b',') {
            self.parts += 1;
            if self.parts > MAX_PARTS_PER_GEOMETRY + MAX_VERTICES_PER_GEOMETRY {
                return Err(GeometryFault::TooMany);
            }
            let start = *at;
            match self.ring(at) {
                Ok(ring) => interiors.push(ring),
                Err(GeometryFault::Empty) => {
                    *at = start;
                    at.value()?;
                    self.empty_parts += 1;
                }
                Err(fault) => return Err(fault),
            }
        }
        at.expect(b']')?;
        Ok(Polygon::new(exterior, interiors))
    }

    /// A ring, closed if the file left it open (`geo_types` closes polygons itself; it is counted).
    fn ring(&mut self, at: &mut Cursor) -> Result<LineString<f64>, GeometryFault> {
        let mut ring = self.line(at)?;
        if ring.0.len() > 1 && ring.0.first() != ring.0.last() {
            let first = ring.0[0];
            ring.0.push(first);
            self.closed_rings += 1;
        }
        Ok(ring)
    }

    fn line(&mut self, at: &mut Cursor) -> Result<LineString<f64>, GeometryFault> {
        at.expect(b'[')?;
        if at.accept(b']') {
            return Err(GeometryFault::Empty);
        }
        let mut line = Vec::new();
        loop {
            line.push(self.position(at)?);
            if at.accept(b']') {
                return Ok(LineString(line));
            }
            at.expect(b',')?;
        }
    }

    fn position(&mut self, at: &mut Cursor) -> Result<Coord<f64>, GeometryFault> {
        self.vertices += 1;
        if self.vertices > MAX_VERTICES_PER_GEOMETRY {
            return Err(GeometryFault::TooMany);
        }
        at.expect(b'[')?;
        if at.accept(b']') {
            return Err(GeometryFault::Empty);
        }
        let x = at.number()?;
        at.expect(b',')?;
        let y = at.number()?;
        while at.accept(b',') {
            at.number()?;
            self.had_z = true;
        }
        at.expect(b']')?;
        if x.is_finite() && y.is_finite() {
            Ok(Coord { x, y })
        } else {
            Err(GeometryFault::NotFinite(self.vertices))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<ReadGeometry>, GeometryFault> {
        read_geometry(text.as_bytes())
    }

    fn fault(text: &str) -> GeometryFault {
        read(text).err().expect("a fault")
    }

    #[test]
    fn all_seven_types_are_read_and_z_is_dropped() {
        for text in [
            r#"{"type":"Point","coordinates":[1,2]}"#,
            r#"{"coordinates":[[1,2],[3,4]],"type":"LineString"}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]],[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.1]]]}"#,
            r#"{"type":"MultiPoint","coordinates":[[1,2]]}"#,
            r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]]]}"#,
            r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]]]}"#,
            r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]}]}"#,
        ] {
            assert!(read(text).unwrap().is_some(), "{text}");
        }
        let with_z = read(r#"{"type":"Point","coordinates":[1,2,15.5]}"#)
            .unwrap()
            .unwrap();
        assert!(with_z.had_z);
        assert_eq!(with_z.geometry, Geometry::Point(Point::new(1.0, 2.0)));
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(
            fault(r#"{"type":"LineString","coordinates":[]}"#),
            GeometryFault::Empty
        );
        assert_eq!(
            fault(r#"{"type":"MultiPolygon","coordinates":[[[]]]}"#),
            GeometryFault::Empty
        );
        assert_eq!(fault(r#"{"type":"Point"}"#), GeometryFault::Empty);
        assert_eq!(
            fault(r#"{"type":"Point","coordinates":[NaN,2]}"#),
            GeometryFault::NotFinite(1)
        );
        assert_eq!(
            fault(r#"{"type":"LineString","coordinates":[[1,2],[3,1e999]]}"#),
            GeometryFault::NotFinite(2)
        );
        assert_eq!(
            fault(r#"{"type":"Circle","coordinates":[1,2]}"#),
            GeometryFault::UnknownType("Circle".to_owned())
        );
        for text in [
            "7",
            r#"{"type":"Point","coordinates":[1]}"#,
            r#"{"type":"Point","coordinates":["1","2"]}"#,
            r#"{"type":"Point","coordinates":[[1,2]]}"#,
            r#"{"type":"Polygon","coordinates":[[1,2],[3,4]]}"#,
            r#"{"coordinates":[1,2]}"#,
        ] {
            assert!(matches!(fault(text), GeometryFault::Malformed(_)), "{text}");
        }
    }

    #[test]
    fn open_rings_are_closed_and_empty_parts_left_out_and_both_are_counted() {
        let open = read(r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]],[]]}"#)
            .unwrap()
            .unwrap();
        assert_eq!((open.closed_rings, open.empty_parts), (1, 1));
        let holed = read(r#"{"type":"MultiLineString","coordinates":[[],[[1,2],[3,4]]]}"#)
            .unwrap()
            .unwrap();
        assert_eq!(holed.empty_parts, 1);
    }

    #[test]
    fn more_than_a_million_vertices_are_refused() {
        let mut text = String::from(r#"{"type":"LineString","coordinates":["#);
        text.push_str(&"[1,2],".repeat(MAX_VERTICES_PER_GEOMETRY));
        text.push_str("[1,2]]}");
        assert_eq!(fault(&text), GeometryFault::TooMany);
    }

    #[test]
    fn millions_of_empty_parts_and_nested_collections_are_refused() {
        let many = format!(
            r#"{{"type":"MultiPolygon","coordinates":[{}[]]}}"#,
            "[],".repeat(1_300_000)
        );
        assert_eq!(fault(&many), GeometryFault::TooMany);
        let mut nested = r#"{"type":"Point","coordinates":[1,2]}"#.to_owned();
        for _ in 0..10 {
            nested = format!(r#"{{"type":"GeometryCollection","geometries":[{nested}]}}"#);
        }
        assert_eq!(fault(&nested), GeometryFault::TooMany);
    }
}
