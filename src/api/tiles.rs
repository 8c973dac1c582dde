//! Vector tiles and TileJSON: from the atlas, compressed once, 304 when unchanged.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::extract::{Path, Query, Seen};
use crate::services::Services;
use crate::services::tiles::{self, TileKey};
use crate::spatial::TileCoord;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use uuid::Uuid;

/// Which picture of a tile.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct TileQuery {
    /// `tile_version` of `/meta`; another one than the current is refused, so that versions never mix.
    v: Option<String>,
    /// Plan; the plans in force when absent.
    plan: Option<Uuid>,
}

/// Metadata of a layer.
#[utoipa::path(get, path = "/api/v1/tiles/{layer}", tag = "tiles",
    params(("layer" = String, Path, description = "`regions.json`, `compounds.json`, …"), TileQuery),
    responses((status = 200, description = "TileJSON 3.0", body = Object), (status = 404, body = ProblemBody)))]
pub async fn tile_json(
    Seen(picture): Seen,
    Path(layer): Path<String>,
    Query(query): Query<TileQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let name = layer
        .strip_suffix(".json")
        .ok_or_else(|| ApiError::not_found(&layer))?;
    let json = tiles::tile_json(&picture, name, query.plan)?;
    Ok(etag::json(&headers, &json))
}

/// A tile, gzip-compressed MVT; 204 when empty, 404 outside the zoom range and for a version that is no more.
#[utoipa::path(get, path = "/api/v1/tiles/{layer}/{z}/{x}/{y}", tag = "tiles",
    params(("layer" = String, Path, description = "layer"), ("z" = u8, Path, description = "zoom"),
        ("x" = u32, Path, description = "column"), ("y" = u32, Path, description = "row"), TileQuery),
    responses((status = 200, content_type = "application/vnd.mapbox-vector-tile", body = Vec<u8>), (status = 204),
        (status = 304), (status = 404, body = ProblemBody)))]
pub async fn tile(
    State(services): State<Services>,
    Seen(picture): Seen,
    Path((layer, z, x, y)): Path<(String, u8, u32, u32)>,
    Query(query): Query<TileQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if query
        .v
        .as_ref()
        .is_some_and(|version| *version != picture.tile_version())
    {
        // Not a conflict: a map takes 404 for an empty tile and goes on, while any other error of a tile that is
        // being replaced leaves MapLibre waiting for it for ever.
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "data_version_changed",
            format!("数据已更新到版本 {}，请刷新", picture.version),
            format!("the data are at version {} now; reload", picture.version),
        ));
    }
    let coord =
        TileCoord::new(z, x, y).ok_or_else(|| ApiError::not_found(&format!("tile {z}/{x}/{y}")))?;
    let key = TileKey::new(&picture, &layer, coord, query.plan)?;
    let tag = key.etag(&picture);
    let cache = if query.v.is_some() {
        "private, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    if etag::matches(&headers, &tag) {
        return Ok(etag::tagged(&headers, &tag, MVT, cache, Bytes::new()));
    }
    let Some(bytes) = services.tile(picture, key).await? else {
        let mut empty = StatusCode::NO_CONTENT.into_response();
        empty
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        return Ok(empty);
    };
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|value| value.contains("gzip") || value.contains('*'));
    if gzip {
        let mut response = etag::tagged(&headers, &tag, MVT, cache, bytes);
        response
            .headers_mut()
            .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().insert(
            header::VARY,
            HeaderValue::from_static("accept-encoding, cookie"),
        );
        return Ok(response);
    }
    Ok(etag::tagged(
        &headers,
        &tag,
        MVT,
        cache,
        crate::tiles::decompress(&bytes).into(),
    ))
}

const MVT: &str = "application/vnd.mapbox-vector-tile";
