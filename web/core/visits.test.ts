// The burden budget: what the pages ask is what the requests hold, within the limits, and nothing is asked twice.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportBody } from './report';
import { BANDS, FORMS, MOST_INPUTS_OF_AN_ISSUE, MOST_TAPS_OF_A_VISIT, NEVER, NOT_ASKED, bandOf, coldFirst, doorName, fewestTaps, hasMore, padNumbers, requestOf, type FormName } from './visits';

const document = JSON.parse(readFileSync('api/openapi.json', 'utf8')) as { components: { schemas: Record<string, { properties: Record<string, unknown> }> } };
const BODY: Record<FormName, string> = { visit: 'NewVisit', issue: 'NewReport', diary: 'NewDiary', opinion: 'NewReport' };
const forms = Object.keys(FORMS) as FormName[];

describe('the burden budget', () => {
  it('holds: a visit in four taps, an issue in six inputs', () => {
    expect(fewestTaps('visit')).toBeLessThanOrEqual(MOST_TAPS_OF_A_VISIT);
    expect(FORMS.issue.length).toBeLessThanOrEqual(MOST_INPUTS_OF_AN_ISSUE);
  });
  it.each(forms)('asks for nothing twice in the form %s, and leaves no field of its request unexplained', (form) => {
    const sent = FORMS[form].map((field) => field.sent);
    expect(new Set(sent).size).toBe(sent.length);
    const fields = Object.keys(document.components.schemas[BODY[form]]!.properties).sort();
    expect([...sent, ...Object.keys(NOT_ASKED[form])].sort()).toEqual(fields);
  });
  it('is what the pages send: nothing that is not listed leaves them', () => {
    expect(requestOf('visit', { building: 'b', kind: 'household', households: 0, note: '' }, { keeper: null })).toEqual({ building: 'b', kind: 'household', households: 0 });
    expect(() => requestOf('visit', { steps: 9 })).toThrow();
    expect(() => requestOf('visit', {}, { lon: 117 })).toThrow();
    const place = { kind: 'compound', compound: 'c' } as const;
    const category = { code: 'a', name_zh: '', name_en: '', near_m: 0, near_days: 0, sensitive: false, active: true, questions: [{ code: 'q', label_zh: '', label_en: '', datatype: 'text', required: false }] } as const;
    const body = reportBody({ category: category as never, place, text: 'x', answers: { q: ['y'] }, photos: [{ hash: 'h', width: 1, height: 1 }], takenAt: '2026-03-01T08:00', onBehalfOf: 'a', name: 'b', phone: 'c' }, 'housekeeper', '', 'z')!;
    const listed = new Set([...FORMS.issue.map(({ sent }) => sent), ...Object.keys(NOT_ASKED.issue)]);
    expect(Object.keys(body).filter((name) => !listed.has(name))).toEqual([]);
  });
  it('requires neither a photo nor a typed word for a visit', () => {
    expect(FORMS.visit.filter(({ required, how }) => required && how !== 'tap')).toEqual([]);
  });
});

describe('days since a visit', () => {
  it('fall into the bands of the server', () => {
    expect([0, 3, 4, 7, 8, 14, 15, 400].map(bandOf)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect([bandOf(null), bandOf(undefined)]).toEqual([NEVER, NEVER]);
    expect(BANDS).toHaveLength(5);
  });
  it('are listed with the longest wait first', () => {
    expect(coldFirst([{ days: 2 }, { days: null }, { days: 16 }]).map(({ days }) => days)).toEqual([null, 16, 2]);
  });
});

describe('the pad of households', () => {
  it('offers what the building has, twelve at a time', () => {
    expect(padNumbers(0, 60)).toHaveLength(12);
    expect(padNumbers(4, 60).at(-1)).toBe(60);
    expect(padNumbers(0, 5)).toEqual([1, 2, 3, 4, 5]);
    expect([hasMore(0, 12), hasMore(0, 13), hasMore(0, null)]).toEqual([false, true, true]);
  });
  it('says buildings as neighbours do', () => {
    expect(['7幢', '7号楼', '7#', '12', '会所'].map(doorName)).toEqual(['7 幢', '7 幢', '7 幢', '12 幢', '会所']);
  });
});
