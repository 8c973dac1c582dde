// Strokes, steps and saving: what is done can be undone, and what two people do is lost by neither.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UNASSIGNED } from '../redraw';
import { Draft } from './draft';
import { dice, street } from './fixtures';
import { BrowserMemory, forgetful } from './memory';
import { Pen } from './pen';
import { UnitIndex, mercator } from './pick';
import { recolour } from './colouring';
import { type Stroke, keysOf } from './stroke';
import { type Ack, type Line, Sync, type SyncView } from './sync';
import { Workbench } from './workbench';

const quiet = { touched() {}, stepped() {} };
const nothing = { done: [], undone: [], outbox: [] };

function bench(of = street()): Workbench {
  return new Workbench(of.start, of.place, of.colours, nothing, forgetful, quiet);
}

/** A random step of any kind; `only` limits it to some units. */
function scribble(on: Workbench, random: () => number, only?: readonly number[]): Stroke | null {
  const { draft } = on;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const units = only ?? Array.from({ length: draft.unitCount }, (_, unit) => unit);
  const areas = draft.areas();
  const kind = random();
  if (kind < 0.75) {
    const pen = kind < 0.05 ? Pen.forNewArea(draft, draft.reserve(), { number: draft.freeNumber(), name: '新', locked: false }) : new Pen(draft, kind < 0.12 ? UNASSIGNED : pick(areas));
    const before = new Set(pen.areas);
    for (let i = 0; i < 4; i++) pen.paint([pick(units)]);
    const stroke = pen.end('笔');
    if (stroke) on.commit(stroke, { areas: [...before, ...pen.areas], units: pen.units });
    return stroke;
  }
  const area = pick(areas);
  const fields = draft.area(area)!;
  const change =
    kind < 0.85 ? { areas: [draft.change(area, { ...fields, locked: !fields.locked })], keepers: [] }
    : kind < 0.92 ? { areas: [draft.change(area, { ...fields, name: `片区 ${Math.floor(random() * 99)}` })], keepers: [] }
    : { areas: [], keepers: [draft.seat(Math.floor(random() * draft.people.length), pick(areas))] };
  const stroke: Stroke = { id: crypto.randomUUID(), label: '改', moves: [], ...change };
  on.do(stroke);
  return stroke;
}

