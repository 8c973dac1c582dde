//! A packed, immutable tree of boxes over items that are already in Morton order.
//!
//! Because the items are sorted, the tree needs no index array and results come out in order of the items.
//! Invariant: node k of a level covers items 16k..16k+16 of the level below; queries do not allocate.

use super::fixed::{EMPTY_BOX, Fixed, FixedBox, box_union, boxes_meet};

const FAN: usize = 16;
/// 16⁸ = 2³² items.
const MAX_LEVELS: usize = 9;

/// Boxes of items 0..n and of the nodes above them.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    boxes: Vec<FixedBox>,
    /// Start of each level in `boxes`; level 0 are the items; one more entry marks the end.
    levels: Vec<usize>,
}

impl Tree {
    /// A tree over `items`, which should be in Morton order (else it is right but slow).
    pub fn new(items: Vec<FixedBox>) -> Self {
        let mut boxes = items;
        let mut levels = vec![0, boxes.len()];
        let mut start = 0;
        while boxes.len() - start > FAN {
            let end = boxes.len();
            boxes.reserve_exact((end - start).div_ceil(FAN));
            for first in (start..end).step_by(FAN) {
                let children = &boxes[first..end.min(first + FAN)];
                let node = children
                    .iter()
                    .fold(EMPTY_BOX, |all, &one| box_union(all, one));
                boxes.push(node);
            }
            levels.push(boxes.len());
            start = end;
        }
        boxes.shrink_to_fit();
        Self { boxes, levels }
    }

    /// Box of one item.
    pub fn item(&self, index: u32) -> FixedBox {
        self.boxes.get(index as usize).copied().unwrap_or(EMPTY_BOX)
    }

    /// Box of everything; [`EMPTY_BOX`] when there is nothing.
    pub fn bounds(&self) -> FixedBox {
        let top = self.levels.len().saturating_sub(2);
        let Some(&start) = self.levels.get(top) else {
            return EMPTY_BOX;
        };
        self.boxes[start..]
            .iter()
            .fold(EMPTY_BOX, |all, &one| box_union(all, one))
    }

    /// Calls `visit` with every item whose box meets `query`, in ascending order.
    pub fn visit(&self, query: FixedBox, mut visit: impl FnMut(u32)) {
        if self.boxes.is_empty() {
            return;
        }
        // At most FAN nodes wait per level.
        let mut stack = [(0_u8, 0_u32); FAN * MAX_LEVELS];
        let mut depth = 0;
        let top = self.levels.len() - 2;
        for node in (0..self.levels[top + 1] - self.levels[top]).rev() {
            if boxes_meet(self.boxes[self.levels[top] + node], query) {
                stack[depth] = (top as u8, node as u32);
                depth += 1;
            }
        }
        while depth > 0 {
            depth -= 1;
            let (level, node) = stack[depth];
            if level == 0 {
                visit(node);
                continue;
            }
            let below = level as usize - 1;
            let (start, end) = (self.levels[below], self.levels[below + 1]);
            let first = node as usize * FAN;
            let last = (first + FAN).min(end - start);
            if below == 0 {
                for child in first..last {
                    if boxes_meet(self.boxes[child], query) {
                        visit(child as u32);
                    }
                }
                continue;
            }
            for child in (first..last).rev() {
                if boxes_meet(self.boxes[start + child], query) {
                    stack[depth] = (below as u8, child as u32);
                    depth += 1;
                }
            }
        }
    }

    /// The item nearest to `point` by `distance2` (squared, fixed units), at most `max2` away; nodes farther
    /// than the best so far are not entered. Ties go to the lower index.
    pub fn nearest(
        &self,
        point: Fixed,
        max2: f64,
        distance2: impl Fn(u32) -> f64,
    ) -> Option<(u32, f64)> {
        let mut best: Option<(u32, f64)> = None;
        if let Some(top) = self.levels.len().checked_sub(2) {
            let nodes = self.levels[top + 1] - self.levels[top];
            self.descend(top, 0..nodes, point, max2, &distance2, &mut best);
        }
        best
    }

    fn descend(
        &self,
        level: usize,
        nodes: std::ops::Range<usize>,
        point: Fixed,
        max2: f64,
        distance2: &impl Fn(u32) -> f64,
        best: &mut Option<(u32, f64)>,
    ) {
        let start = self.levels[level];
        let mut order = [(0.0_f64, 0_usize); FAN];
        let mut n = 0;
        for node in nodes {
            let d2 = box_distance2(self.boxes[start + node], point);
            if d2 <= best.map_or(max2, |(_, d2)| d2) {
                order[n] = (d2, node);
                n += 1;
            }
        }
        order[..n].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for &(d2, node) in &order[..n] {
            if d2 > best.map_or(max2, |(_, d2)| d2) {
                break;
            }
            if level > 0 {
                let first = node * FAN;
                let below = self.levels[level] - self.levels[level - 1];
                let children = first..(first + FAN).min(below);
                self.descend(level - 1, children, point, max2, distance2, best);
                continue;
            }
            let (item, d2) = (node as u32, distance2(node as u32));
            let better = match *best {
                None => d2 <= max2,
                Some((index, so_far)) => d2 < so_far || (d2 <= so_far && item < index),
            };
            if better {
                *best = Some((item, d2));
            }
        }
    }

    /// Memory held, bytes.
    pub fn memory_bytes(&self) -> usize {
        self.boxes.capacity() * 16
    }
}

/// Squared distance from a point to a box, fixed units; 0 inside.
fn box_distance2(b: FixedBox, [x, y]: Fixed) -> f64 {
    let dx = f64::from(b[0].saturating_sub(x).max(x.saturating_sub(b[2])));
    let dy = f64::from(b[1].saturating_sub(y).max(y.saturating_sub(b[3])));
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn boxes() -> impl Strategy<Value = Vec<FixedBox>> {
        prop::collection::vec((0_u32..1000, 0_u32..1000, 0_u32..60, 0_u32..60), 0..700).prop_map(
            |rows| {
                rows.into_iter()
                    .map(|(x, y, w, h)| [x, y, x + w, y + h])
                    .collect()
            },
        )
    }

    proptest! {
        #[test]
        fn a_query_finds_what_a_scan_finds_in_order(items in boxes(), q in (0_u32..1000, 0_u32..1000)) {
            let query = [q.0, q.1, q.0 + 80, q.1 + 80];
            let expected: Vec<u32> =
                (0..items.len() as u32).filter(|&i| boxes_meet(items[i as usize], query)).collect();
            let mut found = Vec::new();
            Tree::new(items).visit(query, |i| found.push(i));
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn the_nearest_item_is_the_nearest_of_a_scan(items in boxes(), x in 0_u32..1200, y in 0_u32..1200) {
            let scan = (0..items.len() as u32)
                .map(|i| (i, box_distance2(items[i as usize], [x, y])))
                .filter(|&(_, d2)| d2 <= 10_000.0)
                .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            let tree = Tree::new(items.clone());
            let found = tree.nearest([x, y], 10_000.0, |i| box_distance2(items[i as usize], [x, y]));
            prop_assert_eq!(found, scan);
        }
    }
}
