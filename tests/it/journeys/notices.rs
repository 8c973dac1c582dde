//! Notices from plan to door: they follow plans and people in the same transaction, and are moved on by staff.

use super::app::App;
use crate::support::postgis::TestPostgis;
use axum_test::TestServer;
use chrono::Utc;
use gridkeeper::config::Config;
use gridkeeper::domain::{AppointmentId, Housekeeper, NoticeReason, NoticeState, RegionCode};
use gridkeeper::services::notices::{Roster, roster_written};
use gridkeeper::services::picture::Picture;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const STREET: &str = "999001001000";

/// Declares each function as a test on a GeoPackage and on PostGIS.
macro_rules! on_both {
    ($($name:ident)+) => {
        mod on_geopackage {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let app = super::App::with(super::config()).await;
                super::$name(&super::filled(app).await).await;
            })+
        }
        mod on_postgis {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let db = super::TestPostgis::new().await;
                super::$name(&super::App::demo_on(&db.url, super::config()).await).await;
            })+
        }
    };
}

on_both! {
    seventeen_of_eighteen_doors_are_94_4_percent
    a_door_is_moved_on_by_legal_moves_alone
    many_doors_are_moved_on_each_by_itself
    a_plan_that_comes_into_force_changes_the_doors_that_read_otherwise
    a_plan_that_is_withdrawn_before_its_day_leaves_the_doors_as_they_were
    a_new_number_and_an_ended_post_change_every_door_of_the_keeper
    what_is_printed_names_only_who_agreed
}

fn config() -> Config {
    let mut config = Config::default();
    config.server.public_url = Some("https://example.org".into());
    config
}

async fn filled(app: App) -> App {
    app.fill(false).await;
    app
}

async fn list(app: &App, query: &str) -> Value {
    app.get(&format!("/api/v1/notices?{query}")).await
}

async fn mark(by: &TestServer, building: &str, to: &str) -> (u16, Value) {
    let path = format!("/api/v1/buildings/{building}/notice");
    let response = by.put(&path).json(&json!({ "to": to })).await;
    (response.status_code().as_u16(), response.json())
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|one| one["building"].as_str().unwrap().to_owned())
        .collect()
}

async fn seventeen_of_eighteen_doors_are_94_4_percent(app: &App) {
    let page = list(app, &format!("region={STREET}&limit=5000")).await;
    let golden = page["compounds"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["buildings"] == 18);
    let golden = golden.expect("the demo has a compound of 18 buildings");
    assert_eq!(
        (&golden["verified"], &golden["coverage_bp"]),
        (&json!(17), &json!(9444))
    );
    let compound = golden["id"].as_str().unwrap();
    let gap = list(app, &format!("compound={compound}&state=gap")).await;
    assert_eq!(
        (
            gap["total"].as_u64(),
            gap["items"].as_array().unwrap().len()
        ),
        (Some(1), 1)
    );
    assert_eq!(gap["items"][0]["state"], "posted");
    // The figures of the whole are those of the parts, whatever states were asked for.
    let sum = |key: &str| -> u64 {
        page["compounds"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].as_u64().unwrap())
            .sum()
    };
    assert_eq!(page["coverage"]["buildings"], sum("buildings"));
    assert_eq!(page["coverage"]["verified"], sum("verified"));
    assert_eq!(page["total"].as_u64().unwrap(), sum("buildings"));
    let states: u64 = page["coverage"]["states"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(states, sum("buildings"));
    for state in [
        "to_print",
        "posted",
        "verified",
        "due_check",
        "to_replace",
        "to_remove",
    ] {
        let some = list(app, &format!("region={STREET}&state={state}")).await;
        assert_eq!(some["total"], page["coverage"]["states"][state], "{state}");
        assert!(
            some["total"].as_u64().unwrap() > 0,
            "the demo has doors that are {state}"
        );
        assert_eq!(some["coverage"], page["coverage"], "{state}");
    }
    let wrong = app.server.get("/api/v1/notices?state=lost").await;
    assert_eq!(wrong.status_code(), 422);
    let nowhere = app.server.get("/api/v1/notices?region=999009009000").await;
    assert_eq!(nowhere.status_code(), 404);
}

