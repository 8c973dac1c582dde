//! Injection: what is typed anywhere comes back as text, in JSON, in tables, in the log, and nowhere else.

use super::city::{OWN, city};
use serde_json::{Value, json};

/// Beginnings that mean something to one interpreter or another.
const SEEDS: [&str; 25] = [
    "' OR '1'='1",
    "'; DROP TABLE account; --",
    "\" OR 1=1 --",
    "1); DELETE FROM plan; --",
    "%' OR '%'='",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg onload=alert(1)>",
    "javascript:alert(1)",
    "{{constructor.constructor('alert(1)')()}}",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1,1)",
    "\t=1+1",
    "＝1+1",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/",
    "a\r\nSet-Cookie: x=1",
    "a\r\n\r\n<html>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;",
    "\u{202e}gnp.exe",
    "${jndi:ldap://127.0.0.1/a}",
    "\u{0}nul",
];

/// 500 texts: every beginning alone, doubled, between other words, in other cases.
fn payloads() -> Vec<String> {
    let mut all = Vec::new();
    for seed in SEEDS {
        for n in 0..20 {
            all.push(match n % 5 {
                0 => format!("{seed}{}", "x".repeat(n / 5)),
                1 => format!("示例{n} {seed}"),
                2 => format!("{seed}{seed}"),
                3 => seed.to_uppercase() + &n.to_string(),
                _ => format!("{seed}\u{a0}{n}"),
            });
        }
    }
    assert_eq!(all.len(), 500);
    all
}

#[tokio::test]
async fn five_hundred_payloads_in_every_text_field_do_nothing() {
    let app = city().await;
    let plans: Value = app.get(&format!("/api/v1/plans?region={OWN}")).await;
    let draft = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|plan| plan["state"] == "draft")
        .unwrap();
    let id = draft["id"].as_str().unwrap().to_owned();
    let keeper = app.services.picture().housekeepers[0].id.to_string();
    let system = app.person("sys", &[("system_admin", "everywhere")]).await;
    let auditor = app.person("aud", &[("auditor", "everywhere")]).await;
    let accounts = app.services.accounts().await.unwrap().len();
    let mut asked = 0;
    for (n, payload) in payloads().iter().enumerate() {
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let gets = [
            format!("/api/v1/search?q={encoded}"),
            format!("/api/v1/compounds?q={encoded}"),
            format!("/api/v1/plans?region={encoded}"),
            format!("/api/v1/regions/{encoded}"),
            format!("/api/v1/plans/{encoded}/areas"),
            format!("/api/v1/plans/{id}/export/{encoded}"),
            format!("/api/v1/tiles/{encoded}/1/1/1"),
        ];
        let mut answers = Vec::new();
        for path in &gets {
            answers.push(app.server.get(path).await);
        }
        answers.push(auditor.get(&format!("/api/v1/audit?q={encoded}")).await);
        let rename = json!({ "name": payload });
        answers.push(
            app.server
                .put(&format!("/api/v1/plans/{id}/name"))
                .json(&rename)
                .await,
        );
        answers.push(
            app.server
                .post(&format!("/api/v1/plans/{id}:transition"))
                .json(&json!({ "to": payload, "reason": payload }))
                .await,
        );
        answers.push(
            app.server
                .post(&format!("/api/v1/housekeepers/{keeper}/contact"))
                .json(&json!({ "reason": payload }))
                .await,
        );
        if n % 20 == 0 {
            // Each of these is stored: one of every kind is enough, and there are bounds on how many there may be.
            answers.push(
                app.server
                    .post(&format!("/api/v1/plans/{id}/versions"))
                    .json(&rename)
                    .await,
            );
            let token = json!({ "name": payload, "scope": payload, "read_only": true, "days": 1 });
            answers.push(app.server.post("/api/v1/session/tokens").json(&token).await);
            let account = json!({ "login": payload, "name": payload, "grants": [{ "role": payload, "scope": payload }] });
            answers.push(system.post("/api/v1/accounts").json(&account).await);
            let account = json!({ "login": format!("p{n}"), "name": payload });
            answers.push(system.post("/api/v1/accounts").json(&account).await);
        }
        for answer in answers {
            let status = answer.status_code().as_u16();
            assert!(status < 500, "{payload:?}: {status} {}", answer.text());
            let kind = answer.maybe_header("content-type");
            let kind = kind.as_ref().map_or("", |kind| kind.to_str().unwrap());
            // Nothing that a browser would run: the payload may come back, but as data.
            assert!(
                !kind.starts_with("text/html")
                    && !kind.contains("svg")
                    && !kind.contains("javascript"),
                "{payload:?}: {kind}"
            );
            assert!(answer.maybe_header("set-cookie").is_none(), "{payload:?}");
            asked += 1;
        }
    }
    println!("{asked} answers to 500 payloads");
    // Nothing was dropped, added or taken for a statement.
    let after = app.services.accounts().await.unwrap();
    assert!(after.len() >= accounts && after.iter().any(|account| account.login == "tester"));
    assert_eq!(app.get("/api/v1/plans").await["total"], plans_of(&app));
    // A log line is one line.
    let page = app.services.audit_page(None, "", 500).await.unwrap();
    for entry in page.items {
        let fields = [
            &entry.action,
            &entry.subject,
            &entry.purpose,
            &entry.actor_name,
        ];
        assert!(
            fields
                .iter()
                .all(|text| !text.chars().any(char::is_control)),
            "{entry:?}"
        );
    }
    assert!(app.services.audit_verify().await.unwrap().whole);
}

fn plans_of(app: &crate::journeys::app::App) -> u64 {
    app.services.picture().plans.len() as u64
}

#[tokio::test]
async fn names_that_are_formulas_leave_as_text() {
    let app = city().await;
    let mut table = String::from("小区编码,小区名称,所属社区,户数,经度,纬度\n");
    for (n, seed) in ["=1+1", "+1", "-1", "@x", "＝2"].iter().enumerate() {
        table += &format!(
            "X{n},{seed}小区,999001001001,100,{},31.81\n",
            117.21 + 0.001 * n as f64
        );
    }
    let (job, _) = app
        .import(
            "x.csv",
            table.as_bytes(),
            &[("kind", "compounds"), ("crs", "wgs84")],
        )
        .await;
    assert_eq!(job["state"], "done", "{job}");
    let started = app
        .server
        .post(&format!("/api/v1/regions/{OWN}/plans:balance"))
        .json(&json!({}))
        .await;
    let job = app.job(&started.json()).await;
    let plan = job["result"]["plan_id"].as_str().unwrap();
    for file in ["areas.csv", "assignment.csv"] {
        let text = app
            .server
            .get(&format!("/api/v1/plans/{plan}/export/{file}"))
            .await
            .text();
        assert!(text.contains("小区"), "{text}");
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        for row in reader.records() {
            for cell in &row.unwrap() {
                let number = cell.parse::<f64>().is_ok();
                assert!(
                    number || !cell.starts_with(['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠']),
                    "{file}: {cell:?}"
                );
            }
        }
    }
}
