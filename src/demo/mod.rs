//! The synthetic demo city. Everything in it says that it is synthetic.
//!
//! Not a simulation and not a copy of any place: a drawing with households. It lies in an empty
//! sand desert (40.2° N, 102.3° E), so that on any base map it is seen to be no real city; metres
//! are as good there as anywhere. Names of persons are 示例甲01 …, telephone numbers start with
//! 100 and cannot be assigned, region codes lie in the reserved range 999xxx.
//!
//! Two cities are built by one pipeline, `Layout` → [`DemoCity`]:
//! * [`small`]: one street of exactly 31,000 households in 7 communities on a river, with 56 of
//!   124 housekeepers in post. The figures are the golden example of `domain.md` §1.2.
//! * [`scaled`]: a lattice of streets for any number of households, for measurements.
//!
//! Invariant: the same seed gives the same city, coordinate for coordinate.

mod build;
mod grids;
mod ground;
mod housing;
mod issues;
mod lattice;
mod layout;
mod model;
mod names;
mod plane;
mod random;
mod staff;
mod street;
#[cfg(test)]
mod tests;
mod visits;

pub use issues::{Duty, IssuePlace, Past, Who, duties, issues};
pub use model::{
    Barrier, BarrierClass, Building, Compound, Context, ContextKind, DemoCity, Gate, Grid,
    Housekeeper, KeeperKind, Region, RegionLevel,
};
pub use staff::{HOUSEHOLDS_PER_KEEPER, quota};
pub use visits::{DemoTier, PastDiary, PastVisit, diaries, tiers, visits};

/// Households of the [`small`] city; its quota at 2 per 500 is 124.
pub const SMALL_HOUSEHOLDS: u32 = 31_000;
/// The seed of the demo that everybody sees.
pub const DEFAULT_SEED: u64 = 42;
/// Fewer households than this do not make a city; [`scaled`] raises to it.
pub const MIN_HOUSEHOLDS: u32 = 2_000;
/// More than this has no street codes left (999 streets); [`scaled`] lowers to it.
pub const MAX_HOUSEHOLDS: u32 = 20_000_000;

/// The street that the first screen shows: 31,000 households in about 40 compounds over
/// 7 communities, 56 full-time housekeepers of 124.
pub fn small(seed: u64) -> DemoCity {
    build::city(street::layout(seed), SMALL_HOUSEHOLDS, 56, seed)
}

/// A city of `households` (clamped to [`MIN_HOUSEHOLDS`]`..=`[`MAX_HOUSEHOLDS`]) on a lattice of
/// communities, about 37 households to a building, 45.2 % of the quota in post.
pub fn scaled(households: u32, seed: u64) -> DemoCity {
    let households = households.clamp(MIN_HOUSEHOLDS, MAX_HOUSEHOLDS);
    let required = u64::from(households).div_ceil(u64::from(HOUSEHOLDS_PER_KEEPER));
    let in_post = (required * 452 + 500) / 1000;
    build::city(
        lattice::layout(households, seed),
        households,
        in_post as usize,
        seed,
    )
}
