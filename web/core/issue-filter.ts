// The filter of issues ↔ the address ↔ the query of the API: one set of names for all three.
// Not a store. Invariant: what is written and read again is the same filter; rubbish in an address is no filter.

const LISTS = ['category', 'state', 'level', 'source', 'priority'] as const;
const WORDS = ['owner', 'compound', 'grid', 'area', 'cell'] as const;
const FLAGS = ['overdue', 'twice_returned'] as const;

export interface IssueFilter {
  /** Local days `YYYY-MM-DD`, both included; `null` = the server's usual. */
  readonly from: string | null;
  readonly to: string | null;
  readonly category: readonly string[];
  /** States, or `open` / `closed`. */
  readonly state: readonly string[];
  readonly level: readonly string[];
  readonly source: readonly string[];
  readonly priority: readonly string[];
  readonly owner: string | null;
  readonly compound: string | null;
  readonly grid: string | null;
  readonly area: string | null;
  /** A hexagon of the heat map; for lists only. */
  readonly cell: string | null;
  readonly overdue: boolean;
  readonly twice_returned: boolean;
  readonly self_solved: boolean | null;
  readonly q: string;
}

export const NO_FILTER: IssueFilter = { from: null, to: null, category: [], state: [], level: [], source: [], priority: [], owner: null, compound: null, grid: null, area: null, cell: null, overdue: false, twice_returned: false, self_solved: null, q: '' };

/** Every key of a filter in an address. */
export const FILTER_KEYS = ['from', 'to', ...LISTS, ...WORDS, ...FLAGS, 'self_solved', 'q'] as const;

/** Whether it is a day of the calendar, written as ISO does. */
export function isDay(text: unknown): text is string {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

const word = (value: unknown): string | null => (typeof value === 'string' && /^[\w:.-]+$/.test(value) ? value : null);
const list = (value: unknown): string[] => (typeof value === 'string' ? [...new Set(value.split(',').filter((each) => word(each) !== null))] : []);

/** The filter that an address names. Days that are none, or that end before they begin, are left out together. */
export function parseFilter(query: Readonly<Record<string, unknown>>): IssueFilter {
  const from = isDay(query.from) ? query.from : null;
  const to = isDay(query.to) ? query.to : null;
  const backwards = from !== null && to !== null && from > to;
  return {
    from: backwards ? null : from, to: backwards ? null : to,
    category: list(query.category), state: list(query.state), level: list(query.level), source: list(query.source), priority: list(query.priority),
    owner: word(query.owner), compound: word(query.compound), grid: word(query.grid), area: word(query.area), cell: word(query.cell),
    overdue: query.overdue === '1', twice_returned: query.twice_returned === '1',
    self_solved: query.self_solved === '1' ? true : query.self_solved === '0' ? false : null,
    q: typeof query.q === 'string' ? query.q.slice(0, 200) : '',
  };
}

/** Every key of the filter, `null` where nothing is to be said. */
export function filterQuery(filter: IssueFilter): Record<(typeof FILTER_KEYS)[number], string | null> {
  const joined = (values: readonly string[]) => (values.length ? values.join(',') : null);
  const flag = (on: boolean) => (on ? '1' : null);
  return {
    from: filter.from, to: filter.to,
    category: joined(filter.category), state: joined(filter.state), level: joined(filter.level), source: joined(filter.source), priority: joined(filter.priority),
    owner: filter.owner, compound: filter.compound, grid: filter.grid, area: filter.area, cell: filter.cell,
    overdue: flag(filter.overdue), twice_returned: flag(filter.twice_returned),
    self_solved: filter.self_solved === null ? null : filter.self_solved ? '1' : '0',
    q: filter.q === '' ? null : filter.q,
  };
}

/** Only what is set, with the region: what the API is asked with. `q` and `cell` are for lists only. */
export function apiQuery(filter: IssueFilter, region: string | null, lists = false): Record<string, string> {
  const all: Record<string, string | null> = { region, ...filterQuery(filter) };
  if (!lists) for (const key of ['q', 'cell']) delete all[key];
  return Object.fromEntries(Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== null));
}

/** The list with a value put in or taken out. */
export function toggled(values: readonly string[], value: string): string[] {
  return values.includes(value) ? values.filter((each) => each !== value) : [...values, value];
}
