//! The analytics of issues: filters, counts, rates, density, hexagons, hot spots, change.
//!
//! Not a store and not a workflow: it neither knows what a state means nor who may see a figure. Invariant: every
//! figure is a function of one snapshot of [`IssueColumns`] and of what the caller hands in; what cannot be said
//! (no households, an empty base, constant values) is `None`, never 0.

mod change;
mod columns;
mod count;
mod filter;
mod minute;

pub use change::{Change, change, changes, previous_period};
pub use columns::{CHUNK_ROWS, GONE, Issue, IssueColumns, Place, Traits};
pub use count::{
    By, Counts, Days, Moment, Rate, Tally, by_day, count, day_start, local_day, rank, rate,
};
pub use filter::{Chosen, Filter, Places, Selection};
pub use minute::{from_minute, to_minute};
