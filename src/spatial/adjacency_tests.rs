//! The walkable graph on small grounds, random grounds and real ones.

use geo::{Intersects, Line, LineString, LinesIter, Polygon, line_string};
use proptest::prelude::*;

use super::*;
use crate::spatial::barrier_index::BarrierIndex;
use crate::spatial::barriers::{BarrierClass, Classified, classify, extent_of};
use crate::spatial::measure::LocalFrame;

const ORIGIN: [f64; 2] = [118.74, 32.02];

fn plane() -> LocalFrame {
    LocalFrame::around(ORIGIN)
}

fn degrees(x: f64, y: f64) -> [f64; 2] {
    plane().from_m([x, y])
}

fn ring(x: f64, y: f64, w: f64, h: f64) -> Polygon<f64> {
    let corners = [[x, y], [x + w, y], [x + w, y + h], [x, y + h], [x, y]];
    Polygon::new(
        LineString::from(corners.map(|c| plane().from_m(c)).to_vec()),
        vec![],
    )
}

/// A building with its south-west corner at (x, y) metres.
fn house(compound: u32, x: f64, y: f64) -> Place {
    Place {
        footprint: Some(MultiPolygon(vec![ring(x, y, 12.0, 12.0)])),
        point: degrees(x + 6.0, y + 6.0),
        compound: Some(compound),
        ..Place::default()
    }
}

fn dot(x: f64, y: f64) -> Place {
    Place {
        point: degrees(x, y),
        ..Place::default()
    }
}

fn wall(points: &[[f64; 2]]) -> Barrier {
    let line: LineString<f64> = points
        .iter()
        .map(|&p| plane().from_m(p))
        .collect::<Vec<_>>()
        .into();
    Barrier {
        class: BarrierClass::Rail,
        geometry: line.into(),
    }
}

fn water(x: f64, y: f64, w: f64, h: f64) -> Barrier {
    Barrier {
        class: BarrierClass::River,
        geometry: ring(x, y, w, h).into(),
    }
}

fn graph(places: &[Place], barriers: &[Barrier]) -> Walkable {
    walkable(places, &[], barriers, &Rules::default())
}

fn reasons(walk: &Walkable) -> Vec<(u32, u32, EdgeReason)> {
    walk.edges.iter().map(|e| (e.a, e.b, e.reason)).collect()
}

/// Every pair of an edge and a barrier segment, without any index.
fn crossings(walk: &Walkable, barriers: &[Barrier]) -> usize {
    let segments: Vec<Line<f64>> = barriers
        .iter()
        .flat_map(|barrier| match &barrier.geometry {
            geo::Geometry::Polygon(polygon) => polygon.lines_iter().collect::<Vec<_>>(),
            geo::Geometry::MultiPolygon(polygons) => polygons.lines_iter().collect(),
            geo::Geometry::LineString(line) => line.lines().collect(),
            geo::Geometry::MultiLineString(lines) => lines.lines_iter().collect(),
            other => panic!("a barrier of another kind: {other:?}"),
        })
        .collect();
    walk.edges
        .iter()
        .filter(|edge| {
            let line = Line::new(
                geo::Coord::from(walk.stands[edge.a as usize]),
                geo::Coord::from(walk.stands[edge.b as usize]),
            );
            segments.iter().any(|segment| segment.intersects(&line))
        })
        .count()
}

/// Zones are connected by their edges and by nothing less, and no edge leaves one.
fn assert_zones_are_connected(walk: &Walkable) {
    let mut root: Vec<usize> = (0..walk.zone_of.len()).collect();
    fn find(root: &[usize], mut i: usize) -> usize {
        while root[i] != i {
            i = root[i];
        }
        i
    }
    for edge in &walk.edges {
        assert!(edge.a < edge.b);
        assert_eq!(walk.zone_of[edge.a as usize], walk.zone_of[edge.b as usize]);
        let (a, b) = (find(&root, edge.a as usize), find(&root, edge.b as usize));
        root[a.max(b)] = a.min(b);
    }
    let mut seen = 0;
    for zone in &walk.zones {
        let first = find(&root, zone.units[0] as usize);
        assert!(
            zone.units
                .iter()
                .all(|&unit| find(&root, unit as usize) == first)
        );
        seen += zone.units.len();
    }
    assert_eq!(seen, walk.zone_of.len());
}

