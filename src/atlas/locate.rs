//! Point → building, compound, grid, community, patrol area, keepers; and the nearest building.
//!
//! Invariant: the answer equals that of a scan with exact predicates (border included, the smallest polygon
//! wins); no query allocates. What a building or compound is assigned to goes before outlines: a building's
//! area is the one of its assignment, even where the drawn outline differs.

use super::fixed::{metres_per_unit, to_fixed};
use super::layers::Areas;
use super::raster::find_by_tree;
use super::{Atlas, Fixed, NONE};
use crate::domain::RegionLevel;

/// What lies at a point; numbers are dense ids of the atlas.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Located<'a> {
    /// Building whose footprint covers the point.
    pub building: Option<u32>,
    /// Compound of the building, else the one whose outline covers the point.
    pub compound: Option<u32>,
    /// Grid.
    pub grid: Option<u32>,
    /// Community: a region's number; from the building, else the compound, else by outline.
    pub community: Option<u32>,
    /// Patrol area: of the building, else of a compound that is one unit, else by outline. A building that is
    /// not assigned has none.
    pub area: Option<u32>,
    /// Names of the keepers of `area`.
    pub keepers: &'a [String],
}

/// A building and how far it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Its dense id.
    pub building: u32,
    /// Distance to its footprint or point in metres; 0 inside.
    pub distance_m: f64,
}

impl Atlas {
    /// What lies at (lon, lat); areas are those of plan number `plan`, or of all plans in force.
    pub fn locate(&self, lon: f64, lat: f64, plan: Option<usize>) -> Located<'_> {
        let point = to_fixed(lon, lat);
        let all = &self.buildings;
        let building = find_by_tree(point, &all.shapes, &all.tree, |_| true);
        let compound = building
            .map(|i| all.compound[i as usize])
            .filter(|&compound| compound != NONE)
            .or_else(|| {
                let all = &self.compounds;
                all.raster.find(point, &all.shapes, &all.tree, |_| true)
            });
        let grid = self
            .grids
            .raster
            .find(point, &self.grids.shapes, &self.grids.tree, |_| true);
        let areas = self.areas(plan);
        let area = areas.and_then(|areas| match (building, compound) {
            (Some(building), _) => areas.of_building(building),
            (None, Some(compound)) => areas
                .whole_compound(compound)
                .or_else(|| area_by_outline(areas, point)),
            (None, None) => area_by_outline(areas, point),
        });
        let keepers = match (areas, area) {
            (Some(areas), Some(area)) => &areas.keepers[area as usize][..],
            _ => &[],
        };
        let community = self.community_at(point, building, compound);
        Located {
            building,
            compound,
            grid,
            community,
            area,
            keepers,
        }
    }

    fn community_at(
        &self,
        point: Fixed,
        building: Option<u32>,
        compound: Option<u32>,
    ) -> Option<u32> {
        let of = |communities: &[u32], i: u32| self.region_of_text(communities[i as usize]);
        building
            .and_then(|i| of(&self.buildings.community, i))
            .or_else(|| compound.and_then(|i| of(&self.compounds.community, i)))
            .or_else(|| {
                let all = &self.regions;
                let community = |i: u32| all.level[i as usize] == RegionLevel::Community;
                all.raster.find(point, &all.shapes, &all.tree, community)
            })
    }

    /// The building nearest to (lon, lat), at most `max_m` metres away. Distances are planar in the local
    /// scale of web mercator: right to 0.1 % within a kilometre.
    pub fn nearest_building(&self, lon: f64, lat: f64, max_m: f64) -> Option<Nearest> {
        let point = to_fixed(lon, lat);
        let metres = metres_per_unit(lat);
        let all = &self.buildings;
        let distance2 = |i: u32| {
            if all.shapes.is_void(i) {
                let [x, y] = all.point[i as usize];
                let (dx, dy) = (
                    f64::from(x.abs_diff(point[0])),
                    f64::from(y.abs_diff(point[1])),
                );
                dx * dx + dy * dy
            } else {
                all.shapes.distance2(i, point)
            }
        };
        let max = max_m.max(0.0) / metres;
        let (building, d2) = all.tree.nearest(point, max * max, distance2)?;
        Some(Nearest {
            building,
            distance_m: d2.sqrt() * metres,
        })
    }
}

fn area_by_outline(areas: &Areas, point: Fixed) -> Option<u32> {
    match &areas.raster {
        Some(raster) => raster.find(point, &areas.shapes, &areas.tree, |_| true),
        None => find_by_tree(point, &areas.shapes, &areas.tree, |_| true),
    }
}
