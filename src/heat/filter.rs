//! Which issues: conditions on the columns, and the rows that meet them as one bit each.
//!
//! Not who may see what; the caller puts the scope of the reader into the places. Invariant: a row that is
//! [`GONE`](super::GONE) is never selected.
//!
//! Conditions are loops over one column of a chunk that write a byte for each row, without branches, so that the
//! compiler vectorises them; then eight bytes become eight bits.

use super::columns::{
    CHUNK_ROWS, Chunk, IssueColumns, NO_POINT, NONE_16, NONE_32, ON_TIME_SHIFT, Place, Traits,
    on_time_bits,
};

/// Words of the mask of a chunk.
const WORDS: usize = CHUNK_ROWS / 64;

/// A set of dense indices, one byte for each index up to the largest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Chosen(Vec<u8>);

impl Chosen {
    /// Whether an index is chosen.
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index).is_some_and(|&byte| byte == 1)
    }

    fn byte(&self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or(0)
    }
}

impl FromIterator<usize> for Chosen {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut bytes = Vec::new();
        for index in indices {
            if bytes.len() <= index {
                bytes.resize(index + 1, 0);
            }
            bytes[index] = 1;
        }
        Self(bytes)
    }
}

/// Places that are looked at. A region stands for the issues that lie in no compound of it: name its compounds too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Places {
    /// Compounds.
    pub compounds: Chosen,
    /// Communities and villages.
    pub regions: Chosen,
    /// Whether issues of unknown place are looked at.
    pub unknown: bool,
}

impl Places {
    fn byte(&self, packed: u32) -> u8 {
        match Place::unpacked(packed) {
            Place::Compound(index) => self.compounds.byte(index as usize),
            Place::Region(index) => self.regions.byte(index as usize),
            Place::Unknown => u8::from(self.unknown),
        }
    }
}

/// Conditions, all of which a row meets. `None` is no condition. Instants are [minutes](super::to_minute).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// Reported at this minute or later.
    pub from: Option<u32>,
    /// Reported before this minute.
    pub to: Option<u32>,
    /// Categories by dense index; a branch of the tree is all its leaves.
    pub categories: Option<Chosen>,
    /// States, one bit for each code below 64.
    pub states: Option<u64>,
    /// Overdue at this minute: the time limit is past, and it was not closed by then.
    pub overdue_at: Option<u32>,
    /// Levels of resolution, one bit for each.
    pub levels: Option<u8>,
    /// Priorities, one bit for each.
    pub priorities: Option<u8>,
    /// Sources, one bit for each.
    pub sources: Option<u32>,
    /// Solved on the spot, or not.
    pub self_solved: Option<bool>,
    /// May be shown to the public, or not.
    pub public: Option<bool>,
    /// Closed in time, late, or `Some(None)`: nobody said.
    pub on_time: Option<Option<bool>>,
    /// Returned so often or more.
    pub min_returns: Option<u8>,
    /// The responsible body.
    pub owner: Option<u16>,
    /// The statutory grid.
    pub grid: Option<u32>,
    /// The patrol area.
    pub area: Option<u32>,
    /// Places.
    pub places: Option<Places>,
    /// `[min x, min y, max x, max y]` in fixed point, both ends included; rows without a point are outside.
    pub bounds: Option<[u32; 4]>,
}

