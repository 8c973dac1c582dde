// The web core against the cases that the server's core wrote.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Move, MoveError, Redraw, UNASSIGNED, deviationBp } from './redraw';

interface Figures {
  areas: (number | boolean)[][];
  totals: number[];
}

interface Step {
  do: 'move' | 'undo' | 'lock' | 'heal' | 'best';
  moves: Move[];
  area: number;
  locked: boolean;
  price: number;
  limit: number;
  answer: unknown;
  then: Figures;
}

interface Case {
  name: string;
  rules: { target: number; band_bp: number; pair: number; households_per_keeper: number; compounds_count: boolean };
  households: number[];
  load: number[];
  zone: number[];
  part: number[];
  heavy: boolean[];
  heavy_part: boolean[];
  zone_of_part: number[];
  group: number[];
  edges: [number, number][];
  area_of: number[];
  baseline: number[];
  then: Figures;
  steps: Step[];
}

const cases = JSON.parse(readFileSync('../tests/cases/redraw.json', 'utf8')) as Case[];

function begin(of: Case): Redraw {
  const { target, band_bp, pair, households_per_keeper, compounds_count } = of.rules;
  const ground = {
    rules: { target, bandBp: band_bp, pair, loadPerKeeper: households_per_keeper, compoundsCount: compounds_count },
    households: of.households,
    load: of.load,
    zone: of.zone,
    part: of.part,
    heavy: of.heavy,
    group: of.group,
    locked: of.households.map(() => false),
    heavyPart: of.heavy_part,
    zoneOfPart: of.zone_of_part,
    edges: of.edges,
  };
  return new Redraw(ground, of.area_of, of.baseline);
}

function figures(redraw: Redraw): Figures {
  const areas = Array.from({ length: redraw.areaCount }, (_, number) => {
    const a = redraw.area(number)!;
    return [
      a.area, a.households, a.units, a.seats, a.heavy, a.targetMilli, a.deviationBp, a.outOfBand, a.pieces, a.crossesZones, a.load,
    ];
  });
  const t = redraw.totals();
  const totals = [
    t.areas, t.worstDeviationBp, t.outOfBand, t.disconnected, t.unassignedUnits, t.unassignedHouseholds, t.changedHouseholds,
  ];
  return { areas, totals };
}

function take(redraw: Redraw, step: Step): unknown {
  switch (step.do) {
    case 'move':
      try {
        return { touched: redraw.apply(step.moves) };
      } catch (error) {
        return { refused: (error as MoveError).refusal };
      }
    case 'undo':
      return { touched: redraw.undo() };
    case 'lock':
      redraw.lock(step.area, step.locked);
      return undefined;
    case 'heal': {
      const moves = redraw.heal();
      redraw.apply(moves);
      return moves;
    }
    case 'best': {
      const best = redraw.bestMoves(step.price, step.limit);
      if (best[0]) redraw.apply(best[0].units.map((unit): Move => [unit, best[0]!.to]));
      return best.map((s) => ({
        units: s.units, from: s.from, to: s.to, gain: s.gain, from_bp: s.fromBp, to_bp: s.toBp, changed: s.changedHouseholds,
      }));
    }
  }
}

describe('the cases shared with the server', () => {
  it.each(cases.map((of) => [of.name, of] as const))('are answered alike: %s', (_, of) => {
    const redraw = begin(of);
    expect(figures(redraw)).toEqual(of.then);
    of.steps.forEach((step, at) => {
      expect(take(redraw, step), `answer of step ${at}: ${step.do}`).toEqual(step.answer);
      if (step.then) expect(figures(redraw), `figures after step ${at}: ${step.do}`).toEqual(step.then);
    });
    while (redraw.undo());
    expect(redraw.areaOf).toEqual(of.area_of);
  });

  it('hold every kind of step and a refusal', () => {
    const steps = cases.flatMap((of) => of.steps);
    expect(new Set(steps.map((step) => step.do))).toEqual(new Set(['move', 'undo', 'lock', 'heal', 'best']));
    expect(steps.some((step) => JSON.stringify(step.answer ?? '').includes('locked_area'))).toBe(true);
  });
});

describe('moves', () => {
  it('are refused when the unit is locked or unknown, and change nothing', () => {
    const of = cases[0]!;
    const redraw = begin(of);
    const locked = new Redraw({ ...redraw.ground, locked: of.households.map(() => true) }, of.area_of, of.baseline);
    const unit = of.area_of.findIndex((area) => area > 0);
    for (const [moves, refusal] of [
      [[[unit, 0]], 'locked_unit'],
      [[[of.households.length, 0]], 'no_such_unit'],
      [[[unit, locked.areaCount + 1]], 'no_such_area'],
      [[[unit, -2]], 'no_such_area'],
    ] as [Move[], string][]) {
      expect(() => locked.apply(moves)).toThrow(refusal);
    }
    expect(figures(locked)).toEqual(of.then);
    expect(locked.bestMoves(0, 3).every((s) => s.from === UNASSIGNED)).toBe(true);
  });
});

describe('deviation', () => {
  it('is rounded half away from zero, and 0 without a mean', () => {
    expect([deviationBp(360, 250_000), deviationBp(180, 250_000), deviationBp(5, 0)]).toEqual([4400, -2800, 0]);
    expect([deviationBp(20_001, 20_000_000), deviationBp(19_999, 20_000_000)]).toEqual([1, -1]);
  });
});
