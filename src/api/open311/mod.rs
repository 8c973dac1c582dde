//! Open311 GeoReport v2 under `/open311/v2/`: XML and JSON by suffix, errors as the specification has them.
//!
//! For programs: an `api_key` among the parameters is a token of an account, a cookie is nothing. Invariant: every
//! answer, errors included, has the format of the suffix, and a code of the specification: 403 for the key, 404 for
//! what is not there, 400 otherwise; 429 and 503 are left to say "later".

mod params;
mod wire;

use super::error::ApiError;
use super::guard::{Origin, Visitors};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::Error;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use params::Params;
use std::sync::Arc;
use wire::{Answer, Format};

/// What is named by the last segment of a path, and in which format it is asked for.
fn named(segment: Result<Path<String>, PathRejection>) -> (Format, Result<String, ApiError>) {
    let Ok(Path(segment)) = segment else {
        return (Format::Xml, Err(ApiError::not_found("path")));
    };
    match segment.rsplit_once('.') {
        Some((name, "xml")) => (Format::Xml, Ok(name.to_owned())),
        Some((name, "json")) => (Format::Json, Ok(name.to_owned())),
        _ => (Format::Xml, Err(ApiError::not_found(&segment))),
    }
}

/// Who calls, by the key among the parameters. Whoever has none, or a wrong one, is counted as a visitor.
async fn caller(
    services: &Services,
    visitors: &Visitors,
    params: &Params,
    origin: Origin,
) -> Result<Result<Arc<Asker>, Error>, ApiError> {
    let found = services
        .open311_caller(params.one("api_key"), &origin.text())
        .await;
    if !found.as_ref().is_ok_and(|caller| caller.is_known()) {
        visitors.count()?;
    }
    Ok(found)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = kind.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The list of services (`services.xml`, `services.json`), or requests (`requests.xml`, `requests.json`) with
/// `service_request_id`, `service_code`, `start_date`, `end_date` (at most 90 days) and `status`.
#[utoipa::path(get, path = "/open311/v2/{file}", tag = "open311",
    params(("file" = String, Path, description = "services or requests, with .xml or .json"),
        ("api_key" = Option<String>, Query, description = "token of an account: what it sees is shown as well"),
        ("jurisdiction_id" = Option<String>, Query, description = "region, 12 digits"),
        ("service_request_id" = Option<String>, Query, description = "by comma; overrides the others"),
        ("service_code" = Option<String>, Query, description = "by comma"),
        ("start_date" = Option<String>, Query, description = "with zone"),
        ("end_date" = Option<String>, Query, description = "with zone"),
        ("status" = Option<String>, Query, description = "open, closed")),
    responses((status = 200, content((String = "text/xml"), (Vec<crate::services::issues::open311::RequestView> = "application/json"))),
        (status = 400, body = Vec<wire::ErrorView>), (status = 403, body = Vec<wire::ErrorView>), (status = 404, body = Vec<wire::ErrorView>)))]
pub async fn collection(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    Extension(visitors): Extension<Visitors>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let (format, name) = named(file);
    let answer = async {
        let name = name?;
        let params = Params::read(&query.unwrap_or_default());
        let caller = caller(&services, &visitors, &params, origin).await??;
        let jurisdiction = params.one("jurisdiction_id");
        match name.as_str() {
            "services" => Ok(Answer::Services(services.open311_services(jurisdiction)?)),
            "requests" => {
                let found = services
                    .open311_requests(&caller, params.request_query()?)
                    .await?;
                Ok(Answer::Requests(found))
            }
            other => Err(ApiError::not_found(other)),
        }
    };
    wire::respond(format, StatusCode::OK, answer.await)
}

/// Makes a service request (`requests.xml`, `requests.json`). Needs an `api_key` that may write.
#[utoipa::path(post, path = "/open311/v2/{file}", tag = "open311",
    params(("file" = String, Path, description = "requests, with .xml or .json")),
    request_body(content = Object, content_type = "application/x-www-form-urlencoded",
        description = "api_key, service_code, one of lat and long, address_string or address_id, attribute[code]; description, email, first_name, last_name, phone, media_url"),
    responses((status = 200, content((String = "text/xml"), (Vec<crate::services::issues::open311::RequestMade> = "application/json"))),
        (status = 400, body = Vec<wire::ErrorView>), (status = 403, body = Vec<wire::ErrorView>), (status = 404, body = Vec<wire::ErrorView>)))]
