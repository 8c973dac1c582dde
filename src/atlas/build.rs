//! Rows → [`Atlas`]: Morton order, columns, trees, cell grids, names.
//!
//! Invariant: two inputs with the same rows in any order give the same atlas; a wrong index between rows is an
//! error of the caller and is refused, never silently dropped.

use std::collections::HashMap;

use geo_types::Point;
use rayon::prelude::*;
use uuid::Uuid;

use super::Atlas;
use super::area_column::AreaColumn;
use super::fixed::{EMPTY_BOX, Fixed, FixedBox, box_union, morton, point_to_fixed, to_lon_lat};
use super::input::{AreaIn, AtlasInput, NONE, PlanIn};
use super::layers::{
    Areas, Barriers, Buildings, Compounds, Gates, Grids, Ids, Regions, or_unknown,
};
use super::pole::pole;
use super::raster::Raster;
use super::search::Names;
use super::shapes::Shapes;
use super::strings::StringsBuilder;
use super::tree::Tree;
use crate::domain::RegionLevel;

/// Rows that contradict each other.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AtlasError {
    /// An index points beyond the rows.
    #[error("{what} {row} refers to {target} number {index}, but there are only {count}")]
    DanglingIndex {
        /// Kind of the row.
        what: &'static str,
        /// Position of the row.
        row: usize,
        /// Kind of what it refers to.
        target: &'static str,
        /// The index.
        index: u32,
        /// How many there are.
        count: usize,
    },
    /// A column of a plan has not one entry per row.
    #[error("plan {plan}: {column} has {got} entries instead of {expected}")]
    WrongLength {
        /// The plan.
        plan: Uuid,
        /// The column.
        column: &'static str,
        /// Its length.
        got: usize,
        /// The number of rows.
        expected: usize,
    },
}

/// Input positions in dense order, and the way back.
struct Order {
    /// dense → input
    input: Vec<u32>,
    /// input → dense
    dense: Vec<u32>,
}

impl Order {
    fn by<K: Ord>(rows: usize, key: impl Fn(usize) -> (u64, K)) -> Self {
        let mut input: Vec<u32> = (0..rows as u32).collect();
        input.sort_by_cached_key(|&i| key(i as usize));
        let mut dense = vec![0; rows];
        for (new, &old) in input.iter().enumerate() {
            dense[old as usize] = new as u32;
        }
        Self { input, dense }
    }

    /// Input rows in dense order.
    fn rows<'a, T>(&'a self, rows: &'a [T]) -> impl Iterator<Item = &'a T> {
        self.input.iter().map(|&i| &rows[i as usize])
    }

    /// Dense number of an optional input position.
    fn map(&self, input: Option<u32>) -> u32 {
        input.map_or(NONE, |i| self.dense[i as usize])
    }
}

impl Atlas {
    /// Builds the atlas; `input` can be dropped afterwards.
    pub fn build(input: &AtlasInput) -> Result<Self, AtlasError> {
        check(input)?;
        let mut strings = StringsBuilder::new();
        let regions = regions(input, &mut strings);
        let grids = grids(input, &mut strings);
        let (compound_order, mut compounds) = compounds(input, &mut strings);
        let (building_order, buildings) = buildings(input, &compound_order, &mut strings);
        link_buildings(&mut compounds, &buildings);
        let barriers = barriers(input, &mut strings);
        let gates = gates(input, &compound_order, &mut strings);

        let mut plan = |plan: &PlanIn, origins: &[(u32, u32)], in_force: bool| {
            let mut areas = areas(
                plan,
                origins,
                &building_order,
                &compound_order,
                &mut strings,
            );
            areas.majority_of_compound = majority(&areas, &compounds, &buildings);
            if in_force {
                areas.raster = Some(Raster::new(&areas.shapes, &areas.tree, |_| true));
            }
            areas
        };
        let plans: Vec<Areas> = (0_u32..)
            .zip(&input.plans)
            .map(|(i, p)| {
                plan(
                    p,
                    &(0..p.areas.len() as u32)
                        .map(|j| (i, j))
                        .collect::<Vec<_>>(),
                    false,
                )
            })
            .collect();
        let (union, origins) = all_in_force(input, &plans);
        let mut in_force = plan(&union, &origins, true);
        in_force.plan = None;

        let mut atlas = Self {
            version: input.version,
            synthetic: input.synthetic,
            fingerprint: 0,
            strings: strings.finish(),
            regions,
            grids,
            compounds,
            buildings,
            barriers,
            gates,
            plans,
            in_force,
            names: Names::default(),
            bounds: None,
        };
        let trees = [
            &atlas.regions.tree,
            &atlas.grids.tree,
            &atlas.compounds.tree,
            &atlas.buildings.tree,
            &atlas.barriers.tree,
            &atlas.gates.tree,
        ];
        let bounds = trees
            .iter()
            .fold(EMPTY_BOX, |all, tree| box_union(all, tree.bounds()));
        atlas.bounds = (bounds != EMPTY_BOX).then_some(bounds);
        atlas.names = Names::new(&atlas, &input.keepers);
        atlas.fingerprint = fingerprint(&atlas);
        Ok(atlas)
    }
}

