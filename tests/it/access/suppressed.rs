//! Small counts stay hidden: no figure of a plan lets a reader who is not told them work them out.

use super::city::put;
use crate::journeys::app::{App, browser};
use axum_test::TestServer;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

/// A street of three zones, each a community, with the plan that is in force:
/// four areas of 24 households and one of 3, counted; one of 4, estimated; two of 40 together, estimated.
/// What is told of the 3 and the 4 says who they are.
async fn street() -> (App, String) {
    let app = App::empty().await;
    let mut regions = format!("区划代码,名称\n999001000000,示例区\n{STREET},示例街道\n");
    let mut compounds = String::from("小区编码,小区名称,所属社区,户数,经度,纬度\n");
    let mut buildings = String::from("楼栋编码,楼栋名称,所属小区,所属社区,经度,纬度\n");
    for (at, households) in [&[24, 24, 24, 24, 3][..], &[4], &[40]]
        .into_iter()
        .enumerate()
    {
        let (code, west) = (format!("99900100100{}", at + 1), 117.2 + 0.02 * at as f64);
        regions += &format!("{code},示例{at}社区\n");
        for (n, households) in households.iter().enumerate() {
            let lon = west + 0.001 * n as f64;
            compounds += &format!("C{at}{n},示例{at}-{n}小区,{code},{households},{lon},31.80\n");
        }
        // Nobody counted these buildings: their households are shares of the compound's.
        for n in 0..(if at == 0 { 0 } else { 4 }) {
            let lon = west + 0.0005 * f64::from(n);
            buildings += &format!("B{at}{n},{n}幢,示例{at}-0小区,{code},{lon},31.80\n");
        }
    }
    let wgs = ("crs", "wgs84");
    put(&app, "regions.csv", regions, &[("kind", "regions"), wgs]).await;
    put(
        &app,
        "compounds.csv",
        compounds,
        &[("kind", "compounds"), wgs],
    )
    .await;
    put(
        &app,
        "buildings.csv",
        buildings,
        &[("kind", "buildings"), wgs],
    )
    .await;
    let path = format!("/api/v1/regions/{STREET}/plans:balance");
    let ask = json!({ "target_households": 20, "band_bp": 5000 });
    let started = app.server.post(&path).json(&ask).await;
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let plan = job["result"]["plan_id"].as_str().unwrap().to_owned();
    app.publish(&plan).await;
    (app, plan)
}

/// Readers of what is published who are not told households: a visitor, a deputy, the auditor.
async fn readers(app: &App) -> Vec<(&'static str, TestServer)> {
    vec![
        ("visitor", browser(&app.services)),
        ("deputy", app.person("deputy", &[("deputy", STREET)]).await),
        (
            "auditor",
            app.person("auditor", &[("auditor", "everywhere")]).await,
        ),
    ]
}

async fn plan_and_areas(one: &TestServer, plan: &str) -> (Value, Vec<Value>) {
    let path = format!("/api/v1/plans/{plan}");
    let whole: Value = one.get(&path).await.json();
    let areas: Value = one.get(&format!("{path}/areas")).await.json();
    (whole, areas["items"].as_array().unwrap().clone())
}

fn zone(areas: &[Value], at: u64) -> Vec<&Value> {
    areas.iter().filter(|area| area["zone"] == at).collect()
}

#[tokio::test]
async fn the_worst_deviation_is_that_of_the_areas_that_are_told() {
    let (app, plan) = street().await;
    let (whole, all) = plan_and_areas(&app.server, &plan).await;
    let few = zone(&all, 0)
        .into_iter()
        .find(|area| area["households"] == 3);
    let worst = few.expect("an area of three households")["deviation_bp"].clone();
    assert_eq!(
        whole["figures"]["worst_deviation_bp"], worst,
        "the trap is set"
    );
    let told = zone(&all, 2)
        .iter()
        .map(|area| area["deviation_bp"].as_i64().unwrap())
        .max_by_key(|bp| bp.abs());
    for (who, one) in readers(&app).await {
        let (plan, areas) = plan_and_areas(&one, &plan).await;
        assert_eq!(plan["figures"]["worst_deviation_bp"], json!(told), "{who}");
        // A zone's mean and its other areas tell the last one.
        for area in zone(&areas, 0).into_iter().chain(zone(&areas, 1)) {
            assert!(
                area["target"].is_null() && area["deviation_bp"].is_null(),
                "{who}: {area}"
            );
        }
        assert!(
            zone(&areas, 2).iter().all(|area| area["target"] == 20.0),
            "{who}: {areas:?}"
        );
    }
}

#[tokio::test]
async fn estimates_do_not_tell_a_count_that_is_hidden() {
    let (app, plan) = street().await;
    let (_, all) = plan_and_areas(&app.server, &plan).await;
    assert_eq!(
        zone(&all, 1)[0]["estimated_households"],
        4,
        "the trap is set"
    );
    for (who, one) in readers(&app).await {
        let (plan, areas) = plan_and_areas(&one, &plan).await;
        let hidden: Vec<&Value> = areas
            .iter()
            .filter(|area| area["households"].is_null())
            .collect();
        assert_eq!(
            hidden.len(),
            2,
            "{who}: the three and the four, which are enough together"
        );
        for area in &hidden {
            assert!(area["estimated_households"].is_null(), "{who}: {area}");
            assert!(area["off_target_bp"].is_null(), "{who}: {area}");
        }
        // Nor do the words about zones, splits and problems, which name counts.
        let small = |zone: &Value| zone["households"].as_u64().unwrap() < 5;
        assert!(
            !plan["zones"].as_array().unwrap().iter().any(small),
            "{who}: {plan}"
        );
        let words = format!("{}{}", plan["problems"], plan["splits"]);
        assert!(
            !words.contains("households") && !words.contains('户'),
            "{who}: {words}"
        );
    }
}
