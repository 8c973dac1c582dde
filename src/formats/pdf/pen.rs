//! Drawing on a page in points from the top left: text, lines, polygons.
//!
//! Invariant: text that is too long for its place is shortened with an ellipsis, never run over
//! its neighbour; coordinates that are not finite are not drawn.

use std::collections::BTreeSet;
use std::sync::Arc;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineJoin, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};

use super::font::{Fonts, Weight, printable};

/// Red, green, blue.
pub(super) type Colour = (u8, u8, u8);

pub(super) const INK: Colour = (29, 42, 47);
pub(super) const INK_2: Colour = (81, 98, 106);
pub(super) const LINE: Colour = (150, 160, 165);
pub(super) const WHITE: Colour = (255, 255, 255);

/// A style of type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub weight: Weight,
    pub size_pt: f32,
    pub colour: Colour,
}

pub(super) const fn regular(size_pt: f32) -> Type {
    Type {
        weight: Weight::Regular,
        size_pt,
        colour: INK,
    }
}

pub(super) const fn bold(size_pt: f32) -> Type {
    Type {
        weight: Weight::Bold,
        size_pt,
        colour: INK,
    }
}

impl Type {
    pub const fn quiet(self) -> Self {
        Self {
            colour: INK_2,
            ..self
        }
    }
}

/// A line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    pub colour: Colour,
    pub width_pt: f32,
    pub dashed: bool,
}

pub(super) const fn line(colour: Colour, width_pt: f32) -> Line {
    Line {
        colour,
        width_pt,
        dashed: false,
    }
}

pub(super) struct Pen<'a, 'b> {
    pub surface: &'a mut Surface<'b>,
    pub fonts: &'a Fonts,
    pub missing: &'a mut BTreeSet<char>,
}

impl Pen<'_, '_> {
    pub fn width_pt(&self, style: Type, text: &str) -> f32 {
        self.fonts.width_pt(style.weight, style.size_pt, text)
    }

    /// Sets one line from `x` on the base line `y`; returns where it ends.
    pub fn text(&mut self, x: f32, y: f32, style: Type, text: &str) -> f32 {
        let text: String = text.chars().map(printable).collect();
        self.fill(style.colour);
        let mut at = x;
        let mut run: Vec<KrillaGlyph> = Vec::new();
        let mut run_weight = style.weight;
        let mut run_x = x;
        for (i, c) in text.char_indices() {
            let g = self.fonts.glyph(style.weight, c);
            if !run.is_empty() && (g.id.is_none() || g.weight != run_weight) {
                self.set(
                    run_x,
                    y,
                    style.size_pt,
                    run_weight,
                    &std::mem::take(&mut run),
                    &text,
                );
            }
            if let Some(id) = g.id {
                if run.is_empty() {
                    (run_x, run_weight) = (at, g.weight);
                }
                let range = i..i + c.len_utf8();
                let id = GlyphId::new(id);
                run.push(KrillaGlyph::new(
                    id,
                    g.advance_em,
                    0.0,
                    0.0,
                    0.0,
                    range,
                    None,
                ));
            } else {
                self.missing.insert(c);
                let s = style.size_pt;
                self.outline_box(
                    at + 0.08 * s,
                    y - 0.78 * s,
                    0.84 * s,
                    0.84 * s,
                    line(style.colour, 0.06 * s),
                );
                self.fill(style.colour);
            }
            at += g.advance_em * style.size_pt;
        }
        self.set(run_x, y, style.size_pt, run_weight, &run, &text);
        at
    }

    fn set(&mut self, x: f32, y: f32, size: f32, weight: Weight, run: &[KrillaGlyph], text: &str) {
        if !run.is_empty() {
            let font = self.fonts.font(weight);
            self.surface
                .draw_glyphs(Point::from_xy(x, y), run, font, text, size, false);
        }
    }

    /// Ends at `x`.
    pub fn text_right(&mut self, x: f32, y: f32, style: Type, text: &str) {
        let width = self.width_pt(style, text);
        self.text(x - width, y, style, text);
    }

    pub fn text_centred(&mut self, x: f32, y: f32, style: Type, text: &str) {
        let width = self.width_pt(style, text);
        self.text(x - width / 2.0, y, style, text);
    }

    /// Breaks `text` into lines of at most `width_pt`; a last line that would be beyond
    /// `most_lines` ends in an ellipsis. A closing mark never begins a line.
    pub fn lines(&self, style: Type, text: &str, width_pt: f32, most_lines: usize) -> Vec<String> {
        const NOT_FIRST: &str = "，。；：、）》”’！？%";
        let mut out: Vec<String> = vec![String::new()];
        let mut used = 0.0;
        for c in text.chars().map(printable) {
            let w = self.fonts.glyph(style.weight, c).advance_em * style.size_pt;
            if used + w > width_pt && !NOT_FIRST.contains(c) && used > 0.0 {
                if out.len() == most_lines {
                    if let Some(last) = out.last_mut() {
                        last.pop();
                        last.push('…');
                    }
                    return out;
                }
                out.push(String::new());
                used = 0.0;
                if c == ' ' {
                    continue;
                }
            }
            if let Some(last) = out.last_mut() {
                last.push(c);
            }
            used += w;
        }
        out
    }

