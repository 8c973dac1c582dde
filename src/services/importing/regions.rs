//! Which community a row belongs to: by code, by name, by position, or the one that the user names.
//!
//! Nothing is guessed: without a community the row is refused, with the way to mend it.

use crate::domain::{Problem, Region, RegionCode, RegionId, RegionLevel, Severity, heir};
use crate::formats::values::normalise_name;
use geo::{Contains, Point};
use std::collections::HashMap;

/// Finds communities.
pub struct Resolver<'a> {
    by_code: HashMap<RegionCode, &'a Region>,
    by_name: HashMap<String, Vec<RegionCode>>,
    outlined: Vec<&'a Region>,
    default: Option<RegionCode>,
}

impl<'a> Resolver<'a> {
    /// Over the known regions; `default` is taken when nothing else says more.
    pub fn new(regions: &'a [Region], default: Option<RegionCode>) -> Self {
        let communities = || {
            regions
                .iter()
                .filter(|region| region.level() == RegionLevel::Community && !region.is_replaced())
        };
        let mut by_name: HashMap<String, Vec<RegionCode>> = HashMap::new();
        for region in communities() {
            by_name
                .entry(community_key(&region.name))
                .or_default()
                .push(region.code);
        }
        Self {
            by_code: regions.iter().map(|region| (region.code, region)).collect(),
            by_name,
            outlined: communities()
                .filter(|region| region.outline.is_some())
                .collect(),
            default,
        }
    }

    /// Whether any community is known, or one was named.
    pub fn knows_any(&self) -> bool {
        self.default.is_some() || !self.by_name.is_empty()
    }

    /// The community of a row.
    ///
    /// # Errors
    /// Why it is not known, with the value and the way to mend it.
    pub fn community(
        &self,
        row: u64,
        given: Option<&str>,
        point: Option<[f64; 2]>,
    ) -> Result<RegionCode, Box<Problem>> {
        if let Some(text) = given {
            return self.given(row, text, point);
        }
        if let Some(code) = point.and_then(|point| self.at(point)) {
            return Ok(code);
        }
        self.default.ok_or_else(|| {
            Box::new(
                Problem::new(
                    Severity::Refused,
                    "region_unknown",
                    "不知道属于哪个社区：请增加“社区”列，或指定社区代码，或填写临时区划名称（--region）",
                    "the community is not known: add a community column, or name a code or a provisional region (--region)",
                )
                .at_row(row),
            )
        })
    }

    fn given(
        &self,
        row: u64,
        text: &str,
        point: Option<[f64; 2]>,
    ) -> Result<RegionCode, Box<Problem>> {
        if let Ok(code) = text.parse::<RegionCode>() {
            if let Some(region) = self.by_code.get(&self.successor(code)) {
                let code = region.code;
                if region.level() == RegionLevel::Community {
                    return Ok(code);
                }
                // A street's code: the position or the default may say more.
                let inside = |other: &RegionCode| code.contains(*other);
                return point
                    .and_then(|point| self.at(point))
                    .filter(inside)
                    .or(self.default.filter(inside))
                    .ok_or_else(|| unknown(row, text));
            }
            return self.default.ok_or_else(|| unknown(row, text));
        }
        match self.by_name.get(&community_key(text)).map(Vec::as_slice) {
            Some([code]) => Ok(*code),
            Some(several) => point
                .and_then(|point| self.at(point))
                .filter(|code| several.contains(code))
                .ok_or_else(|| {
                    Box::new(
                        Problem::new(
                            Severity::Refused,
                            "region_ambiguous",
                            format!("有 {} 个同名社区，请改用 12 位区划代码", several.len()),
                            format!(
                                "{} communities have this name; give the 12-digit code",
                                several.len()
                            ),
                        )
                        .at_row(row)
                        .at_field("community", text),
                    )
                }),
            None => self.default.ok_or_else(|| unknown(row, text)),
        }
    }

    /// The code that has taken over; a file may still name the one of before.
    fn successor(&self, code: RegionCode) -> RegionCode {
        heir(code, |code| self.by_code.get(&code)?.successor)
    }