impl Filter {
    /// The rows that meet the conditions.
    pub fn select(&self, columns: &IssueColumns) -> Selection {
        let chunks = columns.chunks();
        let mut selection = Selection {
            words: vec![0; chunks.len() * WORDS],
            counts: Vec::with_capacity(chunks.len()),
        };
        let kinds = self.trait_table();
        let mut bytes = vec![0; CHUNK_ROWS];
        for (chunk, words) in chunks.iter().zip(selection.words.chunks_exact_mut(WORDS)) {
            if self.skips(chunk) {
                selection.counts.push(0);
                continue;
            }
            self.mark(chunk, kinds.as_deref(), &mut bytes);
            let mut count = 0;
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<64>().0) {
                *word = pack(bytes);
                count += word.count_ones();
            }
            selection.counts.push(count);
        }
        selection
    }

    /// Whether no row of a chunk can be in the period.
    fn skips(&self, chunk: &Chunk) -> bool {
        chunk.span.is_none_or(|(first, last)| {
            self.from.is_some_and(|from| last < from) || self.to.is_some_and(|to| first >= to)
        })
    }

    /// Whether each packed value of the traits is wanted; `None` when all are.
    fn trait_table(&self) -> Option<Vec<u8>> {
        let any = self.levels.is_some()
            || self.priorities.is_some()
            || self.sources.is_some()
            || self.self_solved.is_some()
            || self.public.is_some();
        let wanted = |packed: u16| {
            let traits = Traits::unpacked(packed);
            let bit = |mask: Option<u32>, code: u8| mask.is_none_or(|mask| mask >> code & 1 == 1);
            let same = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
            bit(self.levels.map(u32::from), traits.level)
                && bit(self.priorities.map(u32::from), traits.priority)
                && bit(self.sources, traits.source)
                && same(self.self_solved, traits.self_solved)
                && same(self.public, traits.public)
        };
        any.then(|| {
            (0..1 << 13)
                .map(|packed| u8::from(wanted(packed)))
                .collect()
        })
    }

    /// Writes 1 for each row of a chunk that meets the conditions, 0 for others and beyond its end.
    fn mark(&self, chunk: &Chunk, traits: Option<&[u8]>, bytes: &mut [u8]) {
        let (bytes, beyond) = bytes.split_at_mut(chunk.len());
        beyond.fill(0);
        // States come first, because they alone know which rows are gone.
        let states = self.states.unwrap_or(u64::MAX);
        for (byte, &state) in bytes.iter_mut().zip(&chunk.state) {
            *byte = u8::from(state < 64) & (states >> (state & 63)) as u8 & 1;
        }
        if self.from.is_some() || self.to.is_some() {
            let (from, to) = (self.from.unwrap_or(0), self.to.unwrap_or(u32::MAX));
            let width = to.saturating_sub(from);
            keep(bytes, &chunk.reported, |minute| {
                minute.wrapping_sub(from) < width
            });
        }
        if let Some(now) = self.overdue_at {
            keep(bytes, &chunk.due, |due| due < now);
            keep(bytes, &chunk.closed, |closed| closed > now);
        }
        if let Some([x0, y0, x1, y1]) = self.bounds {
            keep(bytes, &chunk.x, |x| x >= x0 && x <= x1);
            // No point has this y (see `columns.rs`).
            keep(bytes, &chunk.y, |y| y >= y0 && y <= y1.min(NO_POINT - 1));
        }
        if let Some(on_time) = self.on_time {
            let wanted = on_time_bits(on_time);
            keep(bytes, &chunk.traits, |packed| {
                packed >> ON_TIME_SHIFT & 3 == wanted
            });
        }
        if let Some(least) = self.min_returns {
            keep(bytes, &chunk.returns, |returns| returns >= least);
        }
        if let Some(owner) = self.owner {
            keep(bytes, &chunk.owner, |is| is == owner && is != NONE_16);
        }
        if let Some(grid) = self.grid {
            keep(bytes, &chunk.grid, |is| is == grid && is != NONE_32);
        }
        if let Some(area) = self.area {
            keep(bytes, &chunk.area, |is| is == area && is != NONE_32);
        }
        if let Some(categories) = &self.categories {
            look_up(bytes, &chunk.category, |category| {
                categories.byte(category as usize)
            });
        }
        if let Some(table) = traits {
            look_up(bytes, &chunk.traits, |packed| {
                table[usize::from(packed & 0x1fff)]
            });
        }
        if let Some(places) = &self.places {
            look_up(bytes, &chunk.place, |place| places.byte(place));
        }
    }
}

fn keep<T: Copy>(bytes: &mut [u8], column: &[T], condition: impl Fn(T) -> bool) {
    for (byte, &value) in bytes.iter_mut().zip(column) {
        *byte &= u8::from(condition(value));
    }
}

fn look_up<T: Copy>(bytes: &mut [u8], column: &[T], table: impl Fn(T) -> u8) {
    for (byte, &value) in bytes.iter_mut().zip(column) {
        *byte &= table(value);
    }
}

/// 64 bytes that are 0 or 1 → 64 bits: the product moves the lowest bit of byte i to bit 56 + i.
fn pack(bytes: &[u8; 64]) -> u64 {
    let mut word = 0;
    for (i, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= bits << (8 * i);
    }
    word
}

/// Rows of one snapshot, one bit each. Meaningless beside another snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    words: Vec<u64>,
    counts: Vec<u32>,
}

impl Selection {
    /// How many rows are selected.
    pub fn len(&self) -> usize {
        self.counts.iter().map(|&n| n as usize).sum()
    }

