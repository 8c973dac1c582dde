// Redrawing: the whole job by mouse and by keyboard, saved by itself, undone to the start, offline, in conflict.
import { expect, type Page, test } from '@playwright/test';
import { type Seen, border, fingerprint, lookAt, openDraft, saved, sixtyStrokes, spot } from './draft';
import { change, drawn, seriousFindings, watchErrors } from './helpers';

test('by mouse: paint, see, undo, redo, and find it again after a reload', async ({ page }) => {
  const errors = watchErrors(page);
  const plan = await openDraft(page, '鼠标重划');
  const start = await fingerprint(page);
  const [unit, other] = await border(page);
  await lookAt(page, unit);
  // Alt takes the neighbour's area up, the brush gives the unit to it.
  const there = await spot(page, other);
  await page.keyboard.down('Alt');
  await page.mouse.click(there.x, there.y);
  await page.keyboard.up('Alt');
  const area = await page.evaluate((one) => { const { draft } = (window as unknown as Seen).gkDraft.bench; return draft.label(draft.redraw.areaOf[one] as number); }, other);
  await expect(page.getByTestId('target')).toHaveText(area);
  await page.keyboard.press('BracketLeft');
  const here = await spot(page, unit);
  await page.mouse.move(here.x, here.y);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByTestId('status')).toContainText(`→ ${area}`);
  await expect(page.getByTestId('changed')).not.toHaveText(/^0 /);
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${plan}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(1);
  const painted = await fingerprint(page);
  expect(painted).not.toBe(start);
  await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await page.keyboard.press('Control+Shift+z');
  expect(await fingerprint(page)).toBe(painted);
  await saved(page);
  // Steps survive a reload, and can still be taken back.
  await page.reload();
  await drawn(page);
  await expect(page.getByTestId('status')).toBeVisible();
  expect(await fingerprint(page)).toBe(painted);
  await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(start);
  await saved(page);
  expect(errors).toEqual([]);
});

test('by keyboard alone: cursor, selection, target, assign, lock, problems; an input method is left alone', async ({ page }) => {
  await openDraft(page, '键盘重划');
  const spoken = page.locator('[aria-live="polite"].sr');
  await page.keyboard.press('KeyV');
  await page.keyboard.press('Digit2');
  await page.waitForTimeout(800);
  await page.keyboard.press('ArrowRight');
  await expect(spoken).toContainText('户');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByTestId('selection')).toBeVisible();
  await page.waitForTimeout(800);
  await page.keyboard.press('Digit0');
  await page.keyboard.press('Digit9');
  await expect(page.getByTestId('target')).toHaveText('09');
  const before = await fingerprint(page);
  await page.keyboard.press('Enter');
  expect(await fingerprint(page)).not.toBe(before);
  await expect(spoken).toContainText('归入 09');
  await page.keyboard.press('KeyQ');
  await expect(page.getByTestId('status')).toContainText('锁定 09');
  await page.keyboard.press('KeyN');
  await expect(page.getByText(/检查 2\//)).toBeVisible();
  // Keys that belong to a composition change nothing and are not eaten.
  const now = await fingerprint(page);
  const eaten = await page.evaluate(() => {
    const event = new KeyboardEvent('keydown', { code: 'KeyE', key: 'Process', keyCode: 229, isComposing: true, bubbles: true, cancelable: true } as KeyboardEventInit);
    document.body.dispatchEvent(event);
    return event.defaultPrevented;
  });
  expect(eaten).toBe(false);
  expect(await fingerprint(page)).toBe(now);
  await expect(page.getByRole('button', { name: /^擦/ })).toHaveAttribute('aria-pressed', 'false');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible();
  await page.keyboard.press('Escape');
  await saved(page);
});

test('sixty random strokes: assignment, map, totals, CSV and the stored plan agree; undoing all restores the start', async ({ page }) => {
  test.slow();
  const plan = await openDraft(page, '随机六十笔');
  await sixtyStrokes(page, plan);
});

test('without a line editing goes on; the steps are sent when it is back', async ({ page, context }) => {
  const plan = await openDraft(page, '断网重划');
  await saved(page);
  await context.setOffline(true);
  const [unit] = await border(page, 5);
  await lookAt(page, unit);
  const here = await spot(page, unit);
  await page.mouse.move(here.x, here.y);
  await page.mouse.down();
  await page.mouse.move(here.x + 120, here.y + 60, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('save')).toHaveAttribute('data-state', 'offline', { timeout: 15_000 });
  await expect(page.getByTestId('save')).toContainText('1 步待传');
  const painted = await fingerprint(page);
  await context.setOffline(false);
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${plan}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(1);
  expect(await fingerprint(page)).toBe(painted);
});

test('two people on one building: both sides are shown, and the choice holds on both pages', async ({ browser }) => {
  const [one, two] = [await browser.newPage(), await browser.newPage()];
  const plan = await openDraft(one, '两人重划');
  await two.goto(`/areas/${plan}/redraw`);
  await drawn(two);
  await expect(two.getByTestId('status')).toBeVisible();
  const give = (page: Page, unit: number, area: number) => page.evaluate(([u, a]) => (window as unknown as { gkGive(unit: number, area: number): void }).gkGive(u!, a!), [unit, area] as const);
  // What does not overlap merges, and appears on the other page by itself.
  await give(one, 10, 20);
  await saved(one);
  await expect.poll(() => two.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.redraw.areaOf[10])).toBe(20);
  // The same building: the second one to save decides.
  await two.context().setOffline(true);
  await give(two, 11, 30);
  await give(one, 11, 31);
  await saved(one);
  await two.context().setOffline(false);
  const dialog = two.getByRole('dialog', { name: '有人改了同样的地方' });
  await expect(dialog).toBeVisible({ timeout: 20_000 });
  await dialog.getByRole('button', { name: '保留我的' }).click();
  await saved(two);
  await expect.poll(() => one.evaluate(() => (window as unknown as Seen).gkDraft.bench.draft.redraw.areaOf[11])).toBe(30);
  expect(await fingerprint(two)).toBe(await fingerprint(one));
});

