//! The static map of the residents' page: SVG from metres, a few kilobytes, without a library.
//!
//! Invariant: it draws what [`PosterMap`] holds, places only; texts are escaped by `maud`.

use crate::services::notices::{At, PosterMap};
use maud::{Markup, html};
use std::fmt::Write as _;

/// Width of the drawing in its own units: letters keep their size whatever the area is.
const WIDTH: f64 = 360.0;
/// Buildings that are drawn, at most: a page stays below 30 kB.
const MOST_ROOFS: usize = 120;
/// Pieces of road that are drawn, at most.
const MOST_ROADS: usize = 40;

struct Frame {
    west: f64,
    north: f64,
    scale: f64,
    height: f64,
}

impl Frame {
    fn of([west, south, east, north]: [f64; 4]) -> Self {
        let scale = WIDTH / (east - west).max(1.0);
        Self {
            west,
            north,
            scale,
            height: ((north - south) * scale).clamp(120.0, 420.0),
        }
    }

    fn at(&self, [x, y]: At) -> (i32, i32) {
        (
            ((x - self.west) * self.scale).round() as i32,
            ((self.north - y) * self.scale).round() as i32,
        )
    }

    fn sees(&self, (x, y): (i32, i32)) -> bool {
        let beyond = 40;
        x > -beyond && x < WIDTH as i32 + beyond && y > -beyond && y < self.height as i32 + beyond
    }

    /// Path data of lines or rings, whole units; what lies outside as a whole is left out.
    fn path(&self, parts: &[Vec<At>], closed: bool) -> String {
        let mut d = String::new();
        for part in parts {
            let points: Vec<(i32, i32)> = part.iter().map(|at| self.at(*at)).collect();
            if points.len() < 2 || !points.iter().any(|at| self.sees(*at)) {
                continue;
            }
            let mut last = None;
            for at in points {
                if last == Some(at) {
                    continue;
                }
                // Writing to a string cannot fail.
                let _written = write!(
                    d,
                    "{}{} {}",
                    if last.is_none() { 'M' } else { 'L' },
                    at.0,
                    at.1
                );
                last = Some(at);
            }
            if closed {
                d.push('Z');
            }
        }
        d
    }
}

/// The map as SVG; `here` is the own building among the roofs.
pub fn draw(map: &PosterMap, extent: [f64; 4], here: Option<usize>, name: &str) -> Markup {
    let frame = Frame::of(extent);
    let roads: Vec<Vec<At>> = map
        .roads
        .iter()
        .take(MOST_ROADS)
        .map(|(_, path)| path.clone())
        .collect();
    let seen: Vec<usize> = (0..map.roofs.len())
        .filter(|at| here == Some(*at) || frame.sees(frame.at(map.roofs[*at].at)))
        .take(MOST_ROOFS)
        .collect();
    let rings = |own: bool| -> Vec<Vec<At>> {
        let those = seen
            .iter()
            .filter(|at| map.roofs[**at].own == own && here != Some(**at));
        those
            .flat_map(|at| map.roofs[*at].rings.iter().cloned())
            .collect()
    };
    let me = here.and_then(|at| map.roofs.get(at));
    let road = frame.path(&roads, false);
    let wide = (8.0 * frame.scale).clamp(4.0, 18.0).round();
    let view = format!("0 0 {WIDTH} {:.0}", frame.height);
    html! {
        svg viewBox=(view) role="img" aria-label={ "片区示意图，" (name) "标着“您在这里”" } font-family="sans-serif" text-anchor="middle" font-size="13" font-weight="700" {
            rect width=(WIDTH) height=(format!("{:.0}", frame.height)) fill="#f5f3ee" {}
            path d=(frame.path(&map.water, true)) fill="#c8dde6" {}
            path d=(road) fill="none" stroke="#cfcabd" stroke-width=(wide + 2.0) {}
            path d=(road) fill="none" stroke="#fff" stroke-width=(wide) {}
            path d=(frame.path(&rings(false), true)) fill="#e0ddd6" fill-rule="evenodd" {}
            path d=(frame.path(&rings(true), true)) fill="#fff" fill-rule="evenodd" stroke="#51626a" stroke-width="1.2" {}
            path d=(frame.path(&map.outline, true)) fill="none" stroke="#1d2a2f" stroke-width="1.8" stroke-dasharray="6 3" {}
            @if let Some(me) = me { path d=(frame.path(&me.rings, true)) fill="#111" fill-rule="evenodd" {} }
            (labels(map, &frame, &seen, here))
        }
    }
}

/// Names where there is room, the own building first.
fn labels(map: &PosterMap, frame: &Frame, seen: &[usize], here: Option<usize>) -> Markup {
    let mut taken: Vec<[i32; 4]> = Vec::new();
    let mut room = |x: i32, y: i32, chars: usize| {
        let half = 7 * chars.min(12) as i32;
        let place = [x - half, y - 11, x + half, y + 11];
        let inside =
            place[0] >= 0 && place[2] <= WIDTH as i32 && y > 8 && y < frame.height as i32 - 4;
        let clear = taken.iter().all(|other| {
            place[2] <= other[0]
                || place[0] >= other[2]
                || place[3] <= other[1]
                || place[1] >= other[3]
        });
        if inside && clear {
            taken.push(place);
        }
        inside && clear
    };
    let me = here
        .and_then(|at| map.roofs.get(at))
        .map(|roof| frame.at(roof.at));
    let flag = me.map(|(x, y)| {
        let up = y > 44;
        let fx = x.clamp(44, WIDTH as i32 - 44);
        let fy = if up { y - 26 } else { y + 26 };
        room(fx, fy, 6);
        room(fx, fy + 8, 6);
        (x, y, fx, fy, up)
    });
    let names: Vec<(i32, i32, &str)> = seen
        .iter()
        .filter(|at| map.roofs[**at].own && here != Some(**at))
        .filter_map(|at| {
            let roof = &map.roofs[*at];
            let (x, y) = frame.at(roof.at);
            (!roof.name.is_empty() && room(x, y, roof.name.chars().count())).then_some((
                x,
                y,
                roof.name.as_str(),
            ))
        })
        .collect();
    let gates: Vec<(i32, i32, &str, bool)> = map
        .gates
        .iter()
        .map(|(name, at)| (frame.at(*at), name.as_str()))
        .filter(|((x, y), _)| *x > 0 && *x < WIDTH as i32 && *y > 0 && *y < frame.height as i32)
        .map(|((x, y), name)| {
            (
                x,
                y,
                name,
                !name.is_empty() && room(x, y - 14, name.chars().count()),
            )
        })
        .collect();
    html! {
        @for (x, y, name, named) in gates {
            rect x=(x - 5) y=(y - 5) width="10" height="10" fill="#1d2a2f" {}
            @if named { text x=(x) y=(y - 9) stroke="#f5f3ee" stroke-width="3" paint-order="stroke" { (name) } }
        }
        @for (x, y, name) in names { text x=(x) y=(y + 5) stroke="#fff" stroke-width="3" paint-order="stroke" { (name) } }
        @if let Some((x, y, fx, fy, up)) = flag {
            path d=(format!("M{} {}h84v24h-84zM{} {}h14L{x} {}z", fx - 42, fy - 12, x - 7, if up { fy + 12 } else { fy - 12 }, if up { y - 4 } else { y + 4 })) fill="#111" {}
            text x=(fx) y=(fy + 6) fill="#fff" font-size="16" { "您在这里" }
        }
    }
}