fn check(input: &AtlasInput) -> Result<(), AtlasError> {
    let index = |what, row, target, index: u32, count: usize| {
        if (index as usize) < count {
            Ok(())
        } else {
            Err(AtlasError::DanglingIndex {
                what,
                row,
                target,
                index,
                count,
            })
        }
    };
    let compounds = input.compounds.len();
    for (row, building) in input.buildings.iter().enumerate() {
        building
            .compound
            .map_or(Ok(()), |i| index("building", row, "compound", i, compounds))?;
    }
    for (row, gate) in input.gates.iter().enumerate() {
        gate.compound
            .map_or(Ok(()), |i| index("gate", row, "compound", i, compounds))?;
    }
    for plan in &input.plans {
        let columns = [
            (
                "area_of_building",
                "building",
                &plan.area_of_building,
                input.buildings.len(),
            ),
            (
                "area_of_compound",
                "compound",
                &plan.area_of_compound,
                compounds,
            ),
        ];
        for (column, what, values, expected) in columns {
            let got = values.len();
            if got != expected && got != 0 {
                return Err(AtlasError::WrongLength {
                    plan: plan.id,
                    column,
                    got,
                    expected,
                });
            }
            for (row, area) in values.iter() {
                index(what, row, "area", area, plan.areas.len())?;
            }
        }
    }
    Ok(())
}

/// Position that orders a feature: its point, else the middle of its box.
fn middle(bounds: FixedBox) -> Fixed {
    if bounds == EMPTY_BOX {
        return [0, 0];
    }
    let mid = |a: u32, b: u32| ((u64::from(a) + u64::from(b)) / 2) as u32;
    [mid(bounds[0], bounds[2]), mid(bounds[1], bounds[3])]
}

/// Box of a geometry in fixed units.
fn bounds_of(add: impl FnOnce(&mut Shapes)) -> FixedBox {
    let mut shapes = Shapes::default();
    add(&mut shapes);
    shapes.bounds(0)
}

/// Box of each feature; a feature without geometry has the box of its point.
fn tree(shapes: &Shapes, points: Option<&[Fixed]>) -> Tree {
    let item = |i: usize| {
        let own = shapes.bounds(i as u32);
        match points {
            Some(points) if own == EMPTY_BOX => point_box(points[i]),
            _ => own,
        }
    };
    Tree::new((0..shapes.len()).map(item).collect())
}

const fn point_box([x, y]: Fixed) -> FixedBox {
    [x, y, x, y]
}

fn at(point: Point<f64>) -> u64 {
    morton(point_to_fixed(point))
}

fn regions(input: &AtlasInput, strings: &mut StringsBuilder) -> Regions {
    let order = Order::by(input.regions.len(), |i| {
        let region = &input.regions[i];
        let bounds = bounds_of(|shapes| shapes.push_polygons(region.outline.as_ref()));
        (morton(middle(bounds)), region.code.clone())
    });
    let mut regions = Regions::default();
    for region in order.rows(&input.regions) {
        regions.code.push(strings.intern(&region.code));
        regions.name.push(strings.intern(&region.name));
        regions.level.push(region.level);
        regions.shapes.push_polygons(region.outline.as_ref());
    }
    regions.by_code = (0_u32..)
        .zip(&regions.code)
        .map(|(i, &code)| (code, i))
        .collect();
    regions.by_code.sort_unstable();
    regions.row = order.input;
    regions.shapes.shrink();
    regions.tree = tree(&regions.shapes, None);
    regions.raster = Raster::new(&regions.shapes, &regions.tree, |i| {
        regions.level[i as usize] == RegionLevel::Community
    });
    regions
}

