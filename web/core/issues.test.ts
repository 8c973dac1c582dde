import { describe, expect, it } from 'vitest';
import type { HeatItem } from '../api/issues';
import { addDays, before, dayIndex, length, moved, playedOn, preset, resized, sum, ticks, windowOf } from './day-window';
import { decodeHeat, heatPixels } from './heat-tile';
import { NO_FILTER, apiQuery, filterQuery, isDay, parseFilter, toggled, type IssueFilter } from './issue-filter';
import { CIVIDIS, changeClass, legend, rateClass, rateColours, rateLabels, signed, sorted } from './rate-classes';

describe('the filter in the address', () => {
  const full: IssueFilter = { from: '2027-03-10', to: '2027-03-16', category: ['noise', 'environment.rubbish'], state: ['open'], level: ['self'], source: ['hotline'], priority: ['urgent', 'high'], owner: 'street:340104002:urban', compound: 'c-1', grid: 'g-1', area: 'a-1', cell: '8928308280fffff', overdue: true, twice_returned: true, self_solved: false, q: '路灯 坏了' };
  it('survives writing and reading', () => {
    for (const filter of [full, NO_FILTER, { ...NO_FILTER, self_solved: true }, { ...NO_FILTER, from: '2027-03-10' }]) expect(parseFilter(filterQuery(filter))).toEqual(filter);
  });
  it('takes rubbish for nothing', () => {
    expect(parseFilter({ from: '2027-02-30', to: 'x', category: ['a'], state: '<b>', overdue: 'yes', owner: 'a b', q: 7, self_solved: '2' })).toEqual(NO_FILTER);
    expect(parseFilter({ from: '2027-03-16', to: '2027-03-10' })).toEqual(NO_FILTER);
    expect(parseFilter({ category: 'a,,a,b' }).category).toEqual(['a', 'b']);
  });
  it('asks the API with what is set only, and with words for lists only', () => {
    expect(apiQuery(NO_FILTER, null)).toEqual({});
    expect(apiQuery({ ...NO_FILTER, q: '灯', overdue: true }, '340104002000')).toEqual({ region: '340104002000', overdue: '1' });
    expect(apiQuery({ ...NO_FILTER, q: '灯' }, null, true)).toEqual({ q: '灯' });
  });
  it('knows the days of the calendar', () => {
    expect(['2027-02-28', '2028-02-29', '2027-02-29', '2027-13-01', '2027-1-1', null].map(isDay)).toEqual([true, true, false, false, false, false]);
  });
  it('puts a value in and takes it out', () => {
    expect(toggled(toggled(['a'], 'b'), 'a')).toEqual(['b']);
  });
});

describe('the window of days', () => {
  it('counts days over months, years and leap days', () => {
    expect(addDays('2027-03-01', -1)).toBe('2027-02-28');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(dayIndex('2026-12-17', addDays('2026-12-17', 89))).toBe(89);
  });
  it('has presets that end today', () => {
    expect(preset('today', '2027-03-16')).toEqual({ from: '2027-03-16', to: '2027-03-16' });
    expect(preset('week', '2027-03-03')).toEqual({ from: '2027-02-25', to: '2027-03-03' });
    expect(preset('month', '2027-03-16').from).toBe('2027-02-15');
    expect(['2027-01-01', '2027-03-31', '2027-04-01', '2027-12-31'].map((day) => preset('quarter', day).from)).toEqual(['2027-01-01', '2027-01-01', '2027-04-01', '2027-10-01']);
  });
  it('is cut off at the ends of the histogram', () => {
    expect(windowOf('2027-01-01', 90, '2026-12-20', '2027-01-03')).toEqual({ from: 0, to: 2 });
    expect(windowOf('2027-01-01', 90, '2025-01-01', '2025-01-02')).toBeNull();
    expect(windowOf('2027-01-01', 0, '2027-01-01', '2027-01-02')).toBeNull();
  });
  it('never leaves the histogram nor becomes empty, however it is moved', () => {
    let window = { from: 80, to: 86 };
    for (let i = 0; i < 500; i += 1) {
      const by = ((i * 7919) % 41) - 20;
      window = i % 3 === 0 ? moved(window, by, 90) : i % 3 === 1 ? resized(window, 'from', window.from + by, 90) : resized(window, 'to', window.to + by, 90);
      expect(window.from >= 0 && window.from <= window.to && window.to < 90).toBe(true);
    }
    expect(length(moved({ from: 80, to: 86 }, 99, 90))).toBe(7);
  });
  it('knows the period before, and none where the histogram begins', () => {
    expect(before({ from: 10, to: 16 })).toEqual({ from: 3, to: 9 });
    expect(before({ from: 5, to: 11 })).toBeNull();
    const counts = Array.from({ length: 20 }, (_, i) => i);
    expect([sum(counts, { from: 10, to: 12 }), sum(counts, before({ from: 10, to: 12 })!)]).toEqual([33, 24]);
    expect(sum([1, null, 2], { from: 0, to: 2 })).toBeNull();
    expect(sum([1, null, 2], { from: 2, to: 2 })).toBe(2);
  });
  it('plays through every window once and begins again', () => {
    let window = { from: 0, to: 6 };
    const seen = new Set<number>();
    for (let i = 0; i < 84; i += 1) { seen.add(window.from); window = playedOn(window, 90); }
    expect(seen.size).toBe(84);
    expect(window).toEqual({ from: 0, to: 6 });
  });
  it('has a few round steps on its axis', () => {
    expect(ticks(0)).toEqual([]);
    for (const most of [1, 3, 7, 54, 76, 312, 4976]) {
      const steps = ticks(most);
      expect(steps.length > 0 && steps.length <= 3, String(most)).toBe(true);
      expect(steps.every((step) => Number.isInteger(step) && step <= most)).toBe(true);
    }
  });
});

