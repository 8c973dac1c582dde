//! The guard before every route: who asks, may they, and is it they who ask.
//!
//! What lies outside one's scope is answered as if it did not exist; a wrong role inside it is told so. Changes need
//! a token of the session and a page of our own. Invariant: a route without a declaration is answered to nobody.

use super::access::{Access, At, Table, Who};
use super::error::ApiError;
use super::resident;
use crate::domain::access::{Action, Object, Place, Verdict};
use crate::domain::{AuditOutcome, BuildingId, CompoundId, PlanId, RegionCode, RegionLevel};
use crate::services::Services;
use crate::services::accounts::{Asker, Proof};
use crate::services::picture::Picture;
use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// Cookie of a session.
pub const SESSION_COOKIE: &str = "gk_session";
/// Header with the token of a session that makes a change.
pub const CSRF_HEADER: &str = "x-csrf-token";

const NO_STORE: header::HeaderValue = header::HeaderValue::from_static("no-store");

/// What the guard knows.
#[derive(Clone)]
pub struct Guard {
    services: Services,
    table: Table,
    visitors: Limiter,
}

type Limiter = Arc<DefaultKeyedRateLimiter<IpAddr>>;

/// The limit of visitors, for a handler that finds out itself whether somebody is one.
#[derive(Clone)]
pub struct Visitors {
    limiter: Limiter,
    address: Option<IpAddr>,
}

impl Visitors {
    /// Counts a request of a visitor.
    ///
    /// # Errors
    /// 429 when there were too many from this address.
    pub fn count(&self) -> Result<(), ApiError> {
        let many = |address| self.limiter.check_key(&address).is_err();
        if self.address.is_some_and(many) {
            return Err(ApiError::too_many(30));
        }
        Ok(())
    }
}

impl Guard {
    /// For these routes.
    pub fn new(services: Services, table: Table) -> Self {
        let per_minute = NonZeroU32::new(services.config().security.public_per_minute)
            .unwrap_or(NonZeroU32::MIN);
        Self {
            services,
            table,
            visitors: Arc::new(RateLimiter::keyed(Quota::per_minute(per_minute))),
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    /// Address; `None` where there is no network in between.
    pub address: Option<IpAddr>,
    /// Whether the way to the browser is encrypted.
    pub secure: bool,
}

impl Origin {
    /// The peer; behind a proxy that is trusted, what the proxy says.
    fn of(request: &Request, services: &Services) -> Self {
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(address)| address.ip());
        let trusted = &services.config().security.trusted_proxies;
        let text = |name: &str| -> Option<&str> { request.headers().get(name)?.to_str().ok() };
        if peer.is_some_and(|peer| trusted.contains(&peer)) {
            // The last address is the one that the proxy saw; those before it are what the client claims.
            let forwarded = text("x-forwarded-for")
                .and_then(|list| list.rsplit(',').next())
                .and_then(|last| last.trim().parse().ok());
            return Self {
                address: forwarded.or(peer),
                secure: text("x-forwarded-proto") == Some("https"),
            };
        }
        Self {
            address: peer,
            secure: false,
        }
    }

    /// For records.
    pub fn text(self) -> String {
        self.address
            .map_or_else(|| "local".to_owned(), |address| address.to_string())
    }
}

/// The middleware: what one may see, nobody else's cache may keep.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let mut response = answer(guard, request, next).await;
    let headers = response.headers_mut();
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, NO_STORE);
    }
    response
}

async fn answer(guard: Guard, mut request: Request, next: Next) -> Response {
    let services = &guard.services;
    let origin = Origin::of(&request, services);
    let Some(path) = request.extensions().get::<MatchedPath>().cloned() else {
        return ApiError::not_found(request.uri().path()).into_response();
    };
    let path = path.as_str();
    let method = request.method().clone();
    let Some(access) = guard.table.find(path, &method) else {
        return ApiError::not_found(path).into_response();
    };
    // Whoever brings a key with the parameters is a visitor until the handler has read them, and counts who is one.
    let asker = if access.keyed {
        Ok(Arc::new(Asker::visitor(&origin.text())))
    } else {
        who(services, request.headers(), origin).await
    };
    let asker = match asker {
        Ok(asker) => asker,
        Err(error) => return error.into_response(),
    };
    let visitors = Visitors {
        limiter: guard.visitors.clone(),
        address: origin.address,
    };
    if access.keyed {
        request.extensions_mut().insert(visitors);
    } else if !asker.is_known()
        && let Err(error) = visitors.count()
    {
        if resident::is_page(path) {
            return resident::too_many(services, &error);
        }
        return error.into_response();
    }
    let params;
    (request, params) = parameters(request, access.needs_parameters()).await;
    let verdict = own_page(services, &asker, &access, &method, request.headers())
        .and_then(|()| may(services, &asker, &access, &method, &params));
    if let Err(error) = verdict {
        if asker.is_known() {
            let (_, params) = parameters(request, true).await;
            let action = format!("{method} {path}");
            note(
                services,
                &asker,
                &action,
                &subject(&params),
                AuditOutcome::Denied,
            )
            .await;
        }
        return error.into_response();
    }
    request.extensions_mut().insert(origin);
    if !access.logged {
        request.extensions_mut().insert(asker);
        return next.run(request).await;
    }
    request.extensions_mut().insert(asker.clone());
    let action = format!("{method} {path}");
    let response = next.run(request).await;
    let outcome = match response.status() {
        StatusCode::FORBIDDEN => AuditOutcome::Denied,
        status if status.is_client_error() || status.is_server_error() => AuditOutcome::Failed,
        _ => AuditOutcome::Done,
    };
    note(services, &asker, &action, &subject(&params), outcome).await;
    response
}

