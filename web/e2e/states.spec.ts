// Empty, broken, without a map, in English, in large text, on a phone; and the accessibility of every route.
import { expect, test } from '@playwright/test';
import { change, ready, seriousFindings } from './helpers';

for (const path of ['/', '/areas', '/areas?fill=deviation', '/coverage', '/data']) {
  test(`${path} has no serious accessibility finding and no sideways scrolling, wide, narrow and on a phone`, async ({ page }) => {
    await ready(page, path);
    for (const [width, height] of [[1440, 900], [1280, 800], [390, 844]] as const) {
      await page.setViewportSize({ width, height });
      expect(await seriousFindings(page), `${width} px`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${width} px`).toBeLessThanOrEqual(0);
    }
  });
}

test('without data there are three ways to begin', async ({ page }) => {
  await page.route('**/api/v1/meta', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), bounds: null, streets: [], synthetic: false } });
  });
  await page.route('**/api/v1/regions', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), items: [], total: 0 } });
  });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: '这里还没有数据' })).toBeVisible();
  await expect(page.getByText('gridkeeper demo')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('link', { name: /导入自己的表格/ }).click();
  await expect(page.getByText('把文件拖到这里')).toBeVisible();
});

test('a failure says what happened, and retry mends it', async ({ page }) => {
  let broken = true;
  await page.route('**/api/v1/meta', (route) => (broken ? route.abort() : route.continue()));
  await page.goto('/');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('连不上本机服务');
  expect(await seriousFindings(page)).toEqual([]);
  broken = false;
  await alert.getByRole('button', { name: '重试' }).click();
  await expect(page.getByTestId('answer')).toContainText('覆盖率');
});

test('without WebGL the page is a table that says the same', async ({ page }) => {
  await page.addInitScript(() => {
    const real = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string, ...rest: unknown[]) {
      return kind.startsWith('webgl') ? null : (real as (...a: unknown[]) => unknown).call(this, kind, ...rest);
    } as typeof real;
  });
  await page.goto('/areas');
  await expect(page.getByText('表格模式')).toBeVisible();
  const rows = page.getByRole('listbox', { name: '片区' }).getByRole('option');
  await expect(rows.first()).toContainText('%');
  await rows.first().click();
  await expect(page.locator('.card')).toContainText('紧凑度');
});

test('in English every word of the frame changes', async ({ page }) => {
  await ready(page, '/');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(page.getByTestId('answer')).toContainText(/31,000 households require 124 keepers; \d+ are in post, coverage [\d.]+%, \d+ short\./);
  expect(await seriousFindings(page)).toEqual([]);
});

test('large text raises the words to 18 px and keeps the figures', async ({ page }) => {
  await ready(page, '/coverage');
  await page.getByRole('button', { name: '大字' }).click();
  expect(await page.evaluate(() => getComputedStyle(document.body).fontSize)).toBe('18px');
  await expect(page.getByTestId('sum')).toContainText('124');
  expect(await seriousFindings(page)).toEqual([]);
});

test('the data of another hand arrive without a reload', async ({ page }) => {
  await ready(page, '/areas');
  const before = await page.locator('.plan option').count();
  const meta = (await (await page.request.get('/api/v1/meta')).json()) as { streets: { code: string }[] };
  const made = await change(page, 'POST', `/api/v1/regions/${meta.streets[0]!.code}/plans:balance`, { seed: 99, name: '另一位' });
  expect(made.ok(), await made.text()).toBe(true);
  await expect(page.locator('.plan option')).toHaveCount(before + 1, { timeout: 60_000 });
});
