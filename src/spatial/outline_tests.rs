//! Outlines tile their zone: on random grounds, with rivers and roads, and on real footprints.

use geo::{Area, BooleanOps, Contains, LineString, Polygon, Validation};
use proptest::prelude::*;

use super::*;
use crate::spatial::barriers::BarrierClass;

fn frame() -> LocalFrame {
    LocalFrame::around([118.74, 32.02])
}

fn ring(x: f64, y: f64, w: f64, h: f64) -> Polygon<f64> {
    let corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
    Polygon::new(
        LineString::from(corners.map(|c| frame().from_m(c)).to_vec()),
        vec![],
    )
}

fn house(x: f64, y: f64) -> Place {
    Place {
        footprint: Some(MultiPolygon(vec![ring(x, y, 12.0, 20.0)])),
        point: frame().from_m([x + 6.0, y + 10.0]),
        ..Place::default()
    }
}

fn river(x: f64, y: f64, w: f64, h: f64) -> Barrier {
    Barrier {
        class: BarrierClass::River,
        geometry: ring(x, y, w, h).into(),
    }
}

fn road(points: &[[f64; 2]]) -> Barrier {
    let line: Vec<[f64; 2]> = points.iter().map(|&p| frame().from_m(p)).collect();
    Barrier {
        class: BarrierClass::MajorRoad,
        geometry: LineString::from(line).into(),
    }
}

fn in_metres(polygons: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    polygons.map_coords(|c| frame().to_m([c.x, c.y]).into())
}

fn metres2(polygons: &MultiPolygon<f64>) -> f64 {
    in_metres(polygons).unsigned_area()
}

/// Outlines in metres, after checking that they are valid and tile `ground` (degrees).
fn assert_tiles(outlines: &[MultiPolygon<f64>], ground: Option<&MultiPolygon<f64>>) {
    let outlines: Vec<MultiPolygon<f64>> = outlines.iter().map(in_metres).collect();
    for outline in &outlines {
        assert!(outline.is_valid(), "{:?}", outline.check_validation());
    }
    let sum: f64 = outlines.iter().map(Area::unsigned_area).sum();
    let all: Vec<&MultiPolygon<f64>> = outlines.iter().filter(|o| !o.0.is_empty()).collect();
    let union = unary_union(all.iter().copied());
    let close = |a: f64, b: f64, what: &str| {
        assert!((a - b).abs() <= 1e-6 * a.max(b), "{what}: {a} {b}");
    };
    close(union.unsigned_area(), sum, "areas overlap");
    for (i, a) in all.iter().enumerate() {
        for b in &all[i + 1..] {
            let common = a.intersection(*b).unsigned_area();
            assert!(common <= 1e-6 * sum, "two areas share {common} m2");
        }
    }
    if let Some(ground) = ground.map(in_metres) {
        close(sum, ground.unsigned_area(), "areas and ground differ");
        let outside = union.difference(&ground).unsigned_area();
        assert!(outside <= 1e-6 * sum, "{outside} m2 outside of the ground");
    }
}

fn dry(ground: &MultiPolygon<f64>, barriers: &[Barrier]) -> MultiPolygon<f64> {
    barriers
        .iter()
        .fold(ground.clone(), |ground, barrier| match &barrier.geometry {
            Geometry::Polygon(water) => ground.difference(water),
            _ => ground,
        })
}

fn outlines_in(
    places: &[Place],
    area_of: &[u32],
    count: usize,
    ground: &MultiPolygon<f64>,
    barriers: &[Barrier],
) -> Vec<MultiPolygon<f64>> {
    let communities = BTreeMap::from([(0, ground.clone())]);
    area_outlines(
        places,
        area_of,
        count,
        &ZoneClip {
            communities: &communities,
            barriers,
        },
    )
}

#[test]
fn two_areas_share_the_middle_line() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 200.0, 100.0)]);
    let places = [house(40.0, 40.0), house(148.0, 40.0)];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &[]);
    assert_tiles(&found, Some(&ground));
    for outline in &found {
        assert!(
            (metres2(outline) - 10_000.0).abs() < 50.0,
            "{}",
            metres2(outline)
        );
    }
    assert_eq!(found[0].0.len(), 1);
    assert!(
        found[0].0[0].exterior().0.len() < 10,
        "no needless vertices"
    );
}

#[test]
fn a_river_is_left_out_and_each_bank_keeps_its_areas() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 300.0, 100.0)]);
    let barriers = [river(200.0, -10.0, 20.0, 150.0)];
    // The left unit is nearer to much of the right bank than to its own border.
    let places = [house(180.0, 40.0), house(285.0, 40.0)];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &barriers);
    assert_tiles(&found, Some(&dry(&ground, &barriers)));
    assert!((metres2(&found[0]) - 20_000.0).abs() < 1.0);
    assert!((metres2(&found[1]) - 8_000.0).abs() < 1.0);
}