async fn a_door_is_moved_on_by_legal_moves_alone(app: &App) {
    let page = list(app, &format!("region={STREET}&state=posted")).await;
    let door = ids(&page)[0].clone();
    let (status, refused) = mark(&app.server, &door, "removed").await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(
        refused["details"],
        json!(["verified", "to_replace", "to_remove"])
    );
    let (status, view) = mark(&app.server, &door, "verified").await;
    assert_eq!(
        (status, view["state"].as_str()),
        (200, Some("verified")),
        "{view}"
    );
    let moves = view["moves"].as_array().unwrap();
    let last = moves.last().unwrap();
    assert_eq!(
        (last["from"].as_str(), last["to"].as_str()),
        (Some("posted"), Some("verified"))
    );
    assert_eq!(
        moves[0]["from"],
        Value::Null,
        "the first move made the board"
    );
    for to in ["to_remove", "removed", "to_print"] {
        let (status, view) = mark(&app.server, &door, to).await;
        assert_eq!((status, view["state"].as_str()), (200, Some(to)), "{view}");
    }
    let (status, _) = mark(&app.server, &door, "nonsense").await;
    assert_eq!(status, 422);
    // A planner looks and changes nothing; who works elsewhere does not know of it.
    let planner = app
        .person("a-planner", &[("planner", "999001000000")])
        .await;
    assert_eq!(mark(&planner, &door, "posted").await.0, 403);
    let elsewhere = app
        .person("from-elsewhere", &[("grid_admin", "999002001000")])
        .await;
    assert_eq!(mark(&elsewhere, &door, "posted").await.0, 404);
    let own = list(app, &format!("region={STREET}&limit=1")).await;
    let seen: Value = elsewhere.get("/api/v1/notices").await.json();
    assert_eq!(
        (own["total"].as_u64().unwrap() > 0, seen["total"].as_u64()),
        (true, Some(0))
    );
}

async fn many_doors_are_moved_on_each_by_itself(app: &App) {
    let posted = ids(&list(app, &format!("region={STREET}&state=posted")).await);
    let verified = ids(&list(app, &format!("region={STREET}&state=verified")).await);
    let nobody = Uuid::now_v7().to_string();
    let ask = json!({ "buildings": [posted[0], verified[0], nobody, posted[1], posted[0]], "to": "verified" });
    let report: Value = app
        .server
        .post("/api/v1/notices:mark")
        .json(&ask)
        .await
        .json();
    assert_eq!(
        (report["done"].as_u64(), report["refused"].as_u64()),
        (Some(3), Some(2)),
        "{report}"
    );
    let codes: Vec<Option<&str>> = report["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        [None, None, Some("not_found"), None, Some("building_twice")]
    );
    let ask = json!({ "buildings": [posted[0]], "to": "posted" });
    let report: Value = app
        .server
        .post("/api/v1/notices:mark")
        .json(&ask)
        .await
        .json();
    assert_eq!(report["items"][0]["code"], "notice_move_illegal");
    assert_eq!(
        report["items"][0]["legal"],
        json!(["verified", "to_replace", "to_remove"])
    );
    let none = app
        .server
        .post("/api/v1/notices:mark")
        .json(&json!({ "buildings": [], "to": "posted" }))
        .await;
    assert_eq!(none.status_code(), 422);
    // A keeper hangs up what hangs in the own area, and nothing else.
    let picture = app.services.picture();
    let plan = picture
        .in_force(STREET.parse().unwrap(), Utc::now())
        .unwrap();
    let (area, keeper) = (0..plan.areas.len())
        .find_map(|area| {
            plan.active_keepers(&picture, area)
                .next()
                .map(|(keeper, _)| (area, keeper.id))
        })
        .unwrap();
    let one = app
        .person("a-keeper", &[("housekeeper", &format!("keeper:{keeper}"))])
        .await;
    let mine: Value = one.get("/api/v1/notices?limit=5000").await.json();
    let own = plan.area_of_building.iter().filter(|(_, of)| {
        plan.keepers[*of as usize].iter().any(|id| {
            picture
                .holder(*id)
                .is_some_and(|(held_by, _)| held_by.id == keeper)
        })
    });
    assert!(plan.keepers[area].len() < plan.areas.len());
    assert_eq!(mine["total"].as_u64(), Some(own.count() as u64));
}

