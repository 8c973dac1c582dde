//! Tables (CSV and worksheets): where the header is, and rows with a position.
//!
//! Titles above the header and headers of two levels are recognised by the headers that are known.
//! Invariant: row numbers count physical rows behind the header, blank ones too, so that a person
//! finds them.

use std::collections::BTreeMap;

use geo_types::{Geometry, Point};

use super::columns::{match_columns, match_header, normalise_header};
use super::error::FormatError;
use super::feature::{Column, Format, Opened, RawFeature, ReadOptions, Value};
use super::fields::Field;
use super::limits::HEADER_SEARCH_ROWS;
use super::text_encoding::{garbled_warning, looks_garbled};
use super::values::{coordinate, normalise_text, says_unknown};
use super::wkt::read_wkt;
use crate::domain::{ImportKind, Problem, Severity};

/// A physical row: its index from 0, and its cells from the first column.
pub(crate) type PhysicalRow = (u64, Vec<Value>);

/// Rows looked at before the first is given out (header, samples).
pub(crate) const HEAD_ROWS: usize = 200;

/// A table of which the first rows are at hand.
pub(crate) struct RawTable {
    pub(crate) format: Format,
    pub(crate) encoding: Option<String>,
    pub(crate) layer: Option<String>,
    /// The first rows, at most [`HEAD_ROWS`].
    pub(crate) head: Vec<PhysicalRow>,
    /// The rows behind them; `Err` ends the file.
    pub(crate) rest: Box<dyn Iterator<Item = Result<PhysicalRow, Problem>> + Send>,
    /// Physical rows of the file, where known.
    pub(crate) rows: Option<u64>,
    pub(crate) notes: Vec<Problem>,
}

impl RawTable {
    /// Finds the header and matches the columns.
    pub(crate) fn open(self, options: &ReadOptions) -> Result<Opened, FormatError> {
        let Self {
            format,
            encoding,
            layer,
            head,
            rest,
            rows,
            mut notes,
        } = self;
        let header = Header::find(&head, options.kind, &options.mapping)?;
        let mut columns: Vec<Column> = header.names.iter().map(|name| Column::new(name)).collect();
        let data = head
            .iter()
            .filter(|(index, _)| *index >= header.first_data_row);
        for (_, cells) in data {
            for (column, cell) in columns.iter_mut().zip(cells) {
                column.sample(cell);
            }
        }
        let samples = columns
            .iter()
            .flat_map(|c| std::iter::once(&c.name).chain(&c.samples));
        notes.extend(
            samples
                .into_iter()
                .find(|text| looks_garbled(text))
                .map(|text| garbled_warning(text)),
        );
        notes.extend(match_columns(options.kind, &mut columns, &options.mapping));
        if columns.iter().all(|c| c.matched.is_none()) {
            notes.push(
                Problem::new(
                    Severity::Warning,
                    "header_not_recognised",
                    "没有认出任何列名，已把第一行文字当作表头，请手工匹配各列",
                    "no header was recognised; the first row of text was taken as header, match the columns by hand",
                )
                .at_field("", &header.names.join(", ")),
            );
        }
        let rows_hint = rows.map(|rows| rows.saturating_sub(header.first_data_row));
        let position = PositionColumns::of(&columns);
        let first = header.first_data_row;
        let head = head
            .into_iter()
            .filter(move |(index, _)| *index >= first)
            .map(Ok);
        let rows = TableRows {
            source: Box::new(head.chain(rest)),
            names: header.names,
            position,
            first_data_row: first,
            ended: false,
        };
        Ok(Opened {
            format,
            declared_crs: None,
            encoding,
            layer,
            columns,
            rows_hint,
            notes,
            rows: Box::new(rows),
        })
    }
}

/// Names of the columns and the first row of data behind them.
struct Header {
    names: Vec<String>,
    first_data_row: u64,
}

impl Header {
    fn find(
        head: &[PhysicalRow],
        kind: ImportKind,
        mapping: &BTreeMap<String, Option<Field>>,
    ) -> Result<Self, FormatError> {
        let known = |name: &str| {
            mapping
                .keys()
                .any(|header| normalise_header(header) == normalise_header(name))
                || match_header(kind, name).is_some()
        };
        let score = |names: &[String]| names.iter().filter(|name| known(name)).count();
        // (score, names, last row of the header); an earlier and simpler header wins ties.
        let mut best: Option<(usize, Vec<String>, u64)> = None;
        let mut consider = |names: Vec<String>, last: u64| {
            let score = score(&names);
            if score > best.as_ref().map_or(0, |(best, ..)| *best) {
                best = Some((score, names, last));
            }
        };
        let searched = &head[..head.len().min(HEADER_SEARCH_ROWS)];
        for (index, cells) in searched {
            consider(texts(cells), *index);
        }
        // Two levels only where they say more than one: a title above a header is not a level.
        for pair in searched.windows(2) {
            if let Some(names) = two_levels(&pair[0].1, &pair[1].1) {
                consider(names, pair[1].0);
            }
        }
        let (_, names, last) = match best {
            Some(best) => best,
            None => Self::unknown(searched)?,
        };
        Ok(Self {
            names: distinct(names),
            first_data_row: last + 1,
        })
    }

