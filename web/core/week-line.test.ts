import { describe, expect, it } from 'vitest';
import { weekLine } from './week-line';

describe('seven days as a line', () => {
  it('stay inside their box, highest at the top', () => {
    const { path, end } = weekLine([1, 5, 3, 9, 2, 2, 4], 66, 22)!;
    const points = [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(points).toHaveLength(7);
    expect(points.every(([x, y]) => x >= 3 && x <= 63 && y >= 3 && y <= 19)).toBe(true);
    expect(Math.min(...points.map(([, y]) => y))).toBe(points[3]![1]);
    expect(end[0]).toBe(63);
  });
  it('leave a gap where a day has no figure, and are nothing without two days', () => {
    expect(weekLine([1, 2, null, 4, 5], 66, 22)!.path.match(/M/g)).toHaveLength(2);
    expect(weekLine([null, 3, null], 66, 22)).toBeNull();
    expect(weekLine([4, 4], 66, 22)!.end[1]).toBe(11);
  });
});
