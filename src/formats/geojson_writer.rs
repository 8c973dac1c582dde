//! GeoJSON written feature by feature (RFC 7946).
//!
//! Coordinates are WGS 84 (lon, lat), rounded to 1e-8° (1 mm). Invariant: a collection that was
//! begun is only valid JSON after [`GeoJsonWriter::finish`].

use std::io::{self, Write};

use geo_types::{Coord, Geometry, LineString, Polygon};
use serde_json::{Map, Value};

use super::error::FormatError;

/// Where the data come from; written as foreign members of the collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Whether the data are synthetic; `synthetic` is always written.
    pub synthetic: bool,
    /// Date of the figures.
    pub as_of: Option<String>,
    /// Origin of the figures, with attribution where a licence asks for it.
    pub source: Option<String>,
    /// Name of the layer.
    pub name: Option<String>,
}

/// Writes a FeatureCollection without holding it in memory.
pub struct GeoJsonWriter<W: Write> {
    target: W,
    first: bool,
}

impl<W: Write> GeoJsonWriter<W> {
    /// Begins a collection.
    pub fn new(mut target: W, provenance: &Provenance) -> Result<Self, FormatError> {
        let mut members = Map::new();
        members.insert("type".to_owned(), "FeatureCollection".into());
        if let Some(name) = &provenance.name {
            members.insert("name".to_owned(), name.as_str().into());
        }
        members.insert("synthetic".to_owned(), provenance.synthetic.into());
        if provenance.synthetic {
            members.insert("note".to_owned(), super::export::SYNTHETIC_NOTE.into());
        }
        for (key, value) in [("as_of", &provenance.as_of), ("source", &provenance.source)] {
            members.insert(key.to_owned(), value.clone().into());
        }
        let head = Value::Object(members).to_string();
        let head = head.strip_suffix('}').unwrap_or(&head);
        write!(target, "{head},\"features\":[").map_err(failed)?;
        Ok(Self {
            target,
            first: true,
        })
    }

    /// Adds a feature; `geometry` is (lon, lat) in WGS 84, `None` is written as null.
    pub fn write(
        &mut self,
        id: Option<&str>,
        geometry: Option<&Geometry<f64>>,
        properties: &Map<String, Value>,
    ) -> Result<(), FormatError> {
        self.feature(id, geometry, properties).map_err(failed)
    }

    fn feature(
        &mut self,
        id: Option<&str>,
        geometry: Option<&Geometry<f64>>,
        properties: &Map<String, Value>,
    ) -> io::Result<()> {
        let comma = if std::mem::replace(&mut self.first, false) {
            ""
        } else {
            ","
        };
        write!(self.target, "{comma}\n{{\"type\":\"Feature\",")?;
        if let Some(id) = id {
            write!(self.target, "\"id\":{},", Value::from(id))?;
        }
        self.target.write_all(b"\"geometry\":")?;
        match geometry {
            Some(geometry) => write_geometry(&mut self.target, geometry)?,
            None => self.target.write_all(b"null")?,
        }
        self.target.write_all(b",\"properties\":")?;
        serde_json::to_writer(&mut self.target, properties)?;
        self.target.write_all(b"}")
    }

    /// Ends the collection and gives the target back.
    pub fn finish(mut self) -> Result<W, FormatError> {
        self.target
            .write_all(b"\n]}\n")
            .and_then(|()| self.target.flush())
            .map_err(failed)?;
        Ok(self.target)
    }
}

fn failed(error: io::Error) -> FormatError {
    FormatError::io("write geojson", error)
}

