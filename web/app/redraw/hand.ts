// The tools: what a pointer on the map means. Painting works at once on what lies under it; box and lasso select.
import type { Touched } from '@/core/draft/draft';
import { type Limits, Pen } from '@/core/draft/pen';
import { type XY } from '@/core/draft/pick';
import { UNASSIGNED } from '@/core/redraw';
import type { Hand, Held, Spot } from '@/map/pointer';
import type { Actions } from './actions';
import { NEW_AREA, type useRedraw } from './store';

/** What the overlay draws, in pixels. */
export interface Sketch {
  readonly brush: { x: number; y: number; r: number } | null;
  readonly way: readonly (readonly [number, number])[];
  readonly box: readonly [number, number, number, number] | null;
}
export const NO_SKETCH: Sketch = { brush: null, way: [], box: null };

/** How near a click must be to a building, in pixels. */
const CLICK_PX = 24;

export interface Ground {
  /** Mercator length of pixels. */
  length(pixels: number): number;
  sketch(what: Sketch): void;
  hovered(unit: number | null, spot: Spot | null): void;
  inspect(unit: number): void;
}

type Store = ReturnType<typeof useRedraw>;

export function makeHand(redraw: Store, actions: Actions, ground: Ground, announce: (label: string) => string): Hand {
  let pen: Pen | null = null;
  let touched: Touched = { areas: [], units: [] };
  let last: XY | null = null;
  let start: Spot | null = null;
  let held: Held | null = null;
  let way: Spot[] = [];
  let changed = 0;

  const bench = () => redraw.bench!;
  const radius = () => ground.length(redraw.radius);
  const under = (spot: Spot, pixels = CLICK_PX) => bench().index.nearest(spot.at, ground.length(pixels));

  function limits(spot: Spot): Limits {
    const first = under(spot, redraw.radius);
    if (first === null || !held) return held?.alt ? { onlyUnassigned: true } : {};
    const { areaOf, ground: rules } = bench().draft.redraw;
    const group = rules.group[first] as number;
    return {
      ...(held.alt ? { onlyUnassigned: true } : {}),
      ...(held.shift ? { onlyFrom: areaOf[first] as number } : {}),
      ...(held.ctrl && group >= 0 ? { onlyGroup: group } : {}),
    };
  }

  function beginPen(spot: Spot): void {
    const target = redraw.tool === 'erase' ? UNASSIGNED : redraw.target;
    const only = limits(spot);
    const draft = bench().draft;
    if (target === NEW_AREA) {
      const { area, change } = actions.newFields();
      pen = Pen.forNewArea(draft, area, change.after!, only);
    } else pen = new Pen(draft, target, only);
    touched = { areas: [], units: [] };
    changed = draft.redraw.totals().changedHouseholds;
    redraw.ghosts = new Map();
    redraw.status = null;
  }

  function paint(spots: readonly Spot[]): void {
    if (!pen) return;
    const hits = new Set<number>();
    for (const { at } of spots) {
      for (const unit of bench().index.swept(last ?? at, at, radius())) hits.add(unit);
      last = at;
    }
    const units = pen.open(redraw.expand(hits));
    if (units.length === 0) return;
    const areas = actions.before([...units.map((unit) => bench().draft.redraw.areaOf[unit] as number), pen.target]);
    const known = new Map(redraw.ghosts);
    areas.forEach(({ area, beforeBp }) => { if (!known.has(area)) known.set(area, beforeBp); });
    const was = redraw.status?.areas ?? [];
    const painted = pen.paint(units);
    // The target keeps its colour; who comes to lie beside it gives way at once.
    const given = bench().colour(painted.areas.filter((area) => area !== pen!.target));
    const now = { areas: [...new Set([...painted.areas, ...given])], units: painted.units };
    touched = { areas: [...new Set([...touched.areas, ...now.areas])], units: [...touched.units, ...now.units] };
    redraw.ghosts = known;
    const all = pen.units;
    redraw.status = {
      label: '', target: pen.target, units: all.length, households: actions.householdsOf(all),
      changed: bench().draft.redraw.totals().changedHouseholds - changed,
      areas: [...was, ...areas.filter(({ area }) => !was.some((one) => one.area === area))],
    };
    redraw.touched(now);
  }

  return {
    begin(spot, keys) {
      if (!redraw.bench || !redraw.editable) return false;
      held = keys;
      start = spot;
      way = [spot];
      last = null;
      if (redraw.tool === 'lasso' || redraw.tool === 'box') return true;
      // Alt on an assigned building takes its area up; elsewhere it limits the brush to what has none.
      if (keys.alt && pickUp(under(spot))) return false;
      beginPen(spot);
      paint([spot]);
      return true;
    },
    click(spot, keys) {
      if (!redraw.bench) return;
      held = keys;
      const unit = under(spot);
      if (redraw.tool === 'brush' || redraw.tool === 'erase' || redraw.tool === 'pan') return;
      if (unit === null) {
        if (redraw.tool === 'select') redraw.select([]);
      } else if (!redraw.editable || redraw.tool === 'inspect') ground.inspect(unit);
      else if (keys.alt && pickUp(unit)) return;
      else if (redraw.tool === 'fill') actions.assign(flood(unit, keys.ctrl), redraw.target);
      else if (redraw.tool === 'split') {
        const group = bench().ground.group[unit] as number;
        if (group >= 0) actions.split(group);
      } else toggle(unit, keys.shift || keys.ctrl);
    },
    draw(spots) {
      if (pen) paint(spots);
      else way.push(...spots);
      draft(spots.at(-1) ?? null);
    },
    end() {
      if (pen) {
        const units = pen.units;
        const label = announce(units.length === 0 ? '' : `${actions.amount(units)} → ${actions.areaName(pen.target)}`);
        const stroke = pen.end(label);
        const made = pen.target;
        pen = null;
        if (stroke) {
          bench().commit(stroke, touched);
          redraw.status = { ...redraw.status!, label };
          redraw.stepped();
          if (made !== UNASSIGNED) redraw.aim(made);
        } else redraw.touched(touched);
      } else if (redraw.tool === 'lasso' || redraw.tool === 'box') {
        const { index } = bench();
        const hits = redraw.tool === 'lasso' ? index.lasso(way.map(({ at }) => at)) : index.box(start!.at, way.at(-1)!.at);
        const units = redraw.expand(hits);
        redraw.select(held?.shift ? [...redraw.selection, ...units] : units);
      }
      way = [];
      draft(null);
    },
    cancel() {
      if (pen) {
        const back = pen.cancel();
        pen = null;
        redraw.ghosts = new Map();
        redraw.status = null;
        redraw.touched({ areas: [...back.areas, ...touched.areas], units: back.units });
      }
      way = [];
      draft(null);
    },
    hover(spot) {
      if (!redraw.bench) return;
      const painting = redraw.tool === 'brush' || redraw.tool === 'erase';
      ground.hovered(spot ? under(spot) : null, spot);
      if (painting) ground.sketch(spot ? { ...NO_SKETCH, brush: { x: spot.px[0], y: spot.px[1], r: redraw.radius } } : NO_SKETCH);
      else if (way.length === 0) ground.sketch(NO_SKETCH);
    },
  };

  function pickUp(unit: number | null): boolean {
    const area = unit === null ? UNASSIGNED : (bench().draft.redraw.areaOf[unit] as number);
    if (area === UNASSIGNED) return false;
    redraw.aim(area);
    return true;
  }

  function toggle(unit: number, more: boolean): void {
    const units = redraw.expand([unit]);
    const next = new Set(more ? redraw.selection : []);
    const gone = more && units.every((one) => redraw.selection.has(one));
    units.forEach((one) => (gone ? next.delete(one) : next.add(one)));
    redraw.select(next);
    redraw.cursor = unit;
  }

  /** Everything of the same area that hangs together with a unit, inside its compound when asked. */
  function flood(unit: number, inGroup: boolean): number[] {
    const { redraw: core } = bench().draft;
    const own = core.areaOf[unit];
    const group = core.ground.group[unit];
    const found = new Set([unit]);
    for (const one of found) {
      for (const other of core.neighbours(one)) {
        if (core.areaOf[other] === own && (!inGroup || core.ground.group[other] === group)) found.add(other);
      }
    }
    return [...found];
  }

  function draft(spot: Spot | null): void {
    if (!spot) ground.sketch(NO_SKETCH);
    else if (redraw.tool === 'lasso') ground.sketch({ ...NO_SKETCH, way: way.map(({ px }) => px) });
    else if (redraw.tool === 'box' && start) ground.sketch({ ...NO_SKETCH, box: [Math.min(start.px[0], spot.px[0]), Math.min(start.px[1], spot.px[1]), Math.abs(start.px[0] - spot.px[0]), Math.abs(start.px[1] - spot.px[1])] });
    else ground.sketch({ ...NO_SKETCH, brush: { x: spot.px[0], y: spot.px[1], r: redraw.radius } });
  }
}
