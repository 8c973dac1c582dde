//! The geometry column: GeoPackage binary on SQLite, EWKB on PostGIS, SRID 4326 stamped here and nowhere else.

use geo::BoundingRect;
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

/// A geometry in a column, (lon, lat) degrees WGS 84.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Geom(pub Geometry<f64>);

impl From<&MultiPolygon<f64>> for Geom {
    fn from(polygons: &MultiPolygon<f64>) -> Self {
        Self(Geometry::MultiPolygon(polygons.clone()))
    }
}

impl From<Point<f64>> for Geom {
    fn from(point: Point<f64>) -> Self {
        Self(Geometry::Point(point))
    }
}

impl Geom {
    /// The polygons; a single polygon counts.
    pub fn into_polygons(self) -> Option<MultiPolygon<f64>> {
        match self.0 {
            Geometry::MultiPolygon(polygons) => Some(polygons),
            Geometry::Polygon(polygon) => Some(MultiPolygon::new(vec![polygon])),
            _ => None,
        }
    }

    /// The point.
    pub fn into_point(self) -> Option<Point<f64>> {
        match self.0 {
            Geometry::Point(point) => Some(point),
            _ => None,
        }
    }

    fn wkb(&self) -> Result<Vec<u8>, BoxDynError> {
        let mut bytes = Vec::new();
        let options = WriteOptions { endianness: Endianness::LittleEndian };
        wkb::writer::write_geometry(&mut bytes, &self.0, &options)?;
        Ok(bytes)
    }

    fn gpkg(&self) -> Result<Vec<u8>, BoxDynError> {
        let rect = self.0.bounding_rect();
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(b"GP\0");
        // Little endian, and an XY envelope or the mark of an empty geometry.
        bytes.push(if rect.is_some() { 0b0000_0011 } else { 0b0001_0001 });
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

    fn read(bytes: &[u8]) -> Result<Self, BoxDynError> {
        use geo_traits::to_geo::ToGeoGeometry;
        let geometry = wkb::reader::read_wkb(bytes)?;
        geometry.try_to_geometry().map(Self).ok_or_else(|| "the geometry is empty".into())
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
        Self::read(gpkg_body(bytes).ok_or("no GeoPackage geometry")?)
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
        Self::read(value.as_bytes()?)
    }
}
