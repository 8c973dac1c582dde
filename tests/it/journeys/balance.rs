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
    assert_eq!(instance.load(), 100);
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
    assert_eq!(
        (instance.edges.len(), instance.edges_between_zones()),
        (1, 1)
    );
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
    let plans = |most| balancing::frontier(&instance, &settings, most, 1, &Silent).unwrap();
    let balancing::Frontier { plans: all, capped } = plans(Some(500));
    assert!(capped.unwrap().report.changed_households <= 500);
    assert!((5..=8).contains(&all.len()), "{}", all.len());
    assert_eq!(all[0].report.changed_households, 0);
    for pair in all.windows(2) {
        let [fewer, more] = [&pair[0].report, &pair[1].report];
        assert!(fewer.changed_households < more.changed_households);
        let badness = |r: &balancing::Report| {
            (
                r.beyond_band,
                r.worst_deviation_percent,
                r.mean_deviation_percent,
            )
        };
        assert!(badness(more) < badness(fewer));
        assert_eq!(more.disconnected, 0);
    }
    let back = all
        .iter()
        .find(|plan| plan.report.beyond_band == 0)
        .unwrap();
    assert!(back.report.changed_households >= back.report.change_bound);
    assert!(back.report.change_bound > 0 && back.report.change_flow >= back.report.change_bound);
    let zones = back.report.zone_reports.iter();
    let changed: u64 = zones.map(|zone| zone.changed_households).sum();
    assert_eq!(changed, back.report.changed_households);
    let nobody = plans(Some(0)).capped.unwrap();
    assert_eq!(nobody.report.changed_households, 0);
    assert_eq!(nobody.report.beyond_band, all[0].report.beyond_band);
    let (units, edges) = street(4);
    let without = files.tables(&units, &edges).unwrap();
    assert!(matches!(
        balancing::frontier(&without, &settings, None, 1, &Silent),
        Err(Error::Invalid(_))
    ));
}

/// Two streets of ten buildings, one zone each, with an edge between them.
fn two_zones(first: u32, second: u32) -> (String, String) {
    let mut units = "id,x,y,weight,zone,current\n".to_owned();
    let mut edges = "a,b\n".to_owned();
    for (zone, households) in [(0, first), (1, second)] {
        for i in 0..10 {
            let area = zone * 2 + i / 5;
            units += &format!(
                "z{zone}u{i},{},{},{households},z{zone},A{area}\n",
                i * 20,
                zone * 30
            );
            if i > 0 {
                edges += &format!("z{zone}u{},z{zone}u{i}\n", i - 1);
            }
        }
    }
    edges += "z0u9,z1u9\n";
    (units, edges)
}

#[test]
fn keepers_are_seated_near_their_homes_and_part_time_lowers_the_target() {
    let files = Files::new();
    let (units, edges) = two_zones(100, 100);
    let mut instance = files.tables(&units, &edges).unwrap();
    let keepers = files.write(
        "k.csv",
        "id,x,y,capacity,current\nk1,0,0,1,A0\nk2,20,0,1,A0\nk3,160,0,0.5,A1\nk4,180,0,0.5,A1\nk5,180,30,,\n",
    );
    let keepers = balancing::read_keepers(&keepers, &instance).unwrap();
    let mut settings = settings(500);
    balancing::reserve(&mut instance, &mut settings, &keepers);
    let mut answer = balancing::balance(&instance, &settings, 1, &Silent).unwrap();
    let short = balancing::seat(&instance, &keepers, &mut answer);
    let report = &answer.report;
    // A0 has two full keepers, A1 half of that: 1,000 households are shared as 2 : 1.
    let households = |keeper: usize| {
        let area = report.keepers[keeper].area.unwrap();
        report.area_reports[area as usize - 1].households
    };
    assert_eq!((households(0), households(2)), (700, 300), "{report:?}");
    assert_eq!(report.households, 2000);
    assert!(report.load > 2000);
    let seated: Vec<_> = report
        .keepers
        .iter()
        .map(|keeper| keeper.area.is_some())
        .collect();
    assert_eq!(seated, [true; 5]);
    assert!(
        report.keepers[..4]
            .iter()
            .all(|keeper| keeper.stays && keeper.distance_m == Some(0.0))
    );
    assert_eq!(
        short.len(),
        2,
        "the second zone has one keeper for two areas of two"
    );
    // One full-time keeper and an empty seat: somebody will come, the target stays.
    let mut instance = files.tables(&units, &edges).unwrap();
    let before = instance.load();
    balancing::reserve(&mut instance, &mut settings, &keepers[..1]);
    assert_eq!(instance.load(), before);
}

#[test]
fn wrong_keepers_and_zone_counts_are_named() {
    let files = Files::new();
    let (units, edges) = two_zones(100, 100);
    let instance = files.tables(&units, &edges).unwrap();
    let codes = |error: Error| {
        let Error::Invalid(problems) = error else {
            panic!("{error}")
        };
        problems
            .into_iter()
            .map(|problem| problem.code)
            .collect::<Vec<_>>()
    };
    let path = files.write(
        "k.csv",
        "id,x,y,capacity,current\na,0,0,2,A0\na,NaN,0,1,A9\n",
    );
    let refused = balancing::read_keepers(&path, &instance).unwrap_err();
    assert_eq!(
        codes(refused),
        [
            "capacity_invalid",
            "id_duplicate",
            "place_invalid",
            "area_unknown"
        ]
    );
    let path = files.write("z.csv", "zone,areas\nz9,1\nz0,0\nz1,11\n");
    let refused = balancing::read_zone_counts(&path, &instance).unwrap_err();
    assert_eq!(
        codes(refused),
        ["zone_unknown", "areas_invalid", "areas_invalid"]
    );
}

