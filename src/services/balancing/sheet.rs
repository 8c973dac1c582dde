//! A CSV file with a header in Chinese or English, and the values of its cells.

use crate::formats;
use crate::services::error::{Error, Result};
use std::collections::HashMap;
use std::hash::Hash;
use std::path::Path;

/// Words for one column.
pub(super) type Names = &'static [&'static str];
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
pub(super) struct Sheet {
    pub reader: csv::Reader<Box<dyn std::io::Read>>,
    header: Vec<String>,
    pub file: String,
}

impl Sheet {
    pub fn open(path: &Path) -> Result<Self> {
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

    pub fn column(&self, names: Names) -> Option<usize> {
        self.header
            .iter()
            .position(|head| names.contains(&head.as_str()))
    }

    pub fn require(&self, names: Names) -> Result<usize> {
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

pub(super) fn unreadable(file: &str, why: &str) -> Error {
    Error::invalid(
        "file_unreadable",
        format!("{file}：读取失败：{why}"),
        format!("{file}: cannot be read: {why}"),
    )
}

/// A coordinate or a weight as a finite number; full-width digits are understood.
pub(super) fn number(text: &str) -> Option<f64> {
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

pub(super) fn is_yes(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "1" | "true" | "yes" | "y" | "是" | "锁定"
    )
}
