//! Where an imported issue lies: a point in a known region, else a building, compound, community by name, else the
//! region that whoever imports names.
//!
//! Invariant: a place without a point never gets one; what lies far from everything is refused, not moved; a row that
//! names a community goes there or nowhere.

use super::super::regions::{self, community_key};
use super::super::run::Region as Wanted;
use crate::domain::issue::{Place, Stamps};
use crate::domain::{Problem, Region, RegionCode, RegionId, RegionLevel, Severity, heir};
use crate::formats::values::normalise_name;
use crate::services::error::{Error, Result};
use crate::services::issues::stamp;
use crate::services::picture::Picture;
use chrono::{DateTime, Utc};
use geo::{Contains, ConvexHull, CoordsIter, Distance, Haversine};
use geo_types::{MultiPoint, MultiPolygon, Point};
use std::collections::HashMap;
use uuid::Uuid;

/// A point farther than this from the region that it is given to is a slip, in metres.
const FAR_M: f64 = 100_000.0;
/// Around each point of a provisional region, in degrees (about 200 m).
const MARGIN_DEG: f64 = 0.002;

/// What was found, or why it was not.
type Found<T> = std::result::Result<T, Box<Problem>>;

/// What a row says about its place.
#[derive(Debug, Default)]
pub struct Where<'a> {
    /// The row, for problems.
    pub row: u64,
    /// [lon, lat] WGS 84.
    pub point: Option<[f64; 2]>,
    /// Name or code of a compound.
    pub compound: Option<&'a str>,
    /// Name of a building in it.
    pub building: Option<&'a str>,
    /// Code of a community.
    pub code: Option<&'a str>,
    /// Name of a community.
    pub community: Option<&'a str>,
    /// Name of its street.
    pub street: Option<&'a str>,
}

/// Finds places.
pub struct Ground<'a> {
    picture: &'a Picture,
    regions: HashMap<RegionCode, Region>,
    /// Where rows go that say no more.
    default: Option<RegionCode>,
    /// The street in which communities are made that have a name and no code.
    street: Option<RegionCode>,
    within: Option<&'a [RegionCode]>,
    communities: HashMap<String, Vec<RegionCode>>,
    compounds: HashMap<String, Vec<usize>>,
    /// Middle of the points that lie in no known region.
    middle: Option<Point<f64>>,
    around: Vec<Point<f64>>,
    touched: Vec<RegionCode>,
}

