// The planner: who is not served and why, what one more keeper gains, another policy before it is saved, and the files.
import { expect, test, type Page } from '@playwright/test';
import { drawn, ready, seriousFindings, watchErrors } from './helpers';
import { sessionOf } from './sign-in';

const STREET = '999001001000';
interface Item { id: string; name: string; households: number | null; coverage_bp: number | null; gap_households: number; reason: string | null; level: number | null; sentence: { zh: string } }
interface Gaps { items: Item[]; gap_households: number; coverage: { required: number; in_post: number; short: number; households: number }; totals: Record<string, { households: number; buildings: number }> }
const ranking = (page: Page) => page.getByRole('listbox', { name: '缺口排名' }).getByRole('option');

async function asked<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(`/api/v1${path}`);
  expect(answer.status(), await answer.text()).toBe(200);
  return (await answer.json()) as T;
}
const gapsOf = (page: Page, query = '') => asked<Gaps>(page, `/regions/${STREET}/gaps${query}`);
const fmt = (n: number) => n.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ',');

test('the answer, the switches, the legend, the map and the table say the same', async ({ page }) => {
  const errors = watchErrors(page);
  await ready(page, '/coverage');
  const gaps = await gapsOf(page);
  await expect(page.getByTestId('answer')).toContainText('应配 124 人，在岗 56 人，覆盖率 45.2%，缺 68 人');
  for (const reason of ['unassigned', 'unstaffed', 'too_far']) await expect(page.locator(`[data-reason="${reason}"]`)).toContainText(`${fmt(gaps.totals[reason]!.households)} 户`);
  const sum = page.getByTestId('sum');
  for (const figure of ['31,000', '124', '56', '68', '45.2', fmt(gaps.gap_households)]) await expect(sum).toContainText(figure);
  const counts = (await page.getByTestId('gap-legend').locator('em').allTextContents()).map(Number);
  expect(counts.reduce((all, n) => all + n, 0)).toBe(gaps.items.length);
  expect(counts[4]).toBe(gaps.items.filter(({ level }) => level === 4).length);
  const first = gaps.items[0]!;
  await expect(ranking(page).first()).toContainText(first.name);
  await expect(ranking(page).first()).toContainText(first.sentence.zh.slice(0, 10));
  expect(await page.evaluate(() => (window as unknown as { gkMap: { queryRenderedFeatures(o: object): unknown[] } }).gkMap.queryRenderedFeatures({ layers: ['gap-fill'] }).length)).toBeGreaterThan(20);
  expect(await seriousFindings(page)).toEqual([]);

  // A reason that is switched off is nobody's reason any more, on the map as in the list.
  await page.locator('[data-reason="unstaffed"]').click();
  await expect(page).toHaveURL(/off=unstaffed/);
  const without = await gapsOf(page, '?reasons=unassigned,unvisited,too_far');
  await expect(sum).toContainText(`${fmt(without.gap_households)} 户有缺口`);
  expect(without.gap_households).toBeLessThan(gaps.gap_households);
  expect(errors).toEqual([]);
});

test('by keyboard alone: narrow, read the reason, and the address is the whole filter', async ({ page }) => {
  await ready(page, '/coverage');
  await page.getByText('筛选与参数').focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('覆盖率低于').selectOption('50');
  await page.getByLabel('户数多于').selectOption('300');
  await expect(page).toHaveURL(/below=50.*above=300|above=300.*below=50/);
  const narrow = await gapsOf(page, '?coverage_below_bp=5000&households_above=300');
  expect(narrow.items.every((item) => (item.coverage_bp ?? 0) < 5000 && (item.households ?? 0) > 300)).toBe(true);
  await expect(page.locator('.ranking h2')).toContainText(`${narrow.items.length} 个小区`);
  const list = page.getByRole('listbox', { name: '缺口排名' });
  await list.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const card = page.getByTestId('gap-card');
  await expect(card).toBeVisible();
  await expect(card).toContainText('可达性');
  await expect(page).toHaveURL(/place=/);
  const url = page.url();
  await page.goto('about:blank');
  await page.goto(url);
  await expect(page.getByTestId('gap-card')).toBeVisible();
  await expect(page.locator('.ranking h2')).toContainText(`${narrow.items.length} 个小区`);
});

