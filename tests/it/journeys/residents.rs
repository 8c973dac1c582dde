//! The residents' pages: found without login, small, escaped, and never telling more than hangs on the door.

use super::app::{App, browser};
use chrono::Utc;
use gridkeeper::domain::{Building, Housekeeper};
use gridkeeper::services::picture::Picture;

const STREET: &str = "999001001000";

pub(super) async fn page(app: &App, path: &str) -> String {
    let response = browser(&app.services).get(path).await;
    assert_eq!(response.status_code(), 200, "{path}");
    assert_eq!(response.header("content-type"), "text/html; charset=utf-8");
    assert!(response.maybe_header("set-cookie").is_none(), "no cookies");
    response.text()
}

/// A building of an area with so many keepers in post, nobody of them on leave, and them.
pub(super) fn served(picture: &Picture, posts: usize) -> (Building, Vec<Housekeeper>) {
    let plan = picture
        .in_force(STREET.parse().unwrap(), Utc::now())
        .unwrap();
    let mut areas = plan.area_of_building.iter();
    let all_there = |area: usize| {
        let mut keepers = plan.active_keepers(picture, area);
        keepers.all(|(_, post)| picture.on_leave(post.id).is_none())
    };
    let (at, area) = areas
        .find(|(_, area)| {
            let area = *area as usize;
            plan.active_keepers(picture, area).count() == posts && all_there(area)
        })
        .unwrap();
    let keepers = plan
        .active_keepers(picture, area as usize)
        .map(|(keeper, _)| keeper.clone());
    (picture.buildings[at].clone(), keepers.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_building_shows_its_keepers_without_scripts_or_households() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let (building, keepers) = served(&picture, 2);
    let code = building.code.clone().unwrap();
    let html = page(&app, &format!("/r/{code}")).await;
    assert!(html.len() <= 30_000, "{} bytes", html.len());
    assert!(
        !html.contains("<script") && !html.contains(" on"),
        "no scripts"
    );
    for keeper in &keepers {
        assert!(html.contains(&keeper.name));
        let digits: String = keeper
            .duty_phone
            .clone()
            .unwrap()
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        assert!(html.contains(&format!("href=\"tel:{digits}\"")), "{digits}");
    }
    assert!(html.contains(&format!("/report?building={}", building.id)));
    for words in [
        "片区小管家",
        "您在这里",
        "更新日期",
        "审图号",
        "大字版",
        "合成示例数据",
    ] {
        assert!(html.contains(words), "{words} is missing");
    }
    let count = building.households.count.unwrap().to_string();
    assert!(!html.contains("户数") && !html.contains(&format!("{count} 户")));
    // The same by identity; in large type the same words.
    assert_eq!(page(&app, &format!("/r/{}", building.id)).await, html);
    let large = page(&app, &format!("/r/{code}?large=1")).await;
    assert!(
        large.contains("<body class=\"big\">") && large.contains("普通字") && large.len() <= 30_000
    );
    // Who is signed in reads the same page: rights do not add to it.
    let signed_in = app.server.get(&format!("/r/{code}")).await.text();
    assert_eq!(signed_in, html);
    let mut largest = 0;
    for at in (0..picture.buildings.len()).step_by(9) {
        largest = largest.max(page(&app, &format!("/r/{}", picture.door(at))).await.len());
    }
    assert!(largest <= 30_000, "the largest page has {largest} bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_nobody_holds_says_so_and_gives_the_community_s_number() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let (building, _) = served(&picture, 0);
    let office = picture.contacts[&building.community.to_string()]
        .phone
        .clone()
        .unwrap();
    let html = page(&app, &format!("/r/{}", building.id)).await;
    assert!(html.contains("空缺") && html.contains(&office), "{html}");
    // A building that no plan knows resolves to the community too.
    let mut tx = app.services.store().begin().await.unwrap();
    let new = Building {
        id: gridkeeper::domain::BuildingId::new(uuid::Uuid::now_v7()),
        code: None,
        natural_key: "new".into(),
        ..building.clone()
    };
    tx.conn()
        .building_upsert(std::slice::from_ref(&new))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let picture = app.services.picture();
    let word = picture.door(picture.building_index(new.id).unwrap());
    assert!(
        word.len() == 12 && word.chars().all(|c| c.is_ascii_hexdigit()),
        "short where there is no code: {word}"
    );
    let html = page(&app, &format!("/r/{word}")).await;
    assert!(html.contains("还没有划入责任片区") && html.contains(&office));
    let lost = browser(&app.services).get("/r/nobody-knows-this").await;
    assert_eq!(lost.status_code(), 404);
    assert!(lost.text().contains("没有找到这一幢") && lost.text().contains("<form action=\"/r\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_go_with_consent_and_with_the_end_of_the_post() {
    let app = App::demo().await;
    let (building, keepers) = served(&app.services.picture(), 2);
    let silent = Housekeeper {
        consent: None,
        ..keepers[0].clone()
    };
    let picture = app.services.picture();
    let post = picture
        .appointments
        .iter()
        .find(|post| post.housekeeper == keepers[1].id)
        .unwrap();
    let yesterday = app.services.today(Utc::now()).pred_opt().unwrap();
    let ended = gridkeeper::domain::Appointment {
        end: Some(yesterday),
        ..post.clone()
    };
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn()
        .housekeeper_upsert(std::slice::from_ref(&silent))
        .await
        .unwrap();
    tx.conn()
        .appointment_upsert(std::slice::from_ref(&ended))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let html = page(&app, &format!("/r/{}", building.id)).await;
    for gone in [
        &silent.name,
        silent.duty_phone.as_ref().unwrap(),
        &keepers[1].name,
        keepers[1].duty_phone.as_ref().unwrap(),
    ] {
        assert!(!html.contains(gone.as_str()), "{gone} is still there");
    }
    assert!(html.contains("**") && html.contains("空缺"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_covers_a_vacancy_stands_on_the_page_with_the_reason() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let (building, _) = served(&picture, 0);
    let compound = building.compound.unwrap();
    let path = format!("/r/{}", building.id);
    // Others may cover already.
    let before = page(&app, &path).await;
    let elsewhere = picture
        .appointments
        .iter()
        .filter(|post| post.active_on(picture.today) && post.compound != Some(compound));
    let (post, keeper) = elsewhere
        .filter_map(|post| Some((post, picture.holder(post.id)?.0)))
        .filter(|(_, keeper)| keeper.community == building.community && keeper.consent.is_some())
        .find(|(_, keeper)| !before.contains(&keeper.name))
        .unwrap();
    let acts = format!("/api/v1/appointments/{}/acts", post.id);
    let today = picture.today;
    let cover = serde_json::json!({ "do": "cover", "compound": compound, "from": today, "to": today, "reason": "vacancy" });
    let answer = app.server.post(&acts).json(&cover).await;
    assert_eq!(answer.status_code(), 204, "{}", answer.text());
    let html = page(&app, &path).await;
    assert!(
        html.contains(&keeper.name) && html.contains("还没有人接任"),
        "{html}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_building_is_found_by_every_way_of_writing_it() {
    let app = App::demo().await;
    let picture = app.services.picture();
    let compound = picture
        .compounds
        .iter()
        .find(|one| one.name == "幸福苑")
        .unwrap();
    let at = picture.buildings_of(compound.id).iter().find(|at| {
        picture.buildings[**at]
            .name
            .as_deref()
            .is_some_and(|name| name.starts_with('3'))
    });
    let door = picture.door(*at.expect("幸福苑 has a third building"));
    for (c, b) in [
        ("幸福苑", "3幢"),
        ("幸福苑", "3号"),
        ("xfy", "3#"),
        ("XFY", "三号楼"),
        ("幸福苑", "３"),
        ("幸福苑", "3"),
        ("", "幸福苑3号楼"),
        ("幸福苑3幢", ""),
        ("", door.as_str()),
    ] {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("c", c)
            .append_pair("b", b)
            .append_pair("large", "1");
        let html = page(&app, &format!("/r?{}", query.finish())).await;
        assert!(
            html.contains(&format!("href=\"/r/{door}?large=1\"")),
            "{c} {b}: {html}"
        );
    }
    let all = page(&app, "/r?c=xfy").await;
    assert!(
        all.matches("class=\"hit\"").count() >= picture.buildings_of(compound.id).len(),
        "a compound alone lists its buildings"
    );
    let odd = page(
        &app,
        "/r?c=%3Cscript%3Ealert(1)%3C%2Fscript%3E&b=%22%3E%3Csvg%20onload%3D1%3E",
    )
    .await;
    assert!(
        odd.contains("&lt;script&gt;") && !odd.contains("<script") && !odd.contains("<svg onload")
    );
    assert!(odd.contains("没有查到"));
    let long = page(&app, &format!("/r?c={}", "a".repeat(3000))).await;
    assert!(long.len() < 20_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_mean_something_to_a_browser_are_text() {
    let app = App::demo().await;
    let (building, keepers) = served(&app.services.picture(), 1);
    let odd = Housekeeper {
        name: "\u{202e}🙂<script>alert(1)</script>\"'".into(),
        duty_phone: Some("\"><img src=x onerror=alert(1)> 100".into()),
        ..keepers[0].clone()
    };
    let renamed = Building {
        name: Some("<b onclick=x>3</b>幢".into()),
        ..building.clone()
    };
    let mut tx = app.services.store().begin().await.unwrap();
    tx.conn().housekeeper_upsert(&[odd]).await.unwrap();
    tx.conn().building_upsert(&[renamed]).await.unwrap();
    tx.commit().await.unwrap();
    app.services.reload().await.unwrap();
    let html = page(&app, &format!("/r/{}", building.id)).await;
    for tag in ["<script", "<img", "<b onclick", "\"><img"] {
        assert!(!html.contains(tag), "{tag} came through: {html}");
    }
    assert!(html.contains("&lt;script&gt;") && html.contains("<bdi>"));
    assert!(
        html.contains("href=\"tel:1100\"")
            || html.contains("href=\"tel:100\"")
            || html.contains("tel:")
    );
    let poster = browser(&app.services)
        .get(&format!("/api/v1/buildings/{}/poster", building.id))
        .await;
    assert_eq!(poster.status_code(), 200);
    let warnings = poster
        .header("x-gridkeeper-warnings")
        .to_str()
        .unwrap()
        .to_owned();
    assert!(warnings.contains("font_lacks_characters"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_publishes_an_office_s_number_is_bound_to_the_place() {
    let app = App::demo().await;
    let community = "999001001001";
    let secretary = app
        .person("secretary", &[("community_secretary", community)])
        .await;
    let body = serde_json::json!({ "phone": "100 0000 0070", "hours": "周一至周五" });
    let path = |code: &str| format!("/api/v1/regions/{code}/contact");
    assert_eq!(
        secretary
            .put(&path(community))
            .json(&body)
            .await
            .status_code(),
        200
    );
    assert_eq!(
        secretary
            .put(&path("999001001002"))
            .json(&body)
            .await
            .status_code(),
        404
    );
    let wrong = serde_json::json!({ "phone": "javascript:1" });
    assert_eq!(
        secretary
            .put(&path(community))
            .json(&wrong)
            .await
            .status_code(),
        422
    );
    let seen: serde_json::Value = browser(&app.services).get(&path(community)).await.json();
    assert_eq!(seen["phone"], "100 0000 0070");
    // A keeper changes what hangs at the own doors, not whom the office publishes.
    let (_, keepers) = served(&app.services.picture(), 2);
    let keeper = app
        .person(
            "keeper",
            &[("housekeeper", &format!("keeper:{}", keepers[0].id))],
        )
        .await;
    let compound = app
        .services
        .picture()
        .appointments
        .iter()
        .find(|post| post.housekeeper == keepers[0].id)
        .unwrap()
        .compound
        .unwrap();
    let refused = keeper
        .put(&format!("/api/v1/compounds/{compound}/contact"))
        .json(&body)
        .await;
    assert_eq!(refused.status_code(), 403);
}
