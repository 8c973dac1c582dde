// A few places on a small sheet: the same scale both ways, north up. Not a map and no projection of its own.
export interface Spot { readonly id: string; readonly name: string; readonly lon: number; readonly lat: number; readonly band: number }
export interface Dot { readonly id: string; readonly name: string; readonly band: number; readonly x: number; readonly y: number }

/** Places laid out on `width` × `height`, `margin` free around them. */
export function plane(spots: readonly Spot[], width: number, height: number, margin: number): Dot[] {
  if (spots.length === 0) return [];
  const middle = (spots.reduce((sum, { lat }) => sum + lat, 0) / spots.length) * (Math.PI / 180);
  const flat = spots.map((spot) => ({ ...spot, e: spot.lon * Math.cos(middle), n: spot.lat }));
  const range = (of: (spot: (typeof flat)[number]) => number): [number, number] => [Math.min(...flat.map(of)), Math.max(...flat.map(of))];
  const [west, east] = range(({ e }) => e);
  const [south, north] = range(({ n }) => n);
  const scale = Math.min((width - 2 * margin) / Math.max(east - west, 1e-9), (height - 2 * margin) / Math.max(north - south, 1e-9));
  // One place, or many at one spot, stand in the middle.
  const by = east - west < 1e-8 && north - south < 1e-8 ? 0 : scale;
  return flat.map(({ id, name, band, e, n }) => ({ id, name, band, x: width / 2 + (e - (west + east) / 2) * by, y: height / 2 - (n - (south + north) / 2) * by }));
}
