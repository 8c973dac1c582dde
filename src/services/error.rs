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
