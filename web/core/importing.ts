// The form of an import, and what is still missing from it.

/** Header → field; `null` leaves a column out. */
export type Mapping = Record<string, string | null>;

export interface ImportSettings {
  readonly token: string;
  readonly kind: string;
  readonly crs: string;
  readonly region: string;
  readonly basis: string;
  readonly asOf: string;
  readonly source: string;
  readonly layer: string;
  readonly mapping: Mapping;
  readonly timeZone: string;
  /** Word of the file → state; words without a state keep their standard meaning. */
  readonly states: Record<string, string>;
  readonly dryRun: boolean;
}

/** Empty settings are not sent: the server's own defaults and the file's declarations hold. */
export function importForm(settings: ImportSettings): FormData {
  const body = new FormData();
  const set = (name: string, value: string) => { if (value.trim() !== '') body.append(name, value.trim()); };
  set('token', settings.token);
  set('kind', settings.kind);
  set('crs', settings.crs);
  set('region', settings.region);
  set('household_basis', settings.basis === 'unstated' ? '' : settings.basis);
  set('as_of', settings.asOf);
  set('source', settings.source);
  set('layer', settings.layer);
  if (Object.keys(settings.mapping).length > 0) body.append('mapping', JSON.stringify(settings.mapping));
  if (settings.kind === 'issues') {
    set('time_zone', settings.timeZone);
    const states = Object.entries(settings.states).filter(([, state]) => state !== '');
    if (states.length > 0) body.append('states', JSON.stringify(Object.fromEntries(states)));
  }
  body.append('dry_run', settings.dryRun ? 'true' : 'false');
  return body;
}

/** States that a word of another system can mean. */
export const ISSUE_STATES = ['reported', 'coordinating', 'disposing', 'returned', 'deferred', 'inspecting', 'rework', 'closed', 'reopened', 'escalated', 'answered', 'merged', 'rejected', 'cancelled'] as const;

/** Whether some column says where a row lies. */
export function hasPosition(mapping: Mapping): boolean {
  return Object.values(mapping).some((field) => field !== null && ['lon', 'lat', 'position', 'wkt'].includes(field));
}

/** Required fields that no column gives. */
export function missingFields<T extends { field: string; required: boolean }>(fields: readonly T[], mapping: Mapping): T[] {
  const given = new Set(Object.values(mapping));
  return fields.filter((field) => field.required && !given.has(field.field));
}
