//! Rows with every field filled, in one district.

use chrono::{DateTime, NaiveDate, Utc};
use geo_types::{Geometry, MultiPolygon, Point, Polygon, line_string, polygon};
use gridkeeper::domain::*;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

pub const DISTRICT: i32 = 340_104;

pub fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

pub fn community() -> RegionCode {
    "340104002001".parse().unwrap()
}

pub fn street() -> RegionCode {
    "340104002000".parse().unwrap()
}

/// An instant with microseconds that do not fit into milliseconds.
pub fn instant(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 123_000_000).unwrap()
}

pub fn day(d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 9, d).unwrap()
}

/// A square of about 20 m with its south-west corner `n` steps east of a point in Hefei.
pub fn square(n: usize) -> Polygon<f64> {
    let (x, y) = (
        117.25 + (n % 400) as f64 * 0.0005,
        31.80 + (n / 400) as f64 * 0.0005,
    );
    let d = 0.000_2;
    polygon![(x: x, y: y), (x: x + d, y: y), (x: x + d, y: y + d), (x: x, y: y + d)]
}

fn squares(n: usize) -> MultiPolygon<f64> {
    MultiPolygon(vec![square(n), square(n + 1)])
}

pub fn region(n: u128, code: &str, name: &str) -> Region {
    Region {
        id: RegionId::new(uuid(n)),
        code: code.parse().unwrap(),
        name: name.into(),
        outline: Some(squares(n as usize)),
        valid_from: Some(day(1)),
        valid_to: Some(day(30)),
        successor: Some("340104003000".parse().unwrap()),
        source: Some("来源".into()),
    }
}

pub fn grid(n: u128) -> Grid {
    Grid {
        id: GridId::new(uuid(n)),
        natural_key: format!("grid-{n}"),
        code: Some(format!("340104002001{n:03}")),
        name: "第一网格".into(),
        community: community(),
        outline: squares(n as usize),
        source: Some("来源".into()),
    }
}

pub fn households() -> HouseholdCount {
    HouseholdCount {
        count: Some(620),
        basis: HouseholdBasis::Resident,
        estimated: true,
        as_of: Some(day(5)),
        source: Some("台账".into()),
    }
}

pub fn compound(n: u128) -> Compound {
    Compound {
        id: CompoundId::new(uuid(n)),
        natural_key: format!("compound-{n}"),
        code: Some(format!("340104002001C{n:04}")),
        name: "示例小区'; DROP TABLE compound; --<b>".into(),
        community: community(),
        geometry: if n % 2 == 0 {
            square(n as usize).into()
        } else {
            Point::new(117.25, 31.8).into()
        },
        households: households(),
        building_count: Some(18),
        floor_area_m2: Some(94_300.5),
        address: Some("示例路1号".into()),
        property_company: Some("示例物业".into()),
        built_year: Some(1998),
        source: Some("来源".into()),
        import: Some(ImportId::new(uuid(900))),
    }
}

pub fn building(n: u128, compound: Option<CompoundId>) -> Building {
    Building {
        id: BuildingId::new(uuid(n)),
        natural_key: format!("building-{n}"),
        code: Some(format!("340104002001C0001{n:03}")),
        name: Some(format!("{n}幢")),
        community: community(),
        compound,
        grid: None,
        footprint: square(n as usize).into(),
        households: HouseholdCount::unknown(),
        floors: Some(33),
        height_m: Some(99.5),
        source: None,
        import: None,
    }
}

pub fn barrier(n: u128) -> Barrier {
    Barrier {
        id: BarrierId::new(uuid(n)),
        district_code: DISTRICT,
        natural_key: format!("barrier-{n}"),
        class: BarrierClass::Rail,
        source_class: Some("railway=rail".into()),
        name: Some("示例铁路".into()),
        geometry: Geometry::from(line_string![(x: 117.2, y: 31.8), (x: 117.3, y: 31.81)]),
        source: Some("来源".into()),
        import: None,
    }
}

pub fn gate(n: u128, compound: Option<CompoundId>) -> Gate {
    Gate {
        id: GateId::new(uuid(n)),
        district_code: DISTRICT,
        natural_key: format!("gate-{n}"),
        compound,
        name: Some("东门".into()),
        point: Point::new(117.251, 31.801),
        source: None,
        import: None,
    }
}

pub fn backdrop(n: u128) -> Backdrop {
    Backdrop {
        id: BackdropId::new(uuid(n)),
        district_code: DISTRICT,
        class: "park".into(),
        name: "示例公园".into(),
        geometry: square(n as usize).into(),
    }
}

pub fn housekeeper(n: u128) -> Housekeeper {
    Housekeeper {
        id: HousekeeperId::new(uuid(n)),
        natural_key: format!("keeper-{n}"),
        code: Some("K1".into()),
        name: "示例甲01".into(),
        community: community(),
        duty_phone: Some("100 0000 0001".into()),
        private_phone: Some(Sealed::stored("sealed1:AAAA".into())),
        birth_date: Some(Sealed::stored("sealed1:BBBB".into())),
        party_join_date: Some(Sealed::stored("sealed1:CCCC".into())),
        consent: NaiveDate::from_ymd_opt(2022, 9, 1),
        residence: Some(BuildingId::new(uuid(901))),
        source: None,
        import: Some(ImportId::new(uuid(900))),
    }
}

