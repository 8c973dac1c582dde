//! Live updates: one server-sent event per new data version, and one per stroke on a draft.

use crate::domain::PlanId;
use crate::domain::access::{Action, Object, Place, Verdict};
use crate::services::Services;
use crate::services::accounts::Asker;
use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::BroadcastStream;
use uuid::Uuid;

/// Changes of the data, as events named `data`; a reader that fell behind gets the newest version. Strokes on drafts
/// come as events named `edit` with plan, last stroke and the page they came from; a reader asks for them by itself.
#[utoipa::path(get, path = "/api/v1/events", tag = "live",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(services.changes());
    let edits = BroadcastStream::new(services.edits());
    let of_data = services.clone();
    let changes = changes.map(move |change| {
        let data_version =
            change.map_or_else(|_lagged| of_data.picture().version, |c| c.data_version);
        let body = serde_json::json!({ "data_version": data_version, "kinds": ["all"] });
        Event::default()
            .event("data")
            .id(data_version.to_string())
            .data(body.to_string())
    });
    let (of_edits, reader) = (services.clone(), asker.clone());
    let edits = edits.filter_map(move |edit| {
        // Who fell behind hears of the next stroke, and asks for all since the last one he knows.
        let told = edit
            .ok()
            .filter(|edit| hears(&of_edits, &reader, edit.plan_id));
        let body = told.and_then(|edit| serde_json::to_string(&edit).ok());
        std::future::ready(body.map(|body| Event::default().event("edit").data(body)))
    });
    // Whoever signed out hears nothing more.
    let stream = futures_util::stream::select(changes, edits).then(move |event| {
        let (services, asker) = (services.clone(), asker.clone());
        async move { services.still_there(&asker).await.then_some(event) }
    });
    let stream = stream
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(|event| std::future::ready(event.map(Ok)));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Whether somebody may know that a draft is being edited.
fn hears(services: &Services, asker: &Asker, plan: Uuid) -> bool {
    let picture = services.picture();
    let street = picture.plan(PlanId::new(plan)).map(|plan| plan.plan.street);
    street.is_some_and(|street| {
        let place = Place::region(street);
        asker
            .grants
            .verdict(Object::PlanDraft, Action::Read, &place)
            == Verdict::Allowed
    })
}
