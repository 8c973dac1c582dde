//! One import from file to report, and from report to rows.

use super::batch::{self, Batch, Shared};
use super::candidate::{self, Candidate};
use super::regions::{self, Resolver};
use super::{households, report, store};
use crate::crs::{self, Crs, NamedPair};
use crate::domain::issue::State;
use crate::domain::{
    Actor, HouseholdBasis, Import, ImportId, ImportKind, ImportReport, ImportState, Problem,
    Region as RegionRow, RegionCode, RegionLevel, Severity,
};
use crate::formats::{self, Field, Opened, ReadOptions};
use crate::services::error::{Error, Result};
use crate::services::jobs::{Job, JobKind, JobResult};
use crate::services::keys::Keys;
use crate::services::picture::Rows;
use crate::services::{Services, rows};
use chrono::{DateTime, NaiveDate, Utc};
use geo::{Centroid, Contains};
use geo_types::Point;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use uuid::Uuid;

/// Where rows go that name no community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Region {
    /// A known code (a community, or a street with one community).
    Code(RegionCode),
    /// A name for a provisional region, made when it is new.
    Provisional(String),
}

impl Region {
    /// Reads what the user typed: 12 digits are a code, anything else is a name.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        Some(
            text.parse()
                .map_or_else(|_| Self::Provisional(text.to_owned()), Self::Code),
        )
    }
}

/// What to import, and how.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The file.
    pub path: PathBuf,
    /// Name as the user gave it.
    pub file_name: String,
    /// What the rows are.
    pub kind: ImportKind,
    /// Declared coordinate system, in the user's word; else what the file declares.
    pub crs: Option<String>,
    /// Where rows go that name no community.
    pub region: Option<Region>,
    /// Columns matched by hand; `None` leaves a column out.
    pub mapping: BTreeMap<String, Option<Field>>,
    /// Worksheet, or shapefile of an archive.
    pub layer: Option<String>,
    /// Basis of household counts.
    pub basis: HouseholdBasis,
    /// As-of date of the counts.
    pub as_of: Option<NaiveDate>,
    /// Source of the data.
    pub source: Option<String>,
    /// Zone of times that name none.
    pub time_zone: chrono_tz::Tz,
    /// Words of another system for the states of issues.
    pub states: BTreeMap<String, State>,
    /// Report only.
    pub dry_run: bool,
    /// Only rows in these regions exist for whoever imports; everywhere when absent.
    pub within: Option<Vec<RegionCode>>,
}

impl ImportRequest {
    /// What is kept of an import beside its rows.
    pub(super) fn record(
        &self,
        id: ImportId,
        actor: &Actor,
        district_code: i32,
        crs: Option<Crs>,
        report: ImportReport,
        now: DateTime<Utc>,
    ) -> Import {
        Import {
            id,
            district_code,
            kind: self.kind,
            state: if self.dry_run {
                ImportState::DryRun
            } else {
                ImportState::Stored
            },
            file_name: self.file_name.clone(),
            crs: crs.map(Crs::id),
            source: self.source.clone(),
            created_at: now,
            created_by: actor.clone(),
            report,
        }
    }
}

impl Services {
    /// Starts an import; the job's result names it.
    ///
    /// # Errors
    /// `Busy`.
    pub fn import_start(
        &self,
        actor: &Actor,
        request: ImportRequest,
        keep: Option<Arc<super::Upload>>,
    ) -> Result<(Uuid, ImportId, Arc<Job>)> {
        let (id, job) = self.jobs().start(JobKind::Import, self.now())?;
        let job = job.owned_by(actor.id);
        let import = ImportId::new(Uuid::now_v7());
        let (services, actor, worker) = (self.clone(), actor.clone(), job.clone());
        tokio::spawn(async move {
            let outcome = services
                .import_run(&actor, import, request, worker.clone())
                .await;
            if let Err(error) = &outcome
                && !worker.cancelled()
            {
                tracing::warn!(job.id = %id, %error, "import.failed");
            }
            let made = JobResult {
                import_id: Some(import.uuid()),
                ..JobResult::default()
            };
            worker.finish(outcome.map(|_| made));
            drop(keep);
        });
        Ok((id, import, job))
    }

