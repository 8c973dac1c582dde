//! Flaws and their repair, on shapes a few hundred metres wide.

use geo::wkt;
use proptest::prelude::*;

use super::super::mend::{Change, Mended, mend};
use super::*;

/// A shape drawn on a small lattice, moved to Hefei: one step is about 100 m.
fn there(shape: impl Into<Geometry<f64>>) -> Geometry<f64> {
    use geo::MapCoords;
    shape.into().map_coords(|Coord { x, y }| Coord {
        x: 117.2 + x * 1e-3,
        y: 31.8 + y * 1e-3,
    })
}

fn steps2(geometry: &Geometry<f64>) -> f64 {
    geometry.unsigned_area() * 1e6
}

fn codes(flaws: &[Flaw]) -> Vec<&'static str> {
    flaws.iter().map(Flaw::code).collect()
}

#[test]
fn sound_shapes_are_left_as_they_are() {
    for shape in [
        there(wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)))),
        there(wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(1. 1.,1. 2.,2. 2.,2. 1.,1. 1.)))),
        there(
            wkt!(MULTIPOLYGON(((0. 0.,1. 0.,1. 1.,0. 1.,0. 0.)),((1. 1.,2. 1.,2. 2.,1. 2.,1. 1.)))),
        ),
        there(wkt!(LINESTRING(0. 0.,1. 1.,2. 0.))),
        there(wkt!(POINT(0. 0.))),
    ] {
        assert_eq!(inspect(&shape), [], "{shape:?}");
        assert_eq!(
            mend(&shape),
            Ok(Mended {
                geometry: shape,
                changes: vec![]
            })
        );
    }
}

#[test]
fn coordinates_that_are_none_are_refused_first() {
    let mut nan = there(wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 0.))));
    geo::MapCoordsInPlace::map_coords_in_place(&mut nan, |c| Coord {
        x: if c.x > 117.203 { f64::NAN } else { c.x },
        y: c.y,
    });
    assert_eq!(codes(&mend(&nan).unwrap_err()), ["coordinate_not_finite"]);
    let metres: Geometry<f64> = wkt!(POINT(447_947. 4_419_293.)).into();
    assert_eq!(
        codes(&mend(&metres).unwrap_err()),
        ["coordinate_out_of_range"]
    );
    let empty: Geometry<f64> = MultiPolygon::<f64>(vec![]).into();
    assert_eq!(codes(&mend(&empty).unwrap_err()), ["geometry_empty"]);
    let many: Geometry<f64> = LineString(vec![Coord { x: 1.0, y: 1.0 }; MAX_VERTICES + 1]).into();
    assert_eq!(
        codes(&mend(&many).unwrap_err()),
        ["geometry_too_many_vertices"]
    );
    for geometry in [nan, metres, empty, many] {
        assert_eq!(codes(&inspect(&geometry)).len(), 1);
    }
}

#[test]
fn repeats_spikes_and_empty_rings_go_without_loss() {
    let shape = there(wkt!(POLYGON(
        (0. 0.,4. 0.,4. 0.,4. 4.,4. 9.,4. 4.,0. 4.,0. 0.),(1. 1.,2. 2.,1. 1.,1. 1.)
    )));
    let Mended { geometry, changes } = mend(&shape).unwrap();
    assert_eq!(
        changes,
        [
            Change::RepeatsDropped { points: 2 },
            Change::SpikesDropped { points: 1 },
            Change::EmptyDropped { rings: 1 },
        ]
    );
    assert!((steps2(&geometry) - 16.0).abs() < 1e-6);
    assert_eq!(inspect(&geometry), []);
    let flat = there(wkt!(POLYGON((0. 0.,1. 0.,2. 0.,0. 0.))));
    assert_eq!(codes(&mend(&flat).unwrap_err()), ["ring_too_few_points"]);
}

#[test]
fn rings_are_turned_the_usual_way() {
    let shape = there(wkt!(POLYGON((0. 0.,0. 4.,4. 4.,4. 0.,0. 0.))));
    let mended = mend(&shape).unwrap();
    assert_eq!(mended.changes, [Change::Oriented]);
    assert!(mended.changes[0].is_cosmetic());
}

