// A thin typed client of /api/v1. Types come from the OpenAPI document (schema.d.ts); nothing is cached here
// except by the browser, which revalidates with the server's entity tags.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError, type Problem } from './problem';
import type { components } from './schema';

type S = components['schemas'];
export type Meta = S['MetaView'];
export type Region = S['RegionView'];
export type Coverage = S['CoverageView'];
export type CoverageReport = S['CoverageReport'];
export type CompoundCoverage = S['CompoundCoverage'];
export type CommunityCoverage = S['CommunityCoverage'];
export type Compound = S['CompoundView'];
export type Building = S['BuildingView'];
export type AreaOfUnit = S['AreaOfUnit'];
export type Keeper = S['KeeperView'];
export type Located = S['LocatedView'];
export type SearchHit = S['SearchHit'];
export type Plan = S['PlanView'];
export type PlanDetail = Omit<S['PlanDetail'], 'problems'> & { problems: Problem[] };
export type PatrolArea = S['AreaView'];
export type AreaDetail = S['AreaDetail'];
export type Job = S['JobView'];
export type RedrawSheet = S['RedrawSheet'];
export type RedrawAsk = Partial<S['RedrawAsk']>;
export type Edits = S['EditsView'];
export type EditAck = S['EditAck'];
export type Alternative = S['AlternativeView'];
export type AlternativesEvent = S['AlternativesEvent'];
export type Proposal = S['Proposal'];
export type Comparison = S['Comparison'];
export type Drift = S['Drift'];
export type ComparedArea = S['ComparedArea'];
export type AssignmentPreview = Omit<S['AssignmentPreview'], 'problems'> & { problems: Problem[] };
export type NamedVersion = S['MarkView'];
export type Crs = S['CrsView'];
export type Inspection = Omit<S['InspectionView'], 'notes'> & { notes: Problem[] };
export type FieldView = S['FieldView'];
export type ImportRow = S['ImportView'];
export type ImportReport = Omit<S['ReportView'], 'problems'> & { problems: Problem[] };
export type ImportDetail = S['ImportView'] & { report: ImportReport };
export type ImportStarted = S['ImportStarted'];
export type Waiting = S['WaitingView'];
export interface Page<T> { items: T[]; total: number; next?: string | null; as_of: string; data_version: number }
export type BalanceSettings = Partial<S['BalanceBody']>;
export type { Problem };
export { ApiError };

export type SessionView = S['SessionView'];
export type DemoAccount = S['DemoAccountView'];
export type ScopeChoice = S['ScopeView'];
export type ExportRequest = S['ExportRequestView'];
export type Contact = S['ContactView'];
export type AccountRow = S['AccountView'];
export type AccountLink = S['LinkView'];
export type SecondFactor = S['SecondFactorView'];
export type TokenRow = S['TokenView'];
export type AuditEntry = S['AuditView'];
export type AuditReport = S['AuditReport'];
export type PlanChecks = S['PlanChecksView'];
export type PaperSheets = S['PaperSheets'];
export type PaperArea = S['PaperArea'];
export type PaperPlan = S['PaperPlan'];
export type MeetingSheet = S['MeetingSheet'];
export type PlanEvent = S['PlanEventView'];

export const API = '/api/v1';

/** Goes with every change of a session: only our own pages know it. */
let csrf: string | null = null;
/** Told when the server no longer knows who is there. */
let onSignedOut: () => void = () => undefined;
export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}
function entered(view: SessionView): SessionView {
  csrf = view.csrf ?? null;
  return view;
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const of = (key: string): unknown => (typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[key] : undefined);
  const type = of('type');
  const code = typeof type === 'string' ? type.replace('/problems/', '') : `http_${response.status}`;
  const zh = of('detail');
  const en = of('detail_en');
  return new ApiError(
    response.status,
    code,
    typeof zh === 'string' ? zh : `服务返回 ${response.status}，请稍后重试`,
    typeof en === 'string' ? en : `the server answered ${response.status}; try again`,
    Array.isArray(of('problems')) ? (of('problems') as Problem[]) : [],
    Array.isArray(of('details')) ? (of('details') as string[]) : [],
  );
}

