//! A table becomes compounds, with a report row by row; twice is once; undo is whole.

use super::app::App;
use serde_json::Value;

const CSV: &str = "小区名称,总户数,楼栋总数,物业公司,经度,纬度\r\n\
    甲苑,３005户,65栋,示例物业,117.2000,31.8000\r\n\
    乙苑,\"1,250\",20,暂无信息,117.2100,31.8000\r\n\
    丙苑,-,10,-,117.2200,31.8000\r\n\
    甲苑,3005户,65栋,示例物业,117.2000,31.8000\r\n\
    丁苑,5,12,示例物业,117.2300,31.8000\r\n\
    戊苑,300,4,示例物业,,\r\n";

fn fields(dry_run: &str) -> Vec<(&str, &str)> {
    vec![
        ("kind", "compounds"),
        ("crs", "wgs84"),
        ("region", "测试导入"),
        ("dry_run", dry_run),
    ]
}

fn problem<'a>(import: &'a Value, code: &str) -> &'a Value {
    import["report"]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .find(|problem| problem["code"] == code)
        .unwrap_or_else(|| panic!("no {code} in {}", import["report"]["problems"]))
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_stores_nothing() {
    let app = App::empty().await;
    let (job, dry) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("true"))
        .await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(dry["state"], "dry_run");
    assert_eq!(app.get("/api/v1/compounds").await["total"], 0);
    let (_, stored) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    assert_eq!(stored["counts"], dry["counts"]);
    assert_eq!(stored["report"]["by_code"], dry["report"]["by_code"]);
    assert_eq!(app.get("/api/v1/compounds").await["total"], 4);
}

#[tokio::test]
async fn every_row_is_stored_waiting_or_refused_with_its_number_and_reason() {
    let app = App::empty().await;
    let (_, import) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    let counts = &import["counts"];
    assert_eq!(counts["read"], 6);
    assert_eq!(counts["stored"], 4);
    assert_eq!(counts["refused"], 1);
    assert_eq!(counts["waiting"], 1);
    assert_eq!(problem(&import, "duplicate_row")["row"], 4);
    assert_eq!(
        problem(&import, "fewer_households_than_buildings")["row"],
        5
    );
    assert_eq!(problem(&import, "waiting_for_place")["row"], 6);
    let compounds = app.get("/api/v1/compounds").await;
    let by_name = |name: &str| {
        compounds["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["name"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        by_name("甲苑")["households"],
        3005,
        "full-width digits and 户 are understood"
    );
    assert_eq!(
        by_name("乙苑")["households"],
        1250,
        "thousands separators are understood"
    );
    assert_eq!(
        by_name("丙苑")["households"],
        Value::Null,
        "a dash is unknown, never 0"
    );
    assert_eq!(by_name("丙苑")["property_company"], Value::Null);
    assert_eq!(by_name("甲苑")["building_count"], 65);
}

#[tokio::test]
async fn gb18030_and_utf8_give_the_same_rows() {
    let (gbk, _, _) = encoding_rs::GB18030.encode(CSV);
    let app = App::empty().await;
    let (_, import) = app.import("表.csv", &gbk, &fields("false")).await;
    assert_eq!(import["counts"]["stored"], 4, "{import}");
    let names = app.get("/api/v1/compounds").await;
    assert!(serde_json::to_string(&names).unwrap().contains("甲苑"));
}

#[tokio::test]
async fn importing_twice_changes_nothing_and_undo_takes_it_back_whole() {
    let app = App::empty().await;
    let (_, first) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    let (_, again) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    assert_eq!(again["counts"]["stored"], 0, "{again}");
    assert_eq!(again["counts"]["updated"], 0, "{again}");
    assert_eq!(again["counts"]["unchanged"], 4);
    let changed = CSV.replace("1,250", "1,251");
    let (_, third) = app
        .import("compounds.csv", changed.as_bytes(), &fields("false"))
        .await;
    assert_eq!(third["counts"]["updated"], 1, "{third}");
    let undo = |import: &Value| format!("/api/v1/imports/{}:undo", import["id"].as_str().unwrap());
    let refused = app.server.post(&undo(&first)).await;
    assert_eq!(refused.status_code(), 409);
    let body: Value = refused.json();
    assert!(
        !body["details"].as_array().unwrap().is_empty(),
        "the later changes are listed: {body}"
    );
    assert_eq!(app.server.post(&undo(&third)).await.status_code(), 200);
    assert_eq!(app.server.post(&undo(&first)).await.status_code(), 200);
    assert_eq!(app.get("/api/v1/compounds").await["total"], 0);
    assert_eq!(
        app.server.post(&undo(&first)).await.status_code(),
        409,
        "undone once"
    );
}

#[tokio::test]
async fn a_waiting_row_gets_its_place_by_a_click() {
    let app = App::empty().await;
    let (_, import) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    let waiting = app.get("/api/v1/waiting").await;
    let mine = waiting["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["name"] == "戊苑")
        .unwrap()
        .clone();
    let path = format!("/api/v1/waiting/{}:place", mine["id"].as_str().unwrap());
    let placed = app
        .server
        .post(&path)
        .json(&serde_json::json!({ "lon": 117.24, "lat": 31.8 }))
        .await;
    assert_eq!(placed.status_code(), 204, "{}", placed.text());
    let compounds = app.get("/api/v1/compounds?q=戊苑").await;
    assert_eq!(compounds["items"][0]["households"], 300);
    assert!(
        app.get("/api/v1/waiting").await["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["name"] != "戊苑")
    );
    // It belongs to its import, and goes with it.
    let undo = format!("/api/v1/imports/{}:undo", import["id"].as_str().unwrap());
    let undone = app.server.post(&undo).await;
    assert_eq!(undone.status_code(), 200, "{}", undone.text());
    assert_eq!(app.get("/api/v1/compounds").await["total"], 0);
}

#[tokio::test]
async fn a_compound_total_is_spread_over_its_buildings_exactly_and_marked() {
    let app = App::empty().await;
    let outline = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"庚苑","households":101},
        "geometry":{"type":"Polygon","coordinates":[[[117.2,31.8],[117.203,31.8],[117.203,31.803],[117.2,31.803],[117.2,31.8]]]}}]}"#;
    app.import(
        "c.geojson",
        outline.as_bytes(),
        &[("kind", "compounds"), ("crs", "wgs84"), ("region", "测试")],
    )
    .await;
    let square = |x: f64, y: f64| {
        format!(
            "[[[{x},{y}],[{},{y}],[{},{}],[{x},{}],[{x},{y}]]]",
            x + 3e-4,
            x + 3e-4,
            y + 1e-4,
            y + 1e-4
        )
    };
    let features: Vec<String> = (0..3)
        .map(|i| {
            format!(
                r#"{{"type":"Feature","properties":{{"name":"{}幢","floors":{}}},"geometry":{{"type":"Polygon","coordinates":{}}}}}"#,
                i + 1, 6 * (i + 1), square(117.2005 + f64::from(i) * 5e-4, 31.801)
            )
        })
        .collect();
    let buildings = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    );
    let (_, import) = app
        .import(
            "b.geojson",
            buildings.as_bytes(),
            &[("kind", "buildings"), ("crs", "wgs84"), ("region", "测试")],
        )
        .await;
    assert_eq!(import["counts"]["stored"], 3, "{import}");
    let compound = &app.get("/api/v1/compounds").await["items"][0];
    let id = compound["id"].as_str().unwrap();
    let rows = app.get(&format!("/api/v1/buildings?compound={id}")).await;
    let rows = rows["items"].as_array().unwrap();
    assert_eq!(
        rows.len(),
        3,
        "the buildings join the compound that contains them"
    );
    assert_eq!(
        rows.iter()
            .map(|b| b["households"].as_u64().unwrap())
            .sum::<u64>(),
        101
    );
    assert!(rows.iter().all(|b| b["estimated"] == true));
    assert_eq!(compound["households"], 101);
    assert_eq!(compound["estimated"], false, "the total itself is counted");
}

