//! Geometry on the ground: boxes, measures, validity, adjacency, outlines. No IO.

mod bbox;
mod even_odd;
mod measure;
mod mend;
mod rings;
mod tile;
mod validity;

pub use bbox::BBox;
pub use measure::{
    LocalFrame, area_m2, compactness, distance_m, length_m, perimeter_m, polsby_popper,
    polygon_area_m2,
};
pub use mend::{Change, Mended, mend};
pub use rings::close_ring;
pub use tile::{MAX_ZOOM, TileCoord, mercator_u32, mercator_u32_to_lonlat};
pub use validity::{Flaw, MAX_VERTICES, inspect};