/// What each door should say: area and active keepers.
fn says(picture: &Picture) -> HashMap<Uuid, (u32, Vec<AppointmentId>)> {
    let plan = picture
        .in_force(STREET.parse::<RegionCode>().unwrap(), Utc::now())
        .unwrap();
    plan.area_of_building
        .iter()
        .map(|(at, area)| {
            let mut keepers: Vec<AppointmentId> = plan
                .active_keepers(picture, area as usize)
                .map(|(_, post)| post.id)
                .collect();
            keepers.sort_unstable();
            (
                picture.buildings[at].id.uuid(),
                (plan.areas[area as usize].number, keepers),
            )
        })
        .collect()
}

async fn boards(app: &App) -> HashMap<Uuid, gridkeeper::domain::Notice> {
    let mut lease = app.services.store().read().await.unwrap();
    let all = lease.conn().notice_list(None).await.unwrap();
    all.into_iter()
        .map(|notice| (notice.building.uuid(), notice))
        .collect()
}

async fn a_plan_that_comes_into_force_changes_the_doors_that_read_otherwise(app: &App) {
    let (before, hung) = (says(&app.services.picture()), boards(app).await);
    let started = app
        .server
        .post(&format!("/api/v1/regions/{STREET}/plans:balance"))
        .json(&json!({ "seed": 99, "target_households": 700 }))
        .await;
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    assert_eq!(boards(app).await, hung, "a draft hangs nowhere");
    app.publish(job["result"]["plan_id"].as_str().unwrap())
        .await;
    let (after, now) = (says(&app.services.picture()), boards(app).await);
    let (mut changed, mut kept) = (0, 0);
    for (building, sheet) in &after {
        let (was, is) = (&hung[building], &now[building]);
        if !matches!(
            was.stored_state,
            NoticeState::Posted | NoticeState::Verified
        ) {
            continue;
        }
        if before[building] == *sheet {
            kept += 1;
            assert_eq!(is, was, "a door that reads the same stays as it is");
        } else {
            changed += 1;
            assert_eq!(
                (is.stored_state, is.reason),
                (NoticeState::ToReplace, Some(NoticeReason::PlanChanged))
            );
        }
    }
    assert!(changed > 50, "{changed} doors changed, {kept} stayed");
    // Only the doors that have to be printed anew, in a file of as many pages.
    let ask = json!({ "region": STREET, "changed": true });
    let file = app.server.post("/api/v1/notices:print").json(&ask).await;
    assert_eq!(file.status_code(), 200);
    let pages: usize = file
        .header("x-gridkeeper-pages")
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let due = now.values().filter(|one| {
        matches!(
            one.stored_state,
            NoticeState::ToPrint | NoticeState::ToReplace | NoticeState::ToRemove
        )
    });
    assert_eq!(
        pages,
        due.filter(|one| after.contains_key(&one.building.uuid()))
            .count()
    );
}

