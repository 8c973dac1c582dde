//! Signing in and out, one's own password, second factor and tokens.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Json, Path};
use super::guard::{Origin, SESSION_COOKIE};
use crate::services::Services;
use crate::services::accounts::{
    Asker, DemoAccountView, NewToken, SecondFactorView, SessionView, SignIn, SignedIn, TokenMade,
    TokenView,
};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// Tells a browser that signed in before from a stranger's; says nothing of who it was.
const DEVICE_COOKIE: &str = "gk_browser";
/// Days that a browser is known.
const DEVICE_DAYS: i64 = 180;

/// Who asks.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", responses((status = 200, body = SessionView)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<SessionView>> {
    Ok(axum::Json(services.session_view(&asker).await?))
}

/// What is typed to sign in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// Login.
    pub login: String,
    /// Password; empty for an account of the demo.
    #[serde(default)]
    pub password: String,
    /// Six digits of the second factor, where there is one.
    pub code: Option<String>,
}

/// Signs in. Every failure is answered alike.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignInBody,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody), (status = 429, body = ProblemBody)))]
pub async fn sign_in(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    jar: CookieJar,
    Json(body): Json<SignInBody>,
) -> ApiResult<(CookieJar, axum::Json<SessionView>)> {
    let ask = SignIn {
        login: body.login,
        password: body.password,
        code: body.code,
        origin: origin.text(),
        device: jar
            .get(DEVICE_COOKIE)
            .map(|cookie| cookie.value().to_owned()),
    };
    Ok(signed_in(
        &services,
        jar,
        origin,
        services.sign_in(ask).await?,
    ))
}

fn signed_in(
    services: &Services,
    jar: CookieJar,
    origin: Origin,
    done: SignedIn,
) -> (CookieJar, axum::Json<SessionView>) {
    let hours = i64::from(services.config().security.session_hours);
    let mut jar = jar.add(cookie(SESSION_COOKIE, done.token, origin, hours * 3600));
    if !done.device.is_empty() {
        jar = jar.add(cookie(
            DEVICE_COOKIE,
            done.device,
            origin,
            DEVICE_DAYS * 86_400,
        ));
    }
    (jar, axum::Json(done.view))
}

fn cookie(name: &'static str, value: String, origin: Origin, seconds: i64) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(origin.secure)
        .same_site(SameSite::Strict)
        .max_age(time::Duration::seconds(seconds))
        .build()
}

fn gone(jar: CookieJar) -> CookieJar {
    jar.remove(Cookie::build(SESSION_COOKIE).path("/").build())
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204), (status = 401, body = ProblemBody)))]
pub async fn sign_out(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    jar: CookieJar,
) -> ApiResult<(CookieJar, StatusCode)> {
    services.sign_out(&asker, false).await?;
    Ok((gone(jar), StatusCode::NO_CONTENT))
}

/// Signs out on every computer.
#[utoipa::path(delete, path = "/api/v1/session/everywhere", tag = "session",
    responses((status = 204), (status = 401, body = ProblemBody)))]
pub async fn sign_out_everywhere(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    jar: CookieJar,
) -> ApiResult<(CookieJar, StatusCode)> {
    services.sign_out(&asker, true).await?;
    Ok((gone(jar), StatusCode::NO_CONTENT))
}

/// Accounts of the demo; none outside it.
#[utoipa::path(get, path = "/api/v1/session/demo", tag = "session", responses((status = 200, body = Vec<DemoAccountView>)))]
pub async fn demo(State(services): State<Services>) -> ApiResult<axum::Json<Vec<DemoAccountView>>> {
    Ok(axum::Json(services.demo_accounts().await?))
}

/// A new password with a one-time link.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WelcomeBody {
    /// What stands behind the point of the link's fragment.
    pub ticket: String,
    /// The new password.
    pub password: String,
    /// One's name; only the first administrator gives it.
    pub name: Option<String>,
}

/// Sets a password with a one-time link, and signs in.
#[utoipa::path(post, path = "/api/v1/session/welcome", tag = "session", request_body = WelcomeBody,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn welcome(
    State(services): State<Services>,
    Extension(origin): Extension<Origin>,
    jar: CookieJar,
    Json(body): Json<WelcomeBody>,
) -> ApiResult<(CookieJar, axum::Json<SessionView>)> {
    let done = services
        .ticket_use(
            &body.ticket,
            &body.password,
            body.name.as_deref(),
            &origin.text(),
        )
        .await?;
    Ok(signed_in(&services, jar, origin, done))
}

/// The old password and the new one.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The old one.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// Changes the own password. Every other session ends.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = PasswordBody,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn password(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Extension(origin): Extension<Origin>,
    jar: CookieJar,
    Json(body): Json<PasswordBody>,
) -> ApiResult<(CookieJar, axum::Json<SessionView>)> {
    let done = services
        .password_change(&asker, &body.old, &body.new)
        .await?;
    Ok(signed_in(&services, jar, origin, done))
}

/// Begins to set up a second factor.
#[utoipa::path(post, path = "/api/v1/session/second-factor", tag = "session",
    responses((status = 200, body = SecondFactorView), (status = 401, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn second_factor_begin(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<SecondFactorView>> {
    Ok(axum::Json(services.second_factor_begin(&asker).await?))
}

/// A code of the second factor.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits.
    pub code: String,
}

/// Switches the second factor on with its first code.
#[utoipa::path(put, path = "/api/v1/session/second-factor", tag = "session", request_body = CodeBody,
    responses((status = 200, body = SessionView), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn second_factor_confirm(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Extension(origin): Extension<Origin>,
    jar: CookieJar,
    Json(body): Json<CodeBody>,
) -> ApiResult<(CookieJar, axum::Json<SessionView>)> {
    let done = services.second_factor_confirm(&asker, &body.code).await?;
    Ok(signed_in(&services, jar, origin, done))
}

/// Tokens of one's own programs.
#[utoipa::path(get, path = "/api/v1/session/tokens", tag = "session",
    responses((status = 200, body = Vec<TokenView>), (status = 401, body = ProblemBody)))]
pub async fn tokens(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
) -> ApiResult<axum::Json<Vec<TokenView>>> {
    Ok(axum::Json(services.tokens(&asker).await?))
}

/// A token to be made.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// What it is for.
    pub name: String,
    /// Where its rights hold at most: a region code, `everywhere`, `compound:UUID`, `company:NAME`.
    pub scope: String,
    /// Whether it may only look.
    pub read_only: bool,
    /// Its life, 1 to 366 days.
    pub days: u32,
}

/// Makes a token; its text is shown once.
#[utoipa::path(post, path = "/api/v1/session/tokens", tag = "session", request_body = TokenBody,
    responses((status = 201, body = TokenMade), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn token_make(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<TokenBody>,
) -> ApiResult<(StatusCode, axum::Json<TokenMade>)> {
    let ask = NewToken {
        name: body.name,
        scope: super::accounts::scope(&body.scope)?,
        read_only: body.read_only,
        days: body.days,
    };
    let made = services.token_make(&asker, ask).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Ends a token.
#[utoipa::path(delete, path = "/api/v1/session/tokens/{id}", tag = "session",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 204), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn token_end(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services
        .token_end(&asker, id)
        .await
        .map_err(ApiError::from)?;
    Ok(StatusCode::NO_CONTENT)
}
