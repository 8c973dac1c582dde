//! Why a file cannot be read at all.
//!
//! Not for single rows: those are [`Problem`]s in the report. Invariant: `Refused` is the file's
//! fault (a client error), `Io` is this machine's.

use crate::domain::{Problem, Severity};

/// A file as a whole could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The content is broken, too large, of an unknown kind or needs a choice. The problem says how
    /// to mend it; its `code` is stable.
    #[error("{} / {}", .0.zh, .0.en)]
    Refused(Box<Problem>),
    /// The disk or the operating system refused.
    #[error("读写文件失败（{doing}）/ cannot read or write the file ({doing}): {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}

impl FormatError {
    /// A refusal of the whole file.
    pub(crate) fn refused(code: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self::Refused(Box::new(Problem::new(Severity::Refused, code, zh, en)))
    }

    /// A failure of the operating system, unless it is one of ours carried through a reader.
    pub(crate) fn io(doing: &str, source: std::io::Error) -> Self {
        Self::Io {
            doing: doing.to_owned(),
            source,
        }
    }

    /// The same as data for a report, about the whole file.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => *problem,
            Self::Io { doing, source } => Problem::new(
                Severity::Refused,
                "file_io",
                format!("读写文件失败（{doing}）：{source}"),
                format!("cannot read or write the file ({doing}): {source}"),
            ),
        }
    }

    /// The stable code: that of the problem, or `file_io`.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(problem) => &problem.code,
            Self::Io { .. } => "file_io",
        }
    }
}
