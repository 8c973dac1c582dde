//! Candidates → domain rows: who is who, what changes, what waits.
//!
//! Pure: existing rows come in, changed rows and problems go out. Invariant: a thing that is known keeps its id.

use super::candidate::Candidate;
use super::nearby::{Nearby, metres};
use super::regions::Resolver;
use crate::domain::{
    Appointment, AppointmentId, AppointmentKind, Barrier, BarrierClass, BarrierId, Building,
    BuildingId, Compound, CompoundId, Gate, GateId, Grid, GridId, HouseholdBasis, HouseholdCount,
    Housekeeper, HousekeeperId, ImportCounts, ImportId, ImportKind, PLAUSIBLE_M2_PER_HOUSEHOLD,
    Problem, Region, RegionCode, RegionId, Severity, WaitingId, WaitingRow, WaitingState, storeys,
};
use crate::services::picture::Rows;
use crate::spatial::{self, remoteness_m};
use chrono::NaiveDate;
use geo::{Centroid, Contains, GeodesicArea, MultiPolygon};
use geo_types::{Geometry, Point};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Rows to be written, in their new state.
#[derive(Debug, Default)]
pub struct Batch {
    /// Regions.
    pub regions: Vec<Region>,
    /// Grids.
    pub grids: Vec<Grid>,
    /// Compounds.
    pub compounds: Vec<Compound>,
    /// Buildings.
    pub buildings: Vec<Building>,
    /// Barriers.
    pub barriers: Vec<Barrier>,
    /// Gates.
    pub gates: Vec<Gate>,
    /// Housekeepers.
    pub housekeepers: Vec<Housekeeper>,
    /// Appointments.
    pub appointments: Vec<Appointment>,
    /// Rows that wait for a place.
    pub waiting: Vec<WaitingRow>,
    /// Problems found here.
    pub problems: Vec<Problem>,
    /// Rows by what became of them.
    pub counts: ImportCounts,
    /// Barrier classes taken.
    pub taken: BTreeMap<String, u64>,
    /// Barrier classes left.
    pub left: BTreeMap<String, u64>,
}

/// What all rows of an import share.
pub struct Shared<'a> {
    /// What is stored now.
    pub rows: &'a Rows,
    /// Finds communities.
    pub resolver: &'a Resolver<'a>,
    /// The import.
    pub import: ImportId,
    /// Basis of the household counts, as the user says.
    pub basis: HouseholdBasis,
    /// As-of date, as the user says.
    pub as_of: Option<NaiveDate>,
    /// Source, as the user says, else the file name.
    pub source: String,
    /// Today.
    pub today: NaiveDate,
}

/// Turns candidates into rows.
pub fn build(kind: ImportKind, candidates: Vec<Candidate>, shared: &Shared<'_>) -> Batch {
    let mut batch = Batch::default();
    match kind {
        ImportKind::Regions => regions(candidates, shared, &mut batch),
        ImportKind::Grids => grids(candidates, shared, &mut batch),
        ImportKind::Compounds => compounds(candidates, shared, &mut batch),
        ImportKind::Buildings => buildings(candidates, shared, &mut batch),
        ImportKind::Barriers => barriers(candidates, shared, &mut batch),
        ImportKind::Gates => gates(candidates, shared, &mut batch),
        ImportKind::Housekeepers => housekeepers(candidates, shared, &mut batch),
    }
    batch
}

fn id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

fn refuse(batch: &mut Batch, row: u64, code: &str, zh: impl Into<String>, en: impl Into<String>) {
    batch
        .problems
        .push(Problem::new(Severity::Refused, code, zh, en).at_row(row));
}

fn warn(batch: &mut Batch, row: u64, code: &str, zh: impl Into<String>, en: impl Into<String>) {
    batch
        .problems
        .push(Problem::new(Severity::Warning, code, zh, en).at_row(row));
}

fn middle(geometry: &Geometry<f64>) -> Option<[f64; 2]> {
    geometry.centroid().map(|point| [point.x(), point.y()])
}

/// Counts a row as new, changed or unchanged; keeps it unless it is unchanged.
fn keep<T: PartialEq>(
    counts: &mut ImportCounts,
    before: Option<&T>,
    after: T,
    same: impl Fn(&T, &T) -> bool,
    into: &mut Vec<T>,
) {
    match before {
        None => counts.stored += 1,
        Some(before) if same(before, &after) => {
            counts.unchanged += 1;
            return;
        }
        Some(_) => counts.updated += 1,
    }
    into.push(after);
}

/// Names the first row of each thing, so that a second one is refused with its number.
#[derive(Default)]
struct Seen(HashMap<uuid::Uuid, u64>);

impl Seen {
    fn first(&mut self, batch: &mut Batch, row: u64, id: uuid::Uuid, what: &str) -> bool {
        if let Some(first) = self.0.get(&id) {
            refuse(
                batch,
                row,
                "duplicate_row",
                format!(
                    "与第 {first} 行重复（{what}）：代码相同，或同名且相距不到 5 米；保留第 {first} 行"
                ),
                format!(
                    "the same thing as row {first} ({what}): equal code, or equal name within 5 m; row {first} is kept"
                ),
            );
            return false;
        }
        self.0.insert(id, row);
        true
    }
}

