//! The kernel of the density map: a radius in metres, the same on the ground at every zoom.
//!
//! Not a blur in pixels. Invariant: every value is a function of the counts within [`Kernel::margin`] cells and of
//! nothing else, to the last bit, so that tiles agree at their seams.
//!
//! The kernel has the variance of the quartic (biweight) kernel 3 ÷ (π h²) (1 − (r ÷ h)²)² of GIS packages: h² ÷ 8
//! along each axis. It is three passes of an extended box (Gwosdek, Grewenig, Bruhn and Weickert, "Theoretical
//! Foundations of Gaussian Convolution by Extended Box Filtering", SSVM 2011): a box whose two end cells have a
//! fraction of weight, so that its variance is exact also where the radius is less than a cell. Three of them are
//! close to a Gaussian and reach 1.06 h; the cost does not depend on the radius.

use super::window::Window;
use crate::spatial::LocalFrame;

/// Passes along each axis.
const PASSES: usize = 3;
/// Variance of the quartic kernel along an axis, in squared radii.
const QUARTIC_VARIANCE: f64 = 1.0 / 8.0;
/// More cells than this for a radius show nothing more.
const MOST_CELLS_PER_RADIUS: f64 = 64.0;
/// Side of the fixed-point plane, units.
const WORLD: f64 = 4_294_967_296.0;
/// Adding and taking away 1.5 × 2³² rounds a double to a multiple of 2⁻²⁰. Sums of such numbers are exact, so a
/// running sum does not drift and does not know where it began.
const ROUND: f64 = 1.5 * 4_294_967_296.0;

/// A kernel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kernel {
    radius_m: f64,
    /// Metres of a fixed-point unit to the east and to the south.
    unit_m: [f64; 2],
}

impl Kernel {
    /// The kernel of a radius (10 to 5,000 metres) for maps around latitude `lat` (degrees, up to 80).
    ///
    /// One latitude serves a whole city, so that its tiles agree: 50 km north or south of it, at 31°, lengths are
    /// wrong by 0.5 %. `None` out of range.
    pub fn new(radius_m: f64, lat: f64) -> Option<Self> {
        if !(10.0..=5_000.0).contains(&radius_m) || !(-80.0..=80.0).contains(&lat) {
            return None;
        }
        let frame = LocalFrame::around([0.0, lat]);
        // On the plane a degree of latitude is 1 ÷ cos as long as one of longitude.
        let degree = 360.0 / WORLD;
        Some(Self {
            radius_m,
            unit_m: [
                frame.m_per_lon_deg() * degree,
                frame.m_per_lat_deg() * degree * lat.to_radians().cos(),
            ],
        })
    }

    /// The radius, metres.
    pub fn radius_m(self) -> f64 {
        self.radius_m
    }

    /// The finest level of a window that is worth its cells: a radius is 32 to 64 of them.
    pub fn finest_level(self) -> u8 {
        let cells = self.radius_m / self.unit_m[0].min(self.unit_m[1]);
        32 - (cells / MOST_CELLS_PER_RADIUS)
            .log2()
            .ceil()
            .clamp(0.0, 32.0) as u8
    }

    /// Square kilometres of a cell.
    pub(super) fn cell_km2(self, window: Window) -> f64 {
        let units = f64::from(window.shift()).exp2();
        self.unit_m[0] * units * self.unit_m[1] * units / 1e6
    }

    /// The box of each axis.
    fn boxes(self, window: Window) -> [ExtendedBox; 2] {
        let units = f64::from(window.shift()).exp2();
        self.unit_m.map(|unit_m| {
            let radius = self.radius_m / (unit_m * units);
            ExtendedBox::of_variance(radius * radius * QUARTIC_VARIANCE / PASSES as f64)
        })
    }

    /// Cells beyond a window whose counts matter inside it, to each side.
    pub(super) fn margin(self, window: Window) -> [usize; 2] {
        self.boxes(window).map(|each| PASSES * (each.reach + 1))
    }

    /// Spreads counts of a window with its margin, in place; right inside of the margin.
    pub(super) fn spread(self, window: Window, grid: &mut Vec<f64>, width: usize) {
        let [across, down] = self.boxes(window);
        let mut other = vec![0.0; grid.len()];
        for _ in 0..PASSES {
            for (from, to) in grid.chunks_exact(width).zip(other.chunks_exact_mut(width)) {
                across.along_row(from, to);
            }
            std::mem::swap(grid, &mut other);
        }
        let mut sums = vec![0.0; width];
        for _ in 0..PASSES {
            down.along_columns(grid, &mut other, width, &mut sums);
            std::mem::swap(grid, &mut other);
        }
    }
}

/// 2 `reach` + 1 cells of weight 1 and one of weight `edge` < 1 at each end.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ExtendedBox {
    reach: usize,
    edge: f64,
    /// 1 ÷ sum of the weights.
    scale: f64,
}