    /// The first row that is all text and not a title.
    fn unknown(searched: &[PhysicalRow]) -> Result<(usize, Vec<String>, u64), FormatError> {
        let width = searched
            .iter()
            .map(|(_, cells)| filled(cells))
            .max()
            .unwrap_or(0);
        searched
            .iter()
            .find(|(_, cells)| {
                filled(cells) >= width.min(2) && filled(cells) > 0 && !cells.iter().any(is_numeric)
            })
            .map(|(index, cells)| (0, texts(cells), *index))
            .ok_or_else(|| {
                FormatError::refused(
                    "header_missing",
                    "没有找到表头：请在数据上方加一行列名（如 小区名称、总户数），取消合并单元格后再上传",
                    "no header was found: put a row of column names above the data and unmerge its cells",
                )
            })
    }
}

fn filled(cells: &[Value]) -> usize {
    cells.iter().filter(|cell| !cell.is_blank()).count()
}

fn is_numeric(cell: &Value) -> bool {
    match cell {
        Value::Number(_) => true,
        Value::Text(text) => text.trim().parse::<f64>().is_ok(),
        _ => false,
    }
}

fn texts(cells: &[Value]) -> Vec<String> {
    cells.iter().map(|cell| one_line(&cell.text())).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names of a header of two rows, where cells of the upper one are merged over several columns.
fn two_levels(upper: &[Value], lower: &[Value]) -> Option<Vec<String>> {
    if filled(lower) == 0 || upper.iter().chain(lower).any(is_numeric) {
        return None;
    }
    let (upper, lower) = (texts(upper), texts(lower));
    let mut group = "";
    let mut names = Vec::new();
    let mut spread = false;
    for column in 0..upper.len().max(lower.len()) {
        let top = upper.get(column).map_or("", String::as_str);
        let sub = lower.get(column).map_or("", String::as_str);
        if !top.is_empty() {
            group = top;
        }
        names.push(match (top, sub) {
            ("", "") => String::new(),
            (_, "") => top.to_owned(),
            ("", _) if group.is_empty() => sub.to_owned(),
            _ => {
                spread |= top.is_empty();
                format!("{group}/{sub}")
            }
        });
    }
    spread.then_some(names)
}

/// Gives blank headers the letter of their column and repeated ones a number.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    names
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let name = if name.is_empty() {
                format!("列{}", column_letters(i))
            } else {
                name
            };
            let n = seen.entry(name.clone()).or_default();
            *n += 1;
            if *n == 1 { name } else { format!("{name}#{n}") }
        })
        .collect()
}

/// `A`, `B` … `Z`, `AA`: what spreadsheets call a column.
fn column_letters(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (index % 26) as u8));
        if index < 26 {
            break;
        }
        index = index / 26 - 1;
    }
    letters.iter().rev().collect()
}

/// Which columns make the position of a row.
#[derive(Clone, Copy, Default)]
struct PositionColumns {
    lon: Option<usize>,
    lat: Option<usize>,
    both: Option<usize>,
    wkt: Option<usize>,
}

impl PositionColumns {
    fn of(columns: &[Column]) -> Self {
        let find = |field| columns.iter().position(|c| c.matched == Some(field));
        Self {
            lon: find(Field::Lon),
            lat: find(Field::Lat),
            both: find(Field::Position),
            wkt: find(Field::Wkt),
        }
    }
}

struct TableRows {
    source: Box<dyn Iterator<Item = Result<PhysicalRow, Problem>> + Send>,
    names: Vec<String>,
    position: PositionColumns,
    first_data_row: u64,
    ended: bool,
}

impl Iterator for TableRows {
    type Item = Result<RawFeature, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.source.next()? {
                Ok((_, cells)) if filled(&cells) == 0 => {}
                Ok((index, cells)) => {
                    let row = index + 1 - self.first_data_row;
                    return Some(
                        self.feature(row, cells)
                            .map_err(|problem| problem.at_row(row)),
                    );
                }
                Err(problem) => {
                    self.ended = true;
                    return Some(Err(problem));
                }
            }
        }
        None
    }
}

