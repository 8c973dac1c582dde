// Days since a visit and how they are drawn; names of buildings as they are said; the forms that a keeper fills.
// Not the pages. Invariant: a form asks for nothing that another one, the place or the account tells.

export interface Band { readonly colour: string; readonly ink: string; readonly from: number; readonly to: number | null }
/** Muted cividis, dark = longer; the last band is "never". The server counts by the same bands. */
export const BANDS: readonly Band[] = [
  { colour: '#f4e8b0', ink: '#1d2a2f', from: 0, to: 3 },
  { colour: '#c3b56f', ink: '#1d2a2f', from: 4, to: 7 },
  { colour: '#6f7074', ink: '#ffffff', from: 8, to: 14 },
  { colour: '#0b2a5b', ink: '#ffffff', from: 15, to: null },
  { colour: '#ffffff', ink: '#1d2a2f', from: -1, to: null },
];
export const NEVER = BANDS.length - 1;

export function bandOf(days: number | null | undefined): number {
  if (days === null || days === undefined) return NEVER;
  return BANDS.findIndex((band, at) => at < NEVER && days >= band.from && (band.to === null || days <= band.to));
}

/** “7幢”, “7号楼”, “7#” are said 7 幢; any other name stays. */
export function doorName(name: string): string {
  const number = /^(\d+)\s*(幢|栋|座|号楼|号|#)?$/.exec(name.trim());
  return number ? `${number[1]} 幢` : name;
}

/** The longest wait first: never before everything, then the days. */
export function coldFirst<T extends { days?: number | null }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => (b.days ?? Infinity) - (a.days ?? Infinity));
}

/** Numbers of one screen of the household pad. */
export const PAD = 12;
/** The numbers of a screen of the pad: 1–12, 13–24 …, never more than there are. */
export function padNumbers(page: number, households: number | null | undefined): number[] {
  const most = households ?? Infinity;
  return Array.from({ length: PAD }, (_, i) => page * PAD + i + 1).filter((n) => n <= most);
}
export const hasMore = (page: number, households: number | null | undefined): boolean => (households ?? Infinity) > (page + 1) * PAD && page < 40;

/** `YYYY-MM-DDTHH:MM` of a form → an instant; what was left empty stays so. */
export const instantOf = (local: string): string | undefined => (local ? new Date(local).toISOString() : undefined);

/* ------------------------------------------------------------------ the burden */

export type FormName = 'visit' | 'issue' | 'diary' | 'opinion';
/** `tap` is a choice of what is known, `text` is typed. `sent` is the field of the request that it fills. */
export interface FormField { readonly key: string; readonly how: 'tap' | 'text' | 'photo'; readonly required: boolean; readonly sent: string }
/** Every field that the pages show, in the order in which they show it. The pages take these, and the burden page prints them. */
export const FORMS: Readonly<Record<FormName, readonly FormField[]>> = {
  visit: [
    { key: 'building', how: 'tap', required: true, sent: 'building' },
    { key: 'kind', how: 'tap', required: true, sent: 'kind' },
    { key: 'households', how: 'tap', required: true, sent: 'households' },
    { key: 'note', how: 'text', required: false, sent: 'note' },
    { key: 'photo', how: 'photo', required: false, sent: 'photo' },
  ],
  issue: [
    { key: 'category', how: 'tap', required: true, sent: 'category' },
    { key: 'place', how: 'tap', required: true, sent: 'place' },
    { key: 'words', how: 'text', required: false, sent: 'black_text' },
    { key: 'answers', how: 'tap', required: false, sent: 'answers' },
    { key: 'photo', how: 'photo', required: false, sent: 'photos' },
    { key: 'solved', how: 'tap', required: false, sent: 'solved' },
  ],
  diary: [
    { key: 'black', how: 'text', required: true, sent: 'black_text' },
    { key: 'red', how: 'text', required: false, sent: 'red_text' },
    { key: 'door', how: 'tap', required: false, sent: 'building' },
  ],
  opinion: [
    { key: 'opinion', how: 'text', required: true, sent: 'black_text' },
    { key: 'region', how: 'tap', required: true, sent: 'place' },
    { key: 'contact', how: 'text', required: false, sent: 'reporter_phone' },
  ],
};
/** The request of a form: what was given of its own fields, and what the page knows without asking. A page cannot send
 * what the form does not list, so the burden page cannot leave anything out. */
export function requestOf<T>(form: FormName, given: Readonly<Record<string, unknown>>, known: Readonly<Record<string, unknown>> = {}): T {
  const body: Record<string, unknown> = {};
  const put = (name: string, value: unknown) => { if (value !== undefined && value !== null && value !== '') body[name] = value; };
  for (const [key, value] of Object.entries(given)) {
    const field = FORMS[form].find((each) => each.key === key);
    if (!field) throw new Error(`the form ${form} has no field ${key}`);
    put(field.sent, value);
  }
  for (const [name, value] of Object.entries(known)) {
    if (!(name in NOT_ASKED[form])) throw new Error(`the form ${form} says nothing of ${name}`);
    put(name, value);
  }
  return body as T;
}
/** Taps of a form when nothing optional is given: one for each required choice, and one to send. */
export const fewestTaps = (form: FormName): number => FORMS[form].filter(({ required, how }) => required && how === 'tap').length + 1;
/** The budget (`domain.md` §2.8). */
export const MOST_TAPS_OF_A_VISIT = 4;
export const MOST_INPUTS_OF_AN_ISSUE = 6;
/** What the requests could hold and no page asks a keeper for, each with its reason. */
export const NOT_ASKED: Readonly<Record<FormName, Readonly<Record<string, string>>>> = {
  visit: { at: 'clock', keeper: 'account' },
  issue: { priority: 'category', source: 'account', occurred_at: 'photo', on_behalf_of: 'secretary', reporter_name: 'visitor', reporter_phone: 'visitor', field: 'category' },
  diary: { at: 'clock', keeper: 'account' },
  opinion: { category: 'page', priority: 'category', source: 'account', answers: 'page', occurred_at: 'clock', photos: 'page', on_behalf_of: 'page', reporter_name: 'page', solved: 'page', field: 'page' },
};
