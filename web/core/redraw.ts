// A plan under an editor's hand: moves and undo, with all figures at once. The same rules as the server's
// `districting::redraw`; both answer tests/cases/redraw.json alike. Whole numbers below 2^53 only.
// Invariant: the figures after any moves and undos equal those computed afresh.

/** No area: the unit is unassigned. */
export const UNASSIGNED = -1;

/** What never changes while a plan is edited; all columns have one entry per unit. */
export interface Ground {
  readonly rules: Rules;
  readonly households: readonly number[];
  /** What areas are balanced by; the households where it is absent. */
  readonly load?: readonly number[];
  readonly zone: readonly number[];
  /** Piece of its zone inside which areas are made and against whose mean they are held. */
  readonly part: readonly number[];
  /** Heavier than an area may be. */
  readonly heavy: readonly boolean[];
  /** Compound, numbered from 0, or -1. */
  readonly group: readonly number[];
  /** May not change its area. */
  readonly locked: readonly boolean[];
  /** Per part. */
  readonly heavyPart: readonly boolean[];
  readonly zoneOfPart: readonly number[];
  /** Units one can walk between. */
  readonly edges: readonly (readonly [number, number])[];
}

export interface Rules {
  /** Load an area should have. */
  readonly target: number;
  readonly bandBp: number;
  /** Keepers of an ordinary area. */
  readonly pair: number;
  readonly loadPerKeeper: number;
  /** Whether compounds should stay whole. */
  readonly compoundsCount: boolean;
}

export interface AreaState {
  readonly area: number;
  /** Null for an empty area. */
  readonly zone: number | null;
  readonly households: number;
  /** What areas are balanced by. */
  readonly load: number;
  readonly units: number;
  readonly seats: number;
  readonly heavy: boolean;
  /** Mean of its part per pair of keepers, in thousandths of its load. */
  readonly targetMilli: number;
  /** (load per pair - mean) / mean in basis points; 0 for an empty area. */
  readonly deviationBp: number;
  readonly outOfBand: boolean;
  /** Connected components; 0 for an empty area. */
  readonly pieces: number;
  readonly crossesZones: boolean;
  readonly locked: boolean;
}

export interface Totals {
  readonly areas: number;
  readonly worstDeviationBp: number;
  readonly outOfBand: number;
  readonly disconnected: number;
  readonly unassignedUnits: number;
  readonly unassignedHouseholds: number;
  /** Households whose area differs from the baseline's. */
  readonly changedHouseholds: number;
}

export interface Suggestion {
  readonly units: readonly number[];
  readonly from: number;
  readonly to: number;
  /** Deviation won, in thousandths of a basis point, less the price of the households changing keeper. */
  readonly gain: number;
  readonly fromBp: readonly [number, number];
  readonly toBp: readonly [number, number];
  readonly changedHouseholds: number;
}

/** Why a move is refused; nothing has changed. */
export type Refusal = 'no_such_unit' | 'no_such_area' | 'locked_unit' | 'locked_area';

export class MoveError extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal);
  }
}

export type Move = readonly [unit: number, area: number];

interface Area {
  /** Ascending. */
  units: number[];
  households: number;
  load: number;
  heavy: number;
  pieces: number;
  locked: boolean;
  part: number | null;
}

/** Deviation of a load from a mean in thousandths, in basis points, rounded half away from 0. */
export function deviationBp(load: number, meanMilli: number): number {
  if (meanMilli === 0) return 0;
  const scaled = (load * 1000 - meanMilli) * 10_000;
  const rounded = Math.floor((Math.abs(scaled) + Math.floor(meanMilli / 2)) / meanMilli);
  const clamped = Math.min(rounded, 0x7fff_ffff);
  return scaled < 0 ? -clamped : clamped;
}

/** A move that gains something; its figures are only made if it is among the best. */
type Candidate = Pick<Suggestion, 'units' | 'from' | 'to' | 'gain'>;

const emptyArea = (): Area => ({ units: [], households: 0, load: 0, heavy: 0, pieces: 0, locked: false, part: null });

