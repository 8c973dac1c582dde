//! Hexagons: issues and households by H3 cell.
//!
//! Not an index of geometry; the crate `h3o` knows the cells. Invariant: issues without a point are in no cell and
//! are counted beside them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use geo_types::{Coord, LineString, Polygon};
use h3o::{CellIndex, LatLng, Resolution};

use super::columns::{CHUNK_ROWS, Chunk, IssueColumns};
use super::count::{Rate, rate};
use super::filter::Selection;
use crate::spatial::mercator_u32_to_lonlat;

/// No point, so no cell.
const NONE: u32 = u32::MAX;

/// The cell of every issue at one resolution, as numbers into a list of cells: 4 bytes a row.
///
/// Finding a cell costs a microsecond, and a million of them would be too slow for a filter; counting by number is
/// as fast as counting by compound.
#[derive(Debug, Clone)]
pub struct HexColumn {
    resolution: Resolution,
    /// Each chunk with the numbers of its rows' cells; the chunk is kept to see whether it changed.
    chunks: Vec<(Arc<Chunk>, Arc<Vec<u32>>)>,
    cells: Vec<CellIndex>,
    numbers: HashMap<CellIndex, u32>,
}

impl HexColumn {
    /// The cells of all issues.
    pub fn new(columns: &IssueColumns, resolution: Resolution) -> Self {
        let mut column = Self {
            resolution,
            chunks: Vec::new(),
            cells: Vec::new(),
            numbers: HashMap::new(),
        };
        column.refresh(columns);
        column
    }

    /// Follows to another snapshot: looks only at chunks that changed, and there at positions that did.
    pub fn refresh(&mut self, columns: &IssueColumns) {
        self.chunks.truncate(columns.chunks().len());
        for (at, chunk) in columns.chunks().iter().enumerate() {
            let former = self.chunks.get(at).cloned();
            if former
                .as_ref()
                .is_some_and(|(former, _)| Arc::ptr_eq(former, chunk))
            {
                continue;
            }
            let known = |i: usize| {
                let (former, numbers) = former.as_ref()?;
                let same = former.x.get(i) == chunk.x.get(i) && former.y.get(i) == chunk.y.get(i);
                numbers.get(i).copied().filter(|_| same)
            };
            let numbers = (0..chunk.len())
                .map(|i| known(i).unwrap_or_else(|| self.number(chunk.position(i))))
                .collect();
            let entry = (Arc::clone(chunk), Arc::new(numbers));
            match self.chunks.get_mut(at) {
                Some(place) => *place = entry,
                None => self.chunks.push(entry),
            }
        }
    }

    /// The resolution.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Memory of the numbers and the list of cells, bytes; the chunks themselves belong to the columns.
    pub fn memory_bytes(&self) -> usize {
        let rows: usize = self
            .chunks
            .iter()
            .map(|(_, numbers)| numbers.capacity())
            .sum();
        rows * size_of::<u32>()
            + self.cells.capacity() * size_of::<CellIndex>()
            + self.numbers.capacity() * size_of::<(CellIndex, u32)>()
    }

    /// The selected issues by cell. The selection belongs to the snapshot that was last followed.
    pub fn count(&self, selection: &Selection) -> HexCounts {
        let mut by = vec![0; self.cells.len()];
        let mut without_point = 0;
        let chunks = self.chunks.iter().map(|(_, numbers)| numbers.as_slice());
        selection.each_in(chunks, |&number| match by.get_mut(number as usize) {
            Some(n) => *n += 1,
            None => without_point += 1,
        });
        let counted = self.cells.iter().copied().zip(by).filter(|&(_, n)| n > 0);
        HexCounts {
            by: counted.collect(),
            without_point,
        }
    }

    /// The cell of a row; `None` without a point, and for a row beyond the snapshot that was last followed.
    pub fn cell(&self, row: usize) -> Option<CellIndex> {
        let (_, numbers) = self.chunks.get(row / CHUNK_ROWS)?;
        let number = *numbers.get(row % CHUNK_ROWS)?;
        self.cells.get(number as usize).copied()
    }

    fn number(&mut self, position: Option<[u32; 2]>) -> u32 {
        let Some(cell) =
            position.and_then(|m| hexagon_at(mercator_u32_to_lonlat(m), self.resolution))
        else {
            return NONE;
        };
        *self.numbers.entry(cell).or_insert_with(|| {
            self.cells.push(cell);
            self.cells.len() as u32 - 1
        })
    }
}

/// Issues by cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HexCounts {
    /// Cells that have any, in the order of their indices.
    pub by: BTreeMap<CellIndex, u32>,
    /// Issues without a point.
    pub without_point: u32,
}

