//! Issues of other systems: rows of a 12345 or 311 export become issues that were opened there.
//!
//! Steps: read → lines (`line`) → places (`places`), categories (`categories`), states (`states`) → issues (`offer`) →
//! one transaction of the issue writer (`run`), which can be taken back (`undo`). Invariant: an issue is known by
//! its source and its number there; the same file twice changes nothing, and what was done here is never overwritten.

mod categories;
mod line;
mod offer;
mod places;
mod run;
mod states;
mod undo;