fn households(candidate: &Candidate, shared: &Shared<'_>) -> HouseholdCount {
    match candidate.households {
        None => HouseholdCount::unknown(),
        Some(count) => HouseholdCount {
            count: Some(count),
            basis: shared.basis,
            estimated: false,
            as_of: candidate.as_of.or(shared.as_of),
            source: candidate
                .source
                .clone()
                .or_else(|| Some(shared.source.clone())),
        },
    }
}

// ------------------------------------------------------------------ regions and grids

fn regions(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let known: HashMap<RegionCode, &Region> = shared
        .rows
        .regions
        .iter()
        .map(|region| (region.code, region))
        .collect();
    let mut seen: HashMap<RegionCode, u64> = HashMap::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(text) = candidate.code.as_deref() else {
            refuse(
                batch,
                row,
                "code_missing",
                "缺少区划代码",
                "the region code is missing",
            );
            continue;
        };
        let code: RegionCode = match text.parse() {
            Ok(code) => code,
            Err(error) => {
                let error: crate::domain::InvalidRegionCode = error;
                batch.problems.push(
                    Problem::new(
                        Severity::Refused,
                        "region_code_invalid",
                        "区划代码有误：应为 12 位数字（或 2、4、6、9 位），且省级代码存在",
                        error.to_string(),
                    )
                    .at_row(row)
                    .at_field("code", text),
                );
                continue;
            }
        };
        if let Some(first) = seen.insert(code, row) {
            batch.problems.push(
                Problem::new(
                    Severity::Refused,
                    "duplicate_row",
                    format!("与第 {first} 行代码相同"),
                    format!("the same code as row {first}"),
                )
                .at_row(row)
                .at_field("code", text),
            );
            seen.insert(code, first);
            continue;
        }
        let before = known.get(&code).copied();
        let mut after = before.cloned().unwrap_or_else(|| {
            Region::new(
                RegionId::new(id()),
                code,
                candidate.name.clone().unwrap_or_default(),
            )
        });
        if let Some(name) = candidate.name {
            after.name = name;
        }
        if after.name.is_empty() {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少名称",
                "the name is missing",
            );
            continue;
        }
        if let Some(geometry) = candidate.geometry {
            match super::super::planning::polygons(&geometry) {
                Some(outline) => after.outline = Some(outline),
                None => warn(
                    batch,
                    row,
                    "outline_not_polygon",
                    "边界不是面，已忽略几何",
                    "the outline is no polygon; the geometry was left out",
                ),
            }
        }
        after.source = Some(shared.source.clone());
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.name == b.name && a.outline == b.outline,
            &mut batch.regions,
        );
    }
    missing_parents(shared, batch);
}

/// A region needs the ones above it; those that the file does not bring are made with their code as name.
fn missing_parents(shared: &Shared<'_>, batch: &mut Batch) {
    let mut known: HashSet<RegionCode> = shared
        .rows
        .regions
        .iter()
        .map(|region| region.code)
        .collect();
    known.extend(batch.regions.iter().map(|region| region.code));
    let codes: Vec<RegionCode> = batch.regions.iter().map(|region| region.code).collect();
    for code in codes {
        let mut at = code;
        while let Some(parent) = at.parent() {
            if known.insert(parent) {
                let mut region = Region::new(RegionId::new(id()), parent, parent.to_string());
                region.source = Some("derived_from_code".into());
                batch.problems.push(Problem::new(
                    Severity::Note,
                    "parent_region_made",
                    format!("文件中没有上级区划 {parent}，已按代码补上，名称待填"),
                    format!("the region {parent} above is not in the file; it was made from its code, its name is to be filled in"),
                ));
                batch.regions.push(region);
            }
            at = parent;
        }
    }
}

fn grids(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let by_code: HashMap<&str, &Grid> = shared
        .rows
        .grids
        .iter()
        .filter_map(|grid| Some((grid.code.as_deref()?, grid)))
        .collect();
    let mut names = Nearby::default();
    for grid in &shared.rows.grids {
        names.push(&grid.name, middle(&grid.outline.clone().into()));
    }
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let Some(geometry) = candidate.geometry.as_ref() else {
            wait(batch, &candidate, ImportKind::Grids, None, shared);
            continue;
        };
        let Some(outline) = super::super::planning::polygons(geometry) else {
            refuse(
                batch,
                row,
                "outline_not_polygon",
                "网格必须是面",
                "a grid must be a polygon",
            );
            continue;
        };
        let point = middle(geometry);
        let community = match shared
            .resolver
            .community(row, candidate.community.as_deref(), point)
        {
            Ok(code) => code,
            Err(problem) => {
                batch.problems.push(*problem);
                continue;
            }
        };
        let name = candidate
            .name
            .clone()
            .or_else(|| candidate.code.clone())
            .unwrap_or_default();
        if name.is_empty() {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少网格名称或代码",
                "the name or code of the grid is missing",
            );
            continue;
        }
        let before = match candidate.code.as_deref() {
            Some(code) => by_code.get(code).copied(),
            None => point
                .and_then(|point| names.same(&name, point))
                .map(|at| &shared.rows.grids[at]),
        };
        let grid_id = before.map_or_else(|| GridId::new(id()), |grid| grid.id);
        if !seen.first(
            batch,
            row,
            seen_key(candidate.code.as_deref(), grid_id.uuid()),
            &name,
        ) {
            continue;
        }
        let after = Grid {
            id: grid_id,
            natural_key: key(candidate.code.as_deref(), &name, point),
            code: candidate.code.clone(),
            name,
            community,
            outline,
            source: Some(shared.source.clone()),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.name == b.name && a.community == b.community && a.outline == b.outline,
            &mut batch.grids,
        );
    }
}

