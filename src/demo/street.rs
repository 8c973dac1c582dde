//! The layout of the small street: two arteries, a river, a diagonal, 40 compounds.
//!
//! Invariant: 2,300 × 1,560 m over seven communities, whatever the seed.

use super::ground::Bend;
use super::layout::{
    CommunityPlot, Land, Layout, Rectangle, River, Road, RoadClass, StreetPlot, Use, divide,
};
use super::names;
use super::plane::{Piece, Point};
use super::random::Random;

const EXTENT: Rectangle = Rectangle::new(0.0, 0.0, 2300.0, 1560.0);
/// The drawing goes on beyond the limit, pale.
const FAR: Rectangle = Rectangle::new(-700.0, -600.0, 3000.0, 2160.0);
const RIVER_NORTH: f64 = 880.0;
const RIVER_SOUTH: f64 = 1090.0;
const OFFICE: Point = [1040.0, 640.0];
const COMPOUNDS: usize = 40;
/// Left-over land under this is a pocket park.
const PARK_UNDER_M2: f64 = 37_000.0;

const COMMUNITIES: [Rectangle; 7] = [
    Rectangle::new(0.0, 0.0, 1150.0, 430.0),
    Rectangle::new(1150.0, 0.0, 2300.0, 430.0),
    Rectangle::new(0.0, 430.0, 560.0, 985.0),
    Rectangle::new(560.0, 430.0, 1150.0, 985.0),
    Rectangle::new(1150.0, 430.0, 2300.0, 985.0),
    Rectangle::new(0.0, 985.0, 1150.0, 1560.0),
    Rectangle::new(1150.0, 985.0, 2300.0, 1560.0),
];

pub(super) fn layout(seed: u64) -> Layout {
    let mut random = Random::new(seed, 1);
    let mut roads = main_roads();
    let mut pieces = vec![Piece::rectangle(FAR.x0, FAR.y0, FAR.x1, FAR.y1, 0.0)];
    for r in &roads {
        let half_m = if r.class == RoadClass::Artery {
            23.0
        } else {
            17.0
        };
        pieces = pieces
            .iter()
            .flat_map(|p| p.cut(r.from, r.to, half_m))
            .collect();
    }
    let diagonal = Road {
        name: "望湖路".into(),
        class: RoadClass::Main,
        from: [1390.0, 0.0],
        to: [2300.0, 690.0],
    };
    let diagonal_quarter = Rectangle::new(1150.0, 0.0, 2300.0, RIVER_NORTH);
    pieces = pieces
        .into_iter()
        .flat_map(|p| {
            if diagonal_quarter.contains(p.centre()) {
                p.cut(diagonal.from, diagonal.to, 16.0)
            } else {
                vec![p]
            }
        })
        .collect();
    roads.push(diagonal);

    let mut land: Vec<Land> = pieces
        .into_iter()
        .filter(|p| !(RIVER_NORTH..RIVER_SOUTH).contains(&p.centre()[1]))
        .flat_map(|p| divide(p, (78_000.0, 94_000.0), &mut random, &mut roads))
        .map(|piece| {
            let centre = piece.centre();
            let community = COMMUNITIES.iter().position(|c| c.contains(centre));
            let used_as = match community {
                None => Use::Outside,
                Some(_) if piece.area_m2() < PARK_UNDER_M2 => Use::Park(String::new()),
                Some(_) => Use::Homes,
            };
            Land {
                piece,
                community,
                used_as,
            }
        })
        .collect();
    for (used_as, at) in special_places() {
        if land.iter().filter(|l| l.used_as == Use::Homes).count() <= COMPOUNDS {
            break;
        }
        let distance = |l: &Land| {
            let c = l.piece.centre();
            (c[0] - at[0]).hypot(c[1] - at[1])
        };
        if let Some(nearest) = land
            .iter_mut()
            .filter(|l| l.used_as == Use::Homes)
            .min_by(|a, b| distance(a).total_cmp(&distance(b)))
        {
            nearest.used_as = used_as;
        }
    }

    Layout {
        bend: Bend::Street,
        extent: EXTENT,
        streets: vec![StreetPlot {
            name: "幸福街道（合成）".into(),
            area: EXTENT,
        }],
        communities: COMMUNITIES
            .iter()
            .zip(names::SMALL)
            .map(|(area, (name, compounds))| CommunityPlot {
                name: format!("{name}社区"),
                street: 0,
                area: *area,
                compound_names: compounds.iter().map(ToString::to_string).collect(),
            })
            .collect(),
        roads,
        river: Some(River {
            name: "清溪河".into(),
            y0: RIVER_NORTH,
            y1: RIVER_SOUTH,
            x0: FAR.x0,
            x1: FAR.x1,
        }),
        land,
        offices: vec![OFFICE],
        old_town: false,
    }
}

fn main_roads() -> Vec<Road> {
    let across = |name: &str, y: f64, class| Road {
        name: name.into(),
        class,
        from: [FAR.x0, y],
        to: [FAR.x1, y],
    };
    let along = |name: &str, x: f64, class| Road {
        name: name.into(),
        class,
        from: [x, FAR.y0],
        to: [x, FAR.y1],
    };
    vec![
        across("长兴大道", 430.0, RoadClass::Artery),
        along("青年路", 1150.0, RoadClass::Artery),
        across("文昌路", 0.0, RoadClass::Main),
        across("丰乐路", 1560.0, RoadClass::Main),
        along("西环路", 0.0, RoadClass::Main),
        along("东环路", 2300.0, RoadClass::Main),
        across("滨河北路", RIVER_NORTH, RoadClass::Main),
        across("滨河南路", RIVER_SOUTH, RoadClass::Main),
        along("和平路", 560.0, RoadClass::Main),
        along("春晖路", 1720.0, RoadClass::Main),
    ]
}

/// In the order of need: the first ones exist for every seed.
fn special_places() -> Vec<(Use, Point)> {
    vec![
        (Use::Park("文昌公园".into()), [1760.0, 90.0]),
        (Use::School("第七中学（示例）".into()), [830.0, 330.0]),
        (Use::School("青年路小学（示例）".into()), [1380.0, 780.0]),
        (Use::Hospital("示例医院".into()), [330.0, 760.0]),
        (Use::Office("街道办事处（示例）".into()), OFFICE),
        (Use::Mall("丰乐广场".into()), [1260.0, 1480.0]),
        (Use::Park("清溪湿地".into()), [2180.0, 1190.0]),
        (Use::Mall("长兴市场".into()), [1880.0, 520.0]),
        (Use::School("桐荫小学（示例）".into()), [1960.0, 1470.0]),
        (Use::Park("儿童公园".into()), [120.0, 1450.0]),
        (Use::Mall("体育馆".into()), [2180.0, 420.0]),
        (Use::Office("文化馆".into()), [420.0, 120.0]),
    ]
}