/** Where `value` is or belongs in an ascending list. */
function position(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const has = (list: readonly number[], value: number) => list[position(list, value)] === value;
const ascending = (list: Iterable<number>) => [...new Set(list)].sort((a, b) => a - b);
const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);

export class Redraw {
  readonly areaOf: number[];
  private readonly near: number[][];
  private readonly groupUnits: number[][] = [];
  private readonly areas: Area[] = [];
  private readonly sums: { load: number; areas: number }[];
  private readonly loads: readonly number[];
  private strokes: Move[][] = [];
  private unassignedUnits = 0;
  private unassignedHouseholds = 0;
  private changedHouseholds = 0;

  /**
   * Begins with a plan; the baseline (the plan in force) decides whose keeper changes. There are at least `areaCount`
   * areas: the last ones of a plan may be empty.
   */
  constructor(
    readonly ground: Ground,
    areaOf: readonly number[],
    readonly baseline: readonly number[],
    areaCount = 0,
  ) {
    const n = ground.households.length;
    this.loads = ground.load ?? ground.households;
    this.near = Array.from({ length: n }, () => []);
    for (const [a, b] of ground.edges) {
      this.near[a]?.push(b);
      this.near[b]?.push(a);
    }
    ground.group.forEach((group, unit) => {
      if (group >= 0) (this.groupUnits[group] ??= []).push(unit);
    });
    this.sums = ground.zoneOfPart.map(() => ({ load: 0, areas: 0 }));
    this.areaOf = Array.from({ length: n }, () => UNASSIGNED);
    const count = areaOf.reduce((most, area) => Math.max(most, area + 1), areaCount);
    while (this.areas.length < count) this.areas.push(emptyArea());
    for (let unit = 0; unit < n; unit++) {
      this.unassignedUnits += 1;
      this.unassignedHouseholds += this.households(unit);
      this.changedHouseholds += this.change(unit, UNASSIGNED);
      this.partSum(unit).load += this.load(unit);
    }
    areaOf.forEach((area, unit) => {
      if (area !== UNASSIGNED) this.place(unit, area);
    });
    this.areas.forEach((_, area) => this.settle(area));
  }

  get areaCount(): number {
    return this.areas.length;
  }

  /** Steps that can be taken back. */
  get steps(): number {
    return this.strokes.length;
  }

  /** Locks an area against leaving and entering, or unlocks it; no undo step. */
  lock(area: number, locked: boolean): void {
    const own = this.areas[area];
    if (own) own.locked = locked;
  }

  /** Adds an empty area; returns its number. */
  addArea(): number {
    return this.areas.push(emptyArea()) - 1;
  }

  /** Units of an area, ascending. */
  unitsOf(area: number): readonly number[] {
    return this.areas[area]?.units ?? [];
  }

  /** Units that one can walk to from a unit. */
  neighbours(unit: number): readonly number[] {
    return this.near[unit] ?? [];
  }

  /** Units of a compound, ascending. */
  unitsOfGroup(group: number): readonly number[] {
    return this.groupUnits[group] ?? [];
  }

  /** Connected pieces of an area, the heaviest first; each ascending. */
  piecesOf(area: number): number[][] {
    const own = this.areas[area];
    return own ? this.heaviestFirst(this.components(own.units)) : [];
  }

  /** Connected pieces of the unassigned units, the heaviest first. */
  unassignedPieces(): number[][] {
    return this.heaviestFirst(this.components(this.unassigned()));
  }

  /** The neighbouring area that units of `own` suit best, or null. */
  hostOf(units: readonly number[], own: number): number | null {
    return this.bestHost(units, own, sum(units.map((unit) => this.load(unit))));
  }

  /** As {@link apply}, without an undo step of this class: for callers that keep their own. */
  move(moves: readonly Move[]): number[] {
    const touched = this.apply(moves);
    if (touched.length > 0) this.strokes.pop();
    return touched;
  }

