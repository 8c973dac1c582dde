//! Atlas → bytes of one tile.
//!
//! Not compression and not caching. Invariants: a feature's id is its dense id in the atlas; the same atlas,
//! layer, tile and plan give the same bytes; an empty tile has no bytes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use fast_mvt::{MvtCoord, MvtError, MvtFeatureBuilder, MvtGeomType, MvtLayerBuilder, MvtValueRef};
use uuid::Uuid;

use super::clip::P;
use super::layer::{AREA_TAGS, TileLayer};
use super::window::{BUFFER, Window};
use crate::atlas::{Areas, Atlas, Fixed, FixedBox, Shapes};
use crate::domain::RegionLevel;
use crate::spatial::TileCoord;

/// Buildings carry their identity, texts and figures from this zoom on; below they are only colour, and the bytes of
/// a thousand UUIDs would be most of the tile.
pub const BUILDING_TEXT_ZOOM: u8 = 14;

/// Compounds have their shape, identity and texts from this zoom on; below they are dots.
pub const COMPOUND_SHAPE_ZOOM: u8 = 11;

/// Why there is no tile.
#[derive(Debug, thiserror::Error)]
pub enum TileError {
    /// The layer has no tiles at that zoom.
    #[error("layer {layer} has no tiles at zoom {zoom}, only at {min} to {max}")]
    Zoom {
        /// The layer.
        layer: TileLayer,
        /// The zoom.
        zoom: u8,
        /// First zoom with tiles.
        min: u8,
        /// Last zoom with tiles.
        max: u8,
    },
    /// The atlas has no such plan.
    #[error("the atlas has no plan number {0}")]
    Plan(usize),
    /// The encoder refused a value.
    #[error("vector tile: {0}")]
    Encoder(#[from] MvtError),
}

/// Encodes one tile; no bytes when nothing lies in it. `plan` is the number of a plan of the atlas; `None`
/// stands for all plans in force.
pub fn encode(
    atlas: &Atlas,
    layer: TileLayer,
    tile: TileCoord,
    plan: Option<usize>,
) -> Result<Vec<u8>, TileError> {
    let zooms = layer.zooms();
    if !zooms.contains(&tile.z()) {
        let (min, max) = (*zooms.start(), *zooms.end());
        return Err(TileError::Zoom {
            layer,
            zoom: tile.z(),
            min,
            max,
        });
    }
    let areas = atlas
        .areas(plan)
        .ok_or(TileError::Plan(plan.unwrap_or_default()))?;
    let mut pen = Pen {
        atlas,
        // Before there is any plan nothing is unassigned.
        areas: (!areas.is_empty()).then_some(areas),
        zoom: tile.z(),
        window: Window::new(tile),
    };
    match layer {
        TileLayer::Regions => pen.regions(),
        TileLayer::Grids => pen.grids(),
        TileLayer::Compounds => pen.compounds(),
        TileLayer::Buildings => pen.buildings(),
        TileLayer::Barriers => pen.barriers(),
        TileLayer::Gates => pen.gates(),
        TileLayer::Areas => pen.areas(),
    }
}

struct Pen<'a> {
    atlas: &'a Atlas,
    areas: Option<&'a Areas>,
    zoom: u8,
    window: Window,
}

type Encoded = Result<Vec<u8>, TileError>;

