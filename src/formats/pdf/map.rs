//! The map of a plan on white land: readable in colour and in greyscale.
//!
//! Roofs carry the colour, a light wash gives the extent, the number says which area it is; borders
//! are white under ink, heavy and dashed where the area is out of its band.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::pen::{Colour, INK, INK_2, LINE, Line, Pen, Type, WHITE, bold, line, regular};
use super::{AreaRow, PlanSheet};

/// The six area colours; neighbours never share one.
pub(super) const COLOURS: [Colour; 6] = [
    (17, 119, 51),
    (153, 221, 255),
    (170, 68, 153),
    (170, 170, 0),
    (240, 228, 66),
    (255, 170, 187),
];
const WATER: Colour = (222, 234, 240);
const ROAD: Colour = (226, 226, 222);
const TAG: Type = bold(7.5);
const NAME: Type = Type {
    size_pt: 5.5,
    ..regular(5.5).quiet()
};
const METRES_PER_DEGREE: f64 = 111_195.0;

/// From degrees to the page, true to shape in the middle of the map.
struct Frame {
    west: f64,
    north: f64,
    pt_per_degree_lon: f64,
    pt_per_degree_lat: f64,
    x: f64,
    y: f64,
}

impl Frame {
    /// Fits everything that has an outline into the box, with a margin.
    fn fit(sheet: &PlanSheet, [x, y, w, h]: [f32; 4]) -> Option<Self> {
        let [west, south, east, north] = bounds(sheet)?;
        let squeeze = f64::midpoint(south, north).to_radians().cos().max(0.01);
        let margin = 6.0;
        let (w, h) = (f64::from(w) - 2.0 * margin, f64::from(h) - 2.0 * margin);
        let span_x = ((east - west) * squeeze).max(1e-6);
        let span_y = (north - south).max(1e-6);
        let scale = (w / span_x).min(h / span_y);
        Some(Self {
            west,
            north,
            pt_per_degree_lon: scale * squeeze,
            pt_per_degree_lat: scale,
            x: f64::from(x) + margin + (w - span_x * scale) / 2.0,
            y: f64::from(y) + margin + (h - span_y * scale) / 2.0,
        })
    }

    fn at(&self, c: Coord<f64>) -> (f32, f32) {
        (
            (self.x + (c.x - self.west) * self.pt_per_degree_lon) as f32,
            (self.y + (self.north - c.y) * self.pt_per_degree_lat) as f32,
        )
    }

    fn line(&self, l: &LineString<f64>) -> Vec<(f32, f32)> {
        l.coords().map(|c| self.at(*c)).collect()
    }

    fn polygon(&self, p: &Polygon<f64>) -> Vec<Vec<(f32, f32)>> {
        std::iter::once(p.exterior())
            .chain(p.interiors())
            .map(|r| self.line(r))
            .collect()
    }

    fn multi(&self, m: &MultiPolygon<f64>) -> Vec<Vec<(f32, f32)>> {
        m.iter().flat_map(|p| self.polygon(p)).collect()
    }
}

/// Height over width of what is to be drawn, for the layout of the page; 0.6 for nothing.
pub(super) fn proportion(sheet: &PlanSheet) -> f32 {
    bounds(sheet).map_or(0.6, |[west, south, east, north]| {
        let squeeze = f64::midpoint(south, north).to_radians().cos().max(0.01);
        ((north - south).max(1e-6) / ((east - west) * squeeze).max(1e-6)) as f32
    })
}

fn bounds(sheet: &PlanSheet) -> Option<[f64; 4]> {
    let areas = sheet.areas.iter().map(|a| &a.outline);
    let compounds = sheet.compounds.iter().map(|c| &c.1);
    let mut b: Option<[f64; 4]> = None;
    for c in areas
        .chain(compounds)
        .chain(&sheet.limit)
        .flatten()
        .flat_map(|p| p.exterior().coords())
        .filter(|c| c.x.is_finite() && c.y.is_finite())
    {
        let [w, s, e, n] = b.unwrap_or([c.x, c.y, c.x, c.y]);
        b = Some([w.min(c.x), s.min(c.y), e.max(c.x), n.max(c.y)]);
    }
    b
}

