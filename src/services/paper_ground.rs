//! What lies under every printed map, and places in metres: for area sheets, the meeting and the heatmap.
//!
//! Not the sheets themselves. Invariant: places are metres (x east, y north) around the middle of their sheet,
//! rounded to decimetres, so that paper is drawn to scale.

use super::picture::{Picture, rect};
use super::planning;
use crate::spatial::{BBox, LocalFrame};
use geo_types::{Geometry, LineString, MultiPolygon};
use serde::Serialize;
use utoipa::ToSchema;

/// A place on paper.
pub type At = [f64; 2];

/// Something around: lines, or rings of a surface.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperLine {
    /// `road`, `water` or `green`.
    pub class: String,
    /// Name; empty without one.
    pub name: String,
    /// Lines or rings.
    pub paths: Vec<Vec<[f64; 2]>>,
}

/// Roads, water and greens of a picture.
pub struct Surroundings<'a>(Vec<(BBox, &'static str, &'a str, &'a Geometry<f64>)>);

impl<'a> Surroundings<'a> {
    /// All of them.
    pub fn of(picture: &'a Picture) -> Self {
        let barriers = picture.barriers.iter().map(|barrier| {
            let class = if barrier.class.is_water() {
                "water"
            } else {
                "road"
            };
            (
                class,
                barrier.name.as_deref().unwrap_or(""),
                &barrier.geometry,
            )
        });
        let backdrops = picture.backdrops.iter().filter_map(|backdrop| {
            let class = match backdrop.class.as_str() {
                "artery" | "road" | "lane" => "road",
                "green" => "green",
                "pond" => "water",
                _ => return None,
            };
            Some((class, backdrop.name.as_str(), &backdrop.geometry))
        });
        let named = backdrops
            .chain(barriers)
            .filter_map(|(class, name, geometry)| Some((rect(geometry)?, class, name, geometry)));
        Self(named.collect())
    }

    fn inside(
        &self,
        window: BBox,
    ) -> impl Iterator<Item = (&'static str, &'a str, &'a Geometry<f64>)> {
        self.0
            .iter()
            .filter(move |(bounds, ..)| bounds.intersects(window))
            .map(|(_, class, name, geometry)| (*class, *name, *geometry))
    }

    /// Lines in a window.
    pub fn lines(&self, window: BBox, frame: LocalFrame) -> Vec<PaperLine> {
        self.inside(window)
            .filter_map(|(class, name, geometry)| {
                let lines = match geometry {
                    Geometry::LineString(line) => vec![line],
                    Geometry::MultiLineString(lines) => lines.iter().collect(),
                    _ => return None,
                };
                Some(PaperLine {
                    class: class.to_owned(),
                    name: name.to_owned(),
                    paths: lines.into_iter().map(|line| path(line, frame)).collect(),
                })
            })
            .collect()
    }

    /// Surfaces in a window.
    pub fn surfaces(&self, window: BBox, frame: LocalFrame) -> Vec<PaperLine> {
        self.inside(window)
            .filter_map(|(class, name, geometry)| {
                let paths = match geometry {
                    Geometry::Polygon(_) | Geometry::MultiPolygon(_) => shape(geometry, frame),
                    _ => return None,
                };
                Some(PaperLine {
                    class: class.to_owned(),
                    name: name.to_owned(),
                    paths,
                })
            })
            .collect()
    }
}

/// West, south, east, north in metres.
pub fn metres(bounds: BBox, frame: LocalFrame) -> [f64; 4] {
    let low = tenth(frame.to_m([bounds.west(), bounds.south()]));
    let high = tenth(frame.to_m([bounds.east(), bounds.north()]));
    [low[0], low[1], high[0], high[1]]
}

/// Rounded to decimetres.
pub fn tenth(at: At) -> At {
    at.map(|m| (m * 10.0).round() / 10.0)
}

fn path(line: &LineString<f64>, frame: LocalFrame) -> Vec<At> {
    line.coords()
        .map(|c| tenth(frame.to_m([c.x, c.y])))
        .collect()
}

/// Rings of polygons.
pub fn rings(shape: &MultiPolygon<f64>, frame: LocalFrame) -> Vec<Vec<At>> {
    shape
        .iter()
        .flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()))
        .map(|ring| path(ring, frame))
        .collect()
}

/// Rings of what has a surface; none of a point.
pub fn shape(geometry: &Geometry<f64>, frame: LocalFrame) -> Vec<Vec<At>> {
    planning::polygons(geometry).map_or_else(Vec::new, |polygons| rings(&polygons, frame))
}
