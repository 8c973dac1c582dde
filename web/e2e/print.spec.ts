// Paper: sheets of areas and the sheet for the meeting, as Chromium prints them.
import { expect, test } from '@playwright/test';
import { change, seriousFindings, watchErrors } from './helpers';

const plans = async (request: import('@playwright/test').APIRequestContext) => (await (await request.get('/api/v1/plans')).json()).items as { id: string; state: string }[];

test('every area has a sheet with its buildings in walking order', async ({ page }) => {
  const errors = watchErrors(page);
  const plan = (await plans(page.request)).find(({ state }) => state === 'in_force')!;
  await page.goto(`/print/areas/${plan.id}`);
  await expect(page.locator('.sheet').first()).toBeVisible({ timeout: 30_000 });
  const { areas } = await (await page.request.get(`/api/v1/plans/${plan.id}/paper/areas`)).json();
  await expect(page.locator('.sheet')).toHaveCount(areas.length);
  const first = page.locator('.sheet').first();
  await expect(first.locator('tbody tr')).toHaveCount(areas[0].buildings.length);
  await expect(first.locator('tbody tr').first()).toContainText(areas[0].buildings[0].name);
  await expect(first).toContainText('合成数据');
  // One area per page at A4: a longer list goes on to the next page.
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  const sheets = pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
  expect(sheets).toBeGreaterThanOrEqual(areas.length);
  expect(pdf, 'fonts travel with the file').toMatch(/\/FontFile[23]?|\/Type3/);
  expect(await seriousFindings(page)).toEqual([]);
  expect(errors).toEqual([]);
});

test('the meeting sees both sides, and only changed areas are printed anew', async ({ page }) => {
  const before = (await plans(page.request)).find(({ state }) => state === 'in_force')!;
  const made = await (await change(page, 'POST', '/api/v1/plans', { from: before.id, name: '会议稿' })).json();
  await page.goto(`/print/areas/${made.id}?changed=${before.id}`);
  await expect(page.getByText('没有要打印的片区')).toBeVisible({ timeout: 30_000 });
  await page.goto(`/print/meeting/${before.id}/${made.id}`);
  await expect(page.getByRole('heading', { name: '片区怎么调，谁会换人' })).toBeVisible({ timeout: 30_000 });
  await expect(page.getByRole('img', { name: '现行' })).toBeVisible();
  await expect(page.getByRole('img', { name: '拟调' })).toBeVisible();
  await expect(page.getByText('没有楼栋换片区。')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await change(page, 'DELETE', `/api/v1/plans/${made.id}`);
});
