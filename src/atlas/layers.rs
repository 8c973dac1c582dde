//! The columns of an atlas, one struct per layer, and read-only views of single rows.
//!
//! Not the input rows. Invariant: rows are in Morton order of their position (ties: identity), so that a row's
//! number is its dense id, the packed tree needs no index, and equal data give equal ids.

use geo_types::Point;
use uuid::Uuid;

use super::area_column::AreaColumn;
use super::fixed::{Fixed, to_lon_lat};
use super::raster::Raster;
use super::shapes::Shapes;
use super::strings::Strings;
use super::tree::Tree;
use crate::domain::RegionLevel;

/// Regions of any level.
#[derive(Debug, Clone, Default)]
pub struct Regions {
    pub(crate) code: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) level: Vec<RegionLevel>,
    /// Position in the input.
    pub(crate) row: Vec<u32>,
    /// (text of the code, region), ascending.
    pub(crate) by_code: Vec<(u32, u32)>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
    /// Communities only.
    pub(crate) raster: Raster,
}

/// Statutory grids.
#[derive(Debug, Clone, Default)]
pub struct Grids {
    pub(crate) id: Ids,
    /// Position in the input.
    pub(crate) row: Vec<u32>,
    pub(crate) code: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
    pub(crate) raster: Raster,
}

/// Compounds. −1 stands for "unknown" in figures.
#[derive(Debug, Clone, Default)]
pub struct Compounds {
    pub(crate) id: Ids,
    /// Position in the input.
    pub(crate) row: Vec<u32>,
    pub(crate) code: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) community: Vec<u32>,
    pub(crate) point: Vec<Fixed>,
    pub(crate) households: Vec<i32>,
    pub(crate) estimated: Vec<bool>,
    pub(crate) required: Vec<i32>,
    pub(crate) in_post: Vec<u32>,
    pub(crate) short: Vec<i32>,
    pub(crate) coverage_bp: Vec<i32>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
    pub(crate) raster: Raster,
    /// Start of each compound's buildings in `buildings`; one more entry marks the end.
    pub(crate) first_building: Vec<u32>,
    pub(crate) buildings: Vec<u32>,
}

/// Buildings. −1 stands for "unknown" in figures.
#[derive(Debug, Clone, Default)]
pub struct Buildings {
    pub(crate) id: Ids,
    /// Position in the input.
    pub(crate) row: Vec<u32>,
    pub(crate) code: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) compound: Vec<u32>,
    pub(crate) community: Vec<u32>,
    pub(crate) point: Vec<Fixed>,
    pub(crate) households: Vec<i32>,
    pub(crate) estimated: Vec<bool>,
    pub(crate) floors: Vec<i16>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
}

/// Barriers.
#[derive(Debug, Clone, Default)]
pub struct Barriers {
    pub(crate) id: Ids,
    pub(crate) class: Vec<u32>,
    pub(crate) name: Vec<u32>,
    /// Whether the shape is made of rings, not of lines.
    pub(crate) polygons: Vec<bool>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
}

/// Gates.
#[derive(Debug, Clone, Default)]
pub struct Gates {
    pub(crate) id: Ids,
    pub(crate) name: Vec<u32>,
    pub(crate) compound: Vec<u32>,
    pub(crate) point: Vec<Fixed>,
    pub(crate) tree: Tree,
}

/// Areas of one plan, or of all plans in force together, with the assignment of units.
#[derive(Debug, Clone, Default)]
pub struct Areas {
    pub(crate) plan: Option<Uuid>,
    pub(crate) id: Ids,
    /// Positions in the input: plan and area.
    pub(crate) row: Vec<(u32, u32)>,
    pub(crate) name: Vec<u32>,
    pub(crate) label: Vec<u32>,
    pub(crate) community: Vec<u32>,
    pub(crate) households: Vec<Option<u32>>,
    pub(crate) deviation_bp: Vec<Option<i32>>,
    pub(crate) colour: Vec<u8>,
    pub(crate) out_of_band: Vec<bool>,
    pub(crate) heavy: Vec<bool>,
    pub(crate) tag: Vec<Fixed>,
    pub(crate) keepers: Vec<Box<[String]>>,
    pub(crate) shapes: Shapes,
    pub(crate) tree: Tree,
    /// Only for what is in force.
    pub(crate) raster: Option<Raster>,
    pub(crate) of_building: AreaColumn,
    /// As given: the compound is one unit or lies whole in one area.
    pub(crate) of_compound: AreaColumn,
    /// The area that holds most households of a compound.
    pub(crate) majority_of_compound: Vec<u32>,
}

/// Identities of a layer and the way back from them.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    ids: Vec<Uuid>,
    by_id: Vec<u32>,
}