test('without WebGL the table does the whole job', async ({ page }) => {
  await page.addInitScript(() => { delete (window as { WebGL2RenderingContext?: unknown }).WebGL2RenderingContext; });
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  const from = items.find((plan) => plan.state === 'in_force')!.id;
  const made = (await (await change(page, 'POST', '/api/v1/plans', { from, name: '表格重划' })).json()) as { id: string };
  await page.goto(`/areas/${made.id}/redraw`);
  const table = page.getByTestId('table-mode');
  await expect(table).toBeVisible();
  await table.getByPlaceholder('筛选楼栋').fill('和平里3幢');
  await table.getByRole('combobox').first().selectOption({ label: '09' });
  await saved(page);
  await page.getByRole('button', { name: '撤销' }).click();
  await saved(page);
  const log = (await (await page.request.get(`/api/v1/plans/${made.id}/edits`)).json()) as { seq: number };
  expect(log.seq).toBe(2);
});

test('on a phone one finger paints and nothing serious is wrong for assistive technology', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'zh-CN' });
  const page = await context.newPage();
  await openDraft(page, '手机重划');
  const before = await fingerprint(page);
  const [unit] = await border(page, 3);
  await lookAt(page, unit);
  const { x, y } = await spot(page, unit);
  await page.touchscreen.tap(x, y);
  await expect.poll(() => fingerprint(page)).not.toBe(before);
  await saved(page);
  expect(await seriousFindings(page)).toEqual([]);
});

test('data that change while the map still loads leave no tile behind', async ({ page }) => {
  for (const delay of [100, 350, 600]) {
    await page.goto('/areas');
    await page.waitForTimeout(delay);
    await change(page, 'POST', '/api/v1/plans', { street: '999001001000', name: `空白 ${delay}` });
    await expect.poll(() => page.evaluate(() => (window as unknown as { gkMap?: { loaded(): boolean } }).gkMap?.loaded() ?? false), { timeout: 30_000 }).toBe(true);
  }
});