    /// Whether no row is selected.
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|&n| n == 0)
    }

    /// Whether a row is selected.
    pub fn contains(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The selected rows in their order, which is that of their arrival.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.words
            .iter()
            .enumerate()
            .filter(|(_, word)| **word != 0)
            .flat_map(|(at, &word)| Bits(word).map(move |i| at * 64 + i))
    }

    /// Calls `visit` with the chunk of each selected row and the row's place in it.
    pub(super) fn each<'a>(&self, columns: &'a IssueColumns, visit: impl FnMut(&'a Chunk, usize)) {
        let chunks = columns
            .chunks()
            .iter()
            .map(|chunk| (chunk.as_ref(), chunk.len()));
        self.walk(chunks, visit);
    }

    /// Calls `visit` with the entry of each selected row in a column that is cut into the same chunks.
    pub(super) fn each_in<'a, T: 'a>(
        &self,
        chunks: impl Iterator<Item = &'a [T]>,
        mut visit: impl FnMut(&'a T),
    ) {
        self.walk(chunks.map(|chunk| (chunk, chunk.len())), |chunk, i| {
            visit(&chunk[i]);
        });
    }

    fn walk<C: Copy>(
        &self,
        chunks: impl Iterator<Item = (C, usize)>,
        mut visit: impl FnMut(C, usize),
    ) {
        let masks = self.words.chunks_exact(WORDS).zip(&self.counts);
        for ((chunk, end), (words, _)) in chunks.zip(masks).filter(|(_, (_, count))| **count > 0) {
            for (base, &word) in words.iter().enumerate() {
                let mut rest = word;
                while rest != 0 {
                    let row = base * 64 + rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    // A selection belongs to its snapshot; beside another one it must still not panic.
                    if row < end {
                        visit(chunk, row);
                    }
                }
            }
        }
    }
}

/// The places of the bits of a word that are 1, ascending.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = (self.0 != 0).then(|| self.0.trailing_zeros() as usize)?;
        self.0 &= self.0 - 1;
        Some(at)
    }
}

