//! A plain synthetic city for benches and tests: blocks of buildings on a chessboard, one area per two blocks.
//!
//! Not the demo city: nothing here looks like a place, but everything is countable. Invariant: equal arguments
//! give equal cities.

use geo_types::{LineString, MultiPolygon, Point, Polygon};
use gridkeeper::atlas::{
    AreaColumn, AreaIn, AtlasInput, BarrierIn, BuildingIn, CompoundIn, GateIn, GridIn, KeeperIn,
    NONE, PlanIn, RegionIn,
};
use gridkeeper::domain::RegionLevel;
use uuid::Uuid;

/// South-west corner, degrees.
pub const CORNER: (f64, f64) = (121.40, 31.15);
/// Buildings of one compound.
pub const PER_COMPOUND: usize = 50;
const BLOCK_M: (f64, f64) = (260.0, 220.0);
const ROAD_M: f64 = 20.0;
/// Blocks on a side of a community.
const COMMUNITY: usize = 5;

/// Small deterministic generator (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in 0..1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.next(), self.next())
    }
}

/// Metres east and north of the corner → (lon, lat).
pub fn at(x_m: f64, y_m: f64) -> (f64, f64) {
    (CORNER.0 + x_m / 95_200.0, CORNER.1 + y_m / 110_900.0)
}

fn ring(points: &[(f64, f64)]) -> LineString<f64> {
    let mut ring: Vec<(f64, f64)> = points.iter().map(|&(x, y)| at(x, y)).collect();
    ring.push(ring[0]);
    LineString::from(ring)
}

fn rectangle(x: f64, y: f64, w: f64, h: f64) -> Polygon<f64> {
    Polygon::new(
        ring(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)]),
        vec![],
    )
}

fn building(random: &mut Random, n: usize, x: f64, y: f64) -> Polygon<f64> {
    let (w, h) = (14.0 + 8.0 * random.unit(), 9.0 + 6.0 * random.unit());
    let (sin, cos) = (random.unit() * 0.4 - 0.2).sin_cos();
    let turn = |(dx, dy): (f64, f64)| (x + dx * cos - dy * sin, y + dx * sin + dy * cos);
    let outer: Vec<(f64, f64)> = if n % 3 == 0 {
        // An L.
        vec![
            (0.0, 0.0),
            (w, 0.0),
            (w, h / 2.0),
            (w / 2.0, h / 2.0),
            (w / 2.0, h),
            (0.0, h),
        ]
    } else {
        vec![(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)]
    };
    let holes = if n % 97 == 1 {
        let inner = [
            (w * 0.3, h * 0.3),
            (w * 0.3, h * 0.7),
            (w * 0.7, h * 0.7),
            (w * 0.7, h * 0.3),
        ];
        vec![ring(&inner.map(turn))]
    } else {
        vec![]
    };
    Polygon::new(
        ring(&outer.into_iter().map(turn).collect::<Vec<_>>()),
        holes,
    )
}

/// Name of compound `n`: 示例甲01.
pub fn compound_name(n: usize) -> String {
    const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    format!("示例{}{:02}", STEMS[n % 10], n / 10 + 1)
}

