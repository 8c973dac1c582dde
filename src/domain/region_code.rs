//! Region codes: 12 digits, province to community (GB/T 2260, GB/T 10114, statistical codes).
//!
//! Not the tree itself: whether a parent exists is asked of the store. Invariant: a `RegionCode` is always
//! well formed: a known province or the provisional range, and no gap between its levels.
//! Township units 400–599 (development zones) are codes like any other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_enum::text_enum;

text_enum! {
    /// Level of a region, from the largest to the smallest.
    pub enum RegionLevel {
        /// Province, autonomous region or municipality (省).
        Province => "province", "省";
        /// Prefecture-level city (市).
        City => "city", "市";
        /// County-level district (区县).
        District => "district", "区县";
        /// Street, town or township-like unit (街道, 镇, 乡).
        Street => "street", "街道";
        /// Residents' or villagers' committee (社区, 村).
        Community => "community", "社区";
    }
}

/// Province prefixes of GB/T 2260.
const PROVINCES: [(u8, &str); 34] = [
    (11, "北京市"),
    (12, "天津市"),
    (13, "河北省"),
    (14, "山西省"),
    (15, "内蒙古自治区"),
    (21, "辽宁省"),
    (22, "吉林省"),
    (23, "黑龙江省"),
    (31, "上海市"),
    (32, "江苏省"),
    (33, "浙江省"),
    (34, "安徽省"),
    (35, "福建省"),
    (36, "江西省"),
    (37, "山东省"),
    (41, "河南省"),
    (42, "湖北省"),
    (43, "湖南省"),
    (44, "广东省"),
    (45, "广西壮族自治区"),
    (46, "海南省"),
    (50, "重庆市"),
    (51, "四川省"),
    (52, "贵州省"),
    (53, "云南省"),
    (54, "西藏自治区"),
    (61, "陕西省"),
    (62, "甘肃省"),
    (63, "青海省"),
    (64, "宁夏回族自治区"),
    (65, "新疆维吾尔自治区"),
    (71, "台湾省"),
    (81, "香港特别行政区"),
    (82, "澳门特别行政区"),
];

/// Prefecture-level cities without counties: their streets hang directly below the city
/// (Dongguan, Zhongshan, Danzhou, Jiayuguan).
const CITIES_WITHOUT_COUNTIES: [u64; 4] = [4419, 4420, 4604, 6202];

/// First digits of the range reserved for provisional regions.
const PROVISIONAL: u64 = 999;

/// Powers of ten that cut off everything below a level.
const STREET_UNIT: u64 = 1_000;
const DISTRICT_UNIT: u64 = 1_000_000;
const CITY_UNIT: u64 = 100_000_000;
const PROVINCE_UNIT: u64 = 10_000_000_000;

/// A well-formed 12-digit region code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(u64);

/// Why a text is not a region code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRegionCode {
    /// Not 12 ASCII digits.
    #[error("region code `{0}` is not 12 digits")]
    NotTwelveDigits(String),
    /// Digits 1–2 are no province of GB/T 2260.
    #[error("region code `{0}` does not begin with a province of GB/T 2260")]
    UnknownProvince(String),
    /// A level above the stated one is all zeros.
    #[error("region code `{0}` has an empty level above its last one")]
    Gap(String),
    /// A provisional code needs digits for the district at least.
    #[error("provisional region code `{0}` must name a district 999001 to 999999")]
    ProvisionalWithoutDistrict(String),
}