test('the best next post, ten of them, and a pin that is dragged and moved by arrows', async ({ page }) => {
  await ready(page, '/coverage');
  const best = await asked<{ posts: { compound_name: string; gain_households: number; point: [number, number] }[]; total: number; upper_bound: number }>(page, `/regions/${STREET}/best-posts?n=1`);
  await page.getByRole('button', { name: '补 1 人' }).click();
  const card = page.getByTestId('best-posts');
  await expect(card).toContainText(best.posts[0]!.compound_name);
  await expect(card).toContainText(`+${fmt(best.posts[0]!.gain_households)} 户`);
  await expect(page.locator('.gap-post')).toHaveCount(1);
  await card.getByRole('button', { name: '补 10 人' }).click();
  await expect(page.locator('.gap-post')).toHaveCount(10);
  await expect(page.getByTestId('guarantee')).not.toBeEmpty();
  await page.getByRole('button', { name: '补 10 人' }).first().click();
  await expect(card).toHaveCount(0);

  await page.getByRole('button', { name: '加一个图钉' }).first().click();
  const pin = page.locator('.gap-pin');
  await expect(pin).toHaveCount(1);
  await expect(pin).toHaveAccessibleName(/图钉 1：(\+[\d,]+ 户|没有新增)/);
  const pins = page.getByTestId('pins');
  await expect(pins).toContainText(/缺口 [\d,]+ → [\d,]+ 户/);
  const before = new URL(page.url()).searchParams.get('pins');
  await pin.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect.poll(() => new URL(page.url()).searchParams.get('pins')).not.toBe(before);
  await expect(pin).toBeFocused();
  const moved = new URL(page.url()).searchParams.get('pins');
  const box = (await pin.locator('svg').boundingBox())!;
  const answer = page.waitForResponse(/posts:what-if/);
  await page.mouse.move(box.x + 14, box.y + 14);
  await page.mouse.down();
  await page.mouse.move(box.x - 80, box.y + 60, { steps: 5 });
  await page.mouse.up();
  expect((await answer).status()).toBe(200);
  await expect.poll(() => new URL(page.url()).searchParams.get('pins')).not.toBe(moved);
  expect(await seriousFindings(page)).toEqual([]);
  await pin.focus();
  await page.keyboard.press('Delete');
  await expect(pin).toHaveCount(0);
  await expect(page).not.toHaveURL(/pins=/);
});

test.describe('a planner', () => {
  test.use({ storageState: sessionOf('planner') });

  test('tries 2 for every 400 from next year before saving: 124 become 155', async ({ page }, info) => {
    await ready(page, `/coverage?scope=${STREET}`);
    await page.getByTestId('policy-trial').getByRole('button', { name: '2/400' }).click();
    await expect(page.getByTestId('policy-trial')).toContainText(/124 →\s*155/);
    await page.getByRole('button', { name: '细调与保存…' }).click();
    const dialog = page.getByTestId('policy-dialog');
    await expect(dialog.getByTestId('policy-levels')).toContainText(/124 → 155/);
    await expect(dialog.getByLabel('从哪天起')).toHaveValue(/-01-01$/);
    expect(await seriousFindings(page)).toEqual([]);
    // Nothing is counted as registered households here: unknown, not 0 %.
    await dialog.getByLabel('按哪种户数').selectOption('户籍户');
    await dialog.getByRole('button', { name: '试算', exact: true }).click();
    await expect(dialog.getByTestId('policy-outside')).toContainText('40 个小区中 40 个不计入比率：户数未知，其中 40 个只有别的口径');
    await expect(dialog.getByTestId('policy-levels').getByRole('row').nth(1)).toContainText(/124 → —68 → —45.2 → —$/);
    await page.screenshot({ path: info.outputPath('basis.png') });
    await dialog.getByLabel('按哪种户数').selectOption('常住户');
    await dialog.getByRole('button', { name: '试算', exact: true }).click();
    await expect(dialog.getByTestId('policy-levels')).toContainText(/124 → 155/);
    await expect(dialog.getByTestId('policy-outside')).toHaveCount(0);
    const withdrawn = dialog.getByTestId('policies').getByRole('listitem').filter({ hasText: '已撤回' });
    const before = await withdrawn.count();
    await dialog.getByRole('button', { name: /保存为/ }).click();
    const saved = dialog.getByTestId('policies').getByRole('listitem').filter({ hasText: '未来' });
    await expect(saved).toHaveCount(1);
    await expect(saved).toContainText('每 400 常住户 2 名');
    // Today is as it was; and what never held is taken back, which the history keeps.
    expect((await gapsOf(page)).coverage.required).toBe(124);
    await saved.getByRole('button', { name: '结束或撤回' }).click();
    await expect(withdrawn).toHaveCount(before + 1);
  });

  test('takes the gaps out as GeoJSON, GeoPackage and Excel, and onto paper', async ({ page }) => {
    await ready(page, `/coverage?scope=${STREET}&below=50`);
    for (const [name, file] of [['GeoJSON', 'geojson'], ['GeoPackage', 'gpkg'], ['Excel', 'xlsx']] as const) {
      await page.getByRole('button', { name: '导出' }).click();
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: new RegExp(name) }).click()]);
      expect(download.suggestedFilename()).toBe(`gaps-${STREET}.${file}`);
    }
    await page.goto(`/print/coverage/${STREET}?below=50`);
    const sheet = page.getByTestId('gap-sheet');
    await expect(sheet).toContainText('124');
    await expect(sheet).toContainText('合成数据');
    await expect(sheet).toContainText('覆盖率低于 50%');
    await expect(page.getByTestId('gap-picture')).toBeVisible({ timeout: 60_000 });
    await page.getByLabel('黑白预览').check();
    expect(await seriousFindings(page)).toEqual([]);
  });
});

test('on a phone the list is a sheet over the map, and nothing scrolls sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/coverage');
  await drawn(page);
  await expect(ranking(page).first()).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
