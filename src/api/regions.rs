//! Regions, their staffing, and the start of a plan.

use super::edits::NameBody;
use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::extract::{Acting, Json, Path, Seen};
use crate::domain::{PlanSettings, WeighBy};
use crate::services::drift::Drift;
use crate::services::review::CheckRulesBody;
use crate::services::views::{CoverageReport, CoverageView, Page, PlanDetail, RegionView};
use crate::services::{PlanRequest, Services, plans, regions};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};

/// A region with its staffing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegionDetail {
    /// The region.
    #[serde(flatten)]
    pub region: RegionView,
    /// Its staffing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<CoverageView>,
}

/// All regions with their sums, by code.
#[utoipa::path(get, path = "/api/v1/regions", tag = "regions",
    responses((status = 200, body = Page<RegionView>)))]
pub async fn list(Seen(picture): Seen, headers: HeaderMap) -> Response {
    let items = regions::list(&picture);
    let page = Page::whole(items, &picture);
    etag::json(&headers, &page)
}

/// One region with its staffing.
#[utoipa::path(get, path = "/api/v1/regions/{code}", tag = "regions",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = RegionDetail), (status = 404, body = ProblemBody)))]
pub async fn get(
    Seen(picture): Seen,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = regions::require(&picture, &code)?;
    let text = code.to_string();
    let region = regions::list(&picture)
        .into_iter()
        .find(|region| region.code == text)
        .ok_or_else(|| ApiError::not_found(&text))?;
    let coverage = picture
        .shows_staffing
        .then(|| regions::coverage_view(&picture, code));
    Ok(etag::json(&headers, &RegionDetail { region, coverage }))
}

/// Required, in post and short at every level; the sums agree.
#[utoipa::path(get, path = "/api/v1/regions/{code}/coverage", tag = "regions",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = CoverageReport), (status = 404, body = ProblemBody)))]
pub async fn coverage(
    Seen(picture): Seen,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let code = regions::require(&picture, &code)?;
    Ok(etag::json(
        &headers,
        &regions::coverage_report(&picture, code),
    ))
}

/// Settings of a new plan; what is absent has its default.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BalanceBody {
    /// Households of one pair.
    pub target_households: Option<u32>,
    /// Tolerance in basis points.
    pub band_bp: Option<u32>,
    /// Seats of an area.
    pub keepers_per_area: Option<u32>,
    /// whole, prefer or free.
    pub compounds: Option<String>,
    /// Keep areas inside statutory grids.
    pub inside_grids: Option<bool>,
    /// What areas are balanced by: `households` (when absent), or `visits` that their households ask for in a month.
    pub weigh_by: Option<String>,
    /// Seed; the same seed gives the same plan.
    pub seed: Option<u64>,
    /// Name of the draft.
    pub name: Option<String>,
}

/// A job that was started.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Started {
    /// The job.
    pub job_id: uuid::Uuid,
}

/// Starts a plan of a street (a community makes a draft in which only it differs).
#[utoipa::path(post, path = "/api/v1/regions/{code}/plans:balance", tag = "plans",
    params(("code" = String, Path, description = "12-digit code")),
    request_body = BalanceBody,
    responses((status = 202, body = Started), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn balance(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(code): Path<String>,
    Json(body): Json<BalanceBody>,
) -> ApiResult<Response> {
    let picture = services.picture();
    let region = regions::require(&picture, &code)?;
    let defaults = &services.config().plan;
    let compounds = body
        .compounds
        .as_deref()
        .unwrap_or("whole")
        .parse()
        .map_err(|error: crate::domain::UnknownWord| {
            ApiError::bad_request(
                "compounds_invalid",
                format!("compounds 取值有误：{error}"),
                error.to_string(),
            )
        })?;
    let weigh_by = (body.weigh_by.as_deref())
        .map_or(Ok(WeighBy::default()), str::parse)
        .map_err(|error: crate::domain::UnknownWord| {
            ApiError::bad_request(
                "weigh_by_invalid",
                format!("weigh_by 取值有误：{error}"),
                error.to_string(),
            )
        })?;
    if body
        .name
        .as_deref()
        .is_some_and(|name| name.chars().count() > 80)
    {
        return Err(ApiError::bad_request(
            "name_too_long",
            "名称最多 80 字",
            "the name has at most 80 characters",
        ));
    }
    let request = PlanRequest {
        region,
        settings: PlanSettings {
            target_households: body.target_households.unwrap_or(defaults.target_households),
            band_bp: body.band_bp.unwrap_or(defaults.band_bp),
            keepers_per_area: body.keepers_per_area.unwrap_or(defaults.keepers_per_area),
            compounds,
            inside_grids: body.inside_grids.unwrap_or(false),
            weigh_by,
        },
        seed: body.seed.unwrap_or(1),
        effort: crate::services::DEFAULT_EFFORT,
        name: body.name.filter(|name| !name.trim().is_empty()),
    };
    let (job_id, _job) = services.plan_start(&actor, request)?;
    Ok(etag::accepted(Started { job_id }))
}

/// What today's data make of the plan in force of a street.
#[utoipa::path(get, path = "/api/v1/regions/{code}/drift", tag = "plans",
    params(("code" = String, Path, description = "street code")),
    responses((status = 200, body = Drift), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn drift(
    State(services): State<Services>,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<Drift>> {
    Ok(axum::Json(services.drift(&code).await?))
}

/// Makes a draft that repairs the plan in force with the fewest changes.
#[utoipa::path(post, path = "/api/v1/regions/{code}/repair", tag = "plans",
    params(("code" = String, Path, description = "street code")), request_body = NameBody,
    responses((status = 201, body = PlanDetail), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn repair(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(code): Path<String>,
    Json(body): Json<NameBody>,
) -> ApiResult<(StatusCode, axum::Json<PlanDetail>)> {
    let plan = services.repair(&actor, &code, body.name).await?;
    let detail = plans::detail(&services.picture(), plan.uuid(), services.now())?;
    Ok((StatusCode::CREATED, axum::Json(detail)))
}

/// How much each check of a plan weighs in a street.
#[utoipa::path(get, path = "/api/v1/regions/{code}/checks", tag = "plans",
    params(("code" = String, Path, description = "street code")),
    responses((status = 200, body = CheckRulesBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn checks(
    State(services): State<Services>,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<CheckRulesBody>> {
    Ok(axum::Json(services.check_rules(&code).await?))
}

/// Sets it; what is not named is as by default.
#[utoipa::path(put, path = "/api/v1/regions/{code}/checks", tag = "plans",
    params(("code" = String, Path, description = "street code")), request_body = CheckRulesBody,
    responses((status = 200, body = CheckRulesBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn set_checks(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(code): Path<String>,
    Json(body): Json<CheckRulesBody>,
) -> ApiResult<axum::Json<CheckRulesBody>> {
    Ok(axum::Json(
        services.check_rules_set(&actor, &code, body).await?,
    ))
}
