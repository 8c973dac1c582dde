//! Geometry on the ground: boxes, measures, validity, adjacency, outlines. No IO.
