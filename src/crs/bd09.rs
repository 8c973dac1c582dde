//! BD-09 (百度坐标): the public formula on top of GCJ-02, and its inverse.
//!
//! Not BD-09MC (Baidu's own Mercator). Invariant: like GCJ-02, nothing is shifted outside the
//! rectangle in which WGS 84 coordinates are shifted.

use super::gcj02::{self, in_china_rectangle};
use super::inverse::{Inverse, invert};

/// The angular frequency of the formula, per degree.
const X_PI: f64 = std::f64::consts::PI * 3000.0 / 180.0;

/// GCJ-02 → BD-09, (lon, lat) degrees; the formula has no rectangle of its own.
pub fn gcj02_to_bd09([x, y]: [f64; 2]) -> [f64; 2] {
    let z = f64::hypot(x, y) + 0.000_02 * (y * X_PI).sin();
    let theta = y.atan2(x) + 0.000_003 * (x * X_PI).cos();
    [z * theta.cos() + 0.0065, z * theta.sin() + 0.006]
}

/// WGS 84 → BD-09, (lon, lat) degrees; unchanged outside the rectangle.
pub fn wgs84_to_bd09(wgs: [f64; 2]) -> [f64; 2] {
    if in_china_rectangle(wgs) {
        shifted(wgs)
    } else {
        wgs
    }
}

/// BD-09 → WGS 84, (lon, lat) degrees; both steps are inverted as one.
pub fn bd09_to_wgs84(bd: [f64; 2]) -> Inverse {
    invert(bd, shifted)
}

fn shifted(wgs: [f64; 2]) -> [f64; 2] {
    gcj02_to_bd09(gcj02::shifted(wgs))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::gcj02::{EAST_DEG, NORTH_DEG, SOUTH_DEG, WEST_DEG};
    use super::*;

    fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
        f64::hypot(a[0] - b[0], a[1] - b[1]) * 111_700.0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn every_shifted_place_finds_back(lon in WEST_DEG..=EAST_DEG, lat in SOUTH_DEG..=NORTH_DEG) {
            let wgs = [lon, lat];
            let bd = wgs84_to_bd09(wgs);
            match bd09_to_wgs84(bd) {
                Inverse::Found(back) => {
                    prop_assert!(distance_m(back, wgs) < 0.01);
                    prop_assert!(distance_m(wgs84_to_bd09(back), bd) <= 0.01);
                }
                Inverse::Outside => prop_assert_eq!(wgs84_to_bd09(bd), bd),
                Inverse::NoPreImage => prop_assert!(false, "{:?} is the image of {:?}", bd, wgs),
            }
        }

        #[test]
        fn the_western_and_southern_strips_are_solved_or_refused(
            along in 0.0..1.0f64, inward in 0.0..0.03f64, west in any::<bool>(),
        ) {
            let bd = if west {
                [WEST_DEG + inward, SOUTH_DEG + along * (NORTH_DEG - SOUTH_DEG)]
            } else {
                [WEST_DEG + along * (EAST_DEG - WEST_DEG), SOUTH_DEG + inward]
            };
            match bd09_to_wgs84(bd) {
                Inverse::Found(back) => prop_assert!(distance_m(wgs84_to_bd09(back), bd) <= 0.01),
                Inverse::Outside => prop_assert!(!in_china_rectangle(bd)),
                Inverse::NoPreImage => {
                    for i in -20..=20 {
                        for j in -20..=20 {
                            let near = [bd[0] + f64::from(i) * 2e-3, bd[1] + f64::from(j) * 2e-3];
                            prop_assert!(distance_m(wgs84_to_bd09(near), bd) > 0.01);
                        }
                    }
                }
            }
        }
    }
}
