//! What authorisation costs: a cached tile served with the guard and without it, in one run.
//!
//! Run by `cargo bench --bench tile_access`. Over loopback with 8 connections that stay open, rounds interleaved, medians
//! of paired ratios; nothing here fails on a time. "Open" is a route that only looks the tile up and answers it with
//! the same entity tag: no guard, no rights, no narrowed picture; around it the layers that every answer passes. "Bare"
//! has not even those.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gridkeeper::api::dressed;
use gridkeeper::config::Config;
use gridkeeper::domain::Actor;
use gridkeeper::domain::access::Grant;
use gridkeeper::services::Services;
use gridkeeper::services::accounts::NewAccount;
use gridkeeper::services::jobs::JobKind;
use gridkeeper::services::tiles::TileKey;
use gridkeeper::spatial::TileCoord;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 8;
const REQUESTS: usize = 1_500;
const ROUNDS: usize = 15;
const PASSWORD: &str = "otter lamp Weide 19";

async fn bare(
    State(services): State<Services>,
    Path((layer, z, x, y)): Path<(String, u8, u32, u32)>,
) -> Response {
    let picture = services.picture();
    let key = TileKey::new(&picture, &layer, TileCoord::new(z, x, y).unwrap(), None).unwrap();
    let tag = key.etag(&picture);
    match services.tile(picture, key).await.unwrap() {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(bytes) => (
            [
                (header::CONTENT_TYPE, "application/vnd.mapbox-vector-tile"),
                (header::CONTENT_ENCODING, "gzip"),
                (header::ETAG, &tag),
            ],
            bytes,
        )
            .into_response(),
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    address
}

/// Sends one request and reads the whole answer: head and body.
async fn ask(stream: &mut BufStream<TcpStream>, request: &[u8]) -> (String, Vec<u8>) {
    stream.write_all(request).await.unwrap();
    stream.flush().await.unwrap();
    let mut head = Vec::with_capacity(1024);
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |text| text.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    (head, body)
}

async fn connect(address: SocketAddr) -> BufStream<TcpStream> {
    BufStream::new(TcpStream::connect(address).await.unwrap())
}

/// Answers per second.
async fn throughput(address: SocketAddr, request: &str) -> f64 {
    let began = Instant::now();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let request = request.as_bytes().to_vec();
            tokio::spawn(async move {
                let mut stream = connect(address).await;
                for _ in 0..REQUESTS {
                    let (head, body) = ask(&mut stream, &request).await;
                    assert!(
                        head.starts_with("http/1.1 200") && !body.is_empty(),
                        "{head}"
                    );
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (CONNECTIONS * REQUESTS) as f64 / began.elapsed().as_secs_f64()
}

/// Makes an account and signs it in; the cookies to send.
async fn signed_in(services: &Services, address: SocketAddr) -> String {
    let account = NewAccount {
        login: "bench".to_owned(),
        name: "示例".to_owned(),
        grants: vec![Grant {
            role: "grid_admin".parse().unwrap(),
            scope: "999001001".parse().unwrap(),
        }],
    };
    let by = Actor::command_line("bench");
    let made = services
        .account_make(&by, "console", account)
        .await
        .unwrap();
    let (_, ticket) = made.link.split_once('.').unwrap();
    let body = format!(r#"{{"ticket":"{ticket}","password":"{PASSWORD}"}}"#);
    let request = format!(
        "POST /api/v1/session/welcome HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = connect(address).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let cookies: Vec<_> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    assert!(!cookies.is_empty(), "{head}");
    cookies.join("; ")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.security.key_file = Some(dir.path().join("bench.key"));
    config.security.checkpoint_file = Some(dir.path().join("bench.audit.json"));
    config.backup.folder = dir.path().join("backups");
    // The limit is there to refuse what this does.
    config.security.public_per_minute = u32::MAX;
    let url = format!("gpkg:{}", dir.path().join("bench.gpkg").display());
    let services = Services::open(&url.parse().unwrap(), config, true)
        .await
        .unwrap();
    let (_, job) = services
        .jobs()
        .start(JobKind::Plan, chrono::Utc::now())
        .unwrap();
    services
        .make_demo_without_issues(
            &services.operator(),
            None,
            gridkeeper::demo::DEFAULT_SEED,
            job,
        )
        .await
        .unwrap();
    let plain = Router::new()
        .route(
            "/api/v1/tiles/{layer}/{z}/{x}/{y}",
            axum::routing::get(bare),
        )
        .with_state(services.clone());
    let (open, plain) = (
        serve(dressed(plain.clone(), false)).await,
        serve(plain).await,
    );
    let whole = serve(gridkeeper::api::router(services.clone())).await;
    let cookies = signed_in(&services, whole).await;

    let [west, south, east, north] = services.picture().atlas.bounds().unwrap();
    let tile = TileCoord::at([(west + east) / 2.0, (south + north) / 2.0], 14).unwrap();
    let path = format!(
        "/api/v1/tiles/buildings/{}/{}/{}",
        tile.z(),
        tile.x(),
        tile.y()
    );
    let request = |address: SocketAddr, more: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\n{more}\r\n")
    };
    let kinds = [
        ("open", open, request(open, "")),
        ("bare", plain, request(plain, "")),
        ("visitor", whole, request(whole, "")),
        (
            "signed in",
            whole,
            request(whole, &format!("cookie: {cookies}\r\n")),
        ),
    ];
    for (name, address, request) in &kinds {
        let (head, body) = ask(&mut connect(*address).await, request.as_bytes()).await;
        println!(
            "{name}: {} bytes, {}",
            body.len(),
            head.lines().next().unwrap()
        );
        throughput(*address, request).await;
    }
    let mut rates = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for (kind, (_, address, request)) in kinds.iter().enumerate() {
            rates[kind].push(throughput(*address, request).await);
        }
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    for (kind, (name, ..)) in kinds.iter().enumerate() {
        let paired = rates[kind]
            .iter()
            .zip(&rates[0])
            .map(|(one, open)| one / open)
            .collect();
        println!(
            "{name:<12} {:>8.0} tiles/s   {:.3} of open   load {load}",
            median(rates[kind].clone()),
            median(paired)
        );
    }
}
