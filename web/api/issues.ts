// The issue API: types of the OpenAPI document with the words that the pages tell apart, and thin calls.
// Not a cache. Invariant: a figure that the server does not know, or may not tell, is `null` or absent, never 0.
import { API, get, post, query, send } from './client';
import { unpacked } from '../core/heat-tile';
import type { components } from './schema';

type S = components['schemas'];
/** `T` with some of its fields known more closely than the document says. */
type Closer<T, W> = Omit<T, keyof W> & W;

export type IssueState = 'found' | 'self_done' | 'reported' | 'coordinating' | 'disposing' | 'returned' | 'arbitration' | 'deferred' | 'inspecting' | 'rework' | 'closed' | 'reopened' | 'escalated' | 'answered' | 'merged' | 'rejected' | 'cancelled';
export type Step = 'patrol' | 'report' | 'coordinate' | 'dispose' | 'inspect' | 'close';
export type Priority = 'urgent' | 'high' | 'normal' | 'low';
export type Source = 'housekeeper' | 'resident' | 'secretary' | 'meeting' | 'hotline' | 'open311' | 'import';
export type Light = S['Light'];
export type MoveKind = 'report' | 'solve_self' | 'acknowledge' | 'coordinate' | 'dispatch' | 'complete' | 'return' | 'arbitrate' | 'ask_defer' | 'approve_defer' | 'refuse_defer' | 'resume' | 'inspect_pass' | 'inspect_fail' | 'close' | 'reopen' | 'escalate' | 'answer' | 'merge' | 'reject' | 'cancel';

interface Told {
  state: IssueState; step: Step; priority: Priority; source: Source;
  place: { kind: 'point' | 'building' | 'compound' | 'region'; lon?: number | null; lat?: number | null };
}
/** `share` is the part of the limit that is used; 1 and more is overdue. */
export type IssueView = Closer<S['IssueView'], Told>;
export type IssuePage = Closer<S['IssuePage'], { items: IssueView[] }>;
export type IssueEvent = Closer<S['IssueEventView'], { move: MoveKind | 'open'; from?: IssueState | null; to: IssueState }>;
export type LegalMove = Closer<S['LegalMove'], { move: MoveKind }>;
export type IssueDetail = Closer<S['IssueDetail'], Told & {
  answers: Record<string, string[]>; events: IssueEvent[]; legal: LegalMove[];
  stamps: { plan?: string | null; plan_version?: number | null; area?: string | null; keeper?: string | null; grid?: string | null };
}>;
export type Reporter = S['ReporterView'];
export type Place = { kind: 'point'; lon: number; lat: number; building?: string } | { kind: 'building'; building: string } | { kind: 'compound'; compound: string } | { kind: 'region'; region: string };
export type NewReport = Closer<S['NewReport'], { priority?: Priority; source?: 'housekeeper' | 'resident' | 'secretary' | 'meeting'; place: Place; answers?: Record<string, string[]> }>;
export type MoveAsk = { move: MoveKind; seq?: number } & Record<string, unknown>;
export type BulkAnswer = S['BulkReport'];
export type LookupView = Closer<S['LookupView'], { state: IssueState; step: Step }>;
export type Near = Closer<S['NearView'], { items: IssueView[] }>;
export interface Photo { hash: string; width: number; height: number; taken_at?: string | null; point?: { lon: number; lat: number } | null }
export type Kpi = S['KpiView'];
/** How many issues have a word: a category, a state, a level. `n` is `null` where so few may not be told. */
export type CountOf = S['CountOf'];
export type Summary = S['IssueSummary'];
export type HeatBy = 'compound' | 'grid' | 'community' | 'h3';
/** `hot` is the confidence of a hot spot in per cent; negative for a cold one. */
export type HeatItem = Closer<S['HeatRow'], { outline?: [number, number][] | null }>;
export type Heat = Closer<S['HeatView'], { items: HeatItem[] }>;
export type HeatSheet = Closer<S['HeatSheet'], { heat: Heat }>;
export type Body = S['KnownBody'];
export type DensityScale = S['DensityView'];
export interface Question { code: string; label_zh: string; label_en: string; datatype: 'string' | 'number' | 'datetime' | 'text' | 'singlevaluelist' | 'multivaluelist'; required: boolean; values?: { key: string; label_zh: string; label_en: string }[] }
export interface Category { code: string; parent?: string | null; name_zh: string; name_en: string; keywords?: string[]; questions?: Question[]; near_m: number; near_days: number; sensitive: boolean; active: boolean }
export type OverviewTile = S['OverviewTile'];
export type WorstKind = 'vacant' | 'overdue' | 'short' | 'deviation' | 'ok';
export type Overview = Closer<S['OverviewView'], { overdue: IssueView[]; twice_returned: IssueView[] }>;
export type SavedFilter = Closer<S['SavedFilterView'], { query: Record<string, string> }>;

