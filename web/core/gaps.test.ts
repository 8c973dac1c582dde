import { describe, expect, it } from 'vitest';
import type { GapItem, Gaps } from '../api/coverage';
import { countLevels, formatPins, funnel, gapApiQuery, gapFilterQuery, parseGapFilter, parsePins, sortGaps } from './gaps';

const none = { unassigned: 0, unstaffed: 0, unvisited: 0, too_far: 0 };
const item = (code: string, of: Partial<GapItem>): GapItem => ({ id: code, code, name: code, community: '', community_name: '', households: 620, estimated: false, required: 2, in_post: 1, part_time: 0, short: 1, coverage_bp: 5000, uncovered_households: 370, reason: 'unstaffed', reason_households: { ...none, unstaffed: 370 }, level: 2, gap_households: 370, unknown_buildings: 0, accessibility_milli: null, minutes: null, beyond: false, sentence: { zh: '', en: '' }, centroid: null, ...of });

describe('the filter', () => {
  it('is the address, both ways', () => {
    const query = { off: 'too_far,nonsense', days: '21', minutes: '12', below: '50', above: '300' };
    const filter = parseGapFilter(query);
    expect(filter).toEqual({ off: ['too_far'], days: 21, minutes: 12, below: 50, above: 300 });
    expect(parseGapFilter(gapFilterQuery(filter))).toEqual(filter);
    expect(gapApiQuery(filter)).toEqual({ reasons: 'unassigned,unstaffed,unvisited', unvisited_days: '21', too_far_minutes: '12', coverage_below_bp: '5000', households_above: '300' });
  });
  it('leaves out what makes no sense', () => {
    expect(parseGapFilter({ days: '0', minutes: '-3', below: '101', above: 'x', off: ['a'] })).toEqual({ off: [], days: null, minutes: null, below: null, above: null });
    expect(gapApiQuery(parseGapFilter({}))).toEqual({});
  });
});

describe('order and levels', () => {
  const items = [item('a', { uncovered_households: 10, level: 0 }), item('b', { households: null, uncovered_households: null, coverage_bp: null, level: null }), item('c', { uncovered_households: 370, coverage_bp: 2000, level: 4 })];
  it('puts unknown last, whatever the order', () => {
    expect(sortGaps(items, 'uncovered').map(({ code }) => code)).toEqual(['c', 'a', 'b']);
    expect(sortGaps(items, 'coverage').map(({ code }) => code)).toEqual(['c', 'a', 'b']);
    expect(sortGaps(items, 'server').map(({ code }) => code)).toEqual(['a', 'b', 'c']);
  });
  it('counts every compound once', () => {
    expect(countLevels(items)).toEqual({ levels: [1, 0, 0, 0, 1], unknown: 1 });
  });
});

describe('the funnel', () => {
  it('narrows reason by reason, and has no share of nothing', () => {
    const total = (households: number) => ({ compounds: 1, buildings: 1, households, unknown_buildings: 0 });
    const gaps = { coverage: { households: 1000 }, items: [], totals: { unassigned: total(100), unstaffed: total(300), unvisited: total(0), too_far: total(50) } } as unknown as Gaps;
    expect(funnel(gaps).map(({ households }) => households)).toEqual([1000, 900, 600, 600, 550]);
    expect(funnel(gaps)[4]!.share).toBeCloseTo(0.55);
    expect(funnel({ ...gaps, coverage: { ...gaps.coverage, households: 0 } })[0]!.share).toBeNull();
  });
});

describe('pins', () => {
  it('come back as they were', () => {
    const pins: [number, number][] = [[117.2, 31.8], [117.212345, 31.812345]];
    expect(parsePins(formatPins(pins))).toEqual(pins);
    expect(formatPins([])).toBeNull();
  });
  it('are left out when they are none', () => {
    expect(parsePins('x;117,31;999,1')).toEqual([[117, 31]]);
  });
});