  /** Moves units as one undo step; returns the areas touched. The next unused number makes a new area. */
  apply(moves: readonly Move[]): number[] {
    const count = this.check(moves);
    while (this.areas.length < count) this.areas.push(emptyArea());
    const stroke: Move[] = [];
    for (const [unit, area] of moves) {
      const from = this.areaOf[unit] as number;
      if (from === area) continue;
      stroke.push([unit, from]);
      this.relocate(unit, area);
    }
    const touched = this.touched(stroke);
    touched.forEach((area) => this.settle(area));
    if (stroke.length > 0) this.strokes.push(stroke);
    return touched;
  }

  /** Takes the last step back; null if there is none. */
  undo(): number[] | null {
    const stroke = this.strokes.pop();
    if (!stroke) return null;
    const touched = this.touched(stroke);
    for (const [unit, from] of [...stroke].reverse()) this.relocate(unit, from);
    touched.forEach((area) => this.settle(area));
    return touched;
  }

  area(area: number): AreaState | null {
    const own = this.areas[area];
    if (!own) return null;
    const heavy = own.heavy > 0;
    const zone = own.part === null ? null : (this.ground.zoneOfPart[own.part] as number);
    const deviation = this.deviationOf(own);
    return {
      area,
      zone,
      households: own.households,
      load: own.load,
      units: own.units.length,
      seats: this.seats(own),
      heavy,
      targetMilli: own.part === null ? 0 : this.targetMilli(own.part, heavy),
      deviationBp: deviation,
      outOfBand: !heavy && Math.abs(deviation) > this.ground.rules.bandBp,
      pieces: own.pieces,
      crossesZones: own.units.some((unit) => this.ground.zone[unit] !== zone),
      locked: own.locked,
    };
  }

  /** Load and deviation alone: what changes with the mean of a part. */
  balance(area: number): { households: number; units: number; deviationBp: number; outOfBand: boolean } | null {
    const own = this.areas[area];
    if (!own) return null;
    const deviationBp = this.deviationOf(own);
    return { households: own.households, units: own.units.length, deviationBp, outOfBand: own.heavy === 0 && Math.abs(deviationBp) > this.ground.rules.bandBp };
  }

  totals(): Totals {
    let [areas, worstDeviationBp, outOfBand, disconnected] = [0, 0, 0, 0];
    for (const area of this.areas) {
      if (area.units.length === 0) continue;
      areas += 1;
      disconnected += Number(area.pieces > 1);
      if (area.heavy > 0) continue;
      const off = Math.abs(this.deviationOf(area));
      outOfBand += Number(off > this.ground.rules.bandBp);
      worstDeviationBp = Math.max(worstDeviationBp, off);
    }
    const { unassignedUnits, unassignedHouseholds, changedHouseholds } = this;
    return { areas, worstDeviationBp, outOfBand, disconnected, unassignedUnits, unassignedHouseholds, changedHouseholds };
  }

  /**
   * The best moves: those of unassigned units first, then by gain, then the lowest unit.
   * `price` is what one household changing keeper costs, in thousandths of a basis point of deviation.
   */
  bestMoves(price: number, limit: number): Suggestion[] {
    const found: Candidate[] = [];
    // The part that an area may take from and give to; none for locked, heavy and mixed ones.
    const partOf = this.areas.map((area) => {
      const part = area.units.length === 0 ? null : (this.ground.part[area.units[0] as number] as number);
      const open = !area.locked && area.heavy === 0 && area.units.every((unit) => this.ground.part[unit] === part);
      return open ? part : -1;
    });
    const now = this.areas.map((area) => this.deviationOf(area));
    for (let unit = 0; unit < this.areaOf.length; unit++) {
      // Most units lie amid their own area.
      if (this.onBorder(unit)) this.suggest([unit], price, partOf, now, found);
      const block = this.blockFrom(unit);
      if (block?.some((one) => this.onBorder(one))) this.suggest(block, price, partOf, now, found);
    }
    const first = (s: Candidate) => s.units[0] as number;
    const assigned = (s: Candidate) => Number(s.from !== UNASSIGNED);
    found.sort((a, b) => assigned(a) - assigned(b) || b.gain - a.gain || first(a) - first(b) || a.units.length - b.units.length || a.to - b.to);
    const kept: Suggestion[] = [];
    for (const one of found) {
      if (kept.length === limit) break;
      if (!this.keepsPieces(one)) continue;
      const load = sum(one.units.map((unit) => this.load(unit)));
      const bp = (area: number, extra: number): [number, number] => (area === UNASSIGNED ? [0, 0] : [now[area] as number, this.deviationOf(this.areas[area] as Area, extra)]);
      kept.push({ ...one, fromBp: bp(one.from, -load), toBp: bp(one.to, load), changedHouseholds: this.changeTo(one.units, one.from, one.to) });
    }
    return kept;
  }