/// The natural key of a thing: its code, else its name and position (about 1 m).
fn key(code: Option<&str>, name: &str, point: Option<[f64; 2]>) -> String {
    match (code, point) {
        (Some(code), _) => format!("code:{code}"),
        (None, Some([lon, lat])) => {
            format!(
                "{}@{lon:.5},{lat:.5}",
                crate::formats::values::normalise_name(name)
            )
        }
        (None, None) => format!("name:{}", crate::formats::values::normalise_name(name)),
    }
}

/// A new thing with a code is recognised again by the code, within one file too.
fn seen_key(code: Option<&str>, id: uuid::Uuid) -> uuid::Uuid {
    code.map_or(id, |code| {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, code.as_bytes())
    })
}

fn wait(
    batch: &mut Batch,
    candidate: &Candidate,
    kind: ImportKind,
    community: Option<RegionCode>,
    shared: &Shared<'_>,
) {
    let name = candidate
        .name
        .clone()
        .or_else(|| candidate.compound.clone())
        .unwrap_or_default();
    batch.counts.waiting += 1;
    batch.problems.push(
        Problem::new(
            Severity::Note,
            "waiting_for_place",
            "没有坐标，也没有唯一的同名对象：已放入待落点列表，请在地图上点选位置",
            "no coordinates and no unique namesake: it waits for a click on the map",
        )
        .at_row(candidate.row)
        .at_field("name", &name),
    );
    batch.waiting.push(WaitingRow {
        id: WaitingId::new(id()),
        district_code: community.map_or(0, RegionCode::district_code),
        import: shared.import,
        kind,
        name,
        community,
        row: candidate.row,
        properties: candidate.properties.clone(),
        state: WaitingState::Waiting,
    });
}

// ------------------------------------------------------------------ compounds

fn compounds(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing = &shared.rows.compounds;
    let mut all: Vec<Compound> = existing.clone();
    let mut names = Nearby::default();
    let mut by_code: HashMap<String, usize> = HashMap::new();
    for (at, compound) in all.iter().enumerate() {
        names.push(&compound.name, middle(&compound.geometry));
        if let Some(code) = &compound.code {
            by_code.insert(code.clone(), at);
        }
    }
    let mut codes = CodeMaker::new(all.iter().filter_map(|compound| compound.code.as_deref()));
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let Some(name) = candidate
            .name
            .clone()
            .or_else(|| candidate.compound.clone())
        else {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少小区名称",
                "the name of the compound is missing",
            );
            continue;
        };
        let point = candidate.geometry.as_ref().and_then(middle);
        let coded = candidate
            .code
            .as_ref()
            .and_then(|code| by_code.get(code).copied());
        let found = coded.or_else(|| match point {
            Some(point) => same_compound(&all, &names, &name, point),
            None => None,
        });
        let community = match found {
            Some(at) if candidate.community.is_none() => Ok(all[at].community),
            _ => shared
                .resolver
                .community(row, candidate.community.as_deref(), point),
        };
        let community = match community {
            Ok(code) => code,
            Err(problem) => {
                batch.problems.push(*problem);
                continue;
            }
        };
        // A row without a position joins the only namesake of its community.
        let found = found.or_else(|| {
            if point.is_some() {
                return None;
            }
            let mut same = names
                .named(&name)
                .iter()
                .filter(|at| all[**at].community == community);
            match (same.next(), same.next()) {
                (Some(at), None) => Some(*at),
                _ => None,
            }
        });
        if found.is_none() && point.is_none() {
            wait(
                batch,
                &candidate,
                ImportKind::Compounds,
                Some(community),
                shared,
            );
            continue;
        }
        let before = found.and_then(|at| existing.get(at));
        let compound_id = found.map_or_else(|| CompoundId::new(id()), |at| all[at].id);
        if !seen.first(batch, row, compound_id.uuid(), &name) {
            continue;
        }
        compound_warnings(batch, &candidate, &name);
        if let Some(at) = point
            .filter(|_| found.is_none())
            .and_then(|point| names.at(point))
        {
            let other = all[at].name.clone();
            warn(
                batch,
                row,
                "same_position",
                format!("与“{other}”坐标相同（相距不到 5 米），名称不同"),
                format!("the same position as {other} (within 5 m) under another name"),
            );
        }
        let mut after = before.cloned().unwrap_or_else(|| Compound {
            id: compound_id,
            natural_key: key(candidate.code.as_deref(), &name, point),
            code: None,
            name: name.clone(),
            community,
            geometry: Geometry::Point(Point::new(0.0, 0.0)),
            households: HouseholdCount::unknown(),
            building_count: None,
            floor_area_m2: None,
            address: None,
            property_company: None,
            built_year: None,
            source: None,
            import: None,
        });
        merge_compound(&mut after, &candidate, shared, community);
        if after.code.is_none() {
            after.code = Some(
                candidate
                    .code
                    .clone()
                    .unwrap_or_else(|| codes.next(&format!("{community}C"), 4)),
            );
        }
        if found.is_none() {
            let at = all.len();
            names.push(&after.name, middle(&after.geometry));
            if let Some(code) = &after.code {
                by_code.insert(code.clone(), at);
            }
            all.push(after.clone());
        }
        keep(
            &mut batch.counts,
            before,
            after,
            same_compound_content,
            &mut batch.compounds,
        );
    }
    far_from_the_rest(batch);
}

