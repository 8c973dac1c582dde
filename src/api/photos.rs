//! Photos coming in and going out: of issues and visits, and of keepers.
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
use crate::services::people::KeeperPhotoView;
use axum::Extension;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::NaiveDate;
use std::sync::Arc;
use uuid::Uuid;

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

/// What a form with a photo holds: the photo, and the text of the field `beside`.
async fn photo_of(
    mut request: Request,
    beside: Option<&str>,
) -> ApiResult<(Vec<u8>, Option<String>)> {
    // The router's limit is for JSON bodies.
    DefaultBodyLimit::max(MAX_PHOTO_BYTES + FORM_BYTES).apply(&mut request);
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|rejection: MultipartRejection| no_form(&rejection.body_text()))?;
    let (mut photo, mut text) = (None, None);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("photo") {
            photo = Some(field.bytes().await.map_err(broken)?);
        } else if beside.is_some() && field.name() == beside {
            text = Some(field.text().await.map_err(broken)?);
        }
        if photo.is_some() && (beside.is_none() || text.is_some()) {
            break;
        }
    }
    let photo = photo.ok_or_else(|| no_form("没有字段 photo / there is no field photo"))?;
    Ok((photo.into(), text))
}

/// Takes a photo in: turned upright, at most 1600 pixels, without metadata. What the camera had written is told here
/// once and not kept. The report then names its `hash`; a photo that no issue has after a day is removed.
#[utoipa::path(post, path = "/api/v1/photos", tag = "issues",
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = PhotoMade), (status = 400, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn upload(
    State(services): State<Services>,
    request: Request,
) -> ApiResult<(StatusCode, axum::Json<PhotoMade>)> {
    let (bytes, _) = photo_of(request, None).await?;
    let made = services.photo_take(bytes).await?;
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

/// The form of a keeper's photo (multipart).
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "documents the multipart form")]
pub struct KeeperPhotoForm {
    /// JPEG, PNG or WebP, at most 10 MiB.
    #[schema(value_type = String, format = Binary)]
    photo: Vec<u8>,
    /// Day on which the keeper agreed that this photo is published.
    consent: NaiveDate,
}

/// Keeps a photo of a keeper for the public card, instead of the one before: turned upright, cut to 3:4, at most 40 kB,
/// without metadata. The notices of the keeper's doors have to be printed anew.
#[utoipa::path(put, path = "/api/v1/people/{id}/photo", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    request_body(content = KeeperPhotoForm, content_type = "multipart/form-data"),
    responses((status = 200, body = KeeperPhotoView), (status = 400, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn keeper_put(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    request: Request,
) -> ApiResult<axum::Json<KeeperPhotoView>> {
    let (bytes, consent) = photo_of(request, Some("consent")).await?;
    let consent = consent.as_deref().unwrap_or("").trim();
    let consent: NaiveDate = consent.parse().map_err(|_no_day| {
        let (zh, en) = (
            "请填写本人同意公示这张照片的日期；没有同意的照片不保存",
            "enter the day on which the keeper agreed to this photo; without consent none is kept",
        );
        ApiError::from(Error::invalid("consent_missing", zh, en))
    })?;
    let made = services
        .keeper_photo_put(&asker, id, bytes, consent)
        .await?;
    Ok(axum::Json(made))
}

/// Consent to a photo is withdrawn: the photo is removed. For those who keep the roster, and keepers themselves.
#[utoipa::path(delete, path = "/api/v1/people/{id}/photo", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn keeper_withdraw(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.keeper_photo_withdraw(&asker, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The photo of a keeper, for who reads the roster.
#[utoipa::path(get, path = "/api/v1/people/{id}/photo", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ProblemBody)))]
pub async fn keeper_get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(portrait(&headers, services.keeper_photo(&asker, id).await?))
}

/// The photo on a public card: only while the keeper agrees to it and is in post.
#[utoipa::path(get, path = "/r/photos/{hash}", tag = "residents",
    params(("hash" = String, Path, description = "hash of the photo, as the page of a building names it")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ProblemBody)))]
pub async fn resident_get(
    State(services): State<Services>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(portrait(&headers, services.resident_photo(&hash).await?))
}

/// Asked for anew each time: a consent that was withdrawn must not live on in a browser.
fn portrait(headers: &HeaderMap, (hash, jpeg): (String, Vec<u8>)) -> Response {
    let tag = format!("\"{hash}\"");
    etag::tagged(
        headers,
        &tag,
        "image/jpeg",
        "private, no-cache",
        jpeg.into(),
    )
}
