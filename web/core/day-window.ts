// A window of whole days over a histogram: presets, dragging, keys, play and the period before.
// Not a chart, and no clock: “today” is given. Invariant: a window lies inside its histogram and holds a day at least.

const DAY_MS = 86_400_000;

/** Days by number: `from` to `to`, both included, 0 is the first day of the histogram. */
export interface DayWindow { readonly from: number; readonly to: number }
export type Preset = 'today' | 'week' | 'month' | 'quarter';
export const PRESETS: readonly Preset[] = ['today', 'week', 'month', 'quarter'];

const at = (day: string): number => Date.parse(`${day}T00:00:00Z`);

/** `2027-03-01`, −1 → `2027-02-28`. */
export function addDays(day: string, days: number): string {
  return new Date(at(day) + days * DAY_MS).toISOString().slice(0, 10);
}
/** Days from `first` to `day`. */
export function dayIndex(first: string, day: string): number {
  return Math.round((at(day) - at(first)) / DAY_MS);
}
export const length = ({ from, to }: DayWindow): number => to - from + 1;

/** The window of two days; what lies outside of the histogram is cut off, and nothing left of it is `null`. */
export function windowOf(first: string, count: number, from: string, to: string): DayWindow | null {
  const window = { from: Math.max(0, dayIndex(first, from)), to: Math.min(count - 1, dayIndex(first, to)) };
  return count > 0 && window.from <= window.to ? window : null;
}

/** First and last day of a preset that ends today; a quarter is that of the calendar. */
export function preset(name: Preset, today: string): { from: string; to: string } {
  if (name === 'quarter') {
    const month = Number(today.slice(5, 7));
    const start = month - ((month - 1) % 3);
    return { from: `${today.slice(0, 5)}${String(start).padStart(2, '0')}-01`, to: today };
  }
  return { from: addDays(today, { today: 0, week: -6, month: -29 }[name]), to: today };
}

/** Moved by days, as long as it is, as far as there is room. */
export function moved(window: DayWindow, by: number, count: number): DayWindow {
  const step = Math.min(count - 1 - window.to, Math.max(-window.from, by));
  return { from: window.from + step, to: window.to + step };
}

/** With one end at another day; the other end gives way when it is passed. */
export function resized(window: DayWindow, end: 'from' | 'to', day: number, count: number): DayWindow {
  const there = Math.min(count - 1, Math.max(0, Math.round(day)));
  return end === 'from' ? { from: there, to: Math.max(window.to, there) } : { from: Math.min(window.from, there), to: there };
}

/** The period as long that ends where this one begins; `null` when the histogram does not hold all of it. */
export function before(window: DayWindow): DayWindow | null {
  const from = window.from - length(window);
  return from < 0 ? null : { from, to: window.from - 1 };
}

/** Issues in the window; `null` when a day of it may not be told. */
export function sum(counts: readonly (number | null)[], { from, to }: DayWindow): number | null {
  return counts.slice(from, to + 1).reduce<number | null>((total, n) => (total === null || n === null ? null : total + n), 0);
}

/** One day later; after the last day, from the beginning again. */
export function playedOn(window: DayWindow, count: number): DayWindow {
  return window.to + 1 < count ? { from: window.from + 1, to: window.to + 1 } : { from: 0, to: length(window) - 1 };
}

/** Steps of a value axis: at most three round numbers at or below the highest. */
export function ticks(most: number): number[] {
  if (most < 1) return [];
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => most / n < 4 && Number.isInteger(n)) ?? power;
  return Array.from({ length: Math.floor(most / step) }, (_, i) => (i + 1) * step);
}
