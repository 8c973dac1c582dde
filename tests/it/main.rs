//! The one integration binary: each module tests one surface of the library from outside.

mod architecture;
mod crs_reference;
mod formats_memory;
mod formats_real;
