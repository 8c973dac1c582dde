//! Files as they are found in the world, read by `formats`. Skipped with a reason when absent.

use std::path::PathBuf;
use std::time::Instant;

use gridkeeper::domain::{ImportKind, Problem};
use gridkeeper::formats::{Field, Opened, RawFeature, ReadOptions, Value, open, values};

/// A file of the shared test data, or `None` with a printed reason.
fn shared(path: &str) -> Option<PathBuf> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let named = std::env::var_os("GRIDKEEPER_SHARED").map(PathBuf::from);
    let nearby = here.ancestors().map(|folder| folder.join("shared"));
    let found = named
        .into_iter()
        .chain(nearby)
        .map(|root| root.join("data").join(path))
        .find(|path| path.exists());
    if found.is_none() {
        println!("skipped: ../shared/data/{path} is absent");
    }
    found
}

fn read(path: &str, kind: ImportKind) -> Option<(Opened, Vec<RawFeature>, Vec<Problem>)> {
    let path = shared(path)?;
    let begun = Instant::now();
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut opened = open(&path, &name, &ReadOptions::new(kind)).unwrap();
    let (mut features, mut problems) = (Vec::new(), Vec::new());
    for row in std::mem::replace(&mut opened.rows, Box::new(std::iter::empty())) {
        match row {
            Ok(feature) => features.push(feature),
            Err(problem) => problems.push(problem),
        }
    }
    println!(
        "{name}: {} rows, {} refused, {:?}",
        features.len(),
        problems.len(),
        begun.elapsed()
    );
    Some((opened, features, problems))
}

#[test]
fn all_valid_but_unusual_geojson_is_read() {
    let Some(folder) = shared("robustness/geojson_good") else {
        return;
    };
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let opened = open(&path, &name, &ReadOptions::new(ImportKind::Compounds)).unwrap();
        for row in opened.rows {
            row.unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        }
        read += 1;
    }
    assert_eq!(read, 18);
}

#[test]
fn a_gbk_shapefile_without_cpg_has_its_chinese_names() {
    let path = "robustness/shapefile_gbk_no_cpg/shanghai_区县界_area.shp";
    let Some((opened, features, problems)) = read(path, ImportKind::Regions) else {
        return;
    };
    assert_eq!(opened.encoding.as_deref(), Some("GB18030"));
    assert!(
        opened
            .declared_crs
            .as_deref()
            .is_some_and(|prj| prj.contains("GCS"))
    );
    assert!(problems.is_empty(), "{problems:?}");
    let texts: Vec<String> = features
        .iter()
        .flat_map(|f| &f.properties)
        .filter_map(|(_, value)| {
            if let Value::Text(text) = value {
                Some(text.clone())
            } else {
                None
            }
        })
        .collect();
    assert!(texts.iter().any(|text| text.contains("浦东")), "{texts:?}");
    assert!(texts.iter().all(|text| !text.contains('\u{fffd}')));
    assert!(features.iter().all(|f| f.geometry.is_some()));
}

#[test]
fn the_compounds_of_shanghai_are_all_read_with_their_households() {
    let Some((opened, features, problems)) = read(
        "compounds/shanghai_compounds_bd09.csv",
        ImportKind::Compounds,
    ) else {
        return;
    };
    assert_eq!((features.len(), problems.len()), (7_284, 0));
    assert_eq!(opened.rows_hint, Some(7_284));
    let column = opened.column_of(Field::Households).unwrap();
    let total: u64 = features
        .iter()
        .filter_map(|f| values::count(&f.get(column).unwrap().text()).value)
        .map(u64::from)
        .sum();
    assert_eq!(total, 2_811_666);
    assert!(features.iter().all(|f| f.geometry.is_some()));
    assert_eq!(opened.column_of(Field::Name), Some("name"));
    assert_eq!(
        opened.column_of(Field::BuildingCount),
        Some("building_count")
    );
}

#[test]
fn the_other_tables_and_layers_have_their_known_numbers_of_rows() {
    use ImportKind::{Barriers, Buildings, Compounds, Gates, Regions};
    for (path, kind, rows, refused) in [
        (
            "compounds/shanghai_named_compound_polygons_bd09.geojson",
            Compounds,
            1_542,
            0,
        ),
        (
            "buildings/nanjing_jianye_buildings.geojson",
            Buildings,
            5_284,
            0,
        ),
        (
            "buildings/shanghai_osm_buildings.geojson",
            Buildings,
            1_981,
            0,
        ),
        ("buildings/shanghai_osm_roads.geojson", Barriers, 1_778, 0),
        ("buildings/shanghai_osm_water.geojson", Barriers, 106, 0),
        ("buildings/shanghai_osm_landuse.geojson", Barriers, 327, 0),
        (
            "buildings/hefei_hfut_campus_buildings.geojson",
            Buildings,
            101,
            0,
        ),
        (
            "buildings/hefei_hfut_campus_roads.geojson",
            Barriers,
            231,
            1,
        ),
        ("buildings/hefei_hfut_campus_gates.geojson", Gates, 4, 0),
        ("codes/hefei_statistical_codes_2023.csv", Regions, 1_945, 0),
        ("codes/hefei_districts_amap_gcj02.geojson", Regions, 10, 0),
        ("issues/sf311.csv", Compounds, 10_000, 0),
        ("issues/pingshan_12345.csv", Compounds, 4_976, 0),
    ] {
        let Some((_, features, problems)) = read(path, kind) else {
            continue;
        };
        if path.contains("gates") {
            assert!(!features.is_empty() && problems.is_empty());
            continue;
        }
        assert_eq!(
            (features.len(), problems.len()),
            (rows, refused),
            "{path}: {:?}",
            problems.first()
        );
    }
}

#[test]
fn a_real_workbook_opens() {
    let Some((opened, features, problems)) =
        read("issues/petition_taxonomy_517.xlsx", ImportKind::Compounds)
    else {
        return;
    };
    assert_eq!(problems.len(), 0, "{problems:?}");
    assert!(
        features.len() >= 500,
        "{} rows, columns {:?}",
        features.len(),
        opened.columns
    );
}

#[test]
fn a_format_that_is_not_read_says_what_to_do() {
    let Some(path) = shared("robustness/topp_states.fgb") else {
        return;
    };
    let error = open(
        &path,
        "topp_states.fgb",
        &ReadOptions::new(ImportKind::Regions),
    )
    .unwrap_err();
    assert_eq!(error.code(), "format_unsupported");
    assert!(error.to_string().contains("FlatGeobuf"));
}
