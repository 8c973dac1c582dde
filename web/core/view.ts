// The map view as text in the address: `@lon,lat,zoom`. A link shows the same place to everybody.

export interface MapView {
  readonly lon: number;
  readonly lat: number;
  readonly zoom: number;
}

export function formatView(view: MapView): string {
  return `${view.lon.toFixed(5)},${view.lat.toFixed(5)},${view.zoom.toFixed(2)}`;
}

/** `null` for anything that is not a place on earth. */
export function parseView(text: unknown): MapView | null {
  if (typeof text !== 'string') return null;
  const parts = text.split(',').map(Number);
  const [lon, lat, zoom] = parts;
  if (parts.length !== 3 || lon === undefined || lat === undefined || zoom === undefined) return null;
  const ok = Math.abs(lon) <= 180 && Math.abs(lat) <= 85.06 && zoom >= 0 && zoom <= 24;
  return ok ? { lon, lat, zoom } : null;
}
