//! Compounds, buildings, places and search: what a click answers.

use super::error::{ApiResult, ProblemBody};
use super::etag;
use super::extract::{Path, Query, Seen};
use crate::domain::CompoundId;
use crate::services::error::Error;
use crate::services::views::{BuildingView, CompoundView, LocatedView, Page, SearchHit};
use crate::services::{Services, regions, units};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

/// Most items of one page.
const MAX_PAGE: usize = 1000;

/// A page of compounds.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct CompoundQuery {
    /// Region code.
    region: Option<String>,
    /// Part of the name.
    q: Option<String>,
    /// Items of a page, at most 1000.
    limit: Option<usize>,
    /// Where the page begins, as the page before said.
    cursor: Option<usize>,
}

/// Compounds of a region.
#[utoipa::path(get, path = "/api/v1/compounds", tag = "features", params(CompoundQuery),
    responses((status = 200, body = Page<CompoundView>), (status = 422, body = ProblemBody)))]
pub async fn compounds(
    State(services): State<Services>,
    Seen(picture): Seen,
    Query(query): Query<CompoundQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let region = query
        .region
        .as_deref()
        .map(regions::parse_code)
        .transpose()?;
    let part = query.q.unwrap_or_default();
    let found: Vec<usize> = (0..picture.compounds.len())
        .filter(|at| region.is_none_or(|code| code.contains(picture.compounds[*at].community)))
        .filter(|at| picture.compounds[*at].name.contains(&part))
        .collect();
    let (ids, next) = page(&found, query.cursor, query.limit);
    let now = services.now();
    let items = ids
        .iter()
        .map(|at| units::compound_view(&picture, *at, now))
        .collect();
    let body = Page {
        items,
        total: found.len() as u64,
        next,
        as_of: picture.as_of,
        data_version: picture.version,
    };
    Ok(etag::json(&headers, &body))
}

fn page(
    found: &[usize],
    cursor: Option<usize>,
    limit: Option<usize>,
) -> (&[usize], Option<String>) {
    let start = cursor.unwrap_or(0).min(found.len());
    let end = start
        .saturating_add(limit.unwrap_or(200).clamp(1, MAX_PAGE))
        .min(found.len());
    (
        &found[start..end],
        (end < found.len()).then(|| end.to_string()),
    )
}

/// One compound.
#[utoipa::path(get, path = "/api/v1/compounds/{id}", tag = "features",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = CompoundView), (status = 404, body = ProblemBody)))]
pub async fn compound(
    State(services): State<Services>,
    Seen(picture): Seen,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(
        &headers,
        &units::compound(&picture, id, services.now())?,
    ))
}

/// Buildings of a compound.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct BuildingQuery {
    /// The compound.
    compound: Uuid,
    /// Items of a page, at most 1000.
    limit: Option<usize>,
    /// Where the page begins.
    cursor: Option<usize>,
}

/// Buildings of a compound.
#[utoipa::path(get, path = "/api/v1/buildings", tag = "features", params(BuildingQuery),
    responses((status = 200, body = Page<BuildingView>), (status = 404, body = ProblemBody)))]
pub async fn buildings(
    State(services): State<Services>,
    Seen(picture): Seen,
    Query(query): Query<BuildingQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let id = CompoundId::new(query.compound);
    if picture.compound_index(id).is_none() {
        return Err(Error::NotFound(format!("compound {}", query.compound)).into());
    }
    let found = picture.buildings_of(id);
    let (ids, next) = page(found, query.cursor, query.limit);
    let now = services.now();
    let body = Page {
        items: ids
            .iter()
            .map(|at| units::building_view(&picture, *at, now))
            .collect(),
        total: found.len() as u64,
        next,
        as_of: picture.as_of,
        data_version: picture.version,
    };
    Ok(etag::json(&headers, &body))
}

/// One building: its compound, area and keepers.
#[utoipa::path(get, path = "/api/v1/buildings/{id}", tag = "features",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, body = BuildingView), (status = 404, body = ProblemBody)))]
pub async fn building(
    State(services): State<Services>,
    Seen(picture): Seen,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    Ok(etag::json(
        &headers,
        &units::building(&picture, id, services.now())?,
    ))
}

/// A point.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct PointQuery {
    /// Longitude, degrees, WGS 84.
    lon: f64,
    /// Latitude, degrees, WGS 84.
    lat: f64,
}

/// What lies at a point, under the plans in force.
#[utoipa::path(get, path = "/api/v1/locate", tag = "features", params(PointQuery),
    responses((status = 200, body = LocatedView), (status = 422, body = ProblemBody)))]
pub async fn locate(
    State(services): State<Services>,
    Seen(picture): Seen,
    Query(query): Query<PointQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let found = units::locate(&picture, query.lon, query.lat, services.now())?;
    Ok(etag::json(&headers, &found))
}

/// A search.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct SearchQuery {
    /// Name, pinyin, pinyin initials or building number.
    q: String,
    /// Most hits, at most 100.
    limit: Option<usize>,
}

/// Search by name, pinyin initials or building number.
#[utoipa::path(get, path = "/api/v1/search", tag = "features", params(SearchQuery),
    responses((status = 200, body = Page<SearchHit>)))]
pub async fn search(
    Seen(picture): Seen,
    Query(query): Query<SearchQuery>,
    headers: HeaderMap,
) -> Response {
    let short: String = query.q.chars().take(100).collect();
    let items = units::search(&picture, &short, query.limit.unwrap_or(20).clamp(1, 100));
    let body = Page::whole(items, &picture);
    etag::json(&headers, &body)
}
