//! Text tables: delimiter found by looking, encoding by `text_encoding`.
//!
//! Invariant: one row is in memory at a time (beyond the first ones), and no row is longer than
//! `MAX_ROW_BYTES`, so that a quote that is never closed cannot swallow the file.

use std::io::{self, Read};

use super::error::FormatError;
use super::feature::{Format, Opened, ReadOptions, Value};
use super::limits::{MAX_COLUMNS, MAX_ROW_BYTES};
use super::table::{HEAD_ROWS, PhysicalRow, RawTable};
use super::text_encoding::{TextSource, Utf8Reader};
use crate::domain::{Problem, Severity};

/// Opens a text table whose encoding is known.
pub(crate) fn open(source: TextSource, options: &ReadOptions) -> Result<Opened, FormatError> {
    let io = |e| FormatError::io("open", e);
    let mut notes: Vec<Problem> = source.encoding.note().into_iter().collect();
    let (delimiter, lines) = survey(source.reader().map_err(io)?).map_err(io)?;
    let guarded = Guarded {
        source: source.reader().map_err(io)?,
        left: MAX_ROW_BYTES,
    };
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(guarded);
    let mut rows = CsvRows {
        reader,
        record: csv::StringRecord::new(),
        index: 0,
    };
    let mut head = Vec::new();
    while head.len() < HEAD_ROWS {
        match rows.next() {
            Some(Ok((_, cells))) if head.is_empty() && is_separator_line(&cells) => rows.index = 0,
            Some(Ok(row)) => head.push(row),
            Some(Err(problem)) => return Err(FormatError::Refused(Box::new(problem))),
            None => break,
        }
    }
    if head
        .iter()
        .all(|(_, cells)| cells.iter().all(Value::is_blank))
    {
        return Err(super::open::empty_file());
    }
    if head.iter().any(|(_, cells)| cells.len() >= MAX_COLUMNS) {
        notes.push(super::open::too_many_columns());
    }
    RawTable {
        format: Format::Csv,
        encoding: Some(source.encoding.label()),
        layer: None,
        head,
        rest: Box::new(rows),
        rows: Some(lines),
        notes,
    }
    .open(options)
}

/// Excel's first line `sep=;`.
fn is_separator_line(cells: &[Value]) -> bool {
    cells
        .first()
        .is_some_and(|cell| cell.text().to_ascii_lowercase().starts_with("sep="))
}

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// The delimiter and the number of lines.
fn survey(mut text: Utf8Reader) -> io::Result<(u8, u64)> {
    let mut lines = 0;
    let mut ends_with_break = true;
    let mut chunk = vec![0; 1 << 16];
    let mut delimiter = None;
    loop {
        let n = text.read(&mut chunk)?;
        if n == 0 {
            break;
        }
        delimiter.get_or_insert_with(|| likely_delimiter(&chunk[..n]));
        lines += chunk[..n]
            .iter()
            .map(|b| u64::from(*b == b'\n'))
            .sum::<u64>();
        ends_with_break = chunk[n - 1] == b'\n';
    }
    Ok((
        delimiter.unwrap_or(b','),
        lines + u64::from(!ends_with_break),
    ))
}

/// The delimiter that most of the first lines have, and equally often.
fn likely_delimiter(text: &[u8]) -> u8 {
    if let Some(rest) = text.strip_prefix(b"sep=")
        && let Some(delimiter) = rest.first().filter(|d| DELIMITERS.contains(d))
    {
        return *delimiter;
    }
    let mut quoted = false;
    let mut counts: Vec<[u32; 4]> = vec![[0; 4]];
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => {
                if counts.len() > 20 {
                    break;
                }
                counts.push([0; 4]);
            }
            byte if !quoted => {
                if let (Some(line), Some(i)) =
                    (counts.last_mut(), DELIMITERS.iter().position(|d| d == byte))
                {
                    line[i] += 1;
                }
            }
            _ => {}
        }
    }
    let score = |i: usize| {
        let most = counts.iter().map(|line| line[i]).max().unwrap_or(0);
        let agreeing = counts
            .iter()
            .filter(|line| most > 0 && line[i] == most)
            .count();
        (agreeing, most)
    };
    // Ties go to the first of the list.
    (0..DELIMITERS.len())
        .rev()
        .max_by_key(|i| score(*i))
        .map_or(b',', |i| DELIMITERS[i])
}

/// A reader that gives up when one row asks for too much.
struct Guarded {
    source: Utf8Reader,
    left: usize,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.source.read(buffer)?;
        self.left = self
            .left
            .checked_sub(n)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "row too long"))?;
        Ok(n)
    }
}

struct CsvRows {
    reader: csv::Reader<Guarded>,
    record: csv::StringRecord,
    index: u64,
}

