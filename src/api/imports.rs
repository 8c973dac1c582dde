//! Imports: drop a file, look at its columns, report, store, undo; rows that wait for a place.

use super::attachment::attachment;
use super::error::{ApiError, ApiResult, ProblemBody};
use super::etag;
use super::extract::{Json, Path, Query, id_and_verb};
use crate::domain::access::{Action, Grant, Object, Place, Scope, Verdict, rights};
use crate::domain::issue::State as IssueState;
use crate::domain::{HouseholdBasis, Import, ImportId, ImportKind, Problem, RegionCode, Severity};
use crate::formats::limits::MAX_UPLOAD_BYTES;
use crate::formats::{Cell, CellKind, Field, Table, TableColumn};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::importing::{ImportRequest, Region, Upload};
use crate::services::views::Page;
use axum::Extension;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use utoipa::ToSchema;
use uuid::Uuid;

/// Room for the form around the file.
const FORM_BYTES: u64 = 64 * 1024;
/// Longest text field of the form.
const MAX_FIELD_BYTES: usize = 64 * 1024;

/// Rows by what became of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountsView {
    read: u64,
    stored: u64,
    updated: u64,
    unchanged: u64,
    mended: u64,
    refused: u64,
    waiting: u64,
    warnings: u64,
}

/// An import in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    id: Uuid,
    kind: String,
    file_name: String,
    state: String,
    crs: Option<String>,
    source: Option<String>,
    created_at: DateTime<Utc>,
    created_by: String,
    counts: CountsView,
    summary_zh: String,
    summary_en: String,
}

/// Problems of one kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemGroup {
    code: String,
    severity: String,
    n: u64,
    text_zh: String,
    text_en: String,
}

/// Rows of a class.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassCount {
    class: String,
    n: u64,
}

/// The report of an import.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    summary_zh: String,
    summary_en: String,
    by_code: Vec<ProblemGroup>,
    #[schema(value_type = Vec<Object>)]
    problems: Vec<Problem>,
    total_problems: u64,
    next: Option<String>,
    taken: Vec<ClassCount>,
    left: Vec<ClassCount>,
}

/// An import with its report.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportDetail {
    #[serde(flatten)]
    import: ImportView,
    report: ReportView,
}

fn import_view(import: &Import) -> ImportView {
    let c = &import.report.counts;
    ImportView {
        id: import.id.uuid(),
        kind: import.kind.to_string(),
        file_name: import.file_name.clone(),
        state: import.state.to_string(),
        crs: import.crs.clone(),
        source: import.source.clone(),
        created_at: import.created_at,
        created_by: import.created_by.name.clone(),
        counts: CountsView {
            read: c.read,
            stored: c.stored,
            updated: c.updated,
            unchanged: c.unchanged,
            mended: c.mended,
            refused: c.refused,
            waiting: c.waiting,
            warnings: c.warnings,
        },
        summary_zh: import.report.summary_zh.clone(),
        summary_en: import.report.summary_en.clone(),
    }
}

fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Mended => "mended",
        Severity::Refused => "refused",
    }
}

/// Whether an import exists for somebody: one's own, or all for whoever may read everything.
fn is_seen(asker: &Asker, import: &Import) -> bool {
    import.created_by.id == asker.actor.id
        || asker
            .grants
            .verdict(Object::Imports, Action::Read, &Place::default())
            == Verdict::Allowed
}

async fn find(services: &Services, asker: &Asker, id: Uuid) -> ApiResult<Import> {
    let import = services.import_find(ImportId::new(id)).await?;
    if is_seen(asker, &import) {
        Ok(import)
    } else {
        Err(ApiError::not_found(&format!("import {id}")))
    }
}

/// Where somebody may import; `None` = everywhere.
fn within(asker: &Asker) -> Option<Vec<RegionCode>> {
    let able = |grant: &&Grant| rights(grant.role, Object::Imports).allows(Action::Create);
    let mut regions = Vec::new();
    for grant in asker.grants.iter().filter(able) {
        match grant.scope {
            Scope::Everywhere => return None,
            Scope::Region(code) => regions.push(code),
            _ => {}
        }
    }
    Some(regions)
}

