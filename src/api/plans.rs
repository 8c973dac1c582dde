//! Plans and their areas: reading, moving on, publishing, deleting.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::extract::{Acting, Json, Path, Query, Seen, id_and_verb};
use crate::domain::access::{Action, Object, Place};
use crate::domain::{PlanId, PlanState};
use crate::services::accounts::Asker;
use crate::services::publishing::Transition;
use crate::services::review::{PlanChecksView, PlanEventView};
use crate::services::views::{AreaDetail, AreaView, Page, PlanDetail, PlanView};
use crate::services::{Services, plans};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Plans of a region.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct PlanQuery {
    /// Region code.
    region: Option<String>,
}

/// Plans, newest first.
#[utoipa::path(get, path = "/api/v1/plans", tag = "plans", params(PlanQuery),
    responses((status = 200, body = Page<PlanView>), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Seen(picture): Seen,
    Query(query): Query<PlanQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let items = plans::list(&picture, query.region.as_deref(), services.now())?;
    let body = Page::whole(items, &picture);
    Ok(etag::json(&headers, &body))
}

/// A plan with its zones, splits and problems.
#[utoipa::path(get, path = "/api/v1/plans/{id}", tag = "plans",
    params(("id" = String, Path, description = "identity")),
    responses((status = 200, body = PlanDetail), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Seen(picture): Seen,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (id, _) = id_and_verb(&id)?;
    Ok(etag::json(
        &headers,
        &plans::detail(&picture, id, services.now())?,
    ))
}

/// Removes a draft.
#[utoipa::path(delete, path = "/api/v1/plans/{id}", tag = "plans",
    params(("id" = String, Path, description = "identity")),
    responses((status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn delete(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    let (id, _) = id_and_verb(&id)?;
    services.plan_delete(&actor, PlanId::new(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A move of a plan.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActBody {
    /// The state to reach; only for `:transition`.
    pub to: Option<String>,
    /// Why; required.
    #[serde(default)]
    pub reason: String,
    /// From when it is in force; now when absent.
    pub effective_at: Option<DateTime<Utc>>,
    /// The warnings were read.
    #[serde(default)]
    pub acknowledge: bool,
    /// The version that was seen; a stale one is refused.
    pub version: Option<i64>,
}

/// `{id}:publish` takes a draft into force; `{id}:transition` moves it one state on.
#[utoipa::path(post, path = "/api/v1/plans/{id}", tag = "plans",
    params(("id" = String, Path, description = "`{id}:publish` or `{id}:transition`")),
    request_body = ActBody,
    responses((status = 200, body = PlanDetail), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(target): Path<String>,
    Json(body): Json<ActBody>,
) -> ApiResult<Response> {
    let (id, verb) = id_and_verb(&target)?;
    let plan = PlanId::new(id);
    let to = match verb {
        Some("publish") => PlanState::Scheduled,
        Some("transition") => body.to.as_deref().unwrap_or("").parse().map_err(
            |error: crate::domain::UnknownWord| {
                ApiError::bad_request(
                    "state_invalid",
                    format!("状态有误：{error}"),
                    error.to_string(),
                )
            },
        )?,
        _ => return Err(ApiError::not_found(&target)),
    };
    let actor = &asker.actor;
    let before = services.picture();
    let street = plans::find(&before, id)?.plan.street;
    // Who draws hands in and takes back, who leads decides; both may set the day.
    let able: &[Action] = match to {
        PlanState::Approved | PlanState::Rejected => &[Action::Approve],
        _ if verb == Some("publish") => &[Action::Approve],
        PlanState::Scheduled | PlanState::Withdrawn => &[Action::Submit, Action::Approve],
        _ => &[Action::Submit],
    };
    let place = Place::region(street);
    let allowed = |action: &Action| {
        asker
            .require(Object::PlanPublish, *action, &place, &target)
            .is_ok()
    };
    if !able.iter().any(allowed) {
        asker.require(Object::PlanPublish, able[0], &place, &target)?;
    }
    let ask = Transition {
        to,
        reason: body.reason,
        effective_at: body.effective_at,
        acknowledge: body.acknowledge,
        version: body.version,
    };
    if verb == Some("publish") {
        services.plans_publish(actor, None, &[plan], &ask).await?;
    } else {
        services.plan_transition(actor, plan, ask).await?;
    }
    let detail = match to {
        PlanState::Withdrawn => plans::withdrawn(&before, id, services.now())?,
        _ => plans::detail(&services.picture(), id, services.now())?,
    };
    Ok(axum::Json(detail).into_response())
}

/// Areas of a plan, worst first.
#[utoipa::path(get, path = "/api/v1/plans/{id}/areas", tag = "plans",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = Page<AreaView>), (status = 404, body = ProblemBody)))]
pub async fn areas(
    Seen(picture): Seen,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let items = plans::areas(&picture, id)?;
    let body = Page::whole(items, &picture);
    Ok(etag::json(&headers, &body))
}

/// An area with its outline and units.
#[utoipa::path(get, path = "/api/v1/plans/{id}/areas/{area}", tag = "plans",
    params(("id" = Uuid, Path, description = "plan"), ("area" = Uuid, Path, description = "area")),
    responses((status = 200, body = AreaDetail), (status = 404, body = ProblemBody)))]
pub async fn area(
    Seen(picture): Seen,
    Path((id, area)): Path<(Uuid, Uuid)>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(
        &headers,
        &plans::area_detail(&picture, id, area)?,
    ))
}

/// The checks of a plan as its street weighs them, every stroke included.
#[utoipa::path(get, path = "/api/v1/plans/{id}/checks", tag = "plans",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = PlanChecksView), (status = 404, body = ProblemBody)))]
pub async fn checks(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<PlanChecksView>> {
    Ok(axum::Json(services.plan_checks(id).await?))
}

/// Who did what with a plan, oldest first.
#[utoipa::path(get, path = "/api/v1/plans/{id}/history", tag = "plans",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = Vec<PlanEventView>), (status = 404, body = ProblemBody)))]
pub async fn history(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Vec<PlanEventView>>> {
    Ok(axum::Json(services.plan_history(id).await?))
}
