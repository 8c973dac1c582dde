//! The attribute file of a Shapefile (`.dbf`, dBASE III).
//!
//! Read here and not by a library because the encoding must be found from the bytes of all fields
//! when no `.cpg` names it, and because numbers keep their text. Memo files are not read.
//! Invariant: field lengths have been checked against the length of a record.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use encoding_rs::{BIG5, Encoding, GB18030, UTF_8, WINDOWS_1252};

use super::error::FormatError;
use super::feature::Value;
use super::limits::MAX_COLUMNS;
use crate::domain::{Problem, Severity};

/// Records of a `.dbf`, in order.
pub(crate) struct DbfReader {
    source: BufReader<File>,
    header_bytes: u64,
    fields: Vec<DbfField>,
    encoding: &'static Encoding,
    record: Vec<u8>,
    /// Number of records.
    pub(crate) records: u64,
    next: u64,
}

struct DbfField {
    raw_name: Vec<u8>,
    name: String,
    kind: u8,
    start: usize,
    length: usize,
}

/// One record.
pub(crate) enum DbfRecord {
    Values(Vec<(String, Value)>),
    /// Marked as deleted.
    Deleted,
    /// There are no more.
    End,
}

/// Bytes of records looked at to find the encoding.
const ENCODING_SAMPLE_BYTES: u64 = 8 << 20;

impl DbfReader {
    /// Checks the header and settles the encoding; also says how it was settled.
    /// `cpg` is the content of the `.cpg` file, `chosen` what the user named.
    pub(crate) fn new(
        file: File,
        cpg: Option<&str>,
        chosen: Option<&str>,
    ) -> Result<(Self, Vec<Problem>), FormatError> {
        let io = |e| FormatError::io("read .dbf", e);
        let size = file.metadata().map_err(io)?.len();
        let mut source = BufReader::with_capacity(1 << 16, file);
        let mut head = [0; 32];
        if size < 33 {
            return Err(broken());
        }
        source.read_exact(&mut head).map_err(io)?;
        let records = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let header_bytes = u64::from(u16::from_le_bytes([head[8], head[9]]));
        let record_bytes = usize::from(u16::from_le_bytes([head[10], head[11]]));
        if header_bytes < 33 || record_bytes == 0 || header_bytes > size {
            return Err(broken());
        }
        let needed = header_bytes + records * record_bytes as u64;
        if needed > size {
            return Err(FormatError::refused(
                "dbf_truncated",
                format!(".dbf 不完整：应有 {needed} 字节，实有 {size} 字节，请重新导出或上传"),
                format!(
                    "the .dbf is cut off: {needed} bytes declared, {size} found; export or upload it again"
                ),
            ));
        }
        let fields = read_fields(&mut source, header_bytes, record_bytes)?;
        let mut reader = Self {
            source,
            header_bytes,
            fields,
            encoding: UTF_8,
            record: vec![0; record_bytes],
            records,
            next: 0,
        };
        let notes = reader.settle_encoding(head[29], cpg, chosen)?;
        Ok((reader, notes))
    }

    /// Names of the fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// Name of the encoding for the report.
    pub(crate) fn encoding_label(&self) -> String {
        if self.encoding == GB18030 {
            "GB18030".to_owned()
        } else {
            self.encoding.name().to_owned()
        }
    }

    /// Back to the first record.
    pub(crate) fn rewind(&mut self) -> Result<(), FormatError> {
        self.next = 0;
        self.source
            .seek(SeekFrom::Start(self.header_bytes))
            .map(|_| ())
            .map_err(|e| FormatError::io("read .dbf", e))
    }

    pub(crate) fn next(&mut self) -> DbfRecord {
        if self.next >= self.records || self.source.read_exact(&mut self.record).is_err() {
            return DbfRecord::End;
        }
        self.next += 1;
        if self.record[0] == b'*' {
            return DbfRecord::Deleted;
        }
        let values = self.fields.iter().map(|field| {
            let raw = &self.record[field.start..field.start + field.length];
            (field.name.clone(), field.value(raw, self.encoding))
        });
        DbfRecord::Values(values.collect())
    }

    fn settle_encoding(
        &mut self,
        language_driver: u8,
        cpg: Option<&str>,
        chosen: Option<&str>,
    ) -> Result<Vec<Problem>, FormatError> {
        let found = self.look_at_bytes()?;
        let mut notes = Vec::new();
        let declared = cpg.and_then(encoding_of_cpg).or(match language_driver {
            0x4d | 0x7a => Some(GB18030),
            0x4f | 0x78 => Some(BIG5),
            _ => None,
        });
        self.encoding = match (chosen.and_then(encoding_of_cpg), declared, found) {
            (Some(chosen), ..) => chosen,
            (None, Some(declared), Found::Ascii) => declared,
            (None, Some(declared), Found::Utf8) if declared == UTF_8 => UTF_8,
            (None, Some(declared), found) if declared == UTF_8 => {
                notes.push(Problem::new(
                    Severity::Warning,
                    "cpg_contradicted",
                    ".cpg 写明 UTF-8，但内容不是，已按 GB18030（GBK）读取；如文字不对，请指定编码",
                    "the .cpg says UTF-8, but the content is not; read as GB18030 (GBK), name the encoding if the text looks wrong",
                ));
                if found == Found::Western {
                    WINDOWS_1252
                } else {
                    GB18030
                }
            }
            (None, Some(declared), _) => declared,
            (None, None, Found::Ascii | Found::Utf8) => UTF_8,
            (None, None, found) => {
                let (encoding, name) = if found == Found::Western {
                    (WINDOWS_1252, "windows-1252")
                } else {
                    (GB18030, "GB18030（GBK）")
                };
                notes.push(Problem::new(
                    Severity::Note,
                    "dbf_encoding_assumed",
                    format!("没有 .cpg 文件，属性已按 {name} 读取；如文字不对，请指定编码"),
                    format!("there is no .cpg file; attributes were read as {name}, name the encoding if the text looks wrong"),
                ));
                encoding
            }
        };
        for field in &mut self.fields {
            field.name = decode(&field.raw_name, self.encoding);
        }
        self.rewind()?;
        Ok(notes)
    }

