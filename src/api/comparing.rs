//! Two plans side by side, tables of assignments coming in, and the areas that a unit belonged to.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::exports::WithQuery;
use super::extract::{Path, Query, Seen};
use super::imports::receive;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::exchange::{self, AreaPeriod, AssignmentPreview};
use crate::services::redrawing::Comparison;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use uuid::Uuid;

/// A plan beside another one of its street: figures, areas, changed units with reasons, who hands over to whom.
#[utoipa::path(get, path = "/api/v1/plans/{id}/compare", tag = "redraw",
    params(("id" = Uuid, Path, description = "the plan after"), WithQuery),
    responses((status = 200, body = Comparison), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn compare(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Query(query): Query<WithQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let comparison = services
        .compare(id, query.before(&services, &asker, id)?)
        .await?;
    Ok(etag::json(&headers, &comparison))
}

/// What a table (CSV or XLSX, field `file`) of units and areas would do to a plan; nothing is stored.
#[utoipa::path(post, path = "/api/v1/plans/{id}/assignment", tag = "redraw",
    params(("id" = Uuid, Path, description = "the plan")),
    request_body(content_type = "multipart/form-data", content = String),
    responses((status = 200, body = AssignmentPreview), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn preview(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    request: Request,
) -> ApiResult<axum::Json<AssignmentPreview>> {
    let upload = receive(request).await?.upload.ok_or_else(|| {
        ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "file_missing",
            "缺少文件",
            "the file is missing",
        )
    })?;
    Ok(axum::Json(services.preview_assignment(id, upload).await?))
}

/// Areas that a building (or a compound without known buildings) belongs, belonged and will belong to.
#[utoipa::path(get, path = "/api/v1/buildings/{id}/areas", tag = "plans",
    params(("id" = Uuid, Path, description = "building or compound")),
    responses((status = 200, body = Vec<AreaPeriod>), (status = 404, body = ProblemBody)))]
pub async fn history(
    State(services): State<Services>,
    Seen(picture): Seen,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Vec<AreaPeriod>>> {
    let periods = exchange::history(&picture, id, services.now())?;
    Ok(axum::Json(periods))
}
