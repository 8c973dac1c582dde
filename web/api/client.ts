// A thin, typed client of the API. Errors carry the server's own words in both languages.

export interface Problem { severity: string; code: string; row: number | null; field: string | null; value: string | null; zh: string; en: string }
export class ApiError extends Error {
  constructor(readonly status: number, readonly zh: string, readonly en: string, readonly details: string[] = [], readonly problems: Problem[] = []) {
    super(en);
  }
}
export interface Page<T> { items: T[]; total: number; next: string | null; as_of: string; data_version: number }
export interface Street { code: string; name: string; bounds: [number, number, number, number] | null }
export interface Meta {
  version: string; data_version: number; synthetic: boolean; as_of: string;
  operator: { id: string; name: string; role: string };
  base_map: { kind: string; url: string; attribution: string; approval_no: string } | null;
  map_approval_no: string; bounds: [number, number, number, number] | null;
  policy: { keepers: number; per_households: number; rule: string; round_at: string };
  settings: { target_households: number; keepers_per_area: number; band_bp: number; bad_bp: number };
  streets: Street[]; data_problems: Problem[];
}
export interface Region { code: string; level: string; name: string; parent: string | null; provisional: boolean; bounds: [number, number, number, number] | null; compounds: number; buildings: number; households: number; estimated_households: number; households_unknown_compounds: number }
export interface Coverage { required: number; in_post: number; short: number; coverage_bp: number | null; part_time: number; unknown_compounds: number; households: number; as_of: string; scope: string; n: number; policy: string }
export interface CompoundCoverage { id: string; code: string; name: string; community: string; community_name: string; households: number | null; estimated: boolean; required: number | null; in_post: number; part_time: number; short: number | null; coverage_bp: number | null; centroid: [number, number] | null }
export interface CoverageReport { total: Coverage; communities: (Coverage & { code: string; name: string })[]; compounds: CompoundCoverage[] }
export interface Keeper { id: string; name: string; duty_phone_masked: string | null; kind: string }
export interface AreaOfUnit { id: string; number: number; label: string; name: string; seats: number; keepers: Keeper[]; vacancies: number; vacancy_text: string | null; plan_id: string }
export interface Building { id: string; code: string; name: string; compound: { id: string; name: string } | null; community: { code: string; name: string }; grid: string | null; households: number | null; basis: string; estimated: boolean; floors: number | null; height_m: number | null; as_of: string | null; source: string | null; area: AreaOfUnit | null }
export interface Compound { id: string; code: string; name: string; community: { code: string; name: string }; households: number | null; basis: string; estimated: boolean; as_of: string | null; source: string | null; buildings: number; building_count: number | null; property_company: string | null; centroid: [number, number] | null; coverage: CompoundCoverage | null; areas: AreaOfUnit[] }
export interface SearchHit { kind: string; id: string; name: string; hint: string; point: [number, number] | null }
export interface PlanFigures { areas: number; seats: number; households: number; estimated_households: number; worst_deviation_bp: number | null; out_of_band: number; heavy: number; unassigned: number; disconnected: number; disconnected_without_attachments: number; isolated: number; changed_households: number | null; excess_bp: number | null }
export interface Plan { id: string; street: string; street_name: string; name: string; state: string; next_states: string[]; version: number; created_at: string; created_by: string; effective_at: string | null; seed: number; data_version: number; stale: boolean; figures: PlanFigures; note: string | null }
export interface Zone { zone: number; community: string; community_name: string; households: number; areas: number; forced_bp: number; achieved_bp: number; bound_bp: number }
export interface PlanDetail extends Plan { zones: Zone[]; splits: { compound: string; name: string; pieces: number; reason_zh: string; reason_en: string }[]; problems: Problem[] }
export interface Area { id: string; number: number; label: string; code: string; name: string; community: string; community_name: string; zone: number; colour: number; households: number; estimated_households: number; seats: number; filled: number; keepers: Keeper[]; target: number; deviation_bp: number; off_target_bp: number; out_of_band: boolean; heavy: boolean; units: number; compounds: string[]; pieces: number; centroid: [number, number] | null; bounds: [number, number, number, number] | null; compactness: number | null }
export interface Job { id: string; kind: string; state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'; progress: { phase: string; done: number; total: number; worst_deviation_bp?: number; out_of_band?: number }; result: { plan_id?: string; plan_ids?: string[]; import_id?: string } | null; error: { code: string; zh: string; en: string } | null }
export interface Counts { read: number; stored: number; updated: number; unchanged: number; mended: number; refused: number; waiting: number; warnings: number }
export interface Import { id: string; kind: string; file_name: string; state: string; crs: string | null; created_at: string; created_by: string; counts: Counts; summary_zh: string; summary_en: string }
export interface ImportDetail extends Import { report: { by_code: { code: string; severity: string; n: number; text_zh: string; text_en: string }[]; problems: Problem[]; total_problems: number; next: string | null; taken: { class: string; n: number }[]; left: { class: string; n: number }[] } }
export interface Inspection { token: string; file_name: string; format: string; declared_crs: string | null; declared_crs_text: string | null; encoding: string | null; columns: { name: string; samples: string[]; matched: string | null }[]; rows: number | null; notes: Problem[] }
export interface Field { field: string; label_zh: string; label_en: string; required: boolean }
export interface Crs { id: string; label_zh: string; label_en: string }
export interface Waiting { id: string; kind: string; name: string; row: number; import_id: string; properties: Record<string, string> }

const BASE = '/api/v1';

async function request<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(BASE + path, init);
  } catch {
    throw new ApiError(0, '连接不上服务，请确认网格管家仍在运行后重试', 'the service does not answer; check that it is running, then try again');
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new ApiError(response.status, body.detail ?? `请求失败（${response.status}）`, body.detail_en ?? `the request failed (${response.status})`, body.details ?? [], body.problems ?? []);
  }
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