#[test]
fn buildings_of_a_compound_are_gabriel_neighbours_up_to_120_m() {
    let places = [
        house(1, 0.0, 0.0),
        house(1, 50.0, 0.0),
        house(1, 100.0, 0.0),
        house(1, 230.0, 0.0),
    ];
    let walk = graph(&places, &[]);
    assert_eq!(
        reasons(&walk),
        [
            (0, 1, EdgeReason::InsideCompound),
            (1, 2, EdgeReason::InsideCompound),
            (2, 3, EdgeReason::Attachment),
        ]
    );
    assert!((walk.edges[0].length_m - 50.0).abs() < 0.01);
    assert!((walk.edges[0].border_m - 12.0).abs() < 0.01);
}

#[test]
fn facing_houses_of_two_compounds_are_neighbours_up_to_40_m() {
    let walk = graph(&[house(1, 0.0, 0.0), house(2, 50.0, 0.0)], &[]);
    assert_eq!(reasons(&walk), [(0, 1, EdgeReason::Facing)]);
    let walk = graph(&[house(1, 0.0, 0.0), house(2, 54.0, 0.0)], &[]);
    assert_eq!(reasons(&walk), [(0, 1, EdgeReason::Attachment)]);
}

#[test]
fn a_third_building_blocks_the_line() {
    let places = [house(1, 0.0, 0.0), house(2, 50.0, 0.0), house(3, 25.0, 0.0)];
    let walk = graph(&places, &[]);
    assert_eq!(
        reasons(&walk),
        [(0, 2, EdgeReason::Facing), (1, 2, EdgeReason::Facing)]
    );
}

#[test]
fn touching_houses_are_neighbours() {
    let walk = graph(&[house(1, 0.0, 0.0), house(2, 12.0, 0.0)], &[]);
    assert_eq!(reasons(&walk), [(0, 1, EdgeReason::Touching)]);
}

#[test]
fn a_river_between_two_compounds_cuts_them_into_two_zones() {
    let places = [
        house(1, 0.0, 0.0),
        house(1, 0.0, 40.0),
        house(2, 40.0, 0.0),
        house(2, 40.0, 40.0),
    ];
    let river = [water(20.0, -500.0, 15.0, 1000.0)];
    assert_eq!(graph(&places, &[]).zones.len(), 1);
    let walk = graph(&places, &river);
    assert_eq!(walk.zones.len(), 2);
    assert_eq!(walk.zone_of, [0, 0, 1, 1]);
    assert_eq!(walk.edges.len(), 2);
    assert!(walk.isolated.is_empty(), "two sides are no isolated units");
}

#[test]
fn gates_beat_facing_sides() {
    let places = [
        house(1, 0.0, 0.0),
        house(1, 0.0, 60.0),
        house(2, 40.0, 0.0),
        house(2, 40.0, 60.0),
    ];
    let gate = |compound, x, y| Gate {
        compound,
        point: degrees(x, y),
    };
    let rules = Rules::default();
    let between = |walk: &Walkable| -> Vec<(u32, u32, EdgeReason)> {
        reasons(walk)
            .into_iter()
            .filter(|e| e.2 != EdgeReason::InsideCompound)
            .collect()
    };
    let walk = walkable(&places, &[], &[], &rules);
    assert_eq!(
        between(&walk),
        [(0, 2, EdgeReason::Facing), (1, 3, EdgeReason::Facing)]
    );
    let gates = [gate(1, 15.0, 70.0), gate(2, 36.0, 70.0)];
    let walk = walkable(&places, &gates, &[], &rules);
    assert_eq!(between(&walk), [(1, 3, EdgeReason::GateToGate)]);
    let length = walk
        .edges
        .iter()
        .find(|e| e.reason == EdgeReason::GateToGate)
        .unwrap()
        .length_m;
    assert!(
        length > 40.0 && length < 45.0,
        "through the gates: {length}"
    );
    // One side's gates alone do not help.
    let walk = walkable(&places, &gates[..1], &[], &rules);
    assert_eq!(between(&walk).len(), 2);
    // Gates at the far ends, with the buildings between them, join nothing directly.
    let gates = [gate(1, -10.0, 6.0), gate(2, 62.0, 6.0)];
    let walk = walkable(&places, &gates, &[], &rules);
    assert_eq!(
        between(&walk).first().map(|e| e.2),
        Some(EdgeReason::Attachment)
    );
}

