//! How much a file may ask of this machine.
//!
//! Invariant: together they keep the rise of memory while reading below 256 MB, whatever the file.

/// Largest upload accepted, in bytes (512 MiB).
pub const MAX_UPLOAD_BYTES: u64 = 512 << 20;
/// Most vertices in one geometry.
pub const MAX_VERTICES_PER_GEOMETRY: usize = 1_000_000;
/// Most rings, lines or parts in one geometry.
pub const MAX_PARTS_PER_GEOMETRY: usize = 200_000;
/// Most rows read from one file: far more buildings than a city district has.
pub const MAX_ROWS: u64 = 2_000_000;
/// Most rows refused before the whole file is: it is not what the user thinks it is.
pub const MAX_REFUSED_ROWS: u64 = 100_000;
/// Longest text of one GeoJSON feature, in bytes: a million vertices of 48 characters fit.
pub const MAX_FEATURE_BYTES: usize = 64 << 20;
/// Deepest nesting of brackets in one JSON value.
pub const MAX_JSON_DEPTH: usize = 64;
/// Longest row of a text table, in bytes.
pub const MAX_ROW_BYTES: usize = 8 << 20;
/// Most columns of a table, most distinct property names of a layer.
pub const MAX_COLUMNS: usize = 1_024;
/// Most cells read from a worksheet.
pub const MAX_SHEET_CELLS: usize = 2_000_000;
/// Most bytes of text read from a worksheet.
pub const MAX_SHEET_TEXT_BYTES: usize = 64 << 20;
/// Largest list of shared texts in a workbook, unpacked, in bytes.
pub const MAX_SHARED_STRINGS_BYTES: u64 = 64 << 20;
/// Largest workbook of the old binary form (`.xls`), in bytes: it is held in memory.
pub const MAX_XLS_BYTES: u64 = 16 << 20;
/// Most entries in a zip archive.
pub const MAX_ZIP_ENTRIES: usize = 4_096;
/// Largest table of contents of a zip archive, in bytes.
pub const MAX_ZIP_DIRECTORY_BYTES: u64 = 4 << 20;
/// Most bytes unpacked from one archive (1 GiB, to disk).
pub const MAX_UNZIPPED_BYTES: u64 = 1 << 30;
/// Most bytes that one packed byte may become, beyond [`FREE_UNZIPPED_BYTES`].
pub const MAX_ZIP_RATIO: u64 = 200;
/// Unpacked bytes below which the ratio is not looked at (blank attribute tables pack very well).
pub const FREE_UNZIPPED_BYTES: u64 = 32 << 20;
/// Rows looked at to find the header of a table.
pub const HEADER_SEARCH_ROWS: usize = 20;
/// Samples shown per column.
pub const SAMPLES_PER_COLUMN: usize = 5;
/// Longest sample, in characters.
pub const MAX_SAMPLE_CHARS: usize = 80;
