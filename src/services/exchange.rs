//! Units and their areas as a table, out and in: what other programs and paper lists speak.
//!
//! Reading stores nothing: it says which units would move where, and what is amiss row by row; the page applies the
//! moves as one step that can be undone.

use super::error::{Error, Result};
use super::export_approval::Watermark;
use super::picture::{Picture, PlanPicture};
use super::redrawing::natural;
use super::{Services, plans};
use crate::atlas;
use crate::domain::{ImportKind, Problem, Severity, Unit};
use crate::formats::{self, Cell, CellKind, ReadOptions, Table, TableColumn};
use crate::services::importing::Upload;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// Rows of a table of assignments, at most.
const MAX_ROWS: usize = 200_000;
/// Problems of an answer, at most.
const MAX_PROBLEMS: usize = 500;

/// What a table of assignments would do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssignmentPreview {
    /// Rows read.
    pub rows: u64,
    /// Rows whose unit and area were understood.
    pub matched: u64,
    /// Rows of these that change nothing.
    pub unchanged: u64,
    /// Units that would move.
    pub moves: Vec<AssignmentMove>,
    /// What is amiss, row by row; at most 500.
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Problem>,
    /// Data version.
    pub data_version: u64,
}

/// A unit that would move.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssignmentMove {
    /// The unit.
    pub unit: Uuid,
    /// Its area now; absent for none.
    pub from: Option<Uuid>,
    /// The number of its area in the table; 0 for none.
    pub number: u32,
    /// The area with that number; absent when it has to be made.
    pub to: Option<Uuid>,
}

/// A unit of the street with its area in a plan.
pub(super) struct Row {
    pub id: Uuid,
    /// building or compound.
    pub kind: &'static str,
    /// Compound; empty without one.
    pub compound: String,
    /// Own name; empty for a compound.
    pub name: String,
    pub households: Option<u32>,
    /// Place among the plan's areas.
    pub area: Option<usize>,
}

impl Services {
    /// Units and areas of a plan as CSV that Excel opens right.
    ///
    /// # Errors
    /// `NotFound` plan.
    pub async fn export_assignment(&self, plan: Uuid, mark: &Watermark) -> Result<Vec<u8>> {
        plans::find(&self.picture(), plan)?;
        self.settle(plan.into()).await?;
        let picture = self.picture();
        let found = plans::find(&picture, plan)?;
        let mut rows = rows(&picture, found);
        let number = |row: &Row| row.area.map(|at| found.areas[at].number);
        rows.sort_by_cached_key(|row| (number(row), row.compound.clone(), natural(&row.name)));
        let text = |title: &str| TableColumn::new(title, CellKind::Text);
        let whole = |title: &str| TableColumn::new(title, CellKind::Integer);
        let table = Table {
            title: "楼栋归属".into(),
            notes: super::exports::notes(&picture, found, mark),
            synthetic: picture.synthetic,
            columns: vec![
                text("标识"),
                text("小区"),
                text("楼栋"),
                whole("户数"),
                whole("片区号"),
                text("片区名称"),
            ],
            rows: rows
                .into_iter()
                .map(|row| {
                    let area = row.area.map(|at| &found.areas[at]);
                    vec![
                        Cell::Text(row.id.to_string()),
                        Cell::Text(row.compound),
                        Cell::Text(row.name),
                        Cell::from(row.households),
                        Cell::from(area.map(|area| area.number)),
                        Cell::from(area.map(|area| area.name.clone())),
                    ]
                })
                .collect(),
        };
        let mut bytes = Vec::new();
        formats::write_csv(&table, &mut bytes).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(bytes)
    }

    /// What a table of units and areas would do to a plan; nothing is stored.
    ///
    /// # Errors
    /// `NotFound` plan; `Invalid` when the file is no table, or its columns are not understood.
    pub async fn preview_assignment(
        &self,
        plan: Uuid,
        upload: Arc<Upload>,
    ) -> Result<AssignmentPreview> {
        plans::find(&self.picture(), plan)?;
        self.settle(plan.into()).await?;
        let picture = self.picture();
        let work = move || {
            let (header, lines) = read(&upload)?;
            preview(&picture, plan, &header, &lines)
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("preview: {error}")))?
    }
}