#[test]
fn villages_reach_60_m_and_points_are_taken_by_distance() {
    let village = |x| Place {
        village: true,
        compound: None,
        ..house(0, x, 0.0)
    };
    let walk = graph(&[village(0.0), village(70.0)], &[]);
    assert_eq!(reasons(&walk), [(0, 1, EdgeReason::Village)]);
    let known = |compound, x| Place {
        compound: Some(compound),
        ..dot(x, 0.0)
    };
    let walk = graph(&[known(1, 0.0), known(2, 59.0), known(3, 120.0)], &[]);
    assert_eq!(
        reasons(&walk),
        [(0, 1, EdgeReason::Nearby), (1, 2, EdgeReason::Attachment)]
    );
}

#[test]
fn buildings_of_unknown_compound_are_taken_as_if_they_stood_in_one() {
    let unknown = |x| Place {
        compound: None,
        ..house(0, x, 0.0)
    };
    let walk = graph(&[unknown(0.0), unknown(130.0), unknown(265.0)], &[]);
    assert_eq!(
        reasons(&walk),
        [(0, 1, EdgeReason::Nearby), (1, 2, EdgeReason::Attachment)]
    );
}

#[test]
fn compounds_that_are_units_are_gabriel_neighbours() {
    let compound = |number, x, y| Place {
        whole_compound: true,
        compound: Some(number),
        ..dot(x, y)
    };
    let places = [
        compound(1, 0.0, 0.0),
        compound(2, 400.0, 0.0),
        compound(3, 200.0, 50.0),
    ];
    let walk = graph(&places, &[]);
    let kind = EdgeReason::CompoundNeighbours;
    assert_eq!(reasons(&walk), [(0, 2, kind), (1, 2, kind)]);
}

#[test]
fn a_far_building_is_attached_and_reported() {
    let places = [
        house(1, 0.0, 0.0),
        house(1, 30.0, 0.0),
        house(2, 900.0, 0.0),
    ];
    let walk = graph(&places, &[]);
    assert_eq!(walk.zones.len(), 1);
    let [found] = walk.isolated[..] else {
        panic!("{:?}", walk.isolated)
    };
    assert_eq!(
        (found.unit, found.attached_to, found.units),
        (2, Some(1), 1)
    );
    assert_eq!(found.cause, IsolationCause::Far);
    assert!((found.distance_m.unwrap() - 870.0).abs() < 0.1);
    assert_eq!(walk.stats.lone_units, 1);
    assert_eq!(walk.stats.attached_units, 1);
}

#[test]
fn an_attachment_goes_round_a_barrier_to_another_unit() {
    // The nearest unit (1) is behind a wall; a farther one (0) is in sight.
    let places = [
        house(1, 0.0, 0.0),
        house(1, 100.0, 0.0),
        house(2, 100.0, 200.0),
    ];
    let walls = [wall(&[[60.0, 100.0], [400.0, 100.0]])];
    let walk = graph(&places, &walls);
    assert_eq!(walk.zones.len(), 1);
    assert_eq!(walk.isolated[0].attached_to, Some(0));
    assert_eq!(crossings(&walk, &walls), 0);
}

#[test]
fn what_sees_nobody_is_a_zone_of_its_own() {
    let places = [
        house(1, 0.0, 0.0),
        house(1, 30.0, 0.0),
        house(2, 900.0, 0.0),
    ];
    let ring = [
        [850.0, -50.0],
        [950.0, -50.0],
        [950.0, 50.0],
        [850.0, 50.0],
        [850.0, -50.0],
    ];
    let walk = graph(&places, &[wall(&ring)]);
    assert_eq!(walk.zones.len(), 2);
    let [found] = walk.isolated[..] else {
        panic!("{:?}", walk.isolated)
    };
    assert_eq!((found.unit, found.attached_to), (2, None));
    assert_eq!(found.cause, IsolationCause::BehindBarrier);
}

