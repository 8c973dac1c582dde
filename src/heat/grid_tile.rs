//! A heat grid as bytes for the browser: a header with the scale, and one byte for each cell, in gzip.
//!
//! Not a picture: colours are the reader's. Invariant: the same grid gives the same bytes, and what is decoded is
//! what was encoded.
//!
//! | offset | type | meaning |
//! |---|---|---|
//! | 0 | 4 bytes | `GKH1` |
//! | 4, 6 | u16 | columns, rows |
//! | 8 | u8 | level: 2^level cells span the world |
//! | 9 | 3 bytes | 0 |
//! | 12, 16 | u32 | x, y of the north-western corner in units of 2⁻³² of the world |
//! | 20 | u32 | issues in the grid |
//! | 24 | f32 | radius of the kernel, metres |
//! | 28 | f32 | what 255 means, issues per km²; it may also be more than that |
//! | 32 | bytes | cells by row from the north: each less (west + north − north-west), mod 256; neighbours outside are 0 |
//!
//! Numbers are little-endian.

use libdeflater::{CompressionLvl, Compressor, Decompressor};

const MAGIC: [u8; 4] = *b"GKH1";
const HEADER: usize = 32;
/// Largest grid, cells: 512 × 512.
const MOST_CELLS: usize = 1 << 18;
/// A tile is packed once and asked for again and again until the data change; a millisecond for 256² cells.
const LEVEL: i32 = 6;

/// A grid in 256 steps.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatTile {
    /// Level of the lattice: 2^level cells span the world.
    pub level: u8,
    /// North-western corner in fixed point.
    pub origin: [u32; 2],
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// Issues in the grid.
    pub n: u32,
    /// Radius of the kernel, metres.
    pub radius_m: f32,
    /// What 255 means, or more, issues per km².
    pub max_per_km2: f32,
    /// Steps, by row from the north, then by column.
    pub cells: Vec<u8>,
}

/// Why bytes are no heat grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeatTileError {
    /// Not gzip, cut off, or larger than a grid may be.
    #[error("not a whole gzip file of at most 262,176 bytes")]
    Gzip,
    /// Another format, or another version of it.
    #[error("the bytes do not begin with GKH1")]
    Magic,
    /// Rows times columns are not as many as there are cells.
    #[error("the header announces {announced} cells, {found} follow")]
    Cells {
        /// Rows times columns.
        announced: usize,
        /// Bytes after the header.
        found: usize,
    },
}

impl HeatTile {
    /// The bytes, in gzip.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.cells.len());
        bytes.extend(MAGIC);
        bytes.extend(self.width.to_le_bytes());
        bytes.extend(self.height.to_le_bytes());
        bytes.extend([self.level, 0, 0, 0]);
        for number in [self.origin[0], self.origin[1], self.n] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.radius_m.to_le_bytes());
        bytes.extend(self.max_per_km2.to_le_bytes());
        let width = usize::from(self.width);
        let residue = |i: usize| self.cells[i].wrapping_sub(predicted(&self.cells, i, width));
        bytes.extend((0..self.cells.len()).map(residue));
        gzip(&bytes)
    }

    /// The grid of such bytes.
    pub fn decode(packed: &[u8]) -> Result<Self, HeatTileError> {
        let bytes = gunzip(packed).ok_or(HeatTileError::Gzip)?;
        let (header, cells) = bytes
            .split_first_chunk::<HEADER>()
            .filter(|(header, _)| header[..4] == MAGIC)
            .ok_or(HeatTileError::Magic)?;
        let word = |at: usize| [header[at], header[at + 1], header[at + 2], header[at + 3]];
        let (width, height) = (
            u16::from_le_bytes([header[4], header[5]]),
            u16::from_le_bytes([header[6], header[7]]),
        );
        let announced = usize::from(width) * usize::from(height);
        if announced != cells.len() {
            return Err(HeatTileError::Cells {
                announced,
                found: cells.len(),
            });
        }
        let mut cells = cells.to_vec();
        for i in 0..cells.len() {
            cells[i] = cells[i].wrapping_add(predicted(&cells, i, usize::from(width)));
        }
        Ok(Self {
            level: header[8],
            origin: [u32::from_le_bytes(word(12)), u32::from_le_bytes(word(16))],
            width,
            height,
            n: u32::from_le_bytes(word(20)),
            radius_m: f32::from_le_bytes(word(24)),
            max_per_km2: f32::from_le_bytes(word(28)),
            cells,
        })
    }
}

