//! The one integration binary: each module tests one surface of the library from outside.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail loudly and say what they skipped"
)]

mod access;
mod architecture;
mod atlas_and_tiles;
mod crs_reference;
mod formats_memory;
mod formats_real;
mod journeys;
mod keeper_photos;
mod open311;
mod openapi;
mod photos;
mod storage;
mod subscriptions;
mod support;
