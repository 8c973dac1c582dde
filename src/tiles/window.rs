//! One tile as a window on the fixed-point plane, and shapes drawn into it.
//!
//! Not the encoder: no attributes here. Invariants: a drawn exterior has an area, is followed by its holes,
//! and everything lies within the buffer.

use super::clip::{P, Scratch, area2, tidy_ring};
use crate::atlas::{Fixed, FixedBox, Shapes};
use crate::spatial::TileCoord;

/// Side of a tile in tile units.
pub const EXTENT: i32 = 4096;
/// Drawn beyond the edge, tile units: 8 css px of a 512 px tile, more than half of the widest line.
pub const BUFFER: i32 = 64;
/// Zooms up to this one are generalised.
pub(super) const GENERAL_ZOOM: u8 = 12;
/// Half a css px of a 512 px tile.
const HALF_PX: i32 = 4;
/// Deepest zoom that is encoded; clients enlarge it (overzoom).
pub(super) const DEEPEST: u8 = 16;

/// A tile and what is being drawn into it.
#[derive(Debug)]
pub(super) struct Window {
    zoom: u8,
    origin: [i64; 2],
    shift: u32,
    vertices: Vec<P>,
    /// End of each part in `vertices`, and whether it is a hole.
    parts: Vec<(usize, bool)>,
    ring: Vec<P>,
    scratch: Scratch,
}

impl Window {
    /// The window of a tile of zoom 0..=16.
    pub(super) fn new(tile: TileCoord) -> Self {
        Self {
            zoom: tile.z(),
            origin: tile.origin_u32().map(i64::from),
            // A world is 2³² fixed units and 2^(z + 12) tile units.
            shift: 20 - u32::from(tile.z().min(DEEPEST)),
            vertices: Vec::new(),
            parts: Vec::new(),
            ring: Vec::new(),
            scratch: Scratch::default(),
        }
    }

    /// The tile with its buffer.
    pub(super) fn query(&self) -> FixedBox {
        let at = |value: i64, offset: i32| {
            (value + (i64::from(offset) << self.shift)).clamp(0, i64::from(u32::MAX)) as u32
        };
        let [x, y] = self.origin;
        let (low, high) = (-BUFFER, EXTENT + BUFFER);
        [at(x, low), at(y, low), at(x, high), at(y, high)]
    }

    /// Whether a feature with this box can be left out: less than half a css px at low zoom.
    pub(super) fn is_tiny(&self, bounds: FixedBox) -> bool {
        let side = (bounds[2] - bounds[0]).max(bounds[3] - bounds[1]);
        self.zoom <= GENERAL_ZOOM && i64::from(side) < i64::from(HALF_PX) << self.shift
    }

    /// Tile units, to the nearest.
    pub(super) fn project(&self, [x, y]: Fixed) -> P {
        let half = 1_i64 << (self.shift - 1);
        let at =
            |value: u32, origin: i64| ((i64::from(value) - origin + half) >> self.shift) as i32;
        [at(x, self.origin[0]), at(y, self.origin[1])]
    }

    /// A point, if it lies in the tile or its buffer.
    pub(super) fn point(&self, point: Fixed, buffer: i32) -> Option<P> {
        let p = self.project(point);
        let inside = |v: i32| {
            if buffer > 0 {
                (-buffer..=EXTENT + buffer).contains(&v)
            } else {
                (0..EXTENT).contains(&v)
            }
        };
        (inside(p[0]) && inside(p[1])).then_some(p)
    }

    fn tolerance(&self) -> i32 {
        match self.zoom {
            0..=GENERAL_ZOOM => 3,
            13 => 1,
            _ => 0,
        }
    }

    /// Draws polygon `index`; `false` when nothing of it is left.
    pub(super) fn draw_polygon(&mut self, shapes: &Shapes, index: u32, bounds: FixedBox) -> bool {
        self.vertices.clear();
        self.parts.clear();
        let [min, max] = [[bounds[0], bounds[1]], [bounds[2], bounds[3]]].map(|p| self.project(p));
        let (low, high) = (-BUFFER, EXTENT + BUFFER);
        let whole = min[0] >= low && min[1] >= low && max[0] <= high && max[1] <= high;
        let mut exterior: Option<(usize, usize, i128)> = None;
        let mut ring = std::mem::take(&mut self.ring);
        for part in shapes.parts(index) {
            if part.hole && exterior.is_none() {
                continue;
            }
            if !part.hole {
                self.close_piece(exterior.take());
            }
            ring.clear();
            ring.extend(part.vertices.iter().map(|&v| self.project(v)));
            tidy_ring(&mut ring);
            self.scratch.simplify_ring(&mut ring, self.tolerance());
            let drawn = if whole {
                &ring[..]
            } else {
                self.scratch.clip_ring(&ring, low, high)
            };
            let area = area2(drawn).abs();
            let small = self.zoom <= GENERAL_ZOOM && area < i128::from(HALF_PX * HALF_PX);
            if drawn.len() < 3 || area == 0 || (part.hole && small) {
                continue;
            }
            let start = (self.vertices.len(), self.parts.len());
            self.vertices.extend_from_slice(drawn);
            self.parts.push((self.vertices.len(), part.hole));
            match &mut exterior {
                Some(exterior) if part.hole => exterior.2 -= area,
                exterior => *exterior = Some((start.0, start.1, area)),
            }
        }
        self.close_piece(exterior);
        self.ring = ring;
        !self.parts.is_empty()
    }

    /// Takes back an exterior that its holes fill: the tile lies in a hole.
    fn close_piece(&mut self, exterior: Option<(usize, usize, i128)>) {
        if let Some((vertices, parts, left)) = exterior
            && left <= 0
        {
            self.vertices.truncate(vertices);
            self.parts.truncate(parts);
        }
    }

    /// Draws the lines of feature `index`; `false` when nothing of them is left.
    pub(super) fn draw_lines(&mut self, shapes: &Shapes, index: u32) -> bool {
        self.vertices.clear();
        self.parts.clear();
        let mut line = std::mem::take(&mut self.ring);
        for part in shapes.parts(index) {
            line.clear();
            line.extend(part.vertices.iter().map(|&v| self.project(v)));
            line.dedup();
            self.scratch.simplify_line(&mut line, self.tolerance());
            let (vertices, parts) = (&mut self.vertices, &mut self.parts);
            self.scratch
                .clip_line(&line, -BUFFER, EXTENT + BUFFER, |piece| {
                    vertices.extend_from_slice(piece);
                    parts.push((vertices.len(), false));
                });
        }
        self.ring = line;
        !self.parts.is_empty()
    }

    /// What was drawn: parts, and whether each is a hole.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (&[P], bool)> {
        let mut start = 0;
        self.parts.iter().map(move |&(end, hole)| {
            let part = &self.vertices[start..end];
            start = end;
            (part, hole)
        })
    }
}
