//! What became of the rows, in one sentence and in counts.

use super::batch::Batch;
use super::households::Derived;
use crate::domain::{ImportCounts, ImportKind, ImportReport, Problem, Severity};

/// Most problems that a report keeps one by one; the counts are always complete.
pub const MAX_PROBLEMS: usize = 20_000;

/// Composes the report of an import.
pub fn compose(kind: ImportKind, read: u64, mended: u64, mut problems: Vec<Problem>, batch: &Batch, derived: &Derived) -> ImportReport {
    problems.extend(batch.problems.iter().cloned());
    problems.extend(derived_notes(derived));
    problems.sort_by_key(|problem| (problem.row.is_some(), problem.row, severity_rank(problem.severity)));
    let refused_rows: std::collections::HashSet<u64> = problems
        .iter()
        .filter(|problem| problem.severity == Severity::Refused)
        .filter_map(|problem| problem.row)
        .collect();
    let counts = ImportCounts {
        read,
        mended,
        refused: refused_rows.len() as u64,
        warnings: problems.iter().filter(|problem| problem.severity == Severity::Warning).count() as u64,
        ..batch.counts
    };
    if problems.len() > MAX_PROBLEMS {
        let left = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        problems.insert(0, Problem::new(
            Severity::Note,
            "problems_truncated",
            format!("问题过多，只列出前 {MAX_PROBLEMS} 条，另有 {left} 条；计数仍然完整"),
            format!("only the first {MAX_PROBLEMS} problems are listed, {left} more were found; the counts are complete"),
        ));
    }
    let mut report = ImportReport {
        counts,
        problems,
        taken: batch.taken.clone(),
        left: batch.left.clone(),
        ..ImportReport::default()
    };
    report.summary_zh = summary_zh(kind, &report);
    report.summary_en = summary_en(kind, &report);
    report
}

fn severity_rank(severity: Severity) -> u8 {
    match severity {
        Severity::Refused => 0,
        Severity::Warning => 1,
        Severity::Mended => 2,
        Severity::Note => 3,
    }
}

fn derived_notes(derived: &Derived) -> Vec<Problem> {
    let mut notes = Vec::new();
    if derived.spread > 0 {
        notes.push(Problem::new(
            Severity::Note,
            "households_spread",
            format!("{} 栋楼的户数按体积由小区总户数分摊（合计不变），标为估算", derived.spread),
            format!("households of {} buildings are shares of their compound's total by volume (sums kept), marked as estimates", derived.spread),
        ));
    }
    if derived.estimated > 0 {
        notes.push(Problem::new(
            Severity::Note,
            "households_estimated",
            format!("{} 栋楼没有户数，按建筑面积估算，标为估算", derived.estimated),
            format!("households of {} buildings are estimated from floor area, marked as estimates", derived.estimated),
        ));
    }
    for (reason, n) in &derived.none {
        notes.push(Problem::new(
            Severity::Note,
            "households_none",
            format!("{n} 栋楼不估算户数，原因：{}", reason_zh(reason)),
            format!("{n} buildings get no households, reason: {}", reason.replace('_', " ")),
        ));
    }
    if !derived.overfull.is_empty() {
        notes.push(Problem::new(
            Severity::Warning,
            "buildings_exceed_compound",
            format!("{} 个小区的楼栋户数之和大于小区总户数", derived.overfull.len()),
            format!("in {} compounds the buildings have more households than the compound", derived.overfull.len()),
        ));
    }
    notes
}

fn reason_zh(code: &str) -> &'static str {
    match code {
        "footprint_too_small" => "占地小于 60 m²",
        "footprint_too_large" => "占地大于 3000 m²",
        "too_low" => "只有一层",
        "height_unknown" => "层数和高度都未知（户数未知）",
        _ => "没有轮廓（户数未知）",
    }
}

fn summary_zh(kind: ImportKind, report: &ImportReport) -> String {
    let c = &report.counts;
    let mut text = format!(
        "{}：读取 {} 行，新增 {}，更新 {}，未变 {}",
        kind.label_zh(), c.read, c.stored, c.updated, c.unchanged
    );
    for (n, word) in [(c.mended, "修复"), (c.waiting, "待落点"), (c.refused, "拒绝")] {
        if n > 0 {
            text.push_str(&format!("，{word} {n}"));
        }
    }
    let left: u64 = report.left.values().sum();
    if left > 0 {
        text.push_str(&format!("，按类别未采用 {left}"));
    }
    text
}

fn summary_en(kind: ImportKind, report: &ImportReport) -> String {
    let c = &report.counts;
    let mut text = format!(
        "{kind}: {} rows read, {} new, {} updated, {} unchanged",
        c.read, c.stored, c.updated, c.unchanged
    );
    for (n, word) in [(c.mended, "mended"), (c.waiting, "waiting for a place"), (c.refused, "refused")] {
        if n > 0 {
            text.push_str(&format!(", {n} {word}"));
        }
    }
    let left: u64 = report.left.values().sum();
    if left > 0 {
        text.push_str(&format!(", {left} left by class"));
    }
    text
}
