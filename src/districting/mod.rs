//! Patrol areas from units: contiguous, balanced, deterministic for a seed.
//!
//! One door: [`balance`] divides a [`UnitGraph`] into areas, [`evaluate`] states the figures of any
//! assignment with the same code. Pure: no clock, no input or output, no randomness but the seed.
//! The floor knows nothing of buildings or compounds; a *unit* is what moves, a *group* is what
//! should stay whole, a *zone* is what no area ever leaves.
//!
//! How a zone is divided (the files, from the ground up):
//! 1. [`unit_graph`] validates the input; `pieces` cuts each zone into *pieces*: its connected
//!    parts, after heavy units (heavier than an area may be) have been set apart.
//! 2. `constraints` contracts what must stay together and yields a small `Problem` per piece.
//! 3. `initial` makes a first partition, `moves` and `recombine` change it, `anneal` drives them
//!    with the cost of `objective` over the tallies of `partition`.
//! 4. `solve` does so for all pieces in parallel and gives left-over effort to the worst ones;
//!    `progress` tells the caller, who may stop it and gets the best plan so far.
//! 5. `certificate` proves for small pieces that no plan is better, or finds the better one.
//! 6. `redraw` is the core of editing by hand: moves, undo, suggestions, a few areas balanced anew.
//! 7. `few_changes` puts plans with few changes together from what `repair` mends piece by piece.
//! 8. `outcome` states the figures, with the bounds of `bounds` and `change_bound`.
//!
//! Invariant: the answer depends on graph, settings and seed only, never on the number of threads
//! or on speed; everything that decides is an integer.

mod alternatives;
mod anneal;
mod bounds;
mod certificate;
mod change_bound;
mod colour;
mod constraints;
mod few_changes;
mod figures;
mod heirs;
mod improve;
mod inertia_bound;
mod initial;
mod keepers;
mod moves;
mod nearest;
mod objective;
mod outcome;
mod partition;
mod pieces;
mod progress;
pub mod reasons;
mod recombine;
mod recombine_small;
pub mod redraw;
mod repair;
mod rng;
mod settings;
mod solve;
mod tree;
pub mod unit_graph;
mod word;

#[cfg(test)]
mod change_tests;
#[cfg(test)]
mod exhaustive_tests;
#[cfg(test)]
mod tests;

pub use alternatives::{Alternative, Wishes};
pub use colour::{colour_areas, recolour_areas};
pub use constraints::{best_count, forced_bp};
pub use few_changes::{Ladder, repair};
pub use figures::{Dispersion, deviation_bp};
pub use heirs::{heirs, heirs_of_current};
pub use keepers::{Keeper, MOST_SEATS, Seat, seat_keepers};
pub use outcome::{
    AreaFigures, GroupSplit, Outcome, Overall, Proof, SplitReason, ZoneFigures, evaluate,
};
pub use progress::{Improvement, Phase, Progress, ProgressReport, Silent};
pub use settings::{Compounds, Goal, Limits, Settings};
pub use solve::balance;
pub use unit_graph::{Edge, GraphError, Unit, UnitGraph};
