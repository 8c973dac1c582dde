//! `/healthz`: the process lives. `/readyz`: the database answers and the picture is loaded.

use super::error::ApiResult;
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use serde::Serialize;

/// Health of the process.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: String,
    /// Version of the program.
    pub version: String,
}

/// Readiness to serve.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// Always `ready`.
    pub status: String,
    /// Data version being served.
    pub data_version: u64,
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Health)))]
pub async fn healthz() -> Json<Health> {
    Json(Health { status: "ok".into(), version: env!("CARGO_PKG_VERSION").into() })
}

/// The database answers and the picture is loaded.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = Readiness), (status = 503, body = super::error::ProblemBody)))]
pub async fn readyz(State(services): State<Services>) -> ApiResult<Json<Readiness>> {
    services.store().data_version().await.map_err(crate::services::error::Error::from)?;
    Ok(Json(Readiness { status: "ready".into(), data_version: services.picture().version }))
}
