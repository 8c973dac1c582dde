//! Who is missing where: gap reasons, walking catchments, accessibility, and what one more post gains.
//!
//! Works on dense numbers that the caller counts out; knows no names, no people and no database. Everything that
//! decides is an integer. Invariant: the same input gives the same answer, and what was computed step by step equals
//! what is computed from scratch.

mod access;
mod catchments;
mod exact;
mod flow;
mod gaps;
mod posts;
mod walk;

pub use access::{ACCESS_SCALE, accessibility, supply_of};
pub use catchments::{Catchments, Keeper, Limits, Reach, Way};
pub use gaps::{
    AreaStaff, Asked, CompoundGap, CompoundNeed, Gaps, NONE, ReasonSum, UnitFacts, gaps, level_of,
};
pub use posts::{BestPosts, Method, Site, best_posts, gains_in_turn};
pub use walk::{Scratch, WalkGraph, Walked, minutes};
