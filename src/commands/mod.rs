//! The command line: one file per command, errors on stderr that say how to mend them.
//!
//! Invariant: exit code 0 only when what was asked is done.

mod audit;
mod backup;
mod balance;
mod check;
mod demo;
mod export;
mod import;
mod key;
mod openapi;
mod plan;
mod progress;
mod publish;
mod retain;
mod serve;
mod user;

use crate::config::Config;
use crate::domain::Actor;
use crate::services::Services;
use crate::storage::DatabaseUrl;
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit code after Ctrl+C.
const INTERRUPTED: u8 = 130;

/// 网格管家：把小区、楼栋和小管家的数据变成均衡、连通、可解释的巡访片区。
///
/// Gridkeeper: from files of compounds, buildings and housekeepers to balanced, contiguous patrol areas.
#[derive(Parser)]
#[command(name = "gridkeeper", version = version(), arg_required_else_help = true)]
struct Cli {
    /// Where the data are: `gpkg:FILE` or `postgres://user@host/database`.
    #[arg(
        long,
        global = true,
        default_value = "gpkg:data/gridkeeper.gpkg",
        env = "GRIDKEEPER_DB",
        hide_env_values = true
    )]
    db: String,
    /// A settings file (TOML); see `config.default.toml`.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// The key that seals sensitive fields; else GRIDKEEPER_KEY, else a file beside the database.
    #[arg(long, global = true)]
    key_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the map and the API on this computer.
    Serve(serve::Args),
    /// Make the synthetic demo city.
    Demo(demo::Args),
    /// Read a file into the database.
    Import(import::Args),
    /// Make a plan of patrol areas as a draft.
    Plan(plan::Args),
    /// Put a plan into force.
    Publish(publish::Args),
    /// Write data or a plan to a file.
    Export(export::Args),
    /// Copy the database while it is in use, and verify the copy.
    Backup(backup::BackupArgs),
    /// Put a backup back.
    Restore(backup::RestoreArgs),
    /// Verify the database and the plan in force.
    Check(check::Args),
    /// Divide units of any files into balanced areas.
    Balance(Box<balance::Args>),
    /// Add, list, disable accounts, and grant roles.
    User(user::Args),
    /// Verify the audit log, or let go of old entries.
    Audit(audit::Args),
    /// Let go of what was kept long enough.
    Retain(retain::Args),
    /// The key that seals sensitive fields: which one, and a new one.
    Key(key::Args),
    /// Print the OpenAPI document.
    Openapi(openapi::Args),
}

/// What every command gets.
pub(crate) struct Invocation {
    /// Where the data are.
    pub db: DatabaseUrl,
    /// The settings.
    pub config: Config,
}

impl Invocation {
    /// Whoever sits at the command line.
    fn actor(&self) -> Actor {
        Actor::command_line(&self.config.operator.name)
    }

    /// Opens the services; `exclusive` takes the lock that a server holds.
    async fn services(&self, exclusive: bool) -> anyhow::Result<Services> {
        Services::open(&self.db, self.config.clone(), exclusive)
            .await
            .with_context(|| format!("cannot open {}", self.db))
    }

    /// The same without reading the picture, for commands that read what they need.
    async fn services_unread(&self, exclusive: bool) -> anyhow::Result<Services> {
        Services::open_unread(&self.db, self.config.clone(), exclusive)
            .await
            .with_context(|| format!("cannot open {}", self.db))
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("错误 error: {error:#}");
            if error.is::<balance::Interrupted>() {
                ExitCode::from(INTERRUPTED)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let mut config = Config::load(cli.config.as_deref()).map_err(anyhow::Error::msg)?;
    if cli.key_file.is_some() {
        config.security.key_file.clone_from(&cli.key_file);
    }
    if let Command::Openapi(args) = cli.command {
        return openapi::run(args);
    }
    if let Command::Balance(args) = cli.command {
        return balance::run(*args);
    }
    // Only a server keeps a log; the other commands say on the terminal what they do.
    let log = match &cli.command {
        Command::Serve(_) => config.log.clone(),
        _ => config.log.at_least_warnings(),
    };
    crate::telemetry::init(&log);
    let db: DatabaseUrl = cli
        .db
        .parse()
        .map_err(|error| anyhow::anyhow!("--db {}: {error}", cli.db))?;
    let context = Invocation { db, config };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(context, args).await,
            Command::Demo(args) => demo::run(context, args).await,
            Command::Import(args) => import::run(context, args).await,
            Command::Plan(args) => plan::run(context, args).await,
            Command::Publish(args) => publish::run(context, args).await,
            Command::Export(args) => export::run(context, args).await,
            Command::Backup(args) => backup::backup(context, args).await,
            Command::Restore(args) => backup::restore(context, args).await,
            Command::Check(args) => check::run(context, args).await,
            Command::User(args) => user::run(context, args).await,
            Command::Audit(args) => audit::run(context, args).await,
            Command::Retain(args) => retain::run(context, args).await,
            Command::Key(args) => key::run(context, args).await,
            Command::Openapi(_) | Command::Balance(_) => Ok(()),
        }
    })
}

/// Everything that is wrong with an input, in both languages, a line each.
fn all_problems(error: crate::services::error::Error) -> anyhow::Error {
    match error {
        crate::services::error::Error::Invalid(problems) => {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| format!("{} / {}", problem.zh, problem.en))
                .collect();
            anyhow::anyhow!("{}", lines.join("\n  "))
        }
        other => other.into(),
    }
}

/// Version, and the C library that this binary needs.
fn version() -> &'static str {
    concat!(
        env!("CARGO_PKG_VERSION"),
        " (",
        env!("GRIDKEEPER_LIBC"),
        ")"
    )
}

/// Prints a result to standard output; a closed pipe is no error.
fn out(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stdout(), "{line}"));
}
