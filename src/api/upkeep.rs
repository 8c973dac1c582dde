//! Keeping the data right by hand: quality, corrections, merged and split communities.

use super::error::{ApiResult, ProblemBody};
use super::etag;
use super::extract::{Acting, Json, Path, Query, Seen};
use crate::services::upkeep::{
    self, CorrectionView, CountCorrection, MergeBody, PlaceCorrection, QualityCheck, QualityRow,
    QualityView, RegionChange, SplitBody,
};
use crate::services::views::Page;
use crate::services::{Services, regions};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Most rows of one page.
const MAX_ROWS: usize = 500;

/// What is missing in a region, and how old its counts are.
#[utoipa::path(get, path = "/api/v1/regions/{code}/quality", tag = "upkeep",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = QualityView), (status = 404, body = ProblemBody)))]
pub async fn quality(
    Seen(picture): Seen,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = regions::require(&picture, &code)?;
    Ok(etag::json(&headers, &upkeep::report(&picture, code)))
}

/// The rows behind a number.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct RowsQuery {
    /// Which check.
    check: QualityCheck,
    /// Most rows, at most 500.
    limit: Option<usize>,
    /// Where the page begins.
    cursor: Option<usize>,
}

/// The rows that a check finds, of counts the oldest first.
#[utoipa::path(get, path = "/api/v1/regions/{code}/quality/rows", tag = "upkeep",
    params(("code" = String, Path, description = "12-digit code"), RowsQuery),
    responses((status = 200, body = Page<QualityRow>), (status = 404, body = ProblemBody)))]
pub async fn quality_rows(
    Seen(picture): Seen,
    Path(code): Path<String>,
    Query(query): Query<RowsQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = regions::require(&picture, &code)?;
    let mut items = upkeep::rows(&picture, code, query.check);
    let total = items.len();
    let start = query.cursor.unwrap_or(0).min(total);
    let limit = query.limit.unwrap_or(100).clamp(1, MAX_ROWS);
    items.drain(..start);
    items.truncate(limit);
    let end = start + items.len();
    let body = Page {
        items,
        total: total as u64,
        next: (end < total).then(|| end.to_string()),
        as_of: picture.as_of,
        data_version: picture.version,
    };
    Ok(etag::json(&headers, &body))
}

/// What was changed by hand of a building or compound, newest first.
#[utoipa::path(get, path = "/api/v1/units/{id}/corrections", tag = "upkeep",
    params(("id" = Uuid, Path, description = "building or compound")),
    responses((status = 200, body = Vec<CorrectionView>), (status = 404, body = ProblemBody)))]
pub async fn corrections(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(&headers, &services.corrections(id).await?))
}

/// Corrects name and floors.
#[utoipa::path(put, path = "/api/v1/units/{id}/place", tag = "upkeep",
    params(("id" = Uuid, Path, description = "building or compound")), request_body = PlaceCorrection,
    responses((status = 204), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn place(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
    Json(body): Json<PlaceCorrection>,
) -> ApiResult<StatusCode> {
    services.place_correct(&actor, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Corrects the count of households.
#[utoipa::path(put, path = "/api/v1/units/{id}/count", tag = "upkeep",
    params(("id" = Uuid, Path, description = "building or compound")), request_body = CountCorrection,
    responses((status = 204), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn count(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
    Json(body): Json<CountCorrection>,
) -> ApiResult<StatusCode> {
    services.count_correct(&actor, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says that the count still holds today.
#[utoipa::path(post, path = "/api/v1/units/{id}/confirmations", tag = "upkeep",
    params(("id" = Uuid, Path, description = "building or compound")),
    responses((status = 204), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn confirm(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.count_confirm(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Merges a community into another one of its street, or says what that would move.
#[utoipa::path(post, path = "/api/v1/regions/{code}/merge", tag = "upkeep",
    params(("code" = String, Path, description = "12-digit code")), request_body = MergeBody,
    responses((status = 200, body = RegionChange), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn merge(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(code): Path<String>,
    Json(body): Json<MergeBody>,
) -> ApiResult<axum::Json<RegionChange>> {
    Ok(axum::Json(
        services.region_merge(&actor, &code, body).await?,
    ))
}

/// Splits compounds off into a community of their own, or says what that would move.
#[utoipa::path(post, path = "/api/v1/regions/{code}/split", tag = "upkeep",
    params(("code" = String, Path, description = "12-digit code")), request_body = SplitBody,
    responses((status = 200, body = RegionChange), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn split(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(code): Path<String>,
    Json(body): Json<SplitBody>,
) -> ApiResult<axum::Json<RegionChange>> {
    Ok(axum::Json(
        services.region_split(&actor, &code, body).await?,
    ))
}