/// The compound that a named point means: the same name within 5 m, or inside (or 50 m around) its outline.
fn same_compound(all: &[Compound], names: &Nearby, name: &str, point: [f64; 2]) -> Option<usize> {
    if let Some(at) = names.same(name, point) {
        return Some(at);
    }
    let lonlat = Point::new(point[0], point[1]);
    names.named(name).iter().copied().find(|at| {
        super::super::planning::polygons(&all[*at].geometry).is_some_and(|outline| {
            outline.contains(&lonlat) || outline.exterior_coords_within(point, 50.0)
        })
    })
}

trait NearOutline {
    fn exterior_coords_within(&self, point: [f64; 2], max_m: f64) -> bool;
}

impl NearOutline for MultiPolygon<f64> {
    fn exterior_coords_within(&self, point: [f64; 2], max_m: f64) -> bool {
        self.iter()
            .flat_map(|polygon| polygon.exterior().coords())
            .any(|coord| metres([coord.x, coord.y], point) <= max_m)
    }
}

fn merge_compound(
    after: &mut Compound,
    candidate: &Candidate,
    shared: &Shared<'_>,
    community: RegionCode,
) {
    if let Some(geometry) = &candidate.geometry {
        // A point never replaces an outline.
        let is_outline =
            |geometry: &Geometry<f64>| super::super::planning::polygons(geometry).is_some();
        if is_outline(geometry) || !is_outline(&after.geometry) {
            after.geometry = geometry.clone();
        }
    }
    if candidate.households.is_some() {
        after.households = households(candidate, shared);
    }
    after.community = community;
    fn set<T: Clone>(into: &mut Option<T>, value: Option<&T>) {
        if let Some(value) = value {
            *into = Some(value.clone());
        }
    }
    set(&mut after.building_count, candidate.building_count.as_ref());
    set(&mut after.floor_area_m2, candidate.floor_area_m2.as_ref());
    set(&mut after.address, candidate.address.as_ref());
    set(
        &mut after.property_company,
        candidate.property_company.as_ref(),
    );
    after.source = Some(shared.source.clone());
    after.import = Some(shared.import);
}

fn same_compound_content(a: &Compound, b: &Compound) -> bool {
    let ignore = |compound: &Compound| {
        let mut copy = compound.clone();
        copy.import = None;
        copy.source = None;
        copy.households.source = None;
        copy
    };
    ignore(a) == ignore(b)
}

fn compound_warnings(batch: &mut Batch, candidate: &Candidate, name: &str) {
    if let (Some(households), Some(buildings)) = (candidate.households, candidate.building_count)
        && households < buildings
    {
        warn(
            batch,
            candidate.row,
            "fewer_households_than_buildings",
            format!("“{name}”户数 {households} 少于楼栋数 {buildings}，请核对"),
            format!(
                "{name}: {households} households are fewer than {buildings} buildings; please verify"
            ),
        );
    }
    if candidate.households == Some(0) {
        warn(
            batch,
            candidate.row,
            "zero_households",
            format!("“{name}”户数为 0，请核对是否未知"),
            format!("{name}: 0 households; please verify that it is not simply unknown"),
        );
    }
    floor_area_warning(
        batch,
        candidate.row,
        name,
        candidate.households,
        candidate.floor_area_m2,
    );
}

fn floor_area_warning(
    batch: &mut Batch,
    row: u64,
    name: &str,
    households: Option<u32>,
    area_m2: Option<f64>,
) {
    if let (Some(households @ 1..), Some(area)) = (households, area_m2) {
        let each = area / f64::from(households);
        if !PLAUSIBLE_M2_PER_HOUSEHOLD.contains(&each) {
            warn(
                batch,
                row,
                "floor_area_per_household",
                format!("“{name}”每户 {each:.0} m²，超出 30–300 m²，请核对户数或面积"),
                format!(
                    "{name}: {each:.0} m² per household is outside 30–300; verify households or area"
                ),
            );
        }
    }
}