impl<'a> Ground<'a> {
    /// Over what is known; `loose` are all points of the file.
    ///
    /// # Errors
    /// A region that does not exist.
    pub fn new(
        picture: &'a Picture,
        wanted: Option<&Wanted>,
        within: Option<&'a [RegionCode]>,
        points: impl Iterator<Item = [f64; 2]>,
    ) -> Result<Self> {
        let mut regions: HashMap<RegionCode, Region> = (picture.regions.iter())
            .map(|region| (region.code, region.clone()))
            .collect();
        let mut touched = Vec::new();
        let (default, street) = match wanted {
            None => (None, None),
            Some(Wanted::Code(code)) if regions.contains_key(code) => (Some(*code), None),
            Some(Wanted::Code(code)) => {
                return Err(Error::invalid(
                    "region_code_unknown",
                    format!("未知的区划代码 {code}：请先导入行政区划，或改用临时区划名称"),
                    format!(
                        "unknown region code {code}: import the regions first, or give a provisional name"
                    ),
                ));
            }
            Some(Wanted::Provisional(name)) => {
                let (code, made) = regions::provisional(name, &picture.regions);
                touched.extend(made.iter().map(|region| region.code));
                regions.extend(made.into_iter().map(|region| (region.code, region)));
                (Some(code), code.parent())
            }
        };
        let mut ground = Self {
            picture,
            regions,
            default,
            street,
            within,
            communities: HashMap::new(),
            compounds: HashMap::new(),
            middle: None,
            around: Vec::new(),
            touched,
        };
        let known: Vec<(RegionCode, String)> = (ground.regions.values())
            .filter(|region| region.level() == RegionLevel::Community)
            .filter(|region| ground.may_hold(region.code) && !ground.stands_for_all(region.code))
            .map(|region| (region.code, community_key(&region.name)))
            .collect();
        for (code, key) in known {
            // A file may still name what was merged since.
            let code = ground.today(code);
            let codes = ground.communities.entry(key).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        for (at, compound) in picture.compounds.iter().enumerate() {
            if !ground.may_hold(compound.community) {
                continue;
            }
            for key in [Some(&compound.name), compound.code.as_ref()]
                .into_iter()
                .flatten()
            {
                let rows = ground.compounds.entry(normalise_name(key)).or_default();
                if !rows.contains(&at) {
                    rows.push(at);
                }
            }
        }
        ground.middle =
            middle(points.filter(|point| ground.located(*point, DateTime::UNIX_EPOCH).is_none()));
        Ok(ground)
    }

    /// Whether names of this region may be meant: in the scope of whoever imports; a provisional region of another name is
    /// not.
    fn may_hold(&self, code: RegionCode) -> bool {
        let inside = |of: &RegionCode| of.contains(code);
        match self.street {
            Some(street) => street.contains(code) || !code.is_provisional(),
            None => self.within.is_none_or(|within| within.iter().any(inside)),
        }
    }

    /// The code that stands for a code today.
    fn today(&self, code: RegionCode) -> RegionCode {
        heir(code, |code| self.regions.get(&code)?.successor)
    }

    /// Whether a region lies in the one that the import names.
    fn is_meant(&self, code: RegionCode) -> bool {
        self.default
            .filter(|_| self.street.is_none())
            .is_none_or(|default| default.contains(code))
    }

    /// Whether this is the community that stands for a whole provisional region: 坪山 is not 坪山社区.
    fn stands_for_all(&self, code: RegionCode) -> bool {
        self.street.is_some() && self.default == Some(code) && code.to_string().ends_with("001")
    }

    fn located(&self, [lon, lat]: [f64; 2], at: DateTime<Utc>) -> Option<Stamps> {
        stamp(self.picture, &Place::point(lon, lat), at).ok()
    }

    /// The place of a row, with the stamps of the time of its report.
    ///
    /// # Errors
    /// Why it has none, with the value and the way to mend it.
    pub fn place(&mut self, said: &Where<'_>, at: DateTime<Utc>) -> Found<(Place, Stamps)> {
        let (place, stamps) = self.find(said, at)?;
        let region = stamps.region;
        let outside = |within: &[RegionCode]| {
            !region.is_some_and(|code| within.iter().any(|of| of.contains(code)))
        };
        if self.within.is_some_and(outside) {
            return Err(refused(
                said,
                "outside_scope",
                ("community", said.community.unwrap_or_default()),
                "不在您的范围内；请由范围包含此处的人员导入",
                "it lies outside your scope; somebody whose scope holds it must import it",
            ));
        }
        Ok((place, stamps))
    }

    fn find(&mut self, said: &Where<'_>, at: DateTime<Utc>) -> Found<(Place, Stamps)> {
        if let Some(point) = said.point
            && let Some(stamps) = self.located(point, at)
        {
            return Ok((Place::point(point[0], point[1]), stamps));
        }
        let named = self.named(said)?;
        let (place, stamps) = match self.by_compound(said, named, at) {
            Some(found) => found,
            None => {
                let region = match named {
                    Some(region) => region,
                    None => self.unnamed(said)?,
                };
                let stamps = Stamps {
                    region: Some(region),
                    ..Stamps::default()
                };
                (Place::Region { region }, stamps)
            }
        };
        let (Some([lon, lat]), Some(region)) = (said.point, stamps.region) else {
            return Ok((place, stamps));
        };
        let point = Point::new(lon, lat);
        if self.is_far(region, point) {
            let value = format!("{lon:.5},{lat:.5}");
            return Err(refused(
                said,
                "point_far_outside",
                ("position", &value),
                "该点离所属区划 100 公里以上；请核对坐标和坐标系，或删去坐标",
                "the point lies more than 100 km from its region; check coordinates and coordinate system, or leave them out",
            ));
        }
        if self.street.is_some() && self.default == Some(region) {
            self.around.push(point);
        }
        Ok((Place::point(lon, lat), stamps))
    }

    fn is_far(&self, region: RegionCode, point: Point<f64>) -> bool {
        let bounds = self
            .picture
            .bounds(region)
            .map(crate::spatial::BBox::to_array);
        let near = match bounds {
            Some([west, south, east, north]) => Some(Point::new(
                point.x().clamp(west, east),
                point.y().clamp(south, north),
            )),
            None => self.middle,
        };
        near.is_some_and(|near| Haversine.distance(near, point) > FAR_M)
    }

    /// A compound by its name: in the community that the row names, else in the region of the import.
    fn by_compound(
        &self,
        said: &Where<'_>,
        named: Option<RegionCode>,
        at: DateTime<Utc>,
    ) -> Option<(Place, Stamps)> {
        let rows = self.compounds.get(&normalise_name(said.compound?))?;
        let fits = |row: &&usize| {
            let community = self.picture.compounds[**row].community;
            named.map_or_else(
                || self.is_meant(community),
                |region| region.contains(community),
            )
        };
        let fitting: Vec<&usize> = rows.iter().filter(fits).collect();
        let [only] = fitting.as_slice() else {
            return None;
        };
        let only: &usize = only;
        let compound = &self.picture.compounds[*only];
        let named = said.building.map(normalise_name);
        let building = self.picture.buildings_of(compound.id).iter().find(|row| {
            let name = self.picture.buildings[**row].name.as_deref();
            named.is_some() && name.map(normalise_name) == named
        });
        let place = match building {
            Some(row) => Place::Building {
                building: self.picture.buildings[*row].id,
            },
            None => Place::Compound {
                compound: compound.id,
            },
        };
        let stamps = stamp(self.picture, &place, at).ok()?;
        Some((place, stamps))
    }

    /// The region that a row names; `None` when it names none.
    fn named(&mut self, said: &Where<'_>) -> Found<Option<RegionCode>> {
        let code: Option<RegionCode> = said.code.and_then(|code| code.parse().ok());
        if let Some(code) = code.filter(|code| self.regions.contains_key(code)) {
            return Ok(Some(self.today(code)));
        }
        let Some(name) = said.community else {
            // A provisional region holds what is not known yet.
            return match said.code.filter(|_| self.street.is_none()) {
                Some(code) => Err(unknown(said, code)),
                None => Ok(None),
            };
        };
        let key = community_key(name);
        let street = said.street.map(normalise_name);
        let fits = |code: &&RegionCode| {
            let above = code.parent().and_then(|code| self.regions.get(&code));
            let known = above.filter(|region| !region.is_provisional());
            street.is_none()
                || known.is_none_or(|region| Some(normalise_name(&region.name)) == street)
        };
        let all = self.communities.get(&key).map_or(&[][..], Vec::as_slice);
        let found: Vec<RegionCode> = all.iter().filter(fits).copied().collect();
        let meant: Vec<RegionCode> = (found.iter().copied())
            .filter(|code| self.is_meant(*code))
            .collect();
        match (meant.as_slice(), found.as_slice()) {
            ([only], _) | ([], [only]) => return Ok(Some(*only)),
            ([], []) => {}
            _ if self.street.is_none() => {
                return Err(refused(
                    said,
                    "community_ambiguous",
                    ("community", name),
                    "有几个同名的社区；请补上所属街道，或改填 12 位社区代码",
                    "several communities have this name; add the street, or give the 12-digit code",
                ));
            }
            _ => {}
        }
        if let Some(street) = self.street {
            return self.make(street, name, key).map(Some).ok_or_else(|| {
                refused(
                    said,
                    "too_many_communities",
                    ("community", name),
                    "一个临时区划最多 998 个社区；请先导入行政区划",
                    "a provisional region holds 998 communities; import the regions first",
                )
            });
        }
        // The region of the import by its own name.
        let own = self.default.and_then(|code| self.regions.get(&code));
        match own.filter(|region| normalise_name(&region.name) == normalise_name(name)) {
            Some(region) => Ok(Some(region.code)),
            None => Err(unknown(said, name)),
        }
    }

    /// Where a row goes that names no region.
    fn unnamed(&self, said: &Where<'_>) -> Found<RegionCode> {
        self.default.ok_or_else(|| {
            refused(
                said,
                "region_unknown",
                ("community", said.community.or(said.code).unwrap_or_default()),
                "没有位置：请补上坐标、小区或社区，或指定区划代码或临时区划名称（--region）",
                "it has no place: add a point, compound or community, or name a region or a provisional one (--region)",
            )
        })
    }

    /// A community that has a name and no code.
    fn make(&mut self, street: RegionCode, name: &str, key: String) -> Option<RegionCode> {
        let (district, number) = parts(street);
        // 001 is the provisional region itself.
        let code = (2..=999)
            .filter_map(|community| RegionCode::provisional(district, number, community))
            .find(|code| !self.regions.contains_key(code))?;
        let mut region = Region::new(RegionId::new(Uuid::now_v7()), code, name);
        region.source = Some("provisional".into());
        self.regions.insert(code, region);
        self.communities.entry(key).or_default().push(code);
        self.touched.push(code);
        Some(code)
    }

    /// The county-level code of the import.
    pub fn district_code(&self) -> i32 {
        self.default.map_or(0, RegionCode::district_code)
    }

    /// New and changed regions, those above first. A provisional region far from the others gets an outline around
    /// its points: there is a place to look at.
    pub fn regions(mut self) -> Vec<Region> {
        if let Some(code) = self.default.filter(|_| !self.around.is_empty())
            && let Some(outline) = self.outline(code)
            && let Some(region) = self.regions.get_mut(&code)
        {
            region.outline = Some(outline);
            if !self.touched.contains(&code) {
                self.touched.push(code);
            }
        }
        self.touched.sort_unstable();
        (self.touched.iter())
            .filter_map(|code| self.regions.get(code).cloned())
            .collect()
    }

    /// The hull of a region and the new points around it; `None` when it would reach into another region.
    fn outline(&self, code: RegionCode) -> Option<MultiPolygon<f64>> {
        let corners = self.around.iter().flat_map(|point| {
            let d = MARGIN_DEG;
            [(-d, -d), (-d, d), (d, -d), (d, d)]
                .map(|(dx, dy)| Point::new(point.x() + dx, point.y() + dy))
        });
        let own = self
            .regions
            .get(&code)
            .and_then(|region| region.outline.as_ref());
        let before = own
            .into_iter()
            .flat_map(|outline| outline.coords_iter().map(Point::from));
        let points: MultiPoint<f64> = corners.chain(before).collect();
        let hull = points.convex_hull();
        let other = |region: &&Region| region.code != code && !region.code.contains(code);
        let reaches = (self.picture.regions.iter())
            .filter(other)
            .filter_map(|region| region.outline.as_ref())
            .any(|outline| {
                use geo::Intersects;
                outline.intersects(&hull)
            });
        let covered = own.is_some_and(|own| own.contains(&hull));
        (!reaches && !covered).then(|| MultiPolygon(vec![hull]))
    }
}

/// District and street numbers of a provisional street.
fn parts(street: RegionCode) -> (u16, u16) {
    let text = street.to_string();
    let number = |from: usize| {
        text.get(from..from + 3)
            .and_then(|digits| digits.parse().ok())
            .unwrap_or(0)
    };
    (number(3), number(6))
}

/// The median of points: one slip does not move it.
fn middle(points: impl Iterator<Item = [f64; 2]>) -> Option<Point<f64>> {
    let (mut lons, mut lats): (Vec<f64>, Vec<f64>) = points.map(|[lon, lat]| (lon, lat)).unzip();
    let median = |values: &mut Vec<f64>| {
        let at = values.len() / 2;
        (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
    };
    Some(Point::new(median(&mut lons)?, median(&mut lats)?))
}

/// A community that nobody knows here; whether it lies elsewhere is not told.
fn unknown(said: &Where<'_>, value: &str) -> Box<Problem> {
    refused(
        said,
        "community_unknown",
        ("community", value),
        "没有这个社区，或它不在您的范围内；请核对名称或代码，先导入行政区划，或用临时区划名称（--region）导入",
        "there is no such community, or it lies outside your scope; check name or code, import the regions first, or import into a provisional region (--region)",
    )
}

fn refused(
    said: &Where<'_>,
    code: &str,
    (field, value): (&str, &str),
    zh: &str,
    en: &str,
) -> Box<Problem> {
    let problem = Problem::new(Severity::Refused, code, zh, en);
    Box::new(problem.at_row(said.row).at_field(field, value))
}
