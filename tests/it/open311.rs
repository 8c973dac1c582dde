//! Open311 GeoReport v2: every method and every error code, in XML and in JSON.

use crate::access::city::{OTHER, OWN, city, community_code};
use crate::journeys::app::{App, browser};
use axum_test::{TestResponse, TestServer};
use serde::Deserialize;
use serde_json::{Value, json};

const BASE: &str = "/open311/v2";
const LIT: &str = "utilities.lighting";

#[derive(Deserialize)]
struct Errors {
    error: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    code: u16,
    description: String,
}

/// A key of somebody with a role in a scope.
async fn key(app: &App, login: &str, role: &str, scope: &str, read_only: bool) -> String {
    let person = app.person(login, &[(role, scope)]).await;
    let body = json!({ "name": "311", "scope": "everywhere", "read_only": read_only, "days": 7 });
    let made = person.post("/api/v1/session/tokens").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    made.json::<Value>()["token"].as_str().unwrap().to_owned()
}

/// A report that is refused: the status, the key, what is changed of a good one, and a word of the answer.
type Wrong<'a> = (u16, &'a str, Vec<(&'a str, String)>, &'a str);

/// An error with this status, in the format of the path; its first description.
fn refused(answer: &TestResponse, path: &str, status: u16) -> String {
    let text = answer.text();
    assert_eq!(answer.status_code().as_u16(), status, "{path}: {text}");
    let (kind, errors): (&str, Vec<OneError>) = if path.contains(".json") {
        let all: Vec<Value> = serde_json::from_str(&text).unwrap();
        let one = |error: &Value| OneError {
            code: error["code"].as_u64().unwrap() as u16,
            description: error["description"].as_str().unwrap().to_owned(),
        };
        ("application/json", all.iter().map(one).collect())
    } else {
        let all: Errors = quick_xml::de::from_str(&text).unwrap();
        ("text/xml", all.error)
    };
    let sent = answer.header("content-type");
    assert!(sent.to_str().unwrap().starts_with(kind), "{path}: {sent:?}");
    assert!(errors.iter().all(|error| error.code == status), "{text}");
    errors[0].description.clone()
}

async fn post(server: &TestServer, format: &str, fields: &[(&str, &str)]) -> TestResponse {
    let path = format!("{BASE}/requests.{format}");
    server.post(&path).form(&fields).await
}

/// A point of the own street that lies in a community.
fn point(app: &App) -> (String, String, String) {
    let picture = app.services.picture();
    let own: gridkeeper::domain::RegionCode = OWN.parse().unwrap();
    let building = picture
        .buildings
        .iter()
        .find(|building| own.contains(building.community) && building.code.is_some())
        .unwrap();
    let at = geo::Centroid::centroid(&building.footprint).unwrap();
    let code = building.code.clone().unwrap();
    (at.y().to_string(), at.x().to_string(), code)
}

#[tokio::test]
async fn services_are_the_leaves_in_use_without_the_sensitive() {
    let app = city().await;
    let nobody = browser(&app.services);
    let list: Vec<Value> = nobody.get(&format!("{BASE}/services.json")).await.json();
    assert!(list.len() > 30);
    let code = |service: &Value| service["service_code"].as_str().unwrap().to_owned();
    assert!(list.iter().any(|service| code(service) == LIT));
    assert!(
        !list
            .iter()
            .any(|service| code(service) == "people.neighbours")
    );
    assert!(
        !list.iter().any(|service| code(service) == "utilities"),
        "a parent is a group"
    );
    let water = list
        .iter()
        .find(|service| code(service) == "utilities.water")
        .unwrap();
    assert_eq!(water["group"], "水电气网");
    assert_eq!(water["metadata"], true);
    assert_eq!(water["type"], "realtime");
    assert!(water["keywords"].as_str().unwrap().contains("停水,"));

    #[derive(Deserialize)]
    struct Services {
        service: Vec<Offered>,
    }
    #[derive(Deserialize)]
    struct Offered {
        service_code: String,
        metadata: bool,
        #[serde(rename = "type")]
        kind: String,
    }
    let text = nobody.get(&format!("{BASE}/services.xml")).await.text();
    let services: Services = quick_xml::de::from_str(&text).unwrap();
    assert_eq!(services.service.len(), list.len());
    for (xml, json) in services.service.iter().zip(&list) {
        assert_eq!(xml.service_code, code(json));
        assert_eq!(Some(xml.metadata), json["metadata"].as_bool());
        assert_eq!(xml.kind, "realtime");
    }

    let path = format!("{BASE}/services/utilities.water.json");
    let definition: Value = nobody.get(&path).await.json();
    assert_eq!(definition["service_code"], "utilities.water");
    let first = &definition["attributes"][0];
    assert_eq!(
        (&first["variable"], &first["order"]),
        (&json!(true), &json!(1))
    );
    assert!(first["values"].as_array().unwrap().len() > 1, "{first}");
    let text = nobody.get(&path.replace(".json", ".xml")).await.text();
    let values = text.matches("<value><key>").count();
    assert_eq!(values, first["values"].as_array().unwrap().len(), "{text}");
    assert!(text.contains("<attributes><attribute><variable>true</variable>"));
}

