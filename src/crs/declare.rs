//! Reads a declared coordinate system: a user's word, a `.prj`, the `crs` member of GeoJSON.
//!
//! Never guesses: what is not understood is an error that says what was found and what is accepted.
//! Axis order is taken as x = easting or longitude, whatever the register says: that is what
//! shapefiles, GeoJSON and spreadsheets hold.

use serde_json::Value;
use thiserror::Error;

use super::crs_enum::Crs;
use super::gauss_kruger::GkZone;
use super::wkt::{self, Node};

/// What an input may declare, for error texts.
const ACCEPTED: &str =
    "WGS84, CGCS2000, GCJ-02, BD-09, EPSG:4326, EPSG:4490, EPSG:3857, EPSG:4491–4554";

/// Longest foreign text that an error repeats, in characters.
const MAX_FOUND_CHARS: usize = 80;

/// Why a declaration was not understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DeclareError {
    /// Nothing was declared.
    #[error("no coordinate system is declared; accepted are {ACCEPTED}")]
    Missing,
    /// The words mean nothing to us.
    #[error("coordinate system {found:?} is not known; accepted are {ACCEPTED}")]
    Unknown {
        /// What was declared.
        found: String,
    },
    /// A real system, but one that cannot be converted without local parameters or at all.
    #[error("coordinate system {found:?} is not supported: {reason_en}; accepted are {ACCEPTED}")]
    Unsupported {
        /// What was declared.
        found: String,
        /// Why, in Chinese.
        reason_zh: &'static str,
        /// Why, in English.
        reason_en: &'static str,
    },
    /// A name or code and the parameters beside it say different things.
    #[error("the declaration contradicts itself: {name} is named, but its parameters are {found}")]
    Contradiction {
        /// The system that the name or code means.
        name: String,
        /// What the parameters say.
        found: String,
    },
    /// Not well-known text at all.
    #[error("the .prj text cannot be read: {found:?}")]
    NotWkt {
        /// The beginning of the text.
        found: String,
    },
}

impl DeclareError {
    /// Stable identifier.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "crs_missing",
            Self::Unknown { .. } => "crs_unknown",
            Self::Unsupported { .. } => "crs_unsupported",
            Self::Contradiction { .. } => "crs_contradiction",
            Self::NotWkt { .. } => "crs_prj_unreadable",
        }
    }

    /// The error in Chinese; `to_string()` gives it in English.
    pub fn zh(&self) -> String {
        match self {
            Self::Missing => format!("没有声明坐标系；请从以下选择：{ACCEPTED}"),
            Self::Unknown { found } => {
                format!("不认识坐标系“{found}”；可用的有：{ACCEPTED}")
            }
            Self::Unsupported {
                found, reason_zh, ..
            } => {
                format!("不支持坐标系“{found}”：{reason_zh}；可用的有：{ACCEPTED}")
            }
            Self::Contradiction { name, found } => {
                format!(
                    "坐标系声明自相矛盾：名称是 {name}，参数却是 {found}；请核对后手动选择坐标系"
                )
            }
            Self::NotWkt { found } => {
                format!("无法读取 .prj 的内容“{found}”；请手动选择坐标系：{ACCEPTED}")
            }
        }
    }

    fn unknown(found: &str) -> Self {
        Self::Unknown {
            found: shorten(found),
        }
    }

    fn unsupported(found: &str, reason_zh: &'static str, reason_en: &'static str) -> Self {
        Self::Unsupported {
            found: shorten(found),
            reason_zh,
            reason_en,
        }
    }
}

/// A user's word: `EPSG:4548`, `4548`, `WGS84`, `gcj02`, `火星坐标`, a URN, or an ESRI name.
pub fn from_word(word: &str) -> Result<Crs, DeclareError> {
    let trimmed = word.trim();
    if trimmed.is_empty() {
        return Err(DeclareError::Missing);
    }
    let key = normalised(trimmed);
    if let Some(crs) = from_key(&key) {
        return Ok(crs);
    }
    if let Some(code) = epsg_code(trimmed) {
        return Crs::from_epsg(code).ok_or_else(|| unsupported_code(code));
    }
    if let Some(zone) = GkZone::from_name(trimmed) {
        return Ok(Crs::GaussKruger(zone));
    }
    match old_datum(&key) {
        Some((zh, en)) => Err(DeclareError::unsupported(trimmed, zh, en)),
        None => Err(DeclareError::unknown(trimmed)),
    }
}

