//! What kind of file this is, by its first bytes; the name is only a help where bytes do not tell.
//!
//! Invariant: a file that cannot be read is refused with what it is and what to do instead.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::archive::Archive;
use super::error::FormatError;
use super::feature::{Opened, RawFeature, ReadOptions, Rows};
use super::limits::{MAX_COLUMNS, MAX_REFUSED_ROWS, MAX_ROWS, MAX_UPLOAD_BYTES};
use super::text_encoding::TextSource;
use super::{csv_file, geojson_file, shapefile, xlsx};
use crate::domain::{Problem, Severity};

/// Opens a file of any known kind and finds its columns.
///
/// `path` is where the bytes are (side files of a loose Shapefile stand next to it);
/// `original_name` is what the user called it.
pub fn open(
    path: &Path,
    original_name: &str,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    let mut opened = recognise(path, original_name, options)?;
    opened.rows = Box::new(BoundedRows {
        rows: opened.rows,
        left: MAX_ROWS,
        refusals_left: MAX_REFUSED_ROWS,
        ended: false,
    });
    Ok(opened)
}

/// Names of the worksheets of a workbook or of the layers of a zipped Shapefile; empty for files
/// that are one layer. What [`ReadOptions::layer`] may be.
pub fn layers(path: &Path) -> Result<Vec<String>, FormatError> {
    let mut file = File::open(path).map_err(|e| FormatError::io("open", e))?;
    let mut head = Vec::new();
    Read::by_ref(&mut file)
        .take(4)
        .read_to_end(&mut head)
        .map_err(|e| FormatError::io("read", e))?;
    match Content::of(&head) {
        Content::Zip => {
            let archive = Archive::open(file)?;
            if archive.is_workbook() {
                xlsx::sheet_names(archive, path)
            } else {
                Ok(shapefile::layer_names(&archive))
            }
        }
        _ => Ok(Vec::new()),
    }
}

/// Rows until there are too many of them, or too many bad ones: reports stay within memory.
struct BoundedRows {
    rows: Rows,
    left: u64,
    refusals_left: u64,
    ended: bool,
}

impl Iterator for BoundedRows {
    type Item = Result<RawFeature, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let row = self.rows.next()?;
        self.left = self.left.saturating_sub(1);
        self.refusals_left = self.refusals_left.saturating_sub(u64::from(row.is_err()));
        let stop = match (self.left, self.refusals_left) {
            (0, _) => Some(Problem::new(
                Severity::Refused,
                "too_many_rows",
                format!("文件超过 {MAX_ROWS} 行，请拆分后再导入"),
                format!("the file has more than {MAX_ROWS} rows; split it"),
            )),
            (_, 0) => Some(Problem::new(
                Severity::Refused,
                "too_many_refusals",
                format!("已有 {MAX_REFUSED_ROWS} 行无法读取，不再继续；请检查文件和所选类型"),
                format!(
                    "{MAX_REFUSED_ROWS} rows could not be read; check the file and the chosen kind"
                ),
            )),
            _ => None,
        };
        self.ended = stop.is_some();
        Some(stop.map_or(row, Err))
    }
}