impl RegionCode {
    /// Reads 12 digits; shorter official forms (2, 4, 6 or 9 digits) are filled with zeros.
    pub fn parse(text: &str) -> Result<Self, InvalidRegionCode> {
        let short = || text.chars().take(40).collect::<String>();
        let digits = text.trim();
        if !matches!(digits.len(), 2 | 4 | 6 | 9 | 12)
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            return Err(InvalidRegionCode::NotTwelveDigits(short()));
        }
        let number = format!("{digits:0<12}")
            .parse::<u64>()
            .map_err(|_not_a_number| InvalidRegionCode::NotTwelveDigits(short()))?;
        let code = Self(number);
        if code.is_provisional() {
            if code.0 / DISTRICT_UNIT % 1000 == 0 {
                return Err(InvalidRegionCode::ProvisionalWithoutDistrict(short()));
            }
        } else if code.province_name().is_none() {
            return Err(InvalidRegionCode::UnknownProvince(short()));
        }
        if code.has_gap() {
            return Err(InvalidRegionCode::Gap(short()));
        }
        Ok(code)
    }

    /// The provisional code of district `999ddd`, street `sss` (0 for none) and community `ccc` (0 for none).
    ///
    /// `None` when `district` is 0 or a part exceeds 999, or a community has no street.
    pub fn provisional(district: u16, street: u16, community: u16) -> Option<Self> {
        let fits = (1..=999).contains(&district) && street <= 999 && community <= 999;
        let nested = community == 0 || street > 0;
        (fits && nested).then(|| {
            Self(
                (PROVISIONAL * 1000 + u64::from(district)) * DISTRICT_UNIT
                    + u64::from(street) * STREET_UNIT
                    + u64::from(community),
            )
        })
    }

    /// Whether the code lies in the reserved range 999xxx and stands for no official region.
    pub const fn is_provisional(self) -> bool {
        self.0 / 1_000_000_000 == PROVISIONAL
    }

    /// The smallest level that the code names.
    pub const fn level(self) -> RegionLevel {
        if self.0 % STREET_UNIT != 0 {
            RegionLevel::Community
        } else if self.0 % DISTRICT_UNIT != 0 {
            RegionLevel::Street
        } else if self.0 % CITY_UNIT != 0 {
            RegionLevel::District
        } else if self.0 % PROVINCE_UNIT != 0 {
            RegionLevel::City
        } else {
            RegionLevel::Province
        }
    }

    /// The region one level up; `None` for provinces and provisional districts.
    pub fn parent(self) -> Option<Self> {
        let up = match self.level() {
            RegionLevel::Province => return None,
            RegionLevel::City => PROVINCE_UNIT,
            RegionLevel::District if self.is_provisional() => return None,
            RegionLevel::District => CITY_UNIT,
            RegionLevel::Street => DISTRICT_UNIT,
            RegionLevel::Community => STREET_UNIT,
        };
        Some(Self(self.0 / up * up))
    }

    /// The enclosing region at `level`; itself when it is of that level, `None` when it is larger
    /// or the level does not exist for it.
    pub fn at_level(self, level: RegionLevel) -> Option<Self> {
        let mut code = self;
        loop {
            if code.level() == level {
                return Some(code);
            }
            code = code.parent()?;
        }
    }

    /// Whether `other` is this region or lies inside it.
    pub fn contains(self, other: Self) -> bool {
        other.at_level(self.level()) == Some(self)
    }

    /// The 6-digit county-level code that leads every key of the store;
    /// 0 for provinces and cities, which are not bound to a district.
    pub const fn district_code(self) -> i32 {
        match self.level() {
            RegionLevel::Province | RegionLevel::City => 0,
            _ => (self.0 / DISTRICT_UNIT) as i32,
        }
    }

    /// The significant leading digits: 2, 4, 6, 9 or 12. Regions inside share them.
    pub fn prefix(self) -> String {
        let digits = match self.level() {
            RegionLevel::Province => 2,
            RegionLevel::City => 4,
            RegionLevel::District => 6,
            RegionLevel::Street => 9,
            RegionLevel::Community => 12,
        };
        let mut text = self.to_string();
        text.truncate(digits);
        text
    }

    /// Name of the province by GB/T 2260; `None` for provisional codes.
    pub fn province_name(self) -> Option<&'static str> {
        let prefix = (self.0 / PROVINCE_UNIT) as u8;
        PROVINCES
            .iter()
            .find(|(code, _)| *code == prefix)
            .map(|(_, name)| *name)
    }

    /// The code as a number of at most 12 digits.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    fn has_gap(self) -> bool {
        let city = self.0 / CITY_UNIT % 100;
        let county = self.0 / DISTRICT_UNIT % 100;
        let street = self.0 / STREET_UNIT % 1000;
        let community = self.0 % 1000;
        if self.is_provisional() {
            return community != 0 && street == 0;
        }
        let below_city = county != 0 || street != 0 || community != 0;
        let below_county = street != 0 || community != 0;
        let countyless = CITIES_WITHOUT_COUNTIES.contains(&(self.0 / CITY_UNIT));
        (city == 0 && below_city)
            || (county == 0 && below_county && !countyless)
            || (street == 0 && community != 0)
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegionCode({self})")
    }
}

