//! A draft is edited stroke by stroke: saved, undone, shared by eight, settled, copied, and never half-written.

use super::app::App;
use gridkeeper::config::Config;
use gridkeeper::services::Services;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const STREET: &str = "999001001000";

/// A copy of the plan in force, as every redraw begins.
async fn copy(app: &App) -> (String, Value) {
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let items = plans["items"].as_array().unwrap();
    let from = items.iter().find(|p| p["state"] == "in_force").unwrap();
    let body = json!({ "from": from["id"], "name": "春季草案" });
    let made = app.server.post("/api/v1/plans").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let plan = made.json::<Value>()["id"].as_str().unwrap().to_owned();
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    (plan, sheet)
}

async fn save(app: &App, plan: &str, base: i64, client: &str, strokes: Vec<Value>) -> (u16, Value) {
    let body = json!({ "base_seq": base, "client": client, "strokes": strokes });
    let path = format!("/api/v1/plans/{plan}/edits");
    let response = app.server.post(&path).json(&body).await;
    (response.status_code().as_u16(), response.json())
}

fn stroke(moves: Value, areas: Value, keepers: Value) -> Value {
    json!({ "id": Uuid::now_v7(), "label": "笔刷", "moves": moves, "areas": areas, "keepers": keepers })
}

fn moving(unit: &Value, from: &Value, to: &Value) -> Value {
    stroke(
        json!([{ "from": from, "to": to, "units": [unit] }]),
        json!([]),
        json!([]),
    )
}

fn inverse(of: &Value) -> Value {
    let swap = |list: &Value, a: &str, b: &str| -> Vec<Value> {
        let swapped = |item: &Value| {
            let mut item = item.clone();
            let (x, y) = (item[a].clone(), item[b].clone());
            item[a] = y;
            item[b] = x;
            item
        };
        list.as_array().unwrap().iter().map(swapped).collect()
    };
    stroke(
        json!(swap(&of["moves"], "from", "to")),
        json!(swap(&of["areas"], "before", "after")),
        json!(swap(&of["keepers"], "from", "to")),
    )
}

fn numbers(list: &Value) -> Vec<i64> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value.as_i64().unwrap()).collect()
}

/// A unit beside another area: its identity, its area, the other area.
fn border(sheet: &Value, nth: usize) -> (Value, Value, Value) {
    let area_of = numbers(&sheet["area_of"]);
    let id = |area: i64| sheet["areas"][area as usize]["id"].clone();
    let edges = sheet["edges"].as_array().unwrap().iter().map(numbers);
    let ends = edges
        .filter(|ends| area_of[ends[0] as usize] != area_of[ends[1] as usize])
        .nth(nth)
        .unwrap();
    let [a, b] = [ends[0] as usize, ends[1] as usize];
    (
        sheet["units"]["id"][a].clone(),
        id(area_of[a]),
        id(area_of[b]),
    )
}

