//! What every kind of row needs: the batch, who was seen before, keys, codes, waiting rows.

use crate::domain::{
    Appointment, Barrier, Building, Compound, Gate, Grid, HouseholdBasis, HouseholdCount,
    Housekeeper, ImportCounts, ImportId, ImportKind, Problem, Region, RegionCode, Severity,
    WaitingId, WaitingRow, WaitingState,
};
use crate::services::importing::candidate::Candidate;
use crate::services::importing::regions::Resolver;
use crate::services::keys::Keys;
use crate::services::picture::Rows;
use chrono::NaiveDate;
use geo::Centroid;
use geo_types::Geometry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Name of the one property of a waiting row that is sealed.
pub const WAITING_ROW: &str = "waiting_row.properties";

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
    /// Seals what is sensitive.
    pub keys: &'a Keys,
}

pub(super) fn id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

pub(super) fn refuse(
    batch: &mut Batch,
    row: u64,
    code: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) {
    batch
        .problems
        .push(Problem::new(Severity::Refused, code, zh, en).at_row(row));
}

pub(super) fn warn(
    batch: &mut Batch,
    row: u64,
    code: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) {
    batch
        .problems
        .push(Problem::new(Severity::Warning, code, zh, en).at_row(row));
}

/// A warning about one figure of a row, by the name of its field.
pub(super) fn warn_field(
    batch: &mut Batch,
    row: u64,
    (field, value): (&str, u32),
    code: &str,
    zh: impl Into<String>,
    en: impl Into<String>,
) {
    batch.problems.push(
        Problem::new(Severity::Warning, code, zh, en)
            .at_row(row)
            .at_field(field, &value.to_string()),
    );
}

pub(super) fn middle(geometry: &Geometry<f64>) -> Option<[f64; 2]> {
    geometry.centroid().map(|point| [point.x(), point.y()])
}

/// Counts a row as new, changed or unchanged; keeps it unless it is unchanged.
pub(super) fn keep<T: PartialEq>(
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
pub(super) struct Seen(HashMap<uuid::Uuid, u64>);

impl Seen {
    pub(super) fn first(
        &mut self,
        batch: &mut Batch,
        row: u64,
        id: uuid::Uuid,
        what: &str,
    ) -> bool {
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

pub(super) fn households(candidate: &Candidate, shared: &Shared<'_>) -> HouseholdCount {
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

/// The natural key of a thing: its code, else its name and position (about 1 m).
pub(super) fn key(code: Option<&str>, name: &str, point: Option<[f64; 2]>) -> String {
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
pub(super) fn seen_key(code: Option<&str>, id: uuid::Uuid) -> uuid::Uuid {
    code.map_or(id, |code| {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, code.as_bytes())
    })
}

pub(super) fn wait(
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
        properties: kept(kind, candidate, shared),
        state: WaitingState::Waiting,
    });
}

/// The columns of a row, to be read again when it has a place. Those of people are sealed as one.
fn kept(kind: ImportKind, candidate: &Candidate, shared: &Shared<'_>) -> BTreeMap<String, String> {
    if kind != ImportKind::Housekeepers {
        return candidate.properties.clone();
    }
    let all = serde_json::to_string(&candidate.properties).unwrap_or_default();
    let sealed = shared
        .keys
        .seal(WAITING_ROW, &shared.import.to_string(), &all);
    // Without a key nothing is kept: the row is imported again once there is one.
    sealed
        .map(|sealed| BTreeMap::from([(WAITING_ROW.to_owned(), sealed)]))
        .unwrap_or_default()
}

/// Makes codes that were never used: prefix + running number.
pub(super) struct CodeMaker {
    used: HashSet<String>,
    next: HashMap<String, u32>,
}

impl CodeMaker {
    pub(super) fn new<'a>(used: impl Iterator<Item = &'a str>) -> Self {
        Self {
            used: used.map(str::to_owned).collect(),
            next: HashMap::new(),
        }
    }

    pub(super) fn next(&mut self, prefix: &str, digits: usize) -> String {
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
