//! The printed plan: one A4 report that answers in words, figures, a map and a list.
//!
//! Not a renderer of tiles and not a general report writer. Text is set in an embedded subset of
//! Noto Sans SC (`assets/fonts`, made by `scripts/subset-font`). Invariants: the same sheet gives
//! the same bytes; every page says that data are synthetic when they are; a character that the
//! font lacks is drawn as a box and named in [`PlanReport::missing`], never dropped.

mod font;
mod map;
mod pages;
mod pen;
mod poster;
mod poster_map;
#[cfg(test)]
mod poster_tests;
#[cfg(test)]
mod tests;

pub use poster::{MOST_CARDS, Paper, PosterCard, PosterSheet, posters};
pub use poster_map::{PosterMap, PosterRoof};

use geo::{LineString, MultiPolygon, Point, Polygon};

use crate::domain::{Problem, Severity};

/// Everything that the report shows. Coordinates are (lon, lat) degrees WGS 84.
#[derive(Debug, Clone, Default)]
pub struct PlanSheet {
    /// 责任片区方案
    pub title: String,
    /// 幸福街道（合成） · 40 个小区 · 62 个片区
    pub subtitle: String,
    /// Plan, version and state: 2026 冬第 3 版 · 草案
    pub plan: String,
    /// The day that households refer to, in words: 户数截至 2026-09-30
    pub as_of: String,
    /// The answer in one or two sentences.
    pub answer: String,
    /// At most five are drawn, in one row.
    pub figures: Vec<KeyFigure>,
    /// In the order of the list.
    pub areas: Vec<AreaRow>,
    /// Outlines and names.
    pub compounds: Vec<(String, MultiPolygon<f64>)>,
    /// Roofs, each with the position in `areas` of the area that it belongs to.
    pub roofs: Vec<(Polygon<f64>, Option<usize>)>,
    /// Rivers and lakes.
    pub water: Vec<Polygon<f64>>,
    /// Centre lines of roads.
    pub roads: Vec<LineString<f64>>,
    /// Limit of the street.
    pub limit: Option<MultiPolygon<f64>>,
    /// How figures are to be read: target, band, rule.
    pub note: String,
    /// Date of print and 审图号, in words.
    pub imprint: String,
    /// Marks every page 合成数据.
    pub synthetic: bool,
}

/// One figure in a box: label, value, unit and what it is made of.
#[derive(Debug, Clone, Default)]
pub struct KeyFigure {
    /// 覆盖率
    pub label: String,
    /// 45.2
    pub value: String,
    /// %
    pub unit: String,
    /// 56 / 124 人
    pub note: String,
}

/// One patrol area.
#[derive(Debug, Clone)]
pub struct AreaRow {
    /// 07
    pub label: String,
    /// Colour class 0–5, see `--z1` … `--z6`; taken modulo six.
    pub colour: u8,
    /// 幸福社区
    pub community: String,
    /// Names, in order.
    pub compounds: Vec<String>,
    /// Households; `None` = not told.
    pub households: Option<u32>,
    /// From the target, basis points (1500 = +15.00 %); `None` without a target, or not told.
    pub deviation_bp: Option<i32>,
    /// Drawn with a heavy, dashed border and ▲ or ▼.
    pub out_of_band: bool,
    /// Posts of the area.
    pub seats: u32,
    /// Names of those in post; what is missing to `seats` is printed as 空缺.
    pub keepers: Vec<String>,
    /// May be empty: then the area is only in the list.
    pub outline: MultiPolygon<f64>,
    /// Where its number goes.
    pub tag: Point<f64>,
}

/// A finished report.
#[derive(Debug, Clone)]
pub struct PlanReport {
    /// The PDF file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// Characters that the embedded font lacks, sorted, once each.
    pub missing: Vec<char>,
}

impl PlanReport {
    /// A warning that names the missing characters, if there are any.
    pub fn warning(&self) -> Option<Problem> {
        let text: String = self.missing.iter().take(40).collect();
        (!self.missing.is_empty()).then(|| {
            Problem::new(
                Severity::Warning,
                "font_lacks_characters",
                format!("PDF 字体缺 {} 个字，已画成方框：{text}", self.missing.len()),
                format!(
                    "The PDF font lacks {} characters, drawn as boxes: {text}",
                    self.missing.len()
                ),
            )
        })
    }
}

/// Why no report could be written.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// The embedded font cannot be read: the build is broken.
    #[error("内置字体损坏 the embedded font {0} cannot be read; rebuild with scripts/subset-font")]
    Font(&'static str),
    /// The PDF writer refused; the text says why.
    #[error("PDF 未能写成 the PDF could not be written: {0}")]
    Write(String),
}

/// Writes the report: key figures and map on the first page, the list of areas after them.
pub fn plan_report(sheet: &PlanSheet) -> Result<PlanReport, PdfError> {
    pages::write(sheet)
}
