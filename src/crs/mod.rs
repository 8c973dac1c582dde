//! Coordinate reference systems: what was declared, and the way to WGS 84.
//!
//! Not a general projection library: only what Chinese grid data come in.
//! Invariant: `x` is easting or longitude, `y` is northing or latitude, in every function here,
//! whatever axis order the EPSG register gives; results are (lon, lat) degrees WGS 84.

mod bd09;
mod crs_enum;
mod declare;
mod gauss_kruger;
mod gcj02;
mod inverse;
mod suspect;
mod suspicion;
mod transform;
mod web_mercator;
mod wkt;

pub use bd09::{bd09_to_wgs84, gcj02_to_bd09, wgs84_to_bd09};
pub use crs_enum::Crs;
pub use declare::{DeclareError, from_geojson, from_prj, from_word};
pub use gauss_kruger::{FIRST_EPSG, GkZone, LAST_EPSG};
pub use gcj02::{gcj02_to_wgs84, in_china_rectangle, wgs84_to_gcj02};
pub use inverse::{Inverse, MAX_ITERATIONS, TOLERANCE_M};
pub use suspect::{
    NamedPair, suspect_by_distance, suspect_by_names, suspect_by_values, suspect_by_water,
};
pub use suspicion::Suspicion;
pub use transform::{FromWgs84, TransformWarning, Transformed, Transformer, from_wgs84, to_wgs84};
pub use web_mercator::{MAX_LATITUDE_DEG, mercator_to_wgs84, wgs84_to_mercator};
