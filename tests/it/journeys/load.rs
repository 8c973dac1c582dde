//! Areas by the visits that their households ask for, not by households alone.

use super::app::App;
use crate::access::city::{OWN, community_code, put};
use axum_test::TestServer;
use serde_json::{Value, json};
use std::collections::HashMap;

/// Declares each function as a test on a GeoPackage and on PostGIS.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_geopackage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::App::empty().await).await;
            })+
        }
        mod on_postgis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::App::on_postgis().await).await;
            })+
        }
    };
}

on_both! {
    a_plan_by_visits_balances_visits_where_households_would_not
    few_households_of_a_tier_are_told_by_no_weight
}

const COLUMNS: usize = 10;
const ROWS: usize = 4;
const HOUSEHOLDS: u64 = 50;

/// A compound of forty buildings of fifty households in a grid; gives identities by name, `东3-2` in column 3, row 2.
async fn compound(app: &App) -> HashMap<String, String> {
    let community = community_code(OWN, 1);
    let wgs = ("crs", "wgs84");
    let regions = format!(
        "区划代码,名称\n999001000000,示例一区\n{OWN},示例甲街道\n{community},示例甲1社区\n"
    );
    put(app, "regions.csv", regions, &[("kind", "regions"), wgs]).await;
    let compounds = format!(
        "小区编码,小区名称,所属社区,户数,经度,纬度\nC1,示例小区,{community},2000,117.2,31.8\n"
    );
    put(app, "c.csv", compounds, &[("kind", "compounds"), wgs]).await;
    let mut buildings = String::from("楼栋编码,楼栋名称,所属小区,所属社区,户数,经度,纬度\n");
    for x in 0..COLUMNS {
        for y in 0..ROWS {
            let (lon, lat) = (117.2 + 0.0006 * x as f64, 31.8 + 0.0006 * y as f64);
            buildings +=
                &format!("B{x}{y},东{x}-{y},示例小区,{community},{HOUSEHOLDS},{lon},{lat}\n");
        }
    }
    put(app, "b.csv", buildings, &[("kind", "buildings"), wgs]).await;
    let picture = app.services.picture();
    let named = picture.buildings.iter().map(|row| {
        let name = row.name.clone().unwrap_or_default();
        (name, row.id.uuid().to_string())
    });
    named.collect()
}

/// Who keeps the counts of the community.
async fn secretary(app: &App) -> TestServer {
    let grants = [("community_secretary", &*community_code(OWN, 1))];
    app.person("secretary", &grants).await
}

async fn tiers(secretary: &TestServer, building: &str, daily: u64, weekly: u64) {
    let path = format!("/api/v1/buildings/{building}/tiers");
    let body =
        json!({"daily": daily, "weekly": weekly, "monthly": 0, "priority": 0, "hardship": 0});
    let answer = secretary.put(&path).json(&body).await;
    assert!(answer.status_code().is_success(), "{}", answer.text());
}

async fn plan(app: &App, weigh_by: &str) -> Value {
    let path = format!("/api/v1/regions/{OWN}/plans:balance");
    let body = json!({ "weigh_by": weigh_by, "compounds": "prefer" });
    let started = app.server.post(&path).json(&body).await;
    assert_eq!(started.status_code(), 202, "{}", started.text());
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let id = job["result"]["plan_id"].as_str().unwrap();
    app.get(&format!("/api/v1/plans/{id}")).await
}

/// Visits of every area as the counts that were entered make them, by the area's identity.
async fn counted(app: &App, plan: &Value, asks: &HashMap<String, u64>) -> HashMap<String, u64> {
    let plan = plan["id"].as_str().unwrap();
    let areas = app.get(&format!("/api/v1/plans/{plan}/areas")).await;
    let mut sums = HashMap::new();
    for area in areas["items"].as_array().unwrap() {
        let id = area["id"].as_str().unwrap().to_owned();
        let detail = app.get(&format!("/api/v1/plans/{plan}/areas/{id}")).await;
        let units = detail["buildings"].as_array().unwrap().iter();
        let sum: u64 = units.map(|unit| asks[unit["id"].as_str().unwrap()]).sum();
        assert_eq!(area["visits"], sum, "{area}");
        sums.insert(id, sum);
    }
    sums
}

fn worst_percent(sums: &HashMap<String, u64>) -> f64 {
    let mean = sums.values().sum::<u64>() as f64 / sums.len() as f64;
    let off = sums.values().map(|sum| (*sum as f64 - mean).abs() / mean);
    off.fold(0.0, f64::max) * 100.0
}

