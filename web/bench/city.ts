// A synthetic view full of units: a lattice of jittered rectangles, areas of 5 × 5, walkable edges to the four sides.
import type { FeatureCollection } from 'geojson';
import type { Start } from '../core/draft/draft';

export interface City {
  readonly start: Start;
  readonly lon: number[];
  readonly lat: number[];
  readonly polygons: FeatureCollection;
  readonly bounds: [number, number, number, number];
}

/** About `n` units in a box of the view's proportions; the same every time. */
export function city(n: number): City {
  const columns = Math.round(Math.sqrt((n * 14) / 9));
  const rows = Math.round(n / columns);
  const step = 0.00042;
  const count = columns * rows;
  const all = Array.from({ length: count }, (_, unit) => unit);
  const jitter = (unit: number, salt: number) => (((unit * 2654435761 + salt * 40503) >>> 8) % 1000) / 1000 - 0.5;
  const lon = all.map((unit) => 117 + (unit % columns) * step + jitter(unit, 1) * step * 0.15);
  const lat = all.map((unit) => 31 - Math.floor(unit / columns) * step * 0.86 + jitter(unit, 2) * step * 0.12);
  const wide = Math.ceil(columns / 5);
  const areaOf = all.map((unit) => Math.floor((unit % columns) / 5) + wide * Math.floor(unit / columns / 5));
  const areas = Math.max(...areaOf) + 1;
  const edges = all.flatMap((unit): [number, number][] => [
    ...((unit + 1) % columns ? [[unit, unit + 1] as [number, number]] : []),
    ...(unit + columns < count ? [[unit, unit + columns] as [number, number]] : []),
  ]);
  const w = step * 0.36;
  const h = step * 0.2;
  return {
    lon, lat,
    bounds: [117 - step, 31 - rows * step * 0.86, 117 + columns * step, 31 + step],
    polygons: {
      type: 'FeatureCollection',
      features: all.map((unit) => {
        const [x, y] = [lon[unit] as number, lat[unit] as number];
        return { type: 'Feature', id: unit, properties: { id: `u-${unit}`, z: (areaOf[unit] as number) % 6, households: String(20 + (unit % 60)) }, geometry: { type: 'Polygon', coordinates: [[[x - w, y - h], [x + w, y - h], [x + w, y + h], [x - w, y + h], [x - w, y - h]]] } };
      }),
    },
    start: {
      ground: {
        rules: { target: 1000, bandBp: 1500, pair: 2, loadPerKeeper: 250, compoundsCount: true },
        households: all.map((unit) => 20 + (unit % 60)), zone: all.map(() => 0), part: all.map(() => 0), heavy: all.map(() => false),
        group: all.map((unit) => Math.floor((unit % columns) / 3) + 10_000 * Math.floor(unit / columns / 3)).map(dense()), locked: all.map(() => false), heavyPart: [false], zoneOfPart: [0], edges,
      },
      unitIds: all.map((unit) => `u-${unit}`), areaIds: Array.from({ length: areas }, (_, area) => `a-${area}`),
      fields: Array.from({ length: areas }, (_, area) => ({ number: area + 1, name: `${area + 1}`, locked: false })),
      areaOf, baseline: areaOf, people: [], seatOf: [],
    },
  };
}

function dense(): (value: number) => number {
  const known = new Map<number, number>();
  return (value) => {
    if (!known.has(value)) known.set(value, known.size);
    return known.get(value) as number;
  };
}

/** Places of 120 scattered brush steps, as shares of the view. */
export const STEPS: readonly (readonly [number, number])[] = Array.from({ length: 120 }, (_, i) => [0.12 + 0.76 * ((i * 0.61803) % 1), 0.14 + 0.72 * ((i * 0.41421) % 1)] as const);
