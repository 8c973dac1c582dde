//! A housekeeper's private number and day of birth.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::audit::AuditView;
use crate::services::contacts::ContactView;
use axum::Extension;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Masked.
#[utoipa::path(get, path = "/api/v1/housekeepers/{id}/contact", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 200, body = ContactView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<ContactView>> {
    Ok(axum::Json(services.contact(&asker, id)?))
}

/// Why somebody wants to see it whole.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    /// 4 to 200 characters; goes into the audit log.
    pub reason: String,
}

/// In the clear: each look is noted with its reason.
#[utoipa::path(post, path = "/api/v1/housekeepers/{id}/contact", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")), request_body = ReasonBody,
    responses((status = 200, body = ContactView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn reveal(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<ReasonBody>,
) -> ApiResult<axum::Json<ContactView>> {
    let view = services.contact_reveal(&asker, id, &body.reason).await?;
    Ok(axum::Json(view))
}

/// Who saw this person's data, when and why: for the person, and for auditors.
#[utoipa::path(get, path = "/api/v1/housekeepers/{id}/accesses", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 200, body = Vec<AuditView>), (status = 404, body = ProblemBody)))]
pub async fn accesses(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Vec<AuditView>>> {
    Ok(axum::Json(services.contact_accesses(&asker, id).await?))
}
