//! Two plans side by side, the hand-over list, tables of assignments out and in, and the areas a building belonged to.

use super::app::App;
use axum_test::multipart::{MultipartForm, Part};
use serde_json::{Value, json};
use uuid::Uuid;

const STREET: &str = "999001001000";

pub(super) async fn in_force(app: &App) -> String {
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let items = plans["items"].as_array().unwrap();
    let found = items.iter().find(|plan| plan["state"] == "in_force");
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

pub(super) async fn copy(app: &App, from: &str, name: &str) -> String {
    let body = json!({ "from": from, "name": name });
    let made = app.server.post("/api/v1/plans").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    made.json::<Value>()["id"].as_str().unwrap().to_owned()
}

/// Moves `n` units over a border of areas; gives their households.
pub(super) async fn scribble(app: &App, plan: &str, n: usize) -> u64 {
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let area_of: Vec<usize> = sheet["area_of"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a.as_u64().unwrap() as usize)
        .collect();
    let mut moved = std::collections::BTreeMap::new();
    for edge in sheet["edges"].as_array().unwrap() {
        let [a, b] = [0, 1].map(|end| edge[end].as_u64().unwrap() as usize);
        if area_of[a] != area_of[b] && !moved.contains_key(&b) {
            moved.entry(a).or_insert(area_of[b]);
        }
        if moved.len() == n {
            break;
        }
    }
    let id = |area: usize| sheet["areas"][area]["id"].clone();
    let moves: Vec<Value> = moved
        .iter()
        .map(|(&unit, &to)| json!({ "from": id(area_of[unit]), "to": id(to), "units": [sheet["units"]["id"][unit]] }))
        .collect();
    let stroke =
        json!({ "id": Uuid::now_v7(), "label": "改", "moves": moves, "areas": [], "keepers": [] });
    let body = json!({ "base_seq": 0, "client": "t", "strokes": [stroke] });
    let saved = app
        .server
        .post(&format!("/api/v1/plans/{plan}/edits"))
        .json(&body)
        .await;
    assert_eq!(saved.status_code(), 200, "{}", saved.text());
    moved
        .keys()
        .map(|&unit| sheet["units"]["households"][unit].as_u64().unwrap())
        .sum()
}

#[tokio::test]
async fn a_comparison_names_what_changes_and_its_sums_agree() {
    let app = App::demo().await;
    let before = in_force(&app).await;
    let plan = copy(&app, &before, "春季草案").await;
    let nothing = app.get(&format!("/api/v1/plans/{plan}/compare")).await;
    assert_eq!(nothing["changed_units"], 0);
    assert!(
        nothing["areas"]
            .as_array()
            .unwrap()
            .iter()
            .all(|area| area["status"] == "same")
    );
    let households = scribble(&app, &plan, 12).await;
    let of = app.get(&format!("/api/v1/plans/{plan}/compare")).await;
    assert_eq!(of["before"]["id"], json!(before));
    assert_eq!(of["changed_units"], 12);
    assert_eq!(of["changed_households"], households);
    let areas = of["areas"].as_array().unwrap();
    assert_eq!(
        areas
            .iter()
            .map(|area| area["households_delta"].as_i64().unwrap())
            .sum::<i64>(),
        0
    );
    let handover = of["handover"].as_array().unwrap();
    assert_eq!(
        handover
            .iter()
            .map(|group| group["households"].as_u64().unwrap())
            .sum::<u64>(),
        households
    );
    assert_eq!(
        handover
            .iter()
            .map(|group| group["units"].as_array().unwrap().len())
            .sum::<usize>(),
        12
    );
    for change in of["changes"].as_array().unwrap() {
        assert!(!change["reason_zh"].as_str().unwrap().is_empty());
        assert_ne!(
            change["from"], change["to"],
            "areas are matched by what they continue"
        );
        let to = &areas[change["to"].as_u64().unwrap() as usize];
        assert_eq!(to["status"], "changed");
    }
    // The sentences of the draft say the same.
    let changes = app.get(&format!("/api/v1/plans/{plan}/changes")).await;
    assert_eq!(changes["total"], 12);
    assert_eq!(changes["changed_households"], households);
    let detail = app.get(&format!("/api/v1/plans/{plan}")).await;
    assert_eq!(detail["figures"]["changed_households"], households);
    // Two drafts, and backwards.
    let other = copy(&app, &before, "另一稿").await;
    let pair = app
        .get(&format!("/api/v1/plans/{other}/compare?with={plan}"))
        .await;
    assert_eq!(pair["changed_households"], households);
    let nowhere = app
        .server
        .get(&format!(
            "/api/v1/plans/{plan}/compare?with={}",
            Uuid::now_v7()
        ))
        .await;
    assert_eq!(nowhere.status_code(), 404);
    let itself = app
        .server
        .get(&format!("/api/v1/plans/{plan}/compare?with={plan}"))
        .await;
    assert_eq!(itself.status_code(), 409);

    // A draft beside itself as it was: the steps since.
    let since = app
        .get(&format!("/api/v1/plans/{plan}/compare?with_seq=0"))
        .await;
    assert_eq!(since["changed_households"], households);
    assert_eq!(since["before"]["id"], since["after"]["id"]);
    for figure in ["out_of_band", "worst_deviation_bp", "areas"] {
        assert_eq!(since["before"][figure], of["before"][figure], "{figure}");
        assert_eq!(since["after"][figure], of["after"][figure], "{figure}");
    }
    let now = app
        .get(&format!(
            "/api/v1/plans/{plan}/compare?with={plan}&with_seq=1"
        ))
        .await;
    assert_eq!(now["changed_units"], 0);

    let csv = app
        .server
        .get(&format!(
            "/api/v1/plans/{plan}/export/handover.csv?reason=%E4%BA%A4%E6%8E%A5%E8%AF%B4%E6%98%8E"
        ))
        .await;
    let text = String::from_utf8(csv.as_bytes().to_vec()).unwrap();
    assert!(text.starts_with('\u{feff}') && text.contains("合成数据"));
    let header = text
        .lines()
        .position(|line| line.starts_with("小区,楼栋,户数"))
        .unwrap();
    assert_eq!(text.lines().count() - header - 1, 12);
    assert!(text.contains("春季草案"));
    let xlsx = app
        .server
        .get(&format!(
            "/api/v1/plans/{plan}/export/handover.xlsx?reason=%E4%BA%A4%E6%8E%A5%E8%AF%B4%E6%98%8E"
        ))
        .await;
    assert_eq!(&xlsx.as_bytes()[..2], b"PK");
    let pdf = app
        .server
        .get(&format!(
            "/api/v1/plans/{plan}/export/handover.pdf?reason=%E4%BA%A4%E6%8E%A5%E8%AF%B4%E6%98%8E"
        ))
        .await;
    assert_eq!(pdf.status_code(), 404);
}

async fn preview(app: &App, plan: &str, bytes: Vec<u8>) -> (u16, Value) {
    let form = MultipartForm::new().add_part("file", Part::bytes(bytes).file_name("归属.csv"));
    let response = app
        .server
        .post(&format!("/api/v1/plans/{plan}/assignment"))
        .multipart(form)
        .await;
    (response.status_code().as_u16(), response.json())
}

#[tokio::test]
async fn a_table_of_assignments_comes_back_unchanged_and_a_wrong_one_says_where() {
    let app = App::demo().await;
    let plan = copy(&app, &in_force(&app).await, "表格").await;
    let out = app
        .server
        .get(&format!("/api/v1/plans/{plan}/export/assignment.csv"))
        .await;
    let (status, same) = preview(&app, &plan, out.as_bytes().to_vec()).await;
    assert_eq!(status, 200, "{same}");
    assert_eq!(same["problems"], json!([]));
    assert_eq!(
        (&same["rows"], &same["unchanged"]),
        (&json!(604), &json!(604))
    );
    assert_eq!(same["moves"], json!([]));
    // By name, in any spelling; full-width digits; a new area; in GB18030.
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let at = (0..604)
        .find(|at| sheet["units"]["own_name"][at] == "3幢")
        .unwrap();
    let compound = sheet["compound_names"]
        [sheet["units"]["compound"][at].as_u64().unwrap() as usize]
        .as_str()
        .unwrap();
    let text = format!(
        "小区,楼栋,片区号\n{compound},３号楼,９０１\n{compound},三幢,902\n没有的小区,1幢,5\n{compound},1#,片区X\n,,\n"
    );
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let (status, answer) = preview(&app, &plan, bytes.into_owned()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["moves"].as_array().unwrap().len(), 1);
    assert_eq!(answer["moves"][0]["unit"], sheet["units"]["id"][at]);
    assert_eq!(
        (&answer["moves"][0]["number"], &answer["moves"][0]["to"]),
        (&json!(901), &Value::Null)
    );
    let problems = answer["problems"].as_array().unwrap();
    let said: Vec<(&str, u64)> = problems
        .iter()
        .map(|p| (p["code"].as_str().unwrap(), p["row"].as_u64().unwrap()))
        .collect();
    assert_eq!(
        said,
        [("unit_twice", 2), ("unit_unknown", 3), ("area_unknown", 4)]
    );
    assert!(
        problems
            .iter()
            .all(|p| p["field"].is_string() && p["zh"].as_str().unwrap().len() > 9)
    );
    let (status, refused) = preview(&app, &plan, "a,b\n1,2\n".into()).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused.to_string().contains("片区号"));
    let log = app.get(&format!("/api/v1/plans/{plan}/edits")).await;
    assert_eq!(log["seq"], 0, "a preview stores nothing");
}

