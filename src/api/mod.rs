//! HTTP in, JSON and tiles out: one file per resource.
//!
//! Knows axum and JSON shapes, not SQL. Invariant: nothing that a client sends is answered with a 5xx.

mod assets;
mod comparing;
mod edits;
mod error;
mod etag;
mod events;
mod exports;
mod extract;
mod features;
mod health;
mod imports;
mod jobs;
mod meta;
mod openapi;
mod paper;
mod plans;
mod profiles;
mod redraw;
mod regions;
mod tiles;

pub use error::{ApiError, ProblemBody};
pub use openapi::document;

use crate::services::Services;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, Request, header};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Largest JSON body, in bytes; uploads have their own limit.
const MAX_JSON_BYTES: usize = 1 << 20;

/// Only our own scripts, workers and images: an offline page needs nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https:; connect-src 'self' https:; \
    object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/// The whole application.
pub fn router(services: Services) -> Router {
    let (api, _document) = api_router().split_for_parts();
    let quiet = SizeAbove::new(1024)
        .and(NotForContentType::new("application/vnd.mapbox-vector-tile"))
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::IMAGES);
    Router::new()
        .merge(api)
        .fallback(assets::asset)
        .layer(DefaultBodyLimit::max(MAX_JSON_BYTES))
        .layer(CompressionLayer::new().gzip(true).compress_when(quiet))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header_layer(header::REFERRER_POLICY, "same-origin"))
        .layer(header_layer(
            header::CONTENT_SECURITY_POLICY,
            CONTENT_SECURITY_POLICY,
        ))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .with_state(services)
}

/// Longest time a request may take to be answered, streams and uploads apart.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

fn header_layer(
    name: axum::http::HeaderName,
    value: &'static str,
) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Path without query: a query may hold a name that somebody searched for.
fn span<B>(request: &Request<B>) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

fn api_router() -> OpenApiRouter<Services> {
    OpenApiRouter::with_openapi(openapi::ApiDoc::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(meta::meta))
        .routes(routes!(meta::crs))
        .routes(routes!(openapi::openapi_json))
        .routes(routes!(events::events))
        .routes(routes!(regions::list))
        .routes(routes!(regions::get))
        .routes(routes!(regions::coverage))
        .routes(routes!(regions::balance))
        .routes(routes!(regions::drift))
        .routes(routes!(regions::repair))
        .routes(routes!(regions::checks, regions::set_checks))
        .routes(routes!(features::compounds))
        .routes(routes!(features::compound))
        .routes(routes!(features::buildings))
        .routes(routes!(features::building))
        .routes(routes!(features::locate))
        .routes(routes!(features::search))
        .routes(routes!(plans::list, edits::create))
        .routes(routes!(edits::list, edits::save))
        .routes(routes!(edits::rename))
        .routes(routes!(edits::marks, edits::mark))
        .routes(routes!(plans::get, plans::delete, plans::act))
        .routes(routes!(plans::checks))
        .routes(routes!(plans::history))
        .routes(routes!(profiles::list, profiles::add))
        .routes(routes!(profiles::remove))
        .routes(routes!(plans::areas))
        .routes(routes!(plans::area))
        .routes(routes!(redraw::sheet))
        .routes(routes!(redraw::figures))
        .routes(routes!(redraw::best_moves))
        .routes(routes!(redraw::rebalance))
        .routes(routes!(redraw::alternatives))
        .routes(routes!(redraw::heal))
        .routes(routes!(redraw::outlines))
        .routes(routes!(redraw::changes))
        .routes(routes!(comparing::compare))
        .routes(routes!(comparing::preview))
        .routes(routes!(comparing::history))
        .routes(routes!(paper::areas))
        .routes(routes!(paper::meeting))
        .routes(routes!(exports::areas_file))
        .routes(routes!(jobs::get, jobs::cancel))
        .routes(routes!(jobs::events))
        .routes(routes!(imports::list, imports::create))
        .routes(routes!(imports::inspect))
        .routes(routes!(imports::fields))
        .routes(routes!(imports::get, imports::act))
        .routes(routes!(imports::problems_csv))
        .routes(routes!(imports::waiting))
        .routes(routes!(imports::waiting_act))
        .routes(routes!(tiles::tile_json))
        .routes(routes!(tiles::tile))
}