/// Parameters of the path, where they are needed.
async fn parameters(request: Request, needed: bool) -> (Request, Vec<(String, String)>) {
    if !needed {
        return (request, Vec::new());
    }
    let (mut parts, body) = request.into_parts();
    let params = RawPathParams::from_request_parts(&mut parts, &()).await;
    let params = params.map_or_else(
        |_none| Vec::new(),
        |params| {
            let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            params.iter().map(pair).collect()
        },
    );
    (Request::from_parts(parts, body), params)
}

/// What a request is about, for the log.
fn subject(params: &[(String, String)]) -> String {
    let values: Vec<&str> = params.iter().map(|(_, value)| value.as_str()).collect();
    values.join(" ")
}

async fn note(
    services: &Services,
    asker: &Asker,
    action: &str,
    subject: &str,
    outcome: AuditOutcome,
) {
    let noted = asker.did(action, subject).ended(outcome);
    if let Err(error) = services.note(noted).await {
        tracing::error!(%error, "audit.failed");
    }
}

/// Who asks: a program by its token, a browser by its cookie, else a visitor. A cookie that is over makes a visitor,
/// a token that is over is refused: a program should notice.
async fn who(
    services: &Services,
    headers: &HeaderMap,
    origin: Origin,
) -> Result<Arc<Asker>, ApiError> {
    let from = origin.text();
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer "));
        let known = match token {
            Some(token) => services.asker_of_token(token.trim(), &from).await?,
            None => None,
        };
        return known.ok_or_else(|| {
            ApiError::new(
                StatusCode::UNAUTHORIZED,
                "token_invalid",
                "令牌无效或已过期",
                "the token is wrong or over",
            )
        });
    }
    if let Some(token) = session_token(headers)
        && let Some(asker) = services.asker_of_session(token, &from).await?
    {
        return Ok(asker);
    }
    Ok(Arc::new(Asker::visitor(&from)))
}

/// The token of the session cookie; it needs no decoding.
fn session_token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

/// Whether a change comes from a page of our own (OWASP: synchroniser token, and the origin of the request).
fn own_page(
    services: &Services,
    asker: &Asker,
    access: &Access,
    method: &Method,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    if method.is_safe() || access.keyed || matches!(asker.proof, Proof::Token { .. }) {
        return Ok(());
    }
    let refused = || {
        ApiError::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "请求不是从本系统页面发出的，请刷新页面后重试",
            "the request does not come from a page of this system; reload and try again",
        )
    };
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST);
    if let Some(origin) = text(header::ORIGIN) {
        let ours = origin.split_once("://").map(|(_, place)| place);
        if ours.is_none() || ours != host {
            return Err(refused());
        }
    } else if headers
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|site| !matches!(site, "same-origin" | "none"))
    {
        return Err(refused());
    }
    // Signing in takes no session along: whoever is there already is replaced.
    if let Proof::Session(session) = &asker.proof
        && access.who != Who::Anyone
    {
        let sent = headers
            .get(CSRF_HEADER)
            .map(|value| value.as_bytes())
            .unwrap_or_default();
        let fits: bool = services.csrf(session).as_bytes().ct_eq(sent).into();
        if !fits {
            return Err(refused());
        }
    }
    Ok(())
}

fn sign_in_first() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "sign_in_required",
        "请先登录",
        "sign in first",
    )
}

/// Whether the declaration lets the asker through.
fn may(
    services: &Services,
    asker: &Asker,
    access: &Access,
    method: &Method,
    params: &[(String, String)],
) -> Result<(), ApiError> {
    if let Proof::Token { read_only: true } = asker.proof
        && !access.only_looks(method)
    {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "token_read_only",
            "这个令牌只能查看",
            "this token may only look",
        ));
    }
    match access.who {
        Who::Anyone => Ok(()),
        Who::Known if asker.is_known() => Ok(()),
        Who::Session if matches!(asker.proof, Proof::Session(_)) => Ok(()),
        Who::Known | Who::Session => Err(sign_in_first()),
        Who::Right {
            object,
            actions,
            at,
            also,
        } => {
            if asker.must_enrol {
                return Err(ApiError::new(
                    StatusCode::FORBIDDEN,
                    "second_factor_needed",
                    "您的角色要求先设置第二重验证",
                    "your role has to set up a second factor first",
                ));
            }
            right(services, asker, object, actions, at, params)?;
            also.map_or(Ok(()), |also| {
                right(services, asker, also, &[Action::Read], at, params)
            })
        }
    }
}

