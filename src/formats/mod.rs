//! Files in and out: GeoJSON, CSV, XLSX and Shapefile read, GeoJSON, CSV, XLSX and PDF written.
//!
//! Knows files, not databases, use cases or HTTP. [`open`] recognises a file by its content and
//! gives its rows one by one; [`values`] understands what people type into cells; [`Table`] is
//! what is written. Everything that comes out of a file may be hostile: sizes are bounded by
//! [`limits`], and nothing here panics on input.

pub mod columns;
pub mod limits;
pub mod pdf;
pub mod photo;
pub mod values;

mod archive;
mod csv_file;
mod dbf;
mod error;
mod export;
mod feature;
mod fields;
mod geojson_coordinates;
mod geojson_file;
mod geojson_writer;
mod header_words;
mod instants;
mod json;
mod open;
mod shapefile;
mod shp;
mod table;
mod text_encoding;
mod wkt;
mod xlsx;

#[cfg(test)]
mod shapefile_tests;
#[cfg(test)]
mod xlsx_tests;

pub use error::FormatError;
pub use export::{Cell, CellKind, SYNTHETIC_NOTE, Table, TableColumn, write_csv, write_xlsx};
pub use feature::{Column, Format, Opened, RawFeature, ReadOptions, Rows, Value};
pub use fields::Field;
pub use geojson_writer::{GeoJsonWriter, Provenance};
pub use instants::instant;
pub use open::{layers, open};
pub use text_encoding::open_text;
pub use values::Parsed;