impl Pen<'_> {
    fn regions(&mut self) -> Encoded {
        let all = &self.atlas.regions;
        let mut layer = Some(MvtLayerBuilder::new("regions")?);
        for i in self.visible(&all.tree) {
            let level = all.level[i as usize];
            let shown = match level {
                RegionLevel::Street => self.zoom >= 9,
                RegionLevel::Community => self.zoom >= 11,
                _ => true,
            };
            if shown && self.polygon(&all.shapes, i, all.tree.item(i)) {
                let mut feature = self.feature(&mut layer, i, MvtGeomType::Polygon)?;
                feature.tag_ref("l", MvtValueRef::String(level.as_str()))?;
                self.text(&mut feature, "n", all.name[i as usize])?;
                self.text(&mut feature, "code", all.code[i as usize])?;
                layer = Some(feature.end());
            }
        }
        Ok(finish(layer))
    }

    fn grids(&mut self) -> Encoded {
        let all = &self.atlas.grids;
        let mut layer = Some(MvtLayerBuilder::new("grids")?);
        for i in self.visible(&all.tree) {
            if self.polygon(&all.shapes, i, all.tree.item(i)) {
                let mut feature = self.feature(&mut layer, i, MvtGeomType::Polygon)?;
                self.text(&mut feature, "code", all.code[i as usize])?;
                self.text(&mut feature, "n", all.name[i as usize])?;
                layer = Some(feature.end());
            }
        }
        Ok(finish(layer))
    }

    fn compounds(&mut self) -> Encoded {
        if self.zoom < COMPOUND_SHAPE_ZOOM {
            return self.compound_dots();
        }
        let all = &self.atlas.compounds;
        let mut layer = Some(MvtLayerBuilder::new("compounds")?);
        for index in self.visible(&all.tree) {
            let i = index as usize;
            let Some(kind) =
                self.polygon_or_point(&all.shapes, index, all.tree.item(index), all.point[i])
            else {
                continue;
            };
            let mut feature = self.shape_feature(&mut layer, index, kind)?;
            identity(&mut feature, all.id.get(index))?;
            self.text(&mut feature, "n", all.name[i])?;
            known(&mut feature, "h", all.households[i])?;
            flag(&mut feature, "e", all.estimated[i])?;
            int(&mut feature, "q", all.required[i])?;
            int(&mut feature, "k", all.in_post[i] as i32)?;
            int(&mut feature, "s", all.short[i])?;
            int(&mut feature, "c", all.coverage_bp[i])?;
            int(
                &mut feature,
                "b",
                self.atlas.buildings_of_compound(index).len() as i32,
            )?;
            if let Some((areas, area)) = self
                .areas
                .and_then(|areas| Some((areas, areas.of_compound(index)?)))
            {
                self.text(&mut feature, "a", areas.label[area as usize])?;
                int(&mut feature, "z", i32::from(areas.colour[area as usize]))?;
                maybe(&mut feature, "d", areas.deviation_bp[area as usize])?;
            }
            layer = Some(feature.end());
        }
        Ok(finish(layer))
    }

    /// A whole city at once: a dot for each compound with its colours; of those in one cell of 4 css px, the
    /// one that lacks most.
    fn compound_dots(&mut self) -> Encoded {
        const CELL: i32 = 32;
        let all = &self.atlas.compounds;
        let mut drawn: BTreeMap<[i32; 2], (Reverse<i32>, u32, P)> = BTreeMap::new();
        for index in self.visible(&all.tree) {
            let Some(at) = self.window.point(all.point[index as usize], BUFFER) else {
                continue;
            };
            let cell = at.map(|v| v.div_euclid(CELL));
            let dot = (Reverse(all.short[index as usize]), index, at);
            drawn
                .entry(cell)
                .and_modify(|best| *best = (*best).min(dot))
                .or_insert(dot);
        }
        let mut layer = Some(MvtLayerBuilder::new("compounds")?);
        for (_, index, at) in drawn.into_values() {
            let i = index as usize;
            let mut feature = self.shape_feature(&mut layer, index, Shape::Point(at))?;
            known(&mut feature, "h", all.households[i])?;
            int(&mut feature, "c", all.coverage_bp[i])?;
            if let Some(areas) = self.areas
                && let Some(area) = areas.of_compound(index)
            {
                int(&mut feature, "z", i32::from(areas.colour[area as usize]))?;
                maybe(&mut feature, "d", areas.deviation_bp[area as usize])?;
            }
            layer = Some(feature.end());
        }
        Ok(finish(layer))
    }

    fn buildings(&mut self) -> Encoded {
        let all = &self.atlas.buildings;
        let mut layer = Some(MvtLayerBuilder::new("buildings")?);
        for index in self.visible(&all.tree) {
            let i = index as usize;
            let Some(kind) =
                self.polygon_or_point(&all.shapes, index, all.tree.item(index), all.point[i])
            else {
                continue;
            };
            let mut feature = self.shape_feature(&mut layer, index, kind)?;
            if self.zoom >= BUILDING_TEXT_ZOOM {
                identity(&mut feature, all.id.get(index))?;
                self.text(&mut feature, "n", all.name[i])?;
                if let Some(&name) = self.atlas.compounds.name.get(all.compound[i] as usize) {
                    self.text(&mut feature, "cn", name)?;
                }
                known(&mut feature, "h", all.households[i])?;
                flag(&mut feature, "e", all.estimated[i])?;
                if all.floors[i] >= 0 {
                    int(&mut feature, "f", i32::from(all.floors[i]))?;
                }
            }
            if let Some(areas) = self.areas {
                if let Some(area) = areas.of_building(index) {
                    self.text(&mut feature, "a", areas.label[area as usize])?;
                    int(&mut feature, "z", i32::from(areas.colour[area as usize]))?;
                    maybe(&mut feature, "d", areas.deviation_bp[area as usize])?;
                } else {
                    flag(&mut feature, "un", true)?;
                }
            }
            layer = Some(feature.end());
        }
        Ok(finish(layer))
    }

    fn barriers(&mut self) -> Encoded {
        let all = &self.atlas.barriers;
        let mut layer = Some(MvtLayerBuilder::new("barriers")?);
        for index in self.visible(&all.tree) {
            let i = index as usize;
            let bounds = all.tree.item(index);
            let (kind, drawn) = if all.polygons[i] {
                (
                    MvtGeomType::Polygon,
                    self.polygon(&all.shapes, index, bounds),
                )
            } else {
                let tiny = self.window.is_tiny(bounds);
                (
                    MvtGeomType::LineString,
                    !tiny && self.window.draw_lines(&all.shapes, index),
                )
            };
            if drawn {
                let mut feature = self.feature(&mut layer, index, kind)?;
                self.text(&mut feature, "b", all.class[i])?;
                self.text(&mut feature, "n", all.name[i])?;
                layer = Some(feature.end());
            }
        }
        Ok(finish(layer))
    }

    fn gates(&mut self) -> Encoded {
        let all = &self.atlas.gates;
        let mut layer = Some(MvtLayerBuilder::new("gates")?);
        for i in self.visible(&all.tree) {
            if let Some(at) = self.window.point(all.point[i as usize], BUFFER) {
                let mut feature = self.shape_feature(&mut layer, i, Shape::Point(at))?;
                self.text(&mut feature, "n", all.name[i as usize])?;
                layer = Some(feature.end());
            }
        }
        Ok(finish(layer))
    }

    fn areas(&mut self) -> Encoded {
        let Some(all) = self.areas else {
            return Ok(Vec::new());
        };
        let mut layer = Some(MvtLayerBuilder::new("areas")?);
        let visible = self.visible(&all.tree);
        for &i in &visible {
            if self.polygon(&all.shapes, i, all.tree.item(i)) {
                let mut feature = self.feature(&mut layer, i, MvtGeomType::Polygon)?;
                self.area(&mut feature, all, i)?;
                layer = Some(feature.end());
            }
        }
        let mut bytes = finish(layer);
        let mut layer = Some(MvtLayerBuilder::new(AREA_TAGS)?);
        for i in visible {
            // Without buffer: each tag is in one tile.
            if let Some(at) = self.window.point(all.tag[i as usize], 0) {
                let mut feature = self.shape_feature(&mut layer, i, Shape::Point(at))?;
                self.area(&mut feature, all, i)?;
                layer = Some(feature.end());
            }
        }
        // Layers of a tile are concatenated messages.
        bytes.extend(finish(layer));
        Ok(bytes)
    }

    fn area(
        &self,
        feature: &mut MvtFeatureBuilder,
        all: &Areas,
        index: u32,
    ) -> Result<(), TileError> {
        let i = index as usize;
        identity(feature, all.id.get(index))?;
        self.text(feature, "a", all.label[i])?;
        maybe(feature, "h", all.households[i].map(|n| n as i32))?;
        maybe(feature, "d", all.deviation_bp[i])?;
        int(feature, "z", i32::from(all.colour[i]))?;
        flag(feature, "w", all.out_of_band[i])?;
        flag(feature, "y", all.heavy[i])
    }

    /// Items in the tile or its buffer, ascending.
    fn visible(&self, tree: &crate::atlas::Tree) -> Vec<u32> {
        let mut visible = Vec::new();
        tree.visit(self.window.query(), |i| visible.push(i));
        visible
    }

    /// Draws a polygon; `false` when nothing of it is to be seen.
    fn polygon(&mut self, shapes: &Shapes, index: u32, bounds: FixedBox) -> bool {
        !self.window.is_tiny(bounds) && self.window.draw_polygon(shapes, index, bounds)
    }

    /// A polygon, or a point for a feature of which only a position is known.
    fn polygon_or_point(
        &mut self,
        shapes: &Shapes,
        index: u32,
        bounds: FixedBox,
        point: Fixed,
    ) -> Option<Shape> {
        if shapes.is_void(index) {
            return self.window.point(point, BUFFER).map(Shape::Point);
        }
        self.polygon(shapes, index, bounds).then_some(Shape::Drawn)
    }

    fn shape_feature(
        &self,
        layer: &mut Option<MvtLayerBuilder>,
        index: u32,
        shape: Shape,
    ) -> Result<MvtFeatureBuilder, TileError> {
        let Shape::Point(at) = shape else {
            return self.feature(layer, index, MvtGeomType::Polygon);
        };
        let mut feature = begin(layer, index, MvtGeomType::Point);
        feature.points([coord(at)])?;
        Ok(feature)
    }

    /// A feature with what was drawn.
    fn feature(
        &self,
        layer: &mut Option<MvtLayerBuilder>,
        index: u32,
        kind: MvtGeomType,
    ) -> Result<MvtFeatureBuilder, TileError> {
        let lines = matches!(kind, MvtGeomType::LineString);
        let mut feature = begin(layer, index, kind);
        for (part, hole) in self.window.drawn() {
            let coords = part.iter().map(|&p| coord(p));
            if lines {
                feature.line(coords)?;
            } else {
                // The builder turns exterior and interior rings as the format demands.
                feature.ring(coords, !hole)?;
            }
        }
        Ok(feature)
    }

    fn text(&self, feature: &mut MvtFeatureBuilder, key: &str, text: u32) -> Result<(), TileError> {
        feature.tag_ref(key, MvtValueRef::String(self.atlas.strings.get(text)))?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Lies in the window's buffers.
    Drawn,
    Point(P),
}

