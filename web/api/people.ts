// The API of people: roster, recruitment, organisations, assessments. Thin calls with the types of the OpenAPI document.
// Not a cache. Invariant: nothing here asks for people in the order of a score.
import { API, everyPage, get, post, query, send, type Compound, type ExportRequest } from './client';
import type { components } from './schema';

type S = components['schemas'];
export type Roster = S['RosterView'];
export type KeeperRow = S['KeeperRowView'];
export type KeeperCard = S['KeeperCardView'];
export type Vacancy = S['VacancyView'];
export type CoverRow = S['CoverView'];
export type Cases = S['CasesView'];
export type Case = S['CaseView'];
export type CaseStep = S['StepView'];
export type Funnel = S['FunnelView'];
export type Triads = S['TriadsView'];
export type Triad = S['TriadView'];
export type Assessments = S['AssessmentsView'];
export type Assessment = S['AssessmentView'];
export type AssessmentFigures = S['AssessmentFiguresView'];
export type Act = Record<string, unknown> & { do: string };

const of = encodeURIComponent;

export const peopleApi = {
  roster: (ask: { region?: string | undefined; q?: string | undefined; state?: string | undefined; cursor?: number | undefined }, signal?: AbortSignal) => get<Roster>(`/people${query(ask)}`, signal),
  /** Compounds to choose from, in one's scope. */
  compounds: (region?: string) => everyPage<Compound>((cursor) => `/compounds${query({ region, limit: 1000, cursor })}`).then(({ items }) => items),
  card: (id: string) => get<KeeperCard>(`/people/${of(id)}`),
  act: (appointment: string, act: Act) => post<void>(`/appointments/${of(appointment)}/acts`, act),
  /** By hash, so that another photo has another address. */
  photoUrl: (id: string, hash: string) => `${API}/people/${of(id)}/photo?v=${of(hash)}`,
  photo: (id: string, file: Blob, consent: string) => {
    const form = new FormData();
    form.append('consent', consent);
    form.append('photo', file);
    return post<S['KeeperPhotoView']>(`/people/${of(id)}/photo`, form, 'PUT');
  },
  consent: async (id: string, on: string) => { await post<void>(`/people/${of(id)}/consent`, { on }, 'PUT'); },
  withdrawConsent: async (id: string) => { await send(`/people/${of(id)}/consent`, { method: 'DELETE' }); },
  withdrawPhoto: async (id: string) => { await send(`/people/${of(id)}/photo`, { method: 'DELETE' }); },
  train: (ask: S['NewTraining']) => post<S['MadeView']>('/trainings', ask),
  endMentor: async (id: string) => { await send(`/mentor-groups/${of(id)}`, { method: 'DELETE' }); },
  /** Everybody in post of a region: who can be a mentor. */
  inPost: async (region: string) => {
    const all: KeeperRow[] = [];
    for (let cursor: number | undefined = 0; cursor !== undefined; ) {
      const page: Roster = await get<Roster>(`/people${query({ region, state: 'in_post', cursor, limit: 500 })}`);
      all.push(...page.items);
      cursor = page.next ?? undefined;
    }
    return all;
  },
  mentor: (ask: S['NewMentorGroup']) => post<S['MadeView']>('/mentor-groups', ask),
  exportRequest: (region: string) => get<ExportRequest | null>(`/regions/${of(region)}/people-request`),
  approveExport: (region: string) => post<ExportRequest>(`/regions/${of(region)}/people-request`, {}),
  file: async (region: string, format: string, reason: string) => (await send(`/regions/${of(region)}/people/roster.${format}${query({ reason })}`)).blob(),
  cases: (ask: { region?: string | undefined; state?: string | undefined }, signal?: AbortSignal) => get<Cases>(`/recruitment${query(ask)}`, signal),
  begin: (ask: S['NewCase']) => post<S['MadeView']>('/recruitment', ask),
  prepare: (id: string, ask: Partial<S['Prepare']>) => post<void>(`/recruitment/${of(id)}`, ask, 'PUT'),
  decide: (id: string, ask: S['Decide']) => post<S['DecidedView']>(`/recruitment/${of(id)}/steps`, ask),
  funnel: (region?: string, signal?: AbortSignal) => get<Funnel>(`/recruitment-funnel${query({ region })}`, signal),
  triads: (region?: string, signal?: AbortSignal) => get<Triads>(`/organisations${query({ region })}`, signal),
  organise: (compound: string, ask: S['NewOrganisation']) => post<S['MadeView']>(`/compounds/${of(compound)}/organisations`, ask),
  endOrganisation: (id: string, last: string) => post<void>(`/organisations/${of(id)}/end`, { last }),
  assessments: (ask: { region?: string | undefined; period?: string | undefined }, signal?: AbortSignal) => get<Assessments>(`/assessments${query(ask)}`, signal),
  score: (ask: S['NewScore']) => post<S['MadeView']>('/assessments', ask),
  assess: (id: string, act: Act) => post<void>(`/assessments/${of(id)}/acts`, act),
  figures: (ask: { region?: string | undefined; period?: string | undefined }, signal?: AbortSignal) => get<AssessmentFigures>(`/assessment-figures${query(ask)}`, signal),
};
