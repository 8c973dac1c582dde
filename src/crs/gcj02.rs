//! GCJ-02 (火星坐标): the public formula and its inverse.
//!
//! The formula is the one published with `eviltransform` and `coordtransform`; map services
//! differ from it by up to 0.75 m. Invariant: outside the rectangle nothing is shifted.

use std::f64::consts::PI;

use super::inverse::{Inverse, invert};

/// Western edge of the rectangle in which coordinates are shifted, degrees.
pub(super) const WEST_DEG: f64 = 72.004;
/// Eastern edge, degrees.
pub(super) const EAST_DEG: f64 = 137.8347;
/// Southern edge, degrees.
pub(super) const SOUTH_DEG: f64 = 0.8293;
/// Northern edge, degrees.
pub(super) const NORTH_DEG: f64 = 55.8271;

/// Semi-major axis of the Krasovsky 1940 ellipsoid, metres.
const A_M: f64 = 6_378_245.0;
/// Its squared eccentricity.
const EE: f64 = 0.006_693_421_622_965_943;

/// Whether (lon, lat) lies in the rectangle in which GCJ-02 and BD-09 shift coordinates.
pub fn in_china_rectangle([lon, lat]: [f64; 2]) -> bool {
    (WEST_DEG..=EAST_DEG).contains(&lon) && (SOUTH_DEG..=NORTH_DEG).contains(&lat)
}

/// WGS 84 → GCJ-02, (lon, lat) degrees; unchanged outside the rectangle.
pub fn wgs84_to_gcj02(wgs: [f64; 2]) -> [f64; 2] {
    if in_china_rectangle(wgs) {
        shifted(wgs)
    } else {
        wgs
    }
}

/// GCJ-02 → WGS 84, (lon, lat) degrees; within 1 cm of the true pre-image where there is one.
pub fn gcj02_to_wgs84(gcj: [f64; 2]) -> Inverse {
    invert(gcj, shifted)
}

/// The formula without its rectangle.
pub(super) fn shifted([lon, lat]: [f64; 2]) -> [f64; 2] {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let root = x.abs().sqrt();
    let common = 20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin();
    let waves_y = 20.0 * (y * PI).sin()
        + 40.0 * (y / 3.0 * PI).sin()
        + 160.0 * (y / 12.0 * PI).sin()
        + 320.0 * (y / 30.0 * PI).sin();
    let waves_x = 20.0 * (x * PI).sin()
        + 40.0 * (x / 3.0 * PI).sin()
        + 150.0 * (x / 12.0 * PI).sin()
        + 300.0 * (x / 30.0 * PI).sin();
    let north_m = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * root
        + (common + waves_y) * 2.0 / 3.0;
    let east_m = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * root
        + (common + waves_x) * 2.0 / 3.0;
    // Radii of curvature turn metres into degrees.
    let (sin, cos) = lat.to_radians().sin_cos();
    let w2 = 1.0 - EE * sin * sin;
    let w = w2.sqrt();
    let lon_deg = (east_m * 180.0) / (A_M / w * cos * PI);
    let lat_deg = (north_m * 180.0) / ((A_M * (1.0 - EE)) / (w2 * w) * PI);
    [lon + lon_deg, lat + lat_deg]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
        f64::hypot(a[0] - b[0], a[1] - b[1]) * 111_700.0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_shifted_place_finds_back(lon in WEST_DEG..=EAST_DEG, lat in SOUTH_DEG..=NORTH_DEG) {
            let wgs = [lon, lat];
            let gcj = wgs84_to_gcj02(wgs);
            match gcj02_to_wgs84(gcj) {
                Inverse::Found(back) => {
                    prop_assert!(distance_m(back, wgs) < 0.01);
                    prop_assert!(distance_m(wgs84_to_gcj02(back), gcj) <= 0.01);
                }
                // Shifted out of the rectangle: there, it is its own pre-image.
                Inverse::Outside => prop_assert_eq!(wgs84_to_gcj02(gcj), gcj),
                Inverse::NoPreImage => prop_assert!(false, "{:?} is the image of {:?}", gcj, wgs),
            }
        }

        #[test]
        fn a_strip_at_each_edge_is_solved_or_said_to_have_no_pre_image(
            along in 0.0..1.0f64, inward in 0.0..0.012f64, edge in 0..4u8,
        ) {
            let (w, h) = (EAST_DEG - WEST_DEG, NORTH_DEG - SOUTH_DEG);
            let gcj = match edge {
                0 => [WEST_DEG + inward, SOUTH_DEG + along * h],
                1 => [EAST_DEG - inward, SOUTH_DEG + along * h],
                2 => [WEST_DEG + along * w, SOUTH_DEG + inward],
                _ => [WEST_DEG + along * w, NORTH_DEG - inward],
            };
            match gcj02_to_wgs84(gcj) {
                Inverse::Found(back) => {
                    prop_assert!(in_china_rectangle(back));
                    prop_assert!(distance_m(wgs84_to_gcj02(back), gcj) <= 0.01);
                }
                Inverse::Outside => prop_assert!(!in_china_rectangle(gcj)),
                Inverse::NoPreImage => {
                    // The displacement is below 0.02°: a dense search around must find nothing.
                    for i in -20..=20 {
                        for j in -20..=20 {
                            let near = [gcj[0] + f64::from(i) * 1e-3, gcj[1] + f64::from(j) * 1e-3];
                            prop_assert!(distance_m(wgs84_to_gcj02(near), gcj) > 0.01);
                        }
                    }
                }
            }
        }

        #[test]
        fn no_number_breaks_it(lon in any::<f64>(), lat in any::<f64>()) {
            let _ = wgs84_to_gcj02([lon, lat]);
            let _ = gcj02_to_wgs84([lon, lat]);
        }
    }

    #[test]
    fn the_edges_themselves_find_back() {
        for i in 0..=1000 {
            let t = f64::from(i) / 1000.0;
            let lon = WEST_DEG + t * (EAST_DEG - WEST_DEG);
            let lat = SOUTH_DEG + t * (NORTH_DEG - SOUTH_DEG);
            for wgs in [
                [WEST_DEG, lat],
                [EAST_DEG, lat],
                [lon, SOUTH_DEG],
                [lon, NORTH_DEG],
            ] {
                let gcj = wgs84_to_gcj02(wgs);
                if in_china_rectangle(gcj) {
                    assert!(matches!(gcj02_to_wgs84(gcj), Inverse::Found(_)), "{wgs:?}");
                }
            }
        }
    }

    #[test]
    fn the_strip_without_pre_image_exists_and_is_told_apart() {
        // In the west the shift goes east by about 400 m: nothing arrives on the first metres.
        assert_eq!(gcj02_to_wgs84([WEST_DEG + 1e-4, 35.0]), Inverse::NoPreImage);
        assert!(matches!(
            gcj02_to_wgs84([WEST_DEG + 1e-2, 35.0]),
            Inverse::Found(_)
        ));
        assert_eq!(gcj02_to_wgs84([WEST_DEG - 1e-4, 35.0]), Inverse::Outside);
    }

    #[test]
    fn the_meridian_where_the_slope_is_infinite_finds_back() {
        for offset in [0.0, 1e-14, 1e-12, -1e-9, 1e-7, -1e-5] {
            let wgs = [105.0 + offset, 31.3];
            let Inverse::Found(back) = gcj02_to_wgs84(wgs84_to_gcj02(wgs)) else {
                panic!()
            };
            assert!(distance_m(back, wgs) < 0.01);
        }
    }
}
