//! A plan is edited: figures of every change at once, help by suggestion, balance and healing, reasons of a new plan.

use super::app::App;
use serde_json::{Value, json};

const STREET: &str = "999001001000";

async fn draft(app: &App, body: Value) -> Value {
    let path = format!("/api/v1/regions/{STREET}/plans:balance");
    let response = app.server.post(&path).json(&body).await;
    assert_eq!(response.status_code(), 202, "{}", response.text());
    let job = app.job(&response.json()).await;
    assert_eq!(job["state"], "done", "{job}");
    let id = job["result"]["plan_id"].as_str().unwrap();
    app.get(&format!("/api/v1/plans/{id}")).await
}

async fn in_force(app: &App) -> String {
    let plans = app.get(&format!("/api/v1/plans?region={STREET}")).await;
    let items = plans["items"].as_array().unwrap();
    let found = items.iter().find(|plan| plan["state"] == "in_force");
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

async fn ask(app: &App, plan: &str, verb: &str, body: Value) -> (u16, Value) {
    let path = format!("/api/v1/plans/{plan}/redraw/{verb}");
    let response = app.server.post(&path).json(&body).await;
    (response.status_code().as_u16(), response.json())
}

async fn answer(app: &App, plan: &str, verb: &str, body: Value) -> Value {
    let (status, answer) = ask(app, plan, verb, body).await;
    assert_eq!(status, 200, "{verb}: {answer}");
    answer
}

fn numbers(list: &Value) -> Vec<i64> {
    let list = list.as_array().unwrap().iter();
    list.map(|value| value.as_i64().unwrap()).collect()
}

/// A unit with a neighbour in another area, and that area.
fn border(sheet: &Value) -> (i64, i64) {
    let area_of = numbers(&sheet["area_of"]);
    let edges = sheet["edges"].as_array().unwrap();
    edges
        .iter()
        .map(numbers)
        .find(|ends| area_of[ends[0] as usize] != area_of[ends[1] as usize])
        .map(|ends| (ends[0], area_of[ends[1] as usize]))
        .unwrap()
}

#[tokio::test]
async fn the_sheet_holds_the_plan_and_a_change_has_its_figures_at_once() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let n = sheet["units"]["id"].as_array().unwrap().len();
    for column in [
        "name",
        "households",
        "lon",
        "lat",
        "compound",
        "zone",
        "part",
        "heavy",
        "locked",
    ] {
        assert_eq!(
            sheet["units"][column].as_array().unwrap().len(),
            n,
            "{column}"
        );
    }
    assert_eq!(
        sheet["baseline"], sheet["area_of"],
        "a plan in force is its own baseline"
    );
    let areas = app.get(&format!("/api/v1/plans/{plan}/areas")).await;
    let areas = areas["items"].as_array().unwrap();
    let all: Vec<u64> = (0..areas.len() as u64).collect();
    // A unit moved away and back touches two areas: the figures are those of the stored plan.
    let (unit, to) = border(&sheet);
    let own = numbers(&sheet["area_of"])[unit as usize];
    let round = json!({ "changes": [[unit, to], [unit, own]] });
    let same = answer(&app, &plan, "figures", round).await;
    for state in same["areas"].as_array().unwrap() {
        let id = &sheet["areas"][state["area"].as_u64().unwrap() as usize]["id"];
        let stored = areas.iter().find(|area| &area["id"] == id).unwrap();
        assert_eq!(state["households"], stored["households"]);
        assert_eq!(state["deviation_bp"], stored["deviation_bp"]);
        assert_eq!(state["seats"], stored["seats"]);
    }
    assert_eq!(same["totals"]["areas"], all.len());
    assert_eq!(same["totals"]["changed_households"], 0);
    let stored = app.get(&format!("/api/v1/plans/{plan}")).await;
    let worst = stored["figures"]["worst_deviation_bp"]
        .as_i64()
        .unwrap()
        .abs();
    assert_eq!(same["totals"]["worst_deviation_bp"], worst);

    let moved = answer(&app, &plan, "figures", json!({ "changes": [[unit, to]] })).await;
    let households = sheet["units"]["households"][unit as usize]
        .as_i64()
        .unwrap();
    assert_eq!(moved["totals"]["changed_households"], households);
    let of = |answer: &Value, area: i64| {
        let states = answer["areas"].as_array().unwrap().iter();
        let mut found = states.filter(|state| state["area"] == area);
        found.next().unwrap()["households"].as_i64().unwrap()
    };
    assert_eq!(of(&moved, to) - of(&same, to), households);
    assert_eq!(of(&moved, own) - of(&same, own), -households);
}