async fn a_plan_by_visits_balances_visits_where_households_would_not(app: App) {
    let named = compound(&app).await;
    let secretary = secretary(&app).await;
    // In the west five households of every building are visited daily; two buildings in the east are not known.
    let mut asks = HashMap::new();
    for (name, id) in &named {
        let west = name.as_bytes()["东".len()] < b'5';
        let daily = if west { 5 } else { 0 };
        asks.insert(id.clone(), daily * 22 + (HOUSEHOLDS - daily));
        if !name.starts_with("东9-0") && !name.starts_with("东9-1") {
            tiers(&secretary, id, daily, 0).await;
        }
    }
    let total: u64 = asks.values().sum();
    assert_eq!(total, 20 * 155 + 20 * 50);

    let by_households = plan(&app, "households").await;
    let even = counted(&app, &by_households, &asks).await;
    assert_eq!(by_households["settings"]["weigh_by"], "households");
    assert_eq!(by_households["figures"]["visits"], total);
    assert!(worst_percent(&even) > 40.0, "{even:?}");

    let by_visits = plan(&app, "visits").await;
    let visits = counted(&app, &by_visits, &asks).await;
    assert_eq!(by_visits["settings"]["weigh_by"], "visits");
    // As many areas as for the same households, each of as many visits as 500 ordinary households ask for.
    assert_eq!((visits.len(), even.len()), (4, 4));
    let worst = worst_percent(&visits);
    assert!(worst <= 15.0, "{visits:?}");
    let said = by_visits["figures"]["worst_deviation_bp"].as_i64().unwrap();
    assert!(
        (said.abs() as f64 / 100.0 - worst).abs() < 0.02,
        "{said} {worst}"
    );
    assert_eq!(by_visits["figures"]["households"], 2000);
    assert_eq!(by_visits["figures"]["untiered"], 2);
    let problems = by_visits["problems"].as_array().unwrap();
    assert!(problems.iter().any(|one| one["code"] == "tiers_unknown"));

    // Redrawing measures the same, counts households beside it, and settles to the same figures.
    let id = by_visits["id"].as_str().unwrap();
    let sheet = app.get(&format!("/api/v1/plans/{id}/redraw")).await;
    assert_eq!(sheet["rules"]["weigh_by"], "visits");
    assert_eq!(sheet["rules"]["target_households"], 500);
    assert_eq!(sheet["rules"]["target_load"], 500 * total / 2000);
    let unit = 0;
    let own = sheet["area_of"][unit].as_i64().unwrap();
    let to = (own + 1) % 4;
    let path = format!("/api/v1/plans/{id}/redraw/figures");
    let body = json!({ "changes": [[unit, to]] });
    let moved: Value = app.server.post(&path).json(&body).await.json();
    let state = |area: i64| {
        let states = moved["areas"].as_array().unwrap().iter();
        let mut found = states.filter(|state| state["area"] == area);
        found.next().unwrap().clone()
    };
    let area = |at: i64| {
        sheet["areas"][at as usize]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let ask = asks[sheet["units"]["id"][unit].as_str().unwrap()];
    assert_eq!(state(own)["load"], visits[&area(own)] - ask);
    assert_eq!(state(to)["load"], visits[&area(to)] + ask);
    assert_eq!(moved["totals"]["changed_households"], HOUSEHOLDS);

    // A copy weighs as the plan does, or as it is told.
    for (asked, weighs) in [(None, "visits"), (Some("households"), "households")] {
        let body = json!({ "from": id, "name": "副本", "weigh_by": asked });
        let copy = app.server.post("/api/v1/plans").json(&body).await;
        assert_eq!(copy.status_code(), 201, "{}", copy.text());
        let copy: Value = copy.json();
        assert_eq!(copy["settings"]["weigh_by"], weighs);
        assert_eq!(copy["figures"]["visits"], total);
        let same =
            copy["figures"]["worst_deviation_bp"] == by_visits["figures"]["worst_deviation_bp"];
        assert_eq!(same, weighs == "visits");
    }

    let path = format!("/api/v1/regions/{OWN}/plans:balance");
    let wrong = app
        .server
        .post(&path)
        .json(&json!({ "weigh_by": "steps" }))
        .await;
    assert_eq!(wrong.status_code(), 400);
}

async fn few_households_of_a_tier_are_told_by_no_weight(app: App) {
    let named = compound(&app).await;
    let secretary = secretary(&app).await;
    let mut asks = HashMap::new();
    for (name, id) in &named {
        let (daily, weekly) = match name.as_str() {
            "东0-0" => (3, 0),
            "东0-1" => (4, 0),
            "东5-2" => (0, 2),
            _ => (0, 0),
        };
        tiers(&secretary, id, daily, weekly).await;
        asks.insert(id.clone(), HOUSEHOLDS + 21 * daily + 3 * weekly);
    }
    let made = plan(&app, "visits").await;
    let id = made["id"].as_str().unwrap();
    let sheet = app.get(&format!("/api/v1/plans/{id}/redraw")).await;
    let units = sheet["units"]["id"].as_array().unwrap().iter();
    let told = sheet["units"]["visits"].as_array().unwrap().iter();
    let told: HashMap<&str, u64> = units
        .zip(told)
        .map(|(id, visits)| (id.as_str().unwrap(), visits.as_u64().unwrap()))
        .collect();
    let of = |name: &str| told[named[name].as_str()] - HOUSEHOLDS;
    // Seven are daily in two buildings: which has how many is a share. Two are weekly: nobody can tell where.
    let daily = [of("东0-0") / 21, of("东0-1") / 21];
    assert_eq!(daily.iter().sum::<u64>(), 7);
    assert!(daily == [4, 3] || daily == [3, 4]);
    let with_weekly = told
        .values()
        .filter(|visits| (**visits - HOUSEHOLDS) % 21 > 0);
    assert_eq!(with_weekly.count(), 2, "two buildings carry one of the two");
    // Nothing is lost.
    assert_eq!(told.values().sum::<u64>(), asks.values().sum::<u64>());
    assert_eq!(made["figures"]["visits"], asks.values().sum::<u64>());
}
