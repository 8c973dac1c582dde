import { describe, expect, it } from 'vitest';
import { arrowsOf, barLength, namePlace, paperView, pathOf } from './paper';

describe('printed maps', () => {
  it('take the largest usual scale that fits, centred', () => {
    const view = paperView([-100, -50, 100, 50], 120, 90);
    expect(view.scale).toBe(2000);
    expect(view.k).toBe(2);
    expect(view.viewBox).toBe('-120 -90 240 180');
    expect(paperView([0, 0, 30_000_000, 1], 100, 100).scale).toBe(300_000_000);
  });
  it('draw north up', () => {
    expect(pathOf([[[0, 0], [10, 5]]], true)).toBe('M0 0L10 -5Z');
  });
  it('have a round bar', () => {
    expect(barLength(0.5, 30)).toBe(10);
    expect(barLength(2, 30)).toBe(50);
    expect(barLength(10, 30)).toBe(200);
  });
  it('point arrows along the walk', () => {
    const arrows = arrowsOf([[0, 0], [0, 20], [1, 20]], 5);
    expect(arrows).toHaveLength(1);
    expect(arrows[0]).toEqual({ x: 0, y: -10, angle: -90 });
  });
  it('name a line where it is seen, never upside down', () => {
    const view = paperView([0, 0, 100, 100], 100, 100);
    const name = namePlace([[[500, 50], [-500, 50]]], view)!;
    expect(name.x).toBeCloseTo(50);
    expect(Math.abs(name.angle)).toBeLessThanOrEqual(90);
    expect(name.length).toBeCloseTo(100);
    expect(namePlace([[[0, 500], [10, 500]]], view)).toBeNull();
  });
});
