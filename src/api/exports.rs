//! A plan as a file: its areas, its units, what changes hands.

use super::attachment::attachment;
use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Path, Query};
use crate::domain::access::{Action, Object, Place};
use crate::services::accounts::Asker;
use crate::services::export_approval::{ExportRequestView, Watermark};
use crate::services::exports::ExportFormat;
use crate::services::{Services, plans};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// The plan to compare with.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct WithQuery {
    /// The plan before; the one in force when absent.
    with: Option<Uuid>,
    /// The plan before as it was after this stroke; the plan's own former state when `with` is absent.
    with_seq: Option<i64>,
    /// What a list of people is for, 4 to 200 characters; only for `handover`.
    reason: Option<String>,
}

impl WithQuery {
    /// What the plan `id` is compared with; it has to be seen by whoever asks as well.
    pub(super) fn before(
        &self,
        services: &Services,
        asker: &Asker,
        id: Uuid,
    ) -> ApiResult<Option<(Uuid, Option<i64>)>> {
        if let Some(with) = self.with {
            plan_seen(services, asker, with)?;
        }
        let with = self.with.or(self.with_seq.map(|_| id));
        Ok(with.map(|with| (with, self.with_seq)))
    }
}

/// That somebody may read a second plan that a question names.
pub(super) fn plan_seen(services: &Services, asker: &Asker, plan: Uuid) -> ApiResult<()> {
    let street = plans::find(&services.picture(), plan)?.plan.street;
    let place = Place::region(street);
    let what = format!("plan {plan}");
    Ok(asker.require(Object::PlanDraft, Action::Read, &place, &what)?)
}

/// `areas.csv|xlsx|geojson|gpkg|pdf`: the areas of a plan; `assignment.csv`: its units and their areas; `handover.csv|xlsx`:
/// what changes hands against another plan. All are marked when the data are synthetic.
#[utoipa::path(get, path = "/api/v1/plans/{id}/export/{file}", tag = "plans",
    params(("id" = Uuid, Path, description = "plan"), ("file" = String, Path, description = "areas.csv, areas.xlsx, areas.geojson, areas.gpkg, areas.pdf, assignment.csv, handover.csv, handover.xlsx"), WithQuery),
    responses((status = 200, description = "the file", body = Vec<u8>), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn areas_file(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path((id, file)): Path<(Uuid, String)>,
    Query(query): Query<WithQuery>,
) -> ApiResult<Response> {
    let unknown = || ApiError::not_found(&file);
    let (what, extension) = file.split_once('.').ok_or_else(unknown)?;
    let format = ExportFormat::from_extension(extension).ok_or_else(unknown)?;
    let mark = Watermark::new(&asker.actor.name, services.now());
    let bytes = match (what, format) {
        ("areas", _) => services.export_plan(id, format, &mark).await?,
        ("assignment", ExportFormat::Csv) => services.export_assignment(id, &mark).await?,
        ("handover", ExportFormat::Csv | ExportFormat::Xlsx) => {
            // Names of keepers: a list of people, not of places.
            let street = plans::find(&services.picture(), id)?.plan.street;
            let place = Place::region(street);
            asker.require(
                Object::Roster,
                Action::Export,
                &place,
                &format!("plan {id}"),
            )?;
            let before = query.before(&services, &asker, id)?;
            let reason = query.reason.as_deref().unwrap_or("");
            services
                .export_handover(&asker, id, before, format, reason)
                .await?
        }
        _ => return Err(unknown()),
    };
    let name = format!("{what}-{id}.{}", format.extension());
    Ok(attachment(&name, format.content_type(), bytes))
}

/// The request for a list of people of this plan that waits for a second person, or was agreed to.
#[utoipa::path(get, path = "/api/v1/plans/{id}/export-request", tag = "plans",
    params(("id" = Uuid, Path, description = "plan")),
    responses((status = 200, body = Option<ExportRequestView>), (status = 404, body = ProblemBody)))]
pub async fn request(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> axum::Json<Option<ExportRequestView>> {
    axum::Json(services.export_request(&asker, id))
}

/// Agrees to the request of somebody else.
#[utoipa::path(post, path = "/api/v1/plans/{id}/export-request", tag = "plans",
    params(("id" = Uuid, Path, description = "plan")),
    responses((status = 200, body = ExportRequestView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn approve(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<ExportRequestView>> {
    Ok(axum::Json(services.export_approve(&asker, id).await?))
}