fn grids(input: &AtlasInput, strings: &mut StringsBuilder) -> Grids {
    let order = Order::by(input.grids.len(), |i| {
        let grid = &input.grids[i];
        let bounds = bounds_of(|shapes| shapes.push_polygons(Some(&grid.outline)));
        (morton(middle(bounds)), grid.id)
    });
    let mut grids = Grids {
        id: Ids::new(order.rows(&input.grids).map(|grid| grid.id).collect()),
        ..Grids::default()
    };
    for grid in order.rows(&input.grids) {
        grids.code.push(strings.intern(&grid.code));
        grids.name.push(strings.intern(&grid.name));
        grids.shapes.push_polygons(Some(&grid.outline));
    }
    grids.row = order.input;
    grids.shapes.shrink();
    grids.tree = tree(&grids.shapes, None);
    grids.raster = Raster::new(&grids.shapes, &grids.tree, |_| true);
    grids
}

fn compounds(input: &AtlasInput, strings: &mut StringsBuilder) -> (Order, Compounds) {
    let rows = &input.compounds;
    let order = Order::by(rows.len(), |i| (at(rows[i].point), rows[i].id));
    let mut all = Compounds {
        id: Ids::new(order.rows(rows).map(|row| row.id).collect()),
        ..Compounds::default()
    };
    for row in order.rows(rows) {
        all.code.push(strings.intern(&row.code));
        all.name.push(strings.intern(&row.name));
        all.community.push(strings.intern(&row.community));
        all.point.push(point_to_fixed(row.point));
        all.households.push(or_unknown(row.households));
        all.estimated.push(row.estimated);
        all.required.push(or_unknown(row.required));
        all.in_post.push(row.in_post);
        all.short.push(or_unknown(row.short));
        all.coverage_bp.push(or_unknown(row.coverage_bp));
        all.shapes.push_polygons(row.outline.as_ref());
    }
    all.row.clone_from(&order.input);
    all.shapes.shrink();
    all.tree = tree(&all.shapes, Some(&all.point));
    all.raster = Raster::new(&all.shapes, &all.tree, |_| true);
    (order, all)
}

fn buildings(
    input: &AtlasInput,
    compounds: &Order,
    strings: &mut StringsBuilder,
) -> (Order, Buildings) {
    let rows = &input.buildings;
    let order = Order::by(rows.len(), |i| (at(rows[i].point), rows[i].id));
    let n = rows.len();
    let mut all = Buildings {
        id: Ids::new(order.rows(rows).map(|row| row.id).collect()),
        code: Vec::with_capacity(n),
        name: Vec::with_capacity(n),
        compound: Vec::with_capacity(n),
        community: Vec::with_capacity(n),
        point: Vec::with_capacity(n),
        households: Vec::with_capacity(n),
        estimated: Vec::with_capacity(n),
        floors: Vec::with_capacity(n),
        ..Buildings::default()
    };
    for row in order.rows(rows) {
        all.code.push(strings.intern(&row.code));
        all.name.push(strings.intern(&row.name));
        all.compound.push(compounds.map(row.compound));
        all.community.push(strings.intern(&row.community));
        all.point.push(point_to_fixed(row.point));
        all.households.push(or_unknown(row.households));
        all.estimated.push(row.estimated);
        all.floors.push(
            row.floors
                .map_or(-1, |n| i16::try_from(n).unwrap_or(i16::MAX)),
        );
        all.shapes.push_polygons(row.footprint.as_ref());
    }
    all.row.clone_from(&order.input);
    all.shapes.shrink();
    all.tree = tree(&all.shapes, Some(&all.point));
    (order, all)
}

fn link_buildings(compounds: &mut Compounds, buildings: &Buildings) {
    let mut first = vec![0_u32; compounds.id.len() + 1];
    for &compound in buildings
        .compound
        .iter()
        .filter(|&&compound| compound != NONE)
    {
        first[compound as usize + 1] += 1;
    }
    for i in 1..first.len() {
        first[i] += first[i - 1];
    }
    let mut next = first.clone();
    let mut list = vec![0; first[first.len() - 1] as usize];
    for (building, &compound) in buildings.compound.iter().enumerate() {
        if compound != NONE {
            let slot = &mut next[compound as usize];
            list[*slot as usize] = building as u32;
            *slot += 1;
        }
    }
    compounds.first_building = first;
    compounds.buildings = list;
}