fn begin(layer: &mut Option<MvtLayerBuilder>, index: u32, kind: MvtGeomType) -> MvtFeatureBuilder {
    let layer = layer.take().expect("every feature gives its layer back");
    let mut feature = layer.feature_of(kind);
    feature.id(Some(u64::from(index)));
    feature
}

fn finish(layer: Option<MvtLayerBuilder>) -> Vec<u8> {
    layer
        .filter(|layer| layer.num_features() > 0)
        .map_or_else(Vec::new, MvtLayerBuilder::encode)
}

const fn coord([x, y]: P) -> MvtCoord {
    MvtCoord { x, y }
}

fn int(feature: &mut MvtFeatureBuilder, key: &str, value: i32) -> Result<(), TileError> {
    let value = match u64::try_from(value) {
        Ok(value) => MvtValueRef::UInt(value),
        Err(_) => MvtValueRef::SInt(i64::from(value)),
    };
    feature.tag_ref(key, value)?;
    Ok(())
}

/// A figure that is there, or not: unknown is never 0.
fn maybe(feature: &mut MvtFeatureBuilder, key: &str, value: Option<i32>) -> Result<(), TileError> {
    value.map_or(Ok(()), |value| int(feature, key, value))
}

/// The same for a column in which a negative number says that it is not known.
fn known(feature: &mut MvtFeatureBuilder, key: &str, value: i32) -> Result<(), TileError> {
    maybe(feature, key, (value >= 0).then_some(value))
}

fn flag(feature: &mut MvtFeatureBuilder, key: &str, value: bool) -> Result<(), TileError> {
    int(feature, key, i32::from(value))
}

fn identity(feature: &mut MvtFeatureBuilder, id: Uuid) -> Result<(), TileError> {
    let mut text = Uuid::encode_buffer();
    feature.tag_ref(
        "u",
        MvtValueRef::String(id.hyphenated().encode_lower(&mut text)),
    )?;
    Ok(())
}