/// Compounds far from all others are reported.
fn far_from_the_rest(batch: &mut Batch) {
    let (names, points): (Vec<&str>, Vec<[f64; 2]>) = batch
        .compounds
        .iter()
        .filter_map(|c| Some((c.name.as_str(), middle(&c.geometry)?)))
        .unzip();
    let far = names.iter().zip(&points).zip(remoteness_m(&points));
    let problems: Vec<Problem> = far
        .filter_map(|((name, [lon, lat]), remote_m)| {
            let km = remote_m? / 1000.0;
            let problem = Problem::new(
                Severity::Warning,
                "far_from_rest",
                format!("“{name}”距其余小区 {km:.0} 公里，坐标可能有误"),
                format!(
                    "{name} is {km:.0} km from the other compounds; its coordinates may be wrong"
                ),
            );
            Some(problem.at_field("position", &format!("{lon:.6},{lat:.6}")))
        })
        .collect();
    batch.problems.extend(problems);
}

/// Makes codes that were never used: prefix + running number.
struct CodeMaker {
    used: HashSet<String>,
    next: HashMap<String, u32>,
}

impl CodeMaker {
    fn new<'a>(used: impl Iterator<Item = &'a str>) -> Self {
        Self {
            used: used.map(str::to_owned).collect(),
            next: HashMap::new(),
        }
    }

    fn next(&mut self, prefix: &str, digits: usize) -> String {
        let number = self.next.entry(prefix.to_owned()).or_insert(0);
        loop {
            *number += 1;
            let code = format!("{prefix}{number:0digits$}");
            if self.used.insert(code.clone()) {
                return code;
            }
        }
    }
}

// ------------------------------------------------------------------ buildings

/// Finds the compound of a thing by code, by unique name, or by the outline that it lies in.
struct CompoundFinder<'a> {
    compounds: &'a [Compound],
    by_code: HashMap<&'a str, usize>,
    names: Nearby,
    outlines: rstar::RTree<Outline>,
}

struct Outline {
    at: usize,
    polygons: MultiPolygon<f64>,
    bounds: rstar::AABB<[f64; 2]>,
}

impl rstar::RTreeObject for Outline {
    type Envelope = rstar::AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

impl<'a> CompoundFinder<'a> {
    fn new(compounds: &'a [Compound]) -> Self {
        let mut names = Nearby::default();
        let mut outlines = Vec::new();
        for (at, compound) in compounds.iter().enumerate() {
            names.push(&compound.name, middle(&compound.geometry));
            let polygons = super::super::planning::polygons(&compound.geometry);
            if let (Some(polygons), Some(bounds)) =
                (polygons, super::super::picture::rect(&compound.geometry))
            {
                let [west, south, east, north] = bounds.to_array();
                let bounds = rstar::AABB::from_corners([west, south], [east, north]);
                outlines.push(Outline {
                    at,
                    polygons,
                    bounds,
                });
            }
        }
        Self {
            by_code: compounds
                .iter()
                .enumerate()
                .filter_map(|(at, c)| Some((c.code.as_deref()?, at)))
                .collect(),
            names,
            outlines: rstar::RTree::bulk_load(outlines),
            compounds,
        }
    }

    fn find(&self, candidate: &Candidate, community: Option<RegionCode>) -> Option<usize> {
        if let Some(at) = candidate
            .compound_code
            .as_deref()
            .and_then(|code| self.by_code.get(code))
        {
            return Some(*at);
        }
        let name = candidate.compound.as_deref()?;
        if let Some(at) = self.by_code.get(name) {
            return Some(*at);
        }
        let mut same = self
            .names
            .named(name)
            .iter()
            .filter(|at| community.is_none_or(|code| self.compounds[**at].community == code));
        match (same.next(), same.next()) {
            (Some(at), None) => Some(*at),
            _ => None,
        }
    }

