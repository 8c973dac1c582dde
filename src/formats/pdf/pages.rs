//! The pages: heading, answer, figures and map; then the list of areas to its end.
//!
//! Sizes are points on A4 portrait. Invariant: the rows of the list are all areas, in the order
//! given, and the last row is their sum.

use std::collections::BTreeSet;

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::font::Fonts;
use super::map::{self, colour, wash};
use super::pen::{INK, LINE, Pen, Type, WHITE, bold, line, regular};
use super::{AreaRow, KeyFigure, PdfError, PlanReport, PlanSheet};

const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const LEFT: f32 = 40.0;
const RIGHT: f32 = WIDTH - 40.0;
const BOTTOM: f32 = HEIGHT - 56.0;
const LINE_HEIGHT: f32 = 11.0;
const HEAD_HEIGHT: f32 = 20.0;
/// The list begins on the first page only if this much is left for it.
const LEAST_LIST: f32 = 90.0;

const CELL: Type = regular(8.5);

/// Left edges of the columns; figures end 6 pt before the next edge.
const COMMUNITY: f32 = LEFT + 36.0;
const COMPOUNDS: f32 = COMMUNITY + 64.0;
const HOUSEHOLDS: f32 = COMPOUNDS + 142.0;
const DEVIATION: f32 = HOUSEHOLDS + 44.0;
const SEATS: f32 = DEVIATION + 56.0;
const KEEPERS: f32 = SEATS + 50.0;

/// One row of the list, broken into lines before pages are.
struct Row<'a> {
    area: &'a AreaRow,
    compounds: Vec<String>,
    keepers: Vec<String>,
    height: f32,
}

pub(super) fn write(sheet: &PlanSheet) -> Result<PlanReport, PdfError> {
    let fonts = Fonts::new()?;
    let mut missing = BTreeSet::new();
    // The layout is made twice: the first time for the number of pages.
    let (_, pages) = typeset(sheet, &fonts, &mut missing, 0)?;
    let (bytes, pages) = typeset(sheet, &fonts, &mut missing, pages)?;
    Ok(PlanReport {
        bytes,
        pages,
        missing: missing.into_iter().collect(),
    })
}

fn typeset(
    sheet: &PlanSheet,
    fonts: &Fonts,
    missing: &mut BTreeSet<char>,
    of_pages: usize,
) -> Result<(Vec<u8>, usize), PdfError> {
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title(format!("{} {}", sheet.title, sheet.plan))
            .language("zh-CN".to_owned())
            .creator("Gridkeeper 网格管家".to_owned()),
    );
    let mut next = 0;
    let mut page_number = 0;
    let mut done = false;
    while !done {
        page_number += 1;
        let settings = PageSettings::from_wh(WIDTH, HEIGHT)
            .ok_or_else(|| PdfError::Write("A4 is no page size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut pen = Pen {
            surface: &mut surface,
            fonts,
            missing,
        };
        let mut y = if page_number == 1 {
            first_page(&mut pen, sheet)
        } else {
            40.0
        };
        if page_number > 1 || BOTTOM - y > LEAST_LIST {
            y = list_head(&mut pen, y);
            (next, done) = list(&mut pen, sheet, next, y);
        }
        footer(&mut pen, sheet, page_number, of_pages);
        surface.finish();
        page.finish();
    }
    let bytes = document
        .finish()
        .map_err(|e| PdfError::Write(format!("{e:?}")))?;
    Ok((bytes, page_number))
}

/// Heading to map; returns where it ends.
fn first_page(pen: &mut Pen<'_, '_>, sheet: &PlanSheet) -> f32 {
    let half = (RIGHT - LEFT) * 0.62;
    let title = pen.fitted(bold(21.0), &sheet.title, half);
    pen.text(LEFT, 60.0, bold(21.0), &title);
    let subtitle = pen.fitted(regular(10.5), &sheet.subtitle, half);
    pen.text(LEFT, 78.0, regular(10.5), &subtitle);
    let quiet = regular(9.0);
    let plan = pen.fitted(quiet, &sheet.plan, RIGHT - LEFT - half);
    pen.text_right(RIGHT, 64.0, quiet, &plan);
    let as_of = pen.fitted(quiet, &sheet.as_of, RIGHT - LEFT - half);
    pen.text_right(RIGHT, 78.0, quiet, &as_of);
    if sheet.synthetic {
        mark_synthetic(pen, RIGHT, 44.0);
    }
    pen.rule(LEFT, 88.0, RIGHT, 88.0, line(INK, 1.2));

    let mut y = 108.0;
    for l in pen.lines(regular(12.0), &sheet.answer, RIGHT - LEFT, 3) {
        pen.text(LEFT, y, regular(12.0), &l);
        y += 18.0;
    }
    y = figures(pen, &sheet.figures, y - 6.0) + 12.0;
    let room = BOTTOM - y;
    let width = RIGHT - LEFT;
    let height = (width * map::proportion(sheet) + 4.0).clamp(160.0, room);
    map::draw(pen, sheet, [LEFT, y, width, height]);
    y + height + 14.0
}