test('a plan in force is read-only until it is copied; areas are edited from the list; axe is content', async ({ page }) => {
  const { items } = (await (await page.request.get('/api/v1/plans')).json()) as { items: { id: string; state: string }[] };
  await page.goto(`/areas/${items.find((plan) => plan.state === 'in_force')!.id}/redraw`);
  await drawn(page);
  await expect(page.getByRole('toolbar', { name: '工具' })).toHaveCount(0);
  await page.getByRole('button', { name: '复制为草案' }).click();
  await expect(page.getByTestId('state')).toHaveText('草案');
  await expect(page.getByRole('toolbar', { name: '工具' })).toBeVisible();
  await page.getByRole('listbox', { name: '片区列表' }).getByRole('option').first().click();
  const editor = page.getByTestId('area-editor');
  await editor.getByLabel('名称').fill('北门片区');
  await editor.getByRole('button', { name: '保存' }).click();
  await expect(editor.getByRole('heading').first()).toContainText('北门片区');
  // The address names what is being edited: whoever opens it sees the same.
  await expect(page).toHaveURL(/sel=area:/);
  await editor.getByRole('button', { name: '锁定', exact: true }).click();
  await expect(editor.getByRole('button', { name: '解锁', exact: true })).toBeVisible();
  await editor.getByRole('button', { name: /离开$/ }).first().click();
  await editor.getByRole('button', { name: /^安排到/ }).first().click();
  await saved(page);
  expect(await seriousFindings(page)).toEqual([]);
});

test('suggestion, healing and three ways to draw it anew', async ({ page }) => {
  await openDraft(page, '自动重划');
  const bar = page.getByTestId('suggestion');
  await expect(bar).toBeVisible({ timeout: 10_000 });
  const before = await fingerprint(page);
  await page.keyboard.press('Enter');
  expect(await fingerprint(page)).not.toBe(before);
  await page.keyboard.press('KeyE');
  const [unit] = await border(page, 8);
  await lookAt(page, unit);
  const { x, y } = await spot(page, unit);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByTestId('unassigned')).toBeVisible();
  await page.keyboard.press('KeyU');
  await page.getByTestId('fix').click();
  await expect(page.getByTestId('unassigned')).toHaveCount(0);
  await page.keyboard.press('KeyO');
  const dialog = page.getByRole('dialog', { name: '自动平衡' });
  await dialog.getByRole('button', { name: '开始' }).click();
  await expect(dialog.getByRole('article')).toHaveCount(3);
  await expect(dialog.getByRole('button', { name: '重新计算' })).toBeEnabled({ timeout: 60_000 });
  const [steps, was] = [await page.evaluate(() => (window as unknown as Seen).gkDraft.bench.history.length), await fingerprint(page)];
  expect(await seriousFindings(page)).toEqual([]);
  await dialog.locator('[data-kind="most_balanced"]').getByRole('button', { name: '采用并对比' }).click();
  // What it did is shown beside how it was; one step takes it back.
  await expect(page).toHaveURL(/\/vs\/.*since=\d+/, { timeout: 20_000 });
  await expect(page.getByText('返回草案可撤销')).toBeVisible();
  await expect(page.getByRole('tab', { name: /片区变化 [1-9]/ })).toBeVisible();
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('link', { name: '返回草案' }).click();
  await expect(page.getByTestId('status')).toBeVisible();
  await expect.poll(() => page.evaluate(() => (window as unknown as Partial<Seen>).gkDraft?.bench.history.length)).toBe(steps + 1);
  expect(await fingerprint(page)).not.toBe(was);
  await page.keyboard.press('Control+z');
  expect(await fingerprint(page)).toBe(was);
  await saved(page);
});

test('a search that is stopped keeps what it has found', async ({ page }) => {
  await openDraft(page, '停下');
  await page.keyboard.press('KeyO');
  const dialog = page.getByRole('dialog', { name: '自动平衡' });
  const asked = page.waitForRequest(/redraw\/alternatives/);
  await dialog.getByRole('slider', { name: '少换人' }).fill('0');
  await dialog.getByRole('button', { name: '开始' }).click();
  expect((await asked).postDataJSON()).toMatchObject({ few: 0, compact: 30 });
  await expect(dialog.getByRole('button', { name: '采用并对比' }).first()).toBeVisible({ timeout: 30_000 });
  const stop = dialog.getByRole('button', { name: '停止，保留已找到的' });
  if (await stop.isVisible()) await stop.click();
  await expect(stop).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: '采用并对比' }).first()).toBeVisible();
});

