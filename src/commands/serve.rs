//! `gridkeeper serve`: the map and the API on this computer.

use super::Invocation;
use crate::services::accounts::FirstLink;
use anyhow::Context;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use tokio::net::TcpListener;

/// Serve the map and the API on this computer.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper --db gpkg:data/gridkeeper.gpkg serve --port 8080")]
pub struct Args {
    /// TCP port on 127.0.0.1; 0 takes any free one. Default: the settings (8080).
    #[arg(long)]
    port: Option<u16>,
    /// Write the port to this file once the server is ready (for scripts).
    #[arg(long)]
    port_file: Option<PathBuf>,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let port = args.port.unwrap_or(invocation.config.server.port);
    // The port first: a taken one is said before anything slow begins.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow::anyhow!(
            "端口 {port} 已被占用；请换一个：make run PORT={next}，或 gridkeeper serve --port {next} \
             / port {port} is taken; choose another: make run PORT={next}, or gridkeeper serve --port {next}",
            next = port.saturating_add(1)
        ),
        _ => anyhow::Error::from(error).context(format!("cannot listen on {address}")),
    })?;
    let services = invocation.services(true).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(services.clone().watch());
    tokio::spawn(services.clone().tell());
    let first = services.first_link().await?;
    let app = crate::api::router(services).into_make_service_with_connect_info::<SocketAddr>();
    if let Some(file) = &args.port_file {
        std::fs::write(file, bound.port().to_string())
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    eprintln!("网格管家已启动，仅本机可访问 / serving this computer only: http://{bound}/");
    if let Some(FirstLink(link)) = first {
        eprintln!(
            "还没有账号。请用这个一次性链接创建第一位系统管理员（48 小时内有效）：\n\
             there is no account yet; make the first system administrator with this one-time link (48 hours):\n\
             http://{bound}{link}"
        );
    }
    tracing::info!(server.port = bound.port(), "server.ready");
    axum::serve(listener, app)
        .with_graceful_shutdown(stop())
        .await?;
    tracing::info!("server.stopped");
    Ok(())
}

/// SIGTERM or Ctrl+C: requests in flight are finished; streams are cut after ten seconds.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        match terminate {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
    // Live streams never end by themselves.
    tokio::spawn(async {
        tokio::time::sleep(std::time::Duration::from_secs(8)).await;
        tracing::warn!("server.stopped: open streams were cut");
        std::process::exit(0);
    });
}