/// Imports, newest first.
#[utoipa::path(get, path = "/api/v1/imports", tag = "imports", responses((status = 200, body = Page<ImportView>)))]
pub async fn list(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let items: Vec<ImportView> = services
        .imports()
        .await?
        .iter()
        .filter(|import| is_seen(&asker, import))
        .map(import_view)
        .collect();
    let picture = services.picture();
    let page = Page::whole(items, &picture);
    Ok(etag::json(&headers, &page))
}

/// Which part of the problems.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct ReportQuery {
    /// Items of a page, at most 1000.
    limit: Option<usize>,
    /// Where the page begins.
    cursor: Option<usize>,
    /// Only this severity: note, warning, mended or refused.
    severity: Option<String>,
}

/// An import with its report.
#[utoipa::path(get, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = String, Path, description = "identity"), ReportQuery),
    responses((status = 200, body = ImportDetail), (status = 404, body = ProblemBody)))]
pub async fn get(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<String>,
    Query(query): Query<ReportQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let (id, _) = id_and_verb(&id)?;
    let import = find(&services, &asker, id).await?;
    Ok(etag::json(&headers, &detail(&import, &query)))
}

fn detail(import: &Import, query: &ReportQuery) -> ImportDetail {
    let report = &import.report;
    let mut groups: BTreeMap<(u8, String), ProblemGroup> = BTreeMap::new();
    for problem in &report.problems {
        let rank = 3 - problem.severity as u8;
        let group = groups
            .entry((rank, problem.code.clone()))
            .or_insert_with(|| ProblemGroup {
                code: problem.code.clone(),
                severity: severity_word(problem.severity).into(),
                n: 0,
                text_zh: problem.zh.clone(),
                text_en: problem.en.clone(),
            });
        group.n += 1;
    }
    let wanted: Vec<&Problem> = report
        .problems
        .iter()
        .filter(|p| {
            query
                .severity
                .as_deref()
                .is_none_or(|word| word == severity_word(p.severity))
        })
        .collect();
    let start = query.cursor.unwrap_or(0).min(wanted.len());
    let end = start
        .saturating_add(query.limit.unwrap_or(200).clamp(1, 1000))
        .min(wanted.len());
    let classes = |of: &BTreeMap<String, u64>| {
        of.iter()
            .map(|(class, n)| ClassCount {
                class: class.clone(),
                n: *n,
            })
            .collect()
    };
    ImportDetail {
        import: import_view(import),
        report: ReportView {
            summary_zh: report.summary_zh.clone(),
            summary_en: report.summary_en.clone(),
            by_code: groups.into_values().collect(),
            total_problems: wanted.len() as u64,
            next: (end < wanted.len()).then(|| end.to_string()),
            problems: wanted[start..end]
                .iter()
                .map(|problem| (*problem).clone())
                .collect(),
            taken: classes(&report.taken),
            left: classes(&report.left),
        },
    }
}

/// Every problem as CSV: row, field, value, what to do.
#[utoipa::path(get, path = "/api/v1/imports/{id}/problems.csv", tag = "imports",
    params(("id" = Uuid, Path, description = "identity")),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404, body = ProblemBody)))]
pub async fn problems_csv(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(id): Path<Uuid>,
) -> ApiResult<Response> {
    let import = find(&services, &asker, id).await?;
    let bytes = problems_table(&import)?;
    let name = format!("import-{id}.csv");
    Ok(attachment(&name, "text/csv; charset=utf-8", bytes))
}

fn problems_table(import: &Import) -> ApiResult<Vec<u8>> {
    let column = |title: &str, kind| TableColumn::new(title, kind);
    let text = |value: &Option<String>| value.clone().map_or(Cell::Empty, Cell::Text);
    let table = Table {
        title: import.file_name.clone(),
        notes: vec![import.report.summary_zh.clone()],
        synthetic: false,
        columns: vec![
            column("行", CellKind::Integer),
            column("处理", CellKind::Text),
            column("字段", CellKind::Text),
            column("值", CellKind::Text),
            column("说明", CellKind::Text),
            column("explanation", CellKind::Text),
            column("code", CellKind::Text),
        ],
        rows: import
            .report
            .problems
            .iter()
            .map(|problem| {
                vec![
                    problem
                        .row
                        .map_or(Cell::Empty, |row| Cell::Integer(row as i64)),
                    Cell::Text(severity_word(problem.severity).into()),
                    text(&problem.field),
                    text(&problem.value),
                    Cell::Text(problem.zh.clone()),
                    Cell::Text(problem.en.clone()),
                    Cell::Text(problem.code.clone()),
                ]
            })
            .collect(),
    };
    let mut bytes = Vec::new();
    crate::formats::write_csv(&table, &mut bytes)
        .map_err(|error| crate::services::error::Error::Internal(error.to_string()))?;
    Ok(bytes)
}

