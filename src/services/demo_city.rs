//! The demo city, mapped to rows and put into force: what the first screen shows.

use super::Services;
use super::demo_issues::slow_body;
use super::error::{Error, Result};
use super::importing::store_rows;
use super::jobs::{Job, JobResult};
use super::keys::{BIRTH_DATE, Keys, PARTY_JOIN_DATE, PRIVATE_PHONE};
use super::picture::{Picture, Rows};
use super::planning_jobs::{DEFAULT_EFFORT, PlanRequest};
use super::publishing::Transition;
use crate::demo::{self, DemoCity};
use crate::domain::access::{Role, Scope};
use crate::domain::{
    Actor, Appointment, AppointmentId, AppointmentKind, Backdrop, BackdropId, Barrier,
    BarrierClass, BarrierId, Building, BuildingId, Compound, CompoundId, Gate, GateId, Grid,
    GridId, HouseholdBasis, HouseholdCount, Housekeeper, HousekeeperId, PartTimeCategory, PlanId,
    PlanSettings, PlanState, Region, RegionCode, RegionId, RegionLevel, Sealed, Terms,
};
use chrono::{Datelike, Months, NaiveDate};
use geo::{Contains, MultiPolygon};
use geo_types::{Geometry, Point};
use std::sync::Arc;
use uuid::Uuid;

/// Who approves the plan of the demo city; an artificial name.
const REVIEWER: &str = "示例审核员";

impl Services {
    /// Fills an empty database with the synthetic city, its issues and its visits; its plans are in force.
    ///
    /// # Errors
    /// `Conflict` when the database holds real data already.
    pub async fn make_demo(
        &self,
        actor: &Actor,
        households: Option<u32>,
        seed: u64,
        job: Arc<Job>,
    ) -> Result<JobResult> {
        let (city, result) = self
            .demo_city_make(actor, households, seed, job.clone())
            .await?;
        job.phase("issues", 0, 0);
        self.demo_issues_make(city.clone()).await?;
        job.phase("visits", 0, 0);
        self.demo_visits_make(city).await?;
        Ok(result)
    }

    /// As [`Services::make_demo`], without issues and visits.
    ///
    /// # Errors
    /// `Conflict` when the database holds real data already.
    pub async fn make_demo_without_issues(
        &self,
        actor: &Actor,
        households: Option<u32>,
        seed: u64,
        job: Arc<Job>,
    ) -> Result<JobResult> {
        let made = self.demo_city_make(actor, households, seed, job).await?;
        Ok(made.1)
    }

