// A plan on the editor's table: units and areas by identity around the numbered core of `redraw.ts`.
// Invariant: applying a stroke and then its inverse restores everything exactly.
import { type Ground, type Move, MoveError, Redraw, UNASSIGNED } from '../redraw';
import { type AreaChange, type AreaFields, type KeeperMove, type MoveGroup, type Stroke, sameFields, without } from './stroke';

/** A person who can sit on a seat of an area. */
export interface Person {
  readonly appointment: string;
  readonly name: string;
  readonly partTime: boolean;
  readonly compound: string;
  /** In post today; who is not may still sit on a seat, but serves nobody. */
  readonly active: boolean;
}

/** What a draft begins with; columns have one entry per unit, areas one per number. */
export interface Start {
  readonly ground: Ground;
  readonly unitIds: readonly string[];
  readonly areaIds: readonly string[];
  readonly fields: readonly AreaFields[];
  /** Area of every unit; -1 = none. */
  readonly areaOf: readonly number[];
  readonly baseline: readonly number[];
  readonly people: readonly Person[];
  /** Area of every person; -1 = none. */
  readonly seatOf: readonly number[];
}

/** What a stroke touched: areas by number (`UNASSIGNED` included) and units. */
export interface Touched {
  readonly areas: readonly number[];
  readonly units: readonly number[];
}

const nothing: Touched = { areas: [], units: [] };

export class Draft {
  readonly redraw: Redraw;
  readonly unitIds: readonly string[];
  readonly areaIds: string[];
  readonly people: readonly Person[];
  private readonly unitAt: Map<string, number>;
  private readonly areaAt: Map<string, number>;
  private readonly personAt: Map<string, number>;
  private readonly fields: (AreaFields | null)[];
  private readonly seats: number[];

  constructor(start: Start) {
    this.redraw = new Redraw(start.ground, start.areaOf, start.baseline, start.areaIds.length);
    this.unitIds = start.unitIds;
    this.areaIds = [...start.areaIds];
    this.people = start.people;
    this.unitAt = new Map(start.unitIds.map((id, unit) => [id, unit]));
    this.areaAt = new Map(start.areaIds.map((id, area) => [id, area]));
    this.personAt = new Map(start.people.map((person, at) => [person.appointment, at]));
    this.fields = [...start.fields];
    this.seats = [...start.seatOf];
    this.fields.forEach((fields, area) => this.redraw.lock(area, fields?.locked ?? false));
  }

  get unitCount(): number {
    return this.unitIds.length;
  }

  /** Numbers of the areas that exist. */
  areas(): number[] {
    return this.fields.flatMap((fields, area) => (fields ? [area] : []));
  }

  area(area: number): AreaFields | null {
    return this.fields[area] ?? null;
  }

  /** The number as the map shows it: 07. */
  label(area: number): string {
    const fields = this.fields[area];
    return fields ? String(fields.number).padStart(2, '0') : '—';
  }

  indexOfUnit(id: string): number | undefined {
    return this.unitAt.get(id);
  }

  indexOfArea(id: string): number | undefined {
    return this.areaAt.get(id);
  }

  /** Area that a person sits on; -1 = none. */
  seatOf(person: number): number {
    return this.seats[person] ?? UNASSIGNED;
  }

  /** People on the seats of an area. */
  seatedIn(area: number): Person[] {
    return this.people.filter((_, at) => this.seats[at] === area);
  }

  /** Those of them who serve. */
  keepersOf(area: number): Person[] {
    return this.seatedIn(area).filter(({ active }) => active);
  }

  /** The lowest number that no area has. */
  freeNumber(): number {
    const taken = new Set(this.fields.map((fields) => fields?.number));
    let number = 1;
    while (taken.has(number)) number += 1;
    return number;
  }

  /** An identity for an area that a stroke will make; until then it does not exist. */
  reserve(): number {
    const id = crypto.randomUUID();
    this.set({ id, before: null, after: null });
    return this.areaAt.get(id) as number;
  }

  /** Units that a stroke names and the data no longer have. */
  vanished(stroke: Stroke): string[] {
    return stroke.moves.flatMap((group) => group.units.filter((id) => !this.unitAt.has(id)));
  }

