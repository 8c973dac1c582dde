//! What the print pages draw: places in metres, so that paper is to scale.

use super::error::{ApiResult, ProblemBody};
use super::etag;
use super::exports::{WithQuery, plan_seen};
use super::extract::{Path, Query};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::redrawing::{MeetingSheet, PaperSheets};
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Which sheets.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct SheetsQuery {
    /// Only this area.
    area: Option<Uuid>,
    /// Only areas that differ from this plan.
    changed_from: Option<Uuid>,
}

/// Sheets of a plan's areas: buildings and households in walking order.
#[utoipa::path(get, path = "/api/v1/plans/{id}/paper/areas", tag = "paper",
    params(("id" = Uuid, Path, description = "identity of the plan"), SheetsQuery),
    responses((status = 200, body = PaperSheets), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn areas(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Query(query): Query<SheetsQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    if let Some(former) = query.changed_from {
        plan_seen(&services, &asker, former)?;
    }
    let sheets = services
        .paper_areas(id, query.area, query.changed_from)
        .await?;
    Ok(etag::json(&headers, &sheets))
}

/// The sheet for the meeting: before and after on two maps.
#[utoipa::path(get, path = "/api/v1/plans/{id}/paper/meeting", tag = "paper",
    params(("id" = Uuid, Path, description = "the plan after"), WithQuery),
    responses((status = 200, body = MeetingSheet), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn meeting(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Query(query): Query<WithQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let sheet = services
        .paper_meeting(id, query.before(&services, &asker, id)?)
        .await?;
    Ok(etag::json(&headers, &sheet))
}