async fn a_plan_that_is_withdrawn_before_its_day_leaves_the_doors_as_they_were(app: &App) {
    let hung = boards(app).await;
    let in_force = |app: &App, at| {
        let picture = app.services.picture();
        let street: RegionCode = STREET.parse().unwrap();
        picture.in_force(street, at).map(|plan| plan.plan.id)
    };
    let (before, next_year) = (
        in_force(app, Utc::now()),
        Utc::now() + chrono::Duration::days(365),
    );
    let started = app
        .server
        .post(&format!("/api/v1/regions/{STREET}/plans:balance"))
        .json(&json!({ "seed": 99, "target_households": 700 }))
        .await;
    let job = app.job(&started.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let plan = format!(
        "/api/v1/plans/{}",
        job["result"]["plan_id"].as_str().unwrap()
    );
    let submit = json!({ "to": "in_review", "reason": "请审核", "acknowledge": true });
    let sent = app
        .server
        .post(&format!("{plan}:transition"))
        .json(&submit)
        .await;
    assert_eq!(sent.status_code(), 200, "{}", sent.text());
    let leader = app.leader().await;
    let day = Utc::now() + chrono::Duration::days(30);
    let publish = json!({ "reason": "下月起", "acknowledge": true, "effective_at": day });
    let done = leader.post(&format!("{plan}:publish")).json(&publish).await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    let waiting = boards(app).await;
    let other = |one: &&uuid::Uuid| waiting[*one].stored_state != hung[*one].stored_state;
    assert!(hung.keys().filter(other).count() > 50);

    let withdraw = json!({ "to": "withdrawn", "reason": "居民意见" });
    let done = leader
        .post(&format!("{plan}:transition"))
        .json(&withdraw)
        .await;
    assert_eq!(done.status_code(), 200, "{}", done.text());
    let now = boards(app).await;
    for (building, was) in &hung {
        let is = &now[building];
        assert_eq!(
            (is.stored_state, is.reason, is.hanging.is_none()),
            (was.stored_state, was.reason, true),
            "{building}"
        );
        if matches!(
            was.stored_state,
            NoticeState::Posted | NoticeState::Verified
        ) {
            assert_eq!((&is.sheet, is.checked_at), (&was.sheet, was.checked_at));
        }
    }
    assert_eq!(
        in_force(app, next_year),
        before,
        "and the plan of before goes on"
    );
}

async fn a_new_number_and_an_ended_post_change_every_door_of_the_keeper(app: &App) {
    let picture = app.services.picture();
    let hung = boards(app).await;
    let names = |notice: &gridkeeper::domain::Notice, id: AppointmentId| {
        matches!(
            notice.stored_state,
            NoticeState::Posted | NoticeState::Verified
        ) && notice
            .sheet
            .as_ref()
            .is_some_and(|sheet| sheet.keepers.contains(&id))
    };
    let mut posts = picture
        .appointments
        .iter()
        .filter(|post| hung.values().any(|one| names(one, post.id)));
    let (called, left) = (posts.next().unwrap(), posts.next().unwrap());
    let keeper = picture
        .housekeepers
        .iter()
        .find(|one| one.id == called.housekeeper)
        .unwrap();
    let dialled = Housekeeper {
        duty_phone: Some("100 9999 0001".into()),
        ..keeper.clone()
    };
    let now = Utc::now();
    let today = app.services.today(now);
    let ended = gridkeeper::domain::Appointment {
        end: Some(today.pred_opt().unwrap()),
        ..left.clone()
    };
    // Nobody has to notice afterwards: it happens in the transaction, or not at all.
    for commit in [false, true] {
        let mut tx = app.services.store().begin().await.unwrap();
        let mut conn = tx.conn();
        conn.housekeeper_upsert(std::slice::from_ref(&dialled))
            .await
            .unwrap();
        conn.appointment_upsert(std::slice::from_ref(&ended))
            .await
            .unwrap();
        let before = Roster {
            keepers: std::slice::from_ref(keeper),
            appointments: std::slice::from_ref(left),
        };
        let after = Roster {
            keepers: std::slice::from_ref(&dialled),
            appointments: std::slice::from_ref(&ended),
        };
        let actor = app.services.operator();
        let moved = roster_written(&mut conn, before, after, today, &actor, now)
            .await
            .unwrap();
        assert!(moved >= 2);
        if commit {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
            assert_eq!(boards(app).await, hung);
        }
    }
    for (building, is) in boards(app).await {
        let was = &hung[&building];
        let state = (is.stored_state, is.reason);
        if names(was, left.id) {
            assert_eq!(
                state,
                (NoticeState::ToRemove, Some(NoticeReason::KeeperLeft))
            );
        } else if names(was, called.id) {
            assert_eq!(
                state,
                (NoticeState::ToReplace, Some(NoticeReason::KeeperChanged))
            );
        } else {
            assert_eq!(is.stored_state, was.stored_state);
        }
    }
    // What was printed before must not be hung now.
    app.services.reload().await.unwrap();
    let old = hung
        .values()
        .find(|one| names(one, left.id))
        .unwrap()
        .building
        .to_string();
    let (status, posted) = mark(&app.server, &old, "posted").await;
    assert_eq!(
        (status, posted["type"].as_str()),
        (409, Some("/problems/sheet_outdated"))
    );
    let printed = app
        .server
        .post("/api/v1/notices:print")
        .json(&json!({ "buildings": [old] }))
        .await;
    assert_eq!(printed.status_code(), 200, "{}", printed.text());
    assert_eq!(mark(&app.server, &old, "posted").await.0, 200);
}

/// The text of a PDF; `None` where no reader is installed.
fn text_of(pdf: &[u8]) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notices.pdf");
    std::fs::write(&path, pdf).unwrap();
    let output = std::process::Command::new("pdftotext")
        .args(["-layout"])
        .arg(&path)
        .arg("-")
        .output();
    match output {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(_) => {
            eprintln!("skipped: pdftotext (poppler-utils) is not installed");
            None
        }
    }
}

