//! Tables written for people: CSV and XLSX that Excel opens right.
//!
//! Not for geometry (see `geojson_writer`) nor for print. Invariant: no cell that came from a user
//! is ever a formula, and a table of synthetic data says so in its first row.

use std::io::Write;

use rust_xlsxwriter::{Format as CellFormat, Workbook, XlsxError};

use super::error::FormatError;

/// The words on exports of synthetic data.
pub const SYNTHETIC_NOTE: &str = "合成数据 synthetic data";

/// What a column holds; decides alignment and number format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellKind {
    /// Words, codes, telephone numbers.
    Text,
    /// Whole numbers with thousands separators.
    Integer,
    /// Numbers with two decimals.
    Decimal,
    /// Ratios: 0.452 is shown as 45.2 %.
    Percent,
    /// Days, given as text `2023-01-05`.
    Date,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Unknown: an empty cell, never 0.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any other number; a value that is not finite becomes an empty cell.
    Number(f64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl From<i64> for Cell {
    fn from(n: i64) -> Self {
        Self::Integer(n)
    }
}

impl From<u32> for Cell {
    fn from(n: u32) -> Self {
        Self::Integer(i64::from(n))
    }
}

impl From<f64> for Cell {
    fn from(n: f64) -> Self {
        Self::Number(n)
    }
}

/// A column of a table to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumn {
    /// Header.
    pub title: String,
    /// What it holds.
    pub kind: CellKind,
}

impl TableColumn {
    /// A column.
    pub fn new(title: impl Into<String>, kind: CellKind) -> Self {
        Self {
            title: title.into(),
            kind,
        }
    }
}

/// A table to be written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Title, also the name of the worksheet.
    pub title: String,
    /// Rows of text above the header: sources, as-of dates, what is estimated.
    pub notes: Vec<String>,
    /// Whether the data are synthetic: adds [`SYNTHETIC_NOTE`] as the first note.
    pub synthetic: bool,
    /// Columns.
    pub columns: Vec<TableColumn>,
    /// Rows; missing cells at the end of a row are empty.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    fn notes(&self) -> impl Iterator<Item = &str> {
        let mark = self.synthetic.then_some(SYNTHETIC_NOTE);
        mark.into_iter()
            .chain(self.notes.iter().map(String::as_str))
    }
}

/// Writes CSV: UTF-8 with a byte order mark (Excel needs it), CRLF, cells that a spreadsheet would
/// take for a formula prefixed with `'`. Notes come first, one per row.
pub fn write_csv(table: &Table, target: impl Write) -> Result<(), FormatError> {
    let mut target = target;
    let failed = |e: csv::Error| FormatError::io("write csv", e.into());
    target
        .write_all(b"\xef\xbb\xbf")
        .map_err(|e| FormatError::io("write csv", e))?;
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer(target);
    for note in table.notes() {
        writer.write_record([safe_text(note)]).map_err(failed)?;
    }
    writer
        .write_record(table.columns.iter().map(|c| safe_text(&c.title)))
        .map_err(failed)?;
    for row in &table.rows {
        let width = table.columns.len().max(row.len());
        let cells = (0..width).map(|i| row.get(i).map_or(String::new(), csv_cell));
        writer.write_record(cells).map_err(failed)?;
    }
    writer.flush().map_err(|e| FormatError::io("write csv", e))
}

fn csv_cell(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => safe_text(text),
        Cell::Integer(n) => n.to_string(),
        Cell::Number(n) if n.is_finite() => n.to_string(),
        Cell::Empty | Cell::Number(_) => String::new(),
    }
}

