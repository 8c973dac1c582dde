//! Candidates: rows of a file, understood field by field, in WGS 84, not yet placed in a region.
//!
//! Invariant: every row of the file ends as a candidate or as a refusal in the report.

use crate::crs::{Crs, Transformer};
use crate::domain::{Problem, Severity};
use crate::formats::{Field, Opened, RawFeature, Value, values};
use crate::spatial;
use chrono::NaiveDate;
use geo_types::Geometry;
use std::collections::BTreeMap;

/// One row, understood.
#[derive(Debug, Clone, Default)]
pub struct Candidate {
    /// Row number (1 = first data row).
    pub row: u64,
    /// (lon, lat) degrees WGS 84, mended.
    pub geometry: Option<Geometry<f64>>,
    /// Code as given.
    pub code: Option<String>,
    /// Name as given.
    pub name: Option<String>,
    /// Community code or name.
    pub community: Option<String>,
    /// Compound code.
    pub compound_code: Option<String>,
    /// Compound name.
    pub compound: Option<String>,
    /// Households.
    pub households: Option<u32>,
    /// Number of buildings.
    pub building_count: Option<u32>,
    /// Storeys.
    pub floors: Option<u32>,
    /// Height in metres.
    pub height_m: Option<f64>,
    /// Gross floor area in m².
    pub floor_area_m2: Option<f64>,
    /// Property company.
    pub property_company: Option<String>,
    /// Address.
    pub address: Option<String>,
    /// Private number.
    pub phone: Option<String>,
    /// Duty number.
    pub duty_phone: Option<String>,
    /// Day of birth.
    pub birth_date: Option<NaiveDate>,
    /// Day of consent to be named on doors.
    pub consent: Option<NaiveDate>,
    /// Day of joining the Party.
    pub party_joined: Option<NaiveDate>,
    /// Building that somebody lives in, as given.
    pub residence: Option<String>,
    /// Where a part-time keeper comes from, as given.
    pub category: Option<String>,
    /// Households that a keeper can look after.
    pub capacity: Option<u32>,
    /// First day in post.
    pub start: Option<NaiveDate>,
    /// Last day in post.
    pub end: Option<NaiveDate>,
    /// Last day of the term.
    pub term_end: Option<NaiveDate>,
    /// Part time?
    pub part_time: bool,
    /// As-of date of the counts.
    pub as_of: Option<NaiveDate>,
    /// Source of the counts.
    pub source: Option<String>,
    /// All attributes, for barriers and for rows that wait.
    pub properties: BTreeMap<String, String>,
}

/// What reading gave.
#[derive(Debug, Default)]
pub struct Read {
    /// Rows understood.
    pub candidates: Vec<Candidate>,
    /// Problems so far.
    pub problems: Vec<Problem>,
    /// Rows read, refused ones included.
    pub rows: u64,
    /// Rows that were mended.
    pub mended: u64,
}

/// Reads all rows; `on_row` is told the number of rows now and then and may stop the reading.
///
/// # Errors
/// The problem that makes the file unreadable as a whole.
pub fn read(
    opened: Opened,
    crs: Option<Crs>,
    keep_properties: bool,
    mut on_row: impl FnMut(u64) -> bool,
) -> Result<Read, Problem> {
    let transformer = crs.map(crate::crs::to_wgs84);
    let columns: Vec<(Field, String)> = opened
        .columns
        .iter()
        .filter_map(|column| Some((column.matched?, column.name.clone())))
        .collect();
    let mut read = Read {
        problems: opened.notes,
        ..Read::default()
    };
    let mut unconverted = Unconverted::default();
    for row in opened.rows {
        let feature = match row {
            Ok(feature) => feature,
            Err(problem) if problem.row.is_none() => return Err(problem),
            Err(problem) => {
                read.rows += 1;
                read.problems.push(problem);
                continue;
            }
        };
        read.rows += 1;
        if read.rows % 512 == 0 && !on_row(read.rows) {
            return Err(Problem::new(
                Severity::Refused,
                "cancelled",
                "已取消",
                "cancelled",
            ));
        }
        let transformer = transformer.as_ref();
        match understand(
            feature,
            &columns,
            transformer,
            keep_properties,
            &mut unconverted,
        ) {
            Ok((candidate, problems)) => {
                if problems
                    .iter()
                    .any(|problem| problem.severity == Severity::Mended)
                {
                    read.mended += 1;
                }
                read.problems.extend(problems);
                read.candidates.push(candidate);
            }
            Err(problems) => read.problems.extend(problems),
        }
    }
    Ok(read)
}

/// Remembers that a warning about unconverted coordinates was already given for a code.
#[derive(Default)]
struct Unconverted {
    given: u32,
}

/// Most rows that are named one by one for coordinates that could not be converted.
const MAX_UNCONVERTED_ROWS: u32 = 200;