test('two plans under a curtain and side by side, on the same place', async ({ page }) => {
  const plan = await openDraft(page, '并排看');
  const [unit, other] = await border(page, 4);
  await page.evaluate(([a, b]) => { const { gkDraft, gkGive } = window as unknown as Seen & { gkGive(unit: number, area: number): void }; gkGive(a!, gkDraft.bench.draft.redraw.areaOf[b!]!); }, [unit, other]);
  await saved(page);
  await page.getByRole('link', { name: '对比' }).click();
  await expect(page.getByRole('tab', { name: /片区变化 2/ })).toBeVisible();
  const second = page.getByRole('region', { name: '原方案地图' });
  await page.getByRole('button', { name: '滑动' }).click();
  await expect(second.locator('canvas')).toBeVisible();
  const line = page.locator('.line.drag');
  const box = (await line.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 200);
  await page.mouse.down();
  await page.mouse.move(box.x + 150, box.y + 200, { steps: 4 });
  await page.mouse.up();
  await expect.poll(async () => Number(await page.getByRole('slider', { name: '滑动' }).inputValue())).toBeGreaterThan(0.55);
  await page.getByRole('button', { name: '分屏' }).click();
  await expect(line).toHaveCount(0);
  await expect(second.locator('canvas')).toBeVisible();
  const stage = (await page.locator('.gl').boundingBox())!;
  const half = (await second.boundingBox())!;
  expect(Math.abs(half.width - stage.width / 2)).toBeLessThan(2);
  // Moved on one side, the other side follows.
  const centre = () => page.evaluate(() => { const { lng, lat } = (window as unknown as { gkMap: { getCenter(): { lng: number; lat: number } } }).gkMap.getCenter(); return `${lng.toFixed(4)} ${lat.toFixed(4)}`; });
  const before = await centre();
  await page.mouse.move(half.x + 200, half.y + 300);
  await page.mouse.down();
  await page.mouse.move(half.x + 120, half.y + 260, { steps: 5 });
  await page.mouse.up();
  await expect.poll(centre).not.toBe(before);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '只看变化' }).click();
  await expect(second).toHaveCount(0);
  expect(plan).not.toBe('');
});

test('a lost graphics context costs neither steps nor colours; lost again and again, the table takes over', async ({ page }) => {
  await openDraft(page, '显卡掉线');
  const [unit, other] = await border(page, 2);
  const give = (a: number, b: number) => page.evaluate(([one, two]) => { const { gkDraft, gkGive } = window as unknown as Seen & { gkGive(unit: number, area: number): void }; gkGive(one!, gkDraft.bench.draft.redraw.areaOf[two!]!); }, [a, b]);
  await give(unit, other);
  const painted = await fingerprint(page);
  const lose = () => page.evaluate(() => { const { gkMap } = window as unknown as Seen; (gkMap.getCanvas() as HTMLCanvasElement).getContext('webgl2')!.getExtension('WEBGL_lose_context')!.loseContext(); });
  const old = await page.evaluateHandle(() => (window as unknown as Seen).gkMap);
  await lose();
  await expect.poll(() => page.evaluate((was) => (window as unknown as Seen).gkMap !== was, old)).toBe(true);
  await drawn(page);
  expect(await fingerprint(page)).toBe(painted);
  await lookAt(page, unit);
  await page.waitForTimeout(500);
  const wrong = () => page.evaluate(() => {
    const { bench, drawn: as } = (window as unknown as Seen).gkDraft;
    return bench.draft.redraw.areaOf.filter((area, at) => { const k = as(at); return k !== undefined && k !== (area < 0 ? -1 : bench.colours[area]); }).length;
  });
  expect(await wrong()).toBe(0);
  const { x, y } = await spot(page, other);
  await page.keyboard.press('KeyE');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.up();
  await expect(page.getByTestId('unassigned')).toBeVisible();
  await saved(page);
  for (let time = 0; time < 3; time++) {
    const map = await page.evaluateHandle(() => (window as unknown as Seen).gkMap);
    await lose();
    if (time < 2) await expect.poll(() => page.evaluate((was) => (window as unknown as Seen).gkMap !== was, map)).toBe(true);
  }
  await expect(page.getByTestId('table-mode')).toBeVisible();
  await page.getByRole('button', { name: '撤销' }).click();
  await saved(page);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: '再试一次地图' }).click();
  await drawn(page);
  await expect.poll(() => fingerprint(page)).toBe(painted);
});
