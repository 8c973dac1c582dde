//! `gridkeeper balance` from files to a plan and a report, good input and bad.

use gridkeeper::districting::{Goal, Limits, Settings, Silent};
use gridkeeper::services::balancing::{self, Instance, ShapeOptions};
use gridkeeper::services::error::Error;
use std::path::PathBuf;

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn tables(&self, units: &str, edges: &str) -> Result<Instance, Error> {
        balancing::read_tables(
            &self.write("units.csv", units),
            &self.write("edges.csv", edges),
        )
    }

    /// Codes of what is refused, with row and field.
    fn refused(&self, units: &str, edges: &str) -> Vec<(String, u64, String)> {
        let Err(Error::Invalid(problems)) = self.tables(units, edges) else {
            panic!("{units} / {edges} was not refused");
        };
        let place = |p: gridkeeper::domain::Problem| {
            (p.code, p.row.unwrap_or(0), p.field.unwrap_or_default())
        };
        problems.into_iter().map(place).collect()
    }
}

/// A street of `n` buildings of 50 households, 20 m apart.
fn street(n: u32) -> (String, String) {
    let mut units = "编号,x,y,户数,zone\n".to_owned();
    let mut edges = "a,b,border_m\n".to_owned();
    for i in 0..n {
        units += &format!("b{i},{},0,50,东\n", i * 20);
        if i > 0 {
            edges += &format!("b{},b{i},12.5\n", i - 1);
        }
    }
    (units, edges)
}

fn settings(target: u32) -> Settings {
    Settings {
        target_households: target,
        ..Settings::default()
    }
}

#[test]
fn a_street_from_csv_becomes_areas_with_a_report() {
    let (units, edges) = street(40);
    let instance = Files::new().tables(&units, &edges).unwrap();
    assert_eq!(instance.edges[0].border_dm, 125);
    let answer = balancing::balance(&instance, &settings(500), 1, &Silent).unwrap();
    let report = &answer.report;
    assert_eq!(
        (report.areas, report.households, report.zones),
        (4, 2000, 1)
    );
    assert_eq!(report.disconnected, 0);
    assert!(report.worst_deviation_percent < 0.01, "{report:?}");
    assert_eq!(report.zone_reports[0].zone, "东");
    assert!(report.infeasible.is_empty());
    let mut plan = Vec::new();
    balancing::write_plan(&instance, &answer.outcome, &mut plan).unwrap();
    let plan = String::from_utf8(plan).unwrap();
    assert_eq!(plan.lines().next(), Some("id,area"));
    assert_eq!(plan.lines().count(), 41);
    assert!(plan.contains("b39,4"), "{plan}");
}

#[test]
fn a_table_in_gb18030_with_full_width_digits_is_understood() {
    let units = "编号,x,y,户数,社区\n甲,０,0,５０,桥东\n乙,10,0,50,桥东\n";
    let (bytes, _, _) = encoding_rs::GB18030.encode(units);
    let files = Files::new();
    let instance = balancing::read_tables(
        &files.write("u.csv", &bytes),
        &files.write("e.csv", encoding_rs::GB18030.encode("a,b\n甲,乙\n").0),
    )
    .unwrap();
    assert_eq!(instance.ids, ["甲", "乙"]);
    assert_eq!(instance.zones, ["桥东"]);
    assert_eq!(instance.households(), 100);
}

