//! The area of each row under one plan, kept from the first to the last row that has one.
//!
//! A city has a plan for every street; a column of the whole city for each would be streets × buildings.
//! Invariant: the first and the last entry kept are areas.

use super::NONE;

/// Area numbers by row; [`NONE`] where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AreaColumn {
    rows: usize,
    first: usize,
    areas: Vec<u32>,
}

impl AreaColumn {
    /// The column of `rows` rows with the given areas; rows beyond the end are ignored, the last word counts.
    pub fn of(rows: usize, areas: impl Iterator<Item = (usize, u32)> + Clone) -> Self {
        let known = areas.filter(|&(row, area)| row < rows && area != NONE);
        let Some(first) = known.clone().map(|(row, _)| row).min() else {
            return Self {
                rows,
                ..Self::default()
            };
        };
        let last = known.clone().map(|(row, _)| row).max().unwrap_or(first);
        let mut column = vec![NONE; last - first + 1];
        for (row, area) in known {
            column[row - first] = area;
        }
        Self {
            rows,
            first,
            areas: column,
        }
    }

    /// Number of rows, with and without an area.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Area of a row, or [`NONE`].
    #[inline]
    pub fn get(&self, row: usize) -> u32 {
        let place = row.wrapping_sub(self.first);
        self.areas.get(place).copied().unwrap_or(NONE)
    }

    /// The rows that have an area, ascending, with it.
    pub fn iter(&self) -> impl Iterator<Item = (usize, u32)> + Clone {
        let known = self.areas.iter().enumerate();
        known
            .filter(|&(_, &area)| area != NONE)
            .map(|(place, &area)| (self.first + place, area))
    }

    /// Memory held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.areas.capacity() * 4
    }
}

impl From<Vec<u32>> for AreaColumn {
    fn from(areas: Vec<u32>) -> Self {
        Self::of(areas.len(), areas.iter().copied().enumerate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_keeps_only_what_lies_between_its_areas() {
        let dense = vec![NONE, NONE, 4, NONE, 0, NONE];
        let column = AreaColumn::from(dense.clone());
        assert_eq!(column.areas, [4, NONE, 0]);
        let back: Vec<u32> = (0..column.len()).map(|row| column.get(row)).collect();
        assert_eq!(back, dense);
        assert_eq!(column.iter().collect::<Vec<_>>(), [(2, 4), (4, 0)]);
        assert_eq!(column.get(99), NONE);
        let none = AreaColumn::from(vec![NONE; 3]);
        assert_eq!((none.len(), none.iter().count(), none.bytes()), (3, 0, 0));
        assert_eq!(AreaColumn::of(2, [(7, 1)].into_iter()).get(7), NONE);
    }
}
