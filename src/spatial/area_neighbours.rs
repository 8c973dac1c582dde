//! Which areas a map must not colour alike: those that touch or lie near each other.
//!
//! Not here: the colours. Invariant: the relation is symmetric, and lists are sorted.

use geo::MultiPolygon;
use rayon::prelude::*;

use super::plane::frame_around;
use super::shape::{Shape, index_of};

/// Areas within this distance need different colours, metres.
pub const NEAR_M: f64 = 190.0;

/// For every outline ((lon, lat) degrees) the others that touch it or lie within `near_m` of it.
pub fn area_neighbours(outlines: &[MultiPolygon<f64>], near_m: f64) -> Vec<Vec<u32>> {
    let firsts = outlines
        .iter()
        .filter_map(|outline| outline.0.first()?.exterior().0.first())
        .map(|c| [c.x, c.y]);
    let frame = frame_around(firsts);
    let shapes: Vec<Option<Shape>> = outlines
        .par_iter()
        .map(|outline| Shape::of(outline, &frame))
        .collect();
    let tree = index_of(
        shapes
            .iter()
            .enumerate()
            .filter_map(|(i, shape)| Some((i as u32, shape.as_ref()?))),
    );
    let pairs: Vec<(u32, u32)> = shapes
        .par_iter()
        .enumerate()
        .filter_map(|(i, shape)| Some((i, shape.as_ref()?)))
        .flat_map_iter(|(i, shape)| {
            let mut found: Vec<u32> = tree
                .locate_in_envelope_intersecting(&shape.reach(near_m))
                .map(|boxed| boxed.number)
                .filter(|&other| other as usize > i)
                .filter(|&other| {
                    shapes[other as usize]
                        .as_ref()
                        .is_some_and(|other| shape.is_within(other, near_m))
                })
                .collect();
            found.sort_unstable();
            found.into_iter().map(move |other| (i as u32, other))
        })
        .collect();
    let mut neighbours = vec![Vec::new(); outlines.len()];
    for (a, b) in pairs {
        neighbours[a as usize].push(b);
        neighbours[b as usize].push(a);
    }
    for list in &mut neighbours {
        list.sort_unstable();
    }
    neighbours
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spatial::LocalFrame;

    #[test]
    fn areas_that_touch_or_lie_near_are_neighbours() {
        let frame = LocalFrame::around([117.2, 31.8]);
        let area = |x: f64, w: f64| {
            let corners = [[x, 0.0], [x + w, 0.0], [x + w, 50.0], [x, 50.0], [x, 0.0]];
            let ring: Vec<[f64; 2]> = corners.map(|c| frame.from_m(c)).to_vec();
            MultiPolygon(vec![geo::Polygon::new(ring.into(), vec![])])
        };
        let outlines = [
            area(0.0, 100.0),
            area(100.0, 100.0),
            area(380.0, 10.0),
            MultiPolygon(vec![]),
        ];
        let found = area_neighbours(&outlines, NEAR_M);
        assert_eq!(found, [vec![1], vec![0, 2], vec![1], vec![]]);
    }
}
