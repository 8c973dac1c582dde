//! `gridkeeper user`: accounts for whoever has the database itself, with or without a running server.

use super::{Invocation, out};
use crate::domain::access::{Grant, Role, Scope};
use crate::services::Services;
use crate::services::accounts::{LinkView, NewAccount};
use clap::Subcommand;

/// Add, list, disable accounts, and grant roles.
#[derive(clap::Args)]
#[command(
    after_help = "Example: gridkeeper user add zhang --name 示例甲01 --role grid_admin --scope 999001001000"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an account and print the one-time link for its password.
    Add {
        /// What is typed to sign in.
        login: String,
        /// Name for people and records; the login when absent.
        #[arg(long)]
        name: Option<String>,
        /// Role to grant at once.
        #[arg(long, requires = "scope", value_parser = role)]
        role: Option<Role>,
        /// Where: a region code, `everywhere`, `compound:UUID`, `company:NAME`, `keeper:UUID`.
        #[arg(long, requires = "role", value_parser = scope)]
        scope: Option<Scope>,
    },
    /// List accounts and what they are granted.
    List,
    /// Let nobody sign in with an account; its sessions and tokens end.
    Disable {
        /// Login.
        login: String,
    },
    /// Let an account in again.
    Enable {
        /// Login.
        login: String,
    },
    /// Take password and second factor away, and print a one-time link for a new password.
    Reset {
        /// Login.
        login: String,
    },
    /// Grant a role at a place.
    Grant {
        /// Login.
        login: String,
        /// Role.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Where.
        #[arg(long, value_parser = scope)]
        scope: Scope,
    },
    /// End a role at a place.
    Revoke {
        /// Login.
        login: String,
        /// Role.
        #[arg(long, value_parser = role)]
        role: Role,
        /// Where.
        #[arg(long, value_parser = scope)]
        scope: Scope,
    },
}

fn role(text: &str) -> Result<Role, String> {
    text.parse::<Role>().map_err(|error| error.to_string())
}

fn scope(text: &str) -> Result<Scope, String> {
    text.parse::<Scope>().map_err(|error| error.to_string())
}

/// Where the command line stands in records.
const CONSOLE: &str = "console";

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services_unread(false).await?;
    let by = invocation.actor();
    match args.command {
        Command::Add {
            login,
            name,
            role,
            scope,
        } => {
            let grants = role
                .zip(scope)
                .map(|(role, scope)| Grant { role, scope })
                .into_iter()
                .collect();
            let ask = NewAccount {
                name: name.unwrap_or_else(|| login.clone()),
                login,
                grants,
            };
            let made = services
                .account_make(&by, CONSOLE, ask)
                .await
                .map_err(super::all_problems)?;
            say_link(&invocation, &made);
        }
        Command::List => list(&services).await?,
        Command::Disable { login } => enable(&services, &invocation, &login, false).await?,
        Command::Enable { login } => enable(&services, &invocation, &login, true).await?,
        Command::Reset { login } => {
            let id = services.account_id(&login).await?;
            let made = services.account_reset(&by, CONSOLE, id).await?;
            say_link(&invocation, &made);
        }
        Command::Grant { login, role, scope } => {
            let id = services.account_id(&login).await?;
            services
                .grant_propose(&by, CONSOLE, id, Grant { role, scope })
                .await
                .map_err(super::all_problems)?;
            eprintln!("已授予 / granted");
        }
        Command::Revoke { login, role, scope } => {
            let (role, scope) = (role.to_string(), scope.to_string());
            let accounts = services.accounts().await?;
            let id = services.account_id(&login).await?;
            let held = accounts
                .iter()
                .filter(|account| account.id == id)
                .flat_map(|account| &account.grants)
                .find(|grant| grant.role == role && grant.scope == scope && grant.state != "ended");
            let Some(held) = held else {
                anyhow::bail!("{login} 没有 {role} @ {scope} / {login} does not hold {role} there");
            };
            services.grant_decide(&by, CONSOLE, held.id, false).await?;
            eprintln!("已收回 / revoked");
        }
    }
    Ok(())
}

async fn enable(
    services: &Services,
    invocation: &Invocation,
    login: &str,
    enabled: bool,
) -> anyhow::Result<()> {
    let id = services.account_id(login).await?;
    let account = services
        .account_enable(&invocation.actor(), CONSOLE, id, enabled)
        .await?;
    eprintln!("{}: {}", account.login, account.state);
    Ok(())
}

fn say_link(invocation: &Invocation, made: &LinkView) {
    let port = invocation.config.server.port;
    out(&format!("http://127.0.0.1:{port}{}", made.link));
    eprintln!(
        "{}：请把上面的一次性链接交给本人设置密码，{} 前有效 / hand the one-time link above to the person; it works until {1}",
        made.account.login,
        made.expires_at.format("%Y-%m-%d %H:%M UTC")
    );
}

async fn list(services: &Services) -> anyhow::Result<()> {
    for account in services.accounts().await? {
        let grants: Vec<String> = account
            .grants
            .iter()
            .filter(|grant| grant.state != "ended")
            .map(|grant| match grant.state.as_str() {
                "active" => format!("{}@{}", grant.role, grant.scope),
                state => format!("{}@{} ({state})", grant.role, grant.scope),
            })
            .collect();
        out(&format!(
            "{}\t{}\t{}\t{}",
            account.login,
            account.name,
            account.state,
            grants.join(", ")
        ));
    }
    Ok(())
}
