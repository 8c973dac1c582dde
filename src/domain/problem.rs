//! Problems: what is wrong with an input or a plan, where, and how to mend it.
//!
//! Problems are data, never `Err`: a report holds all of them.
//! Invariant: `code` is stable (clients and tests match on it); the texts may be improved.

use serde::{Deserialize, Serialize};

/// What became of the thing that the problem is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing was changed or refused.
    Note,
    /// Stored as given, but probably wrong.
    Warning,
    /// Repaired without loss, then stored.
    Mended,
    /// Not stored.
    Refused,
}

/// One problem, with its place and the way to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What became of the row.
    pub severity: Severity,
    /// Stable identifier, for example `ring_not_closed`.
    pub code: String,
    /// Row number as a person counts it in the file (first data row = 1); `None` for the whole file.
    pub row: Option<u64>,
    /// Column or attribute, as the file names it.
    pub field: Option<String>,
    /// The offending value, shortened to 80 characters.
    pub value: Option<String>,
    /// Chinese text: what is wrong and how to mend it.
    pub zh: String,
    /// English text, the same content.
    pub en: String,
}

/// Longest value that a problem repeats, in characters.
pub const MAX_VALUE_CHARS: usize = 80;

impl Problem {
    /// A problem about a whole file or thing.
    pub fn new(
        severity: Severity,
        code: &str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            row: None,
            field: None,
            value: None,
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// Names the row (1 = first data row).
    #[must_use]
    pub fn at_row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// Names the field and its value.
    #[must_use]
    pub fn at_field(mut self, field: &str, value: &str) -> Self {
        self.field = Some(field.to_owned());
        self.value = Some(shorten(value));
        self
    }
}

fn shorten(value: &str) -> String {
    if value.chars().count() <= MAX_VALUE_CHARS {
        return value.to_owned();
    }
    let mut short: String = value.chars().take(MAX_VALUE_CHARS - 1).collect();
    short.push('…');
    short
}
