//! How far the nearest unit is from any point, from short lists by cell of a grid.
//!
//! The search tells with it what an area's inertia about its best unit is, from the area's moments alone: that of
//! the best unit of all, which is hardly ever another area's. Not the figure that is stated or compared (`partition`
//! looks among the area's own units).
//! Invariant: exact for points in [−2¹⁴, 2¹⁴]²; a cell lists every unit that is nearest to some point in it.

/// Half of the side of the square that holds every unit.
const HALF: i64 = 1 << 14;

/// Units by cell.
#[derive(Debug)]
pub(super) struct Nearest {
    cells: i64,
    cell: i64,
    first: Vec<u32>,
    points: Vec<[i64; 2]>,
}

impl Nearest {
    /// For these units; about 2√n cells a side. O(n²).
    pub(super) fn new(units: &[[i64; 2]]) -> Self {
        let cells = (units.len().isqrt() as i64 * 2).clamp(8, 128);
        let cell = 2 * HALF / cells + 1;
        let (mut first, mut points) = (vec![0], Vec::new());
        for row in 0..cells {
            for column in 0..cells {
                let middle = [column, row].map(|place| place * cell - HALF + cell / 2);
                let squares = units.iter().map(|&unit| square(unit, middle));
                let least = squares.clone().min().unwrap_or(0);
                // From the middle of the cell to a corner and back: no point of the cell has a nearer one.
                let reach = least.isqrt() + 1 + (cell + 2) * 3 / 2;
                let near = units.iter().zip(squares);
                points.extend(near.filter(|(_, s)| *s <= reach * reach).map(|(u, _)| *u));
                first.push(points.len() as u32);
            }
        }
        Self {
            cells,
            cell,
            first,
            points,
        }
    }

    /// Squared distance of the nearest unit.
    pub(super) fn square(&self, point: [i64; 2]) -> i64 {
        let place = |at: i64| ((at + HALF) / self.cell).clamp(0, self.cells - 1);
        let cell = (place(point[1]) * self.cells + place(point[0])) as usize;
        self.points[self.first[cell] as usize..self.first[cell + 1] as usize]
            .iter()
            .map(|&unit| square(unit, point))
            .min()
            .unwrap_or(0)
    }
}

fn square([x, y]: [i64; 2], [u, v]: [i64; 2]) -> i64 {
    (x - u).pow(2) + (y - v).pow(2)
}

#[cfg(test)]
mod tests {
    use super::super::rng::Rng;
    use super::*;

    #[test]
    fn it_finds_what_looking_at_every_unit_finds() {
        let mut rng = Rng::new(3);
        for n in [1, 2, 40, 500] {
            let mut place = || rng.below(2 * HALF as usize + 1) as i64 - HALF;
            let units: Vec<[i64; 2]> = (0..n).map(|_| [place(), place()]).collect();
            let nearest = Nearest::new(&units);
            for _ in 0..300 {
                let point = [place(), place()];
                let least = units.iter().map(|&unit| square(unit, point)).min();
                assert_eq!(Some(nearest.square(point)), least);
            }
        }
    }
}
