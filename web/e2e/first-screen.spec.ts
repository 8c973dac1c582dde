// The first screen tells the real story, and map, legend and list are the same figures.
import { expect, test, type Page } from '@playwright/test';
import { drawn, drawnFeatures, ready, watchErrors } from './helpers';

const rows = (page: Page) => page.getByRole('listbox', { name: '片区' }).getByRole('option');

test('answers in words, in numbers, on the map and in a list', async ({ page }) => {
  const errors = watchErrors(page);
  await ready(page, '/');
  await expect(page.getByTestId('answer')).toContainText('31,000 户应配 124 人，在岗 56 人，覆盖率 45.2%，缺 68 人。');
  await expect(page.getByTestId('communities').locator('tfoot')).toContainText('31,000');
  await expect(page.locator('.mapfoot')).toContainText('合成数据');
  await expect(page.locator('.mapfoot')).toContainText('审图号');
  expect(await drawnFeatures(page, 'roof')).toBeGreaterThan(300);
  // Every area by its number and the sign of today's worst problem.
  expect(await drawnFeatures(page, 'worst-tag', 'text')).toBeGreaterThan(40);
  await expect(page.getByTestId('today')).toContainText('45.2');
  await expect(page.getByTestId('answer')).toContainText(/近 7 天 [\d,]+ 件/);
  expect(errors).toEqual([]);
});

test('the list of areas is worst first and equal to the map', async ({ page }) => {
  await ready(page, '/areas');
  const list = await page.evaluate(async () => {
    const plan = (await (await fetch('/api/v1/plans')).json()).items.find((each: { state: string }) => each.state === 'in_force');
    return (await (await fetch(`/api/v1/plans/${plan.id}/areas`)).json()).items as { id: string; label: string; deviation_bp: number }[];
  });
  const worst = list.map((area) => Math.abs(area.deviation_bp));
  expect([...worst].sort((a, b) => b - a)).toEqual(worst);
  await expect(rows(page).first()).toContainText(list[0]!.label);
  await expect(page.locator('.figures')).toContainText(String(list.length));
  await page.getByRole('button', { name: '全图' }).click();
  await page.waitForTimeout(1500);
  expect(await drawnFeatures(page, 'tag')).toBe(list.length);
});

test('a row selects and flies; a click on the map selects the row; Escape clears', async ({ page }) => {
  await ready(page, '/areas');
  await rows(page).nth(2).click();
  await expect(rows(page).nth(2)).toHaveAttribute('aria-selected', 'true');
  await expect(page).toHaveURL(/sel=area/);
  await expect(page.locator('.card')).toContainText('紧凑度');
  await page.keyboard.press('ArrowDown');
  await page.getByRole('listbox', { name: '片区' }).press('ArrowDown');
  await page.keyboard.press('Escape');
  await expect(page.locator('.card')).toHaveCount(0);
});

test('a building is found by its pinyin initials and names its compound, area and keepers', async ({ page }) => {
  await ready(page, '/');
  await page.keyboard.press('/');
  await page.keyboard.type('xfy7');
  await page.getByRole('option', { name: /楼栋.*幸福苑7幢/ }).first().click();
  const card = page.locator('.card');
  await expect(card).toContainText('幸福苑');
  await expect(card).toContainText('幸福社区');
  await expect(card.locator('.unit')).toContainText(/示例|空缺/);
  await expect(page).toHaveURL(/sel=building/);
  await drawn(page);
  const link = page.url();
  await page.goto(link);
  await expect(page.locator('.card')).toContainText('幸福苑');
});

test('a click on a roof answers who serves it', async ({ page }) => {
  await ready(page, '/');
  await page.evaluate(() => (window as unknown as { gkMap: { jumpTo(o: object): void } }).gkMap.jumpTo({ zoom: 17 }));
  await page.waitForTimeout(3000);
  const at = await page.evaluate(() => {
    const map = (window as unknown as { gkMap: { queryRenderedFeatures(o: object): { geometry: { coordinates: number[][][] }; properties: { u: string } }[]; project(c: number[]): { x: number; y: number }; getCanvas(): HTMLCanvasElement } }).gkMap;
    const box = map.getCanvas().getBoundingClientRect();
    for (const roof of map.queryRenderedFeatures({ layers: ['roof'] })) {
      const ring = roof.geometry.coordinates[0] ?? [];
      const middle = [0, 1].map((axis) => ring.slice(0, 4).reduce((sum, c) => sum + c[axis]!, 0) / 4);
      const { x, y } = map.project(middle);
      if (x > 300 && x < box.width - 200 && y > 150 && y < box.height - 150) return { x: box.x + x, y: box.y + y };
    }
    return null;
  });
  expect(at).not.toBeNull();
  await page.mouse.click(at!.x, at!.y);
  await expect(page.locator('.card')).toBeVisible();
  await expect(page).toHaveURL(/sel=(building|area)/);
});

test('M switches the fill, but not while somebody types', async ({ page }) => {
  await ready(page, '/areas');
  await page.keyboard.press('m');
  await expect(page.getByRole('button', { name: '偏差', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await expect(page).toHaveURL(/fill=deviation/);
  await expect(page.locator('.legend')).toContainText('±15%');
  await page.keyboard.press('/');
  await page.keyboard.type('m');
  await expect(page.getByRole('button', { name: '偏差', exact: true })).toHaveAttribute('aria-pressed', 'true');
});

test('the gaps table sums to the street, and the legend counts every compound once', async ({ page }) => {
  await ready(page, '/coverage');
  const sum = page.getByTestId('sum');
  for (const figure of ['31,000', '124', '56', '68', '45.2']) await expect(sum).toContainText(figure);
  const counts = await page.locator('.legend em').allTextContents();
  expect(counts.reduce((total, text) => total + Number(text), 0)).toBe(40);
});