fn right(
    services: &Services,
    asker: &Asker,
    object: Object,
    actions: &[Action],
    at: At,
    params: &[(String, String)],
) -> Result<(), ApiError> {
    let lacking = || {
        if asker.is_known() {
            ApiError::from(asker.wrong_role(object, actions[0]))
        } else {
            sign_in_first()
        }
    };
    if at == At::Anywhere || at == At::Asked {
        let any = actions
            .iter()
            .any(|action| asker.grants.anywhere(object, *action));
        return if any { Ok(()) } else { Err(lacking()) };
    }
    if at == At::Whole {
        let picture = services.picture();
        let holds = |action: &&Action| asker.covers_everything(&picture, object, **action);
        let any = (actions.iter()).any(|action| asker.grants.anywhere(object, *action));
        return match actions.iter().any(|action| holds(&action)) {
            true => Ok(()),
            false if any => Err(Asker::covers_too_little(object).into()),
            false => Err(lacking()),
        };
    }
    // A visitor hears nothing of what there is; only that signing in may help.
    if !asker.is_known()
        && !actions
            .iter()
            .any(|action| asker.grants.anywhere(object, *action))
    {
        return Err(sign_in_first());
    }
    let value = |name: &str| {
        params
            .iter()
            .find(|(known, _)| known == name)
            .map_or("", |(_, value)| value.as_str())
    };
    let picture = services.picture();
    let named = if matches!(at, At::Region | At::Street) {
        value("code")
    } else {
        value("id")
    };
    // What cannot be found is left to the handler, which says so in its own words.
    let Some(places) = places(&picture, at, named) else {
        return Ok(());
    };
    let mut seen = false;
    for place in places {
        for action in actions {
            match asker.grants.verdict(object, *action, &place) {
                Verdict::Allowed => return Ok(()),
                Verdict::WrongRole => seen = true,
                Verdict::OutOfScope => {}
            }
        }
    }
    if seen {
        return Err(lacking());
    }
    Err(ApiError::not_found(&missing(at, named)))
}

/// The words of the handlers for what is not there.
fn missing(at: At, named: &str) -> String {
    let bare = named.split(':').next().unwrap_or(named);
    match at {
        At::Region | At::Street => format!("region {bare}"),
        At::Plan | At::PlanStreet => format!("plan {bare}"),
        At::Compound => format!("compound {bare}"),
        At::Building => format!("building {bare}"),
        At::Unit | At::Anywhere | At::Whole | At::Asked => format!("unit {bare}"),
    }
}

/// Where a thing lies; several places, found one by one, when any of them will do. `None` when there is no such thing.
fn places<'a>(
    picture: &'a Picture,
    at: At,
    named: &str,
) -> Option<Box<dyn Iterator<Item = Place> + 'a>> {
    let bare = named.split(':').next().unwrap_or(named);
    let id = || Uuid::parse_str(bare).ok();
    let compound = |id| {
        let at = picture.compound_index(CompoundId::new(id))?;
        Some(picture.place_of_compound(at))
    };
    let building = |id| {
        let at = picture.building_index(BuildingId::new(id))?;
        Some(picture.place_of_building(at))
    };
    let place = match at {
        At::Region | At::Street => {
            let code: RegionCode = named.parse().ok()?;
            let code = match at {
                At::Street => code.at_level(RegionLevel::Street).unwrap_or(code),
                _ => code,
            };
            Place::region(code)
        }
        At::PlanStreet => Place::region(picture.plan(PlanId::new(id()?))?.plan.street),
        At::Plan => {
            let plan = picture.plan(PlanId::new(id()?))?;
            let whole = std::iter::once(Place::region(plan.plan.street));
            let areas = plan.areas.iter().map(|area| Place::region(area.community));
            let rows = plan.area_of_building.iter().map(|(row, _)| row);
            let units = rows.map(|row| picture.place_of_building(row));
            return Some(Box::new(whole.chain(areas).chain(units)));
        }
        At::Compound => compound(id()?)?,
        At::Building => building(id()?)?,
        At::Unit => id().and_then(|id| building(id).or_else(|| compound(id)))?,
        At::Anywhere | At::Whole | At::Asked => return Some(Box::new(std::iter::empty())),
    };
    Some(Box::new(std::iter::once(place)))
}
