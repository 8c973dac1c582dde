//! Coordinate systems against published references.
//!
//! The files in `../shared/data/crs` (or `$GRIDKEEPER_SHARED/data/crs`) are used when present;
//! the embedded vectors carry the same bars everywhere else.

use std::path::PathBuf;

use gridkeeper::crs::{
    Crs, GkZone, from_wgs84, gcj02_to_bd09, gcj02_to_wgs84, to_wgs84, wgs84_to_bd09, wgs84_to_gcj02,
};

/// Three (lon, lat) per Gauss-Krüger code, near the meridian, at the edge and beyond it,
/// with our easting and northing: for comparison with `ST_Transform`.
pub fn sample_points(epsg: u16) -> [([f64; 2], [f64; 2]); 3] {
    let zone = GkZone::from_epsg(epsg).expect("one of the 64 codes");
    let meridian = f64::from(zone.central_meridian_deg());
    let half = f64::from(zone.width_deg()) / 2.0;
    let from = from_wgs84(Crs::GaussKruger(zone));
    [
        [meridian + 0.012_345, 22.5],
        [meridian - half, 31.861_19],
        [meridian + half + 0.5, 53.4],
    ]
    .map(|lonlat| (lonlat, from.forward(lonlat)))
}

/// Rows of a reference file as header → text, or `None` with a printed reason.
fn reference(name: &str) -> Option<Vec<std::collections::HashMap<String, String>>> {
    let shared = std::env::var_os("GRIDKEEPER_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
        PathBuf::from,
    );
    let path = [
        shared.clone(),
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    ]
    .into_iter()
    .map(|root| root.join("data/crs").join(name))
    .find(|path| path.exists());
    let Some(path) = path else {
        println!(
            "skipped: {name} is not under {}",
            shared.join("data/crs").display()
        );
        return None;
    };
    let rows: Vec<_> = csv::Reader::from_path(path)
        .unwrap()
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(!rows.is_empty(), "{name} has rows");
    println!("{name}: {} rows", rows.len());
    Some(rows)
}

