//! `gridkeeper openapi`: the OpenAPI document on standard output.

/// Print the OpenAPI document.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper openapi > web/api/openapi.json")]
pub struct Args {}

pub fn run(_args: Args) -> anyhow::Result<()> {
    super::out(&serde_json::to_string_pretty(&crate::api::document())?);
    Ok(())
}
