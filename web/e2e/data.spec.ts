// Keeping the data right: what is missing opens its list, one building is corrected with a record, communities are tried before they merge.
import { expect, test, type Page } from '@playwright/test';
import { drawn, ready, seriousFindings, watchErrors } from './helpers';

interface Row { id: string; name: string; households: number | null }
async function asked<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as T;
}

test('a building is corrected by hand, and who, when and what it was stays', async ({ page }) => {
  const errors = watchErrors(page);
  const { items } = await asked<{ items: Row[] }>(page, '/regions/999001001000/quality/rows?check=count_fresh&limit=500');
  const { id } = (await Promise.all(items.slice(40, 60).map(async (row) => ({ row, ok: (await page.request.get(`/api/v1/buildings/${row.id}`)).ok() })))).find(({ ok }) => ok)!.row;
  const before = await asked<{ households: number; name: string; compound: { name: string } }>(page, `/buildings/${id}`);

  // From the card on the map, where the mistake is seen.
  await ready(page, `/areas?sel=building:${id}`);
  await page.getByRole('link', { name: '更正户数或楼号' }).click();
  const dialog = page.getByTestId('correct');
  await expect(page.getByRole('dialog', { name: `更正：${before.compound.name}${before.name}` })).toBeVisible();
  await dialog.getByLabel('户数', { exact: false }).first().fill(String(before.households + 3));
  await dialog.getByLabel('来源').fill('入户核对');
  await dialog.getByLabel('为什么改').fill('新增三户');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByRole('button', { name: '保存' }).click();
  const log = page.getByTestId('corrections').getByRole('listitem');
  await expect(log).toHaveCount(1);
  await expect(log.first()).toContainText('示例网格管理员');
  await expect(log.first()).toContainText(`户数 ${before.households} → ${before.households + 3}`);
  await expect(log.first()).toContainText('新增三户');
  expect((await asked<{ households: number }>(page, `/buildings/${id}`)).households).toBe(before.households + 3);

  // One tap says that a count still holds.
  await dialog.getByRole('button', { name: '确认无变化' }).click();
  await expect(log).toHaveCount(2);
  await expect(log.first()).toContainText('确认无变化');

  // Emptied, it is unknown and not 0, and the list of what is missing has it.
  await dialog.getByLabel('户数', { exact: false }).first().fill('');
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(log).toHaveCount(3);
  await expect(log.first()).toContainText('未知');
  await page.getByRole('button', { name: /Close|关闭/ }).first().click();
  await page.locator('[data-check="building_households"]').click();
  await expect(page).toHaveURL(/check=building_households/);
  const rows = page.getByTestId('quality-rows');
  await expect(rows).toContainText(`${before.compound.name}${before.name}`);
  await expect(rows).toContainText('户数未知');
  expect(await seriousFindings(page)).toEqual([]);

  // Put back: other journeys count these households.
  await rows.getByRole('button', { name: `更正 ${before.compound.name}${before.name}` }).click();
  await dialog.getByLabel('户数', { exact: false }).first().fill(String(before.households));
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(log).toHaveCount(4);
  expect(errors).toEqual([]);
});

test('a merge says what it would move, and a draft in the way by name', async ({ page }) => {
  await page.goto('/data?tab=regions');
  const wizard = page.getByTestId('region-wizard');
  await wizard.getByLabel('并入').selectOption({ index: 1 });
  await wizard.getByRole('button', { name: '试算' }).click();
  const answer = wizard.getByTestId('region-result').or(wizard.getByRole('alert').filter({ hasText: '未完成的方案' }).first());
  await expect(answer.first()).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  // Tried is not done: every community is as it was.
  const { items } = await asked<{ items: { successor: string | null }[] }>(page, '/regions');
  expect(items.every(({ successor }) => successor === null)).toBe(true);
});

for (const [width, height] of [[1440, 900], [390, 844]] as const) {
  test(`the three tabs of the page are in order at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    for (const tab of ['quality', 'regions']) {
      await page.goto(`/data?tab=${tab}`);
      await drawn(page);
      await expect(page.getByTestId(tab === 'quality' ? 'quality' : 'region-wizard')).toBeVisible();
      expect(await seriousFindings(page), tab).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), tab).toBeLessThanOrEqual(0);
    }
  });
}