#[tokio::test]
async fn help_is_proposed_and_its_figures_are_those_of_the_plan_with_it() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let area_of = numbers(&sheet["area_of"]);
    // Scatter every ninth unit over other areas and leave every twentieth without one.
    let areas = sheet["areas"].as_array().unwrap().len() as i64;
    let scattered: Vec<Value> = (0..area_of.len() as i64)
        .filter(|unit| unit % 9 == 0)
        .map(|unit| match unit % 20 {
            0 => json!([unit, -1]),
            _ => json!([unit, (area_of[unit as usize] + 1 + unit % 5) % areas]),
        })
        .collect();
    let body = |changes: &[Value]| json!({ "changes": changes });
    let before = answer(&app, &plan, "figures", body(&scattered)).await;
    assert!(before["totals"]["disconnected"].as_u64().unwrap() > 5);
    assert!(before["totals"]["unassigned_units"].as_u64().unwrap() > 0);

    let healed = answer(&app, &plan, "heal", body(&scattered)).await;
    assert_eq!(healed["before"]["totals"], before["totals"]);
    assert_eq!(healed["after"]["totals"]["disconnected"], 0);
    assert_eq!(healed["after"]["totals"]["unassigned_units"], 0);
    let mut changes = scattered.clone();
    changes.extend(healed["moves"].as_array().unwrap().iter().cloned());
    let applied = answer(&app, &plan, "figures", body(&changes)).await;
    assert_eq!(applied["totals"], healed["after"]["totals"]);

    let best = answer(
        &app,
        &plan,
        "best-moves",
        json!({ "changes": changes, "price": 100, "limit": 3 }),
    )
    .await;
    let first = &best["items"][0];
    assert!(first["gain"].as_i64().unwrap() > 0);
    let step: Vec<Value> = numbers(&first["units"])
        .iter()
        .map(|unit| json!([unit, first["to"]]))
        .collect();
    let with: Vec<Value> = changes.iter().cloned().chain(step).collect();
    let moved = answer(&app, &plan, "figures", body(&with)).await;
    let states = moved["areas"].as_array().unwrap();
    let to = states
        .iter()
        .find(|state| state["area"] == first["to"])
        .unwrap();
    assert_eq!(to["deviation_bp"], first["to_bp"][1]);

    let asked = json!({ "changes": changes, "areas": [first["to"]], "seed": 3 });
    let balanced = answer(&app, &plan, "rebalance", asked.clone()).await;
    assert!((2..=8).contains(&balanced["areas"].as_array().unwrap().len()));
    let worst = |figures: &Value| {
        let states = figures["areas"].as_array().unwrap().iter();
        states
            .map(|s| s["deviation_bp"].as_i64().unwrap().abs())
            .max()
            .unwrap()
    };
    assert!(worst(&balanced["after"]) <= worst(&balanced["before"]));
    assert!(
        !balanced["moves"].as_array().unwrap().is_empty(),
        "a scattered plan can be bettered"
    );
    assert_eq!(
        balanced,
        answer(&app, &plan, "rebalance", asked).await,
        "the same seed, the same answer"
    );
}

