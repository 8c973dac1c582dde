//! The analytics of issues: filters, counts, rates, density, hexagons, hot spots, change.
//!
//! Not a store and not a workflow: it neither knows what a state means nor who may see a figure. Invariant: every
//! figure is a function of one snapshot of [`IssueColumns`] and of what the caller hands in; what cannot be said
//! (no households, an empty base, constant values) is `None`, never 0.

mod change;
mod columns;
mod count;
mod density;
mod filter;
mod grid_tile;
mod h3;
mod hotspot;
mod kernel;
mod minute;
mod window;

pub use change::{Change, change, changes, previous_period};
pub use columns::{CHUNK_ROWS, GONE, Issue, IssueColumns, Place, Traits};
pub use count::{
    By, Counts, Days, Moment, Rate, Tally, by_day, count, day_start, local_day, rank, rate,
};
pub use density::{Density, SCALE_QUANTILE};
pub use filter::{Chosen, Filter, Places, Selection};
pub use grid_tile::{HeatTile, HeatTileError};
pub use h3::{
    HexColumn, HexCounts, HexHouseholds, HexPoints, HexRate, hexagon_at, hexagon_outline,
    hexagon_rates,
};
pub use h3o::{CellIndex, Resolution};
pub use hotspot::{
    Confidence, MIN_NEIGHBOURS, NEIGHBOUR_M, Neighbours, Spot, false_discovery_q, hot_spots,
    two_sided_p,
};
pub use kernel::Kernel;
pub use minute::{from_minute, to_minute};
pub use window::{DEEPEST_TILE, Window};
