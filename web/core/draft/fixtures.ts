// A small street for tests: a lattice of buildings, compounds of six, areas of columns.
import type { Ground } from '../redraw';
import type { Start } from './draft';

export interface Street {
  readonly start: Start;
  readonly place: { lon: number[]; lat: number[] };
  readonly colours: number[];
}

/** `columns` × `rows` buildings in `areas` areas, all in one zone. */
export function street(columns = 12, rows = 6, areas = 6): Street {
  const n = columns * rows;
  const at = (unit: number) => [unit % columns, Math.floor(unit / columns)] as const;
  const all = Array.from({ length: n }, (_, unit) => unit);
  const edges = all.flatMap((unit): [number, number][] => {
    const [x, y] = at(unit);
    const found: [number, number][] = [];
    if (x + 1 < columns) found.push([unit, unit + 1]);
    if (y + 1 < rows) found.push([unit, unit + columns]);
    return found;
  });
  const ground: Ground = {
    rules: { target: 500, bandBp: 1500, pair: 2, loadPerKeeper: 250, compoundsCount: true },
    households: all.map((unit) => 30 + ((unit * 7) % 23)),
    zone: all.map(() => 0),
    part: all.map(() => 0),
    heavy: all.map(() => false),
    group: all.map((unit) => Math.floor(at(unit)[0] / 2)),
    locked: all.map(() => false),
    heavyPart: [false],
    zoneOfPart: [0],
    edges,
  };
  const areaOf = all.map((unit) => Math.floor((at(unit)[0] * areas) / columns));
  const ids = Array.from({ length: areas }, (_, area) => `area-${area}`);
  return {
    start: {
      ground,
      unitIds: all.map((unit) => `unit-${unit}`),
      areaIds: ids,
      fields: ids.map((_, area) => ({ number: area + 1, name: `片区 ${area + 1}`, locked: false })),
      areaOf,
      baseline: areaOf,
      people: Array.from({ length: areas * 2 }, (_, i) => ({ appointment: `post-${i}`, name: `管家${i}`, partTime: false, compound: '', active: true })),
      seatOf: Array.from({ length: areas * 2 }, (_, i) => (i % 5 === 0 ? -1 : Math.floor(i / 2))),
    },
    place: { lon: all.map((unit) => 117 + at(unit)[0] * 0.0005), lat: all.map((unit) => 31 - at(unit)[1] * 0.0005) },
    colours: ids.map((_, area) => area % 6),
  };
}

/** Numbers from a seed, the same everywhere (Mulberry32). */
export function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
