//! Door notices: the list with its coverage, moves, posters, and whom residents can reach.

use super::error::{ApiResult, ProblemBody};
use super::etag;
use super::extract::{Json, Path, Query};
use crate::domain::{NoticeState, PublicContact, RegionCode};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Error;
use crate::services::notices::{
    NoticeDetail, NoticePage, NoticeQuery, NoticeReport, PosterAsk, Posters, PublicContactView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// What whoever prints should know: JSON, percent-encoded.
const WARNINGS: header::HeaderName = header::HeaderName::from_static("x-gridkeeper-warnings");
/// Pages of the file.
const PAGES: header::HeaderName = header::HeaderName::from_static("x-gridkeeper-pages");

/// Notices of a region or compound: coverage, compounds (worst first) and rows.
#[utoipa::path(get, path = "/api/v1/notices", tag = "notices", params(NoticeQuery),
    responses((status = 200, body = NoticePage), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<NoticeQuery>,
) -> ApiResult<axum::Json<NoticePage>> {
    Ok(axum::Json(services.notices(&asker, &query).await?))
}

/// A move for many buildings.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeMarkBody {
    /// Which, at most 5,000.
    pub buildings: Vec<Uuid>,
    /// posted, verified, to_replace, to_remove, removed or to_print.
    #[schema(value_type = String)]
    pub to: NoticeState,
}

/// Moves the notices of many buildings on, each by itself: what one refuses does not stop the others.
#[utoipa::path(post, path = "/api/v1/notices:mark", tag = "notices", request_body = NoticeMarkBody,
    responses((status = 200, body = NoticeReport), (status = 422, body = ProblemBody)))]
pub async fn mark_many(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<NoticeMarkBody>,
) -> ApiResult<axum::Json<NoticeReport>> {
    Ok(axum::Json(
        services
            .notices_mark(&asker, &body.buildings, body.to)
            .await?,
    ))
}

/// Posters of a compound, region, plan or of single buildings, in walking order. The boards are noted as printed,
/// unless it is a preview. Warnings are in the header `x-gridkeeper-warnings`: JSON, percent-encoded.
#[utoipa::path(post, path = "/api/v1/notices:print", tag = "notices", request_body = PosterAsk,
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn print(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(ask): Json<PosterAsk>,
) -> ApiResult<Response> {
    Ok(pdf(services.notice_posters(&asker, &ask).await?))
}

/// The board of a building with every move.
#[utoipa::path(get, path = "/api/v1/buildings/{id}/notice", tag = "notices",
    params(("id" = Uuid, Path, description = "building")),
    responses((status = 200, body = NoticeDetail), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<NoticeDetail>> {
    Ok(axum::Json(services.notice(&asker, id).await?))
}

/// The state to reach.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeMoveBody {
    /// posted, verified, to_replace, to_remove, removed or to_print.
    #[schema(value_type = String)]
    pub to: NoticeState,
}

/// Moves the notice of a building on; a move that is not legal is a 409 with the legal ones.
#[utoipa::path(put, path = "/api/v1/buildings/{id}/notice", tag = "notices", request_body = NoticeMoveBody,
    params(("id" = Uuid, Path, description = "building")),
    responses((status = 200, body = NoticeDetail), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn mark(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<NoticeMoveBody>,
) -> ApiResult<axum::Json<NoticeDetail>> {
    Ok(axum::Json(services.notice_mark(&asker, id, body.to).await?))
}

/// The poster of a building, to look at.
#[utoipa::path(get, path = "/api/v1/buildings/{id}/poster", tag = "notices",
    params(("id" = Uuid, Path, description = "building")),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody)))]
pub async fn poster(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<Response> {
    let ask = PosterAsk {
        buildings: vec![id],
        preview: true,
        ..PosterAsk::default()
    };
    Ok(pdf(services.notice_posters(&asker, &ask).await?))
}

fn pdf(made: Posters) -> Response {
    let json = serde_json::to_string(&made.warnings).unwrap_or_default();
    let warnings: String = form_urlencoded::byte_serialize(json.as_bytes()).collect();
    let mut response = made.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/pdf"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("inline; filename=\"notices.pdf\""),
    );
    headers.insert(PAGES, HeaderValue::from(made.pages));
    if let Ok(value) = HeaderValue::from_str(&warnings) {
        headers.insert(WARNINGS, value);
    }
    response
}

fn code_of(text: &str) -> Result<RegionCode, Error> {
    text.parse()
        .map_err(|_not_a_code| Error::NotFound(format!("region {text}")))
}

/// What is published about an office or secretary.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicContactBody {
    /// A name; none when absent.
    pub name: Option<String>,
    /// A duty number.
    pub phone: Option<String>,
    /// When somebody answers.
    pub hours: Option<String>,
}

impl From<PublicContactBody> for PublicContact {
    fn from(body: PublicContactBody) -> Self {
        Self {
            name: body.name,
            phone: body.phone,
            hours: body.hours,
        }
    }
}

/// Whom residents of a region can reach.
#[utoipa::path(get, path = "/api/v1/regions/{code}/contact", tag = "notices",
    params(("code" = String, Path, description = "code of the region")),
    responses((status = 200, body = PublicContactView), (status = 404, body = ProblemBody)))]
pub async fn region_contact(
    State(services): State<Services>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(
        &headers,
        &services.region_contact(code_of(&code)?)?,
    ))
}

/// Publishes whom residents of a region can reach.
#[utoipa::path(put, path = "/api/v1/regions/{code}/contact", tag = "notices", request_body = PublicContactBody,
    params(("code" = String, Path, description = "code of the region")),
    responses((status = 200, body = PublicContactView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_region_contact(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
    Json(body): Json<PublicContactBody>,
) -> ApiResult<axum::Json<PublicContactView>> {
    let code = code_of(&code)?;
    Ok(axum::Json(
        services
            .region_contact_set(&asker, code, body.into())
            .await?,
    ))
}

/// The secretary of a compound, as published.
#[utoipa::path(get, path = "/api/v1/compounds/{id}/contact", tag = "notices",
    params(("id" = Uuid, Path, description = "compound")),
    responses((status = 200, body = PublicContactView), (status = 404, body = ProblemBody)))]
pub async fn compound_contact(
    State(services): State<Services>,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(&headers, &services.compound_contact(id)?))
}

/// Publishes the secretary of a compound.
#[utoipa::path(put, path = "/api/v1/compounds/{id}/contact", tag = "notices", request_body = PublicContactBody,
    params(("id" = Uuid, Path, description = "compound")),
    responses((status = 200, body = PublicContactView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn set_compound_contact(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<PublicContactBody>,
) -> ApiResult<axum::Json<PublicContactView>> {
    Ok(axum::Json(
        services
            .compound_contact_set(&asker, id, body.into())
            .await?,
    ))
}
