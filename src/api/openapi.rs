//! The OpenAPI document; a snapshot test keeps it true.

use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::OpenApi;

/// Title, licence and tags; the paths come from the router.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gridkeeper 网格管家",
        description = "Patrol areas for volunteer housekeepers. Errors are application/problem+json with Chinese and \
                       English texts. Coordinates are [lon, lat], degrees, WGS 84; deviations are basis points.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "meta", description = "What the page needs first"),
        (name = "regions", description = "Regions and their staffing"),
        (name = "features", description = "Compounds, buildings, places, search"),
        (name = "upkeep", description = "Keeping the data right: what is missing, corrections, merged and split communities"),
        (name = "plans", description = "Plans and patrol areas"),
        (name = "redraw", description = "Editing a plan by hand: what if, best next move, balancing a few areas anew"),
        (name = "paper", description = "What the print pages draw"),
        (name = "session", description = "Signing in, one's own password, second factor and tokens"),
        (name = "accounts", description = "Accounts and what they are granted"),
        (name = "roster", description = "Housekeepers: what is not on their card"),
        (name = "audit", description = "Who did what, when, from where"),
        (name = "issues", description = "Problems: reported, moved through six steps, counted and mapped"),
        (name = "visits", description = "Visits to households, how often they are due, the keeper's card and diary"),
        (name = "imports", description = "Files in"),
        (name = "jobs", description = "Background jobs"),
        (name = "tiles", description = "Vector tiles"),
        (name = "live", description = "Live updates"),
        (name = "health", description = "Health")
    ),
    modifiers(&Schemes)
)]
pub struct ApiDoc;

/// How a request proves who it comes from.
struct Schemes;

impl utoipa::Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{
            ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme,
        };
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            super::guard::SESSION_COOKIE,
            "from POST /api/v1/session; changes also carry its token in the header x-csrf-token",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let bearer = Http::new(HttpAuthScheme::Bearer);
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    super::routes().split().1
}

/// The OpenAPI document of this server.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "meta",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn openapi_json(headers: HeaderMap) -> Response {
    super::etag::json(&headers, &document())
}
