//! From a layout to a city: houses, households, codes, grids, keepers, coordinates.
//!
//! Invariant: every vector comes in the order of its codes, and every sum is exact.

use std::f64::consts::TAU;

use geo::{Coord, Geometry, LineString, Point as Position, Polygon};

use super::ground::{Ground, polygon};
use super::housing::{House, Style, fill, settle};
use super::layout::{Land, Layout, River, RoadClass, Use};
use super::model::{
    Barrier, BarrierClass, Building, Compound, Context, ContextKind, DemoCity, Gate, Grid, Region,
    RegionLevel,
};
use super::plane::{Piece, Point};
use super::random::Random;
use super::{grids, names, staff};

const STOREY_M: f64 = 2.9;
/// Land with fewer houses becomes a park.
const FEWEST_HOUSES: usize = 4;

/// A compound before it has coordinates.
struct Estate {
    community: usize,
    piece: Piece,
}

pub(super) fn city(mut layout: Layout, households: u32, in_post: usize, seed: u64) -> DemoCity {
    let mut random = Random::new(seed, 3);
    let (estates, mut houses) = build_estates(&mut layout, &mut random);
    settle(&mut houses, households);

    let codes = community_codes(&layout);
    let mut ground = Ground::new(layout.bend, layout.extent);
    ground.know(&layout.extent);
    let parts = grid_parts(&layout, &estates, &houses);
    let streets = layout.streets.iter().map(|s| &s.area);
    let communities = layout.communities.iter().map(|c| &c.area);
    for area in streets.chain(communities).chain(parts.iter().map(|p| &p.1)) {
        ground.know(area);
    }

    let grids = name_grids(&parts, &codes, &ground);
    let compounds = name_compounds(&layout, &estates, &houses, &codes, &ground);
    let buildings = name_buildings(&compounds, &houses, &ground);
    let keepers = post_keepers(&layout, &estates, &compounds, &buildings, in_post, seed);
    DemoCity {
        seed,
        source: "合成数据",
        as_of: staff::date(2026, 9, 30),
        regions: regions(&layout, &codes, &ground),
        grids,
        gates: gates(&estates, &compounds, &ground),
        compounds,
        buildings,
        barriers: barriers(&layout, &ground),
        context: context(&layout, &ground),
        keepers,
    }
}

/// Builds on the land for homes, community by community, from north to south.
fn build_estates(layout: &mut Layout, random: &mut Random) -> (Vec<Estate>, Vec<House>) {
    layout.land.sort_by(|a, b| {
        let key = |l: &Land| (l.community, l.piece.centre());
        let ((ca, pa), (cb, pb)) = (key(a), key(b));
        ca.cmp(&cb)
            .then(pa[1].total_cmp(&pb[1]))
            .then(pa[0].total_cmp(&pb[0]))
    });
    let (mut estates, mut houses) = (Vec::new(), Vec::new());
    for land in layout.land.iter_mut().filter(|l| l.used_as == Use::Homes) {
        let Some(community) = land.community else {
            continue;
        };
        let compound = estates.len();
        let style = if layout.old_town {
            Style::draw(random)
        } else {
            Style::nth(compound)
        };
        let mut built = fill(&land.piece, style, compound, random);
        if built.len() < FEWEST_HOUSES {
            land.used_as = Use::Park(String::new());
            continue;
        }
        houses.append(&mut built);
        estates.push(Estate {
            community,
            piece: land.piece.clone(),
        });
    }
    (estates, houses)
}

fn community_codes(layout: &Layout) -> Vec<String> {
    let mut numbers = vec![0; layout.streets.len()];
    layout
        .communities
        .iter()
        .map(|c| {
            numbers[c.street] += 1;
            names::community_code(c.street, numbers[c.street])
        })
        .collect()
}

/// (community, rectangle, households) of every grid.
fn grid_parts(
    layout: &Layout,
    estates: &[Estate],
    houses: &[House],
) -> Vec<(usize, super::layout::Rectangle, u32)> {
    let mut of_community = vec![Vec::new(); layout.communities.len()];
    for h in houses {
        of_community[estates[h.compound].community].push(h.clone());
    }
    let mut out = Vec::new();
    for (c, plot) in layout.communities.iter().enumerate() {
        let own = &of_community[c];
        for (area, members) in grids::split(plot.area, own) {
            out.push((c, area, members.iter().map(|&i| own[i].households()).sum()));
        }
    }
    out
}

