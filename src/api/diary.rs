//! The diary of a keeper.

use super::error::{ApiResult, ProblemBody};
use super::extract::{Json, Path, Query};
use super::visits::{KeeperQuery, idempotency_key, made};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::visits::{DiaryList, DiaryView, NewDiary, RedText};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::sync::Arc;
use uuid::Uuid;

/// A diary: one's own, or that of a keeper in a secretary's scope.
#[utoipa::path(get, path = "/api/v1/diary", tag = "visits", params(KeeperQuery),
    responses((status = 200, body = DiaryList), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<KeeperQuery>,
) -> ApiResult<axum::Json<DiaryList>> {
    Ok(axum::Json(services.diary(&asker, query.keeper).await?))
}

/// Writes an entry: the problem, and its result if there is one. The header `Idempotency-Key` makes a request sent
/// twice one.
#[utoipa::path(post, path = "/api/v1/diary", tag = "visits", request_body = NewDiary,
    responses((status = 201, body = DiaryView), (status = 200, body = DiaryView), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn write(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    headers: HeaderMap,
    Json(new): Json<NewDiary>,
) -> ApiResult<(StatusCode, axum::Json<DiaryView>)> {
    let key = idempotency_key(&headers)?;
    let (entry, fresh) = services.diary_write(&asker, new, key).await?;
    Ok((made(fresh), axum::Json(entry)))
}

/// Writes the result of an entry.
#[utoipa::path(put, path = "/api/v1/diary/{id}/red", tag = "visits",
    params(("id" = Uuid, Path, description = "identity of the entry")), request_body = RedText,
    responses((status = 200, body = DiaryView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn red(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(red): Json<RedText>,
) -> ApiResult<axum::Json<DiaryView>> {
    Ok(axum::Json(services.diary_red(&asker, id, red).await?))
}
