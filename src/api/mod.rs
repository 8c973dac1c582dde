//! HTTP in, JSON and tiles out.
