//! Workbooks with the traps that offices put into them, written by an independent library.

use std::fs;
use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{Field, FormatError, Opened, RawFeature, ReadOptions, open};
use crate::domain::{ImportKind, Problem};

fn open_bytes(bytes: &[u8], layer: Option<&str>) -> Result<Opened, FormatError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let mut options = ReadOptions::new(ImportKind::Compounds);
    options.layer = layer.map(str::to_owned);
    open(file.path(), "台账.xlsx", &options)
}

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn rows(opened: Opened) -> Vec<Result<RawFeature, Problem>> {
    opened.rows.collect()
}

#[test]
fn a_ledger_with_title_merged_headers_dates_and_totals_is_read() {
    let bytes = book(|sheet| {
        let plain = Format::new();
        sheet
            .merge_range(0, 0, 0, 5, "示例街道小区台账", &plain)
            .unwrap();
        sheet.merge_range(1, 0, 2, 0, "社区", &plain).unwrap();
        sheet.merge_range(1, 1, 2, 1, "小区名称", &plain).unwrap();
        sheet.merge_range(1, 2, 1, 3, "户数", &plain).unwrap();
        sheet.write(2, 2, "户籍户数").unwrap();
        sheet.write(2, 3, "常住户数").unwrap();
        sheet.merge_range(1, 4, 2, 4, "统计日期", &plain).unwrap();
        sheet.merge_range(1, 5, 2, 5, "楼栋总数", &plain).unwrap();
        // A community merged over its compounds, and a number merged over two rows.
        sheet.merge_range(3, 0, 4, 0, "示例社区甲", &plain).unwrap();
        sheet.write(3, 1, "示例甲01").unwrap();
        sheet.write(3, 2, 120.0).unwrap();
        sheet.write(3, 3, "3005户").unwrap();
        let day = ExcelDateTime::from_ymd(2023, 1, 5).unwrap();
        sheet
            .write_with_format(3, 4, &day, &Format::new().set_num_format("yyyy-mm-dd"))
            .unwrap();
        sheet.merge_range(3, 5, 4, 5, "", &plain).unwrap();
        sheet.write(3, 5, 6.0).unwrap();
        sheet.write(4, 1, "示例甲02").unwrap();
        sheet
            .write_formula(4, 2, Formula::new("=1/0").set_result("#DIV/0!"))
            .unwrap();
        sheet.write(5, 0, "合计").unwrap();
        sheet.write(5, 2, 240.0).unwrap();
    });
    let opened = open_bytes(&bytes, None).unwrap();
    assert_eq!(opened.column_of(Field::Name), Some("小区名称"));
    assert_eq!(opened.column_of(Field::Community), Some("社区"));
    assert_eq!(opened.column_of(Field::Households), Some("户数/户籍户数"));
    assert!(opened.notes.iter().any(|p| p.code == "merged_number"));
    let rows = rows(opened);
    let first = rows[0].as_ref().unwrap();
    assert_eq!(first.row, 1);
    assert_eq!(first.get("户数/户籍户数").unwrap().text(), "120");
    assert_eq!(first.get("户数/常住户数").unwrap().text(), "3005户");
    assert_eq!(first.get("统计日期").unwrap().text(), "2023-01-05");
    let second = rows[1].as_ref().unwrap();
    assert_eq!(second.get("社区").unwrap().text(), "示例社区甲");
    assert!(second.get("楼栋总数").unwrap().is_blank());
    assert!(second.get("户数/户籍户数").unwrap().is_blank());
    assert_eq!(rows[2].as_ref().unwrap_err().code, "total_row");
}

#[test]
fn the_first_sheet_with_content_is_read_and_another_can_be_chosen() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("空").unwrap();
    for name in ["小区", "旧表"] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        sheet.write(0, 0, "小区名称").unwrap();
        sheet.write(1, 0, name).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &bytes).unwrap();
    assert_eq!(super::layers(file.path()).unwrap(), ["空", "小区", "旧表"]);
    let opened = open_bytes(&bytes, None).unwrap();
    assert_eq!(opened.layer.as_deref(), Some("小区"));
    assert!(opened.notes[0].zh.contains("旧表"));
    let chosen = rows(open_bytes(&bytes, Some("旧表")).unwrap());
    assert_eq!(
        chosen[0].as_ref().unwrap().get("小区名称").unwrap().text(),
        "旧表"
    );
    assert_eq!(
        open_bytes(&bytes, Some("没有")).unwrap_err().code(),
        "layer_unknown"
    );
    assert_eq!(
        open_bytes(&bytes, Some("空")).unwrap_err().code(),
        "file_empty"
    );
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let bytes = book(|sheet| {
        sheet.write(0, 0, "小区名称").unwrap();
        sheet.write(1, 0, "示例甲01").unwrap();
        sheet.write(1_048_575, 16_383, "x").unwrap();
        sheet.write(1_048_575, 0, "示例甲02").unwrap();
    });
    let opened = open_bytes(&bytes, None).unwrap();
    assert!(opened.notes.iter().any(|p| p.code == "too_many_columns"));
    let rows = rows(opened);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[1].as_ref().unwrap().row, 1_048_575);
}

/// Replaces one part of a workbook.
fn with_part(bytes: &[u8], part: &str, content: &[u8]) -> Vec<u8> {
    let mut source = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut target = ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..source.len() {
        let mut entry = source.by_index(i).unwrap();
        let name = entry.name().to_owned();
        target
            .start_file(&name, SimpleFileOptions::default())
            .unwrap();
        if name == part {
            target.write_all(content).unwrap();
        } else {
            std::io::copy(&mut entry, &mut target).unwrap();
        }
    }
    target.finish().unwrap().into_inner()
}

#[test]
fn bombs_inside_a_workbook_are_refused() {
    let bytes = book(|sheet| {
        sheet.write(0, 0, "小区名称").unwrap();
        sheet.write(1, 0, "示例甲01").unwrap();
    });
    let many = format!("<sst>{}</sst>", "<si><t>a</t></si>".repeat(5 << 20));
    let bomb = with_part(&bytes, "xl/sharedStrings.xml", many.as_bytes());
    assert_eq!(open_bytes(&bomb, None).unwrap_err().code(), "zip_bomb");
    let long = format!("<sst><si><t>{}</t></si></sst>", "a".repeat(4 << 20));
    let bomb = with_part(&bytes, "xl/sharedStrings.xml", long.as_bytes());
    assert_eq!(
        open_bytes(&bomb, None).unwrap_err().code(),
        "sheet_too_large"
    );
}

#[test]
fn damaged_workbooks_are_refused_and_nothing_panics() {
    let bytes = book(|sheet| {
        sheet.write(0, 0, "小区名称").unwrap();
    });
    for part in [
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
    ] {
        let damaged = with_part(&bytes, part, b"<not xml");
        assert!(open_bytes(&damaged, None).is_err(), "{part}");
    }
    assert_eq!(
        open_bytes(&bytes[..bytes.len() - 40], None)
            .unwrap_err()
            .code(),
        "zip_truncated"
    );
    assert_eq!(
        open_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and nothing", None)
            .unwrap_err()
            .code(),
        "workbook_broken"
    );
    assert_eq!(
        open_bytes(&book(|_| {}), None).unwrap_err().code(),
        "file_empty"
    );
}
