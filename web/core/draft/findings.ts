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

export class Findings {
  private readonly byArea = new Map<number, Finding[]>();
  private readonly byGroup = new Map<number, Finding>();

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
    const kinds = new Map<CheckKind, Finding[]>(CHECKS.map((kind) => [kind, []]));
    const add = (finding: Finding) => void kinds.get(finding.kind)?.push(finding);
    this.unassigned().forEach(add);
    for (const found of this.byArea.values()) found.forEach(add);
    this.outOfBand(kinds.get('out_of_band') as Finding[]);
    for (const finding of this.byGroup.values()) add(finding);
    return CHECKS.filter((kind) => severities[kind] !== 'off').flatMap((kind) => (kinds.get(kind) as Finding[]).sort((a, b) => a.rank - b.rank || a.area - b.area));
  }

  /** Deviations depend on the mean of the whole part: they are read anew. */
  private outOfBand(into: Finding[]): void {
    const { redraw } = this.draft;
    for (let area = 0; area < redraw.areaCount; area++) {
      const state = redraw.balance(area);
      if (!state?.outOfBand || state.units === 0) continue;
      into.push({ kind: 'out_of_band', area, units: [], households: state.households, n: state.deviationBp, rank: -Math.abs(state.deviationBp) });
    }
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
    if (found.length > 0) this.byArea.set(area, found);
    else this.byArea.delete(area);
  }

  private lookAtGroup(group: number): void {
    const { redraw } = this.draft;
    const { rules } = redraw.ground;
    const units = redraw.unitsOfGroup(group);
    const areas = new Set(units.map((unit) => redraw.areaOf[unit] as number));
    areas.delete(UNASSIGNED);
    const households = this.households(units);
    // A compound heavier than an area may be has to be cut.
    const needed = Math.max(1, Math.ceil((households * 10_000) / (rules.target * (10_000 + rules.bandBp))));
    if (areas.size <= needed) {
      this.byGroup.delete(group);
      return;
    }
    this.byGroup.set(group, { kind: 'splits_compound', area: Math.min(...areas), units, households, n: areas.size, rank: group });
  }
}