fn figures(pen: &mut Pen<'_, '_>, all: &[KeyFigure], y: f32) -> f32 {
    let shown = &all[..all.len().min(5)];
    if shown.is_empty() {
        return y;
    }
    let (gap, height) = (8.0, 52.0);
    let width = (RIGHT - LEFT - gap * (shown.len() - 1) as f32) / shown.len() as f32;
    for (i, f) in shown.iter().enumerate() {
        let x = LEFT + (width + gap) * i as f32;
        pen.outline_box(x, y, width, height, line(INK, 0.8));
        let inside = width - 14.0;
        let label = pen.fitted(bold(8.5), &f.label, inside);
        pen.text(x + 7.0, y + 13.0, bold(8.5), &label);
        let value = pen.fitted(bold(19.0), &f.value, inside);
        let end = pen.text(x + 7.0, y + 33.0, bold(19.0), &value);
        let unit = pen.fitted(regular(8.5), &f.unit, (x + width - 7.0 - end).max(10.0));
        pen.text(end + 3.0, y + 33.0, regular(8.5), &unit);
        let note = pen.fitted(regular(7.5).quiet(), &f.note, inside);
        pen.text(x + 7.0, y + 45.5, regular(7.5).quiet(), &note);
    }
    y + height
}

fn mark_synthetic(pen: &mut Pen<'_, '_>, right: f32, base: f32) {
    let (style, text) = (bold(8.5), "合成数据");
    let width = pen.width_pt(style, text) + 8.0;
    pen.outline_box(right - width, base - 9.5, width, 13.0, line(INK, 0.8));
    pen.text(right - width + 4.0, base, style, text);
}

fn list_head(pen: &mut Pen<'_, '_>, y: f32) -> f32 {
    let base = y + 12.0;
    let style = bold(8.5);
    for (x, text) in [
        (LEFT, "片区"),
        (COMMUNITY, "社区"),
        (COMPOUNDS, "小区"),
        (KEEPERS, "管家"),
    ] {
        pen.text(x, base, style, text);
    }
    for (x, text) in [(DEVIATION, "户数"), (SEATS, "偏差"), (KEEPERS, "在岗/应配")] {
        pen.text_right(x - 6.0, base, style, text);
    }
    pen.rule(
        LEFT,
        y + HEAD_HEIGHT - 3.0,
        RIGHT,
        y + HEAD_HEIGHT - 3.0,
        line(INK, 0.9),
    );
    y + HEAD_HEIGHT
}

fn row<'a>(pen: &Pen<'_, '_>, area: &'a AreaRow) -> Row<'a> {
    let names = area.compounds.join("、");
    let compounds = pen.lines(CELL, &names, HOUSEHOLDS - COMPOUNDS - 8.0, 2);
    let vacant = (area.seats as usize).saturating_sub(area.keepers.len());
    let mut names = area.keepers.join("、");
    if vacant > 0 {
        let separator = if names.is_empty() { "" } else { "、" };
        names = format!("{names}{separator}空缺 {vacant}");
    }
    let keepers = pen.lines(CELL, &names, RIGHT - KEEPERS, 2);
    let lines = compounds.len().max(keepers.len()).max(1) as f32;
    Row {
        area,
        compounds,
        keepers,
        height: 8.0 + lines * LINE_HEIGHT,
    }
}

/// Draws rows from `first` until the page is full; returns the next row, and whether all rows and
/// their sum are drawn.
fn list(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, first: usize, mut y: f32) -> (usize, bool) {
    for (i, area) in sheet.areas.iter().enumerate().skip(first) {
        let row = row(pen, area);
        if y + row.height > BOTTOM {
            return (i, false);
        }
        draw_row(pen, &row, y);
        y += row.height;
    }
    let done = y + 19.0 <= BOTTOM;
    if done {
        draw_sum(pen, sheet, y);
    }
    (sheet.areas.len(), done)
}

