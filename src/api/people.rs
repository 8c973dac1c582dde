//! The roster, organisations of compounds, assessments.
//!
//! Invariant: no parameter sorts people by a score.

use super::attachment::attachment;
use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::{Json, Path, Query};
use crate::domain::RegionCode;
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::export_approval::ExportRequestView;
use crate::services::exports::ExportFormat;
use crate::services::people::{
    AppointmentAct, AssessmentAct, AssessmentFiguresView, AssessmentsView, KeeperCardView,
    NewMentorGroup, NewOrganisation, NewScore, NewTraining, RosterQuery, RosterView, TriadsView,
    people_key,
};
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// What was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MadeView {
    /// Identity.
    pub id: Uuid,
}

/// Vacancies, people and what they lack.
#[utoipa::path(get, path = "/api/v1/people", tag = "roster", params(RosterQuery),
    responses((status = 200, body = RosterView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<RosterQuery>,
) -> ApiResult<axum::Json<RosterView>> {
    Ok(axum::Json(services.roster(&asker, &query).await?))
}

/// The card of one: history, leave, kit, training, mentors.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 200, body = KeeperCardView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn card(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<axum::Json<KeeperCardView>> {
    Ok(axum::Json(services.keeper_card(&asker, id).await?))
}

/// A consent.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    /// Day on which the keeper agreed, not after today.
    pub on: NaiveDate,
}

/// The keeper agreed that name and duty number are public while the post lasts. The notices of their doors have to be
/// printed anew.
#[utoipa::path(put, path = "/api/v1/people/{id}/consent", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")), request_body = ConsentBody,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn consent(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<ConsentBody>,
) -> ApiResult<StatusCode> {
    services.keeper_consent_note(&asker, id, body.on).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The keeper no longer agrees: not named on any door or page any more, the photo is gone. For those who keep the
/// roster, and keepers themselves.
#[utoipa::path(delete, path = "/api/v1/people/{id}/consent", tag = "roster",
    params(("id" = Uuid, Path, description = "housekeeper")),
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn consent_withdraw(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.keeper_consent_withdraw(&asker, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends an appointment, or notes terms, leave, cover, kit, area.
#[utoipa::path(post, path = "/api/v1/appointments/{id}/acts", tag = "roster",
    params(("id" = Uuid, Path, description = "appointment")), request_body = AppointmentAct,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(act): Json<AppointmentAct>,
) -> ApiResult<StatusCode> {
    services.appointment_act(&asker, id, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Notes a training and who came.
#[utoipa::path(post, path = "/api/v1/trainings", tag = "roster", request_body = NewTraining,
    responses((status = 201, body = MadeView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn training(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(new): Json<NewTraining>,
) -> ApiResult<(StatusCode, axum::Json<MadeView>)> {
    let id = services.training_add(&asker, new).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeView { id })))
}

/// Makes a mentoring group.
#[utoipa::path(post, path = "/api/v1/mentor-groups", tag = "roster", request_body = NewMentorGroup,
    responses((status = 201, body = MadeView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 422, body = ProblemBody)))]
pub async fn mentors(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(new): Json<NewMentorGroup>,
) -> ApiResult<(StatusCode, axum::Json<MadeView>)> {
    let id = services.mentor_group_add(&asker, new).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeView { id })))
}