impl TableRows {
    fn feature(&self, row: u64, mut cells: Vec<Value>) -> Result<RawFeature, Problem> {
        if let Some(word) = cells
            .iter()
            .find(|c| !c.is_blank())
            .filter(|c| is_total(&c.text()))
        {
            return Err(Problem::new(
                Severity::Refused,
                "total_row",
                "合计行，不是数据，已跳过",
                "a row of totals, not data; left out",
            )
            .at_field(self.names.first().map_or("", String::as_str), &word.text()));
        }
        if cells
            .iter()
            .zip(&self.names)
            .filter(|(c, n)| one_line(&c.text()) == **n)
            .count()
            >= 2
        {
            return Err(Problem::new(
                Severity::Note,
                "header_repeated",
                "重复的表头，已跳过",
                "the header again; left out",
            ));
        }
        let mut problems = Vec::new();
        if cells
            .iter()
            .skip(self.names.len())
            .any(|cell| !cell.is_blank())
        {
            problems.push(
                Problem::new(
                    Severity::Warning,
                    "row_has_extra_cells",
                    "本行单元格多于表头，多出的已忽略（值里可能有未加引号的分隔符）",
                    "the row has more cells than the header; the extra ones were ignored (an unquoted delimiter?)",
                )
                .at_row(row)
                .at_field("", &cells[self.names.len()].text()),
            );
        }
        cells.resize(self.names.len(), Value::Null);
        for (cell, name) in cells.iter_mut().zip(&self.names) {
            if is_formula_error(&cell.text()) {
                problems.push(
                    Problem::new(
                        Severity::Warning,
                        "formula_error",
                        "公式结果出错，按“未知”处理；请在表格中改正",
                        "the formula failed; taken as unknown, mend it in the spreadsheet",
                    )
                    .at_row(row)
                    .at_field(name, &cell.text()),
                );
                *cell = Value::Null;
            }
        }
        let geometry = self.geometry(row, &cells, &mut problems)?;
        let properties = self.names.iter().cloned().zip(cells).collect();
        Ok(RawFeature {
            row,
            geometry,
            properties,
            problems,
        })
    }

    fn geometry(
        &self,
        row: u64,
        cells: &[Value],
        problems: &mut Vec<Problem>,
    ) -> Result<Option<Geometry<f64>>, Problem> {
        let at = &self.position;
        let text = |column: usize| {
            cells
                .get(column)
                .map(|cell| cell.text())
                .unwrap_or_default()
        };
        if let Some(column) = at.wkt {
            let wkt = text(column);
            if !says_unknown(&wkt) {
                return read_wkt(&wkt).map(Some).ok_or_else(|| {
                    Problem::new(
                        Severity::Refused,
                        "wkt_unreadable",
                        "几何文字（WKT）无法识别",
                        "the well-known text cannot be read",
                    )
                    .at_field(&self.names[column], &wkt)
                });
            }
        }
        let (x, y, field) = if let (Some(lon), Some(lat)) = (at.lon, at.lat) {
            (
                self.number(lon, &text(lon))?,
                self.number(lat, &text(lat))?,
                lon,
            )
        } else if let Some(column) = at.both {
            let both = normalise_text(&text(column));
            if says_unknown(&both) {
                return Ok(None);
            }
            let mut parts = both
                .split([',', ';', ' ', '|'])
                .filter(|part| !part.is_empty());
            let (x, y) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            (self.number(column, x)?, self.number(column, y)?, column)
        } else {
            return Ok(None);
        };
        match (x, y) {
            (Some(x), Some(y)) if x == 0.0 && y == 0.0 => {
                problems.push(
                    Problem::new(
                        Severity::Warning,
                        "coordinate_zero",
                        "坐标为 0,0，视为没有坐标",
                        "the coordinates are 0,0; taken as no position",
                    )
                    .at_row(row)
                    .at_field(&self.names[field], "0,0"),
                );
                Ok(None)
            }
            (Some(x), Some(y)) => Ok(Some(Point::new(x, y).into())),
            (None, None) => Ok(None),
            _ => {
                problems.push(
                    Problem::new(
                        Severity::Warning,
                        "coordinate_half",
                        "只有一个坐标，视为没有坐标",
                        "only one coordinate is given; taken as no position",
                    )
                    .at_row(row)
                    .at_field(&self.names[field], &text(field)),
                );
                Ok(None)
            }
        }
    }

    fn number(&self, column: usize, text: &str) -> Result<Option<f64>, Problem> {
        let parsed = coordinate(text);
        match parsed.problem {
            Some(problem) => Err(problem.at_field(&self.names[column], text)),
            None => Ok(parsed.value),
        }
    }
}