#[tokio::test]
async fn what_may_not_be_is_refused_with_the_reason() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let sheet = app.get(&format!("/api/v1/plans/{plan}/redraw")).await;
    let (units, areas) = (
        sheet["units"]["id"].as_array().unwrap().len(),
        sheet["areas"].as_array().unwrap().len(),
    );
    let refused = [
        (json!({ "changes": [[units, 0]] }), 422, "unit_unknown"),
        (json!({ "changes": [[-3, 0]] }), 422, "unit_unknown"),
        (json!({ "changes": [[0, areas + 1]] }), 422, "area_unknown"),
        (json!({ "changes": [[0, -2]] }), 422, "area_unknown"),
        (json!({ "data_version": 999_999 }), 409, "version_moved"),
        (json!({ "plan_version": 999 }), 409, "version_moved"),
        (json!({ "changes": [["a", 0]] }), 422, "body_invalid"),
        (json!({ "stroke": 1 }), 422, "body_invalid"),
        (json!({ "even": 101 }), 422, "wish_out_of_range"),
        (json!({ "few": -1 }), 422, "body_invalid"),
    ];
    for (body, status, code) in refused {
        for verb in ["figures", "best-moves", "rebalance", "heal", "alternatives"] {
            let (got, problem) = ask(&app, &plan, verb, body.clone()).await;
            assert_eq!(got, status, "{verb} {body}: {problem}");
            assert_eq!(
                problem["type"],
                format!("/problems/{code}"),
                "{verb} {body}"
            );
        }
    }
    let (status, problem) = ask(&app, &plan, "rebalance", json!({})).await;
    assert_eq!(
        (status, &problem["type"]),
        (422, &json!("/problems/areas_missing"))
    );
    let nothing = "018f0000-0000-7000-8000-000000000000";
    assert_eq!(ask(&app, nothing, "figures", json!({})).await.0, 404);
    let alone = app
        .server
        .get(&format!("/api/v1/plans/{plan}/changes"))
        .await;
    assert_eq!(
        alone.status_code(),
        409,
        "the plan in force has nothing to be compared with"
    );
    // A locked area takes no part.
    let locked: Vec<usize> = (0..areas).collect();
    let help = answer(&app, &plan, "best-moves", json!({ "locked_areas": locked })).await;
    assert_eq!(help["items"], json!([]));
}

#[tokio::test]
async fn every_building_that_changes_its_area_has_a_sentence_that_says_why() {
    let app = App::demo().await;
    let other = draft(&app, json!({ "seed": 11, "target_households": 400 })).await;
    let id = other["id"].as_str().unwrap();
    let changes = app.get(&format!("/api/v1/plans/{id}/changes")).await;
    let items = changes["items"].as_array().unwrap();
    assert_eq!(changes["total"], items.len());
    assert!(items.len() > 10);
    let sum: u64 = items
        .iter()
        .map(|item| item["households"].as_u64().unwrap())
        .sum();
    assert_eq!(changes["changed_households"], sum);
    assert_eq!(
        changes["changed_households"],
        other["figures"]["changed_households"]
    );
    for item in items {
        for text in ["reason_zh", "reason_en", "reason_code", "name"] {
            assert!(!item[text].as_str().unwrap().is_empty(), "{item}");
        }
        assert!(item["to"].as_str().unwrap().starts_with("片区"), "{item}");
    }
    let sheet = app.get(&format!("/api/v1/plans/{id}/redraw")).await;
    let (area_of, baseline) = (numbers(&sheet["area_of"]), numbers(&sheet["baseline"]));
    let moved = area_of
        .iter()
        .zip(&baseline)
        .filter(|(own, base)| own != base)
        .count();
    assert_eq!(
        moved,
        items.len(),
        "the sheet's baseline tells the same units"
    );
}

