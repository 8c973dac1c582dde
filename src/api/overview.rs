//! The leader's first screen.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Path, Seen};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::overview::OverviewView;
use axum::Extension;
use axum::extract::State;
use std::sync::Arc;

/// Five numbers with their last seven days, what changed since yesterday, what is worst where.
#[utoipa::path(get, path = "/api/v1/regions/{code}/overview", tag = "regions",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = OverviewView), (status = 404, body = ProblemBody)))]
pub async fn overview(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Seen(picture): Seen,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<OverviewView>> {
    Ok(axum::Json(
        services.overview(&asker, &picture, &code).await?,
    ))
}
