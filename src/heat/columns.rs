//! All issues in memory: one column for each property, in chunks that snapshots share.
//!
//! Not a store: rows are numbered in the order of their arrival, and whoever reads the store remembers which issue
//! a number is. Invariant: a clone never changes; a change copies the chunks that it touches and no others.
//!
//! **Size.** A row is 40 bytes. What every map reads (position 8, reported 4, place 4, category 2, state 1) is 19
//! of them; due, closed, grid, area, owner, traits and returns are attributes, 21 bytes. Keys and texts are not here.

use std::sync::Arc;

use super::minute::NEVER;

/// Rows of a chunk. A change copies one chunk, 655 kB.
pub const CHUNK_ROWS: usize = 16_384;

/// The state of a row whose issue was taken back (an import undone); no filter selects it. Other states are
/// the caller's codes below 64.
pub const GONE: u8 = u8::MAX;

/// No grid, area or owner.
pub(super) const NONE_32: u32 = u32::MAX;
pub(super) const NONE_16: u16 = u16::MAX;

/// No point: the south-eastern corner of the square world, where [`Issue::position`] cannot lie.
pub(super) const NO_POINT: u32 = u32::MAX;

/// Marks a region in the column of places.
const REGION: u32 = 1 << 31;

/// Where an issue belongs: the smallest place that the caller keeps figures of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// A compound, by the caller's dense index below 2³¹ − 1.
    Compound(u32),
    /// A community or village, by the caller's dense index below 2³¹ − 1: the issue lies in no compound.
    Region(u32),
    /// Outside every region, or not known.
    Unknown,
}

impl Place {
    /// Four bytes, with the highest bit for regions; what is out of range is unknown.
    pub(super) fn packed(self) -> u32 {
        match self {
            Self::Compound(index) if index < REGION - 1 => index,
            Self::Region(index) if index < REGION - 1 => index | REGION,
            _ => NONE_32,
        }
    }

    pub(super) fn unpacked(packed: u32) -> Self {
        match packed {
            NONE_32 => Self::Unknown,
            _ if packed & REGION == 0 => Self::Compound(packed),
            _ => Self::Region(packed & !REGION),
        }
    }
}

/// Small properties, two bytes together. Codes are the caller's; what is too large is cut to its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traits {
    /// Level of resolution, below 8.
    pub level: u8,
    /// Priority, below 8.
    pub priority: u8,
    /// Where the report came from, below 32.
    pub source: u8,
    /// Solved on the spot by whoever reported it.
    pub self_solved: bool,
    /// May be shown to the public.
    pub public: bool,
    /// Whether it was closed in time, where another system says so.
    pub on_time: Option<bool>,
}

/// The two bits of `on_time` in the packed traits.
pub(super) const ON_TIME_SHIFT: u32 = 13;

/// Two bits for `on_time`: unknown, late, in time.
pub(super) fn on_time_bits(on_time: Option<bool>) -> u16 {
    on_time.map_or(0, |yes| 1 + u16::from(yes))
}

impl Traits {
    pub(super) fn packed(self) -> u16 {
        u16::from(self.level & 7)
            | u16::from(self.priority & 7) << 3
            | u16::from(self.source & 31) << 6
            | u16::from(self.self_solved) << 11
            | u16::from(self.public) << 12
            | on_time_bits(self.on_time) << ON_TIME_SHIFT
    }

    pub(super) fn unpacked(packed: u16) -> Self {
        Self {
            level: (packed & 7) as u8,
            priority: (packed >> 3 & 7) as u8,
            source: (packed >> 6 & 31) as u8,
            self_solved: packed >> 11 & 1 == 1,
            public: packed >> 12 & 1 == 1,
            on_time: match packed >> ON_TIME_SHIFT & 3 {
                0 => None,
                bits => Some(bits == 2),
            },
        }
    }
}

/// One issue, as it goes in and comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// Web Mercator fixed point ([`crate::spatial::mercator_u32`]); `None` when nobody said a point.
    pub position: Option<[u32; 2]>,
    /// When it was reported, [minutes](super::to_minute).
    pub reported: u32,
    /// Its time limit, minutes; `None` without one, and while it is deferred.
    pub due: Option<u32>,
    /// When it was closed, minutes; `None` while it is open.
    pub closed: Option<u32>,
    /// Where it belongs.
    pub place: Place,
    /// Dense index of the category.
    pub category: u16,
    /// The caller's code of the state, below 64, or [`GONE`].
    pub state: u8,
    /// Level, priority, source and marks.
    pub traits: Traits,
    /// Dense index of the statutory grid.
    pub grid: Option<u32>,
    /// Dense index of the patrol area.
    pub area: Option<u32>,
    /// Dense index of the responsible body, below 65,535.
    pub owner: Option<u16>,
    /// How often it was returned; 255 and more are 255.
    pub returns: u8,
}

