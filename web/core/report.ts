// A report on its way: what is missing, and the body that is sent. Not the sending.
// Invariant: what the reporter did not say is not in the body; a place without a point never gets one.
import type { Category, NewReport, Photo, Place } from '../api/issues';

export interface ReportDraft {
  readonly category: Category | null;
  readonly place: Place | null;
  readonly text: string;
  readonly answers: Readonly<Record<string, readonly string[]>>;
  readonly photos: readonly Photo[];
  /** The photo whose time may be used, as the reporter agreed. */
  readonly takenAt: string | null;
  readonly onBehalfOf: string;
  readonly name: string;
  readonly phone: string;
}
export const MOST_CHARACTERS = 4000;
export const MOST_PHOTOS = 5;

export type Missing = { readonly what: 'category' } | { readonly what: 'place' } | { readonly what: 'answer'; readonly code: string };

export function missingOf(draft: ReportDraft): Missing[] {
  const answered = (code: string) => (draft.answers[code] ?? []).some((value) => value.trim() !== '');
  return [
    ...(draft.category ? [] : [{ what: 'category' as const }]),
    ...(draft.place ? [] : [{ what: 'place' as const }]),
    ...(draft.category?.questions ?? []).filter(({ code, required }) => required && !answered(code)).map(({ code }) => ({ what: 'answer' as const, code })),
  ];
}

/** `null` while something is missing. `fallback` is the sentence for a report without words. */
export function reportBody(draft: ReportDraft, source: NewReport['source'], fallback: string, solved: string | null): NewReport | null {
  if (!draft.category || !draft.place || missingOf(draft).length > 0) return null;
  const asked = new Set((draft.category.questions ?? []).map(({ code }) => code));
  const answers = Object.fromEntries(Object.entries(draft.answers).map(([code, values]) => [code, values.map((value) => value.trim()).filter(Boolean)] as const).filter(([code, values]) => asked.has(code) && values.length > 0));
  const text = draft.text.trim();
  return {
    category: draft.category.code, place: draft.place, black_text: text === '' ? fallback : text,
    ...(source ? { source } : {}),
    ...(Object.keys(answers).length ? { answers } : {}),
    ...(draft.photos.length ? { photos: draft.photos.map(({ hash }) => hash) } : {}),
    ...(draft.takenAt ? { occurred_at: draft.takenAt } : {}),
    ...(draft.onBehalfOf.trim() ? { on_behalf_of: draft.onBehalfOf.trim() } : {}),
    ...(draft.name.trim() ? { reporter_name: draft.name.trim() } : {}),
    ...(draft.phone.trim() ? { reporter_phone: draft.phone.trim() } : {}),
    ...(solved === null ? {} : { solved: { red_text: solved } }),
  };
}

/** Categories whose names or words hold what was typed; an empty text finds none. */
export function findCategories(all: readonly Category[], text: string): Category[] {
  const q = text.trim().toLowerCase();
  if (q === '') return [];
  return all.filter((each) => [each.name_zh, each.name_en, ...(each.keywords ?? [])].some((word) => word.toLowerCase().includes(q) || (word.length > 1 && q.includes(word.toLowerCase()))));
}

/** A name for one attempt to report, so that sending it again does not report it twice. Works on plain HTTP too. */
export function attemptKey(random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array): string {
  return [...random(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
