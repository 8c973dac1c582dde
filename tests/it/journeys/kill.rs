//! The server is killed while many people report: what it said was saved is there afterwards, and nothing by halves.

use serde_json::{Value, json};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Kills in `make test`; `make chaos` asks for more.
const ROUNDS: usize = 20;
/// People who report at once.
const PEOPLE: usize = 16;

fn gridkeeper(db: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gridkeeper"));
    command
        .args(["--db", db])
        .env("GRIDKEEPER__SECURITY__PUBLIC_PER_MINUTE", "1000000")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

async fn serve(db: &str, folder: &Path, round: usize) -> (Child, String) {
    let port_file = folder.join(format!("port-{round}"));
    let mut server = gridkeeper(db)
        .args(["serve", "--port", "0", "--port-file"])
        .arg(&port_file)
        .spawn()
        .unwrap();
    for _ in 0..600 {
        let port = std::fs::read_to_string(&port_file).unwrap_or_default();
        if !port.trim().is_empty() {
            return (server, format!("127.0.0.1:{}", port.trim()));
        }
        assert!(
            server.try_wait().unwrap().is_none(),
            "the server did not start"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the server did not get ready");
}

/// Sends a request; `None` when the connection broke before the answer was complete.
async fn ask(address: &str, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all(format!("{head}{body}").as_bytes())
        .await
        .ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_twenty_kills() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("killed.gpkg");
    let db = format!("gpkg:{}", file.display());
    assert!(gridkeeper(&db).arg("demo").status().unwrap().success());
    let rounds = std::env::var("GRIDKEEPER_KILLS").map_or(ROUNDS, |n| n.parse().unwrap());
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..rounds {
        let (mut server, address) = serve(&db, dir.path(), round).await;
        let (_, compounds) = ask(&address, "GET", "/api/v1/compounds?limit=5", "")
            .await
            .unwrap();
        let compound = compounds["items"][round % 5]["id"].clone();
        let (_, catalog) = ask(&address, "GET", "/api/v1/issue-categories", "")
            .await
            .unwrap();
        let plain = |item: &&Value| item["parent"].is_string() && item["questions"].is_null();
        let items = catalog["items"].as_array().unwrap();
        let category = items.iter().find(plain).unwrap()["code"].clone();
        let writers: Vec<_> = (0..PEOPLE)
            .map(|person| {
                let (address, compound, category) = (address.clone(), compound.clone(), category.clone());
                tokio::spawn(async move {
                    let mut saved = Vec::new();
                    for n in 0.. {
                        let body = json!({ "category": category, "black_text": format!("示例 {round} {person} {n}"),
                            "place": { "kind": "compound", "compound": compound } });
                        match ask(&address, "POST", "/api/v1/issues", &body.to_string()).await {
                            Some((201, issue)) => saved.push(issue["lookup"].as_str().unwrap().to_owned()),
                            Some((status, answer)) => panic!("{status} {answer}"),
                            None => break,
                        }
                    }
                    saved
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(60 + 37 * (round as u64 % 11))).await;
        server.kill().unwrap();
        server.wait().unwrap();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    assert!(
        acknowledged.len() > 2 * rounds,
        "{} in {rounds} rounds",
        acknowledged.len()
    );
    let services = gridkeeper::services::Services::open(
        &db.parse().unwrap(),
        gridkeeper::config::Config::default(),
        true,
    )
    .await
    .unwrap();
    for lookup in &acknowledged {
        services.issue_lookup(lookup).await.unwrap();
    }
    for finding in services.check().await.unwrap() {
        assert!(
            finding.problems.is_empty(),
            "{}: {:?}",
            finding.en,
            finding.problems
        );
    }
}
