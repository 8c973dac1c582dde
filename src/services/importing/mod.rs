//! Import: a file becomes rows, with a report row by row, in one transaction that can be undone.
//!
//! Steps: read → coordinate system → candidates → who is who → derive households → store → swap the picture.
//! A dry run takes the same steps but the last two. Invariant: every row is stored, mended, waiting or refused
//! with its number, field, value and reason.

mod batch;
mod candidate;
mod desk;
mod households;
mod issues;
mod nearby;
mod placing;
mod regions;
mod report;
mod run;
mod store;
mod undo;

pub(crate) use batch::WAITING_ROW;
pub use desk::{Desk, Upload};
pub use run::{ImportRequest, Region};
pub(crate) use store::store_rows;
