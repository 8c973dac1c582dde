//! A cell grid over polygons: which one covers a point, mostly without looking at a vertex.
//!
//! A cell knows the polygons that cover it whole and those whose border crosses it; only the latter are
//! tested exactly. Invariant: the answer equals that of a scan over all polygons; where polygons overlap, the
//! smallest one wins (ties: the lower index).

use super::fixed::{EMPTY_BOX, Fixed, FixedBox, box_union};
use super::shapes::Shapes;
use super::tree::Tree;

const MIN_SIDE: u64 = 64;
const MAX_SIDE: u64 = 1024;
/// Cells per polygon aimed at.
const CELLS_PER_POLYGON: usize = 128;
/// Cells with more candidates ask the tree.
const MAX_CANDIDATES: usize = 12;

const EMPTY: u32 = 0;
const CROWDED: u32 = 3;
const KIND_WHOLE: u32 = 1;
const KIND_LIST: u32 = 2;

/// Cells over the polygons of one layer.
#[derive(Debug, Clone, Default)]
pub struct Raster {
    origin: Fixed,
    shift: u32,
    columns: u32,
    rows: u32,
    /// Lowest two bits: kind; the rest: polygon or offset into `lists`.
    cells: Vec<u32>,
    /// Length, then polygon << 1 | covers the whole cell, smallest polygon first.
    lists: Vec<u32>,
}

impl Raster {
    /// Cells for the polygons that `keep` accepts.
    pub fn new(shapes: &Shapes, tree: &Tree, keep: impl Fn(u32) -> bool) -> Self {
        let mut members: Vec<(u128, u32)> = (0..shapes.len() as u32)
            .filter(|&i| keep(i) && !shapes.is_void(i))
            .map(|i| (shapes.area2(i), i))
            .collect();
        members.sort_unstable();
        let bounds = members
            .iter()
            .fold(EMPTY_BOX, |all, &(_, i)| box_union(all, tree.item(i)));
        if members.is_empty() {
            return Self::default();
        }
        let side = ((members.len() * CELLS_PER_POLYGON) as f64).sqrt() as u64;
        let side = side.next_power_of_two().clamp(MIN_SIDE, MAX_SIDE);
        let extent = u64::from(bounds[2] - bounds[0]).max(u64::from(bounds[3] - bounds[1]));
        let mut shift = 0;
        while (extent >> shift) + 1 > side {
            shift += 1;
        }
        let mut raster = Self {
            origin: [bounds[0], bounds[1]],
            shift,
            columns: ((bounds[2] - bounds[0]) >> shift) + 1,
            rows: ((bounds[3] - bounds[1]) >> shift) + 1,
            cells: Vec::new(),
            lists: Vec::new(),
        };
        // (cell, rank by size, covers the whole cell)
        let mut entries: Vec<(u32, u32, bool)> = Vec::new();
        let mut border = Vec::new();
        for (rank, &(_, polygon)) in members.iter().enumerate() {
            raster.draw(
                shapes,
                polygon,
                tree.item(polygon),
                &mut border,
                |cell, whole| {
                    entries.push((cell, rank as u32, whole));
                },
            );
        }
        entries.sort_unstable();
        raster.fill(&entries, &members);
        raster
    }

    fn fill(&mut self, entries: &[(u32, u32, bool)], members: &[(u128, u32)]) {
        self.cells = vec![EMPTY; self.columns as usize * self.rows as usize];
        for cell in entries.chunk_by(|a, b| a.0 == b.0) {
            // Nothing behind the first polygon that covers the cell can win.
            let n = cell
                .iter()
                .position(|entry| entry.2)
                .map_or(cell.len(), |first| first + 1);
            let index = cell[0].0 as usize;
            let polygon = |rank: u32| members[rank as usize].1;
            self.cells[index] = if n > MAX_CANDIDATES {
                CROWDED
            } else if cell[0].2 {
                polygon(cell[0].1) << 2 | KIND_WHOLE
            } else {
                let offset = self.lists.len() as u32;
                self.lists.push(n as u32);
                self.lists
                    .extend(cell[..n].iter().map(|e| polygon(e.1) << 1 | u32::from(e.2)));
                offset << 2 | KIND_LIST
            };
        }
        self.lists.shrink_to_fit();
    }

