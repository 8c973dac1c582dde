//! The poster that hangs at a door: who serves this building, what for, and how to reach them.
//!
//! One page for each building, A4 or A3 upright. Not the resident's page; it only leads there. Invariants: the title
//! is read from five metres and a number from three (54 pt and 48 pt on A4); nothing is told by colour alone; a
//! character that the font lacks is a box and is named in [`PlanReport::missing`].

use std::collections::BTreeSet;
use std::sync::Arc;

use krilla::Document;
use krilla::geom::Transform;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;

use super::font::Fonts;
use super::map::COLOURS;
use super::pen::{Colour, Pen, Type, WHITE, bold, line, regular};
use super::poster_map::{self, PosterMap};
use super::{PdfError, PlanReport};

const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
const LEFT: f32 = 34.0;
const RIGHT: f32 = WIDTH - LEFT;
const BAND: f32 = 122.0;
/// Where the cards end and the pictograms begin.
const CARDS_END: f32 = 396.0;
const BLACK: Colour = (17, 17, 17);
/// Keepers that a poster has room for in letters that are read from three metres.
pub const MOST_CARDS: usize = 2;
/// Least size of a number: it is read from three metres.
const LEAST_NUMBER: f32 = 48.0;
/// A hair less than would fill the line: sums of advances round, and a whole number is worth more than a tenth of a point.
const FITS: f32 = 0.999;
/// Width of the icon before a number, in its ems.
const ICON_EM: f32 = 0.86;
/// Between an icon and its number.
const AFTER_ICON: f32 = 12.0;
/// Edge of the code itself, without its quiet zone: 34 mm.
const QR_PT: f32 = 96.4;
const ICON: &str =
    "M6 3h3l2 5-2.5 1.5a11 11 0 0 0 6 6L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3z";
/// What to come with, as pictures with words.
const PICTOGRAMS: [(&str, &str); 6] = [
    (
        "报修",
        "M20.5 7.5a5 5 0 0 1-6.8 5.8L7 20a2.1 2.1 0 0 1-3-3l6.7-6.7a5 5 0 0 1 5.8-6.8l-3 3 1 3 3 1z",
    ),
    (
        "环境卫生",
        "M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14M10 11v6M14 11v6",
    ),
    (
        "邻里纠纷",
        "M3 4h13v9H9l-4 3v-3H3zM19 9h2v9h-2v3l-4-3h-5v-2",
    ),
    (
        "帮助老人",
        "M12 20s-8-5-8-11a4.5 4.5 0 0 1 8-2.8A4.5 4.5 0 0 1 20 9c0 6-8 11-8 11z",
    ),
    (
        "安全隐患",
        "M12 3l8 3v6c0 5-4 8-8 9-4-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
    ),
    ("政策办事", "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7"),
];

/// Size of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 297 × 420 mm: everything is larger by √2.
    A3,
}

/// One poster.
#[derive(Debug, Clone)]
pub struct PosterSheet {
    /// 幸福苑 7 幢
    pub place: String,
    /// 07
    pub area_label: String,
    /// Colour class 0–5; taken modulo six.
    pub colour: u8,
    /// The first [`MOST_CARDS`] are drawn.
    pub cards: Vec<PosterCard>,
    /// The area around the building.
    pub map: Arc<PosterMap>,
    /// What of it is drawn: west, south, east, north, metres.
    pub extent: [f64; 4],
    /// The building among the roofs of the map.
    pub here: Option<usize>,
    /// Where the code leads; no code without it.
    pub url: Option<String>,
    /// Offices and their numbers: 政务热线, 12345.
    pub contacts: Vec<(String, String)>,
    /// Small print on the left: from when, which plan, what the number is for.
    pub small_left: Vec<String>,
    /// Small print on the right: number of the notice, 审图号, who hangs it.
    pub small_right: Vec<String>,
    /// Marks the page 合成示例数据.
    pub synthetic: bool,
}