    fn around(&self, point: [f64; 2]) -> Option<usize> {
        let lonlat = Point::new(point[0], point[1]);
        self.outlines
            .locate_in_envelope_intersecting(&rstar::AABB::from_point(point))
            .find(|outline| outline.polygons.contains(&lonlat))
            .map(|outline| outline.at)
    }
}

fn buildings(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing = &shared.rows.buildings;
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let mut places = Nearby::default();
    let mut by_code: HashMap<&str, usize> = HashMap::new();
    let mut by_number: HashMap<(CompoundId, String), usize> = HashMap::new();
    for (at, building) in existing.iter().enumerate() {
        places.push(
            building.name.as_deref().unwrap_or(""),
            middle(&building.footprint),
        );
        if let Some(code) = &building.code {
            by_code.insert(code, at);
        }
        if let (Some(compound), Some(name)) = (building.compound, &building.name) {
            by_number.insert((compound, name.clone()), at);
        }
    }
    let mut in_file = Nearby::default();
    let mut in_file_ids: Vec<uuid::Uuid> = Vec::new();
    let mut numbered: HashMap<(CompoundId, String), uuid::Uuid> = HashMap::new();
    let mut coded: HashMap<String, uuid::Uuid> = HashMap::new();
    let mut seen = Seen::default();
    for candidate in candidates {
        let row = candidate.row;
        let point = candidate.geometry.as_ref().and_then(middle);
        let name = candidate
            .name
            .as_deref()
            .and_then(|name| crate::formats::values::building_name(name).value)
            .map(|name| name.building);
        let given = candidate.compound.is_some() || candidate.compound_code.is_some();
        let compound = finder
            .find(&candidate, None)
            .or_else(|| point.and_then(|point| finder.around(point)));
        if given && compound.is_none() {
            let text = candidate
                .compound_code
                .as_deref()
                .or(candidate.compound.as_deref())
                .unwrap_or("");
            batch.problems.push(
                Problem::new(
                    Severity::Warning,
                    "compound_unknown",
                    "没有唯一的同名小区，楼栋暂不归属小区",
                    "no unique compound of this name or code; the building belongs to none for now",
                )
                .at_row(row)
                .at_field("compound", text),
            );
        }
        let number = compound
            .zip(name.clone())
            .map(|(at, name)| (shared.rows.compounds[at].id, name));
        let found = candidate
            .code
            .as_deref()
            .and_then(|code| by_code.get(code).copied())
            .or_else(|| {
                number
                    .as_ref()
                    .and_then(|number| by_number.get(number).copied())
            })
            .or_else(|| point.and_then(|point| places.same(name.as_deref().unwrap_or(""), point)));
        if found.is_none() && point.is_none() {
            let community = compound.map(|at| shared.rows.compounds[at].community);
            wait(batch, &candidate, ImportKind::Buildings, community, shared);
            continue;
        }
        let before = found.map(|at| &existing[at]);
        let community = match (compound, before) {
            (Some(at), _) if candidate.community.is_none() => {
                Ok(shared.rows.compounds[at].community)
            }
            (None, Some(before)) if candidate.community.is_none() => Ok(before.community),
            _ => shared
                .resolver
                .community(row, candidate.community.as_deref(), point),
        };
        let community = match community {
            Ok(code) => code,
            Err(problem) => {
                batch.problems.push(*problem);
                continue;
            }
        };
        let twin = candidate
            .code
            .as_ref()
            .and_then(|code| coded.get(code))
            .or_else(|| number.as_ref().and_then(|number| numbered.get(number)))
            .copied()
            .or_else(|| {
                let point = point?;
                in_file
                    .same(name.as_deref().unwrap_or(""), point)
                    .map(|at| in_file_ids[at])
            });
        let building_id = before.map(|b| b.id.uuid()).or(twin).unwrap_or_else(id);
        if !seen.first(batch, row, building_id, name.as_deref().unwrap_or("楼栋")) {
            continue;
        }
        in_file.push(name.as_deref().unwrap_or(""), point);
        in_file_ids.push(building_id);
        if let Some(number) = number {
            numbered.insert(number, building_id);
        }
        if let Some(code) = &candidate.code {
            coded.insert(code.clone(), building_id);
        }
        let Some(footprint) = candidate
            .geometry
            .clone()
            .or_else(|| before.map(|b| b.footprint.clone()))
        else {
            continue;
        };
        let floors = candidate
            .floors
            .or_else(|| before.and_then(|b| b.floors.map(u32::from)));
        let height_m = candidate
            .height_m
            .or_else(|| before.and_then(|b| b.height_m));
        let count = match (candidate.households, before) {
            (None, Some(before)) => before.households.clone(),
            _ => households(&candidate, shared),
        };
        let area =
            footprint.geodesic_area_unsigned() * f64::from(storeys(floors, height_m).unwrap_or(0));
        floor_area_warning(
            batch,
            row,
            name.as_deref().unwrap_or("楼栋"),
            candidate.households,
            (area > 0.0).then_some(area),
        );
        let after = Building {
            id: BuildingId::new(building_id),
            natural_key: before.map_or_else(
                || {
                    building_key(
                        &candidate,
                        compound.map(|at| &shared.rows.compounds[at]),
                        name.as_deref(),
                        point,
                    )
                },
                |b| b.natural_key.clone(),
            ),
            code: candidate
                .code
                .clone()
                .or_else(|| before.and_then(|b| b.code.clone())),
            name: name.or_else(|| before.and_then(|b| b.name.clone())),
            community,
            compound: compound
                .map(|at| shared.rows.compounds[at].id)
                .or_else(|| before.and_then(|b| b.compound)),
            grid: before.and_then(|b| b.grid),
            footprint,
            households: count,
            floors: floors.and_then(|floors| u16::try_from(floors).ok()),
            height_m,
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            same_building_content,
            &mut batch.buildings,
        );
    }
}

fn building_key(
    candidate: &Candidate,
    compound: Option<&Compound>,
    name: Option<&str>,
    point: Option<[f64; 2]>,
) -> String {
    if let (None, Some(compound), Some(name)) = (&candidate.code, compound, name) {
        return format!("{}#{name}", compound.natural_key);
    }
    key(candidate.code.as_deref(), name.unwrap_or(""), point)
}

fn same_building_content(a: &Building, b: &Building) -> bool {
    let ignore = |building: &Building| {
        let mut copy = building.clone();
        copy.import = None;
        copy.source = None;
        copy.households.source = None;
        // Estimates are derived again after every import.
        if copy.households.estimated || copy.households.count.is_none() {
            copy.households = HouseholdCount::unknown();
        }
        copy
    };
    ignore(a) == ignore(b)
}

// ------------------------------------------------------------------ barriers and gates

fn barriers(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let existing: HashMap<&str, &Barrier> = shared
        .rows
        .barriers
        .iter()
        .map(|barrier| (barrier.natural_key.as_str(), barrier))
        .collect();
    let mut seen: HashSet<String> = HashSet::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(geometry) = candidate.geometry.clone() else {
            refuse(
                batch,
                row,
                "geometry_missing",
                "阻隔没有几何",
                "a barrier needs a geometry",
            );
            continue;
        };
        let lookup = |name: &str| {
            candidate
                .properties
                .get(name)
                .map(|value| std::borrow::Cow::Borrowed(value.as_str()))
        };
        let word = candidate
            .properties
            .get("kind_detail")
            .or_else(|| candidate.properties.get("kind"));
        let class = match spatial::classify(spatial::extent_of(&geometry), lookup) {
            spatial::Classified::Take(class) => {
                let word = word.map_or("", String::as_str);
                *batch
                    .taken
                    .entry(format!("{} {} ({word})", class.zh(), class.code()))
                    .or_default() += 1;
                class
            }
            spatial::Classified::Leave(reason) => {
                let word = word.map_or("", String::as_str);
                *batch
                    .left
                    .entry(format!("{} {} ({word})", reason.zh(), reason.code()))
                    .or_default() += 1;
                continue;
            }
        };
        let point = middle(&geometry);
        let community = shared
            .resolver
            .community(row, candidate.community.as_deref(), point);
        let district_code = community.map_or(0, RegionCode::district_code);
        let name = candidate.name.clone();
        let digest = geometry_digest(&geometry);
        let natural_key = format!(
            "{}:{}:{digest}",
            class.code(),
            name.as_deref().unwrap_or("")
        );
        if !seen.insert(natural_key.clone()) {
            refuse(
                batch,
                row,
                "duplicate_row",
                "与前面的一行完全相同",
                "the same as an earlier row",
            );
            continue;
        }
        let before = existing.get(natural_key.as_str()).copied();
        let after = Barrier {
            id: before.map_or_else(|| BarrierId::new(id()), |barrier| barrier.id),
            district_code: before.map_or(district_code, |barrier| barrier.district_code),
            natural_key,
            class: barrier_class(class),
            source_class: candidate.properties.get("kind").cloned(),
            name,
            geometry,
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.geometry == b.geometry && a.class == b.class,
            &mut batch.barriers,
        );
    }
}

