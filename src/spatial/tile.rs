//! Tile coordinates of the Web Mercator pyramid, and the same plane in 32-bit fixed point.
//!
//! Knows nothing of tile contents. Invariant: x and y are below 2^z.

use std::f64::consts::PI;
use std::fmt;

use super::bbox::BBox;

/// Deepest zoom that is addressed.
pub const MAX_ZOOM: u8 = 24;

/// Latitude of the edge of the pyramid, degrees.
const EDGE_LATITUDE_DEG: f64 = 85.051_128_779_806_6;

/// One tile: zoom, column from the west, row from the north (XYZ, as MapLibre counts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoord {
    /// A tile; `None` when zoom or position is outside the pyramid.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let within = z <= MAX_ZOOM && x < 1 << z && y < 1 << z;
        within.then_some(Self { z, x, y })
    }

    /// The tile at a place (lon, lat); places beyond the edge count to the outermost tiles.
    pub fn at(lonlat: [f64; 2], z: u8) -> Option<Self> {
        if z > MAX_ZOOM {
            return None;
        }
        let [x, y] = mercator_u32(lonlat).map(|m| (u64::from(m) >> (32 - u32::from(z))) as u32);
        Self::new(z, x, y)
    }

    /// Zoom.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column, from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// The tile above, or `None` at zoom 0.
    pub fn parent(self) -> Option<Self> {
        let z = self.z.checked_sub(1)?;
        Some(Self {
            z,
            x: self.x >> 1,
            y: self.y >> 1,
        })
    }

    /// The box that the tile covers, degrees.
    pub fn bbox(self) -> BBox {
        let side = 1.0 / f64::from(1u32 << self.z);
        let at = |x: u32, y: u32| unit_to_lonlat([f64::from(x) * side, f64::from(y) * side]);
        let [west, north] = at(self.x, self.y);
        let [east, south] = at(self.x + 1, self.y + 1);
        BBox::new(west, south, east, north).expect("a tile's edges are finite and in order")
    }

    /// Upper left corner in fixed point.
    pub fn origin_u32(self) -> [u32; 2] {
        let shift = 32 - u32::from(self.z);
        [self.x, self.y].map(|v| (u64::from(v) << shift) as u32)
    }

    /// Side length in fixed point; 2^32 at zoom 0.
    pub fn side_u64(self) -> u64 {
        1 << (32 - u32::from(self.z))
    }

    /// The tiles of a zoom that meet a box, by row, then column.
    pub fn covering(bbox: BBox, z: u8) -> impl Iterator<Item = Self> {
        let first = Self::at([bbox.west(), bbox.north()], z);
        let last = Self::at([bbox.east(), bbox.south()], z);
        first.zip(last).into_iter().flat_map(move |(first, last)| {
            (first.y..=last.y).flat_map(move |y| (first.x..=last.x).map(move |x| Self { z, x, y }))
        })
    }
}

impl fmt::Display for TileCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.z, self.x, self.y)
    }
}

/// (lon, lat) degrees → Web Mercator in 32-bit fixed point, x from the west, y from the north.
///
/// One step is 9.3 mm on the map's equator. Places beyond the edge are moved onto it; NaN gives 0.
pub fn mercator_u32([lon, lat]: [f64; 2]) -> [u32; 2] {
    let phi = lat
        .clamp(-EDGE_LATITUDE_DEG, EDGE_LATITUDE_DEG)
        .to_radians();
    let x = lon / 360.0 + 0.5;
    let y = 0.5 - (phi / 2.0 + PI / 4.0).tan().ln() / (2.0 * PI);
    // The cast saturates at both ends.
    [x, y].map(|unit| (unit * 4_294_967_296.0).round() as u32)
}

/// Web Mercator in 32-bit fixed point → (lon, lat) degrees.
pub fn mercator_u32_to_lonlat(m: [u32; 2]) -> [f64; 2] {
    unit_to_lonlat(m.map(|v| f64::from(v) / 4_294_967_296.0))
}

/// A place on the unit square, y from the north → (lon, lat) degrees.
fn unit_to_lonlat([x, y]: [f64; 2]) -> [f64; 2] {
    let lat = (PI * (1.0 - 2.0 * y)).sinh().atan();
    [x.mul_add(360.0, -180.0), lat.to_degrees()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::measure::distance_m;
    use super::*;

    proptest! {
        #[test]
        fn a_tile_covers_the_place_it_was_asked_for(
            lon in -179.9..179.9f64, lat in -84.0..84.0f64, z in 0..=22u8,
        ) {
            let tile = TileCoord::at([lon, lat], z).unwrap();
            prop_assert!(tile.bbox().expand_m(0.01).contains([lon, lat]), "{tile}");
            if let Some(parent) = tile.parent() {
                prop_assert_eq!(TileCoord::at([lon, lat], z - 1), Some(parent));
            }
            let m = mercator_u32([lon, lat]);
            let o = tile.origin_u32();
            for axis in 0..2 {
                prop_assert!(u64::from(m[axis] - o[axis]) < tile.side_u64());
            }
        }

        #[test]
        fn fixed_point_comes_back_within_a_centimetre(lon in 73.0..135.0f64, lat in 3.0..54.0f64) {
            let back = mercator_u32_to_lonlat(mercator_u32([lon, lat]));
            prop_assert!(distance_m([lon, lat], back) < 0.01);
            prop_assert_eq!(mercator_u32(back), mercator_u32([lon, lat]));
        }

        #[test]
        fn no_number_breaks_it(lon in any::<f64>(), lat in any::<f64>(), z in any::<u8>()) {
            let _ = TileCoord::at([lon, lat], z);
        }
    }

    #[test]
    fn known_tiles_are_known() {
        // The tile of Tiananmen at zoom 14, as every slippy map counts it.
        let tile = TileCoord::at([116.3913, 39.9075], 14).unwrap();
        assert_eq!(tile.to_string(), "14/13489/6208");
        assert_eq!(TileCoord::new(2, 4, 0), None);
        assert_eq!(TileCoord::new(MAX_ZOOM + 1, 0, 0), None);
        let world = TileCoord::new(0, 0, 0).unwrap();
        assert_eq!(world.bbox().west(), -180.0);
        assert!((world.bbox().north() - EDGE_LATITUDE_DEG).abs() < 1e-9);
        assert_eq!(TileCoord::covering(world.bbox(), 1).count(), 4);
    }
}
