//! Figures of a list of loads: deviation, Gini, coefficient of variation, range.
//!
//! Not the figures of a plan (that is `outcome`). Invariant: no load list makes them panic.

/// Deviation of `load` from `mean_milli` (thousandths), in basis points, rounded half away from 0.
/// A mean of 0 has no deviation.
pub fn deviation_bp(load: u64, mean_milli: u64) -> i32 {
    if mean_milli == 0 {
        return 0;
    }
    let mean = i128::from(mean_milli);
    let scaled = (i128::from(load) * 1000 - mean) * 10_000;
    let rounded = (scaled.abs() + mean / 2) / mean;
    let clamped = rounded.min(i128::from(i32::MAX)) as i32;
    if scaled < 0 { -clamped } else { clamped }
}

/// How unevenly loads are spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dispersion {
    /// Gini coefficient: Σᵢ (2i − n − 1) xᵢ ÷ (n Σ x), x ascending; 0 = even.
    pub gini: f64,
    /// Coefficient of variation: population standard deviation ÷ mean.
    pub cv: f64,
    /// Largest ÷ smallest; `None` if the smallest is 0.
    pub range_ratio: Option<f64>,
    /// Largest deviation from the mean, in basis points.
    pub worst_deviation_bp: u32,
}

impl Dispersion {
    /// The dispersion of `loads`; all even if there are none or all are 0.
    pub fn of(loads: &[u64]) -> Self {
        let mut sorted = loads.to_vec();
        sorted.sort_unstable();
        let (n, sum) = (sorted.len() as f64, sorted.iter().sum::<u64>());
        if sum == 0 {
            return Self {
                gini: 0.0,
                cv: 0.0,
                range_ratio: None,
                worst_deviation_bp: 0,
            };
        }
        let total = sum as f64;
        let ranked: f64 = sorted
            .iter()
            .enumerate()
            .map(|(i, &x)| (2.0 * i as f64 + 1.0 - n) * x as f64)
            .sum();
        let mean = total / n;
        let variance = sorted
            .iter()
            .map(|&x| (x as f64 - mean).powi(2))
            .sum::<f64>()
            / n;
        let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
        let mean_milli = (u128::from(sum) * 1000 / sorted.len() as u128) as u64;
        Self {
            gini: ranked / (n * total),
            cv: variance.sqrt() / mean,
            range_ratio: (least > 0).then(|| most as f64 / least as f64),
            worst_deviation_bp: [least, most]
                .map(|x| deviation_bp(x, mean_milli).unsigned_abs())
                .into_iter()
                .max()
                .unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_loads_give_the_golden_figures() {
        let figures = Dispersion::of(&[180, 220, 260, 340]);
        assert_eq!(figures.worst_deviation_bp, 3600);
        assert!((figures.gini - 0.130).abs() < 5e-4, "{figures:?}");
        assert!((figures.cv - 0.237).abs() < 5e-4, "{figures:?}");
        assert!(
            (figures.range_ratio.unwrap() - 1.89).abs() < 5e-3,
            "{figures:?}"
        );
    }

    #[test]
    fn no_loads_are_even() {
        assert_eq!(Dispersion::of(&[]).worst_deviation_bp, 0);
        assert_eq!(Dispersion::of(&[0, 0]).range_ratio, None);
        assert_eq!(deviation_bp(5, 0), 0);
    }
}
