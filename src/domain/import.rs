//! Imports: what a file brought, what became of each row, and enough to undo it.
//!
//! Invariant: a dry run and the real run make the same report.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::text_enum::text_enum;
use super::{Actor, ImportId, Problem};

text_enum! {
    /// What a file holds.
    pub enum ImportKind {
        /// Regions.
        Regions => "regions", "行政区划";
        /// Statutory grids.
        Grids => "grids", "网格";
        /// Compounds.
        Compounds => "compounds", "小区";
        /// Buildings.
        Buildings => "buildings", "楼栋";
        /// Barriers.
        Barriers => "barriers", "阻隔";
        /// Gates.
        Gates => "gates", "出入口";
        /// Housekeepers.
        Housekeepers => "housekeepers", "小管家";
        /// Issues of another system.
        Issues => "issues", "问题";
    }
}

text_enum! {
    /// What became of an import.
    pub enum ImportState {
        /// Reported, nothing stored.
        DryRun => "dry_run", "试运行";
        /// Stored.
        Stored => "stored", "已入库";
        /// Stored and taken back.
        Undone => "undone", "已撤销";
        /// Refused as a whole; nothing stored.
        Failed => "failed", "失败";
    }
}

/// Rows by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportCounts {
    /// Rows read.
    pub read: u64,
    /// Rows stored new.
    pub stored: u64,
    /// Rows that changed an existing one.
    pub updated: u64,
    /// Rows equal to what is stored.
    pub unchanged: u64,
    /// Rows mended before they were stored (also counted above).
    pub mended: u64,
    /// Rows refused.
    pub refused: u64,
    /// Rows that wait for a place on the map.
    pub waiting: u64,
    /// Warnings.
    pub warnings: u64,
}

/// The report of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportReport {
    /// Rows by what became of them.
    pub counts: ImportCounts,
    /// Every problem, in row order.
    pub problems: Vec<Problem>,
    /// Barriers: source classes taken, with their rows.
    pub taken: BTreeMap<String, u64>,
    /// Barriers: source classes left, with their rows.
    pub left: BTreeMap<String, u64>,
    /// One sentence, Chinese.
    pub summary_zh: String,
    /// One sentence, English.
    pub summary_en: String,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Identity.
    pub id: ImportId,
    /// County-level code of the data; 0 when not bound to one district.
    pub district_code: i32,
    /// What the file holds.
    pub kind: ImportKind,
    /// State.
    pub state: ImportState,
    /// Name of the file as the user gave it.
    pub file_name: String,
    /// CRS that was declared, by its id (`bd09`, `epsg:4548`, …).
    pub crs: Option<String>,
    /// Where the data come from, in the user's words.
    pub source: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who.
    pub created_by: Actor,
    /// Report.
    pub report: ImportReport,
}

/// One change that an import made to one row; enough to undo it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportChange {
    /// County-level code of the row.
    pub district_code: i32,
    /// The import.
    pub import: ImportId,
    /// Order of the change within the import, from 1.
    pub seq: i64,
    /// Table of the row, for example `building`.
    pub table: String,
    /// Identity of the row.
    pub row: Uuid,
    /// The row before, as JSON of its domain type; `None` when the import made it.
    pub before: Option<Value>,
    /// Digest of the row after; a different digest now means a later change.
    pub after_digest: String,
}
