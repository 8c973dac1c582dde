//! The same journeys on real files, where they are at hand; CI runs the others on generated files.

use super::app::App;
use std::path::PathBuf;

/// The folder of real files, where there is one.
pub fn data() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = std::env::var_os("GRIDKEEPER_REAL_DATA").map_or(path, PathBuf::from);
    if path.is_dir() {
        return Some(path);
    }
    println!(
        "skipped: no real data at {} (set GRIDKEEPER_REAL_DATA)",
        path.display()
    );
    None
}

#[tokio::test]
async fn named_compounds_of_a_real_city_are_imported_planned_and_published() {
    let Some(data) = data() else { return };
    let app = App::empty().await;
    let region = ("region", "浦西浦东示例");
    let file = |name: &str| std::fs::read(data.join(name)).unwrap();
    for name in ["water", "roads"] {
        let bytes = file(&format!("buildings/shanghai_osm_{name}.geojson"));
        let (job, import) = app
            .import(
                &format!("{name}.geojson"),
                &bytes,
                &[("kind", "barriers"), ("crs", "wgs84"), region],
            )
            .await;
        assert_eq!(job["state"], "done", "{job}");
        println!(
            "{name}: {} taken {} left {}",
            import["summary_en"], import["report"]["taken"], import["report"]["left"]
        );
    }
    let bytes = file("compounds/shanghai_named_compound_polygons_bd09.geojson");
    let fields = [("kind", "compounds"), ("crs", "bd09"), region];
    let (job, import) = app.import("polygons.geojson", &bytes, &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    println!("polygons: {}", import["summary_en"]);
    assert_eq!(import["counts"]["read"], 1542);
    assert!(
        import["report"]["by_code"]
            .as_array()
            .unwrap()
            .iter()
            .all(|group| group["code"] != "crs_in_water"),
        "rightly declared, no compound lies in water"
    );
    let picture = app.services.picture();
    let code = picture.compounds[0].community.parent().unwrap().to_string();
    drop(picture);
    let response = app
        .server
        .post(&format!("/api/v1/regions/{code}/plans:balance"))
        .json(&serde_json::json!({ "seed": 1 }))
        .await;
    assert_eq!(response.status_code(), 202, "{}", response.text());
    let job = app.job(&response.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let id = job["result"]["plan_id"].as_str().unwrap();
    let plan = app.get(&format!("/api/v1/plans/{id}")).await;
    println!("plan: {}", plan["figures"]);
    assert_eq!(plan["figures"]["disconnected"], 0);
    assert_eq!(plan["figures"]["unassigned"], 0);
    app.publish(id).await;
}

#[tokio::test]
async fn real_footprints_get_estimated_households_and_a_contiguous_plan() {
    let Some(data) = data() else { return };
    let app = App::empty().await;
    let bytes = std::fs::read(data.join("buildings/nanjing_jianye_buildings.geojson")).unwrap();
    let fields = [
        ("kind", "buildings"),
        ("crs", "wgs84"),
        ("region", "建邺示例"),
    ];
    let (job, import) = app.import("nanjing.geojson", &bytes, &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    println!(
        "nanjing: {} {}",
        import["summary_en"], import["report"]["by_code"]
    );
    let picture = app.services.picture();
    let code = picture.buildings[0].community.parent().unwrap().to_string();
    drop(picture);
    let response = app
        .server
        .post(&format!("/api/v1/regions/{code}/plans:balance"))
        .json(&serde_json::json!({ "seed": 1 }))
        .await;
    let job = app.job(&response.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let id = job["result"]["plan_id"].as_str().unwrap();
    let plan = app.get(&format!("/api/v1/plans/{id}")).await;
    println!("plan: {}", plan["figures"]);
    assert_eq!(plan["figures"]["disconnected"], 0);
    assert_eq!(plan["figures"]["unassigned"], 0);
    assert!(plan["figures"]["estimated_households"].as_u64().unwrap() > 0);
}
