//! Background jobs: their state, their progress as a stream, and a way to cancel them.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::Path;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::jobs::{Job, JobState, JobView};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::{Extension, Json};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use uuid::Uuid;

/// A job of whoever asks; those of others do not exist.
fn find(services: &Services, asker: &Asker, id: Uuid) -> ApiResult<Arc<Job>> {
    services
        .jobs()
        .find(id)
        .filter(|job| job.is_of(asker.actor.id))
        .ok_or_else(|| ApiError::not_found(&format!("job {id}")))
}

/// A job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = JobView), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<JobView>> {
    Ok(Json(find(&services, &asker, id)?.view()))
}

/// Cancels a job; what it had not stored stays unstored.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = JobView), (status = 404, body = ProblemBody)))]
pub async fn cancel(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<Json<JobView>> {
    let job = find(&services, &asker, id)?;
    job.cancel();
    Ok(Json(job.view()))
}

/// Progress of a job as server-sent events named `progress`; ends with the job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", tag = "jobs",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 404, body = ProblemBody)))]
pub async fn events(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let changes = find(&services, &asker, id)?.watch();
    // The first view is sent at once; the stream ends after the view that ends the job.
    let views = futures_util::stream::unfold(
        (changes, true, false),
        |(mut changes, first, ended)| async move {
            if ended || (!first && changes.changed().await.is_err()) {
                return None;
            }
            let view = changes.borrow_and_update().clone();
            let ended = !matches!(view.state, JobState::Queued | JobState::Running);
            Some((view, (changes, false, ended)))
        },
    );
    let events = views.map(|view| {
        Ok(Event::default()
            .event("progress")
            .json_data(&view)
            .unwrap_or_else(|_| Event::default()))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