/// Guards against formula injection: text that begins with `=`, `+`, `-`, `@`, tab or a line
/// break gets a leading `'` (OWASP, CSV injection). A lone dash is left alone.
fn safe_text(text: &str) -> String {
    let dangerous =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if dangerous && text.chars().count() > 1 {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Longest text of an Excel cell, in characters.
const MAX_CELL_CHARS: usize = 32_767;

/// Writes an Excel workbook with one worksheet: notes, a bold header that stays in view, numbers
/// as numbers, columns as wide as their content.
pub fn write_xlsx(
    table: &Table,
    target: impl Write + std::io::Seek + Send,
) -> Result<(), FormatError> {
    build(table)
        .and_then(|mut book| book.save_to_writer(target))
        .map_err(|e| FormatError::io("write xlsx", std::io::Error::other(e)))
}

fn build(table: &Table) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name(sheet_name(&table.title))?;
    let note_format = CellFormat::new().set_italic();
    let header_format = CellFormat::new().set_bold().set_text_wrap();
    let mut row = 0;
    for note in table.notes() {
        sheet.write_string_with_format(row, 0, cut(note), &note_format)?;
        row += 1;
    }
    let formats: Vec<CellFormat> = table
        .columns
        .iter()
        .map(|c| number_format(c.kind))
        .collect();
    for (i, column) in table.columns.iter().enumerate() {
        sheet.write_string_with_format(row, i as u16, cut(&column.title), &header_format)?;
        sheet.set_column_width(i as u16, width(table, i))?;
    }
    row += 1;
    sheet.set_freeze_panes(row, 0)?;
    let default = CellFormat::new();
    for cells in &table.rows {
        for (i, cell) in cells.iter().enumerate() {
            let format = formats.get(i).unwrap_or(&default);
            match cell {
                Cell::Text(text) => {
                    sheet.write_string_with_format(row, i as u16, cut(text), format)?;
                }
                Cell::Integer(n) => {
                    sheet.write_number_with_format(row, i as u16, *n as f64, format)?;
                }
                Cell::Number(n) if n.is_finite() => {
                    sheet.write_number_with_format(row, i as u16, *n, format)?;
                }
                Cell::Empty | Cell::Number(_) => {}
            }
        }
        row += 1;
    }
    Ok(book)
}

fn number_format(kind: CellKind) -> CellFormat {
    let format = CellFormat::new();
    match kind {
        CellKind::Text | CellKind::Date => format.set_num_format("@"),
        CellKind::Integer => format.set_num_format("#,##0"),
        CellKind::Decimal => format.set_num_format("#,##0.00"),
        CellKind::Percent => format.set_num_format("0.0%"),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_CELL_CHARS).collect()
}

/// Worksheet names have at most 31 characters, none of `[]:*?/\`, and no quote at either end.
fn sheet_name(title: &str) -> String {
    let clean: String = title
        .chars()
        .filter(|c| !"[]:*?/\\".contains(*c) && !c.is_control())
        .take(31)
        .collect();
    let clean = clean.trim_matches(['\'', ' ']);
    if clean.is_empty() {
        "Sheet1".to_owned()
    } else {
        clean.to_owned()
    }
}

/// Width in characters of the widest of the first rows; Chinese characters take two.
fn width(table: &Table, column: usize) -> f64 {
    let wide = |text: &str| {
        text.chars()
            .map(|c| if c.is_ascii() { 1 } else { 2 })
            .sum::<usize>()
    };
    let cells = table
        .rows
        .iter()
        .take(500)
        .filter_map(|row| row.get(column));
    let widest = cells
        .map(|cell| wide(&csv_cell(cell)))
        .chain([wide(&table.columns[column].title)])
        .max();
    (widest.unwrap_or(0).clamp(8, 48) + 2) as f64
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn table() -> Table {
        Table {
            title: "片区/清单*".to_owned(),
            notes: vec!["截至 2023-01-05".to_owned()],
            synthetic: true,
            columns: vec![
                TableColumn::new("名称", CellKind::Text),
                TableColumn::new("户数", CellKind::Integer),
                TableColumn::new("覆盖率", CellKind::Percent),
            ],
            rows: vec![
                vec![
                    "=HYPERLINK(\"http://x\")".into(),
                    1234_u32.into(),
                    0.452.into(),
                ],
                vec!["示例,\"甲\"01".into(), Cell::Empty, f64::NAN.into()],
                vec!["-".into()],
            ],
        }
    }

    #[test]
    fn csv_opens_in_excel_and_runs_no_formula() {
        let mut bytes = Vec::new();
        write_csv(&table(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(
            text,
            "\u{feff}合成数据 synthetic data\r\n截至 2023-01-05\r\n名称,户数,覆盖率\r\n\
             \"'=HYPERLINK(\"\"http://x\"\")\",1234,0.452\r\n\"示例,\"\"甲\"\"01\",,\r\n-,,\r\n"
        );
        for text in ["=1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1"] {
            assert!(safe_text(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(safe_text("示例甲01"), "示例甲01");
    }

    #[test]
    fn xlsx_has_numbers_as_numbers_and_text_as_text() {
        use calamine::{Data, Reader, Xlsx};
        let mut bytes = Cursor::new(Vec::new());
        write_xlsx(&table(), &mut bytes).unwrap();
        bytes.set_position(0);
        let mut book: Xlsx<_> = Xlsx::new(bytes).unwrap();
        assert_eq!(book.sheet_names(), ["片区清单"]);
        let range = book.worksheet_range("片区清单").unwrap();
        assert_eq!(
            range.get_value((0, 0)),
            Some(&Data::String(SYNTHETIC_NOTE.to_owned()))
        );
        assert_eq!(
            range.get_value((2, 1)),
            Some(&Data::String("户数".to_owned()))
        );
        assert_eq!(
            range.get_value((3, 0)),
            Some(&Data::String("=HYPERLINK(\"http://x\")".to_owned()))
        );
        assert_eq!(range.get_value((3, 1)), Some(&Data::Float(1234.0)));
        assert!(matches!(range.get_value((4, 1)), None | Some(Data::Empty)));
    }
}