/// Who to call.
#[derive(Debug, Clone, Default)]
pub struct PosterCard {
    /// As consented.
    pub name: String,
    /// 每天 8:00–20:00, or a note such as 暂无人接任.
    pub note: String,
    /// Absent without consent.
    pub phone: Option<String>,
    /// A photo as JPEG; absent without the consent of its own.
    pub photo: Option<Arc<Vec<u8>>>,
}

/// Posters, one page each.
///
/// # Errors
/// A font that cannot be read, or a writer that refuses; never because of what a sheet says.
pub fn posters(sheets: &[PosterSheet], paper: Paper) -> Result<PlanReport, PdfError> {
    let fonts = Fonts::new()?;
    let mut missing = BTreeSet::new();
    let mut document = Document::new();
    document.set_metadata(
        Metadata::new()
            .title("您的社区小管家".to_owned())
            .language("zh-CN".to_owned())
            .creator("Gridkeeper 网格管家".to_owned()),
    );
    let scale = match paper {
        Paper::A4 => 1.0,
        Paper::A3 => std::f32::consts::SQRT_2,
    };
    for sheet in sheets {
        let settings = PageSettings::from_wh(WIDTH * scale, HEIGHT * scale)
            .ok_or_else(|| PdfError::Write("the paper is no page size".to_owned()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(scale, scale));
        draw(
            &mut Pen {
                surface: &mut surface,
                fonts: &fonts,
                missing: &mut missing,
            },
            sheet,
        );
        surface.pop();
        surface.finish();
        page.finish();
    }
    let bytes = document
        .finish()
        .map_err(|error| PdfError::Write(format!("{error:?}")))?;
    Ok(PlanReport {
        bytes,
        pages: sheets.len(),
        missing: missing.into_iter().collect(),
    })
}

fn draw(pen: &mut Pen<'_, '_>, sheet: &PosterSheet) {
    band(pen, sheet);
    cards(pen, sheet);
    pictograms(pen, CARDS_END + 26.0);
    let below = 528.0;
    let style = black(bold(19.0));
    pen.text(
        LEFT,
        below,
        style,
        &format!("{} 片区在这里", sheet.area_label),
    );
    poster_map::draw(
        pen,
        &sheet.map,
        sheet.extent,
        sheet.here,
        [LEFT, below + 9.0, 269.0, 228.0],
    );
    right_column(pen, sheet, below);
    small_print(pen, sheet);
}

/// Black in every type: paper is read in bad light.
const fn black(style: Type) -> Type {
    Type {
        colour: BLACK,
        ..style
    }
}

/// The style as large as the text allows, not below `least_pt`; longer text is shortened then.
fn fitting(
    pen: &Pen<'_, '_>,
    style: Type,
    text: &str,
    width_pt: f32,
    least_pt: f32,
) -> (Type, String) {
    let width = pen.width_pt(style, text);
    if width <= width_pt {
        return (style, text.to_owned());
    }
    let style = Type {
        size_pt: (style.size_pt * width_pt / width * FITS).max(least_pt),
        ..style
    };
    if pen.width_pt(style, text) <= width_pt {
        return (style, text.to_owned());
    }
    let text = pen.fitted(style, text, width_pt);
    (style, text)
}

fn band(pen: &mut Pen<'_, '_>, sheet: &PosterSheet) {
    let colour = COLOURS[usize::from(sheet.colour) % COLOURS.len()];
    let ink = reads_better(colour);
    pen.filled_box(0.0, 0.0, WIDTH, BAND, colour);
    let style = |size| Type {
        colour: ink,
        ..bold(size)
    };
    pen.text(LEFT, 67.0, style(56.0), "您的社区小管家");
    let line_ = format!("{} · 有事就打下面的电话", sheet.place);
    let (style, text) = fitting(pen, style(19.0), &line_, 400.0, 12.0);
    pen.text(LEFT, 101.0, style, &text);
    // Black on white whatever the colour: the number is what greyscale leaves.
    let plate = [RIGHT - 102.0, 14.0, 102.0, 94.0];
    let [x, y, w, h] = plate;
    pen.filled_box(x, y, w, h, WHITE);
    pen.outline_box(x, y, w, h, line(BLACK, 2.3));
    let (number, text) = fitting(pen, black(bold(60.0)), &sheet.area_label, w - 12.0, 24.0);
    pen.text_centred(x + w / 2.0, y + 60.0, number, &text);
    pen.text_centred(x + w / 2.0, y + 84.0, black(regular(16.0)), "片区");
}

/// White or black, whichever stands out more (relative luminance, WCAG 2).
fn reads_better((r, g, b): Colour) -> Colour {
    let part = |v: u8| {
        let v = f32::from(v) / 255.0;
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    if 1.05 / (light + 0.05) >= (light + 0.05) / 0.056 {
        WHITE
    } else {
        BLACK
    }
}

fn cards(pen: &mut Pen<'_, '_>, sheet: &PosterSheet) {
    let shown = sheet.cards.len().clamp(1, MOST_CARDS);
    let height = (CARDS_END - BAND) / shown as f32;
    for (at, card) in sheet.cards.iter().take(shown).enumerate() {
        let top = BAND + at as f32 * height;
        // One alone is written larger and stands in the middle of its place.
        let (name_pt, phone_pt, block, photo) = if shown == 1 {
            (50.0, 62.0, 150.0, [108.0, 144.0])
        } else {
            (42.0, 54.0, 112.0, [90.0, 120.0])
        };
        let y = top + (height - block) / 2.0;
        let left = LEFT + portrait(pen, card, top + height / 2.0, photo);
        let (style, name) = fitting(pen, black(bold(name_pt)), &card.name, 300.0, 40.0);
        let end = pen.text(left, y + name_pt * 0.88, style, &name);
        let (style, note) = fitting(
            pen,
            black(regular(18.0)),
            &card.note,
            RIGHT - end - 16.0,
            14.0,
        );
        pen.text(end + 16.0, y + name_pt * 0.88, style, &note);
        if let Some(phone) = &card.phone {
            let base = y + block - 8.0;
            let (style, phone) = number(pen, phone, phone_pt, RIGHT - left);
            let size = style.size_pt;
            pen.icon(
                ICON,
                left,
                base - size * 0.78,
                size * ICON_EM,
                line(BLACK, 2.2),
            );
            pen.text(left + size * ICON_EM + AFTER_ICON, base, style, &phone);
        }
        pen.rule(LEFT, top + height, RIGHT, top + height, line(BLACK, 1.4));
    }
}

/// A number with the room for its icon, as large as `width_pt` allows.
pub(super) fn number(
    pen: &Pen<'_, '_>,
    phone: &str,
    size_pt: f32,
    width_pt: f32,
) -> (Type, String) {
    let em = pen.width_pt(black(bold(1.0)), phone) + ICON_EM;
    let size = size_pt
        .min((width_pt - AFTER_ICON) / em * FITS)
        .max(LEAST_NUMBER);
    let room = width_pt - size * ICON_EM - AFTER_ICON;
    fitting(pen, black(bold(size)), phone, room, LEAST_NUMBER)
}

/// Draws the photo of a card in a box of this size about the height `middle`, with a line around it, so that it stands
/// out in grey too. How far it pushes the words to the right: nothing without a photo, or where the number could then
/// not be read from three metres.
fn portrait(pen: &mut Pen<'_, '_>, card: &PosterCard, middle: f32, [w, h]: [f32; 2]) -> f32 {
    let Some(jpeg) = &card.photo else { return 0.0 };
    let push = w + 14.0;
    let room = RIGHT - LEFT - push - LEAST_NUMBER * ICON_EM - AFTER_ICON;
    let least = black(bold(LEAST_NUMBER));
    let phone = card.phone.as_deref().unwrap_or("");
    if pen.width_pt(least, phone) > room {
        return 0.0;
    }
    let top = middle - h / 2.0;
    if !pen.photo(jpeg, [LEFT, top, w, h]) {
        return 0.0;
    }
    pen.outline_box(LEFT, top, w, h, line(BLACK, 1.1));
    push
}

fn pictograms(pen: &mut Pen<'_, '_>, y: f32) {
    pen.text(LEFT, y, black(bold(19.0)), "这些事，都可以找小管家");
    let gap = 6.0;
    let width = (RIGHT - LEFT - 5.0 * gap) / 6.0;
    for (at, (word, path)) in PICTOGRAMS.iter().enumerate() {
        let x = LEFT + at as f32 * (width + gap);
        pen.outline_box(x, y + 8.0, width, 70.0, line(BLACK, 1.1));
        pen.icon(
            path,
            x + (width - 36.0) / 2.0,
            y + 13.0,
            36.0,
            line(BLACK, 1.9),
        );
        pen.text_centred(x + width / 2.0, y + 69.0, black(bold(17.0)), word);
    }
}

fn right_column(pen: &mut Pen<'_, '_>, sheet: &PosterSheet, top: f32) {
    let x = LEFT + 292.0;
    let mut y = top;
    if let Some(url) = &sheet.url {
        pen.text(x, y, black(bold(19.0)), "扫一扫，看谁管您这幢");
        if qr(pen, url, x + 4.0, y + 16.0) {
            for (at, word) in ["不用登录", "不记位置", "也能反映", "问题"]
                .iter()
                .enumerate()
            {
                pen.text(
                    x + QR_PT + 24.0,
                    y + 38.0 + at as f32 * 21.0,
                    black(regular(15.0)),
                    word,
                );
            }
        }
        y += QR_PT + 30.0;
        pen.rule(x, y, RIGHT, y, line(BLACK, 1.1));
        y += 24.0;
    } else {
        pen.text(x, y, black(bold(19.0)), "还可以打");
        y += 34.0;
    }
    for (name, number) in sheet.contacts.iter().take(4) {
        let phone = black(bold(21.0));
        let width = pen.width_pt(phone, number);
        pen.text_right(RIGHT, y, phone, number);
        let (style, name) = fitting(
            pen,
            black(regular(15.0)),
            name,
            (RIGHT - x - width - 8.0).max(30.0),
            11.0,
        );
        pen.text(x, y, style, &name);
        y += 27.0;
    }
}

/// The code with its quiet zone, level Q: a quarter of it may be scratched off. Whether it was drawn.
fn qr(pen: &mut Pen<'_, '_>, url: &str, x: f32, y: f32) -> bool {
    let Ok(code) = qrcode::QrCode::with_error_correction_level(url, qrcode::EcLevel::Q) else {
        return false;
    };
    let (side, cells) = (code.width(), code.to_colors());
    let cell = QR_PT / side as f32;
    let mut rings = Vec::new();
    for row in 0..side {
        let mut from = None;
        for column in 0..=side {
            let dark = column < side && cells[row * side + column] == qrcode::Color::Dark;
            match (from, dark) {
                (None, true) => from = Some(column),
                (Some(start), false) => {
                    let at = |c: usize, r: usize| (x + c as f32 * cell, y + r as f32 * cell);
                    rings.push(vec![
                        at(start, row),
                        at(column, row),
                        at(column, row + 1),
                        at(start, row + 1),
                    ]);
                    from = None;
                }
                _ => {}
            }
        }
    }
    pen.path(&rings, true, Some(BLACK), None);
    true
}

fn small_print(pen: &mut Pen<'_, '_>, sheet: &PosterSheet) {
    let y = 790.0;
    pen.rule(LEFT, y, RIGHT, y, line(BLACK, 0.9));
    let style = black(regular(11.0));
    for (at, text) in sheet.small_left.iter().take(2).enumerate() {
        let text = pen.fitted(style, text, 300.0);
        pen.text(LEFT, y + 16.0 + at as f32 * 15.0, style, &text);
    }
    let mut right: Vec<(Type, &str)> = sheet
        .small_right
        .iter()
        .map(|text| (style, text.as_str()))
        .collect();
    if sheet.synthetic {
        right.insert(0, (black(bold(12.0)), "合成示例数据"));
    }
    for (at, (style, text)) in right.into_iter().take(3).enumerate() {
        let text = pen.fitted(style, text, 220.0);
        pen.text_right(RIGHT, y + 14.0 + at as f32 * 14.0, style, &text);
    }
}
