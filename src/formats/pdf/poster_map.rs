//! The area around a building, to scale: what is mine, where I am, where the gate is. Drawn in black on white.
//!
//! Places are metres of a local frame, x east and y north. Invariant: labels never lie on each other; the own
//! building is always labelled.

use super::pen::{Colour, Pen, Type, WHITE, bold, line, regular};

const BLACK: Colour = (17, 17, 17);
const LAND: Colour = (245, 243, 238);
const ROAD_CASE: Colour = (200, 197, 190);
const WATER: Colour = (214, 226, 232);
const OTHER: Colour = (224, 221, 214);

/// A place in metres.
pub type At = [f64; 2];

/// What is drawn around a building.
#[derive(Debug, Clone, Default)]
pub struct PosterMap {
    /// Rings of the area.
    pub outline: Vec<Vec<At>>,
    /// Centre lines of roads with their names.
    pub roads: Vec<(String, Vec<At>)>,
    /// Rings of water.
    pub water: Vec<Vec<At>>,
    /// Buildings.
    pub roofs: Vec<PosterRoof>,
    /// Gates with their names.
    pub gates: Vec<(String, At)>,
}

/// A building on the map.
#[derive(Debug, Clone, Default)]
pub struct PosterRoof {
    /// 7 幢
    pub name: String,
    /// Its middle.
    pub at: At,
    /// Its rings; may be empty for a building known as a point.
    pub rings: Vec<Vec<At>>,
    /// Whether it belongs to the area.
    pub own: bool,
}

/// From metres to the page.
struct Frame {
    west: f64,
    north: f64,
    scale: f64,
    x: f64,
    y: f64,
}

impl Frame {
    fn of([west, south, east, north]: [f64; 4], [x, y, w, h]: [f32; 4]) -> Option<Self> {
        let (width, height) = ((east - west).max(1.0), (north - south).max(1.0));
        let scale = (f64::from(w) / width).min(f64::from(h) / height);
        scale.is_finite().then(|| Self {
            west,
            north,
            scale,
            x: f64::from(x) + (f64::from(w) - width * scale) / 2.0,
            y: f64::from(y) + (f64::from(h) - height * scale) / 2.0,
        })
    }

    fn at(&self, [x, y]: At) -> (f32, f32) {
        (
            (self.x + (x - self.west) * self.scale) as f32,
            (self.y + (self.north - y) * self.scale) as f32,
        )
    }

    fn rings(&self, rings: &[Vec<At>]) -> Vec<Vec<(f32, f32)>> {
        rings
            .iter()
            .map(|ring| ring.iter().map(|at| self.at(*at)).collect())
            .collect()
    }
}

/// Draws what lies in `extent` (west, south, east, north, metres) into `[x, y, width, height]`; `here` is the own
/// building among the roofs.
pub(super) fn draw(
    pen: &mut Pen<'_, '_>,
    map: &PosterMap,
    extent: [f64; 4],
    here: Option<usize>,
    place: [f32; 4],
) {
    let [x, y, w, h] = place;
    pen.filled_box(x, y, w, h, LAND);
    if let Some(frame) = Frame::of(extent, place) {
        pen.clipped(place, |pen| {
            ground(pen, map, &frame);
            buildings(pen, map, here, &frame, place);
        });
    }
    north(pen, x + 15.0, y + 12.0);
    pen.outline_box(x, y, w, h, line(BLACK, 1.1));
}

fn ground(pen: &mut Pen<'_, '_>, map: &PosterMap, frame: &Frame) {
    pen.path(&frame.rings(&map.water), true, Some(WATER), None);
    let wide = ((8.0 * frame.scale) as f32).clamp(3.0, 11.0);
    let roads: Vec<Vec<(f32, f32)>> = map
        .roads
        .iter()
        .map(|(_, path)| path.iter().map(|at| frame.at(*at)).collect())
        .collect();
    pen.path(&roads, false, None, Some(line(ROAD_CASE, wide + 1.4)));
    pen.path(&roads, false, None, Some(line(WHITE, wide)));
}

