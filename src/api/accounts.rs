//! Accounts and grants, for administrators.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Json, Path, Query, id_and_verb};
use crate::domain::access::{Grant, Scope};
use crate::services::Services;
use crate::services::accounts::{AccountView, Asker, LinkView, NewAccount, ScopeView};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// A scope in words.
pub(super) fn scope(text: &str) -> ApiResult<Scope> {
    text.parse().map_err(|error: crate::domain::access::ScopeError| {
        ApiError::bad_request(
            "scope_invalid",
            format!("范围“{}”有误：应为 12 位区划代码、everywhere、compound:编号、company:公司名 或 keeper:编号", error.0),
            error.to_string(),
        )
    })
}

/// A role at a place.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantBody {
    /// Role, as a word.
    pub role: String,
    /// Where: a region code, `everywhere`, `compound:UUID`, `company:NAME`, `keeper:UUID`.
    pub scope: String,
}

fn grant(body: &GrantBody) -> ApiResult<Grant> {
    Ok(Grant {
        role: body
            .role
            .parse()
            .map_err(|error: crate::domain::UnknownWord| {
                ApiError::bad_request(
                    "role_invalid",
                    format!("角色有误：{error}"),
                    error.to_string(),
                )
            })?,
        scope: scope(&body.scope)?,
    })
}

/// All accounts with their grants.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", responses((status = 200, body = Vec<AccountView>)))]
pub async fn list(State(services): State<Services>) -> ApiResult<axum::Json<Vec<AccountView>>> {
    Ok(axum::Json(services.accounts().await?))
}

/// What a scope is looked for by.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct ScopeQuery {
    /// Part of a name, or the beginning of a code.
    #[serde(default)]
    q: String,
}

/// Scopes to choose from: regions, compounds, companies, keepers; at most 40.
#[utoipa::path(get, path = "/api/v1/scopes", tag = "accounts", params(ScopeQuery),
    responses((status = 200, body = Vec<ScopeView>)))]
pub async fn scopes(
    State(services): State<Services>,
    Query(query): Query<ScopeQuery>,
) -> axum::Json<Vec<ScopeView>> {
    axum::Json(services.scopes(&query.q))
}

/// An account to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountBody {
    /// What is typed to sign in.
    pub login: String,
    /// Name.
    pub name: String,
    /// Roles.
    #[serde(default)]
    pub grants: Vec<GrantBody>,
}

/// Makes an account; the link for its password is shown once.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = AccountBody,
    responses((status = 201, body = LinkView), (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn make(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(body): Json<AccountBody>,
) -> ApiResult<(StatusCode, axum::Json<LinkView>)> {
    let ask = NewAccount {
        login: body.login,
        name: body.name,
        grants: body.grants.iter().map(grant).collect::<ApiResult<_>>()?,
    };
    let made = services
        .account_make(&asker.actor, &asker.origin, ask)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// `{id}:disable`, `{id}:enable`, `{id}:reset`.
#[utoipa::path(post, path = "/api/v1/accounts/{id}", tag = "accounts",
    params(("id" = String, Path, description = "`{id}:disable`, `{id}:enable` or `{id}:reset`")),
    responses((status = 200, body = LinkView, description = "the account; after `:reset` with a link"),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(target): Path<String>,
) -> ApiResult<Response> {
    let (id, verb) = id_and_verb(&target)?;
    let (by, origin) = (&asker.actor, asker.origin.as_str());
    Ok(match verb {
        Some("reset") => axum::Json(services.account_reset(by, origin, id).await?).into_response(),
        Some(verb @ ("enable" | "disable")) => {
            let enabled = verb == "enable";
            axum::Json(services.account_enable(by, origin, id, enabled).await?).into_response()
        }
        _ => return Err(ApiError::not_found(&target)),
    })
}

/// Grants a role, or proposes it where a security administrator has to approve.
#[utoipa::path(post, path = "/api/v1/accounts/{id}/grants", tag = "accounts",
    params(("id" = Uuid, Path, description = "the account")), request_body = GrantBody,
    responses((status = 200, body = AccountView), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn propose(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<GrantBody>,
) -> ApiResult<axum::Json<AccountView>> {
    let grant = grant(&body)?;
    let view = services
        .grant_propose(&asker.actor, &asker.origin, id, grant)
        .await?;
    Ok(axum::Json(view))
}

/// `{id}:approve` lets a proposed grant hold, `{id}:end` refuses or ends it.
#[utoipa::path(post, path = "/api/v1/grants/{id}", tag = "accounts",
    params(("id" = String, Path, description = "`{id}:approve` or `{id}:end`")),
    responses((status = 200, body = AccountView), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn decide(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(target): Path<String>,
) -> ApiResult<axum::Json<AccountView>> {
    use crate::domain::access::{Action, Object, Place};
    let (id, verb) = id_and_verb(&target)?;
    let approve = match verb {
        Some("approve") => true,
        Some("end") => false,
        _ => return Err(ApiError::not_found(&target)),
    };
    if approve {
        // Who keeps accounts proposes; only who watches over rights approves.
        let everywhere = Place::default();
        asker.require(Object::Accounts, Action::Approve, &everywhere, &target)?;
    }
    let view = services
        .grant_decide(&asker.actor, &asker.origin, id, approve)
        .await?;
    Ok(axum::Json(view))
}