impl Default for Issue {
    fn default() -> Self {
        Self {
            position: None,
            reported: 0,
            due: None,
            closed: None,
            place: Place::Unknown,
            category: 0,
            state: 0,
            traits: Traits::default(),
            grid: None,
            area: None,
            owner: None,
            returns: 0,
        }
    }
}

/// Up to [`CHUNK_ROWS`] rows. All columns have the same length.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    pub(super) x: Vec<u32>,
    pub(super) y: Vec<u32>,
    pub(super) reported: Vec<u32>,
    pub(super) due: Vec<u32>,
    pub(super) closed: Vec<u32>,
    pub(super) place: Vec<u32>,
    pub(super) grid: Vec<u32>,
    pub(super) area: Vec<u32>,
    pub(super) category: Vec<u16>,
    pub(super) owner: Vec<u16>,
    pub(super) traits: Vec<u16>,
    pub(super) state: Vec<u8>,
    pub(super) returns: Vec<u8>,
    /// First and last minute of `reported`, for skipping; widened by changes, never narrowed.
    pub(super) span: Option<(u32, u32)>,
}

/// Applies an expression to every column.
macro_rules! each_column {
    ($chunk:expr, $column:ident => $do:expr) => {{
        let chunk = $chunk;
        each_column!(@ chunk, $column => $do; x y reported due closed place grid area category owner traits state returns);
    }};
    (@ $chunk:ident, $column:ident => $do:expr; $($name:ident)+) => {
        $({ let $column = &$chunk.$name; $do; })+
    };
}

impl Chunk {
    pub(super) fn len(&self) -> usize {
        self.x.len()
    }

    fn widen(&mut self, reported: u32) {
        let (first, last) = self.span.unwrap_or((reported, reported));
        self.span = Some((first.min(reported), last.max(reported)));
    }

    fn push(&mut self, issue: &Issue) {
        self.widen(issue.reported);
        let [x, y] = point_or_none(issue.position);
        self.x.push(x);
        self.y.push(y);
        self.reported.push(issue.reported);
        self.due.push(issue.due.unwrap_or(NEVER));
        self.closed.push(issue.closed.unwrap_or(NEVER));
        self.place.push(issue.place.packed());
        self.grid.push(issue.grid.unwrap_or(NONE_32));
        self.area.push(issue.area.unwrap_or(NONE_32));
        self.category.push(issue.category);
        self.owner.push(issue.owner.unwrap_or(NONE_16));
        self.traits.push(issue.traits.packed());
        self.state.push(issue.state);
        self.returns.push(issue.returns);
    }

    fn set(&mut self, i: usize, issue: &Issue) {
        self.widen(issue.reported);
        [self.x[i], self.y[i]] = point_or_none(issue.position);
        self.reported[i] = issue.reported;
        self.due[i] = issue.due.unwrap_or(NEVER);
        self.closed[i] = issue.closed.unwrap_or(NEVER);
        self.place[i] = issue.place.packed();
        self.grid[i] = issue.grid.unwrap_or(NONE_32);
        self.area[i] = issue.area.unwrap_or(NONE_32);
        self.category[i] = issue.category;
        self.owner[i] = issue.owner.unwrap_or(NONE_16);
        self.traits[i] = issue.traits.packed();
        self.state[i] = issue.state;
        self.returns[i] = issue.returns;
    }

    fn get(&self, i: usize) -> Issue {
        let some_32 = |value: u32| (value != NONE_32).then_some(value);
        Issue {
            position: self.position(i),
            reported: self.reported[i],
            due: some_32(self.due[i]),
            closed: some_32(self.closed[i]),
            place: Place::unpacked(self.place[i]),
            category: self.category[i],
            state: self.state[i],
            traits: Traits::unpacked(self.traits[i]),
            grid: some_32(self.grid[i]),
            area: some_32(self.area[i]),
            owner: (self.owner[i] != NONE_16).then_some(self.owner[i]),
            returns: self.returns[i],
        }
    }

    pub(super) fn position(&self, i: usize) -> Option<[u32; 2]> {
        let point = [self.x[i], self.y[i]];
        (point != [NO_POINT; 2]).then_some(point)
    }

    fn bytes(&self) -> usize {
        let mut bytes = size_of::<Self>();
        each_column!(self, column => bytes += column.capacity() * size_of_val(&column[..1.min(column.len())]));
        bytes
    }
}