#[test]
fn a_building_in_the_water_is_reported_and_one_at_its_edge_is_not() {
    let places = [house(1, 0.0, 0.0), house(1, 40.0, 0.0), house(1, 80.0, 0.0)];
    let lakes = [
        water(30.0, -20.0, 35.0, 60.0),
        water(84.0, -20.0, 50.0, 60.0),
    ];
    let walk = graph(&places, &lakes);
    assert_eq!(walk.stats.in_barrier, 1);
    let wet = walk
        .isolated
        .iter()
        .find(|i| i.cause == IsolationCause::InBarrier)
        .unwrap();
    assert_eq!(wet.unit, 1);
    assert!(walk.edges.iter().all(|e| e.a != 1 && e.b != 1));
    assert!(
        BarrierIndex::new(&lakes)
            .surface_at(walk.stands[2])
            .is_none(),
        "stands on dry land"
    );
    assert_eq!(crossings(&walk, &lakes), 0);
}

#[test]
fn no_edge_leaves_a_community_and_none_a_grid_when_asked() {
    let mut places = vec![house(1, 0.0, 0.0), house(1, 30.0, 0.0), house(1, 60.0, 0.0)];
    places[2].community = 9;
    let walk = graph(&places, &[]);
    assert_eq!(reasons(&walk), [(0, 1, EdgeReason::InsideCompound)]);
    assert_eq!(
        walk.zones.iter().map(|z| z.community).collect::<Vec<_>>(),
        [0, 9]
    );
    places[1].grid = Some(4);
    assert_eq!(graph(&places, &[]).zones.len(), 2);
    let rules = Rules {
        keep_in_grids: true,
        ..Rules::default()
    };
    let walk = walkable(&places, &[], &[], &rules);
    assert_eq!(walk.zones.len(), 3);
    assert_eq!(walk.zones[1].grid, Some(4));
}

#[test]
fn places_without_position_and_empty_input_are_no_trouble() {
    let nowhere = Place {
        point: [f64::NAN, 0.0],
        ..Place::default()
    };
    let walk = graph(&[nowhere, house(1, 0.0, 0.0)], &[]);
    assert_eq!(walk.stats.without_position, 1);
    assert_eq!(walk.zones.len(), 2);
    assert!(graph(&[], &[]).edges.is_empty());
}

fn random_ground() -> impl Strategy<Value = (Vec<Place>, Vec<Barrier>)> {
    let places = proptest::collection::vec(
        (
            0_u32..6,
            0.0..600.0_f64,
            0.0..600.0_f64,
            0_u32..3,
            proptest::bool::ANY,
        ),
        0..60,
    );
    let walls = proptest::collection::vec(
        (
            0.0..600.0_f64,
            0.0..600.0_f64,
            -400.0..400.0_f64,
            -400.0..400.0_f64,
            proptest::bool::ANY,
        ),
        0..6,
    );
    (places, walls).prop_map(|(places, walls)| {
        let places = places
            .into_iter()
            .map(|(compound, x, y, community, whole)| Place {
                community: community / 2,
                footprint: if whole {
                    house(0, x, y).footprint
                } else {
                    None
                },
                ..house(compound, x, y)
            })
            .collect();
        let walls = walls
            .into_iter()
            .map(|(x, y, dx, dy, surface)| {
                if surface {
                    water(x, y, dx.abs() / 4.0 + 1.0, dy.abs() / 4.0 + 1.0)
                } else {
                    wall(&[[x, y], [x + dx, y + dy]])
                }
            })
            .collect();
        (places, walls)
    })
}