  /**
   * Keys that cannot be as the stroke wants them: somebody else changed them since, an area is locked or gone, its
   * number is taken, or it still holds something.
   */
  conflicts(stroke: Stroke): string[] {
    const off: string[] = [];
    const after = new Map(stroke.areas.map((change) => [change.id, change.after]));
    const before = (id: string) => this.fieldsOf(id);
    const meant = (id: string) => (after.has(id) ? (after.get(id) ?? null) : before(id));
    // A lock that the stroke itself sets comes after its moves, one that it lifts (or that ends with its area) before.
    const locked = (id: string | null) => id !== null && (before(id)?.locked ?? false) && (meant(id)?.locked ?? false);
    const moved = new Set<string>();
    for (const { from, to, units } of stroke.moves) {
      const closed = locked(from) || locked(to) || (to !== null && (before(to) ?? meant(to)) === null);
      for (const id of units) {
        const unit = this.unitAt.get(id);
        const now = unit === undefined ? undefined : this.idOf(this.redraw.areaOf[unit] as number);
        moved.add(id);
        if (now !== to && (now !== from || closed)) off.push(`unit:${id}`);
      }
    }
    for (const { id, before: from, after: to } of stroke.areas) {
      const now = before(id);
      if (sameFields(now, to)) continue;
      const holds = to === null && this.holds(id, moved, stroke);
      if (!sameFields(now, from) || holds || (to !== null && this.taken(id, to.number, after))) off.push(`area:${id}`);
    }
    for (const { appointment, from, to } of stroke.keepers) {
      const person = this.personAt.get(appointment);
      const now = person === undefined ? undefined : this.idOf(this.seatOf(person));
      const gone = to !== null && meant(to) === null;
      if (now !== to && (now !== from || gone)) off.push(`keeper:${appointment}`);
    }
    return off;
  }

  /** The part of a stroke that can be done now. */
  fitting(stroke: Stroke): Stroke {
    for (let fits = stroke; ; ) {
      // What is left out may have been what the rest stood on.
      const off = this.conflicts(fits);
      if (off.length === 0) return fits;
      fits = without(fits, new Set(off));
    }
  }

  /** A stroke without what is as it leaves it already, so that its inverse restores exactly what is there now. */
  effective(stroke: Stroke): Stroke {
    const same = new Set<string>();
    for (const { to, units } of stroke.moves) {
      for (const id of units) {
        const unit = this.unitAt.get(id);
        if (unit !== undefined && this.idOf(this.redraw.areaOf[unit] as number) === to) same.add(`unit:${id}`);
      }
    }
    for (const { id, after } of stroke.areas) if (sameFields(this.fieldsOf(id), after)) same.add(`area:${id}`);
    for (const { appointment, to } of stroke.keepers) {
      const person = this.personAt.get(appointment);
      if (person !== undefined && this.idOf(this.seatOf(person)) === to) same.add(`keeper:${appointment}`);
    }
    return same.size === 0 ? stroke : without(stroke, same);
  }

  /**
   * Does what a stroke says; keys that are as it leaves them already stay. Nothing is changed when it throws.
   * @throws MoveError for locked or unknown units and areas
   */
  apply(stroke: Stroke): Touched {
    const opened = stroke.areas.filter(({ after }) => after !== null && !after.locked);
    const rest = stroke.areas.filter(({ after }) => after === null || after.locked);
    const before = opened.map(({ id }): AreaChange => ({ id, before: null, after: this.fieldsOf(id) }));
    opened.forEach((change) => this.set(change));
    // Areas that only come to hold units with their lock are made first and locked afterwards.
    rest.filter(({ id }) => !this.areaAt.has(id)).forEach(({ id }) => this.set({ id, before: null, after: null }));
    const ending = rest.flatMap(({ id, after }) => (after === null ? [this.areaAt.get(id) as number] : []));
    ending.forEach((area) => this.redraw.lock(area, false));
    let touched = nothing;
    try {
      touched = this.move(this.compiled(stroke.moves));
    } catch (error) {
      before.forEach((change) => this.set(change));
      ending.forEach((area) => this.redraw.lock(area, this.fields[area]?.locked ?? false));
      throw error;
    }
    rest.forEach((change) => this.set(change));
    for (const { appointment, to } of stroke.keepers) {
      const person = this.personAt.get(appointment);
      if (person !== undefined) this.seats[person] = to === null ? UNASSIGNED : (this.areaAt.get(to) ?? UNASSIGNED);
    }
    const seated = stroke.keepers.flatMap(({ from, to }) => [from, to]);
    const more = [...stroke.areas.map(({ id }) => id), ...seated].flatMap((id) => {
      const area = id === null ? undefined : this.areaAt.get(id);
      return area === undefined ? [] : [area];
    });
    return { areas: [...new Set([...touched.areas, ...more])], units: touched.units };
  }

