// What people do, in a real browser, against the demo city.
import { expect, test, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

async function ready(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.locator('#map[data-idle]')).toBeVisible({ timeout: 40_000 });
}

test('the first screen tells the real story, and the map draws it', async ({ page }) => {
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await ready(page, '/');
  await expect(page.getByText('应配 124 人，在岗 56 人，覆盖率 45.2%，缺 68 人')).toBeVisible();
  await expect(page.getByText('合成数据')).toBeVisible();
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

test('a plan is made on the page, and published with a reason', async ({ page }) => {
  await ready(page, '/areas');
  await page.getByRole('button', { name: '划分', exact: true }).click();
  await page.getByRole('dialog').getByRole('spinbutton').last().fill('7');
  await page.getByRole('dialog').getByRole('button', { name: '划分' }).click();
  await expect(page.getByText('草案').first()).toBeVisible({ timeout: 40_000 });
  await page.getByRole('button', { name: '发布' }).click();
  await page.getByLabel(/理由/).fill('春季调整');
  await page.getByRole('checkbox').check();
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click();
  await expect(page.locator('.chip.primary', { hasText: '生效中' })).toBeVisible({ timeout: 20_000 });
});

test('a file is looked at, tried, stored and taken back', async ({ page }) => {
  await ready(page, '/data');
  const csv = '小区名称,总户数,经度,纬度\n试用苑,320,102.30,40.20\n待定苑,200,,\n';
  await page.locator('input[type=file]').setInputFiles({ name: '小区.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(page.getByText('总户数').first()).toBeVisible();
  await page.getByRole('button', { name: '试运行' }).click();
  await expect(page.getByRole('alert')).toContainText('坐标系');
  await page.getByLabel('坐标系').selectOption('wgs84');
  await page.getByLabel(/社区代码/).fill('试用区划');
  await page.getByRole('button', { name: '试运行' }).click();
  await expect(page.getByText('没有写入任何数据')).toBeVisible();
  await page.getByRole('button', { name: '入库' }).click();
  await expect(page.getByRole('heading', { name: /待落点 1/ })).toBeVisible();
  await page.getByRole('button', { name: '撤销' }).first().click();
  await expect(page.getByText('已撤销').first()).toBeVisible();
});

for (const path of ['/', '/areas', '/coverage', '/data']) {
  for (const width of [1440, 390]) {
    test(`${path} at ${width} px has no serious accessibility finding and no sideways scrolling`, async ({ page }) => {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
      await ready(page, path);
      await page.addScriptTag({ content: axeSource }).catch(async () => page.evaluate(axeSource));
      const findings = await page.evaluate(async () => {
        const result = await (window as any).axe.run(document, { exclude: [['.maplibregl-canvas-container']] } as any);
        return result.violations.filter((v: any) => ['serious', 'critical'].includes(v.impact)).map((v: any) => `${v.id}: ${v.nodes.map((n: any) => n.target).join(' ')}`);
      });
      expect(findings).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    });
  }
}

test('in English every word changes', async ({ page }) => {
  await ready(page, '/');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByText('124 required, 56 in post, coverage 45.2%, 68 short')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});
