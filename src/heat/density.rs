//! Density: issues per square kilometre on a grid of cells.
//!
//! Not a rate: it shows where issues are, and so where people live; say so beside it. Invariant: the sum of all
//! values times the area of a cell is the number of issues, except for what the kernel carries over the border.

use super::columns::{IssueColumns, NO_POINT};
use super::filter::Selection;
use super::grid_tile::HeatTile;
use super::kernel::Kernel;
use super::window::Window;

/// What the scale of a map is taken from: this share of the cells with a value is not beyond it.
pub const SCALE_QUANTILE: f64 = 0.99;

/// A density grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    window: Window,
    kernel: Kernel,
    n: u32,
    /// Issues per km², by row from the north, then by column.
    cells: Vec<f32>,
}

impl Density {
    /// The density of the selected issues that have a point.
    ///
    /// A cell that fewer than `k` issues reach is 0, for readers who may not see small counts (0 and 1 hide
    /// nothing). [`Density::n`] is not hidden.
    pub fn new(
        columns: &IssueColumns,
        selection: &Selection,
        window: Window,
        kernel: Kernel,
        k: u32,
    ) -> Self {
        let [width, height] = window.size();
        let [across, down] = kernel.margin(window);
        let (wide, high) = (width + 2 * across, height + 2 * down);
        let (counts, any) = bin(columns, selection, window, [across, down], [wide, high]);
        let inner = |y: usize| (y + down) * wide + across..(y + down) * wide + across + width;
        let n = (0..height).flat_map(|y| &counts[inner(y)]).sum();
        let mut cells = vec![0.0; width * height];
        if any {
            let mut grid: Vec<f64> = counts.iter().map(|&n| f64::from(n)).collect();
            kernel.spread(window, &mut grid, wide);
            let per_km2 = 1.0 / kernel.cell_km2(window);
            for (y, row) in cells.chunks_exact_mut(width).enumerate() {
                for (cell, value) in row.iter_mut().zip(&grid[inner(y)]) {
                    *cell = (value * per_km2) as f32;
                }
            }
            if k > 1 {
                let reaching = sums_around(&counts, wide, [across, down]);
                for (cell, n) in cells.iter_mut().zip(reaching) {
                    *cell = if n < k { 0.0 } else { *cell };
                }
            }
        }
        Self {
            window,
            kernel,
            n,
            cells,
        }
    }

    /// What it covers.
    pub fn window(&self) -> Window {
        self.window
    }

    /// How many issues lie in the window itself.
    pub fn n(&self) -> u32 {
        self.n
    }

    /// Issues per km², by row from the north, then by column.
    pub fn cells(&self) -> &[f32] {
        &self.cells
    }

    /// The value that a share of the cells above 0 does not exceed (nearest rank); `None` when all are 0.
    ///
    /// With [`SCALE_QUANTILE`] over the whole city it is the top of the scale for all its tiles: then a map is not
    /// all red, and a colour means the same number at every zoom.
    pub fn quantile(&self, share: f64) -> Option<f32> {
        let mut above: Vec<f32> = self.cells.iter().copied().filter(|&v| v > 0.0).collect();
        let rank = (share.clamp(0.0, 1.0) * above.len() as f64).ceil() as usize;
        let at = rank.max(1) - 1;
        (at < above.len()).then(|| *above.select_nth_unstable_by(at, f32::total_cmp).1)
    }

    /// The grid in 256 steps from 0 to `max_per_km2` and beyond; `None` unless that is a number above 0.
    pub fn quantise(&self, max_per_km2: f32) -> Option<HeatTile> {
        let step = 255.0 / max_per_km2;
        if !(max_per_km2 > 0.0 && step > 0.0 && step.is_finite()) {
            return None;
        }
        Some(HeatTile {
            level: self.window.level(),
            origin: self.window.origin(),
            width: self.window.size[0] as u16,
            height: self.window.size[1] as u16,
            n: self.n,
            radius_m: self.kernel.radius_m() as f32,
            max_per_km2,
            // The cast saturates at 255.
            cells: self
                .cells
                .iter()
                .map(|value| (value * step).round() as u8)
                .collect(),
        })
    }
}

