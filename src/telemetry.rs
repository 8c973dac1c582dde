//! Structured logs without personal data: ids, counts and durations, never names, phones or places.

use crate::config::Log;
use tracing_subscriber::EnvFilter;

/// Starts logging to stderr. A second call does nothing (tests).
pub fn init(log: &Log) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if log.format == "json" {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.with_target(false).compact().try_init()
    };
    drop(started);
}
