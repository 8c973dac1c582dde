//! Figures and maps of issues.

use super::attachment::attachment;
use super::error::{ApiResult, ProblemBody};
use super::extract::{Path, Query};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::issues::{
    DensityView, HeatBy, HeatSheet, HeatView, IssueFile, IssueQuery, IssueSummary, KnownBodies,
    PointsView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;

/// Runs what takes milliseconds of a core on a thread that may block.
async fn computed<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> ApiResult<T> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| Error::Internal(format!("figures: {error}")))?;
    Ok(done?)
}

/// The answer line with everything under it.
#[utoipa::path(get, path = "/api/v1/issues:summary", tag = "issues", params(IssueQuery),
    responses((status = 200, body = IssueSummary), (status = 422, body = ProblemBody)))]
pub async fn summary(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
) -> ApiResult<axum::Json<IssueSummary>> {
    Ok(axum::Json(
        computed(move || services.issue_summary(&asker, &query)).await?,
    ))
}

/// By what a heatmap counts.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct ByQuery {
    /// `compound` (default), `grid`, `community` or `h3`.
    by: Option<String>,
}

/// Rates by place, change against the period before, and hot spots.
#[utoipa::path(get, path = "/api/v1/issues:heat", tag = "issues", params(IssueQuery, ByQuery),
    responses((status = 200, body = HeatView), (status = 422, body = ProblemBody)))]
pub async fn heat(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
    Query(by): Query<ByQuery>,
) -> ApiResult<axum::Json<HeatView>> {
    let by: HeatBy = by.by.as_deref().unwrap_or("compound").parse()?;
    Ok(axum::Json(
        computed(move || services.issue_heat(&asker, &query, by)).await?,
    ))
}

/// The heatmap for an A3 sheet: the same figures, with places, roads and water in metres.
#[utoipa::path(get, path = "/api/v1/issues:sheet", tag = "issues", params(IssueQuery, ByQuery),
    responses((status = 200, body = HeatSheet), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn sheet(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
    Query(by): Query<ByQuery>,
) -> ApiResult<axum::Json<HeatSheet>> {
    let by: HeatBy = by.by.as_deref().unwrap_or("compound").parse()?;
    Ok(axum::Json(
        computed(move || services.issue_sheet(&asker, &query, by)).await?,
    ))
}

/// The responsible bodies that are known from rules and from issues that one sees.
#[utoipa::path(get, path = "/api/v1/responsible-bodies", tag = "issues", params(IssueQuery),
    responses((status = 200, body = KnownBodies), (status = 422, body = ProblemBody)))]
pub async fn bodies(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
) -> ApiResult<axum::Json<KnownBodies>> {
    Ok(axum::Json(
        computed(move || services.issue_bodies(&asker, &query)).await?,
    ))
}

/// What the legend of the density says.
#[utoipa::path(get, path = "/api/v1/issues:density", tag = "issues", params(IssueQuery),
    responses((status = 200, body = DensityView), (status = 422, body = ProblemBody)))]
pub async fn density(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
) -> ApiResult<axum::Json<DensityView>> {
    Ok(axum::Json(
        computed(move || services.issue_density(&asker, &query)).await?,
    ))
}

/// A tile of the density: 256 × 256 bytes with a head, compressed (see `heat/grid_tile.rs`).
#[utoipa::path(get, path = "/api/v1/issues:density/{z}/{x}/{y}", tag = "issues",
    params(("z" = u8, Path, description = "zoom"), ("x" = u32, Path, description = "column"),
        ("y" = u32, Path, description = "row"), IssueQuery),
    responses((status = 200, content_type = "application/octet-stream"), (status = 204, description = "nothing there"),
        (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn density_tile(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path((z, x, y)): Path<(u8, u32, u32)>,
    Query(query): Query<IssueQuery>,
) -> ApiResult<Response> {
    let tile = [u32::from(z), x, y];
    let bytes = computed(move || services.issue_density_tile(&asker, &query, tile)).await?;
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind)], bytes).into_response())
}

/// A box on the map.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct BoxQuery {
    /// `west,south,east,north`, degrees.
    bbox: String,
}

/// Issues with a point in a box, newest first, at most 2,000; those without one by what they lie in.
#[utoipa::path(get, path = "/api/v1/issues:points", tag = "issues", params(IssueQuery, BoxQuery),
    responses((status = 200, body = PointsView), (status = 422, body = ProblemBody)))]
pub async fn points(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
    Query(in_box): Query<BoxQuery>,
) -> ApiResult<axum::Json<PointsView>> {
    Ok(axum::Json(services.issue_points(
        &asker,
        &query,
        &in_box.bbox,
    )?))
}

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct FileQuery {
    /// `csv`, `xlsx` or `geojson`.
    format: String,
    /// `issues` or `heat`.
    what: Option<String>,
    /// Of a heatmap: `compound`, `grid`, `community` or `h3`.
    by: Option<String>,
}

/// The list or the heatmap as a file, with who made it and when.
#[utoipa::path(get, path = "/api/v1/issues:export", tag = "issues", params(IssueQuery, FileQuery),
    responses((status = 200, content_type = "application/octet-stream"), (status = 422, body = ProblemBody)))]
pub async fn export(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
    Query(file): Query<FileQuery>,
) -> ApiResult<Response> {
    let by: HeatBy = file.by.as_deref().unwrap_or("compound").parse()?;
    let what = file.what.as_deref().unwrap_or("issues");
    let IssueFile { name, mime, bytes } = services
        .issue_export(&asker, &query, what, by, &file.format)
        .await?;
    Ok(attachment(&name, mime, bytes))
}
