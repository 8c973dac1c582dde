//! Regions: the administrative tree from province to community.
//!
//! Not statutory grids and not patrol areas. Invariant: `level` and `parent` follow from `code`.

use chrono::NaiveDate;
use geo_types::MultiPolygon;
use serde::{Deserialize, Serialize};

use super::{RegionCode, RegionId, RegionLevel};

/// One region of the administrative tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Identity.
    pub id: RegionId,
    /// 12-digit code; the range 999xxx is provisional.
    pub code: RegionCode,
    /// Name, for example 西园街道.
    pub name: String,
    /// Outline, (lon, lat) degrees WGS 84; provisional regions may have none.
    pub outline: Option<MultiPolygon<f64>>,
    /// First day on which the code is valid.
    pub valid_from: Option<NaiveDate>,
    /// Last day on which the code is valid.
    pub valid_to: Option<NaiveDate>,
    /// The code that replaced this one.
    pub successor: Option<RegionCode>,
    /// Where the data come from.
    pub source: Option<String>,
}

impl Region {
    /// A region with a code and a name and nothing else.
    pub fn new(id: RegionId, code: RegionCode, name: impl Into<String>) -> Self {
        Self {
            id,
            code,
            name: name.into(),
            outline: None,
            valid_from: None,
            valid_to: None,
            successor: None,
            source: None,
        }
    }

    /// Level, from the code.
    pub const fn level(&self) -> RegionLevel {
        self.code.level()
    }

    /// Code of the region above, from the code.
    pub fn parent(&self) -> Option<RegionCode> {
        self.code.parent()
    }

    /// Whether the region stands in for one whose official code is not known.
    pub const fn is_provisional(&self) -> bool {
        self.code.is_provisional()
    }

    /// Whether another code has taken over: kept for its name and history, no place for new rows.
    pub const fn is_replaced(&self) -> bool {
        self.successor.is_some()
    }

    /// County-level code that leads every key; 0 above districts.
    pub const fn district_code(&self) -> i32 {
        self.code.district_code()
    }
}

/// The longest line of codes that took over from each other; a longer one is a circle that somebody wrote.
const LONGEST_LINE: usize = 64;

/// The code that stands for `code` today: the last one that took over, itself when nobody did.
pub fn heir(code: RegionCode, successor: impl Fn(RegionCode) -> Option<RegionCode>) -> RegionCode {
    std::iter::successors(Some(code), |code| successor(*code))
        .take(LONGEST_LINE)
        .last()
        .unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_heir_is_the_last_who_took_over_and_a_circle_ends() {
        let code = |n: u32| format!("340104002{n:03}").parse::<RegionCode>().unwrap();
        let line = |from: RegionCode| (from < code(4)).then(|| code(4));
        assert_eq!(heir(code(1), line), code(4));
        assert_eq!(heir(code(4), line), code(4));
        let circle = |from: RegionCode| Some(if from == code(1) { code(2) } else { code(1) });
        assert!([code(1), code(2)].contains(&heir(code(1), circle)));
    }
}