/// The text of a `.prj` file: well-known text of ESRI or OGC.
///
/// A code (`AUTHORITY`, `ID`) is believed when the parameters beside it do not contradict it;
/// without a code, names and parameters decide.
pub fn from_prj(text: &str) -> Result<Crs, DeclareError> {
    if text
        .trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}')
        .is_empty()
    {
        return Err(DeclareError::Missing);
    }
    let root = wkt::parse(text).ok_or_else(|| DeclareError::NotWkt {
        found: shorten(text.trim()),
    })?;
    if let Some(projected) = root.find(&["PROJCS", "PROJCRS", "PROJECTEDCRS"]) {
        return from_projected(projected);
    }
    if let Some(geographic) = root.find(GEOGRAPHIC) {
        return from_geographic(geographic);
    }
    Err(DeclareError::unknown(root.name()))
}

/// The `crs` member of a GeoJSON document; `Ok(None)` when it declares none.
pub fn from_geojson(document: &Value) -> Result<Option<Crs>, DeclareError> {
    let crs = match document.get("crs") {
        None | Some(Value::Null) => return Ok(None),
        Some(crs) => crs,
    };
    let properties = crs.get("properties");
    let property = |key: &str| properties.and_then(|p| p.get(key));
    if let Some(name) = property("name").and_then(Value::as_str) {
        return from_word(name).map(Some);
    }
    if let Some(code) = property("code") {
        let word = code
            .as_str()
            .map_or_else(|| code.to_string(), str::to_owned);
        return from_word(&word).map(Some);
    }
    if let Some(word) = crs.as_str() {
        return from_word(word).map(Some);
    }
    if property("href").is_some() {
        return Err(DeclareError::unsupported(
            &crs.to_string(),
            "坐标系以链接给出，离线无法读取",
            "it is given as a link, which is not followed",
        ));
    }
    Err(DeclareError::unknown(&crs.to_string()))
}

const GEOGRAPHIC: &[&str] = &[
    "GEOGCS",
    "GEOGCRS",
    "GEODCRS",
    "GEODETICCRS",
    "GEOGRAPHICCRS",
];
const BASE: &[&str] = &[
    "GEOGCS",
    "BASEGEOGCRS",
    "BASEGEODCRS",
    "GEOGCRS",
    "GEODCRS",
    "GEODETICCRS",
];

fn from_geographic(node: &Node) -> Result<Crs, DeclareError> {
    let by_names = datum_of(node)?;
    let unit = node
        .child(&["UNIT", "ANGLEUNIT"])
        .and_then(|unit| unit.number(1));
    if unit.is_some_and(|unit| (unit - std::f64::consts::PI / 180.0).abs() > 1e-9) {
        return Err(DeclareError::unsupported(
            node.name(),
            "角度单位不是度",
            "its angles are not in degrees",
        ));
    }
    match authority(node) {
        Some(code) => {
            let crs = Crs::from_epsg(code).ok_or_else(|| unsupported_code(code))?;
            agree(crs, by_names)
        }
        None => by_names.ok_or_else(|| DeclareError::unknown(node.name())),
    }
}

fn from_projected(node: &Node) -> Result<Crs, DeclareError> {
    let parameters = projected_by_parameters(node);
    if let Some(code) = authority(node) {
        let crs = Crs::from_epsg(code).ok_or_else(|| unsupported_code(code))?;
        return match parameters {
            Ok(found) if !same_projection(crs, found) => Err(contradiction(crs, found)),
            // What stands beside a code of ours and is not understood does not contradict it.
            Ok(_) | Err(DeclareError::Unknown { .. }) => Ok(crs),
            Err(error) => Err(error),
        };
    }
    let found = parameters?;
    match GkZone::from_name(node.name()).map(Crs::GaussKruger) {
        // The name tells 3° from 6° where the numbers are the same.
        Some(named) if same_projection(named, found) => Ok(named),
        Some(named) => Err(contradiction(named, found)),
        None => Ok(found),
    }
}

