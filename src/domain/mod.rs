//! The nouns of the service and their rules. No IO, no clock, no randomness.

mod problem;

pub use problem::{MAX_VALUE_CHARS, Problem, Severity};
