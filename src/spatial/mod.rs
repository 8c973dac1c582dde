//! Geometry on the ground: boxes, measures, validity, adjacency, outlines. No IO.

mod adjacency;
mod area_neighbours;
mod barrier_index;
mod barriers;
mod bbox;
mod borders;
mod delaunay;
mod even_odd;
mod measure;
mod mend;
mod outline;
mod partition;
mod plane;
mod remoteness;
mod rings;
mod shape;
mod tile;
mod validity;
mod walk_order;
mod zones;

pub use adjacency::{EdgeReason, Gate, Place, Rules, Stats, WalkEdge, Walkable, walkable};
pub use area_neighbours::{NEAR_M, area_neighbours};
pub use barrier_index::{Barrier, BarrierIndex};
pub use barriers::{BarrierClass, Classified, Extent, LeaveReason, classify, extent_of};
pub use bbox::BBox;
pub use measure::{
    LocalFrame, area_m2, compactness, distance_m, length_m, perimeter_m, polsby_popper,
    polygon_area_m2,
};
pub use mend::{Change, Mended, mend};
pub use outline::{ZoneClip, area_outlines};
pub use remoteness::remoteness_m;
pub use rings::close_ring;
pub use tile::{MAX_ZOOM, TileCoord, mercator_u32, mercator_u32_to_lonlat};
pub use validity::{Flaw, MAX_VERTICES, inspect};
pub use walk_order::{Walk, walk_order};
pub use zones::{Isolated, IsolationCause, Zone};
