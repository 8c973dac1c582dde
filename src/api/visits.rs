//! Visits, the card of three numbers, tiers and patrol figures.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Acting, Json, Path, Query, Seen};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::visits::{
    BurdenView, CardView, KeeperChoice, NewVisit, PatrolQuery, PatrolView, TierBody, TierList,
    TierQuery, VisitChange, VisitPage, VisitQuery, VisitView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// The header that makes a request sent twice one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let key = headers.get("idempotency-key");
    key.map(|key| {
        key.to_str().map_err(|_not_text| {
            ApiError::bad_request(
                "idempotency_key",
                "Idempotency-Key 只能是可见的 ASCII 字符",
                "an Idempotency-Key is visible ASCII",
            )
        })
    })
    .transpose()
}

/// The status of something that is new, or was made before.
pub(super) const fn made(fresh: bool) -> StatusCode {
    if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

/// Visits: a keeper reads their own, a secretary those in scope.
#[utoipa::path(get, path = "/api/v1/visits", tag = "visits", params(VisitQuery),
    responses((status = 200, body = VisitPage), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<VisitQuery>,
) -> ApiResult<axum::Json<VisitPage>> {
    Ok(axum::Json(services.visit_page(&asker, &query).await?))
}

/// Writes a visit down. The header `Idempotency-Key` makes sure that a request sent twice makes one.
#[utoipa::path(post, path = "/api/v1/visits", tag = "visits", request_body = NewVisit,
    responses((status = 201, body = VisitView), (status = 200, body = VisitView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn enter(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    headers: HeaderMap,
    Json(new): Json<NewVisit>,
) -> ApiResult<(StatusCode, axum::Json<VisitView>)> {
    let key = idempotency_key(&headers)?;
    let (visit, fresh) = services.visit_enter(&asker, new, key).await?;
    Ok((made(fresh), axum::Json(visit)))
}

/// Corrects a visit (`{"correct": {…}}`) or withdraws it (`{"withdraw": "why"}`): what was written stays in the record.
#[utoipa::path(post, path = "/api/v1/visits/{id}", tag = "visits",
    params(("id" = Uuid, Path, description = "identity of the visit")), request_body = VisitChange,
    responses((status = 201, body = VisitView), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn change(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    Json(change): Json<VisitChange>,
) -> ApiResult<(StatusCode, axum::Json<VisitView>)> {
    let key = idempotency_key(&headers)?;
    let visit = services.visit_change(&asker, id, change, key).await?;
    Ok((StatusCode::CREATED, axum::Json(visit)))
}

/// Whose.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
pub struct KeeperQuery {
    /// The keeper; the asker's own when absent.
    pub(super) keeper: Option<Uuid>,
}

/// The three numbers of a keeper with the buildings looked after, of the plan in force.
#[utoipa::path(get, path = "/api/v1/visits:card", tag = "visits", params(KeeperQuery),
    responses((status = 200, body = CardView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn card(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<KeeperQuery>,
) -> ApiResult<axum::Json<CardView>> {
    Ok(axum::Json(services.visit_card(&asker, query.keeper)?))
}

/// Keepers that a secretary may write for.
#[utoipa::path(get, path = "/api/v1/visits:keepers", tag = "visits",
    responses((status = 200, body = Vec<KeeperChoice>)))]
pub async fn keepers(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> axum::Json<Vec<KeeperChoice>> {
    axum::Json(services.visit_keepers(&asker))
}

/// How long nobody was where: by building and compound, never by area or person.
#[utoipa::path(get, path = "/api/v1/visits:figures", tag = "visits", params(PatrolQuery),
    responses((status = 200, body = PatrolView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn figures(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Seen(seen): Seen,
    Query(query): Query<PatrolQuery>,
) -> ApiResult<axum::Json<PatrolView>> {
    Ok(axum::Json(services.patrol(&asker, &seen, &query)?))
}

/// Households by tier and in need, as counts of buildings; small counts are hidden from those who do not keep them.
#[utoipa::path(get, path = "/api/v1/visits:tiers", tag = "visits", params(TierQuery),
    responses((status = 200, body = TierList), (status = 404, body = ProblemBody)))]
pub async fn tiers(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Seen(seen): Seen,
    Query(query): Query<TierQuery>,
) -> ApiResult<axum::Json<TierList>> {
    Ok(axum::Json(services.tiers(&asker, &seen, &query)?))
}

/// Writes the counts of a building.
#[utoipa::path(put, path = "/api/v1/buildings/{id}/tiers", tag = "visits",
    params(("id" = Uuid, Path, description = "building")), request_body = TierBody,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn set_tiers(
    State(services): State<Services>,
    Acting(by): Acting,
    Path(id): Path<Uuid>,
    Json(body): Json<TierBody>,
) -> ApiResult<StatusCode> {
    services.tier_set(&by, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is asked of keepers beyond the forms of the pages: exceptions of an emergency, each with its last day.
#[utoipa::path(get, path = "/api/v1/burden", tag = "visits", responses((status = 200, body = BurdenView)))]
pub async fn burden(State(services): State<Services>) -> axum::Json<BurdenView> {
    axum::Json(services.burden())
}
