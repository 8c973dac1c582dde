//! Live updates: one server-sent event per new data version, and one per stroke on a draft.

use crate::services::Services;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use tokio_stream::wrappers::BroadcastStream;

/// Changes of the data, as events named `data`; a reader that fell behind gets the newest version. Strokes on drafts
/// come as events named `edit` with plan, last stroke and the page they came from; a reader asks for them by itself.
#[utoipa::path(get, path = "/api/v1/events", tag = "live",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(services): State<Services>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let edits = services.edits();
    let changes = BroadcastStream::new(services.changes());
    let stream = changes.map(move |change| {
        let data_version =
            change.map_or_else(|_lagged| services.picture().version, |c| c.data_version);
        let body = serde_json::json!({ "data_version": data_version, "kinds": ["all"] });
        Ok(Event::default()
            .event("data")
            .id(data_version.to_string())
            .data(body.to_string()))
    });
    let edits = BroadcastStream::new(edits).filter_map(|edit| async {
        // Who fell behind hears of the next stroke, and asks for all since the last one he knows.
        let body = serde_json::to_string(&edit.ok()?).ok()?;
        Some(Ok(Event::default().event("edit").data(body)))
    });
    Sse::new(futures_util::stream::select(stream, edits)).keep_alive(KeepAlive::default())
}
