//! What issues are measured by: categories, calendar, routing rules.

use super::error::{ApiResult, ProblemBody};
use super::extract::Json;
use crate::domain::issue::{Category, Place, RoutingRule, WorkCalendar};
use crate::services::Services;
use crate::services::issues::RoutedView;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

/// The categories.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoriesBody {
    /// All of them; a parent is named by its code.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<Category>,
}

/// The tree of categories with their questions and limits.
#[utoipa::path(get, path = "/api/v1/issue-categories", tag = "issues", responses((status = 200, body = CategoriesBody)))]
pub async fn categories(State(services): State<Services>) -> axum::Json<CategoriesBody> {
    let catalog = services.issues().catalog();
    axum::Json(CategoriesBody {
        items: catalog.tree.all().to_vec(),
    })
}

/// Replaces the tree; time limits of open issues are computed anew.
#[utoipa::path(put, path = "/api/v1/issue-categories", tag = "issues", request_body = CategoriesBody,
    responses((status = 204), (status = 422, body = ProblemBody)))]
pub async fn set_categories(
    State(services): State<Services>,
    Json(body): Json<CategoriesBody>,
) -> ApiResult<StatusCode> {
    services.categories_set(body.items).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Working hours, weekdays and holidays.
#[utoipa::path(get, path = "/api/v1/work-calendar", tag = "issues", responses((status = 200, body = Object)))]
pub async fn calendar(State(services): State<Services>) -> axum::Json<WorkCalendar> {
    axum::Json(services.issues().catalog().calendar.clone())
}

/// Replaces the calendar; time limits of open issues are computed anew.
#[utoipa::path(put, path = "/api/v1/work-calendar", tag = "issues", request_body = Object,
    responses((status = 204), (status = 422, body = ProblemBody)))]
pub async fn set_calendar(
    State(services): State<Services>,
    Json(calendar): Json<WorkCalendar>,
) -> ApiResult<StatusCode> {
    services.calendar_set(calendar).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The routing rules.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesBody {
    /// All of them.
    #[schema(value_type = Vec<Object>)]
    pub items: Vec<RoutingRule>,
}

/// Which body is responsible for what, where.
#[utoipa::path(get, path = "/api/v1/routing-rules", tag = "issues", responses((status = 200, body = RulesBody)))]
pub async fn rules(State(services): State<Services>) -> axum::Json<RulesBody> {
    axum::Json(RulesBody {
        items: services.issues().catalog().rules.clone(),
    })
}

/// Replaces the rules.
#[utoipa::path(put, path = "/api/v1/routing-rules", tag = "issues", request_body = RulesBody,
    responses((status = 204), (status = 422, body = ProblemBody)))]
pub async fn set_rules(
    State(services): State<Services>,
    Json(body): Json<RulesBody>,
) -> ApiResult<StatusCode> {
    services.rules_set(body.items).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A question to the rules.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhoBody {
    /// Code of the category.
    pub category: String,
    /// Where.
    #[schema(value_type = Object)]
    pub place: Place,
}

/// Who would get this?
#[utoipa::path(post, path = "/api/v1/routing-rules:test", tag = "issues", request_body = WhoBody,
    responses((status = 200, body = RoutedView), (status = 422, body = ProblemBody)))]
pub async fn who(
    State(services): State<Services>,
    Json(body): Json<WhoBody>,
) -> ApiResult<axum::Json<RoutedView>> {
    Ok(axum::Json(
        services.issue_route(&body.category, &body.place)?,
    ))
}
