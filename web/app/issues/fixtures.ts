// Typed answers for tests; no page imports them.
import type { Heat, HeatItem, IssueDetail, IssueView, Summary } from '@/api/issues';

export const view = (of: Partial<IssueView> = {}): IssueView => ({
  id: 'i-1', code: '20270316-0007', category: 'facility.light', category_zh: '灯不亮', category_en: 'Light', priority: 'normal', source: 'housekeeper', place: { kind: 'building' }, place_name: '幸福苑7幢', region: '340104002001',
  compound: { id: 'c-1', name: '幸福苑' }, building: { id: 'b-1', name: '7幢' }, area: { id: 'a-1', number: 7, name: '片区 07' }, keeper: '示例甲01', black_text: '楼道灯坏了。', red_text: null, state: 'disposing', state_zh: '处置', step: 'dispose', owner: null,
  reported_at: '2027-03-15T01:00:00Z', due_at: '2027-03-17T09:00:00Z', closed_at: null, acknowledged_at: null, light: 'amber', share: 0.86, returns: 0, reworks: 0, reopened: 0, self_solved: false, public: true, on_behalf_of: null, supervised: false, seq: 2, ...of,
});
export const detail = (of: Partial<IssueDetail> = {}): IssueDetail => ({
  ...view(), photos: [], answers: {}, legal: [{ move: 'return', label_zh: '退回', label_en: 'Return' }, { move: 'dispatch', label_zh: '派单', label_en: 'Dispatch' }],
  events: [{ seq: 1, at: '2027-03-15T01:00:00Z', by: '示例甲01', capacity: '工作人员', on_behalf_of: null, move: 'open', move_zh: '登记', from: null, to: 'found', text: null }, { seq: 2, at: '2027-03-15T02:00:00Z', by: '示例甲01', capacity: '工作人员', on_behalf_of: null, move: 'report', move_zh: '反馈', from: 'found', to: 'reported', text: null }],
  suggested_owner: { code: 'street:urban', name: '城管办', rule: 'r-1', why_zh: '规则 3', why_en: 'rule 3' }, stamps: { plan: 'p-1', plan_version: 7, area: 'a-1', keeper: null, grid: null }, defer_asked: null, ...of,
});
export const item = (of: Partial<HeatItem> = {}): HeatItem => ({ id: 'c-1', name: '幸福苑', n: 20, without_point: 0, households: 600, rate: 112.8, small: false, previous_n: 9, delta: 11, hot: 99, z: 3.1, q: 0.0004, overdue: 0, ...of });
export const heat: Heat = {
  as_of: '2027-03-16T08:00:00Z', from: '2027-03-10', to: '2027-03-16', days: 7, k: 5, by: 'compound', hot_of: 'rate', classes: [35, 45, 55, 70], total: { n: 312, without_point: 12, households: 31_000, rate: 43.1 }, elsewhere: { n: 3, without_point: 2 },
  items: [item(), item({ id: 'c-2', name: '文昌府', n: 3, rate: 20, small: true, hot: null }), item({ id: 'c-3', name: '渔光里', n: null, rate: null, small: true, hot: null, overdue: null }), item({ id: 'c-4', name: '建设里', n: 11, rate: 31.2, hot: null, overdue: 4 })],
};
export const summary: Summary = {
  as_of: '2027-03-16T08:00:00Z', from: '2027-03-10', to: '2027-03-16', n: 312, previous_n: 264, open: 96, overdue: 27, twice_returned: 3, without_point: 12, sentence_zh: '近 7 天 312 件。', sentence_en: '312 issues in 7 days.',
  categories: [{ code: 'facility', parent: null, name_zh: '设施损坏', name_en: 'Facilities', n: 52 }, { code: 'facility.light', parent: 'facility', name_zh: '灯不亮', name_en: 'Light', n: 20 }, { code: 'noise', parent: null, name_zh: '噪声扰民', name_en: 'Noise', n: null }],
  states: [{ code: 'reported', parent: 'report', name_zh: '反馈', name_en: 'reported', n: 12 }], levels: [], days: { first: '2026-12-17', n: Array.from({ length: 90 }, (_, i) => i % 9) }, kpis: [],
};
