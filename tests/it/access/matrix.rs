//! Every role × every route × every place: generated from the declarations, answered as the table of rights says.

use super::city::{OTHER, OWN, SIBLING, city, community_code, own_scope};
use crate::journeys::app::{App, browser};
use axum_test::TestServer;
use gridkeeper::api::access::{Access, At, Declared, Who};
use gridkeeper::domain::access::{Action, Grant, Grants, Object, Place, Role, Verdict};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a cell answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    /// Let through: whatever the handler says then.
    In,
    /// Sign in first.
    SignIn,
    /// Not for this role.
    Role,
    /// Does not exist.
    Nothing,
}

/// The places that are asked.
const PLACES: [(&str, Option<&str>); 5] = [
    ("own", Some(OWN)),
    ("sibling", Some(SIBLING)),
    ("other district", Some(OTHER)),
    ("other community", None),
    ("none", Some("999009009000")),
];

/// The path of a route with what stands for `{code}` and `{id}` at a place.
pub(super) fn filled(app: &App, route: &Declared, place: &str) -> String {
    let picture = app.services.picture();
    let street = match PLACES.iter().find(|(name, _)| *name == place).unwrap() {
        (_, Some(street)) => (*street).to_owned(),
        (_, None) => OWN.to_owned(),
    };
    let code: gridkeeper::domain::RegionCode = street.parse().unwrap();
    let inside = |community: gridkeeper::domain::RegionCode| code.contains(community);
    let nobody = uuid::Uuid::now_v7().to_string();
    let at = match route.access.who {
        Who::Right { at, .. } => at,
        _ => At::Anywhere,
    };
    let compound = |n: u32| {
        let wanted = community_code(&street, n);
        picture
            .compounds
            .iter()
            .find(|compound| compound.community.to_string() == wanted)
            .map(|compound| compound.id.to_string())
    };
    let building = picture
        .buildings
        .iter()
        .find(|building| inside(building.community))
        .map(|building| building.id.to_string());
    let plan = picture
        .plans
        .iter()
        .find(|plan| plan.plan.street == code && plan.plan.in_force_at(app.services.now()))
        .map(|plan| plan.plan.id.to_string());
    let id = match at {
        At::Plan | At::PlanStreet => plan,
        At::Compound => compound(if place == "other community" { 2 } else { 1 }),
        At::Building | At::Unit => building,
        _ => None,
    };
    let region = if place == "other community" {
        community_code(OWN, 2)
    } else {
        street.clone()
    };
    let mut path = route.path.replace("{code}", &region);
    let verb = match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/api/v1/plans/{id}") => ":publish",
        ("POST", "/api/v1/imports/{id}") => ":undo",
        ("POST", "/api/v1/waiting/{id}") => ":dismiss",
        ("POST", "/api/v1/accounts/{id}") => ":disable",
        ("POST", "/api/v1/grants/{id}") => ":end",
        _ => "",
    };
    path = path.replace(
        "{id}",
        &format!("{}{verb}", id.unwrap_or_else(|| nobody.clone())),
    );
    path = path
        .replace("{area}", &nobody)
        .replace("{file}", "areas.csv")
        .replace("{building}", &nobody)
        .replace("{hash}", &"0".repeat(64))
        .replace("{layer}/{z}/{x}/{y}", "compounds/15/27053/13298")
        .replace("{z}/{x}/{y}", "15/27053/13298")
        .replace("{layer}", "compounds.json");
    assert!(!path.contains('{'), "{path}: an unknown parameter");
    path
}

impl Answer {
    /// A role that is right for a part of the places hears why, not that there is nothing.
    fn or_role(self) -> Self {
        match self {
            Self::In => Self::In,
            _ => Self::Role,
        }
    }
}