const json = (method: string, body: unknown): RequestInit => ({ method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

export const api = {
  meta: () => request<Meta>('/meta'),
  crs: () => request<Crs[]>('/crs'),
  regions: () => request<Page<Region>>('/regions'),
  coverage: (code: string) => request<CoverageReport>(`/regions/${code}/coverage`),
  compound: (id: string) => request<Compound>(`/compounds/${id}`),
  building: (id: string) => request<Building>(`/buildings/${id}`),
  search: (q: string) => request<Page<SearchHit>>(`/search?limit=12&q=${encodeURIComponent(q)}`),
  plans: (region: string) => request<Page<Plan>>(`/plans?region=${region}`),
  plan: (id: string) => request<PlanDetail>(`/plans/${id}`),
  areas: (id: string) => request<Page<Area>>(`/plans/${id}/areas`),
  balance: (code: string, body: object) => request<{ job_id: string }>(`/regions/${code}/plans:balance`, json('POST', body)),
  publish: (id: string, body: object) => request<PlanDetail>(`/plans/${id}:publish`, json('POST', body)),
  deletePlan: (id: string) => request<void>(`/plans/${id}`, { method: 'DELETE' }),
  job: (id: string) => request<Job>(`/jobs/${id}`),
  cancelJob: (id: string) => request<Job>(`/jobs/${id}`, { method: 'DELETE' }),
  imports: () => request<Page<Import>>('/imports'),
  importDetail: (id: string, severity = '') => request<ImportDetail>(`/imports/${id}?limit=200${severity ? `&severity=${severity}` : ''}`),
  fields: (kind: string) => request<Field[]>(`/imports/fields?kind=${kind}`),
  inspect: (form: FormData) => request<Inspection>('/imports:inspect', { method: 'POST', body: form }),
  startImport: (form: FormData) => request<{ job_id: string; import_id: string }>('/imports', { method: 'POST', body: form }),
  undo: (id: string) => request<{ rows: number }>(`/imports/${id}:undo`, { method: 'POST' }),
  waiting: () => request<Page<Waiting>>('/waiting'),
  place: (id: string, lon: number, lat: number) => request<void>(`/waiting/${id}:place`, json('POST', { lon, lat })),
  dismiss: (id: string) => request<void>(`/waiting/${id}:dismiss`, json('POST', {})),
};

/** Follows a job by its event stream until it ends. */
export function followJob(id: string, onView: (job: Job) => void): Promise<Job> {
  return new Promise((resolve, reject) => {
    const stream = new EventSource(`${BASE}/jobs/${id}/events`);
    const end = (job: Job) => {
      stream.close();
      resolve(job);
    };
    stream.addEventListener('progress', (event) => {
      const job = JSON.parse((event as MessageEvent<string>).data) as Job;
      onView(job);
      if (job.state !== 'queued' && job.state !== 'running') end(job);
    });
    stream.onerror = () => {
      stream.close();
      api.job(id).then((job) => { onView(job); resolve(job); }, reject);
    };
  });
}

/** Tells every new data version; gives a function that stops it. */
export function onDataChange(tell: (version: number) => void): () => void {
  const stream = new EventSource(`${BASE}/events`);
  stream.addEventListener('data', (event) => tell(JSON.parse((event as MessageEvent<string>).data).data_version));
  return () => stream.close();
}
