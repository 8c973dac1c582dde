//! Editing a plan by hand: the sheet to begin with, and answers to "what if".

use super::error::{ApiResult, ProblemBody};
use super::etag;
use super::extract::{Json, Path};
use crate::services::Services;
use crate::services::error::{Error, Result};
use crate::services::redrawing::{
    AlternativesEvent, ChangesView, Opened, OutlinesView, Proposal, RedrawAsk, RedrawFigures,
    RedrawSheet, SuggestionsView,
};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

/// Units, edges, areas and baseline of a plan: what a page needs to edit it.
#[utoipa::path(get, path = "/api/v1/plans/{id}/redraw", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")),
    responses((status = 200, body = RedrawSheet), (status = 404, body = ProblemBody)))]
pub async fn sheet(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let opened = services.redraw_settled(id).await?;
    Ok(etag::json(&headers, &opened.sheet(services.now())?))
}

/// Figures of the areas that changes touch, and of the whole.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/figures", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, body = RedrawFigures), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn figures(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<axum::Json<RedrawFigures>> {
    let opened = services.redraw_open(id).await?;
    Ok(axum::Json(opened.figures(&ask)?))
}

/// The best next moves.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/best-moves", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, body = SuggestionsView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn best_moves(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<axum::Json<SuggestionsView>> {
    search(&services, id, ask, Opened::best_moves).await
}

/// Moves that balance a few areas anew; not stored.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/rebalance", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, body = Proposal), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn rebalance(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<axum::Json<Proposal>> {
    search(&services, id, ask, Opened::rebalance).await
}

/// The whole plan drawn anew: most balanced, most compact, fewest changes, as events while it is searched; not stored.
/// Who closes the stream stops the search.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/alternatives", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, content_type = "text/event-stream", body = AlternativesEvent),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn alternatives(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<Sse<impl Stream<Item = std::result::Result<Event, Infallible>>>> {
    let news = services.alternatives(id, ask).await?;
    let events = ReceiverStream::new(news).map(|news| {
        let event = Event::default().event(news.name());
        Ok(event.json_data(&news).unwrap_or_default())
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// Moves that give stray pieces and unassigned units to neighbouring areas; not stored.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/heal", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, body = Proposal), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn heal(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<axum::Json<Proposal>> {
    search(&services, id, ask, Opened::heal).await
}

/// Display outlines of areas with some changes.
#[utoipa::path(post, path = "/api/v1/plans/{id}/redraw/outlines", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")), request_body = RedrawAsk,
    responses((status = 200, body = OutlinesView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn outlines(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    Json(ask): Json<RedrawAsk>,
) -> ApiResult<axum::Json<OutlinesView>> {
    search(&services, id, ask, Opened::outlines).await
}

/// Units that change their area against the plan in force, each with the reason.
#[utoipa::path(get, path = "/api/v1/plans/{id}/changes", tag = "redraw",
    params(("id" = Uuid, Path, description = "identity of the plan")),
    responses((status = 200, body = ChangesView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn changes(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let opened = services.redraw_settled(id).await?;
    Ok(etag::json(&headers, &opened.changes()?))
}

/// Milliseconds of work, off the threads that serve.
async fn search<T: Send + 'static>(
    services: &Services,
    id: Uuid,
    ask: RedrawAsk,
    work: fn(&Opened, &RedrawAsk) -> Result<T>,
) -> ApiResult<axum::Json<T>> {
    let opened: Arc<Opened> = services.redraw_open(id).await?;
    let answer = tokio::task::spawn_blocking(move || work(&opened, &ask))
        .await
        .map_err(|error| Error::Internal(format!("redraw: {error}")))?;
    Ok(axum::Json(answer?))
}