/// What the declaration and the table say, without the guard.
fn expected(app: &App, route: &Declared, grants: &Grants, known: bool, place: &str) -> Answer {
    match route.access.who {
        Who::Anyone => Answer::In,
        Who::Known | Who::Session if known => Answer::In,
        Who::Known | Who::Session => Answer::SignIn,
        Who::Right {
            object,
            actions,
            at,
            also,
        } => {
            let first = of_right(app, (object, actions, at), grants, known, place);
            match also {
                Some(also) if first == Answer::In => {
                    of_right(app, (also, &[Action::Read], at), grants, known, place)
                }
                _ => first,
            }
        }
    }
}

fn of_right(
    app: &App,
    (object, actions, at): (Object, &[Action], At),
    grants: &Grants,
    known: bool,
    place: &str,
) -> Answer {
    let anywhere = actions
        .iter()
        .any(|action| grants.anywhere(object, *action));
    let lacking = if known { Answer::Role } else { Answer::SignIn };
    if at == At::Whole && anywhere {
        // There are several streets: only a grant without a place covers them.
        return verdict(grants, object, actions, &[Place::default()], Answer::Role).or_role();
    }
    if matches!(at, At::Anywhere | At::Asked | At::Whole) {
        return if anywhere { Answer::In } else { lacking };
    }
    if !known && !anywhere {
        return Answer::SignIn;
    }
    let places = places(app, at, place);
    let Some(places) = places else {
        return if matches!(at, At::Region | At::Street) {
            // A region that does not exist lies outside every scope but “everywhere”.
            let code = PLACES
                .iter()
                .find(|(name, _)| *name == place)
                .unwrap()
                .1
                .unwrap();
            verdict(
                grants,
                object,
                actions,
                &[Place::region(code.parse().unwrap())],
                lacking,
            )
        } else {
            Answer::In
        };
    };
    verdict(grants, object, actions, &places, lacking)
}

fn verdict(
    grants: &Grants,
    object: Object,
    actions: &[Action],
    places: &[Place],
    lacking: Answer,
) -> Answer {
    let mut answer = Answer::Nothing;
    for place in places {
        for action in actions {
            match grants.verdict(object, *action, place) {
                Verdict::Allowed => return Answer::In,
                Verdict::WrongRole => answer = lacking,
                Verdict::OutOfScope => {}
            }
        }
    }
    answer
}

/// Where the thing of a place lies, written down by hand: not what the guard finds.
fn places(app: &App, at: At, place: &str) -> Option<Vec<Place>> {
    let street = PLACES.iter().find(|(name, _)| *name == place).unwrap().1;
    if place == "none" {
        return None;
    }
    let street = street.unwrap_or(OWN);
    let letter = match street {
        OWN => "甲",
        SIBLING => "乙",
        _ => "丙",
    };
    let picture = app.services.picture();
    let compound = |n: u32| {
        let name = format!("示例{letter}{n}小区");
        let found = picture.compounds.iter().find(|c| c.name == name).unwrap();
        let keepers = picture
            .housekeepers
            .iter()
            .filter(|keeper| n == 1 && keeper.name == format!("示例{letter}管家"));
        Place {
            region: Some(community_code(street, n).parse().unwrap()),
            compound: Some(found.id),
            company: Some(format!("示例{letter}物业")),
            keepers: keepers.map(|keeper| keeper.id).collect(),
        }
    };
    let whole = Place::region(street.parse().unwrap());
    let second = place == "other community";
    Some(match at {
        At::Region if second => vec![Place::region(community_code(OWN, 2).parse().unwrap())],
        At::Region | At::Street | At::PlanStreet => vec![whole],
        At::Plan => vec![whole, compound(1), compound(2)],
        At::Compound => vec![compound(if second { 2 } else { 1 })],
        At::Building | At::Unit => vec![compound(1)],
        At::Anywhere | At::Asked | At::Whole => Vec::new(),
    })
}

