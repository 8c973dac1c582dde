//! The flat plan of a city before it has houses: plots, roads, a river and land in pieces.
//!
//! Not geometry on the ground. Invariant: the communities are rectangles that tile their street,
//! the streets tile `extent`.

use super::ground::Bend;
use super::plane::{Piece, Point};
use super::random::Random;

/// An axis-parallel rectangle in plan metres (y to the south).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rectangle {
    pub x0: f64,
    pub y0: f64,
    pub x1: f64,
    pub y1: f64,
}

impl Rectangle {
    pub const fn new(x0: f64, y0: f64, x1: f64, y1: f64) -> Self {
        Self { x0, y0, x1, y1 }
    }

    /// North, east, south, west: (vertical?, the fixed coordinate, from, to), once around.
    pub fn sides(&self) -> [(bool, f64, f64, f64); 4] {
        [
            (false, self.y0, self.x0, self.x1),
            (true, self.x1, self.y0, self.y1),
            (false, self.y1, self.x1, self.x0),
            (true, self.x0, self.y1, self.y0),
        ]
    }

    pub fn centre(&self) -> Point {
        [
            f64::midpoint(self.x0, self.x1),
            f64::midpoint(self.y0, self.y1),
        ]
    }

    pub fn contains(&self, p: Point) -> bool {
        p[0] >= self.x0 && p[0] < self.x1 && p[1] >= self.y0 && p[1] < self.y1
    }
}

/// Width class of a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RoadClass {
    Artery,
    Main,
    Lane,
}

#[derive(Debug, Clone)]
pub(super) struct Road {
    pub name: String,
    pub class: RoadClass,
    pub from: Point,
    pub to: Point,
}

/// What stands on a piece of land.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Use {
    Homes,
    Park(String),
    School(String),
    Hospital(String),
    Office(String),
    Mall(String),
    /// Beyond the limit of the city: drawn pale, without data.
    Outside,
}

#[derive(Debug, Clone)]
pub(super) struct Land {
    pub piece: Piece,
    /// Index into `communities`; `None` outside.
    pub community: Option<usize>,
    pub used_as: Use,
}

/// A river along the x axis of the plan: banks in green between `y0` and `y1`.
#[derive(Debug, Clone)]
pub(super) struct River {
    pub name: String,
    pub y0: f64,
    pub y1: f64,
    /// From and to, beyond the limit of the city.
    pub x0: f64,
    pub x1: f64,
}

#[derive(Debug, Clone)]
pub(super) struct CommunityPlot {
    pub name: String,
    pub street: usize,
    pub area: Rectangle,
    /// Names for its compounds, in order; more are made when these run out.
    pub compound_names: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct StreetPlot {
    pub name: String,
    pub area: Rectangle,
}

#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub bend: Bend,
    pub extent: Rectangle,
    pub streets: Vec<StreetPlot>,
    pub communities: Vec<CommunityPlot>,
    pub roads: Vec<Road>,
    pub river: Option<River>,
    pub land: Vec<Land>,
    /// Where the street office is: staffing is better near it. One per street.
    pub offices: Vec<Point>,
    /// Whether one-storey lane houses occur (they do not fit the small street).
    pub old_town: bool,
}

/// Divides `piece` by lanes until a part is under `limit` (drawn anew for each part), and adds
/// the lanes to `roads`.
pub(super) fn divide(
    piece: Piece,
    limit_m2: (f64, f64),
    random: &mut Random,
    roads: &mut Vec<Road>,
) -> Vec<Piece> {
    const LANE_HALF_M: f64 = 8.0;
    let mut done = Vec::new();
    let mut open = vec![piece];
    while let Some(p) = open.pop() {
        let [x0, y0, x1, y1] = p.bounds();
        let at = random.between(0.43, 0.57);
        let tilt = random.between(-11.0, 11.0);
        if p.area_m2() < random.between(limit_m2.0, limit_m2.1) {
            done.push(p);
            continue;
        }
        let (x, y) = (x0 + (x1 - x0) * at, y0 + (y1 - y0) * at);
        let (a, b) = if x1 - x0 > y1 - y0 {
            ([x - tilt, y0], [x + tilt, y1])
        } else {
            ([x0, y - tilt], [x1, y + tilt])
        };
        let mut parts = p.cut(a, b, LANE_HALF_M);
        if parts.len() < 2 {
            done.push(p);
            continue;
        }
        if let Some((from, to)) = parts[0].ends_on(a, b) {
            roads.push(Road {
                name: String::new(),
                class: RoadClass::Lane,
                from,
                to,
            });
        }
        open.append(&mut parts);
    }
    done
}
