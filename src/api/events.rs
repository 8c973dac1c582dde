//! Live updates: one server-sent event per new data version, per stroke on a draft, per change of issues, and per change
//! of the visits that plans may weigh.

use crate::domain::PlanId;
use crate::domain::access::{Action, Object, Place, Verdict, rights};
use crate::services::Services;
use crate::services::accounts::Asker;
use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use std::convert::Infallible;
use std::sync::Arc;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use uuid::Uuid;

/// Changes of the data, as events named `data`; a reader that fell behind gets the newest version. Strokes on drafts
/// come as events named `edit` with plan, last stroke and the page they came from; a reader asks for them by itself.
/// Issues that changed come as events named `issues` with their identities, as far as the reader may know them.
/// Other required visits come as an event named `weights` without content, for who reads drafts.
/// Whoever comes back with `Last-Event-ID` is told at once what was missed.
#[utoipa::path(get, path = "/api/v1/events", tag = "live",
    responses((status = 200, content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let changes = BroadcastStream::new(services.changes());
    let edits = BroadcastStream::new(services.edits());
    let issues = BroadcastStream::new(services.issues().changes());
    let missed = missed(&services, &headers);
    let of_data = services.clone();
    let changes = changes.map(move |_change| data_event(&of_data));
    let (of_edits, reader) = (services.clone(), asker.clone());
    let edits = edits.filter_map(move |edit| {
        // Who fell behind hears of the next stroke, and asks for all since the last one he knows.
        let told = edit
            .ok()
            .filter(|edit| hears(&of_edits, &reader, edit.plan_id));
        let body = told.and_then(|edit| serde_json::to_string(&edit).ok());
        std::future::ready(body.map(|body| Event::default().event("edit").data(body)))
    });
    let (of_issues, reader) = (services.clone(), asker.clone());
    let issues = issues.filter_map(move |change| {
        let event = match change {
            Ok(change) => of_issues
                .issues_heard(&reader, &change.ids)
                .map(|ids| issues_event(&of_issues, &ids)),
            // Who fell behind asks for everything again.
            Err(_lagged) => Some(issues_event(&of_issues, &[])),
        };
        std::future::ready(event)
    });
    let draws = asker
        .grants
        .iter()
        .any(|grant| rights(grant.role, Object::PlanDraft).allows(Action::Read));
    let weights = WatchStream::from_changes(services.visits().weights());
    let weights = weights.filter_map(move |_moves| {
        std::future::ready(draws.then(|| Event::default().event("weights").data("{}")))
    });
    let live = futures_util::stream::select(changes, edits);
    let live = futures_util::stream::select(live, weights);
    let live = futures_util::stream::select(live, issues);
    // Whoever signed out hears nothing more.
    let stream = futures_util::stream::iter(missed)
        .chain(live)
        .then(move |event| {
            let (services, asker) = (services.clone(), asker.clone());
            async move { services.still_there(&asker).await.then_some(event) }
        });
    let stream = stream
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(|event| std::future::ready(event.map(Ok)));
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// Where a reader stands: the version of the data, and the last event of the issues.
fn stand(services: &Services) -> String {
    let (version, feed) = (services.picture().version, services.issues().ledger().feed);
    format!("{version}-{feed}")
}

fn data_event(services: &Services) -> Event {
    let data_version = services.picture().version;
    let body = serde_json::json!({ "data_version": data_version, "kinds": ["all"] });
    Event::default()
        .event("data")
        .id(stand(services))
        .data(body.to_string())
}

/// Without identities: anything may have changed.
fn issues_event(services: &Services, ids: &[uuid::Uuid]) -> Event {
    let feed = services.issues().ledger().feed;
    let body = serde_json::json!({ "feed": feed, "ids": ids });
    Event::default()
        .event("issues")
        .id(stand(services))
        .data(body.to_string())
}

/// What happened since the last event that a reader had.
fn missed(services: &Services, headers: &HeaderMap) -> Vec<Event> {
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .and_then(|id| id.split_once('-'));
    let Some((version, feed)) = last else {
        return Vec::new();
    };
    let mut events = Vec::new();
    if version != services.picture().version.to_string() {
        events.push(data_event(services));
    }
    if feed != services.issues().ledger().feed.to_string() {
        events.push(issues_event(services, &[]));
    }
    events
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