/// The cell at (lon, lat) degrees; `None` when a coordinate is not finite.
pub fn hexagon_at([lon, lat]: [f64; 2], resolution: Resolution) -> Option<CellIndex> {
    Some(LatLng::new(lat, lon).ok()?.to_cell(resolution))
}

/// The outline of a cell, (lon, lat) degrees, closed and counterclockwise.
pub fn hexagon_outline(cell: CellIndex) -> Polygon<f64> {
    let ring: Vec<Coord<f64>> = cell
        .boundary()
        .iter()
        .map(|at| Coord {
            x: at.lng(),
            y: at.lat(),
        })
        .collect();
    // The constructor closes the ring.
    Polygon::new(LineString::new(ring), Vec::new())
}

/// Households of the buildings whose centroid lies in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HexHouseholds {
    /// Households of the buildings that have a number; `None` when no building has one.
    pub known: Option<u32>,
    /// Buildings without a number: the rate of their cell is too high.
    pub unknown_buildings: u32,
}

/// The cells of points that stay, such as buildings: found once, summed anew for every reader.
#[derive(Debug, Clone, Default)]
pub struct HexPoints {
    cells: Vec<CellIndex>,
    /// The number of each point's cell; [`NONE`] without one.
    of: Vec<u32>,
}

impl HexPoints {
    /// The cells of points (lon, lat degrees); `None` lies in no cell.
    pub fn new(points: impl IntoIterator<Item = Option<[f64; 2]>>, resolution: Resolution) -> Self {
        let mut numbers: HashMap<CellIndex, u32> = HashMap::new();
        let mut cells = Vec::new();
        let mut number = |cell: CellIndex| {
            *numbers.entry(cell).or_insert_with(|| {
                cells.push(cell);
                cells.len() as u32 - 1
            })
        };
        let of = points
            .into_iter()
            .map(|at| {
                at.and_then(|at| hexagon_at(at, resolution))
                    .map_or(NONE, &mut number)
            })
            .collect();
        Self { cells, of }
    }

    /// Households by cell. `of` gives those of a point by its place: nothing when it is not to be counted, `Some(None)`
    /// when nobody knows.
    pub fn households(
        &self,
        of: impl Fn(usize) -> Option<Option<u32>>,
    ) -> BTreeMap<CellIndex, HexHouseholds> {
        let mut sums: Vec<Option<HexHouseholds>> = vec![None; self.cells.len()];
        for (at, &number) in self.of.iter().enumerate() {
            let (Some(sum), Some(households)) = (sums.get_mut(number as usize), of(at)) else {
                continue;
            };
            let sum = sum.get_or_insert_default();
            match households {
                Some(households) => {
                    sum.known = Some(sum.known.unwrap_or(0).saturating_add(households));
                }
                None => sum.unknown_buildings += 1,
            }
        }
        let counted = self.cells.iter().copied().zip(sums);
        counted
            .filter_map(|(cell, sum)| Some((cell, sum?)))
            .collect()
    }
}

/// The rate of one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HexRate {
    /// The cell.
    pub cell: CellIndex,
    /// Its rate.
    pub rate: Rate,
    /// What it rests on.
    pub households: HexHouseholds,
}

