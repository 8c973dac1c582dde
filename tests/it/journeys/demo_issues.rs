//! The issues of the demo: the first screen says where they pile up, who has them and what goes to and fro.

use super::app::{App, browser};
use serde_json::{Value, json};

const STREET: &str = "999001001000";
const SLOW: &str = "999001:urban";

fn items(page: &Value) -> &Vec<Value> {
    page["items"].as_array().unwrap()
}

#[tokio::test]
async fn the_demo_tells_a_leader_where_and_who_and_what_is_late() {
    let app = App::demo_with_issues().await;

    // Where: hot spots that the answer line names.
    let today = app.services.today(app.services.now());
    let month = today - chrono::Duration::days(29);
    let heat = app
        .get(&format!("/api/v1/issues:heat?region={STREET}&from={month}"))
        .await;
    let hot: Vec<&str> = items(&heat)
        .iter()
        .filter(|row| row["hot"].as_i64().is_some_and(|sure| sure >= 95))
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert!((1..15).contains(&hot.len()), "{hot:?}");
    assert_eq!(items(&heat).len(), 40, "a row for every compound");
    let summary = app
        .get(&format!(
            "/api/v1/issues:summary?region={STREET}&from={month}"
        ))
        .await;
    let sentence = summary["sentence_zh"].as_str().unwrap();
    assert!(
        sentence.contains("显著集中在") && sentence.contains(hot[0]),
        "{sentence}"
    );
    let pipes = format!("/api/v1/issues:heat?region={STREET}&from={month}&category=utilities");
    let pipes = app.get(&pipes).await;
    let pipes = items(&pipes)
        .iter()
        .filter(|row| row["hot"].as_i64() > Some(90));
    assert!(
        pipes.count() > 0,
        "the second cluster shows by its own kind"
    );

    // Numbers count within each local day, without a gap.
    let newest = app
        .get("/api/v1/issues?sort=reported&order=desc&limit=200")
        .await;
    let all = newest["total"].as_u64().unwrap();
    assert!((15_000..=20_000).contains(&all), "{all}");
    let codes: Vec<&str> = items(&newest)
        .iter()
        .map(|row| row["code"].as_str().unwrap())
        .collect();
    for pair in codes.windows(2) {
        let [(day, number), (before, earlier)] = [pair[0], pair[1]].map(|code| {
            let (day, number) = code.split_once('-').unwrap();
            (day.to_owned(), number.parse::<u32>().unwrap())
        });
        let next = if day == before { earlier + 1 } else { 1 };
        assert_eq!(number, next, "{pair:?}");
    }

    // Who: the slow department has most of what is late, by the rules.
    let late = app.get("/api/v1/issues?overdue=1&limit=200").await;
    for row in items(&late) {
        assert_eq!(row["light"], "red", "merged or rejected is not late: {row}");
    }
    let slow = app
        .get(&format!("/api/v1/issues?overdue=1&owner={SLOW}&limit=1"))
        .await;
    let (late, slow) = (
        late["total"].as_u64().unwrap(),
        slow["total"].as_u64().unwrap(),
    );
    assert!(slow * 2 > late, "{slow} of {late}");
    let rules = app.get("/api/v1/routing-rules").await;
    let rules = items(&rules);
    assert!(rules.iter().any(|rule| rule["owner"]["code"] == SLOW));
    assert!(
        rules
            .iter()
            .any(|rule| rule["made_by_arbitration"].is_string())
    );

    // What goes to and fro.
    let overview = app.get(&format!("/api/v1/regions/{STREET}/overview")).await;
    assert!(!overview["overdue"].as_array().unwrap().is_empty());
    let twice = overview["twice_returned"].as_array().unwrap();
    let lamp = twice
        .iter()
        .find(|row| row["black_text"].as_str().unwrap().contains("交界"))
        .expect("the lamp between two communities");
    let id = lamp["id"].as_str().unwrap();
    let lamp = app.get(&format!("/api/v1/issues/{id}")).await;
    let moves: Vec<&str> = lamp["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["move"].as_str().unwrap())
        .collect();
    assert_eq!(moves.iter().filter(|made| **made == "return").count(), 2);
    assert_eq!(moves.last(), Some(&"arbitrate"));
    assert!(
        !lamp.to_string().contains("\"return\",\"label_zh\""),
        "bound: it cannot come back"
    );

    // The department's own account sees what was handed to the department, and only that.
    let handler = browser(&app.services);
    let login = json!({ "login": "department-handler", "password": "" });
    let entered = handler.post("/api/v1/session").json(&login).await;
    assert_eq!(entered.status_code(), 200, "{}", entered.text());
    let own: Value = handler.get("/api/v1/issues?limit=200").await.json();
    let handed = app
        .get(&format!("/api/v1/issues?owner={SLOW}&limit=1"))
        .await;
    assert!(own["total"].as_u64() >= handed["total"].as_u64() && own["total"].as_u64() > Some(0));
    for row in items(&own) {
        let owner = row["owner"]["code"].as_str().unwrap();
        assert!(owner == SLOW || owner == STREET, "{row}");
    }

    // Stored and in memory are the same.
    for finding in app.services.check().await.unwrap() {
        assert!(
            finding.problems.is_empty(),
            "{}: {:?}",
            finding.en,
            finding.problems
        );
    }
}
