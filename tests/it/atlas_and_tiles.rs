//! The atlas and its tiles against oracles: scans with exact predicates, and tiles read back.

use std::collections::{BTreeMap, BTreeSet};

use fast_mvt::{MvtGeometry, MvtReaderRef};
use geo::{Area, Centroid, Distance, Euclidean, Intersects, MapCoords, Winding};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon, polygon};
use gridkeeper::atlas::{
    AreaColumn, Atlas, AtlasInput, Entity, KeeperIn, NONE, SearchKind, to_fixed, to_lon_lat,
};
use gridkeeper::domain::RegionLevel;
use gridkeeper::spatial::{BBox, TileCoord};
use gridkeeper::tiles::{self, AREA_TAGS, BUFFER, EXTENT, Layer};
use proptest::prelude::*;

#[path = "../../benches/atlas_and_tiles/city.rs"]
#[allow(dead_code, clippy::cast_precision_loss)]
mod city;
use city::{Random, city};

/// In fixed units as `f64`, where geo's robust predicates are exact.
fn in_units(polygons: &MultiPolygon<f64>) -> MultiPolygon<f64> {
    polygons.map_coords(|c| {
        let [x, y] = to_fixed(c.x, c.y);
        Coord {
            x: f64::from(x),
            y: f64::from(y),
        }
    })
}