/// A table's header and its rows, each with its number.
type Lines = (Vec<String>, Vec<(u64, Vec<String>)>);

fn read(upload: &Upload) -> Result<Lines> {
    let invalid = |problem: Problem| Error::Invalid(vec![problem]);
    let options = ReadOptions::new(ImportKind::Buildings);
    let opened = formats::open(&upload.path, &upload.name, &options)
        .map_err(|error| invalid(error.into_problem()))?;
    let header: Vec<String> = opened
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    let mut lines = Vec::new();
    for row in opened.rows {
        let row = row.map_err(invalid)?;
        let mut cells = vec![String::new(); header.len()];
        for (name, value) in &row.properties {
            if let Some(at) = header.iter().position(|known| known == name) {
                cells[at] = value.text().into_owned();
            }
        }
        lines.push((row.row, cells));
        if lines.len() > MAX_ROWS {
            break;
        }
    }
    Ok((header, lines))
}

/// All units of a plan's street: buildings, and compounds without known buildings.
/// Every unit of the plan's street.
pub(super) fn rows(picture: &Picture, found: &PlanPicture) -> Vec<Row> {
    let street = found.plan.street;
    let area = |at: u32| (at != super::picture::NO_AREA).then_some(at as usize);
    let buildings = picture
        .buildings
        .iter()
        .enumerate()
        .filter(|(_, building)| street.contains(building.community))
        .map(|(at, building)| Row {
            id: building.id.uuid(),
            kind: "building",
            compound: building
                .compound
                .map_or("", |id| picture.compound_name(id))
                .to_owned(),
            name: building.name.clone().unwrap_or_default(),
            households: building.households.count,
            area: area(found.area_of_building.get(at)),
        });
    let compounds = picture
        .compounds
        .iter()
        .enumerate()
        .filter(|(_, compound)| street.contains(compound.community))
        .filter(|(_, compound)| picture.buildings_of(compound.id).is_empty())
        .map(|(at, compound)| Row {
            id: compound.id.uuid(),
            kind: "compound",
            compound: compound.name.clone(),
            name: String::new(),
            households: compound.households.count,
            area: area(found.area_of_compound.get(at)),
        });
    buildings.chain(compounds).collect()
}

/// Which column says what.
#[derive(Default)]
struct Columns {
    id: Option<usize>,
    compound: Option<usize>,
    building: Option<usize>,
    area: Option<usize>,
}

impl Columns {
    fn of(header: &[String]) -> Result<Self> {
        let mut columns = Self::default();
        for (at, title) in header.iter().enumerate() {
            let title = narrow(title).to_lowercase();
            let slot = match title.as_str() {
                "标识" | "id" | "building_id" | "unit_id" | "unit" | "楼栋标识" | "编码"
                | "code" => &mut columns.id,
                "小区" | "compound" | "小区名称" => &mut columns.compound,
                "楼栋" | "楼号" | "building" | "楼栋名称" | "幢" => &mut columns.building,
                "片区号" | "片区" | "area" | "area_number" | "片区编号" | "district" | "zone" => {
                    &mut columns.area
                }
                _ => continue,
            };
            slot.get_or_insert(at);
        }
        let named = columns.compound.is_some() && columns.building.is_some();
        if columns.area.is_none() || (columns.id.is_none() && !named) {
            return Err(Error::invalid(
                "assignment_columns",
                format!(
                    "表头应有“片区号”，以及“标识”或“小区”加“楼栋”；读到的是：{}",
                    header.join("、")
                ),
                format!(
                    "the header needs 片区号 (area), and 标识 (id) or 小区 with 楼栋 (compound, building); found: {}",
                    header.join(", ")
                ),
            ));
        }
        Ok(columns)
    }
}

