//! Recruitment: cases, their steps, the funnel, the templates.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path, Query};
use super::people::MadeView;
use crate::domain::recruitment::Template;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::people::{CaseView, CasesView, Decide, FunnelView, NewCase, Prepare};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Which cases.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CasesQuery {
    /// 12-digit code; everything in one's scope when absent.
    region: Option<String>,
    /// `open` (default), `over` or `all`.
    state: Option<String>,
    /// Rows to skip.
    cursor: Option<usize>,
    /// Rows of a page, at most 500.
    limit: Option<usize>,
}

/// Cases, those that wait for the asker first.
#[utoipa::path(get, path = "/api/v1/recruitment", tag = "roster", params(CasesQuery),
    responses((status = 200, body = CasesView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<CasesQuery>,
) -> ApiResult<axum::Json<CasesView>> {
    let page = (query.cursor, query.limit);
    let (region, state) = (query.region.as_deref(), query.state.as_deref());
    Ok(axum::Json(
        services.cases(&asker, region, state, page).await?,
    ))
}

/// Begins a case with its application or recommendation.
#[utoipa::path(post, path = "/api/v1/recruitment", tag = "roster", request_body = NewCase,
    responses((status = 201, body = MadeView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn begin(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(new): Json<NewCase>,
) -> ApiResult<(StatusCode, axum::Json<MadeView>)> {
    let id = services.case_begin(&asker, new).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeView { id })))
}

/// One case.
#[utoipa::path(get, path = "/api/v1/recruitment/{id}", tag = "roster",
    params(("id" = Uuid, Path, description = "case")),
    responses((status = 200, body = CaseView), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<CaseView>> {
    Ok(axum::Json(services.case(&asker, id).await?))
}

/// Adds what is known of somebody.
#[utoipa::path(put, path = "/api/v1/recruitment/{id}", tag = "roster",
    params(("id" = Uuid, Path, description = "case")), request_body = Prepare,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn prepare(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(what): Json<Prepare>,
) -> ApiResult<StatusCode> {
    services.case_prepare(&asker, id, &what).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a decision.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DecidedView {
    /// The appointment, with the last step.
    pub appointment: Option<Uuid>,
}

/// Decides a step. Every decision is a row of the case's own record, append-only.
#[utoipa::path(post, path = "/api/v1/recruitment/{id}/steps", tag = "roster",
    params(("id" = Uuid, Path, description = "case")), request_body = Decide,
    responses((status = 200, body = DecidedView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn decide(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(ask): Json<Decide>,
) -> ApiResult<axum::Json<DecidedView>> {
    let made = services.case_decide(&asker, id, &ask).await?;
    Ok(axum::Json(DecidedView {
        appointment: made.map(Into::into),
    }))
}

/// Which region.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FunnelQuery {
    /// 12-digit code; everything in one's scope when absent.
    region: Option<String>,
}

/// Counts of cases by community and step, beside what each community is short of; no names.
#[utoipa::path(get, path = "/api/v1/recruitment-funnel", tag = "roster", params(FunnelQuery),
    responses((status = 200, body = FunnelView), (status = 404, body = ProblemBody)))]
pub async fn funnel(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<FunnelQuery>,
) -> ApiResult<axum::Json<FunnelView>> {
    Ok(axum::Json(
        services.funnel(&asker, query.region.as_deref()).await?,
    ))
}

/// Templates of recruitment.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplatesBody {
    /// All of them.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<Template>,
}

/// The templates that a case can begin with.
#[utoipa::path(get, path = "/api/v1/recruitment-templates", tag = "roster",
    responses((status = 200, body = TemplatesBody)))]
pub async fn templates(State(services): State<Services>) -> ApiResult<axum::Json<TemplatesBody>> {
    let items = services.recruitment_templates().await?;
    Ok(axum::Json(TemplatesBody { items }))
}

/// Sets templates beside those that come along; cases keep the one that they began with.
#[utoipa::path(put, path = "/api/v1/recruitment-templates", tag = "roster", request_body = TemplatesBody,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_templates(
    State(services): State<Services>,
    Json(body): Json<TemplatesBody>,
) -> ApiResult<StatusCode> {
    services.recruitment_templates_set(body.items).await?;
    Ok(StatusCode::NO_CONTENT)
}
