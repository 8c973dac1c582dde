//! People from end to end: recruited step by step, entered in the roster, covered, judged; and what nobody may do.

use super::app::App;
use crate::access::city::{CANARIES, OTHER, OWN, city, community_code, own_scope, put};
use axum_test::TestServer;
use gridkeeper::domain::access::Role;
use serde_json::{Value, json};

fn compound(app: &App, name: &str) -> String {
    let picture = app.services.picture();
    let found = picture.compounds.iter().find(|one| one.name == name);
    found.unwrap().id.to_string()
}

fn keeper(app: &App, name: &str) -> String {
    let picture = app.services.picture();
    let found = picture.housekeepers.iter().find(|one| one.name == name);
    found.unwrap().id.to_string()
}

async fn role(app: &App, role: Role) -> TestServer {
    let scope = own_scope(&app.services, role);
    app.person(role.as_str(), &[(role.as_str(), &scope)]).await
}

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
                ("compound_secretary", &everything[0].1.to_owned()),
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
async fn an_appointment_ends_with_its_covers_and_is_never_rewritten() {
    let app = city().await;
    let secretary = role(&app, Role::CommunitySecretary).await;
    let id = keeper(&app, "示例甲管家");
    let card: Value = secretary.get(&format!("/api/v1/people/{id}")).await.json();
    let post = card["row"]["appointment"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/appointments/{post}/acts");
    let today = app.services.picture().today;
    let act = |body: Value| secretary.post(&path).json(&body);
    for body in [
        json!({ "do": "leave", "from": today, "to": today + chrono::Days::new(3) }),
        json!({ "do": "kit_issue", "items": ["vest", "badge", "vest"], "on": today }),
        json!({ "do": "terms", "category": null, "capacity": 180, "term_end": today + chrono::Days::new(30) }),
    ] {
        let answer = act(body.clone()).await;
        assert_eq!(answer.status_code(), 204, "{body}: {}", answer.text());
    }
    let again = act(json!({ "do": "leave", "from": today, "to": today })).await;
    assert_eq!(again.json::<Value>()["type"], "/problems/leave_overlaps");
    // The compound of another community is not the secretary's to be covered.
    let far = act(json!({ "do": "cover", "compound": compound(&app, "示例甲2小区"), "from": today, "reason": "vacancy" })).await;
    assert_eq!(far.status_code(), 404, "{}", far.text());
    let admin = role(&app, Role::GridAdmin).await;
    let near = json!({ "do": "cover", "compound": compound(&app, "示例甲2小区"), "from": today, "to": null, "reason": "vacancy" });
    assert_eq!(admin.post(&path).json(&near).await.status_code(), 204);

    let roster: Value = admin.get("/api/v1/people").await.json();
    let row = &roster["items"][0];
    assert_eq!(
        (&roster["on_leave"], &row["capacity"], &row["kit"]),
        (&json!(1), &json!(180), &json!(2)),
        "{row}"
    );
    assert_eq!(row["covers"][0]["reason"], "vacancy");
    let vacancies = roster["vacancies"].as_array().unwrap();
    let vacancy = vacancies
        .iter()
        .find(|one| one["name"] == "示例甲2小区")
        .unwrap();
    assert_eq!(
        vacancy["covered_by"][0]["name"], "示例甲管家",
        "who covers stands beside the gap, with the reason"
    );
    // Kit for every required post, one piece each, less what is out.
    let needs = &roster["needs"];
    let posts = needs["posts"].as_u64().unwrap();
    assert_eq!(needs["order"].as_u64().unwrap(), posts * 4 - 2, "{needs}");

    assert_eq!(
        act(json!({ "do": "end", "last": today, "reason": "resigned" }))
            .await
            .status_code(),
        204
    );
    let twice = act(json!({ "do": "end", "last": today, "reason": "removed" })).await;
    assert_eq!(twice.json::<Value>()["type"], "/problems/appointment_ended");
    let card: Value = secretary.get(&format!("/api/v1/people/{id}")).await.json();
    assert_eq!(card["history"][0]["end_reason"], "resigned");
    assert_eq!(
        card["covers"][0]["to"],
        json!(today),
        "what was covered ends with the appointment"
    );
    assert_eq!(
        card["kit"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|kit| kit["returned"].is_null())
            .count(),
        2,
        "what is still out is listed"
    );
}

#[tokio::test]
async fn an_import_brings_homes_and_terms_and_a_move_does_not_overwrite_where_somebody_was() {
    let app = city().await;
    let of = community_code(OWN, 1);
    let head = "编号,姓名,所属小区,所属社区,专兼职,任职日期,居住楼栋,负责楼栋,入党日期,兼职类别,可服务户数,任期至\n";
    let row = format!(
        "K9,示例甲管家九,示例甲1小区,{of},兼职,2025-01-01,甲1-2幢,甲1-3幢,1999-07-01,离退休党员,120,2027-12-31\n"
    );
    let text = head.to_owned() + &row;
    let (encoded, _, _) = encoding_rs::GB18030.encode(&text);
    let (job, import) = app
        .import("keepers-gb.csv", &encoded, &[("kind", "housekeepers")])
        .await;
    assert_eq!(
        (&job["state"], &import["counts"]["stored"]),
        (&json!("done"), &json!(1)),
        "{import}"
    );
    let picture = app.services.picture();
    let found = picture
        .housekeepers
        .iter()
        .find(|one| one.name == "示例甲管家九")
        .expect("负责楼栋 is no name");
    let home = picture.building_index(found.residence.unwrap()).unwrap();
    assert_eq!(picture.buildings[home].name.as_deref(), Some("甲1-2幢"));
    let post = picture
        .appointments
        .iter()
        .find(|one| one.housekeeper == found.id)
        .unwrap();
    assert_eq!(post.terms.capacity, Some(120));
    assert_eq!(post.terms.category.unwrap().as_str(), "retired_member");
    // Later full-time in the same compound: the part-time post ends the day before.
    let moved = format!(
        "编号,姓名,所属小区,所属社区,专兼职,任职日期\nK9,示例甲管家九,示例甲1小区,{of},专职,2026-03-01\n"
    );
    put(&app, "moved.csv", moved, &[("kind", "housekeepers")]).await;
    let admin = role(&app, Role::GridAdmin).await;
    let card: Value = admin
        .get(&format!("/api/v1/people/{}", keeper(&app, "示例甲管家九")))
        .await
        .json();
    let history = card["history"].as_array().unwrap();
    assert_eq!(history.len(), 2, "{card}");
    assert_eq!(
        (&history[1]["end"], &history[1]["end_reason"]),
        (&json!("2026-02-28"), &json!("moved"))
    );
    assert_eq!(
        (&history[0]["start"], &history[0]["kind"]),
        (&json!("2026-03-01"), &json!("full_time"))
    );
    assert_eq!(card["lives_there"], true);
}

#[tokio::test]
async fn a_compound_without_a_secretary_is_a_gap_until_one_is_entered() {
    let app = city().await;
    let secretary = role(&app, Role::CompoundSecretary).await;
    let of = compound(&app, "示例甲1小区");
    let path = format!("/api/v1/compounds/{of}/organisations");
    let enter = |kind: &str, from: &str| {
        secretary
            .post(&path)
            .json(&json!({ "kind": kind, "name": format!("示例{kind}"), "from": from }))
    };
    for (kind, from) in [
        ("branch", "2020-01-01"),
        ("party_guide", "2021-01-01"),
        ("owners_committee", "2019-01-01"),
    ] {
        assert_eq!(enter(kind, from).await.status_code(), 201, "{kind}");
    }
    let seen: Value = secretary.get("/api/v1/organisations").await.json();
    assert_eq!(seen["n"], 1, "one's own compound alone");
    let row = &seen["items"][0];
    assert_eq!(row["triad_missing"][0]["code"], "secretary");
    assert_eq!(row["triad_missing"].as_array().unwrap().len(), 1);
    assert_eq!(row["warnings"][0]["code"], "owners_before_branch");
    assert!(
        row["parties_missing"].as_array().unwrap().is_empty(),
        "the compound's record names its company: {row}"
    );
    let person = json!({ "kind": "secretary", "name": "示例书记甲", "duty_phone": "100 0000 0077", "from": "2024-01-01" });
    assert_eq!(secretary.post(&path).json(&person).await.status_code(), 201);
    let seen: Value = secretary.get("/api/v1/organisations").await.json();
    assert_eq!(seen["triad_complete"], 1);
    let text = seen.to_string();
    assert!(
        text.contains("100****0077") && !text.contains("100 0000 0077"),
        "no consent, no number: {text}"
    );
    let worker = role(&app, Role::Planner).await;
    assert_eq!(
        worker
            .post(&path)
            .json(&person)
            .await
            .status_code()
            .as_u16()
            / 100,
        4
    );
}

#[tokio::test]
async fn two_judges_an_appeal_and_no_way_to_rank() {
    let app = city().await;
    let compound_secretary = role(&app, Role::CompoundSecretary).await;
    let secretary = role(&app, Role::CommunitySecretary).await;
    let own = role(&app, Role::Housekeeper).await;
    let id = keeper(&app, "示例甲管家");
    let score = |judge: &str, score: u8| json!({ "housekeeper": id, "period": "2026Q3", "judge": judge, "score": score });
    let path = "/api/v1/assessments";
    let made = compound_secretary
        .post(path)
        .json(&score("organisation", 88))
        .await;
    assert_eq!(made.status_code(), 200, "{}", made.text());
    let twice = compound_secretary
        .post(path)
        .json(&score("residents", 90))
        .await;
    assert_eq!(
        twice.json::<Value>()["type"],
        "/problems/second_person_needed"
    );
    assert_eq!(
        secretary
            .post(path)
            .json(&score("residents", 60))
            .await
            .status_code(),
        200
    );
    let hidden: Value = own.get("/api/v1/assessments?period=2026Q3").await.json();
    assert_eq!(hidden["n"], 0, "nothing before being told");
    let acts = format!(
        "/api/v1/assessments/{}/acts",
        made.json::<Value>()["id"].as_str().unwrap()
    );
    assert_eq!(
        compound_secretary
            .post(&acts)
            .json(&json!({ "do": "show" }))
            .await
            .status_code(),
        403
    );
    assert_eq!(
        secretary
            .post(&acts)
            .json(&json!({ "do": "show" }))
            .await
            .status_code(),
        204
    );
    let told: Value = own.get("/api/v1/assessments?period=2026Q3").await.json();
    assert_eq!(
        (
            &told["n"],
            &told["items"][0]["mean"],
            &told["items"][0]["grade"]
        ),
        (&json!(1), &json!(74.0), &json!("competent"))
    );
    assert!(told["median"].is_null(), "fewer than five: {told}");
    assert_eq!(
        secretary
            .post(&acts)
            .json(&json!({ "do": "appeal", "text": "代他申诉" }))
            .await
            .status_code(),
        403
    );
    assert_eq!(
        own.post(&acts)
            .json(&json!({ "do": "appeal", "text": "少算一次调解" }))
            .await
            .status_code(),
        204
    );
    let frozen = secretary.post(&acts).json(&json!({ "do": "finish" })).await;
    assert_eq!(frozen.json::<Value>()["type"], "/problems/appeal_open");
    let answer = json!({ "do": "answer", "text": "已补记", "organisation": 92, "residents": null });
    assert_eq!(secretary.post(&acts).json(&answer).await.status_code(), 204);
    assert_eq!(
        secretary
            .post(&acts)
            .json(&json!({ "do": "finish" }))
            .await
            .status_code(),
        204
    );
    // Leaders see figures of streets, and none of fewer than five.
    let leader = role(&app, Role::StreetLeader).await;
    assert_eq!(leader.get(path).await.status_code(), 403);
    let figures: Value = leader
        .get("/api/v1/assessment-figures?period=2026Q3")
        .await
        .json();
    let street = &figures["streets"][0];
    assert!(
        street["n"].is_null() && street["spread"].is_null() && street["median"].is_null(),
        "{figures}"
    );
    for sort in ["sort=score", "sort=mean", "order=desc", "by=grade"] {
        for path in [
            "/api/v1/assessments",
            "/api/v1/people",
            "/api/v1/assessment-figures",
        ] {
            let refused = secretary.get(&format!("{path}?{sort}")).await;
            assert!(refused.status_code().is_client_error(), "{path} {sort}");
        }
    }
}

#[tokio::test]
async fn the_roster_shows_each_role_what_is_theirs_and_nothing_private() {
    let app = city().await;
    for &one in Role::ALL {
        if one == Role::Public || one.is_administrator() {
            continue;
        }
        let who = role(&app, one).await;
        for path in [
            "/api/v1/people",
            "/api/v1/people?state=all",
            "/api/v1/organisations",
            "/api/v1/recruitment",
            "/api/v1/recruitment-funnel",
            "/api/v1/assessments",
            "/api/v1/assessment-figures",
        ] {
            let text = who.get(path).await.text();
            for canary in CANARIES {
                assert!(!text.contains(canary), "{one} {path} tells {canary}");
            }
            for outside in ["示例乙", "示例丙", "示例丁"] {
                assert!(
                    !text.contains(outside),
                    "{one} {path} tells of {outside}: {text}"
                );
            }
        }
        if one == Role::Housekeeper || one == Role::PartTimeKeeper {
            let roster: Value = who.get("/api/v1/people").await.json();
            assert_eq!(
                (&roster["total"], &roster["items"][0]["own"]),
                (&json!(1), &json!(true))
            );
            assert!(roster["needs"].is_null() && roster["vacancies"].is_null());
        }
    }
    // A reason and a watermark go with every file.
    let admin = role(&app, Role::GridAdmin).await;
    let file = format!("/api/v1/regions/{OWN}/people/roster.csv");
    assert_eq!(
        admin.get(&file).await.json::<Value>()["type"],
        "/problems/reason_required"
    );
    let text = admin.get(&format!("{file}?reason=hand-over")).await.text();
    assert!(
        text.contains("示例甲管家") && text.contains("用途：hand-over"),
        "{text}"
    );
    for canary in CANARIES {
        assert!(!text.contains(canary));
    }
    let other = format!("/api/v1/regions/{OTHER}/people/roster.csv?reason=hand-over");
    assert_eq!(admin.get(&other).await.status_code(), 404);
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
