//! One immutable picture of a district in memory, swapped whole by whoever holds it.
//!
//! Not a store and not a cache of queries: every read is answered from columns, packed trees and cell grids,
//! without locks. Invariant: the dense ids of an [`Atlas`] (0..n of each layer) belong to its version and are
//! meaningless beside another one; they are the feature ids of its vector tiles.

mod area_column;
mod build;
mod fixed;
mod input;
mod layers;
mod locate;
mod picture;
mod pole;
mod raster;
mod search;
mod shapes;
mod spelling;
mod strings;
mod tree;

pub use area_column::AreaColumn;
pub use build::AtlasError;
pub use fixed::{Fixed, FixedBox, metres_per_unit, to_fixed, to_lon_lat};
pub use input::{
    AreaIn, AtlasInput, BarrierIn, BuildingIn, CompoundIn, GateIn, GridIn, KeeperIn, NONE, PlanIn,
    RegionIn,
};
pub use layers::{AreaView, Areas, BuildingView, CompoundView, GridView, RegionView};
pub use locate::{Located, Nearest};
pub use picture::{Atlas, Entity};
pub use search::{SearchHit, SearchKind};
pub use spelling::{building_number, normalise};

pub(crate) use shapes::Shapes;
pub(crate) use tree::Tree;