/// Counts by cell, margin included, and whether there is any.
fn bin(
    columns: &IssueColumns,
    selection: &Selection,
    window: Window,
    [across, down]: [usize; 2],
    [wide, high]: [usize; 2],
) -> (Vec<u32>, bool) {
    let shift = window.shift();
    let mut counts = vec![0; wide * high];
    let mut any = false;
    // In cells, not units, because a margin may lie west or north of the world.
    let first = [
        i64::from(window.first[0]) - across as i64,
        i64::from(window.first[1]) - down as i64,
    ];
    let cell = |v: u32, first: i64| ((u64::from(v) >> shift) as i64 - first) as usize;
    selection.each(columns, |chunk, i| {
        let (x, y) = (cell(chunk.x[i], first[0]), cell(chunk.y[i], first[1]));
        if x < wide && y < high && chunk.y[i] != NO_POINT {
            counts[y * wide + x] += 1;
            any = true;
        }
    });
    (counts, any)
}

/// For each cell inside the margin, the sum of the counts within `across` columns and `down` rows of it.
fn sums_around(counts: &[u32], wide: usize, [across, down]: [usize; 2]) -> Vec<u32> {
    let width = wide - 2 * across;
    let rows: Vec<&[u32]> = counts.chunks_exact(wide).collect();
    let mut columns = vec![0; wide];
    let mut sums = Vec::with_capacity(width * (rows.len() - 2 * down));
    for (y, row) in rows.iter().enumerate() {
        columns.iter_mut().zip(*row).for_each(|(sum, n)| *sum += n);
        let Some(first) = y.checked_sub(2 * down) else {
            continue;
        };
        let mut sum: u32 = columns[..2 * across].iter().sum();
        for x in 0..width {
            sum += columns[x + 2 * across];
            sums.push(sum);
            sum -= columns[x];
        }
        columns
            .iter_mut()
            .zip(rows[first])
            .for_each(|(sum, n)| *sum -= n);
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Filter, Issue};
    use super::*;
    use crate::spatial::{TileCoord, mercator_u32};

    const LAT: f64 = 31.86;

    fn issues_at(points: impl IntoIterator<Item = [u32; 2]>) -> IssueColumns {
        points
            .into_iter()
            .map(|point| Issue {
                position: Some(point),
                ..Issue::default()
            })
            .collect()
    }

    fn density(columns: &IssueColumns, window: Window, kernel: Kernel) -> Density {
        Density::new(
            columns,
            &Filter::default().select(columns),
            window,
            kernel,
            1,
        )
    }

    /// Points in the middle of a tile of zoom `z` near Hefei, within `share` of its side.
    fn points_in_tile(z: u8, share: f64, unit: &[[f64; 2]]) -> (TileCoord, Vec<[u32; 2]>) {
        let tile = TileCoord::at([117.3, LAT], z).unwrap();
        let side = tile.side_u64() as f64;
        let place = |unit: [f64; 2]| {
            let at = |axis: usize| {
                let offset = ((1.0 - share) / 2.0 + unit[axis] * share) * side;
                tile.origin_u32()[axis] + offset as u32
            };
            [at(0), at(1)]
        };
        (tile, unit.iter().map(|&u| place(u)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn the_sum_of_a_map_is_its_issues(
            unit in prop::collection::vec([0.0..1.0f64, 0.0..1.0f64], 1..80),
            z in 8..=15u8, cells_log2 in 7..=8u8, radius_m in 10.0..150.0f64,
        ) {
            // A third of the tile's side is 200 m or more at zoom 15, so that nothing crosses the border.
            let (tile, points) = points_in_tile(z, 0.3, &unit);
            let kernel = Kernel::new(radius_m, LAT).unwrap();
            let window = Window::of_tile(tile, cells_log2, kernel.finest_level()).unwrap();
            let map = density(&issues_at(points), window, kernel);
            let sum: f64 = map.cells().iter().map(|&v| f64::from(v)).sum::<f64>() * kernel.cell_km2(window);
            prop_assert_eq!(map.n() as usize, unit.len());
            prop_assert!((sum / unit.len() as f64 - 1.0).abs() < 5e-3, "{sum} of {}", unit.len());
        }

        #[test]
        fn tiles_are_pieces_of_one_map(
            unit in prop::collection::vec([0.0..1.0f64, 0.0..1.0f64], 1..200), z in 12..=16u8,
        ) {
            // Points in and around four tiles that meet in a corner, and one window over all four.
            let (tile, points) = points_in_tile(z, 3.0, &unit);
            let columns = issues_at(points);
            let kernel = Kernel::new(150.0, LAT).unwrap();
            let finest = kernel.finest_level();
            let tiles = [(0, 0), (1, 0), (0, 1), (1, 1)]
                .map(|(dx, dy)| TileCoord::new(z, tile.x() + dx, tile.y() + dy).unwrap());
            let windows = tiles.map(|tile| Window::of_tile(tile, 7, finest).unwrap());
            let side = windows[0].size[0] as usize;
            let whole = Window { size: [2 * side as u32; 2], ..windows[0] };
            let whole = density(&columns, whole, kernel);
            for (window, (dx, dy)) in windows.into_iter().zip([(0, 0), (1, 0), (0, 1), (1, 1)]) {
                let piece = density(&columns, window, kernel);
                for (y, row) in piece.cells().chunks_exact(side).enumerate() {
                    let start = (y + dy * side) * 2 * side + dx * side;
                    // Equal to the last bit, or quantised seams would show.
                    prop_assert_eq!(row, &whole.cells()[start..start + side]);
                }
            }
        }

        #[test]
        fn cells_that_few_issues_reach_are_hidden(
            unit in prop::collection::vec([0.0..1.0f64, 0.0..1.0f64], 1..60), z in 12..=16u8, k in 2..6u32,
        ) {
            let (tile, points) = points_in_tile(z, 1.5, &unit);
            let columns = issues_at(points.iter().copied());
            let kernel = Kernel::new(150.0, LAT).unwrap();
            let window = Window::of_tile(tile, 7, kernel.finest_level()).unwrap();
            let all = Filter::default().select(&columns);
            let [open, hidden] = [1, k].map(|k| Density::new(&columns, &all, window, kernel, k));
            let margin = kernel.margin(window).map(|cells| cells as i64);
            let shift = window.shift();
            for (i, (&open, &hidden)) in open.cells().iter().zip(hidden.cells()).enumerate() {
                let cell = [i % window.size()[0], i / window.size()[0]];
                let reaches = |p: &&[u32; 2]| {
                    (0..2).all(|axis| {
                        let at = i64::from(window.first[axis]) + cell[axis] as i64;
                        (i64::from(p[axis] >> shift) - at).abs() <= margin[axis]
                    })
                };
                let n = points.iter().filter(reaches).count();
                prop_assert_eq!(hidden, if n < k as usize { 0.0 } else { open });
                prop_assert!(open == 0.0 || n > 0);
            }
        }

        #[test]
        fn counts_are_those_of_a_loop(
            unit in prop::collection::vec([0.0..1.0f64, 0.0..1.0f64], 0..100), most in 2..=256u32,
        ) {
            let (tile, points) = points_in_tile(12, 2.0, &unit);
            let [x, y] = tile.origin_u32();
            let side = tile.side_u64() as u32 - 1;
            let kernel = Kernel::new(150.0, LAT).unwrap();
            let window = Window::of_box([x, y, x + side, y + side], most, kernel.finest_level()).unwrap();
            let shift = window.shift();
            let inside = |p: &&[u32; 2]| {
                (0..2).all(|axis| {
                    let cell = p[axis] >> shift;
                    cell >= window.first[axis] && cell - window.first[axis] < window.size[axis]
                })
            };
            let expected = points.iter().filter(inside).count();
            prop_assert_eq!(density(&issues_at(points), window, kernel).n() as usize, expected);
        }
    }

    #[test]
    fn the_radius_is_the_same_on_the_ground_at_every_zoom() {
        let kernel = Kernel::new(150.0, LAT).unwrap();
        for z in 9..=16 {
            let (tile, points) = points_in_tile(z, 0.0, &[[0.0; 2]]);
            let tile_window = Window::of_tile(tile, 8, kernel.finest_level()).unwrap();
            // Wide enough for the whole kernel at zoom 16, where a tile is narrower than two radii.
            let [x, y] = points[0];
            let shift = tile_window.shift();
            let window = Window {
                first: [(x >> shift) - 100, (y >> shift) - 100],
                size: [201, 201],
                ..tile_window
            };
            let map = density(&issues_at(points), window, kernel);
            let frame = crate::spatial::LocalFrame::around([0.0, LAT]);
            let east_m = frame.m_per_lon_deg() * 360.0 / f64::from(window.level()).exp2();
            let south_m = frame.m_per_lat_deg() * LAT.to_radians().cos() * 360.0
                / f64::from(window.level()).exp2();
            let (mut mass, mut east, mut south, mut reach_m) = (0.0, 0.0, 0.0, 0.0_f64);
            for (i, &value) in map.cells().iter().enumerate() {
                let (dx, dy) = ((i % 201) as f64 - 100.0, (i / 201) as f64 - 100.0);
                let value = f64::from(value);
                mass += value;
                east += value * (dx * east_m).powi(2);
                south += value * (dy * south_m).powi(2);
                if value > 0.0 {
                    reach_m = reach_m.max((dx * east_m).abs());
                }
            }
            // σ = 150 m ÷ √8 = 53.03 m.
            for variance in [east / mass, south / mass] {
                assert!(
                    (variance.sqrt() - 53.03).abs() < 0.2,
                    "zoom {z}: {}",
                    variance.sqrt()
                );
            }
            assert!(
                reach_m <= 1.07 * 150.0 + 3.0 * east_m,
                "zoom {z}: {reach_m}"
            );
        }
    }

    #[test]
    fn one_issue_is_as_dense_as_a_quartic_kernel_says() {
        let kernel = Kernel::new(150.0, LAT).unwrap();
        let (tile, points) = points_in_tile(15, 0.0, &[[0.0; 2]]);
        let window = Window::of_tile(tile, 8, kernel.finest_level()).unwrap();
        let peak = density(&issues_at(points), window, kernel)
            .quantile(1.0)
            .unwrap();
        // A Gaussian of its variance: 1 ÷ (2 π σ²) = 4 ÷ (π h²) = 56.6 per km²; the quartic: 3 ÷ (π h²) = 42.4.
        assert!((42.4..56.6).contains(&peak), "{peak}");
    }

    #[test]
    fn an_empty_map_has_no_scale_and_no_point_is_nowhere() {
        let kernel = Kernel::new(150.0, LAT).unwrap();
        let corner = Window::of_box(
            [u32::MAX - 999, u32::MAX - 999, u32::MAX, u32::MAX],
            256,
            32,
        )
        .unwrap();
        let columns: IssueColumns = [Issue::default()].into_iter().collect();
        let map = density(&columns, corner, kernel);
        assert_eq!((map.n(), map.quantile(SCALE_QUANTILE)), (0, None));
        assert!(map.cells().iter().all(|&v| v == 0.0));
        // A margin beyond the edge of the world.
        let north_west = Window::of_box([0, 0, 999, 999], 256, 32).unwrap();
        assert_eq!(density(&issues_at([[3, 3]]), north_west, kernel).n(), 1);
    }

    #[test]
    fn colours_are_steps_of_a_scale_in_numbers() {
        let kernel = Kernel::new(150.0, LAT).unwrap();
        let columns =
            issues_at((0..40).map(|i| mercator_u32([117.3 + f64::from(i * i) * 1e-5, LAT])));
        let window = Window::of_tile(TileCoord::at([117.3, LAT], 13).unwrap(), 8, 32).unwrap();
        let map = density(&columns, window, kernel);
        let top = map.quantile(SCALE_QUANTILE).unwrap();
        let above = map.cells().iter().filter(|&&v| v > 0.0).count();
        let beyond = map.cells().iter().filter(|&&v| v > top).count();
        assert!(beyond > 0 && beyond <= above / 100, "{beyond} of {above}");
        let tile = map.quantise(top).unwrap();
        for (&step, &value) in tile.cells.iter().zip(map.cells()) {
            let expected = f64::from(value / top * 255.0).min(255.0);
            assert!(
                (f64::from(step) - expected).abs() < 0.501,
                "{step} {expected}"
            );
        }
        for bad in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40] {
            assert_eq!(map.quantise(bad), None);
        }
    }
}
