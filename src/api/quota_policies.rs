//! Quota policies: the list with its history, saving, ending.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::quota_policies::{
    QuotaPolicyBody, QuotaPolicyList, QuotaPolicySaved, QuotaPolicyView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;
use uuid::Uuid;

/// Policies of all times of the regions in one's scope and above it, and what holds where there is none.
#[utoipa::path(get, path = "/api/v1/quota-policies", tag = "quota",
    responses((status = 200, body = QuotaPolicyList)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> axum::Json<QuotaPolicyList> {
    axum::Json(services.quota_policies(&asker))
}

/// Saves a policy; the former one of its region ends on the day before it begins.
#[utoipa::path(post, path = "/api/v1/quota-policies", tag = "quota", request_body = QuotaPolicyBody,
    responses((status = 201, body = QuotaPolicySaved), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn make(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<QuotaPolicyBody>,
) -> ApiResult<(StatusCode, axum::Json<QuotaPolicySaved>)> {
    let saved = services.quota_policy_make(&asker, body).await?;
    Ok((StatusCode::CREATED, axum::Json(saved)))
}

/// Changes a policy that has not begun; of one that holds, only its last day.
#[utoipa::path(put, path = "/api/v1/quota-policies/{id}", tag = "quota", request_body = QuotaPolicyBody,
    params(("id" = Uuid, Path, description = "policy")),
    responses((status = 200, body = QuotaPolicySaved), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn change(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<QuotaPolicyBody>,
) -> ApiResult<axum::Json<QuotaPolicySaved>> {
    let saved = services.quota_policy_change(&asker, id, body).await?;
    Ok(axum::Json(saved))
}

/// Takes a policy back that has not begun; one that holds ends yesterday. Both stay as history.
#[utoipa::path(delete, path = "/api/v1/quota-policies/{id}", tag = "quota",
    params(("id" = Uuid, Path, description = "policy")),
    responses((status = 200, body = QuotaPolicyView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn end(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<QuotaPolicyView>> {
    Ok(axum::Json(services.quota_policy_end(&asker, id).await?))
}