#[test]
fn every_wrong_row_is_named() {
    let files = Files::new();
    let good = "id,x,y,weight\na,0,0,1\nb,1,0,1\n";
    let place = |code: &str, row: u64, field: &str| (code.to_owned(), row, field.to_owned());
    assert_eq!(
        files.refused(
            "id,x,y,weight\na,0,0,-3\na,1,NaN,2\nc,inf,0,many\n,0,0,1\n",
            "a,b\n"
        ),
        [
            place("weight_invalid", 1, "weight"),
            place("number_invalid", 2, "y"),
            place("id_duplicate", 2, "id"),
            place("number_invalid", 3, "x"),
            place("weight_invalid", 3, "weight"),
            place("id_missing", 4, "id"),
        ]
    );
    assert_eq!(
        files.refused(good, "a,b,border_m\na,zz,1\nb,b,1\na,b,-4\n"),
        [
            place("unit_unknown", 1, "b"),
            place("edge_loop", 2, "b"),
            place("border_invalid", 3, "border_m"),
        ]
    );
    assert_eq!(
        files.refused("id,x,y,weight,locked\na,0,0,1,是\n", "a,b\n"),
        [place("locked_nowhere", 1, "locked")]
    );
    assert_eq!(
        files.refused("id,x,weight\na,0,1\n", "a,b\n")[0].0,
        "column_missing"
    );
    assert_eq!(files.refused("id,x,y,weight\n", "a,b\n")[0].0, "no_units");
    let many = (0..50).fold("a,b\n".to_owned(), |rows, _| rows + "a,zz\n");
    let problems = files.refused(good, &many);
    assert_eq!((problems.len(), problems[20].0.as_str()), (21, "more"));
}

#[test]
fn edges_between_zones_are_left_out_and_counted() {
    let files = Files::new();
    let units = "id,x,y,weight,zone\na,0,0,5,1\nb,1,0,5,1\nc,2,0,5,2\n";
    let instance = files.tables(units, "a,b\na,b\nb,c\n").unwrap();
    assert_eq!((instance.edges.len(), instance.edges_between_zones), (1, 1));
    let answer = balancing::balance(&instance, &settings(5), 1, &Silent).unwrap();
    assert_eq!(
        (answer.report.areas, answer.report.edges_between_zones),
        (3, 1)
    );
}

#[test]
fn limits_that_cannot_be_kept_are_proved_or_said_to_be_missed() {
    let files = Files::new();
    let units = "id,x,y,weight\na,0,0,600\nb,10,0,300\nc,20,0,200\n";
    let edges = "a,b\na,b\nb,c\n";
    let instance = files.tables(units, edges).unwrap();
    let ask = |areas: u32, least: u64, most: u64| {
        let settings = Settings {
            areas: Some(areas),
            limits: Limits::Households(least, most),
            ..settings(550)
        };
        let answer = balancing::balance(&instance, &settings, 1, &Silent).unwrap();
        answer.report.infeasible
    };
    assert_eq!(ask(2, 500, 600), []);
    let heavy = ask(2, 400, 550);
    assert_eq!(heavy.len(), 1);
    assert_eq!(
        (heavy[0].unit.as_deref(), heavy[0].proved),
        (Some("a"), true)
    );
    let few = ask(1, 100, 700);
    assert_eq!((few[0].unit.as_deref(), few[0].proved), (None, true));
    let missed = ask(2, 540, 600);
    assert!(!missed[0].proved, "{missed:?}");
    assert!(missed[0].en.contains("--effort"), "{missed:?}");
}

#[test]
fn polygons_of_a_geojson_find_their_neighbours_and_no_barrier_is_crossed() {
    let files = Files::new();
    let square = |i: usize| {
        let (x, y) = (121.0 + i as f64 * 3e-4, 31.0);
        serde_json::json!({"type": "Feature", "properties": {"id": format!("b{i}"), "households": 40},
            "geometry": {"type": "Polygon", "coordinates":
                [[[x, y], [x + 2e-4, y], [x + 2e-4, y + 2e-4], [x, y + 2e-4], [x, y]]]}})
    };
    let features: Vec<_> = (0..8).map(square).collect();
    let collection = serde_json::json!({"type": "FeatureCollection", "features": features});
    let river = serde_json::json!({"type": "FeatureCollection", "features": [{"type": "Feature",
        "properties": {}, "geometry": {"type": "LineString",
            "coordinates": [[121.00115, 30.99], [121.00115, 31.01]]}}]});
    let path = files.write("b.geojson", collection.to_string());
    let mut options = ShapeOptions {
        crs: gridkeeper::crs::Crs::Wgs84,
        barriers: None,
        reach_m: None,
    };
    let open = balancing::read_shapes(&path, &options).unwrap();
    assert_eq!(open.zones.len(), 1);
    options.barriers = Some(files.write("river.geojson", river.to_string()));
    let parted = balancing::read_shapes(&path, &options).unwrap();
    assert_eq!(parted.zones.len(), 2, "{:?}", parted.edges);
    let answer = balancing::balance(&parted, &settings(80), 1, &Silent).unwrap();
    assert_eq!((answer.report.areas, answer.report.disconnected), (4, 0));
}