#[test]
fn an_area_ends_at_the_road_and_not_in_the_middle() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 300.0, 100.0)]);
    let places = [house(20.0, 40.0), house(200.0, 40.0)];
    let barriers = [road(&[[180.0, -20.0], [180.0, 120.0]])];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &barriers);
    assert_tiles(&found, Some(&ground));
    assert!((metres2(&found[0]) - 18_000.0).abs() < 1.0);
    // A road that ends does not separate.
    let barriers = [road(&[[180.0, 50.0], [180.0, 120.0]])];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &barriers);
    assert_tiles(&found, Some(&ground));
    assert!(metres2(&found[0]) < 13_000.0);
}

#[test]
fn ground_without_units_goes_to_the_nearest_area() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 300.0, 100.0)]);
    let barriers = [road(&[[180.0, -20.0], [180.0, 120.0]])];
    let places = [house(20.0, 40.0), house(120.0, 40.0)];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &barriers);
    assert_tiles(&found, Some(&ground));
    let far = geo::Point::from(frame().from_m([250.0, 50.0]));
    assert!(found[1].contains(&far));
}

#[test]
fn houses_that_touch_keep_their_common_wall() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 120.0, 100.0)]);
    let places: Vec<Place> = (0..8)
        .map(|i| house(12.0 + 12.0 * f64::from(i), 40.0))
        .collect();
    let area_of = [0, 0, 0, 1, 1, 1, 1, 1];
    let found = outlines_in(&places, &area_of, 2, &ground, &[]);
    assert_tiles(&found, Some(&ground));
    for (place, &area) in places.iter().zip(&area_of) {
        let footprint = in_metres(place.footprint.as_ref().unwrap());
        let own = footprint
            .intersection(&in_metres(&found[area as usize]))
            .unsigned_area();
        assert!(own > 0.9 * footprint.unsigned_area(), "{own}");
    }
}

#[test]
fn without_a_polygon_the_clip_is_60_m_round_the_units() {
    let communities = BTreeMap::new();
    let clip = ZoneClip {
        communities: &communities,
        barriers: &[],
    };
    let mut point = house(0.0, 0.0);
    point.footprint = None;
    let places = [point, house(400.0, 0.0), house(440.0, 0.0)];
    let found = area_outlines(&places, &[0, 1, 2], 4, &clip);
    assert_tiles(&found, None);
    let circle = std::f64::consts::PI * 3600.0;
    assert!(
        (metres2(&found[0]) / circle - 1.0).abs() < 0.02,
        "{}",
        metres2(&found[0])
    );
    let both = metres2(&found[1]) + metres2(&found[2]);
    let expected = circle + 52.0 * 20.0 + 2.0 * 60.0 * (52.0 + 20.0);
    assert!((both / expected - 1.0).abs() < 0.02, "{both} {expected}");
    assert!(found[3].0.is_empty(), "an area without places");
}

#[test]
fn odd_input_is_no_trouble() {
    let communities = BTreeMap::from([(0, MultiPolygon(vec![]))]);
    let clip = ZoneClip {
        communities: &communities,
        barriers: &[],
    };
    assert!(area_outlines(&[], &[], 0, &clip).is_empty());
    let nowhere = Place {
        point: [f64::NAN, 3.0],
        ..Place::default()
    };
    let found = area_outlines(&[nowhere, house(0.0, 0.0)], &[0, 9], 1, &clip);
    assert!(found[0].0.is_empty());
}

#[test]
fn an_area_outside_its_community_still_has_an_outline() {
    let ground = MultiPolygon(vec![ring(0.0, 0.0, 200.0, 100.0)]);
    let places = [house(40.0, 40.0), house(230.0, 40.0)];
    let found = outlines_in(&places, &[0, 1], 2, &ground, &[]);
    assert_tiles(&found, Some(&ground));
    assert!(metres2(&found[1]) > 100.0);
}

type Case = (Vec<Place>, Vec<u32>, MultiPolygon<f64>, Vec<Barrier>);