fn name_grids(
    parts: &[(usize, super::layout::Rectangle, u32)],
    codes: &[String],
    ground: &Ground,
) -> Vec<Grid> {
    let mut numbers = vec![0; codes.len()];
    parts
        .iter()
        .map(|(c, area, households)| {
            numbers[*c] += 1;
            Grid {
                code: format!("{}{:03}", codes[*c], numbers[*c]),
                name: format!("第 {} 网格", numbers[*c]),
                community: codes[*c].clone(),
                households: *households,
                outline: ground.border(area),
            }
        })
        .collect()
}

fn name_compounds(
    layout: &Layout,
    estates: &[Estate],
    houses: &[House],
    codes: &[String],
    ground: &Ground,
) -> Vec<Compound> {
    let mut households = vec![0; estates.len()];
    for h in houses {
        households[h.compound] += h.households();
    }
    let mut numbers = vec![0; layout.communities.len()];
    estates
        .iter()
        .enumerate()
        .map(|(i, e)| {
            let number = &mut numbers[e.community];
            *number += 1;
            let given = layout.communities[e.community]
                .compound_names
                .get(*number - 1)
                .cloned();
            // 37 has no factor in common with 1,024: neighbours get unlike names.
            let name = given.unwrap_or_else(|| names::compound(i * 37 % 1024 + i / 1024 * 1024));
            Compound {
                code: format!("{}-{number:02}", codes[e.community]),
                name,
                community: codes[e.community].clone(),
                outline: ground.ring(&fence(&e.piece).corners),
                households: households[i],
                property_company: names::property_company(i * 3),
            }
        })
        .collect()
}

/// The ground of a compound inside its roads.
fn fence(piece: &Piece) -> Piece {
    piece.inset(0.0).unwrap_or_else(|| piece.clone())
}

fn name_buildings(compounds: &[Compound], houses: &[House], ground: &Ground) -> Vec<Building> {
    let mut numbers = vec![0; compounds.len()];
    houses
        .iter()
        .map(|h| {
            let number = &mut numbers[h.compound];
            *number += 1;
            let (l, d) = (h.length_m / 2.0, h.depth_m / 2.0);
            Building {
                code: format!("{}-{number:02}", compounds[h.compound].code),
                name: format!("{number}幢"),
                compound: h.compound,
                footprint: turned(ground, h.centre, &[[-l, -d], [l, -d], [l, d], [-l, d]]),
                floors: h.floors,
                height_m: (f64::from(h.floors) * STOREY_M * 10.0).round() / 10.0,
                households: h.households(),
                stairwells: h.stairwells,
            }
        })
        .collect()
}

/// A rigid shape around `centre`, in metres (x east, y south), turned with the plan.
fn turned(ground: &Ground, centre: Point, shape: &[Point]) -> Polygon<f64> {
    let middle = ground.bent(centre);
    let (sin, cos) = ground.angle_at(centre).sin_cos();
    polygon(
        shape
            .iter()
            .map(|p| {
                ground.degrees([
                    middle[0] + p[0] * cos - p[1] * sin,
                    middle[1] + p[0] * sin + p[1] * cos,
                ])
            })
            .collect(),
    )
}

fn post_keepers(
    layout: &Layout,
    estates: &[Estate],
    compounds: &[Compound],
    buildings: &[Building],
    in_post: usize,
    seed: u64,
) -> Vec<super::model::Housekeeper> {
    let mut random = Random::new(seed, 4);
    let street_of = |e: &Estate| layout.communities[e.community].street;
    let mut required = Vec::with_capacity(compounds.len());
    let mut from = 0;
    // Estates come community by community and communities street by street.
    for of_street in estates.chunk_by(|a, b| street_of(a) == street_of(b)) {
        let households: Vec<u32> = compounds[from..from + of_street.len()]
            .iter()
            .map(|c| c.households)
            .collect();
        required.extend(staff::quota(&households));
        from += of_street.len();
    }
    let distance: Vec<f64> = estates
        .iter()
        .map(|e| {
            let (c, office) = (e.piece.centre(), layout.offices[street_of(e)]);
            (c[0] - office[0]).hypot(c[1] - office[1])
        })
        .collect();
    let posted = staff::postings(&required, &distance, in_post, &mut random);
    let mut first = vec![usize::MAX; layout.streets.len()];
    for (i, c) in layout.communities.iter().enumerate() {
        first[c.street] = first[c.street].min(i);
    }
    let stems: Vec<usize> = estates
        .iter()
        .map(|e| e.community - first[street_of(e)])
        .collect();
    staff::keepers(&posted, compounds, buildings, &stems, &mut random)
}

