//! Excel workbooks, new (`.xlsx`) and old (`.xls`): one worksheet as a table.
//!
//! Cells are taken one by one within limits, never as a dense grid: a cell in the last corner of
//! a sheet costs nothing. Invariant: a merged cell holding text gives it to every row that it
//! covers; a merged number stays in its first row, so that nothing is counted twice.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Data, DataRef, DataType, Dimensions, Reader, SheetVisible, Xls, Xlsx};

use super::archive::Archive;
use super::error::FormatError;
use super::feature::{Format, Opened, ReadOptions, Value};
use super::limits::{
    MAX_COLUMNS, MAX_SHARED_STRINGS_BYTES, MAX_SHEET_CELLS, MAX_SHEET_TEXT_BYTES,
    MAX_UNZIPPED_BYTES, MAX_XLS_BYTES,
};
use super::table::{HEAD_ROWS, PhysicalRow, RawTable};
use crate::domain::{Problem, Severity};

/// Longest piece of XML between two `<`; a cell holds at most 32,767 characters.
const MAX_XML_PIECE: usize = 1 << 20;

/// Opens a new workbook. Its parts are measured first, since they are loaded whole.
pub(crate) fn open_xlsx(
    mut archive: Archive,
    path: &Path,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    measure(&mut archive)?;
    let file = File::open(path).map_err(|e| FormatError::io("open", e))?;
    guarded(|| {
        let mut book: Xlsx<_> =
            Xlsx::new(BufReader::new(file)).map_err(|e| broken(&e.to_string()))?;
        let names = visible(book.sheets_metadata());
        pick(&names, options, |name| {
            let mut cells = Cells::default();
            let Ok(mut reader) = book.worksheet_cells_reader(name) else {
                return Ok(cells);
            };
            while let Some(cell) = reader.next_cell().map_err(|e| broken(&e.to_string()))? {
                let (row, column) = cell.get_position();
                cells.push(row, column, value_ref(cell.get_value()))?;
            }
            drop(reader);
            if let Ok(merged) = book.merge_cells_by_sheet_name(name) {
                cells.merged = merged;
            }
            Ok(cells)
        })
    })
    .and_then(|sheet| sheet.open(options))
}

/// Names of the visible worksheets.
pub(crate) fn sheet_names(mut archive: Archive, path: &Path) -> Result<Vec<String>, FormatError> {
    measure(&mut archive)?;
    let file = File::open(path).map_err(|e| FormatError::io("open", e))?;
    guarded(|| {
        let book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(|e| broken(&e.to_string()))?;
        Ok(visible(book.sheets_metadata()))
    })
}

/// Unpacks every part once, into nothing, to see that none is a bomb.
fn measure(archive: &mut Archive) -> Result<(), FormatError> {
    for entry in archive.entries().to_vec() {
        let sheet = entry.name.starts_with("xl/worksheets/");
        let limit = if sheet {
            MAX_UNZIPPED_BYTES
        } else {
            MAX_SHARED_STRINGS_BYTES
        };
        let xml = sheet || entry.name.to_ascii_lowercase().ends_with(".xml");
        let mut pieces = Pieces {
            longest_allowed: if xml { MAX_XML_PIECE } else { usize::MAX },
            current: 0,
        };
        archive
            .unpack(&entry, limit, &mut pieces)
            .map_err(|error| match error {
                FormatError::Io { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                    too_large()
                }
                other => other,
            })?;
    }
    Ok(())
}

/// Opens an old workbook, which is held in memory and therefore limited in size.
pub(crate) fn open_xls(
    path: &Path,
    size: u64,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    if size > MAX_XLS_BYTES {
        return Err(FormatError::refused(
            "xls_too_large",
            format!(
                ".xls 超过 {} MB，请另存为 .xlsx 或 .csv",
                MAX_XLS_BYTES >> 20
            ),
            format!(
                "the .xls is larger than {} MB; save it as .xlsx or .csv",
                MAX_XLS_BYTES >> 20
            ),
        ));
    }
    let file = File::open(path).map_err(|e| FormatError::io("open", e))?;
    guarded(|| {
        let mut book: Xls<_> =
            Xls::new(BufReader::new(file)).map_err(|e| broken(&e.to_string()))?;
        let names = visible(book.sheets_metadata());
        pick(&names, options, |name| {
            let mut cells = Cells::default();
            let Ok(range) = book.worksheet_range(name) else {
                return Ok(cells);
            };
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                cells.push(top + row as u32, left + column as u32, value_of(value))?;
            }
            cells.merged = book.merge_cells_by_sheet_name(name).unwrap_or_default();
            Ok(cells)
        })
    })
    .and_then(|sheet| sheet.open(options))
}