    async fn import_run(
        &self,
        actor: &Actor,
        import: ImportId,
        request: ImportRequest,
        job: Arc<Job>,
    ) -> Result<Import> {
        job.phase("read", 0, 0);
        if request.kind == ImportKind::Issues {
            return self.import_issues(actor, import, request, job).await;
        }
        let _one_at_a_time = self.writer().await;
        let mut rows = rows::read(self.store()).await?;
        if let Some(within) = &request.within {
            within_scope(&request, within)?;
            narrow(&mut rows, within);
        }
        let now = self.now();
        let today = self.today(now);
        let m2_per_household = self.config().estimate.m2_per_household;
        let (ask, worker, of_keys) = (request.clone(), job.clone(), self.clone());
        let prepared = tokio::task::spawn_blocking(move || {
            prepare(
                &ask,
                import,
                &rows,
                today,
                m2_per_household,
                &worker,
                of_keys.keys(),
            )
        })
        .await
        .map_err(|error| Error::Internal(format!("import: {error}")))??;
        let record = request.record(
            import,
            actor,
            prepared.district_code,
            prepared.crs,
            prepared.report,
            now,
        );
        if request.dry_run {
            self.import_desk().keep_dry_run(record.clone());
            return Ok(record);
        }
        if job.cancelled() {
            return Err(Error::conflict("cancelled", "已取消", "cancelled"));
        }
        job.phase("store", 0, 0);
        self.backup_automatically("import").await?;
        store::store(self, &record, prepared.batch, &prepared.before).await?;
        job.phase("atlas", 0, 0);
        self.reload().await?;
        tracing::info!(import.id = %import, import.kind = %request.kind, import.rows = record.report.counts.read, "import.stored");
        Ok(record)
    }

    /// Opens a file and tells its columns, without reading its rows.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn import_inspect(
        &self,
        upload: Arc<super::Upload>,
        kind: ImportKind,
        layer: Option<String>,
    ) -> Result<(Opened, Option<Crs>)> {
        let inspect = move || {
            let options = ReadOptions {
                layer,
                ..ReadOptions::new(kind)
            };
            let opened = formats::open(&upload.path, &upload.name, &options)
                .map_err(|error| Error::Invalid(vec![error.into_problem()]))?;
            let declared = declared(&opened).ok().flatten();
            Ok((opened, declared))
        };
        tokio::task::spawn_blocking(inspect)
            .await
            .map_err(|error| Error::Internal(format!("inspect: {error}")))?
    }
}

/// Everything that the transaction needs.
pub(super) struct Prepared {
    pub district_code: i32,
    pub crs: Option<Crs>,
    pub report: ImportReport,
    pub batch: Batch,
    pub before: Rows,
}

fn declared(opened: &Opened) -> std::result::Result<Option<Crs>, crs::DeclareError> {
    let Some(text) = opened.declared_crs.as_deref() else {
        return Ok(None);
    };
    match opened.format {
        formats::Format::Shapefile => crs::from_prj(text).map(Some),
        _ => crs::from_word(text).map(Some),
    }
}

fn declare_problem(error: &crs::DeclareError) -> Error {
    Error::invalid(error.code(), error.zh(), error.to_string())
}

/// A file, read but not yet understood.
pub(super) struct ReadFile {
    pub system: Option<Crs>,
    pub columns: Vec<formats::Column>,
    pub raw: candidate::Read,
    pub notes: Vec<Problem>,
}