/// A city of about `buildings` buildings (whole compounds).
pub fn city(buildings: usize) -> AtlasInput {
    let mut random = Random(20_260_101);
    let compounds = buildings.div_ceil(PER_COMPOUND).max(1);
    let side = (compounds as f64).sqrt().ceil() as usize;
    let pitch = (BLOCK_M.0 + ROAD_M, BLOCK_M.1 + ROAD_M);
    let communities = side.div_ceil(COMMUNITY);
    let code = |cx: usize, cy: usize| format!("999001001{:03}", 1 + cy * communities + cx);
    let mut input = AtlasInput {
        version: 7,
        synthetic: true,
        ..AtlasInput::default()
    };
    let (mut area_of_building, mut area_of_compound) = (Vec::new(), Vec::new());
    let mut plan = PlanIn {
        id: random.uuid(),
        in_force: true,
        areas: Vec::new(),
        area_of_building: AreaColumn::default(),
        area_of_compound: AreaColumn::default(),
    };
    for cy in 0..communities {
        for cx in 0..communities {
            let (w, h) = (pitch.0 * COMMUNITY as f64, pitch.1 * COMMUNITY as f64);
            let outline = MultiPolygon(vec![rectangle(cx as f64 * w, cy as f64 * h, w, h)]);
            let name = format!("示例社区{:03}", cy * communities + cx + 1);
            let level = RegionLevel::Community;
            input.regions.push(RegionIn {
                code: code(cx, cy),
                level,
                name,
                outline: Some(outline),
            });
        }
    }
    for n in 0..compounds {
        let (bx, by) = (n % side, n / side);
        let (x, y) = (
            bx as f64 * pitch.0 + ROAD_M / 2.0,
            by as f64 * pitch.1 + ROAD_M / 2.0,
        );
        let community = code(bx / COMMUNITY, by / COMMUNITY);
        let outline = rectangle(x, y, BLOCK_M.0, BLOCK_M.1);
        input.grids.push(GridIn {
            id: random.uuid(),
            code: format!("G{n:05}"),
            name: format!("示例网格{n:05}"),
            outline: MultiPolygon(vec![rectangle(
                x - ROAD_M / 2.0,
                y - ROAD_M / 2.0,
                pitch.0,
                pitch.1,
            )]),
        });
        // An area covers two blocks side by side, roads included.
        if bx % 2 == 0 {
            let width = if bx + 1 < side {
                2.0 * pitch.0
            } else {
                pitch.0
            };
            plan.areas.push(AreaIn {
                id: random.uuid(),
                label: format!("{:02}", plan.areas.len() + 1),
                name: format!("示例片区{:02}", plan.areas.len() + 1),
                community: community.clone(),
                households: Some(500),
                deviation_bp: Some((random.next() % 3000) as i32 - 1500),
                colour: ((bx / 2 + by * 2) % 6) as u8,
                out_of_band: false,
                heavy: false,
                outline: MultiPolygon(vec![rectangle(
                    x - ROAD_M / 2.0,
                    y - ROAD_M / 2.0,
                    width,
                    pitch.1,
                )]),
                tag: None,
                keepers: vec![format!("示例管家{n:04}")],
            });
        }
        let area = plan.areas.len() as u32 - 1;
        area_of_compound.push(NONE);
        input.compounds.push(CompoundIn {
            id: random.uuid(),
            code: format!("C{n:05}"),
            name: compound_name(n),
            community: community.clone(),
            outline: Some(MultiPolygon(vec![outline])),
            point: Point::from(at(x + BLOCK_M.0 / 2.0, y + BLOCK_M.1 / 2.0)),
            households: Some(1000),
            estimated: n % 7 == 0,
            required: Some(4),
            in_post: (n % 5) as u32,
            short: Some(4_u32.saturating_sub((n % 5) as u32)),
            coverage_bp: Some((n % 5) as u32 * 2500),
        });
        input.gates.push(GateIn {
            id: random.uuid(),
            name: "东门".to_owned(),
            compound: Some(n as u32),
            point: Point::from(at(x + BLOCK_M.0, y + BLOCK_M.1 / 2.0)),
        });
        for b in 0..PER_COMPOUND {
            // 5 × 10 places of 52 m × 22 m.
            let (px, py) = (
                x + (b % 5) as f64 * 52.0 + 12.0,
                y + (b / 5) as f64 * 22.0 + 5.0,
            );
            let footprint = building(&mut random, input.buildings.len(), px, py);
            input.buildings.push(BuildingIn {
                id: random.uuid(),
                code: format!("B{:07}", input.buildings.len()),
                name: format!("{}幢", b + 1),
                compound: Some(n as u32),
                community: community.clone(),
                point: Point::from(footprint.exterior().0[0]),
                footprint: (b % 25 != 24).then(|| MultiPolygon(vec![footprint])),
                households: (b % 11 != 10).then_some(20),
                estimated: b % 4 == 0,
                floors: Some(6 + (random.next() % 20) as u16),
            });
            area_of_building.push(area);
        }
    }
    let (width, height) = (side as f64 * pitch.0, side as f64 * pitch.1);
    input.barriers.push(BarrierIn {
        id: random.uuid(),
        class: "rail".to_owned(),
        name: "示例铁路".to_owned(),
        geometry: LineString::from(vec![at(-500.0, -500.0), at(width + 500.0, height + 500.0)])
            .into(),
    });
    input.keepers.push(KeeperIn {
        id: random.uuid(),
        name: "示例管家甲".to_owned(),
        hint: compound_name(0),
        point: None,
    });
    plan.area_of_building = area_of_building.into();
    plan.area_of_compound = area_of_compound.into();
    input.plans.push(plan);
    input
}
