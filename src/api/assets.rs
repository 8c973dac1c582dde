//! The embedded web front end: hashed files are cached for ever, pages are not.

use super::etag;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Dist;

/// A file of the front end, or its page for every address that the page itself routes.
pub async fn asset(request: HeaderMap, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return super::error::ApiError::not_found(uri.path()).into_response();
    }
    let (name, file) = match Dist::get(path) {
        Some(file) if !path.is_empty() => (path, file),
        _ if path.starts_with("assets/") => {
            return super::error::ApiError::not_found(uri.path()).into_response();
        }
        _ => match Dist::get("index.html") {
            Some(file) => ("index.html", file),
            None => return unbuilt(),
        },
    };
    let tag: String = file.metadata.sha256_hash()[..12]
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = etag::tagged(
        &request,
        &format!("\"{tag}\""),
        "text/html",
        cache,
        file.data.into_owned().into(),
    );
    if let Ok(kind) = file.metadata.mimetype().parse() {
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn unbuilt() -> Response {
    let page = "<!doctype html><meta charset=utf-8><title>网格管家</title><p>网页尚未构建：请运行 <code>make web</code>。\
                <p>The web front end is not built: run <code>make web</code>.";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page)).into_response()
}
