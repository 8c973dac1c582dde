//! Recruitment from end to end: step by step, who may decide what, and what of a case is kept.

use super::app::App;
use super::people::{compound, keeper, role};
use crate::access::city::{OWN, city, community_code, own_scope};
use axum_test::TestServer;
use gridkeeper::domain::access::Role;
use serde_json::{Value, json};

async fn begin(app: &App, worker: &TestServer, name: &str, known: Value) -> String {
    let body = json!({
        "compound": compound(app, "示例甲1小区"), "name": name, "kind": "full_time",
        "step": "grid_worker_recommendation", "known": known,
    });
    let made = worker.post("/api/v1/recruitment").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    made.json::<Value>()["id"].as_str().unwrap().to_owned()
}

async fn decide(who: &TestServer, case: &str, body: Value) -> (u16, Value) {
    let path = format!("/api/v1/recruitment/{case}/steps");
    let answer = who.post(&path).json(&body).await;
    let body = serde_json::from_str(&answer.text()).unwrap_or(Value::Null);
    (answer.status_code().as_u16(), body)
}

fn approve(step: &str) -> Value {
    json!({ "step": step, "decision": "approved" })
}

#[tokio::test]
async fn five_steps_in_order_make_one_appointment_and_nothing_else_does() {
    let app = city().await;
    let worker = role(&app, Role::GridWorker).await;
    let compound_secretary = role(&app, Role::CompoundSecretary).await;
    let secretary = role(&app, Role::CommunitySecretary).await;
    let leader = role(&app, Role::StreetLeader).await;
    let posts = || app.services.picture().appointments.len();
    let before = posts();
    let known = json!({ "birth_date": "1980-05-05", "party_join_date": "2005-07-01", "private_phone": "10010029999" });
    let case = begin(&app, &worker, "示例候选甲", known).await;

    // Recommended first: the application is recorded as consent before the third step.
    let (status, body) = decide(&compound_secretary, &case, approve("compound_party_review")).await;
    assert_eq!(
        (status, &body["type"]),
        (409, &json!("/problems/step_out_of_order")),
        "{body}"
    );
    assert_eq!(body["details"], json!(["self_application"]));
    assert_eq!(
        decide(&worker, &case, approve("self_application")).await.0,
        200
    );

    // The fourth while the third is open: refused, naming the third.
    let (status, body) = decide(&secretary, &case, approve("community_party_review")).await;
    assert_eq!(
        (status, &body["details"]),
        (409, &json!(["compound_party_review"])),
        "{body}"
    );
    // A wrong role inside the scope is told whose step it is; another compound's secretary finds nothing.
    let (status, body) = decide(&secretary, &case, approve("compound_party_review")).await;
    assert_eq!(
        (status, &body["type"]),
        (403, &json!("/problems/wrong_step_role")),
        "{body}"
    );
    let elsewhere = format!("compound:{}", compound(&app, "示例甲2小区"));
    let other = app
        .person("other-cs", &[("compound_secretary", &elsewhere)])
        .await;
    let (status, body) = decide(&other, &case, approve("compound_party_review")).await;
    assert_eq!(
        (status, &body["type"]),
        (404, &json!("/problems/not_found")),
        "{body}"
    );
    assert_eq!(
        other
            .get(&format!("/api/v1/recruitment/{case}"))
            .await
            .status_code(),
        404
    );

    let mine: Value = compound_secretary.get("/api/v1/recruitment").await.json();
    assert_eq!(
        (&mine["mine"], &mine["items"][0]["mine"]),
        (&json!(1), &json!(true)),
        "{mine}"
    );
    assert_eq!(
        decide(&compound_secretary, &case, approve("compound_party_review"))
            .await
            .0,
        200
    );
    assert_eq!(
        decide(&secretary, &case, approve("community_party_review"))
            .await
            .0,
        200
    );
    assert_eq!(posts(), before, "nobody is appointed before the last step");
    let (status, body) = decide(
        &leader,
        &case,
        json!({ "step": "street_appointment", "decision": "approved" }),
    )
    .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(posts(), before + 1);
    let picture = app.services.picture();
    let made = picture
        .appointments
        .iter()
        .find(|one| one.id.to_string() == body["appointment"]);
    let made = made.unwrap();
    assert!(
        made.active_on(picture.today)
            && made.compound.unwrap().to_string() == compound(&app, "示例甲1小区")
    );
    // The private number went along, bound to the keeper now, and opens with a reason.
    let contact = format!("/api/v1/housekeepers/{}/contact", made.housekeeper);
    let shown = secretary
        .post(&contact)
        .json(&json!({ "reason": "核对聘任材料" }))
        .await;
    assert_eq!(shown.json::<Value>()["private_phone"], "10010029999");
    assert_eq!(shown.json::<Value>()["party_join_date"], "2005-07-01");
    let (status, body) = decide(&leader, &case, approve("street_appointment")).await;
    assert_eq!(
        (status, &body["type"]),
        (409, &json!("/problems/case_over")),
        "{body}"
    );
    let view: Value = secretary
        .get(&format!("/api/v1/recruitment/{case}"))
        .await
        .json();
    assert_eq!(view["state"], "appointed");
    assert_eq!(
        view["steps"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|step| step["state"] == "done")
            .count(),
        5
    );
}