/// Counts how far apart the `<` of an XML text are.
struct Pieces {
    longest_allowed: usize,
    current: usize,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for piece in bytes.split_inclusive(|b| *b == b'<') {
            self.current += piece.len();
            if self.current > self.longest_allowed {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "piece too long"));
            }
            if piece.ends_with(b"<") {
                self.current = 0;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A damaged workbook may make the library that reads it panic; that is the file's fault.
fn guarded<T>(read: impl FnOnce() -> Result<T, FormatError>) -> Result<T, FormatError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(broken("")))
}

fn broken(what: &str) -> FormatError {
    if what.to_lowercase().contains("password") {
        return FormatError::refused(
            "workbook_encrypted",
            "工作簿有密码，请去掉密码后再上传",
            "the workbook has a password; remove it",
        );
    }
    FormatError::refused(
        "workbook_broken",
        format!("工作簿已损坏，无法读取（{what}）；请用表格软件打开后另存"),
        format!(
            "the workbook is damaged and cannot be read ({what}); open and save it again in a spreadsheet"
        ),
    )
}

fn too_large() -> FormatError {
    FormatError::refused(
        "sheet_too_large",
        format!("工作表过大（上限 {MAX_SHEET_CELLS} 个单元格），请另存为 CSV 再导入"),
        format!("the worksheet is too large (at most {MAX_SHEET_CELLS} cells); save it as CSV"),
    )
}

fn visible(sheets: &[calamine::Sheet]) -> Vec<String> {
    let shown = sheets.iter().filter(|s| s.visible == SheetVisible::Visible);
    shown.map(|s| s.name.clone()).collect()
}

/// The worksheet that was asked for, else the first one that is not empty.
fn pick(
    names: &[String],
    options: &ReadOptions,
    mut read: impl FnMut(&str) -> Result<Cells, FormatError>,
) -> Result<Sheet, FormatError> {
    if let Some(layer) = &options.layer
        && !names.contains(layer)
    {
        let listed = names.join("、");
        return Err(FormatError::refused(
            "layer_unknown",
            format!("没有名为“{layer}”的工作表，可选：{listed}"),
            format!("there is no worksheet “{layer}”; there are: {listed}"),
        ));
    }
    let mut chosen: Option<(String, Cells)> = None;
    let mut others = Vec::new();
    for name in names
        .iter()
        .filter(|n| options.layer.as_ref().is_none_or(|layer| layer == *n))
    {
        if chosen.is_some() {
            others.push(name.clone());
            continue;
        }
        let cells = read(name)?;
        if cells.list.iter().any(|(_, _, value)| !value.is_blank()) {
            chosen = Some((name.clone(), cells));
        }
    }
    let (name, cells) = chosen.ok_or_else(super::open::empty_file)?;
    Ok(Sheet {
        name,
        cells,
        others,
    })
}

struct Sheet {
    name: String,
    cells: Cells,
    others: Vec<String>,
}

#[derive(Default)]
struct Cells {
    /// Row, column, value; in any order until [`Cells::rows`].
    list: Vec<(u32, u32, Value)>,
    text_bytes: usize,
    too_wide: bool,
    merged: Vec<Dimensions>,
}

impl Cells {
    fn push(&mut self, row: u32, column: u32, value: Value) -> Result<(), FormatError> {
        if value == Value::Null {
            return Ok(());
        }
        if column as usize >= MAX_COLUMNS {
            self.too_wide = true;
            return Ok(());
        }
        self.text_bytes += value.text().len();
        if self.list.len() >= MAX_SHEET_CELLS || self.text_bytes > MAX_SHEET_TEXT_BYTES {
            return Err(too_large());
        }
        self.list.push((row, column, value));
        Ok(())
    }