  /** The moves that give every stray piece and every unassigned part to the neighbour it suits best; not yet applied. */
  heal(): Move[] {
    const locks = this.areas.flatMap((area, number) => (area.locked ? [number] : []));
    const healed = new Redraw(this.ground, this.areaOf, this.baseline, this.areaCount);
    locks.forEach((area) => healed.lock(area, true));
    const moves: Move[] = [];
    for (;;) {
      const next = healed.nextToHeal();
      if (!next) return moves;
      const step = next.piece.map((unit): Move => [unit, next.to]);
      healed.apply(step);
      moves.push(...step);
    }
  }

  private load(unit: number): number {
    return this.loads[unit] as number;
  }

  private households(unit: number): number {
    return this.ground.households[unit] as number;
  }

  private partSum(unit: number) {
    return this.sums[this.ground.part[unit] as number] as { load: number; areas: number };
  }

  /** Households of a unit if it is in another area than the baseline's; 0 where the baseline has none. */
  private change(unit: number, area: number): number {
    const home = this.baseline[unit] ?? UNASSIGNED;
    return home === UNASSIGNED || home === area ? 0 : this.households(unit);
  }

  private seats(area: Area): number {
    const { pair, loadPerKeeper } = this.ground.rules;
    return area.heavy > 0 ? Math.max(pair, Math.ceil(area.load / loadPerKeeper)) : pair;
  }

  private targetMilli(part: number, heavy: boolean): number {
    const mean = (load: number, areas: number) => Math.floor((load * 1000) / Math.max(areas, 1));
    const own = this.sums[part];
    if (!heavy && own) return mean(own.load, own.areas);
    const zone = this.ground.zoneOfPart[part];
    let [load, areas] = [0, 0];
    this.sums.forEach((other, number) => {
      if (other.areas === 0 || this.ground.zoneOfPart[number] !== zone) return;
      load += other.load;
      areas += other.areas;
    });
    return areas > 0 ? mean(load, areas) : this.ground.rules.target * 1000;
  }

  private deviationOf(area: Area, extra = 0): number {
    if (area.part === null) return 0;
    const mean = this.targetMilli(area.part, area.heavy > 0) * this.seats(area);
    return deviationBp(Math.max(0, area.load + extra) * this.ground.rules.pair, mean);
  }

  /** Refuses what may not be; returns how many areas there are afterwards. */
  private check(moves: readonly Move[]): number {
    let next = this.areas.length;
    for (const [unit, area] of moves) {
      const from = this.areaOf[unit];
      if (from === undefined) throw new MoveError('no_such_unit');
      if (area !== UNASSIGNED && (area < 0 || area > next)) throw new MoveError('no_such_area');
      next += Number(area === next);
      if (from === area) continue;
      if (this.ground.locked[unit]) throw new MoveError('locked_unit');
      if (this.areas[from]?.locked || this.areas[area]?.locked) throw new MoveError('locked_area');
    }
    return next;
  }

  /** Areas of a stroke, ascending, the unassigned last. */
  private touched(stroke: readonly Move[]): number[] {
    const all = ascending(stroke.flatMap(([unit, from]) => [from, this.areaOf[unit] as number]));
    return all[0] === UNASSIGNED ? [...all.slice(1), UNASSIGNED] : all;
  }

