// Visits: four counted taps on a phone, the diary from black to red, the card on paper, and the patrol page without people.
import { expect, test, type Page } from '@playwright/test';
import { change, drawn, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

const PHONE = { width: 390, height: 844 };
interface Card { name: string; households: number | null; reached: number; visits_today: number; areas: { plan: { name: string; version: number } }[]; buildings: { id: string; name: string; days?: number | null; covered: boolean; households: number }[] }

async function asked<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as T;
}
/** Counts what a finger does: every click of the page, wherever it lands. */
async function countTaps(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const taps = () => Number(sessionStorage.getItem('taps') ?? '0');
    addEventListener('click', () => sessionStorage.setItem('taps', String(taps() + 1)), true);
    addEventListener('keydown', () => sessionStorage.setItem('keys', '1'), true);
  });
  return () => page.evaluate(() => {
    if (sessionStorage.getItem('keys')) throw new Error('a keyboard was used');
    return Number(sessionStorage.getItem('taps') ?? '0');
  });
}
/** The targets of the page that are smaller than a thumb. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.field button, .field a, .field select, .field input:not(.sr)')]
    .filter((node) => node.offsetParent !== null)
    .map((node) => ({ text: node.textContent?.trim() ?? '', box: node.getBoundingClientRect() }))
    .filter(({ box }) => Math.round(box.height) < 60 || Math.round(box.width) < 60)
    .map(({ text, box }) => `${text} ${Math.round(box.width)}×${Math.round(box.height)}`));
}

test.describe('a housekeeper with a phone', () => {
  test.use({ storageState: sessionOf('housekeeper'), viewport: PHONE, hasTouch: true });

  test('begins with the buildings that nobody was at for longest', async ({ page }) => {
    const errors = watchErrors(page);
    await page.goto('/m');
    const card = await asked<Card>(page, '/visits:card');
    await expect(page.getByRole('heading', { level: 1 })).toContainText(card.name);
    await expect(page.getByTestId('three')).toContainText(String(card.households));
    const rows = page.getByTestId('cold').getByRole('listitem');
    await expect(rows).toHaveCount(card.buildings.length);
    const longest = [...card.buildings].sort((a, b) => (b.days ?? Infinity) - (a.days ?? Infinity))[0]!;
    await expect(rows.first()).toContainText(longest.days === null || longest.days === undefined ? '还没去过' : `${longest.days}天没去`);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
    await page.getByRole('button', { name: '大字' }).click();
    expect(await page.evaluate(() => getComputedStyle(document.querySelector('.field .sheet')!).fontSize)).toBe('30px');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '标准字' }).click();
    expect(errors).toEqual([]);
  });

  test('writes a visit down in four taps, without a keyboard, and can take it back', async ({ page }) => {
    const errors = watchErrors(page);
    const taps = await countTaps(page);
    await page.goto('/m/visit');
    const before = await asked<Card>(page, '/visits:card');
    const building = before.buildings.find(({ covered, households }) => !covered && households > 12)!;
    await page.getByTestId('doors').getByRole('link').nth(before.buildings.indexOf(building)).tap();
    await page.getByRole('link', { name: '走访', exact: true }).filter({ has: page.locator('svg') }).first().tap();
    await expect(page.getByTestId('send')).toHaveText('先点户数');
    await expect(page.getByTestId('send')).toBeDisabled();
    expect(await smallTargets(page)).toEqual([]);
    await page.getByRole('button', { name: '11', exact: true }).tap();
    await page.getByRole('button', { name: '完成：11 户' }).tap();
    await expect(page.getByTestId('visited')).toContainText('走到 11 户');
    expect(await taps()).toBe(4);
    expect((await asked<Card>(page, '/visits:card')).visits_today).toBe(before.visits_today + 1);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '记错了，撤回' }).tap();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('已撤回');
    expect((await asked<Card>(page, '/visits:card')).visits_today).toBe(before.visits_today);
    expect(errors).toEqual([]);
  });

  test('writes black today and red later, and sees what waits', async ({ page }) => {
    await page.goto('/m/diary');
    await page.getByRole('button', { name: '写一条' }).click();
    const save = page.getByRole('button', { name: /存好|先写问题/ });
    await expect(save).toBeDisabled();
    const words = `供水改造后高层水压跟不上 ${Date.now()}`;
    await page.getByLabel(/黑字/).fill(words);
    expect(await seriousFindings(page)).toEqual([]);
    await save.click();
    const entry = page.getByTestId('diary').getByRole('listitem').filter({ hasText: words });
    await expect(entry).toContainText('还没有结果');
    await page.getByRole('button', { name: /有黑无红/ }).click();
    await page.getByTestId('no-red').getByRole('listitem').filter({ hasText: words }).getByRole('button', { name: '补红字' }).click();
    await page.getByLabel(/红字/).fill('更换了高层原配件');
    await page.getByRole('button', { name: '存好' }).click();
    await page.getByRole('button', { name: /^全部/ }).click();
    await expect(entry).toContainText('更换了高层原配件');
    expect(await seriousFindings(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    await expect(page.locator('.tabs')).toBeHidden();
    await expect(entry).toBeVisible();
  });

  test('finds what was reported in the diary without writing it twice', async ({ page }) => {
    await page.goto('/m/diary');
    const card = await asked<Card>(page, '/visits:card');
    const words = `示例：三单元门口垃圾未清运 ${Date.now()}`;
    const answer = await change(page, 'POST', '/api/v1/issues', { category: 'environment.rubbish', place: { kind: 'building', building: card.buildings[0]!.id }, black_text: words });
    expect(answer.status(), await answer.text()).toBe(201);
    await page.reload();
    await expect(page.getByTestId('diary').getByRole('listitem').filter({ hasText: words })).toContainText('上报');
  });

  test('has a card of three numbers that prints, and sees the own area as a sketch and a list', async ({ page }) => {
    await page.goto('/m/card');
    const card = await asked<Card>(page, '/visits:card');
    await expect(page.getByTestId('households')).toHaveText(String(card.households));
    await expect(page.getByTestId('plan')).toContainText(`第 ${card.areas[0]!.plan.version} 版`);
    expect(await seriousFindings(page)).toEqual([]);
    await page.emulateMedia({ media: 'print' });
    await expect(page.getByRole('button', { name: '打印' })).toBeHidden();
    await expect(page.getByTestId('card')).toBeVisible();
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(5_000);
    await page.emulateMedia({ media: 'screen' });
    await page.goto('/m/area');
    await expect(page.getByRole('img', { name: /片区示意图/ })).toBeVisible();
    await expect(page.locator('.rows').first().getByRole('listitem')).toHaveCount(card.buildings.length);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await smallTargets(page)).toEqual([]);
  });

  test('reads what there is to fill in, and every page leads to where one can complain', async ({ page }) => {
    await page.goto('/m/burden');
    await expect(page.getByTestId('form-visit')).toContainText('最少点 4 下');
    await expect(page.getByTestId('emergency')).toContainText('现在没有例外');
    expect(await seriousFindings(page)).toEqual([]);
    for (const path of ['/m', '/m/visit', '/m/area', '/m/card', '/m/diary', '/m/burden', '/report', '/account']) {
      await page.goto(path);
      await expect(page.locator('a[href^="/feedback"]').first(), path).toBeVisible();
    }
  });
});

test.describe('anybody', () => {
  test.use({ storageState: { cookies: [], origins: [] }, viewport: PHONE });

  test('complains without signing in and follows it by a code', async ({ page }) => {
    await page.goto('/feedback?from=/m/visit');
    await page.getByRole('button', { name: '投诉' }).click();
    await page.getByLabel('想说什么').fill('示例：字太小');
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '提交' }).click();
    await expect(page.getByTestId('feedback-done')).toBeVisible();
    await page.getByRole('link', { name: '看进展' }).click();
    await expect(page.getByTestId('lookup')).toContainText('意见建议');
  });
});

test.describe('a community secretary', () => {
  test.use({ storageState: sessionOf('community-secretary'), viewport: PHONE });

  test('writes a visit down for a keeper with a notebook, and the record says so', async ({ page }) => {
    await page.goto('/m/enter');
    // Whoever was appointed a moment ago by another journey has no area yet, and no door to visit.
    const keeper = page.getByTestId('keepers').getByRole('listitem').filter({ hasText: '片区' }).first();
    const name = await keeper.locator('b').innerText();
    expect(await seriousFindings(page)).toEqual([]);
    await keeper.getByRole('link', { name: /记走访/ }).click();
    await expect(page.getByText('代录', { exact: false }).first()).toContainText(name);
    await page.getByTestId('doors').getByRole('link').first().click();
    await page.locator('.go').click();
    await page.getByRole('button', { name: '没人在家' }).click();
    await page.getByTestId('send').click();
    await expect(page.getByTestId('visited')).toContainText('代录');
  });
});

test.describe('a street leader', () => {
  test.use({ storageState: sessionOf('street-leader') });

  test('sees cold buildings on the map and the same in words, by compound and never by person', async ({ page }) => {
    const errors = watchErrors(page);
    await page.goto('/patrol');
    await drawn(page);
    const patrol = await asked<{ n: number; bands: number[]; compounds: { name: string; cold: number }[] }>(page, '/visits:figures?region=999001001000&days=14');
    await expect(page.getByTestId('answer')).toContainText(`${patrol.bands[3]! + patrol.bands[4]!} 幢超过 14 天没去`);
    const counts = (await page.getByTestId('patrol-legend').locator('em').allTextContents()).map(Number);
    expect(counts).toEqual(patrol.bands);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(patrol.n);
    await expect(page.getByRole('listbox', { name: '久未巡楼幢' }).getByRole('option').first()).toBeVisible();
    await expect.poll(() => page.evaluate(() => (window as unknown as { gkMap: { queryRenderedFeatures(o: object): unknown[]; getLayer(id: string): unknown } }).gkMap.queryRenderedFeatures({ layers: ['patrol-point', 'patrol-roof'] }).length)).toBeGreaterThan(50);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole('button', { name: '小区覆盖' }).click();
    await expect(page.getByTestId('patrol-compounds').locator('tbody tr')).toHaveCount(patrol.compounds.length);
    await expect(page.getByTestId('patrol-compounds').locator('tbody tr').first()).toContainText(patrol.compounds[0]!.name);
    await page.getByRole('button', { name: '日历矩阵' }).click();
    await expect(page.getByTestId('patrol-matrix').locator('thead th')).toHaveCount(15);
    await page.getByRole('button', { name: '按周' }).click();
    await expect(page).toHaveURL(/by=week/);
    expect(await seriousFindings(page)).toEqual([]);
    expect((await page.request.get('/api/v1/visits')).status()).toBe(403);
    expect(errors).toEqual([]);
  });
});
