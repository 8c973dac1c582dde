//! Real files of two cities become issues; every number is counted here once more, by another reader.

use super::app::App;
use super::real_data::data;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

type Line = HashMap<String, String>;

/// The rows of a file by header, `-` and blanks left out.
fn lines(path: &Path) -> Vec<Line> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = (reader.headers().unwrap().iter())
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect();
    let line = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.unwrap();
        let cells = names.iter().cloned().zip(record.iter().map(str::to_owned));
        cells
            .filter(|(_, cell)| !cell.is_empty() && cell != "-")
            .collect()
    };
    reader.records().map(line).collect()
}

fn count<K: Ord>(lines: &[Line], key: impl Fn(&Line) -> K) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(key(line)).or_default() += 1;
    }
    counts
}

async fn total(app: &App, query: &str) -> u64 {
    let page = app.get(&format!("/api/v1/issues?{query}")).await;
    page["total"].as_u64().unwrap()
}

#[tokio::test]
async fn twelve_three_four_five_cases_without_points_fill_tables_and_no_map() {
    let Some(data) = data() else { return };
    let path = data.join("issues/pingshan_12345.csv");
    let lines = lines(&path);
    let app = App::empty().await;
    let bytes = std::fs::read(&path).unwrap();
    let fields = [("kind", "issues"), ("region", "坪山")];
    let (job, import) = app.import("pingshan_12345.csv", &bytes, &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    println!("{} {}", import["summary_en"], import["report"]["by_code"]);
    assert_eq!(import["counts"]["stored"], 4976);
    assert_eq!(lines.len(), 4976);

    assert_eq!(total(&app, "").await, 4976);
    assert_eq!(total(&app, "source=hotline").await, 4976);
    let flag = |line: &&Line, name: &str| line.get(name).is_some_and(|cell| cell == "1");
    let late = lines
        .iter()
        .filter(|line| flag(line, "OVERTIME_ARCHIVE_NUM"))
        .count() as u64;
    let in_time = lines
        .iter()
        .filter(|line| flag(line, "INTIME_ARCHIVE_NUM"))
        .count() as u64;
    assert_eq!((late, 4976 - late - in_time), (463, 3));
    assert_eq!(total(&app, "on_time=0").await, late);
    assert_eq!(total(&app, "on_time=1").await, in_time);
    assert_eq!(total(&app, "on_time=unknown").await, 3);

    let period = "from=2018-01-01&to=2018-12-31";
    let density = app.get(&format!("/api/v1/issues:density?{period}")).await;
    assert_eq!(density["n"], 4976);
    assert_eq!(density["without_point"], 4976);
    assert_eq!(density["scale"], Value::Null, "nothing is on the map");

    let heat = app
        .get(&format!("/api/v1/issues:heat?by=community&{period}"))
        .await;
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    for row in heat["items"].as_array().unwrap() {
        let n = row["n"].as_u64().unwrap();
        if n > 0 {
            found.insert(row["name"].as_str().unwrap().to_owned(), n);
        }
    }
    let own = |line: &Line| {
        line.get("COMMUNITY_NAME")
            .cloned()
            .unwrap_or("坪山".to_owned())
    };
    assert_eq!(found, count(&lines, own));

    let units = count(&lines, |line| {
        line.get("DISPOSE_UNIT_ID")
            .or(line.get("DISPOSE_UNIT_NAME"))
            .cloned()
    });
    for (unit, n) in units {
        let Some(unit) = unit else { continue };
        assert_eq!(
            total(&app, &format!("owner=12345:{unit}")).await,
            n,
            "{unit}"
        );
    }

    let path_of = |line: &Line| -> Vec<String> {
        let names = ["EVENT_TYPE_NAME", "MAIN_TYPE_NAME", "SUB_TYPE_NAME"];
        let mut path: Vec<String> = (names.iter())
            .filter_map(|name| line.get(*name).cloned())
            .collect();
        path.dedup();
        path
    };
    let mut wanted: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for line in &lines {
        let path = path_of(line);
        for depth in 0..=path.len() {
            *wanted.entry(path[..depth].to_vec()).or_default() += 1;
        }
    }
    let summary = app.get(&format!("/api/v1/issues:summary?{period}")).await;
    let catalog = app.services.issues().catalog();
    let mut found: BTreeMap<Vec<String>, u64> = BTreeMap::new();
    for row in summary["categories"].as_array().unwrap() {
        let code = row["code"].as_str().unwrap();
        let name = |code: &str| catalog.tree.get(code).unwrap().name_zh.clone();
        let mut path: Vec<String> = vec![name(code)];
        path.extend(catalog.tree.ancestors(code).map(|row| row.name_zh.clone()));
        path.pop();
        path.reverse();
        found.insert(path, row["n"].as_u64().unwrap());
    }
    assert_eq!(found, wanted);
    assert_eq!(summary["n"], 4976);
    assert_eq!(summary["without_point"], 4976);

    let (_, again) = app.import("pingshan_12345.csv", &bytes, &fields).await;
    assert_eq!(again["counts"]["unchanged"], 4976, "{again}");
}

#[tokio::test]
async fn requests_of_a_far_city_lie_in_a_provisional_region_around_their_points() {
    let Some(data) = data() else { return };
    let path = data.join("issues/sf311.csv");
    let lines = lines(&path);
    let app = App::empty().await;
    let bytes = std::fs::read(&path).unwrap();
    let fields = [
        ("kind", "issues"),
        ("region", "San Francisco"),
        ("crs", "wgs84"),
    ];
    let (job, import) = app.import("sf311.csv", &bytes, &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    println!("{} {}", import["summary_en"], import["report"]["by_code"]);
    assert_eq!(import["counts"]["stored"], 10_000);

    let open = lines.iter().filter(|line| line["status"] == "Open").count() as u64;
    let pointless = |line: &&Line| line["latitude"].parse() == Ok(0.0);
    let pointless = lines.iter().filter(pointless).count() as u64;
    assert_eq!((open, pointless), (363, 2));
    let page = app.get("/api/v1/issues").await;
    assert_eq!(page["total"], 10_000);
    assert_eq!(page["without_point"], pointless);
    assert_eq!(total(&app, "state=open").await, open);

    let period = "from=2008-01-01&to=2019-12-31";
    let summary = app.get(&format!("/api/v1/issues:summary?{period}")).await;
    assert_eq!(summary["n"], 10_000);
    assert_eq!(summary["open"], open);
    assert_eq!(summary["overdue"], Value::Null, "no time limit: “—”, not 0");
    for kpi in summary["kpis"].as_array().unwrap() {
        if ["close_rate", "on_time_close_rate", "acknowledged_on_time"]
            .contains(&kpi["code"].as_str().unwrap())
        {
            assert_eq!(kpi["value"], Value::Null, "{kpi}");
        }
    }
    let by_agency = count(&lines, |line| line.get("agency_name").cloned());
    for agency in ["DPW Ops Queue", "PUC Sewer Ops"] {
        let query = format!("owner=311:{}", agency.replace(' ', "%20"));
        assert_eq!(
            total(&app, &query).await,
            by_agency[&Some(agency.to_owned())]
        );
    }

    let density = app.get(&format!("/api/v1/issues:density?{period}")).await;
    assert!(density["scale"].as_f64().unwrap() > 0.0, "{density}");
    assert_eq!(density["without_point"], pointless);
    let heat = app
        .get(&format!("/api/v1/issues:heat?by=h3&{period}"))
        .await;
    let items = heat["items"].as_array().unwrap();
    assert!(
        items.iter().any(|row| row["hot"].as_i64() >= Some(95)),
        "hot spots"
    );
    assert!(
        items.iter().all(|row| row["rate"].is_null()),
        "no households, no rate"
    );
    assert_eq!(heat["hot_of"], "count");

    let picture = app.services.picture();
    let region = picture
        .regions
        .iter()
        .find(|region| region.outline.is_some());
    let bounds = picture.bounds(region.unwrap().code).unwrap().to_array();
    for line in &lines {
        let at = [
            line["longitude"].parse().unwrap(),
            line["latitude"].parse::<f64>().unwrap(),
        ];
        let inside =
            (bounds[0]..=bounds[2]).contains(&at[0]) && (bounds[1]..=bounds[3]).contains(&at[1]);
        assert!(inside || at == [0.0, 0.0], "{at:?}");
    }
}

#[test]
fn both_come_in_through_the_command_line() {
    let Some(data) = data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let database = format!("gpkg:{}", dir.path().join("real.gpkg").display());
    for (file, more, n) in [
        ("pingshan_12345.csv", &["--region", "坪山"][..], 4976),
        (
            "sf311.csv",
            &["--region", "San Francisco", "--crs", "wgs84"][..],
            10_000,
        ),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_gridkeeper"))
            .arg("--db")
            .arg(&database)
            .arg("import")
            .arg(data.join("issues").join(file))
            .args(["--kind", "issues", "--time-zone", "Asia/Shanghai"])
            .args(more)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        assert!(told.contains(&format!("{n} new")), "{told}");
    }
}