const item = (of: Partial<HeatItem>): HeatItem => ({ id: 'x', name: 'x', n: 10, without_point: 0, households: 500, rate: 40, small: false, previous_n: 8, delta: 2, hot: null, z: 0, q: 1, overdue: 0, ...of });

describe('classes of a rate', () => {
  const bounds = [35, 45, 55, 70];
  it('include their upper bound, and the last takes all that is above', () => {
    expect([0, 35, 35.01, 45, 70, 70.1, 112.8, 500].map((value) => rateClass(bounds, value))).toEqual([0, 0, 1, 1, 3, 4, 4, 4]);
    expect(rateLabels(bounds)).toEqual(['≤ 35', '35–45', '45–55', '55–70', '> 70']);
    expect(rateColours(bounds)).toEqual(CIVIDIS);
    for (const n of [0, 1, 2, 3]) {
      const colours = rateColours(bounds.slice(0, n));
      expect(rateLabels(bounds.slice(0, n))).toHaveLength(colours.length);
      expect(new Set(colours).size).toBe(n + 1);
      expect(rateClass(bounds.slice(0, n), 1e9)).toBe(n);
    }
  });
  it('count every place once: in a class, as small, or without a figure', () => {
    const items = [item({ rate: 20 }), item({ rate: 112.8, n: 20, hot: 99 }), item({ rate: 50, hot: -95 }), item({ small: true, n: 3 }), item({ small: true, n: null }), item({ rate: null, households: null, n: 6 })];
    const made = legend(items, 'rate', bounds);
    expect(made.rows.map(({ places, n }) => [places, n])).toEqual([[1, 10], [0, 0], [1, 10], [0, 0], [1, 20]]);
    expect(made.small).toEqual({ places: 2, n: 3, hidden: true });
    expect(made.none).toEqual({ places: 1, n: 6 });
    expect([made.hot[99], made.cold]).toEqual([1, 1]);
    expect(made.rows.reduce((all, row) => all + row.places, 0) + made.small.places + made.none.places).toBe(items.length);
  });
  it('of change are symmetric about nothing', () => {
    expect([-11, -5, 0, 5, 11].map((delta) => changeClass(delta, 11))).toEqual([0, 1, 2, 3, 4]);
    expect([-1, 0, 1].map((delta) => changeClass(delta, 0))).toEqual([2, 2, 2]);
    for (let delta = -20; delta <= 20; delta += 1) expect(changeClass(delta, 20) + changeClass(-delta, 20)).toBe(4);
  });
  it('carry a sign', () => {
    expect([11, -3, 0, null].map(signed)).toEqual(['+11', '−3', '0', '—']);
  });
});

describe('the ranked table', () => {
  const rows = [item({ id: 'a', rate: 20, overdue: 5 }), item({ id: 'b', rate: null }), item({ id: 'c', rate: 90, overdue: null }), item({ id: 'd', rate: 300, small: true })];
  const ids = (list: HeatItem[]) => list.map(({ id }) => id).join('');
  it('puts what has no figure last in both directions, small counts among it', () => {
    expect(ids(sorted(rows, 'rate', true))).toBe('cabd');
    expect(ids(sorted(rows, 'rate', false))).toBe('acbd');
    expect(ids(sorted(rows, 'overdue', true)).endsWith('c')).toBe(true);
  });
});

describe('a density tile', () => {
  const bytes = (cells: number[], width = 3, height = 2) => {
    const out = new Uint8Array(32 + cells.length);
    const view = new DataView(out.buffer);
    out.set([...'GKH1'].map((c) => c.charCodeAt(0)));
    view.setUint16(4, width, true);
    view.setUint16(6, height, true);
    out[8] = 22;
    view.setUint32(20, 9, true);
    view.setFloat32(24, 150, true);
    view.setFloat32(28, 64.5, true);
    out.set(cells, 32);
    return out;
  };
  it('is read as the server documents it', () => {
    // The golden bytes of the server's own test.
    const tile = decodeHeat(bytes([10, 2, 253, 246, 253, 5]));
    expect([...tile.cells]).toEqual([10, 12, 9, 0, 255, 1]);
    expect(tile).toMatchObject({ width: 3, height: 2, level: 22, n: 9, radiusM: 150, maxPerKm2: 64.5 });
  });
  it('is an error when it is another thing or cut off', () => {
    expect(() => decodeHeat(new TextEncoder().encode('{"a":1}'))).toThrow('GKH1');
    expect(() => decodeHeat(bytes([1, 2, 3, 4, 5]))).toThrow('has 5');
  });
  it('draws nothing as nothing, and the same value in the same colour whatever the scale of the tile', () => {
    const one = { ...decodeHeat(bytes([0, 100, 0, 0, 0, 0], 3, 2)), maxPerKm2: 50 };
    const other = { ...one, cells: one.cells.map((cell) => cell / 2), maxPerKm2: 100 };
    const [a, b] = [heatPixels(one, 80, CIVIDIS), heatPixels(other, 80, CIVIDIS)];
    expect(a[3]).toBe(0);
    expect([...a]).toEqual([...b]);
    expect([...heatPixels(one, 0, CIVIDIS)].every((part) => part === 0)).toBe(true);
    const full = heatPixels({ ...one, width: 1, height: 1, cells: new Uint8Array([255]), maxPerKm2: 80 }, 80, CIVIDIS);
    expect([...full.slice(0, 3)]).toEqual([0, 0x22, 0x4e]);
  });
});
