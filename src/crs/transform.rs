//! Transformers: built once for a system, then applied to coordinates.
//!
//! Invariant: nothing is dropped and nothing panics; what could not be converted carries a warning.

use std::cell::Cell;

use geo::MapCoordsInPlace;
use geo_types::{Coord, Geometry};
use proj4rs::Proj;
use proj4rs::adaptors::transform_xy;

use super::bd09::{bd09_to_wgs84, wgs84_to_bd09};
use super::crs_enum::Crs;
use super::gauss_kruger::{ELLIPSOID, GkZone};
use super::gcj02::{gcj02_to_wgs84, wgs84_to_gcj02};
use super::inverse::Inverse;
use super::web_mercator::{mercator_to_wgs84, wgs84_to_mercator};

/// A coordinate on WGS 84, and what was odd on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transformed {
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// Set when the coordinate could not be converted as declared.
    pub warning: Option<TransformWarning>,
}

/// Why a coordinate was not converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TransformWarning {
    /// GCJ-02 or BD-09 outside the rectangle around China: returned unchanged.
    OutsideChina,
    /// In the strip at the edge of that rectangle to which nothing is shifted: returned unchanged.
    NoPreImage,
    /// Not a place in the declared projection: both numbers are NaN.
    NotInProjection,
}

impl TransformWarning {
    /// Stable identifier.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutsideChina => "crs_outside_china",
            Self::NoPreImage => "crs_no_pre_image",
            Self::NotInProjection => "crs_not_in_projection",
        }
    }

    /// What happened, in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::OutsideChina => "坐标在中国范围之外，GCJ-02/BD-09 在此不加偏移，按原值保存",
            Self::NoPreImage => "坐标位于偏移范围边缘，没有对应的真实位置，按原值保存",
            Self::NotInProjection => "坐标不在所声明的投影范围内，无法换算；请检查坐标系和坐标列",
        }
    }

    /// What happened, in English.
    pub fn en(self) -> &'static str {
        match self {
            Self::OutsideChina => {
                "outside the rectangle around China, where GCJ-02 and BD-09 do not shift; kept as given"
            }
            Self::NoPreImage => {
                "at the edge of the shifted rectangle, where no true place corresponds; kept as given"
            }
            Self::NotInProjection => {
                "not a place in the declared projection; check the coordinate system and columns"
            }
        }
    }
}

/// Builds the transformer from `crs` to WGS 84.
pub fn to_wgs84(crs: Crs) -> Transformer {
    Transformer {
        crs,
        projection: Projection::of(crs),
    }
}

/// Builds the transformer from WGS 84 to `crs`.
pub fn from_wgs84(crs: Crs) -> FromWgs84 {
    FromWgs84 {
        crs,
        projection: Projection::of(crs),
    }
}

/// From a declared system to WGS 84; build once, use for every coordinate.
#[derive(Debug)]
pub struct Transformer {
    crs: Crs,
    projection: Option<Projection>,
}

impl Transformer {
    /// The system that coordinates are taken to be in.
    pub fn crs(&self) -> Crs {
        self.crs
    }

    /// One coordinate; `x` is easting or longitude, `y` is northing or latitude.
    pub fn forward(&self, [x, y]: [f64; 2]) -> Transformed {
        let (result, warning) = match (self.crs, &self.projection) {
            (Crs::Gcj02, _) => unshift([x, y], gcj02_to_wgs84([x, y])),
            (Crs::Bd09, _) => unshift([x, y], bd09_to_wgs84([x, y])),
            (Crs::WebMercator, _) => (mercator_to_wgs84([x, y]), None),
            (Crs::GaussKruger(_), Some(projection)) => match projection.inverse([x, y]) {
                Some(lonlat) => (lonlat, None),
                None => ([f64::NAN; 2], Some(TransformWarning::NotInProjection)),
            },
            (Crs::Wgs84 | Crs::Cgcs2000 | Crs::GaussKruger(_), _) => ([x, y], None),
        };
        Transformed {
            lon: result[0],
            lat: result[1],
            warning,
        }
    }

    /// Many coordinates in place; returns (index, warning) of those not converted.
    pub fn forward_all(&self, coords: &mut [[f64; 2]]) -> Vec<(usize, TransformWarning)> {
        let mut warnings = Vec::new();
        for (index, coord) in coords.iter_mut().enumerate() {
            let to = self.forward(*coord);
            *coord = [to.lon, to.lat];
            warnings.extend(to.warning.map(|warning| (index, warning)));
        }
        warnings
    }

    /// A geometry in place; returns the first warning.
    pub fn forward_geometry(&self, geometry: &mut Geometry<f64>) -> Option<TransformWarning> {
        if matches!(self.crs, Crs::Wgs84 | Crs::Cgcs2000) {
            return None;
        }
        let first = Cell::new(None);
        geometry.map_coords_in_place(|Coord { x, y }| {
            let to = self.forward([x, y]);
            first.set(first.get().or(to.warning));
            Coord {
                x: to.lon,
                y: to.lat,
            }
        });
        first.get()
    }
}

