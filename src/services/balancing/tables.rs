//! Units and edges from CSV: `id,x,y,weight[,load_weight][,group][,zone][,current][,locked]` and `a,b[,border_m]`,
//! metres.

use super::problems::Problems;
use super::sheet::{Names, Numbering, Sheet, decimetres, is_yes, number, unreadable, weight};
use super::{Asks, Instance};
use crate::districting::{Edge, Unit};
use crate::services::error::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub(super) const ID: Names = &["id", "编号", "单元"];
pub(super) const X: Names = &["x", "东", "x_m"];
pub(super) const Y: Names = &["y", "北", "y_m"];
const WEIGHT: Names = &["weight", "households", "户数", "权重"];
const GROUP: Names = &["group", "compound", "小区"];
pub(super) const ZONE: Names = &["zone", "community", "社区"];
pub(super) const CURRENT: Names = &["current", "area", "现片区", "片区"];
const LOAD_WEIGHT: Names = &["load_weight", "visit_weight", "负荷权重"];
const LOCKED: Names = &["locked", "锁定"];
const A: Names = &["a", "from"];
const B: Names = &["b", "to"];
const BORDER: Names = &["border_m", "border", "length"];

/// Border of an edge whose length is not given, decimetres.
pub(super) const PLAIN_BORDER_DM: u32 = 10;

/// Reads units and edges.
///
/// # Errors
/// `Invalid` with the wrong rows: duplicate ids, numbers that are none, weights below 0, unknown units,
/// edges from a unit to itself, locks without a current area.
pub fn read_tables(units: &Path, edges: &Path) -> Result<Instance> {
    let mut sheet = Sheet::open(units)?;
    let (id, x, y) = (sheet.require(ID)?, sheet.require(X)?, sheet.require(Y)?);
    let weight_at = sheet.require(WEIGHT)?;
    let optional = [GROUP, ZONE, CURRENT, LOCKED].map(|names| sheet.column(names));
    let load_weight_at = sheet.column(LOAD_WEIGHT);
    let mut problems = Problems::default();
    let (mut groups, mut zones, mut areas) = (
        Numbering::default(),
        Numbering::default(),
        Numbering::default(),
    );
    let mut number_of: HashMap<String, u32> = HashMap::new();
    let mut ids = Vec::new();
    let (mut rows, mut counted) = (Vec::new(), Vec::new());
    let file = sheet.file.clone();
    for (row, record) in (1u64..).zip(sheet.reader.records()) {
        let record = record.map_err(|error| unreadable(&file, &error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or("");
        let name = |at: Option<usize>| at.map(cell).filter(|text| !text.is_empty());
        let mut measure = |at: usize, field: &str| {
            let found = number(cell(at)).and_then(decimetres);
            if found.is_none() {
                problems.add(
                    "number_invalid",
                    (row, field, cell(at)),
                    "应为以米为单位的有限数值",
                    "must be a finite number of metres",
                );
            }
            found.unwrap_or(0)
        };
        let (x_dm, y_dm) = (measure(x, "x"), measure(y, "y"));
        let households = number(cell(weight_at)).and_then(weight);
        if households.is_none() {
            problems.add(
                "weight_invalid",
                (row, "weight", cell(weight_at)),
                "户数应为 0 或正数",
                "must be a number of households, 0 or more",
            );
        }
        let load_weight = name(load_weight_at).map_or(Some(1.0), number);
        let load = households.zip(load_weight.filter(|weight| *weight >= 0.0));
        let load = load.and_then(|(households, times)| weight(f64::from(households) * times));
        if households.is_some() && load.is_none() {
            problems.add(
                "load_weight_invalid",
                (row, "load_weight", load_weight_at.map_or("", cell)),
                "应为 0 或正数（默认 1）",
                "must be a number, 0 or more (1 by default)",
            );
        }
        let own = cell(id);
        if own.is_empty() {
            problems.add("id_missing", (row, "id", ""), "缺少编号", "has no id");
        } else if let Some(first) = number_of.insert(own.to_owned(), rows.len() as u32) {
            problems.add(
                "id_duplicate",
                (row, "id", own),
                &format!("与第 {} 行重复，请改为唯一编号", first + 1),
                &format!("is also the id of row {}; ids must be unique", first + 1),
            );
        }
        let current = name(optional[2]);
        let locked = name(optional[3]).is_some_and(is_yes);
        if locked && current.is_none() {
            problems.add(
                "locked_nowhere",
                (row, "locked", name(optional[3]).unwrap_or("")),
                "已锁定但没有现片区",
                "is locked, but has no current area to stay in",
            );
        }
        ids.push(own.to_owned());
        counted.push(households.unwrap_or(0));
        rows.push(Unit {
            households: load.unwrap_or(0),
            x_dm,
            y_dm,
            group: name(optional[0]).map(|name| groups.of(&name.to_owned())),
            zone: zones.of(&name(optional[1]).unwrap_or("").to_owned()),
            current: current.map(|name| areas.of(&name.to_owned())),
            locked,
        });
    }
    if rows.is_empty() {
        return Err(Error::invalid(
            "no_units",
            format!("{file}：没有数据行"),
            format!("{file}: there are no units"),
        ));
    }
    let edges = read_edges(edges, &number_of, &mut problems)?;
    problems.into_result()?;
    Ok(Instance {
        source: file,
        ids,
        zones: zones.into_names(),
        current_areas: areas.into_names(),
        counted,
        units: rows,
        edges,
        crossings: BTreeMap::new(),
        frame: None,
        asks: Asks::default(),
    }
    .without_crossings())
}

fn read_edges(
    path: &Path,
    number_of: &HashMap<String, u32>,
    problems: &mut Problems,
) -> Result<Vec<Edge>> {
    let mut sheet = Sheet::open(path)?;
    let ends = [(sheet.require(A)?, "a"), (sheet.require(B)?, "b")];
    let border = sheet.column(BORDER);
    let file = sheet.file.clone();
    let mut edges = Vec::new();
    for (row, record) in (1u64..).zip(sheet.reader.records()) {
        let record = record.map_err(|error| unreadable(&file, &error.to_string()))?;
        let cell = |at: usize| record.get(at).unwrap_or("");
        let [a, b] = ends.map(|(at, field)| {
            let unit = number_of.get(cell(at)).copied();
            if unit.is_none() {
                problems.add(
                    "unit_unknown",
                    (row, field, cell(at)),
                    "单元表中没有这个编号",
                    "is not the id of any unit",
                );
            }
            unit
        });
        let text = border.map_or("", cell);
        let border_dm = if text.is_empty() {
            Some(PLAIN_BORDER_DM)
        } else {
            number(text)
                .and_then(decimetres)
                .and_then(|dm| u32::try_from(dm).ok())
        };
        if border_dm.is_none() {
            problems.add(
                "border_invalid",
                (row, "border_m", text),
                "应为以米为单位的非负数",
                "must be a length in metres, 0 or more",
            );
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        if a == b {
            problems.add(
                "edge_loop",
                (row, "b", cell(ends[1].0)),
                "边的两端是同一单元，请删除",
                "joins a unit to itself; remove the row",
            );
            continue;
        }
        edges.push(Edge {
            a,
            b,
            border_dm: border_dm.unwrap_or(PLAIN_BORDER_DM),
            attachment: false,
        });
    }
    Ok(edges)
}