    /// The city, planned, with its plans in force and an account of each role.
    async fn demo_city_make(
        &self,
        actor: &Actor,
        households: Option<u32>,
        seed: u64,
        job: Arc<Job>,
    ) -> Result<(Arc<DemoCity>, JobResult)> {
        let picture = self.picture();
        if !picture.compounds.is_empty() || !picture.buildings.is_empty() {
            return Err(Error::conflict(
                "database_not_empty",
                "数据库中已有数据，演示城市只能建在空库中；请用 --db 指定一个新文件",
                "the database holds data already; name a new file with --db for the demo city",
            ));
        }
        job.phase("city", 0, 0);
        let of_keys = self.clone();
        let (city, rows) = tokio::task::spawn_blocking(move || {
            let city = match households {
                Some(households) => demo::scaled(households, seed),
                None => demo::small(seed),
            };
            let rows = rows_of(&city, of_keys.keys())?;
            Ok::<_, Error>((Arc::new(city), rows))
        })
        .await
        .map_err(|error| Error::Internal(format!("demo: {error}")))??;
        job.phase("store", 0, 0);
        let streets: Vec<RegionCode> = rows
            .regions
            .iter()
            .filter(|region| region.level() == RegionLevel::Street)
            .map(|region| region.code)
            .collect();
        store_rows(self, actor, rows).await?;
        let defaults = &self.config().plan;
        let request = PlanRequest {
            region: *streets
                .first()
                .ok_or_else(|| Error::Internal("demo: no street".into()))?,
            settings: PlanSettings {
                target_households: defaults.target_households,
                band_bp: defaults.band_bp,
                keepers_per_area: defaults.keepers_per_area,
                ..PlanSettings::default()
            },
            seed,
            effort: DEFAULT_EFFORT,
            name: Some("示例方案（合成数据）".into()),
        };
        let stored = self.read_rows().await?;
        self.demo_tiers_make(&city, &stored).await?;
        let result = self
            .plan_drafts(actor, &stored, &request, &streets, &job)
            .await?;
        let ids: Vec<PlanId> = result.plan_ids.iter().copied().map(PlanId::new).collect();
        let ask = Transition {
            to: PlanState::Scheduled,
            reason: "演示数据，自动生效".into(),
            effective_at: None,
            acknowledge: true,
            version: None,
        };
        let reviewer = Actor::local_operator(REVIEWER);
        self.plans_publish(actor, Some(&reviewer), &ids, &ask)
            .await?;
        job.phase("people", 0, 0);
        self.demo_people_make().await?;
        self.reload().await?;
        self.demo_notices_make(actor).await?;
        let body = slow_body(&city);
        self.demo_accounts_make(&demo_places(&self.picture(), body)?)
            .await?;
        Ok((city, result))
    }
}

/// Where the accounts of the demo belong: one of each role, in the first street. Who handles issues for a department
/// works for `body`.
fn demo_places(picture: &Picture, body: Option<String>) -> Result<Vec<(Role, Vec<Scope>, String)>> {
    let missing = |what: &str| Error::Internal(format!("demo: no {what}"));
    let plan = picture.plans.last().ok_or_else(|| missing("plan"))?;
    let street = plan.plan.street;
    let compound = picture
        .compounds
        .iter()
        .find(|compound| street.contains(compound.community))
        .ok_or_else(|| missing("compound"))?;
    let keeper = (0..plan.areas.len())
        .find_map(|area| plan.active_keepers(picture, area).next())
        .ok_or_else(|| missing("keeper in post"))?;
    let part_time = picture
        .appointments
        .iter()
        .find(|one| one.kind == AppointmentKind::PartTime && one.active_on(picture.today))
        .map_or(keeper.0.id, |one| one.housekeeper);
    let district = street.at_level(RegionLevel::District).unwrap_or(street);
    let company = compound.property_company.clone().unwrap_or_default();
    let scope = |role: Role| match role {
        Role::Housekeeper => Scope::Keeper(keeper.0.id),
        Role::PartTimeKeeper => Scope::Keeper(part_time),
        Role::GridWorker | Role::CommunitySecretary => Scope::Region(compound.community),
        Role::CompoundSecretary => Scope::Compound(compound.id),
        Role::PropertyCompany => Scope::Company(company.clone()),
        Role::Planner => Scope::Region(district),
        role if role.is_administrator() => Scope::Everywhere,
        _ => Scope::Region(street),
    };
    Ok(Role::ALL
        .iter()
        .filter(|role| role.can_be_granted())
        .map(|role| {
            let mut scopes = vec![scope(*role)];
            if *role == Role::DepartmentHandler {
                scopes.extend(body.clone().map(Scope::Body));
            }
            (*role, scopes, format!("示例{}", role.label_zh()))
        })
        .collect())
}

pub(super) fn code(text: &str) -> Result<RegionCode> {
    text.parse()
        .map_err(|error| Error::Internal(format!("demo region code {text}: {error}")))
}