/// A point at the very corner of the world is moved by a centimetre, because the corner means "no point".
fn point_or_none(position: Option<[u32; 2]>) -> [u32; 2] {
    match position {
        Some([x, NO_POINT]) => [x, NO_POINT - 1],
        Some(point) => point,
        None => [NO_POINT; 2],
    }
}

/// All issues. Cloning is cheap and gives a snapshot.
#[derive(Debug, Clone, Default)]
pub struct IssueColumns {
    /// All chunks but the last are full.
    chunks: Vec<Arc<Chunk>>,
}

impl IssueColumns {
    /// No issues.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many rows there are, those that are [`GONE`] included.
    pub fn len(&self) -> usize {
        self.chunks
            .last()
            .map_or(0, |last| (self.chunks.len() - 1) * CHUNK_ROWS + last.len())
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Appends an issue and tells its row.
    pub fn push(&mut self, issue: &Issue) -> usize {
        let row = self.len();
        if row % CHUNK_ROWS == 0 {
            self.chunks.push(Arc::default());
        }
        if let Some(last) = self.chunks.last_mut() {
            Arc::make_mut(last).push(issue);
        }
        row
    }

    /// Replaces row `row`; `false` and no change when there is no such row.
    #[must_use]
    pub fn set(&mut self, row: usize, issue: &Issue) -> bool {
        if row >= self.len() {
            return false;
        }
        Arc::make_mut(&mut self.chunks[row / CHUNK_ROWS]).set(row % CHUNK_ROWS, issue);
        true
    }

    /// Row `row`.
    pub fn get(&self, row: usize) -> Option<Issue> {
        (row < self.len()).then(|| self.chunks[row / CHUNK_ROWS].get(row % CHUNK_ROWS))
    }

    /// One property of row `row`: a tenth of the work of [`Self::get`].
    fn one<T: Copy>(&self, row: usize, column: impl Fn(&Chunk) -> &[T]) -> Option<T> {
        let chunk = self.chunks.get(row / CHUNK_ROWS)?;
        column(chunk).get(row % CHUNK_ROWS).copied()
    }

    /// When row `row` was reported, minutes.
    pub fn reported(&self, row: usize) -> Option<u32> {
        self.one(row, |chunk| &chunk.reported)
    }

    /// The time limit of row `row`, minutes.
    pub fn due(&self, row: usize) -> Option<u32> {
        self.one(row, |chunk| &chunk.due)
            .filter(|due| *due != NEVER)
    }

    /// When row `row` was closed, minutes.
    pub fn closed(&self, row: usize) -> Option<u32> {
        self.one(row, |chunk| &chunk.closed)
            .filter(|closed| *closed != NEVER)
    }

    /// How often row `row` was returned.
    pub fn returns(&self, row: usize) -> Option<u8> {
        self.one(row, |chunk| &chunk.returns)
    }

    /// Level, priority, source and marks of row `row`.
    pub fn traits(&self, row: usize) -> Option<Traits> {
        self.one(row, |chunk| &chunk.traits).map(Traits::unpacked)
    }

    /// Whether row `row` has a point.
    pub fn has_point(&self, row: usize) -> bool {
        // No point has this y.
        self.one(row, |chunk| &chunk.y)
            .is_some_and(|y| y != NO_POINT)
    }

    /// Memory of the columns, bytes; chunks that other snapshots share are counted here too.
    pub fn memory_bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.bytes()).sum()
    }

    /// Bytes of a row, all columns together.
    pub const fn bytes_per_row() -> usize {
        size_of::<[u32; 8]>() + size_of::<[u16; 3]>() + size_of::<[u8; 2]>()
    }

    /// Bytes of a row that a map of any filter by time, category, state and place reads.
    pub const fn hot_bytes_per_row() -> usize {
        size_of::<[u32; 4]>() + size_of::<u16>() + size_of::<u8>()
    }

    pub(super) fn chunks(&self) -> &[Arc<Chunk>] {
        &self.chunks
    }
}

impl FromIterator<Issue> for IssueColumns {
    fn from_iter<I: IntoIterator<Item = Issue>>(issues: I) -> Self {
        let mut columns = Self::new();
        for issue in issues {
            columns.push(&issue);
        }
        columns
    }
}