#[test]
fn a_bow_tie_and_a_touching_ring_are_split_with_their_area() {
    let bow = there(wkt!(POLYGON((0. 0.,4. 4.,4. 0.,0. 4.,0. 0.))));
    assert_eq!(codes(&inspect(&bow)), ["ring_self_intersection"]);
    let mended = mend(&bow).unwrap();
    assert_eq!(mended.changes, [Change::CrossingSplit { parts: 2 }]);
    assert!((steps2(&mended.geometry) - 8.0).abs() < 1e-5);
    assert_eq!(inspect(&mended.geometry), []);
    // An outer ring that touches itself at (2, 0) and so encloses a hole.
    let inverted = there(wkt!(POLYGON((0. 0.,2. 0.,1. 1.,3. 1.,2. 0.,4. 0.,4. 4.,0. 4.,0. 0.))));
    let mended = mend(&inverted).unwrap();
    assert!((steps2(&mended.geometry) - 15.0).abs() < 1e-5);
    assert_eq!(inspect(&mended.geometry), []);
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    // Runs twice around the same square: once or not at all?
    let twice = there(wkt!(POLYGON(
        (0. 0.,4. 0.,4. 4.,0. 4.,0. 0.5,3. 0.5,3. 3.,1. 3.,1. -1.,0. 0.)
    )));
    assert_eq!(
        codes(&mend(&twice).unwrap_err()),
        ["ring_self_intersection"]
    );
    let hole_out =
        there(wkt!(POLYGON((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.),(3. 1.,6. 1.,6. 2.,3. 2.,3. 1.))));
    assert_eq!(codes(&inspect(&hole_out)), ["hole_outside_shell"]);
    assert_eq!(codes(&mend(&hole_out).unwrap_err()), ["hole_outside_shell"]);
    let overlap = there(wkt!(MULTIPOLYGON(
        ((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)),((2. 2.,6. 2.,6. 6.,2. 6.,2. 2.))
    )));
    assert_eq!(codes(&inspect(&overlap)), ["parts_overlap"]);
    assert_eq!(codes(&mend(&overlap).unwrap_err()), ["parts_overlap"]);
}

#[test]
fn a_ring_that_once_broke_the_overlay_is_answered() {
    let shape = there(wkt!(POLYGON(
        (2. 0.,1. 4.,2. 1.,1. 5.,1. 2.,5. 0.,0. 0.,1. 4.,2. 2.,2. 0.)
    )));
    if let Ok(mended) = mend(&shape) {
        assert_eq!(inspect(&mended.geometry), []);
    }
}

#[test]
fn only_crossings_get_new_coordinates() {
    let bow = there(wkt!(POLYGON((0. 0.,4. 4.,4. 0.,0. 4.,0. 0.))));
    let given: Vec<Coord<f64>> = bow.coords_iter().collect();
    let mended = mend(&bow).unwrap().geometry;
    let mut new: Vec<Coord<f64>> = mended
        .coords_iter()
        .filter(|c| !given.contains(c))
        .collect();
    new.dedup();
    new.sort_by(|a, b| a.x.total_cmp(&b.x));
    new.dedup();
    assert_eq!(new.len(), 1, "the crossing, the same in each half: {new:?}");
}

#[test]
fn parts_that_share_a_side_become_one() {
    let shape = there(wkt!(MULTIPOLYGON(
        ((0. 0.,4. 0.,4. 4.,0. 4.,0. 0.)),((4. 0.,6. 0.,6. 4.,4. 4.,4. 0.))
    )));
    let mended = mend(&shape).unwrap();
    assert_eq!(mended.changes, [Change::PartsJoined { parts: 1 }]);
    assert!((steps2(&mended.geometry) - 24.0).abs() < 1e-5);
}