/** A filter as the API takes it; see core/issue-filter.ts. */
export type FilterQuery = Record<string, string>;
type Page = FilterQuery & { sort?: string; order?: string; offset?: string; limit?: string };
const of = encodeURIComponent;

export const issueApi = {
  list: (filter: Page, signal?: AbortSignal) => get<IssuePage>(`/issues${query(filter)}`, signal),
  issue: (id: string) => get<IssueDetail>(`/issues/${of(id)}`),
  report: (body: NewReport, key: string) => post<IssueDetail>('/issues', body, 'POST', { 'idempotency-key': key }),
  move: (id: string, ask: MoveAsk) => post<IssueDetail>(`/issues/${of(id)}`, ask),
  bulk: (ids: readonly string[], move: MoveAsk) => post<BulkAnswer>('/issues:bulk', { ids, move }),
  near: (ask: { category: string; lon?: number; lat?: number; building?: string; compound?: string }, signal?: AbortSignal) => get<Near>(`/issues:near${query(ask)}`, signal),
  lookup: (code: string) => get<LookupView>(`/issues:lookup/${of(code)}`),
  upload: (file: Blob) => {
    const form = new FormData();
    form.append('file', file);
    return post<Photo>('/photos', form);
  },
  photoUrl: (hash: string) => `${API}/photos/${of(hash)}`,
  summary: (filter: FilterQuery, signal?: AbortSignal) => get<Summary>(`/issues:summary${query(filter)}`, signal),
  heat: (filter: FilterQuery, by: HeatBy, compare: boolean, signal?: AbortSignal) => get<Heat>(`/issues:heat${query({ ...filter, by, compare: compare ? 1 : null })}`, signal),
  density: (filter: FilterQuery, signal?: AbortSignal) => get<DensityScale>(`/issues:density${query(filter)}`, signal),
  densityTile: async (filter: FilterQuery, z: number, x: number, y: number) => unpacked(new Uint8Array(await (await send(`/issues:density/${z}/${x}/${y}${query(filter)}`)).arrayBuffer())),
  sheet: (filter: FilterQuery, by: HeatBy) => get<HeatSheet>(`/issues:sheet${query({ ...filter, by })}`),
  bodies: () => get<{ items: Body[] }>('/responsible-bodies'),
  densityUrl: (filter: FilterQuery) => `${API}/issues:density/{z}/{x}/{y}${query(filter)}`,
  pointsUrl: (filter: FilterQuery, bbox: string) => `${API}/issues:points${query({ ...filter, bbox })}`,
  exportPath: (filter: FilterQuery, format: 'csv' | 'xlsx' | 'geojson', what: 'issues' | 'heat', by?: HeatBy) => `/issues:export${query({ ...filter, format, what, by })}`,
  categories: () => get<{ items: Category[] }>('/issue-categories'),
  overview: (region: string, signal?: AbortSignal) => get<Overview>(`/regions/${of(region)}/overview`, signal),
  reporter: (id: string) => get<Reporter>(`/issues/${of(id)}/reporter`),
  revealReporter: (id: string, reason: string) => post<Reporter>(`/issues/${of(id)}/reporter`, { reason }),
  savedFilters: () => get<SavedFilter[]>('/saved-filters'),
  saveFilter: (name: string, words: Record<string, string>) => post<SavedFilter>('/saved-filters', { name, query: words }),
  dropFilter: (id: string) => send(`/saved-filters/${of(id)}`, { method: 'DELETE' }),
};
