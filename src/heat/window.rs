//! A rectangle of cells of the world lattice: what a heat grid covers.
//!
//! Not a view in pixels. Invariant: cells of one level are the same squares whichever window looks at them, so two
//! windows agree wherever they overlap.

use crate::spatial::TileCoord;

/// Deepest zoom of a tile; clients enlarge it, and show the issues themselves from here on.
pub const DEEPEST_TILE: u8 = 16;

/// Largest side of a window, cells.
const MOST_CELLS: u32 = 512;

/// Deepest level: a cell is one unit of the fixed-point plane.
const DEEPEST_LEVEL: u8 = 32;

/// A window on level `level`, where 2^level cells span the square world of Web Mercator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Window {
    pub(super) level: u8,
    /// First column and row, cells from the north-western corner of the world.
    pub(super) first: [u32; 2],
    pub(super) size: [u32; 2],
}

impl Window {
    /// A tile in `2^cells_log2` × `2^cells_log2` cells (7 or 8: 128 or 256), or fewer when `finest` says that finer
    /// cells would show nothing more ([`Kernel::finest_level`](super::Kernel::finest_level)).
    ///
    /// `None` for tiles deeper than zoom 16, and for more than 512 cells along a side.
    pub fn of_tile(tile: TileCoord, cells_log2: u8, finest: u8) -> Option<Self> {
        if tile.z() > DEEPEST_TILE || cells_log2 > MOST_CELLS.ilog2() as u8 {
            return None;
        }
        let level = (tile.z() + cells_log2).min(finest.max(tile.z()));
        let within = level - tile.z();
        Some(Self {
            level,
            first: [tile.x() << within, tile.y() << within],
            size: [1 << within; 2],
        })
    }

    /// The cells that meet a box `[min x, min y, max x, max y]` in fixed point, at the finest level, `finest` at most,
    /// that takes no more than `most` of them (1 to 512) along each side.
    ///
    /// `None` when the box is upside down.
    pub fn of_box([x0, y0, x1, y1]: [u32; 4], most: u32, finest: u8) -> Option<Self> {
        if x0 > x1 || y0 > y1 {
            return None;
        }
        let most = most.clamp(1, MOST_CELLS);
        let at = |level: u8| {
            let cell = |v: u32| (u64::from(v) >> (DEEPEST_LEVEL - level)) as u32;
            Self {
                level,
                first: [cell(x0), cell(y0)],
                size: [cell(x1) - cell(x0), cell(y1) - cell(y0)].map(|n| n.saturating_add(1)),
            }
        };
        let fits = |window: &Self| window.size.iter().all(|&n| n <= most);
        // A box over a line of a coarse lattice takes two cells on every level; then one cell is the whole world.
        (0..=finest.min(DEEPEST_LEVEL)).rev().map(at).find(fits)
    }

    /// The level: 2^level cells span the world.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Columns and rows.
    pub fn size(self) -> [usize; 2] {
        self.size.map(|n| n as usize)
    }

    /// How many cells.
    pub fn cells(self) -> usize {
        self.size().iter().product()
    }

    /// North-western corner in fixed point.
    pub fn origin(self) -> [u32; 2] {
        self.first.map(|v| (u64::from(v) << self.shift()) as u32)
    }

    /// Bits that a fixed-point coordinate has below a cell.
    pub(super) fn shift(self) -> u32 {
        u32::from(DEEPEST_LEVEL - self.level)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_window_covers_its_box_with_few_cells(
            a in any::<[u32; 2]>(), reach in [0..1u32 << 24, 0..1u32 << 24], most in 2..=512u32, finest in 0..=32u8,
        ) {
            let b = [a[0].saturating_add(reach[0]), a[1].saturating_add(reach[1])];
            let window = Window::of_box([a[0], a[1], b[0], b[1]], most, finest).unwrap();
            prop_assert!(window.level <= finest && window.size.iter().all(|&n| n <= most));
            for axis in 0..2 {
                let side = 1_u64 << window.shift();
                let low = u64::from(window.first[axis]) * side;
                prop_assert!(low <= u64::from(a[axis]));
                prop_assert!(u64::from(b[axis]) < low + u64::from(window.size[axis]) * side);
            }
            if window.level < finest {
                let finer = window.shift() - 1;
                let cells = |axis: usize| (b[axis] >> finer) - (a[axis] >> finer) + 1;
                prop_assert!(cells(0).max(cells(1)) > most, "the next level fits too");
            }
        }
    }

    #[test]
    fn a_tile_is_its_cells() {
        let tile = TileCoord::new(14, 13489, 6208).unwrap();
        let window = Window::of_tile(tile, 8, 32).unwrap();
        assert_eq!((window.level(), window.size()), (22, [256, 256]));
        assert_eq!(window.origin(), tile.origin_u32());
        let coarse = Window::of_tile(tile, 8, 20).unwrap();
        assert_eq!(
            (coarse.size(), coarse.origin()),
            ([64, 64], tile.origin_u32())
        );
        assert_eq!(Window::of_tile(tile, 8, 3).unwrap().size(), [1, 1]);
        assert_eq!(
            Window::of_tile(TileCoord::new(17, 0, 0).unwrap(), 8, 32),
            None
        );
        assert_eq!(Window::of_tile(tile, 10, 32), None);
        assert_eq!(Window::of_box([5, 0, 4, 9], 256, 32), None);
        let world = Window::of_box([0, 0, u32::MAX, u32::MAX], 1, 32).unwrap();
        assert_eq!((world.level(), world.size()), (0, [1, 1]));
    }
}
