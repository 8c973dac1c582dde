// The issue API as it was agreed: types by hand until the OpenAPI document has them, and thin calls.
// Not a cache. Invariant: a figure that the server does not know is `null`, never 0.
import { API, get, post, query, send } from './client';

export type IssueState = 'found' | 'self_done' | 'reported' | 'coordinating' | 'disposing' | 'returned' | 'arbitration' | 'deferred' | 'inspecting' | 'rework' | 'closed' | 'reopened' | 'escalated' | 'answered' | 'merged' | 'rejected' | 'cancelled';
export type Step = 'patrol' | 'report' | 'coordinate' | 'dispose' | 'inspect' | 'close';
export type Priority = 'urgent' | 'high' | 'normal' | 'low';
export type Source = 'housekeeper' | 'resident' | 'secretary' | 'meeting' | 'hotline' | 'open311' | 'import';
export type Light = 'green' | 'amber' | 'red' | 'none' | 'stopped';
export type MoveKind = 'report' | 'solve_self' | 'acknowledge' | 'coordinate' | 'dispatch' | 'complete' | 'return' | 'arbitrate' | 'ask_defer' | 'approve_defer' | 'refuse_defer' | 'resume' | 'inspect_pass' | 'inspect_fail' | 'close' | 'reopen' | 'escalate' | 'answer' | 'merge' | 'reject' | 'cancel';
export interface Owner { code: string; name: string }

