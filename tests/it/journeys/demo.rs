//! The first screen tells the real story, and every figure agrees with every other.

use super::app::App;
use serde_json::Value;

const STREET: &str = "999001001000";

fn sum(items: &[Value], key: &str) -> u64 {
    items
        .iter()
        .map(|item| item[key].as_u64().unwrap_or(0))
        .sum()
}

#[tokio::test]
async fn the_demo_street_has_the_figures_of_its_source_at_every_level() {
    let app = App::demo().await;
    let meta = app.get("/api/v1/meta").await;
    assert_eq!(meta["synthetic"], true);
    let street = meta["streets"][0]["code"].as_str().unwrap();
    assert_eq!(street, STREET);
    let report = app.get(&format!("/api/v1/regions/{street}/coverage")).await;
    let total = &report["total"];
    assert_eq!(total["households"], 31_000);
    assert_eq!(total["required"], 124);
    assert_eq!(total["in_post"], 56);
    assert_eq!(total["short"], 68);
    assert_eq!(total["coverage_bp"], 4516, "56 of 124 is 45.2 %");
    for level in ["communities", "compounds"] {
        let items = report[level].as_array().unwrap();
        assert_eq!(sum(items, "required"), 124, "{level}");
        assert_eq!(sum(items, "in_post"), 56, "{level}");
        assert_eq!(sum(items, "short"), 68, "{level}");
    }
    let compounds = report["compounds"].as_array().unwrap();
    assert!(
        (36..=44).contains(&compounds.len()),
        "about 40 compounds, not {}",
        compounds.len()
    );
}

#[tokio::test]
async fn the_plan_in_force_covers_every_building_once_in_one_piece() {
    let app = App::demo().await;
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let plan = &plans["items"][0];
    assert_eq!(plan["state"], "in_force");
    assert_eq!(plan["stale"], false);
    let figures = &plan["figures"];
    assert_eq!(figures["disconnected"], 0);
    assert_eq!(figures["unassigned"], 0);
    assert_eq!(figures["households"], 31_000);
    let id = plan["id"].as_str().unwrap();
    let areas = app.get(&format!("/api/v1/plans/{id}/areas")).await;
    let areas = areas["items"].as_array().unwrap();
    assert_eq!(sum(areas, "households"), 31_000);
    assert!(areas.iter().all(|area| area["pieces"] == 1));
    let ranked: Vec<i64> = areas
        .iter()
        .map(|area| area["deviation_bp"].as_i64().unwrap().abs())
        .collect();
    assert_eq!(ranked.first(), ranked.iter().max(), "worst first");
    for finding in app.services.check().await.unwrap() {
        assert!(
            finding.problems.is_empty(),
            "{}: {:?}",
            finding.en,
            finding.problems
        );
    }
}

#[tokio::test]
async fn a_click_on_a_building_names_its_compound_area_and_keepers() {
    let app = App::demo().await;
    let compounds = app
        .get(&format!("/api/v1/compounds?region={STREET}&limit=5"))
        .await;
    let compound = &compounds["items"][0];
    let id = compound["id"].as_str().unwrap();
    let buildings = app.get(&format!("/api/v1/buildings?compound={id}")).await;
    let building = &buildings["items"][0];
    assert_eq!(building["compound"]["id"], id);
    let area = &building["area"];
    assert!(area["number"].as_u64().unwrap() > 0);
    let keepers = area["keepers"].as_array().unwrap();
    let seats = area["seats"].as_u64().unwrap();
    assert_eq!(
        keepers.len() as u64 + area["vacancies"].as_u64().unwrap(),
        seats
    );
    for keeper in keepers {
        assert!(keeper["name"].as_str().unwrap().starts_with("示例"));
        let phone = keeper["duty_phone_masked"].as_str().unwrap();
        assert!(phone.contains("****"), "{phone}");
    }
    let whole = serde_json::to_string(&buildings).unwrap();
    let city = gridkeeper::demo::small(gridkeeper::demo::DEFAULT_SEED);
    for keeper in &city.keepers {
        assert!(
            !whole.contains(&keeper.phone),
            "no private number leaves the store"
        );
    }
}