  private relocate(unit: number, to: number): void {
    if (this.areaOf[unit] !== UNASSIGNED) this.take(unit);
    if (to !== UNASSIGNED) this.place(unit, to);
  }

  private place(unit: number, to: number): void {
    const area = this.areas[to] as Area;
    const [load, households] = [this.load(unit), this.households(unit)];
    this.partSum(unit).load -= load;
    this.count(area, false);
    area.units.splice(position(area.units, unit), 0, unit);
    area.households += households;
    area.load += load;
    area.heavy += Number(this.ground.heavy[unit]);
    this.count(area, true);
    this.areaOf[unit] = to;
    this.unassignedUnits -= 1;
    this.unassignedHouseholds -= households;
    this.changedHouseholds += this.change(unit, to) - this.change(unit, UNASSIGNED);
  }

  private take(unit: number): void {
    const from = this.areaOf[unit] as number;
    const area = this.areas[from] as Area;
    const [load, households] = [this.load(unit), this.households(unit)];
    this.count(area, false);
    area.units.splice(position(area.units, unit), 1);
    area.households -= households;
    area.load -= load;
    area.heavy -= Number(this.ground.heavy[unit]);
    this.count(area, true);
    this.partSum(unit).load += load;
    this.areaOf[unit] = UNASSIGNED;
    this.unassignedUnits += 1;
    this.unassignedHouseholds += households;
    this.changedHouseholds += this.change(unit, UNASSIGNED) - this.change(unit, from);
  }

  /** Counts an area among the ordinary ones of its part, or no longer. */
  private count(area: Area, on: boolean): void {
    const { part, heavyPart } = this.ground;
    if (on) {
      // The first unit that is of the area's own kind says where it lies.
      const first = area.units.find((unit) => heavyPart[part[unit] as number] === area.heavy > 0) ?? area.units[0];
      area.part = first === undefined ? null : (part[first] as number);
    }
    const own = area.part === null || area.heavy > 0 ? undefined : this.sums[area.part];
    if (!own) return;
    own.load += on ? area.load : -area.load;
    own.areas += on ? 1 : -1;
  }

  private settle(area: number): void {
    const own = this.areas[area];
    if (own) own.pieces = this.components(own.units).length;
  }

  /** Connected components of a set of units (ascending), each ascending, ordered by their first unit. */
  private components(units: readonly number[]): number[][] {
    const seen = new Set<number>();
    const found: number[][] = [];
    for (const start of units) {
      if (seen.has(start)) continue;
      seen.add(start);
      const component = [start];
      for (const unit of component) {
        for (const other of this.near[unit] as number[]) {
          if (seen.has(other) || !has(units, other)) continue;
          seen.add(other);
          component.push(other);
        }
      }
      found.push(component.sort((a, b) => a - b));
    }
    return found;
  }

  private heaviestFirst(pieces: number[][]): number[][] {
    const load = (units: readonly number[]) => sum(units.map((unit) => this.load(unit)));
    return pieces.sort((a, b) => compare([-load(a), -a.length, a[0] as number], [-load(b), -b.length, b[0] as number]));
  }

  private unassigned(): number[] {
    return this.unassignedUnits === 0 ? [] : this.areaOf.flatMap((area, unit) => (area === UNASSIGNED ? [unit] : []));
  }

  /** Areas that units border on, ascending; without their own and without unassigned neighbours. */
  private areasBeside(units: readonly number[], own: number): number[] {
    const beside: number[] = [];
    for (const unit of units) {
      for (const other of this.near[unit] as number[]) {
        const area = this.areaOf[other] as number;
        // Few are different: a list is faster than a set.
        if (area !== own && area !== UNASSIGNED && !beside.includes(area)) beside.push(area);
      }
    }
    return beside.sort((a, b) => a - b);
  }

  /** All units of the unit's compound that lie in its area, if it is the first of several of them. */
  private blockFrom(unit: number): number[] | null {
    const group = this.ground.group[unit] as number;
    if (group < 0 || !this.ground.rules.compoundsCount) return null;
    const inside = (other: number) => this.areaOf[other] === this.areaOf[unit];
    const members = this.groupUnits[group] as number[];
    if (members.find(inside) !== unit) return null;
    const block = members.filter(inside);
    return block.length > 1 ? block : null;
  }