describe('a draft', () => {
  it('is as it was after sixty random steps are taken back, and as it became after they are done again', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const on = bench();
      const random = dice(seed);
      const start = on.draft.fingerprint();
      const totals = on.draft.redraw.totals();
      for (let step = 0; step < 60; step++) scribble(on, random);
      const end = on.draft.fingerprint();
      const endTotals = on.draft.redraw.totals();
      while (on.undo(() => '撤销'));
      expect(on.draft.fingerprint()).toBe(start);
      expect(on.draft.redraw.totals()).toEqual(totals);
      while (on.redo());
      expect(on.draft.fingerprint()).toBe(end);
      expect(on.draft.redraw.totals()).toEqual(endTotals);
    }
  });

  it('finds after any steps what a fresh look finds', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const of = street();
      const on = bench(of);
      const random = dice(seed);
      for (let step = 0; step < 40; step++) scribble(on, random);
      const areas = on.draft.areaIds.map((_, area) => on.draft.area(area));
      const fresh = new Draft({ ...of.start, areaIds: on.draft.areaIds, fields: areas as never, areaOf: on.draft.redraw.areaOf, seatOf: on.draft.people.map((_, person) => on.draft.seatOf(person)) });
      const again = new Workbench({ ...of.start, areaIds: on.draft.areaIds, fields: areas as never, areaOf: on.draft.redraw.areaOf, seatOf: on.draft.people.map((_, person) => on.draft.seatOf(person)) }, of.place, of.colours, nothing, forgetful, quiet);
      expect(fresh.fingerprint()).toBe(on.draft.fingerprint());
      expect(on.findings.list()).toEqual(again.findings.list());
    }
  });

  it('keeps locked areas from leaving and entering, also mid-stroke, and says so of a whole step', () => {
    const on = bench();
    on.do({ id: 'lock', label: '锁', moves: [], areas: [on.draft.change(1, { ...on.draft.area(1)!, locked: true })], keepers: [] });
    const before = on.draft.fingerprint();
    const pen = new Pen(on.draft, 0);
    pen.paint(on.draft.redraw.unitsOf(1));
    expect(pen.end('笔')).toBeNull();
    expect(new Pen(on.draft, 1).open([0])).toEqual([]);
    const into = { id: 'x', label: '', moves: [{ from: 'area-0', to: 'area-1', units: ['unit-0'] }], areas: [], keepers: [] };
    expect(() => on.do(into)).toThrow('locked_area');
    expect(on.draft.fingerprint()).toBe(before);
  });

  it('takes back an area that began locked and with buildings', () => {
    const on = bench();
    const before = on.draft.fingerprint();
    const area = on.draft.reserve();
    const areas = [on.draft.change(area, { number: 50, name: '新', locked: true })];
    on.do({ id: 'n', label: '', moves: on.draft.groups([[0, 0, area], [1, 0, area]]), areas, keepers: [] });
    expect(on.draft.redraw.areaOf[0]).toBe(area);
    on.undo(() => '撤销');
    expect(on.draft.fingerprint()).toBe(before);
  });

  it('forgets a cancelled stroke, with the area that began with it', () => {
    const on = bench();
    const before = on.draft.fingerprint();
    const pen = Pen.forNewArea(on.draft, on.draft.reserve(), { number: 99, name: '新', locked: false });
    pen.paint([3, 4, 5]);
    pen.cancel();
    expect(on.draft.fingerprint()).toBe(before);
  });

  it('lists every kind of problem, the pressing ones first', () => {
    const on = bench();
    // Two far units of area 0 go to area 5; area 2 is emptied; unit 0 is left alone.
    const moves = [
      { from: 'area-0', to: 'area-5', units: ['unit-1'] },
      { from: 'area-2', to: 'area-1', units: on.draft.redraw.unitsOf(2).map((unit) => `unit-${unit}`) },
      { from: 'area-0', to: null, units: ['unit-0'] },
    ];
    on.do({ id: 'm', label: '', moves, areas: [], keepers: [] });
    const kinds = on.findings.list().map(({ kind }) => kind);
    expect(kinds[0]).toBe('unassigned');
    expect(new Set(kinds)).toEqual(new Set(['unassigned', 'disconnected', 'out_of_band', 'splits_compound', 'empty_area']));
    const counts = on.findings.counts(on.findings.list());
    expect(counts.get('unassigned')).toBe(1);
    expect(counts.get('disconnected')).toBe(on.draft.areas().filter((area) => on.draft.redraw.area(area)!.pieces > 1).length);
    expect(counts.get('nobody_responsible')).toBe(0);
    on.do({ id: 'k', label: '', moves: [], areas: [], keepers: on.draft.keepersOf(3).map((one) => on.draft.seat(on.draft.people.indexOf(one), UNASSIGNED)) });
    expect(on.findings.list().some(({ kind, area }) => kind === 'nobody_responsible' && area === 3)).toBe(true);
  });

  it('counts nobody who has left', () => {
    const of = street(8, 6, 4);
    const people = of.start.people.map((person, at) => ({ ...person, active: of.start.seatOf[at] !== 1 }));
    const on = new Workbench({ ...of.start, people }, of.place, of.colours, nothing, forgetful, quiet);
    expect(on.draft.seatedIn(1).length).toBeGreaterThan(0);
    expect(on.draft.keepersOf(1)).toEqual([]);
    expect(on.findings.list().filter(({ kind }) => kind === 'nobody_responsible').map(({ area }) => area)).toEqual([1]);
  });
});