impl Extend<Issue> for IssueColumns {
    fn extend<I: IntoIterator<Item = Issue>>(&mut self, issues: I) {
        for issue in issues {
            self.push(&issue);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Issues in a square kilometre of Hefei, with everything that may be missing missing now and then.
    pub(in crate::heat) fn any_issue() -> impl Strategy<Value = Issue> {
        let point = prop::option::weighted(0.8, (0..100_000u32, 0..100_000u32)).prop_map(|point| {
            let [x, y] = crate::spatial::mercator_u32([117.3, 31.86]);
            point.map(|(dx, dy)| [x + dx, y + dy])
        });
        let place = prop_oneof![
            4 => (0..6u32).prop_map(Place::Compound),
            2 => (0..3u32).prop_map(Place::Region),
            1 => Just(Place::Unknown),
        ];
        let small = || prop::option::weighted(0.7, 0..5u32);
        let times = (
            0..50_000u32,
            prop::option::of(0..60_000u32),
            prop::option::of(0..60_000u32),
        );
        let traits = (
            0..8u8,
            0..8u8,
            0..32u8,
            any::<bool>(),
            any::<bool>(),
            any::<Option<bool>>(),
        );
        let state = prop_oneof![9 => 0..12u8, 1 => Just(GONE)];
        let rest = (
            0..20u16,
            state,
            small(),
            small(),
            prop::option::of(0..4u16),
            0..5u8,
        );
        (point, place, times, traits, rest).prop_map(|(position, place, times, traits, rest)| {
            Issue {
                position,
                reported: times.0,
                due: times.1,
                closed: times.2,
                place,
                category: rest.0,
                state: rest.1,
                traits: Traits {
                    level: traits.0,
                    priority: traits.1,
                    source: traits.2,
                    self_solved: traits.3,
                    public: traits.4,
                    on_time: traits.5,
                },
                grid: rest.2,
                area: rest.3,
                owner: rest.4,
                returns: rest.5,
            }
        })
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out(issues in prop::collection::vec(any_issue(), 0..50), other in any_issue()) {
            let mut columns: IssueColumns = issues.iter().copied().collect();
            prop_assert_eq!(columns.len(), issues.len());
            for (row, issue) in issues.iter().enumerate() {
                prop_assert_eq!(columns.get(row), Some(*issue));
            }
            let snapshot = columns.clone();
            if let Some(row) = issues.len().checked_sub(1) {
                prop_assert!(columns.set(row, &other));
                prop_assert_eq!(columns.get(row), Some(other));
                prop_assert_eq!(snapshot.get(row), Some(issues[row]));
            }
            prop_assert!(!columns.set(issues.len(), &other));
            prop_assert_eq!(columns.get(issues.len()), None);
        }
    }

    #[test]
    fn a_change_copies_the_chunks_it_touches_and_no_others() {
        let rows = CHUNK_ROWS * 2 + 5;
        let mut columns: IssueColumns = (0..rows as u32)
            .map(|reported| Issue {
                reported,
                ..Issue::default()
            })
            .collect();
        let before = columns.clone();
        assert!(columns.set(
            CHUNK_ROWS,
            &Issue {
                reported: 9,
                ..Issue::default()
            }
        ));
        assert_eq!(columns.push(&Issue::default()), rows);
        let shared: Vec<bool> = (0..3)
            .map(|i| Arc::ptr_eq(&columns.chunks()[i], &before.chunks()[i]))
            .collect();
        assert_eq!(shared, [true, false, false]);
        assert_eq!((before.len(), columns.len()), (rows, rows + 1));
        assert_eq!(before.get(CHUNK_ROWS).unwrap().reported, CHUNK_ROWS as u32);
        assert_eq!(
            columns.chunks()[1].span,
            Some((9, CHUNK_ROWS as u32 * 2 - 1))
        );
    }

    #[test]
    fn a_row_is_forty_bytes_and_maps_read_nineteen() {
        let columns: IssueColumns = (0..CHUNK_ROWS * 4).map(|_| Issue::default()).collect();
        let measured = columns.memory_bytes() / columns.len();
        assert_eq!(measured, IssueColumns::bytes_per_row());
        assert_eq!((measured, IssueColumns::hot_bytes_per_row()), (40, 19));
    }

    #[test]
    fn the_corner_of_the_world_is_a_point_too() {
        let corner = Issue {
            position: Some([u32::MAX; 2]),
            ..Issue::default()
        };
        let columns: IssueColumns = [corner, Issue::default()].into_iter().collect();
        assert_eq!(
            columns.get(0).unwrap().position,
            Some([u32::MAX, u32::MAX - 1])
        );
        assert_eq!(columns.get(1).unwrap().position, None);
    }

    #[test]
    fn places_out_of_range_are_unknown() {
        for place in [
            Place::Compound(REGION),
            Place::Compound(REGION - 1),
            Place::Region(REGION - 1),
        ] {
            assert_eq!(Place::unpacked(place.packed()), Place::Unknown);
        }
        assert_eq!(
            Place::unpacked(Place::Region(REGION - 2).packed()),
            Place::Region(REGION - 2)
        );
    }
}