export interface IssueView {
  id: string; code: string; category: string; category_zh: string; category_en: string; priority: Priority; source: Source;
  place: { kind: 'point' | 'building' | 'compound' | 'region'; lon?: number; lat?: number }; place_name: string; region: string;
  compound?: { id: string; name: string } | null; building?: { id: string; name: string } | null; area?: { id: string; number: string; name: string } | null; keeper?: string | null;
  black_text: string; red_text: string | null; state: IssueState; state_zh: string; step: Step; owner?: Owner | null;
  reported_at: string; due_at: string | null; closed_at: string | null; acknowledged_at: string | null;
  /** `share` is the part of the limit that is used; 1 and more is overdue. */
  light: Light; share: number | null;
  returns: number; reworks: number; reopened: number; self_solved: boolean; public: boolean; on_behalf_of: string | null; photos: number; supervised: boolean;
}
export interface IssuePage { total: number; without_point: number; as_of: string; feed: number; items: IssueView[] }
export interface IssueEvent { seq: number; at: string; by: string; capacity: string; on_behalf_of: string | null; move: MoveKind | 'open'; move_zh: string; from: IssueState | null; to: IssueState; text: string | null }
export interface LegalMove { move: MoveKind; label_zh: string; label_en: string }
export interface IssueDetail extends Omit<IssueView, 'photos'> {
  lookup?: string | null; answers: Record<string, string[]>; events: IssueEvent[]; legal: LegalMove[]; photos: string[];
  suggested_owner?: (Owner & { rule: string | null; why_zh: string; why_en: string }) | null;
  stamps: { plan: string | null; plan_version: number | null; area: string | null; keeper: string | null; grid: string | null };
  defer_asked?: { by: string; until: string; reason: string } | null;
}
export type Place = { kind: 'point'; lon: number; lat: number; building?: string } | { kind: 'building'; building: string } | { kind: 'compound'; compound: string } | { kind: 'region'; region: string };
export interface NewReport {
  category: string; priority?: Priority; source?: 'housekeeper' | 'resident' | 'secretary' | 'meeting'; place: Place; black_text: string; answers?: Record<string, string[]>;
  occurred_at?: string; photos?: string[]; on_behalf_of?: string; reporter_name?: string; reporter_phone?: string; solved?: { red_text: string }; field?: string;
}
export type MoveAsk = { move: MoveKind; seq?: number } & Record<string, unknown>;
export interface BulkAnswer { done: number; refused: number; items: { id: string; code: string; ok: boolean; problem?: { zh: string; en: string } | null }[] }
export interface LookupView { code: string; category_zh: string; category_en: string; state: IssueState; state_zh: string; step: Step; reported_at: string; updated_at: string; red_text?: string | null }
export interface Photo { hash: string; width: number; height: number; taken_at?: string | null; point?: { lon: number; lat: number } | null }
export interface Kpi { code: string; name_zh: string; name_en: string; value: number | null; numerator: number; denominator: number; formula_zh: string; formula_en: string; n: number; as_of: string; scope: string }
export interface CategoryCount { code: string; parent: string | null; name_zh: string; name_en: string; n: number }
export interface Summary {
  as_of: string; from: string; to: string; n: number; previous_n: number; open: number; overdue: number; twice_returned: number; without_point: number; sentence_zh: string; sentence_en: string;
  categories: CategoryCount[]; states: { state: IssueState; label_zh: string; n: number }[]; levels: { level: string; label_zh: string; n: number }[]; days: { first: string; n: number[] }; kpis: Kpi[];
}
export type HeatBy = 'compound' | 'grid' | 'community' | 'h3';
/** Confidence of a hot spot in per cent; negative for a cold one. */
export type Hot = 90 | 95 | 99 | -90 | -95 | -99;
export interface HeatItem {
  id: string; name: string; n: number | null; without_point: number | null; households: number | null; rate: number | null; small: boolean;
  previous_n: number | null; delta: number | null; hot: Hot | null; z: number | null; q: number | null; overdue: number | null; outline?: [number, number][];
}
export interface Heat { as_of: string; from: string; to: string; days: number; k: number; classes: number[]; total: { n: number; households: number | null; rate: number | null }; elsewhere: { n: number; without_point: number }; items: HeatItem[] }
export interface DensityScale { scale: number; unit: string; n: number; without_point: number; radius_m: number }
export interface Question { code: string; label_zh: string; label_en: string; datatype: 'string' | 'number' | 'datetime' | 'text' | 'singlevaluelist' | 'multivaluelist'; required: boolean; values?: { key: string; label_zh: string; label_en: string }[] }
export interface Category { code: string; parent?: string | null; name_zh: string; name_en: string; keywords?: string[]; questions?: Question[]; near_m: number; near_days: number; sensitive: boolean; active: boolean }
export interface OverviewTile { code: string; value: number | null; unit: string; of: number | null; zh: string; en: string; spark: (number | null)[]; delta: number | null }
export type WorstKind = 'none' | 'late' | 'cold' | 'one' | 'load' | 'ok';
export interface Overview {
  as_of: string; sentence_zh: string; sentence_en: string; tiles: OverviewTile[]; changes: { zh: string; en: string; link: string; kind: string; at: string }[];
  worst: { area: string; kind: WorstKind }[]; overdue: IssueView[]; twice_returned: IssueView[];
}
export interface SavedFilter { id: string; name: string; query: string }
export interface Subscription { id: string; name: string; query: string; channel: 'in_app' | 'webhook' | 'wecom' | 'dingtalk'; url?: string | null }

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
  near: (ask: { category: string; lon?: number; lat?: number; building?: string; compound?: string }, signal?: AbortSignal) => get<{ items: IssueView[]; near_m: number; near_days: number }>(`/issues:near${query(ask)}`, signal),
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
  densityUrl: (filter: FilterQuery) => `${API}/issues:density/{z}/{x}/{y}${query(filter)}`,
  pointsUrl: (filter: FilterQuery, bbox: string) => `${API}/issues:points${query({ ...filter, bbox })}`,
  exportPath: (filter: FilterQuery, format: 'csv' | 'xlsx' | 'geojson', what: 'issues' | 'heat', by?: HeatBy) => `/issues:export${query({ ...filter, format, what, by })}`,
  categories: () => get<{ items: Category[] }>('/issue-categories'),
  overview: (region: string | null, signal?: AbortSignal) => get<Overview>(`/overview${query({ region })}`, signal),
  savedFilters: () => get<{ items: SavedFilter[] }>('/saved-filters'),
  saveFilter: (name: string, text: string) => post<SavedFilter>('/saved-filters', { name, query: text }),
  dropFilter: (id: string) => send(`/saved-filters/${of(id)}`, { method: 'DELETE' }),
};
