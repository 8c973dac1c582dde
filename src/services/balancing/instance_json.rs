//! Instances as JSON, as the published ones come: `{k, L, U, units: [{id, weight, x, y, group?, zone?}],
//! edges: [[a, b, metres?]]}` with positions of units in the list as ends of edges.

use super::problems::Problems;
use super::sheet::{Numbering, decimetres, weight};
use super::tables::PLAIN_BORDER_DM;
use super::{Asks, Instance};
use crate::districting::{Edge, Unit};
use crate::services::error::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

#[derive(Deserialize)]
struct File {
    name: Option<String>,
    k: Option<u32>,
    target: Option<u32>,
    #[serde(rename = "L")]
    least: Option<u64>,
    #[serde(rename = "U")]
    most: Option<u64>,
    units: Vec<Row>,
    edges: Vec<Vec<Value>>,
}

#[derive(Deserialize)]
struct Row {
    id: Value,
    weight: f64,
    x: f64,
    y: f64,
    group: Option<Value>,
    zone: Option<Value>,
    current: Option<Value>,
    #[serde(default)]
    locked: bool,
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Reads an instance.
///
/// # Errors
/// `Invalid` with what is wrong.
pub fn read_instance(path: &Path) -> Result<Instance> {
    let name = path.display().to_string();
    let broken = |why: &dyn std::fmt::Display| {
        Error::invalid(
            "instance_invalid",
            format!("{name}：不是有效的实例文件：{why}"),
            format!("{name}: is no instance: {why}"),
        )
    };
    let file = std::fs::File::open(path).map_err(|error| broken(&error))?;
    let file: File =
        serde_json::from_reader(std::io::BufReader::new(file)).map_err(|error| broken(&error))?;
    let mut problems = Problems::default();
    let (mut groups, mut zones, mut areas) = (
        Numbering::default(),
        Numbering::default(),
        Numbering::default(),
    );
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut ids = Vec::with_capacity(file.units.len());
    let mut units = Vec::with_capacity(file.units.len());
    for (row, unit) in (1u64..).zip(&file.units) {
        let id = text(&unit.id);
        if let Some(first) = seen.insert(id.clone(), row) {
            problems.add(
                "id_duplicate",
                (row, "id", &id),
                &format!("与第 {first} 个单元重复"),
                &format!("is also the id of unit {first}"),
            );
        }
        let households = weight(unit.weight);
        if households.is_none() {
            problems.add(
                "weight_invalid",
                (row, "weight", &unit.weight.to_string()),
                "户数应为 0 或正数",
                "must be a number of households, 0 or more",
            );
        }
        let (x_dm, y_dm) = (decimetres(unit.x), decimetres(unit.y));
        if x_dm.is_none() || y_dm.is_none() {
            problems.add(
                "number_invalid",
                (row, "x", &unit.x.to_string()),
                "坐标超出范围（米）",
                "lies out of range (metres)",
            );
        }
        units.push(Unit {
            households: households.unwrap_or(0),
            x_dm: x_dm.unwrap_or(0),
            y_dm: y_dm.unwrap_or(0),
            group: unit.group.as_ref().map(|group| groups.of(&text(group))),
            zone: zones.of(&unit.zone.as_ref().map_or_else(String::new, text)),
            current: unit.current.as_ref().map(|area| areas.of(&text(area))),
            locked: unit.locked,
        });
        ids.push(id);
    }
    if units.is_empty() {
        return Err(broken(&"units is empty"));
    }
    let mut edges = Vec::with_capacity(file.edges.len());
    for (row, edge) in (1u64..).zip(&file.edges) {
        let end = |at: usize| {
            let unit = edge.get(at).and_then(Value::as_u64)?;
            u32::try_from(unit)
                .ok()
                .filter(|&unit| (unit as usize) < units.len())
        };
        let border = edge.get(2).and_then(Value::as_f64).and_then(decimetres);
        match (end(0), end(1)) {
            (Some(a), Some(b)) if a != b => edges.push(Edge {
                a,
                b,
                border_dm: border
                    .and_then(|dm| u32::try_from(dm).ok())
                    .unwrap_or(PLAIN_BORDER_DM),
                attachment: false,
            }),
            _ => problems.add(
                "unit_unknown",
                (row, "edges", &Value::from(edge.clone()).to_string()),
                &format!("两端应为 0 到 {} 之间的两个不同单元", units.len() - 1),
                &format!(
                    "must join two different units from 0 to {}",
                    units.len() - 1
                ),
            ),
        }
    }
    problems.into_result()?;
    Ok(Instance {
        source: file.name.unwrap_or(name),
        ids,
        zones: zones.into_names(),
        current_areas: areas.into_names(),
        counted: units.iter().map(|unit| unit.households).collect(),
        units,
        edges,
        crossings: BTreeMap::new(),
        frame: None,
        asks: Asks {
            areas: file.k,
            target: file.target,
            limits: file.least.zip(file.most),
        },
    }
    .without_crossings())
}