async fn ask(browser: &TestServer, route: &Declared, path: &str) -> (Answer, u16, Value) {
    let request = browser.method(route.method.clone(), path);
    let request = if route.method == "GET" || route.method == "DELETE" {
        request
    } else {
        // Nothing of use: what is asked is who gets as far as being told so.
        request.json(&serde_json::json!({ "unknown": 1 }))
    };
    let response = request.await;
    let status = response.status_code().as_u16();
    let body: Value = serde_json::from_str(&response.text()).unwrap_or(Value::Null);
    let kind = body["type"].as_str().unwrap_or("");
    let answer = match (status, kind) {
        (401, "/problems/sign_in_required") => Answer::SignIn,
        (403, "/problems/role_lacks_right" | "/problems/holds_everywhere") => Answer::Role,
        (404, "/problems/not_found") => Answer::Nothing,
        _ => Answer::In,
    };
    (answer, status, body)
}

/// Streams stay open: they are asked by tests of their own.
pub(super) fn is_stream(route: &Declared) -> bool {
    route.path.ends_with("/events")
}

#[tokio::test]
async fn every_role_gets_from_every_route_at_every_place_what_the_table_says() {
    let app = city().await;
    let routes = gridkeeper::api::declarations();
    let mut cells = 0u32;
    let mut table: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for &role in Role::ALL {
        let (grants, browser) = if role == Role::Public {
            (Grants::public(), browser(&app.services))
        } else {
            let scope = own_scope(&app.services, role);
            let grants = Grants::of(vec![Grant {
                role,
                scope: scope.parse().unwrap(),
            }]);
            let browser = app.person(role.as_str(), &[(role.as_str(), &scope)]).await;
            (grants, browser)
        };
        let known = role != Role::Public;
        for route in routes.iter().filter(|route| !is_stream(route)) {
            // These end the session that asks.
            if route.path.starts_with("/api/v1/session") && route.method == "DELETE" && known {
                continue;
            }
            for (place, _) in PLACES {
                let placed = route.path.contains("{code}") || route.path.contains("{id}");
                if !placed && place != "own" {
                    continue;
                }
                let path = filled(&app, route, place);
                let (answer, status, body) = ask(&browser, route, &path).await;
                let expected = expected(&app, route, &grants, known, place);
                // Whoever is let through may still find nothing: what is not there, or not for them.
                let fits = answer == expected
                    || (expected == Answer::In && answer == Answer::Nothing)
                    || (expected == Answer::In && answer == Answer::Role && asks_itself(route));
                assert!(
                    fits && status < 500,
                    "{role} {} {} at {place}: {answer:?} ({status}), declared {expected:?}: {body}",
                    route.method,
                    route.path
                );
                cells += 1;
                let key = (route.path.clone(), route.method.to_string());
                if place == "own" && expected == Answer::In {
                    table.entry(key).or_default().push(role.to_string());
                }
            }
        }
    }
    println!("{cells} cells asked");
    assert!(cells > 4000, "{cells}");
    // The surface as a snapshot: a change of the table is seen in review.
    let lines: Vec<String> = table
        .iter()
        .map(|((path, method), roles)| format!("{method} {path}: {}", roles.join(" ")))
        .collect();
    insta::assert_snapshot!("who_is_let_in", lines.join("\n"));
}

/// Routes whose handler asks for more than the declaration: which move of a plan, which grant.
fn asks_itself(route: &Declared) -> bool {
    matches!(
        route.access,
        Access {
            who: Who::Right { at: At::Asked, .. },
            ..
        }
    ) || [
        "/api/v1/plans/{id}",
        "/api/v1/grants/{id}",
        "/api/v1/plans/{id}/export/{file}",
    ]
    .contains(&route.path.as_str())
}

#[test]
fn every_operation_of_the_document_is_declared_and_says_so() {
    let document = serde_json::to_value(gridkeeper::api::document()).unwrap();
    let declared = gridkeeper::api::declarations();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<axum::http::Method>() else {
                continue;
            };
            let found = declared
                .iter()
                .find(|route| route.path == *path && route.method == method)
                .unwrap_or_else(|| panic!("{method} {path} is not declared"));
            let open = found.access.who == Who::Anyone;
            assert_eq!(operation["security"].is_null(), open, "{method} {path}");
            assert!(
                operation["x-gridkeeper-access"].is_string(),
                "{method} {path}"
            );
            operations += 1;
        }
    }
    assert_eq!(operations, declared.len());
}