#[tokio::test]
async fn strokes_are_saved_at_once_and_settled_rows_agree_with_them() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    assert_eq!(sheet["editable"], true);
    assert_eq!(sheet["edit_seq"], 0);
    let (unit, from, to) = border(&sheet, 0);
    let first = moving(&unit, &from, &to);
    let (status, ack) = save(&app, &plan, 0, "a", vec![first.clone()]).await;
    assert_eq!((status, ack["seq"].as_i64()), (200, Some(1)), "{ack}");
    // The same stroke again, after a lost answer, changes nothing.
    let (status, again) = save(&app, &plan, 0, "a", vec![first.clone()]).await;
    assert_eq!((status, again["seq"].as_i64()), (200, Some(1)));
    assert_eq!(again["theirs"][0]["stroke"]["id"], first["id"]);

    // A new area, renamed and locked in one step, with a keeper on it.
    let id = Uuid::now_v7();
    let person = &sheet["people"].as_array().unwrap()[0];
    let seat = match person["area"].as_i64().unwrap() {
        -1 => Value::Null,
        area => sheet["areas"][area as usize]["id"].clone(),
    };
    let (other, own, _) = border(&sheet, 7);
    let made = stroke(
        json!([{ "from": own, "to": id, "units": [other] }]),
        json!([{ "id": id, "before": null, "after": { "number": 901, "name": "北门片区", "locked": true } }]),
        json!([{ "appointment": person["appointment"], "from": seat, "to": id }]),
    );
    let (status, ack) = save(&app, &plan, 1, "a", vec![made.clone()]).await;
    assert_eq!(status, 200, "{ack}");

    // Whoever opens the plan sees them, from the log or from settled rows.
    let settled = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    assert_eq!(settled["edit_seq"], 2);
    assert_eq!(settled["units_digest"], sheet["units_digest"]);
    let areas = settled["areas"].as_array().unwrap();
    let at = areas
        .iter()
        .position(|area| area["id"] == json!(id))
        .unwrap();
    assert_eq!(areas[at]["name"], "北门片区");
    assert_eq!(areas[at]["locked"], true);
    let index = |sheet: &Value, unit: &Value| {
        let ids = sheet["units"]["id"].as_array().unwrap();
        ids.iter().position(|known| known == unit).unwrap()
    };
    let area_of = numbers(&settled["area_of"]);
    assert_eq!(area_of[index(&settled, &other)], at as i64);
    assert_eq!(
        settled["areas"][area_of[index(&settled, &unit)] as usize]["id"],
        to
    );
    // The stored figures are those that the redraw core states.
    let figures = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/figures"))
        .json(&json!({}))
        .await
        .json::<Value>();
    let detail = app.get(&format!("/api/v1/plans/{plan}")).await;
    for figure in ["areas", "out_of_band", "disconnected", "changed_households"] {
        assert_eq!(
            detail["figures"][figure], figures["totals"][figure],
            "{figure}"
        );
    }
    assert!(detail["figures"]["changed_households"].as_u64().unwrap() > 0);
    let rows = app.get(&format!("/api/v1/plans/{plan}/areas")).await;
    let row = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == json!(id))
        .unwrap();
    assert_eq!(row["units"], 1);
    assert_eq!(row["label"], "901");
    assert!(row["centroid"].is_array(), "the new area has an outline");

    // Taken back, in reverse, the plan is as it was.
    let back = vec![inverse(&made), inverse(&first)];
    let (status, ack) = save(&app, &plan, 2, "a", back).await;
    assert_eq!(status, 200, "{ack}");
    let end = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    for key in ["areas", "area_of", "people", "baseline"] {
        assert_eq!(end[key], sheet[key], "{key}");
    }
}

#[tokio::test]
async fn a_process_that_dies_between_stroke_and_settling_loses_nothing() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let (unit, from, to) = border(&sheet, 3);
    let (status, _) = save(&app, &plan, 0, "a", vec![moving(&unit, &from, &to)]).await;
    assert_eq!(status, 200);
    let other = Services::open(&app.url.parse().unwrap(), Config::default(), false)
        .await
        .unwrap();
    let id = Uuid::parse_str(&plan).unwrap();
    let opened = other.redraw_settled(id).await.unwrap();
    let after = serde_json::to_value(opened.sheet(other.now()).unwrap()).unwrap();
    let ids = after["units"]["id"].as_array().unwrap();
    let at = ids.iter().position(|known| *known == unit).unwrap();
    let area = numbers(&after["area_of"])[at] as usize;
    assert_eq!(after["areas"][area]["id"], to);
    assert_eq!(other.picture().plan(id.into()).unwrap().plan.settled_seq, 1);
}

