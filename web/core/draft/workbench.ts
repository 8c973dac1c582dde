// The editor's whole state without any screen: draft, steps, findings, colours, and the strokes the server has not
// acknowledged yet. Whoever shows it listens to what was touched.
import type { Ground } from '../redraw';
import { UNASSIGNED } from '../redraw';
import { recolour } from './colouring';
import { Draft, type Start, type Touched } from './draft';
import { Findings } from './findings';
import { History } from './history';
import { UnitIndex, metresAt } from './pick';
import { type Stroke, again, inverse, isEmpty, keysOf, without } from './stroke';

/** Areas nearer than this must not share a colour, metres. */
const NEAR_M = 190;

/** What survives a reload: kept by {@link Memory}. */
export interface Remembered {
  readonly done: readonly Stroke[];
  readonly undone: readonly Stroke[];
  /** Not acknowledged yet, oldest first. */
  readonly outbox: readonly Stroke[];
}

/** Where steps are written as they are made; every call is small. */
export interface Memory {
  pushed(stroke: Stroke): void;
  undone(): void;
  redone(): void;
  queued(stroke: Stroke): void;
  acknowledged(ids: readonly string[]): void;
  replaced(all: Remembered): void;
}

export interface Listener {
  /** Something changed on the map and in the figures. */
  touched(what: Touched): void;
  /** The outbox or the steps changed. */
  stepped(): void;
}

export type Choice = 'mine' | 'theirs' | 'merge';

export class Workbench {
  readonly draft: Draft;
  readonly index: UnitIndex;
  readonly findings: Findings;
  readonly colours: number[];
  readonly history: History;
  readonly outbox: Stroke[];
  /** Ours that clash with what others did, until the editor decides. */
  held: readonly Stroke[] = [];
  /** Keys that others changed meanwhile. */
  contested: ReadonlySet<string> = new Set();
  private readonly reach: number;

  constructor(
    start: Start,
    place: { lon: readonly number[]; lat: readonly number[] },
    colours: readonly number[],
    remembered: Remembered,
    private readonly memory: Memory,
    private readonly listener: Listener,
  ) {
    this.draft = new Draft(start);
    this.index = new UnitIndex(place.lon, place.lat);
    this.reach = metresAt(place.lat[0] ?? 0, NEAR_M);
    this.colours = [...colours];
    this.history = new History([...remembered.done], [...remembered.undone]);
    this.outbox = [];
    this.findings = new Findings(this.draft);
  }

  get ground(): Ground {
    return this.draft.redraw.ground;
  }

  /**
   * Puts back strokes that a former page could not save; false when they clash with what others did since, see
   * {@link resolve}. Buildings that are gone from the data are left out and named.
   */
  restore(outbox: readonly Stroke[]): { clash: boolean; vanished: string[] } {
    const vanished = outbox.flatMap((stroke) => this.draft.vanished(stroke));
    const gone = new Set(vanished.map((id) => `unit:${id}`));
    const mine = outbox.map((stroke) => without(stroke, gone)).filter((stroke) => !isEmpty(stroke));
    const off = mine.flatMap((stroke) => {
      const left = new Set(this.perhaps(stroke));
      return keysOf(this.draft.effective(stroke)).filter((key) => !left.has(key));
    });
    if (off.length > 0) {
      this.rollBack();
      this.held = mine;
      this.contested = new Set(off);
    } else this.remember();
    return { clash: off.length > 0, vanished };
  }

  /** A step that is already on the draft (the pen made it). */
  commit(stroke: Stroke, touched: Touched): void {
    this.history.push(stroke);
    this.memory.pushed(stroke);
    this.queue(stroke);
    this.settle(touched);
    this.listener.stepped();
  }

  /** Does a step. @throws MoveError when something is locked; nothing has changed then */
  do(stroke: Stroke): void {
    if (!isEmpty(stroke)) this.commit(stroke, this.draft.apply(stroke));
  }

  /** Takes the last step back, as far as nobody else was there since; the step, or null. */
  undo(label: (of: Stroke) => string): Stroke | null {
    const step = this.history.back();
    if (!step) return null;
    this.memory.undone();
    this.perform(inverse(step, label(step)));
    return step;
  }

  redo(): Stroke | null {
    const step = this.history.forth();
    if (!step) return null;
    this.memory.redone();
    this.perform(again(step));
    return step;
  }

  /** The server has stored strokes, and nobody else was there. */
  acknowledge(ids: ReadonlySet<string>): void {
    const left = this.outbox.filter((stroke) => !ids.has(stroke.id));
    this.outbox.splice(0, this.outbox.length, ...left);
    this.memory.acknowledged([...ids]);
    this.listener.stepped();
  }