/// The events of drawing a plan anew, and the last way of every kind, in the order they came first.
async fn drawn_anew(app: &App, plan: &str, body: Value) -> (Vec<Value>, Vec<Value>) {
    let path = format!("/api/v1/plans/{plan}/redraw/alternatives");
    let response = app.server.post(&path).json(&body).await;
    assert_eq!(response.status_code(), 200, "{}", response.text());
    assert_eq!(response.header("content-type"), "text/event-stream");
    let text = response.text();
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    let events: Vec<Value> = data
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let mut last: Vec<Value> = Vec::new();
    for found in events.iter().filter(|event| event["event"] == "found") {
        match last.iter_mut().find(|known| known["kind"] == found["kind"]) {
            Some(known) => *known = found.clone(),
            None => last.push(found.clone()),
        }
    }
    (events, last)
}

#[tokio::test]
async fn three_alternatives_come_one_by_one_with_their_numbers_and_the_moves_that_lead_there() {
    let app = App::demo().await;
    let plan = in_force(&app).await;
    let body = json!({ "seed": 5, "locked_areas": [0] });
    let (events, items) = drawn_anew(&app, &plan, body.clone()).await;
    let kinds: Vec<&str> = items
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["most_balanced", "most_compact", "fewest_changes"]);
    let name = |event: &Value| event["event"].as_str().unwrap().to_owned();
    let names: Vec<String> = events.iter().map(name).collect();
    assert_eq!(names.last().unwrap(), "done");
    let first = names.iter().position(|name| name == "found").unwrap();
    assert!(
        names[first..].contains(&"progress".to_owned()),
        "the first way is told while others are sought: {names:?}"
    );
    for item in &items {
        let with = answer(&app, &plan, "figures", json!({ "changes": item["moves"] })).await;
        for figure in ["worst_deviation_bp", "out_of_band", "changed_households"] {
            assert_eq!(with["totals"][figure], item[figure], "{figure}");
        }
        assert!(item["rms_radius_m"].as_f64().unwrap() > 10.0);
        assert_eq!(with["totals"]["disconnected"], 0);
        let moves = item["moves"].as_array().unwrap();
        assert!(
            moves.iter().all(|step| step[1] != 0),
            "nobody enters a locked area"
        );
    }
    let changed = |at: usize| items[at]["changed_households"].as_u64().unwrap();
    assert!(changed(2) <= changed(0) && changed(2) <= changed(1));
    // A kind is told again only when it is better.
    let balanced = |event: &&Value| event["event"] == "found" && event["kind"] == kinds[0];
    let found: Vec<u64> = events
        .iter()
        .filter(balanced)
        .map(|event| event["worst_deviation_bp"].as_u64().unwrap())
        .collect();
    assert!(found.is_sorted_by(|a, b| a >= b), "{found:?}");
    assert_eq!(items, drawn_anew(&app, &plan, body).await.1);
    // The wish for few changes is heard by those that put something else first.
    let with = |few: u8| json!({ "seed": 5, "few": few });
    let (free, kept) = (
        drawn_anew(&app, &plan, with(0)).await.1,
        drawn_anew(&app, &plan, with(100)).await.1,
    );
    for at in [0, 1] {
        let changed = |of: &[Value]| of[at]["changed_households"].as_u64().unwrap();
        assert!(changed(&kept) < changed(&free), "{}", kinds[at]);
    }
}

#[tokio::test]
async fn a_plan_with_heavy_buildings_says_the_same_of_itself_planned_and_copied() {
    let app = App::demo().await;
    let made = draft(&app, json!({ "target_households": 80 })).await;
    let body = json!({ "from": made["id"], "name": "照抄" });
    let copy = app.server.post("/api/v1/plans").json(&body).await;
    let id = copy.json::<Value>()["id"].as_str().unwrap().to_owned();
    let copied = app.get(&format!("/api/v1/plans/{id}")).await;
    assert!(made["figures"]["heavy"].as_u64().unwrap() > 0);
    for figure in [
        "areas",
        "seats",
        "heavy",
        "out_of_band",
        "worst_deviation_bp",
        "disconnected",
    ] {
        assert_eq!(
            made["figures"][figure], copied["figures"][figure],
            "{figure}"
        );
    }
}