impl DoubleEndedIterator for Bits {
    fn next_back(&mut self) -> Option<usize> {
        let at = (self.0 != 0).then(|| 63 - self.0.leading_zeros() as usize)?;
        self.0 &= !(1 << at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::columns::tests::any_issue;
    use super::super::{GONE, Issue};
    use super::*;

    fn chosen(n: usize) -> impl Strategy<Value = Chosen> {
        prop::collection::vec(0..n, 0..n).prop_map(|indices| indices.into_iter().collect())
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let often = |value| prop::option::weighted(0.3, value);
        let places =
            (chosen(6), chosen(3), any::<bool>()).prop_map(|(compounds, regions, unknown)| {
                Places {
                    compounds,
                    regions,
                    unknown,
                }
            });
        let [x, y] = crate::spatial::mercator_u32([117.3, 31.86]);
        let bounds = (0..100_000u32, 0..100_000u32, 0..100_000u32, 0..100_000u32)
            .prop_map(move |(a, b, c, d)| [x + a.min(c), y + b.min(d), x + a.max(c), y + b.max(d)]);
        (
            (
                often(0..60_000u32),
                often(0..60_000u32),
                often(0..60_000u32),
            ),
            (
                prop::option::weighted(0.3, chosen(20)),
                prop::option::weighted(0.3, any::<u64>()),
            ),
            (
                prop::option::weighted(0.2, any::<u8>()),
                prop::option::weighted(0.2, any::<u8>()),
                prop::option::weighted(0.2, any::<u32>()),
            ),
            (
                prop::option::weighted(0.2, any::<bool>()),
                prop::option::weighted(0.2, any::<bool>()),
                prop::option::weighted(0.2, 0..5u8),
                prop::option::weighted(0.2, any::<Option<bool>>()),
            ),
            (
                prop::option::weighted(0.1, 0..4u16),
                prop::option::weighted(0.1, 0..5u32),
                prop::option::weighted(0.1, 0..5u32),
            ),
            (
                prop::option::weighted(0.3, places),
                prop::option::weighted(0.3, bounds),
            ),
        )
            .prop_map(|(times, sets, masks, marks, bodies, ground)| Filter {
                from: times.0,
                to: times.1,
                overdue_at: times.2,
                categories: sets.0,
                states: sets.1,
                levels: masks.0,
                priorities: masks.1,
                sources: masks.2,
                self_solved: marks.0,
                public: marks.1,
                min_returns: marks.2,
                on_time: marks.3,
                owner: bodies.0,
                grid: bodies.1,
                area: bodies.2,
                places: ground.0,
                bounds: ground.1,
            })
    }

    /// The same in the words of the documentation.
    fn meets(filter: &Filter, issue: &Issue) -> bool {
        let bit = |mask: Option<u64>, code: u8| mask.is_none_or(|mask| mask & (1 << code) != 0);
        let overdue = |now: u32| {
            issue.due.is_some_and(|due| due < now) && issue.closed.is_none_or(|closed| closed > now)
        };
        let inside = |b: [u32; 4]| {
            issue
                .position
                .is_some_and(|[x, y]| (b[0]..=b[2]).contains(&x) && (b[1]..=b[3]).contains(&y))
        };
        let placed = |places: &Places| match issue.place {
            Place::Compound(index) => places.compounds.contains(index as usize),
            Place::Region(index) => places.regions.contains(index as usize),
            Place::Unknown => places.unknown,
        };
        issue.state != GONE
            && filter.from.is_none_or(|from| issue.reported >= from)
            && filter.to.is_none_or(|to| issue.reported < to)
            && filter
                .categories
                .as_ref()
                .is_none_or(|set| set.contains(issue.category.into()))
            && bit(filter.states, issue.state)
            && filter.overdue_at.is_none_or(overdue)
            && bit(filter.levels.map(u64::from), issue.traits.level)
            && bit(filter.priorities.map(u64::from), issue.traits.priority)
            && bit(filter.sources.map(u64::from), issue.traits.source)
            && filter
                .self_solved
                .is_none_or(|wanted| wanted == issue.traits.self_solved)
            && filter
                .public
                .is_none_or(|wanted| wanted == issue.traits.public)
            && filter
                .on_time
                .is_none_or(|wanted| wanted == issue.traits.on_time)
            && filter
                .min_returns
                .is_none_or(|least| issue.returns >= least)
            && filter.owner.is_none_or(|owner| issue.owner == Some(owner))
            && filter.grid.is_none_or(|grid| issue.grid == Some(grid))
            && filter.area.is_none_or(|area| issue.area == Some(area))
            && filter.places.as_ref().is_none_or(placed)
            && filter.bounds.is_none_or(inside)
    }

    proptest! {
        #[test]
        fn a_selection_is_what_the_conditions_say(
            issues in prop::collection::vec(any_issue(), 0..300), filter in any_filter(),
        ) {
            let columns: IssueColumns = issues.iter().copied().collect();
            let expected: Vec<usize> = (0..issues.len()).filter(|&row| meets(&filter, &issues[row])).collect();
            let selection = filter.select(&columns);
            prop_assert_eq!(selection.rows().collect::<Vec<_>>(), expected.clone());
            prop_assert_eq!(selection.len(), expected.len());
            prop_assert_eq!(selection.is_empty(), expected.is_empty());
            for row in 0..issues.len() + 100 {
                prop_assert_eq!(selection.contains(row), expected.contains(&row));
            }
        }
    }

    #[test]
    fn chunks_outside_the_period_are_skipped_and_rows_keep_their_numbers() {
        let columns: IssueColumns = (0..CHUNK_ROWS as u32 * 3)
            .map(|reported| Issue {
                reported,
                ..Issue::default()
            })
            .collect();
        let first = CHUNK_ROWS + 70;
        let filter = Filter {
            from: Some(first as u32),
            to: Some(first as u32 + 3),
            ..Filter::default()
        };
        let selection = filter.select(&columns);
        assert_eq!(selection.counts, [0, 3, 0]);
        assert_eq!(
            selection.rows().collect::<Vec<_>>(),
            [first, first + 1, first + 2]
        );
        let mut seen = Vec::new();
        selection.each(&columns, |chunk, row| {
            seen.push(chunk.reported[row] as usize);
        });
        assert_eq!(seen, [first, first + 1, first + 2]);
        assert_eq!(Filter::default().select(&columns).len(), columns.len());
    }

    #[test]
    fn nobody_is_reported_before_a_period_begins_that_ends_earlier() {
        let columns: IssueColumns = [Issue {
            reported: 5,
            ..Issue::default()
        }]
        .into_iter()
        .collect();
        let filter = Filter {
            from: Some(9),
            to: Some(2),
            ..Filter::default()
        };
        assert!(filter.select(&columns).is_empty());
    }
}