fn barrier_class(class: spatial::BarrierClass) -> BarrierClass {
    match class {
        spatial::BarrierClass::River => BarrierClass::River,
        spatial::BarrierClass::Canal => BarrierClass::Canal,
        spatial::BarrierClass::Lake | spatial::BarrierClass::Water => BarrierClass::Lake,
        spatial::BarrierClass::Rail => BarrierClass::Rail,
        spatial::BarrierClass::MajorRoad => BarrierClass::MajorRoad,
    }
}

fn geometry_digest(geometry: &Geometry<f64>) -> String {
    use geo::CoordsIter;
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    for coord in geometry.coords_iter() {
        hasher.update(coord.x.to_le_bytes());
        hasher.update(coord.y.to_le_bytes());
    }
    hasher.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn gates(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let existing: HashMap<&str, &Gate> = shared
        .rows
        .gates
        .iter()
        .map(|gate| (gate.natural_key.as_str(), gate))
        .collect();
    let mut seen: HashSet<String> = HashSet::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(point) = candidate.geometry.as_ref().and_then(middle) else {
            wait(batch, &candidate, ImportKind::Gates, None, shared);
            continue;
        };
        let compound = finder
            .find(&candidate, None)
            .or_else(|| nearest_outline(&finder, point));
        let Some(at) = compound else {
            refuse(
                batch,
                row,
                "gate_without_compound",
                "30 米内没有小区轮廓，也没有给出小区：无法归属出入口",
                "no compound outline within 30 m and none is named: the gate belongs to nothing",
            );
            continue;
        };
        let compound = &shared.rows.compounds[at];
        let name = candidate.name.clone();
        let natural_key = key(
            candidate.code.as_deref(),
            name.as_deref().unwrap_or("gate"),
            Some(point),
        );
        if !seen.insert(natural_key.clone()) {
            refuse(
                batch,
                row,
                "duplicate_row",
                "与前面的一行位置相同",
                "the same place as an earlier row",
            );
            continue;
        }
        let before = existing.get(natural_key.as_str()).copied();
        let after = Gate {
            id: before.map_or_else(|| GateId::new(id()), |gate| gate.id),
            district_code: compound.community.district_code(),
            natural_key,
            compound: Some(compound.id),
            name,
            point: Point::new(point[0], point[1]),
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| a.point == b.point && a.compound == b.compound,
            &mut batch.gates,
        );
    }
}

