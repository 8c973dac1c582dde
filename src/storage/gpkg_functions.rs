//! The five functions that the R-tree triggers of a GeoPackage call. The only `unsafe` code of the product.
//!
//! They read the envelope in the header, and the WKB when there is none (points written by other tools).
//! Invariant: each function reads only the blob that SQLite lends it for the call.
#![allow(unsafe_code, reason = "SQLite takes functions only through its C interface")]

use super::geometry::gpkg_body;
use geo::BoundingRect;
use geo_traits::to_geo::ToGeoGeometry;
use libsqlite3_sys as ffi;
use sqlx::sqlite::SqliteConnection;
use std::ffi::{CStr, c_int};

/// Registers the functions on a new connection.
pub(super) async fn register(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut handle = connection.lock_handle().await?;
    let raw = handle.as_raw_handle().as_ptr();
    let functions: [(&CStr, ScalarFunction); 5] = [
        (c"ST_MinX", min_x),
        (c"ST_MaxX", max_x),
        (c"ST_MinY", min_y),
        (c"ST_MaxY", max_y),
        (c"ST_IsEmpty", is_empty),
    ];
    for (name, function) in functions {
        // SAFETY: the handle is locked for this scope; the name is a static C string; the functions have the
        // signature that SQLite expects and hold no state.
        let code = unsafe {
            ffi::sqlite3_create_function_v2(
                raw.cast(),
                name.as_ptr(),
                1,
                ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS,
                std::ptr::null_mut(),
                Some(function),
                None,
                None,
                None,
            )
        };
        if code != ffi::SQLITE_OK {
            return Err(sqlx::Error::Configuration(format!("sqlite3_create_function_v2: {code}").into()));
        }
    }
    Ok(())
}

type ScalarFunction =
    unsafe extern "C" fn(*mut ffi::sqlite3_context, c_int, *mut *mut ffi::sqlite3_value);

/// The blob of the first argument.
///
/// # Safety
/// Called by SQLite with one argument; the slice is used only during the call.
unsafe fn blob<'a>(arguments: *mut *mut ffi::sqlite3_value) -> Option<&'a [u8]> {
    // SAFETY: SQLite guarantees one valid argument; the blob lives until the function returns.
    unsafe {
        let value = *arguments;
        let length = usize::try_from(ffi::sqlite3_value_bytes(value)).ok()?;
        let start = ffi::sqlite3_value_blob(value);
        if start.is_null() || length == 0 {
            return None;
        }
        Some(std::slice::from_raw_parts(start.cast::<u8>(), length))
    }
}

/// [min x, max x, min y, max y], or `None` for an empty or unreadable geometry.
fn envelope(bytes: &[u8]) -> Option<[f64; 4]> {
    let flags = *bytes.get(3)?;
    if flags & 0b0001_0000 != 0 {
        return None;
    }
    if (flags >> 1) & 0b111 != 0 {
        let read = |at: usize| {
            let chunk: [u8; 8] = bytes.get(8 + at * 8..16 + at * 8)?.try_into().ok()?;
            Some(if flags & 1 == 1 { f64::from_le_bytes(chunk) } else { f64::from_be_bytes(chunk) })
        };
        return Some([read(0)?, read(1)?, read(2)?, read(3)?]);
    }
    let geometry = wkb::reader::read_wkb(gpkg_body(bytes)?).ok()?.try_to_geometry()?;
    let rect = geometry.bounding_rect()?;
    Some([rect.min().x, rect.max().x, rect.min().y, rect.max().y])
}

/// Answers one side of the envelope, or NULL.
///
/// # Safety
/// As [`blob`]; `context` is valid during the call.
unsafe fn answer(context: *mut ffi::sqlite3_context, arguments: *mut *mut ffi::sqlite3_value, side: usize) {
    // SAFETY: both pointers come from SQLite for this call.
    unsafe {
        match blob(arguments).and_then(envelope) {
            Some(sides) => ffi::sqlite3_result_double(context, sides[side]),
            None => ffi::sqlite3_result_null(context),
        }
    }
}

macro_rules! side {
    ($name:ident, $side:literal) => {
        unsafe extern "C" fn $name(
            context: *mut ffi::sqlite3_context,
            _count: c_int,
            arguments: *mut *mut ffi::sqlite3_value,
        ) {
            // SAFETY: called by SQLite with one argument, as registered.
            unsafe { answer(context, arguments, $side) }
        }
    };
}
side!(min_x, 0);
side!(max_x, 1);
side!(min_y, 2);
side!(max_y, 3);

unsafe extern "C" fn is_empty(
    context: *mut ffi::sqlite3_context,
    _count: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: called by SQLite with one argument, as registered.
    unsafe {
        let empty = blob(arguments).is_none_or(|bytes| envelope(bytes).is_none());
        ffi::sqlite3_result_int(context, c_int::from(empty));
    }
}
