// Whoever looks after the boards: sees what is missing, prints it, hangs it up and says so.
import { expect, test } from '@playwright/test';
import { change, ready, seriousFindings, watchErrors } from './helpers';

test('the gap is the same in words, table and sum; a door is printed, hung and verified', async ({ page }, info) => {
  const errors = watchErrors(page);
  await ready(page, '/notices');
  const all = (await (await page.request.get('/api/v1/notices?region=999001001000')).json()) as { coverage: { buildings: number; verified: number; coverage_bp: number }; compounds: { name: string; buildings: number; verified: number; coverage_bp: number }[] };
  await expect(page.getByTestId('coverage')).toHaveText(`${(all.coverage.coverage_bp / 100).toFixed(1)} %`);
  await expect(page.getByTestId('sum')).toContainText(`${all.coverage.verified}/${all.coverage.buildings}`);
  const golden = all.compounds.find(({ buildings }) => buildings === 18)!;
  expect([golden.verified, golden.coverage_bp]).toEqual([17, 9444]);
  await page.screenshot({ path: info.outputPath('compounds.png') });
  await page.getByLabel('小区或社区名').fill(golden.name);
  const row = page.getByRole('listbox', { name: '按小区' }).getByRole('option');
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('94.4 %');
  await row.click();
  await expect(page).toHaveURL(/compound=/);
  await page.getByRole('button', { name: /有缺口 1/ }).click();
  const door = page.getByRole('checkbox', { name: /选择 / });
  await expect(door).toHaveCount(1);
  const { items } = (await (await page.request.get(`/api/v1/notices${new URL(page.url()).search}`)).json()) as { items: { building: string }[] };
  const first = items[0]!.building;
  await door.check();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: '打印这 1 张' }).click();
  expect((await download).suggestedFilename()).toBe('notices.pdf');
  await expect(page.getByText('已生成 1 张').first()).toBeVisible();
  await page.screenshot({ path: info.outputPath('doors.png') });
  await page.getByRole('button', { name: '已核对', exact: true }).click();
  await expect(page.getByText('完成 1 幢，未成 0 幢').first()).toBeVisible();
  await expect(page.getByTestId('coverage')).toHaveText('100.0 %');
  // Hung anew, so that the next journey finds the compound as it was.
  const buildings = [first];
  for (const [path, ask] of [['mark', { buildings, to: 'to_replace' }], ['print', { buildings }], ['mark', { buildings, to: 'posted' }]] as const) expect((await change(page, 'POST', `/api/v1/notices:${path}`, ask)).status()).toBe(200);
  expect(errors).toEqual([]);
});

test('what a door may not become is refused door by door, with the reason', async ({ page }) => {
  await ready(page, '/notices?state=verified');
  const posted = ((await (await page.request.get('/api/v1/notices?region=999001001000&state=posted&limit=1')).json()) as { items: { compound: { id: string } }[] }).items[0]!;
  await page.goto(`/notices?compound=${posted.compound.id}`);
  await page.getByRole('checkbox', { name: /全选/ }).check();
  await page.getByRole('button', { name: '待更换', exact: true }).first().click();
  await expect(page.getByText(/完成 \d+ 幢，未成 \d+ 幢/)).toBeVisible();
});

test('phone, large type and keyboard: everything is there, and axe is content', async ({ page }, info) => {
  await ready(page, '/notices');
  await expect(page.getByTestId('sum')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.evaluate(() => localStorage.setItem('gk.elder', '1'));
  await page.reload();
  await expect(page.getByTestId('sum')).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.screenshot({ path: info.outputPath('elder.png') });
  await page.evaluate(() => localStorage.removeItem('gk.elder'));
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(page.getByTestId('coverage')).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.screenshot({ path: info.outputPath('phone.png') });
});