/// An import that was started.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportStarted {
    /// The job.
    job_id: Uuid,
    /// The import (or dry run).
    import_id: Uuid,
}

/// The form of an upload (multipart).
#[derive(Debug, Default, ToSchema)]
#[allow(dead_code, reason = "documents the multipart form")]
pub struct ImportForm {
    /// The file; the parts of a loose shapefile as several fields of this name.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Instead of a file: the token of an inspection.
    token: Option<Uuid>,
    /// regions, grids, compounds, buildings, barriers, gates, housekeepers, issues.
    kind: String,
    /// Declared coordinate system; needed unless the file declares one.
    crs: Option<String>,
    /// Community code, or a name for a provisional region.
    region: Option<String>,
    /// JSON object: header → field (null leaves the column out).
    mapping: Option<String>,
    /// Worksheet, or shapefile of an archive.
    layer: Option<String>,
    /// registered, resident, dwellings, occupied, unstated.
    household_basis: Option<String>,
    /// As-of date of the counts.
    as_of: Option<NaiveDate>,
    /// Source of the data; of issues, the system that they are of.
    source: Option<String>,
    /// Issues: zone of times that name none (IANA name); `Asia/Shanghai` when absent.
    time_zone: Option<String>,
    /// Issues: JSON object: word of the file → state (`closed`, `disposing`, …).
    states: Option<String>,
    /// Report only.
    dry_run: bool,
}

/// Reads a file: a report (dry run), or stored rows.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 202, body = ImportStarted), (status = 413, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn create(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    request: Request,
) -> ApiResult<Response> {
    let form = receive(request).await?;
    let upload = match form.upload {
        Some(upload) => upload,
        None => {
            let token = form
                .get("token")
                .and_then(|token| Uuid::parse_str(token).ok());
            token
                .and_then(|token| services.import_desk().upload(token))
                .ok_or_else(|| {
                    ApiError::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "file_missing",
                        "缺少文件，或上传已过期，请重新选择文件",
                        "the file is missing or the upload has expired; choose it again",
                    )
                })?
        }
    };
    let form = form.fields;
    let get = |name: &str| {
        form.get(name)
            .map(String::as_str)
            .filter(|text| !text.trim().is_empty())
    };
    let kind = kind(get("kind"))?;
    let mapping = match get("mapping") {
        None => BTreeMap::new(),
        Some(text) => {
            serde_json::from_str::<BTreeMap<String, Option<Field>>>(text).map_err(|error| {
                ApiError::bad_request(
                    "mapping_invalid",
                    format!("列对应关系有误：{error}"),
                    error.to_string(),
                )
            })?
        }
    };
    let basis = match get("household_basis") {
        None => HouseholdBasis::Unstated,
        Some(word) => word.parse().map_err(|error: crate::domain::UnknownWord| {
            ApiError::bad_request(
                "household_basis_invalid",
                format!("户数口径有误：{error}"),
                error.to_string(),
            )
        })?,
    };
    let as_of = match get("as_of") {
        None => None,
        Some(text) => Some(text.parse::<NaiveDate>().map_err(|error| {
            ApiError::bad_request(
                "as_of_invalid",
                format!("日期“{text}”有误，应为 2023-01-31 的形式"),
                error.to_string(),
            )
        })?),
    };
    let time_zone = match get("time_zone") {
        None => chrono_tz::Asia::Shanghai,
        Some(name) => name
            .trim()
            .parse()
            .map_err(|_unknown: chrono_tz::ParseError| {
                ApiError::bad_request(
                    "time_zone_invalid",
                    format!("没有时区“{name}”，应如 Asia/Shanghai"),
                    format!("there is no time zone {name}; write it as Asia/Shanghai"),
                )
            })?,
    };
    let states = match get("states") {
        None => BTreeMap::new(),
        Some(text) => {
            serde_json::from_str::<BTreeMap<String, IssueState>>(text).map_err(|error| {
                ApiError::bad_request(
                    "states_invalid",
                    format!("状态对应有误：{error}"),
                    error.to_string(),
                )
            })?
        }
    };
    let ask = ImportRequest {
        path: upload.path.clone(),
        file_name: upload.name.clone(),
        kind,
        crs: get("crs").map(str::to_owned),
        region: get("region").and_then(Region::parse),
        mapping,
        layer: get("layer").map(str::to_owned),
        basis,
        as_of,
        source: get("source").map(str::to_owned),
        time_zone,
        states,
        dry_run: matches!(get("dry_run"), Some("true" | "1" | "on")),
        within: within(&asker),
    };
    let (job_id, import, _job) = services.import_start(&asker.actor, ask, Some(upload))?;
    Ok(etag::accepted(ImportStarted {
        job_id,
        import_id: import.uuid(),
    }))
}