/// Ends a mentoring group today.
#[utoipa::path(delete, path = "/api/v1/mentor-groups/{id}", tag = "roster",
    params(("id" = Uuid, Path, description = "group")),
    responses((status = 204), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn mentors_end(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<StatusCode> {
    services.mentor_group_end(&asker, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn region(code: &str) -> ApiResult<RegionCode> {
    code.parse().map_err(|_no_code| ApiError::not_found(code))
}

/// Why a list of people is taken out.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ReasonQuery {
    /// 4 to 200 characters; goes onto the file and into the audit log.
    reason: Option<String>,
}

/// `roster.csv|xlsx`: the roster of a region, with reason and watermark; many rows need a second person.
#[utoipa::path(get, path = "/api/v1/regions/{code}/people/{file}", tag = "roster",
    params(("code" = String, Path, description = "12-digit code"), ("file" = String, Path, description = "roster.csv, roster.xlsx"), ReasonQuery),
    responses((status = 200, description = "the file", body = Vec<u8>), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn file(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path((code, file)): Path<(String, String)>,
    Query(query): Query<ReasonQuery>,
) -> ApiResult<Response> {
    let unknown = || ApiError::not_found(&file);
    let ("roster", extension) = file.split_once('.').ok_or_else(unknown)? else {
        return Err(unknown());
    };
    let format = ExportFormat::from_extension(extension).ok_or_else(unknown)?;
    let code = region(&code)?;
    let reason = query.reason.as_deref().unwrap_or("");
    let bytes = services.roster_export(&asker, code, format, reason).await?;
    let name = format!("roster-{code}.{}", format.extension());
    Ok(attachment(&name, format.content_type(), bytes))
}

/// The request for the roster of this region that waits for a second person, or was agreed to.
#[utoipa::path(get, path = "/api/v1/regions/{code}/people-request", tag = "roster",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = Option<ExportRequestView>), (status = 404, body = ProblemBody)))]
pub async fn request(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<Option<ExportRequestView>>> {
    Ok(axum::Json(
        services.export_request(&asker, people_key(region(&code)?)),
    ))
}

/// Agrees to the request of somebody else.
#[utoipa::path(post, path = "/api/v1/regions/{code}/people-request", tag = "roster",
    params(("code" = String, Path, description = "12-digit code")),
    responses((status = 200, body = ExportRequestView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody)))]
pub async fn agree(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(code): Path<String>,
) -> ApiResult<axum::Json<ExportRequestView>> {
    let view = services
        .export_approve(&asker, people_key(region(&code)?))
        .await?;
    Ok(axum::Json(view))
}

/// Which region.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RegionQuery {
    /// 12-digit code; everything in one's scope when absent.
    region: Option<String>,
}

/// What compounds have and lack: branch, secretary, guide, owners' committee, property company.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "roster", params(RegionQuery),
    responses((status = 200, body = TriadsView), (status = 404, body = ProblemBody)))]
pub async fn organisations(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<RegionQuery>,
) -> ApiResult<axum::Json<TriadsView>> {
    let view = services.triads(&asker, query.region.as_deref()).await?;
    Ok(axum::Json(view))
}

/// Enters an organisation of a compound; the one before of its kind ends the day before.
#[utoipa::path(post, path = "/api/v1/compounds/{id}/organisations", tag = "roster",
    params(("id" = Uuid, Path, description = "compound")), request_body = NewOrganisation,
    responses((status = 201, body = MadeView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn organisation(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(new): Json<NewOrganisation>,
) -> ApiResult<(StatusCode, axum::Json<MadeView>)> {
    let id = services.organisation_add(&asker, id, new).await?;
    Ok((StatusCode::CREATED, axum::Json(MadeView { id })))
}

/// The last day of something.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LastDayBody {
    /// Last day.
    pub last: NaiveDate,
}

/// Ends an organisation.
#[utoipa::path(post, path = "/api/v1/organisations/{id}/end", tag = "roster",
    params(("id" = Uuid, Path, description = "organisation")), request_body = LastDayBody,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn organisation_end(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(body): Json<LastDayBody>,
) -> ApiResult<StatusCode> {
    services.organisation_end(&asker, id, body.last).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which quarter, where.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PeriodQuery {
    /// 12-digit code; everything in one's scope when absent.
    region: Option<String>,
    /// Quarter, for example `2026Q3`; the last one that is over when absent.
    period: Option<String>,
}

/// Assessments in one's scope, by place and name; a keeper's own with the median of their community.
#[utoipa::path(get, path = "/api/v1/assessments", tag = "roster", params(PeriodQuery),
    responses((status = 200, body = AssessmentsView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn assessments(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<AssessmentsView>> {
    let (region, period) = (query.region.as_deref(), query.period.as_deref());
    Ok(axum::Json(
        services.assessments(&asker, region, period).await?,
    ))
}

/// A judge enters a score.
#[utoipa::path(post, path = "/api/v1/assessments", tag = "roster", request_body = NewScore,
    responses((status = 200, body = MadeView), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn score(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Json(new): Json<NewScore>,
) -> ApiResult<axum::Json<MadeView>> {
    let id = services.assessment_score(&asker, new).await?;
    Ok(axum::Json(MadeView { id }))
}

/// Tells the keeper, appeals, answers, finishes.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/acts", tag = "roster",
    params(("id" = Uuid, Path, description = "assessment")), request_body = AssessmentAct,
    responses((status = 204), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn assessment_act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
    Json(act): Json<AssessmentAct>,
) -> ApiResult<StatusCode> {
    services.assessment_act(&asker, id, act).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How grades are spread in each street, without people; hidden below five.
#[utoipa::path(get, path = "/api/v1/assessment-figures", tag = "roster", params(PeriodQuery),
    responses((status = 200, body = AssessmentFiguresView), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn assessment_figures(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<AssessmentFiguresView>> {
    let (region, period) = (query.region.as_deref(), query.period.as_deref());
    Ok(axum::Json(
        services.assessment_figures(&asker, region, period).await?,
    ))
}
