// A plan is made on the page, seen converging, explained, and published with a reason.
import { expect, test } from '@playwright/test';
import { change, drawn, publish, ready, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

test('run, read why, submit, be approved by another, come into force', async ({ page, browser }) => {
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

  await page.getByRole('button', { name: '送审', exact: true }).click();
  const review = page.getByRole('dialog', { name: /审核与发布/ });
  const submit = review.getByRole('button', { name: '送审', exact: true });
  await expect(submit).toBeDisabled();
  await expect(review.getByText('换管家（户）')).toBeVisible();
  await review.getByLabel(/理由/).fill('春季调整，请审核');
  await review.getByLabel('我已看过以上提醒').check();
  await submit.click();
  await expect(review.getByText('等待有批准权限的同事审核')).toBeVisible({ timeout: 15_000 });
  // Who drew has no button to approve; the leader has, in a browser of their own.
  await expect(review.getByRole('button', { name: '批准' })).toHaveCount(0);
  const context = await browser.newContext({ storageState: sessionOf('street-leader') });
  const leader = await context.newPage();
  await ready(leader, new URL(page.url()).pathname);
  await leader.getByRole('button', { name: '审核', exact: true }).click();
  const desk = leader.getByRole('dialog', { name: /审核与发布/ });
  await desk.getByLabel(/理由/).fill('同意');
  await desk.getByRole('button', { name: '批准' }).click();
  await desk.getByLabel(/理由/).fill('今天起执行');
  await desk.getByRole('button', { name: '立即生效' }).click();
  await expect(leader.getByTestId('state')).toHaveText(/生效中/, { timeout: 30_000 });
  await context.close();
  await expect(page.getByTestId('state')).toHaveText(/生效中/, { timeout: 30_000 });
  await review.getByRole('button', { name: /Close|关闭/ }).click().catch(() => undefined);
  await page.getByRole('button', { name: '审核记录' }).click();
  await review.getByText(/经过/).click();
  await expect(review.getByText('示例街道领导').first()).toBeVisible();
  expect(errors).toEqual([]);
});

test('areas by visits: chosen in the dialog, said beside every deviation, the same when redrawn and printed', async ({ page, browser }) => {
  const errors = watchErrors(page);
  await ready(page, '/areas');
  await expect(page.getByTestId('weigh-by')).toHaveText('按户数');
  await page.getByRole('button', { name: '自动划分' }).click();
  const dialog = page.getByRole('dialog', { name: '自动划分' });
  await dialog.getByLabel('按什么均衡').selectOption('visits');
  await expect(dialog).toContainText('走访量 = 日访户 × 22');
  expect(await seriousFindings(page)).toEqual([]);
  const name = `走访草案 ${Date.now() % 10_000}`;
  await dialog.getByLabel('方案名称').fill(name);
  await dialog.getByRole('button', { name: '开始划分' }).click();
  await expect(page.locator('.run')).toContainText('方案已生成', { timeout: 60_000 });
  await expect(page.getByTestId('weigh-by')).toHaveText('按走访量');
  await expect(page.locator('.plan select option:checked')).toContainText('按走访量');
  await expect(page.locator('.visits')).toContainText(/每月应走访 [\d,]+ 次/);
  const id = /\/areas\/([0-9a-f-]{36})/.exec(page.url())![1]!;
  const areas = ((await (await page.request.get(`/api/v1/plans/${id}/areas`)).json()) as { items: { visits: number; households: number; label: string; deviation_bp: number }[] }).items;
  expect(areas.every(({ visits, households }) => visits >= households)).toBe(true);
  await page.getByRole('link', { name: '重划' }).click();
  await expect(page.getByTestId('weigh-by')).toHaveText('按走访量', { timeout: 30_000 });
  const worst = [...areas].sort((a, b) => Math.abs(b.deviation_bp) - Math.abs(a.deviation_bp))[0]!;
  await expect(page.locator('.areas .area').filter({ hasText: `${worst.visits.toLocaleString('en')} 次` }).first()).toBeVisible();
  // A secretary writes down other tiers: the open page weighs them without being asked to.
  const books = await (await browser.newContext({ storageState: sessionOf('community-secretary') })).newPage();
  const { items } = (await (await books.request.get('/api/v1/visits:tiers')).json()) as { items: { building: string; daily: number; weekly: number; monthly: number; priority: number; hardship: number }[] };
  const one = items.find(({ daily, weekly }) => daily > 0 && weekly > 0)!;
  const { building, monthly, priority, hardship } = one;
  const set = async (more: number) => {
    const done = await change(books, 'PUT', `/api/v1/buildings/${building}/tiers`, { daily: one.daily + more, weekly: one.weekly - more, monthly, priority, hardship });
    expect(done.ok(), await done.text()).toBe(true);
  };
  const before = await page.locator('.areas .area').allTextContents();
  await set(1);
  await expect(async () => expect(await page.locator('.areas .area').allTextContents()).not.toEqual(before)).toPass({ timeout: 30_000 });
  await set(0);
  await books.context().close();
  await page.goto(`/print/areas/${id}`);
  await expect(page.locator('.sheet').first()).toContainText('按走访量');
  await expect(page.locator('.sheet').first()).toContainText('走访量（次/月）');
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

test('what comes into force is shown at once on every open page, and the former plan can come back', async ({ page, context, browser }) => {
  const other = await context.newPage();
  await ready(page, '/areas');
  await ready(other, '/areas');
  const name = `对照 ${Date.now()}`;
  const list = await (await page.request.get('/api/v1/plans')).json();
  const old = list.items.find((plan: { state: string }) => plan.state === 'in_force');
  const made = await (await change(page, 'POST', '/api/v1/plans', { from: old.id, name })).json();
  await publish(page, browser, made.id);
  for (const each of [page, other]) await expect(each.locator('.plan select')).toHaveValue(made.id, { timeout: 15_000 });
  const tiles = await (await page.request.get('/api/v1/meta')).json();
  // The map of the other page draws the tiles of the new version.
  await expect.poll(() => other.evaluate(() => JSON.stringify((window as unknown as { gkMap: { getStyle(): { sources: unknown } } }).gkMap.getStyle().sources))).toContain(tiles.tile_version);
  await page.locator('.plan select').selectOption(old.id);
  await page.getByRole('button', { name: '恢复', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: '恢复为新版本' }).click();
  await expect(page.getByTestId('state')).toHaveText(/草案/);
  await expect(page.locator('.plan select')).not.toHaveValue(old.id);
});