fn kind(word: Option<&str>) -> ApiResult<ImportKind> {
    word.unwrap_or("")
        .parse()
        .map_err(|error: crate::domain::UnknownWord| {
            ApiError::bad_request("kind_invalid", "请选择数据种类（kind）", error.to_string())
        })
}

/// A column of an inspected file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    name: String,
    samples: Vec<String>,
    matched: Option<String>,
}

/// What a file looks like.
#[derive(Debug, Serialize, ToSchema)]
pub struct InspectionView {
    /// Token for `POST /imports` in place of the file.
    token: Uuid,
    file_name: String,
    format: String,
    declared_crs: Option<String>,
    declared_crs_text: Option<String>,
    encoding: Option<String>,
    layer: Option<String>,
    columns: Vec<ColumnView>,
    rows: Option<u64>,
    #[schema(value_type = Vec<Object>)]
    notes: Vec<Problem>,
}

/// Opens a file and tells its columns.
#[utoipa::path(post, path = "/api/v1/imports:inspect", tag = "imports",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 200, body = InspectionView), (status = 413, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn inspect(State(services): State<Services>, request: Request) -> ApiResult<Response> {
    let form = receive(request).await?;
    let token = form
        .get("token")
        .and_then(|token| Uuid::parse_str(token).ok());
    let upload = match form
        .upload
        .clone()
        .or_else(|| token.and_then(|token| services.import_desk().upload(token)))
    {
        Some(upload) => upload,
        None => {
            return Err(ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "file_missing",
                "缺少文件",
                "the file is missing",
            ));
        }
    };
    let kind = match form.get("kind") {
        Some(word) => kind(Some(word))?,
        None => ImportKind::Compounds,
    };
    let layer = form.get("layer").cloned();
    let (opened, declared) = services.import_inspect(upload.clone(), kind, layer).await?;
    let token = token.unwrap_or_else(|| services.import_desk().keep(upload.clone()));
    let view = InspectionView {
        token,
        file_name: upload.name.clone(),
        format: word(&opened.format),
        declared_crs: declared.map(crate::crs::Crs::id),
        declared_crs_text: opened.declared_crs.clone(),
        encoding: opened.encoding.clone(),
        layer: opened.layer.clone(),
        columns: opened
            .columns
            .iter()
            .map(|column| ColumnView {
                name: column.name.clone(),
                samples: column.samples.clone(),
                matched: column.matched.map(|field| word(&field)),
            })
            .collect(),
        rows: opened.rows_hint,
        notes: opened.notes.clone(),
    };
    Ok(axum::Json(view).into_response())
}

/// The serde word of a unit enum.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A field that a column can be matched to.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    field: String,
    label_zh: String,
    label_en: String,
    required: bool,
}

/// What is imported.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub struct KindQuery {
    /// regions, grids, compounds, buildings, barriers, gates, housekeepers, issues.
    kind: Option<String>,
}

/// Fields that columns of a kind can be matched to.
#[utoipa::path(get, path = "/api/v1/imports/fields", tag = "imports", params(KindQuery),
    responses((status = 200, body = Vec<FieldView>), (status = 400, body = ProblemBody)))]
pub async fn fields(Query(query): Query<KindQuery>, headers: HeaderMap) -> ApiResult<Response> {
    let kind = kind(query.kind.as_deref())?;
    let list: Vec<FieldView> = Field::of(kind)
        .iter()
        .map(|field| FieldView {
            field: word(field),
            label_zh: field.label_zh().to_owned(),
            label_en: field.label_en().to_owned(),
            required: field.required(kind),
        })
        .collect();
    Ok(etag::json(&headers, &list))
}

