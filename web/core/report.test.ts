import { describe, expect, it } from 'vitest';
import type { Category } from '../api/issues';
import { attemptKey, findCategories, missingOf, reportBody, type ReportDraft } from './report';

const category = (of: Partial<Category>): Category => ({ code: 'facility.light', name_zh: '灯不亮', name_en: 'Light', near_m: 50, near_days: 7, sensitive: false, active: true, ...of });
const empty: ReportDraft = { category: null, place: null, text: '', answers: {}, photos: [], takenAt: null, onBehalfOf: '', name: '', phone: '' };
const lift = category({ code: 'facility.lift', name_zh: '电梯', keywords: ['停梯', '异响'], questions: [{ code: 'inside', label_zh: '有人被困吗', label_en: 'Anybody inside?', datatype: 'singlevaluelist', required: true, values: [] }, { code: 'when', label_zh: '何时', label_en: 'When', datatype: 'string', required: false }] });

describe('a report', () => {
  it('names what is missing, required answers among it', () => {
    expect(missingOf(empty).map(({ what }) => what)).toEqual(['category', 'place']);
    const draft = { ...empty, category: lift, place: { kind: 'building' as const, building: 'b' } };
    expect(missingOf(draft)).toEqual([{ what: 'answer', code: 'inside' }]);
    expect(missingOf({ ...draft, answers: { inside: [' '] } })).toHaveLength(1);
    expect(reportBody(draft, 'resident', 'x', null)).toBeNull();
    expect(missingOf({ ...draft, answers: { inside: ['no'] } })).toEqual([]);
  });
  it('says only what was said', () => {
    const draft = { ...empty, category: category({}), place: { kind: 'compound' as const, compound: 'c' } };
    expect(reportBody(draft, 'resident', '灯不亮。', null)).toEqual({ category: 'facility.light', place: { kind: 'compound', compound: 'c' }, black_text: '灯不亮。', source: 'resident' });
  });
  it('carries the red ink when it was solved, and drops answers to questions of another category', () => {
    const body = reportBody({ ...empty, category: lift, place: { kind: 'point', lon: 117, lat: 31 }, text: ' 停梯了 ', answers: { inside: ['no'], when: [' '], other: ['x'] }, photos: [{ hash: 'h', width: 1, height: 1 }], takenAt: '2027-03-16T01:00:00Z' }, undefined, 'x', '当场处理好了。')!;
    expect(body).toEqual({ category: 'facility.lift', place: { kind: 'point', lon: 117, lat: 31 }, black_text: '停梯了', answers: { inside: ['no'] }, photos: ['h'], occurred_at: '2027-03-16T01:00:00Z', solved: { red_text: '当场处理好了。' } });
  });
  it('finds a category by its name, its words, and a sentence that holds them', () => {
    const all = [category({}), lift];
    expect(findCategories(all, '灯').map(({ code }) => code)).toEqual(['facility.light']);
    expect(findCategories(all, '三单元异响很大').map(({ code }) => code)).toEqual(['facility.lift']);
    expect(findCategories(all, ' ')).toEqual([]);
  });
  it('has a key of 32 hexadecimal digits', () => {
    expect(attemptKey((bytes) => bytes.fill(7))).toBe('07'.repeat(16));
  });
});
