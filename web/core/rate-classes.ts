// Classes of a rate: legend and map take their colours from the same index. Small counts have no class: they are hatched.
// Not the statistics (the server's). Invariant: every row is in one class, or small, or without a figure; the sums are all rows.
import type { HeatItem } from '../api/issues';

/** cividis in five steps, light to dark: on paper, dark = more (interface.md §3.4). */
export const CIVIDIS = ['#fee838', '#bcae6c', '#7d7c78', '#434e6c', '#00224e'] as const;
/** BrBG for change: teal = fewer, brown = more. */
export const CHANGE = ['#01665e', '#5ab4ac', '#f5f5f5', '#d8b365', '#8c510a'] as const;

/** A rate with as many decimals as it can bear: “112.8”, “9.4”. */
export function rate(value: number | null | undefined): string {
  return value === null || value === undefined ? '—' : value.toFixed(1).replace('-', '−');
}
/** A change with its sign: “+11”, “−3”, “0”. */
export function signed(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—';
  return value > 0 ? `+${value}` : String(value).replace('-', '−');
}

/** Class of a rate by upper bounds (included); the class after the last one is open. */
export function rateClass(bounds: readonly number[], value: number): number {
  const found = bounds.findIndex((bound) => value <= bound);
  return found < 0 ? bounds.length : found;
}
/** Colours of so many classes, lightest and darkest among them. */
export function rateColours(bounds: readonly number[]): string[] {
  const last = CIVIDIS.length - 1;
  return Array.from({ length: bounds.length + 1 }, (_, i) => CIVIDIS[bounds.length === 0 ? 0 : Math.min(last, Math.round((i * last) / bounds.length))]!);
}

/** “≤ 35”, “35–45”, …, “> 70”; one class of all when there are no bounds. */
export function rateLabels(bounds: readonly number[]): string[] {
  const text = (value: number) => (Number.isInteger(value) ? String(value) : value.toFixed(1));
  if (bounds.length === 0) return ['≥ 0'];
  return [...bounds.map((bound, i) => (i === 0 ? `≤ ${text(bound)}` : `${text(bounds[i - 1]!)}–${text(bound)}`)), `> ${text(bounds[bounds.length - 1]!)}`];
}

/** Class of a change in five steps about 0, against the largest change: `2` is none. */
export function changeClass(delta: number, most: number): number {
  if (delta === 0 || most <= 0) return 2;
  const strong = Math.abs(delta) > most / 2;
  return delta < 0 ? (strong ? 0 : 1) : strong ? 4 : 3;
}

/** How a row is drawn: by class, hatched as small, or not at all. */
export type Face = { readonly kind: 'class'; readonly at: number } | { readonly kind: 'small' } | { readonly kind: 'none' };

export function faceOf(item: HeatItem, layer: 'rate' | 'hot' | 'change', bounds: readonly number[], most: number): Face {
  if (item.small) return { kind: 'small' };
  const value = (layer === 'change' ? item.delta : item.rate) ?? null;
  if (value === null) return { kind: 'none' };
  return { kind: 'class', at: layer === 'change' ? changeClass(value, most) : rateClass(bounds, value) };
}

export interface LegendRow { readonly label: string; readonly colour: string; readonly places: number; readonly n: number }
export interface Legend { readonly rows: readonly LegendRow[]; readonly small: { places: number; n: number; hidden: boolean }; readonly none: { places: number; n: number }; readonly hot: Readonly<Record<90 | 95 | 99, number>>; readonly cold: number }

/** Legend with the count of places and of issues in every class; empty classes stay. `hidden`: some counts may not be told. */
export function legend(items: readonly HeatItem[], layer: 'rate' | 'hot' | 'change', bounds: readonly number[]): Legend {
  const most = mostChange(items);
  const half = Math.floor(most / 2);
  const labels = layer === 'change' ? [`< −${half}`, half < 1 ? '—' : `−${half}～−1`, '0', half < 1 ? '—' : `+1～+${half}`, `> +${half}`] : rateLabels(bounds);
  const colours: readonly string[] = layer === 'change' ? CHANGE : rateColours(bounds);
  const rows = labels.map((label, i) => ({ label, colour: colours[i]!, places: 0, n: 0 }));
  const small = { places: 0, n: 0, hidden: false };
  const none = { places: 0, n: 0 };
  const hot = { 90: 0, 95: 0, 99: 0 };
  let cold = 0;
  for (const item of items) {
    const face = faceOf(item, layer, bounds, most);
    const row = face.kind === 'class' ? rows[face.at]! : face.kind === 'small' ? small : none;
    row.places += 1;
    row.n += item.n ?? 0;
    if (face.kind === 'small' && (item.n ?? null) === null) small.hidden = true;
    if ((item.hot ?? 0) > 0) hot[item.hot as 90 | 95 | 99] += 1;
    if ((item.hot ?? 0) < 0) cold += 1;
  }
  return { rows, small, none, hot, cold };
}

/** Largest change of any row that is not small. */
export function mostChange(items: readonly HeatItem[]): number {
  return items.reduce((most, item) => (item.small ? most : Math.max(most, Math.abs(item.delta ?? 0))), 0);
}

export type SortKey = 'name' | 'n' | 'rate' | 'delta' | 'hot' | 'overdue';
/** Sorted for the table; what has no figure comes last in both directions. Equal rows keep the order of the server. */
export function sorted(items: readonly HeatItem[], key: SortKey, descending: boolean): HeatItem[] {
  const sign = descending ? -1 : 1;
  const value = (item: HeatItem): number | string | null => (key === 'rate' && item.small ? null : item[key] ?? null);
  return [...items].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    return typeof x === 'string' || typeof y === 'string' ? sign * String(x).localeCompare(String(y), 'zh-CN') : sign * (x - y);
  });
}
