// Which web-map tiles cover a box of degrees, and where they lie. Not a map. Invariant: the tiles of an answer are few, and
// together they cover the box.

export interface TilePlace { readonly z: number; readonly x: number; readonly y: number; readonly west: number; readonly south: number; readonly east: number; readonly north: number }

const column = (lon: number, z: number): number => ((lon + 180) / 360) * 2 ** z;
const row = (lat: number, z: number): number => ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z;
const lonOf = (x: number, z: number): number => (x / 2 ** z) * 360 - 180;
const latOf = (y: number, z: number): number => (Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / 2 ** z))) * 180) / Math.PI;

/** At most `most` tiles of the finest zoom up to `finest` that cover `[west, south, east, north]`. */
export function tilesOver([west, south, east, north]: readonly [number, number, number, number], most: number, finest: number): TilePlace[] {
  for (let z = finest; ; z -= 1) {
    const [x0, x1] = [Math.floor(column(west, z)), Math.floor(column(east, z))];
    const [y0, y1] = [Math.floor(row(north, z)), Math.floor(row(south, z))];
    if (z > 0 && (x1 - x0 + 1) * (y1 - y0 + 1) > most) continue;
    const found: TilePlace[] = [];
    for (let y = y0; y <= y1; y += 1) for (let x = x0; x <= x1; x += 1) found.push({ z, x, y, west: lonOf(x, z), east: lonOf(x + 1, z), north: latOf(y, z), south: latOf(y + 1, z) });
    return found;
  }
}