fn draw_row(pen: &mut Pen<'_, '_>, row: &Row<'_>, y: f32) {
    let a = row.area;
    let base = y + LINE_HEIGHT + 1.5;
    let width = (pen.width_pt(bold(8.5), &a.label) + 8.0).max(22.0);
    pen.filled_box(LEFT, y + 2.5, width, 13.0, wash(colour(a)));
    pen.outline_box(
        LEFT,
        y + 2.5,
        width,
        13.0,
        line(INK, if a.out_of_band { 1.4 } else { 0.5 }),
    );
    pen.text_centred(LEFT + width / 2.0, base - 0.3, bold(8.5), &a.label);
    let community = pen.fitted(CELL, &a.community, COMPOUNDS - COMMUNITY - 6.0);
    pen.text(COMMUNITY, base, CELL, &community);
    for (i, l) in row.compounds.iter().enumerate() {
        pen.text(COMPOUNDS, base + i as f32 * LINE_HEIGHT, CELL, l);
    }
    pen.text_right(
        DEVIATION - 6.0,
        base,
        CELL,
        &a.households.map_or_else(|| "—".to_owned(), thousands),
    );
    let style = if a.out_of_band { bold(8.5) } else { CELL };
    pen.text_right(SEATS - 6.0, base, style, &deviation(a));
    let vacant = a.keepers.len() < a.seats as usize;
    let seats = format!("{}/{}", a.keepers.len(), a.seats);
    pen.text_right(
        KEEPERS - 6.0,
        base,
        if vacant { bold(8.5) } else { CELL },
        &seats,
    );
    for (i, l) in row.keepers.iter().enumerate() {
        pen.text(KEEPERS, base + i as f32 * LINE_HEIGHT, CELL, l);
    }
    pen.rule(LEFT, y + row.height, RIGHT, y + row.height, line(LINE, 0.4));
}

fn draw_sum(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, y: f32) {
    let base = y + LINE_HEIGHT + 2.5;
    let style = bold(8.5);
    let households: Option<u64> = sheet
        .areas
        .iter()
        .map(|a| a.households.map(u64::from))
        .sum();
    let households = households.map_or_else(|| "—".to_owned(), thousands);
    let filled: usize = sheet.areas.iter().map(|a| a.keepers.len()).sum();
    let seats: u64 = sheet.areas.iter().map(|a| u64::from(a.seats)).sum();
    pen.rule(LEFT, y, RIGHT, y, line(INK, 0.9));
    pen.text(LEFT, base, style, "合计");
    pen.text(
        COMMUNITY,
        base,
        style,
        &format!("{} 个片区", sheet.areas.len()),
    );
    pen.text_right(DEVIATION - 6.0, base, style, &households);
    pen.text_right(KEEPERS - 6.0, base, style, &format!("{filled}/{seats}"));
    let vacant: u64 = sheet
        .areas
        .iter()
        .map(|a| u64::from(a.seats).saturating_sub(a.keepers.len() as u64))
        .sum();
    pen.text(KEEPERS, base, style, &format!("空缺 {vacant}"));
}

fn footer(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, page: usize, of_pages: usize) {
    let quiet = regular(7.5).quiet();
    let y = HEIGHT - 34.0;
    pen.filled_box(0.0, BOTTOM + 8.0, WIDTH, HEIGHT - BOTTOM - 8.0, WHITE);
    pen.rule(LEFT, y - 12.0, RIGHT, y - 12.0, line(LINE, 0.5));
    let mark = if sheet.synthetic {
        "合成数据 · "
    } else {
        ""
    };
    let right = format!("{mark}{} · {page}/{of_pages} 页", sheet.imprint);
    let width = pen.width_pt(quiet, &right);
    let note = pen.fitted(quiet, &sheet.note, RIGHT - LEFT - width - 12.0);
    pen.text(LEFT, y, quiet, &note);
    pen.text_right(RIGHT, y, quiet, &right);
}

/// 31,000
fn thousands(n: impl Into<u64>) -> String {
    let digits = n.into().to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `▲ +28.4%`, `−1.6%`, `—`
fn deviation(a: &AreaRow) -> String {
    let Some(bp) = a.deviation_bp else {
        return "—".to_owned();
    };
    let sign = match bp {
        0 => "",
        1.. => "+",
        _ => "−",
    };
    let mark = match (a.out_of_band, bp > 0) {
        (false, _) => "",
        (true, true) => "▲ ",
        (true, false) => "▼ ",
    };
    // Tenths of a percent, rounded half away from zero.
    let tenths = (bp.unsigned_abs() + 5) / 10;
    format!("{mark}{sign}{}.{}%", tenths / 10, tenths % 10)
}