  /**
   * Puts the log since the last answer under the strokes that are not saved yet. Own strokes in it are saved. When a
   * key of ours is one of theirs, ours are held back until {@link resolve}; false then.
   */
  rebase(log: readonly Stroke[]): boolean {
    const saved = new Set(log.map(({ id }) => id));
    const own = new Set(this.outbox.map(({ id }) => id));
    const theirs = new Set(log.filter(({ id }) => !own.has(id)).flatMap(keysOf));
    const mine = this.outbox.filter(({ id }) => !saved.has(id));
    this.rollBack();
    for (const stroke of log) this.settle(this.draft.force(stroke));
    const clash = mine.some((stroke) => {
      const left = new Set(this.perhaps(stroke));
      return keysOf(this.draft.effective(stroke)).some((key) => theirs.has(key) && !left.has(key));
    });
    this.rollBack();
    if (clash) {
      this.held = mine;
      this.contested = theirs;
    } else {
      mine.forEach((stroke) => this.perhaps(stroke));
      this.remember();
    }
    this.listener.stepped();
    return !clash;
  }

  /** Ends a conflict as the editor chose. */
  resolve(choice: Choice): void {
    for (const stroke of choice === 'theirs' ? [] : this.held) {
      this.perhaps(again(choice === 'merge' ? without(stroke, this.contested) : this.rebased(stroke)));
    }
    this.held = [];
    this.contested = new Set();
    this.remember();
    this.listener.stepped();
  }

  /** Colours anew what has none or shares it with a neighbour; returns the areas whose colour changed. */
  colour(areas: Iterable<number>): number[] {
    const wanted = [...areas].filter((area) => area !== UNASSIGNED && this.draft.redraw.unitsOf(area).length > 0);
    // Who is near whom is asked many times over while a colour is looked for.
    const known = new Map<number, Set<number>>();
    return recolour(this.colours, wanted, (area) => {
      let near = known.get(area);
      if (!near) known.set(area, (near = this.near(area)));
      return near;
    });
  }

  /** Areas within sight of an area. */
  near(area: number): Set<number> {
    const { redraw } = this.draft;
    const found = new Set<number>();
    for (const unit of redraw.unitsOf(area)) {
      for (const other of this.index.within(unit, this.reach)) found.add(redraw.areaOf[other] as number);
      for (const other of redraw.neighbours(unit)) found.add(redraw.areaOf[other] as number);
    }
    found.delete(area);
    found.delete(UNASSIGNED);
    return found;
  }

  private perform(stroke: Stroke): void {
    const fits = this.draft.effective(this.draft.fitting(stroke));
    if (!isEmpty(fits)) {
      this.settle(this.draft.apply(fits));
      this.queue(fits);
    }
    this.listener.stepped();
  }

  /** Takes back everything that is not saved. */
  private rollBack(): void {
    for (const stroke of [...this.outbox].reverse()) this.settle(this.draft.force(inverse(stroke, '')));
    this.outbox.length = 0;
  }

  /** Does what fits of a stroke, to be sent; returns the keys done. New areas whose number is taken get another. */
  private perhaps(stroke: Stroke): string[] {
    const fits = this.draft.effective(this.draft.fitting(this.renumbered(stroke)));
    const keys = keysOf(fits);
    if (keys.length === 0) return [];
    this.settle(this.draft.apply(fits));
    // A part of a stroke is another stroke.
    this.outbox.push(keys.length === keysOf(stroke).length ? fits : again(fits));
    return keys;
  }

  private remember(): void {
    const { done, undone } = this.history.all();
    this.memory.replaced({ done, undone, outbox: this.outbox });
  }

  private queue(stroke: Stroke): void {
    this.outbox.push(stroke);
    this.memory.queued(stroke);
  }

  private settle(touched: Touched): void {
    this.findings.refresh(touched.areas, touched.units);
    const recoloured = this.colour(touched.areas);
    this.listener.touched({ areas: [...new Set([...touched.areas, ...recoloured])], units: touched.units });
  }

  /** New areas get another number where theirs was taken meanwhile. */
  private renumbered(stroke: Stroke): Stroke {
    const taken = new Set(this.draft.areas().map((area) => this.draft.area(area)!.number));
    const areas = stroke.areas.map((change) => {
      const { before, after } = change;
      if (before !== null || after === null || !taken.has(after.number) || this.draft.indexOfArea(change.id) !== undefined) return change;
      const number = this.draft.freeNumber();
      taken.add(number);
      return { ...change, after: { ...after, number, name: after.name.replace(/\d+/, String(number).padStart(2, '0')) } };
    });
    return { ...stroke, areas };
  }

  /** The same wish from what is there now. */
  private rebased(stroke: Stroke): Stroke {
    const moves = stroke.moves.flatMap(({ to, units }) => {
      const known = units.flatMap((id) => this.draft.indexOfUnit(id) ?? []);
      const target = to === null ? UNASSIGNED : this.draft.indexOfArea(to);
      if (target === undefined) return [];
      return this.draft.groups(known.map((unit) => [unit, this.draft.redraw.areaOf[unit] as number, target] as const));
    });
    const areas = stroke.areas.map((change) => {
      const area = this.draft.indexOfArea(change.id);
      return area === undefined ? change : this.draft.change(area, change.after);
    });
    const keepers = stroke.keepers.map((move) => {
      const person = this.draft.people.findIndex((one) => one.appointment === move.appointment);
      return person < 0 ? move : { ...move, from: this.draft.idOf(this.draft.seatOf(person)) };
    });
    return { ...stroke, moves, areas, keepers };
  }
}
