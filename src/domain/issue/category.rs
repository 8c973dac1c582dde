//! Categories of issues: a tree that is data, with extra questions, duplicate radius and limits.
//!
//! Invariant: in a `CategoryTree` every code is unique, every parent exists and no category is its own
//! ancestor.

use serde::{Deserialize, Serialize};

use super::Limits;
use crate::domain::text_enum::text_enum;

text_enum! {
    /// Type of an answer; the words of Open311 GeoReport v2.
    pub enum AnswerType {
        /// A line.
        String => "string", "单行文字";
        /// A number.
        Number => "number", "数字";
        /// A date and time.
        Datetime => "datetime", "日期时间";
        /// Several lines.
        Text => "text", "多行文字";
        /// One of the values.
        SingleValueList => "singlevaluelist", "单选";
        /// Some of the values.
        MultiValueList => "multivaluelist", "多选";
    }
}

/// One value of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerValue {
    /// Stored word.
    pub key: String,
    /// Chinese label.
    pub label_zh: String,
    /// English label.
    pub label_en: String,
}

/// An extra question of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Stable code, unique in its category.
    pub code: String,
    /// Chinese label.
    pub label_zh: String,
    /// English label.
    pub label_en: String,
    /// Type of the answer.
    pub datatype: AnswerType,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
    /// The values to choose from; only for the two lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<AnswerValue>,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Stable code, for example `environment.rubbish`.
    pub code: String,
    /// Code of the parent; `None` at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Words that people use for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// Extra questions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// An open issue of the same category within so many metres may be the same issue.
    pub near_m: u32,
    /// … when it was reported within so many days.
    pub near_days: u32,
    /// Never public, and small counts are hidden from everybody.
    #[serde(default)]
    pub sensitive: bool,
    /// Time limits.
    #[serde(default)]
    pub limits: Limits,
    /// Whether new issues may have it.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}