    /// Text of merged cells in every row that they cover.
    fn spread_merged(&mut self, first_row: u32) -> Result<Vec<Problem>, FormatError> {
        let mut problems = Vec::new();
        let last_row = self.list.iter().map(|(row, ..)| *row).max().unwrap_or(0);
        let mut added = Vec::new();
        let mut merged = std::mem::take(&mut self.merged);
        merged.retain(|area| area.start.0 >= first_row && area.end.0 > area.start.0);
        for area in merged {
            let found = self
                .list
                .binary_search_by_key(&area.start, |(row, column, _)| (*row, *column));
            let Ok(index) = found else { continue };
            let value = self.list[index].2.clone();
            if matches!(value, Value::Number(_)) {
                problems.push(
                    Problem::new(
                        Severity::Warning,
                        "merged_number",
                        "数字单元格跨行合并，只计入首行；请取消合并后逐行填写",
                        "a number is merged over several rows and counts for the first only; unmerge it",
                    )
                    .at_field(&format!("{}", area.start.0 + 1), &value.text()),
                );
                continue;
            }
            for row in area.start.0 + 1..=area.end.0.min(last_row) {
                self.text_bytes += value.text().len();
                if self.list.len() + added.len() >= MAX_SHEET_CELLS
                    || self.text_bytes > MAX_SHEET_TEXT_BYTES
                {
                    return Err(too_large());
                }
                added.push((row, area.start.1, value.clone()));
            }
        }
        self.list.extend(added);
        self.sort();
        Ok(problems)
    }

    fn sort(&mut self) {
        self.list.sort_by_key(|(row, column, _)| (*row, *column));
        self.list.dedup_by_key(|(row, column, _)| (*row, *column));
    }
}

/// Cells in order, row by row.
struct SheetRows {
    cells: std::iter::Peekable<std::vec::IntoIter<(u32, u32, Value)>>,
}

impl Iterator for SheetRows {
    type Item = PhysicalRow;

    fn next(&mut self) -> Option<PhysicalRow> {
        let row = self.cells.peek()?.0;
        let mut values = Vec::new();
        while let Some((_, column, value)) = self.cells.next_if(|(r, ..)| *r == row) {
            values.resize(column as usize, Value::Null);
            values.push(value);
        }
        Some((u64::from(row), values))
    }
}

impl Sheet {
    fn open(mut self, options: &ReadOptions) -> Result<Opened, FormatError> {
        let mut notes = Vec::new();
        if !self.others.is_empty() {
            let others = self.others.join("、");
            notes.push(Problem::new(
                Severity::Note,
                "other_sheets",
                format!("读取工作表“{}”；其余未读：{others}", self.name),
                format!("worksheet “{}” is read; not read: {others}", self.name),
            ));
        }
        if self.cells.too_wide {
            notes.push(super::open::too_many_columns());
        }
        self.cells.sort();
        // Merged cells of titles and headers are not spread: two-level headers rely on the gaps.
        let first_data = first_row_with_numbers(&self.cells.list);
        notes.extend(self.cells.spread_merged(first_data)?);
        let last = self.cells.list.last().map_or(0, |(row, ..)| *row);
        let mut rows = SheetRows {
            cells: self.cells.list.into_iter().peekable(),
        };
        let head: Vec<_> = rows.by_ref().take(HEAD_ROWS).collect();
        RawTable {
            format: Format::Xlsx,
            encoding: None,
            layer: Some(self.name),
            head,
            rest: Box::new(rows.map(Ok)),
            rows: Some(u64::from(last) + 1),
            notes,
        }
        .open(options)
    }
}

/// The first row that holds a number: data, since headers are text.
fn first_row_with_numbers(cells: &[(u32, u32, Value)]) -> u32 {
    let is_number = |value: &Value| {
        matches!(value, Value::Number(_)) || value.text().trim().parse::<f64>().is_ok()
    };
    cells
        .iter()
        .find(|(_, _, value)| is_number(value))
        .map_or(2, |(row, ..)| *row)
}

fn value_ref(data: &DataRef) -> Value {
    match data {
        DataRef::SharedString(text) => text_value(text),
        other => value_of(&Data::from(other.clone())),
    }
}

fn text_value(text: &str) -> Value {
    if text.trim().is_empty() {
        Value::Null
    } else {
        Value::Text(text.to_owned())
    }
}

fn value_of(data: &Data) -> Value {
    match data {
        Data::Empty => Value::Null,
        Data::Int(n) => Value::Number(n.to_string()),
        Data::Float(n) if !n.is_finite() => Value::Null,
        Data::Float(n) if n.abs() >= 1e16 => Value::Number(format!("{n:e}")),
        Data::Float(n) => Value::Number(n.to_string()),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text_value(text),
        Data::Bool(b) => Value::Bool(*b),
        Data::Error(error) => Value::Text(error.to_string()),
        Data::DateTime(when) if when.is_datetime() => match data.as_datetime() {
            Some(t) if t.time() == chrono::NaiveTime::MIN => {
                Value::Text(t.format("%Y-%m-%d").to_string())
            }
            Some(t) => Value::Text(t.format("%Y-%m-%d %H:%M:%S").to_string()),
            None => Value::Number(when.as_f64().to_string()),
        },
        Data::DateTime(when) => Value::Number(when.as_f64().to_string()),
    }
}
