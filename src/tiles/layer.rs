//! Which layers there are, with which attributes, and at which zooms.
//!
//! Not how they are drawn. Invariant: names are those of addresses, of source layers and of TileJSON.

use crate::atlas::Atlas;
use serde_json::{Value, json};
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Source layer with the points where area numbers are written; in the tiles of [`TileLayer::Areas`].
pub const AREA_TAGS: &str = "area_tags";

/// A layer of tiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TileLayer {
    /// Administrative regions.
    Regions,
    /// Statutory grids.
    Grids,
    /// Compounds.
    Compounds,
    /// Buildings.
    Buildings,
    /// Barriers and backdrop.
    Barriers,
    /// Gates.
    Gates,
    /// Patrol areas of a plan, and where their numbers are written (`area_tags`).
    Areas,
}

impl TileLayer {
    /// All layers.
    pub const ALL: [Self; 7] = [
        Self::Regions,
        Self::Grids,
        Self::Compounds,
        Self::Buildings,
        Self::Barriers,
        Self::Gates,
        Self::Areas,
    ];

    /// Name in addresses and in the tile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Regions => "regions",
            Self::Grids => "grids",
            Self::Compounds => "compounds",
            Self::Buildings => "buildings",
            Self::Barriers => "barriers",
            Self::Gates => "gates",
            Self::Areas => "areas",
        }
    }

    /// Zooms with tiles; above the last one clients enlarge (overzoom). Within them streets appear from zoom
    /// 9 and communities from 11; up to zoom 12 what is smaller than half a css px is left out, and buildings
    /// are only the number `b` of their compound; below zoom 11 compounds are dots.
    pub const fn zooms(self) -> RangeInclusive<u8> {
        match self {
            Self::Regions | Self::Barriers | Self::Compounds => 6..=16,
            Self::Areas => 9..=16,
            Self::Grids => 12..=16,
            Self::Buildings => 13..=16,
            Self::Gates => 15..=16,
        }
    }

    /// Attributes, for TileJSON.
    const fn fields(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Regions => &[("l", "level"), ("n", "name"), ("code", "code")],
            Self::Grids => &[("code", "code"), ("n", "name")],
            Self::Compounds => &[
                ("u", "identity"),
                ("n", "name"),
                ("h", "households; absent: unknown"),
                ("e", "estimated"),
                ("q", "required, -1 unknown"),
                ("k", "in post"),
                ("s", "short, -1 unknown"),
                ("c", "coverage in basis points, -1 none"),
                ("b", "buildings"),
                ("a", "number of the area with most households"),
                ("z", "its colour"),
                ("d", "its deviation in basis points"),
            ],
            Self::Buildings => &[
                ("u", "identity"),
                ("n", "number"),
                ("h", "households; absent: unknown"),
                ("e", "estimated"),
                ("f", "storeys"),
                ("cn", "compound"),
                ("a", "area number"),
                ("z", "area colour"),
                ("d", "area deviation in basis points"),
                ("un", "1: not assigned"),
            ],
            Self::Barriers => &[("b", "class"), ("n", "name")],
            Self::Gates => &[("n", "name")],
            Self::Areas => &[
                ("u", "identity"),
                ("a", "number"),
                ("h", "households; absent: not told"),
                ("d", "deviation in basis points; absent: not told"),
                ("z", "colour"),
                ("w", "outside the band"),
                ("y", "cannot be divided"),
            ],
        }
    }
}

impl fmt::Display for TileLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no layer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown layer")]
pub struct UnknownLayer;

impl FromStr for TileLayer {
    type Err = UnknownLayer;

    fn from_str(name: &str) -> Result<Self, UnknownLayer> {
        Self::ALL
            .into_iter()
            .find(|layer| layer.name() == name)
            .ok_or(UnknownLayer)
    }
}

/// TileJSON 3.0 of a layer.
pub fn tile_json(atlas: &Atlas, layer: TileLayer, url: &str) -> Value {
    let fields: serde_json::Map<String, Value> = layer
        .fields()
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect();
    let mut vector_layers = vec![json!({ "id": layer.name(), "fields": fields })];
    if layer == TileLayer::Areas {
        vector_layers.push(json!({ "id": AREA_TAGS, "fields": fields }));
    }
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": layer.name(),
        "tiles": [url],
        "minzoom": layer.zooms().start(),
        "maxzoom": layer.zooms().end(),
        "vector_layers": vector_layers,
    });
    if let Some(bounds) = atlas.bounds() {
        document["bounds"] = json!(bounds);
    }
    document
}
