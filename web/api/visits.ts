// The visit API: types of the OpenAPI document, and thin calls.
// Invariant: a number that nobody noted, or that may not be told, is absent, never 0.
import { get, post, query, type Building, type Compound, type Page } from './client';
import type { components } from './schema';

type S = components['schemas'];
export interface Tiers { readonly daily: number; readonly weekly: number; readonly monthly: number }
type WithTiers<T> = Omit<T, 'tiers'> & { tiers?: Tiers | null };
export type CardBuilding = WithTiers<S['BuildingOfCard']>;
export type Card = Omit<WithTiers<S['CardView']>, 'buildings'> & { buildings: CardBuilding[] };
export type Visit = S['VisitView'];
export type VisitPage = S['VisitPage'];
export type NewVisit = S['NewVisit'];
export type KeeperChoice = S['KeeperChoice'];
export type Patrol = S['PatrolView'];
export type ColdBuilding = S['BuildingVisits'];
export type ColdCompound = S['CompoundVisits'];
export type TierList = S['TierList'];
export type TierBody = S['TierBody'];
export type Diary = S['DiaryList'];
export type DiaryEntry = S['DiaryView'];
export type NewDiary = S['NewDiary'];
export type Burden = S['BurdenView'];

const of = encodeURIComponent;
const named = (keeper: string | null) => query(keeper ? { keeper } : {});
const once = (key: string) => ({ 'idempotency-key': key });

export const visitApi = {
  card: (keeper: string | null, signal?: AbortSignal) => get<Card>(`/visits:card${named(keeper)}`, signal),
  keepers: (signal?: AbortSignal) => get<KeeperChoice[]>('/visits:keepers', signal),
  list: (ask: { keeper?: string; building?: string; from?: string; to?: string }, signal?: AbortSignal) => get<VisitPage>(`/visits${query(ask)}`, signal),
  enter: (visit: NewVisit, key: string) => post<Visit>('/visits', visit, 'POST', once(key)),
  withdraw: (id: string, why: string) => post<Visit>(`/visits/${of(id)}`, { withdraw: why }),
  patrol: (ask: { region?: string; days?: number; by?: string }, signal?: AbortSignal) => get<Patrol>(`/visits:figures${query(ask)}`, signal),
  compounds: (signal?: AbortSignal) => get<Page<Compound>>(`/compounds${query({ limit: 1000 })}`, signal),
  buildings: (compound: string, signal?: AbortSignal) => get<Page<Building>>(`/buildings${query({ compound, limit: 1000 })}`, signal),
  tiers: (ask: { region?: string; compound?: string }, signal?: AbortSignal) => get<TierList>(`/visits:tiers${query(ask)}`, signal),
  setTiers: (building: string, body: TierBody) => post<undefined>(`/buildings/${of(building)}/tiers`, body, 'PUT'),
  diary: (keeper: string | null, signal?: AbortSignal) => get<Diary>(`/diary${named(keeper)}`, signal),
  write: (entry: NewDiary, key: string) => post<DiaryEntry>('/diary', entry, 'POST', once(key)),
  red: (id: string, text: string) => post<DiaryEntry>(`/diary/${of(id)}/red`, { red_text: text }, 'PUT'),
  burden: (signal?: AbortSignal) => get<Burden>('/burden', signal),
};