fn understand(
    feature: RawFeature,
    columns: &[(Field, String)],
    transformer: Option<&Transformer>,
    keep_properties: bool,
    unconverted: &mut Unconverted,
) -> Result<(Candidate, Vec<Problem>), Vec<Problem>> {
    let row = feature.row;
    let mut problems = feature.problems.clone();
    let mut candidate = Candidate {
        row,
        ..Candidate::default()
    };
    for (field, column) in columns {
        let Some(value) = feature.get(column) else {
            continue;
        };
        fill(&mut candidate, *field, column, value, &mut problems);
    }
    for problem in &mut problems {
        problem.row.get_or_insert(row);
        // The cell was left out, the row was not.
        if problem.severity == Severity::Refused {
            problem.severity = Severity::Warning;
        }
    }
    if keep_properties || feature.geometry.is_none() {
        candidate.properties = feature
            .properties
            .iter()
            .filter(|(_, value)| !value.is_blank())
            .map(|(name, value)| (name.clone(), value.text().trim().to_owned()))
            .collect();
    }
    if let Some(mut geometry) = feature.geometry {
        if let Some(warning) = transformer.and_then(|t| t.forward_geometry(&mut geometry)) {
            unconverted.given += 1;
            if unconverted.given <= MAX_UNCONVERTED_ROWS {
                problems.push(
                    Problem::new(
                        Severity::Warning,
                        warning.code(),
                        warning.zh(),
                        warning.en(),
                    )
                    .at_row(row),
                );
            }
        }
        match spatial::mend(&geometry) {
            Ok(mended) => {
                // Which way a ring turns is of no interest to anybody.
                for change in mended.changes.iter().filter(|change| !change.is_cosmetic()) {
                    problems.push(
                        Problem::new(Severity::Mended, change.code(), change.zh(), change.en())
                            .at_row(row),
                    );
                }
                candidate.geometry = Some(mended.geometry);
            }
            Err(flaws) => {
                problems.extend(flaws.iter().map(|flaw| {
                    Problem::new(Severity::Refused, flaw.code(), flaw.zh(), flaw.en()).at_row(row)
                }));
                return Err(problems);
            }
        }
    }
    Ok((candidate, problems))
}

pub(super) fn fill(
    candidate: &mut Candidate,
    field: Field,
    column: &str,
    value: &Value,
    problems: &mut Vec<Problem>,
) {
    let row = candidate.row;
    let text = value.text();
    let word = || (!values::says_unknown(&text)).then(|| values::normalise_text(&text));
    macro_rules! parsed {
        ($parsed:expr) => {{
            let parsed = $parsed.at(row, column);
            problems.extend(parsed.problem);
            parsed.value
        }};
    }
    match field {
        Field::Code => candidate.code = word(),
        Field::Name => candidate.name = word(),
        Field::Community => candidate.community = candidate.community.take().or_else(word),
        Field::CommunityCode => candidate.community = word().or_else(|| candidate.community.take()),
        Field::Compound => candidate.compound = word(),
        Field::CompoundCode => candidate.compound_code = word(),
        Field::BuildingName => {
            candidate.name = parsed!(values::building_name(&text)).map(|name| name.building);
        }
        Field::Households => candidate.households = parsed!(values::count(&text)),
        Field::BuildingCount => candidate.building_count = parsed!(values::count(&text)),
        Field::Floors => candidate.floors = parsed!(values::count(&text)),
        Field::Height => candidate.height_m = parsed!(values::measure(&text, 0.0..=1000.0)),
        Field::FloorArea => candidate.floor_area_m2 = parsed!(values::measure(&text, 0.0..=1e8)),
        Field::PropertyCompany => candidate.property_company = word(),
        Field::Address => candidate.address = word(),
        Field::Phone => candidate.phone = parsed!(values::phone(&text)),
        Field::DutyPhone => candidate.duty_phone = parsed!(values::phone(&text)),
        Field::ConsentDate => candidate.consent = parsed!(values::date(&text)),
        Field::BirthDate => candidate.birth_date = parsed!(values::date(&text)),
        Field::StartDate => candidate.start = parsed!(values::date(&text)),
        Field::EndDate => candidate.end = parsed!(values::date(&text)),
        Field::TermEnd => candidate.term_end = parsed!(values::date(&text)),
        Field::PartyJoinDate => candidate.party_joined = parsed!(values::date(&text)),
        Field::Residence => candidate.residence = word(),
        Field::PartTimeCategory => candidate.category = word(),
        Field::Capacity => candidate.capacity = parsed!(values::count(&text)),
        Field::AsOf => candidate.as_of = parsed!(values::date(&text)),
        Field::Source => candidate.source = word(),
        Field::KeeperKind => candidate.part_time = text.contains('兼') || text.contains("part"),
        _ => {}
    }
}