    fn look_at_bytes(&mut self) -> Result<Found, FormatError> {
        self.rewind()?;
        let (mut found, mut looked) = (Found::Ascii, 0);
        for field in &self.fields {
            found = found.and(&field.raw_name);
        }
        while looked < ENCODING_SAMPLE_BYTES
            && self.next < self.records
            && self.source.read_exact(&mut self.record).is_ok()
        {
            self.next += 1;
            looked += self.record.len() as u64;
            for field in self.fields.iter().filter(|field| field.kind == b'C') {
                found = found.and(trim(&self.record[field.start..field.start + field.length]));
            }
        }
        Ok(found)
    }
}

/// What the bytes of text fields can be; later variants contain the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    Ascii,
    Utf8,
    Chinese,
    Western,
}

impl Found {
    fn and(self, text: &[u8]) -> Self {
        if text.is_ascii() {
            return self;
        }
        // A field may cut the last character in two: that is not held against the encoding.
        let utf8 = match std::str::from_utf8(text) {
            Ok(_) => true,
            Err(e) => e.error_len().is_none() && e.valid_up_to() > 0,
        };
        let chinese = || {
            !GB18030.decode_without_bom_handling(text).1
                || !GB18030
                    .decode_without_bom_handling(&text[..text.len() - 1])
                    .1
        };
        let this = if utf8 {
            Self::Utf8
        } else if chinese() {
            Self::Chinese
        } else {
            Self::Western
        };
        self.max(this)
    }
}

fn encoding_of_cpg(text: &str) -> Option<&'static Encoding> {
    let name: String = text
        .trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}')
        .to_ascii_lowercase();
    let digits: String = name.chars().filter(char::is_ascii_digit).collect();
    match digits.as_str() {
        "65001" => return Some(UTF_8),
        "936" | "54936" | "20936" => return Some(GB18030),
        "950" => return Some(BIG5),
        "1252" | "88591" => return Some(WINDOWS_1252),
        _ => {}
    }
    Encoding::for_label(name.as_bytes()).map(|e| if e == encoding_rs::GBK { GB18030 } else { e })
}

fn broken() -> FormatError {
    FormatError::refused(
        "dbf_broken",
        ".dbf 文件头不对，属性表已损坏，请重新导出",
        "the .dbf has no valid header; export it again",
    )
}

fn read_fields(
    source: &mut impl Read,
    header_bytes: u64,
    record_bytes: usize,
) -> Result<Vec<DbfField>, FormatError> {
    let mut bytes = Vec::new();
    source
        .take(header_bytes - 32)
        .read_to_end(&mut bytes)
        .map_err(|e| FormatError::io("read .dbf", e))?;
    let mut fields = Vec::new();
    let mut start = 1;
    for descriptor in bytes.chunks_exact(32).take_while(|d| d[0] != 0x0d) {
        let length = usize::from(descriptor[16]);
        let end = descriptor[..11].iter().position(|b| *b == 0).unwrap_or(11);
        if start + length > record_bytes || fields.len() >= MAX_COLUMNS {
            return Err(broken());
        }
        fields.push(DbfField {
            raw_name: trim(&descriptor[..end]).to_vec(),
            name: String::new(),
            kind: descriptor[11].to_ascii_uppercase(),
            start,
            length,
        });
        start += length;
    }
    Ok(fields)
}

fn trim(raw: &[u8]) -> &[u8] {
    let end = raw
        .iter()
        .rposition(|b| !matches!(b, b' ' | 0))
        .map_or(0, |i| i + 1);
    &raw[..end]
}

fn decode(raw: &[u8], encoding: &'static Encoding) -> String {
    let (text, _) = encoding.decode_without_bom_handling(trim(raw));
    // A character cut in two by the end of the field is left out.
    text.trim_end_matches('\u{fffd}').trim().to_owned()
}

impl DbfField {
    fn value(&self, raw: &[u8], encoding: &'static Encoding) -> Value {
        let text = || decode(raw, encoding);
        match self.kind {
            b'N' | b'F' => {
                let text = text();
                if text.is_empty() || text.starts_with('*') {
                    Value::Null
                } else if text.parse::<f64>().is_ok_and(f64::is_finite) {
                    Value::Number(text)
                } else {
                    Value::Text(text)
                }
            }
            b'D' => match text() {
                day if day.len() == 8
                    && day.bytes().all(|b| b.is_ascii_digit())
                    && day != "00000000" =>
                {
                    Value::Text(format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..]))
                }
                _ => Value::Null,
            },
            b'L' => match raw.first() {
                Some(b'T' | b't' | b'Y' | b'y') => Value::Bool(true),
                Some(b'F' | b'f' | b'N' | b'n') => Value::Bool(false),
                _ => Value::Null,
            },
            b'I' | b'+' if raw.len() == 4 => {
                Value::Number(i32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]).to_string())
            }
            b'M' | b'G' | b'B' | b'P' | b'0' | b'@' | b'T' | b'Y' | b'O' => Value::Null,
            _ => {
                let text = text();
                if text.is_empty() {
                    Value::Null
                } else {
                    Value::Text(text)
                }
            }
        }
    }
}