impl ExtendedBox {
    /// The box of a variance in squared cells.
    fn of_variance(variance: f64) -> Self {
        let reach = (((12.0 * variance + 1.0).sqrt() - 1.0) / 2.0).floor();
        let ends = (reach + 1.0) * (reach + 1.0);
        let edge = (2.0 * reach + 1.0) * (reach * (reach + 1.0) - 3.0 * variance)
            / (6.0 * (variance - ends));
        Self {
            reach: reach as usize,
            edge,
            scale: 1.0 / (2.0 * reach + 1.0 + 2.0 * edge),
        }
    }

    fn value(self, sum: f64, before: f64, after: f64) -> f64 {
        (sum + self.edge * (before + after)) * self.scale + ROUND - ROUND
    }

    fn along_row(self, from: &[f64], to: &mut [f64]) {
        let at = |i: usize| from.get(i).copied().unwrap_or(0.0);
        let before = |i: usize, back: usize| i.checked_sub(back).map_or(0.0, at);
        let reach = self.reach;
        let mut sum: f64 = from.iter().take(reach + 1).sum();
        for (i, to) in to.iter_mut().enumerate() {
            let (left, right) = (before(i, reach + 1), at(i + reach + 1));
            *to = self.value(sum, left, right);
            sum += right - before(i, reach);
        }
    }

    /// The same down all columns at once.
    fn along_columns(self, from: &[f64], to: &mut [f64], width: usize, sums: &mut [f64]) {
        let rows: Vec<&[f64]> = from.chunks_exact(width).collect();
        let zero = vec![0.0; width];
        let at = |i: usize| rows.get(i).copied().unwrap_or(&zero);
        let before = |i: usize, back: usize| i.checked_sub(back).map_or(&zero[..], at);
        let reach = self.reach;
        sums.fill(0.0);
        for row in rows.iter().take(reach + 1) {
            sums.iter_mut()
                .zip(*row)
                .for_each(|(sum, value)| *sum += value);
        }
        for (i, to) in to.chunks_exact_mut(width).enumerate() {
            let (above, below, leaving) =
                (before(i, reach + 1), at(i + reach + 1), before(i, reach));
            for x in 0..width {
                to[x] = self.value(sums[x], above[x], below[x]);
                sums[x] += below[x] - leaving[x];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_box_has_its_variance(variance in 0.0..2000.0f64) {
            let each = ExtendedBox::of_variance(variance);
            prop_assert!((0.0..1.0).contains(&each.edge), "{each:?}");
            let inner: f64 = (1..=each.reach).map(|i| 2.0 * (i * i) as f64).sum();
            let ends = 2.0 * each.edge * ((each.reach + 1) * (each.reach + 1)) as f64;
            let measured = (inner + ends) * each.scale;
            prop_assert!((measured - variance).abs() < 1e-9 * variance.max(1.0), "{measured}");
        }

        #[test]
        fn running_sums_are_the_sums(
            values in prop::collection::vec(0..50u32, 7 * 11), variance in 0.0..12.0f64,
        ) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let each = ExtendedBox::of_variance(variance);
            let weight = |d: usize| match d {
                d if d <= each.reach => 1.0,
                d if d == each.reach + 1 => each.edge,
                _ => 0.0,
            };
            let (mut across, mut down) = (vec![0.0; 77], vec![0.0; 77]);
            for (from, to) in values.chunks_exact(11).zip(across.chunks_exact_mut(11)) {
                each.along_row(from, to);
            }
            each.along_columns(&values, &mut down, 11, &mut [0.0; 11]);
            for (y, x) in (0..7).flat_map(|y| (0..11_usize).map(move |x| (y, x))) {
                let row: f64 = (0..11).map(|i| weight(x.abs_diff(i)) * values[y * 11 + i]).sum();
                let column: f64 = (0..7).map(|i| weight(y.abs_diff(i)) * values[i * 11 + x]).sum();
                prop_assert!((across[y * 11 + x] - row * each.scale).abs() < 1e-6);
                prop_assert!((down[y * 11 + x] - column * each.scale).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn only_sensible_radii_and_latitudes_make_a_kernel() {
        for (radius_m, lat) in [
            (9.0, 31.0),
            (5_001.0, 31.0),
            (f64::NAN, 31.0),
            (150.0, 85.0),
            (150.0, f64::NAN),
        ] {
            assert_eq!(Kernel::new(radius_m, lat), None);
        }
        let kernel = Kernel::new(150.0, 31.86).unwrap();
        // A cell of level 23 is 4.06 m, one of level 24 half of it: 74 to a radius.
        assert_eq!(kernel.finest_level(), 23);
        assert_eq!(Kernel::new(5_000.0, 0.0).unwrap().finest_level(), 18);
    }
}