fn regions(layout: &Layout, codes: &[String], ground: &Ground) -> Vec<Region> {
    let mut out = vec![Region {
        code: names::DISTRICT_CODE.into(),
        name: names::DISTRICT_NAME.into(),
        level: RegionLevel::District,
        parent: None,
        outline: ground.border(&layout.extent),
    }];
    out.extend(layout.streets.iter().enumerate().map(|(s, plot)| Region {
        code: names::street_code(s),
        name: plot.name.clone(),
        level: RegionLevel::Street,
        parent: Some(names::DISTRICT_CODE.into()),
        outline: ground.border(&plot.area),
    }));
    out.extend(
        layout
            .communities
            .iter()
            .zip(codes)
            .map(|(plot, code)| Region {
                code: code.clone(),
                name: plot.name.clone(),
                level: RegionLevel::Community,
                parent: Some(names::street_code(plot.street)),
                outline: ground.border(&plot.area),
            }),
    );
    out
}

/// One or two gates: on the side of the best road, and on the side most opposite to it.
fn gates(estates: &[Estate], compounds: &[Compound], ground: &Ground) -> Vec<Gate> {
    let mut out = Vec::new();
    for (compound, e) in estates.iter().enumerate() {
        let fence = fence(&e.piece);
        let sides: Vec<(Point, Point, f64, Point)> = fence
            .edges()
            .map(|(a, b, margin_m)| {
                let length = (b[0] - a[0]).hypot(b[1] - a[1]);
                let out = [(b[1] - a[1]) / length, (a[0] - b[0]) / length];
                // A gate on an artery is rare; one on a main road is usual.
                let road = if margin_m > 20.0 {
                    0.6
                } else {
                    0.8 + margin_m / 50.0
                };
                (a, b, length * road, out)
            })
            .filter(|s| s.2 > 10.0)
            .collect();
        let Some(main) = sides.iter().max_by(|a, b| a.2.total_cmp(&b.2)) else {
            continue;
        };
        let mut chosen = vec![main];
        if compounds[compound].households > 300 {
            let facing = |s: &(Point, Point, f64, Point)| s.3[0] * main.3[0] + s.3[1] * main.3[1];
            chosen.extend(sides.iter().min_by(|a, b| facing(a).total_cmp(&facing(b))));
        }
        for (a, b, _, out_of) in chosen {
            let line = ground.line(*a, *b);
            let [x, y] = *out_of;
            let name = match (x.abs() > y.abs(), x > 0.0, y > 0.0) {
                (true, true, _) => "东门",
                (true, false, _) => "西门",
                (false, _, true) => "南门",
                (false, _, false) => "北门",
            };
            let position = Position(line[line.len() / 2]);
            out.push(Gate {
                compound,
                name: name.into(),
                position,
            });
        }
    }
    out
}

fn barriers(layout: &Layout, ground: &Ground) -> Vec<Barrier> {
    let river = layout.river.iter().map(|r| Barrier {
        class: BarrierClass::Water,
        name: r.name.clone(),
        geometry: Geometry::Polygon(water(r, ground)),
    });
    let roads = layout
        .roads
        .iter()
        .filter(|r| r.class == RoadClass::Artery)
        .map(|r| Barrier {
            class: BarrierClass::MajorRoad,
            name: r.name.clone(),
            geometry: line(ground.line(r.from, r.to)),
        });
    river.chain(roads).collect()
}

fn line(coords: Vec<Coord<f64>>) -> Geometry<f64> {
    Geometry::LineString(LineString::new(coords))
}

/// A winding line along the river at `y`.
fn shore(r: &River, y: f64, wave_m: f64, phase: f64, ground: &Ground) -> Vec<Coord<f64>> {
    let n = ((r.x1 - r.x0) / 30.0).ceil() as usize;
    (0..=n)
        .map(|i| {
            let x = r.x0 + (r.x1 - r.x0) * i as f64 / n as f64;
            let sway = 15.0 * (x / wave_m + phase).sin() + 9.0 * (x / 97.0 + phase).sin();
            ground.at([x, y + sway])
        })
        .collect()
}

