// What is wrong with a draft, counted and listed after every stroke. Only what a stroke touched is looked at again.
import { UNASSIGNED } from '../redraw';
import type { Draft } from './draft';

export const CHECKS = ['unassigned', 'disconnected', 'crosses_barrier', 'out_of_band', 'nobody_responsible', 'splits_compound', 'empty_area'] as const;
export type CheckKind = (typeof CHECKS)[number];
export type Severity = 'block' | 'warn' | 'off';
export type Severities = Readonly<Record<CheckKind, Severity>>;

export const DEFAULT_SEVERITIES: Severities = {
  unassigned: 'block', disconnected: 'block', crosses_barrier: 'warn', out_of_band: 'warn', nobody_responsible: 'warn', splits_compound: 'warn', empty_area: 'warn',
};

export interface Finding {
  readonly kind: CheckKind;
  /** Area by number; -1 where none. */
  readonly area: number;
  readonly units: readonly number[];
  readonly households: number;
  /** Pieces, or areas of a compound. */
  readonly n: number;
  /** What decides the order within a kind, less first. */
  readonly rank: number;
}

/** The most urgent first. */
const order = (a: Finding, b: Finding) => a.rank - b.rank || a.area - b.area;

export class Findings {
  private readonly byArea = new Map<number, readonly Finding[]>();
  private readonly byGroup = new Map<number, readonly Finding[]>();
  /** What the two hold, by kind, always in order: a stroke changes few of thousands. */
  private readonly sorted = new Map<CheckKind, Finding[]>(CHECKS.map((kind) => [kind, []]));

  constructor(private readonly draft: Draft) {
    this.refresh(draft.areas(), draft.redraw.ground.households.keys());
  }

  /** Looks again at some areas and at the compounds of some units. */
  refresh(areas: Iterable<number>, units: Iterable<number>): void {
    for (const area of areas) if (area !== UNASSIGNED) this.look(area);
    const { group, rules } = this.draft.redraw.ground;
    if (!rules.compoundsCount) return;
    const groups = new Set<number>();
    for (const unit of units) if ((group[unit] as number) >= 0) groups.add(group[unit] as number);
    groups.forEach((one) => this.lookAtGroup(one));
  }

  /** All findings: by kind, the most urgent of each first. */
  list(severities: Severities = DEFAULT_SEVERITIES): Finding[] {
    const anew: Partial<Record<CheckKind, Finding[]>> = { unassigned: this.unassigned().sort(order), out_of_band: this.outOfBand().sort(order) };
    return CHECKS.filter((kind) => severities[kind] !== 'off').flatMap((kind) => anew[kind] ?? (this.sorted.get(kind) as Finding[]));
  }

  /** Replaces what was found of an area or a compound. */
  private replace(within: Map<number, readonly Finding[]>, key: number, found: readonly Finding[]): void {
    for (const old of within.get(key) ?? []) {
      const list = this.sorted.get(old.kind) as Finding[];
      let at = place(list, old);
      while (list[at] !== old) at += 1;
      list.splice(at, 1);
    }
    if (found.length > 0) within.set(key, found);
    else within.delete(key);
    for (const one of found) {
      const list = this.sorted.get(one.kind) as Finding[];
      list.splice(place(list, one), 0, one);
    }
  }

  /** Deviations depend on the mean of the whole part: they are read anew. */
  private outOfBand(): Finding[] {
    const { redraw } = this.draft;
    const into: Finding[] = [];
    for (let area = 0; area < redraw.areaCount; area++) {
      const state = redraw.balance(area);
      if (!state?.outOfBand || state.units === 0) continue;
      into.push({ kind: 'out_of_band', area, units: [], households: state.households, n: state.deviationBp, rank: -Math.abs(state.deviationBp) });
    }
    return into;
  }

  private unassigned(): Finding[] {
    const { redraw } = this.draft;
    if (redraw.totals().unassignedUnits === 0) return [];
    return redraw.unassignedPieces().map((units): Finding => {
      const households = this.households(units);
      return { kind: 'unassigned', area: UNASSIGNED, units, households, n: units.length, rank: -households };
    }).filter(({ households }) => households > 0); // where nobody lives nobody is left out
  }

  /** How often each check finds something, as the server counts (`redrawing/checks.rs`): buildings with households that
   *  have no area, areas in pieces whatever their number, otherwise findings. */
  counts(found: readonly Finding[]): Map<CheckKind, number> {
    const { households } = this.draft.redraw.ground;
    return new Map(CHECKS.map((kind) => {
      const own = found.filter((finding) => finding.kind === kind);
      if (kind === 'unassigned') return [kind, own.reduce((sum, { units }) => sum + units.filter((unit) => (households[unit] as number) > 0).length, 0)];
      return [kind, kind === 'disconnected' ? new Set(own.map(({ area }) => area)).size : own.length];
    }));
  }

  private households(units: readonly number[]): number {
    const { households } = this.draft.redraw.ground;
    return units.reduce((sum, unit) => sum + (households[unit] as number), 0);
  }

  private look(area: number): void {
    const { redraw } = this.draft;
    const state = redraw.area(area);
    const found: Finding[] = [];
    if (state && this.draft.area(area)) {
      if (state.units === 0) found.push({ kind: 'empty_area', area, units: [], households: 0, n: 0, rank: area });
      if (state.pieces > 1) {
        for (const units of redraw.piecesOf(area).slice(1)) {
          const households = this.households(units);
          found.push({ kind: 'disconnected', area, units, households, n: state.pieces, rank: households });
        }
      }
      if (state.crossesZones) {
        const away = redraw.unitsOf(area).filter((unit) => redraw.ground.zone[unit] !== state.zone);
        found.push({ kind: 'crosses_barrier', area, units: away, households: this.households(away), n: away.length, rank: away.length });
      }
      if (state.units > 0 && this.draft.keepersOf(area).length === 0) {
        found.push({ kind: 'nobody_responsible', area, units: [], households: state.households, n: state.seats, rank: -state.households });
      }
    }
    this.replace(this.byArea, area, found);
  }

  private lookAtGroup(group: number): void {
    const { redraw } = this.draft;
    const { rules } = redraw.ground;
    const units = redraw.unitsOfGroup(group);
    const areas = new Set(units.map((unit) => redraw.areaOf[unit] as number));
    areas.delete(UNASSIGNED);
    const households = this.households(units);
    // A compound heavier than an area may be has to be cut.
    const loads = redraw.ground.load ?? redraw.ground.households;
    const load = units.reduce((sum, unit) => sum + (loads[unit] as number), 0);
    const needed = Math.max(1, Math.ceil((load * 10_000) / (rules.target * (10_000 + rules.bandBp))));
    this.replace(this.byGroup, group, areas.size <= needed ? [] : [{ kind: 'splits_compound', area: Math.min(...areas), units, households, n: areas.size, rank: group }]);
  }
}

/** The first place in an ordered list that is not before a finding. */
function place(list: readonly Finding[], finding: Finding): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (order(list[middle] as Finding, finding) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