fn barriers(input: &AtlasInput, strings: &mut StringsBuilder) -> Barriers {
    let rows = &input.barriers;
    let order = Order::by(rows.len(), |i| {
        let bounds = bounds_of(|shapes| {
            shapes.push_geometry(&rows[i].geometry);
        });
        (morton(middle(bounds)), rows[i].id)
    });
    let mut all = Barriers {
        id: Ids::new(order.rows(rows).map(|row| row.id).collect()),
        ..Barriers::default()
    };
    for row in order.rows(rows) {
        all.class.push(strings.intern(&row.class));
        all.name.push(strings.intern(&row.name));
        all.polygons.push(all.shapes.push_geometry(&row.geometry));
    }
    all.shapes.shrink();
    all.tree = tree(&all.shapes, None);
    all
}

fn gates(input: &AtlasInput, compounds: &Order, strings: &mut StringsBuilder) -> Gates {
    let rows = &input.gates;
    let order = Order::by(rows.len(), |i| (at(rows[i].point), rows[i].id));
    let mut all = Gates {
        id: Ids::new(order.rows(rows).map(|row| row.id).collect()),
        ..Gates::default()
    };
    for row in order.rows(rows) {
        all.name.push(strings.intern(&row.name));
        all.compound.push(compounds.map(row.compound));
        all.point.push(point_to_fixed(row.point));
    }
    all.tree = Tree::new(all.point.iter().map(|&point| point_box(point)).collect());
    all
}

/// All plans in force as one (every street has its own), and for each area its plan and number there.
///
/// Where the numbers go was found for `plans` already.
fn all_in_force(input: &AtlasInput, plans: &[Areas]) -> (PlanIn, Vec<(u32, u32)>) {
    let mut origins = Vec::new();
    let mut all = PlanIn {
        id: Uuid::nil(),
        in_force: true,
        areas: Vec::new(),
        area_of_building: AreaColumn::default(),
        area_of_compound: AreaColumn::default(),
    };
    let (mut buildings, mut compounds) = (Vec::new(), Vec::new());
    for (number, plan) in (0_u32..)
        .zip(&input.plans)
        .filter(|(_, plan)| plan.in_force)
    {
        let offset = all.areas.len() as u32;
        origins.extend((0..plan.areas.len() as u32).map(|area| (number, area)));
        all.areas.extend(plan.areas.iter().cloned());
        let built = &plans[number as usize];
        for (&(_, area), &tag) in built.row.iter().zip(&built.tag) {
            all.areas[(offset + area) as usize].tag = Some(to_lon_lat(tag));
        }
        let shifted = |(row, area): (usize, u32)| (row, offset + area);
        buildings.extend(plan.area_of_building.iter().map(shifted));
        compounds.extend(plan.area_of_compound.iter().map(shifted));
    }
    all.area_of_building = AreaColumn::of(input.buildings.len(), buildings.into_iter());
    all.area_of_compound = AreaColumn::of(input.compounds.len(), compounds.into_iter());
    (all, origins)
}

fn areas(
    plan: &PlanIn,
    origins: &[(u32, u32)],
    buildings: &Order,
    compounds: &Order,
    strings: &mut StringsBuilder,
) -> Areas {
    let rows: &[AreaIn] = &plan.areas;
    let order = Order::by(rows.len(), |i| {
        let bounds = bounds_of(|shapes| shapes.push_polygons(Some(&rows[i].outline)));
        (morton(middle(bounds)), rows[i].id)
    });
    let mut all = Areas {
        plan: Some(plan.id),
        id: Ids::new(order.rows(rows).map(|row| row.id).collect()),
        ..Areas::default()
    };
    all.row = order.input.iter().map(|&i| origins[i as usize]).collect();
    for row in order.rows(rows) {
        all.name.push(strings.intern(&row.name));
        all.label.push(strings.intern(&row.label));
        all.community.push(strings.intern(&row.community));
        all.households.push(row.households);
        all.deviation_bp.push(row.deviation_bp);
        all.colour.push(row.colour);
        all.out_of_band.push(row.out_of_band);
        all.heavy.push(row.heavy);
        all.keepers.push(row.keepers.clone().into_boxed_slice());
        all.shapes.push_polygons(Some(&row.outline));
    }
    all.shapes.shrink();
    // Where the numbers go is most of the work, and each area's is its own.
    let rows_in_order: Vec<&AreaIn> = order.rows(rows).collect();
    all.tag = rows_in_order
        .par_iter()
        .enumerate()
        .map(|(dense, row)| {
            row.tag
                .map(point_to_fixed)
                .or_else(|| pole(&all.shapes, dense as u32))
                .unwrap_or([0, 0])
        })
        .collect();
    all.tree = tree(&all.shapes, None);
    let column = |values: &AreaColumn, rows: &Order| {
        let dense = |(row, area): (usize, u32)| {
            (rows.map(Some(row as u32)) as usize, order.map(Some(area)))
        };
        AreaColumn::of(rows.input.len(), values.iter().map(dense))
    };
    all.of_building = column(&plan.area_of_building, buildings);
    all.of_compound = column(&plan.area_of_compound, compounds);
    all
}

