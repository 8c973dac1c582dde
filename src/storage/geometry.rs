//! The geometry column: GeoPackage binary on SQLite, EWKB on PostGIS, SRID 4326 stamped here and nowhere else.

use geo::{BoundingRect, CoordsIter};
use geo_types::{Geometry, MultiPolygon, Point};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use wkb::Endianness;
use wkb::writer::WriteOptions;

const SRID: u32 = 4326;
/// EWKB flag: an SRID follows the type.
const EWKB_SRID: u32 = 0x2000_0000;

/// A geometry in a column, (lon, lat) degrees WGS 84. What comes from the database is kept as it is until it
/// is read: one bad geometry must not spoil a whole query.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Geom {
    /// On the way in.
    Shape(Geometry<f64>),
    /// On the way out: WKB, or EWKB.
    Wkb(Vec<u8>),
}

impl From<&Geometry<f64>> for Geom {
    fn from(geometry: &Geometry<f64>) -> Self {
        Self::Shape(geometry.clone())
    }
}

impl From<&MultiPolygon<f64>> for Geom {
    fn from(polygons: &MultiPolygon<f64>) -> Self {
        Self::Shape(Geometry::MultiPolygon(polygons.clone()))
    }
}

impl From<Point<f64>> for Geom {
    fn from(point: Point<f64>) -> Self {
        Self::Shape(Geometry::Point(point))
    }
}

impl Geom {
    /// The geometry, or why it cannot be read.
    pub fn read(self) -> Result<Geometry<f64>, String> {
        use geo_traits::to_geo::ToGeoGeometry;
        match self {
            Self::Shape(geometry) => Ok(geometry),
            Self::Wkb(bytes) => wkb::reader::read_wkb(&bytes)
                .map_err(|error| format!("the geometry cannot be read: {error}"))?
                .try_to_geometry()
                .filter(|geometry| geometry.coords_count() > 0)
                .ok_or_else(|| "the geometry is empty".to_owned()),
        }
    }

    /// The polygons, `None` for another kind; a single polygon counts.
    pub fn into_polygons(self) -> Result<Option<MultiPolygon<f64>>, String> {
        Ok(match self.read()? {
            Geometry::MultiPolygon(polygons) => Some(polygons),
            Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon])),
            _ => None,
        })
    }

    /// The point.
    pub fn into_point(self) -> Result<Point<f64>, String> {
        match self.read()? {
            Geometry::Point(point) => Ok(point),
            _ => Err("the geometry is no point".to_owned()),
        }
    }

    /// The shape on its way in.
    fn shape(&self) -> Result<&Geometry<f64>, BoxDynError> {
        match self {
            Self::Shape(geometry) => Ok(geometry),
            Self::Wkb(_) => Err("a geometry that was not read cannot be written".into()),
        }
    }

    fn wkb(&self) -> Result<Vec<u8>, BoxDynError> {
        let mut bytes = Vec::with_capacity(128);
        let options = WriteOptions {
            endianness: Endianness::LittleEndian,
        };
        wkb::writer::write_geometry(&mut bytes, self.shape()?, &options)?;
        Ok(bytes)
    }

    fn gpkg(&self) -> Result<Vec<u8>, BoxDynError> {
        let rect = self.shape()?.bounding_rect();
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(b"GP\0");
        // Little endian, and an XY envelope or the mark of an empty geometry.
        bytes.push(if rect.is_some() {
            0b0000_0011
        } else {
            0b0001_0001
        });
        bytes.extend_from_slice(&SRID.to_le_bytes());
        if let Some(rect) = rect {
            for value in [rect.min().x, rect.max().x, rect.min().y, rect.max().y] {
                bytes.extend_from_slice(&value.to_le_bytes());
            }
        }
        bytes.extend_from_slice(&self.wkb()?);
        Ok(bytes)
    }

    fn ewkb(&self) -> Result<Vec<u8>, BoxDynError> {
        let wkb = self.wkb()?;
        let (Some(order), Some(kind)) = (wkb.first(), wkb.get(1..5)) else {
            return Err("short WKB".into());
        };
        let kind = u32::from_le_bytes([kind[0], kind[1], kind[2], kind[3]]) | EWKB_SRID;
        let mut bytes = Vec::with_capacity(wkb.len() + 4);
        bytes.push(*order);
        bytes.extend_from_slice(&kind.to_le_bytes());
        bytes.extend_from_slice(&SRID.to_le_bytes());
        bytes.extend_from_slice(&wkb[5..]);
        Ok(bytes)
    }
}

/// Where the WKB begins in a GeoPackage binary.
pub(super) fn gpkg_body(bytes: &[u8]) -> Option<&[u8]> {
    if bytes.get(..2)? != b"GP" {
        return None;
    }
    let envelope = match (bytes.get(3)? >> 1) & 0b111 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return None,
    };
    bytes.get(8 + envelope..)
}

impl Type<Sqlite> for Geom {
    fn type_info() -> SqliteTypeInfo {
        <Vec<u8> as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <Vec<u8> as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Geom {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<u8> as Encode<'_, Sqlite>>::encode(self.gpkg()?, buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Geom {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let bytes = <&[u8] as Decode<'r, Sqlite>>::decode(value)?;
        // What is no GeoPackage geometry is kept too: it fails when it is read, alone.
        Ok(Self::Wkb(gpkg_body(bytes).unwrap_or_default().to_vec()))
    }
}

impl Type<Postgres> for Geom {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl Encode<'_, Postgres> for Geom {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(&self.ewkb()?);
        Ok(IsNull::No)
    }
}

impl<'r> Decode<'r, Postgres> for Geom {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self::Wkb(value.as_bytes()?.to_vec()))
    }
}
