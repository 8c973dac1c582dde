//! Photos coming in and going out.
//!
//! Invariant: nothing that was sent is ever given out as it came; a shared cache keeps no photo.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::extract::{Path, Query};
use crate::formats::photo::{MAX_PHOTO_BYTES, PhotoError};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Error;
use crate::services::issues::{PhotoMade, PhotoPass};
use axum::Extension;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;

/// What a form needs around its file, in bytes.
const FORM_BYTES: usize = 64 << 10;

/// The form of a photo (multipart).
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "documents the multipart form")]
pub struct PhotoForm {
    /// JPEG, PNG or WebP, at most 10 MiB.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
}

fn no_form(text: &str) -> ApiError {
    ApiError::bad_request(
        "form_invalid",
        format!("应以 multipart/form-data 上传一张照片：{text}"),
        format!("send one photo as multipart/form-data: {text}"),
    )
}

fn refused(error: &PhotoError) -> ApiError {
    Error::invalid(error.code(), error.zh(), error.to_string()).into()
}

fn broken(error: MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        refused(&PhotoError::TooLarge(MAX_PHOTO_BYTES + 1))
    } else {
        no_form(&error.body_text())
    }
}

/// Takes a photo in: turned upright, at most 1600 pixels, without metadata. What the camera had written is told here
/// once and not kept. The report then names its `hash`; a photo that no issue has after a day is removed.
#[utoipa::path(post, path = "/api/v1/photos", tag = "issues",
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = PhotoMade), (status = 400, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn upload(
    State(services): State<Services>,
    mut request: Request,
) -> ApiResult<(StatusCode, axum::Json<PhotoMade>)> {
    // The router's limit is for JSON bodies.
    DefaultBodyLimit::max(MAX_PHOTO_BYTES + FORM_BYTES).apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|rejection: MultipartRejection| no_form(&rejection.body_text()))?;
    let mut bytes = None;
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("photo") {
            bytes = Some(field.bytes().await.map_err(broken)?);
            break;
        }
    }
    let bytes = bytes.ok_or_else(|| no_form("没有字段 photo / there is no field photo"))?;
    let made = services.photo_take(bytes.into()).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// A photo, for whoever sees an issue that has it, or sent it within the last day (`until` and `pass` of `preview`).
#[utoipa::path(get, path = "/api/v1/photos/{hash}", tag = "issues",
    params(("hash" = String, Path, description = "hash of the photo"), PhotoPass),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(hash): Path<String>,
    Query(pass): Query<PhotoPass>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (_mime, bytes) = services.photo(&asker, &hash, &pass).await?;
    // A hash names its content for ever; only the browser of whoever was let in keeps it.
    let tag = format!("\"{hash}\"");
    let keep = "private, max-age=31536000, immutable";
    Ok(etag::tagged(
        &headers,
        &tag,
        "image/jpeg",
        keep,
        bytes.into(),
    ))
}
