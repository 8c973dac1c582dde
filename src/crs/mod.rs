//! Coordinate reference systems: what was declared, and the way to WGS 84.
