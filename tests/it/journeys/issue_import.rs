//! A file of another system becomes issues: row by row, once, whole, and back again.

use super::app::App;
use crate::support::postgis::TestPostgis;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::Value;

const HEAD: &str = "工单编号,受理时间,办结时间,状态,是否超时,大类,小类,承办单位,承办单位编码,社区,诉求内容,处理结果\r\n";

const GOOD: &str = "A1,2024-03-01 08:00:00,2024-03-02 09:00:00,已办结,否,市容环卫,乱摆卖,城管队,77,甲社区,门口乱摆卖,已清理\r\n\
    A2,2024-03-01 23:30,,办理中,-,市容环卫,乱摆卖,城管队,77,乙社区,占道经营,正在办\r\n\
    A3,2024/3/5 7:00,2024-03-20 10:00:00,结案,是,公用部件,下水井盖,水务局,8,甲社区,井盖缺失,已补\r\n";

const BAD: &str = "B1,2024-02-30 08:00:00,,办理中,,市容环卫,乱摆卖,,,甲社区,二月没有三十号,\r\n\
    B2,2199-01-01 08:00:00,,办理中,,市容环卫,乱摆卖,,,甲社区,将来的时间,\r\n\
    B3,2024-03-03 08:00:00,,转企业,,市容环卫,乱摆卖,,,甲社区,状态不认识,\r\n\
    A1,2024-03-03 08:00:00,,办理中,,市容环卫,乱摆卖,,,甲社区,编号重复,\r\n";

fn fields<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("kind", "issues"),
        ("source", "示例热线"),
        ("region", "示例街"),
    ];
    all.extend(more);
    all
}

async fn import(app: &App, text: &str, more: &[(&str, &str)]) -> Value {
    let (job, import) = app.import("工单.csv", text.as_bytes(), &fields(more)).await;
    assert_eq!(job["state"], "done", "{job}");
    import
}

fn problems(import: &Value) -> Vec<(u64, String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = import["report"]["problems"].as_array().unwrap();
    list.iter()
        .map(|problem| {
            (
                problem["row"].as_u64().unwrap_or(0),
                text(&problem["code"]),
                text(&problem["field"]),
                text(&problem["value"]),
            )
        })
        .collect()
}

async fn issues(app: &App) -> Vec<Value> {
    let page = app.get("/api/v1/issues?order=asc").await;
    page["items"].as_array().unwrap().clone()
}

async fn detail(app: &App, text: &str) -> Value {
    let all = issues(app).await;
    let one = all.iter().find(|issue| issue["black_text"] == text);
    let id = one.unwrap_or_else(|| panic!("no “{text}” in {all:?}"))["id"].clone();
    app.get(&format!("/api/v1/issues/{}", id.as_str().unwrap()))
        .await
}

#[tokio::test]
async fn the_good_half_is_stored_and_every_bad_row_is_named() {
    half(App::empty().await).await;
}

#[tokio::test]
async fn the_same_on_postgis() {
    let database = TestPostgis::new().await;
    half(App::at(&database.url).await).await;
}

