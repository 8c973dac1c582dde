//! One tile: features near it, in tile units, clipped with a buffer, as MVT 2.1.

use super::clip::{self, P};
use super::layer::TileLayer;
use crate::atlas::{Atlas, Feature, NO_AREA, PlanLayer, Shape, TagValue};
use crate::spatial::TileCoord;
use fast_mvt::{MvtCoord, MvtError, MvtGeomType, MvtLayerBuilder, MvtTileBuilder};

/// Units of a tile's side.
pub const EXTENT: i64 = 4096;
/// Units drawn beyond the side, so that lines join and labels are not cut.
const BUFFER: i64 = 64;
/// Features smaller than this many units are left out below zoom 13: half a pixel.
const SMALL: i64 = 4;

/// Where a tile lies in fixed point.
struct Window {
    origin: [i64; 2],
    side: i64,
    zoom: u8,
}

impl Window {
    fn new(coord: TileCoord) -> Self {
        let origin = coord.origin_u32();
        Self {
            origin: [i64::from(origin[0]), i64::from(origin[1])],
            side: coord.side_u64() as i64,
            zoom: coord.z(),
        }
    }

    fn project(&self, point: [u32; 2]) -> P {
        let scale = |value: u32, origin: i64| {
            // Rounded to the nearest unit: neighbours round alike.
            let scaled = i128::from(i64::from(value) - origin) * i128::from(EXTENT * 2);
            ((scaled + i128::from(self.side)).div_euclid(i128::from(self.side * 2))) as i64
        };
        [scale(point[0], self.origin[0]), scale(point[1], self.origin[1])]
    }

    /// The box with the buffer, in fixed point.
    fn bounds(&self) -> [u32; 4] {
        let margin = (self.side * BUFFER / EXTENT).max(1);
        let clamp = |value: i64| value.clamp(0, i64::from(u32::MAX)) as u32;
        [
            clamp(self.origin[0] - margin),
            clamp(self.origin[1] - margin),
            clamp(self.origin[0] + self.side + margin),
            clamp(self.origin[1] + self.side + margin),
        ]
    }
}

/// Encodes a tile; empty bytes for an empty one. `plan` is a position in the atlas.
///
/// # Errors
/// The encoder's own, for tags it cannot write.
pub fn encode(
    atlas: &Atlas,
    layer: TileLayer,
    coord: TileCoord,
    plan: Option<usize>,
) -> Result<Vec<u8>, MvtError> {
    let window = Window::new(coord);
    let plan = plan.and_then(|plan| atlas.plans.get(plan));
    let features = match layer {
        TileLayer::Regions => &atlas.regions,
        TileLayer::Grids => &atlas.grids,
        TileLayer::Compounds => &atlas.compounds,
        TileLayer::Buildings => &atlas.buildings,
        TileLayer::Barriers => &atlas.barriers,
        TileLayer::Gates => &atlas.gates,
        TileLayer::Areas => match plan {
            Some(plan) => &plan.areas,
            None => return Ok(Vec::new()),
        },
    };
    let mut any = false;
    let mut mvt = MvtTileBuilder::new().layer(layer.name())?;
    for feature in features.in_box(window.bounds()) {
        let face = plan.and_then(|plan| face_of(plan, layer, feature.id));
        let (next, written) = add(mvt, feature, &window, face)?;
        mvt = next;
        any |= written;
    }
    let mut tile = mvt.end();
    if let (TileLayer::Areas, Some(plan)) = (layer, plan) {
        let mut tags = tile.layer("area_tags")?;
        for feature in plan.tags.in_box(window.bounds()) {
            let (next, written) = add(tags, feature, &window, None)?;
            tags = next;
            any |= written;
        }
        tile = tags.end();
    }
    Ok(if any { tile.encode() } else { Vec::new() })
}

/// The area of a unit under a plan.
fn face_of(plan: &PlanLayer, layer: TileLayer, id: u32) -> Option<&crate::atlas::AreaFace> {
    let area = match layer {
        TileLayer::Buildings => *plan.area_of_building.get(id as usize)?,
        TileLayer::Compounds => *plan.area_of_compound.get(id as usize)?,
        _ => NO_AREA,
    };
    plan.faces.get(area as usize)
}

