// What people do, in a real browser, against the demo city.
import { expect, test, type Page } from '@playwright/test';

async function ready(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('#map[data-idle]')).toBeVisible({ timeout: 40_000 });
}

test('the first screen tells the real story, and the map draws it', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await ready(page, '/');
  await expect(page.getByText('应配 124 人，在岗 56 人，覆盖率 45.2%，缺 68 人')).toBeVisible();
  await expect(page.getByText('合成数据', { exact: true })).toBeVisible();
  const areas = await page.locator('#list [role=option]').count();
  expect(areas).toBeGreaterThan(8);
  expect(errors).toEqual([]);
});

test('a click in the list selects the area, and the panel names its keepers', async ({ page }) => {
  await ready(page, '/');
  await page.locator('#list [role=option]').first().click();
  await expect(page.getByRole('region', { name: '详情' })).toContainText('席位');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('region', { name: '详情' })).toHaveCount(0);
});

test('a click on a building answers with its compound, area and keepers', async ({ page }) => {
  await ready(page, '/');
  const building = await page.evaluate(async () => {
    const compounds = await (await fetch('/api/v1/compounds?limit=1')).json();
    const id = compounds.items[0].id;
    return (await (await fetch(`/api/v1/buildings?compound=${id}&limit=1`)).json()).items[0];
  });
  await page.keyboard.press('/');
  await page.getByRole('combobox', { name: /xfy/ }).fill(`${building.compound.name}${building.name.replace('幢', '号楼')}`);
  await page.getByRole('option', { name: `${building.compound.name}${building.name}` }).first().click();
  const detail = page.getByRole('region', { name: '详情' });
  await expect(detail).toContainText(building.compound.name);
  await expect(detail).toContainText(building.area.name);
});

test('the gaps table sums to the street', async ({ page }) => {
  await ready(page, '/coverage');
  await expect(page.getByRole('row', { name: /合计 31,000 124 56 68 45.2%/ })).toBeVisible();
});