/// What method, datum and parameters of a projected system mean.
fn projected_by_parameters(node: &Node) -> Result<Crs, DeclareError> {
    let name = normalised(node.name());
    let method = node
        .find(&["PROJECTION", "METHOD"])
        .map(|method| normalised(method.name()))
        .unwrap_or_default();
    let is_web_mercator = method == "MERCATORAUXILIARYSPHERE"
        || method.contains("PSEUDOMERCATOR")
        || name.contains("WEBMERCATOR")
        || name.contains("PSEUDOMERCATOR");
    if is_web_mercator {
        return Ok(Crs::WebMercator);
    }
    let base = node.child(BASE);
    let datum = base.map(datum_of).transpose()?.flatten();
    if !matches!(method.as_str(), "TRANSVERSEMERCATOR" | "GAUSSKRUGER") {
        return Err(DeclareError::unknown(node.name()));
    }
    if datum == Some(Crs::Wgs84) {
        return Err(DeclareError::unsupported(
            node.name(),
            "WGS 84 横轴墨卡托（如 UTM）不在支持之列，请先转换为 CGCS2000 高斯-克吕格或经纬度",
            "transverse Mercator on WGS 84 (as UTM) is not converted; export as CGCS2000 \
             Gauss-Kruger or as longitude/latitude",
        ));
    }
    if datum != Some(Crs::Cgcs2000) {
        return Err(DeclareError::unknown(node.name()));
    }
    let parameter = |names: &[&str]| {
        node.parameters()
            .find(|parameter| names.contains(&normalised(parameter.name()).as_str()))
            .and_then(|parameter| parameter.number(1))
    };
    let meridian = parameter(&["CENTRALMERIDIAN", "LONGITUDEOFNATURALORIGIN"]);
    let easting = parameter(&["FALSEEASTING"]);
    let scale = parameter(&["SCALEFACTOR", "SCALEFACTORATNATURALORIGIN"]).unwrap_or(1.0);
    let northing = parameter(&["FALSENORTHING"]).unwrap_or(0.0);
    let latitude = parameter(&["LATITUDEOFORIGIN", "LATITUDEOFNATURALORIGIN"]).unwrap_or(0.0);
    let metres = node
        .children
        .iter()
        .rfind(|child| matches!(child.keyword.as_str(), "UNIT" | "LENGTHUNIT"))
        .and_then(|unit| unit.number(1))
        .unwrap_or(1.0);
    let local_grid = || {
        DeclareError::unsupported(
            node.name(),
            "不是国家标准分带（可能是城市独立坐标系或加了常数），需要当地转换参数",
            "not a national zone (perhaps a city's local grid); it needs local parameters",
        )
    };
    if scale != 1.0 || northing != 0.0 || latitude != 0.0 || metres != 1.0 {
        return Err(local_grid());
    }
    let (Some(meridian), Some(easting)) = (meridian, easting) else {
        return Err(DeclareError::unknown(node.name()));
    };
    // Without prefix, 3° and 6° zones of one meridian are the same numbers: the 3° code is taken.
    GkZone::all()
        .filter(|zone| {
            f64::from(zone.central_meridian_deg()) == meridian && zone.false_easting_m() == easting
        })
        .max_by_key(|zone| zone.epsg())
        .map(Crs::GaussKruger)
        .ok_or_else(local_grid)
}

/// The datum of a geographic system; `Ok(None)` when its names say nothing to us.
fn datum_of(node: &Node) -> Result<Option<Crs>, DeclareError> {
    let datum = node.child(&["DATUM", "GEODETICDATUM", "ENSEMBLE"]);
    let names = [Some(node), datum]
        .into_iter()
        .flatten()
        .map(|node| normalised(node.name()));
    let names: Vec<String> = names.collect();
    for name in &names {
        if let Some((zh, en)) = old_datum(name) {
            return Err(DeclareError::unsupported(node.name(), zh, en));
        }
    }
    let shifted = |name: &String| match name {
        _ if name.contains("GCJ02") => Some(Crs::Gcj02),
        _ if name.contains("BD09") => Some(Crs::Bd09),
        _ => None,
    };
    if let Some(crs) = names.iter().find_map(shifted) {
        return Ok(Some(crs));
    }
    let plain = |name: &String| {
        if ["CHINA2000", "CHINAGEODETICCOORDINATESYSTEM2000", "CGCS2000"]
            .iter()
            .any(|known| name.contains(known))
        {
            Some(Crs::Cgcs2000)
        } else if ["WGS84", "WGS1984", "WORLDGEODETICSYSTEM1984"]
            .iter()
            .any(|known| name.contains(known))
        {
            Some(Crs::Wgs84)
        } else {
            None
        }
    };
    Ok(names.iter().find_map(plain))
}

fn agree(coded: Crs, named: Option<Crs>) -> Result<Crs, DeclareError> {
    match named {
        Some(named) if named != coded => Err(contradiction(coded, named)),
        _ => Ok(coded),
    }
}

fn contradiction(named: Crs, found: Crs) -> DeclareError {
    DeclareError::Contradiction {
        name: named.label_en(),
        found: found.label_en(),
    }
}

/// Whether two codes stand for the same numbers (3° and 6° without prefix on one meridian do).
fn same_projection(a: Crs, b: Crs) -> bool {
    match (a, b) {
        (Crs::GaussKruger(a), Crs::GaussKruger(b)) => {
            a.central_meridian_deg() == b.central_meridian_deg()
                && a.false_easting_m() == b.false_easting_m()
        }
        _ => a == b,
    }
}

/// The EPSG code that stands directly below a node.
fn authority(node: &Node) -> Option<u32> {
    let authority = node.child(&["AUTHORITY", "ID"])?;
    let register = authority.name().to_ascii_uppercase();
    let code = authority.values.get(1)?.trim().parse().ok()?;
    matches!(register.as_str(), "EPSG" | "ESRI").then_some(code)
}