/// Draws the map into the box `[x, y, width, height]`.
pub(super) fn draw(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, place: [f32; 4]) {
    let [x, y, w, h] = place;
    if let Some(frame) = Frame::fit(sheet, place) {
        pen.clipped(place, |pen| {
            land(pen, sheet, &frame);
            areas(pen, sheet, &frame);
            names_and_tags(pen, sheet, &frame);
            scale_bar(pen, &frame, x + w, y + h);
            north_arrow(pen, x + w - 16.0, y + 10.0);
        });
    } else {
        let text = "没有可画的片区轮廓";
        pen.text_centred(x + w / 2.0, y + h / 2.0, regular(10.0).quiet(), text);
    }
    pen.outline_box(x, y, w, h, line(INK, 0.8));
}

fn land(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, frame: &Frame) {
    let roads: Vec<_> = sheet.roads.iter().map(|r| frame.line(r)).collect();
    pen.path(&roads, false, None, Some(line(ROAD, 2.0)));
    if let Some(limit) = &sheet.limit {
        let dashed = Line {
            dashed: true,
            ..line(INK_2, 0.9)
        };
        pen.path(&frame.multi(limit), true, None, Some(dashed));
    }
}

fn areas(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, frame: &Frame) {
    let outlines: Vec<_> = sheet
        .areas
        .iter()
        .map(|a| frame.multi(&a.outline))
        .collect();
    for (a, outline) in sheet.areas.iter().zip(&outlines) {
        pen.path(outline, true, Some(wash(colour(a))), None);
    }
    for p in &sheet.water {
        pen.path(&frame.polygon(p), true, Some(WATER), Some(line(LINE, 0.3)));
    }
    for (_, outline) in &sheet.compounds {
        pen.path(&frame.multi(outline), true, None, Some(line(LINE, 0.4)));
    }
    for (roof, area) in &sheet.roofs {
        let fill = area.and_then(|i| sheet.areas.get(i)).map_or(WHITE, colour);
        pen.path(
            &frame.polygon(roof),
            true,
            Some(fill),
            Some(line(INK_2, 0.25)),
        );
    }
    for outline in &outlines {
        pen.path(outline, true, None, Some(line(WHITE, 2.2)));
    }
    for outline in &outlines {
        pen.path(outline, true, None, Some(line(INK, 0.8)));
    }
    for (_, outline) in sheet
        .areas
        .iter()
        .zip(&outlines)
        .filter(|(a, _)| a.out_of_band)
    {
        pen.path(
            outline,
            true,
            None,
            Some(Line {
                dashed: true,
                ..line(INK, 1.8)
            }),
        );
    }
}

pub(super) fn colour(a: &AreaRow) -> Colour {
    COLOURS[usize::from(a.colour) % COLOURS.len()]
}

/// A quarter of the colour on white, opaque.
pub(super) fn wash((r, g, b): Colour) -> Colour {
    let mix = |c: u8| (191 + u16::from(c) / 4) as u8;
    (mix(r), mix(g), mix(b))
}

