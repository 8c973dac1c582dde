//! Web Mercator, EPSG:3857: metres on the sphere of radius 6 378 137 m.
//!
//! Not for measuring: lengths are stretched by 1 / cos(latitude).

use std::f64::consts::{FRAC_PI_2, PI};

/// Radius of the sphere, metres.
const RADIUS_M: f64 = 6_378_137.0;

/// Latitude at which the map is square: the edge of the tile pyramid, degrees.
pub const MAX_LATITUDE_DEG: f64 = 85.051_128_779_806_6;

/// (lon, lat) degrees → (x, y) metres; latitude is cut at the edge of the map.
pub fn wgs84_to_mercator([lon, lat]: [f64; 2]) -> [f64; 2] {
    let phi = lat.clamp(-MAX_LATITUDE_DEG, MAX_LATITUDE_DEG).to_radians();
    [
        RADIUS_M * lon.to_radians(),
        RADIUS_M * (phi / 2.0 + PI / 4.0).tan().ln(),
    ]
}

/// (x, y) metres → (lon, lat) degrees.
pub fn mercator_to_wgs84([x, y]: [f64; 2]) -> [f64; 2] {
    let lat = FRAC_PI_2 - 2.0 * (-y / RADIUS_M).exp().atan();
    [(x / RADIUS_M).to_degrees(), lat.to_degrees()]
}
