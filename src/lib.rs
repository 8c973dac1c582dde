//! Gridkeeper (网格管家): patrol areas for volunteer housekeepers.
//!
//! The modules are floors; a file imports only from floors below its own
//! (`tests/it/architecture.rs` enforces it, `ARCHITECTURE.md` explains it).

pub mod api; // 6 HTTP
pub mod atlas; // 3 a district in memory
pub mod commands;
pub mod coverage; // 3 who is missing where
pub mod crs; // 0 coordinate reference systems
pub mod demo; // 3 the synthetic city
pub mod districting; // 3 areas from units
pub mod domain; // 2 nouns and their rules
pub mod formats; // 4 files
pub mod heat; // 3 where issues pile up
pub mod services; // 5 use cases
pub mod spatial; // 1 boxes, measures, adjacency, outlines, validity
pub mod storage; // 4 databases
pub mod tiles; // 3 bytes from features // 7 command line

pub mod config; // leaf
pub mod telemetry; // leaf
