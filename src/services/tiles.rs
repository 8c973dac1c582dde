//! Tiles: encoded from the atlas on a blocking thread, compressed once, kept until the data change.

use super::Services;
use super::error::{Error, Result};
use super::picture::Picture;
use crate::spatial::TileCoord;
use crate::tiles::{self, Layer};
use bytes::Bytes;
use moka::sync::Cache;
use std::sync::Arc;
use uuid::Uuid;

/// Most bytes of compressed tiles that are kept.
const CACHE_BYTES: u64 = 128 << 20;

/// Which tile.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TileKey {
    layer: Layer,
    coord: TileCoord,
    plan: Option<usize>,
    /// The picture: readers with other rights have another one.
    serial: u64,
}

impl TileKey {
    /// Checks layer, zoom and plan.
    ///
    /// # Errors
    /// `NotFound` with what is known.
    pub fn new(
        picture: &Picture,
        layer: &str,
        coord: TileCoord,
        plan: Option<Uuid>,
    ) -> Result<Self> {
        let layer = layer_of(layer)?;
        let zooms = layer.zooms();
        if !zooms.contains(&coord.z()) {
            return Err(Error::NotFound(format!(
                "tile of layer {layer} at zoom {} (zooms are {} to {})",
                coord.z(),
                zooms.start(),
                zooms.end()
            )));
        }
        Ok(Self {
            layer,
            coord,
            plan: plan_index(picture, plan)?,
            serial: picture.serial,
        })
    }

    /// The strong entity tag.
    pub fn etag(&self, picture: &Picture) -> String {
        tiles::etag(&picture.atlas, self.layer, self.coord, self.plan)
    }
}

fn layer_of(name: &str) -> Result<Layer> {
    name.parse()
        .map_err(|_unknown| Error::NotFound(format!("layer {name}")))
}

/// Number of the plan in the atlas; `None` is all plans in force.
fn plan_index(picture: &Picture, plan: Option<Uuid>) -> Result<Option<usize>> {
    match plan {
        None => Ok(None),
        Some(id) => super::atlas_input::plan_position(picture, id)
            .map(Some)
            .ok_or_else(|| Error::NotFound(format!("plan {id}"))),
    }
}

/// TileJSON of a layer.
///
/// # Errors
/// `NotFound`.
pub fn tile_json(picture: &Picture, layer: &str, plan: Option<Uuid>) -> Result<serde_json::Value> {
    let layer = layer_of(layer)?;
    plan_index(picture, plan)?;
    let plan = plan.map_or_else(String::new, |plan| format!("&plan={plan}"));
    let url = format!(
        "/api/v1/tiles/{layer}/{{z}}/{{x}}/{{y}}?v={}{plan}",
        picture.tile_version()
    );
    Ok(tiles::tile_json(&picture.atlas, layer, &url))
}

/// Compressed tiles of the current data.
pub struct TileCache {
    tiles: Cache<TileKey, Bytes>,
}

impl TileCache {
    /// Empty.
    pub fn new() -> Self {
        let weigh = |_: &TileKey, bytes: &Bytes| bytes.len().min(u32::MAX as usize) as u32 + 64;
        Self {
            tiles: Cache::builder()
                .max_capacity(CACHE_BYTES)
                .weigher(weigh)
                .build(),
        }
    }

    /// Forgets everything: the data changed.
    pub fn clear(&self) {
        self.tiles.invalidate_all();
    }
}

impl Default for TileCache {
    fn default() -> Self {
        Self::new()
    }
}

impl Services {
    /// A compressed tile; `None` when it is empty. Encoded once even when asked for at the same time.
    ///
    /// # Errors
    /// `Internal` when the encoder fails.
    pub async fn tile(&self, picture: Arc<Picture>, key: TileKey) -> Result<Option<Bytes>> {
        if let Some(bytes) = self.tiles().tiles.get(&key) {
            return Ok((!bytes.is_empty()).then_some(bytes));
        }
        let services = self.clone();
        let encode = move || {
            services.tiles().tiles.try_get_with(
                key.clone(),
                || -> std::result::Result<_, String> {
                    let bytes = tiles::encode(&picture.atlas, key.layer, key.coord, key.plan)
                        .map_err(|error| error.to_string())?;
                    let packed = if bytes.is_empty() {
                        Vec::new()
                    } else {
                        tiles::compress(&bytes)
                    };
                    Ok(Bytes::from(packed))
                },
            )
        };
        let bytes = tokio::task::spawn_blocking(encode)
            .await
            .map_err(|error| Error::Internal(format!("tile: {error}")))?
            .map_err(|error| Error::Internal(format!("tile: {error}")))?;
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}