    /// Reports the cells that `polygon` touches and whether it covers them whole.
    fn draw(
        &self,
        shapes: &Shapes,
        polygon: u32,
        bounds: FixedBox,
        border: &mut Vec<bool>,
        mut report: impl FnMut(u32, bool),
    ) {
        let [x0, y0] = self.cell_of([bounds[0], bounds[1]]);
        let [x1, y1] = self.cell_of([bounds[2], bounds[3]]);
        let width = (x1 - x0 + 1) as usize;
        border.clear();
        border.resize(width * (y1 - y0 + 1) as usize, false);
        for part in shapes.parts(polygon) {
            for i in 0..part.vertices.len() {
                let (a, b) = (
                    part.vertices[i],
                    part.vertices[(i + 1) % part.vertices.len()],
                );
                self.walk(a, b, |x, y| {
                    if (x0..=x1).contains(&x) && (y0..=y1).contains(&y) {
                        border[(y - y0) as usize * width + (x - x0) as usize] = true;
                    }
                });
            }
        }
        for y in y0..=y1 {
            // Between border cells the answer does not change.
            let mut inside = None;
            for x in x0..=x1 {
                let cell = y * self.columns + x;
                if border[(y - y0) as usize * width + (x - x0) as usize] {
                    report(cell, false);
                    inside = None;
                } else if *inside.get_or_insert_with(|| shapes.covers(polygon, self.middle(x, y))) {
                    report(cell, true);
                }
            }
        }
    }

    /// Every cell that the edge touches, and perhaps a neighbour more.
    fn walk(&self, a: Fixed, b: Fixed, mut visit: impl FnMut(u32, u32)) {
        let (a, b) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let (first, last) = (
            self.row_of(a[1].saturating_sub(1)),
            self.row_of(b[1].saturating_add(1)),
        );
        let (left, right) = (a[0].min(b[0]), a[0].max(b[0]));
        for row in first..=last {
            let (mut from, mut to) = (f64::from(left), f64::from(right));
            if a[1] < b[1] {
                let size = f64::from(self.shift).exp2();
                let top = f64::from(self.origin[1]) + f64::from(row) * size;
                let at = |y: f64| {
                    let y = y.clamp(f64::from(a[1]), f64::from(b[1]));
                    let slope = (f64::from(b[0]) - f64::from(a[0])) / f64::from(b[1] - a[1]);
                    f64::from(a[0]) + (y - f64::from(a[1])) * slope
                };
                let (one, two) = (at(top - 1.0), at(top + size + 1.0));
                (from, to) = (one.min(two), one.max(two));
            }
            // One unit more on both sides makes up for rounding.
            for column in self.column_of((from - 1.0) as u32)..=self.column_of((to + 1.0) as u32) {
                visit(column, row);
            }
        }
    }

    fn column_of(&self, x: u32) -> u32 {
        (x.saturating_sub(self.origin[0]) >> self.shift).min(self.columns - 1)
    }

    fn row_of(&self, y: u32) -> u32 {
        (y.saturating_sub(self.origin[1]) >> self.shift).min(self.rows - 1)
    }

    fn cell_of(&self, [x, y]: Fixed) -> Fixed {
        [self.column_of(x), self.row_of(y)]
    }

    fn middle(&self, x: u32, y: u32) -> Fixed {
        let half = (1_u64 << self.shift) / 2;
        let at = |origin: u32, cell: u32| {
            (u64::from(origin) + (u64::from(cell) << self.shift) + half).min(u64::from(u32::MAX))
                as u32
        };
        [at(self.origin[0], x), at(self.origin[1], y)]
    }

    /// The smallest polygon that covers `point`, border included. `keep` must be the one given to `new`.
    pub fn find(
        &self,
        point: Fixed,
        shapes: &Shapes,
        tree: &Tree,
        keep: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        if point[0] < self.origin[0] || point[1] < self.origin[1] {
            return None;
        }
        let column = (point[0] - self.origin[0]) >> self.shift;
        let row = (point[1] - self.origin[1]) >> self.shift;
        if column >= self.columns || row >= self.rows {
            return None;
        }
        let cell = self.cells[row as usize * self.columns as usize + column as usize];
        match cell & 3 {
            KIND_WHOLE => Some(cell >> 2),
            KIND_LIST => {
                let offset = (cell >> 2) as usize;
                let list = &self.lists[offset + 1..=offset + self.lists[offset] as usize];
                list.iter()
                    .find(|&&entry| entry & 1 == 1 || shapes.covers(entry >> 1, point))
                    .map(|&entry| entry >> 1)
            }
            CROWDED => find_by_tree(point, shapes, tree, keep),
            _ => None,
        }
    }

    /// Memory held, bytes.
    pub fn memory_bytes(&self) -> usize {
        (self.cells.capacity() + self.lists.capacity()) * 4
    }
}

/// The same answer without cells: the smallest polygon of `keep` that covers `point`.
pub fn find_by_tree(
    point: Fixed,
    shapes: &Shapes,
    tree: &Tree,
    keep: impl Fn(u32) -> bool,
) -> Option<u32> {
    let mut best: Option<u32> = None;
    let [x, y] = point;
    tree.visit([x, y, x, y], |i| {
        if keep(i) && shapes.covers(i, point) {
            // Overlap is rare, so areas are not stored.
            best = match best {
                Some(other) if (shapes.area2(other), other) <= (shapes.area2(i), i) => Some(other),
                _ => Some(i),
            };
        }
    });
    best
}
