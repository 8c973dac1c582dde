//! The people at this computer, until accounts exist.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Acting, Json, Path};
use crate::services::Services;
use crate::services::profiles::ProfileView;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

/// The operator of the settings first.
#[utoipa::path(get, path = "/api/v1/profiles", tag = "profiles",
    responses((status = 200, body = Vec<ProfileView>)))]
pub async fn list(State(services): State<Services>) -> ApiResult<axum::Json<Vec<ProfileView>>> {
    Ok(axum::Json(services.profiles().await?))
}

/// A person to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileBody {
    /// 1 to 30 characters.
    pub name: String,
}

/// Adds a person; one who is there already is given back.
#[utoipa::path(post, path = "/api/v1/profiles", tag = "profiles", request_body = ProfileBody,
    responses((status = 201, body = ProfileView), (status = 422, body = ProblemBody)))]
pub async fn add(
    State(services): State<Services>,
    Acting(actor): Acting,
    Json(body): Json<ProfileBody>,
) -> ApiResult<(StatusCode, axum::Json<ProfileView>)> {
    let profile = services.profile_add(&actor, &body.name).await?;
    Ok((StatusCode::CREATED, axum::Json(profile)))
}

/// Takes a person off the list; what they did stays under their name.
#[utoipa::path(delete, path = "/api/v1/profiles/{id}", tag = "profiles",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn remove(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.profile_remove(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