impl Iterator for CsvRows {
    type Item = Result<PhysicalRow, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        self.reader.get_mut().left = MAX_ROW_BYTES;
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => {
                let cells = self.record.iter().take(MAX_COLUMNS).map(cell).collect();
                self.index += 1;
                Some(Ok((self.index - 1, cells)))
            }
            Err(error) => Some(Err(broken(&error, self.index + 1))),
        }
    }
}

fn cell(text: &str) -> Value {
    if text.trim().is_empty() {
        Value::Null
    } else {
        Value::Text(text.to_owned())
    }
}

fn broken(error: &csv::Error, line: u64) -> Problem {
    let too_long =
        matches!(error.kind(), csv::ErrorKind::Io(e) if e.kind() == io::ErrorKind::InvalidData);
    if too_long {
        Problem::new(
            Severity::Refused,
            "csv_row_too_long",
            format!(
                "第 {line} 行超过 {} MB，可能有引号没有闭合",
                MAX_ROW_BYTES >> 20
            ),
            format!(
                "row {line} is longer than {} MB; probably a quote is not closed",
                MAX_ROW_BYTES >> 20
            ),
        )
    } else {
        Problem::new(
            Severity::Refused,
            "csv_broken",
            format!("第 {line} 行无法读取：{error}"),
            format!("row {line} cannot be read: {error}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use encoding_rs::GB18030;

    use super::*;
    use crate::domain::ImportKind;

    fn open_bytes(bytes: &[u8]) -> Result<Opened, FormatError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        TextSource::new(file.path(), None)
            .and_then(|source| open(source, &ReadOptions::new(ImportKind::Compounds)))
    }

    const TABLE: &str =
        "小区名称,总户数,lng,lat\n示例甲01,3005户,117.2,31.8\n\"示例,甲02\",暂无信息,,\n";

    #[test]
    fn every_encoding_and_delimiter_gives_the_same_rows() {
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend_from_slice(TABLE.as_bytes());
        let gb = GB18030.encode(TABLE).0.into_owned();
        let semicolons =
            "小区名称;总户数;lng;lat\r\n示例甲01;3005户;117.2;31.8\r\n示例,甲02;暂无信息;;\r\n";
        let tabs = semicolons.replace(';', "\t");
        let sep = format!("sep=;\r\n{semicolons}");
        for (bytes, encoding) in [
            (TABLE.as_bytes(), "UTF-8"),
            (&marked, "UTF-8 (BOM)"),
            (&gb, "GB18030"),
            (semicolons.as_bytes(), "UTF-8"),
            (tabs.as_bytes(), "UTF-8"),
            (sep.as_bytes(), "UTF-8"),
        ] {
            let opened = open_bytes(bytes).unwrap();
            assert_eq!(opened.encoding.as_deref(), Some(encoding));
            let rows: Vec<_> = opened.rows.map(Result::unwrap).collect();
            assert_eq!(rows.len(), 2);
            assert_eq!(rows[0].row, 1);
            assert!(rows[0].geometry.is_some());
            assert_eq!(rows[0].get("总户数").unwrap().text(), "3005户");
            assert_eq!(rows[1].get("小区名称").unwrap().text(), "示例,甲02");
            assert_eq!(rows[1].geometry, None);
        }
    }

    #[test]
    fn empty_files_are_refused() {
        for text in ["", "\n\n", "\u{feff}", ",,\n,,\n"] {
            assert_eq!(
                open_bytes(text.as_bytes()).unwrap_err().code(),
                "file_empty",
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_refused_without_reading_the_file_into_memory() {
        let mut text = "小区名称,总户数\n\"示例".to_owned();
        text.push_str(&"x,1\n".repeat(3 << 20));
        assert_eq!(
            open_bytes(text.as_bytes()).unwrap_err().code(),
            "csv_row_too_long"
        );
        // Far behind the head: the rows end with a problem about the file.
        let mut text = "小区名称,总户数\n".to_owned();
        text.push_str(&"示例,1\n".repeat(500));
        text.push('"');
        text.push_str(&"y,2\n".repeat(3 << 20));
        let rows: Vec<_> = open_bytes(text.as_bytes()).unwrap().rows.collect();
        assert_eq!(rows.len(), 501);
        assert_eq!(rows[500].as_ref().unwrap_err().row, None);
    }

    #[test]
    fn long_and_short_rows_are_read_and_reported() {
        let opened = open_bytes("小区名称,总户数\na,1,2\nb\n".as_bytes()).unwrap();
        let rows: Vec<_> = opened.rows.map(Result::unwrap).collect();
        assert_eq!(rows[0].problems[0].code, "row_has_extra_cells");
        assert_eq!(rows[1].get("总户数"), Some(&Value::Null));
    }
}
