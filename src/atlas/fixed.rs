//! Fixed-point coordinates of the atlas: web mercator in 32 bits, x to the east, y to the south.
//!
//! Not a CRS for people: 0..2³² spans the square world of EPSG:3857, one unit is 0.93 cm at the equator and
//! 2³² is a power of two so that tile coordinates are a shift. Invariant: every geometric predicate of the
//! atlas is evaluated exactly on these integers.

use geo_types::Point;

use crate::spatial::{mercator_u32, mercator_u32_to_lonlat};

/// A position: `[x, y]`.
pub type Fixed = [u32; 2];

/// A box: `[min x, min y, max x, max y]`, both ends included.
pub type FixedBox = [u32; 4];

const WORLD: f64 = 4_294_967_296.0;
/// Circumference of the sphere of EPSG:3857.
const EQUATOR_M: f64 = 40_075_016.685_578_49;

/// The box that contains nothing.
pub const EMPTY_BOX: FixedBox = [u32::MAX, u32::MAX, 0, 0];

/// (lon, lat) degrees WGS 84 → fixed. Beyond the square world the nearest edge; NaN gives 0.
pub fn to_fixed(lon: f64, lat: f64) -> Fixed {
    mercator_u32([lon, lat])
}

/// [`to_fixed`] of a point.
pub fn point_to_fixed(point: Point<f64>) -> Fixed {
    to_fixed(point.x(), point.y())
}

/// Fixed → (lon, lat) degrees WGS 84.
pub fn to_lon_lat(fixed: Fixed) -> Point<f64> {
    mercator_u32_to_lonlat(fixed).into()
}

/// Metres on the ground per fixed unit at latitude `lat` (degrees).
pub fn metres_per_unit(lat: f64) -> f64 {
    EQUATOR_M / WORLD * lat.to_radians().cos().max(1e-3)
}

/// `[west, south, east, north]` degrees → fixed box.
pub fn box_to_fixed([west, south, east, north]: [f64; 4]) -> FixedBox {
    let [x0, y0] = to_fixed(west, north);
    let [x1, y1] = to_fixed(east, south);
    [x0, y0, x1, y1]
}

/// Fixed box → `[west, south, east, north]` degrees.
pub fn box_to_lon_lat([x0, y0, x1, y1]: FixedBox) -> [f64; 4] {
    let (north_west, south_east) = (to_lon_lat([x0, y0]), to_lon_lat([x1, y1]));
    [
        north_west.x(),
        south_east.y(),
        south_east.x(),
        north_west.y(),
    ]
}

/// Whether two boxes share a point.
pub const fn boxes_meet(a: FixedBox, b: FixedBox) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// The smallest box around both.
pub fn box_union(a: FixedBox, b: FixedBox) -> FixedBox {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].max(b[3]),
    ]
}

/// Position on the Z-order curve: the bits of x and y interleaved.
pub fn morton([x, y]: Fixed) -> u64 {
    fn spread(v: u32) -> u64 {
        let mut v = u64::from(v);
        v = (v | (v << 16)) & 0x0000_ffff_0000_ffff;
        v = (v | (v << 8)) & 0x00ff_00ff_00ff_00ff;
        v = (v | (v << 4)) & 0x0f0f_0f0f_0f0f_0f0f;
        v = (v | (v << 2)) & 0x3333_3333_3333_3333;
        (v | (v << 1)) & 0x5555_5555_5555_5555
    }
    spread(x) | (spread(y) << 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_round_trip_within_a_centimetre() {
        for (lon, lat) in [
            (121.4737, 31.2304),
            (118.7, 32.0),
            (-179.9, -60.0),
            (0.0, 0.0),
        ] {
            let back = to_lon_lat(to_fixed(lon, lat));
            assert!(
                (back.x() - lon).abs() < 1e-7 && (back.y() - lat).abs() < 1e-7,
                "{back:?}"
            );
        }
    }

    #[test]
    fn positions_outside_the_world_and_nan_stay_in_range() {
        assert_eq!(to_fixed(500.0, 95.0)[0], u32::MAX);
        assert_eq!(to_fixed(f64::NAN, f64::NAN), [0, 0]);
    }

    #[test]
    fn morton_interleaves_bits() {
        assert_eq!(morton([0b11, 0b00]), 0b0101);
        assert_eq!(morton([0b00, 0b11]), 0b1010);
        assert_eq!(morton([u32::MAX, u32::MAX]), u64::MAX);
    }
}