impl FromStr for RegionCode {
    type Err = InvalidRegionCode;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for RegionCode {
    type Error = InvalidRegionCode;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> RegionCode {
        text.parse().unwrap()
    }

    #[test]
    fn levels_and_parents_follow_the_digits() {
        let community = code("340104401007");
        assert_eq!(community.level(), RegionLevel::Community);
        assert_eq!(community.parent(), Some(code("340104401000")));
        assert_eq!(
            community.at_level(RegionLevel::District),
            Some(code("340104000000"))
        );
        assert_eq!(
            community.at_level(RegionLevel::Province),
            Some(code("340000000000"))
        );
        assert_eq!(community.district_code(), 340_104);
        assert_eq!(code("340100000000").district_code(), 0);
        assert_eq!(code("340000000000").parent(), None);
        assert!(code("340104000000").contains(community));
        assert!(!community.contains(code("340104000000")));
        assert_eq!(code("340104401").prefix(), "340104401");
    }

    #[test]
    fn a_development_zone_is_a_district_with_township_units_of_400() {
        let unit = code("340176401000");
        assert_eq!(unit.level(), RegionLevel::Street);
        assert_eq!(unit.district_code(), 340_176);
    }

    #[test]
    fn a_city_without_counties_holds_streets_directly() {
        let street = code("441900003000");
        assert_eq!(street.level(), RegionLevel::Street);
        assert_eq!(street.parent(), Some(code("441900000000")));
        assert_eq!(street.at_level(RegionLevel::District), None);
        assert_eq!(street.district_code(), 441_900);
    }

    #[test]
    fn malformed_codes_are_refused_with_the_reason() {
        use InvalidRegionCode as E;
        assert!(matches!(
            RegionCode::parse("34010"),
            Err(E::NotTwelveDigits(_))
        ));
        assert!(matches!(
            RegionCode::parse("34010400100a"),
            Err(E::NotTwelveDigits(_))
        ));
        assert!(matches!(
            RegionCode::parse("990104001001"),
            Err(E::UnknownProvince(_))
        ));
        assert!(matches!(RegionCode::parse("340100001000"), Err(E::Gap(_))));
        assert!(matches!(RegionCode::parse("340104000001"), Err(E::Gap(_))));
        assert!(matches!(
            RegionCode::parse("999000000000"),
            Err(E::ProvisionalWithoutDistrict(_))
        ));
    }

    #[test]
    fn a_provisional_code_is_marked_and_never_a_province() {
        let made = RegionCode::provisional(1, 2, 3).unwrap();
        assert_eq!(made.to_string(), "999001002003");
        assert!(made.is_provisional());
        assert_eq!(made.province_name(), None);
        assert_eq!(made.at_level(RegionLevel::District).unwrap().parent(), None);
        assert_eq!(made.district_code(), 999_001);
        assert_eq!(code("999001002003"), made);
        assert_eq!(RegionCode::provisional(0, 1, 1), None);
        assert_eq!(RegionCode::provisional(1, 0, 1), None);
    }
}