fn is_total(text: &str) -> bool {
    let text: String = normalise_text(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    matches!(
        text.trim_end_matches(':').to_lowercase().as_str(),
        "合计" | "总计" | "小计" | "共计" | "累计" | "total" | "sum" | "subtotal" | "grandtotal"
    )
}

fn is_formula_error(text: &str) -> bool {
    matches!(
        text,
        "#DIV/0!"
            | "#N/A"
            | "#NAME?"
            | "#NULL!"
            | "#NUM!"
            | "#REF!"
            | "#VALUE!"
            | "#DATA!"
            | "#GETTING_DATA"
            | "#SPILL!"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<Value> {
        cells
            .iter()
            .map(|c| {
                if c.is_empty() {
                    Value::Null
                } else {
                    Value::Text((*c).to_owned())
                }
            })
            .collect()
    }

    fn open(rows: &[&[&str]]) -> Result<Opened, FormatError> {
        let head = rows
            .iter()
            .enumerate()
            .map(|(i, cells)| (i as u64, row(cells)))
            .collect();
        RawTable {
            format: Format::Xlsx,
            encoding: None,
            layer: None,
            head,
            rest: Box::new(std::iter::empty()),
            rows: Some(rows.len() as u64),
            notes: Vec::new(),
        }
        .open(&ReadOptions::new(ImportKind::Compounds))
    }

    fn names(opened: &Opened) -> Vec<&str> {
        opened.columns.iter().map(|c| c.name.as_str()).collect()
    }

    #[test]
    fn titles_above_the_header_are_passed_over_and_rows_counted_behind_it() {
        let opened = open(&[
            &["示例街道小区台账"],
            &["填报日期：2023年1月5日", "", "单位：户"],
            &["序号", "小区名称", "总户数（户）"],
            &["1", "示例甲01", "120"],
            &["", "", ""],
            &["2", "示例甲02", "#REF!"],
            &["合计", "", "120"],
        ])
        .unwrap();
        assert_eq!(names(&opened), ["序号", "小区名称", "总户数（户）"]);
        assert_eq!(opened.rows_hint, Some(4));
        let rows: Vec<_> = opened.rows.collect();
        assert_eq!(rows[0].as_ref().unwrap().row, 1);
        let second = rows[1].as_ref().unwrap();
        assert_eq!(
            (second.row, second.problems[0].code.as_str()),
            (3, "formula_error")
        );
        assert_eq!(rows[2].as_ref().unwrap_err().code, "total_row");
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn headers_of_two_levels_are_joined() {
        let opened = open(&[
            &["小区台账"],
            &["小区名称", "户数", "", "坐标", ""],
            &["", "户籍户数", "常住户数", "经度", "纬度"],
            &["示例甲01", "100", "120", "117.2", "31.8"],
        ])
        .unwrap();
        assert_eq!(
            names(&opened),
            [
                "小区名称",
                "户数/户籍户数",
                "户数/常住户数",
                "坐标/经度",
                "坐标/纬度"
            ]
        );
        assert_eq!(opened.column_of(Field::Households), Some("户数/户籍户数"));
        let first = opened.rows.map(Result::unwrap).next().unwrap();
        assert_eq!(first.geometry, Some(Point::new(117.2, 31.8).into()));
    }

    #[test]
    fn a_table_without_header_is_refused_and_unknown_headers_are_reported() {
        assert_eq!(
            open(&[&["1", "2"], &["3", "4"]]).unwrap_err().code(),
            "header_missing"
        );
        let opened = open(&[&["甲", "乙"], &["3", "4"]]).unwrap();
        assert_eq!(opened.notes[0].code, "header_not_recognised");
        assert_eq!(names(&opened), ["甲", "乙"]);
    }

    #[test]
    fn positions_are_refused_missing_or_made_with_reasons() {
        let opened = open(&[
            &["小区名称", "经度", "纬度"],
            &["a", "117.2", "31.8"],
            &["b", "", ""],
            &["c", "NaN", "31.8"],
            &["d", "x", "31.8"],
            &["e", "0", "0"],
            &["f", "117.2", "-"],
            &["g", "暂无信息", "暂无信息"],
        ])
        .unwrap();
        let outcome: Vec<String> = opened
            .rows
            .map(|row| match row {
                Ok(f) if f.geometry.is_some() => "point".to_owned(),
                Ok(f) => f
                    .problems
                    .first()
                    .map_or("none".to_owned(), |p| p.code.clone()),
                Err(p) => p.code,
            })
            .collect();
        assert_eq!(
            outcome,
            [
                "point",
                "none",
                "coordinate_not_finite",
                "coordinate_unreadable",
                "coordinate_zero",
                "coordinate_half",
                "none"
            ]
        );
    }

    #[test]
    fn blank_and_repeated_headers_get_names_of_their_own() {
        let opened = open(&[&["小区名称", "", "户数", "户数"], &["a", "b", "1", "2"]]).unwrap();
        assert_eq!(names(&opened), ["小区名称", "列B", "户数", "户数#2"]);
        assert_eq!(column_letters(27), "AB");
    }
}
