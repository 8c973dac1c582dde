import { flushPromises, mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Category } from '@/api/issues';
import { addIssueWords, i18n } from '../i18n';
import { detail, view } from '../issues/fixtures';
import { router } from '../router';
import ReportPage from './ReportPage.vue';

const answer = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const light: Category = { code: 'facility.light', parent: null, name_zh: '灯不亮', name_en: 'Light', near_m: 50, near_days: 7, sensitive: false, active: true };
let sent: { key: string | null; body: Record<string, unknown> }[] = [];
let outcome: () => Response = () => answer(detail(), 201);

beforeAll(addIssueWords);
beforeEach(async () => {
  sent = [];
  localStorage.clear();
  localStorage.setItem('gk.report.places', JSON.stringify([{ place: { kind: 'building', building: 'b-7' }, label: '幸福苑 7幢' }]));
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    if (path.endsWith('/issue-categories')) return Promise.resolve(answer({ items: [light] }));
    if (path.includes('/issues:near')) return Promise.resolve(answer({ items: [view()], near_m: 50, near_days: 7 }));
    if (path.endsWith('/issues')) {
      sent.push({ key: new Headers(init.headers).get('idempotency-key'), body: JSON.parse(init.body as string) as Record<string, unknown> });
      return Promise.resolve(outcome());
    }
    return Promise.resolve(answer({}));
  });
  router.addRoute({ path: '/try', name: 'try', component: { render: () => null } });
  await router.replace({ name: 'try' });
});
const page = async () => {
  const made = mount(ReportPage, { global: { plugins: [createPinia(), i18n, router] } });
  await flushPromises();
  return made;
};

describe('a report of a visitor', () => {
  it('is three taps with the last place, and nearby ones do not hold it up', async () => {
    outcome = () => answer(detail({ lookup: 'K7P4-9QXD' }), 201);
    const made = await page();
    await made.find('.cell').trigger('click');
    await flushPromises();
    expect(made.find('.near').text()).toContain('附近有 1 件像的');
    expect(made.find('.main').attributes('disabled')).toBeUndefined();
    await made.find('form').trigger('submit');
    await flushPromises();
    expect(sent[0]!.body).toEqual({ category: 'facility.light', place: { kind: 'building', building: 'b-7' }, black_text: '灯不亮。', source: 'resident' });
    expect(made.find('[data-testid=reported]').text()).toContain('K7P4-9QXD');
    // A resident reports; solving on the spot is for those who walk the building.
    expect(made.text()).not.toContain('当场解决了，一下记完');
  });
  it('sent again after a failure, is the same report; another one is not', async () => {
    outcome = () => answer({ type: '/problems/unavailable', detail: '稍后', detail_en: 'later' }, 503);
    const made = await page();
    await made.find('.cell').trigger('click');
    await flushPromises();
    await made.find('textarea').setValue('三单元的灯坏了');
    await made.find('form').trigger('submit');
    await flushPromises();
    expect(made.find('[role=alert]').text()).toContain('写的都还在');
    outcome = () => answer(detail(), 201);
    await made.find('form').trigger('submit');
    await flushPromises();
    expect(sent.map(({ key }) => key)).toEqual([sent[0]!.key, sent[0]!.key]);
    expect(sent[0]!.key).toMatch(/^[0-9a-f]{32}$/);
    expect(sent[1]!.body.black_text).toBe('三单元的灯坏了');
    await made.find('.main').trigger('click');
    await flushPromises();
    await made.find('.cell').trigger('click');
    await flushPromises();
    await made.find('form').trigger('submit');
    await flushPromises();
    expect(sent[2]!.key).not.toBe(sent[0]!.key);
  });
});
