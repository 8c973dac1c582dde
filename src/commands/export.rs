//! `gridkeeper export`: a plan as a file.

use super::Invocation;
use crate::domain::PlanId;
use crate::services::export_approval::Watermark;
use crate::services::exports::ExportFormat;
use anyhow::Context;
use std::path::PathBuf;

/// Write a plan to a file: CSV, XLSX, GeoJSON, GeoPackage or PDF by its extension.
#[derive(clap::Args)]
#[command(after_help = "Example: gridkeeper export areas.xlsx --plan 0193…\n\
    Without --plan: the plan in force (of --region when there are several streets).")]
pub struct Args {
    /// The file to write: .csv, .xlsx, .geojson, .gpkg or .pdf.
    file: PathBuf,
    /// The plan.
    #[arg(long)]
    plan: Option<PlanId>,
    /// Street whose plan in force is written.
    #[arg(long)]
    region: Option<crate::domain::RegionCode>,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let extension = args
        .file
        .extension()
        .map(|ext| ext.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let format = ExportFormat::from_extension(&extension).with_context(|| {
        format!("the extension “{extension}” is none of csv, xlsx, geojson, gpkg, pdf")
    })?;
    let services = invocation.services(false).await?;
    let plan = match args.plan {
        Some(plan) => plan.uuid(),
        None => {
            let now = services.now();
            let picture = services.picture();
            let mut found = picture
                .plans
                .iter()
                .filter(|plan| plan.plan.in_force_at(now))
                .filter(|plan| {
                    args.region
                        .is_none_or(|region| region.contains(plan.plan.street))
                });
            match (found.next(), found.next()) {
                (Some(plan), None) => plan.plan.id.uuid(),
                (None, _) => anyhow::bail!("no plan is in force; name one with --plan"),
                (Some(_), Some(_)) => {
                    anyhow::bail!("several plans are in force; name one with --plan or --region")
                }
            }
        }
    };
    let bytes = services
        .export_plan(
            plan,
            format,
            &Watermark::new(&invocation.actor().name, services.now()),
        )
        .await?;
    std::fs::write(&args.file, bytes)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    eprintln!("{}", args.file.display());
    Ok(())
}
