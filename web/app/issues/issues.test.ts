import { flushPromises, mount } from '@vue/test-utils';
import { createPinia } from 'pinia';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { h, shallowRef } from 'vue';
import { addIssueWords, i18n } from '../i18n';
import { router } from '../router';
import { provideStage } from '../stage';
import CategoryChips from './CategoryChips.vue';
import { detail, heat, summary } from './fixtures';
import { useFilter, type UsedFilter } from './filter';
import HeatLegend from './HeatLegend.vue';
import HeatRanking from './HeatRanking.vue';
import InkText from './InkText.vue';
import IssuePanel from './IssuePanel.vue';
import KpiBlock from './KpiBlock.vue';
import TimeBrush from './TimeBrush.vue';

const plugins = () => ({ plugins: [createPinia(), i18n, router] });
const answer = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
let asked: { path: string; body: unknown }[] = [];
let respond: (path: string, init: RequestInit) => Response = () => answer({});

beforeAll(async () => {
  await addIssueWords();
  vi.stubGlobal('ResizeObserver', class { observe() {} disconnect() {} });
});
beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path, body: typeof init.body === 'string' ? JSON.parse(init.body) : null });
    return Promise.resolve(respond(path, init));
  });
});

describe('black and red ink', () => {
  it('differ in words, not in colour alone, and a missing result says so', () => {
    const both = mount(InkText, { props: { black: '灯坏了', red: '换了灯泡' }, global: plugins() });
    expect(both.find('.black').text()).toContain('问题');
    expect(both.find('.red').text()).toContain('结果');
    expect(mount(InkText, { props: { black: '灯坏了', red: null }, global: plugins() }).find('.missing').text()).toBe('还没有结果');
  });
});

describe('the legend and the ranking', () => {
  it('tell the same places: every row is in one class of the legend', () => {
    const words = mount(HeatLegend, { props: { layer: 'rate', heat, density: null }, global: plugins() }).text();
    expect(words).toContain('> 70 1个 20 件');
    expect(words).toContain('≤ 35 1个 11 件');
    // Of two with few data, one count may not be told.
    expect(words).toMatch(/样本少 < 5 件\s*2个 数字不公开/);
  });
  it('show few data without a rate, and what is unknown as a dash', () => {
    const list = mount(HeatRanking, { props: { heat, by: 'compound', layer: 'rate', selected: null, sort: { key: 'rate', descending: true } }, global: plugins() });
    const rows = list.findAll('[role=option]').map((row) => row.text());
    expect(rows.map((row) => row.match(/[一-龥]{3}/)?.[0])).toEqual(['幸福苑', '建设里', '文昌府', '渔光里']);
    expect(rows[2]).toContain('样本少');
    expect(rows[2]).not.toContain('20.0');
    expect(rows[3]).toMatch(/—$/);
  });
});

describe('the days', () => {
  const brush = () => mount(TimeBrush, { props: { first: summary.days.first, counts: summary.days.n, from: '2027-03-10', to: '2027-03-16', today: '2027-03-16', compare: true, previous: 264 }, global: plugins() });
  it('are moved and resized by keys alone', async () => {
    const made = brush();
    const [window, from, to] = made.findAll('[role=slider]');
    await window!.trigger('keydown', { code: 'ArrowLeft' });
    await from!.trigger('keydown', { code: 'PageDown' });
    await to!.trigger('keydown', { code: 'Home' });
    expect(made.emitted('change')).toEqual([['2027-03-09', '2027-03-15'], ['2027-03-03', '2027-03-16'], ['2026-12-17', '2026-12-17']]);
    made.unmount();
  });
  it('are played one by one until the last, and stop for good when the page goes', async () => {
    vi.useFakeTimers();
    const made = brush();
    await made.find('.bar .btn').trigger('click');
    vi.advanceTimersByTime(200_000);
    const days = made.emitted('change') as [string, string][];
    expect(days[0]).toEqual(['2026-12-17', '2026-12-23']);
    expect(days.at(-1)).toEqual(['2027-03-10', '2027-03-16']);
    expect(days).toHaveLength(84);
    expect(vi.getTimerCount()).toBe(0);
    made.unmount();
    vi.useRealTimers();
  });
});

