//! [`Atlas`]: the columns of one district and read access to single rows.
//!
//! Answers about places are in `locate.rs`, names in `search.rs`, construction in `build.rs`.

use uuid::Uuid;

use super::fixed::{FixedBox, box_to_fixed, box_to_lon_lat, boxes_meet, to_lon_lat};
use super::layers::{
    AreaView, Areas, Barriers, BuildingView, Buildings, CompoundView, Compounds, Gates, GridView,
    Grids, RegionView, Regions, known,
};
use super::search::Names;
use super::strings::Strings;
use super::{AtlasInput, NONE};

/// One district in memory.
#[derive(Debug, Clone)]
pub struct Atlas {
    pub(crate) version: u64,
    pub(crate) synthetic: bool,
    pub(crate) fingerprint: u64,
    pub(crate) strings: Strings,
    pub(crate) regions: Regions,
    pub(crate) grids: Grids,
    pub(crate) compounds: Compounds,
    pub(crate) buildings: Buildings,
    pub(crate) barriers: Barriers,
    pub(crate) gates: Gates,
    pub(crate) plans: Vec<Areas>,
    pub(crate) in_force: Areas,
    pub(crate) names: Names,
    pub(crate) bounds: Option<FixedBox>,
}

/// A row of the atlas: its layer and its dense id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A statutory grid.
    Grid(u32),
    /// A compound.
    Compound(u32),
    /// A building.
    Building(u32),
    /// A barrier.
    Barrier(u32),
    /// A gate.
    Gate(u32),
}

impl Atlas {
    /// An atlas of nothing.
    pub fn empty() -> Self {
        Self::build(&AtlasInput::default()).expect("an input without rows has no wrong references")
    }