    fn at(&self, [lon, lat]: [f64; 2]) -> Option<RegionCode> {
        let point = Point::new(lon, lat);
        let inside = |region: &&&Region| {
            region
                .outline
                .as_ref()
                .is_some_and(|outline| outline.contains(&point))
        };
        self.outlined.iter().find(inside).map(|region| region.code)
    }
}

fn unknown(row: u64, text: &str) -> Box<Problem> {
    Box::new(
        Problem::new(
            Severity::Refused,
            "region_code_unknown",
            "未知的社区代码或名称：请先导入行政区划，或改正该值",
            "unknown community code or name: import the regions first, or mend the value",
        )
        .at_row(row)
        .at_field("community", text),
    )
}

/// People say 幸福社区 where the list says 幸福社区居委会 or 幸福居委会.
pub(super) fn community_key(name: &str) -> String {
    let mut key = normalise_name(name);
    for suffix in [
        "社区居民委员会",
        "居民委员会",
        "村民委员会",
        "社区居委会",
        "居委会",
        "村委会",
        "社区",
    ] {
        if let Some(short) = key.strip_suffix(suffix)
            && !short.is_empty()
        {
            key = short.to_owned();
            break;
        }
    }
    key
}

/// The provisional regions (district, street, community) for a name that has no code.
///
/// The same name always gives the same regions; a new name takes the next free street number.
pub fn provisional(name: &str, known: &[Region]) -> (RegionCode, Vec<Region>) {
    let wanted = normalise_name(name);
    let same = known.iter().find(|region| {
        region.is_provisional()
            && region.level() == RegionLevel::Community
            && normalise_name(&region.name) == wanted
    });
    if let Some(region) = same {
        return (region.code, Vec::new());
    }
    // District 999999 holds what users bring without codes; the demo city has another one.
    let free = (1..=999u16).find(|street| {
        RegionCode::provisional(999, *street, 0)
            .is_some_and(|code| !known.iter().any(|region| region.code == code))
    });
    let street = free.unwrap_or(999);
    let code = |street, community| {
        RegionCode::provisional(999, street, community).expect("street and community are in range")
    };
    let mut made = Vec::new();
    let mut add = |code: RegionCode, name: String| {
        if !known.iter().any(|region| region.code == code) {
            let mut region = Region::new(RegionId::new(uuid::Uuid::now_v7()), code, name);
            region.source = Some("provisional".into());
            made.push(region);
        }
    };
    add(code(0, 0), "临时区划".into());
    add(code(street, 0), name.trim().to_owned());
    add(code(street, 1), name.trim().to_owned());
    (code(street, 1), made)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str, name: &str) -> Region {
        Region::new(
            RegionId::new(uuid::Uuid::now_v7()),
            code.parse().unwrap(),
            name,
        )
    }

    #[test]
    fn a_community_is_found_by_the_name_that_people_say() {
        let regions = [
            region("340104001001", "幸福社区居委会"),
            region("340104001002", "和平社区居委会"),
        ];
        let resolver = Resolver::new(&regions, None);
        let found = resolver.community(1, Some("幸福社区"), None).unwrap();
        assert_eq!(found, regions[0].code);
        let problem = resolver.community(7, Some("不存在社区"), None).unwrap_err();
        assert_eq!(
            (problem.row, problem.code.as_str()),
            (Some(7), "region_code_unknown")
        );
    }

    #[test]
    fn without_any_community_the_row_is_refused_and_told_how_to_mend_it() {
        let problem = Resolver::new(&[], None)
            .community(3, None, Some([117.0, 31.0]))
            .unwrap_err();
        assert_eq!(problem.code, "region_unknown");
        assert!(problem.en.contains("--region"));
    }

    #[test]
    fn a_provisional_name_gives_the_same_code_twice() {
        let (code, made) = provisional("浦东导入", &[]);
        assert_eq!(made.len(), 3);
        assert!(code.is_provisional());
        let (again, more) = provisional("浦东导入 ", &made);
        assert_eq!((again, more.len()), (code, 0));
        let (other, _) = provisional("建邺导入", &made);
        assert_ne!(other, code);
    }
}