#[tokio::test]
async fn barriers_are_taken_by_class_and_the_report_lists_both() {
    let app = App::empty().await;
    let geojson = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"kind":"river","name":"清溪"},"geometry":{"type":"Polygon","coordinates":[[[117.2,31.8],[117.21,31.8],[117.21,31.801],[117.2,31.8]]]}},
        {"type":"Feature","properties":{"kind":"swimming_pool"},"geometry":{"type":"Polygon","coordinates":[[[117.2,31.81],[117.2001,31.81],[117.2001,31.8101],[117.2,31.81]]]}},
        {"type":"Feature","properties":{"kind":"major_road","kind_detail":"trunk"},"geometry":{"type":"LineString","coordinates":[[117.2,31.82],[117.21,31.82]]}},
        {"type":"Feature","properties":{"kind":"path","kind_detail":"footway"},"geometry":{"type":"LineString","coordinates":[[117.2,31.83],[117.21,31.83]]}}]}"#;
    let (job, import) = app
        .import(
            "b.geojson",
            geojson.as_bytes(),
            &[("kind", "barriers"), ("crs", "wgs84"), ("region", "测试")],
        )
        .await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(import["counts"]["stored"], 2, "{import}");
    let n = |key: &str| -> u64 {
        import["report"][key]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["n"].as_u64().unwrap())
            .sum()
    };
    assert_eq!((n("taken"), n("left")), (2, 2));
}

#[tokio::test]
async fn a_file_larger_than_any_json_body_is_taken() {
    let mut csv = String::from("小区名称,总户数,经度,纬度,备注\n");
    for i in 0..200 {
        let lon = 117.0 + f64::from(i) * 0.001;
        csv.push_str(&format!(
            "示例{i}苑,{},{lon:.3},31.8,{}\n",
            100 + i,
            "长".repeat(5_000)
        ));
    }
    assert!(csv.len() > 2 << 20, "larger than the limit of a JSON body");
    let app = App::empty().await;
    let (job, import) = app
        .import("large.csv", csv.as_bytes(), &fields("false"))
        .await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(import["counts"]["stored"], 200);
}

#[tokio::test]
async fn a_row_placed_in_another_district_goes_with_its_import_too() {
    let app = App::demo().await;
    let bounds = app.get("/api/v1/meta").await["bounds"].clone();
    let middle = |a: usize| (bounds[a].as_f64().unwrap() + bounds[a + 2].as_f64().unwrap()) / 2.0;
    let before = app.get("/api/v1/compounds").await["total"].clone();
    let (_, import) = app
        .import("compounds.csv", CSV.as_bytes(), &fields("false"))
        .await;
    let waiting = app.get("/api/v1/waiting").await["items"][0].clone();
    let place = format!("/api/v1/waiting/{}:place", waiting["id"].as_str().unwrap());
    let place = app.server.post(&place);
    let placed = place
        .json(&serde_json::json!({ "lon": middle(0), "lat": middle(1) }))
        .await;
    assert_eq!(placed.status_code(), 204, "{}", placed.text());
    let undo = format!("/api/v1/imports/{}:undo", import["id"].as_str().unwrap());
    let undone = app.server.post(&undo).await;
    assert_eq!(undone.status_code(), 200, "{}", undone.text());
    assert_eq!(app.get("/api/v1/compounds").await["total"], before);
    assert_eq!(app.get("/api/v1/waiting").await["total"], 0);
}
