//! Filters that people keep, subscriptions, and what they were told.
//!
//! Invariant: everybody reads and changes only their own.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::subscriptions::{
    NewSubscription, NotificationsView, SavedFilterView, SubscriptionMade, SubscriptionView,
    TrialView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// One's filters, by name.
#[utoipa::path(get, path = "/api/v1/saved-filters", tag = "subscriptions",
    responses((status = 200, body = Vec<SavedFilterView>), (status = 401, body = ProblemBody)))]
pub async fn filters(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<Vec<SavedFilterView>>> {
    Ok(axum::Json(services.saved_filters(&asker).await?))
}

/// A filter to be kept.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FilterBody {
    /// Name, 1 to 40 characters.
    pub name: String,
    /// The filter: words as in the address of a list.
    #[schema(value_type = Object)]
    pub query: BTreeMap<String, String>,
}

/// Keeps a filter.
#[utoipa::path(post, path = "/api/v1/saved-filters", tag = "subscriptions", request_body = FilterBody,
    responses((status = 201, body = SavedFilterView), (status = 401, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn filter_make(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<FilterBody>,
) -> ApiResult<(StatusCode, axum::Json<SavedFilterView>)> {
    let made = services
        .saved_filter_make(&asker, &body.name, body.query)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Removes a filter.
#[utoipa::path(delete, path = "/api/v1/saved-filters/{id}", tag = "subscriptions",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn filter_remove(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.saved_filter_remove(&asker, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's subscriptions.
#[utoipa::path(get, path = "/api/v1/subscriptions", tag = "subscriptions",
    responses((status = 200, body = Vec<SubscriptionView>), (status = 401, body = ProblemBody)))]
pub async fn subscriptions(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<Vec<SubscriptionView>>> {
    Ok(axum::Json(services.subscriptions(&asker).await?))
}

/// Subscribes. A webhook gets JSON with the headers `X-Gridkeeper-Timestamp` (seconds since 1970) and
/// `X-Gridkeeper-Signature`: `sha256=` and the HMAC-SHA256, hexadecimal, of timestamp, a dot and the body, with the
/// secret that is answered here once.
#[utoipa::path(post, path = "/api/v1/subscriptions", tag = "subscriptions", request_body = NewSubscription,
    responses((status = 201, body = SubscriptionMade), (status = 401, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn subscribe(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(ask): Json<NewSubscription>,
) -> ApiResult<(StatusCode, axum::Json<SubscriptionMade>)> {
    let made = services.subscribe(&asker, ask).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Removes a subscription.
#[utoipa::path(delete, path = "/api/v1/subscriptions/{id}", tag = "subscriptions",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn unsubscribe(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.unsubscribe(&asker, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a message on trial to a receiver, once: a webhook gets `"move": "test"` and no issue.
#[utoipa::path(post, path = "/api/v1/subscriptions/{id}/trial", tag = "subscriptions",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = TrialView), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn subscription_try(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<TrialView>> {
    Ok(axum::Json(services.subscription_try(&asker, id).await?))
}

/// What one was told, newest first.
#[utoipa::path(get, path = "/api/v1/notifications", tag = "subscriptions",
    responses((status = 200, body = NotificationsView), (status = 401, body = ProblemBody)))]
pub async fn notifications(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<NotificationsView>> {
    Ok(axum::Json(services.notifications(&asker).await?))
}

/// What was read.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    /// Which, at most 200; all when absent.
    pub ids: Option<Vec<Uuid>>,
}

/// Marks what one was told as read.
#[utoipa::path(post, path = "/api/v1/notifications:read", tag = "subscriptions", request_body = ReadBody,
    responses((status = 204), (status = 401, body = ProblemBody)))]
pub async fn read(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<ReadBody>,
) -> ApiResult<StatusCode> {
    services
        .notifications_read(&asker, body.ids.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