/// The rates of all cells that have issues or buildings, in the order of their indices; see [`rate`].
pub fn hexagon_rates(
    counts: &HexCounts,
    households: &BTreeMap<CellIndex, HexHouseholds>,
    minutes: u32,
    k: u32,
) -> Vec<HexRate> {
    let mut cells: BTreeMap<CellIndex, (u32, HexHouseholds)> = households
        .iter()
        .map(|(&cell, &sum)| (cell, (0, sum)))
        .collect();
    for (&cell, &n) in &counts.by {
        cells.entry(cell).or_default().0 = n;
    }
    cells
        .into_iter()
        .map(|(cell, (n, households))| HexRate {
            cell,
            rate: rate(n, households.known, minutes, k),
            households,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use geo::Contains;
    use proptest::prelude::*;

    use super::super::columns::tests::any_issue;
    use super::super::{CHUNK_ROWS, Filter, GONE, Issue};
    use super::*;
    use crate::spatial::{area_m2, mercator_u32};

    proptest! {
        #[test]
        fn cells_are_counted_as_by_a_loop(
            issues in prop::collection::vec(any_issue(), 1..120), other in any_issue(), from in 0..50_000u32,
        ) {
            let mut columns: IssueColumns = issues.iter().copied().collect();
            let mut hexes = HexColumn::new(&columns, Resolution::Ten);
            let filter = Filter { from: Some(from), ..Filter::default() };
            let check = |columns: &IssueColumns, hexes: &HexColumn| {
                let mut expected = HexCounts::default();
                for issue in (0..columns.len()).filter_map(|row| columns.get(row)) {
                    if issue.reported < from || issue.state == GONE {
                        continue;
                    }
                    match issue.position {
                        None => expected.without_point += 1,
                        Some(m) => {
                            let [lon, lat] = mercator_u32_to_lonlat(m);
                            let cell = LatLng::new(lat, lon).unwrap().to_cell(Resolution::Ten);
                            *expected.by.entry(cell).or_default() += 1;
                        }
                    }
                }
                prop_assert_eq!(hexes.count(&filter.select(columns)), expected);
                Ok(())
            };
            check(&columns, &hexes)?;
            columns.push(&other);
            prop_assert!(columns.set(0, &other));
            hexes.refresh(&columns);
            check(&columns, &hexes)?;
        }
    }

    #[test]
    fn a_refresh_looks_at_changed_chunks_only() {
        let at = |i: u32| Issue {
            position: Some(mercator_u32([117.0 + f64::from(i % 90) * 1e-3, 31.8])),
            ..Issue::default()
        };
        let mut columns: IssueColumns = (0..CHUNK_ROWS as u32 + 9).map(at).collect();
        let mut hexes = HexColumn::new(&columns, Resolution::Nine);
        let before = hexes.chunks.clone();
        columns.push(&at(5));
        hexes.refresh(&columns);
        assert!(Arc::ptr_eq(&before[0].1, &hexes.chunks[0].1));
        assert_eq!(hexes.chunks[1].1.len(), 10);
        let all = hexes.count(&Filter::default().select(&columns));
        assert_eq!(all.by.values().sum::<u32>() as usize, columns.len());
        assert!(hexes.memory_bytes() < columns.len() * 5 + 20_000);
    }

    #[test]
    fn a_known_place_has_its_known_cell() {
        // The example of H3's documentation: Uber's former office in San Francisco.
        let cell = hexagon_at([-122.418_307, 37.775_938], Resolution::Nine).unwrap();
        assert_eq!(cell.to_string(), "8928308280fffff");
        assert_eq!(hexagon_at([f64::NAN, 0.0], Resolution::Nine), None);
        let outline = hexagon_outline(cell);
        assert_eq!(outline.exterior().0.len(), 7);
        assert!(outline.contains(&geo_types::Point::new(-122.418_307, 37.775_938)));
        // Cells of resolution 9 have 0.105 km² on average and are a little smaller here or there.
        let km2 = area_m2(&outline.into()) / 1e6;
        assert!((0.08..0.13).contains(&km2), "{km2}");
    }

    #[test]
    fn households_that_nobody_knows_give_no_rate() {
        let place = |i: u32| [117.3 + f64::from(i) * 0.05, 31.86];
        let cell = |i: u32| hexagon_at(place(i), Resolution::Nine).unwrap();
        let buildings = [
            (place(0), Some(600)),
            (place(0), Some(400)),
            (place(0), None),
            (place(1), None),
            (place(2), Some(500)),
            ([f64::NAN; 2], Some(1)),
        ];
        let households =
            HexPoints::new(buildings.iter().map(|(at, _)| Some(*at)), Resolution::Nine)
                .households(|at| Some(buildings[at].1));
        assert_eq!(
            households[&cell(0)],
            HexHouseholds {
                known: Some(1000),
                unknown_buildings: 1
            }
        );
        assert_eq!(
            households[&cell(1)],
            HexHouseholds {
                known: None,
                unknown_buildings: 1
            }
        );
        let counts = HexCounts {
            by: [(cell(0), 12), (cell(1), 7), (cell(3), 2)]
                .into_iter()
                .collect(),
            without_point: 4,
        };
        let rates = hexagon_rates(&counts, &households, 30 * 1440, 5);
        let found = |i: u32| rates.iter().find(|rate| rate.cell == cell(i)).unwrap().rate;
        assert_eq!(
            found(0),
            Rate {
                rate: Some(12.0),
                n: 12,
                small: false
            }
        );
        assert_eq!(
            found(1),
            Rate {
                rate: None,
                n: 7,
                small: false
            }
        );
        assert_eq!(
            found(2),
            Rate {
                rate: Some(0.0),
                n: 0,
                small: true
            }
        );
        assert_eq!(
            found(3),
            Rate {
                rate: None,
                n: 2,
                small: true
            }
        );
        assert_eq!(rates.len(), 4);
    }
}
