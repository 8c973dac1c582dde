//! Service errors, shaped by what the caller can do about them.
//!
//! No HTTP word and no SQL word here: `api/error.rs` turns these into responses.

use crate::domain::Problem;

/// Why a use case did not happen. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it lies outside the actor's scope.
    #[error("not found: {0}")]
    NotFound(String),
    /// The state of things does not allow it now.
    #[error("{en}")]
    Conflict {
        /// Stable identifier.
        code: &'static str,
        /// Chinese text.
        zh: String,
        /// English text.
        en: String,
        /// What would be allowed, or what is in the way.
        details: Vec<String>,
    },
    /// The input is wrong.
    #[error("{}", .0.first().map_or("invalid input", |problem| problem.en.as_str()))]
    Invalid(Vec<Problem>),
    /// Nobody is signed in, or what was given proves nothing.
    #[error("{en}")]
    Unauthorized {
        /// Stable identifier.
        code: &'static str,
        /// Chinese text.
        zh: String,
        /// English text.
        en: String,
    },
    /// Seen, but not for this role, or one's own case.
    #[error("{en}")]
    Forbidden {
        /// Stable identifier.
        code: &'static str,
        /// Chinese text.
        zh: String,
        /// English text.
        en: String,
    },
    /// Too often; again after some seconds.
    #[error("too many tries; again in {wait_s} s")]
    TooMany {
        /// Seconds until the next try.
        wait_s: u32,
    },
    /// Try again later.
    #[error("busy: {0}")]
    Busy(String),
    /// The database does not answer.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A defect of ours; the text goes to the log, not to the client.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// Invalid input with one problem.
    pub fn invalid(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(
            crate::domain::Severity::Refused,
            code,
            zh,
            en,
        )])
    }

    /// Invalid input as an engine says it: “Chinese / English” in one text.
    pub fn bilingual(code: &str, text: &impl std::fmt::Display) -> Self {
        let text = text.to_string();
        let (zh, en) = text.split_once(" / ").unwrap_or((&text, &text));
        Self::invalid(code, zh, en)
    }

    /// Stable word of what is wrong.
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Conflict { code, .. }
            | Self::Unauthorized { code, .. }
            | Self::Forbidden { code, .. } => code,
            Self::Invalid(problems) => problems.first().map_or("invalid", |first| &first.code),
            Self::TooMany { .. } => "too_many",
            Self::Busy(_) => "busy",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What to tell people, in Chinese and English.
    pub fn texts(&self) -> (String, String) {
        match self {
            Self::Conflict { zh, en, .. }
            | Self::Unauthorized { zh, en, .. }
            | Self::Forbidden { zh, en, .. } => (zh.clone(), en.clone()),
            Self::Invalid(problems) => problems.first().map_or_else(
                || ("输入有误".to_owned(), "the input is wrong".to_owned()),
                |problem| (problem.zh.clone(), problem.en.clone()),
            ),
            other => (other.to_string(), other.to_string()),
        }
    }

    /// A conflict without details.
    pub fn conflict(code: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            zh: zh.into(),
            en: en.into(),
            details: Vec::new(),
        }
    }
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;
