//! What a file gives: columns first, then rows one by one.
//!
//! Nothing is interpreted here: geometry is in the file's own coordinate reference system and
//! axis order, numbers keep their text. Invariant: every data row of the file comes out exactly
//! once, as a feature or as a problem with its row number.

use std::borrow::Cow;
use std::collections::BTreeMap;

use geo_types::Geometry;
use serde::{Deserialize, Serialize};

use super::fields::Field;
use super::limits::{MAX_SAMPLE_CHARS, SAMPLES_PER_COLUMN};
use crate::domain::{ImportKind, Problem};

/// The kinds of file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 7946, and its 2008 predecessor with a `crs` member.
    GeoJson,
    /// Text with a delimiter (comma, semicolon, tab or bar).
    Csv,
    /// Excel workbook, new (`.xlsx`) or old (`.xls`).
    Xlsx,
    /// Esri Shapefile, loose or zipped.
    Shapefile,
}

/// One value of an attribute, as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Empty cell, JSON null, blank attribute.
    Null,
    /// Text, untrimmed. Nested JSON is kept as its text.
    Text(String),
    /// A number as written in the file.
    Number(String),
    /// True or false.
    Bool(bool),
}

impl Value {
    /// The value as a person reads it; empty for [`Value::Null`].
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) | Self::Number(text) => Cow::Borrowed(text),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
        }
    }

    /// Whether there is nothing to read: null, or blank text.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) | Self::Number(text) => text.trim().is_empty(),
            Self::Bool(_) => false,
        }
    }
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct RawFeature {
    /// 1 = first data row.
    pub row: u64,
    /// In the file's own CRS and axis order (x, y); `None` when the row has no position.
    /// Coordinates are finite; a third dimension has been dropped.
    pub geometry: Option<Geometry<f64>>,
    /// Attributes in the order of the file.
    pub properties: Vec<(String, Value)>,
    /// What was noticed or mended while reading this row; the row itself is usable.
    pub problems: Vec<Problem>,
}

impl RawFeature {
    /// The value of a column; `None` when the row does not have the column.
    pub fn get(&self, column: &str) -> Option<&Value> {
        self.properties
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, value)| value)
    }
}

/// One column of a file and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name as in the file (merged headers joined by `/`).
    pub name: String,
    /// Up to 5 values that are not blank.
    pub samples: Vec<String>,
    /// The field it stands for; `None` when not recognised.
    pub matched: Option<Field>,
}

impl Column {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            samples: Vec::new(),
            matched: None,
        }
    }

    /// Whether there is room for another sample.
    pub(crate) fn wants_samples(&self) -> bool {
        self.samples.len() < SAMPLES_PER_COLUMN
    }

    /// Keeps the value as a sample, if it is worth it.
    pub(crate) fn sample(&mut self, value: &Value) {
        if !self.wants_samples() || value.is_blank() {
            return;
        }
        let text: String = value.text().trim().chars().take(MAX_SAMPLE_CHARS).collect();
        if !self.samples.contains(&text) {
            self.samples.push(text);
        }
    }
}

/// Rows of a file, read as they are asked for.
///
/// `Err` with a row number: that row is refused, the next ones follow. `Err` without a row number:
/// the file is broken from here on, nothing follows, and the import must be refused as a whole.
pub type Rows = Box<dyn Iterator<Item = Result<RawFeature, Problem>> + Send>;

/// An open file, its columns known, its rows not yet read.
pub struct Opened {
    /// Recognised by content, not by name.
    pub format: Format,
    /// What the file itself declares: the text of a `.prj`, or the name in the GeoJSON `crs` member.
    pub declared_crs: Option<String>,
    /// How text was decoded, for example `UTF-8`, `GB18030`; `None` where the format fixes it.
    pub encoding: Option<String>,
    /// The layer or worksheet that is read, where the file has several.
    pub layer: Option<String>,
    /// Columns in the order of the file.
    pub columns: Vec<Column>,
    /// Number of data rows where it is known beforehand, for progress bars.
    pub rows_hint: Option<u64>,
    /// What was noticed about the file as a whole.
    pub notes: Vec<Problem>,
    /// The rows.
    pub rows: Rows,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("format", &self.format)
            .field("declared_crs", &self.declared_crs)
            .field("encoding", &self.encoding)
            .field("layer", &self.layer)
            .field("columns", &self.columns)
            .field("rows_hint", &self.rows_hint)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

impl Opened {
    /// The column taken for a field.
    pub fn column_of(&self, field: Field) -> Option<&str> {
        self.columns
            .iter()
            .find(|c| c.matched == Some(field))
            .map(|c| c.name.as_str())
    }
}

/// What the user chose before reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadOptions {
    /// What the rows are: decides how headers are understood.
    pub kind: ImportKind,
    /// Which worksheet, or which shapefile of an archive (name without `.shp`).
    #[serde(default)]
    pub layer: Option<String>,
    /// Columns matched by hand, header → field; they win over recognition. `None` for a header
    /// means that it is to be ignored.
    #[serde(default)]
    pub mapping: BTreeMap<String, Option<Field>>,
    /// Encoding of text chosen by hand, for example `gbk`, `utf-8`.
    #[serde(default)]
    pub encoding: Option<String>,
}

impl ReadOptions {
    /// Everything recognised by itself.
    pub fn new(kind: ImportKind) -> Self {
        Self {
            kind,
            layer: None,
            mapping: BTreeMap::new(),
            encoding: None,
        }
    }
}
