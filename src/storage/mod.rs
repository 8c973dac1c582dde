//! The two databases behind one store. The only module that writes SQL.
//!
//! One SQL text serves both; what differs stands in `dialect.rs`. Services open transactions, storage never does.
//! Invariant: a dropped [`Tx`] rolls back.

mod accounts;
mod aggregates;
mod assessments;
mod audit;
mod backup;
mod communities;
mod database;
mod dialect;
mod edits;
mod error;
mod events;
mod geometry;
mod gpkg;
mod gpkg_functions;
mod gpkg_gaps;
mod gpkg_layers;
mod imports;
mod instant;
mod issues;
mod lock;
mod network;
mod notices;
mod organisations;
mod people;
mod plans;
mod portraits;
mod postgis;
mod quota;
mod recruitment;
mod roster;
mod settings;
mod store;
mod subscriptions;
mod tolerant;
mod url;
mod verify;
mod visits;

pub use communities::{Keeps, Placed};
pub use database::{Conn, Lease, Tx};
pub use error::{Error, Result};
pub use gpkg_gaps::{GapFeature, write_gaps};
pub use gpkg_layers::{AreaFeature, UnitRecord, write_areas};
pub use issues::{IssueFact, IssueRow, Photo};
pub use settings::Counted;
pub use store::Store;
pub use url::DatabaseUrl;
pub use verify::Check;
pub use visits::TierRow;
