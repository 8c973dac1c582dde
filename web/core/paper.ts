// Geometry of printed maps: a window in metres, a frame in millimetres, a scale from the usual ones.

export type Place = readonly [number, number];
export interface PaperView {
  /** `viewBox` of the SVG, metres, north up (y is negated). */
  readonly viewBox: string;
  /** Metres per millimetre of paper. */
  readonly k: number;
  /** 1 : scale. */
  readonly scale: number;
  readonly west: number;
  readonly north: number;
  readonly width: number;
  readonly height: number;
}

/** 1 : 250 and up, as scales are printed. */
const SCALES = [250, 400, 500, 600, 750, 1000, 1250, 1500, 2000, 2500, 3000, 3500, 4000, 5000, 6000, 7500, 10_000, 12_500, 15_000, 20_000, 25_000, 50_000, 100_000, 250_000];

/** The window at the largest usual scale that fits a frame of millimetres, centred. */
export function paperView(extent: readonly number[], widthMm: number, heightMm: number): PaperView {
  const [west, south, east, north] = extent as [number, number, number, number];
  const needed = Math.max((east - west) / widthMm, (north - south) / heightMm) * 1000;
  const scale = SCALES.find((each) => each >= needed) ?? Math.ceil(needed / 100_000) * 100_000;
  const k = scale / 1000;
  const width = widthMm * k;
  const height = heightMm * k;
  const left = (west + east) / 2 - width / 2;
  const top = (south + north) / 2 + height / 2;
  return { viewBox: `${left} ${-top} ${width} ${height}`, k, scale, west: left, north: top, width, height };
}

/** `M x y L …` of lines or rings. */
export function pathOf(lines: readonly (readonly (readonly number[])[])[], closed = false): string {
  return lines.map((line) => `M${line.map(([x, y]) => `${x} ${-(y as number)}`).join('L')}${closed ? 'Z' : ''}`).join('');
}

/** A round length for a scale bar of at most a width. */
export function barLength(k: number, widthMm: number): number {
  const most = k * widthMm;
  const unit = 10 ** Math.floor(Math.log10(most));
  return ([5, 2, 1].find((step) => step * unit <= most) ?? 1) * unit;
}

/** Middles of the longer steps of a walk with their direction in degrees, for arrows; y down. */
export function arrowsOf(route: readonly (readonly number[])[], leastM: number): { x: number; y: number; angle: number }[] {
  const found = [];
  for (let i = 1; i < route.length; i++) {
    const [x0, y0] = route[i - 1] as unknown as Place;
    const [x1, y1] = route[i] as unknown as Place;
    if (Math.hypot(x1 - x0, y1 - y0) < leastM) continue;
    found.push({ x: (x0 + x1) / 2, y: -(y0 + y1) / 2, angle: (Math.atan2(y0 - y1, x1 - x0) * 180) / Math.PI });
  }
  return found;
}

/** Centre and direction of the longest piece of a line inside a window, for its name. */
export function namePlace(lines: readonly (readonly (readonly number[])[])[], view: PaperView): { x: number; y: number; angle: number; length: number } | null {
  let best: { x: number; y: number; angle: number; length: number } | null = null;
  for (const line of lines) {
    for (let i = 1; i < line.length; i++) {
      const clipped = clip(line[i - 1] as unknown as Place, line[i] as unknown as Place, view);
      if (!clipped) continue;
      const [[x0, y0], [x1, y1]] = clipped;
      const length = Math.hypot(x1 - x0, y1 - y0);
      if (best && length <= best.length) continue;
      let angle = (Math.atan2(y0 - y1, x1 - x0) * 180) / Math.PI;
      if (angle > 90) angle -= 180;
      if (angle < -90) angle += 180;
      best = { x: (x0 + x1) / 2, y: -(y0 + y1) / 2, angle, length };
    }
  }
  return best;
}

/** Liang and Barsky 1984. */
function clip([x0, y0]: Place, [x1, y1]: Place, view: PaperView): [Place, Place] | null {
  let [from, to] = [0, 1];
  const [dx, dy] = [x1 - x0, y1 - y0];
  const sides: [number, number][] = [[-dx, x0 - view.west], [dx, view.west + view.width - x0], [-dy, y0 - (view.north - view.height)], [dy, view.north - y0]];
  for (const [p, q] of sides) {
    if (p === 0) {
      if (q < 0) return null;
    } else {
      const t = q / p;
      if (p < 0) from = Math.max(from, t);
      else to = Math.min(to, t);
    }
  }
  return from >= to ? null : [[x0 + from * dx, y0 + from * dy], [x0 + to * dx, y0 + to * dy]];
}