/// A grid administrator of one community imports a file about two.
#[tokio::test]
async fn rows_outside_the_scope_of_whoever_imports_are_refused_one_by_one() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let communities: Vec<_> = (picture.regions.iter())
        .filter(|one| {
            one.code.to_string().starts_with("999001001") && !one.code.to_string().ends_with("000")
        })
        .map(|one| (one.code.to_string(), one.name.clone()))
        .collect();
    let (own, other) = (&communities[0], &communities[1]);
    let text = format!(
        "{HEAD}S1,2024-03-01 08:00:00,,办理中,,市容环卫,乱摆卖,,,{},范围内,\r\nS2,2024-03-01 08:00:00,,办理中,,市容环卫,乱摆卖,,,{},范围外,\r\n",
        own.1, other.1
    );
    let person = app.person("part", &[("grid_admin", &own.0)]).await;
    let scoped = App::as_person(&app, person);
    let fields = [("kind", "issues"), ("source", "示例热线")];
    let (job, import) = scoped.import("工单.csv", text.as_bytes(), &fields).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(
        (&import["counts"]["stored"], &import["counts"]["refused"]),
        (&1.into(), &1.into()),
        "{import}"
    );
    let refused: Vec<_> = problems(&import)
        .into_iter()
        .map(|(row, code, ..)| (row, code))
        .collect();
    assert!(refused.iter().any(|(row, _)| *row == 2), "{refused:?}");
    let all = issues(&app).await;
    let texts: Vec<_> = all
        .iter()
        .map(|one| one["black_text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["范围内"]);
}

async fn half(app: App) {
    let text = format!("{HEAD}{GOOD}{BAD}");
    let dry = import(&app, &text, &[("dry_run", "true")]).await;
    assert_eq!(dry["state"], "dry_run");
    assert_eq!(issues(&app).await.len(), 0);
    assert_eq!(
        app.services.picture().regions.len(),
        0,
        "a dry run makes no region"
    );
    let stored = import(&app, &text, &[]).await;
    assert_eq!(stored["counts"], dry["counts"]);
    assert_eq!(stored["report"]["by_code"], dry["report"]["by_code"]);
    assert_eq!(stored["counts"]["stored"], 3, "{stored}");
    assert_eq!(stored["counts"]["refused"], 4, "{stored}");
    let wanted = [
        (4, "time_unreadable", "受理时间", "2024-02-30 08:00:00"),
        (5, "in_future", "受理时间", "2199-01-01 08:00:00"),
        (6, "state_word_unknown", "状态", "转企业"),
        (7, "duplicate_row", "工单编号", "A1"),
    ];
    let found = problems(&stored);
    for (row, code, field, value) in wanted {
        let one = (row, code.to_owned(), field.to_owned(), value.to_owned());
        assert!(found.contains(&one), "{one:?} is not in {found:?}");
    }
    let closed = detail(&app, "门口乱摆卖").await;
    assert_eq!(closed["state"], "closed", "{closed}");
    assert_eq!(closed["source"], "hotline");
    assert_eq!(closed["red_text"], "已清理");
    assert_eq!(closed["reported_at"], "2024-03-01T00:00:00Z", "{closed}");
    assert_eq!(closed["closed_at"], "2024-03-02T01:00:00Z", "{closed}");
    let open = detail(&app, "占道经营").await;
    assert_eq!(open["state"], "disposing", "{open}");
    assert_eq!(
        open["red_text"],
        Value::Null,
        "what is under way is no result"
    );
    for (word, n) in [("1", 1), ("0", 1), ("unknown", 1)] {
        let page = app.get(&format!("/api/v1/issues?on_time={word}")).await;
        assert_eq!(page["total"], n, "on_time={word}");
    }
}

#[tokio::test]
async fn gb18030_and_xlsx_give_the_same_issues() {
    let app = App::empty().await;
    let text = format!("{HEAD}{GOOD}");
    let (gbk, _, _) = encoding_rs::GB18030.encode(&text);
    let (job, import) = app.import("工单.csv", &gbk, &fields(&[])).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(import["counts"]["stored"], 3, "{import}");

    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let format = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
    for (row, line) in format!("{HEAD}{GOOD}").lines().enumerate() {
        for (column, cell) in line.split(',').enumerate() {
            let (row, column) = (row as u32, column as u16);
            let cell = cell.trim();
            if row == 1 && column == 1 {
                let when = ExcelDateTime::parse_from_str("2024-03-01T08:00:00").unwrap();
                sheet
                    .write_with_format(row, column, &when, &format)
                    .unwrap();
            } else {
                sheet.write(row, column, cell).unwrap();
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    let (job, again) = app.import("工单.xlsx", &bytes, &fields(&[])).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(again["counts"]["unchanged"], 3, "{again}");
    assert_eq!(again["counts"]["stored"], 0, "{again}");
}

#[tokio::test]
async fn words_for_states_are_mapped_and_times_follow_the_zone() {
    let app = App::empty().await;
    let text = format!("{HEAD}{BAD}");
    let states = [
        ("states", r#"{"转企业":"escalated"}"#),
        ("time_zone", "America/New_York"),
    ];
    import(&app, &text, &states).await;
    let mapped = detail(&app, "状态不认识").await;
    assert_eq!(mapped["state"], "escalated", "{mapped}");
    assert_eq!(mapped["reported_at"], "2024-03-03T13:00:00Z");
    let bytes = text.as_bytes().to_vec();
    for (field, value, code) in [
        ("time_zone", "Mars/Olympus", "time_zone_invalid"),
        ("states", r#"{"转企业":"gone"}"#, "states_invalid"),
    ] {
        let part = axum_test::multipart::Part::bytes(bytes.clone()).file_name("工单.csv");
        let form = axum_test::multipart::MultipartForm::new()
            .add_part("file", part)
            .add_text("kind", "issues")
            .add_text(field, value);
        let refused = app.server.post("/api/v1/imports").multipart(form).await;
        assert_eq!(refused.status_code(), 400, "{}", refused.text());
        assert!(refused.text().contains(code), "{}", refused.text());
    }
}

#[tokio::test]
async fn twice_is_once_a_changed_row_is_an_event_and_undo_takes_each_import_back() {
    let app = App::empty().await;
    let text = format!("{HEAD}{GOOD}");
    let first = import(&app, &text, &[]).await;
    let again = import(&app, &text, &[]).await;
    assert_eq!(again["counts"]["unchanged"], 3, "{again}");
    assert_eq!(again["counts"]["stored"], 0);
    assert_eq!(again["counts"]["updated"], 0);

    let later = text.replace(
        "A2,2024-03-01 23:30,,办理中,-",
        "A2,2024-03-01 23:30,2024-03-04 08:00:00,办结,否",
    );
    let changed = import(&app, &later, &[]).await;
    assert_eq!(changed["counts"]["updated"], 1, "{changed}");
    assert_eq!(changed["counts"]["unchanged"], 2);
    let closed = detail(&app, "占道经营").await;
    assert_eq!(closed["state"], "closed", "{closed}");
    let moves: Vec<&str> = closed["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| event["move"].as_str())
        .collect();
    assert_eq!(moves, ["open", "adopt"], "{closed}");

    let undo = |import: &Value| {
        let id = import["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/imports/{id}:undo");
        app.server.post(&path)
    };
    let refused = undo(&first).await;
    assert_eq!(refused.status_code(), 409, "{}", refused.text());
    assert!(refused.text().contains("import_changed_since"));
    let taken = undo(&changed).await;
    assert_eq!(taken.status_code(), 200, "{}", taken.text());
    assert_eq!(detail(&app, "占道经营").await["state"], "disposing");
    assert_eq!(issues(&app).await.len(), 3);
}

#[tokio::test]
async fn an_undone_import_leaves_nothing_and_one_that_was_worked_on_stays() {
    let app = App::empty().await;
    let text = format!("{HEAD}{GOOD}");
    let first = import(&app, &text, &[]).await;
    let regions = app.services.picture().regions.len();
    assert_eq!(
        regions, 5,
        "district, street, its own community and the two of the file"
    );
    let categories = || app.services.issues().catalog().tree.all().len();
    let with_branch = categories();
    let path = format!("/api/v1/imports/{}:undo", first["id"].as_str().unwrap());
    let taken = app.server.post(&path).await;
    assert_eq!(taken.status_code(), 200, "{}", taken.text());
    assert_eq!(taken.json::<Value>()["rows"], 3);
    assert_eq!(issues(&app).await.len(), 0);
    assert_eq!(app.services.picture().regions.len(), 0);
    assert_eq!(
        categories(),
        with_branch - 5,
        "the branch, two groups, two categories"
    );

    let second = import(&app, &text, &[]).await;
    assert_eq!(second["counts"]["stored"], 3);
    let open = detail(&app, "占道经营").await;
    let done = app
        .server
        .post(&format!("/api/v1/issues/{}", open["id"].as_str().unwrap()))
        .json(&serde_json::json!({ "move": "complete", "red_text": "已劝离" }))
        .await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    let path = format!("/api/v1/imports/{}:undo", second["id"].as_str().unwrap());
    let refused = app.server.post(&path).await;
    assert_eq!(refused.status_code(), 409, "{}", refused.text());
    assert!(
        refused.text().contains(open["code"].as_str().unwrap()),
        "the issue that was moved is named: {}",
        refused.text()
    );
    let later = text.replace("占道经营", "占道经营（新）");
    let kept = import(&app, &later, &[]).await;
    assert_eq!(
        kept["counts"]["unchanged"], 3,
        "what is done here counts: {kept}"
    );
    assert!(problems(&kept).iter().any(|one| one.1 == "handled_here"));
}

#[tokio::test]
async fn a_row_without_a_place_is_refused_and_a_point_far_from_the_others_too() {
    let app = App::empty().await;
    let text = "编号,受理时间,状态,内容,经度,纬度\r\n\
        1,2024-03-01 08:00:00,closed,一,117.20,31.80\r\n\
        2,2024-03-01 08:00:00,closed,二,117.21,31.81\r\n\
        3,2024-03-01 08:00:00,closed,三,17.21,31.81\r\n\
        4,2024-03-01 08:00:00,closed,四,0,0\r\n";
    let base = [("kind", "issues"), ("crs", "wgs84")];
    let (job, none) = app.import("点.csv", text.as_bytes(), &base).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(none["counts"]["refused"], 4, "{none}");
    assert!(
        problems(&none)
            .iter()
            .all(|one| one.1 != "region_unknown" || one.0 > 0)
    );
    let with = [base[0], base[1], ("region", "示例区")];
    let (_, import) = app.import("点.csv", text.as_bytes(), &with).await;
    assert_eq!(import["counts"]["stored"], 3, "{import}");
    assert!(
        problems(&import)
            .iter()
            .any(|one| one.0 == 3 && one.1 == "point_far_outside")
    );
    let page = app.get("/api/v1/issues").await;
    assert_eq!(
        (page["total"].as_u64(), page["without_point"].as_u64()),
        (Some(3), Some(1))
    );
    let picture = app.services.picture();
    let region = picture
        .regions
        .iter()
        .find(|region| region.outline.is_some());
    let bounds = picture
        .bounds(region.expect("an outline around its points").code)
        .unwrap();
    let [west, south, east, north] = bounds.to_array();
    assert!(west < 117.2 && east > 117.21 && south < 31.8 && north > 31.81);
    assert!(east - west < 0.1, "the slip is not in it");
    drop(picture);
    let (_, again) = app.import("点.csv", text.as_bytes(), &with).await;
    assert_eq!(again["counts"]["unchanged"], 3, "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_goes_to_the_community_that_it_names_or_nowhere() {
    let app = App::demo().await;
    let street: gridkeeper::domain::RegionCode = "999001001000".parse().unwrap();
    let communities: Vec<_> = (app.services.picture().regions.iter())
        .filter(|one| street.contains(one.code) && one.code != street)
        .map(|one| (one.code.to_string(), one.name.clone()))
        .collect();
    let (own, other) = (&communities[0], &communities[1]);
    let head = HEAD.replace("社区,", "社区,社区代码,");
    let row = |number: &str, name: &str, code: &str, text: &str| {
        format!("{number},2024-03-01 08:00:00,,办理中,,市容环卫,乱摆卖,,,{name},{code},{text},\r\n")
    };
    let file = [
        head.clone(),
        row("N1", "", "", "没写社区"),
        row("N2", &own.1, "", "本社区"),
        row("N3", &other.1, "", "别的社区"),
        row("N4", "", &other.0, "别的代码"),
        row("N5", "不存在的社区", "", "写错名称"),
        row("N6", "", "999009009009", "写错代码"),
    ]
    .concat();
    let send = async |who: &App| {
        let fields = [
            ("kind", "issues"),
            ("source", "示例热线"),
            ("region", own.0.as_str()),
        ];
        let (job, import) = who.import("工单.csv", file.as_bytes(), &fields).await;
        assert_eq!(job["state"], "done", "{job}");
        import
    };
    // Whoever has the first community alone: the other's rows are refused, and it is not told that it exists.
    let person = app.person("part", &[("grid_admin", &own.0)]).await;
    let part = send(&app.as_person(person)).await;
    assert_eq!(
        (&part["counts"]["stored"], &part["counts"]["refused"]),
        (&2.into(), &4.into()),
        "{part}"
    );
    let told = problems(&part);
    for (row, value) in [(3, &other.1), (5, &"不存在的社区".to_owned())] {
        let wanted = (
            row,
            "community_unknown".to_owned(),
            "community".to_owned(),
            value.clone(),
        );
        assert!(told.contains(&wanted), "{told:?}");
    }
    // Whoever has the street: each row lies where it says.
    let whole = send(&app).await;
    assert_eq!(whole["counts"]["refused"], 2, "{whole}");
    for (text, community) in [
        ("没写社区", own),
        ("本社区", own),
        ("别的社区", other),
        ("别的代码", other),
    ] {
        assert_eq!(detail(&app, text).await["region"], community.0, "{text}");
    }
    let wrong: Vec<_> = problems(&whole)
        .into_iter()
        .filter(|(_, code, ..)| code == "community_unknown")
        .map(|(row, _, _, value)| (row, value))
        .collect();
    assert_eq!(
        wrong,
        [
            (5, "不存在的社区".to_owned()),
            (6, "999009009009".to_owned())
        ]
    );
}