fn write_geometry(w: &mut impl Write, geometry: &Geometry<f64>) -> io::Result<()> {
    let kind = match geometry {
        Geometry::Point(_) => "Point",
        Geometry::Line(_) | Geometry::LineString(_) => "LineString",
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "Polygon",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::MultiPolygon(_) => "MultiPolygon",
        Geometry::GeometryCollection(collection) => {
            w.write_all(b"{\"type\":\"GeometryCollection\",\"geometries\":")?;
            list(w, &collection.0, write_geometry)?;
            return w.write_all(b"}");
        }
    };
    write!(w, "{{\"type\":\"{kind}\",\"coordinates\":")?;
    match geometry {
        Geometry::Point(p) => position(w, &p.0)?,
        Geometry::Line(l) => list(w, &[l.start, l.end], position)?,
        Geometry::LineString(l) => list(w, &l.0, position)?,
        Geometry::Polygon(p) => polygon(w, p)?,
        Geometry::Rect(r) => polygon(w, &r.to_polygon())?,
        Geometry::Triangle(t) => polygon(w, &t.to_polygon())?,
        Geometry::MultiPoint(m) => list(w, &m.0, |w, p| position(w, &p.0))?,
        Geometry::MultiLineString(m) => list(w, &m.0, |w, l| list(w, &l.0, position))?,
        Geometry::MultiPolygon(m) => list(w, &m.0, polygon)?,
        Geometry::GeometryCollection(_) => {}
    }
    w.write_all(b"}")
}

fn list<W: Write, T>(
    w: &mut W,
    items: &[T],
    mut item: impl FnMut(&mut W, &T) -> io::Result<()>,
) -> io::Result<()> {
    w.write_all(b"[")?;
    for (i, it) in items.iter().enumerate() {
        if i > 0 {
            w.write_all(b",")?;
        }
        item(w, it)?;
    }
    w.write_all(b"]")
}

fn position<W: Write>(w: &mut W, c: &Coord<f64>) -> io::Result<()> {
    let rounded = |v: f64| (v * 1e8).round() / 1e8;
    write!(w, "[{},{}]", rounded(c.x), rounded(c.y))
}

/// Outer rings counter-clockwise, holes clockwise (RFC 7946, 3.1.6).
fn polygon<W: Write>(w: &mut W, polygon: &Polygon<f64>) -> io::Result<()> {
    w.write_all(b"[")?;
    ring(w, polygon.exterior(), true)?;
    for hole in polygon.interiors() {
        w.write_all(b",")?;
        ring(w, hole, false)?;
    }
    w.write_all(b"]")
}

fn ring<W: Write>(w: &mut W, ring: &LineString<f64>, counter_clockwise: bool) -> io::Result<()> {
    let doubled: f64 = ring.lines().map(|l| l.determinant()).sum();
    if (doubled >= 0.0) == counter_clockwise {
        list(w, &ring.0, position)
    } else {
        let turned: Vec<Coord<f64>> = ring.0.iter().rev().copied().collect();
        list(w, &turned, position)
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{Point, polygon};

    use super::*;

    #[test]
    fn a_collection_is_valid_and_says_where_it_comes_from() {
        let provenance = Provenance {
            synthetic: true,
            as_of: Some("2023-01-05".to_owned()),
            ..Provenance::default()
        };
        let mut writer = GeoJsonWriter::new(Vec::new(), &provenance).unwrap();
        let clockwise: Geometry<f64> =
            polygon![(x: 0., y: 0.), (x: 0., y: 1.), (x: 1., y: 1.), (x: 0., y: 0.)].into();
        let properties = serde_json::json!({"name": "示例\"甲\"01</script>"})
            .as_object()
            .unwrap()
            .clone();
        writer
            .write(Some("a"), Some(&clockwise), &properties)
            .unwrap();
        writer
            .write(
                None,
                Some(&Point::new(117.123_456_789_12, 31.8).into()),
                &Map::new(),
            )
            .unwrap();
        writer.write(None, None, &Map::new()).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["synthetic"], true);
        assert_eq!(json["as_of"], "2023-01-05");
        assert_eq!(json["source"], Value::Null);
        assert_eq!(
            json["features"][0]["geometry"]["coordinates"][0][1],
            serde_json::json!([1, 1])
        );
        assert_eq!(
            json["features"][1]["geometry"]["coordinates"][0],
            117.123_456_79
        );
        assert_eq!(json["features"][2]["geometry"], Value::Null);
        assert!(text.parse::<geojson::GeoJson>().is_ok());
    }

    #[test]
    fn an_empty_collection_is_valid() {
        let writer = GeoJsonWriter::new(Vec::new(), &Provenance::default()).unwrap();
        let json: Value = serde_json::from_slice(&writer.finish().unwrap()).unwrap();
        assert_eq!(json["features"], serde_json::json!([]));
        assert_eq!(json["synthetic"], false);
    }
}
