//! `gridkeeper balance`: balanced areas from anybody's files, without a database.

use super::{INTERRUPTED, all_problems};
use crate::crs;
use crate::districting::{Compounds, Goal, Limits, Phase, Progress, ProgressReport, Settings};
use crate::services::balancing::{self, Instance, ShapeOptions};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Divide units into balanced, contiguous areas; needs no database.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  gridkeeper balance units.csv --edges edges.csv --target 500 --out plan.csv --report report.json\n  \
    gridkeeper balance --instance county.json --objective cut --out plan.csv\n  \
    gridkeeper balance buildings.geojson --barriers rivers.geojson --out plan.csv\n\n\
    units.csv: id,x,y,weight[,load_weight][,group][,zone][,current][,locked]   edges.csv: a,b[,border_m]   (metres)\n\
    keepers.csv: id,x,y[,capacity][,current]   zones.csv: zone,areas\n\
    The same input, settings and seed make the same plan, on any number of threads.\n\
    Ctrl+C ends the search: the best plan so far is written, and the exit code is 130."
)]
pub struct Args {
    /// Units: CSV (needs --edges), or GeoJSON polygons or points (neighbours are computed).
    #[arg(required_unless_present = "instance", conflicts_with = "instance")]
    units: Option<PathBuf>,
    /// Edges between units: CSV.
    #[arg(long)]
    edges: Option<PathBuf>,
    /// An instance with units, edges and limits in one JSON file.
    #[arg(long)]
    instance: Option<PathBuf>,
    /// What nobody crosses on foot: GeoJSON (with GeoJSON units).
    #[arg(long)]
    barriers: Option<PathBuf>,
    /// What the coordinates of GeoJSON are, unless it says so: wgs84, gcj02, bd09, epsg:4547 …
    #[arg(long, default_value = "wgs84")]
    crs: String,
    /// Farthest neighbours that are known as points only, metres.
    #[arg(long)]
    reach: Option<f64>,
    /// Number of all areas.
    #[arg(long, conflicts_with = "target", value_parser = clap::value_parser!(u32).range(1..))]
    areas: Option<u32>,
    /// Households of an area; every zone gets as many areas as come nearest. Default 500.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    target: Option<u32>,
    /// Hard limit: so many percent off the zone's mean.
    #[arg(long, conflicts_with_all = ["min", "max"])]
    tolerance: Option<f64>,
    /// Hard limit: least households of an area.
    #[arg(long, requires = "max")]
    min: Option<u64>,
    /// Hard limit: most households of an area.
    #[arg(long, requires = "min")]
    max: Option<u64>,
    /// What is sought first; the others break ties.
    #[arg(long, value_enum, default_value = "balance")]
    objective: Objective,
    /// Keep compounds (groups) whole, if possible, or not.
    #[arg(long, value_enum, default_value = "whole")]
    compounds: Rule,
    /// Tolerance in percent: areas beyond it are counted, compounds heavier than it are divided.
    #[arg(long, default_value_t = 15.0)]
    band: f64,
    /// At most so many households change their area (needs `current`): the best balanced such plan; 0 = today's.
    #[arg(long)]
    max_change: Option<u64>,
    /// Where the frontier goes (JSON): plans from "nobody moves" to "best balance" (needs `current`).
    #[arg(long)]
    frontier: Option<PathBuf>,
    /// How many areas each zone is to have: CSV `zone,areas`; zones not named get as many as come nearest to the target.
    #[arg(long, conflicts_with = "areas")]
    zones: Option<PathBuf>,
    /// Keepers' homes: CSV `id,x,y[,capacity][,current]`. Each is seated near his home; part-time ones (capacity below
    /// 1) lower the target of their current area.
    #[arg(long)]
    keepers: Option<PathBuf>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Iterations per unit.
    #[arg(long, default_value_t = crate::services::DEFAULT_EFFORT)]
    effort: u64,
    /// For benchmarks only, not repeatable: double the effort until so many CPU seconds are used; the best plan counts.
    #[arg(long, conflicts_with_all = ["max_change", "frontier", "frontier_chart", "alternatives"])]
    cpu_seconds: Option<f64>,
    /// Prove the optimum of every small zone (up to 64 units that move), not only where the band is missed.
    #[arg(long)]
    certify: bool,
    /// Worker threads; never changes the plan.
    #[arg(long)]
    threads: Option<usize>,
    /// Where the plan goes (CSV: id,area); standard output if absent.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where the report goes (JSON).
    #[arg(long)]
    report: Option<PathBuf>,
    /// Where three more plans go (a folder): most balanced, most compact, fewest changes (needs `current`), with four
    /// numbers each in alternatives.json.
    #[arg(long)]
    alternatives: Option<PathBuf>,
    /// Where a drawing of the plan goes (SVG): units, areas, deviations.
    #[arg(long)]
    map: Option<PathBuf>,
    /// Draw this zone only.
    #[arg(long, requires = "map")]
    map_zone: Option<String>,
    /// Where a chart of the frontier goes (SVG; needs `current`).
    #[arg(long)]
    frontier_chart: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Objective {
    Balance,
    Cut,
    Inertia,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Rule {
    Whole,
    Prefer,
    Free,
}

pub fn run(args: Args) -> anyhow::Result<()> {
    let mut instance = read(&args)?;
    let mut settings = settings(&args, &instance)?;
    if let Some(path) = &args.zones {
        settings.areas_of_zone =
            balancing::read_zone_counts(path, &instance).map_err(all_problems)?;
    }
    let keepers = match &args.keepers {
        Some(path) => balancing::read_keepers(path, &instance).map_err(all_problems)?,
        None => Vec::new(),
    };
    balancing::reserve(&mut instance, &mut settings, &keepers);
    let (instance, settings) = (instance, settings);
    let bar = Bar::new()?;
    let sweeps =
        args.max_change.is_some() || args.frontier.is_some() || args.frontier_chart.is_some();
    let mut answer = if sweeps {
        few_changes(&args, &instance, &settings, &bar)?
    } else if let Some(seconds) = args.cpu_seconds {
        for_seconds(&args, &instance, &settings, &bar, seconds)?
    } else {
        balancing::balance(&instance, &settings, args.seed, &bar).map_err(all_problems)?
    };
    let short = balancing::seat(&instance, &keepers, &mut answer);
    if let Some(folder) = &args.alternatives {
        write_alternatives(folder, &args, &instance, &settings, &bar)?;
    }
    match &args.out {
        Some(path) => write_plan(path, &instance, &answer)?,
        None => balancing::write_plan(&instance, &answer.outcome, std::io::stdout().lock())?,
    }
    let report = &answer.report;
    if let Some(path) = &args.report {
        write_text(path, &serde_json::to_string_pretty(report)?)?;
    }
    if let Some(path) = &args.map {
        write_text(path, &draw(&args, &instance, &settings, &answer)?)?;
    }
    eprintln!(
        "{}: {} units, {} households, {} zones → {} areas; worst deviation {:.2} %, mean {:.2} %, beyond ±{} % {}, \
         disconnected {}, cut edges {}, rms radius {:.1} m",
        report.source,
        report.units,
        report.households,
        report.zones,
        report.areas,
        report.worst_deviation_percent,
        report.mean_deviation_percent,
        report.settings.band_percent,
        report.beyond_band,
        report.disconnected,
        report.cut_edges,
        report.rms_radius_m,
    );
    if !keepers.is_empty() {
        let seated = report.keepers.iter().filter(|keeper| keeper.area.is_some());
        eprintln!(
            "{0} 名管家已就位，{1} 个片区仍有空缺 / {0} of {2} keepers seated, {1} areas with an empty seat",
            seated.count(),
            short.len(),
            keepers.len()
        );
    }
    for proposal in report.merge_proposals.iter().take(10) {
        eprintln!("  - {}", in_words(proposal));
    }
    if report.edges_between_zones > 0 {
        eprintln!(
            "忽略 {0} 条跨区域的边 / {0} edges between zones were left out",
            report.edges_between_zones
        );
    }
    if bar.cancelled() {
        return Err(Interrupted.into());
    }
    if !report.infeasible.is_empty() {
        for reason in &report.infeasible {
            let proof = if reason.proved {
                "已证明 proved"
            } else {
                "未找到 not found"
            };
            eprintln!("  - [{proof}] {} / {}", reason.zh, reason.en);
        }
        anyhow::bail!(
            "限制或锁定未能满足 / limits or locks are not kept in {} places",
            report.infeasible.len()
        );
    }
    Ok(())
}

/// A merge proposal as a sentence in two languages.
fn in_words(proposal: &balancing::MergeProposal) -> String {
    let (zone, households, off) = (&proposal.zone, proposal.households, proposal.forced_percent);
    match (&proposal.with, proposal.forced_merged_percent) {
        (Some(with), Some(merged)) => format!(
            "区域“{zone}”共 {households} 户，无论怎样划分都偏离目标 {off:.1} %；与“{with}”合并后为 {merged:.1} % / zone “{zone}” \
             ({households} households) is {off:.1} % off the target however it is divided; merged with “{with}” {merged:.1} %"
        ),
        _ => format!(
            "区域“{zone}”共 {households} 户，无论怎样划分都偏离目标 {off:.1} %，相邻区域合并也不能改善 / zone “{zone}” ({households} \
             households) is {off:.1} % off the target however it is divided, and no neighbour makes it better"
        ),
    }
}

/// The best plan that so many seconds of the processor allow.
fn for_seconds(
    args: &Args,
    instance: &Instance,
    settings: &Settings,
    bar: &Bar,
    seconds: f64,
) -> anyhow::Result<balancing::Answer> {
    let mut settings = settings.clone();
    let rank = |answer: &balancing::Answer| {
        let figures = &answer.outcome.figures;
        (figures.areas_out_of_band, figures.worst_deviation_bp)
    };
    let begun = cpu_time::ProcessTime::now();
    let mut best: Option<balancing::Answer> = None;
    loop {
        let answer =
            balancing::balance(instance, &settings, args.seed, bar).map_err(all_problems)?;
        if best.as_ref().is_none_or(|best| rank(&answer) < rank(best)) {
            best = Some(answer);
        }
        // The next one takes about twice as long as all before it.
        if begun.elapsed().as_secs_f64() * 3.0 > seconds {
            break;
        }
        settings.effort *= 2;
    }
    best.context("no plan")
}

/// Three more plans with their four numbers.
fn write_alternatives(
    folder: &Path,
    args: &Args,
    instance: &Instance,
    settings: &Settings,
    bar: &Bar,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let found =
        balancing::alternatives(instance, settings, args.seed, bar).map_err(all_problems)?;
    let mut numbers = Vec::new();
    for (name, answer) in &found {
        write_plan(&folder.join(format!("{name}.csv")), instance, answer)?;
        let report = &answer.report;
        eprintln!(
            "  {name}: worst deviation {:.2} %, beyond ±{} % {}, rms radius {:.1} m, {} households change",
            report.worst_deviation_percent,
            report.settings.band_percent,
            report.beyond_band,
            report.rms_radius_m,
            report.changed_households,
        );
        numbers.push(serde_json::json!({
            "name": name,
            "plan": format!("{name}.csv"),
            "worst_deviation_percent": report.worst_deviation_percent,
            "beyond_band": report.beyond_band,
            "rms_radius_m": report.rms_radius_m,
            "changed_households": report.changed_households,
        }));
    }
    write_text(
        &folder.join("alternatives.json"),
        &serde_json::to_string_pretty(&numbers)?,
    )
}

fn write_plan(path: &Path, instance: &Instance, answer: &balancing::Answer) -> anyhow::Result<()> {
    File::create(path)
        .and_then(|file| balancing::write_plan(instance, &answer.outcome, BufWriter::new(file)))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn write_text(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The drawing of the plan, or of the zone asked for.
fn draw(
    args: &Args,
    instance: &Instance,
    settings: &Settings,
    answer: &balancing::Answer,
) -> anyhow::Result<String> {
    let zone = match &args.map_zone {
        None => None,
        Some(name) => {
            let at = instance.zones.iter().position(|zone| zone == name);
            let at = at.with_context(|| format!("没有区域“{name}” / there is no zone “{name}”"))?;
            Some(at as u32)
        }
    };
    balancing::map(instance, &answer.outcome, zone, settings.band_bp).with_context(|| {
        let most = balancing::MOST_UNITS;
        format!(
            "单元超过 {most} 个，无法清晰绘出：请用 --map-zone 指定一个区域 / more than {most} units cannot be drawn \
             legibly: name one zone with --map-zone"
        )
    })
}

/// The plan within the cap on changes, or the best of the frontier.
fn few_changes(
    args: &Args,
    instance: &Instance,
    settings: &Settings,
    bar: &Bar,
) -> anyhow::Result<balancing::Answer> {
    let found = balancing::frontier(instance, settings, args.max_change, args.seed, bar);
    let balancing::Frontier { mut plans, capped } = found.map_err(all_problems)?;
    for plan in &plans {
        let report = &plan.report;
        eprintln!(
            "  {:>9} households change: worst deviation {:.2} %, beyond ±{} % {}, cut edges {}",
            report.changed_households,
            report.worst_deviation_percent,
            report.settings.band_percent,
            report.beyond_band,
            report.cut_edges,
        );
    }
    if let Some(path) = &args.frontier {
        let reports: Vec<_> = plans.iter().map(|plan| &plan.report).collect();
        write_text(path, &serde_json::to_string_pretty(&reports)?)?;
    }
    if let Some(path) = &args.frontier_chart {
        write_text(path, &balancing::frontier_chart(&plans))?;
    }
    capped.or(plans.pop()).context("the frontier is empty")
}

fn read(args: &Args) -> anyhow::Result<Instance> {
    if let Some(path) = &args.instance {
        return balancing::read_instance(path).map_err(all_problems);
    }
    let Some(units) = &args.units else {
        anyhow::bail!("name a file with units");
    };
    if let Some(edges) = &args.edges {
        return balancing::read_tables(units, edges).map_err(all_problems);
    }
    let extension = units
        .extension()
        .map(|ext| ext.to_string_lossy().to_lowercase());
    if extension.as_deref() == Some("csv") {
        anyhow::bail!(
            "CSV 单元表还需要 --edges（列 a,b[,border_m]） / units as CSV need --edges FILE (a,b[,border_m])"
        );
    }
    let options = ShapeOptions {
        crs: crs::from_word(&args.crs)
            .map_err(|error| anyhow::anyhow!("--crs {}: {} / {error}", args.crs, error.zh()))?,
        barriers: args.barriers.clone(),
        reach_m: args.reach,
    };
    balancing::read_shapes(units, &options).map_err(all_problems)
}

fn settings(args: &Args, instance: &Instance) -> anyhow::Result<Settings> {
    let share = |name: &str, percent: f64| {
        anyhow::ensure!(
            (0.0..=100.0).contains(&percent),
            "--{name} 应在 0 到 100 之间 / --{name} must be 0 to 100 percent, not {percent}"
        );
        Ok((percent * 100.0).round() as u32)
    };
    let asks = instance.asks;
    // An instance that states both means its target; its number of areas follows from it.
    let areas = args.areas.or_else(|| {
        asks.areas
            .filter(|_| args.target.is_none() && asks.target.is_none())
    });
    if let Some(areas) = areas {
        anyhow::ensure!(
            areas as usize <= instance.units.len(),
            "{areas} 个片区多于 {0} 个单元 / {areas} areas are more than the {0} units",
            instance.units.len()
        );
    }
    let limits = match (args.tolerance, args.min.zip(args.max)) {
        (Some(percent), _) => Limits::Deviation(share("tolerance", percent)?),
        (None, Some((least, most))) => {
            anyhow::ensure!(least <= most, "--min {least} > --max {most}");
            Limits::Households(least, most)
        }
        (None, None) => match asks
            .limits
            .filter(|_| args.areas.is_none() && args.target.is_none())
        {
            Some((least, most)) => Limits::Households(least, most),
            None => Limits::None,
        },
    };
    let target = match areas {
        Some(areas) => {
            let mean = instance.load().div_ceil(u64::from(areas.max(1)));
            u32::try_from(mean).unwrap_or(u32::MAX).max(1)
        }
        None => args.target.or(asks.target).unwrap_or(500),
    };
    Ok(Settings {
        target_households: target,
        areas,
        limits,
        goal: match args.objective {
            Objective::Balance => Goal::Balance,
            Objective::Cut => Goal::Cut,
            Objective::Inertia => Goal::Inertia,
        },
        compounds: match args.compounds {
            Rule::Whole => Compounds::Whole,
            Rule::Prefer => Compounds::Prefer,
            Rule::Free => Compounds::Free,
        },
        band_bp: share("band", args.band)?,
        effort: args.effort.max(1),
        // Inertia is stated with its bound.
        certify: args.certify || matches!(args.objective, Objective::Inertia),
        threads: args.threads,
        ..Settings::default()
    })
}

/// Ctrl+C ended the search early; the best plan so far was written.
#[derive(Debug, thiserror::Error)]
#[error("已中断，写出的是目前最好的方案 / interrupted: what was written is the best plan so far")]
pub(super) struct Interrupted;

/// Progress on a terminal, until somebody presses Ctrl+C.
struct Bar {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
}

impl Bar {
    fn new() -> anyhow::Result<Self> {
        let bar = ProgressBar::new(0); // hidden by itself when stderr is no terminal
        let style = "{msg:12} {bar:40} {pos}/{len} {elapsed}";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is valid"));
        bar.enable_steady_tick(Duration::from_millis(100));
        let stop = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let pressed = stop.clone();
        std::thread::spawn(move || {
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_ok() {
                    pressed.store(true, Ordering::Relaxed);
                }
                // Whoever presses it again does not want to wait.
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(INTERRUPTED.into());
                }
            });
        });
        Ok(Self { bar, stop })
    }
}

impl Progress for Bar {
    fn report(&self, report: &ProgressReport) {
        self.bar.set_length(report.zones as u64);
        self.bar.set_position(report.done_zones as u64);
        let worst = f64::from(report.worst_deviation_bp) / 100.0;
        self.bar.set_message(format!("±{worst:.1} %"));
        if report.phase == Phase::Done {
            self.bar.finish_and_clear();
        }
    }

    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