fn buildings(
    pen: &mut Pen<'_, '_>,
    map: &PosterMap,
    here: Option<usize>,
    frame: &Frame,
    place: [f32; 4],
) {
    for (at, roof) in map.roofs.iter().enumerate() {
        let (fill, border) = match (here == Some(at), roof.own) {
            (true, _) => (BLACK, 1.4),
            (false, true) => (WHITE, 1.4),
            (false, false) => (OTHER, 0.4),
        };
        if roof.rings.iter().all(|ring| ring.len() < 3) {
            let (px, py) = frame.at(roof.at);
            pen.filled_box(px - 5.0, py - 5.0, 10.0, 10.0, fill);
            pen.outline_box(px - 5.0, py - 5.0, 10.0, 10.0, line(BLACK, border));
        } else {
            pen.path(
                &frame.rings(&roof.rings),
                true,
                Some(fill),
                Some(line(BLACK, border)),
            );
        }
    }
    let mut dashed = line(BLACK, 1.8);
    dashed.dashed = true;
    pen.path(&frame.rings(&map.outline), true, None, Some(dashed));
    let mut taken: Vec<[f32; 4]> = Vec::new();
    let inside = |px: f32, py: f32| {
        let [x, y, w, h] = place;
        px > x + 4.0 && px < x + w - 4.0 && py > y + 4.0 && py < y + h - 4.0
    };
    if let Some(roof) = here.and_then(|at| map.roofs.get(at)) {
        flag(pen, frame.at(roof.at), place, &mut taken);
    }
    for (name, at) in &map.gates {
        let (px, py) = frame.at(*at);
        if inside(px, py) {
            pen.filled_box(px - 4.5, py - 4.5, 9.0, 9.0, BLACK);
            label(pen, (px, py + 13.0), bold(9.5), name, None, &mut taken);
        }
    }
    for (at, roof) in map.roofs.iter().enumerate().filter(|(_, roof)| roof.own) {
        let own = here == Some(at);
        let (px, py) = frame.at(roof.at);
        if inside(px, py) {
            let colour = if own { WHITE } else { BLACK };
            let style = Type {
                colour,
                ..bold(10.5)
            };
            label(
                pen,
                (px, py),
                style,
                &roof.name,
                Some(if own { BLACK } else { WHITE }),
                &mut taken,
            );
        }
    }
    for (name, path) in &map.roads {
        let middle = path
            .iter()
            .map(|at| frame.at(*at))
            .filter(|(px, py)| inside(*px, *py))
            .collect::<Vec<_>>();
        if let Some(at) = middle.get(middle.len() / 2) {
            label(pen, *at, regular(9.0), name, None, &mut taken);
        }
    }
}

/// A text around its middle, on a plate, unless it would lie on another one.
fn label(
    pen: &mut Pen<'_, '_>,
    (x, y): (f32, f32),
    style: Type,
    text: &str,
    plate: Option<Colour>,
    taken: &mut Vec<[f32; 4]>,
) {
    if text.is_empty() {
        return;
    }
    let text = pen.fitted(style, text, 90.0);
    let (w, h) = (pen.width_pt(style, &text) + 3.0, style.size_pt + 2.0);
    let place = [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0];
    let clear = |other: &[f32; 4]| {
        place[2] <= other[0] || place[0] >= other[2] || place[3] <= other[1] || place[1] >= other[3]
    };
    if !taken.iter().all(clear) {
        return;
    }
    taken.push(place);
    if let Some(plate) = plate {
        pen.filled_box(place[0], place[1], w, h, plate);
    }
    pen.text_centred(x, y + style.size_pt * 0.36, style, &text);
}

/// 您在这里, black on white with a pointer.
fn flag(
    pen: &mut Pen<'_, '_>,
    (x, y): (f32, f32),
    [left, top, width, _]: [f32; 4],
    taken: &mut Vec<[f32; 4]>,
) {
    let style = Type {
        colour: WHITE,
        ..bold(15.0)
    };
    let (w, h) = (pen.width_pt(style, "您在这里") + 12.0, 22.0);
    let fx = (x - w / 2.0).clamp(left + 2.0, left + width - w - 2.0);
    // Above the building; below it where there is no room above.
    let up = y - 19.0 - h > top + 2.0;
    let (fy, tip, base) = if up {
        (y - 19.0 - h, y - 8.0, y - 19.0)
    } else {
        (y + 19.0, y + 8.0, y + 19.0)
    };
    pen.filled_box(fx, fy, w, h, BLACK);
    pen.path(
        &[vec![(x - 7.0, base), (x + 7.0, base), (x, tip)]],
        true,
        Some(BLACK),
        Some(line(WHITE, 0.6)),
    );
    pen.text_centred(fx + w / 2.0, fy + 16.2, style, "您在这里");
    taken.push([fx, fy, fx + w, fy + h]);
}

fn north(pen: &mut Pen<'_, '_>, x: f32, y: f32) {
    pen.path(
        &[vec![
            (x, y - 7.0),
            (x + 5.0, y + 8.0),
            (x, y + 4.5),
            (x - 5.0, y + 8.0),
        ]],
        true,
        Some(BLACK),
        None,
    );
    pen.text_centred(
        x,
        y + 19.0,
        Type {
            colour: BLACK,
            ..bold(10.0)
        },
        "北",
    );
}
