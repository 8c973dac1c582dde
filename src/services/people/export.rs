//! The roster as a file: a list of people, so it goes out as such lists do.
//!
//! Invariant: no private number and no day of birth is in it, duty numbers are masked, and every file names who took it
//! and what for.

use super::RosterQuery;
use crate::domain::RegionCode;
use crate::formats::{self, Cell, CellKind, Table, TableColumn};
use crate::services::Services;
use crate::services::accounts::Asker;
use crate::services::error::{Error, Result};
use crate::services::exports::ExportFormat;
use uuid::Uuid;

/// The name of a region's list among the requests for lists of people.
pub fn people_key(region: RegionCode) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("gridkeeper:people:{region}").as_bytes(),
    )
}

impl Services {
    /// The roster of a region as CSV or XLSX.
    ///
    /// # Errors
    /// `NotFound` for an unknown region or another format; as [`Self::let_out_people`].
    pub async fn roster_export(
        &self,
        asker: &Asker,
        region: RegionCode,
        format: ExportFormat,
        reason: &str,
    ) -> Result<Vec<u8>> {
        if !matches!(format, ExportFormat::Csv | ExportFormat::Xlsx) {
            return Err(Error::NotFound(format!("people.{}", format.extension())));
        }
        let mut items = Vec::new();
        let mut cursor = Some(0);
        while let Some(from) = cursor {
            let query = RosterQuery {
                region: Some(region.to_string()),
                state: Some("all".to_owned()),
                cursor: usize::try_from(from).ok(),
                limit: Some(usize::MAX),
                ..RosterQuery::default()
            };
            let page = self.roster(asker, &query).await?;
            items.extend(page.items);
            cursor = page.next;
        }
        let mark = self
            .let_out_people(asker, people_key(region), items.len(), reason)
            .await?;
        let picture = self.picture();
        let titles = [
            "社区",
            "小区",
            "姓名",
            "专兼职",
            "兼职类别",
            "上岗日期",
            "任期至",
            "离岗日期",
            "离岗原因",
            "值班电话",
            "片区",
        ];
        let text = |value: Option<String>| value.map_or(Cell::Empty, Cell::Text);
        let day = |value: Option<chrono::NaiveDate>| text(value.map(|day| day.to_string()));
        let table = Table {
            title: "小管家名册".into(),
            notes: vec![
                format!(
                    "{} 小管家名册，{} 人，截至 {}",
                    picture.region_name(region),
                    items.len(),
                    picture.today
                ),
                mark.line(),
            ],
            synthetic: picture.synthetic,
            columns: titles
                .into_iter()
                .map(|title| TableColumn::new(title, CellKind::Text))
                .chain([
                    TableColumn::new("服务户数", CellKind::Integer),
                    TableColumn::new("可服务户数", CellKind::Integer),
                ])
                .collect(),
            rows: items
                .into_iter()
                .map(|row| {
                    let kind = match row.kind.as_deref() {
                        Some("full_time") => Some("专职".to_owned()),
                        Some("part_time") => Some("兼职".to_owned()),
                        _ => None,
                    };
                    vec![
                        Cell::Text(row.community_name),
                        text(row.compound_name),
                        Cell::Text(row.name),
                        text(kind),
                        text(row.category_zh),
                        day(row.start),
                        day(row.term_end),
                        day(row.end),
                        text(row.end_reason_zh),
                        text(row.duty_phone),
                        text(row.area_label),
                        row.households.map_or(Cell::Empty, Cell::from),
                        Cell::from(row.capacity),
                    ]
                })
                .collect(),
        };
        let failed = |error: formats::FormatError| Error::Internal(error.to_string());
        let mut bytes = Vec::new();
        if format == ExportFormat::Csv {
            formats::write_csv(&table, &mut bytes).map_err(failed)?;
        } else {
            formats::write_xlsx(&table, std::io::Cursor::new(&mut bytes)).map_err(failed)?;
        }
        Ok(bytes)
    }
}
