import { describe, expect, it } from 'vitest';
import type { CategoryRow, RoutingRule, WorkCalendar } from '../api/desk';
import { calendarFault, categoryFault, categoryOrder, clock, holdsOn, minutesOf, ruleFault } from './rules';

const rule = (of: Partial<RoutingRule> = {}): RoutingRule => ({ id: 'r', order: 1, categories: [], places: [], owner: { code: 'a', name: '甲' }, valid_from: '2026-01-01', valid_to: null, note: '', made_by_arbitration: null, ...of });
const none = { urgent: null, high: null, normal: null, low: null };
const category = (of: Partial<CategoryRow> = {}): CategoryRow => ({ code: 'noise', name_zh: '噪声', name_en: 'Noise', near_m: 50, near_days: 7, sensitive: false, limits: { acknowledge: none, dispose: none }, active: true, ...of });
const calendar = (of: Partial<WorkCalendar> = {}): WorkCalendar => ({ offset_minutes: 480, weekdays: [1, 2, 3, 4, 5], hours: [[540, 720], [780, 1080]], years: { 2026: { notice: '', holidays: [{ name: '元旦', from: '2026-01-01', to: '2026-01-03' }], workdays: ['2026-01-04'] } }, ...of });

describe('what is wrong with a row', () => {
  it('is said of a rule', () => {
    expect(ruleFault(rule())).toBeNull();
    expect(ruleFault(rule({ owner: { code: ' ', name: '甲' } }))).toBe('owner');
    expect(ruleFault(rule({ valid_from: '2026-13-01' }))).toBe('from');
    expect(ruleFault(rule({ valid_to: '2026-01-01' }))).toBe('to');
    expect([holdsOn(rule({ valid_to: '2026-03-01' }), '2026-02-28'), holdsOn(rule({ valid_to: '2026-03-01' }), '2026-03-01'), holdsOn(rule(), '2025-12-31')]).toEqual([true, false, false]);
  });
  it('is said of a category', () => {
    const one = category();
    expect(categoryFault(one, [one])).toBeNull();
    expect(categoryFault(one, [one, category()])).toBe('twice');
    expect(categoryFault(category({ code: 'No ise' }), [])).toBe('code');
    expect(categoryFault(category({ name_en: '' }), [])).toBe('name');
    expect(categoryFault(category({ near_m: NaN }), [])).toBe('near');
  });
  it('is said of a calendar', () => {
    expect(calendarFault(calendar())).toBeNull();
    expect(calendarFault(calendar({ hours: [[540, 720], [700, 1080]] }))).toBe('hours');
    expect(calendarFault(calendar({ weekdays: [] }))).toBe('weekdays');
    expect(calendarFault(calendar({ years: { 2027: calendar().years[2026]! } }))).toBe('holiday');
  });
});
it('parents stand before their children, and none is lost', () => {
  const all = [category({ code: 'a.b', parent: 'a' }), category({ code: 'a' }), category({ code: 'c', parent: 'gone' })];
  expect(categoryOrder(all).map(({ row, depth }) => `${depth}${row.code}`)).toEqual(['0a', '1a.b', '0c']);
});
it('a clock is read as it is written', () => {
  for (const minutes of [0, 59, 540, 1439]) expect(minutesOf(clock(minutes))).toBe(minutes);
  expect(minutesOf('')).toBeNaN();
});
