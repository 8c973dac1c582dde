//! Why a move is not made, and what to do instead.
//!
//! Not whether somebody has the right at all (`access`). Invariant: a refused move changes nothing.

use chrono::{DateTime, Utc};

use super::{MoveKind, State};

/// Why a move is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The machine does not allow it here (409).
    #[error("{}", self.en())]
    Illegal {
        /// State now.
        state: State,
        /// What was asked.
        asked: MoveKind,
        /// What could be asked instead.
        legal: Vec<MoveKind>,
    },
    /// Two people are needed and this is the first of them (403).
    #[error("{en}")]
    SamePerson {
        /// Chinese text.
        zh: &'static str,
        /// English text.
        en: &'static str,
    },
    /// Only somebody in another capacity may do it (403).
    #[error("{en}")]
    WrongCapacity {
        /// Chinese text.
        zh: &'static str,
        /// English text.
        en: &'static str,
    },
    /// Its time is over (409).
    #[error("{}", self.en())]
    TooLate {
        /// What was asked.
        asked: MoveKind,
        /// Until when it could have been done.
        until: DateTime<Utc>,
    },
    /// Something is missing or wrong in the move itself (422).
    #[error("{en}")]
    BadInput {
        /// The field of the move.
        field: &'static str,
        /// Chinese text.
        zh: String,
        /// English text.
        en: String,
    },
}

impl Refusal {
    /// Stable word.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Illegal { .. } => "illegal_move",
            Self::SamePerson { .. } => "same_person",
            Self::WrongCapacity { .. } => "wrong_capacity",
            Self::TooLate { .. } => "too_late",
            Self::BadInput { .. } => "bad_move",
        }
    }

    /// Chinese text: what is wrong and how to mend it.
    pub fn zh(&self) -> String {
        match self {
            Self::Illegal {
                state,
                asked,
                legal,
            } => format!(
                "「{}」状态下不能{}；可以：{}。",
                state.label_zh(),
                asked.label_zh(),
                list(legal, MoveKind::label_zh, "、", "无")
            ),
            Self::TooLate { asked, until } => format!(
                "{}的期限已过（{}，UTC）；请与书记或网格管理员联系。",
                asked.label_zh(),
                until.format("%Y-%m-%d %H:%M")
            ),
            Self::SamePerson { zh, .. } | Self::WrongCapacity { zh, .. } => (*zh).to_owned(),
            Self::BadInput { zh, .. } => zh.clone(),
        }
    }

    /// English text, the same content.
    pub fn en(&self) -> String {
        match self {
            Self::Illegal {
                state,
                asked,
                legal,
            } => format!(
                "an issue that is `{state}` does not allow `{asked}`; it allows: {}",
                list(legal, MoveKind::as_str, ", ", "nothing")
            ),
            Self::TooLate { asked, until } => format!(
                "`{asked}` was possible until {} UTC; ask the secretary or the grid admin",
                until.format("%Y-%m-%d %H:%M")
            ),
            Self::SamePerson { en, .. } | Self::WrongCapacity { en, .. } => (*en).to_owned(),
            Self::BadInput { en, .. } => en.clone(),
        }
    }
}

fn list(kinds: &[MoveKind], word: fn(MoveKind) -> &'static str, comma: &str, none: &str) -> String {
    if kinds.is_empty() {
        return none.to_owned();
    }
    let words: Vec<_> = kinds.iter().map(|kind| word(*kind)).collect();
    words.join(comma)
}