/// Full-width letters and digits as ordinary ones, without spaces around.
fn narrow(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{3000}' => ' ',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
            c => c,
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A building's number in one spelling: 3号楼, 3#, 3栋, 第3幢 and 三幢 are 3幢.
fn building_key(text: &str) -> String {
    let text = narrow(text);
    atlas::building_number(&atlas::normalise(&text)).map_or(text, |number| number.text)
}

/// The number of an area: 7, 07, “片区 07”.
fn area_number(text: &str) -> Option<u32> {
    let text = narrow(text);
    let digits = text.trim_start_matches("片区").trim();
    digits.parse().ok().filter(|n| (1..=9999).contains(n))
}

fn preview(
    picture: &Picture,
    plan: Uuid,
    header: &[String],
    lines: &[(u64, Vec<String>)],
) -> Result<AssignmentPreview> {
    let found = plans::find(picture, plan)?;
    let columns = Columns::of(header)?;
    if lines.len() > MAX_ROWS {
        return Err(Error::invalid(
            "too_many_rows",
            format!("最多 {MAX_ROWS} 行，文件有 {} 行", lines.len()),
            format!("at most {MAX_ROWS} rows, the file has {}", lines.len()),
        ));
    }
    let rows = rows(picture, found);
    let by_id: HashMap<String, usize> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| (row.id.to_string(), at))
        .collect();
    let mut by_name: HashMap<(String, String), Vec<usize>> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        let key = (narrow(&row.compound), building_key(&row.name));
        by_name.entry(key).or_default().push(at);
    }
    let by_number: HashMap<u32, usize> = found
        .areas
        .iter()
        .enumerate()
        .map(|(at, area)| (area.number, at))
        .collect();
    let by_area_name: HashMap<String, u32> = found
        .areas
        .iter()
        .map(|area| (narrow(&area.name), area.number))
        .collect();
    let cell = |line: &[String], at: Option<usize>| {
        at.and_then(|at| line.get(at))
            .map_or("", String::as_str)
            .trim()
            .to_owned()
    };
    let mut answer = AssignmentPreview {
        rows: lines.len() as u64,
        matched: 0,
        unchanged: 0,
        moves: Vec::new(),
        problems: Vec::new(),
        data_version: picture.version,
    };
    let mut said: HashMap<usize, (u64, u32)> = HashMap::new();
    for (number, line) in lines {
        let mut refuse = |code: &str, field: &str, value: &str, zh: String, en: String| {
            if answer.problems.len() < MAX_PROBLEMS {
                let mut problem = Problem::new(Severity::Refused, code, zh, en);
                problem.row = Some(*number);
                problem.field = Some(field.to_owned());
                problem.value = Some(value.to_owned());
                answer.problems.push(problem);
            }
        };
        let (id, compound, building) = (
            cell(line, columns.id),
            cell(line, columns.compound),
            cell(line, columns.building),
        );
        let area_text = cell(line, columns.area);
        if [&id, &compound, &building, &area_text]
            .iter()
            .all(|text| text.is_empty())
        {
            continue;
        }
        let candidates = match by_id.get(&id.to_lowercase()) {
            Some(at) => vec![*at],
            None => by_name
                .get(&(narrow(&compound), building_key(&building)))
                .cloned()
                .unwrap_or_default(),
        };
        let unit = match candidates.as_slice() {
            [one] => *one,
            [] => {
                refuse(
                    "unit_unknown",
                    "楼栋",
                    &format!("{compound}{building}{id}"),
                    format!("本街道没有“{compound}{building}”，请核对小区名和楼号"),
                    format!(
                        "the street has no {compound} {building}; check compound and building number"
                    ),
                );
                continue;
            }
            several => {
                refuse(
                    "unit_ambiguous",
                    "楼栋",
                    &format!("{compound}{building}"),
                    format!(
                        "“{compound}{building}”有 {} 栋同名，请用“标识”列指明",
                        several.len()
                    ),
                    format!(
                        "{} units are called {compound} {building}; name one by the id column",
                        several.len()
                    ),
                );
                continue;
            }
        };
        let wanted = match area_text.as_str() {
            "" | "-" | "—" => 0,
            text => match area_number(text).or_else(|| by_area_name.get(&narrow(text)).copied()) {
                Some(number) => number,
                None => {
                    refuse(
                        "area_unknown",
                        "片区号",
                        text,
                        format!("看不懂片区“{text}”，应为 1 至 9999 的号码或现有片区名称"),
                        format!("{text} is no area: a number of 1 to 9999, or the name of an area"),
                    );
                    continue;
                }
            },
        };
        if let Some((row, other)) = said.get(&unit) {
            if *other != wanted {
                refuse(
                    "unit_twice",
                    "片区号",
                    &area_text,
                    format!("第 {row} 行已把这栋楼归入 {other}，两处不一致"),
                    format!("row {row} already gives this unit to {other}; the two disagree"),
                );
            }
            continue;
        }
        said.insert(unit, (*number, wanted));
        answer.matched += 1;
        let now = rows[unit].area;
        let to = by_number.get(&wanted).copied();
        if (wanted == 0 && now.is_none()) || (to.is_some() && now == to) {
            answer.unchanged += 1;
            continue;
        }
        let area = |at: usize| found.areas[at].id.uuid();
        answer.moves.push(AssignmentMove {
            unit: rows[unit].id,
            from: now.map(area),
            number: wanted,
            to: to.map(area),
        });
    }
    Ok(answer)
}

