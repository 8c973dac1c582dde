import { describe, expect, it } from 'vitest';
import { NONE, count, deviation, percent } from './format';

describe('figures', () => {
  it('have thousands commas and a true minus', () => {
    expect(count(31000)).toBe('31,000');
    expect(count(-1204)).toBe('−1,204');
    expect(count(0)).toBe('0');
  });
  it('show a dash for what is not known, never 0', () => {
    expect([count(null), percent(null), deviation(undefined)]).toEqual([NONE, NONE, NONE]);
  });
  it('round ratios to one decimal', () => {
    expect(percent(4516)).toBe('45.2%');
    expect(percent(10000)).toBe('100.0%');
  });
  it('sign every deviation', () => {
    expect([deviation(1180), deviation(-1180), deviation(40)]).toEqual(['+12%', '−12%', '0%']);
  });
});
