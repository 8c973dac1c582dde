//! Candidates → domain rows: who is who, what changes, what waits. One file for each kind of row.
//!
//! Pure: existing rows come in, changed rows and problems go out. Invariant: a thing that is known keeps its id.

mod barriers;
mod build;
mod buildings;
mod common;
mod compound_finder;
mod compounds;
mod gates;
mod grids;
mod housekeepers;
mod regions;

pub use build::build;
pub use common::{Batch, Shared, WAITING_ROW};