#[test]
fn an_instance_file_states_its_own_limits() {
    let files = Files::new();
    let path = files.write(
        "i.json",
        r#"{"name":"tiny","k":2,"L":9,"U":11,"units":[{"id":1,"weight":10,"x":0,"y":0},
        {"id":"2","weight":4,"x":9,"y":0},{"id":"3","weight":6,"x":9,"y":5}],"edges":[[0,1],[1,2,3.5]]}"#,
    );
    let instance = balancing::read_instance(&path).unwrap();
    assert_eq!(instance.asks.areas, Some(2));
    assert_eq!(instance.asks.limits, Some((9, 11)));
    assert_eq!(instance.edges[1].border_dm, 35);
    let settings = Settings {
        areas: Some(2),
        limits: Limits::Households(9, 11),
        goal: Goal::Cut,
        ..settings(10)
    };
    let answer = balancing::balance(&instance, &settings, 1, &Silent).unwrap();
    assert_eq!(answer.report.cut_edges, 1);
    assert!(answer.report.infeasible.is_empty());
    // About unit 1; about unit 3, 4 · 5².
    assert!((answer.report.inertia_medoid_m2 - 100.0).abs() < 1e-6);
    for broken in [
        "",
        "{",
        r#"{"units":[],"edges":[]}"#,
        r#"{"units":[{"id":1,"weight":NaN,"x":0,"y":0}],"edges":[]}"#,
        r#"{"units":[{"id":1,"weight":1,"x":0,"y":0}],"edges":[[0,7]]}"#,
        r#"{"units":[{"id":1,"weight":1,"x":0,"y":0}],"edges":[[0,0]]}"#,
    ] {
        let path = files.write("broken.json", broken);
        assert!(
            matches!(balancing::read_instance(&path), Err(Error::Invalid(_))),
            "{broken}"
        );
    }
}

#[test]
fn the_frontier_leads_from_nobody_moves_to_best_balance() {
    let files = Files::new();
    // A ladder of 2 × 30 buildings; today's areas are 8, 12 and 40 buildings long.
    let mut units = "id,x,y,weight,current\n".to_owned();
    let mut edges = "a,b\n".to_owned();
    for i in 0..30 {
        let area = if i < 4 {
            "甲"
        } else if i < 10 {
            "乙"
        } else {
            "丙"
        };
        for side in 0..2 {
            units += &format!("{side}-{i},{},{},25,{area}\n", i * 20, side * 20);
            if i > 0 {
                edges += &format!("{side}-{},{side}-{i}\n", i - 1);
            }
        }
        edges += &format!("0-{i},1-{i}\n");
    }
    let instance = files.tables(&units, &edges).unwrap();
    let settings = Settings {
        areas: Some(3),
        ..settings(500)
    };
    let plans = balancing::frontier(&instance, &settings, 1, &Silent).unwrap();
    assert!(plans.len() >= 2, "{}", plans.len());
    assert_eq!(plans[0].report.changed_households, 0);
    for pair in plans.windows(2) {
        let [fewer, more] = [&pair[0].report, &pair[1].report];
        assert!(fewer.changed_households < more.changed_households);
        assert!(
            (more.beyond_band, more.worst_deviation_percent)
                < (fewer.beyond_band, fewer.worst_deviation_percent)
        );
        assert_eq!(more.disconnected, 0);
    }
    assert_eq!(plans.last().unwrap().report.beyond_band, 0);
    let most = plans.last().unwrap().report.changed_households - 1;
    let capped = balancing::within(plans, most).unwrap();
    assert!(capped.report.changed_households <= most);
    let (units, edges) = street(4);
    let without = files.tables(&units, &edges).unwrap();
    assert!(matches!(
        balancing::frontier(&without, &settings, 1, &Silent),
        Err(Error::Invalid(_))
    ));
}
