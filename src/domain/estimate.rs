//! Households where nobody counted them: by floor area, or by spreading a known total.
//!
//! Both rules are estimates and are marked so; neither is ever mixed into a counted figure.

use super::quota::largest_remainder;

/// Smallest and largest footprint that can hold homes, in square metres (`domain.md` §2.3a).
pub const HOME_FOOTPRINT_M2: std::ops::RangeInclusive<f64> = 60.0..=3000.0;
/// Metres of a storey when only a height is known.
pub const STOREY_M: f64 = 3.0;
/// Floor area per household outside which a figure is reported, in square metres.
pub const PLAUSIBLE_M2_PER_HOUSEHOLD: std::ops::RangeInclusive<f64> = 30.0..=300.0;

/// Why a building was estimated to hold no household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoHomes {
    /// Under 60 m²: a shed, a kiosk.
    FootprintTooSmall,
    /// Over 3,000 m²: a hall, a mall.
    FootprintTooLarge,
    /// One storey.
    TooLow,
    /// Neither floors nor height are known.
    HeightUnknown,
    /// No footprint, only a point.
    NoFootprint,
}

impl NoHomes {
    /// Stable identifier.
    pub fn code(self) -> &'static str {
        match self {
            Self::FootprintTooSmall => "footprint_too_small",
            Self::FootprintTooLarge => "footprint_too_large",
            Self::TooLow => "too_low",
            Self::HeightUnknown => "height_unknown",
            Self::NoFootprint => "no_footprint",
        }
    }
}

/// Storeys from what is known: given floors, else round(height / 3 m).
pub fn storeys(floors: Option<u32>, height_m: Option<f64>) -> Option<u32> {
    floors.or_else(|| {
        height_m
            .filter(|h| h.is_finite() && *h > 0.0)
            .map(|h| (h / STOREY_M).round() as u32)
    })
}

/// Households of a building without any known total: gross floor area ÷ floor area per household.
///
/// # Errors
/// The reason why the building holds none.
pub fn households_by_floor_area(
    footprint_m2: Option<f64>,
    storeys: Option<u32>,
    m2_per_household: f64,
) -> Result<u32, NoHomes> {
    let area = footprint_m2.ok_or(NoHomes::NoFootprint)?;
    if area < *HOME_FOOTPRINT_M2.start() {
        return Err(NoHomes::FootprintTooSmall);
    }
    if area > *HOME_FOOTPRINT_M2.end() {
        return Err(NoHomes::FootprintTooLarge);
    }
    let storeys = storeys.ok_or(NoHomes::HeightUnknown)?;
    if storeys < 2 {
        return Err(NoHomes::TooLow);
    }
    Ok((area * f64::from(storeys) / m2_per_household).round() as u32)
}

/// Spreads a known total over buildings by weight (volume, to a thousandth), exactly: the parts sum to the total.
///
/// Largest remainder; ties go to the earlier building. All-zero weights share evenly.
pub fn spread(total: u32, weights: &[f64]) -> Vec<u32> {
    let whole = |w: &f64| (w.clamp(0.0, 1e12) * 1000.0).round() as u64;
    let mut weights: Vec<(u64, &str)> = weights.iter().map(|w| (whole(w), "")).collect();
    if weights.iter().all(|(w, _)| *w == 0) {
        for (w, _) in &mut weights {
            *w = 1;
        }
    }
    largest_remainder(u64::from(total), &weights)
        .into_iter()
        .map(|part| part as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_slab_of_six_storeys_is_estimated_by_its_floor_area() {
        assert_eq!(storeys(None, Some(18.0)), Some(6));
        assert_eq!(households_by_floor_area(Some(600.0), Some(6), 90.0), Ok(40));
    }

    #[test]
    fn what_cannot_hold_homes_holds_none_and_says_why() {
        let estimate = |area, floors| households_by_floor_area(area, floors, 90.0);
        assert_eq!(
            estimate(Some(40.0), Some(6)),
            Err(NoHomes::FootprintTooSmall)
        );
        assert_eq!(
            estimate(Some(9000.0), Some(6)),
            Err(NoHomes::FootprintTooLarge)
        );
        assert_eq!(estimate(Some(600.0), Some(1)), Err(NoHomes::TooLow));
        assert_eq!(estimate(Some(600.0), None), Err(NoHomes::HeightUnknown));
        assert_eq!(estimate(None, Some(6)), Err(NoHomes::NoFootprint));
    }

    proptest! {
        #[test]
        fn spreading_keeps_the_total(total in 0u32..20_000, weights in prop::collection::vec(0.0f64..9e4, 1..80)) {
            let parts = spread(total, &weights);
            prop_assert_eq!(parts.iter().map(|x| u64::from(*x)).sum::<u64>(), u64::from(total));
        }
    }
}