pub fn appointment(n: u128, keeper: HousekeeperId, compound: Option<CompoundId>) -> Appointment {
    Appointment {
        id: AppointmentId::new(uuid(n)),
        district_code: DISTRICT,
        housekeeper: keeper,
        compound,
        kind: AppointmentKind::PartTime,
        start: day(5),
        end: Some(day(20)),
        terms: Terms {
            category: Some(PartTimeCategory::Retired),
            capacity: Some(180),
            term_end: Some(day(28)),
            end_reason: Some(EndReason::TermEnded),
        },
    }
}

pub fn plan(n: u128) -> Plan {
    Plan {
        id: PlanId::new(uuid(n)),
        street: street(),
        name: "方案一".into(),
        stored_state: PlanState::Draft,
        version: 1,
        created_at: instant(n as i64),
        created_by: Actor::local_operator("操作员"),
        effective_at: None,
        ended_at: None,
        seed: u64::MAX - 3,
        settings: PlanSettings::default(),
        data_version: 7,
        figures: PlanFigures {
            areas: 2,
            worst_deviation_bp: -1234,
            changed_households: Some(3),
            ..PlanFigures::default()
        },
        zones: vec![ZoneReport {
            zone: 0,
            community: community(),
            households: 620,
            areas: 1,
            forced_bp: 2400,
            achieved_bp: 0,
            bound_bp: 0,
        }],
        splits: vec![CompoundSplit {
            compound: CompoundId::new(uuid(1)),
            name: "示例小区".into(),
            pieces: 2,
            reason_zh: "户数超过上限".into(),
            reason_en: "heavier than an area".into(),
        }],
        problems: vec![Problem::new(
            Severity::Warning,
            "isolated",
            "孤立",
            "isolated",
        )],
        note: Some("备注".into()),
        edit_seq: 3,
        settled_seq: 2,
    }
}

pub fn area(n: u128, plan: PlanId, number: u32) -> PatrolArea {
    PatrolArea {
        id: AreaId::new(uuid(n)),
        plan,
        number,
        code: format!("340104002001P{number:03}"),
        name: "片区".into(),
        community: community(),
        zone: 3,
        seats: 2,
        households: 510,
        estimated_households: 20,
        visits: (number % 2 == 0).then_some(702),
        units: 9,
        pieces: 1,
        deviation_bp: -1500,
        off_target_bp: 200,
        target: 500,
        out_of_band: true,
        heavy: false,
        origin: Some(AreaId::new(uuid::Uuid::from_u128(77))),
        locked: true,
        colour: 5,
        compactness: Some(0.785),
        outline: (number % 2 == 1).then(|| squares(n as usize)),
    }
}

pub fn import(n: u128) -> Import {
    let counts = ImportCounts {
        read: 10,
        stored: 8,
        refused: 2,
        ..ImportCounts::default()
    };
    Import {
        id: ImportId::new(uuid(n)),
        district_code: DISTRICT,
        kind: ImportKind::Buildings,
        state: ImportState::Stored,
        file_name: "楼栋.xlsx".into(),
        crs: Some("bd09".into()),
        source: Some("街道台账".into()),
        created_at: instant(n as i64),
        created_by: Actor::command_line("操作员"),
        report: ImportReport {
            counts,
            problems: vec![
                Problem::new(Severity::Refused, "no_position", "没有坐标", "no position")
                    .at_row(3)
                    .at_field("户数", "约620户"),
            ],
            taken: BTreeMap::from([("water=river".to_owned(), 3)]),
            left: BTreeMap::from([("highway=service".to_owned(), 5)]),
            summary_zh: "读入 10 行".into(),
            summary_en: "10 rows read".into(),
        },
    }
}

pub fn change(import: ImportId, seq: i64, before: bool) -> ImportChange {
    ImportChange {
        district_code: DISTRICT,
        import,
        seq,
        table: "building".into(),
        row: uuid(500 + seq as u128),
        before: before
            .then(|| json!({"name": "3幢", "households": null, "x": 117.250_000_000_000_01})),
        after_digest: "0a1b".into(),
    }
}

pub fn waiting(n: u128, import: ImportId) -> WaitingRow {
    WaitingRow {
        id: WaitingId::new(uuid(n)),
        district_code: DISTRICT,
        import,
        kind: ImportKind::Compounds,
        name: "无坐标小区".into(),
        community: Some(community()),
        row: n as u64,
        properties: BTreeMap::from([("总户数".to_owned(), "620户".to_owned())]),
        state: WaitingState::Waiting,
    }
}

pub fn event(district_code: i32, kind: &str) -> NewEvent {
    NewEvent {
        district_code,
        at: instant(1),
        actor: "操作员".into(),
        kind: kind.into(),
        subject: "import".into(),
        payload: json!({"n": 1}),
    }
}