fn recognise(
    path: &Path,
    original_name: &str,
    options: &ReadOptions,
) -> Result<Opened, FormatError> {
    let mut file = File::open(path).map_err(|e| FormatError::io("open", e))?;
    let size = file
        .metadata()
        .map_err(|e| FormatError::io("open", e))?
        .len();
    if size == 0 {
        return Err(empty_file());
    }
    if size > MAX_UPLOAD_BYTES {
        return Err(FormatError::refused(
            "file_too_large",
            format!("文件超过 {} MB，请拆分后再导入", MAX_UPLOAD_BYTES >> 20),
            format!(
                "the file is larger than {} MB; split it",
                MAX_UPLOAD_BYTES >> 20
            ),
        ));
    }
    let mut head = Vec::new();
    file.by_ref()
        .take(4096)
        .read_to_end(&mut head)
        .map_err(|e| FormatError::io("read", e))?;
    let extension = extension_of(original_name);
    match Content::of(&head) {
        Content::Zip => {
            let archive = Archive::open(file)?;
            if archive.is_workbook() {
                xlsx::open_xlsx(archive, path, options)
            } else {
                shapefile::open_zipped(archive, options)
            }
        }
        Content::Shp => shapefile::open_loose(path, original_name, options),
        Content::OldOffice => xlsx::open_xls(path, size, options),
        Content::Known(what, advice) => Err(unsupported(what, advice)),
        Content::Html => Err(unsupported(
            "网页（HTML）/ an HTML page",
            "在表格软件中打开后另存为 .xlsx / open it in a spreadsheet and save as .xlsx",
        )),
        Content::Json => geojson_file::open(text(path, options)?, options),
        Content::Text if matches!(extension.as_str(), "json" | "geojson") => {
            geojson_file::open(text(path, options)?, options)
        }
        Content::Text => match extension.as_str() {
            "prj" | "cpg" | "qpj" => Err(side_file(&extension)),
            _ => csv_file::open(text(path, options)?, options),
        },
        Content::Binary => match extension.as_str() {
            "dbf" | "shx" | "sbn" | "sbx" => Err(side_file(&extension)),
            _ => Err(unsupported(
                "未知的二进制文件 / an unknown binary file",
                "请提供 GeoJSON、CSV、XLSX 或 Shapefile（zip）/ give GeoJSON, CSV, XLSX or a zipped Shapefile",
            )),
        },
    }
}

fn text(path: &Path, options: &ReadOptions) -> Result<TextSource, FormatError> {
    TextSource::new(path, options.encoding.as_deref())
}

enum Content {
    Zip,
    Shp,
    OldOffice,
    Html,
    Json,
    Text,
    Binary,
    /// A kind of file that is known but not read: what, and what to do.
    Known(&'static str, &'static str),
}

impl Content {
    fn of(head: &[u8]) -> Self {
        const TO_GEOJSON: &str = "用 QGIS 或 ogr2ogr 转为 GeoJSON 或 Shapefile / convert it to GeoJSON with QGIS or ogr2ogr";
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return Self::Zip,
            [0, 0, 0x27, 0x0a, ..] => return Self::Shp,
            [0xd0, 0xcf, 0x11, 0xe0, ..] => return Self::OldOffice,
            [b'f', b'g', b'b', 0..=9, ..] => return Self::Known("FlatGeobuf", TO_GEOJSON),
            [b'%', b'P', b'D', b'F', ..] => {
                return Self::Known("PDF", "请取得原始表格 / ask for the original table");
            }
            [b'R', b'a', b'r', b'!', ..] | [b'7', b'z', 0xbc, 0xaf, ..] => {
                return Self::Known("RAR / 7z", "请改用 zip 压缩 / pack it as zip");
            }
            [0x1f, 0x8b, ..] => return Self::Known("gzip", "请先解压 / unpack it first"),
            _ if head.starts_with(b"SQLite format 3\0") => {
                return Self::Known("GeoPackage / SQLite", TO_GEOJSON);
            }
            _ => {}
        }
        let utf16 = matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let zeros = zeros_at(head, 0) + zeros_at(head, 1);
        // UTF-16 without a mark: about every other byte of its ASCII part is zero.
        let every_other =
            zeros * 8 > head.len() && (zeros_at(head, 0) == 0 || zeros_at(head, 1) == 0);
        if !utf16 && zeros > 0 && !every_other {
            return Self::Binary;
        }
        let plain: Vec<u8> = head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(head)
            .iter()
            .copied()
            .filter(|b| !matches!(b, 0 | 0xff | 0xfe) && !b.is_ascii_whitespace())
            .take(64)
            .map(|b| b.to_ascii_lowercase())
            .collect();
        match plain.first() {
            Some(b'{' | b'[') => Self::Json,
            Some(b'<')
                if [
                    &b"<html"[..],
                    b"<!doctypehtml",
                    b"<table",
                    b"<head",
                    b"<meta",
                ]
                .iter()
                .any(|t| plain.starts_with(t)) =>
            {
                Self::Html
            }
            Some(b'<') => Self::Known("XML / KML / GML", TO_GEOJSON),
            _ => Self::Text,
        }
    }
}