  /** Sets everything to what a stroke says that the server has taken: locks and what was before do not count. */
  force(stroke: Stroke): Touched {
    const known = without(stroke, new Set(this.vanished(stroke).map((id) => `unit:${id}`)));
    for (const { id } of known.areas) if (!this.areaAt.has(id)) this.set({ id, before: null, after: null });
    this.fields.forEach((_, area) => this.redraw.lock(area, false));
    try {
      return this.apply(known);
    } finally {
      this.fields.forEach((fields, area) => this.redraw.lock(area, fields?.locked ?? false));
    }
  }

  /** Moves units without asking whose they are; the pen's own. */
  move(moves: readonly Move[]): Touched {
    return { areas: this.redraw.move(moves), units: moves.map(([unit]) => unit) };
  }

  /** The moves of a stroke from numbers. */
  groups(moves: Iterable<readonly [unit: number, from: number, to: number]>): MoveGroup[] {
    const grouped = new Map<string, { from: string | null; to: string | null; units: string[] }>();
    for (const [unit, from, to] of moves) {
      if (from === to) continue;
      const key = `${from} ${to}`;
      let group = grouped.get(key);
      if (!group) grouped.set(key, (group = { from: this.idOf(from), to: this.idOf(to), units: [] }));
      group.units.push(this.unitIds[unit] as string);
    }
    return [...grouped.values()];
  }

  /** A change of what an area says; `null` removes it. */
  change(area: number, after: AreaFields | null): AreaChange {
    return { id: this.areaIds[area] as string, before: this.fields[area] ?? null, after };
  }

  /** Puts a person on a seat, or on none. */
  seat(person: number, area: number): KeeperMove {
    return { appointment: this.people[person]!.appointment, from: this.idOf(this.seatOf(person)), to: this.idOf(area) };
  }

  /** Everything as text of no length: equal text means equal drafts. */
  fingerprint(): string {
    const areas = this.fields.flatMap((fields, area) => (fields ? [[this.areaIds[area], fields.number, fields.name, fields.locked]] : []));
    const units = this.redraw.areaOf.map((area) => this.idOf(area));
    return JSON.stringify([areas.sort(), units, this.seats.map((area) => this.idOf(area))]);
  }

  /** Identity of an area; `null` for none. */
  idOf(area: number): string | null {
    return area === UNASSIGNED ? null : (this.areaIds[area] as string);
  }

  /** Whether an area keeps units or people when a stroke is done. */
  private holds(id: string, moved: ReadonlySet<string>, stroke: Stroke): boolean {
    const area = this.areaAt.get(id);
    if (area === undefined) return false;
    const seated = new Set(stroke.keepers.filter(({ to }) => to !== id).map(({ appointment }) => appointment));
    return this.redraw.unitsOf(area).some((unit) => !moved.has(this.unitIds[unit] as string)) || this.seatedIn(area).some(({ appointment }) => !seated.has(appointment));
  }

  /** Whether another area has the number when a stroke is done. */
  private taken(id: string, number: number, after: ReadonlyMap<string, AreaFields | null>): boolean {
    const kept = this.areaIds.some((other, area) => other !== id && !after.has(other) && this.fields[area]?.number === number);
    return kept || [...after].some(([other, fields]) => other !== id && fields?.number === number);
  }

  private fieldsOf(id: string): AreaFields | null {
    const area = this.areaAt.get(id);
    return area === undefined ? null : (this.fields[area] ?? null);
  }

  private set({ id, after }: AreaChange): void {
    let area = this.areaAt.get(id);
    if (area === undefined) {
      area = this.redraw.addArea();
      this.areaIds[area] = id;
      this.areaAt.set(id, area);
    }
    this.fields[area] = after;
    this.redraw.lock(area, after?.locked ?? false);
  }

  private compiled(groups: readonly MoveGroup[]): Move[] {
    return groups.flatMap(({ to, units }) => {
      const area = to === null ? UNASSIGNED : this.areaAt.get(to);
      if (area === undefined) throw new MoveError('no_such_area');
      return units.map((id): Move => {
        const unit = this.unitAt.get(id);
        if (unit === undefined) throw new MoveError('no_such_unit');
        return [unit, area];
      });
    });
  }
}