/// Opens and reads a file in its coordinate system.
pub(super) fn read_file(request: &ImportRequest, job: &Job) -> Result<ReadFile> {
    let options = ReadOptions {
        kind: request.kind,
        layer: request.layer.clone(),
        mapping: request.mapping.clone(),
        encoding: None,
    };
    let opened = formats::open(&request.path, &request.file_name, &options)
        .map_err(|error| Error::Invalid(vec![error.into_problem()]))?;
    let total = opened.rows_hint.unwrap_or(0);
    let by_user = request
        .crs
        .as_deref()
        .map(crs::from_word)
        .transpose()
        .map_err(|error| declare_problem(&error))?;
    let by_file = declared(&opened);
    let mut notes = Vec::new();
    let system = match (by_user, by_file) {
        (Some(user), Ok(Some(file))) if user != file => {
            notes.push(Problem::new(
                Severity::Warning,
                "crs_contradiction",
                format!(
                    "文件声明的坐标系是 {}，按您选择的 {} 读取",
                    file.label_zh(),
                    user.label_zh()
                ),
                format!(
                    "the file declares {}, it is read as {} as you chose",
                    file.label_en(),
                    user.label_en()
                ),
            ));
            Some(user)
        }
        (Some(user), _) => Some(user),
        (None, Ok(file)) => file,
        (None, Err(error)) => return Err(declare_problem(&error)),
    };
    let keep_properties = matches!(request.kind, ImportKind::Barriers | ImportKind::Issues);
    let columns = opened.columns.clone();
    let raw = candidate::read(opened, system, keep_properties, |row| {
        job.phase("read", row, total.max(row));
        !job.cancelled()
    })
    .map_err(|problem| Error::Invalid(vec![problem]))?;
    if raw.rows == 0 {
        return Err(Error::invalid(
            "file_empty",
            "文件中没有数据行",
            "the file has no data rows",
        ));
    }
    if system.is_none()
        && raw
            .candidates
            .iter()
            .any(|candidate| candidate.geometry.is_some())
    {
        return Err(Error::invalid(
            "crs_undeclared",
            "文件没有声明坐标系，请选择（国内地图常见 GCJ-02、BD-09；测绘成果常见 CGCS2000）；不会自动猜测",
            "no coordinate system is declared; choose one (--crs): it is never guessed",
        ));
    }
    Ok(ReadFile {
        system,
        columns,
        raw,
        notes,
    })
}

fn prepare(
    request: &ImportRequest,
    import: ImportId,
    rows: &Rows,
    today: NaiveDate,
    m2_per_household: f64,
    job: &Job,
    keys: &Keys,
) -> Result<Prepared> {
    let ReadFile {
        system,
        raw,
        mut notes,
        ..
    } = read_file(request, job)?;
    if let Some(system) = system {
        notes.extend(suspicions(request.kind, system, &raw.candidates, rows));
    }
    job.phase("match", 0, 0);
    let (default, new_regions) = default_community(request, rows)?;
    let mut known = rows.regions.clone();
    known.extend(new_regions.iter().cloned());
    let resolver = Resolver::new(&known, default);
    let needs_region = !matches!(request.kind, ImportKind::Regions | ImportKind::Housekeepers);
    if needs_region && !resolver.knows_any() {
        return Err(Error::invalid(
            "region_required",
            "还没有任何社区：请先导入行政区划，或填写一个临时区划名称（命令行：--region 名称）",
            "no community is known yet: import the regions first, or name a provisional one (--region NAME)",
        ));
    }
    let shared = Shared {
        rows,
        resolver: &resolver,
        import,
        basis: request.basis,
        as_of: request.as_of,
        source: request
            .source
            .clone()
            .unwrap_or_else(|| request.file_name.clone()),
        today,
        keys,
    };
    let (read, mended) = (raw.rows, raw.mended);
    let mut problems = raw.problems;
    problems.extend(notes);
    let mut batch = batch::build(request.kind, raw.candidates, &shared);
    let mut regions = new_regions;
    regions.append(&mut batch.regions);
    batch.regions = regions;
    let derived = derive(request.kind, &mut batch, rows, m2_per_household);
    let report = report::compose(request.kind, read, mended, problems, &batch, &derived);
    let district_code = default
        .or_else(|| first_community(&batch))
        .map_or(0, RegionCode::district_code);
    Ok(Prepared {
        district_code,
        crs: system,
        report,
        batch,
        before: clone_touched(rows),
    })
}

/// What belongs to the whole city cannot be imported by somebody who holds a part of it.
pub(super) fn within_scope(request: &ImportRequest, within: &[RegionCode]) -> Result<()> {
    let inside = match &request.region {
        None => true,
        Some(Region::Code(code)) => within.iter().any(|region| region.contains(*code)),
        Some(Region::Provisional(_)) => false,
    };
    if inside && !matches!(request.kind, ImportKind::Regions | ImportKind::Barriers) {
        return Ok(());
    }
    Err(Error::Forbidden {
        code: "outside_scope",
        zh: "您的范围只是全市的一部分：行政区划、阻隔和新的临时区划须由范围为全部的网格管理员导入".into(),
        en: "your scope is a part of the city: regions, barriers and new provisional regions are imported by a grid administrator of everything".into(),
    })
}