impl Ids {
    pub(crate) fn new(ids: Vec<Uuid>) -> Self {
        let mut by_id: Vec<u32> = (0..ids.len() as u32).collect();
        by_id.sort_unstable_by_key(|&i| ids[i as usize]);
        Self { ids, by_id }
    }

    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn get(&self, index: u32) -> Uuid {
        self.ids[index as usize]
    }

    pub(crate) fn find(&self, id: Uuid) -> Option<u32> {
        let at = self
            .by_id
            .binary_search_by_key(&id, |&i| self.ids[i as usize])
            .ok()?;
        Some(self.by_id[at])
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Uuid> {
        self.ids.iter().copied()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.ids.capacity() * 16 + self.by_id.capacity() * 4
    }
}

/// One region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RegionView<'a> {
    /// 12-digit code.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
    /// Level.
    pub level: RegionLevel,
}

/// One grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridView<'a> {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
}

/// One compound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompoundView<'a> {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: &'a str,
    /// Name.
    pub name: &'a str,
    /// Code of its community.
    pub community: &'a str,
    /// Position, (lon, lat) degrees.
    pub point: Point<f64>,
    /// Households.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Housekeepers required.
    pub required: Option<u32>,
    /// Housekeepers in post.
    pub in_post: u32,
    /// Housekeepers short.
    pub short: Option<u32>,
    /// Coverage in basis points.
    pub coverage_bp: Option<u32>,
}

/// One building.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BuildingView<'a> {
    /// Identity.
    pub id: Uuid,
    /// Code.
    pub code: &'a str,
    /// Name, mostly the building number.
    pub name: &'a str,
    /// Its compound's number in the atlas.
    pub compound: Option<u32>,
    /// Code of its community.
    pub community: &'a str,
    /// Position, (lon, lat) degrees.
    pub point: Point<f64>,
    /// Households.
    pub households: Option<u32>,
    /// Whether `households` is an estimate.
    pub estimated: bool,
    /// Storeys above ground.
    pub floors: Option<u16>,
}

/// One patrol area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaView<'a> {
    /// Identity.
    pub id: Uuid,
    /// Number as it is printed: 07.
    pub label: &'a str,
    /// Code of its community.
    pub community: &'a str,
    /// Households; `None` where the reader is not told.
    pub households: Option<u32>,
    /// Deviation in basis points; `None` where the reader is not told.
    pub deviation_bp: Option<i32>,
    /// Colour 0..=5.
    pub colour: u8,
    /// Whether the deviation is out of the band.
    pub out_of_band: bool,
    /// Whether one unit alone is heavier than an area.
    pub heavy: bool,
    /// Where its number is written, (lon, lat) degrees.
    pub tag: Point<f64>,
    /// Names of the keepers in post.
    pub keepers: &'a [String],
}

/// −1 or any other negative number → `None`.
pub(crate) fn known<T: TryFrom<i32>>(figure: i32) -> Option<T> {
    T::try_from(figure).ok()
}

/// `None` → −1.
pub(crate) fn or_unknown(figure: Option<u32>) -> i32 {
    figure.map_or(-1, |n| i32::try_from(n).unwrap_or(i32::MAX))
}

impl Areas {
    /// How many areas there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The plan; `None` for all plans in force together.
    pub fn plan(&self) -> Option<Uuid> {
        self.plan
    }

    /// Position in the input of area `index`: plan, and area within it.
    pub fn row(&self, index: u32) -> Option<(usize, u32)> {
        self.row
            .get(index as usize)
            .map(|&(plan, area)| (plan as usize, area))
    }

    /// Number of the area that building `index` belongs to.
    pub fn of_building(&self, index: u32) -> Option<u32> {
        Some(self.of_building.get(index as usize)).filter(|&area| area != super::NONE)
    }

    /// Number of the area that holds most households of compound `index`.
    pub fn of_compound(&self, index: u32) -> Option<u32> {
        self.majority_of_compound
            .get(index as usize)
            .copied()
            .filter(|&area| area != super::NONE)
    }

    pub(crate) fn whole_compound(&self, index: u32) -> Option<u32> {
        Some(self.of_compound.get(index as usize)).filter(|&area| area != super::NONE)
    }

    pub(crate) fn view<'a>(&'a self, index: u32, strings: &'a Strings) -> AreaView<'a> {
        let i = index as usize;
        AreaView {
            id: self.id.get(index),
            label: strings.get(self.label[i]),
            community: strings.get(self.community[i]),
            households: self.households[i],
            deviation_bp: self.deviation_bp[i],
            colour: self.colour[i],
            out_of_band: self.out_of_band[i],
            heavy: self.heavy[i],
            tag: to_lon_lat(self.tag[i]),
            keepers: &self.keepers[i],
        }
    }
}