#[tokio::test]
async fn what_somebody_else_changed_is_refused_by_name_and_the_rest_merges_without_a_word() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let (unit, from, to) = border(&sheet, 0);
    let (far, far_from, far_to) = border(&sheet, 60);
    assert_ne!(unit, far);
    let (status, _) = save(&app, &plan, 0, "a", vec![moving(&unit, &from, &to)]).await;
    assert_eq!(status, 200);
    // From the same start: another building merges, and the answer brings the first stroke.
    let (status, ack) = save(&app, &plan, 0, "b", vec![moving(&far, &far_from, &far_to)]).await;
    assert_eq!((status, ack["seq"].as_i64()), (200, Some(2)), "{ack}");
    assert_eq!(ack["theirs"].as_array().unwrap().len(), 1);
    assert_eq!(ack["theirs"][0]["client"], "a");
    // The same building does not; nothing of the request is stored.
    let (third, third_from, third_to) = border(&sheet, 120);
    let both = vec![
        moving(&third, &third_from, &third_to),
        moving(&unit, &from, &far_to),
    ];
    let (status, refused) = save(&app, &plan, 0, "c", both).await;
    assert_eq!(status, 409, "{refused}");
    assert_eq!(refused["type"], "/problems/edits_conflict");
    assert_eq!(
        refused["details"],
        json!([format!("unit:{}", unit.as_str().unwrap())])
    );
    let log = app
        .get(&format!("/api/v1/plans/{plan}/edits?after=0"))
        .await;
    assert_eq!(log["items"].as_array().unwrap().len(), 2);
    // A locked area is left alone.
    let fields = &sheet["areas"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["id"] == third_to)
        .unwrap();
    let (number, name) = (&fields["number"], &fields["name"]);
    let lock = stroke(
        json!([]),
        json!([{ "id": third_to, "before": { "number": number, "name": name, "locked": false },
                 "after": { "number": number, "name": name, "locked": true } }]),
        json!([]),
    );
    assert_eq!(save(&app, &plan, 2, "a", vec![lock]).await.0, 200);
    let (status, refused) = save(
        &app,
        &plan,
        3,
        "b",
        vec![moving(&third, &third_from, &third_to)],
    )
    .await;
    assert_eq!(
        (status, refused["type"].as_str()),
        (409, Some("/problems/area_locked")),
        "{refused}"
    );
}

#[tokio::test]
async fn nonsense_is_refused_with_a_reason() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let (unit, from, to) = border(&sheet, 0);
    let nobody = json!(Uuid::now_v7());
    let twice = stroke(
        json!([{ "from": from, "to": to, "units": [unit, unit] }]),
        json!([]),
        json!([]),
    );
    let long = "长".repeat(61);
    let named = |name: &str, number: i64| {
        let after = json!({ "number": number, "name": name, "locked": false });
        stroke(
            json!([]),
            json!([{ "id": Uuid::now_v7(), "before": null, "after": after }]),
            json!([]),
        )
    };
    for (what, code, status) in [
        (
            stroke(json!([]), json!([]), json!([])),
            "stroke_invalid",
            422,
        ),
        (twice, "stroke_invalid", 422),
        (named(&long, 77), "stroke_invalid", 422),
        (named("新", 0), "stroke_invalid", 422),
        (named("新", 1), "number_taken", 409),
        (moving(&nobody, &from, &to), "unit_unknown", 422),
        (moving(&unit, &from, &nobody), "edits_conflict", 409),
        (
            stroke(
                json!([]),
                json!([]),
                json!([{ "appointment": nobody, "from": null, "to": to }]),
            ),
            "appointment_unknown",
            422,
        ),
    ] {
        let (got, answer) = save(&app, &plan, 0, "a", vec![what]).await;
        assert_eq!(got, status, "{code}: {answer}");
        assert!(answer.to_string().contains(code), "{code}: {answer}");
    }
    assert_eq!(save(&app, &plan, 0, "a", vec![]).await.0, 422);
    let nowhere = Uuid::now_v7().to_string();
    assert_eq!(
        save(&app, &nowhere, 0, "a", vec![named("新", 9)]).await.0,
        404
    );
    // A plan in force is copied, not edited.
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let items = plans["items"].as_array().unwrap();
    let force = items.iter().find(|p| p["state"] == "in_force").unwrap()["id"]
        .as_str()
        .unwrap();
    let (status, answer) = save(&app, force, 0, "a", vec![named("新", 999)]).await;
    assert_eq!(
        (status, answer["type"].as_str()),
        (409, Some("/problems/plan_not_editable"))
    );
}

