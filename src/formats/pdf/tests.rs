//! The report of the demo street, and of sheets that are empty, strange or long.

use geo::{Centroid, LineString, MultiPolygon, Point};

use super::*;
use crate::demo;

/// The demo street, its statutory grids standing in for patrol areas.
fn demo_sheet() -> PlanSheet {
    let city = demo::small(demo::DEFAULT_SEED);
    let name_of = |code: &str| {
        city.regions
            .iter()
            .find(|r| r.code == code)
            .map_or(String::new(), |r| r.name.clone())
    };
    let areas: Vec<AreaRow> = city
        .grids
        .iter()
        .enumerate()
        .map(|(i, g)| {
            let deviation_bp = (i64::from(g.households) - 400) * 10_000 / 400;
            AreaRow {
                label: format!("{:02}", i + 1),
                colour: (i % 6) as u8,
                community: name_of(&g.community),
                compounds: city
                    .compounds
                    .iter()
                    .filter(|c| geo::Intersects::intersects(&c.outline, &g.outline))
                    .map(|c| c.name.clone())
                    .collect(),
                households: Some(g.households),
                deviation_bp: Some(deviation_bp as i32),
                out_of_band: deviation_bp.abs() > 1500,
                seats: 2,
                keepers: ["示例甲01", "示例乙02"][..i % 3]
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                outline: MultiPolygon(vec![g.outline.clone()]),
                tag: g.outline.centroid().expect("a grid has an area"),
            }
        })
        .collect();
    let roofs = city
        .buildings
        .iter()
        .map(|b| {
            let c = b.footprint.centroid().expect("a house has an area");
            let area = city
                .grids
                .iter()
                .position(|g| geo::Contains::contains(&g.outline, &c));
            (b.footprint.clone(), area)
        })
        .collect();
    let figure = |label: &str, value: &str, unit: &str, note: &str| KeyFigure {
        label: label.into(),
        value: value.into(),
        unit: unit.into(),
        note: note.into(),
    };
    PlanSheet {
        title: "责任片区方案".into(),
        subtitle: "幸福街道（合成） · 7 个社区 · 40 个小区 · 31,000 户".into(),
        plan: "2026 冬第 3 版 · 草案".into(),
        as_of: "户数为常住户，截至 2026-09-30".into(),
        answer: "全街 31,000 户应配 124 人，在岗 56 人，缺 68 人；片区全部连通，\
                 户数偏差最大的是 11 号片区。"
            .into(),
        figures: vec![
            figure("覆盖率", "45.2", "%", "56 / 124 人"),
            figure("片区", "77", "个", "0 处不连通"),
            figure("最大偏差", "+24.5", "%", "目标 400 户 ±15%"),
            figure("拆分小区", "31", "个", "都有原因"),
            figure("换管家", "180", "户", "占 0.6%"),
        ],
        areas,
        compounds: city
            .compounds
            .iter()
            .map(|c| (c.name.clone(), MultiPolygon(vec![c.outline.clone()])))
            .collect(),
        roofs,
        water: city
            .barriers
            .iter()
            .filter_map(|b| match &b.geometry {
                geo::Geometry::Polygon(p) => Some(p.clone()),
                _ => None,
            })
            .collect(),
        roads: city
            .context
            .iter()
            .filter(|c| matches!(c.kind, demo::ContextKind::Artery | demo::ContextKind::Road))
            .filter_map(|c| match &c.geometry {
                geo::Geometry::LineString(l) => Some(l.clone()),
                _ => None,
            })
            .collect(),
        limit: Some(MultiPolygon(vec![city.regions[0].outline.clone()])),
        note: "目标 400 户一对管家，±15% 以内算合适；▲▼ 为超出。偏差说的是片区大小，不是人的好坏。"
            .into(),
        imprint: "审图号：内部示意，不公开".into(),
        synthetic: true,
    }
}

fn occurrences(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|w| *w == what).count()
}

#[test]
fn the_report_of_the_demo_is_a_pdf_without_missing_characters() {
    let report = plan_report(&demo_sheet()).expect("a report");
    assert!(report.bytes.starts_with(b"%PDF-"));
    assert!(report.bytes.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!(report.missing, Vec::<char>::new());
    assert!(report.warning().is_none());
    assert_eq!(occurrences(&report.bytes, b"/Type/Page/"), report.pages);
    assert!((2..=5).contains(&report.pages), "{} pages", report.pages);
    assert!(
        report.bytes.len() < 1_500_000,
        "{} bytes",
        report.bytes.len()
    );
    if let Ok(path) = std::env::var("GRIDKEEPER_SAMPLE_PDF") {
        std::fs::write(path, &report.bytes).expect("the sample can be written");
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes() {
    let sheet = demo_sheet();
    let bytes = || plan_report(&sheet).expect("a report").bytes;
    assert!(bytes() == bytes());
}

#[test]
fn a_character_that_the_font_lacks_is_named_once() {
    let sheet = PlanSheet {
        title: "\u{e000}里\u{e000}".into(),
        answer: "第一行\n第二行\t𰻞".into(),
        ..PlanSheet::default()
    };
    let report = plan_report(&sheet).expect("a report");
    assert_eq!(report.missing, ['\u{e000}', '𰻞']);
    assert!(report.warning().expect("a warning").zh.contains("2 个字"));
}

#[test]
fn rare_characters_of_the_general_table_are_there_in_bold_too() {
    // 㑇 and 𬭎 are in the table of 8,105; the bold face takes them from the regular one.
    let sheet = PlanSheet {
        title: "㑇𬭎喆堃".into(),
        ..PlanSheet::default()
    };
    assert!(plan_report(&sheet).expect("a report").missing.is_empty());
}

#[test]
fn an_empty_sheet_makes_one_page_and_a_long_one_many() {
    assert_eq!(
        plan_report(&PlanSheet::default()).expect("a report").pages,
        1
    );
    let mut sheet = demo_sheet();
    let all = sheet.areas.clone();
    for _ in 0..9 {
        sheet.areas.extend(all.iter().cloned().map(|a| AreaRow {
            outline: MultiPolygon(vec![]),
            compounds: vec!["很长很长的小区名字".repeat(30)],
            ..a
        }));
    }
    let report = plan_report(&sheet).expect("a report");
    assert!(report.pages > 25, "{} pages", report.pages);
}

#[test]
fn coordinates_that_are_not_finite_or_all_the_same_do_no_harm() {
    let broken = geo::Polygon::new(
        LineString::from(vec![(f64::NAN, 1.0), (f64::INFINITY, 2.0), (3.0, 3.0)]),
        vec![],
    );
    let point = geo::Polygon::new(LineString::from(vec![(5.0, 5.0); 4]), vec![]);
    let mut sheet = demo_sheet();
    sheet.areas.truncate(2);
    sheet.compounds.clear();
    sheet.limit = None;
    sheet.areas[0].outline = MultiPolygon(vec![broken.clone()]);
    sheet.areas[0].tag = Point::new(f64::NAN, f64::NAN);
    sheet.areas[1].outline = MultiPolygon(vec![point]);
    sheet.water = vec![broken];
    assert!(plan_report(&sheet).is_ok());
}