/// Adds a feature, if anything of it can be seen.
fn add(
    layer: MvtLayerBuilder,
    feature: &Feature,
    window: &Window,
    face: Option<&crate::atlas::AreaFace>,
) -> Result<(MvtLayerBuilder, bool), MvtError> {
    let Some(shape) = &feature.shape else { return Ok((layer, false)) };
    let (lo, hi) = (-BUFFER, EXTENT + BUFFER);
    let thin = if window.zoom <= 12 { SMALL } else { 1 };
    let coord = |p: &P| MvtCoord { x: p[0] as i32, y: p[1] as i32 };
    let (kind, parts): (MvtGeomType, Vec<Vec<Vec<P>>>) = match shape {
        Shape::Point(point) => {
            let p = window.project(*point);
            let inside = p.iter().all(|value| (lo..=hi).contains(value));
            (MvtGeomType::Point, if inside { vec![vec![vec![p]]] } else { Vec::new() })
        }
        Shape::Lines(lines) => {
            let mut parts = Vec::new();
            for line in lines {
                let mut points: Vec<P> = line.iter().map(|point| window.project(*point)).collect();
                clip::thin(&mut points, thin);
                parts.extend(clip::line(&points, lo, hi).into_iter().map(|part| vec![part]));
            }
            (MvtGeomType::LineString, parts)
        }
        Shape::Polygons(polygons) => {
            let parts = polygons.iter().filter_map(|rings| polygon(rings, window, lo, hi, thin)).collect();
            (MvtGeomType::Polygon, parts)
        }
    };
    if parts.is_empty() {
        return Ok((layer, false));
    }
    let mut builder = layer.feature_of(kind);
    builder.id(Some(u64::from(feature.id)));
    match kind {
        MvtGeomType::Point => {
            builder.points(parts.iter().flatten().flatten().map(coord))?;
        }
        MvtGeomType::LineString => {
            for line in parts.iter().flatten() {
                builder.line(line.iter().map(coord))?;
            }
        }
        _ => {
            for rings in &parts {
                for (at, ring) in rings.iter().enumerate() {
                    write_ring(&mut builder, ring, at == 0)?;
                }
            }
        }
    }
    for (key, value) in &feature.tags {
        match value {
            TagValue::Text(text) => builder.tag_string(key, text.as_str())?,
            TagValue::Int(number) => builder.tag_auto_int(key, *number)?,
            TagValue::Bool(yes) => builder.tag_bool(key, *yes)?,
        };
    }
    if let Some(face) = face {
        builder.tag_string("a", face.label.as_str())?;
        builder.tag_auto_int("z", i64::from(face.colour))?;
        builder.tag_auto_int("d", i64::from(face.deviation_bp))?;
    }
    Ok((builder.end(), true))
}

/// Rings of a polygon in tile units: the shell first and clockwise on the screen, holes the other way.
fn polygon(rings: &[Vec<[u32; 2]>], window: &Window, lo: i64, hi: i64, thin: i64) -> Option<Vec<Vec<P>>> {
    let mut out: Vec<Vec<P>> = Vec::new();
    for (at, ring) in rings.iter().enumerate() {
        let mut points: Vec<P> = ring.iter().map(|point| window.project(*point)).collect();
        clip::thin(&mut points, thin);
        let mut clipped = clip::ring(&points, lo, hi);
        clipped.dedup();
        if clipped.first() == clipped.last() {
            clipped.pop();
        }
        let area = clip::area2(&clipped);
        let too_small = thin > 1 && area.abs() < i128::from(SMALL * SMALL);
        if clipped.len() < 3 || area == 0 || too_small {
            if at == 0 {
                return None;
            }
            continue;
        }
        if (area > 0) != (at == 0) {
            clipped.reverse();
        }
        out.push(clipped);
    }
    (!out.is_empty()).then_some(out)
}

fn write_ring(
    builder: &mut fast_mvt::MvtFeatureBuilder,
    ring: &[P],
    shell: bool,
) -> Result<(), MvtError> {
    let coords = ring.iter().map(|p| MvtCoord { x: p[0] as i32, y: p[1] as i32 });
    builder.ring(coords, shell)?;
    Ok(())
}