    /// Data version that the atlas was built from.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the data are synthetic.
    pub fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// A number that differs between atlases of different content, also of different databases with one
    /// version number; for ETags.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// `[west, south, east, north]` degrees around everything; `None` when there is nothing.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        self.bounds.map(box_to_lon_lat)
    }

    /// How many regions there are.
    pub fn region_count(&self) -> u32 {
        self.regions.code.len() as u32
    }

    /// How many grids there are.
    pub fn grid_count(&self) -> u32 {
        self.grids.id.len() as u32
    }

    /// How many compounds there are.
    pub fn compound_count(&self) -> u32 {
        self.compounds.id.len() as u32
    }

    /// How many buildings there are.
    pub fn building_count(&self) -> u32 {
        self.buildings.id.len() as u32
    }

    /// Region `index`; `None` beyond the last.
    pub fn region(&self, index: u32) -> Option<RegionView<'_>> {
        let i = index as usize;
        Some(RegionView {
            code: self.strings.get(*self.regions.code.get(i)?),
            name: self.strings.get(self.regions.name[i]),
            level: self.regions.level[i],
        })
    }

    /// Number of the region with `code`.
    pub fn region_by_code(&self, code: &str) -> Option<u32> {
        let is_it = |&i: &u32| self.strings.get(self.regions.code[i as usize]) == code;
        (0..self.region_count()).find(is_it)
    }

    /// Number of the region whose code is text `code`.
    pub(crate) fn region_of_text(&self, code: u32) -> Option<u32> {
        let all = &self.regions.by_code;
        let at = all.partition_point(|&(text, _)| text < code);
        all.get(at)
            .filter(|&&(text, _)| text == code)
            .map(|&(_, region)| region)
    }

    /// Position in the input of region `index`.
    pub fn region_row(&self, index: u32) -> Option<usize> {
        self.regions
            .row
            .get(index as usize)
            .map(|&row| row as usize)
    }

    /// Position in the input of grid `index`.
    pub fn grid_row(&self, index: u32) -> Option<usize> {
        self.grids.row.get(index as usize).map(|&row| row as usize)
    }

    /// Position in the input of compound `index`.
    pub fn compound_row(&self, index: u32) -> Option<usize> {
        self.compounds
            .row
            .get(index as usize)
            .map(|&row| row as usize)
    }

    /// Position in the input of building `index`.
    pub fn building_row(&self, index: u32) -> Option<usize> {
        self.buildings
            .row
            .get(index as usize)
            .map(|&row| row as usize)
    }

    /// `[west, south, east, north]` degrees of region `index`; `None` without outline.
    pub fn region_bounds(&self, index: u32) -> Option<[f64; 4]> {
        let empty =
            (index as usize) >= self.regions.shapes.len() || self.regions.shapes.is_void(index);
        (!empty).then(|| box_to_lon_lat(self.regions.tree.item(index)))
    }

    /// Grid `index`; `None` beyond the last.
    pub fn grid(&self, index: u32) -> Option<GridView<'_>> {
        let i = index as usize;
        Some(GridView {
            code: self.strings.get(*self.grids.code.get(i)?),
            id: self.grids.id.get(index),
            name: self.strings.get(self.grids.name[i]),
        })
    }

    /// Compound `index`; `None` beyond the last.
    pub fn compound(&self, index: u32) -> Option<CompoundView<'_>> {
        let (all, i) = (&self.compounds, index as usize);
        Some(CompoundView {
            code: self.strings.get(*all.code.get(i)?),
            id: all.id.get(index),
            name: self.strings.get(all.name[i]),
            community: self.strings.get(all.community[i]),
            point: to_lon_lat(all.point[i]),
            households: known(all.households[i]),
            estimated: all.estimated[i],
            required: known(all.required[i]),
            in_post: all.in_post[i],
            short: known(all.short[i]),
            coverage_bp: known(all.coverage_bp[i]),
        })
    }

    /// `[west, south, east, north]` degrees of compound `index`.
    pub fn compound_bounds(&self, index: u32) -> Option<[f64; 4]> {
        (index < self.compound_count()).then(|| box_to_lon_lat(self.compounds.tree.item(index)))
    }

    /// Buildings of compound `index`, ascending.
    pub fn buildings_of_compound(&self, index: u32) -> &[u32] {
        let (first, i) = (&self.compounds.first_building, index as usize);
        match (first.get(i), first.get(i + 1)) {
            (Some(&start), Some(&end)) => &self.compounds.buildings[start as usize..end as usize],
            _ => &[],
        }
    }

    /// Building `index`; `None` beyond the last.
    pub fn building(&self, index: u32) -> Option<BuildingView<'_>> {
        let (all, i) = (&self.buildings, index as usize);
        let compound = *all.compound.get(i)?;
        Some(BuildingView {
            id: all.id.get(index),
            code: self.strings.get(all.code[i]),
            name: self.strings.get(all.name[i]),
            compound: (compound != NONE).then_some(compound),
            community: self.strings.get(all.community[i]),
            point: to_lon_lat(all.point[i]),
            households: known(all.households[i]),
            estimated: all.estimated[i],
            floors: known(i32::from(all.floors[i])),
        })
    }

    /// The row with this identity.
    pub fn by_id(&self, id: Uuid) -> Option<Entity> {
        None.or_else(|| self.buildings.id.find(id).map(Entity::Building))
            .or_else(|| self.compounds.id.find(id).map(Entity::Compound))
            .or_else(|| self.grids.id.find(id).map(Entity::Grid))
            .or_else(|| self.gates.id.find(id).map(Entity::Gate))
            .or_else(|| self.barriers.id.find(id).map(Entity::Barrier))
    }

    /// Position in the list of plans given at construction, also the `plan` argument of other calls.
    pub fn plan_by_id(&self, id: Uuid) -> Option<usize> {
        self.plans.iter().position(|areas| areas.plan == Some(id))
    }

    /// Areas of plan number `plan`; `None` stands for all plans in force together. An unknown number has no
    /// areas and is answered with `None`.
    pub fn areas(&self, plan: Option<usize>) -> Option<&Areas> {
        match plan {
            None => Some(&self.in_force),
            Some(plan) => self.plans.get(plan),
        }
    }

    /// Area `index` of `areas`.
    pub fn area<'a>(&'a self, areas: &'a Areas, index: u32) -> Option<AreaView<'a>> {
        ((index as usize) < areas.len()).then(|| areas.view(index, &self.strings))
    }

    /// Buildings whose box meets `[west, south, east, north]`, ascending.
    pub fn buildings_in_box(&self, bbox: [f64; 4]) -> Vec<u32> {
        in_box(&self.buildings.tree, bbox)
    }

    /// Compounds whose box meets `[west, south, east, north]`, ascending.
    pub fn compounds_in_box(&self, bbox: [f64; 4]) -> Vec<u32> {
        in_box(&self.compounds.tree, bbox)
    }

    /// Everything that has an identity and whose box meets `[west, south, east, north]`.
    pub fn in_box(&self, bbox: [f64; 4]) -> Vec<Entity> {
        let all = |tree, entity: fn(u32) -> Entity| in_box(tree, bbox).into_iter().map(entity);
        all(&self.grids.tree, Entity::Grid)
            .chain(all(&self.compounds.tree, Entity::Compound))
            .chain(all(&self.buildings.tree, Entity::Building))
            .chain(all(&self.barriers.tree, Entity::Barrier))
            .chain(all(&self.gates.tree, Entity::Gate))
            .collect()
    }

    /// Memory held by columns, shapes, indexes and texts, bytes.
    pub fn memory_bytes(&self) -> usize {
        let (r, g, c, b) = (&self.regions, &self.grids, &self.compounds, &self.buildings);
        let layers = [
            (&r.shapes, &r.tree),
            (&g.shapes, &g.tree),
            (&c.shapes, &c.tree),
            (&b.shapes, &b.tree),
            (&self.barriers.shapes, &self.barriers.tree),
            (&self.in_force.shapes, &self.in_force.tree),
        ];
        let geometry: usize = layers
            .iter()
            .map(|(s, t)| s.memory_bytes() + t.memory_bytes())
            .sum();
        let rasters = r.raster.memory_bytes() + g.raster.memory_bytes() + c.raster.memory_bytes();
        // Bytes of the fixed-width columns.
        let columns = r.code.len() * 21 + g.code.len() * 12 + c.code.len() * 49 + b.code.len() * 35;
        let ids = [
            &g.id,
            &c.id,
            &b.id,
            &self.barriers.id,
            &self.gates.id,
            &self.in_force.id,
        ];
        let ids: usize = ids.iter().map(|ids| ids.memory_bytes()).sum();
        let links = (c.first_building.capacity() + c.buildings.capacity()) * 4;
        let areas = self.plans.iter().map(Areas::memory_bytes).sum::<usize>();
        geometry
            + rasters
            + columns
            + ids
            + links
            + areas
            + self.in_force.memory_bytes()
            + self.strings.memory_bytes()
            + self.names.memory_bytes()
    }
}

fn in_box(tree: &super::Tree, bbox: [f64; 4]) -> Vec<u32> {
    let mut found = Vec::new();
    let query = box_to_fixed(bbox);
    if boxes_meet(query, tree.bounds()) {
        tree.visit(query, |i| found.push(i));
    }
    found
}

impl Areas {
    pub(crate) fn memory_bytes(&self) -> usize {
        let keepers: usize = self
            .keepers
            .iter()
            .flatten()
            .map(|name| name.capacity() + 24)
            .sum();
        self.of_building.bytes()
            + self.of_compound.bytes()
            + self.majority_of_compound.capacity() * 4
            + self.len() * 55
            + keepers
            + self
                .raster
                .as_ref()
                .map_or(0, super::raster::Raster::memory_bytes)
            + self.shapes.memory_bytes()
            + self.tree.memory_bytes()
    }
}