fn names_and_tags(pen: &mut Pen<'_, '_>, sheet: &PlanSheet, frame: &Frame) {
    for (name, outline) in &sheet.compounds {
        // In the compound's north-west corner, so that the middle is left for the number.
        let corner = outline
            .iter()
            .flat_map(|p| p.exterior().coords())
            .map(|c| frame.at(*c))
            .min_by(|a, b| (a.0 + 1.3 * a.1).total_cmp(&(b.0 + 1.3 * b.1)));
        if let Some((x, y)) = corner {
            let (x, y) = (x + 2.0, y + 7.0);
            let width = pen.width_pt(NAME, name);
            pen.filled_box(x - 0.8, y - 5.2, width + 1.6, 6.6, WHITE);
            pen.text(x, y, NAME, name);
        }
    }
    let drawn: Vec<&AreaRow> = sheet
        .areas
        .iter()
        .filter(|a| !a.outline.0.is_empty() && a.tag.x().is_finite() && a.tag.y().is_finite())
        .collect();
    let mut at: Vec<(f32, f32)> = drawn.iter().map(|a| frame.at(a.tag.0)).collect();
    push_apart(&mut at, 19.0, 12.0);
    for (a, (x, y)) in drawn.iter().zip(at) {
        let width = pen.width_pt(TAG, &a.label) + 5.0;
        pen.filled_box(x - width / 2.0, y - 5.5, width, 11.0, WHITE);
        let border = line(INK, if a.out_of_band { 1.4 } else { 0.6 });
        pen.outline_box(x - width / 2.0, y - 5.5, width, 11.0, border);
        pen.text_centred(x, y + 2.7, TAG, &a.label);
    }
}

/// Moves tags until no two cover each other; gives up after sixty rounds.
fn push_apart(at: &mut [(f32, f32)], width: f32, height: f32) {
    for _ in 0..60 {
        let mut moved = false;
        for i in 0..at.len() {
            for j in i + 1..at.len() {
                let (dx, dy) = (at[j].0 - at[i].0, at[j].1 - at[i].1);
                let (over_x, over_y) = (width - dx.abs(), height - dy.abs());
                if over_x > 0.0 && over_y > 0.0 {
                    moved = true;
                    if over_y < over_x * 0.8 {
                        let k = over_y / 2.0 * if dy < 0.0 { -1.0 } else { 1.0 };
                        at[i].1 -= k;
                        at[j].1 += k;
                    } else {
                        let k = over_x / 2.0 * if dx < 0.0 { -1.0 } else { 1.0 };
                        at[i].0 -= k;
                        at[j].0 += k;
                    }
                }
            }
        }
        if !moved {
            break;
        }
    }
}

fn scale_bar(pen: &mut Pen<'_, '_>, frame: &Frame, right: f32, bottom: f32) {
    let pt_per_m = frame.pt_per_degree_lat / METRES_PER_DEGREE;
    let most_m = 90.0 / pt_per_m;
    let unit = 10_f64.powf(most_m.log10().floor());
    let length_m = [5.0, 2.0, 1.0]
        .map(|k| k * unit)
        .into_iter()
        .find(|m| *m <= most_m);
    let length_m = length_m.unwrap_or(unit);
    let length = (length_m * pt_per_m) as f32;
    let text = if length_m >= 1000.0 {
        format!("{} 公里", length_m / 1000.0)
    } else {
        format!("{length_m} 米")
    };
    let style = regular(7.0);
    let (x0, x1, y) = (right - 10.0 - length, right - 10.0, bottom - 8.0);
    let width = pen.width_pt(style, &text);
    pen.filled_box(
        x0 - width - 10.0,
        y - 9.0,
        length + width + 16.0,
        13.0,
        WHITE,
    );
    pen.text(x0 - width - 5.0, y, style, &text);
    let bar = vec![(x0, y - 4.0), (x0, y), (x1, y), (x1, y - 4.0)];
    pen.path(&[bar], false, None, Some(line(INK, 0.9)));
}

fn north_arrow(pen: &mut Pen<'_, '_>, x: f32, y: f32) {
    pen.filled_box(x - 8.0, y - 6.0, 16.0, 27.0, WHITE);
    let arrow = vec![
        (x, y - 4.0),
        (x + 4.5, y + 8.0),
        (x, y + 5.0),
        (x - 4.5, y + 8.0),
    ];
    pen.path(&[arrow], true, Some(INK), None);
    pen.text_centred(x, y + 17.0, bold(7.5), "北");
}
