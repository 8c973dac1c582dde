//! A plan as a file: CSV, XLSX, GeoJSON or PDF.

use super::error::{ApiError, ApiResult, ProblemBody};
use super::extract::Path;
use crate::services::Services;
use crate::services::exports::ExportFormat;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

/// `areas.csv`, `areas.xlsx`, `areas.geojson` or `areas.pdf` of a plan; marked when the data are synthetic.
#[utoipa::path(get, path = "/api/v1/plans/{id}/export/{file}", tag = "plans",
    params(("id" = Uuid, Path, description = "plan"), ("file" = String, Path, description = "areas.csv, areas.xlsx, areas.geojson, areas.pdf")),
    responses((status = 200, description = "the file", body = Vec<u8>), (status = 404, body = ProblemBody)))]
pub async fn areas_file(
    State(services): State<Services>,
    Path((id, file)): Path<(Uuid, String)>,
) -> ApiResult<Response> {
    let format = file
        .strip_prefix("areas.")
        .and_then(ExportFormat::from_extension)
        .ok_or_else(|| ApiError::not_found(&file))?;
    let bytes = services.export_plan(id, format).await?;
    let name = format!("attachment; filename=\"areas-{id}.{}\"", format.extension());
    Ok(([(header::CONTENT_TYPE, format.content_type().to_owned()), (header::CONTENT_DISPOSITION, name)], bytes)
        .into_response())
}
