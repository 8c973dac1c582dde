//! Issues: report, look, move on.

use super::contacts::ReasonBody;
use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Json, Path, Query};
use crate::domain::issue::Place;
use crate::domain::{BuildingId, CompoundId};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::issues::{
    BulkReport, IssueDetail, IssuePage, IssueQuery, IssueView, LookupView, MoveAsk, NewReport,
    PageQuery, ReporterView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// Issues that one sees, a page of them.
#[utoipa::path(get, path = "/api/v1/issues", tag = "issues", params(IssueQuery, PageQuery),
    responses((status = 200, body = IssuePage), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<IssueQuery>,
    Query(page): Query<PageQuery>,
) -> ApiResult<axum::Json<IssuePage>> {
    Ok(axum::Json(
        services.issue_page(&asker, &query, &page).await?,
    ))
}

/// Reports an issue. The header `Idempotency-Key` makes sure that a request sent twice makes one.
#[utoipa::path(post, path = "/api/v1/issues", tag = "issues", request_body = NewReport,
    responses((status = 201, body = IssueDetail), (status = 200, body = IssueDetail),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn report(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    headers: HeaderMap,
    Json(report): Json<NewReport>,
) -> ApiResult<(StatusCode, axum::Json<IssueDetail>)> {
    let key = headers
        .get("idempotency-key")
        .map(|key| {
            key.to_str().map_err(|_not_text| {
                ApiError::bad_request(
                    "idempotency_key",
                    "Idempotency-Key 只能是可见的 ASCII 字符",
                    "an Idempotency-Key is visible ASCII",
                )
            })
        })
        .transpose()?;
    let (detail, fresh) = services.issue_report(&asker, report, key).await?;
    let status = if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, axum::Json(detail)))
}

/// One issue with its history.
#[utoipa::path(get, path = "/api/v1/issues/{id}", tag = "issues",
    params(("id" = Uuid, Path, description = "identity of the issue")),
    responses((status = 200, body = IssueDetail), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<IssueDetail>> {
    Ok(axum::Json(services.issue_detail(&asker, id).await?))
}

/// Moves an issue on: `{"move": "dispatch", "owner": {…}, "seq": 3}`. An illegal move is answered with the legal ones.
#[utoipa::path(post, path = "/api/v1/issues/{id}", tag = "issues",
    params(("id" = Uuid, Path, description = "identity of the issue")), request_body = Object,
    responses((status = 200, body = IssueDetail), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(ask): Json<MoveAsk>,
) -> ApiResult<axum::Json<IssueDetail>> {
    Ok(axum::Json(services.issue_move(&asker, id, ask).await?))
}

/// Who reported an issue, masked.
#[utoipa::path(get, path = "/api/v1/issues/{id}/reporter", tag = "issues",
    params(("id" = Uuid, Path, description = "identity of the issue")),
    responses((status = 200, body = ReporterView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn reporter(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<ReporterView>> {
    Ok(axum::Json(services.issue_reporter(&asker, id).await?))
}

/// In the clear: each look is noted with its reason.
#[utoipa::path(post, path = "/api/v1/issues/{id}/reporter", tag = "issues",
    params(("id" = Uuid, Path, description = "identity of the issue")), request_body = ReasonBody,
    responses((status = 200, body = ReporterView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn reporter_reveal(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<ReasonBody>,
) -> ApiResult<axum::Json<ReporterView>> {
    let view = services
        .issue_reporter_reveal(&asker, id, &body.reason)
        .await?;
    Ok(axum::Json(view))
}

/// Whether everybody may read an issue.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicBody {
    /// Everybody may.
    pub public: bool,
}

/// Makes an issue public, or takes it back; never one of a sensitive category.
#[utoipa::path(put, path = "/api/v1/issues/{id}/public", tag = "issues",
    params(("id" = Uuid, Path, description = "identity of the issue")), request_body = PublicBody,
    responses((status = 200, body = IssueDetail), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn publish(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<PublicBody>,
) -> ApiResult<axum::Json<IssueDetail>> {
    Ok(axum::Json(
        services.issue_publish(&asker, id, body.public).await?,
    ))
}

/// A move for many issues.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkBody {
    /// Which, at most 10,000.
    pub ids: Vec<Uuid>,
    /// The move with its fields.
    #[serde(rename = "move")]
    #[schema(value_type = Object)]
    pub ask: MoveAsk,
}

/// Moves many issues on, each by itself: what one refuses does not stop the others.
#[utoipa::path(post, path = "/api/v1/issues:bulk", tag = "issues", request_body = BulkBody,
    responses((status = 200, body = BulkReport), (status = 422, body = ProblemBody)))]
pub async fn bulk(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<BulkBody>,
) -> ApiResult<axum::Json<BulkReport>> {
    Ok(axum::Json(
        services.issues_bulk(&asker, &body.ids, &body.ask).await?,
    ))
}

/// Where somebody is about to report something.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct NearQuery {
    /// Code of the category.
    category: String,
    /// Degrees, with `lat`.
    lon: Option<f64>,
    /// Degrees, with `lon`.
    lat: Option<f64>,
    /// Building.
    building: Option<Uuid>,
    /// Compound.
    compound: Option<Uuid>,
}

/// Open issues that may be the same.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NearView {
    /// Nearest first, at most five.
    pub items: Vec<IssueView>,
    /// Within so many metres.
    pub near_m: u32,
    /// Reported within so many days.
    pub near_days: u32,
}

/// Open issues of a category near a place.
#[utoipa::path(get, path = "/api/v1/issues:near", tag = "issues", params(NearQuery),
    responses((status = 200, body = NearView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn near(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<NearQuery>,
) -> ApiResult<axum::Json<NearView>> {
    let building = query.building.map(BuildingId::new);
    let place = match (query.lon.zip(query.lat), building, query.compound) {
        (Some((lon, lat)), building, _) => Place::Point { lon, lat, building },
        (None, Some(building), _) => Place::Building { building },
        (None, None, Some(compound)) => Place::Compound {
            compound: CompoundId::new(compound),
        },
        (None, None, None) => {
            return Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "place_missing",
                "请给出位置：lon 与 lat，或 building，或 compound",
                "name a place: lon and lat, or building, or compound",
            ));
        }
    };
    let items = services
        .issues_near(&asker, &query.category, &place)
        .await?;
    let catalog = services.issues().catalog();
    let category = catalog.tree.get(&query.category);
    Ok(axum::Json(NearView {
        items,
        near_m: category.map_or(0, |category| category.near_m),
        near_days: category.map_or(0, |category| category.near_days),
    }))
}

/// What became of a report, by the code that its reporter holds.
#[utoipa::path(get, path = "/api/v1/issues:lookup/{code}", tag = "issues",
    params(("code" = String, Path, description = "code that the reporter was given")),
    responses((status = 200, body = LookupView), (status = 404, body = ProblemBody)))]
pub async fn lookup(
    State(services): State<Services>,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<LookupView>> {
    Ok(axum::Json(services.issue_lookup(&code).await?))
}