describe('picking', () => {
  const of = street(40, 30, 6);
  const index = new UnitIndex(of.place.lon, of.place.lat);
  it('sweeps without holes: the way is the union of every place on it', () => {
    const random = dice(4);
    for (let i = 0; i < 50; i++) {
      const place = () => mercator(117 + random() * 0.02, 31 - random() * 0.015);
      const [a, b] = [place(), place()];
      const radius = 2e-6 + random() * 3e-6;
      const swept = new Set(index.swept(a, b, radius));
      for (let t = 0; t <= 1; t += 0.02) {
        const at = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])] as const;
        for (const unit of index.swept(at, at, radius)) expect(swept.has(unit)).toBe(true);
      }
    }
  });
  it('goes to the neighbour in the direction of the arrow and comes back', () => {
    const near = (unit: number) => of.start.ground.edges.flatMap(([a, b]) => (a === unit ? [b] : b === unit ? [a] : []));
    const east = index.towards(85, [1, 0], near(85), 1e-5);
    expect(east).toBe(86);
    expect(index.towards(86, [-1, 0], near(86), 1e-5)).toBe(85);
    expect(index.towards(85, [0, 1], near(85), 1e-5)).toBe(125);
  });
  it('finds in a lasso what lies inside it', () => {
    const ring = [[117, 31], [117.005, 31], [117.005, 30.996], [117, 30.996]].map(([lon, lat]) => mercator(lon! - 0.0001, lat! + 0.0001));
    expect(index.lasso(ring).length).toBe(10 * 8);
  });
});

describe('colours', () => {
  it('differ between neighbours on random maps, and stay where they can', () => {
    const random = dice(9);
    for (let round = 0; round < 40; round++) {
      const n = 60;
      // A triangulated strip is planar: six colours always do.
      const near = (area: number) => [area - 1, area + 1, area - 8, area + 8, area - 7, area + 7].filter((other) => other >= 0 && other < n && Math.abs((other % 8) - (area % 8)) <= 1);
      const colours = Array.from({ length: n }, () => -1);
      recolour(colours, colours.keys(), near);
      colours.forEach((colour, area) => near(area).forEach((other) => expect(colours[other]).not.toBe(colour)));
      const kept = [...colours];
      const one = Math.floor(random() * n);
      colours[one] = colours[near(one)[0] as number] as number;
      recolour(colours, [one], near);
      colours.forEach((colour, area) => near(area).forEach((other) => expect(colours[other]).not.toBe(colour)));
      expect(colours.filter((colour, area) => colour !== kept[area]).length).toBeLessThanOrEqual(12);
    }
  });
});

/** A server of strokes in memory: the rules of the real one, without its rows. */
class Office {
  readonly log: { stroke: Stroke; by: string }[] = [];
  truth = new Draft(street().start);

  /** The log from the beginning: what is true whatever was tried. */
  replayed(): Draft {
    const draft = new Draft(street().start);
    this.log.forEach(({ stroke }) => draft.apply(stroke));
    return draft;
  }

  line(by: string, delay: () => number, broken: () => boolean): Line {
    const wait = () => new Promise((wake) => setTimeout(wake, delay()));
    const after = (seq: number): Ack => ({ seq: this.log.length, theirs: this.log.slice(seq) });
    return {
      after: async (seq) => { await wait(); return after(seq); },
      send: async (base, strokes) => {
        await wait();
        if (broken()) throw 'offline';
        const before = after(base);
        const known = new Set(this.log.map(({ stroke }) => stroke.id));
        const fresh = strokes.filter(({ id }) => !known.has(id));
        for (const stroke of fresh) {
          if (this.truth.conflicts(stroke).length > 0) {
            this.truth = this.replayed();
            throw 'conflict';
          }
          this.truth.apply(stroke);
        }
        this.log.push(...fresh.map((stroke) => ({ stroke, by })));
        const seq = this.log.length;
        await wait();
        if (broken()) throw 'offline';
        return { seq, theirs: before.theirs };
      },
    };
  }
}

const view: SyncView = { state() {}, theirs() {} };
const failureOf = (reason: unknown) => (reason === 'conflict' ? 'conflict' as const : 'offline' as const);