/// What was undone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Undone {
    /// Rows put back or removed.
    rows: u64,
}

/// `{id}:undo` takes an import back; refused with the list of later changes to the same rows.
#[utoipa::path(post, path = "/api/v1/imports/{id}", tag = "imports",
    params(("id" = String, Path, description = "`{id}:undo`")),
    responses((status = 200, body = Undone), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(target): Path<String>,
) -> ApiResult<Response> {
    match id_and_verb(&target)? {
        (id, Some("undo")) => {
            find(&services, &asker, id).await?;
            let rows = services
                .import_undo(&asker.actor, ImportId::new(id))
                .await?;
            Ok(axum::Json(Undone { rows }).into_response())
        }
        _ => Err(ApiError::not_found(&target)),
    }
}

/// A row that waits for a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    id: Uuid,
    kind: String,
    name: String,
    row: u64,
    import_id: Uuid,
    community: Option<String>,
    properties: BTreeMap<String, String>,
}

/// Rows that wait for a place on the map.
#[utoipa::path(get, path = "/api/v1/waiting", tag = "imports", params(KindQuery),
    responses((status = 200, body = Page<WaitingView>)))]
pub async fn waiting(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Query(query): Query<KindQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let wanted = query
        .kind
        .as_deref()
        .map(|word| kind(Some(word)))
        .transpose()?;
    let seen: HashSet<ImportId> = services
        .imports()
        .await?
        .iter()
        .filter(|import| is_seen(&asker, import))
        .map(|import| import.id)
        .collect();
    let items: Vec<WaitingView> = services
        .waiting()
        .await?
        .into_iter()
        .filter(|row| seen.contains(&row.import))
        .filter(|row| wanted.is_none_or(|kind| kind == row.kind))
        .map(|row| WaitingView {
            id: row.id.uuid(),
            kind: row.kind.to_string(),
            name: row.name,
            row: row.row,
            import_id: row.import.uuid(),
            community: row.community.map(|code| code.to_string()),
            properties: row.properties,
        })
        .collect();
    let picture = services.picture();
    let page = Page::whole(items, &picture);
    Ok(etag::json(&headers, &page))
}

/// Where a waiting row belongs.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct PlaceBody {
    /// Longitude, degrees, WGS 84; only for `:place`.
    lon: Option<f64>,
    /// Latitude, degrees, WGS 84; only for `:place`.
    lat: Option<f64>,
}

/// `{id}:place` puts a waiting row on the map, `{id}:dismiss` puts it aside.
#[utoipa::path(post, path = "/api/v1/waiting/{id}", tag = "imports",
    params(("id" = String, Path, description = "`{id}:place` or `{id}:dismiss`")),
    request_body = PlaceBody,
    responses((status = 204), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)))]
pub async fn waiting_act(
    State(services): State<Services>,
    Extension(asker): Extension<Arc<Asker>>,
    Path(target): Path<String>,
    Json(body): Json<PlaceBody>,
) -> ApiResult<StatusCode> {
    let (id, verb) = id_and_verb(&target)?;
    let waiting = services.waiting().await?;
    let import = waiting
        .iter()
        .find(|row| row.id.uuid() == id)
        .map(|row| row.import.uuid());
    let missing = || ApiError::not_found(&format!("waiting row {id}"));
    find(&services, &asker, import.ok_or_else(missing)?)
        .await
        .map_err(|_hidden| missing())?;
    let actor = asker.actor.clone();
    let id = crate::domain::WaitingId::new(id);
    match (verb, body.lon, body.lat) {
        (Some("place"), Some(lon), Some(lat)) => {
            services
                .waiting_place(&actor, id, [lon, lat], within(&asker).as_deref())
                .await?;
        }
        (Some("place"), ..) => {
            return Err(ApiError::bad_request(
                "position_missing",
                "缺少位置 lon、lat",
                "lon and lat are missing",
            ));
        }
        (Some("dismiss"), ..) => services.waiting_dismiss(&actor, id).await?,
        _ => return Err(ApiError::not_found(&target)),
    }
    Ok(StatusCode::NO_CONTENT)
}

// ------------------------------------------------------------------ receiving a form

pub(super) struct Form {
    pub upload: Option<Arc<Upload>>,
    fields: BTreeMap<String, String>,
}

