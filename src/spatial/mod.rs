//! Geometry on the ground: boxes, measures, validity, adjacency, outlines. No IO.

mod bbox;
mod measure;
mod tile;

pub use bbox::BBox;
pub use measure::{
    LocalFrame, area_m2, compactness, distance_m, length_m, perimeter_m, polsby_popper,
    polygon_area_m2,
};
pub use tile::{MAX_ZOOM, TileCoord, mercator_u32, mercator_u32_to_lonlat};
