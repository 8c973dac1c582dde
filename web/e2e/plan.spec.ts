// A plan is made on the page, seen converging, explained, and published with a reason.
import { expect, test } from '@playwright/test';
import { drawn, ready, watchErrors } from './helpers';

test('run, read why, publish', async ({ page }) => {
  const errors = watchErrors(page);
  await ready(page, '/areas');
  await page.getByRole('button', { name: '自动划分' }).click();
  const dialog = page.getByRole('dialog', { name: '自动划分' });
  await dialog.getByLabel('随机种子').fill('7');
  await dialog.getByLabel('方案名称').fill('春季草案');
  await dialog.getByRole('button', { name: '开始划分' }).click();
  await expect(page.getByTestId('state')).toHaveText(/草案/, { timeout: 60_000 });
  await expect(page.locator('.run')).toContainText('方案已生成');
  await expect(page).toHaveURL(/\/areas\/[0-9a-f-]{36}/);
  await drawn(page);

  await page.getByRole('tab', { name: /说明/ }).click();
  await expect(page.getByRole('tabpanel')).toContainText('理论下限');

  await page.getByRole('button', { name: '发布' }).click();
  const publish = page.getByRole('dialog', { name: '发布方案' });
  const go = publish.getByRole('button', { name: '发布' });
  await expect(go).toBeDisabled();
  await publish.getByLabel(/理由/).fill('春季调整，测试发布');
  const acknowledge = publish.getByLabel('我已看过以上提示，仍要发布');
  if (await acknowledge.count()) await acknowledge.check();
  await go.click();
  await expect(page.getByTestId('state')).toHaveText(/生效中/, { timeout: 30_000 });
  expect(errors).toEqual([]);
});

test('a running plan can be cancelled or ends by itself, and says which', async ({ page }) => {
  await ready(page, '/areas');
  await page.getByRole('button', { name: '自动划分' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '开始划分' }).click();
  await page.getByRole('button', { name: '取消', exact: true }).click({ timeout: 5000 }).catch(() => undefined);
  await expect(page.locator('.run')).toContainText(/已取消|方案已生成/, { timeout: 60_000 });
});

test('a plan leaves as CSV, XLSX, PDF and GeoJSON, marked synthetic', async ({ page }) => {
  await ready(page, '/areas');
  await page.getByText('导出', { exact: true }).click();
  for (const format of ['CSV', 'XLSX', 'PDF', 'GEOJSON']) {
    const href = await page.getByRole('link', { name: format, exact: true }).getAttribute('href');
    const answer = await page.request.get(href!);
    expect(answer.status(), format).toBe(200);
    if (format === 'CSV' || format === 'GEOJSON') expect(await answer.text()).toContain('合成');
  }
});
