//! Use cases: the only place that opens transactions.

pub mod error;
pub mod jobs;
