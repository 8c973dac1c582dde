//! The hand-over list of two plans as a file: one row per building, in the order of who takes it over.

use super::accounts::Asker;
use super::error::{Error, Result};
use super::export_approval::Watermark;
use super::redrawing::{ComparedUnit, Comparison, natural};
use super::{Services, plans, regions};
use crate::domain::PlanId;
use crate::formats::{self, Cell, CellKind, Table, TableColumn};
use crate::services::exports::ExportFormat;
use uuid::Uuid;

/// What a missing keeper is called.
const NOBODY: &str = "无人在岗（社区代管）";

impl Services {
    /// Two plans side by side; without `before`, against the plan in force; with a stroke, against that plan as it was
    /// after it. Both are settled first.
    ///
    /// # Errors
    /// `NotFound` plans, `Conflict` when there is nothing to compare with or the streets differ.
    pub async fn compare(
        &self,
        after: Uuid,
        before: Option<(Uuid, Option<i64>)>,
    ) -> Result<Comparison> {
        for plan in before.map(|(plan, _)| plan).into_iter().chain([after]) {
            self.settle(PlanId::new(plan)).await?;
        }
        let opened = self.redraw_against(after, before).await?;
        let now = self.now();
        tokio::task::spawn_blocking(move || opened.comparison(now))
            .await
            .map_err(|error| Error::Internal(format!("compare: {error}")))?
    }

    /// The hand-over list as CSV or XLSX: it names keepers, so it goes out as a list of people does.
    ///
    /// # Errors
    /// As [`Self::compare`] and [`Self::let_out_people`]; `NotFound` for another format.
    pub async fn export_handover(
        &self,
        asker: &Asker,
        after: Uuid,
        before: Option<(Uuid, Option<i64>)>,
        format: ExportFormat,
        reason: &str,
    ) -> Result<Vec<u8>> {
        let comparison = self.compare(after, before).await?;
        let rows = comparison.changes.len();
        let mark = self.let_out_people(asker, after, rows, reason).await?;
        let picture = self.picture();
        let table = table(
            &comparison,
            picture.synthetic,
            regions::policy_words(&picture, plans::find(&picture, after)?.plan.street),
            &mark,
        );
        let failed = |error: formats::FormatError| Error::Internal(error.to_string());
        let mut bytes = Vec::new();
        match format {
            ExportFormat::Csv => formats::write_csv(&table, &mut bytes).map_err(failed)?,
            ExportFormat::Xlsx => {
                formats::write_xlsx(&table, std::io::Cursor::new(&mut bytes)).map_err(failed)?;
            }
            _ => return Err(Error::NotFound(format!("handover.{}", format.extension()))),
        }
        Ok(bytes)
    }
}

fn table(of: &Comparison, synthetic: bool, policy: String, mark: &Watermark) -> Table {
    let side = |at: Option<u32>, after: bool| {
        let area = of.areas.get(at? as usize)?;
        if after {
            area.after.as_ref()
        } else {
            area.before.as_ref()
        }
    };
    let mut rows: Vec<&ComparedUnit> = of.changes.iter().collect();
    let number = |at: Option<u32>| side(at, true).map(|side| natural(&side.label));
    rows.sort_by_key(|row| (number(row.to), row.compound.clone(), natural(&row.name)));
    let label = |at, after| side(at, after).map_or_else(|| "未分配".into(), |s| s.label.clone());
    let keepers = |at, after| match side(at, after) {
        Some(side) if !side.keepers.is_empty() => side.keepers.join("、"),
        _ => NOBODY.to_owned(),
    };
    let texts = ["小区", "楼栋"].map(|title| TableColumn::new(title, CellKind::Text));
    let more = ["原片区", "原管家", "新片区", "新管家", "理由", "备注"];
    let more = more.map(|title| TableColumn::new(title, CellKind::Text));
    Table {
        title: "交接清单".into(),
        notes: vec![
            format!("交接清单：{} → {}", of.before.name, of.after.name),
            format!(
                "{} 栋 {} 户换片区，共 {} 户；数据版本 {}，{}",
                of.changed_units, of.changed_households, of.households, of.data_version, policy
            ),
            mark.line(),
        ],
        synthetic,
        columns: texts
            .into_iter()
            .chain([TableColumn::new("户数", CellKind::Integer)])
            .chain(more)
            .collect(),
        rows: rows
            .into_iter()
            .map(|row| {
                vec![
                    Cell::Text(row.compound.clone()),
                    Cell::Text(row.name.clone()),
                    Cell::from(row.households),
                    Cell::Text(label(row.from, false)),
                    Cell::Text(keepers(row.from, false)),
                    Cell::Text(label(row.to, true)),
                    Cell::Text(keepers(row.to, true)),
                    Cell::Text(row.reason_zh.clone()),
                    Cell::Empty,
                ]
            })
            .collect(),
    }
}
