//! The single table from service errors to status codes and `application/problem+json`.
//!
//! Both languages travel with every error: the page shows the one it speaks.

use crate::domain::Problem;
use crate::services::error::Error;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Body of every error (RFC 9457).
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Stable identifier: `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short text for people.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong and how to mend it, in Chinese.
    pub detail: String,
    /// The same in English.
    pub detail_en: String,
    /// Single problems of an input, or what would be allowed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Problem>,
    /// What would be allowed, or what is in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// An error on its way out.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: String,
    zh: String,
    en: String,
    problems: Vec<Problem>,
    details: Vec<String>,
    retry_after_s: Option<u32>,
}

/// Result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error with a status, a stable code and both texts.
    pub fn new(
        status: StatusCode,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.to_owned(),
            zh: zh.into(),
            en: en.into(),
            problems: Vec::new(),
            details: Vec::new(),
            retry_after_s: None,
        }
    }

    /// 404 for a thing that is named.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("未找到：{what}"),
            format!("not found: {what}"),
        )
    }

    /// 429 with the seconds to wait.
    pub fn too_many(wait_s: u32) -> Self {
        Self {
            retry_after_s: Some(wait_s),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many",
                format!("尝试过于频繁，请 {} 分钟后再试", wait_s.div_ceil(60)),
                format!("too many tries; again in {} minutes", wait_s.div_ceil(60)),
            )
        }
    }

    /// The status, and what is wrong in English and Chinese, problem by problem: for formats of others.
    pub(super) fn plainly(&self) -> (StatusCode, Vec<String>) {
        let say = |en: &str, zh: &str| format!("{en} / {zh}");
        let mut texts: Vec<String> = self
            .problems
            .iter()
            .map(|problem| {
                let field = problem.field.as_deref().map(|field| format!("{field}: "));
                say(
                    &format!("{}{}", field.unwrap_or_default(), problem.en),
                    &problem.zh,
                )
            })
            .collect();
        if texts.is_empty() {
            texts.push(say(&self.en, &self.zh));
        }
        (self.status, texts)
    }

    /// Seconds after which to try again.
    pub(super) const fn retry_after_s(&self) -> Option<u32> {
        self.retry_after_s
    }

    /// 400 for a parameter.
    pub fn bad_request(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, zh, en)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(what) => Self::not_found(&what),
            Error::Conflict {
                code,
                zh,
                en,
                details,
            } => Self {
                details,
                ..Self::new(StatusCode::CONFLICT, code, zh, en)
            },
            Error::Invalid(problems) => {
                let (code, zh, en) = problems.first().map_or_else(
                    || {
                        (
                            "invalid".to_owned(),
                            "输入有误".to_owned(),
                            "the input is wrong".to_owned(),
                        )
                    },
                    |first| (first.code.clone(), first.zh.clone(), first.en.clone()),
                );
                Self {
                    problems,
                    ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, &code, zh, en)
                }
            }
            Error::Unauthorized { code, zh, en } => {
                Self::new(StatusCode::UNAUTHORIZED, code, zh, en)
            }
            Error::Forbidden { code, zh, en } => Self::new(StatusCode::FORBIDDEN, code, zh, en),
            Error::TooMany { wait_s } => Self::too_many(wait_s),
            Error::Busy(what) => Self {
                retry_after_s: Some(2),
                ..Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "busy",
                    format!("正忙，请稍后再试：{what}"),
                    format!("busy, try again: {what}"),
                )
            },
            Error::Unavailable(why) => {
                tracing::error!(error = %why, "database.unavailable");
                Self {
                    retry_after_s: Some(5),
                    ..Self::new(
                        StatusCode::SERVICE_UNAVAILABLE,
                        "unavailable",
                        "数据库暂不可用，请稍后再试；已读入的数据仍可查看",
                        "the database is unavailable, try again; what is loaded can still be read",
                    )
                }
            }
            Error::Internal(why) => {
                tracing::error!(error = %why, "internal");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "内部错误，详见日志",
                    "internal error, see the log",
                )
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("/problems/{}", self.code),
            title: self.status.canonical_reason().unwrap_or("error").to_owned(),
            status: self.status.as_u16(),
            detail: self.zh,
            detail_en: self.en,
            problems: self.problems,
            details: self.details,
        };
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
