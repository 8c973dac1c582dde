//! The audit log, for auditors.

use super::error::{ApiResult, ProblemBody};
use super::extract::Query;
use crate::services::Services;
use crate::services::audit::{AuditPage, AuditReport};
use axum::extract::State;
use serde::Deserialize;

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct AuditQuery {
    /// Only entries that hold this text: a name, an action, an identity, a reason, an address.
    q: Option<String>,
    /// Only entries before this number.
    before: Option<i64>,
    /// Entries of a page, at most 500.
    limit: Option<usize>,
}

/// Entries, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = AuditPage), (status = 403, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Query(query): Query<AuditQuery>,
) -> ApiResult<axum::Json<AuditPage>> {
    let text: String = query.q.unwrap_or_default().chars().take(100).collect();
    let page = services
        .audit_page(query.before, &text, query.limit.unwrap_or(100))
        .await?;
    Ok(axum::Json(page))
}

/// Follows the chain and compares it with the signed checkpoint.
#[utoipa::path(get, path = "/api/v1/audit/verify", tag = "audit",
    responses((status = 200, body = AuditReport), (status = 403, body = ProblemBody)))]
pub async fn verify(State(services): State<Services>) -> ApiResult<axum::Json<AuditReport>> {
    Ok(axum::Json(services.audit_verify().await?))
}
