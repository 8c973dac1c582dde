//! Well-known text in a cell: POINT, LINESTRING, POLYGON and their multiples.
//!
//! Not a full WKT reader: no curves, no collections; Z and M are dropped. Invariant: at most
//! `MAX_VERTICES_PER_GEOMETRY` vertices.

use geo_types::{
    Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::limits::MAX_VERTICES_PER_GEOMETRY;

/// Reads a geometry; `None` when the text is not WKT that is understood, or is empty.
pub(crate) fn read_wkt(text: &str) -> Option<Geometry<f64>> {
    // `SRID=4490;POINT(…)` is what PostGIS writes.
    let text = text.trim();
    let text = text
        .split_once(';')
        .filter(|(head, _)| head.starts_with("SRID="))
        .map_or(text, |(_, rest)| rest);
    let open = text.find('(')?;
    let words = text[..open].trim().to_ascii_uppercase();
    let kind = words
        .split_whitespace()
        .next()?
        .trim_end_matches(['Z', 'M']);
    let mut reader = Reader {
        rest: &text[open..],
        vertices: 0,
    };
    let geometry: Geometry<f64> = match kind {
        "POINT" => {
            let line = reader.line()?;
            (line.len() == 1).then(|| Point::from(line[0]))?.into()
        }
        "LINESTRING" => LineString(reader.line()?).into(),
        "POLYGON" => reader.polygon()?.into(),
        "MULTIPOINT" => MultiPoint(reader.points()?).into(),
        "MULTILINESTRING" => MultiLineString(reader.list(|r| r.line().map(LineString))?).into(),
        "MULTIPOLYGON" => MultiPolygon(reader.list(Reader::polygon)?).into(),
        _ => return None,
    };
    reader.rest.trim().is_empty().then_some(geometry)
}

struct Reader<'a> {
    rest: &'a str,
    vertices: usize,
}

impl Reader<'_> {
    fn accept(&mut self, c: char) -> bool {
        let trimmed = self.rest.trim_start();
        let rest = trimmed.strip_prefix(c);
        self.rest = rest.unwrap_or(trimmed);
        rest.is_some()
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        if !self.accept('(') {
            return None;
        }
        let mut items = vec![item(self)?];
        while self.accept(',') {
            items.push(item(self)?);
        }
        self.accept(')').then_some(items)
    }

    fn polygon(&mut self) -> Option<Polygon<f64>> {
        let mut rings = self.list(|r| r.line().map(LineString))?.into_iter();
        let exterior = rings.next()?;
        Some(Polygon::new(exterior, rings.collect()))
    }

    fn line(&mut self) -> Option<Vec<Coord<f64>>> {
        self.list(Self::position)
    }

    /// Both `MULTIPOINT (1 2, 3 4)` and `MULTIPOINT ((1 2), (3 4))` are in use.
    fn points(&mut self) -> Option<Vec<Point<f64>>> {
        self.list(|reader| {
            let bracketed = reader.accept('(');
            let position = reader.position()?;
            (!bracketed || reader.accept(')')).then(|| Point::from(position))
        })
    }

    fn position(&mut self) -> Option<Coord<f64>> {
        self.vertices += 1;
        if self.vertices > MAX_VERTICES_PER_GEOMETRY {
            return None;
        }
        let end = self.rest.find([',', ')', '('])?;
        let mut numbers = self.rest[..end].split_whitespace().map(str::parse::<f64>);
        let (x, y) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let usable = x.is_finite() && y.is_finite() && numbers.all(|n| n.is_ok());
        self.rest = &self.rest[end..];
        usable.then_some(Coord { x, y })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_geometries_are_read() {
        assert_eq!(
            read_wkt("POINT (117.2 31.8)"),
            Some(Point::new(117.2, 31.8).into())
        );
        assert_eq!(
            read_wkt("SRID=4490;point z(117.2 31.8 5)"),
            Some(Point::new(117.2, 31.8).into())
        );
        for text in [
            "LINESTRING(0 0,1 1)",
            "POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))",
            "MULTIPOINT(0 0, 1 1)",
            "MULTIPOINT((0 0),(1 1))",
            "MULTILINESTRING((0 0,1 1),(2 2,3 3))",
            "MULTIPOLYGON (((0 0,4 0,4 4,0 0)),((5 5,6 5,6 6,5 5)))",
        ] {
            assert!(read_wkt(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_none() {
        for text in [
            "",
            "POINT EMPTY",
            "POINT(1)",
            "POINT(NaN 1)",
            "POLYGON((0 0,1 1)",
            "POINT(1 2) x",
            "小区",
            "CIRCLE(1 2)",
        ] {
            assert_eq!(read_wkt(text), None, "{text}");
        }
    }
}
