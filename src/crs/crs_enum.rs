//! `Crs`: the coordinate reference systems that an input may declare.
//!
//! Not a transformation (see `transform.rs`) and not the reader of foreign names (`declare.rs`).
//! Invariant: `id()` is stable; it is what the API, the settings and the database hold.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::declare::{DeclareError, from_word};
use super::gauss_kruger::GkZone;

/// A coordinate reference system that an input may declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Crs {
    /// WGS 84, EPSG:4326; degrees.
    Wgs84,
    /// China Geodetic Coordinate System 2000, EPSG:4490; degrees.
    /// Equal to WGS 84 within centimetres, and taken as equal.
    Cgcs2000,
    /// GCJ-02 (火星坐标), what Amap and Tencent give; degrees.
    Gcj02,
    /// BD-09 (百度坐标), what Baidu gives; degrees.
    Bd09,
    /// Web Mercator, EPSG:3857; metres.
    WebMercator,
    /// CGCS2000 in Gauss-Krüger, EPSG:4491–4554; metres.
    GaussKruger(GkZone),
}

impl Crs {
    /// Every system, in the order of a menu: the usual ones, then the 64 Gauss-Krüger codes.
    pub fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Wgs84,
            Self::Cgcs2000,
            Self::Gcj02,
            Self::Bd09,
            Self::WebMercator,
        ];
        all.extend(GkZone::all().map(Self::GaussKruger));
        all
    }

    /// The system with this EPSG code, if it is one of ours.
    pub fn from_epsg(code: u32) -> Option<Self> {
        match code {
            4326 => Some(Self::Wgs84),
            4490 => Some(Self::Cgcs2000),
            // 900913 and 102100 are the older names of 3857 at Google and ESRI.
            3857 | 3785 | 900_913 | 102_100 | 102_113 => Some(Self::WebMercator),
            _ => u16::try_from(code)
                .ok()
                .and_then(GkZone::from_epsg)
                .map(Self::GaussKruger),
        }
    }

    /// EPSG code; GCJ-02 and BD-09 have none.
    pub fn epsg(self) -> Option<u16> {
        match self {
            Self::Wgs84 => Some(4326),
            Self::Cgcs2000 => Some(4490),
            Self::WebMercator => Some(3857),
            Self::GaussKruger(zone) => Some(zone.epsg()),
            Self::Gcj02 | Self::Bd09 => None,
        }
    }

    /// Stable identifier: `wgs84`, `cgcs2000`, `gcj02`, `bd09`, `web_mercator`, `epsg:4548`.
    pub fn id(self) -> String {
        match self {
            Self::Wgs84 => "wgs84".to_owned(),
            Self::Cgcs2000 => "cgcs2000".to_owned(),
            Self::Gcj02 => "gcj02".to_owned(),
            Self::Bd09 => "bd09".to_owned(),
            Self::WebMercator => "web_mercator".to_owned(),
            Self::GaussKruger(zone) => format!("epsg:{}", zone.epsg()),
        }
    }

    /// Name in Chinese, for a menu.
    pub fn label_zh(self) -> String {
        match self {
            Self::Wgs84 => "WGS 84 经纬度（EPSG:4326，GPS、OSM）".to_owned(),
            Self::Cgcs2000 => "CGCS2000 国家大地坐标系经纬度（EPSG:4490，天地图）".to_owned(),
            Self::Gcj02 => "GCJ-02 火星坐标（高德、腾讯）".to_owned(),
            Self::Bd09 => "BD-09 百度坐标（百度地图）".to_owned(),
            Self::WebMercator => "Web 墨卡托（EPSG:3857）".to_owned(),
            Self::GaussKruger(zone) => zone.label_zh(),
        }
    }

    /// Name in English, for a menu.
    pub fn label_en(self) -> String {
        match self {
            Self::Wgs84 => "WGS 84 longitude/latitude (EPSG:4326; GPS, OSM)".to_owned(),
            Self::Cgcs2000 => "CGCS2000 longitude/latitude (EPSG:4490; Tianditu)".to_owned(),
            Self::Gcj02 => "GCJ-02 (Amap, Tencent)".to_owned(),
            Self::Bd09 => "BD-09 (Baidu Maps)".to_owned(),
            Self::WebMercator => "Web Mercator (EPSG:3857)".to_owned(),
            Self::GaussKruger(zone) => zone.label_en(),
        }
    }

    /// Whether coordinates are degrees; else they are metres.
    pub fn is_geographic(self) -> bool {
        !matches!(self, Self::WebMercator | Self::GaussKruger(_))
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

impl FromStr for Crs {
    type Err = DeclareError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        from_word(word)
    }
}

impl TryFrom<String> for Crs {
    type Error = DeclareError;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        from_word(&word)
    }
}

impl From<Crs> for String {
    fn from(crs: Crs) -> Self {
        crs.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_survives_its_own_name_and_json() {
        let all = Crs::all();
        assert_eq!(all.len(), 69);
        for crs in all {
            assert_eq!(crs.id().parse::<Crs>(), Ok(crs));
            let json = serde_json::to_string(&crs).unwrap();
            assert_eq!(serde_json::from_str::<Crs>(&json).unwrap(), crs);
            if let Some(epsg) = crs.epsg() {
                assert_eq!(Crs::from_epsg(u32::from(epsg)), Some(crs));
            }
        }
    }

    #[test]
    fn codes_next_to_the_gauss_kruger_range_are_not_ours() {
        assert_eq!(Crs::from_epsg(4555), None);
        assert_eq!(Crs::from_epsg(70_085), None); // 4549 + 65536
        assert!(serde_json::from_str::<Crs>("\"epsg:4555\"").is_err());
    }
}