/// Leaves only what lies inside: other rows are neither matched nor changed.
pub(super) fn narrow(rows: &mut Rows, within: &[RegionCode]) {
    let inside = |code: RegionCode| within.iter().any(|region| region.contains(code));
    rows.regions.retain(|region| inside(region.code));
    rows.grids.retain(|grid| inside(grid.community));
    rows.compounds.retain(|compound| inside(compound.community));
    rows.buildings.retain(|building| inside(building.community));
    rows.housekeepers.retain(|keeper| inside(keeper.community));
    let compounds: std::collections::HashSet<_> =
        rows.compounds.iter().map(|compound| compound.id).collect();
    let keepers: std::collections::HashSet<_> =
        rows.housekeepers.iter().map(|keeper| keeper.id).collect();
    rows.gates
        .retain(|gate| gate.compound.is_some_and(|id| compounds.contains(&id)));
    rows.appointments
        .retain(|appointment| keepers.contains(&appointment.housekeeper));
}

/// The rows as they were, for the record of changes.
fn clone_touched(rows: &Rows) -> Rows {
    Rows {
        regions: rows.regions.clone(),
        grids: rows.grids.clone(),
        compounds: rows.compounds.clone(),
        buildings: rows.buildings.clone(),
        barriers: rows.barriers.clone(),
        gates: rows.gates.clone(),
        housekeepers: rows.housekeepers.clone(),
        appointments: rows.appointments.clone(),
        ..Rows::default()
    }
}

fn first_community(batch: &Batch) -> Option<RegionCode> {
    let compounds = batch.compounds.first().map(|compound| compound.community);
    compounds
        .or_else(|| batch.buildings.first().map(|building| building.community))
        .or_else(|| batch.grids.first().map(|grid| grid.community))
        .or_else(|| batch.regions.first().map(|region| region.code))
}

fn default_community(
    request: &ImportRequest,
    rows: &Rows,
) -> Result<(Option<RegionCode>, Vec<RegionRow>)> {
    match &request.region {
        None => Ok((None, Vec::new())),
        Some(Region::Provisional(name)) => {
            let (code, made) = regions::provisional(name, &rows.regions);
            Ok((Some(code), made))
        }
        Some(Region::Code(code)) => {
            if !rows.regions.iter().any(|region| region.code == *code) {
                return Err(Error::invalid(
                    "region_code_unknown",
                    format!("未知的区划代码 {code}：请先导入行政区划，或改用临时区划名称"),
                    format!(
                        "unknown region code {code}: import the regions first, or give a provisional name"
                    ),
                ));
            }
            if code.level() == RegionLevel::Community {
                return Ok((Some(*code), Vec::new()));
            }
            let mut inside = rows.regions.iter().filter(|region| {
                region.level() == RegionLevel::Community && code.contains(region.code)
            });
            match (inside.next(), inside.next()) {
                (Some(only), None) => Ok((Some(only.code), Vec::new())),
                // Several communities: rows must say which, or lie inside one.
                _ => Ok((None, Vec::new())),
            }
        }
    }
}

/// Buildings join the compounds that contain them; households are shared out or estimated.
fn derive(
    kind: ImportKind,
    batch: &mut Batch,
    rows: &Rows,
    m2_per_household: f64,
) -> households::Derived {
    if !matches!(kind, ImportKind::Compounds | ImportKind::Buildings) {
        return households::Derived::default();
    }
    let mut compounds: HashMap<_, _> = rows
        .compounds
        .iter()
        .map(|compound| (compound.id, compound.clone()))
        .collect();
    let touched: std::collections::HashSet<_> =
        batch.compounds.iter().map(|compound| compound.id).collect();
    compounds.extend(
        batch
            .compounds
            .iter()
            .map(|compound| (compound.id, compound.clone())),
    );
    let mut all: HashMap<_, _> = rows
        .buildings
        .iter()
        .map(|building| (building.id, building.clone()))
        .collect();
    if kind == ImportKind::Compounds {
        join_buildings(&mut all, batch);
    }
    all.extend(
        batch
            .buildings
            .iter()
            .map(|building| (building.id, building.clone())),
    );
    let mine: std::collections::HashSet<_> = batch
        .buildings
        .iter()
        .filter_map(|building| building.compound)
        .collect();
    // Only what this import touches: its compounds, the compounds of its buildings, its loose buildings.
    let in_batch: std::collections::HashSet<_> =
        batch.buildings.iter().map(|building| building.id).collect();
    let mut buildings: Vec<_> = all
        .into_values()
        .filter(|building| {
            in_batch.contains(&building.id)
                || building
                    .compound
                    .is_some_and(|id| touched.contains(&id) || mine.contains(&id))
        })
        .collect();
    buildings.sort_by_key(|building| building.id);
    let mut compounds: Vec<_> = compounds.into_values().collect();
    compounds.sort_by_key(|compound| compound.id);
    let (derived, _changed) = households::derive(&mut buildings, &compounds, m2_per_household);
    let stored: HashMap<_, _> = rows
        .buildings
        .iter()
        .map(|building| (building.id, building))
        .collect();
    batch.buildings = buildings
        .into_iter()
        .filter(|building| {
            in_batch.contains(&building.id) || stored.get(&building.id) != Some(&building)
        })
        .collect();
    derived
}