/// The row with the smallest polygon that covers the point (ties: the first).
fn scan<'a>(
    polygons: impl Iterator<Item = Option<&'a MultiPolygon<f64>>>,
    point: Point<f64>,
) -> Option<usize> {
    let [x, y] = to_fixed(point.x(), point.y());
    let at = Point::new(f64::from(x), f64::from(y));
    polygons
        .enumerate()
        .filter_map(|(i, polygons)| {
            let polygons = in_units(polygons?);
            polygons
                .intersects(&at)
                .then(|| (polygons.unsigned_area(), i))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(_, i)| i)
}

/// A city with the irregularities that a real one has.
fn small_city() -> AtlasInput {
    let mut input = city(600);
    // An enclave: a compound inside another one.
    let middle = input.compounds[3].point;
    let mut enclave = input.compounds[0].clone();
    enclave.id = uuid::Uuid::from_u128(77);
    enclave.name = "示例小院".into();
    let (x, y) = (middle.x(), middle.y());
    enclave.outline = Some(MultiPolygon(vec![polygon![
        (x: x, y: y), (x: x + 4e-4, y: y), (x: x + 4e-4, y: y + 4e-4), (x: x, y: y + 4e-4)
    ]]));
    input.compounds.push(enclave);
    let plan = &mut input.plans[0];
    plan.area_of_compound = dense(&plan.area_of_compound, 1).into();
    let mut areas = dense(&plan.area_of_building, 0);
    areas[5] = NONE;
    plan.area_of_building = areas.into();
    input.compounds[2].outline = None;
    input
}

/// Every row of a column, and some more without an area.
fn dense(column: &AreaColumn, more: usize) -> Vec<u32> {
    (0..column.len() + more)
        .map(|row| column.get(row))
        .collect()
}

fn check_locate(input: &AtlasInput, atlas: &Atlas, point: Point<f64>) {
    let found = atlas.locate(point.x(), point.y(), None);
    let building = scan(
        input.buildings.iter().map(|row| row.footprint.as_ref()),
        point,
    );
    assert_eq!(
        found.building.and_then(|i| atlas.building_row(i)),
        building,
        "building at {point:?}"
    );

    let own = building
        .and_then(|i| input.buildings[i].compound)
        .map(|i| i as usize);
    let compound = own.or_else(|| {
        scan(
            input.compounds.iter().map(|row| row.outline.as_ref()),
            point,
        )
    });
    assert_eq!(
        found.compound.and_then(|i| atlas.compound_row(i)),
        compound,
        "compound at {point:?}"
    );

    // Neighbours share borders; there any of them is right.
    let covers = |outline: &MultiPolygon<f64>| {
        let [x, y] = to_fixed(point.x(), point.y());
        in_units(outline).intersects(&Point::new(f64::from(x), f64::from(y)))
    };
    let grids = input
        .grids
        .iter()
        .filter(|grid| covers(&grid.outline))
        .count();
    match found.grid.and_then(|i| atlas.grid_row(i)) {
        Some(grid) => assert!(covers(&input.grids[grid].outline)),
        None => assert_eq!(grids, 0),
    }
    let plan = &input.plans[0];
    let areas = atlas.areas(None).unwrap();
    let area = found.area.and_then(|i| areas.row(i)).map(|(_, area)| area);
    if let Some(building) = building {
        let expected = plan.area_of_building.get(building);
        assert_eq!(area, (expected != NONE).then_some(expected));
    } else {
        let any = plan.areas.iter().any(|area| covers(&area.outline));
        match area {
            Some(area) => assert!(covers(&plan.areas[area as usize].outline)),
            None => assert!(!any),
        }
    }
    if let Some((_, area)) = found.area.and_then(|i| areas.row(i)) {
        assert_eq!(found.keepers, plan.areas[area as usize].keepers);
    }
    match (building, compound) {
        (Some(building), _) => {
            let code = found.community.and_then(|i| atlas.region(i)).unwrap().code;
            assert_eq!(code, input.buildings[building].community);
        }
        (None, None) => assert_eq!(
            found.community.is_some(),
            input
                .regions
                .iter()
                .any(|region| covers(region.outline.as_ref().unwrap()))
        ),
        _ => {}
    }
}

#[test]
fn a_point_is_located_as_a_scan_with_exact_predicates_locates_it() {
    let input = small_city();
    let atlas = Atlas::build(&input).unwrap();
    let [west, south, east, north] = atlas.bounds().unwrap();
    let mut random = Random(3);
    for _ in 0..1500 {
        let lon = west - 1e-3 + (east - west + 2e-3) * random.unit();
        let lat = south - 1e-3 + (north - south + 2e-3) * random.unit();
        check_locate(&input, &atlas, Point::new(lon, lat));
    }
    // Corners: where predicates are decided by single units.
    for footprint in input
        .buildings
        .iter()
        .step_by(7)
        .filter_map(|row| row.footprint.as_ref())
    {
        for &corner in footprint.0[0].exterior().coords().take(3) {
            check_locate(&input, &atlas, corner.into());
        }
    }
    for outline in input
        .compounds
        .iter()
        .filter_map(|row| row.outline.as_ref())
    {
        check_locate(&input, &atlas, outline.0[0].exterior().0[0].into());
    }
}

#[test]
fn the_nearest_building_is_the_nearest_of_a_scan() {
    let input = city(300);
    let atlas = Atlas::build(&input).unwrap();
    let [west, south, east, north] = atlas.bounds().unwrap();
    let mut random = Random(9);
    for _ in 0..200 {
        let (lon, lat) = (
            west + (east - west) * random.unit(),
            south + (north - south) * random.unit(),
        );
        let [x, y] = to_fixed(lon, lat);
        let at = Point::new(f64::from(x), f64::from(y));
        let scan = input.buildings.iter().map(|row| match &row.footprint {
            Some(footprint) => Euclidean.distance(&at, &in_units(footprint)),
            None => {
                let [x, y] = to_fixed(row.point.x(), row.point.y());
                Euclidean.distance(at, Point::new(f64::from(x), f64::from(y)))
            }
        });
        let nearest = scan.fold(f64::INFINITY, f64::min);
        let found = atlas.nearest_building(lon, lat, 5_000.0).unwrap();
        let per_unit = 40_075_016.685 / 4_294_967_296.0 * lat.to_radians().cos();
        assert!(
            (found.distance_m - nearest * per_unit).abs() < 0.02,
            "{found:?} {}",
            nearest * per_unit
        );
    }
    assert_eq!(atlas.nearest_building(0.0, 0.0, 1000.0), None);
}

#[test]
fn dense_ids_do_not_depend_on_the_order_of_rows() {
    let input = city(200);
    let mut turned = input.clone();
    turned.buildings.reverse();
    let mut areas = dense(&turned.plans[0].area_of_building, 0);
    areas.reverse();
    turned.plans[0].area_of_building = areas.into();
    let (a, b) = (
        Atlas::build(&input).unwrap(),
        Atlas::build(&turned).unwrap(),
    );
    for row in &input.buildings {
        assert_eq!(a.by_id(row.id), b.by_id(row.id));
    }
    let tile = TileCoord::at([121.402, 31.152], 15).unwrap();
    for layer in Layer::ALL {
        let tile = if layer == Layer::Regions {
            tile.parent().unwrap()
        } else {
            tile
        };
        let encode = |atlas| tiles::encode(atlas, layer, tile, None).unwrap();
        assert_eq!(encode(&a), encode(&b), "{layer}");
    }
}

#[test]
fn the_fingerprint_tells_data_apart_that_share_a_version() {
    let input = city(100);
    let mut other = input.clone();
    other.buildings[3].households = Some(21);
    let (a, b) = (Atlas::build(&input).unwrap(), Atlas::build(&other).unwrap());
    assert_eq!(a.version(), b.version());
    assert_ne!(a.fingerprint(), b.fingerprint());
    assert_eq!(a.fingerprint(), Atlas::build(&input).unwrap().fingerprint());
}

#[test]
fn a_wrong_index_is_refused_with_its_place() {
    let mut input = city(50);
    input.buildings[4].compound = Some(99);
    let error = Atlas::build(&input).unwrap_err().to_string();
    assert_eq!(
        error,
        "building 4 refers to compound number 99, but there are only 1"
    );
    input.buildings[4].compound = None;
    let mut areas = dense(&input.plans[0].area_of_building, 0);
    areas.pop();
    input.plans[0].area_of_building = areas.into();
    assert!(
        Atlas::build(&input)
            .unwrap_err()
            .to_string()
            .contains("area_of_building has 49")
    );
}

#[test]
fn the_areas_of_a_draft_are_kept_apart_from_those_in_force() {
    let mut input = city(100);
    let mut draft = input.plans[0].clone();
    draft.in_force = false;
    draft.id = uuid::Uuid::from_u128(5);
    draft.areas[0].label = "99".to_owned();
    input.plans.insert(0, draft);
    let atlas = Atlas::build(&input).unwrap();
    let plan = atlas.plan_by_id(uuid::Uuid::from_u128(5)).unwrap();
    let p = input.buildings[0]
        .footprint
        .as_ref()
        .and_then(geo::InteriorPoint::interior_point)
        .unwrap();
    let label = |plan| {
        let areas = atlas.areas(plan).unwrap();
        let area = atlas.locate(p.x(), p.y(), plan).area.unwrap();
        (
            atlas.area(areas, area).unwrap().label,
            areas.row(area).unwrap(),
        )
    };
    assert_eq!(label(Some(plan)), ("99", (0, 0)));
    assert_eq!(label(None), ("01", (1, 0)));
    assert!(atlas.areas(Some(9)).is_none());
}

fn named_city() -> Atlas {
    let mut input = city(150);
    input.compounds[0].name = "幸福苑".into();
    input.compounds[1].name = "幸福里花园".into();
    input.compounds[2].name = "示例甲01".into();
    input.buildings[60].name = "会所".into();
    let community = input
        .regions
        .iter_mut()
        .find(|r| r.level == RegionLevel::Community)
        .unwrap();
    community.name = "和平社区".into();
    input.keepers = vec![KeeperIn {
        id: uuid::Uuid::from_u128(1),
        name: "示例管家甲".to_owned(),
        hint: "幸福苑".to_owned(),
        point: None,
    }];
    Atlas::build(&input).unwrap()
}

#[test]
fn names_are_found_by_pinyin_full_width_and_building_number() {
    let atlas = named_city();
    let first = |query: &str| {
        atlas
            .search(query, 5)
            .first()
            .map_or_else(|| panic!("{query}"), |hit| (hit.kind, hit.name.clone()))
    };
    let is = |kind, name: &str| (kind, name.to_owned());
    for query in [
        "xfy",
        "XFY",
        "ｘｆｙ",
        "xingfuyuan",
        "xfyuan",
        "幸福苑",
        " 幸福 苑 ",
    ] {
        assert_eq!(first(query), is(SearchKind::Compound, "幸福苑"), "{query}");
    }
    for query in [
        "幸福苑3号楼",
        "幸福苑3#",
        "幸福苑3幢",
        "幸福苑三幢",
        "xfy3",
        "xfy3#",
        "幸福苑 ０３栋",
        "幸福苑3号楼2单元",
    ] {
        assert_eq!(
            first(query),
            is(SearchKind::Building, "幸福苑3幢"),
            "{query}"
        );
    }
    assert_eq!(
        first("示例甲013幢"),
        is(SearchKind::Building, "示例甲013幢")
    );
    assert_eq!(
        first("幸福里花园会所"),
        is(SearchKind::Building, "幸福里花园会所")
    );
    assert_eq!(first("hpsq"), is(SearchKind::Community, "和平社区"));
    assert_eq!(first("slgjj"), is(SearchKind::Housekeeper, "示例管家甲"));
    assert_eq!(first("示例片区01"), is(SearchKind::Area, "示例片区01"));
    assert_eq!(first("b0000007").1, "幸福苑8幢");
    assert!(
        atlas
            .search("3幢", 10)
            .iter()
            .all(|hit| hit.name.ends_with("3幢"))
    );
    assert_eq!(atlas.search("3幢", 10).len(), 3);
    for nothing in ["", "  ", "zzz", "，。", "幸福苑99幢"] {
        assert!(atlas.search(nothing, 5).is_empty(), "{nothing:?}");
    }
    assert_eq!(atlas.search("xf", 1).len(), 1);
    assert!(atlas.search("xf", 0).is_empty());
}

/// A feature as it was read back.
struct Read {
    layer: String,
    id: u32,
    geometry: MvtGeometry,
    tags: BTreeMap<String, String>,
}

fn read(bytes: &[u8]) -> Vec<Read> {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let mut features = Vec::new();
    for layer in reader.layers() {
        assert_eq!((layer.version(), layer.extent()), (2, EXTENT as u32));
        for feature in layer.features() {
            let tags = feature.properties_vec().unwrap();
            features.push(Read {
                layer: layer.name().to_owned(),
                id: feature.id().unwrap() as u32,
                geometry: feature.geometry().unwrap(),
                tags: tags
                    .iter()
                    .map(|(k, v)| ((*k).to_owned(), format!("{v:?}")))
                    .collect(),
            });
        }
    }
    features
}

fn polygons_of(geometry: &MvtGeometry) -> Vec<Polygon<i32>> {
    match geometry {
        Geometry::Polygon(polygon) => vec![polygon.clone()],
        Geometry::MultiPolygon(polygons) => polygons.0.clone(),
        _ => vec![],
    }
}

fn lines_of(geometry: &MvtGeometry) -> Vec<LineString<i32>> {
    match geometry {
        Geometry::LineString(line) => vec![line.clone()],
        Geometry::MultiLineString(lines) => lines.0.clone(),
        other => polygons_of(other)
            .iter()
            .flat_map(|p| {
                std::iter::once(p.exterior())
                    .chain(p.interiors())
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .collect(),
    }
}

fn assert_sound(feature: &Read) {
    for line in lines_of(&feature.geometry) {
        for c in line.coords() {
            let range = -BUFFER..=EXTENT + BUFFER;
            assert!(
                range.contains(&c.x) && range.contains(&c.y),
                "{} {c:?}",
                feature.id
            );
        }
        assert!(
            line.0.windows(2).all(|pair| pair[0] != pair[1]),
            "repeated vertex in {}",
            feature.id
        );
    }
    for polygon in polygons_of(&feature.geometry) {
        let wide = |ring: &LineString<i32>| {
            ring.coords()
                .map(|c| (f64::from(c.x), f64::from(c.y)))
                .collect::<LineString<f64>>()
        };
        let exterior = wide(polygon.exterior());
        assert!(exterior.0.len() >= 4, "degenerate ring in {}", feature.id);
        // Clockwise on a screen with y down is counter-clockwise in mathematics.
        assert!(exterior.is_ccw(), "winding of {}", feature.id);
        assert!(
            polygon.interiors().iter().all(|hole| wide(hole).is_cw()),
            "winding of a hole in {}",
            feature.id
        );
    }
}

#[test]
fn a_figure_that_is_not_known_or_not_told_is_absent_and_never_zero() {
    let mut input = small_city();
    let drawn = |input: &AtlasInput, layer: Layer| -> Vec<BTreeMap<String, String>> {
        let atlas = Atlas::build(input).unwrap();
        let tiles = all_tiles(&atlas, 16);
        let features = tiles
            .into_iter()
            .flat_map(|tile| read(&tiles::encode(&atlas, layer, tile, None).unwrap()));
        features.map(|feature| feature.tags).collect()
    };
    for figure in [Some(7), None] {
        input
            .compounds
            .iter_mut()
            .for_each(|row| row.households = figure);
        input
            .buildings
            .iter_mut()
            .for_each(|row| row.households = figure);
        for area in input.plans.iter_mut().flat_map(|plan| &mut plan.areas) {
            (area.households, area.deviation_bp) = (figure, figure.map(u32::cast_signed));
        }
        for layer in [Layer::Compounds, Layer::Buildings, Layer::Areas] {
            let all = drawn(&input, layer);
            let told = all.iter().filter(|tags| tags.contains_key("h")).count();
            let expected = if figure.is_some() { all.len() } else { 0 };
            assert!(!all.is_empty() && told == expected, "{layer}: {told}");
            let told = all.iter().any(|tags| tags.contains_key("d"));
            assert_eq!(told, figure.is_some(), "{layer}");
        }
    }
}

fn all_tiles(atlas: &Atlas, z: u8) -> Vec<TileCoord> {
    let [w, s, e, n] = atlas.bounds().unwrap();
    TileCoord::covering(BBox::new(w, s, e, n).unwrap(), z).collect()
}

#[test]
fn every_tile_is_sound_and_within_its_buffer() {
    let atlas = Atlas::build(&small_city()).unwrap();
    for layer in Layer::ALL {
        for z in layer.zooms() {
            for tile in all_tiles(&atlas, z) {
                for feature in read(&tiles::encode(&atlas, layer, tile, None).unwrap()) {
                    let area_tag = layer == Layer::Areas && feature.layer == AREA_TAGS;
                    assert!(area_tag || feature.layer == layer.name());
                    assert_sound(&feature);
                }
            }
        }
    }
}

#[test]
fn a_building_is_in_every_tile_that_it_meets_and_in_no_other() {
    let input = small_city();
    let atlas = Atlas::build(&input).unwrap();
    let mut seen = BTreeSet::new();
    for z in [14, 16] {
        for tile in all_tiles(&atlas, z) {
            let features = read(&tiles::encode(&atlas, Layer::Buildings, tile, None).unwrap());
            let ids: BTreeSet<u32> = features.iter().map(|feature| feature.id).collect();
            assert_eq!(ids.len(), features.len(), "an id is there twice");
            let origin = tile.origin_u32().map(f64::from);
            let unit = tile.side_u64() as f64 / f64::from(EXTENT);
            let margin = f64::from(BUFFER) * unit;
            for row in &input.buildings {
                let Some(Entity::Building(id)) = atlas.by_id(row.id) else {
                    panic!("building without id")
                };
                let point = to_fixed(row.point.x(), row.point.y()).map(f64::from);
                // How far the nearest point of the building is outside the buffered tile; a unit decides nothing.
                let edges = |slack: f64| {
                    let low = [origin[0] - margin - slack, origin[1] - margin - slack];
                    let side = tile.side_u64() as f64 + 2.0 * (margin + slack);
                    let window = geo_types::Rect::new(low, [low[0] + side, low[1] + side]);
                    row.footprint.as_ref().map_or_else(
                        || window.intersects(&Point::new(point[0], point[1])),
                        |footprint| in_units(footprint).intersects(&window),
                    )
                };
                if edges(-unit) {
                    assert!(ids.contains(&id), "{} is missing in {tile}", row.code);
                    seen.insert(id);
                } else if !edges(unit) {
                    assert!(!ids.contains(&id), "{} is not in {tile}", row.code);
                }
            }
        }
    }
    assert_eq!(seen.len(), input.buildings.len());
}

#[test]
fn shapes_survive_within_a_unit_and_holes_are_kept() {
    let input = city(300);
    let atlas = Atlas::build(&input).unwrap();
    let mut holes = 0;
    for tile in all_tiles(&atlas, 16) {
        let unit = tile.side_u64() as f64 / f64::from(EXTENT);
        let origin = tile.origin_u32().map(f64::from);
        for feature in read(&tiles::encode(&atlas, Layer::Buildings, tile, None).unwrap()) {
            let row = &input.buildings[atlas.building_row(feature.id).unwrap()];
            let Some(footprint) = &row.footprint else {
                continue;
            };
            let inside = lines_of(&feature.geometry)
                .iter()
                .flat_map(LineString::coords)
                .all(|c| (0..EXTENT).contains(&c.x) && (0..EXTENT).contains(&c.y));
            if !inside {
                continue;
            }
            let expected = in_units(footprint).unsigned_area() / unit / unit;
            let drawn: f64 = polygons_of(&feature.geometry)
                .iter()
                .map(|polygon| {
                    polygon
                        .map_coords(|c| Coord {
                            x: f64::from(c.x),
                            y: f64::from(c.y),
                        })
                        .unsigned_area()
                })
                .sum();
            assert!(
                (drawn - expected).abs() < 0.1 * expected + 8.0,
                "{drawn} for {expected}"
            );
            assert_eq!(
                polygons_of(&feature.geometry)[0].interiors().len(),
                footprint.0[0].interiors().len()
            );
            holes += footprint.0[0].interiors().len();
            let c = polygons_of(&feature.geometry)[0].exterior().0[0];
            let x = (origin[0] + f64::from(c.x) * unit) as u32;
            let y = (origin[1] + f64::from(c.y) * unit) as u32;
            let near = to_lon_lat([x, y]);
            assert!((near.x() - row.point.x()).abs() < 1e-3);
        }
    }
    assert!(holes > 0);
}

#[test]
fn a_tile_inside_a_hole_shows_nothing_and_beside_it_the_hole_is_kept() {
    let mut input = city(50);
    let ring = |half: f64| -> LineString<f64> {
        let (x, y) = (121.5, 31.3);
        vec![
            (x - half, y - half),
            (x + half, y - half),
            (x + half, y + half),
            (x - half, y + half),
            (x - half, y - half),
        ]
        .into()
    };
    input.grids[0].outline = MultiPolygon(vec![Polygon::new(ring(0.08), vec![ring(0.04)])]);
    let atlas = Atlas::build(&input).unwrap();
    let at = |lon: f64, z: u8| {
        read(
            &tiles::encode(
                &atlas,
                Layer::Grids,
                TileCoord::at([lon, 31.3], z).unwrap(),
                None,
            )
            .unwrap(),
        )
    };
    assert!(at(121.5, 16).is_empty(), "the middle of the hole");
    assert_eq!(at(121.56, 16).len(), 1, "between hole and exterior");
    let across = at(121.54, 12);
    assert!(
        polygons_of(&across[0].geometry)
            .iter()
            .any(|p| !p.interiors().is_empty())
    );
}

#[test]
fn attributes_are_those_of_the_plan_that_was_asked_for() {
    let input = small_city();
    let atlas = Atlas::build(&input).unwrap();
    let tile_of = |row: usize| {
        let point = input.buildings[row].footprint.as_ref().unwrap().centroid();
        let point = point.unwrap();
        TileCoord::at([point.x(), point.y()], 16).unwrap()
    };
    let tags = |row: usize| {
        let Some(Entity::Building(id)) = atlas.by_id(input.buildings[row].id) else {
            panic!()
        };
        read(&tiles::encode(&atlas, Layer::Buildings, tile_of(row), None).unwrap())
            .into_iter()
            .find(|feature| feature.id == id)
            .map(|feature| feature.tags)
    };
    let first = tags(0).unwrap();
    let text = |value: &str| format!("{value:?}");
    assert_eq!(first["n"], text("1幢"));
    assert_eq!(first["cn"], text(&city::compound_name(0)));
    assert_eq!(first["a"], text("01"));
    assert_eq!(first["u"], text(&input.buildings[0].id.to_string()));
    assert!(!first.contains_key("un"));
    let unassigned = tags(5).unwrap();
    assert!(unassigned.contains_key("un") && !unassigned.contains_key("a"));
    let areas = read(&tiles::encode(&atlas, Layer::Areas, tile_of(0), None).unwrap());
    assert!(
        areas
            .iter()
            .any(|feature| feature.layer == "areas" && feature.tags["a"] == text("01"))
    );
}

#[test]
fn each_area_tag_is_in_exactly_one_tile_and_inside_its_area() {
    let input = city(600);
    let atlas = Atlas::build(&input).unwrap();
    for z in [11, 14, 16] {
        let mut tags: Vec<u32> = all_tiles(&atlas, z)
            .into_iter()
            .flat_map(|tile| read(&tiles::encode(&atlas, Layer::Areas, tile, None).unwrap()))
            .filter(|feature| feature.layer == AREA_TAGS)
            .map(|feature| feature.id)
            .collect();
        tags.sort_unstable();
        assert_eq!(
            tags,
            (0..input.plans[0].areas.len() as u32).collect::<Vec<_>>(),
            "z{z}"
        );
    }
    let areas = atlas.areas(None).unwrap();
    for i in 0..areas.len() as u32 {
        let (_, row) = areas.row(i).unwrap();
        let tag = atlas.area(areas, i).unwrap().tag;
        assert!(input.plans[0].areas[row as usize].outline.intersects(&tag));
    }
}

#[test]
fn no_tile_of_a_large_city_is_heavier_than_allowed_and_a_building_costs_little_memory() {
    let atlas = Atlas::build(&city(100_000)).unwrap();
    assert_eq!(atlas.building_count(), 100_000);
    let per_building = atlas.memory_bytes() / 100_000;
    println!("memory {per_building} B per building");
    assert!(per_building <= 250, "{per_building} B per building");
    let mut sizes = Vec::new();
    for layer in Layer::ALL {
        // Deeper tiles are lighter.
        for z in layer.zooms().filter(|z| *z <= 14) {
            let mut heaviest = 0;
            for tile in all_tiles(&atlas, z) {
                let bytes = tiles::encode(&atlas, layer, tile, None).unwrap();
                if !bytes.is_empty() {
                    sizes.push(tiles::compress(&bytes).len());
                    heaviest = heaviest.max(sizes[sizes.len() - 1]);
                }
            }
            println!("{layer} z{z}: heaviest {heaviest} B");
        }
    }
    sizes.sort_unstable();
    let (p99, largest) = (sizes[sizes.len() * 99 / 100], sizes[sizes.len() - 1]);
    println!("{} tiles, p99 {p99} B, largest {largest} B", sizes.len());
    assert!(
        p99 <= 200_000 && largest <= 500_000,
        "p99 {p99} B, largest {largest} B"
    );
}

#[test]
fn zooms_and_plans_that_do_not_exist_are_errors() {
    let atlas = Atlas::build(&city(50)).unwrap();
    let tile = TileCoord::new(12, 0, 0).unwrap();
    let error = tiles::encode(&atlas, Layer::Buildings, tile, None)
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "layer buildings has no tiles at zoom 12, only at 13 to 16"
    );
    assert!(tiles::encode(&atlas, Layer::Areas, tile, Some(4)).is_err());
    assert!(
        tiles::encode(&atlas, Layer::Areas, tile, Some(0))
            .unwrap()
            .is_empty()
    );
    assert!(
        tiles::encode(&Atlas::empty(), Layer::Regions, tile, None)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn tile_json_names_zooms_attributes_and_bounds() {
    let atlas = Atlas::build(&city(50)).unwrap();
    let json = tiles::tile_json(&atlas, Layer::Areas, "/x/{z}/{x}/{y}");
    assert_eq!(json["maxzoom"], 16);
    assert_eq!(json["vector_layers"][1]["id"], AREA_TAGS);
    assert_eq!(json["bounds"].as_array().unwrap().len(), 4);
    assert!(
        tiles::tile_json(&Atlas::empty(), Layer::Areas, "")
            .get("bounds")
            .is_none()
    );
    // Every attribute that is written is announced.
    for layer in Layer::ALL {
        let json = tiles::tile_json(&atlas, layer, "");
        let fields = json["vector_layers"][0]["fields"].as_object().unwrap();
        for tile in all_tiles(&atlas, 16) {
            for feature in read(&tiles::encode(&atlas, layer, tile, None).unwrap()) {
                assert!(
                    feature.tags.keys().all(|key| fields.contains_key(key)),
                    "{layer} {:?}",
                    feature.tags
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn overlapping_polygons_are_located_as_by_a_scan(
        squares in prop::collection::vec((0_u16..400, 0_u16..400, 1_u16..300, 1_u16..300), 1..60),
        points in prop::collection::vec((0_u16..700, 0_u16..700), 20),
    ) {
        let mut input = AtlasInput::default();
        let place = |x: u16, y: u16| (121.0 + f64::from(x) * 1e-5, 31.0 + f64::from(y) * 1e-5);
        for (n, &(x, y, w, h)) in (0_u128..).zip(&squares) {
            let mut compound = city(1).compounds.remove(0);
            compound.id = uuid::Uuid::from_u128(n);
            let ring = vec![place(x, y), place(x + w, y), place(x + w, y + h), place(x, y + h), place(x, y)];
            compound.point = place(x, y).into();
            compound.outline = Some(MultiPolygon(vec![Polygon::new(ring.into(), vec![])]));
            input.compounds.push(compound);
        }
        let atlas = Atlas::build(&input).unwrap();
        for (x, y) in points {
            let point = Point::from(place(x, y));
            let area = |i: usize| in_units(input.compounds[i].outline.as_ref().unwrap()).unsigned_area();
            let expected = scan(input.compounds.iter().map(|row| row.outline.as_ref()), point);
            let found = atlas.locate(point.x(), point.y(), None).compound.and_then(|i| atlas.compound_row(i));
            // Equal areas may be answered by either.
            prop_assert_eq!(found.map(area), expected.map(area));
        }
    }
}
