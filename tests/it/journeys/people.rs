//! People from end to end: entered in the roster, covered, organised, judged; and what nobody may do.

use super::app::App;
use crate::access::city::{CANARIES, OTHER, OWN, city, community_code, own_scope, put};
use axum_test::TestServer;
use gridkeeper::domain::access::Role;
use serde_json::{Value, json};

pub fn compound(app: &App, name: &str) -> String {
    let picture = app.services.picture();
    let found = picture.compounds.iter().find(|one| one.name == name);
    found.unwrap().id.to_string()
}

pub fn keeper(app: &App, name: &str) -> String {
    let picture = app.services.picture();
    let found = picture.housekeepers.iter().find(|one| one.name == name);
    found.unwrap().id.to_string()
}

pub async fn role(app: &App, role: Role) -> TestServer {
    let scope = own_scope(&app.services, role);
    // A login of its own: several may have one role.
    let random = uuid::Uuid::now_v7().simple().to_string();
    let login = format!("{role}-{}", &random[24..]);
    app.person(&login, &[(role.as_str(), &scope)]).await
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
async fn the_new_are_listed_until_they_have_a_mentor_and_the_untrained_until_they_came() {
    let app = city().await;
    let today = app.services.picture().today;
    let began = today - chrono::Days::new(10);
    let keepers = format!(
        "编号,姓名,所属小区,所属社区,任职日期\nN1,示例新甲,示例甲1小区,{of},{began}\nN2,示例新乙,示例甲1小区,{of},{began}\n",
        of = community_code(OWN, 1)
    );
    put(&app, "new.csv", keepers, &[("kind", "housekeepers")]).await;
    let secretary = role(&app, Role::CommunitySecretary).await;
    let listed = async |state: &str| -> Vec<String> {
        let path = format!("/api/v1/people?state={state}");
        let roster: Value = secretary.get(&path).await.json();
        let items = roster["items"].as_array().unwrap().iter();
        let mut names: Vec<String> = items
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let both = ["示例新乙".to_owned(), "示例新甲".to_owned()];
    assert_eq!(
        listed("unmentored").await,
        both,
        "not who is here for years"
    );
    assert_eq!(listed("untrained").await.len(), 3);

    let (old, new) = (keeper(&app, "示例甲管家"), keeper(&app, "示例新甲"));
    let group = json!({ "mentor": old, "members": [new], "from": today });
    let made = secretary.post("/api/v1/mentor-groups").json(&group).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    assert_eq!(listed("unmentored").await, ["示例新乙"]);
    let held = json!({ "region": community_code(OWN, 1), "title": "上岗培训", "held": today, "attended": [new, old] });
    let noted = secretary.post("/api/v1/trainings").json(&held).await;
    assert_eq!(noted.status_code(), 201, "{}", noted.text());
    assert_eq!(listed("untrained").await, ["示例新乙"]);

    let card: Value = secretary.get(&format!("/api/v1/people/{new}")).await.json();
    let id = card["groups"][0]["id"].as_str().unwrap();
    let ended = secretary
        .delete(&format!("/api/v1/mentor-groups/{id}"))
        .await;
    assert_eq!(ended.status_code(), 204, "{}", ended.text());
    // The last day still counts.
    assert_eq!(listed("unmentored").await, ["示例新乙"]);
    let wrong = secretary.get("/api/v1/people?state=tired").await;
    assert_eq!(wrong.status_code(), 422);
    // A keeper has no list of others.
    let own = role(&app, Role::Housekeeper).await;
    let roster: Value = own.get("/api/v1/people?state=unmentored").await.json();
    assert_eq!(roster["items"], json!([]));
}
