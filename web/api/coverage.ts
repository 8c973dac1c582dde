// Gaps of service, what one more post gains, and quota policies: asked and answered.
import { get, post, query, send, type Coverage } from './client';
import type { components } from './schema';

type S = components['schemas'];

export const REASONS = ['unassigned', 'unstaffed', 'unvisited', 'too_far'] as const;
export type Reason = (typeof REASONS)[number];
export interface Bilingual { zh: string; en: string }
export interface ReasonTotal { compounds: number; buildings: number; households: number; unknown_buildings: number }
export type ReasonTotals = Record<Reason, ReasonTotal>;

/** A compound with what it lacks. Unknown is `null`, never 0. */
export interface GapItem {
  id: string; code: string; name: string; community: string; community_name: string;
  households: number | null; estimated: boolean; required: number | null; in_post: number; part_time: number; short: number | null; coverage_bp: number | null;
  uncovered_households: number | null; reason: Reason | null; reason_households: Record<Reason, number>;
  /** Households that are not served, for whichever reason. */
  gap_households: number; unknown_buildings: number;
  /** 0–4 by the share of households that are not served; `null` without households. */
  level: number | null;
  /** Keepers per 500 households within reach on foot, thousandths. */
  accessibility_milli: number | null; minutes: number | null; beyond: boolean; sentence: Bilingual; centroid: [number, number] | null;
}
export interface GapSettings { unvisited_days: number; too_far_minutes: number; access_minutes: number; visits_recorded: boolean; homes_known: number; homes_unknown: number }
export interface Gaps {
  as_of: string; scope: string; scope_name: string; n: number; policy: Policy; data_version: number; settings: GapSettings; coverage: Coverage;
  totals: ReasonTotals; gap_households: number; unknown_compounds: number; items: GapItem[];
}
export interface GapBuildings { items: { id: string; compound?: string; reason?: Reason; minutes?: number; days_since_visit?: number }[] }
export interface Post { compound: string; compound_name: string; building: string | null; point: [number, number]; gain_households: number; sentence: Bilingual }
export interface BestPosts { posts: Post[]; total: number; upper_bound: number; proved: boolean; method: string; guarantee: Bilingual }
export interface WhatIfTotals { required: number; counted: number; short: number; coverage_bp: number | null; gap_households: number; reached_households: number; reasons: ReasonTotals }
export interface WhatIf {
  pins: { point: [number, number]; compound: string | null; compound_name: string; area: string | null; gain_households: number }[];
  before: WhatIfTotals; after: WhatIfTotals; changed: { before: GapItem; after: GapItem }[];
}
export type PolicySide = S['PolicySide'];
export type PolicyWhatIf = S['PolicyWhatIf'];
export type PolicyBody = S['PolicyWhatIfBody'];
export type Policy = S['QuotaPolicyView'];
export type PolicyList = S['QuotaPolicyList'];
export const RULES = ['area_ratio', 'area_floor', 'area_ceil', 'unit_ceil', 'unit_pairs'] as const;
export const FORMATS = ['geojson', 'gpkg', 'xlsx'] as const;

/** What is asked of the gaps, as the API takes it. */
export type GapQuery = Readonly<Record<string, string>>;
const id = encodeURIComponent;

export const coverageApi = {
  gaps: (region: string, of: GapQuery, signal?: AbortSignal) => get<Gaps>(`/regions/${id(region)}/gaps${query(of)}`, signal),
  buildings: (region: string, of: GapQuery, signal?: AbortSignal) => get<GapBuildings>(`/regions/${id(region)}/gaps/buildings${query(of)}`, signal),
  bestPosts: (region: string, n: number, minutes: string | undefined, signal?: AbortSignal) => get<BestPosts>(`/regions/${id(region)}/best-posts${query({ n, too_far_minutes: minutes })}`, signal),
  whatIf: (region: string, pins: readonly (readonly [number, number])[], of: GapQuery, signal?: AbortSignal) =>
    send(`/regions/${id(region)}/posts:what-if${query(of)}`, { method: 'POST', body: JSON.stringify({ pins: pins.map((point) => ({ point })) }), headers: { 'content-type': 'application/json' }, signal: signal ?? null }).then((answer) => answer.json() as Promise<WhatIf>),
  policyWhatIf: (region: string, body: PolicyBody) => post<PolicyWhatIf>(`/regions/${id(region)}/policy:what-if`, body),
  policies: (signal?: AbortSignal) => get<PolicyList>('/quota-policies', signal),
  savePolicy: (region: string, body: PolicyBody) => post<unknown>('/quota-policies', { region, ...body }),
  endPolicy: (policy: string) => send(`/quota-policies/${id(policy)}`, { method: 'DELETE' }),
  exportPath: (region: string, format: string, of: GapQuery) => `/regions/${id(region)}/gaps:export${query({ ...of, format })}`,
};
