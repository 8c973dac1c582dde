//! Suspicions on synthetic layers around Hefei, each wrong in one known way.

use super::super::transform::from_wgs84;
use super::*;

/// A lattice of places, (lon, lat) degrees WGS 84.
fn places() -> Vec<[f64; 2]> {
    (0..60)
        .map(|i| {
            [
                117.2 + f64::from(i % 10) * 0.004,
                31.8 + f64::from(i / 10) * 0.003,
            ]
        })
        .collect()
}

fn gk(epsg: u16) -> Crs {
    Crs::from_epsg(u32::from(epsg)).unwrap()
}

fn given_in(crs: Crs) -> Vec<[f64; 2]> {
    let from = from_wgs84(crs);
    places()
        .into_iter()
        .map(|place| from.forward(place))
        .collect()
}

/// The same names, written in `truth`, with a metre or two of difference in drawing.
fn pairs_in(truth: Crs) -> Vec<NamedPair> {
    given_in(truth)
        .into_iter()
        .zip(places())
        .map(|(given, [lon, lat])| NamedPair {
            given,
            loaded: [lon + 1e-5, lat - 2e-5],
        })
        .collect()
}

fn swapped(coords: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    coords.into_iter().map(|[x, y]| [y, x]).collect()
}

#[test]
fn what_is_declared_rightly_raises_no_suspicion() {
    for crs in [
        Crs::Wgs84,
        Crs::Cgcs2000,
        Crs::Gcj02,
        Crs::Bd09,
        Crs::WebMercator,
        gk(4548),
    ]
    .into_iter()
    .chain([4498, 4509, 4527].map(gk))
    {
        assert_eq!(suspect_by_values(crs, &given_in(crs)), None, "{crs}");
        assert_eq!(suspect_by_names(crs, &pairs_in(crs)), None, "{crs}");
        assert_eq!(
            suspect_by_water(crs, &given_in(crs), |_| false),
            None,
            "{crs}"
        );
        let near = [117.0, 31.0, 118.0, 32.0];
        assert_eq!(
            suspect_by_distance(crs, &given_in(crs), near),
            None,
            "{crs}"
        );
    }
    assert_eq!(suspect_by_values(Crs::Wgs84, &[]), None);
    assert_eq!(suspect_by_names(Crs::Wgs84, &[]), None);
}

#[test]
fn metres_declared_as_degrees_and_the_reverse_are_noticed() {
    let code = |crs, given: &[[f64; 2]]| suspect_by_values(crs, given).map(|s| s.code());
    assert_eq!(
        code(Crs::Cgcs2000, &given_in(gk(4548))),
        Some("crs_not_degrees")
    );
    assert_eq!(
        code(Crs::Wgs84, &given_in(Crs::WebMercator)),
        Some("crs_not_degrees")
    );
    assert_eq!(code(gk(4548), &places()), Some("crs_looks_geographic"));
    assert_eq!(
        code(Crs::WebMercator, &places()),
        Some("crs_looks_geographic")
    );
    assert_eq!(
        code(gk(4548), &swapped(places())),
        Some("crs_looks_geographic")
    );
    assert_eq!(
        code(gk(4548), &given_in(Crs::WebMercator)),
        Some("crs_outside_china_mostly")
    );
}

#[test]
fn exchanged_axes_are_noticed_in_every_kind_of_system() {
    for crs in [
        Crs::Wgs84,
        Crs::Bd09,
        Crs::WebMercator,
        gk(4548),
        gk(4527),
        gk(4498),
    ] {
        let suspicion = suspect_by_values(crs, &swapped(given_in(crs))).unwrap();
        assert_eq!(suspicion.code(), "crs_axes_exchanged", "{crs}");
    }
}

