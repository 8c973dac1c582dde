//! `gridkeeper import`: a file into the database, with a report row by row.

use super::{Invocation, progress};
use crate::domain::issue::State;
use crate::domain::{HouseholdBasis, ImportKind, Severity};
use crate::formats::Field;
use crate::services::importing::{ImportRequest, Region};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Read a file into the database.
#[derive(clap::Args)]
#[command(
    after_help = "Example: gridkeeper import compounds.csv --kind compounds --crs bd09 --region 浦东示例 --dry-run\n\
    Undo:    gridkeeper import --undo 0193…"
)]
pub struct Args {
    /// GeoJSON, CSV, XLSX, Shapefile (loose or zipped).
    #[arg(required_unless_present = "undo")]
    file: Option<PathBuf>,
    /// regions, grids, compounds, buildings, barriers, gates, housekeepers, issues.
    #[arg(long, required_unless_present = "undo")]
    kind: Option<ImportKind>,
    /// Coordinate system: wgs84, cgcs2000, gcj02, bd09, epsg:4548 …; never guessed.
    #[arg(long)]
    crs: Option<String>,
    /// Where rows go that name no community: a 12-digit code, or a name for a provisional region.
    #[arg(long)]
    region: Option<String>,
    /// A column matched by hand: HEADER=FIELD (repeatable); HEADER= leaves it out.
    #[arg(long = "map", value_name = "HEADER=FIELD")]
    mapping: Vec<String>,
    /// Worksheet, or shapefile of an archive.
    #[arg(long)]
    layer: Option<String>,
    /// Basis of the counts: registered, resident, dwellings, occupied, unstated.
    #[arg(long, default_value = "unstated")]
    basis: HouseholdBasis,
    /// As-of date of the counts.
    #[arg(long)]
    as_of: Option<NaiveDate>,
    /// Source of the data.
    #[arg(long)]
    source: Option<String>,
    /// Zone of times that name none (IANA name).
    #[arg(long, default_value = "Asia/Shanghai", value_name = "ZONE")]
    time_zone: chrono_tz::Tz,
    /// What a word for the state of an issue means: WORD=STATE, for example 已办=closed (repeatable).
    #[arg(long = "state", value_name = "WORD=STATE")]
    states: Vec<String>,
    /// Report only; nothing is stored.
    #[arg(long)]
    dry_run: bool,
    /// List every problem, not only the first of each kind.
    #[arg(long)]
    verbose: bool,
    /// Take an import back.
    #[arg(long, value_name = "IMPORT", conflicts_with_all = ["file", "kind"])]
    undo: Option<crate::domain::ImportId>,
}

pub async fn run(invocation: Invocation, args: Args) -> anyhow::Result<()> {
    let services = invocation.services(true).await?;
    if let Some(import) = args.undo {
        let rows = services.import_undo(&invocation.actor(), import).await?;
        eprintln!("已撤销 / undone: {rows} rows");
        return Ok(());
    }
    let (Some(file), Some(kind)) = (args.file, args.kind) else {
        anyhow::bail!("a file and --kind are needed");
    };
    let file_name = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let request = ImportRequest {
        path: file,
        file_name,
        kind,
        crs: args.crs,
        region: args.region.as_deref().and_then(Region::parse),
        mapping: mapping(&args.mapping)?,
        layer: args.layer,
        basis: args.basis,
        as_of: args.as_of,
        source: args.source,
        time_zone: args.time_zone,
        states: states(&args.states)?,
        dry_run: args.dry_run,
        within: None,
    };
    let (_, id, job) = services.import_start(&invocation.actor(), request, None)?;
    progress::follow(job).await?;
    let import = services.import_find(id).await?;
    let report = &import.report;
    eprintln!("{}\n{}", report.summary_zh, report.summary_en);
    for (word, classes) in [("taken 采用", &report.taken), ("left 未采用", &report.left)] {
        for (class, n) in classes {
            eprintln!("  {word}: {class} {n}");
        }
    }
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for problem in &report.problems {
        let n = counted.entry(problem.code.as_str()).or_default();
        *n += 1;
        if args.verbose || *n == 1 {
            let place = [
                problem.row.map(|row| format!("第 {row} 行 row {row}")),
                problem.field.as_ref().map(|field| format!("[{field}]")),
                problem.value.as_ref().map(|value| format!("“{value}”")),
            ];
            let place: Vec<String> = place.into_iter().flatten().collect();
            eprintln!(
                "  {} {}: {} / {}",
                word(problem.severity),
                place.join(" "),
                problem.zh,
                problem.en
            );
        }
    }
    if !args.verbose {
        for (code, n) in counted.into_iter().filter(|(_, n)| *n > 1) {
            eprintln!("  … {code}: {n} in all (--verbose lists them)");
        }
    }
    super::out(&id.to_string());
    Ok(())
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "说明 note",
        Severity::Warning => "警告 warning",
        Severity::Mended => "修复 mended",
        Severity::Refused => "拒绝 refused",
    }
}

fn states(pairs: &[String]) -> anyhow::Result<BTreeMap<String, State>> {
    let mut states = BTreeMap::new();
    for pair in pairs {
        let Some((word, state)) = pair.rsplit_once('=') else {
            anyhow::bail!("--state {pair}: write WORD=STATE, for example --state 已办=closed");
        };
        let state = state
            .parse()
            .map_err(|error| anyhow::anyhow!("--state {pair}: {error}"))?;
        states.insert(word.to_owned(), state);
    }
    Ok(states)
}

fn mapping(pairs: &[String]) -> anyhow::Result<BTreeMap<String, Option<Field>>> {
    let mut mapping = BTreeMap::new();
    for pair in pairs {
        let Some((header, field)) = pair.split_once('=') else {
            anyhow::bail!("--map {pair}: write HEADER=FIELD, for example --map 总户数=households");
        };
        let field = if field.is_empty() {
            None
        } else {
            let value = serde_json::Value::String(field.to_owned());
            Some(
                serde_json::from_value(value)
                    .map_err(|error| anyhow::anyhow!("--map {pair}: {error}"))?,
            )
        };
        mapping.insert(header.to_owned(), field);
    }
    Ok(mapping)
}