    /// One line, shortened to fit.
    pub fn fitted(&self, style: Type, text: &str, width_pt: f32) -> String {
        self.lines(style, text, width_pt, 1).swap_remove(0)
    }

    fn fill(&mut self, (r, g, b): Colour) {
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            paint: rgb::Color::new(r, g, b).into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::EvenOdd,
        }));
    }

    fn stroke(&mut self, l: Line) {
        let (r, g, b) = l.colour;
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: rgb::Color::new(r, g, b).into(),
            width: l.width_pt,
            line_join: LineJoin::Round,
            dash: l.dashed.then(|| StrokeDash {
                array: vec![l.width_pt * 2.5, l.width_pt * 1.5],
                offset: 0.0,
            }),
            ..Stroke::default()
        }));
    }

    pub fn filled_box(&mut self, x: f32, y: f32, w: f32, h: f32, colour: Colour) {
        if let Some(path) = rectangle(x, y, w, h) {
            self.fill(colour);
            self.surface.draw_path(&path);
        }
    }

    pub fn outline_box(&mut self, x: f32, y: f32, w: f32, h: f32, l: Line) {
        if let Some(path) = rectangle(x, y, w, h) {
            self.stroke(l);
            self.surface.draw_path(&path);
        }
    }

    pub fn rule(&mut self, x0: f32, y0: f32, x1: f32, y1: f32, l: Line) {
        self.path(&[vec![(x0, y0), (x1, y1)]], false, None, Some(l));
    }

    /// Rings (closed) or lines; filled by the even-odd rule.
    pub fn path(
        &mut self,
        parts: &[Vec<(f32, f32)>],
        closed: bool,
        fill: Option<Colour>,
        l: Option<Line>,
    ) {
        let mut builder = PathBuilder::new();
        for part in parts.iter().filter(|p| p.len() > 1) {
            if part.iter().any(|p| !p.0.is_finite() || !p.1.is_finite()) {
                continue;
            }
            for (i, &(x, y)) in part.iter().enumerate() {
                if i == 0 {
                    builder.move_to(x, y);
                } else {
                    builder.line_to(x, y);
                }
            }
            if closed {
                builder.close();
            }
        }
        let Some(path) = builder.finish() else { return };
        if let Some(colour) = fill {
            self.fill(colour);
            self.surface.draw_path(&path);
        }
        if let Some(l) = l {
            self.stroke(l);
            self.surface.draw_path(&path);
        }
    }

    /// A pictogram on a grid of 24, drawn as a line `l` (its width in units of that grid) into a square.
    pub fn icon(&mut self, d: &str, x: f32, y: f32, side: f32, l: Line) {
        let Ok(shape) = kurbo::BezPath::from_svg(d) else {
            return;
        };
        let scale = side / 24.0;
        let at = |p: kurbo::Point| (x + p.x as f32 * scale, y + p.y as f32 * scale);
        let mut builder = PathBuilder::new();
        for element in shape {
            match element {
                kurbo::PathEl::MoveTo(p) => {
                    let (x, y) = at(p);
                    builder.move_to(x, y);
                }
                kurbo::PathEl::LineTo(p) => {
                    let (x, y) = at(p);
                    builder.line_to(x, y);
                }
                kurbo::PathEl::QuadTo(a, p) => {
                    let ((ax, ay), (x, y)) = (at(a), at(p));
                    builder.quad_to(ax, ay, x, y);
                }
                kurbo::PathEl::CurveTo(a, b, p) => {
                    let ((ax, ay), (bx, by), (x, y)) = (at(a), at(b), at(p));
                    builder.cubic_to(ax, ay, bx, by, x, y);
                }
                kurbo::PathEl::ClosePath => builder.close(),
            }
        }
        if let Some(path) = builder.finish() {
            self.stroke(Line {
                width_pt: l.width_pt * scale,
                ..l
            });
            self.surface.draw_path(&path);
        }
    }

    /// A JPEG that fills the box; what is beyond it is cut off. Whether it could be read.
    pub fn photo(&mut self, jpeg: &Arc<Vec<u8>>, [x, y, w, h]: [f32; 4]) -> bool {
        let Ok(image) = Image::from_jpeg(jpeg.clone().into(), true) else {
            return false;
        };
        let (wide, high) = image.size();
        let scale = (w / wide as f32).max(h / high as f32);
        let (full_w, full_h) = (wide as f32 * scale, high as f32 * scale);
        let Some(size) = Size::from_wh(full_w, full_h) else {
            return false;
        };
        let at = Transform::from_translate(x + (w - full_w) / 2.0, y + (h - full_h) / 2.0);
        self.clipped([x, y, w, h], |pen| {
            pen.surface.push_transform(&at);
            pen.surface.draw_image(image, size);
            pen.surface.pop();
        });
        true
    }

    /// What `draw` draws is cut off at the box.
    pub fn clipped(&mut self, [x, y, w, h]: [f32; 4], draw: impl FnOnce(&mut Self)) {
        let Some(path) = rectangle(x, y, w, h) else {
            return;
        };
        self.surface.push_clip_path(&path, &FillRule::NonZero);
        draw(self);
        self.surface.pop();
    }
}

fn rectangle(x: f32, y: f32, w: f32, h: f32) -> Option<Path> {
    let mut builder = PathBuilder::new();
    builder.push_rect(Rect::from_xywh(x, y, w, h)?);
    builder.finish()
}