#[tokio::test]
async fn a_building_remembers_its_areas() {
    let app = App::demo().await;
    let first = in_force(&app).await;
    let plan = copy(&app, &first, "改划").await;
    scribble(&app, &plan, 1).await;
    let of = app.get(&format!("/api/v1/plans/{plan}/compare")).await;
    let unit = of["changes"][0]["id"].as_str().unwrap().to_owned();
    app.publish(&plan).await;
    let periods = app.get(&format!("/api/v1/buildings/{unit}/areas")).await;
    let periods = periods.as_array().unwrap();
    assert_eq!(periods.len(), 2);
    assert_eq!(
        (&periods[0]["state"], &periods[1]["state"]),
        (&json!("in_force"), &json!("superseded"))
    );
    assert_eq!(periods[1]["to"], periods[0]["from"]);
    assert_ne!(periods[0]["area_label"], periods[1]["area_label"]);
    let nobody = app
        .server
        .get(&format!("/api/v1/buildings/{}/areas", Uuid::now_v7()))
        .await;
    assert_eq!(nobody.status_code(), 404);
}

#[tokio::test]
async fn new_households_make_areas_drift_and_one_click_repairs_them_with_few_changes() {
    let app = App::demo().await;
    let path = format!("/api/v1/regions/{STREET}/drift");
    let calm = app.get(&path).await;
    assert_eq!(calm["left_band"], json!([]));
    // Every building of one compound counts more families than the plan knew.
    let plan = in_force(&app).await;
    let areas = app.get(&format!("/api/v1/plans/{plan}/areas")).await;
    let items = areas["items"].as_array().unwrap();
    let inside = items
        .iter()
        .find(|area| area["out_of_band"] == false)
        .unwrap();
    let area = inside["id"].as_str().unwrap();
    let members = app.get(&format!("/api/v1/plans/{plan}/areas/{area}")).await;
    let mut csv = String::from("标识,小区,楼栋,户数\n");
    for unit in members["buildings"].as_array().unwrap() {
        let building = app
            .get(&format!(
                "/api/v1/buildings/{}",
                unit["id"].as_str().unwrap()
            ))
            .await;
        let grown = building["households"].as_u64().unwrap() * 17 / 10;
        csv += &format!(
            "{},{},{},{grown}\n",
            building["code"].as_str().unwrap_or(""),
            building["compound"]["name"].as_str().unwrap(),
            building["name"].as_str().unwrap()
        );
    }
    let (job, _) = app
        .import("grown.csv", csv.as_bytes(), &[("kind", "buildings")])
        .await;
    assert_eq!(job["state"], "done", "{job}");
    let drift = app.get(&path).await;
    let left = drift["left_band"].as_array().unwrap();
    assert!(left.iter().any(|row| row["id"] == inside["id"]), "{drift}");
    assert!(left[0]["households_now"].as_u64() > left[0]["households_then"].as_u64());
    let repair = format!("/api/v1/regions/{STREET}/repair");
    let made = app
        .server
        .post(&repair)
        .json(&json!({ "name": "修复" }))
        .await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let draft = made.json::<Value>();
    assert_eq!(draft["state"], "draft");
    let before = drift["out_of_band"].as_u64().unwrap();
    let after = draft["figures"]["out_of_band"].as_u64().unwrap();
    assert!(after < before, "{after} of {before} areas stay outside");
    let all = draft["figures"]["households"].as_u64().unwrap();
    let moved = draft["figures"]["changed_households"].as_u64().unwrap();
    assert!(
        moved > 0 && moved * 10 < all,
        "{moved} of {all} change keeper"
    );
    let id = draft["id"].as_str().unwrap();
    let log = app.get(&format!("/api/v1/plans/{id}/edits")).await;
    assert_eq!(
        log["items"].as_array().unwrap().len(),
        1,
        "one step, which can be taken back"
    );
    let nowhere = app.server.get("/api/v1/regions/999999999000/drift").await;
    assert_eq!(nowhere.status_code(), 404);
}
