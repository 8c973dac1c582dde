//! Reading requests: bad paths, queries and bodies become problem documents, never bare texts.

use super::error::ApiError;
use crate::domain::Actor;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::picture::Picture;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use std::sync::Arc;

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(ApiError))]
pub struct Json<T>(pub T);

/// Path parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(ApiError))]
pub struct Path<T>(pub T);

/// Query parameters.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(ApiError))]
pub struct Query<T>(pub T);

/// Who acts; the guard let them through.
pub struct Acting(pub Actor);

impl FromRequestParts<Services> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Services) -> Result<Self, ApiError> {
        Ok(Self(asker(parts)?.actor.clone()))
    }
}

/// The picture as whoever asks may see it.
pub struct Seen(pub Arc<Picture>);

impl FromRequestParts<Services> for Seen {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, services: &Services) -> Result<Self, ApiError> {
        let grants = asker(parts)?.grants.clone();
        Ok(Self(services.picture_for(&grants).await))
    }
}

/// Whoever the guard found; without a guard nobody gets anything.
fn asker(parts: &Parts) -> Result<&Asker, ApiError> {
    parts
        .extensions
        .get::<Arc<Asker>>()
        .map(Arc::as_ref)
        .ok_or_else(|| ApiError::not_found(parts.uri.path()))
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        let text = rejection.body_text();
        Self::new(
            client_status(rejection.status()),
            "body_invalid",
            format!("请求内容有误：{text}"),
            text,
        )
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        let text = rejection.body_text();
        Self::new(
            client_status(rejection.status()),
            "path_invalid",
            format!("地址有误：{text}"),
            text,
        )
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        let text = rejection.body_text();
        Self::new(
            client_status(rejection.status()),
            "query_invalid",
            format!("参数有误：{text}"),
            text,
        )
    }
}

fn client_status(status: StatusCode) -> StatusCode {
    if status.is_client_error() {
        status
    } else {
        StatusCode::BAD_REQUEST
    }
}

/// Splits `{id}:{verb}`, the last segment of an action.
pub fn id_and_verb(text: &str) -> Result<(uuid::Uuid, Option<&str>), ApiError> {
    let (id, verb) = match text.split_once(':') {
        Some((id, verb)) => (id, Some(verb)),
        None => (text, None),
    };
    let id = uuid::Uuid::parse_str(id).map_err(|_not_a_uuid| ApiError::not_found(id))?;
    Ok((id, verb))
}