#[tokio::test]
async fn a_request_is_made_found_again_and_never_names_its_reporter() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let key = key(&app, "sec", "community_secretary", &community, false).await;
    let nobody = browser(&app.services);
    let (lat, lon, code) = point(&app);
    let made = post(
        &nobody,
        "json",
        &[
            ("api_key", &key),
            ("service_code", LIT),
            ("lat", &lat),
            ("long", &lon),
            ("address_id", &code),
            ("description", "路灯不亮 <b>&\u{b}"),
            ("first_name", "CANARY-FIRST"),
            ("last_name", "CANARY-LAST"),
            ("phone", "10010020099"),
            ("email", "canary@example.org"),
            ("media_url", "https://example.org/1.jpg"),
        ],
    )
    .await;
    assert_eq!(made.status_code(), 200, "{}", made.text());
    let made: Value = made.json();
    let id = made[0]["service_request_id"].as_str().unwrap().to_owned();
    let notice = made[0]["service_notice"].as_str().unwrap();
    let lookup = notice.rsplit(' ').next().unwrap();

    // Not public yet: nobody sees it but whoever sees the issue.
    let path = format!("{BASE}/requests/{id}.json");
    refused(&nobody.get(&path).await, &path, 404);
    let keyed = format!("{path}?api_key={key}");
    let found: Value = nobody.get(&keyed).await.json();
    let request = &found[0];
    assert_eq!(request["service_request_id"], id.as_str());
    assert_eq!(request["status"], "open");
    assert!(
        request["status_notes"]
            .as_str()
            .unwrap()
            .starts_with("反馈 report"),
        "{request}"
    );
    assert_eq!(request["address_id"], code.as_str());
    assert!((request["lat"].as_f64().unwrap() - lat.parse::<f64>().unwrap()).abs() < 1e-9);
    for field in [
        "requested_datetime",
        "updated_datetime",
        "expected_datetime",
    ] {
        let text = request[field].as_str().unwrap();
        assert!(text.ends_with("+08:00"), "{field}: {text}");
    }
    let xml = nobody.get(&keyed.replace(".json", ".xml")).await.text();
    assert!(
        xml.contains("路灯不亮 &lt;b&gt;&amp;") && !xml.contains('\u{b}'),
        "{xml}"
    );
    for text in [&found.to_string(), &xml] {
        assert!(
            !text.contains("CANARY") && !text.contains("10010020099") && !text.contains("canary")
        );
    }
    // Somebody else's key sees what their account sees: nothing here.
    let other = key_of_elsewhere(&app).await;
    let path = format!("{BASE}/requests/{id}.xml?api_key={other}");
    refused(&nobody.get(&path).await, &path, 404);

    // By list, by token, by building and by name.
    let list = format!("{BASE}/requests.json?api_key={key}&service_code={LIT}&status=open");
    assert_eq!(
        nobody
            .get(&list)
            .await
            .json::<Value>()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let closed = list
        .replace("open&", "")
        .replace("status=open", "status=closed");
    assert_eq!(nobody.get(&closed).await.text(), "[]");
    let named =
        format!("{BASE}/requests.json?api_key={key}&service_request_id={id},nothing&status=closed");
    assert_eq!(
        nobody
            .get(&named)
            .await
            .json::<Value>()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let token = format!("{BASE}/tokens/{lookup}.json");
    assert_eq!(
        nobody.get(&token).await.json::<Value>()[0]["service_request_id"],
        id.as_str()
    );
    for place in [
        ("address_id", code.as_str()),
        ("address_string", "示例甲1小区"),
    ] {
        let fields = [("api_key", key.as_str()), ("service_code", LIT), place];
        let made = post(&nobody, "xml", &fields).await;
        assert_eq!(made.status_code(), 200, "{place:?}: {}", made.text());
        assert!(
            made.text()
                .contains("<service_requests><request><service_request_id>")
        );
    }
    // Places without a point get none.
    let all = nobody
        .get(&format!("{BASE}/requests.json?api_key={key}"))
        .await;
    let points = all.json::<Vec<Value>>();
    assert_eq!(
        points
            .iter()
            .filter(|request| request["lat"].is_null())
            .count(),
        2
    );

    make_public(&app, &id).await;
    let seen = nobody
        .get(&format!("{BASE}/requests.json"))
        .await
        .json::<Vec<Value>>();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

async fn key_of_elsewhere(app: &App) -> String {
    let community = community_code(OTHER, 1);
    key(app, "elsewhere", "community_secretary", &community, true).await
}

/// Marks an issue as one that everybody may read.
async fn make_public(app: &App, code: &str) {
    let mut tx = app.services.store().begin().await.unwrap();
    let mut conn = tx.conn();
    let mut row = conn.issue_by_code(code).await.unwrap().unwrap();
    row.issue.public = true;
    conn.issue_put(&[row]).await.unwrap();
    tx.commit().await.unwrap();
    app.services.issues_load().await.unwrap();
}

#[tokio::test]
async fn sensitive_issues_are_in_no_answer_even_when_they_are_public() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let secretary = app
        .person("sec", &[("community_secretary", &community)])
        .await;
    let body = json!({ "category": "people.neighbours", "place": { "kind": "region", "region": community },
        "black_text": "CANARY" });
    let made = secretary.post("/api/v1/issues").json(&body).await;
    assert_eq!(made.status_code(), 201, "{}", made.text());
    let code = made.json::<Value>()["code"].as_str().unwrap().to_owned();
    make_public(&app, &code).await;
    let key = key(&app, "sec2", "community_secretary", &community, true).await;
    let nobody = browser(&app.services);
    for path in [
        format!("{BASE}/requests.json"),
        format!("{BASE}/requests.xml?api_key={key}"),
        format!("{BASE}/requests.json?service_request_id={code}&api_key={key}"),
    ] {
        let answer = nobody.get(&path).await;
        assert_eq!(answer.status_code(), 200);
        assert!(!answer.text().contains("CANARY"), "{path}");
    }
    let path = format!("{BASE}/requests/{code}.json?api_key={key}");
    refused(&nobody.get(&path).await, &path, 404);
}

#[tokio::test]
async fn every_error_has_the_code_of_the_specification_in_both_formats() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let writes = key(&app, "sec", "community_secretary", &community, false).await;
    let looks = key(&app, "eye", "community_secretary", &community, true).await;
    let nobody = browser(&app.services);
    let (lat, lon, code) = point(&app);
    let long_text = "长".repeat(4001);
    for format in ["xml", "json"] {
        let gets: [(u16, String); 14] = [
            (404, format!("nothing.{format}")),
            (
                404,
                format!("services.{format}?jurisdiction_id=999009009000"),
            ),
            (404, format!("services.{format}?jurisdiction_id=x")),
            (404, format!("services/none.{format}")),
            (404, format!("services/people.neighbours.{format}")),
            (404, format!("services/utilities.{format}")),
            (404, format!("tokens/ABCD-EFGH-JKMN.{format}")),
            (404, format!("requests/20200101-0001.{format}")),
            (404, format!("requests.{format}?service_code=none")),
            (403, format!("requests.{format}?api_key=gk_wrong")),
            (400, format!("requests.{format}?status=shut")),
            (400, format!("requests.{format}?start_date=2026-01-01")),
            (
                400,
                format!(
                    "requests.{format}?start_date=2026-01-01T00:00:00Z&end_date=2026-06-01T00:00:00Z"
                ),
            ),
            (
                400,
                format!(
                    "requests.{format}?start_date=2026-02-01T00:00:00Z&end_date=2026-01-01T00:00:00Z"
                ),
            ),
        ];
        for (status, path) in gets {
            let path = format!("{BASE}/{path}");
            refused(&nobody.get(&path).await, &path, status);
        }
        let place = [
            ("lat", lat.as_str()),
            ("long", lon.as_str()),
            ("address_id", code.as_str()),
        ];
        let report = |name: &'static str, value: &str| vec![(name, value.to_owned())];
        let far = vec![("lat", "0"), ("long", "0"), ("address_id", "")];
        let far = far
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()));
        // What is changed of a good report, by which key, and which word the answer has to hold.
        let posts: [Wrong; 12] = [
            (403, "", Vec::new(), "api_key"),
            (403, "gk_wrong", Vec::new(), "api_key"),
            (403, &looks, Vec::new(), "api_key"),
            (
                404,
                &writes,
                report("service_code", "none"),
                "service_code none",
            ),
            (
                404,
                &writes,
                report("service_code", "people.neighbours"),
                "service_code",
            ),
            (
                404,
                &writes,
                report("jurisdiction_id", "999009009000"),
                "jurisdiction_id",
            ),
            (400, &writes, report("service_code", ""), "service_code"),
            (400, &writes, report("lat", "north"), "lat"),
            (400, &writes, report("description", &long_text), "4001"),
            (
                400,
                &writes,
                report("media_url", "file:///etc/passwd"),
                "media_url",
            ),
            (400, &writes, report("attribute[none]", "1"), "answers.none"),
            // A place on earth, but in no region that is known.
            (400, &writes, far.collect(), "no known community"),
        ];
        for (status, key, changed, word) in posts {
            let mut fields = vec![("api_key", key), ("service_code", LIT)];
            fields.extend(place);
            fields.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
            fields.extend(changed.iter().map(|(name, value)| (*name, value.as_str())));
            let answer = post(&nobody, format, &fields).await;
            let path = format!("POST {changed:?} .{format}");
            let said = refused(&answer, &path, status);
            assert!(said.contains(word), "{path}: {said}");
        }
        let base = [("api_key", writes.as_str()), ("service_code", LIT)];
        for place in [
            &[][..],
            &[("address_id", "none")],
            &[("address_string", "没有的小区")],
            // Outside of what the key may see: as if it did not exist.
            &[("address_string", "示例丙1小区")],
            &[("lat", "31.8")],
        ] {
            let answer = post(&nobody, format, &[&base[..], place].concat()).await;
            refused(&answer, &format!("{place:?} .{format}"), 400);
        }
        let path = format!("{BASE}/requests.{format}");
        let body = json!({ "api_key": writes, "service_code": LIT });
        refused(&nobody.post(&path).json(&body).await, &path, 400);
        let path = format!("{BASE}/services.{format}");
        refused(&nobody.post(&path).form(&base).await, &path, 404);
    }
    // A suffix that is none.
    let path = format!("{BASE}/services.yaml");
    refused(&nobody.get(&path).await, &path, 404);
    // Nothing was stored by any of these.
    let list = format!("{BASE}/requests.json?api_key={writes}");
    assert_eq!(nobody.get(&list).await.text(), "[]");
}

#[tokio::test]
async fn a_cookie_is_nobody_here_and_no_page_of_ours_is_asked_for() {
    let app = city().await;
    let community = community_code(OWN, 1);
    let secretary = app
        .person("sec", &[("community_secretary", &community)])
        .await;
    let (_, _, code) = point(&app);
    let fields = [("service_code", LIT), ("address_id", code.as_str())];
    let path = format!("{BASE}/requests.json");
    // Signed in at a browser, on a page of somebody else: the cookie goes along, and means nothing.
    let answer = secretary
        .post(&path)
        .add_header("origin", "https://evil.example")
        .form(&fields)
        .await;
    refused(&answer, &path, 403);
    let key = key(&app, "sec2", "community_secretary", &community, false).await;
    let with_key = [&[("api_key", key.as_str())], &fields[..]].concat();
    let answer = browser(&app.services)
        .post(&path)
        .add_header("origin", "https://fixmystreet.example")
        .form(&with_key)
        .await;
    assert_eq!(answer.status_code(), 200, "{}", answer.text());
}