pub async fn post(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    Extension(visitors): Extension<Visitors>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Result<axum::body::Bytes, BytesRejection>,
) -> Response {
    let (format, name) = named(file);
    let answer = async {
        if name? != "requests" {
            return Err(ApiError::not_found("requests"));
        }
        let mut params = Params::read(&query.unwrap_or_default());
        match body {
            Ok(body) if body.is_empty() || is_form(&headers) => params.read_more(&body),
            Ok(_) => {
                return Err(ApiError::bad_request(
                    "not_a_form",
                    "应以 application/x-www-form-urlencoded 提交",
                    "send application/x-www-form-urlencoded",
                ));
            }
            Err(_cut_off) => {
                return Err(ApiError::bad_request(
                    "body_invalid",
                    "请求内容过大或未传完",
                    "the body is too large, or was cut off",
                ));
            }
        }
        let caller = caller(&services, &visitors, &params, origin).await??;
        let jurisdiction = params.one("jurisdiction_id").map(str::to_owned);
        // The key first: who may not report is not told what is wrong with the rest.
        let ask = if caller.is_known() {
            params.service_request()?
        } else {
            crate::services::issues::open311::ServiceRequest::default()
        };
        let made = services
            .open311_report(&caller, ask, jurisdiction.as_deref())
            .await?;
        Ok(Answer::Made(made))
    };
    wire::respond(format, StatusCode::OK, answer.await)
}

/// The questions of a service (`{service_code}.xml`, `{service_code}.json`).
#[utoipa::path(get, path = "/open311/v2/services/{file}", tag = "open311",
    params(("file" = String, Path, description = "code of a service, with .xml or .json"),
        ("jurisdiction_id" = Option<String>, Query, description = "region, 12 digits")),
    responses((status = 200, content((String = "text/xml"), (crate::services::issues::open311::DefinitionView = "application/json"))),
        (status = 404, body = Vec<wire::ErrorView>)))]
pub async fn definition(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    Extension(visitors): Extension<Visitors>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let (format, name) = named(file);
    let answer = async {
        let code = name?;
        let params = Params::read(&query.unwrap_or_default());
        // Everybody may look; a key only tells whether it is a visitor.
        let _anybody = caller(&services, &visitors, &params, origin).await?;
        let found = services.open311_definition(&code, params.one("jurisdiction_id"))?;
        Ok(Answer::Definition(found))
    };
    wire::respond(format, StatusCode::OK, answer.await)
}

/// One request (`{service_request_id}.xml`, `{service_request_id}.json`).
#[utoipa::path(get, path = "/open311/v2/requests/{file}", tag = "open311",
    params(("file" = String, Path, description = "number of a request, with .xml or .json"),
        ("api_key" = Option<String>, Query, description = "token of an account"),
        ("jurisdiction_id" = Option<String>, Query, description = "region, 12 digits")),
    responses((status = 200, content((String = "text/xml"), (Vec<crate::services::issues::open311::RequestView> = "application/json"))),
        (status = 403, body = Vec<wire::ErrorView>), (status = 404, body = Vec<wire::ErrorView>)))]
pub async fn request(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    Extension(visitors): Extension<Visitors>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let (format, name) = named(file);
    let answer = async {
        let id = name?;
        let params = Params::read(&query.unwrap_or_default());
        let caller = caller(&services, &visitors, &params, origin).await??;
        let found = services
            .open311_request(&caller, &id, params.one("jurisdiction_id"))
            .await?;
        Ok(Answer::Requests(vec![found]))
    };
    wire::respond(format, StatusCode::OK, answer.await)
}

/// The request of a token (`{token}.xml`, `{token}.json`): here the code that a reporter holds.
#[utoipa::path(get, path = "/open311/v2/tokens/{file}", tag = "open311",
    params(("file" = String, Path, description = "token, with .xml or .json"),
        ("jurisdiction_id" = Option<String>, Query, description = "region, 12 digits")),
    responses((status = 200, content((String = "text/xml"), (Vec<crate::services::issues::open311::TokenFound> = "application/json"))),
        (status = 404, body = Vec<wire::ErrorView>)))]
pub async fn token(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    Extension(visitors): Extension<Visitors>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    let (format, name) = named(file);
    let answer = async {
        let token = name?;
        let params = Params::read(&query.unwrap_or_default());
        let _anybody = caller(&services, &visitors, &params, origin).await?;
        let found = services
            .open311_token(&token, params.one("jurisdiction_id"))
            .await?;
        Ok(Answer::Token(found))
    };
    wire::respond(format, StatusCode::OK, answer.await)
}

/// The status that the specification gives an error.
fn status_of(error: &ApiError) -> StatusCode {
    match error.plainly().0 {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND => StatusCode::NOT_FOUND,
        StatusCode::TOO_MANY_REQUESTS => StatusCode::TOO_MANY_REQUESTS,
        status if status.is_server_error() => status,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Later, when the error says so.
fn retry_after(response: &mut Response, error: &ApiError) {
    if let Some(seconds) = error.retry_after_s() {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

/// A parameter that is no parameter.
fn bad(field: &str, zh: impl Into<String>, en: impl Into<String>) -> ApiError {
    Error::Invalid(vec![
        crate::domain::Problem::new(crate::domain::Severity::Refused, "open311_invalid", zh, en)
            .at_field(field, ""),
    ])
    .into()
}