/// The city as domain rows.
fn rows_of(city: &DemoCity, keys: &Keys) -> Result<Rows> {
    let source = Some(city.source.to_owned());
    let count = |households: u32| HouseholdCount {
        count: Some(households),
        basis: HouseholdBasis::Resident,
        estimated: false,
        as_of: Some(city.as_of),
        source: source.clone(),
    };
    let mut rows = Rows {
        synthetic: true,
        ..Rows::default()
    };
    for region in &city.regions {
        let mut row = Region::new(
            RegionId::new(Uuid::now_v7()),
            code(&region.code)?,
            region.name.clone(),
        );
        row.outline = Some(MultiPolygon::new(vec![region.outline.clone()]));
        row.source.clone_from(&source);
        rows.regions.push(row);
    }
    for grid in &city.grids {
        rows.grids.push(Grid {
            id: GridId::new(Uuid::now_v7()),
            natural_key: format!("code:{}", grid.code),
            code: Some(grid.code.clone()),
            name: grid.name.clone(),
            community: code(&grid.community)?,
            outline: MultiPolygon::new(vec![grid.outline.clone()]),
            source: source.clone(),
        });
    }
    let mut building_counts = vec![0u32; city.compounds.len()];
    for building in &city.buildings {
        building_counts[building.compound] += 1;
    }
    for (compound, buildings) in city.compounds.iter().zip(building_counts) {
        rows.compounds.push(Compound {
            id: CompoundId::new(Uuid::now_v7()),
            natural_key: format!("code:{}", compound.code),
            code: Some(compound.code.clone()),
            name: compound.name.clone(),
            community: code(&compound.community)?,
            geometry: Geometry::Polygon(compound.outline.clone()),
            households: count(compound.households),
            building_count: Some(buildings),
            floor_area_m2: None,
            address: None,
            property_company: Some(compound.property_company.clone()),
            built_year: None,
            source: source.clone(),
            import: None,
        });
    }
    buildings(city, &count, source.as_deref(), &mut rows);
    surroundings(city, source.as_deref(), &mut rows);
    keepers(city, source.as_deref(), &mut rows, keys)?;
    Ok(rows)
}

fn buildings(
    city: &DemoCity,
    count: &dyn Fn(u32) -> HouseholdCount,
    source: Option<&str>,
    rows: &mut Rows,
) {
    use geo::Centroid;
    let grids = GridFinder::new(&rows.grids);
    for building in &city.buildings {
        let compound = &rows.compounds[building.compound];
        let grid = building
            .footprint
            .centroid()
            .and_then(|point| grids.at(compound.community, point));
        rows.buildings.push(Building {
            id: BuildingId::new(Uuid::now_v7()),
            natural_key: format!("code:{}", building.code),
            code: Some(building.code.clone()),
            name: Some(building.name.clone()),
            community: compound.community,
            compound: Some(compound.id),
            grid,
            footprint: Geometry::Polygon(building.footprint.clone()),
            households: count(building.households),
            floors: u16::try_from(building.floors).ok(),
            height_m: Some(building.height_m),
            source: source.map(str::to_owned),
            import: None,
        });
    }
}

/// Grids by community, for the grid of a building.
struct GridFinder<'a> {
    grids: std::collections::HashMap<RegionCode, Vec<&'a Grid>>,
}

impl<'a> GridFinder<'a> {
    fn new(grids: &'a [Grid]) -> Self {
        let mut by_community: std::collections::HashMap<RegionCode, Vec<&Grid>> =
            std::collections::HashMap::new();
        for grid in grids {
            by_community.entry(grid.community).or_default().push(grid);
        }
        Self {
            grids: by_community,
        }
    }

    fn at(&self, community: RegionCode, point: Point<f64>) -> Option<GridId> {
        let inside = |grid: &&&Grid| grid.outline.contains(&point);
        self.grids
            .get(&community)?
            .iter()
            .find(inside)
            .map(|grid| grid.id)
    }
}