/// An area that a unit belonged to, for as long as a plan was in force.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaPeriod {
    /// From when.
    pub from: chrono::DateTime<chrono::Utc>,
    /// Until when (not included); absent while nothing ends it.
    pub to: Option<chrono::DateTime<chrono::Utc>>,
    /// State of the plan.
    pub state: String,
    /// The plan.
    pub plan_id: Uuid,
    /// Its name.
    pub plan_name: String,
    /// The area; absent when the plan left the unit out.
    pub area_id: Option<Uuid>,
    /// Its number as the map shows it.
    pub area_label: Option<String>,
    /// Its name.
    pub area_name: Option<String>,
    /// Who served it then, of those whom the data still know.
    pub keepers: Vec<String>,
}

/// Every plan that was, is or will be in force, with the unit's area in it; newest first.
///
/// # Errors
/// `NotFound` unit.
pub fn history(
    picture: &Picture,
    unit: Uuid,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<AreaPeriod>> {
    let (unit, community) = if let Some(at) = picture.building_index(unit.into()) {
        (Unit::Building(unit.into()), picture.buildings[at].community)
    } else if let Some(at) = picture.compound_index(unit.into()) {
        (Unit::Compound(unit.into()), picture.compounds[at].community)
    } else {
        return Err(Error::NotFound(format!("unit {unit}")));
    };
    let mut periods: Vec<AreaPeriod> = picture
        .plans
        .iter()
        .filter(|found| found.plan.street.contains(community))
        .filter_map(|found| {
            let from = found.plan.effective_at?;
            let at = match unit {
                Unit::Building(id) => found.area_of_building.get(picture.building_index(id)?),
                Unit::Compound(id) => found.area_of_compound.get(picture.compound_index(id)?),
                Unit::Stairwell(_) => return None,
            };
            let area = found.areas.get(at as usize);
            Some(AreaPeriod {
                from,
                to: found.plan.ended_at,
                state: found.plan.state_at(now).to_string(),
                plan_id: found.plan.id.uuid(),
                plan_name: found.plan.name.clone(),
                area_id: area.map(|area| area.id.uuid()),
                area_label: area.map(|area| area.label()),
                area_name: area.map(|area| area.name.clone()),
                keepers: match area {
                    None => Vec::new(),
                    Some(_) => found.keepers[at as usize]
                        .iter()
                        .filter_map(|id| picture.holder(*id))
                        .map(|(keeper, _)| keeper.name.clone())
                        .collect(),
                },
            })
        })
        .collect();
    periods.sort_by_key(|period| std::cmp::Reverse(period.from));
    Ok(periods)
}
