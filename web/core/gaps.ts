// Gaps as the page shows them: the filter that is the address, levels, order, the funnel. No figure is made up here.
import { REASONS, type GapItem, type GapQuery, type Gaps, type Reason } from '../api/coverage';

/** PuOr by the share of households that are not served, brown = worse. */
export const LEVELS = [
  { colour: '#e9e4ef', ink: '#111111', label: '< 10%' },
  { colour: '#fdd9ab', ink: '#111111', label: '10–30%' },
  { colour: '#f2a955', ink: '#111111', label: '30–60%' },
  { colour: '#c8690f', ink: '#111111', label: '60–90%' },
  { colour: '#7f3b08', ink: '#ffffff', label: '≥ 90%' },
] as const;

export interface GapFilter {
  readonly off: readonly Reason[];
  /** Days without a visit; `null` as the settings say. */
  readonly days: number | null;
  /** Minutes on foot; `null` as the settings say. */
  readonly minutes: number | null;
  /** Coverage below so many per cent. */
  readonly below: number | null;
  /** Households above. */
  readonly above: number | null;
}
export const DAYS = { least: 1, most: 90, usual: 14 } as const;
export const MINUTES = { least: 2, most: 30, usual: 10 } as const;

type Query = Readonly<Record<string, unknown>>;
function whole(of: unknown, least: number, most: number): number | null {
  if (typeof of !== 'string' || !/^\d{1,7}$/.test(of)) return null;
  const n = Number(of);
  return n >= least && n <= most ? n : null;
}

/** Reads the address; what makes no sense is left out. */
export function parseGapFilter(query: Query): GapFilter {
  const off = typeof query.off === 'string' ? query.off.split(',') : [];
  return {
    off: REASONS.filter((reason) => off.includes(reason)),
    days: whole(query.days, DAYS.least, DAYS.most), minutes: whole(query.minutes, MINUTES.least, MINUTES.most),
    below: whole(query.below, 1, 100), above: whole(query.above, 1, 1_000_000),
  };
}

/** The address of a filter; `null` removes a key. */
export function gapFilterQuery({ off, days, minutes, below, above }: GapFilter): Record<string, string | null> {
  const text = (n: number | null) => (n === null ? null : String(n));
  return { off: off.length ? off.join(',') : null, days: text(days), minutes: text(minutes), below: text(below), above: text(above) };
}

/** The filter as the API takes it. With every reason off there is nothing to look for, and the list says so. */
export function gapApiQuery({ off, days, minutes, below, above }: GapFilter): GapQuery {
  return {
    ...(off.length ? { reasons: REASONS.filter((reason) => !off.includes(reason)).join(',') } : {}),
    ...(days === null ? {} : { unvisited_days: String(days) }), ...(minutes === null ? {} : { too_far_minutes: String(minutes) }),
    ...(below === null ? {} : { coverage_below_bp: String(below * 100) }), ...(above === null ? {} : { households_above: String(above) }),
  };
}

export type GapSort = 'server' | 'uncovered' | 'coverage' | 'households';
/** Unknown is last, whatever the order. */
export function sortGaps(items: readonly GapItem[], by: GapSort): GapItem[] {
  if (by === 'server') return [...items];
  const key = (item: GapItem): number | null => (by === 'uncovered' ? item.uncovered_households : by === 'households' ? item.households : item.coverage_bp === null ? null : -item.coverage_bp);
  return [...items].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return y - x || a.code.localeCompare(b.code);
  });
}

/** How many compounds are in each level, and how many nobody can put into one. */
export function countLevels(items: readonly GapItem[]): { levels: number[]; unknown: number } {
  const levels = LEVELS.map(() => 0);
  let unknown = 0;
  for (const { level } of items) {
    if (level === null || levels[level] === undefined) unknown += 1;
    else levels[level] += 1;
  }
  return { levels, unknown };
}

/** Known households, then those that pass one reason after the other: a building has one reason only, so this is exact. */
export function funnel(gaps: Gaps): { key: Reason | 'all'; households: number; share: number | null }[] {
  // Of the whole scope, whatever the list is narrowed to: so are the totals.
  const all = gaps.coverage.households;
  let left = all;
  const step = (key: Reason | 'all') => ({ key, households: left, share: all > 0 ? left / all : null });
  const steps: { key: Reason | 'all'; households: number; share: number | null }[] = [step('all')];
  for (const reason of REASONS) {
    left = Math.max(0, left - (gaps.totals[reason]?.households ?? 0));
    steps.push(step(reason));
  }
  return steps;
}

/** Pins in the address: `lon,lat;lon,lat`, at most 20. */
export function parsePins(of: unknown): [number, number][] {
  if (typeof of !== 'string' || of === '') return [];
  return of.split(';').slice(0, 20).flatMap((pair) => {
    const [lon, lat] = pair.split(',').map(Number);
    return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lon!) <= 180 && Math.abs(lat!) <= 85 ? [[lon!, lat!] as [number, number]] : [];
  });
}
export const formatPins = (pins: readonly (readonly [number, number])[]): string | null => (pins.length ? pins.map(([lon, lat]) => `${lon.toFixed(6)},${lat.toFixed(6)}`).join(';') : null);
