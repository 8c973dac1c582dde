//! Patrol areas from units: contiguous, balanced, deterministic for a seed.
