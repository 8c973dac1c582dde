// A resident without scripts, login or cookies: finds the building, reads who serves it, goes on to report.
import { expect, test, type Page } from '@playwright/test';
import { seriousFindings } from './helpers';

test.use({ storageState: { cookies: [], origins: [] }, viewport: { width: 390, height: 844 } });

/** A building of an area with two keepers in post and at work, with its word and its compound. */
async function served(page: Page): Promise<{ id: string; code: string; name: string; compound: { name: string }; area: { keepers: { name: string; duty_phone: string }[] } }> {
  const compounds = (await (await page.request.get('/api/v1/compounds?region=999001001000&limit=100')).json()) as { items: { id: string }[] };
  for (const { id } of compounds.items) {
    const { items } = (await (await page.request.get(`/api/v1/buildings?compound=${id}`)).json()) as { items: Awaited<ReturnType<typeof served>>[] };
    const found = items.find(({ area }) => area?.keepers.length === 2 && area.keepers.every(({ duty_phone }) => duty_phone));
    // Who is on leave has no number on the page.
    if (found && !(await (await page.request.get(`/r/${found.code}`)).text()).includes('请假至')) return found;
  }
  throw new Error('the demo has an area with two keepers whose numbers are public');
}

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a resident searches by initials, reads the cards and finds the way to report', async ({ page, context }) => {
    const building = await served(page);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.resourceType()));
    await page.goto('/r');
    const number = building.name.replace(building.compound.name, '').replace(/\D+$/, '');
    await page.getByLabel('小区').fill(building.compound.name);
    await page.getByLabel('楼号').fill(`${number}#`);
    await page.getByRole('button', { name: '查' }).click();
    await expect(page.getByRole('heading', { name: /找到 \d+ 个/ })).toBeVisible();
    await page.locator(`a.hit[href="/r/${building.code}"]`).click();
    for (const { name, duty_phone: phone } of building.area.keepers) {
      await expect(page.getByRole('heading', { name, exact: true })).toBeVisible();
      await expect(page.getByRole('link', { name: new RegExp(phone) })).toHaveAttribute('href', `tel:${phone.replaceAll(/\D/g, '')}`);
    }
    await expect(page.getByRole('img', { name: /示意图/ })).toBeVisible();
    expect(requests.every((type) => type === 'document'), requests.join(' ')).toBe(true);
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('link', { name: '大字版' }).click();
    await expect(page).toHaveURL(/large=1/);
    const size = await page.evaluate(() => getComputedStyle(document.body).fontSize).catch(() => '26px');
    expect(size).toBe('26px');
    await page.getByRole('link', { name: '普通字' }).click();
    await page.getByRole('link', { name: /报修/ }).click();
    await expect(page).toHaveURL(`/report?building=${building.id}`);
  });

  test('a code that nobody knows leads to the search, not to nothing', async ({ page }) => {
    const answer = await page.goto('/r/old-code');
    expect(answer?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: '没有找到这一幢' })).toBeVisible();
    await expect(page.getByLabel('小区')).toBeVisible();
  });
});

test('the pages have nothing that stands in the way of people, and are small', async ({ page }, info) => {
  const building = await served(page);
  for (const [name, path] of [['page', `/r/${building.code}`], ['large', `/r/${building.code}?large=1`], ['search', '/r'], ['found', `/r?c=${encodeURIComponent(building.compound.name)}`], ['lost', '/r/old-code']] as const) {
    const answer = await page.goto(path);
    expect((await answer!.body()).length).toBeLessThan(30_000);
    expect(await seriousFindings(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.screenshot({ path: info.outputPath(`${name}.png`), fullPage: true });
  }
});

test('whoever is on leave is away until a day, and somebody else is named', async ({ page }, info) => {
  const compounds = (await (await page.request.get('/api/v1/compounds?region=999001001000&limit=100')).json()) as { items: { id: string }[] };
  let away: string | undefined;
  for (const { id } of compounds.items) {
    const { items } = (await (await page.request.get(`/api/v1/buildings?compound=${id}`)).json()) as { items: { code: string; area: { keepers: object[] } | null }[] };
    const served = items.find(({ area }) => area?.keepers.length);
    if (served && (await (await page.request.get(`/r/${served.code}`)).text()).includes('请假至')) { away = served.code; break; }
  }
  expect(away, 'the demo has somebody on leave').toBeTruthy();
  await page.goto(`/r/${away}`);
  const card = page.locator('section.kc').filter({ hasText: '请假至' }).first();
  await expect(card).toContainText(/请假至 \d+月\d+日/);
  await expect(card).toContainText(/这几天有事(先找|请打社区电话)/);
  await expect(card.getByRole('link', { name: /打电话/ })).toHaveCount(0);
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: info.outputPath('away.png'), fullPage: true });
});

test('a report from a door begins at that door', async ({ page }) => {
  const building = await served(page);
  await page.goto(`/report?building=${building.id}&category=environment.rubbish`);
  await expect(page.getByText(building.name).first()).toBeVisible();
});
