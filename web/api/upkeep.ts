// Keeping the data right: what is missing, corrections with their records, merged and split communities.
import { get, post, query, type Page } from './client';
import type { components } from './schema';

type S = components['schemas'];
export type Quality = S['QualityView'];
export type QualityCheck = S['QualityCheck'];
export type QualityRow = S['QualityRow'];
export type CountCorrection = S['CountCorrection'];
export type PlaceCorrection = S['PlaceCorrection'];
export type RegionChange = S['RegionChange'];
/** The fields of a record are those that changed; what they were is beside what they are. */
export type Correction = Omit<S['CorrectionView'], 'before' | 'after'> & { before: Record<string, unknown>; after: Record<string, unknown> };

const id = encodeURIComponent;

export const upkeepApi = {
  quality: (region: string, signal?: AbortSignal) => get<Quality>(`/regions/${id(region)}/quality`, signal),
  rows: (region: string, check: QualityCheck, cursor: string | null, signal?: AbortSignal) => get<Page<QualityRow>>(`/regions/${id(region)}/quality/rows${query({ check, cursor, limit: 200 })}`, signal),
  corrections: (unit: string, signal?: AbortSignal) => get<Correction[]>(`/units/${id(unit)}/corrections`, signal),
  correctPlace: (unit: string, body: PlaceCorrection) => post<undefined>(`/units/${id(unit)}/place`, body, 'PUT'),
  correctCount: (unit: string, body: CountCorrection) => post<undefined>(`/units/${id(unit)}/count`, body, 'PUT'),
  confirm: (unit: string) => post<undefined>(`/units/${id(unit)}/confirmations`, {}),
  merge: (region: string, body: S['MergeBody']) => post<RegionChange>(`/regions/${id(region)}/merge`, body),
  split: (region: string, body: S['SplitBody']) => post<RegionChange>(`/regions/${id(region)}/split`, body),
};
