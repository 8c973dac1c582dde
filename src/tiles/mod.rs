//! Vector tiles from the atlas: choose, clip, encode, compress.
//!
//! No database and no clock. Invariant: the same atlas and tile give the same bytes.

mod clip;
mod encode;
mod layer;
mod window;

pub use encode::{BUILDING_TEXT_ZOOM, TileError, encode};
pub use layer::{AREA_TAGS, TileLayer as Layer, UnknownLayer, tile_json};
pub use window::{BUFFER, EXTENT};

use crate::atlas::Atlas;
use crate::spatial::TileCoord;
use libdeflater::{CompressionLvl, Compressor, Decompressor};

/// Largest tile that is unpacked again, in bytes.
const MAX_UNPACKED: usize = 64 << 20;

/// Part of every entity tag: counts changes of the encoding itself.
pub const ENCODING: u32 = 2;

/// Strong entity tag of a tile, with its quotes: differs whenever the bytes may differ, also between databases
/// that count the same version.
pub fn etag(atlas: &Atlas, layer: Layer, tile: TileCoord, plan: Option<usize>) -> String {
    let plan = plan.map_or_else(|| "f".to_owned(), |plan| plan.to_string());
    let (z, x, y) = (tile.z(), tile.x(), tile.y());
    format!(
        "\"{ENCODING}-{:016x}-{layer}-{z}-{x}-{y}-{plan}\"",
        atlas.fingerprint()
    )
}

/// Gzip at level 1: four times as fast as level 6 for a tenth more bytes.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(1).unwrap_or_default());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    match compressor.gzip_compress(bytes, &mut packed) {
        Ok(length) => packed.truncate(length),
        // The bound is never too small; an empty body would be worse than a large one.
        Err(_) => packed.clear(),
    }
    packed
}

/// Unpacks what [`compress`] packed, for clients that do not take gzip.
pub fn decompress(packed: &[u8]) -> Vec<u8> {
    let size = packed
        .last_chunk::<4>()
        .map_or(0, |tail| u32::from_le_bytes(*tail) as usize);
    let mut bytes = vec![0; size.min(MAX_UNPACKED)];
    match Decompressor::new().gzip_decompress(packed, &mut bytes) {
        Ok(length) => bytes.truncate(length),
        Err(_) => bytes.clear(),
    }
    bytes
}

#[cfg(test)]
mod packing_tests {
    #[test]
    fn packing_is_lossless() {
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
        let packed = super::compress(&bytes);
        assert!(packed.len() < bytes.len());
        assert_eq!(super::decompress(&packed), bytes);
    }
}
