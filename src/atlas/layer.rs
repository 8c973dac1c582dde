//! A layer: features with tags, and a tree over their boxes.

use super::shape::{Fixed, Shape};
use geo_types::Geometry;
use rstar::{AABB, RTree, RTreeObject};

/// Value of a tag.
#[derive(Debug, Clone, PartialEq)]
pub enum TagValue {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
}

/// A feature as a caller gives it.
#[derive(Debug, Clone)]
pub struct FeatureIn {
    /// (lon, lat) degrees WGS 84; `None` is kept as a feature that is never drawn.
    pub geometry: Option<Geometry<f64>>,
    /// What the tiles carry.
    pub tags: Vec<(&'static str, TagValue)>,
}

/// A feature of a layer.
#[derive(Debug, Clone)]
pub struct Feature {
    /// Position in the layer.
    pub id: u32,
    /// Geometry, if it can be drawn.
    pub shape: Option<Shape>,
    /// [min x, min y, max x, max y] in fixed point.
    pub bounds: [u32; 4],
    /// What the tiles carry.
    pub tags: Vec<(&'static str, TagValue)>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: u32,
    bounds: AABB<[f64; 2]>,
}

impl RTreeObject for Entry {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

/// Features with a tree over their boxes.
pub struct Layer {
    features: Vec<Feature>,
    tree: RTree<Entry>,
}

impl Layer {
    /// Builds the layer; ids are positions.
    pub fn new(features: Vec<FeatureIn>) -> Self {
        let features: Vec<Feature> = features
            .into_iter()
            .enumerate()
            .map(|(at, feature)| {
                let shape = feature.geometry.as_ref().and_then(Shape::of).filter(|shape| !shape.is_empty());
                let bounds = shape.as_ref().map_or([0; 4], Shape::bounds);
                Feature { id: at as u32, shape, bounds, tags: feature.tags }
            })
            .collect();
        let entries = features
            .iter()
            .filter(|feature| feature.shape.is_some())
            .map(|feature| Entry { id: feature.id, bounds: envelope(feature.bounds) })
            .collect();
        Self { features, tree: RTree::bulk_load(entries) }
    }

    /// All features, by id.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Features whose box meets a box, by id.
    pub fn in_box(&self, bounds: [u32; 4]) -> Vec<&Feature> {
        let mut ids: Vec<u32> =
            self.tree.locate_in_envelope_intersecting(&envelope(bounds)).map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids.into_iter().map(|id| &self.features[id as usize]).collect()
    }

    /// The first feature that contains a point.
    pub fn at(&self, point: Fixed) -> Option<u32> {
        let here = AABB::from_point([f64::from(point[0]), f64::from(point[1])]);
        self.tree
            .locate_in_envelope_intersecting(&here)
            .filter(|entry| {
                self.features[entry.id as usize].shape.as_ref().is_some_and(|shape| shape.contains(point))
            })
            .map(|entry| entry.id)
            .min()
    }
}

fn envelope([west, north, east, south]: [u32; 4]) -> AABB<[f64; 2]> {
    AABB::from_corners([f64::from(west), f64::from(north)], [f64::from(east), f64::from(south)])
}
