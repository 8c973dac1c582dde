// Which units lie under a brush, a box or a lasso. All units are searched, drawn or not.
// Coordinates are web mercator from 0 to 1, x east, y south; radii are in the same unit.
import KDBush from 'kdbush';

export type XY = readonly [x: number, y: number];

/** Longitude and latitude in degrees to mercator. */
export function mercator(lon: number, lat: number): [number, number] {
  const sin = Math.sin((lat * Math.PI) / 180);
  return [(lon + 180) / 360, 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)];
}

/** Metres on the ground as mercator, at a latitude. */
export const metresAt = (lat: number, metres: number): number => metres / (40_075_016.7 * Math.cos((lat * Math.PI) / 180));

const square = (v: number) => v * v;

/** Square of the distance of a point from a segment. */
function fromSegment(x: number, y: number, [ax, ay]: XY, [bx, by]: XY): number {
  const length = square(bx - ax) + square(by - ay);
  const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return square(x - ax - t * (bx - ax)) + square(y - ay - t * (by - ay));
}

/** Whether a point lies inside a ring (even-odd). */
export function inside(ring: readonly XY[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i] as XY;
    const [bx, by] = ring[j] as XY;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

export class UnitIndex {
  private readonly tree: KDBush;
  readonly x: Float64Array;
  readonly y: Float64Array;

  constructor(lon: readonly number[], lat: readonly number[]) {
    this.tree = new KDBush(lon.length);
    this.x = new Float64Array(lon.length);
    this.y = new Float64Array(lon.length);
    lon.forEach((value, unit) => {
      const [x, y] = mercator(value, lat[unit] as number);
      this.x[unit] = x;
      this.y[unit] = y;
      this.tree.add(x, y);
    });
    this.tree.finish();
  }

  /** Units within `radius` of the way from `a` to `b`: a fast stroke leaves no holes. */
  swept(a: XY, b: XY, radius: number): number[] {
    const hits = this.tree.range(Math.min(a[0], b[0]) - radius, Math.min(a[1], b[1]) - radius, Math.max(a[0], b[0]) + radius, Math.max(a[1], b[1]) + radius);
    const most = radius * radius;
    return hits.filter((unit) => fromSegment(this.x[unit] as number, this.y[unit] as number, a, b) <= most);
  }

  box(a: XY, b: XY): number[] {
    return this.tree.range(Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1]));
  }

  lasso(ring: readonly XY[]): number[] {
    if (ring.length < 3) return [];
    const xs = ring.map(([x]) => x);
    const ys = ring.map(([, y]) => y);
    const hits = this.tree.range(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
    return hits.filter((unit) => inside(ring, this.x[unit] as number, this.y[unit] as number));
  }

  /** The unit nearest to a place, not farther than `radius`. */
  nearest(at: XY, radius: number): number | null {
    let best: number | null = null;
    let least = Infinity;
    for (const unit of this.tree.within(at[0], at[1], radius)) {
      const off = square((this.x[unit] as number) - at[0]) + square((this.y[unit] as number) - at[1]);
      if (off < least || (off === least && unit < (best as number))) [best, least] = [unit, off];
    }
    return best;
  }

  within(unit: number, radius: number): number[] {
    return this.tree.within(this.x[unit] as number, this.y[unit] as number, radius);
  }

  /** The next unit in a direction (unit vector, y south): a neighbour by foot if one lies that way, else the nearest. */
  towards(unit: number, [dx, dy]: XY, neighbours: readonly number[], reach: number): number | null {
    const score = (other: number): number => {
      const vx = (this.x[other] as number) - (this.x[unit] as number);
      const vy = (this.y[other] as number) - (this.y[unit] as number);
      const length = Math.hypot(vx, vy);
      const along = length === 0 ? 0 : (vx * dx + vy * dy) / length;
      // Sideways costs twice its way; more than 60° off is another direction.
      return along < 0.5 ? Infinity : length * (2 - along);
    };
    const best = (among: readonly number[]): number | null => {
      let found: number | null = null;
      let least = Infinity;
      for (const other of among) {
        const value = score(other);
        if (other !== unit && value < least) [found, least] = [other, value];
      }
      return found;
    };
    return best(neighbours) ?? best(this.within(unit, reach));
  }
}