  /** Does a unit lie beside another area? */
  private onBorder(unit: number): boolean {
    const own = this.areaOf[unit];
    for (const other of this.near[unit] as number[]) if (this.areaOf[other] !== own && this.areaOf[other] !== UNASSIGNED) return true;
    return false;
  }

  /** Households that change keeper by a move, less those that return. */
  private changeTo(units: readonly number[], from: number, to: number): number {
    let changed = 0;
    for (const unit of units) changed += this.change(unit, to) - this.change(unit, from);
    return changed;
  }

  private suggest(block: readonly number[], price: number, partOf: readonly (number | null)[], now: readonly number[], found: Candidate[]): void {
    const { part, locked } = this.ground;
    const first = block[0] as number;
    const from = this.areaOf[first] as number;
    const open = (area: number) => partOf[area] === null || partOf[area] === part[first];
    if (block.some((unit) => locked[unit] || part[unit] !== part[first])) return;
    const source = this.areas[from];
    if (source && (!open(from) || source.units.length === block.length)) return;
    const load = sum(block.map((unit) => this.load(unit)));
    const closer = (area: number, extra: number) => Math.abs(now[area] as number) - Math.abs(this.deviationOf(this.areas[area] as Area, extra));
    const left = source ? closer(from, -load) : 0;
    for (const to of this.areasBeside(block, from)) {
      if (!open(to)) continue;
      const gain = (left + closer(to, load)) * 1000 - price * this.changeTo(block, from, to);
      if (source && (gain <= 0 || this.partsCompound(block, from, to))) continue;
      found.push({ units: block, from, to, gain });
    }
  }

  /** Would the compound of the block lie in one more area? */
  private partsCompound(block: readonly number[], from: number, to: number): boolean {
    const group = this.ground.group[block[0] as number] as number;
    if (group < 0 || !this.ground.rules.compoundsCount) return false;
    const count = (area: number) =>
      (this.groupUnits[group] as number[]).filter((unit) => this.areaOf[unit] === area).length;
    return count(to) === 0 && count(from) > block.length;
  }

  /** Would neither area be in more pieces than now? */
  private keepsPieces({ units, from, to }: Candidate): boolean {
    const sink = this.areas[to] as Area;
    if (this.components(ascending([...sink.units, ...units])).length > sink.pieces) return false;
    const source = this.areas[from];
    return !source || this.components(source.units.filter((unit) => !has(units, unit))).length <= source.pieces;
  }

  /** The smallest stray piece that has somewhere to go: by households, then its units. */
  private nextToHeal(): { piece: number[]; to: number } | null {
    const loadOf = (units: readonly number[]) => sum(units.map((unit) => this.load(unit)));
    const pieces = this.components(this.unassigned()).map((piece) => ({ piece, own: UNASSIGNED }));
    this.areas.forEach((area, own) => {
      if (area.pieces < 2 || area.locked) return;
      const kept = this.heaviestFirst(this.components(area.units));
      pieces.push(...kept.slice(1).map((piece) => ({ piece, own })));
    });
    pieces.sort((a, b) => compare([loadOf(a.piece), ...a.piece], [loadOf(b.piece), ...b.piece]));
    for (const { piece, own } of pieces) {
      const to = this.bestHost(piece, own, loadOf(piece));
      if (to !== null) return { piece, to };
    }
    return null;
  }

  /** The neighbouring area whose deviation is lowest with the piece. */
  private bestHost(piece: readonly number[], own: number, load: number): number | null {
    if (piece.some((unit) => this.ground.locked[unit])) return null;
    const hosts = this.areasBeside(piece, own).filter((area) => !this.areas[area]?.locked);
    const off = (area: number) => Math.abs(this.deviationOf(this.areas[area] as Area, load));
    return hosts.sort((a, b) => compare([off(a), a], [off(b), b]))[0] ?? null;
  }
}

/** Lexicographic order of number lists. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
