//! Things by name and by place, for finding the same thing again.

use crate::formats::values::normalise_name;
use std::collections::HashMap;

/// Two positions closer than this, with the same name, are the same thing, in metres.
pub const SAME_PLACE_M: f64 = 5.0;

/// Size of a hash cell in degrees of latitude, about 11 m.
const CELL_DEG: f64 = 0.000_1;

/// An index over (name, position).
#[derive(Default)]
pub struct Nearby {
    by_name: HashMap<String, Vec<usize>>,
    by_cell: HashMap<(i64, i64), Vec<usize>>,
    points: Vec<Option<[f64; 2]>>,
    names: Vec<String>,
}

impl Nearby {
    /// Adds the next thing (its index is the number of things before it).
    pub fn push(&mut self, name: &str, point: Option<[f64; 2]>) {
        let at = self.points.len();
        let name = normalise_name(name);
        if !name.is_empty() {
            self.by_name.entry(name.clone()).or_default().push(at);
        }
        if let Some(point) = point {
            self.by_cell.entry(cell(point)).or_default().push(at);
        }
        self.points.push(point);
        self.names.push(name);
    }

    /// All things with this name, normalised.
    pub fn named(&self, name: &str) -> &[usize] {
        self.by_name.get(&normalise_name(name)).map_or(&[], Vec::as_slice)
    }

    /// The nearest thing with this name (also the empty one) within [`SAME_PLACE_M`].
    pub fn same(&self, name: &str, point: [f64; 2]) -> Option<usize> {
        let name = normalise_name(name);
        self.around(point)
            .filter(|at| self.names[*at] == name)
            .filter_map(|at| Some((at, metres(self.points[at]?, point))))
            .filter(|(_, distance)| *distance <= SAME_PLACE_M)
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(at, _)| at)
    }

    /// Anything within [`SAME_PLACE_M`], whatever its name.
    pub fn at(&self, point: [f64; 2]) -> Option<usize> {
        self.around(point)
            .find(|at| self.points[*at].is_some_and(|other| metres(other, point) <= SAME_PLACE_M))
    }

    fn around(&self, point: [f64; 2]) -> impl Iterator<Item = usize> + '_ {
        let (x, y) = cell(point);
        (x - 1..=x + 1)
            .flat_map(move |x| (y - 1..=y + 1).map(move |y| (x, y)))
            .filter_map(|key| self.by_cell.get(&key))
            .flatten()
            .copied()
    }
}

fn cell([lon, lat]: [f64; 2]) -> (i64, i64) {
    ((lon / CELL_DEG).floor() as i64, (lat / CELL_DEG).floor() as i64)
}

/// Distance in metres, good enough for neighbours.
pub fn metres(a: [f64; 2], b: [f64; 2]) -> f64 {
    let k = 111_320.0;
    let x = (a[0] - b[0]) * k * ((a[1] + b[1]) / 2.0).to_radians().cos();
    let y = (a[1] - b[1]) * k;
    x.hypot(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_name_within_five_metres_is_the_same_thing() {
        let mut index = Nearby::default();
        index.push("幸福 苑", Some([117.2, 31.8]));
        index.push("和平里", Some([117.2, 31.8]));
        assert_eq!(index.same("幸福苑", [117.200_02, 31.8]), Some(0));
        assert_eq!(index.same("幸福苑", [117.200_2, 31.8]), None);
        assert_eq!(index.named("和平里"), [1]);
        assert_eq!(index.at([117.2, 31.800_01]), Some(0));
    }
}