/// Buildings without a compound join a new outline that contains them.
fn join_buildings(
    all: &mut HashMap<crate::domain::BuildingId, crate::domain::Building>,
    batch: &mut Batch,
) {
    let outlines: Vec<_> = batch
        .compounds
        .iter()
        .filter_map(|compound| {
            let outline = crate::services::planning::polygons(&compound.geometry)?;
            let bounds = crate::services::picture::rect(&compound.geometry)?.to_array();
            Some((compound, outline, bounds))
        })
        .collect();
    for building in all
        .values_mut()
        .filter(|building| building.compound.is_none())
    {
        let Some(point) = building.footprint.centroid() else {
            continue;
        };
        let inside = outlines
            .iter()
            .find(|(_, outline, [west, south, east, north])| {
                (*west..=*east).contains(&point.x())
                    && (*south..=*north).contains(&point.y())
                    && outline.contains(&Point::new(point.x(), point.y()))
            });
        if let Some((compound, ..)) = inside
            && compound.community.district_code() == building.community.district_code()
        {
            building.compound = Some(compound.id);
            building.community = compound.community;
            batch.buildings.push(building.clone());
        }
    }
}

/// Most named pairs and points that the suspicion checks look at.
const MAX_SUSPECTS: usize = 2_000;

pub(super) fn suspicions(
    kind: ImportKind,
    declared: Crs,
    candidates: &[Candidate],
    rows: &Rows,
) -> Vec<Problem> {
    let back = crs::from_wgs84(declared);
    let points: Vec<(&Candidate, [f64; 2])> = candidates
        .iter()
        .filter_map(|candidate| {
            let point = candidate.geometry.as_ref()?.centroid()?;
            Some((candidate, [point.x(), point.y()]))
        })
        .take(MAX_SUSPECTS)
        .collect();
    let given: Vec<[f64; 2]> = points
        .iter()
        .map(|(_, point)| back.forward(*point))
        .collect();
    let mut by_name: HashMap<String, [f64; 2]> = HashMap::new();
    for compound in &rows.compounds {
        if let Some(point) = compound.geometry.centroid() {
            by_name.insert(
                formats::values::normalise_name(&compound.name),
                [point.x(), point.y()],
            );
        }
    }
    let pairs: Vec<NamedPair> = points
        .iter()
        .zip(&given)
        .filter_map(|((candidate, _), given)| {
            let name = candidate.name.as_deref()?;
            let loaded = by_name.get(&formats::values::normalise_name(name))?;
            Some(NamedPair {
                given: *given,
                loaded: *loaded,
            })
        })
        .collect();
    // Rivers lie in water, and bridges over it.
    let dry = kind != ImportKind::Barriers;
    let water: Vec<_> = rows
        .barriers
        .iter()
        .filter(|barrier| dry && barrier.class.is_water())
        .filter_map(|barrier| crate::services::planning::polygons(&barrier.geometry))
        .collect();
    let found = [
        crs::suspect_by_values(declared, &given),
        crs::suspect_by_names(declared, &pairs),
        crs::suspect_by_water(declared, &given, |[lon, lat]| {
            water
                .iter()
                .any(|polygons| polygons.contains(&Point::new(lon, lat)))
        }),
    ];
    found
        .into_iter()
        .flatten()
        .map(|suspicion| {
            Problem::new(
                Severity::Warning,
                suspicion.code(),
                suspicion.zh(),
                suspicion.en(),
            )
        })
        .collect()
}