proptest! {
    #[test]
    fn zones_are_connected_and_no_edge_crosses_a_barrier((places, barriers) in random_ground()) {
        let walk = graph(&places, &barriers);
        assert_zones_are_connected(&walk);
        prop_assert_eq!(crossings(&walk, &barriers), 0);
        // Where nothing separates, a community is one zone.
        if barriers.is_empty() {
            let communities: BTreeSet<u32> = places.iter().map(|p| p.community).collect();
            prop_assert_eq!(walk.zones.len(), communities.len());
        }
    }

    #[test]
    fn two_zones_of_a_community_never_see_each_other((places, barriers) in random_ground()) {
        let walk = graph(&places, &barriers);
        let index = BarrierIndex::new(&barriers);
        for a in 0..places.len() {
            for b in a + 1..places.len() {
                let dry = |i: usize| index.surface_at(walk.stands[i]).is_none();
                if places[a].community == places[b].community
                    && walk.zone_of[a] != walk.zone_of[b]
                    && dry(a)
                    && dry(b)
                {
                    prop_assert!(index.crosses(walk.stands[a], walk.stands[b]), "{a} {b}");
                }
            }
        }
    }

    #[test]
    fn the_graph_is_the_same_on_one_thread((places, barriers) in random_ground()) {
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let walk = graph(&places, &barriers);
        prop_assert_eq!(one.install(|| graph(&places, &barriers)), walk);
    }
}

fn real(path: &str) -> Option<geojson::FeatureCollection> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("GRIDKEEPER_SHARED").map(std::path::PathBuf::from);
    let found = shared
        .into_iter()
        .chain([here.join("../shared"), here.join("../../shared")])
        .map(|root| root.join("data").join(path))
        .find(|path| path.exists());
    let Some(found) = found else {
        eprintln!("skipped: ../shared/data/{path} is not there");
        return None;
    };
    Some(std::fs::read_to_string(found).unwrap().parse().unwrap())
}

fn report(name: &str, walk: &Walkable) {
    let share = |count: usize| count as f64 / walk.stats.units.max(1) as f64 * 100.0;
    let attachments = walk
        .stats
        .edges
        .get(&EdgeReason::Attachment)
        .copied()
        .unwrap_or(0);
    eprintln!(
        "{name}: {:?}; lone {:.2} %, attachments {:.2} % of units",
        walk.stats,
        share(walk.stats.lone_units),
        share(attachments)
    );
}

fn area_places(file: &geojson::FeatureCollection, whole_compound: bool) -> Vec<Place> {
    file.features
        .iter()
        .filter_map(|feature| feature.geometry.as_ref())
        .filter_map(|geometry| geo::Geometry::<f64>::try_from(geometry.clone()).ok())
        .filter_map(|geometry| match geometry {
            geo::Geometry::Polygon(polygon) => Some(MultiPolygon(vec![polygon])),
            geo::Geometry::MultiPolygon(polygons) => Some(polygons),
            _ => None,
        })
        .enumerate()
        .map(|(number, footprint)| {
            let first = footprint.0[0].exterior().0[0];
            Place {
                point: [first.x, first.y],
                footprint: Some(footprint),
                compound: whole_compound.then_some(number as u32),
                whole_compound,
                ..Place::default()
            }
        })
        .collect()
}

fn taken(file: &geojson::FeatureCollection) -> Vec<Barrier> {
    file.features
        .iter()
        .filter_map(|feature| {
            let geometry = geo::Geometry::<f64>::try_from(feature.geometry.clone()?).ok()?;
            let classified = classify(extent_of(&geometry), |key| {
                let value = feature.properties.as_ref()?.get(key)?;
                match value {
                    geojson::JsonValue::Null => None,
                    geojson::JsonValue::String(text) => Some(text.as_str().into()),
                    other => Some(other.to_string().into()),
                }
            });
            match classified {
                Classified::Take(class) => Some(Barrier { class, geometry }),
                Classified::Leave(_) => None,
            }
        })
        .collect()
}

#[test]
fn real_footprints_of_nanjing_are_hardly_ever_isolated() {
    let Some(file) = real("buildings/nanjing_jianye_buildings.geojson") else {
        return;
    };
    let places = area_places(&file, false);
    let walk = graph(&places, &[]);
    report("nanjing", &walk);
    assert_zones_are_connected(&walk);
    assert_eq!(walk.zones.len(), 1);
    assert!(walk.stats.lone_units as f64 <= 0.005 * places.len() as f64);
}