fn surroundings(city: &DemoCity, source: Option<&str>, rows: &mut Rows) {
    let district = rows
        .regions
        .first()
        .map_or(0, |region| region.code.district_code());
    for (at, barrier) in city.barriers.iter().enumerate() {
        rows.barriers.push(Barrier {
            id: BarrierId::new(Uuid::now_v7()),
            district_code: district,
            natural_key: format!("demo:{at}"),
            class: match barrier.class {
                demo::BarrierClass::Water => BarrierClass::River,
                demo::BarrierClass::MajorRoad => BarrierClass::MajorRoad,
            },
            source_class: None,
            name: Some(barrier.name.clone()),
            geometry: barrier.geometry.clone(),
            source: source.map(str::to_owned),
            import: None,
        });
    }
    for context in &city.context {
        rows.backdrops.push(Backdrop {
            id: BackdropId::new(Uuid::now_v7()),
            district_code: district,
            class: context.kind.id().to_owned(),
            name: context.name.clone(),
            geometry: context.geometry.clone(),
        });
    }
    for (at, gate) in city.gates.iter().enumerate() {
        rows.gates.push(Gate {
            id: GateId::new(Uuid::now_v7()),
            district_code: district,
            natural_key: format!("demo:{at}"),
            compound: Some(rows.compounds[gate.compound].id),
            name: Some(gate.name.clone()),
            point: gate.position,
            source: source.map(str::to_owned),
            import: None,
        });
    }
}

/// Months of a term in the demo.
const TERM_MONTHS: u32 = 36;

/// A category by the label that the plain city uses.
fn category(label: &str) -> Option<PartTimeCategory> {
    let mut all = PartTimeCategory::ALL.iter().copied();
    all.find(|one| one.label_zh() == label)
}

/// The Party's day in the year in which somebody turned 24; residents and couriers need not be members.
fn joined(keeper: &demo::Housekeeper) -> Option<NaiveDate> {
    let category = keeper.category.and_then(category);
    let open = matches!(
        category,
        Some(PartTimeCategory::Backbone | PartTimeCategory::NewWork | PartTimeCategory::Deputy)
    );
    NaiveDate::from_ymd_opt(keeper.birth_date.year() + 24, 7, 1).filter(|_| !open)
}

fn keepers(city: &DemoCity, source: Option<&str>, rows: &mut Rows, keys: &Keys) -> Result<()> {
    for keeper in &city.keepers {
        let compound = &rows.compounds[keeper.compound];
        let housekeeper = HousekeeperId::new(Uuid::now_v7());
        let seal = |field, clear: &str| {
            keys.seal(field, &housekeeper.to_string(), clear)
                .map(Sealed::stored)
        };
        rows.housekeepers.push(Housekeeper {
            id: housekeeper,
            natural_key: format!("demo:{}", keeper.name),
            code: None,
            name: keeper.name.clone(),
            community: compound.community,
            duty_phone: Some(keeper.duty_phone.clone()),
            private_phone: Some(seal(PRIVATE_PHONE, &keeper.phone)?),
            consent: Some(keeper.start_date),
            residence: Some(rows.buildings[keeper.home_building].id),
            birth_date: Some(seal(BIRTH_DATE, &keeper.birth_date.to_string())?),
            party_join_date: joined(keeper)
                .map(|day| seal(PARTY_JOIN_DATE, &day.to_string()))
                .transpose()?,
            source: source.map(str::to_owned),
            import: None,
        });
        rows.appointments.push(Appointment {
            id: AppointmentId::new(Uuid::now_v7()),
            district_code: compound.community.district_code(),
            housekeeper,
            compound: Some(compound.id),
            kind: match keeper.kind {
                demo::KeeperKind::FullTime => AppointmentKind::FullTime,
                demo::KeeperKind::PartTime => AppointmentKind::PartTime,
            },
            start: keeper.start_date,
            end: None,
            terms: Terms {
                category: keeper.category.and_then(category),
                capacity: None,
                term_end: keeper
                    .start_date
                    .checked_add_months(Months::new(TERM_MONTHS)),
                end_reason: None,
            },
        });
    }
    Ok(())
}