/// `EPSG:4548`, `4548`, `urn:ogc:def:crs:EPSG:6.9:4548`, `http://…/def/crs/EPSG/0/4548`.
fn epsg_code(word: &str) -> Option<u32> {
    let upper = word.to_ascii_uppercase();
    let last = upper.rsplit([':', '/', '#']).next()?.trim();
    let last = last
        .strip_prefix("EPSG")
        .unwrap_or(last)
        .trim_start_matches([' ', '_', '-']);
    let code = last.parse().ok()?;
    (upper.contains("EPSG") || upper == last).then_some(code)
}

/// The names that stand for a system in everyday use, normalised.
fn from_key(key: &str) -> Option<Crs> {
    Some(match key {
        "WGS84" | "WGS1984" | "GCSWGS1984" | "CRS84" | "OGCCRS84" | "GPS" | "GPS坐标"
        | "WGS84坐标" | "WGS84坐标系" => Crs::Wgs84,
        "CGCS2000"
        | "CHINAGEODETICCOORDINATESYSTEM2000"
        | "GCSCHINAGEODETICCOORDINATESYSTEM2000"
        | "国家2000"
        | "国家2000坐标系"
        | "2000国家大地坐标系"
        | "国家大地2000"
        | "大地2000"
        | "CGCS2000坐标系"
        | "天地图" => Crs::Cgcs2000,
        "WEBMERCATOR"
        | "WGS84WEBMERCATOR"
        | "WGS1984WEBMERCATOR"
        | "WGS84PSEUDOMERCATOR"
        | "WGS1984WEBMERCATORAUXILIARYSPHERE"
        | "WEB墨卡托"
        | "墨卡托" => Crs::WebMercator,
        "GCJ02" | "GCJ" | "火星坐标" | "火星坐标系" | "火星" | "国测局坐标" | "国测局坐标系"
        | "高德" | "高德坐标" | "高德坐标系" | "腾讯坐标" | "腾讯坐标系" => {
            Crs::Gcj02
        }
        "BD09" | "BD09LL" | "百度坐标" | "百度坐标系" | "百度" => Crs::Bd09,
        _ if key.starts_with("URNOGCDEFCRSOGC") && key.ends_with("CRS84") => Crs::Wgs84,
        _ if key.starts_with("HTTP") && key.ends_with("OGC13CRS84") => Crs::Wgs84,
        _ => return None,
    })
}

/// Datums that need local parameters.
fn old_datum(key: &str) -> Option<(&'static str, &'static str)> {
    const BEIJING: (&str, &str) = (
        "1954 北京坐标系需要当地转换参数，请先转换为 CGCS2000",
        "Beijing 1954 needs local parameters; convert it to CGCS2000 first",
    );
    const XIAN: (&str, &str) = (
        "1980 西安坐标系需要当地转换参数，请先转换为 CGCS2000",
        "Xian 1980 needs local parameters; convert it to CGCS2000 first",
    );
    const BAIDU_MERCATOR: (&str, &str) = (
        "百度墨卡托米制坐标，请改用百度经纬度（BD-09）",
        "Baidu's Mercator metres; export as BD-09 longitude/latitude",
    );
    if key.contains("BEIJING") || key.contains("北京") {
        Some(BEIJING)
    } else if key.contains("XIAN") || key.contains("西安") {
        Some(XIAN)
    } else if key.contains("BD09MC") || key.contains("BD09M") {
        Some(BAIDU_MERCATOR)
    } else {
        None
    }
}

fn unsupported_code(code: u32) -> DeclareError {
    let found = format!("EPSG:{code}");
    match code {
        2327..=2442 | 4610 | 4555..=4567 => DeclareError::unsupported(
            &found,
            "该代码不是 CGCS2000；1980 西安等旧坐标系需要当地转换参数",
            "not CGCS2000; Xian 1980 and older systems need local parameters",
        ),
        4214 | 21413..=21463 | 21473..=21483 => DeclareError::unsupported(
            &found,
            "1954 北京坐标系需要当地转换参数，请先转换为 CGCS2000",
            "Beijing 1954 needs local parameters; convert it to CGCS2000 first",
        ),
        32600..=32660 => DeclareError::unsupported(
            &found,
            "UTM 不在支持之列，请先转换为 CGCS2000 或经纬度",
            "UTM is not converted; export as CGCS2000 or as longitude/latitude",
        ),
        _ => DeclareError::unknown(&found),
    }
}

/// Upper case, letters and digits only: spaces, hyphens and underscores do not matter.
fn normalised(word: &str) -> String {
    word.chars()
        .flat_map(char::to_uppercase)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(MAX_FOUND_CHARS).collect();
    if text.chars().nth(MAX_FOUND_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
#[path = "declare_tests.rs"]
mod tests;