#[tokio::test]
async fn eight_people_on_one_plan_lose_nothing() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let units: Vec<Value> = sheet["units"]["id"].as_array().unwrap().clone();
    let areas: Vec<Value> = sheet["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["id"].clone())
        .collect();
    let start: HashMap<Value, Value> = units
        .iter()
        .zip(numbers(&sheet["area_of"]))
        .map(|(unit, area)| (unit.clone(), areas[area as usize].clone()))
        .collect();
    // Neighbours share a fifth of their buildings, so that some strokes collide.
    let person = |who: usize| {
        let (app, plan, units, areas, start) = (&app, plan.as_str(), &units, &areas, &start);
        async move {
            let mut seed = 977 + who as u64;
            let mut dice = move |n: usize| {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                (seed >> 33) as usize % n
            };
            let (mut own, mut base) = (start.clone(), 0i64);
            let (mut stored, mut refused) = (Vec::new(), Vec::new());
            let share = units.len() / 8;
            for _ in 0..25 {
                let unit = &units[(who * share + dice(share + share / 5)) % units.len()];
                let to = &areas[dice(areas.len())];
                let from = own[unit].clone();
                if from == *to {
                    continue;
                }
                let step = moving(unit, &from, to);
                let client = format!("p{who}");
                let (status, answer) = save(app, plan, base, &client, vec![step.clone()]).await;
                if status == 200 {
                    own.insert(unit.clone(), to.clone());
                    stored.push(step["id"].clone());
                } else {
                    assert_eq!(answer["type"], "/problems/edits_conflict", "{answer}");
                    refused.push(step["id"].clone());
                }
                // What others did comes with the answer, or is asked for.
                let path = format!("/api/v1/plans/{plan}/edits?after={base}");
                let log = app.get(&path).await;
                for edit in log["items"].as_array().unwrap() {
                    for group in edit["stroke"]["moves"].as_array().unwrap() {
                        for moved in group["units"].as_array().unwrap() {
                            own.insert(moved.clone(), group["to"].clone());
                        }
                    }
                    base = edit["seq"].as_i64().unwrap();
                }
            }
            (stored, refused)
        }
    };
    let done = futures_util::future::join_all((0..8).map(person)).await;
    let log = app
        .get(&format!("/api/v1/plans/{plan}/edits?after=0"))
        .await;
    let items = log["items"].as_array().unwrap();
    let ids: Vec<&Value> = items.iter().map(|edit| &edit["stroke"]["id"]).collect();
    let seqs: Vec<i64> = items
        .iter()
        .map(|edit| edit["seq"].as_i64().unwrap())
        .collect();
    assert_eq!(
        seqs,
        (1..=items.len() as i64).collect::<Vec<_>>(),
        "no gap, no order but one"
    );
    for (stored, refused) in &done {
        for id in stored {
            assert_eq!(
                ids.iter().filter(|known| **known == id).count(),
                1,
                "exactly once"
            );
        }
        for id in refused {
            assert!(!ids.contains(&id), "a refused stroke left a trace");
        }
    }
    let acknowledged: usize = done.iter().map(|(stored, _)| stored.len()).sum();
    assert_eq!(
        acknowledged,
        items.len(),
        "nothing but what was acknowledged"
    );
    // The log from the start is the plan as it is stored.
    let mut replayed = start.clone();
    for edit in items {
        for group in edit["stroke"]["moves"].as_array().unwrap() {
            for unit in group["units"].as_array().unwrap() {
                assert_eq!(
                    replayed[unit], group["from"],
                    "every stroke began where the last one ended"
                );
                replayed.insert(unit.clone(), group["to"].clone());
            }
        }
    }
    let end = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let places = numbers(&end["area_of"]);
    for (unit, area) in end["units"]["id"].as_array().unwrap().iter().zip(places) {
        assert_eq!(end["areas"][area as usize]["id"], replayed[unit]);
    }
}