#[test]
fn the_number_of_areas_of_a_zone_is_as_chosen() {
    let files = Files::new();
    let (units, edges) = two_zones(100, 100);
    let instance = files.tables(&units, &edges).unwrap();
    let path = files.write("z.csv", "zone,areas\nz1,3\n");
    let settings = Settings {
        areas_of_zone: balancing::read_zone_counts(&path, &instance).unwrap(),
        ..settings(500)
    };
    let report = balancing::balance(&instance, &settings, 1, &Silent)
        .unwrap()
        .report;
    let areas: Vec<_> = report
        .zone_reports
        .iter()
        .map(|zone| (zone.zone.as_str(), zone.areas))
        .collect();
    assert_eq!(areas, [("z0", 2), ("z1", 3)]);
}

#[test]
fn a_zone_that_cannot_be_served_well_is_offered_a_neighbour() {
    let files = Files::new();
    let (units, edges) = two_zones(20, 80);
    let instance = files.tables(&units, &edges).unwrap();
    let proposals = balancing::balance(&instance, &settings(500), 1, &Silent)
        .unwrap()
        .report
        .merge_proposals;
    // 200 households make one area 60 % below the target; with the other 800 they make two of 500.
    assert_eq!(proposals[0].zone, "z0");
    assert_eq!(proposals[0].forced_percent, 60.0);
    assert_eq!(proposals[0].with.as_deref(), Some("z1"));
    assert_eq!(proposals[0].forced_merged_percent, Some(0.0));
    assert_eq!(
        (proposals[0].edges_between, proposals[0].areas_merged),
        (1, Some(2))
    );
    // Without an edge between them the nearest zone is named with its distance.
    let edges = edges.replace("z0u9,z1u9\n", "");
    let instance = files.tables(&units, &edges).unwrap();
    let proposals = balancing::balance(&instance, &settings(500), 1, &Silent)
        .unwrap()
        .report
        .merge_proposals;
    assert_eq!(
        (proposals[0].edges_between, proposals[0].distance_m),
        (0, Some(30.0))
    );
}

#[test]
fn a_visit_weight_raises_the_load_and_households_stay_households() {
    let files = Files::new();
    let units = "id,x,y,weight,load_weight\na,0,0,100,2\nb,20,0,100,\nc,40,0,100,1\n";
    let instance = files.tables(units, "a,b\na,b\nb,c\n").unwrap();
    let settings = Settings {
        areas: Some(2),
        ..settings(200)
    };
    let report = balancing::balance(&instance, &settings, 1, &Silent)
        .unwrap()
        .report;
    assert_eq!((report.households, report.load), (300, 400));
    let mut areas: Vec<_> = report
        .area_reports
        .iter()
        .map(|area| (area.households, area.load))
        .collect();
    areas.sort_unstable();
    assert_eq!(areas, [(100, 200), (200, 200)]);
    let bad = files.refused("id,x,y,weight,load_weight\na,0,0,1,-1\n", "a,b\n");
    assert_eq!(bad[0].0, "load_weight_invalid");
}

#[test]
fn locks_that_contradict_each_other_are_said_with_the_units() {
    let files = Files::new();
    let units = "id,x,y,weight,current,locked\na,0,0,50,北,1\nb,20,0,50,南,1\nc,40,0,50,北,1\nd,60,0,50,南,\n";
    let instance = files.tables(units, "a,b\na,b\nb,c\nc,d\n").unwrap();
    let answer = balancing::balance(&instance, &settings(100), 1, &Silent).unwrap();
    let found = &answer.report.infeasible;
    assert_eq!(
        (found.len(), found[0].unit.as_deref(), found[0].proved),
        (1, Some("c"), true)
    );
    assert!(
        found[0].zh.contains("北") && found[0].en.contains("unlock"),
        "{found:?}"
    );
    // The locks themselves are honoured.
    let area = &answer.outcome.area_of;
    assert!(area[0] == area[2] && area[0] != area[1]);
}

#[test]
fn the_smallest_and_oddest_instances_have_a_clear_answer() {
    let files = Files::new();
    let plan = |units: &str, edges: &str, target: u32| {
        let instance = files.tables(units, edges).unwrap();
        balancing::balance(&instance, &settings(target), 1, &Silent)
            .unwrap()
            .report
    };
    let one = plan("id,x,y,weight\na,0,0,37\n", "a,b\n", 500);
    assert_eq!(
        (one.areas, one.disconnected, one.worst_deviation_percent),
        (1, 0, 0.0)
    );
    let nobody = plan("id,x,y,weight\na,0,0,0\nb,1,0,0\n", "a,b\na,b\n", 500);
    assert_eq!((nobody.areas, nobody.households), (1, 0));
    // A zone of two units cannot have four areas, whatever the target says.
    let few = plan("id,x,y,weight\na,0,0,1000\nb,1,0,1000\n", "a,b\na,b\n", 500);
    assert_eq!((few.areas, few.disconnected), (2, 0));
    // A unit heavier than an area is one of its own, with more keepers.
    let heavy = plan("id,x,y,weight\na,0,0,1400\nb,1,0,500\n", "a,b\na,b\n", 500);
    let seats: Vec<_> = heavy
        .area_reports
        .iter()
        .map(|area| (area.households, area.seats))
        .collect();
    assert_eq!(seats, [(1400, 6), (500, 2)]);
    // Parts of a zone that no edge joins are divided apart.
    let torn = plan(
        "id,x,y,weight\na,0,0,500\nb,1,0,500\nc,9,0,500\n",
        "a,b\na,b\n",
        1000,
    );
    assert_eq!((torn.areas, torn.disconnected, torn.zones), (2, 0, 2));
}
