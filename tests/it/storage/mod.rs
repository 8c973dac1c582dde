//! The store: one suite on both databases, and what is special to each.

mod conformance;
mod fixtures;
mod gpkg;
mod issues;
mod postgis;
mod schema;