async fn what_is_printed_names_only_who_agreed(app: &App) {
    let picture = app.services.picture();
    let plan = picture
        .in_force(STREET.parse().unwrap(), Utc::now())
        .unwrap();
    let (area, keepers) = (0..plan.areas.len())
        .map(|area| {
            (
                area as u32,
                plan.active_keepers(&picture, area)
                    .map(|(keeper, _)| keeper.clone())
                    .collect::<Vec<_>>(),
            )
        })
        .find(|(_, keepers)| keepers.len() == 2)
        .unwrap();
    let at = plan
        .area_of_building
        .iter()
        .find(|(_, of)| *of == area)
        .unwrap()
        .0;
    let building = picture.buildings[at].id.to_string();
    let (shown, silent) = (
        keepers[0].clone(),
        Housekeeper {
            consent: None,
            ..keepers[1].clone()
        },
    );
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn()
        .housekeeper_upsert(std::slice::from_ref(&silent))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let visitor = super::app::browser(&app.services);
    let made = visitor
        .get(&format!("/api/v1/buildings/{building}/poster"))
        .await;
    assert_eq!(made.status_code(), 200);
    assert_eq!(made.header("content-type"), "application/pdf");
    if let Some(text) = text_of(made.as_bytes()) {
        for words in [
            "您的社区小管家",
            &shown.name,
            shown.duty_phone.as_deref().unwrap(),
            "您在这里",
            "12345",
            "合成示例数据",
        ] {
            assert!(text.contains(words), "{words} is not in\n{text}");
        }
        assert!(!text.contains(&silent.name), "{text}");
        assert!(
            !text.contains(silent.duty_phone.as_deref().unwrap()),
            "{text}"
        );
        for word in ["户数", " 户"] {
            assert!(!text.contains(word), "{word} is in\n{text}");
        }
    }
    // A visitor prints nothing that is noted, and is told of no household.
    let noted = visitor
        .post("/api/v1/notices:print")
        .json(&json!({ "buildings": [building] }))
        .await;
    assert_eq!(noted.status_code(), 401);
    let odd = app
        .server
        .post("/api/v1/notices:print")
        .json(&json!({ "buildings": [building], "paper": "a5" }))
        .await;
    assert_eq!(odd.status_code(), 422);
    let a3 = app
        .server
        .post("/api/v1/notices:print")
        .json(&json!({ "buildings": [building], "paper": "a3" }))
        .await;
    assert_eq!(a3.status_code(), 200);
    assert!(
        boards(app).await[&building.parse::<Uuid>().unwrap()]
            .printed_at
            .is_some()
    );
}