/// From WGS 84 to a system; for exports and tests.
#[derive(Debug)]
pub struct FromWgs84 {
    crs: Crs,
    projection: Option<Projection>,
}

impl FromWgs84 {
    /// One coordinate (lon, lat) → (easting or longitude, northing or latitude);
    /// NaN where the projection has no answer.
    pub fn forward(&self, lonlat: [f64; 2]) -> [f64; 2] {
        match (self.crs, &self.projection) {
            (Crs::Gcj02, _) => wgs84_to_gcj02(lonlat),
            (Crs::Bd09, _) => wgs84_to_bd09(lonlat),
            (Crs::WebMercator, _) => wgs84_to_mercator(lonlat),
            (Crs::GaussKruger(_), Some(projection)) => {
                projection.forward(lonlat).unwrap_or([f64::NAN; 2])
            }
            (Crs::Wgs84 | Crs::Cgcs2000 | Crs::GaussKruger(_), _) => lonlat,
        }
    }
}

fn unshift(given: [f64; 2], inverse: Inverse) -> ([f64; 2], Option<TransformWarning>) {
    match inverse {
        Inverse::Found(lonlat) => (lonlat, None),
        Inverse::Outside => (given, Some(TransformWarning::OutsideChina)),
        Inverse::NoPreImage => (given, Some(TransformWarning::NoPreImage)),
    }
}

/// The two ends of a Gauss-Krüger projection on the CGCS2000 ellipsoid.
#[derive(Debug)]
struct Projection {
    geographic: Proj,
    projected: Proj,
    central_meridian_deg: f64,
}

/// Farther than this from the central meridian, the projection is no longer one to one in `f64`.
const MAX_OFFSET_DEG: f64 = 60.0;

impl Projection {
    fn of(crs: Crs) -> Option<Self> {
        match crs {
            Crs::GaussKruger(zone) => Some(Self::of_zone(zone)),
            _ => None,
        }
    }

    fn of_zone(zone: GkZone) -> Self {
        let parse = |text: &str| {
            Proj::from_proj_string(text).expect("generated by rule; a test builds all 64")
        };
        Self {
            geographic: parse(&format!("+proj=longlat {ELLIPSOID} +no_defs")),
            projected: parse(&zone.proj_string()),
            central_meridian_deg: f64::from(zone.central_meridian_deg()),
        }
    }

    fn inverse(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        if !(x.is_finite() && y.is_finite()) {
            return None;
        }
        let (lon, lat) = transform_xy(&self.projected, &self.geographic, x, y).ok()?;
        self.near([lon.to_degrees(), lat.to_degrees()])
    }

    fn forward(&self, lonlat: [f64; 2]) -> Option<[f64; 2]> {
        let [lon, lat] = self.near(lonlat)?;
        let (lon, lat) = (lon.to_radians(), lat.to_radians());
        let (x, y) = transform_xy(&self.geographic, &self.projected, lon, lat).ok()?;
        (x.is_finite() && y.is_finite()).then_some([x, y])
    }

    fn near(&self, [lon, lat]: [f64; 2]) -> Option<[f64; 2]> {
        let near = (lon - self.central_meridian_deg).abs() <= MAX_OFFSET_DEG && lat.abs() <= 90.0;
        near.then_some([lon, lat])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_systems_take_a_place_there_and_back() {
        for crs in Crs::all() {
            let lon = match crs {
                Crs::GaussKruger(zone) => f64::from(zone.central_meridian_deg()) + 0.7,
                _ => 116.391_275_7,
            };
            let there = from_wgs84(crs).forward([lon, 31.906_217]);
            let back = to_wgs84(crs).forward(there);
            assert_eq!(back.warning, None, "{crs}");
            assert!((back.lon - lon).abs() < 1e-9, "{crs}: {back:?}");
            assert!((back.lat - 31.906_217).abs() < 1e-9, "{crs}: {back:?}");
        }
    }

    #[test]
    fn slices_and_geometries_agree_with_single_coordinates() {
        let transformer = to_wgs84(Crs::Gcj02);
        let given = [[117.2, 31.8], [2.35, 48.86]];
        let mut slice = given;
        let warnings = transformer.forward_all(&mut slice);
        assert_eq!(warnings, [(1, TransformWarning::OutsideChina)]);
        let mut geometry: Geometry<f64> = geo_types::MultiPoint::from(given.to_vec()).into();
        let warning = transformer.forward_geometry(&mut geometry);
        assert_eq!(warning, Some(TransformWarning::OutsideChina));
        assert_eq!(geometry, geo_types::MultiPoint::from(slice.to_vec()).into());
        assert_eq!(slice[1], given[1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_number_breaks_any_system(x in any::<f64>(), y in any::<f64>()) {
            for crs in [Crs::Gcj02, Crs::Bd09, Crs::WebMercator, "epsg:4527".parse().unwrap()] {
                let _ = to_wgs84(crs).forward([x, y]);
                let _ = from_wgs84(crs).forward([x, y]);
            }
        }
    }
}
