//! Point → building, compound, grid, community, area; and the nearest building.

use super::Atlas;
use super::shape::{Fixed, Shape};
use crate::spatial::{distance_m, mercator_u32, mercator_u32_to_lonlat};

/// What lies at a point: positions in the layers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Located {
    /// Building under the point.
    pub building: Option<u32>,
    /// Compound around it.
    pub compound: Option<u32>,
    /// Grid around it.
    pub grid: Option<u32>,
    /// Community around it, as a position in the list of communities.
    pub community: Option<u32>,
    /// Area of a plan around it.
    pub area: Option<u32>,
}

impl Atlas {
    /// What lies at (lon, lat) under a plan of this atlas.
    pub fn locate(&self, lonlat: [f64; 2], plan: usize) -> Located {
        let point = mercator_u32(lonlat);
        Located {
            building: self.buildings.at(point),
            compound: self.compounds.at(point),
            grid: self.grids.at(point),
            community: self.communities.at(point),
            area: self.plans.get(plan).and_then(|plan| plan.areas.at(point)),
        }
    }

    /// The nearest building within `max_m` metres, with its distance in metres; 0 inside a footprint.
    pub fn nearest_building(&self, lonlat: [f64; 2], max_m: f64) -> Option<(u32, f64)> {
        let point = mercator_u32(lonlat);
        // Fixed-point units per metre at this latitude, rounded outward.
        let units = (max_m / (0.0093 * lonlat[1].to_radians().cos().max(0.05))).ceil().min(2e9) as u32;
        let around = [
            point[0].saturating_sub(units),
            point[1].saturating_sub(units),
            point[0].saturating_add(units),
            point[1].saturating_add(units),
        ];
        self.buildings
            .in_box(around)
            .into_iter()
            .filter_map(|feature| {
                let nearest = nearest_point(feature.shape.as_ref()?, point)?;
                Some((feature.id, distance_m(mercator_u32_to_lonlat(nearest), lonlat)))
            })
            .filter(|(_, distance)| *distance <= max_m)
            .min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)))
    }
}

/// The point of a shape that is nearest in fixed point.
fn nearest_point(shape: &Shape, point: Fixed) -> Option<Fixed> {
    match shape {
        Shape::Point(own) => Some(*own),
        Shape::Polygons(_) if shape.contains(point) => Some(point),
        Shape::Polygons(polygons) => {
            let edges = polygons.iter().flatten().flat_map(|ring| ring.windows(2));
            edges.map(|edge| on_edge(edge[0], edge[1], point)).min_by(|a, b| by_distance(*a, *b, point))
        }
        Shape::Lines(_) => None,
    }
}

fn by_distance(a: Fixed, b: Fixed, point: Fixed) -> std::cmp::Ordering {
    let square = |p: Fixed| {
        let (x, y) = (i128::from(p[0]) - i128::from(point[0]), i128::from(p[1]) - i128::from(point[1]));
        x * x + y * y
    };
    square(a).cmp(&square(b))
}

fn on_edge(a: Fixed, b: Fixed, point: Fixed) -> Fixed {
    let f = |p: Fixed| [f64::from(p[0]), f64::from(p[1])];
    let (a, b, p) = (f(a), f(b), f(point));
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length2 = dx * dx + dy * dy;
    let t = if length2 > 0.0 { (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    [(a[0] + t * dx) as u32, (a[1] + t * dy) as u32]
}
