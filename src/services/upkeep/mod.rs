//! Keeping the data right by hand: what is missing or old, correcting one building, merging and splitting communities.
//!
//! Not the import of files. Invariant: nothing is changed without an event that tells who, when, before and after.

mod correcting;
mod quality;
mod reorganizing;

pub use correcting::{CorrectionView, CountCorrection, PlaceCorrection};
pub use quality::{QualityAge, QualityCheck, QualityItem, QualityRow, QualityView, report, rows};
pub use reorganizing::{MergeBody, RegionChange, SplitBody};

use super::error::{Error, Result};

/// Longest name, source or note, in characters.
const MAX_TEXT: usize = 200;

/// A text without blanks around it; `None` when nothing is left.
fn text(given: Option<&str>, what_zh: &str, what_en: &str) -> Result<Option<String>> {
    let Some(text) = given.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > MAX_TEXT || text.chars().any(char::is_control) {
        return Err(Error::invalid(
            "text_too_long",
            format!("{what_zh}最多 {MAX_TEXT} 字，不含换行"),
            format!("the {what_en} may have {MAX_TEXT} characters and no line breaks"),
        ));
    }
    Ok(Some(text.to_owned()))
}
