// People: the community secretary's task at step four, the roster with its gaps first, and what a keeper sees of themselves.
import { writeFileSync } from 'node:fs';
import { expect, test, type Browser, type Page } from '@playwright/test';
import { change, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

interface Step { code: string; zh: string; state: string; mine: boolean }
interface Case { id: string; name: string; mine: boolean; verdict: string; steps: Step[]; kind: string }

async function cases(page: Page): Promise<Case[]> {
  const answer = await page.request.get('/api/v1/recruitment?limit=500');
  expect(answer.status(), await answer.text()).toBe(200);
  return ((await answer.json()) as { items: Case[] }).items;
}
async function as(browser: Browser, who: string): Promise<Page> {
  return (await browser.newContext({ storageState: sessionOf(who) })).newPage();
}
const waits = (one: Case, code: string) => one.steps.some((step) => step.code === code && step.state === 'open');
const row = (page: Page, name: string) => page.getByTestId('cases').locator('.case').filter({ hasText: name });

test.describe('a community secretary', () => {
  test.use({ storageState: sessionOf('community-secretary') });

  test('finds three waiting at step four, decides one, and is refused out of order with the open step named', async ({ page, browser }) => {
    const errors = watchErrors(page);
    await page.goto('/people?tab=recruit');
    const all = await cases(page);
    const fourth = all.filter((one) => one.mine && waits(one, 'community_party_review') && one.verdict !== 'not_eligible');
    expect(fourth.length).toBeGreaterThanOrEqual(3);
    await expect(page.getByTestId('recruit-answer')).toContainText(/等您办理 \d+ 件/);
    const one = fourth.find(({ kind, verdict }) => kind === 'full_time' && verdict === 'eligible')!;
    await row(page, one.name).getByRole('button', { name: one.name }).click();
    const card = page.getByTestId('case');
    await expect(card).toContainText('今天任命');
    expect(await seriousFindings(page)).toEqual([]);
    await card.getByRole('button', { name: /社区党组织复审.*通过/ }).click();
    await expect(row(page, one.name)).not.toContainText('不通过');
    await expect.poll(async () => (await cases(page)).find(({ id }) => id === one.id)?.steps[3]?.state).toBe('done');

    // Out of order: somebody at step three.
    const early = all.find((each) => waits(each, 'compound_party_review'))!;
    await page.goto(`/people?tab=recruit&case=${early.id}`);
    await page.getByTestId('case').getByRole('button', { name: /社区党组织复审.*通过/ }).click();
    await expect(page.getByTestId('case').getByRole('alert')).toContainText('现在待办的是“小区党组织初审”');

    // The street appoints; the appointment appears in the roster.
    const leader = await as(browser, 'street-leader');
    await leader.goto(`/people?tab=recruit&case=${one.id}`);
    await leader.getByTestId('case').getByRole('button', { name: /任命.*通过/ }).click();
    await expect(leader.getByTestId('appointed')).toContainText(`${one.name}进入名册`);
    await expect.poll(async () => (await cases(page)).some(({ id }) => id === one.id)).toBe(false);
    await page.goto('/people?tab=roster');
    await page.getByRole('searchbox', { name: '姓名、小区、片区号' }).fill(one.name);
    await expect(page.getByTestId('roster')).toContainText(one.name);
    await page.getByRole('button', { name: one.name }).click();
    await expect(page.getByTestId('keeper-card')).toContainText('任职经历');
    expect(errors).toEqual([]);
    await leader.context().close();
  });

  test('sees gaps first, reads a card with the keyboard, and the page holds in large type and on a phone', async ({ page }) => {
    const errors = watchErrors(page);
    await page.goto('/people');
    await expect(page.getByTestId('roster-answer')).toContainText('在岗专职');
    await expect(page.getByTestId('vacancies')).toBeVisible();
    const boxes = await Promise.all(['vacancies', 'roster'].map(async (id) => (await page.getByTestId(id).boundingBox())!.y));
    expect(boxes[0]).toBeLessThan(boxes[1]!);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('tab', { name: '名册' }).focus();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('tab', { name: '招募' })).toBeFocused();
    await expect(page.getByTestId('funnel')).toBeVisible();
    await page.keyboard.press('ArrowRight');
    await expect(page.getByTestId('triads')).toBeVisible();
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('ArrowRight');
    await expect(page.getByTestId('assessments')).toBeVisible();
    await expect(page.getByTestId('assessments').getByRole('columnheader').first()).toHaveText('姓名');
    expect(await seriousFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto('/people');
    await expect(page.getByTestId('roster')).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(errors).toEqual([]);
  });

  test('takes in a photo with the day of its consent; door and resident page show it; withdrawn, it is gone', async ({ page, browser }, info) => {
    const errors = watchErrors(page);
    await page.goto('/people');
    // A keeper whose doors hang, but not those of the compound that other journeys count.
    const roster = (await (await page.request.get('/api/v1/people?limit=500')).json()) as { items: { id: string; name: string; area_label: string | null; community: string; in_post: boolean; leave: object | null }[] };
    const notices = (await (await page.request.get('/api/v1/notices?limit=5000')).json()) as { items: { building: string; door: string; state: string; area_label: string | null; compound: { id: string } | null }[]; compounds: { id: string; buildings: number }[] };
    const golden = new Set(notices.compounds.filter(({ buildings }) => buildings === 18).map(({ id }) => id));
    const counted = new Set(notices.items.filter(({ compound }) => compound && golden.has(compound.id)).map(({ area_label: label }) => label));
    const hangs = (label: string) => notices.items.find((one) => one.area_label === label && ['posted', 'verified'].includes(one.state));
    const keeper = roster.items.find((one) => one.in_post && !one.leave && one.area_label && !counted.has(one.area_label) && hangs(one.area_label))!;
    const door = hangs(keeper.area_label!)!;
    const state = async () => ((await (await page.request.get(`/api/v1/buildings/${door.building}/notice`)).json()) as { state: string }).state;

    await page.goto(`/people?tab=roster`);
    await page.getByRole('searchbox', { name: '姓名、小区、片区号' }).fill(keeper.name);
    await page.getByRole('button', { name: keeper.name, exact: true }).click();
    const card = page.getByTestId('keeper-photo');
    await expect(card).toContainText('没有照片');
    await card.getByRole('button', { name: '登记照片' }).click();
    const face = await page.evaluate(() => {
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [1200, 900];
      const pen = canvas.getContext('2d')!;
      const fill = (colour: string, draw: () => void) => { pen.fillStyle = colour; pen.beginPath(); draw(); pen.fill(); };
      fill('#dfe7ea', () => pen.rect(0, 0, 1200, 900));
      fill('#b22228', () => pen.ellipse(600, 900, 300, 320, 0, 0, 7));
      fill('#2b2320', () => pen.ellipse(600, 350, 185, 225, 0, 0, 7));
      fill('#d8ab8c', () => pen.ellipse(600, 385, 160, 195, 0, 0, 7));
      for (const x of [540, 660]) fill('#2b2320', () => pen.arc(x, 365, 16, 0, 7));
      fill('#8c2f2a', () => pen.ellipse(600, 475, 55, 18, 0, 0, 3.15));
      return canvas.toDataURL('image/jpeg', 0.95).split(',')[1]!;
    });
    await card.getByLabel('照片文件').setInputFiles({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(face, 'base64') });
    // Without the day of consent nothing is sent.
    await card.getByRole('button', { name: '保存照片' }).click();
    expect(await card.getByLabel('本人同意公示这张照片的日期').evaluate((field: HTMLInputElement) => field.validity.valueMissing)).toBe(true);
    await card.getByLabel('本人同意公示这张照片的日期').fill('2026-11-02');
    expect(await seriousFindings(page)).toEqual([]);
    await card.getByRole('button', { name: '保存照片' }).click();
    const shown = card.getByRole('img', { name: `${keeper.name}的照片` });
    await expect(shown).toBeVisible();
    await expect(card).toContainText('本人 2026-11-02 同意公示这张照片');
    expect(await state()).toBe('to_replace');
    await page.screenshot({ path: info.outputPath('card.png') });

    const context = await browser.newContext({ storageState: { cookies: [], origins: [] }, viewport: { width: 390, height: 844 }, javaScriptEnabled: false });
    const resident = await context.newPage();
    await resident.goto(`/r/${door.door}`);
    const photo = resident.getByRole('img', { name: `${keeper.name}的照片` });
    await photo.scrollIntoViewIfNeeded();
    const address = (await photo.getAttribute('src'))!;
    const answer = await resident.request.get(address);
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/jpeg']);
    expect((await answer.body()).length).toBeLessThanOrEqual(40_000);
    await resident.screenshot({ path: info.outputPath('resident.png'), fullPage: true });
    await resident.goto(`/r/${door.door}?large=1`);
    await resident.screenshot({ path: info.outputPath('resident-large.png'), fullPage: true });
    const poster = await page.request.get(`/api/v1/buildings/${door.building}/poster`);
    expect(poster.status()).toBe(200);
    writeFileSync(info.outputPath('poster.pdf'), await poster.body());
    // Scripts on, for axe.
    const checked = await (await browser.newContext({ storageState: { cookies: [], origins: [] }, viewport: { width: 390, height: 844 } })).newPage();
    for (const path of [`/r/${door.door}`, `/r/${door.door}?large=1`]) {
      await checked.goto(path);
      expect(await seriousFindings(checked)).toEqual([]);
      expect(await checked.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
    await checked.context().close();

    await card.getByRole('button', { name: '撤回同意并删除' }).click();
    await expect(card).toContainText('没有照片');
    expect((await resident.request.get(address)).status()).toBe(404);
    await resident.goto(`/r/${door.door}`);
    await expect(resident.getByRole('heading', { name: keeper.name, exact: true })).toBeVisible();
    await expect(resident.getByRole('img', { name: `${keeper.name}的照片` })).toHaveCount(0);

    // Not named at all any more, and again once the keeper agrees.
    const naming = page.getByTestId('keeper-naming');
    await naming.getByRole('button', { name: '撤回同意' }).click();
    await page.screenshot({ path: info.outputPath('withdraw.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await naming.getByRole('button', { name: '确认撤回' }).click();
    await expect(naming).toContainText('本人尚未同意');
    await expect(card.getByRole('button', { name: '登记照片' })).toHaveCount(0);
    await resident.goto(`/r/${door.door}`);
    await expect(resident.getByText(keeper.name)).toHaveCount(0);
    await naming.getByRole('button', { name: '登记同意' }).click();
    await naming.getByRole('button', { name: '保存' }).click();
    await expect(naming).toContainText('同意在公示牌和居民页公示');
    await resident.goto(`/r/${door.door}`);
    await expect(resident.getByRole('heading', { name: keeper.name, exact: true })).toBeVisible();
    await context.close();
    expect(errors).toEqual([]);
  });

  test('drags a keeper onto an area of the map; the card asks before anything is done', async ({ page }, info) => {
    const errors = watchErrors(page);
    await page.goto('/people?tab=roster');
    await page.locator('.gl[data-idle="1"]').waitFor();
    const roster = (await (await page.request.get('/api/v1/people?limit=500')).json()) as { items: { id: string; name: string; area: string | null; in_post: boolean }[] };
    type Choice = { id: string; label: string; filled: number; seats: number };
    let found: { name: string; area: Choice } | null = null;
    for (const one of roster.items.filter(({ in_post: there, area }) => there && area)) {
      const { areas } = (await (await page.request.get(`/api/v1/people/${one.id}`)).json()) as { areas: Choice[] };
      const free = areas.find((area) => area.id !== one.area && area.filled < area.seats);
      if (free) { found = { name: one.name, area: free }; break; }
    }
    expect(found).not.toBeNull();
    const { name, area } = found!;
    const row = page.getByTestId('roster').getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) });
    await row.scrollIntoViewIfNeeded();
    const canvas = page.locator('.gl canvas');
    // Where the map has the area's number; an empty corner of the map is no area.
    const target = await page.evaluate((id) => {
      const { gkMap: map } = globalThis as unknown as { gkMap: { querySourceFeatures(source: string): { properties: { u: string }; geometry: { coordinates: [number, number] } }[]; project(at: [number, number]): { x: number; y: number } } };
      const { x, y } = map.project(map.querySourceFeatures('tags').find(({ properties }) => properties.u === id)!.geometry.coordinates);
      return { x, y };
    }, area.id);
    await row.dragTo(canvas, { sourcePosition: { x: 240, y: 24 }, targetPosition: target });
    const card = page.getByTestId('keeper-card');
    await expect(card.getByRole('heading', { name: new RegExp(name) })).toBeVisible();
    await expect(card.getByRole('button', { name: '调整片区', exact: true })).toHaveAttribute('aria-expanded', 'true');
    await expect(card.locator('form select')).toHaveValue(area.id);
    await page.screenshot({ path: info.outputPath('dropped.png') });
    expect(await seriousFindings(page)).toEqual([]);
    await card.getByRole('button', { name: '取消' }).click();
    await card.getByRole('button', { name: '返回列表' }).click();
    await row.dragTo(canvas, { sourcePosition: { x: 240, y: 24 }, targetPosition: { x: 6, y: 300 } });
    await expect(card).toContainText('那里不是本社区生效方案的片区');
    expect(errors).toEqual([]);
  });

  test('gives the new a mentor and notes a training for several, with the keyboard', async ({ page }) => {
    const errors = watchErrors(page);
    interface Listed { id: string; name: string; may_change: boolean }
    const listed = async (state: string) => ((await (await page.request.get(`/api/v1/people?state=${state}&limit=500`)).json()) as { items: Listed[] }).items;
    await page.goto('/people');
    const alone = await listed('unmentored');
    expect(alone.length).toBeGreaterThan(0);
    const needed = page.getByTestId('unmentored');
    await needed.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByTestId('roster').locator('tbody tr')).toHaveCount(alone.length);
    const one = alone[0]!;
    await page.getByRole('checkbox', { name: `选${one.name}` }).focus();
    await page.keyboard.press('Space');
    const groups = page.getByTestId('groups');
    await expect(groups).toContainText('已选 1 人');
    await groups.getByRole('button', { name: '组带教组' }).press('Enter');
    const mentor = groups.getByLabel('带教人');
    await expect(mentor.getByRole('option', { name: one.name })).toHaveCount(0);
    await expect.poll(async () => mentor.getByRole('option').count()).toBeGreaterThan(1);
    await mentor.selectOption({ index: 1 });
    expect(await seriousFindings(page)).toEqual([]);
    await groups.getByRole('button', { name: '组成 1 人的组' }).press('Enter');
    await expect(groups).toHaveCount(0);
    await expect.poll(async () => (await listed('unmentored')).length).toBe(alone.length - 1);

    await page.getByRole('button', { name: '在岗', exact: true }).click();
    const boxes = page.getByTestId('roster').getByRole('checkbox');
    await boxes.nth(1).check();
    await boxes.nth(2).check();
    await groups.getByRole('button', { name: '登记培训' }).click();
    const title = `示例消防培训 ${Date.now() % 10_000}`;
    await groups.getByLabel('培训名称').fill(title);
    await groups.getByRole('button', { name: '登记 2 人参加' }).click();
    await expect(groups).toHaveCount(0);
    await page.getByTestId('roster').locator('tbody tr').first().getByRole('button').click();
    await expect(page.getByTestId('keeper-card')).toContainText(title);

    // Who has a mentor reads by whom, and the group can end.
    await page.goto(`/people?tab=roster&who=${one.id}`);
    await page.getByTestId('keeper-card').getByRole('button', { name: '今天结束' }).last().click();
    await expect.poll(async () => ((await (await page.request.get(`/api/v1/people/${one.id}`)).json()) as { groups: { to: string | null }[] }).groups[0]!.to).not.toBe(null);
    expect(errors).toEqual([]);
  });

  test('enters a secretary where there is none, and the gap is closed', async ({ page }) => {
    await page.goto('/people?tab=triads');
    const triads = (await (await page.request.get('/api/v1/organisations')).json()) as { items: { name: string; compound: string; triad_missing: { code: string }[] }[] };
    const gap = triads.items.find((one) => one.triad_missing.length === 1 && one.triad_missing[0]!.code === 'secretary');
    test.skip(!gap, 'no compound of this community lacks a secretary alone');
    await page.getByRole('button', { name: gap!.name, exact: true }).click();
    await page.getByLabel('名称或姓名').fill('示例新书记');
    await page.getByRole('button', { name: '登记', exact: true }).click();
    await expect.poll(async () => ((await (await page.request.get('/api/v1/organisations')).json()) as typeof triads).items.find((one) => one.compound === gap!.compound)!.triad_missing.length).toBe(0);
  });
});

test.describe('a keeper', () => {
  test.use({ storageState: sessionOf('housekeeper') });

  test('reads themselves alone, with the median beside their own assessment, and no list to compare with', async ({ page }) => {
    await page.goto('/people');
    await expect(page.getByTestId('roster').locator('tbody tr')).toHaveCount(1);
    await expect(page.getByTestId('vacancies')).toHaveCount(0);
    await page.getByRole('tab', { name: '考核' }).click();
    await expect(page.getByTestId('own-assessment')).toContainText('本社区中位数');
    await expect(page.getByTestId('assessments')).toHaveCount(0);
    const refused = await change(page, 'POST', '/api/v1/assessments', { housekeeper: '00000000-0000-7000-8000-000000000000', period: '2026Q3', judge: 'residents', score: 100 });
    expect(refused.status()).toBe(403);
  });
});