fn nearest_outline(finder: &CompoundFinder<'_>, point: [f64; 2]) -> Option<usize> {
    if let Some(at) = finder.around(point) {
        return Some(at);
    }
    let reach = 30.0 / 111_320.0 * 1.3;
    let around = rstar::AABB::from_corners(
        [point[0] - reach, point[1] - reach],
        [point[0] + reach, point[1] + reach],
    );
    let frame = spatial::LocalFrame::around(point);
    finder
        .outlines
        .locate_in_envelope_intersecting(&around)
        .filter_map(|outline| {
            let distance = outline
                .polygons
                .iter()
                .flat_map(|polygon| polygon.exterior().lines())
                .map(|line| {
                    let a = frame.to_m([line.start.x, line.start.y]);
                    let b = frame.to_m([line.end.x, line.end.y]);
                    segment_distance(a, b)
                })
                .fold(f64::INFINITY, f64::min);
            (distance <= 30.0).then_some((outline.at, distance))
        })
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(at, _)| at)
}

/// Distance of the origin to a segment.
fn segment_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 {
        (-(a[0] * dx + a[1] * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (a[0] + t * dx).hypot(a[1] + t * dy)
}

// ------------------------------------------------------------------ housekeepers

fn housekeepers(candidates: Vec<Candidate>, shared: &Shared<'_>, batch: &mut Batch) {
    let finder = CompoundFinder::new(&shared.rows.compounds);
    let existing: HashMap<&str, &Housekeeper> = shared
        .rows
        .housekeepers
        .iter()
        .map(|keeper| (keeper.natural_key.as_str(), keeper))
        .collect();
    let mut posts: HashMap<HousekeeperId, &Appointment> = HashMap::new();
    for appointment in &shared.rows.appointments {
        if appointment.active_on(shared.today) {
            posts.insert(appointment.housekeeper, appointment);
        }
    }
    let mut seen: HashMap<String, u64> = HashMap::new();
    for candidate in candidates {
        let row = candidate.row;
        let Some(name) = candidate.name.clone() else {
            refuse(
                batch,
                row,
                "name_missing",
                "缺少姓名",
                "the name is missing",
            );
            continue;
        };
        let point = candidate.geometry.as_ref().and_then(middle);
        let community = candidate
            .community
            .as_deref()
            .and_then(|text| shared.resolver.community(row, Some(text), point).ok());
        let compound = finder
            .find(&candidate, community)
            .or_else(|| point.and_then(|point| finder.around(point)));
        let Some(at) = compound else {
            wait(
                batch,
                &candidate,
                ImportKind::Housekeepers,
                community,
                shared,
            );
            continue;
        };
        let compound = &shared.rows.compounds[at];
        let natural_key = candidate.code.as_deref().map_or_else(
            || {
                format!(
                    "{}@{}",
                    crate::formats::values::normalise_name(&name),
                    compound.natural_key
                )
            },
            |code| format!("code:{code}"),
        );
        if let Some(first) = seen.get(&natural_key) {
            let first = *first;
            refuse(
                batch,
                row,
                "duplicate_row",
                format!("与第 {first} 行是同一人（同一小区同名，或编号相同）"),
                format!(
                    "the same person as row {first} (equal name in one compound, or equal code)"
                ),
            );
            continue;
        }
        seen.insert(natural_key.clone(), row);
        let before = existing.get(natural_key.as_str()).copied();
        let after = Housekeeper {
            id: before.map_or_else(|| HousekeeperId::new(id()), |keeper| keeper.id),
            natural_key,
            code: candidate.code.clone(),
            name,
            community: compound.community,
            duty_phone: candidate
                .duty_phone
                .clone()
                .or_else(|| before.and_then(|k| k.duty_phone.clone())),
            private_phone: candidate
                .phone
                .clone()
                .or_else(|| before.and_then(|k| k.private_phone.clone())),
            birth_date: candidate
                .birth_date
                .or_else(|| before.and_then(|k| k.birth_date)),
            source: Some(shared.source.clone()),
            import: Some(shared.import),
        };
        let kind = if candidate.part_time {
            AppointmentKind::PartTime
        } else {
            AppointmentKind::FullTime
        };
        let post = posts.get(&after.id).copied();
        if post.is_none_or(|post| post.compound != Some(compound.id) || post.kind != kind) {
            batch.appointments.push(Appointment {
                id: post.map_or_else(|| AppointmentId::new(id()), |post| post.id),
                district_code: compound.community.district_code(),
                housekeeper: after.id,
                compound: Some(compound.id),
                kind,
                start: candidate
                    .start
                    .or(post.map(|post| post.start))
                    .unwrap_or(shared.today),
                end: None,
            });
        }
        keep(
            &mut batch.counts,
            before,
            after,
            |a, b| {
                let ignore = |keeper: &Housekeeper| Housekeeper {
                    import: None,
                    source: None,
                    ..keeper.clone()
                };
                ignore(a) == ignore(b)
            },
            &mut batch.housekeepers,
        );
    }
}
