//! Strokes on a draft: what was done, what to store; copies and named versions.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Acting, Json, Path, Query};
use crate::domain::RegionLevel;
use crate::domain::access::{Action, Object, Place};
use crate::services::accounts::Asker;
use crate::services::editing::{EditAck, EditAsk, EditsView, MarkView, NewPlan};
use crate::services::views::PlanDetail;
use crate::services::{Services, plans, regions};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Where to begin.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct AfterQuery {
    /// Strokes after this one; 0 = all.
    #[serde(default)]
    after: i64,
}

/// Strokes of a plan after a position, at most 500.
#[utoipa::path(get, path = "/api/v1/plans/{id}/edits", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan"), AfterQuery),
    responses((status = 200, body = EditsView), (status = 404, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Query(query): Query<AfterQuery>,
) -> ApiResult<axum::Json<EditsView>> {
    Ok(axum::Json(services.edits_after(id, query.after).await?))
}

/// Stores strokes, all or none; a conflict names what others changed.
#[utoipa::path(post, path = "/api/v1/plans/{id}/edits", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = EditAsk,
    responses((status = 200, body = EditAck), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn save(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
    Json(ask): Json<EditAsk>,
) -> ApiResult<axum::Json<EditAck>> {
    Ok(axum::Json(services.edits_save(&actor, id, ask).await?))
}

/// Makes a draft by hand: a copy, or an empty one.
#[utoipa::path(post, path = "/api/v1/plans", tag = "plans", request_body = NewPlan,
    responses((status = 201, body = PlanDetail), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn create(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(ask): Json<NewPlan>,
) -> ApiResult<(StatusCode, axum::Json<PlanDetail>)> {
    let actor = asker.actor.clone();
    let region = match (ask.from, &ask.street) {
        (Some(from), None) => Some(plans::find(&services.picture(), from)?.plan.street),
        (None, Some(code)) => Some(regions::parse_code(code)?),
        // The use case says what is wrong with neither and both.
        _ => None,
    };
    if let Some(region) = region {
        let street = region.at_level(RegionLevel::Street).unwrap_or(region);
        let what = format!("region {region}");
        asker.require(
            Object::PlanDraft,
            Action::Create,
            &Place::region(street),
            &what,
        )?;
    }
    let id = services.plan_new(&actor, ask).await?;
    let detail = plans::detail(&services.picture(), id.uuid(), services.now())?;
    Ok((StatusCode::CREATED, axum::Json(detail)))
}

/// A name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameBody {
    /// 1 to 60 characters.
    pub name: String,
    /// The version of the plan that was seen; a stale one is refused.
    pub version: Option<i64>,
}

/// Gives a plan another name.
#[utoipa::path(put, path = "/api/v1/plans/{id}/name", tag = "plans",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = NameBody,
    responses((status = 200, body = PlanDetail), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn rename(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(body): Json<NameBody>,
) -> ApiResult<axum::Json<PlanDetail>> {
    services.plan_rename(id, &body.name, body.version).await?;
    Ok(axum::Json(plans::detail(
        &services.picture(),
        id,
        services.now(),
    )?))
}

/// Named versions of a draft, newest first.
#[utoipa::path(get, path = "/api/v1/plans/{id}/versions", tag = "plans",
    params(("id" = Uuid, Path, description = "identity of the plan")),
    responses((status = 200, body = Vec<MarkView>), (status = 404, body = ProblemBody)))]
pub async fn marks(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<Vec<MarkView>>> {
    Ok(axum::Json(services.plan_marks(id).await?))
}

/// Names the present state of a draft; a copy at its stroke brings it back.
#[utoipa::path(post, path = "/api/v1/plans/{id}/versions", tag = "plans",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = NameBody,
    responses((status = 201, body = MarkView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn mark(
    State(services): State<Services>,
    Acting(actor): Acting,
    Path(id): Path<Uuid>,
    Json(body): Json<NameBody>,
) -> ApiResult<(StatusCode, axum::Json<MarkView>)> {
    let mark = services.plan_mark(&actor, id, &body.name).await?;
    Ok((StatusCode::CREATED, axum::Json(mark)))
}
