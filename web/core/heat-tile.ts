// A density tile of the server: bytes → steps of a grid, and steps → the pixels of a texture.
// Not the fetching. Invariant: what does not begin with GKH1, or is cut off, is an error and never a picture.
// The bytes, after gzip, little-endian: 0 `GKH1` · 4 u16 columns · 6 u16 rows · 8 u8 level · 9 three zeros · 12, 16 u32 origin in
// 2⁻³² of the world · 20 u32 issues · 24 f32 radius (m) · 28 f32 issues per km² at 255 · 32 cells by row from the north, each less
// (west + north − north-west), mod 256; neighbours outside are 0.

export interface HeatTile { readonly width: number; readonly height: number; readonly level: number; readonly n: number; readonly radiusM: number; readonly maxPerKm2: number; readonly cells: Uint8Array }
const HEADER = 32;

export function decodeHeat(bytes: Uint8Array): HeatTile {
  if (bytes.length < HEADER || String.fromCharCode(...bytes.subarray(0, 4)) !== 'GKH1') throw new Error('not a heat tile: it does not begin with GKH1');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint16(4, true), view.getUint16(6, true)];
  if (bytes.length !== HEADER + width * height) throw new Error(`a heat tile of ${width} × ${height} cells has ${bytes.length - HEADER}`);
  const cells = new Uint8Array(width * height);
  for (let row = 0, i = 0; row < height; row += 1) {
    // What the row has added so far: a cell is that, and its northern neighbour.
    let added = 0;
    for (let column = 0; column < width; column += 1, i += 1) {
      added = (added + bytes[HEADER + i]!) & 255;
      cells[i] = added + (row === 0 ? 0 : cells[i - width]!);
    }
  }
  return { width, height, level: bytes[8]!, n: view.getUint32(20, true), radiusM: view.getFloat32(24, true), maxPerKm2: view.getFloat32(28, true), cells };
}

/** Red, green, blue of the ramp, light to dark. */
function ramp(colours: readonly string[]): Uint8Array {
  const stops = colours.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  const out = new Uint8Array(256 * 3);
  for (let step = 0; step < 256; step += 1) {
    const along = (step / 255) * (stops.length - 1);
    const low = Math.min(stops.length - 2, Math.floor(along));
    for (let part = 0; part < 3; part += 1) out[step * 3 + part] = Math.round(stops[low]![part]! + (along - low) * (stops[low + 1]![part]! - stops[low]![part]!));
  }
  return out;
}

/**
 * RGBA of the texture. `scale` is what the darkest colour means on the whole map, issues per km²: tiles with scales of their own
 * show the same value in the same colour. Nothing is transparent; little is faint.
 */
export function heatPixels(tile: HeatTile, scale: number, colours: readonly string[]): Uint8ClampedArray {
  const rgb = ramp(colours);
  const out = new Uint8ClampedArray(tile.cells.length * 4);
  const to = scale > 0 ? tile.maxPerKm2 / scale : 0;
  for (let i = 0; i < tile.cells.length; i += 1) {
    const step = Math.min(255, Math.round(tile.cells[i]! * to));
    if (step === 0) continue;
    out.set(rgb.subarray(step * 3, step * 3 + 3), i * 4);
    out[i * 4 + 3] = Math.min(215, step * 4);
  }
  return out;
}

/** A proxy may have left the gzip on. */
export async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer());
}