export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(API + path, { ...init, headers: { accept: 'application/json', ...(csrf && init.method && init.method !== 'GET' ? { 'x-csrf-token': csrf } : {}), ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'offline', '连不上本机服务。请确认 gridkeeper serve 正在运行，再点重试。', 'The local service does not answer. Check that gridkeeper serve is running, then retry.');
  }
  if (!response.ok) {
    const error = await failure(response);
    if (error.code === 'sign_in_required' || error.code === 'csrf') onSignedOut();
    throw error;
  }
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, { signal: signal ?? null })).json() as Promise<T>;
}

export async function post<T>(path: string, body: unknown, method = 'POST', more: Record<string, string> = {}): Promise<T> {
  const form = body instanceof FormData;
  const response = await send(path, {
    method,
    body: form ? body : JSON.stringify(body),
    headers: form ? more : { 'content-type': 'application/json', ...more },
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Posts, and hears the events of the answer until it ends; whoever aborts stops the work behind it. */
async function* hear<T>(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send(path, { method: 'POST', body: JSON.stringify(body), headers: { accept: 'text/event-stream', 'content-type': 'application/json' }, signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream()).getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield JSON.parse(next.value.data) as T;
}

/** `?a=1&b=2` of what is set. */
export function query(of: Record<string, string | number | undefined | null>): string {
  const set = Object.entries(of).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length === 0 ? '' : `?${new URLSearchParams(set.map(([key, value]) => [key, String(value)])).toString()}`;
}

/** Every page of a list, and a refusal to mix data versions. */
export async function everyPage<T>(path: (cursor?: string) => string, signal?: AbortSignal): Promise<Page<T>> {
  const first = await get<Page<T>>(path(), signal);
  let next = first.next;
  while (next) {
    const more = await get<Page<T>>(path(next), signal);
    if (more.data_version !== first.data_version) throw new ApiError(409, 'data_version_changed', '数据刚刚更新，正在重新读取', 'the data have just changed; reading again');
    first.items.push(...more.items);
    next = more.next;
  }
  return first;
}

const id = encodeURIComponent;

export const api = {
  meta: () => get<Meta>('/meta'),
  crs: () => get<Crs[]>('/crs'),
  regions: () => get<Page<Region>>('/regions'),
  coverage: (code: string) => get<CoverageReport>(`/regions/${id(code)}/coverage`),
  compounds: (region: string, signal?: AbortSignal) => get<Page<Compound>>(`/compounds${query({ region, limit: 1000 })}`, signal),
  compound: (of: string) => get<Compound>(`/compounds/${id(of)}`),
  buildingsOf: (compound: string) => everyPage<Building>((cursor) => `/buildings${query({ compound, limit: 1000, cursor })}`),
  building: (of: string) => get<Building>(`/buildings/${id(of)}`),
  locate: (lon: number, lat: number) => get<Located>(`/locate${query({ lon, lat })}`),
  search: (q: string, signal?: AbortSignal) => get<Page<SearchHit>>(`/search${query({ q, limit: 20 })}`, signal),
  plans: (region?: string) => get<Page<Plan>>(`/plans${query({ region })}`),
  plan: (of: string) => get<PlanDetail>(`/plans/${id(of)}`),
  areas: (plan: string) => everyPage<PatrolArea>((cursor) => `/plans/${id(plan)}/areas${query({ cursor })}`),
  area: (plan: string, area: string) => get<AreaDetail>(`/plans/${id(plan)}/areas/${id(area)}`),
  balance: (region: string, settings: BalanceSettings) => post<{ job_id: string }>(`/regions/${id(region)}/plans:balance`, settings),
  transition: (plan: string, ask: Partial<S['ActBody']>) => post<PlanDetail>(`/plans/${id(plan)}:transition`, ask),
  planChecks: (plan: string) => get<PlanChecks>(`/plans/${id(plan)}/checks`),
  planHistory: (plan: string) => get<PlanEvent[]>(`/plans/${id(plan)}/history`),
  checkRules: (street: string) => get<S['CheckRulesBody']>(`/regions/${id(street)}/checks`),
  setCheckRules: (street: string, levels: Record<string, string>) => post<S['CheckRulesBody']>(`/regions/${id(street)}/checks`, { levels }, 'PUT'),
  session: () => get<SessionView>('/session').then(entered),
  signIn: (ask: S['SignInBody']) => post<SessionView>('/session', ask).then(entered),
  signOut: () => send('/session', { method: 'DELETE' }),
  signOutEverywhere: () => send('/session/everywhere', { method: 'DELETE' }),
  demoAccounts: () => get<DemoAccount[]>('/session/demo'),
  welcome: (ask: S['WelcomeBody']) => post<SessionView>('/session/welcome', ask).then(entered),
  changePassword: (old: string, fresh: string) => post<SessionView>('/session/password', { old, new: fresh }, 'PUT').then(entered),
  secondFactorBegin: () => post<SecondFactor>('/session/second-factor', {}),
  secondFactorConfirm: (code: string) => post<SessionView>('/session/second-factor', { code }, 'PUT').then(entered),
  tokens: () => get<TokenRow[]>('/session/tokens'),
  makeToken: (ask: S['TokenBody']) => post<S['TokenMade']>('/session/tokens', ask),
  endToken: (of: string) => send(`/session/tokens/${id(of)}`, { method: 'DELETE' }),
  scopes: (q: string) => get<ScopeChoice[]>(`/scopes${query({ q })}`),
  contact: (keeper: string) => get<Contact>(`/housekeepers/${id(keeper)}/contact`),
  revealContact: (keeper: string, reason: string) => post<Contact>(`/housekeepers/${id(keeper)}/contact`, { reason }),
  accounts: () => get<AccountRow[]>('/accounts'),
  makeAccount: (ask: S['AccountBody']) => post<AccountLink>('/accounts', ask),
  accountAct: (of: string, verb: 'disable' | 'enable' | 'reset') => post<AccountLink | AccountRow>(`/accounts/${id(of)}:${verb}`, {}),
  grant: (of: string, ask: S['GrantBody']) => post<AccountRow>(`/accounts/${id(of)}/grants`, ask),
  decideGrant: (of: string, verb: 'approve' | 'end') => post<AccountRow>(`/grants/${id(of)}:${verb}`, {}),
  audit: (q: string, before?: number) => get<S['AuditPage']>(`/audit${query({ q, before })}`),
  auditVerify: () => get<AuditReport>('/audit/verify'),
  deletePlan: (plan: string) => send(`/plans/${id(plan)}`, { method: 'DELETE' }),
  newPlan: (ask: Partial<S['NewPlan']> & { name: string }) => post<PlanDetail>('/plans', ask),
  renamePlan: (plan: string, name: string, version: number) => post<PlanDetail>(`/plans/${id(plan)}/name`, { name, version }, 'PUT'),
  versions: (plan: string) => get<NamedVersion[]>(`/plans/${id(plan)}/versions`),
  nameVersion: (plan: string, name: string) => post<NamedVersion>(`/plans/${id(plan)}/versions`, { name }),
  redraw: (plan: string) => get<RedrawSheet>(`/plans/${id(plan)}/redraw`),
  edits: (plan: string, after: number) => get<Edits>(`/plans/${id(plan)}/edits${query({ after })}`),
  saveEdits: (plan: string, ask: S['EditAsk']) => post<EditAck>(`/plans/${id(plan)}/edits`, ask),
  outlines: (plan: string, ask: RedrawAsk) => post<S['OutlinesView']>(`/plans/${id(plan)}/redraw/outlines`, ask),
  rebalance: (plan: string, ask: RedrawAsk) => post<Proposal>(`/plans/${id(plan)}/redraw/rebalance`, ask),
  alternatives: (plan: string, ask: RedrawAsk, signal: AbortSignal) => hear<AlternativesEvent>(`/plans/${id(plan)}/redraw/alternatives`, ask, signal),
  compare: (after: string, before: string, atSeq?: number | null) => get<Comparison>(`/plans/${id(after)}/compare${query({ with: before, with_seq: atSeq })}`),
  handoverUrl: (after: string, before: string, format: string, atSeq: number | null | undefined, reason: string) => `/plans/${id(after)}/export/handover.${format}${query({ with: before, with_seq: atSeq, reason })}`,
  /** A file that is refused says why, which a plain link cannot. */
  file: (path: string) => send(path, { headers: { accept: '*/*' } }).then((answer) => answer.blob()),
  exportRequest: (plan: string) => get<ExportRequest | null>(`/plans/${id(plan)}/export-request`),
  approveExport: (plan: string) => post<ExportRequest>(`/plans/${id(plan)}/export-request`, {}),
  paperAreas: (plan: string, area?: string, changed?: string) => get<PaperSheets>(`/plans/${id(plan)}/paper/areas${query({ area, changed_from: changed })}`),
  paperMeeting: (after: string, before: string) => get<MeetingSheet>(`/plans/${id(after)}/paper/meeting${query({ with: before })}`),
  drift: (street: string) => get<Drift>(`/regions/${id(street)}/drift`),
  repair: (street: string, name: string) => post<PlanDetail>(`/regions/${id(street)}/repair`, { name }),
  previewAssignment: (plan: string, form: FormData) => post<AssignmentPreview>(`/plans/${id(plan)}/assignment`, form),
  changes: (plan: string) => get<S['ChangesView']>(`/plans/${id(plan)}/changes`),
  exportUrl: (plan: string, format: string) => `${API}/plans/${id(plan)}/export/areas.${format}`,
  job: (of: string) => get<Job>(`/jobs/${id(of)}`),
  cancelJob: (of: string) => send(`/jobs/${id(of)}`, { method: 'DELETE' }),
  inspect: (form: FormData) => post<Inspection>('/imports:inspect', form),
  fields: (kind: string) => get<FieldView[]>(`/imports/fields${query({ kind })}`),
  startImport: (form: FormData) => post<ImportStarted>('/imports', form),
  imports: () => get<Page<ImportRow>>('/imports'),
  importOf: (of: string, severity?: string, cursor?: string) => get<ImportDetail>(`/imports/${id(of)}${query({ severity, cursor, limit: 200 })}`),
  problemsUrl: (of: string) => `${API}/imports/${id(of)}/problems.csv`,
  undo: (of: string) => post<{ rows: number }>(`/imports/${id(of)}:undo`, {}),
  waiting: () => get<Page<Waiting>>('/waiting'),
  place: (of: string, lon: number, lat: number) => post<undefined>(`/waiting/${id(of)}:place`, { lon, lat }),
  dismiss: (of: string) => post<undefined>(`/waiting/${id(of)}:dismiss`, {}),
};

/** Follows a job to its end; calls back on every step. Falls back to asking when the stream breaks. */
export async function followJob(jobId: string, onStep: (job: Job) => void): Promise<Job> {
  const ended = (job: Job) => job.state !== 'queued' && job.state !== 'running';
  return new Promise<Job>((resolve, reject) => {
    const source = new EventSource(`${API}/jobs/${id(jobId)}/events`);
    let over = false;
    const finish = (job: Job) => {
      over = true;
      source.close();
      resolve(job);
    };
    source.addEventListener('progress', (event) => {
      const job = JSON.parse((event as MessageEvent<string>).data) as Job;
      onStep(job);
      if (ended(job)) finish(job);
    });
    source.onerror = () => {
      source.close();
      const ask = async () => {
        while (!over) {
          const job = await api.job(jobId);
          onStep(job);
          if (ended(job)) return finish(job);
          await new Promise((wake) => setTimeout(wake, 500));
        }
      };
      ask().catch(reject);
    };
  });
}