fn number(row: &std::collections::HashMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn distance_m(a: [f64; 2], b: [f64; 2]) -> f64 {
    let cos = a[1].to_radians().cos();
    f64::hypot((a[0] - b[0]) * 111_320.0 * cos, (a[1] - b[1]) * 111_000.0)
}

/// (WGS 84, GCJ-02) of the public formula, computed independently in another language.
const GCJ02: [([f64; 2], [f64; 2]); 6] = [
    (
        [121.527_210_6, 31.177_427_6],
        [121.531_541_859_215, 31.175_303_983_645_97],
    ),
    (
        [113.912_316, 22.543_847],
        [113.917_176_480_836_3, 22.540_796_131_694_766],
    ),
    (
        [116.377_817, 39.911_954],
        [116.384_047_224_556_57, 39.913_345_455_360_69],
    ),
    (
        [72.5, 35.25],
        [72.503_506_650_640_13, 35.248_783_031_253_55],
    ),
    (
        [137.8, 55.8],
        [137.809_181_548_397_05, 55.802_589_768_189_61],
    ),
    (
        [104.999, 0.83],
        [105.001_077_208_020_26, 0.830_814_267_281_854],
    ),
];
/// (GCJ-02, BD-09) of the public formula, computed independently in another language.
const BD09: [([f64; 2], [f64; 2]); 3] = [
    (
        [121.531_541_859_215, 31.175_303_983_645_97],
        [121.538_015_686_438_58, 31.181_328_606_874_466],
    ),
    (
        [113.917_176_480_836_3, 22.540_796_131_694_766],
        [113.923_684_729_267_34, 22.546_667_437_751_108],
    ),
    (
        [116.384_047_224_556_57, 39.913_345_455_360_69],
        [116.390_454_713_108_28, 39.919_575_550_965_874],
    ),
];
/// All 64 codes at the places of `sample_points`, computed by PROJ 9.1 from the EPSG register.
const GAUSS_KRUGER: &str = include_str!("crs_gauss_kruger_proj.csv");

#[test]
fn gcj02_follows_the_embedded_vectors_within_1e_9_degrees() {
    for (wgs, expected) in GCJ02 {
        let gcj = wgs84_to_gcj02(wgs);
        for axis in 0..2 {
            assert!(
                (gcj[axis] - expected[axis]).abs() <= 1e-9,
                "{wgs:?}: {gcj:?}"
            );
        }
    }
}

#[test]
fn bd09_follows_the_embedded_vectors_within_1e_9_degrees() {
    for (gcj, expected) in BD09 {
        let bd = gcj02_to_bd09(gcj);
        for axis in 0..2 {
            assert!((bd[axis] - expected[axis]).abs() <= 1e-9, "{gcj:?}: {bd:?}");
        }
    }
}

#[test]
fn gauss_kruger_follows_the_embedded_vectors_within_a_millimetre() {
    let rows: Vec<(u16, f64, f64, f64, f64)> = csv::Reader::from_reader(GAUSS_KRUGER.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(rows.len(), 64 * 3);
    for (index, (epsg, lon, lat, easting, northing)) in rows.into_iter().enumerate() {
        let (lonlat, expected) = ([lon, lat], [easting, northing]);
        let (sample, at) = sample_points(epsg)[index % 3];
        assert_eq!(
            sample, lonlat,
            "the file and the helper use the same places"
        );
        let error_m = f64::hypot(at[0] - expected[0], at[1] - expected[1]);
        assert!(
            error_m <= 1e-3,
            "EPSG:{epsg} {lonlat:?}: {at:?} is {error_m} m off"
        );
        let back = to_wgs84(Crs::from_epsg(epsg.into()).unwrap()).forward(expected);
        assert!(
            distance_m([back.lon, back.lat], lonlat) <= 1e-3,
            "EPSG:{epsg}: {back:?}"
        );
    }
}

#[test]
fn gcj02_follows_the_published_vectors_within_1e_9_degrees() {
    for row in reference("eviltransform_vectors.csv").into_iter().flatten() {
        let gcj = wgs84_to_gcj02([number(&row, "wgs84_lng"), number(&row, "wgs84_lat")]);
        assert!(
            (gcj[0] - number(&row, "gcj02_lng")).abs() <= 1e-9,
            "{row:?}: {gcj:?}"
        );
        assert!(
            (gcj[1] - number(&row, "gcj02_lat")).abs() <= 1e-9,
            "{row:?}: {gcj:?}"
        );
    }
}

#[test]
fn gcj02_and_bd09_are_within_80_cm_of_the_services() {
    let mut worst_m = 0.0f64;
    for row in reference("cities_wgs84_gcj02_bd09.csv")
        .into_iter()
        .flatten()
    {
        let wgs = [number(&row, "wgs84_lng"), number(&row, "wgs84_lat")];
        let gcj = [number(&row, "gcj02_lng"), number(&row, "gcj02_lat")];
        let bd = [number(&row, "bd09_lng"), number(&row, "bd09_lat")];
        for off_m in [
            distance_m(wgs84_to_gcj02(wgs), gcj),
            distance_m(wgs84_to_bd09(wgs), bd),
            {
                let back = to_wgs84(Crs::Gcj02).forward(gcj);
                distance_m([back.lon, back.lat], wgs)
            },
            {
                let back = to_wgs84(Crs::Bd09).forward(bd);
                distance_m([back.lon, back.lat], wgs)
            },
        ] {
            assert!(off_m <= 0.8, "{row:?}: {off_m} m");
            worst_m = worst_m.max(off_m);
        }
        assert!(matches!(
            gcj02_to_wgs84(gcj),
            gridkeeper::crs::Inverse::Found(_)
        ));
    }
    println!("worst distance from the services: {worst_m:.3} m");
}

#[test]
fn gauss_kruger_is_within_a_millimetre_of_proj() {
    let mut worst_m = 0.0f64;
    for row in reference("cgcs2000_gauss_kruger.csv").into_iter().flatten() {
        let crs = Crs::from_epsg(row["epsg"].parse().unwrap()).unwrap();
        let at = from_wgs84(crs).forward([number(&row, "lng_4490"), number(&row, "lat_4490")]);
        let expected = [number(&row, "easting_m"), number(&row, "northing_m")];
        let error_m = f64::hypot(at[0] - expected[0], at[1] - expected[1]);
        assert!(error_m <= 1e-3, "{row:?}: {at:?}");
        worst_m = worst_m.max(error_m);
    }
    println!("worst distance from PROJ: {:.4} mm", worst_m * 1000.0);
}

#[test]
fn the_samples_of_all_64_codes_come_back_within_a_millimetre() {
    for zone in GkZone::all() {
        let to = to_wgs84(Crs::GaussKruger(zone));
        for (lonlat, at) in sample_points(zone.epsg()) {
            let back = to.forward(at);
            assert!(
                distance_m([back.lon, back.lat], lonlat) <= 1e-3,
                "{zone:?} {lonlat:?}"
            );
            let prefix = (at[0] / 1e6).floor() as u8;
            assert_eq!(zone.zone_prefix().unwrap_or(0), prefix, "{zone:?} {at:?}");
        }
    }
}