#[test]
fn long_rings_with_holes_are_checked_by_area() {
    let circle = |cx: f64, cy: f64, r: f64, n: usize| -> LineString<f64> {
        (0..n)
            .map(|i| {
                let (sin, cos) = (i as f64 / n as f64 * std::f64::consts::TAU).sin_cos();
                (cx + r * cos, cy + r * sin)
            })
            .collect()
    };
    let with_hole = |x: f64, r: f64| {
        there(Polygon::new(
            circle(0., 0., 10., 3000),
            vec![circle(x, 0., r, 500)],
        ))
    };
    assert_eq!(inspect(&with_hole(5.0, 2.0)), []);
    assert_eq!(codes(&inspect(&with_hole(9.0, 2.0))), ["rings_overlap"]);
    assert_eq!(codes(&inspect(&with_hole(20.0, 2.0))), ["rings_overlap"]);
    assert!(mend(&with_hole(9.0, 2.0)).is_err());
}

#[test]
fn a_scribble_and_a_weave_are_refused_before_they_explode() {
    // Every chord crosses almost every other: millions of crossings.
    let scribble: LineString<f64> = (0..3000)
        .map(|i| {
            let (sin, cos) = (f64::from(i) * 3.0).sin_cos();
            (10.0 * cos, 10.0 * sin)
        })
        .collect();
    let flaws = mend(&there(Polygon::new(scribble, vec![]))).unwrap_err();
    assert_eq!(codes(&flaws), ["ring_self_intersection"]);
    let strip = |at: f64, upright: bool| {
        let (a, b) = ([0.0, at], [1000.0, at + 0.5]);
        let [a, b] = if upright {
            [[a[1], a[0]], [b[1], b[0]]]
        } else {
            [a, b]
        };
        geo::Rect::new(a, b).to_polygon()
    };
    let weave: Vec<Polygon<f64>> = (0..1000)
        .flat_map(|i| [strip(f64::from(i), false), strip(f64::from(i), true)])
        .collect();
    let weave = Geometry::from(MultiPolygon(weave));
    let weave = geo::MapCoords::map_coords(&weave, |Coord { x, y }| Coord {
        x: 117.0 + x * 1e-3,
        y: 31.0 + y * 1e-3,
    });
    assert_eq!(codes(&mend(&weave).unwrap_err()), ["parts_overlap"]);
}

#[test]
fn texts_name_the_place_in_both_languages() {
    let flaw = Flaw::SelfIntersection { part: 1, ring: 0 };
    assert!(flaw.zh().contains("第 2 个部分第 1 环"));
    assert!(flaw.en().contains("ring 1 of part 2"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_mended_has_no_flaws_and_mends_no_further(
        shell in prop::collection::vec((0..7i8, 0..7i8), 3..12),
        hole in prop::collection::vec((0..7i8, 0..7i8), 0..6),
    ) {
        let ring = |points: &[(i8, i8)]| -> LineString<f64> {
            points.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect()
        };
        let holes = if hole.is_empty() { vec![] } else { vec![ring(&hole)] };
        let shape = there(Polygon::new(ring(&shell), holes));
        match mend(&shape) {
            Ok(Mended { geometry, .. }) => {
                prop_assert_eq!(inspect(&geometry), vec![], "{:?}", geometry);
                prop_assert!(geometry.is_valid(), "{:?}", geometry.validation_errors());
                let again = mend(&geometry).unwrap();
                prop_assert!(!differs(steps2(&again.geometry), steps2(&geometry), 1e-6));
            }
            Err(flaws) => prop_assert!(!flaws.is_empty()),
        }
    }

    #[test]
    fn no_coordinates_break_it(
        ring in prop::collection::vec((prop::num::f64::ANY, prop::num::f64::ANY), 0..8),
    ) {
        let shape: Geometry<f64> = Polygon::new(ring.into_iter().collect(), vec![]).into();
        let _ = inspect(&shape);
        let _ = mend(&shape);
    }

    #[test]
    fn no_place_on_earth_breaks_it(
        ring in prop::collection::vec((-180.0..180.0f64, -90.0..90.0f64), 0..12),
    ) {
        let shape: Geometry<f64> = Polygon::new(ring.into_iter().collect(), vec![]).into();
        if let Ok(mended) = mend(&shape) {
            prop_assert_eq!(inspect(&mended.geometry), vec![]);
        }
    }
}