#[tokio::test]
async fn who_is_66_is_refused_who_did_not_say_is_undecided_and_nobody_decides_twice_or_for_themselves()
 {
    let app = city().await;
    let worker = role(&app, Role::GridWorker).await;
    let everything = [
        (
            "compound_secretary",
            own_scope(&app.services, Role::CompoundSecretary),
        ),
        ("community_secretary", community_code(OWN, 1)),
        ("street_leader", OWN.to_owned()),
    ];
    let everything: Vec<(&str, &str)> = everything
        .iter()
        .map(|(role, scope)| (*role, scope.as_str()))
        .collect();
    let three = app.person("three-hats", &everything).await;
    let leader = role(&app, Role::StreetLeader).await;
    let secretary = role(&app, Role::CommunitySecretary).await;
    let today = app.services.picture().today;
    let born = today
        .checked_sub_months(chrono::Months::new(66 * 12))
        .unwrap();
    let old = begin(
        &app,
        &worker,
        "示例候选乙",
        json!({ "birth_date": born, "party_member": true }),
    )
    .await;
    assert_eq!(
        decide(&worker, &old, approve("self_application")).await.0,
        200
    );
    let (status, body) = decide(&three, &old, approve("compound_party_review")).await;
    assert_eq!(
        (status, &body["details"]),
        (409, &json!(["age_over_65"])),
        "{body}"
    );
    // A refusal says why, and is the end.
    let bare = json!({ "step": "compound_party_review", "decision": "refused" });
    assert_eq!(decide(&three, &old, bare).await.0, 422);
    let said =
        json!({ "step": "compound_party_review", "decision": "refused", "note": "超过年龄" });
    assert_eq!(decide(&three, &old, said).await.0, 200);
    let view: Value = secretary
        .get(&format!("/api/v1/recruitment/{old}"))
        .await
        .json();
    assert_eq!(
        (&view["state"], &view["steps"][2]["state"]),
        (&json!("refused"), &json!("refused"))
    );

    let silent = begin(&app, &worker, "示例候选丙", json!({ "party_member": true })).await;
    assert_eq!(
        decide(&worker, &silent, approve("self_application"))
            .await
            .0,
        200
    );
    assert_eq!(
        decide(&three, &silent, approve("compound_party_review"))
            .await
            .0,
        200
    );
    let (status, body) = decide(&three, &silent, approve("community_party_review")).await;
    assert_eq!(
        (status, &body["type"]),
        (403, &json!("/problems/second_person_needed")),
        "{body}"
    );
    assert_eq!(
        decide(&secretary, &silent, approve("community_party_review"))
            .await
            .0,
        200
    );
    let (status, body) = decide(&leader, &silent, approve("street_appointment")).await;
    assert_eq!(
        (status, &body["details"]),
        (409, &json!(["birth_date_missing"])),
        "{body}"
    );
    let admin = role(&app, Role::GridAdmin).await;
    let path = format!("/api/v1/recruitment/{silent}");
    assert_eq!(
        secretary
            .put(&path)
            .json(&json!({ "birth_date": "1980-01-01" }))
            .await
            .status_code(),
        403
    );
    assert_eq!(
        admin
            .put(&path)
            .json(&json!({ "birth_date": "1980-01-01" }))
            .await
            .status_code(),
        204
    );
    assert_eq!(
        decide(&leader, &silent, approve("street_appointment"))
            .await
            .0,
        200
    );

    // A keeper who leads the community does not decide on herself.
    let own = keeper(&app, "示例甲管家");
    let own_scope = format!("keeper:{own}");
    let both = app
        .person(
            "both",
            &[
                ("compound_secretary", everything[0].1),
                ("housekeeper", &own_scope),
            ],
        )
        .await;
    let case = begin(
        &app,
        &worker,
        "示例甲管家二",
        json!({ "housekeeper": own, "party_member": true }),
    )
    .await;
    assert_eq!(
        decide(&worker, &case, approve("self_application")).await.0,
        200
    );
    let (status, body) = decide(&both, &case, approve("compound_party_review")).await;
    assert_eq!(
        (status, &body["type"]),
        (403, &json!("/problems/own_case")),
        "{body}"
    );

    // Planners count; they read no case and no name.
    let planner = role(&app, Role::Planner).await;
    assert_eq!(planner.get("/api/v1/recruitment").await.status_code(), 403);
    let planner = app.person("district", &[("planner", "999001000000")]).await;
    let funnel = planner.get("/api/v1/recruitment-funnel").await;
    assert!(!funnel.text().contains("示例候选"), "{}", funnel.text());
    let funnel: Value = funnel.json();
    let row = funnel["communities"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["code"] == community_code(OWN, 1))
        .unwrap();
    assert_eq!(
        (&row["open"], &row["refused"], &row["appointed"]),
        (&json!(1), &json!(1), &json!(1)),
        "{row}"
    );
}

