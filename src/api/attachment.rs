//! A file to save, under its name.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Answers with a file. `name` is made by us: ASCII without quotes.
pub fn attachment(name: &str, content_type: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}