fn zeros_at(head: &[u8], offset: usize) -> usize {
    head.iter()
        .skip(offset)
        .step_by(2)
        .filter(|b| **b == 0)
        .count()
}

fn extension_of(name: &str) -> String {
    name.rsplit_once('.')
        .map_or(String::new(), |(_, extension)| {
            extension.to_ascii_lowercase()
        })
}

fn unsupported(what: &str, advice: &str) -> FormatError {
    FormatError::refused(
        "format_unsupported",
        format!("不能读取的文件类型：{what}；{advice}"),
        format!("a kind of file that cannot be read: {what}; {advice}"),
    )
}

fn side_file(extension: &str) -> FormatError {
    FormatError::refused(
        "shapefile_side_file",
        format!("这是 Shapefile 的附属文件（.{extension}），请选择 .shp，或把整套文件压缩为 zip"),
        format!(
            "this is a side file of a Shapefile (.{extension}); choose the .shp, or zip the whole set"
        ),
    )
}

/// The refusal of a file without content.
pub(crate) fn empty_file() -> FormatError {
    FormatError::refused("file_empty", "文件是空的", "the file is empty")
}

/// The warning about a table that is too wide.
pub(crate) fn too_many_columns() -> Problem {
    Problem::new(
        Severity::Warning,
        "too_many_columns",
        format!("列数超过 {MAX_COLUMNS}，其余的列已忽略"),
        format!("more than {MAX_COLUMNS} columns; the others are ignored"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ImportKind;

    fn code(name: &str, bytes: &[u8]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        open(&path, name, &ReadOptions::new(ImportKind::Compounds))
            .unwrap_err()
            .code()
            .to_owned()
    }

    #[test]
    fn files_that_cannot_be_read_say_what_they_are() {
        assert_eq!(code("a.csv", b""), "file_empty");
        assert_eq!(code("a.pdf", b"%PDF-1.7"), "format_unsupported");
        assert_eq!(
            code("a.xls", b"<html><table></table></html>"),
            "format_unsupported"
        );
        assert_eq!(
            code("a.kml", b"<?xml version=\"1.0\"?><kml/>"),
            "format_unsupported"
        );
        assert_eq!(
            code("a.gpkg", b"SQLite format 3\0\x10\0"),
            "format_unsupported"
        );
        assert_eq!(
            code("a.dbf", b"\x03\x70\x01\x01\0\0\0\0\x01"),
            "shapefile_side_file"
        );
        assert_eq!(code("a.prj", b"GEOGCS[]"), "shapefile_side_file");
        assert_eq!(
            code("a.bin", b"\x01\0\0\0\x02\0\0\0\x03"),
            "format_unsupported"
        );
        assert_eq!(code("a.geojson", b"not json"), "json_syntax");
        assert_eq!(
            code("a.zip", b"PK\x03\x04 and then nothing"),
            "zip_truncated"
        );
    }

    #[test]
    fn millions_of_bad_rows_end_the_file_instead_of_filling_the_memory() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "名称,经度,纬度\n{}",
            "a,x,y\n".repeat(MAX_REFUSED_ROWS as usize + 5)
        );
        std::fs::write(file.path(), text).unwrap();
        let opened = open(
            file.path(),
            "a.csv",
            &ReadOptions::new(ImportKind::Compounds),
        )
        .unwrap();
        let (mut rows, mut last) = (0, None);
        for row in opened.rows {
            rows += 1;
            last = row.err();
        }
        assert_eq!(rows, MAX_REFUSED_ROWS);
        let last = last.unwrap();
        assert_eq!((last.code.as_str(), last.row), ("too_many_refusals", None));
    }

    #[test]
    fn a_file_that_is_not_there_is_the_machines_fault() {
        let error = open(
            Path::new("/nowhere/x.csv"),
            "x.csv",
            &ReadOptions::new(ImportKind::Compounds),
        );
        assert_eq!(error.unwrap_err().code(), "file_io");
    }
}