describe('the chips', () => {
  it('write the address, and a child narrows its parent', async () => {
    router.addRoute({ path: '/chips', name: 'chips', component: { render: () => null } });
    await router.replace({ name: 'chips', query: { category: 'facility' } });
    let use!: UsedFilter;
    const made = mount({ setup: () => { use = useFilter(); return () => null; } }, { global: plugins() });
    expect(use.filter.value.category).toEqual(['facility']);
    const chips = mount(CategoryChips, { props: { summary, use }, global: plugins(), attachTo: document.body });
    expect(chips.findAll('.pair').map((each) => each.text())).toEqual(['设施损坏52', '噪声扰民—']);
    await chips.find('.pair .bare').trigger('click');
    await chips.find('.pair input').trigger('change');
    await flushPromises();
    expect(router.currentRoute.value.query.category).toBe('facility.light');
    chips.unmount();
    made.unmount();
  });
});

describe('the figures of staff', () => {
  const kpi = { numerator: 737, denominator: 972, n: 972, unknown: 0, value: 737 / 972, name_zh: '按期结案率', name_en: 'on time', formula_zh: '按期结案 ÷ 应结案', formula_en: 'on time ÷ due' };
  it('show what is over what, and nothing where there is nothing to divide by', async () => {
    const kpis = [{ ...kpi, code: 'on_time_close_rate' }, { ...kpi, code: 'return_rate', name_zh: '退回率', value: null, numerator: 0, denominator: 0 }, { ...kpi, code: 'ping_pong', name_zh: '反复退回件数', value: 23, numerator: 23, denominator: null }];
    const made = mount(KpiBlock, { props: { summary: { ...summary, kpis }, scope: null }, global: plugins() });
    expect(made.findAll('li').map((row) => row.text())).toEqual(['按期结案率75.8%737/972', '退回率—0/0']);
    expect(made.find('[role=note]').attributes('aria-label')).toContain('按期结案 ÷ 应结案');
    await made.find('button').trigger('click');
    expect(made.findAll('li')[2]!.text()).toBe('反复退回件数23');
    expect(mount(KpiBlock, { props: { summary, scope: null }, global: plugins() }).find('section').exists()).toBe(false);
  });
});

describe('one issue', () => {
  const panel = async () => {
    const made = mount({ setup() { provideStage(shallowRef(null)); return () => h(IssuePanel, { id: 'i-1' }); } }, { global: plugins() });
    await flushPromises();
    return made;
  };
  it('dispatches to the suggested owner with the rule and the sequence that was seen', async () => {
    respond = (path, { method }) => (method === 'POST' ? answer(detail({ owner: { code: 'street:urban', name: '城管办' } })) : path.endsWith('/responsible-bodies') ? answer({ items: [{ code: 'street:urban', name: '城管办', rules: 1, issues: 4 }] }) : answer(detail()));
    const made = await panel();
    await made.findAll('.moves .row button')[1]!.trigger('click');
    await made.find('.form').trigger('submit');
    await flushPromises();
    expect(asked.at(-1)).toEqual({ path: '/api/v1/issues/i-1', body: { move: 'dispatch', seq: 2, owner: { code: 'street:urban', name: '城管办' }, rule: 'r-1' } });
    expect(made.find('.form').exists()).toBe(false);
  });
  it('tells what happened when somebody was faster, offers what is legal now, and keeps what was written', async () => {
    let read = 0;
    respond = (_, { method }) => (method === 'POST' ? answer({ type: '/problems/stale', detail: '已变', detail_en: 'moved', details: ['inspect_pass'] }, 409) : answer(detail(read++ === 0 ? {} : { legal: [{ move: 'inspect_pass', label_zh: '督查通过', label_en: 'Pass' }] })));
    const made = await panel();
    await made.findAll('.moves .row button')[0]!.trigger('click');
    await made.find('.form select').setValue('other');
    expect(made.find('.form button').attributes('disabled')).toBeDefined();
    await made.find('.form textarea').setValue('不归我们管');
    await made.find('.form').trigger('submit');
    await flushPromises();
    expect(made.find('[role=alert]').text()).toContain('刚被别人办过一步');
    expect(made.find('.moves .row').text()).toBe('督查通过');
    expect((made.find('.form textarea').element as HTMLTextAreaElement).value).toBe('不归我们管');
  });
});