#[test]
fn real_water_and_roads_of_shanghai_are_never_crossed() {
    let (Some(buildings), Some(roads), Some(water)) = (
        real("buildings/shanghai_osm_buildings.geojson"),
        real("buildings/shanghai_osm_roads.geojson"),
        real("buildings/shanghai_osm_water.geojson"),
    ) else {
        return;
    };
    let mut barriers = taken(&roads);
    barriers.extend(taken(&water));
    let mut counts: BTreeMap<BarrierClass, usize> = BTreeMap::new();
    for barrier in &barriers {
        *counts.entry(barrier.class).or_default() += 1;
    }
    eprintln!("shanghai barriers: {counts:?}");
    let places = area_places(&buildings, false);
    let walk = graph(&places, &barriers);
    report("shanghai", &walk);
    assert_zones_are_connected(&walk);
    assert!(walk.zones.len() > 1);
    assert_eq!(crossings(&walk, &barriers), 0);
}

#[test]
fn a_wall_of_line_strings_is_a_barrier_too() {
    let rail = Barrier {
        class: BarrierClass::Rail,
        geometry: line_string![(x: 118.7402, y: 31.0), (x: 118.7402, y: 33.0)].into(),
    };
    let walk = graph(&[house(1, 0.0, 0.0), house(1, 40.0, 0.0)], &[rail]);
    assert_eq!(walk.zones.len(), 2);
}

#[test]
fn real_compounds_of_shanghai_are_divided_by_water_and_major_roads() {
    use geo::MapCoordsInPlace;
    let (Some(compounds), Some(roads), Some(water)) = (
        real("compounds/shanghai_named_compound_polygons_bd09.geojson"),
        real("buildings/shanghai_osm_roads.geojson"),
        real("buildings/shanghai_osm_water.geojson"),
    ) else {
        return;
    };
    let mut places = area_places(&compounds, true);
    let transformer = crate::crs::to_wgs84(crate::crs::Crs::Bd09);
    for place in &mut places {
        let to_wgs = |p: [f64; 2]| {
            let wgs = transformer.forward(p);
            [wgs.lon, wgs.lat]
        };
        place.point = to_wgs(place.point);
        if let Some(footprint) = &mut place.footprint {
            footprint.map_coords_in_place(|c| to_wgs([c.x, c.y]).into());
        }
    }
    let mut barriers = taken(&roads);
    barriers.extend(taken(&water));
    let walk = graph(&places, &barriers);
    report("shanghai compounds", &walk);
    assert_zones_are_connected(&walk);
    assert_eq!(crossings(&walk, &barriers), 0);
    assert_eq!(walk.stats.in_barrier, 0, "no compound lies in water");
}

/// A city of blocks: 20 houses a compound, streets of 30 m, a river and roads every 500 m.
#[test]
fn a_hundred_thousand_houses_are_linked_at_once() {
    let side = if cfg!(debug_assertions) { 50 } else { 71 };
    let mut places = Vec::new();
    for block in 0..side * side {
        let (bx, by) = (
            f64::from(block % side) * 130.0,
            f64::from(block / side) * 140.0,
        );
        for number in 0..20 {
            let (x, y) = (f64::from(number % 4) * 28.0, f64::from(number / 4) * 24.0);
            places.push(house(block as u32, bx + x, by + y));
        }
    }
    let far = f64::from(side) * 140.0;
    let mut barriers = vec![water(-50.0, 685.0, far, 8.0)];
    barriers.extend((1..side / 4).map(|i| {
        let x = f64::from(i * 4) * 130.0 - 15.0;
        let steps = (-100..(far as i32 + 100)).step_by(50);
        wall(&steps.map(|y| [x, f64::from(y)]).collect::<Vec<_>>())
    }));
    let start = std::time::Instant::now();
    let walk = graph(&places, &barriers);
    eprintln!(
        "{} houses: {:?}, {:?}",
        places.len(),
        start.elapsed(),
        walk.stats
    );
    assert_zones_are_connected(&walk);
    assert_eq!(walk.zones.len(), 2 * (side / 4) as usize);
    assert_eq!(walk.stats.attached_units, 0);
}
