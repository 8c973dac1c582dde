//! Units and edges from CSV: `id,x,y,weight[,group][,zone][,current][,locked]` and `a,b[,border_m]`, metres.

use super::problems::Problems;
use super::{Asks, Instance};
use crate::districting::{Edge, Unit};
use crate::formats;
use crate::services::error::{Error, Result};
use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;

/// Words for one column.
type Names = &'static [&'static str];
const ID: Names = &["id", "编号", "单元"];
const X: Names = &["x", "东", "x_m"];
const Y: Names = &["y", "北", "y_m"];
const WEIGHT: Names = &["weight", "households", "户数", "权重"];
const GROUP: Names = &["group", "compound", "小区"];
const ZONE: Names = &["zone", "community", "社区"];
const CURRENT: Names = &["current", "area", "现片区", "片区"];
const LOCKED: Names = &["locked", "锁定"];
const A: Names = &["a", "from"];
const B: Names = &["b", "to"];
const BORDER: Names = &["border_m", "border", "length"];

/// Border of an edge whose length is not given, decimetres.
pub(super) const PLAIN_BORDER_DM: u32 = 10;
/// The farthest coordinate, metres.
const FARTHEST_M: f64 = 1e8;

/// Numbers for texts, in the order of their first appearance.
#[derive(Debug)]
pub(super) struct Numbering<K> {
    number: HashMap<K, u32>,
    names: Vec<K>,
}

impl<K> Default for Numbering<K> {
    fn default() -> Self {
        Self {
            number: HashMap::new(),
            names: Vec::new(),
        }
    }
}

impl<K: Hash + Eq + Clone> Numbering<K> {
    /// The number of a name, a new one if it is new.
    pub fn of(&mut self, name: &K) -> u32 {
        if let Some(&number) = self.number.get(name) {
            return number;
        }
        let number = self.names.len() as u32;
        self.number.insert(name.clone(), number);
        self.names.push(name.clone());
        number
    }

    /// The names by number.
    pub fn into_names(self) -> Vec<K> {
        self.names
    }
}

/// A CSV file with its header.
struct Sheet {
    reader: csv::Reader<Box<dyn std::io::Read>>,
    header: Vec<String>,
    file: String,
}

impl Sheet {
    fn open(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let text =
            formats::open_text(path).map_err(|error| unreadable(&file, &error.to_string()))?;
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text);
        let header = reader
            .headers()
            .map_err(|error| unreadable(&file, &error.to_string()))?;
        let header = header
            .iter()
            .map(|name| formats::values::normalise_text(name).to_lowercase())
            .collect();
        Ok(Self {
            reader,
            header,
            file,
        })
    }

    fn column(&self, names: Names) -> Option<usize> {
        self.header
            .iter()
            .position(|head| names.contains(&head.as_str()))
    }

    fn require(&self, names: Names) -> Result<usize> {
        self.column(names).ok_or_else(|| {
            let (file, name, found) = (&self.file, names[0], self.header.join(", "));
            Error::invalid(
                "column_missing",
                format!("{file}：缺少列“{name}”（现有：{found}），请补上表头"),
                format!(
                    "{file}: there is no column “{name}” (there are: {found}); add it to the header"
                ),
            )
        })
    }
}

fn unreadable(file: &str, why: &str) -> Error {
    Error::invalid(
        "file_unreadable",
        format!("{file}：读取失败：{why}"),
        format!("{file}: cannot be read: {why}"),
    )
}

/// A coordinate or a weight as a finite number; full-width digits are understood.
fn number(text: &str) -> Option<f64> {
    let value = text
        .parse()
        .ok()
        .or_else(|| formats::values::normalise_text(text).parse().ok())?;
    f64::is_finite(value).then_some(value)
}

/// A weight as whole households.
pub(super) fn weight(value: f64) -> Option<u32> {
    let rounded = value.round();
    (0.0..=f64::from(u32::MAX))
        .contains(&rounded)
        .then_some(rounded as u32)
}

/// Metres as decimetres, if they lie on a planet.
pub(super) fn decimetres(metres: f64) -> Option<i64> {
    (metres.abs() <= FARTHEST_M).then(|| (metres * 10.0).round() as i64)
}

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
    let mut problems = Problems::default();
    let (mut groups, mut zones, mut areas) = (
        Numbering::default(),
        Numbering::default(),
        Numbering::default(),
    );
    let mut number_of: HashMap<String, u32> = HashMap::new();
    let mut ids = Vec::new();
    let mut rows = Vec::new();
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
        rows.push(Unit {
            households: households.unwrap_or(0),
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
        units: rows,
        edges,
        edges_between_zones: 0,
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

fn is_yes(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "1" | "true" | "yes" | "y" | "是" | "锁定"
    )
}