#[test]
fn eastings_of_another_zone_name_the_code_that_fits() {
    let fits = |declared, truth| suspect_by_values(gk(declared), &given_in(gk(truth))).unwrap();
    assert_eq!(fits(4548, 4527).fits(), Some(gk(4527)));
    assert_eq!(fits(4527, 4548).fits(), Some(gk(4548)));
    assert_eq!(fits(4528, 4527).fits(), Some(gk(4527)));
    assert_eq!(fits(4527, 4498).fits(), Some(gk(4498)));
    assert_eq!(fits(4527, 4548).code(), "crs_other_zone");
}

#[test]
fn a_confusion_with_gcj02_or_bd09_is_named_from_matching_names() {
    for (declared, truth) in [
        (Crs::Wgs84, Crs::Gcj02),
        (Crs::Wgs84, Crs::Bd09),
        (Crs::Cgcs2000, Crs::Gcj02),
        (Crs::Gcj02, Crs::Wgs84),
        (Crs::Gcj02, Crs::Bd09),
        (Crs::Bd09, Crs::Wgs84),
        (Crs::Bd09, Crs::Gcj02),
    ] {
        let mut pairs = pairs_in(truth);
        // Namesakes elsewhere and one in ten that moved must not hide it.
        pairs.push(NamedPair {
            given: [121.4, 31.2],
            loaded: [117.2, 31.8],
        });
        pairs
            .iter_mut()
            .step_by(10)
            .for_each(|pair| pair.loaded[0] += 0.004);
        let suspicion = suspect_by_names(declared, &pairs).unwrap();
        assert_eq!(
            suspicion.fits(),
            Some(truth),
            "{declared} for {truth}: {suspicion:?}"
        );
        assert!(suspicion.zh().contains("偏移") && suspicion.en().contains("coincide"));
    }
    // Shifted degrees that were projected afterwards.
    let from = from_wgs84(gk(4548));
    let pairs: Vec<NamedPair> = pairs_in(Crs::Gcj02)
        .into_iter()
        .map(|pair| NamedPair {
            given: from.forward(pair.given),
            ..pair
        })
        .collect();
    assert_eq!(
        suspect_by_names(gk(4548), &pairs).unwrap().fits(),
        Some(Crs::Gcj02)
    );
}

#[test]
fn a_shift_of_no_known_kind_is_reported_without_a_name() {
    let pairs: Vec<NamedPair> = places()
        .into_iter()
        .map(|[lon, lat]| NamedPair {
            given: [lon - 0.003, lat + 0.004],
            loaded: [lon, lat],
        })
        .collect();
    let suspicion = suspect_by_names(Crs::Wgs84, &pairs).unwrap();
    assert_eq!(suspicion.fits(), None);
    assert_eq!(suspicion.code(), "crs_shifted");
    assert_eq!(
        suspect_by_names(Crs::Wgs84, &pairs[..2]),
        None,
        "two pairs prove nothing"
    );
}

#[test]
fn places_in_a_river_name_the_system_that_keeps_them_dry() {
    // A river 300 m wide, north to south, beside a column of compounds.
    let river = |[lon, _]: [f64; 2]| (117.2040..117.2072).contains(&lon);
    let column: Vec<[f64; 2]> = (0..40)
        .map(|i| [117.2010, 31.8 + f64::from(i) * 0.001])
        .collect();
    let from = from_wgs84(Crs::Gcj02);
    let given: Vec<[f64; 2]> = column.iter().map(|&place| from.forward(place)).collect();
    let suspicion = suspect_by_water(Crs::Wgs84, &given, river).unwrap();
    assert_eq!(suspicion.fits(), Some(Crs::Gcj02));
    assert_eq!(suspicion.code(), "crs_in_water");
    assert_eq!(suspect_by_water(Crs::Gcj02, &given, river), None);
    let lake = suspect_by_water(Crs::Wgs84, &column, |_| true).unwrap();
    assert_eq!(lake.fits(), None);
}

#[test]
fn data_of_another_city_are_noticed() {
    let loaded = [121.3, 31.0, 121.6, 31.4];
    let suspicion = suspect_by_distance(Crs::Wgs84, &places(), loaded).unwrap();
    assert_eq!(suspicion.code(), "crs_far_from_loaded");
    assert!(suspicion.en().contains("km"));
}