#[tokio::test]
async fn a_new_key_opens_what_a_case_holds_and_old_refusals_name_nobody() {
    let mut config = gridkeeper::config::Config::default();
    config.security.ended_case_days = 0;
    let app = crate::access::city::city_in(App::with(config).await).await;
    let worker = role(&app, Role::GridWorker).await;
    let secretary = role(&app, Role::CompoundSecretary).await;
    let known =
        json!({ "birth_date": "1980-05-05", "private_phone": "10010028888", "party_member": true });
    let case = begin(&app, &worker, "示例候选丁", known).await;
    let kept = begin(&app, &worker, "示例候选戊", json!({})).await;
    assert_eq!(
        decide(&worker, &case, approve("self_application")).await.0,
        200
    );
    let said =
        json!({ "step": "compound_party_review", "decision": "refused", "note": "谈话后不合适" });
    assert_eq!(decide(&secretary, &case, said).await.0, 200);
    let by = gridkeeper::domain::Actor::command_line("test");
    app.services.key_rotate(&by).await.unwrap();
    let again = gridkeeper::services::Services::open(
        &app.url.parse().unwrap(),
        app.services.config().clone(),
        false,
    )
    .await
    .unwrap();
    let mut lease = again.store().read().await.unwrap();
    let (stored, _) = lease
        .conn()
        .recruitment_find(case.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    drop(lease);
    let sealed = stored.private_phone.unwrap();
    let clear = again.keys().unseal(
        gridkeeper::services::keys::PRIVATE_PHONE,
        &case,
        sealed.as_stored(),
    );
    assert_eq!(clear.unwrap(), "10010028888");
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let gone = again.retain(&by, false).await.unwrap();
    assert_eq!(gone.cases, 1);
    let mut lease = again.store().read().await.unwrap();
    let mut conn = lease.conn();
    let (stored, steps) = conn
        .recruitment_find(case.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(
        stored.private_phone.is_none()
            && !stored.name.contains("示例")
            && steps.iter().all(|step| step.note.is_empty())
    );
    assert_eq!(steps.len(), 3, "what was decided stays");
    let (open, _) = conn
        .recruitment_find(kept.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(open.name, "示例候选戊", "an open case is not touched");
}

#[tokio::test]
async fn the_demo_has_people_at_every_stage() {
    let app = App::demo().await;
    let cases = app.get("/api/v1/recruitment?state=all&limit=500").await;
    let items = cases["items"].as_array().unwrap();
    assert!(items.len() >= 68, "{}", items.len());
    for state in ["open", "suspended", "refused", "withdrawn", "appointed"] {
        assert!(items.iter().any(|case| case["state"] == state), "{state}");
    }
    for step in [
        "grid_worker_recommendation",
        "compound_party_review",
        "community_party_review",
        "street_appointment",
    ] {
        let open = |case: &Value| {
            case["steps"]
                .as_array()
                .unwrap()
                .iter()
                .any(|one| one["code"] == step && one["state"] == "open")
        };
        assert!(items.iter().any(open), "{step}");
    }
    for verdict in ["eligible", "undecided", "not_eligible"] {
        assert!(
            items.iter().any(|case| case["verdict"] == verdict),
            "{verdict}"
        );
    }
    let funnel = app
        .get("/api/v1/recruitment-funnel?region=999001001000")
        .await;
    let sum = |key: &str| -> u64 {
        funnel["communities"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one[key].as_u64().unwrap())
            .sum()
    };
    assert_eq!(
        sum("open") + sum("suspended") + sum("refused") + sum("withdrawn") + sum("appointed"),
        funnel["n"].as_u64().unwrap()
    );
    // Every appointment of a case has its five steps.
    let appointed = items.iter().filter(|case| case["state"] == "appointed");
    for case in appointed {
        assert!(
            case["steps"]
                .as_array()
                .unwrap()
                .iter()
                .all(|step| step["state"] == "done"),
            "{case}"
        );
    }
    let roster = app
        .get("/api/v1/people?region=999001001000&limit=500")
        .await;
    assert_eq!(
        (&roster["in_post"], &roster["part_time"]),
        (&json!(56), &json!(40))
    );
    assert!(roster["on_leave"].as_u64().unwrap() > 0);
    let posts = roster["needs"]["posts"].as_u64().unwrap();
    assert_eq!(posts, 124);
    let triads = app.get("/api/v1/organisations?region=999001001000").await;
    assert!(
        triads["triad_complete"].as_u64().unwrap() > 0
            && triads["triad_complete"].as_u64() < triads["n"].as_u64()
    );
    assert!(triads["warned"].as_u64().unwrap() > 0);
    let leader = app.person("sl", &[("street_leader", "999001001000")]).await;
    let figures: Value = leader.get("/api/v1/assessment-figures").await.json();
    assert!(figures["streets"][0]["spread"].is_array(), "{figures}");
}