#[tokio::test]
async fn search_understands_pinyin_initials_and_building_numbers() {
    let app = App::demo().await;
    let name = app
        .get(&format!("/api/v1/compounds?region={STREET}&limit=1"))
        .await["items"][0]["name"]
        .as_str()
        .unwrap()
        .to_owned();
    let initials: String = name.chars().filter_map(pinyin_initial).collect();
    let hits = app.get(&format!("/api/v1/search?q={initials}")).await;
    let hits = hits["items"].as_array().unwrap();
    assert!(
        hits.iter().any(|hit| hit["name"] == name),
        "{initials} finds {name}: {hits:?}"
    );
}

fn pinyin_initial(c: char) -> Option<char> {
    use pinyin::ToPinyin;
    c.to_pinyin().and_then(|p| p.first_letter().chars().next())
}

#[tokio::test]
async fn tiles_are_compressed_once_and_unchanged_ones_are_not_sent_again() {
    let app = App::demo().await;
    let meta = app.get("/api/v1/meta").await;
    let version = meta["tile_version"].as_str().unwrap();
    let bounds: Vec<f64> = meta["bounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v.as_f64().unwrap())
        .collect();
    let middle = [(bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0];
    let tile = gridkeeper::spatial::TileCoord::at(middle, 15).unwrap();
    for layer in ["buildings", "compounds", "areas", "barriers", "regions"] {
        let path = format!(
            "/api/v1/tiles/{layer}/{}/{}/{}?v={version}",
            tile.z(),
            tile.x(),
            tile.y()
        );
        let first = app
            .server
            .get(&path)
            .add_header("accept-encoding", "gzip")
            .await;
        if layer == "barriers" && first.status_code() == 204 {
            continue;
        }
        assert_eq!(first.status_code(), 200, "{layer}");
        let tag = first.header("etag").to_str().unwrap().to_owned();
        let again = app.server.get(&path).add_header("if-none-match", tag).await;
        assert_eq!(again.status_code(), 304, "{layer}");
    }
    let stale = app.server.get("/api/v1/tiles/buildings/15/0/0?v=5-0").await;
    assert_eq!(stale.status_code(), 404, "versions never mix");
    let json = app.get("/api/v1/tiles/buildings.json").await;
    assert!(
        json["tiles"][0]
            .as_str()
            .unwrap()
            .contains(&format!("v={version}"))
    );
}

#[tokio::test]
async fn every_export_says_that_the_data_are_synthetic() {
    let app = App::demo().await;
    let plans = app.get("/api/v1/plans").await;
    let id = plans["items"][0]["id"].as_str().unwrap();
    let file = |name: &str| format!("/api/v1/plans/{id}/export/{name}");
    let csv = app.server.get(&file("areas.csv")).await;
    let bytes = csv.as_bytes();
    assert!(
        bytes.starts_with(&[0xEF, 0xBB, 0xBF]),
        "Excel needs the byte order mark"
    );
    assert!(String::from_utf8_lossy(bytes).contains("合成数据"));
    let geojson: Value = app.server.get(&file("areas.geojson")).await.json();
    assert_eq!(geojson["synthetic"], true);
    let pdf = app.server.get(&file("areas.pdf")).await;
    assert!(pdf.as_bytes().starts_with(b"%PDF"));
    let xlsx = app.server.get(&file("areas.xlsx")).await;
    assert!(xlsx.as_bytes().starts_with(b"PK"));
    assert_eq!(app.server.get(&file("areas.exe")).await.status_code(), 404);
}

#[tokio::test]
async fn the_demo_is_never_made_over_data() {
    let app = App::demo().await;
    let (_, job) = app
        .services
        .jobs()
        .start(
            gridkeeper::services::jobs::JobKind::Plan,
            chrono::Utc::now(),
        )
        .unwrap();
    let again = app
        .services
        .make_demo(&app.services.operator(), None, 1, job)
        .await;
    assert!(again.is_err());
}
