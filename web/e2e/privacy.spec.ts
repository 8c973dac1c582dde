// What is sensitive is masked until somebody says why; what people type is shown as text and runs nowhere.
import { expect, test, type Page } from '@playwright/test';
import { change, drawn, ready, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

test('a keeper’s number is masked, shown whole with a reason, and gone when the dialog closes', async ({ page }) => {
  const errors = watchErrors(page);
  await ready(page, '/areas');
  const plans = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const plan = plans.items.find(({ state }) => state === 'in_force')!;
  const areas = (await (await page.request.get(`/api/v1/plans/${plan.id}/areas`)).json()) as { items: { compounds: string[]; keepers: unknown[] }[] };
  const compound = areas.items.find(({ keepers }) => keepers.length > 0)!.compounds[0]!;
  await page.getByRole('combobox', { name: /小区、楼栋/ }).fill(compound);
  await page.locator('#hits [role="option"]').first().click();
  const card = page.getByRole('button', { name: '联系方式' }).first();
  await card.click();
  const dialog = page.getByRole('dialog', { name: /联系方式/ });
  await expect(dialog.getByTestId('private-phone')).toContainText('****');
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.getByLabel(/查看理由/).fill('核对聘任材料');
  await dialog.getByRole('button', { name: '查看完整信息' }).click();
  await expect(dialog.getByTestId('private-phone')).toHaveText(/^[\d ]{11,}$/);
  await expect(dialog.getByText('已记入审计日志')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByTestId('private-phone')).toHaveCount(0);
  expect(errors).toEqual([]);
});

const TRAPS = ['<img src=x onerror="window.__hit=1">', '"><svg onload="window.__hit=1">', '{{constructor.constructor("window.__hit=1")()}}', '<script>window.__hit=1</script>', 'javascript:window.__hit=1'];

async function harmless(page: Page, path: string, shown: string | null): Promise<void> {
  await page.goto(path);
  if (shown !== null) await expect(page.getByText(shown, { exact: false }).first()).toBeAttached();
  await page.waitForTimeout(300);
  expect(await page.evaluate(() => (window as unknown as { __hit?: number }).__hit), path).toBeUndefined();
}

test('names that are markup are shown as text on every page that shows them', async ({ page, browser }) => {
  test.slow();
  const plans = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const from = plans.items.find(({ state }) => state === 'in_force')!.id;
  const system = await (await browser.newContext({ storageState: sessionOf('system-admin') })).newPage();
  for (const [n, trap] of TRAPS.entries()) {
    const made = (await (await change(page, 'POST', '/api/v1/plans', { from, name: trap })).json()) as { id: string };
    await harmless(page, `/areas/${made.id}`, trap);
    await drawn(page);
    await harmless(page, `/areas/${made.id}/redraw`, null);
    await harmless(page, `/areas/${from}/vs/${made.id}`, trap);
    await harmless(page, `/print/meeting/${from}/${made.id}`, trap);
    await harmless(page, `/?scope=${encodeURIComponent(trap)}&fill=${encodeURIComponent(trap)}`, null);
    const account = await change(system, 'POST', '/api/v1/accounts', { login: `trap${n}-${Date.now()}`, name: trap.slice(0, 40) });
    expect(account.status()).toBe(201);
    await change(page, 'DELETE', `/api/v1/plans/${made.id}`);
  }
  await harmless(system, '/accounts', TRAPS[0]!);
  const auditor = await (await browser.newContext({ storageState: sessionOf('auditor') })).newPage();
  await harmless(auditor, '/audit', null);
});

for (const path of ['/account', '/sign-in']) {
  test(`${path} has no serious accessibility finding and no sideways scrolling`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    for (const [width, height] of [[1440, 900], [390, 844]] as const) {
      await page.setViewportSize({ width, height });
      expect(await seriousFindings(page), `${width} px`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${width} px`).toBeLessThanOrEqual(0);
    }
  });
}