fn random_ground() -> impl Strategy<Value = Case> {
    let units = proptest::collection::vec(
        (
            0.0..600.0_f64,
            0.0..500.0_f64,
            0_u32..6,
            proptest::bool::ANY,
        ),
        1..60,
    );
    let barriers = proptest::collection::vec(
        (
            -50.0..650.0_f64,
            -50.0..550.0_f64,
            5.0..500.0_f64,
            5.0..120.0_f64,
            0_u8..3,
        ),
        0..5,
    );
    let corners = proptest::collection::vec(0.6..1.2_f64, 5..12);
    (units, barriers, corners).prop_map(|(units, barriers, corners)| {
        let places = units
            .iter()
            .map(|&(x, y, _, bare)| {
                let place = house(x, y);
                Place {
                    footprint: place.footprint.clone().filter(|_| !bare),
                    ..place
                }
            })
            .collect();
        let area_of = units.iter().map(|unit| unit.2).collect();
        let count = corners.len() as f64;
        let mut star: Vec<[f64; 2]> = corners
            .iter()
            .enumerate()
            .map(|(i, reach)| {
                let (sin, cos) = (i as f64 / count * std::f64::consts::TAU).sin_cos();
                frame().from_m([300.0 + 400.0 * reach * cos, 250.0 + 350.0 * reach * sin])
            })
            .collect();
        star.push(star[0]);
        let ground = MultiPolygon(vec![Polygon::new(star.into(), vec![])]);
        let barriers = barriers
            .into_iter()
            .map(|(x, y, w, h, kind)| match kind {
                0 => river(x, y, w, h),
                1 => river(x, y, h, w),
                _ => road(&[[x, y - h], [x + h, y], [x - w, y + w]]),
            })
            .collect();
        (places, area_of, ground, barriers)
    })
}

proptest! {
    #[test]
    fn areas_tile_the_dry_ground_of_their_community(
        (places, area_of, ground, barriers) in random_ground()
    ) {
        let found = outlines_in(&places, &area_of, 6, &ground, &barriers);
        let dry = dry(&ground, &barriers);
        if metres2(&dry) > 10.0 {
            assert_tiles(&found, Some(&dry));
        }
    }

    #[test]
    fn areas_tile_the_surroundings_of_their_units(
        (places, area_of, _, barriers) in random_ground()
    ) {
        let communities = BTreeMap::new();
        let clip = ZoneClip { communities: &communities, barriers: &barriers };
        assert_tiles(&area_outlines(&places, &area_of, 6, &clip), None);
    }

    #[test]
    fn outlines_are_the_same_on_one_thread((places, area_of, ground, barriers) in random_ground()) {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let found = outlines_in(&places, &area_of, 6, &ground, &barriers);
        let again = one.install(|| outlines_in(&places, &area_of, 6, &ground, &barriers));
        prop_assert_eq!(found, again);
    }
}

#[test]
fn real_footprints_of_nanjing_are_tiled() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = "data/buildings/nanjing_jianye_buildings.geojson";
    let shared = std::env::var_os("GRIDKEEPER_SHARED").map(std::path::PathBuf::from);
    let Some(found) = shared
        .into_iter()
        .chain([here.join("../shared"), here.join("../../shared")])
        .map(|root| root.join(file))
        .find(|path| path.exists())
    else {
        eprintln!("skipped: ../shared/{file} is not there");
        return;
    };
    let file: geojson::FeatureCollection = std::fs::read_to_string(found).unwrap().parse().unwrap();
    let places: Vec<Place> = file
        .features
        .into_iter()
        .filter_map(|feature| feature.geometry)
        .filter_map(|geometry| Polygon::<f64>::try_from(geometry).ok())
        .map(|polygon| Place {
            point: polygon.exterior().0[0].into(),
            footprint: Some(MultiPolygon(vec![polygon])),
            ..Place::default()
        })
        .collect();
    // Squares of about 250 m stand for areas.
    let cell = |p: [f64; 2]| {
        [
            (p[0] / 0.0026).floor() as i32,
            (p[1] / 0.0022).floor() as i32,
        ]
    };
    let mut numbers: BTreeMap<[i32; 2], u32> = BTreeMap::new();
    let area_of: Vec<u32> = places
        .iter()
        .map(|place| {
            let next = numbers.len() as u32;
            *numbers.entry(cell(place.point)).or_insert(next)
        })
        .collect();
    let communities = BTreeMap::new();
    let clip = ZoneClip {
        communities: &communities,
        barriers: &[],
    };
    let start = std::time::Instant::now();
    let outlines = area_outlines(&places, &area_of, numbers.len(), &clip);
    let vertices: usize = outlines
        .iter()
        .flatten()
        .map(|polygon| polygon.exterior().0.len())
        .sum();
    eprintln!(
        "nanjing: {} areas of {} buildings in {:?}, {vertices} vertices",
        outlines.len(),
        places.len(),
        start.elapsed()
    );
    let outlines: Vec<MultiPolygon<f64>> = outlines.iter().map(in_metres).collect();
    assert!(
        outlines
            .iter()
            .all(|outline| !outline.0.is_empty() && outline.is_valid())
    );
    let sum: f64 = outlines.iter().map(Area::unsigned_area).sum();
    let union = unary_union(&outlines).unsigned_area();
    assert!((sum - union).abs() <= 1e-6 * sum, "{sum} {union}");
}
