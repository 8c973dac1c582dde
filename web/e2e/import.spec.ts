// A file is looked at, tried, stored, a waiting row is placed by a click, and everything is taken back.
import { expect, test } from '@playwright/test';
import { ready, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

// A new region belongs to nobody's street.
test.use({ storageState: sessionOf('city-admin') });

const CSV = '小区名称,总户数,经度,纬度\n试用苑,320户,102.30,40.20\n待定苑,200,,\n坏苑,abc,102.31,40.20\n';

test('drop, declare, dry run, store, place, undo', async ({ page }) => {
  const errors = watchErrors(page);
  await ready(page, '/data');
  await page.locator('input[type=file]').setInputFiles({ name: '小区.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) });
  await expect(page.getByRole('combobox', { name: '对应字段 总户数' })).not.toHaveValue('');

  const dry = page.getByTestId('dry-run');
  await expect(dry, 'no CRS is guessed').toBeDisabled();
  await expect(page.getByText('文件没有声明坐标系')).toBeVisible();
  await page.getByTestId('crs').selectOption('wgs84');
  await page.getByTestId('region').fill('试用区划');
  await dry.click();
  await expect(page.getByTestId('counts')).toContainText('读取3');
  await expect(page.getByTestId('counts')).toContainText('待落点1');
  await expect(page.getByRole('link', { name: /下载问题清单/ }).first()).toHaveAttribute('href', /problems\.csv/);

  await page.getByTestId('store').click();
  await expect(page.getByText('已入库').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: /待落点/ })).toBeVisible();

  await page.getByRole('button', { name: '放到地图上' }).first().click();
  await expect(page.getByText('请在地图上点出')).toBeVisible();
  const map = (await page.locator('.gl').boundingBox())!;
  await page.mouse.click(map.x + map.width / 2, map.y + map.height / 2);
  await expect(page.getByText('请在地图上点出')).toHaveCount(0);

  await page.getByTestId('undo').click();
  await expect(page.locator('.wizard')).toContainText('已撤销');
  const { total } = await (await page.request.get('/api/v1/waiting')).json();
  expect(total, 'the placed row went with its import').toBe(0);
  expect(errors).toEqual([]);
});
