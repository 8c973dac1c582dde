//! The map of gaps, the best posts, and what pins or another policy would change.

use super::attachment::attachment;
use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path, Query};
use crate::domain::access::{Action, Object, Place};
use crate::services::accounts::Asker;
use crate::services::coverage::{
    BestPostsQuery, BestPostsView, GapBuildings, GapFile, GapQuery, GapsView, PinsBody, PostsWhatIf,
};
use crate::services::quota_policies::{PolicyWhatIf, PolicyWhatIfBody};
use crate::services::{Services, regions};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

/// Compounds by what is missing, the worst first; totals by reason hold all compounds, whatever is listed.
#[utoipa::path(get, path = "/api/v1/regions/{code}/gaps", tag = "coverage",
    params(("code" = String, Path, description = "12-digit code"), GapQuery),
    responses((status = 200, body = GapsView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn gaps(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Query(query): Query<GapQuery>,
) -> ApiResult<axum::Json<GapsView>> {
    Ok(axum::Json(services.gaps(&asker, &code, &query).await?))
}

/// Buildings of a region with their reasons, for the map.
#[utoipa::path(get, path = "/api/v1/regions/{code}/gaps/buildings", tag = "coverage",
    params(("code" = String, Path, description = "12-digit code"), GapQuery),
    responses((status = 200, body = GapBuildings), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn buildings(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Query(query): Query<GapQuery>,
) -> ApiResult<axum::Json<GapBuildings>> {
    let found = services.gap_buildings(&asker, &code, &query).await?;
    Ok(axum::Json(found))
}

/// Where `n` more posts gain most, everybody in post fixed, with a bound of what any choice could gain.
#[utoipa::path(get, path = "/api/v1/regions/{code}/best-posts", tag = "coverage",
    params(("code" = String, Path, description = "12-digit code"), BestPostsQuery),
    responses((status = 200, body = BestPostsView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn best_posts(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Query(query): Query<BestPostsQuery>,
) -> ApiResult<axum::Json<BestPostsView>> {
    Ok(axum::Json(
        services.best_posts(&asker, &code, &query).await?,
    ))
}

/// What posts at some points would change; nothing is stored.
#[utoipa::path(post, path = "/api/v1/regions/{code}/posts:what-if", tag = "coverage", request_body = PinsBody,
    params(("code" = String, Path, description = "12-digit code"), GapQuery),
    responses((status = 200, body = PostsWhatIf), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn posts_what_if(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Query(query): Query<GapQuery>,
    Json(body): Json<PinsBody>,
) -> ApiResult<axum::Json<PostsWhatIf>> {
    let found = services.posts_what_if(&asker, &code, &query, body).await?;
    Ok(axum::Json(found))
}

/// What a policy would require at every level below a region; nothing is stored.
#[utoipa::path(post, path = "/api/v1/regions/{code}/policy:what-if", tag = "quota", request_body = PolicyWhatIfBody,
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = PolicyWhatIf), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn policy_what_if(
    State(services): State<Services>,
    Path(code): Path<String>,
    Json(body): Json<PolicyWhatIfBody>,
) -> ApiResult<axum::Json<PolicyWhatIf>> {
    Ok(axum::Json(services.quota_policy_what_if(&code, &body)?))
}

/// Which file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct FormatQuery {
    /// `geojson`, `gpkg` or `xlsx`.
    format: String,
}

/// The map of gaps as a file, with who made it and when.
#[utoipa::path(get, path = "/api/v1/regions/{code}/gaps:export", tag = "coverage",
    params(("code" = String, Path, description = "12-digit code"), FormatQuery, GapQuery),
    responses((status = 200, content_type = "application/octet-stream"), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn export(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Query(file): Query<FormatQuery>,
    Query(query): Query<GapQuery>,
) -> ApiResult<Response> {
    // Staffing figures have a row of their own in the table of rights.
    let region = regions::require(&services.picture(), &code)?;
    let place = Place::region(region);
    let what = format!("region {region}");
    asker.require(Object::QuotaPolicy, Action::Read, &place, &what)?;
    let GapFile { name, mime, bytes } = services
        .gaps_export(&asker, &code, &query, &file.format)
        .await?;
    Ok(attachment(&name, mime, bytes))
}
