// One stroke under the pointer: it paints at once and ends as one step, or leaves no trace.
import { UNASSIGNED } from '../redraw';
import type { Draft, Touched } from './draft';
import type { AreaFields, Stroke } from './stroke';

/** What the stroke is limited to, by the keys held when it began. */
export interface Limits {
  /** Only units without area. */
  readonly onlyUnassigned?: boolean;
  /** Only units of this area. */
  readonly onlyFrom?: number;
  /** Only units of this compound. */
  readonly onlyGroup?: number;
}

export class Pen {
  private readonly first = new Map<number, number>();
  private made: { area: number; fields: AreaFields } | null = null;

  constructor(
    private readonly draft: Draft,
    readonly target: number,
    private readonly limits: Limits = {},
  ) {}

  /** A pen for a reserved area, which begins with the stroke. */
  static forNewArea(draft: Draft, area: number, fields: AreaFields, limits: Limits = {}): Pen {
    const pen = new Pen(draft, area, limits);
    pen.made = { area, fields };
    pen.exist(fields);
    return pen;
  }

  /** Units of the list that the pen may take and has not taken. */
  open(units: Iterable<number>): number[] {
    const { redraw } = this.draft;
    const lockedTarget = this.target !== UNASSIGNED && this.draft.area(this.target)?.locked;
    if (lockedTarget) return [];
    return [...units].filter((unit) => {
      const area = redraw.areaOf[unit] as number;
      if (area === this.target || redraw.ground.locked[unit] || this.draft.area(area)?.locked) return false;
      const { onlyUnassigned, onlyFrom, onlyGroup } = this.limits;
      if (onlyUnassigned && area !== UNASSIGNED) return false;
      if (onlyFrom !== undefined && area !== onlyFrom) return false;
      return onlyGroup === undefined || redraw.ground.group[unit] === onlyGroup;
    });
  }

  /** Gives units to the target; those that may not change stay. */
  paint(units: Iterable<number>): Touched {
    const open = this.open(units);
    if (open.length === 0) return { areas: [], units: [] };
    for (const unit of open) if (!this.first.has(unit)) this.first.set(unit, this.draft.redraw.areaOf[unit] as number);
    return this.draft.move(open.map((unit) => [unit, this.target] as const));
  }

  /** Units taken so far. */
  get units(): number[] {
    return [...this.first.keys()];
  }

  /** Areas that lose units, and the target. */
  get areas(): number[] {
    return [...new Set([...this.first.values(), this.target])];
  }

  /** The step, already done; `null` when nothing changed. */
  end(label: string): Stroke | null {
    const moves = this.draft.groups([...this.first].map(([unit, from]) => [unit, from, this.target] as const));
    if (moves.length === 0) {
      this.forget();
      return null;
    }
    const areas = this.made ? [{ id: this.draft.areaIds[this.made.area] as string, before: null, after: this.made.fields }] : [];
    return { id: crypto.randomUUID(), label, moves, areas, keepers: [] };
  }

  /** Takes everything back. */
  cancel(): Touched {
    const touched = this.draft.move([...this.first].map(([unit, from]) => [unit, from] as const));
    this.forget();
    return touched;
  }

  private forget(): void {
    if (this.made) this.exist(null);
  }

  private exist(fields: AreaFields | null): void {
    const { area } = this.made!;
    this.draft.apply({ id: '', label: '', moves: [], areas: [this.draft.change(area, fields)], keepers: [] });
  }
}