/// What a smooth surface would have in cell `i` by its western, northern and north-western neighbours.
fn predicted(cells: &[u8], i: usize, width: usize) -> u8 {
    let west = |i: usize| if i % width > 0 { cells[i - 1] } else { 0 };
    match i.checked_sub(width) {
        Some(north) => west(i).wrapping_add(cells[north]).wrapping_sub(west(north)),
        None => west(i),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default());
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    // The bound is never too small.
    let length = compressor.gzip_compress(bytes, &mut packed).unwrap_or(0);
    packed.truncate(length);
    packed
}

fn gunzip(packed: &[u8]) -> Option<Vec<u8>> {
    let length = u32::from_le_bytes(*packed.last_chunk::<4>()?) as usize;
    if length > HEADER + MOST_CELLS {
        return None;
    }
    let mut bytes = vec![0; length];
    let written = Decompressor::new()
        .gzip_decompress(packed, &mut bytes)
        .ok()?;
    (written == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_tile() -> impl Strategy<Value = HeatTile> {
        let cells = (0..40u16, 0..40u16).prop_flat_map(|(width, height)| {
            let n = usize::from(width) * usize::from(height);
            (
                Just(width),
                Just(height),
                prop::collection::vec(any::<u8>(), n),
            )
        });
        (
            cells,
            0..=32u8,
            any::<[u32; 2]>(),
            any::<u32>(),
            10.0..5000.0f32,
            0.1..1e6f32,
        )
            .prop_map(
                |((width, height, cells), level, origin, n, radius_m, max_per_km2)| HeatTile {
                    level,
                    origin,
                    width,
                    height,
                    n,
                    radius_m,
                    max_per_km2,
                    cells,
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(tile in any_tile()) {
            prop_assert_eq!(HeatTile::decode(&tile.encode()), Ok(tile));
        }

        #[test]
        fn broken_bytes_are_an_error(tile in any_tile(), cut in 1..20usize, noise in prop::collection::vec(any::<u8>(), 0..99)) {
            let bytes = tile.encode();
            prop_assert!(HeatTile::decode(&bytes[..bytes.len() - cut]).is_err());
            prop_assert!(HeatTile::decode(&noise).is_err());
            prop_assert_eq!(HeatTile::decode(&gzip(&noise)), Err(HeatTileError::Magic));
        }
    }

    #[test]
    fn the_header_is_as_documented() {
        let tile = HeatTile {
            level: 22,
            origin: [1, 2],
            width: 3,
            height: 2,
            n: 9,
            radius_m: 150.0,
            max_per_km2: 64.5,
            cells: vec![10, 12, 9, 0, 255, 1],
        };
        let bytes = gunzip(&tile.encode()).unwrap();
        let mut expected = b"GKH1\x03\0\x02\0\x16\0\0\0\x01\0\0\0\x02\0\0\0\x09\0\0\0".to_vec();
        expected.extend(150.0_f32.to_le_bytes());
        expected.extend(64.5_f32.to_le_bytes());
        expected.extend([10, 2, 253, 246, 253, 5]);
        assert_eq!(bytes, expected);
        let mut wrong = expected.clone();
        wrong.pop();
        assert_eq!(
            HeatTile::decode(&gzip(&wrong)),
            Err(HeatTileError::Cells {
                announced: 6,
                found: 5
            })
        );
        let bomb = gzip(&vec![0; HEADER + MOST_CELLS + 1]);
        assert_eq!(HeatTile::decode(&bomb), Err(HeatTileError::Gzip));
    }
}
