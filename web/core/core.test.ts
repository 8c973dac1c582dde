import { describe, expect, it, vi } from 'vitest';
import { balanceBar } from './band';
import { COVERAGE_CLASSES, classOf, countByClass, deviationClasses } from './colours';
import { count, day, deviation, deviationExact, moment, percent, scaleBar } from './format';
import { isCommand } from './keys';
import { spread } from './spread';
import { formatView, parseView } from './view';

describe('figures', () => {
  it('carry thousands commas, a true minus and a plus on every increase', () => {
    expect(count(31000)).toBe('31,000');
    expect(count(-1285)).toBe('−1,285');
    expect(deviation(1720)).toBe('+17%');
    expect(deviation(-3620)).toBe('−36%');
    expect(deviation(-1550)).toBe('−16%');
    expect(deviation(20)).toBe('0%');
    expect(deviationExact(-1501)).toBe('−15.01%');
    expect(percent(4516)).toBe('45.2');
  });
  it('show nothing as a dash, never as zero', () => {
    for (const show of [count, deviation, deviationExact, percent]) {
      expect(show(null)).toBe('—');
      expect(show(undefined)).toBe('—');
    }
    expect(count(0)).toBe('0');
  });
  it('give a scale bar a round length that fits', () => {
    for (const mpp of [0.3, 1.19, 7.4, 152]) {
      const bar = scaleBar(mpp, 90);
      expect(bar.px).toBeLessThanOrEqual(90);
      expect(bar.px).toBeGreaterThan(30);
      expect(bar.metres).toBeCloseTo(bar.px * mpp);
    }
    expect(scaleBar(0, 90).px).toBe(0);
  });
  it('tell the day of the reader, not of Greenwich', () => {
    vi.stubEnv('TZ', 'Asia/Shanghai');
    expect(day(new Date('2027-03-05T16:30:00Z'))).toBe('2027-03-06');
    expect(moment('2027-03-05T16:30:00Z')).toBe('2027-03-06 00:30');
    vi.unstubAllEnvs();
  });
});

describe('classes', () => {
  it('of deviation: the band includes both of its ends', () => {
    const classes = deviationClasses(1500, 3000);
    expect([-3001, -3000, -1501, -1500, 0, 1500, 1501, 3000, 3001].map((bp) => classOf(classes, bp))).toEqual([0, 1, 1, 2, 2, 2, 3, 3, 4]);
  });
  it('put every value into exactly one class, and nothing into none', () => {
    for (let bp = -20_000; bp <= 20_000; bp += 37) {
      expect(deviationClasses(1500, 3000).filter((c) => bp >= c.from && bp < c.to)).toHaveLength(1);
    }
    expect(countByClass(COVERAGE_CLASSES, [0, 999, 1000, 10_000, null])).toEqual({ counts: [2, 1, 0, 0, 1], none: 1 });
  });
});

describe('the balance bar', () => {
  it('ends on the target when the deviation is zero, and clips what is too long', () => {
    const even = balanceBar(0, 1500);
    expect(even.length).toBeCloseTo(even.target);
    expect(even.bandFrom).toBeLessThan(even.target);
    expect(balanceBar(20_000, 1500)).toMatchObject({ length: 100, clipped: true });
  });
});

describe('labels', () => {
  it('do not overlap after they were pushed apart', () => {
    const boxes = Array.from({ length: 12 }, (_, i) => ({ x: 100 + (i % 4) * 20, y: 100 + Math.floor(i / 4) * 9, width: 40, height: 20 }));
    const moved = spread(boxes, 400, 400).map(([dx, dy], i) => [boxes[i]!.x + dx, boxes[i]!.y + dy] as const);
    moved.forEach((a, i) => moved.forEach((b, j) => {
      if (j <= i) return;
      expect(Math.abs(a[0] - b[0]) >= 39.5 || Math.abs(a[1] - b[1]) >= 19.5).toBe(true);
    }));
  });
  it('stay within reach of their place', () => {
    const boxes = Array.from({ length: 30 }, () => ({ x: 0, y: 0, width: 40, height: 20 }));
    for (const [dx, dy] of spread(boxes, 50)) expect(Math.hypot(dx, dy)).toBeLessThanOrEqual(50.001);
  });
});

describe('the view in the address', () => {
  it('survives writing and reading, and rubbish is no view', () => {
    expect(parseView(formatView({ lon: 102.3, lat: 40.2, zoom: 14.5 }))).toEqual({ lon: 102.3, lat: 40.2, zoom: 14.5 });
    for (const text of ['', '1,2', 'a,b,c', '500,0,3', null, ['1,2,3'], '1,2,3,4']) expect(parseView(text)).toBeNull();
  });
});

describe('keys', () => {
  const press = (target: HTMLElement, init: KeyboardEventInit = {}) => {
    let seen = false;
    const listen = (event: Event) => { seen = isCommand(event as KeyboardEvent); };
    document.body.append(target);
    document.addEventListener('keydown', listen);
    target.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyM', bubbles: true, ...init }));
    document.removeEventListener('keydown', listen);
    return seen;
  };
  it('are commands on the page, not in a field, not while an input method composes', () => {
    expect(press(document.createElement('div'))).toBe(true);
    expect(press(document.createElement('input'))).toBe(false);
    expect(press(document.createElement('div'), { isComposing: true })).toBe(false);
    expect(press(document.createElement('div'), { ctrlKey: true })).toBe(false);
  });
});
