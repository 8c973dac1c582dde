//! One immutable picture of a district in memory, swapped whole.