#[tokio::test]
async fn a_page_asks_in_its_own_numbers_whatever_is_settled_meanwhile() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let mut area_of = numbers(&sheet["area_of"]);
    let mut order: Vec<Value> = sheet["areas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["id"].clone())
        .collect();
    let (unit, from, to) = border(&sheet, 0);
    let at = sheet["units"]["id"]
        .as_array()
        .unwrap()
        .iter()
        .position(|u| *u == unit)
        .unwrap();
    let there = order.iter().position(|id| *id == to).unwrap();
    let by_changes = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/figures"))
        .json(&json!({ "changes": [[at, there]] }))
        .await
        .json::<Value>();
    // The page holds an area that the stored plan lacks, and the stroke is not settled.
    order.push(json!(Uuid::now_v7()));
    area_of[at] = there as i64;
    assert_eq!(
        save(&app, &plan, 0, "a", vec![moving(&unit, &from, &to)])
            .await
            .0,
        200
    );
    let ask = json!({ "areas_order": order, "area_of": area_of, "areas": [there] });
    let by_page = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/figures"))
        .json(&ask)
        .await
        .json::<Value>();
    assert_eq!(by_page["totals"], by_changes["totals"]);
    let outlines = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/outlines"))
        .json(&ask)
        .await
        .json::<Value>();
    assert_eq!(outlines["items"][0]["area"], there);
    assert_eq!(outlines["items"][0]["outline"]["type"], "MultiPolygon");
    let balanced = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/rebalance"))
        .json(&ask)
        .await;
    assert_eq!(balanced.status_code(), 200, "{}", balanced.text());
    let short = json!({ "areas_order": order, "area_of": [0, 1] });
    let refused = app
        .server
        .post(&format!("/api/v1/plans/{plan}/redraw/figures"))
        .json(&short)
        .await;
    assert_eq!(refused.status_code(), 422);
}

#[tokio::test]
async fn drafts_are_copied_also_as_they_were_named_and_an_empty_one_is_filled_by_hand() {
    let app = App::demo().await;
    let (plan, sheet) = copy(&app).await;
    let same = app.get(&format!("/api/v1/plans/{plan}")).await;
    assert_eq!(
        same["figures"]["changed_households"], 0,
        "a copy changes nobody's keeper"
    );
    let (unit, from, to) = border(&sheet, 0);
    let versions = format!("/api/v1/plans/{plan}/versions");
    let named = app
        .server
        .post(&versions)
        .json(&json!({ "name": "会前" }))
        .await;
    assert_eq!(named.status_code(), 201);
    let taken = app
        .server
        .post(&versions)
        .json(&json!({ "name": "会前" }))
        .await;
    assert_eq!(taken.status_code(), 409);
    assert_eq!(
        save(&app, &plan, 0, "a", vec![moving(&unit, &from, &to)])
            .await
            .0,
        200
    );
    let marks = app.get(&versions).await;
    let body = json!({ "from": plan, "at_seq": marks[0]["seq"], "name": "回到会前" });
    let made = app
        .server
        .post("/api/v1/plans")
        .json(&body)
        .await
        .json::<Value>();
    let id = made["id"].as_str().unwrap();
    let back = app.get(&format!("/api/v1/plans/{id}/redraw")).await;
    assert_eq!(back["area_of"], sheet["area_of"]);
    assert_eq!(made["figures"]["changed_households"], 0);

    let body = json!({ "street": STREET, "name": "空白" });
    let made = app.server.post("/api/v1/plans").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let blank = made.json::<Value>()["id"].as_str().unwrap().to_owned();
    let empty = app.get(&format!("/api/v1/plans/{blank}/redraw")).await;
    assert!(numbers(&empty["area_of"]).iter().all(|area| *area == -1));
    let area = Uuid::now_v7();
    let everybody = stroke(
        json!([{ "from": null, "to": area, "units": empty["units"]["id"] }]),
        json!([{ "id": area, "before": null, "after": { "number": 1, "name": "片区 01", "locked": false } }]),
        json!([]),
    );
    assert_eq!(save(&app, &blank, 0, "a", vec![everybody]).await.0, 200);
    let full = app.get(&format!("/api/v1/plans/{blank}/redraw")).await;
    assert!(numbers(&full["area_of"]).iter().all(|area| *area == 0));
    let renamed = app
        .server
        .put(&format!("/api/v1/plans/{blank}/name"))
        .json(&json!({ "name": "一个大片区" }))
        .await;
    assert_eq!(renamed.json::<Value>()["name"], "一个大片区");
    for body in [
        json!({ "name": "x" }),
        json!({ "name": "", "street": STREET }),
        json!({ "name": "x", "street": "街道" }),
    ] {
        let refused = app.server.post("/api/v1/plans").json(&body).await;
        assert_eq!(refused.status_code(), 422, "{body}");
    }
}