describe('saving', () => {
  afterEach(() => void vi.useRealTimers());

  it('eight people on neighbouring areas lose nothing, whatever the line does', async () => {
    vi.useFakeTimers();
    const random = dice(11);
    const office = new Office();
    const choices = ['mine', 'theirs', 'merge'] as const;
    const people = Array.from({ length: 8 }, (_, who) => {
      const on = bench();
      const sync: Sync = new Sync(on, office.line(`p${who}`, () => random() * 40, () => random() < 0.1), 0, failureOf, view);
      return { on, sync };
    });
    for (let turn = 0; turn < 400; turn++) {
      const { on, sync } = people[Math.floor(random() * 8)]!;
      if (sync.state !== 'conflict' && random() < 0.6) {
        try {
          scribble(on, random);
        } catch { /* a lock of somebody else */ }
        sync.soon();
      } else if (sync.state !== 'conflict' && random() < 0.3) {
        try {
          on.undo(() => '撤销');
        } catch { /* locked meanwhile */ }
        sync.soon();
      } else void sync.heard(office.log.length);
      await vi.advanceTimersByTimeAsync(random() * 300);
      if (sync.state === 'conflict') sync.resolve(choices[Math.floor(random() * 3)]!);
    }
    for (let round = 0; round < 60; round++) {
      for (const { sync } of people) {
        if (sync.state === 'conflict') sync.resolve('merge');
        else void sync.heard(office.log.length);
      }
      await vi.advanceTimersByTimeAsync(20_000);
    }
    expect(office.replayed().fingerprint()).toBe(office.truth.fingerprint());
    for (const { on, sync } of people) {
      expect(sync.state).toBe('saved');
      expect(on.outbox).toEqual([]);
      expect(on.draft.fingerprint()).toBe(office.truth.fingerprint());
    }
    expect(office.log.length).toBeGreaterThan(100);
    expect(new Set(office.log.map(({ stroke }) => stroke.id)).size).toBe(office.log.length);
  });

  it('a clash is shown with both sides, and ends as chosen', async () => {
    for (const [choice, unit0, unit1] of [['mine', 1, 1], ['theirs', 2, 0], ['merge', 2, 1]] as const) {
      const office = new Office();
      const on = bench();
      const sync: Sync = new Sync(on, office.line('me', () => 0, () => false), 0, failureOf, view);
      const move = (units: string[], to: string): Stroke => ({ id: crypto.randomUUID(), label: '', moves: [{ from: 'area-0', to, units }], areas: [], keepers: [] });
      await office.line('they', () => 0, () => false).send(0, [move(['unit-0'], 'area-2')]);
      on.do(move(['unit-0', 'unit-1'], 'area-1'));
      await sync.flush();
      expect(sync.state).toBe('conflict');
      expect([...on.contested]).toEqual(['unit:unit-0']);
      expect(on.held.flatMap(keysOf)).toEqual(['unit:unit-0', 'unit:unit-1']);
      sync.resolve(choice);
      await vi.waitFor(() => expect(sync.state).toBe('saved'));
      expect(on.draft.redraw.areaOf.slice(0, 2), choice).toEqual([unit0, unit1]);
      expect(office.truth.fingerprint(), choice).toBe(on.draft.fingerprint());
    }
  });
});

describe('the memory of the browser', () => {
  it('brings steps and unsaved strokes back after a reload, in their order', async () => {
    const [memory, empty] = await BrowserMemory.of('plan-1');
    expect(empty).toEqual(nothing);
    const of = street();
    const on = new Workbench(of.start, of.place, of.colours, empty, memory, quiet);
    const random = dice(5);
    for (let step = 0; step < 30; step++) scribble(on, random);
    on.undo(() => '撤销');
    on.undo(() => '撤销');
    on.acknowledge(new Set(on.outbox.slice(0, 10).map(({ id }) => id)));
    await memory.written();
    expect(memory.broken).toBeNull();
    memory.close();
    const [other, back] = await BrowserMemory.of('plan-1');
    expect(back.outbox).toEqual(on.outbox);
    expect({ done: back.done, undone: back.undone }).toEqual(on.history.all());
    expect((await BrowserMemory.of('plan-2'))[1]).toEqual(nothing);
    other.close();
  });
});