/// North shore to the east, south shore back.
fn water(r: &River, ground: &Ground) -> Polygon<f64> {
    let mut ring = shore(r, r.y0 + 64.0, 230.0, 0.4, ground);
    let mut south = shore(r, r.y1 - 60.0, 285.0, 2.0, ground);
    south.reverse();
    ring.append(&mut south);
    polygon(ring)
}

fn context(layout: &Layout, ground: &Ground) -> Vec<Context> {
    let mut out = Vec::new();
    let mut add = |kind, name: &str, geometry| {
        out.push(Context {
            kind,
            name: name.to_owned(),
            geometry,
        });
    };
    if let Some(r) = &layout.river {
        let bank = [
            [r.x0, r.y0 + 20.0],
            [r.x1, r.y0 + 20.0],
            [r.x1, r.y1 - 18.0],
            [r.x0, r.y1 - 18.0],
        ];
        add(
            ContextKind::Green,
            "",
            Geometry::Polygon(ground.ring(&bank)),
        );
        add(
            ContextKind::Path,
            "",
            line(shore(r, r.y0 + 40.0, 260.0, 1.0, ground)),
        );
        add(
            ContextKind::Path,
            "",
            line(shore(r, r.y1 - 38.0, 240.0, 3.0, ground)),
        );
    }
    for land in &layout.land {
        let outline = || Geometry::Polygon(ground.ring(&fence(&land.piece).corners));
        let centre = land.piece.centre();
        let mut civic = |name: &str, shapes: &[(ContextKind, Vec<Point>)]| {
            add(ContextKind::Civic, name, outline());
            for (kind, shape) in shapes {
                add(*kind, "", Geometry::Polygon(turned(ground, centre, shape)));
            }
        };
        let house = |x, y, w, h| (ContextKind::CivicBuilding, block(x, y, w, h));
        match &land.used_as {
            Use::Homes => {}
            Use::Outside => add(ContextKind::Outside, "", outline()),
            Use::Park(name) => {
                add(ContextKind::Green, name, outline());
                if land.piece.area_m2() > 40_000.0 {
                    let pond = oval([12.0, 8.0], 38.0, 22.0);
                    add(
                        ContextKind::Pond,
                        "",
                        Geometry::Polygon(turned(ground, centre, &pond)),
                    );
                }
            }
            Use::School(name) => civic(
                name,
                &[
                    (ContextKind::Track, oval([44.0, -39.0], 46.0, 25.0)),
                    house(-86.0, -60.0, 62.0, 15.0),
                    house(-86.0, -26.0, 62.0, 15.0),
                    house(-86.0, 34.0, 70.0, 17.0),
                    house(20.0, 32.0, 54.0, 30.0),
                ],
            ),
            Use::Hospital(name) => civic(
                name,
                &[
                    house(-80.0, -56.0, 104.0, 22.0),
                    house(-40.0, -34.0, 28.0, 24.0),
                    house(44.0, -56.0, 32.0, 58.0),
                    house(-80.0, 36.0, 76.0, 20.0),
                    house(20.0, 34.0, 56.0, 24.0),
                ],
            ),
            Use::Mall(name) => civic(
                name,
                &[
                    house(-78.0, -58.0, 150.0, 44.0),
                    house(-78.0, 26.0, 64.0, 34.0),
                    house(12.0, 26.0, 60.0, 34.0),
                ],
            ),
            Use::Office(name) => civic(
                name,
                &[
                    house(-74.0, -54.0, 148.0, 20.0),
                    house(-14.0, -34.0, 28.0, 18.0),
                    house(-74.0, 32.0, 58.0, 20.0),
                    house(16.0, 32.0, 58.0, 20.0),
                ],
            ),
        }
    }
    for r in &layout.roads {
        let kind = match r.class {
            RoadClass::Artery => ContextKind::Artery,
            RoadClass::Main => ContextKind::Road,
            RoadClass::Lane => ContextKind::Lane,
        };
        add(kind, &r.name, line(ground.line(r.from, r.to)));
    }
    out
}

/// A rectangle from its north-west corner, metres around the centre.
fn block(x: f64, y: f64, width: f64, height: f64) -> Vec<Point> {
    vec![
        [x, y],
        [x + width, y],
        [x + width, y + height],
        [x, y + height],
    ]
}

fn oval(centre: Point, rx: f64, ry: f64) -> Vec<Point> {
    (0..24)
        .map(|i| {
            let (sin, cos) = (f64::from(i) / 24.0 * TAU).sin_cos();
            [centre[0] + rx * cos, centre[1] + ry * sin]
        })
        .collect()
}
