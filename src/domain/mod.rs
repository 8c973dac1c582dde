//! The nouns of the service and their rules. No IO, no clock, no randomness.