impl Form {
    fn get(&self, name: &str) -> Option<&String> {
        self.fields.get(name)
    }
}

fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "upload_too_large",
        format!(
            "文件超过 {} MB 上限，请拆分后再导入",
            MAX_UPLOAD_BYTES >> 20
        ),
        format!(
            "the file exceeds the limit of {} MB; split it",
            MAX_UPLOAD_BYTES >> 20
        ),
    )
}

/// Writes the file of a form to a private folder as it arrives; refuses what is too large from its length at once.
pub(super) async fn receive(mut request: Request) -> ApiResult<Form> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_UPLOAD_BYTES + FORM_BYTES) {
        return Err(too_large());
    }
    // The router's limit is for JSON bodies; an upload has its own.
    DefaultBodyLimit::max((MAX_UPLOAD_BYTES + FORM_BYTES) as usize).apply(&mut request);
    let mut multipart = Multipart::from_request(request, &())
        .await
        .map_err(not_a_form)?;
    let mut form = Form {
        upload: None,
        fields: BTreeMap::new(),
    };
    let mut dir = None;
    let mut files: Vec<(std::path::PathBuf, String)> = Vec::new();
    let mut received = 0u64;
    while let Some(mut part) = multipart.next_field().await.map_err(broken_form)? {
        let name = part.name().unwrap_or("").to_owned();
        let Some(file_name) = part.file_name().map(str::to_owned) else {
            let mut bytes = Vec::new();
            while let Some(chunk) = part.chunk().await.map_err(broken_form)? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > MAX_FIELD_BYTES {
                    return Err(ApiError::bad_request(
                        "field_too_long",
                        format!("字段 {name} 过长"),
                        format!("the field {name} is too long"),
                    ));
                }
            }
            form.fields
                .insert(name, String::from_utf8_lossy(&bytes).into_owned());
            continue;
        };
        if files.len() >= 16 {
            return Err(ApiError::bad_request(
                "too_many_files",
                "一次最多上传 16 个文件",
                "at most 16 files at once",
            ));
        }
        let dir = match &mut dir {
            Some(dir) => dir,
            none => none.insert(tempfile::tempdir().map_err(disk)?),
        };
        // The name on disk is ours; only the extension is taken, and only if it is plain.
        let safe = safe_name(&file_name);
        let path = dir.path().join(&safe);
        let mut file = tokio::fs::File::create(&path).await.map_err(disk)?;
        while let Some(chunk) = part.chunk().await.map_err(broken_form)? {
            received += chunk.len() as u64;
            if received > MAX_UPLOAD_BYTES {
                return Err(too_large());
            }
            file.write_all(&chunk).await.map_err(disk)?;
        }
        file.flush().await.map_err(disk)?;
        files.push((path, file_name));
    }
    if let Some(dir) = dir {
        let main = files
            .iter()
            .find(|(path, _)| {
                path.extension()
                    .is_some_and(|ext| ext.eq_ignore_ascii_case("shp"))
            })
            .or_else(|| files.first());
        if let Some((path, name)) = main {
            form.upload = Some(Arc::new(Upload {
                dir,
                path: path.clone(),
                name: name.clone(),
            }));
        }
    }
    Ok(form)
}

/// `data.EXT`, so that the parts of a shapefile share a stem and no path of the client is used.
fn safe_name(name: &str) -> String {
    let extension: String = name
        .rsplit_once('.')
        .map(|(_, ext)| {
            ext.chars()
                .filter(char::is_ascii_alphanumeric)
                .take(8)
                .collect()
        })
        .unwrap_or_default();
    if extension.is_empty() {
        "data".into()
    } else {
        format!("data.{}", extension.to_ascii_lowercase())
    }
}

fn not_a_form(rejection: MultipartRejection) -> ApiError {
    let text = rejection.body_text();
    ApiError::bad_request(
        "form_invalid",
        format!("应以 multipart/form-data 上传：{text}"),
        text,
    )
}

fn broken_form(error: axum::extract::multipart::MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    let text = error.body_text();
    ApiError::bad_request("form_broken", format!("上传中断或格式有误：{text}"), text)
}

fn disk(error: std::io::Error) -> ApiError {
    tracing::error!(%error, "upload.disk");
    ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "disk_full",
        format!("无法写入临时文件（{error}），请清理磁盘后重试"),
        format!("cannot write the temporary file ({error}); free some disk space and try again"),
    )
}
