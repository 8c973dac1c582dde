//! What is printed, and the areas as a GeoPackage.

use super::app::App;
use super::compare::{copy, in_force, scribble};
use serde_json::Value;
use std::collections::HashSet;
use uuid::Uuid;

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

#[tokio::test]
async fn the_sheets_of_a_plan_hold_every_building_once_in_walking_order() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let sheets = app.get(&format!("/api/v1/plans/{plan}/paper/areas")).await;
    assert_eq!(sheets["plan"]["synthetic"], true);
    let areas = list(&sheets, "areas");
    assert_eq!(areas.len(), 62);
    let mut seen = HashSet::new();
    let mut total = 0;
    for area in areas {
        let buildings = list(area, "buildings");
        let households: u64 = buildings
            .iter()
            .map(|b| b["households"].as_u64().unwrap())
            .sum();
        assert_eq!(area["households"], households, "{}", area["label"]);
        total += households;
        for building in buildings {
            assert!(seen.insert(building["id"].as_str().unwrap().to_owned()));
            assert!(!list(building, "rings").is_empty());
        }
        let [west, south, east, north] =
            [0, 1, 2, 3].map(|side| area["extent"][side].as_f64().unwrap());
        for building in buildings {
            let [x, y] = [0, 1].map(|axis| building["at"][axis].as_f64().unwrap());
            assert!(west < x && x < east && south < y && y < north);
        }
        let far = ((east - west) + (north - south)) * buildings.len() as f64;
        assert!(area["route_m"].as_f64().unwrap() < far);
        assert!(
            list(area, "keepers")
                .iter()
                .all(|keeper| keeper["duty_phone_masked"].is_null()
                    || keeper["duty_phone_masked"].as_str().unwrap().contains('*'))
        );
    }
    assert_eq!(total, 31_000);
    let one = areas[5]["id"].as_str().unwrap();
    let single = app
        .get(&format!("/api/v1/plans/{plan}/paper/areas?area={one}"))
        .await;
    assert_eq!(list(&single, "areas").len(), 1);
    assert_eq!(single["areas"][0], areas[5]);
    let stranger = app
        .server
        .get(&format!(
            "/api/v1/plans/{plan}/paper/areas?area={}",
            Uuid::now_v7()
        ))
        .await;
    assert_eq!(stranger.status_code(), 404);
}

#[tokio::test]
async fn only_what_changed_is_printed_and_the_meeting_sees_both_sides() {
    let app = App::demo().await;
    let base = in_force(&app).await;
    let plan = copy(&app, &base, "改划").await;
    let changed = format!("/api/v1/plans/{plan}/paper/areas?changed_from={base}");
    assert!(list(&app.get(&changed).await, "areas").is_empty());
    let households = scribble(&app, &plan, 3).await;
    let compared = app.get(&format!("/api/v1/plans/{plan}/compare")).await;
    let touched = list(&compared, "areas")
        .iter()
        .filter(|area| area["status"] != "same")
        .count();
    let sheets = app.get(&changed).await;
    assert_eq!(list(&sheets, "areas").len(), touched);
    let meeting = app
        .get(&format!("/api/v1/plans/{plan}/paper/meeting"))
        .await;
    assert_eq!(meeting["comparison"]["changed_households"], households);
    let marked: Vec<&Value> = list(&meeting, "buildings")
        .iter()
        .filter(|building| building["changed"] == true)
        .collect();
    assert_eq!(marked.len(), 3, "every changed building is on the maps");
    assert!(marked.iter().all(|b| b["before"] != b["after"]));
    assert!(!list(&meeting, "before").is_empty() && !list(&meeting, "after").is_empty());
    let alone = app
        .server
        .get(&format!("/api/v1/plans/{base}/paper/meeting"))
        .await;
    assert_eq!(
        alone.status_code(),
        409,
        "the plan in force has nothing beside it"
    );
}

#[tokio::test]
async fn the_areas_leave_as_a_geopackage_that_gdal_opens() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let file = app
        .server
        .get(&format!("/api/v1/plans/{plan}/export/areas.gpkg"))
        .await;
    assert_eq!(file.status_code(), 200);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("areas.gpkg");
    std::fs::write(&path, file.as_bytes()).unwrap();
    let gdal = |arguments: &[&str]| {
        let output = std::process::Command::new("ogrinfo")
            .args(arguments)
            .output()
            .expect("gdal-bin is installed by the test script");
        let text = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        text
    };
    let path = path.to_str().unwrap();
    let text = gdal(&["-ro", "-so", "-al", path]);
    assert!(
        !text.contains("Warning") && !text.contains("ERROR"),
        "{text}"
    );
    assert!(
        text.contains("Feature Count: 62") && text.contains("Multi Polygon"),
        "{text}"
    );
    assert!(
        text.contains("WGS 84") && text.contains("合成数据"),
        "{text}"
    );
    let sum = "SELECT SUM(households) AS n, COUNT(*) AS rows FROM assignment WHERE area_number IS NOT NULL";
    let text = gdal(&["-ro", "-q", "-sql", sum, path]);
    assert!(text.contains("31000") && text.contains("604"), "{text}");
}