/// The area with most households of each compound (buildings of unknown size count as one household; ties: the
/// area that comes first), else the area of the compound itself.
fn majority(areas: &Areas, compounds: &Compounds, buildings: &Buildings) -> Vec<u32> {
    let mut tally: HashMap<u32, i64> = HashMap::new();
    (0..compounds.id.len())
        .map(|compound| {
            tally.clear();
            let range = compounds.first_building[compound]..compounds.first_building[compound + 1];
            for &building in &compounds.buildings[range.start as usize..range.end as usize] {
                let area = areas.of_building.get(building as usize);
                if area != NONE {
                    let households = i64::from(buildings.households[building as usize].max(1));
                    *tally.entry(area).or_default() += households;
                }
            }
            let most = tally
                .iter()
                .max_by_key(|&(&area, &n)| (n, std::cmp::Reverse(area)));
            most.map_or(areas.of_compound.get(compound), |(&area, _)| area)
        })
        .collect()
}

/// Mixes all content into one number (the multiply-rotate of FxHash; not for adversaries).
fn fingerprint(atlas: &Atlas) -> u64 {
    let mut hash = 0_u64;
    let mut mix =
        |word: u64| hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    mix(atlas.version);
    mix(u64::from(atlas.synthetic));
    for text in 0..atlas.strings.len() as u32 {
        atlas
            .strings
            .get(text)
            .as_bytes()
            .chunks(8)
            .for_each(|chunk| {
                mix(chunk
                    .iter()
                    .fold(0, |word, &byte| word << 8 | u64::from(byte)));
            });
    }
    let (r, g, c, b) = (
        &atlas.regions,
        &atlas.grids,
        &atlas.compounds,
        &atlas.buildings,
    );
    let plans = || atlas.plans.iter().chain([&atlas.in_force]);
    let ids = [&g.id, &c.id, &b.id, &atlas.barriers.id, &atlas.gates.id];
    for id in ids
        .into_iter()
        .chain(plans().map(|areas| &areas.id))
        .flat_map(Ids::iter)
    {
        let (high, low) = id.as_u64_pair();
        mix(high);
        mix(low);
    }
    let numbers: [&[u32]; 12] = [
        &r.code,
        &r.name,
        &g.code,
        &g.name,
        &c.code,
        &c.name,
        &c.community,
        &c.in_post,
        &b.code,
        &b.name,
        &b.compound,
        &b.community,
    ];
    for column in numbers.into_iter().chain([
        &atlas.barriers.name[..],
        &atlas.barriers.class,
        &atlas.gates.name,
    ]) {
        for &n in column {
            mix(u64::from(n));
        }
    }
    for column in [
        &c.households,
        &c.required,
        &c.short,
        &c.coverage_bp,
        &b.households,
    ] {
        for &n in column {
            mix(n as u64);
        }
    }
    b.floors.iter().for_each(|&n| mix(n as u64));
    c.estimated
        .iter()
        .chain(&b.estimated)
        .for_each(|&flag| mix(u64::from(flag)));
    r.level.iter().for_each(|&level| mix(level as u64));
    for points in [&c.point, &b.point, &atlas.gates.point] {
        for &[x, y] in points {
            mix(u64::from(x) << 32 | u64::from(y));
        }
    }
    for shapes in [
        &r.shapes,
        &g.shapes,
        &c.shapes,
        &b.shapes,
        &atlas.barriers.shapes,
    ] {
        shapes.mix_into(&mut mix);
    }
    for areas in plans() {
        areas.shapes.mix_into(&mut mix);
        areas.label.iter().for_each(|&n| mix(u64::from(n)));
        for (row, area) in areas.of_building.iter().chain(areas.of_compound.iter()) {
            mix((row as u64) << 32 | u64::from(area));
        }
        for i in 0..areas.len() {
            mix(areas.households[i].map_or(u64::MAX, u64::from));
            mix(areas.deviation_bp[i].map_or(u64::MAX >> 1, |bp| bp as u64));
            mix(u64::from(areas.colour[i]) << 2
                | u64::from(areas.out_of_band[i]) << 1
                | u64::from(areas.heavy[i]));
            mix(u64::from(areas.tag[i][0]) << 32 | u64::from(areas.tag[i][1]));
        }
    }
    hash
}
